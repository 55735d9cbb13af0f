"""The git checkout that this code runs from. Every git call of the repair goes through `Checkout.git`.

Arguments are lists, no shell; no hooks, no configuration of the user or the machine, and an environment of our own
making, so neither a variable such as `GIT_DIR` nor a key of a provider reaches git or what git starts.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.domain.errors import NoktvrnError
from engine.safety.process import child_environment
from engine.safety.text import plain

PATCH_REFS = "refs/noktvrn/patches"
"""Each commit of ours is kept by a ref of its own id below this."""

_TIMEOUT_S = 120.0
_FIXED = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.quotePath=true")
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "noktvrn"), ("EMAIL", "noktvrn@localhost"))
}
_DIFF = (
    *("diff", "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"),
    # Whatever the repository's own configuration says, equal commits give equal bytes.
    *("--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers", "--indent-heuristic", "-O/dev/null"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=none", "--submodule=short", "--no-relative"),
)
_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REGULAR = ("100644", "100755")


class GitFailed(NoktvrnError):
    """git is missing, or a call of it failed; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a commit: its mode, such as `100644`, its type (`blob`, `commit`), its object and its size in bytes
    (None where it has none)."""

    mode: str
    type: str
    object: str
    size: int | None


@dataclass(frozen=True)
class Checkout:
    """The checkout at `root`, the folder that holds `.git` and `engine/`."""

    root: Path

    def git(self, *args: str, input: str | bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """Runs git with `args` at the root and returns what it printed, without the last line's end.

        `input` is its standard input, `env` is added to its environment. Raises GitFailed. Paths come behind `--`.
        """
        out = self.git_bytes(*args, input=input, env=env).decode("utf-8", "surrogateescape")
        return out.removesuffix("\n")

    def git_bytes(
        self,
        *args: str,
        input: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        """As `git`, with every byte of the output."""
        try:
            from git import Git
            from git.exc import GitCommandError, GitCommandNotFound
        except ImportError as error:  # GitPython looks for the program while it is imported
            raise _missing() from error
        data = input.encode("utf-8", "surrogateescape") if isinstance(input, str) else input
        with tempfile.TemporaryFile() as stdin:
            stdin.write(data or b"")
            stdin.seek(0)
            try:
                # GitPython only adds to our environment; `env -i` is what leaves the rest of it out.
                out = Git(self.root).execute(
                    ["env", "-i", *self._variables(env), "git", *_FIXED, *args],
                    istream=stdin,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    kill_after_timeout=_TIMEOUT_S,
                )
            except GitCommandNotFound as error:
                raise _missing() from error
            except GitCommandError as error:
                if error.status == 127:
                    raise _missing() from error
                raise GitFailed(f"git {_verb(args)} failed: {_said(error.stderr)}.", fix=_FIX) from error
        assert isinstance(out, bytes)
        return out

    def _variables(self, env: Mapping[str, str] | None) -> list[str]:
        # The ceiling keeps git from taking a repository further up where `.git` here is broken.
        ours = {**_ENVIRONMENT, "GIT_CEILING_DIRECTORIES": str(self.root.parent)}
        return [f"{name}={value}" for name, value in child_environment({**ours, **(env or {})}).items()]

    def head(self) -> str:
        """The id of the commit that is checked out."""
        return self.commit("HEAD")

    def commit(self, name: str) -> str:
        """The full id of the commit that `name` means. Raises GitFailed."""
        return self.git("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")

    def git_dir(self) -> Path:
        """The repository's own folder for this worktree, absolute."""
        return Path(self.git("rev-parse", "--absolute-git-dir"))

    def read(self, commit: str, path: str) -> bytes:
        """The bytes of the file at `path` in a commit. Raises GitFailed where there is none."""
        return self.git_bytes("cat-file", "blob", f"{commit}:{path}")

    def files(self, commit: str) -> dict[str, Entry]:
        """Every file of a commit by its path, symbolic links and submodules too."""
        listed = self.git_bytes("ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", commit)
        found: dict[str, Entry] = {}
        for line in listed.decode("utf-8", "surrogateescape").split("\0"):
            facts, tab, path = line.partition("\t")
            if tab:
                mode, type_, object_, size = facts.split()
                found[path] = Entry(mode, type_, object_, None if size == "-" else int(size))
        return found

    def diff(self, base: str, commit: str) -> str:
        """The canonical diff between two commits: equal commits, equal text. Ends with a line's end unless empty.

        Bytes that are not UTF-8 come as surrogate escapes.
        """
        return self.git_bytes(*_DIFF, "--end-of-options", base, commit, "--").decode("utf-8", "surrogateescape")

    def commit_of(self, base: str, contents: Mapping[str, bytes | None], message: str) -> str:
        """Makes a commit on top of `base` in which each path of `contents` holds those bytes (None: is deleted), and
        returns its id. Neither the worktree, the index nor HEAD is touched; a ref below `PATCH_REFS` keeps it.

        A file keeps its mode, a new one is 100644. Raises GitFailed, also for paths that git never tracks.
        """
        base = self.commit(base)
        before = self.files(base)
        lines: list[str] = []
        for path, data in contents.items():
            if "\0" in path or "\n" in path:
                raise GitFailed(f"The path {plain(path, limit=200)!r} holds a line break.")
            if data is None:
                lines.append(f"0 {'0' * len(base)}\t{path}\0")
                continue
            mode = before[path].mode if path in before and before[path].mode in _REGULAR else "100644"
            object_ = self.git("hash-object", "-w", "--stdin", "--no-filters", input=data)
            lines.append(f"{mode} {object_}\t{path}\0")
        with self._index() as index:
            self.git("read-tree", base, env=index)
            self.git("update-index", "-z", "--index-info", input="".join(lines), env=index)
            tree = self.git("write-tree", env=index)
        if self.git("ls-tree", "-r", "-z", tree).count("\0") != _expected(before, contents):
            raise GitFailed(
                f"git does not take one of these paths: {plain(', '.join(contents), limit=300)}.",
                fix="A path that git never tracks cannot be patched.",
            )
        return self.commit_tree(tree, base, message)

    def commit_tree(self, tree: str, parent: str, message: str) -> str:
        """Makes a commit of a tree, keeps it by a ref and returns its id."""
        commit = self.git("commit-tree", "-p", parent, "-F", "-", tree, input=message, env=_AUTHOR)
        self.git("update-ref", f"{PATCH_REFS}/{commit}", commit)
        return commit

    def forget(self, commit: str) -> None:
        """Takes away the ref that keeps a commit of ours; git removes the commit when it tidies up."""
        self.git("update-ref", "-d", f"{PATCH_REFS}/{commit}")

    @contextmanager
    def _index(self) -> Iterator[dict[str, str]]:
        with tempfile.TemporaryDirectory(prefix="noktvrn-index-") as folder:
            yield {"GIT_INDEX_FILE": str(Path(folder, "index"))}


def find() -> Checkout | None:
    """The checkout from which this code runs; None where it is installed without git."""
    import engine

    root = Path(engine.__file__).resolve().parent.parent
    return Checkout(root) if (root / ".git").exists() else None


def is_object_id(text: str) -> bool:
    """Whether `text` is a full object id of git."""
    return _OBJECT_ID.fullmatch(text) is not None


_FIX = "See `git status` in the checkout."


def _expected(before: Mapping[str, Entry], contents: Mapping[str, bytes | None]) -> int:
    """How many files the new commit must hold. A file that takes a folder's place, or the other way round, and a path
    that git leaves out, give another number."""
    after = {*before, *(path for path, data in contents.items() if data is not None)}
    return len(after - {path for path, data in contents.items() if data is None})


def _verb(args: tuple[str, ...]) -> str:
    return next((plain(arg, limit=40) for arg in args if not arg.startswith("-") and "=" not in arg), "")


def _said(stderr: object) -> str:
    text = stderr.decode("utf-8", "replace") if isinstance(stderr, bytes) else str(stderr)
    text = text.strip().removeprefix("stderr:").strip(" \n'")
    return plain(text, limit=600) or "it said nothing"


def _missing() -> GitFailed:
    return GitFailed("The program git was not found.", fix="Install git; without it patches can only be exported.")
