"""Patches that nobody may try: one small repository, and each patch as a commit of it, made by git's plumbing.

What git itself refuses to put into a tree by its path rules is put there by a hand-made tree object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.repair.candidate import Candidate
from engine.repair.checkout import Checkout

AUTHOR = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
TEMPO = "engine/music/tempo.py"
SOURCE = '"""Tempo."""\n\nSLOW = 60\nFAST = 180\n\n\ndef faster(tempo: int) -> int:\n    return min(tempo + 10, FAST)\n'
FILES: Mapping[str, str] = {
    TEMPO: SOURCE,
    "engine/__init__.py": "",
    "engine/music/__init__.py": "",
    "engine/music/keys.py": '"""Keys."""\n\nMAJOR = (0, 2, 4, 5, 7, 9, 11)\nMINOR = (0, 2, 3, 5, 7, 8, 10)\n',
    "engine/llm/prompts/lyrics.md": "Write four lines.\n",
    "engine/llm/prompts/engineer.md": "Mend it.\n",
    "engine/llm/prompts/analyst.md": "Explain it.\n",
    "engine/repair/gate.py": "LIMIT = 1\n",
    "engine/repair/policy.py": "LIMIT = 1\n",
    "engine/repair/guard.py": "LIMIT = 1\n",
    "engine/safety/secrets.py": "LIMIT = 1\n",
    "engine/api/decide.py": "LIMIT = 1\n",
    "engine/durable.py": "LIMIT = 1\n",
    "engine/settings/__init__.py": "LIMIT = 1\n",
    "engine/store/migrations/versions/0001_first.py": "LIMIT = 1\n",
    "engine/store/repairs.py": "LIMIT = 1\n",
    "engine/domain/approval.py": "LIMIT = 1\n",
    "engine/domain/repair.py": "LIMIT = 1\n",
    "engine/domain/gate.py": "LIMIT = 1\n",
    "engine/domain/errors.py": "LIMIT = 1\n",
    "engine/pipeline/repairs.py": "LIMIT = 1\n",
    "engine/service/__main__.py": "LIMIT = 1\n",
    "engine/service/supervisor.py": "LIMIT = 1\n",
    "engine/service/falls.py": "LIMIT = 1\n",
    "engine/service/pulse.py": "LIMIT = 1\n",
    "engine/lock.py": "LIMIT = 1\n",
    "engine/home.py": "LIMIT = 1\n",
    "console/__init__.py": "",
    "console/app.py": "LIMIT = 1\n",
    "console/panes/approvals.py": "LIMIT = 1\n",
    "console/serve/login.py": "LIMIT = 1\n",
    "console/look.tcss": "Screen {}\n",
    "tests/__init__.py": "",
    "tests/conftest.py": "LIMIT = 1\n",
    "tests/engine/music/test_tempo.py": "def test_it() -> None:\n    assert True\n",
    ".ci/run": "make test\n",
    ".github/workflows/ci.yml": "on: push\n",
    ".gitignore": ".env\n",
    "Makefile": "all:\n\ttrue\n",
    "pyproject.toml": "[project]\nname = 'x'\n",
    "uv.lock": "version = 1\n",
    "requirements.txt": "httpx\n",
    "docs/repair.md": "Text.\n",
}


class Repo:
    """The repository, and the few ways to make a commit of it that git's own porcelain would not."""

    def __init__(self, root: Path) -> None:
        self.checkout = Checkout(root)
        self.git = self.checkout.git
        for path, text in FILES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        self.git("init", "-q", "-b", "main")
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "-m", "Begin", env=AUTHOR)
        self.base = self.checkout.head()

    def candidate(self, commit: str) -> Candidate:
        """A commit as a candidate that tells the truth about itself."""
        before, after = self.checkout.files(self.base), self.checkout.files(commit)
        changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        return Candidate(self.base, commit, self.checkout.diff(self.base, commit), tuple(changed))

    def write(self, *contents: tuple[str, bytes | str | None]) -> Candidate:
        """Files written or (None) deleted, at paths that git takes."""
        data = {path: text.encode() if isinstance(text, str) else text for path, text in contents}
        return self.candidate(self.checkout.commit_of(self.base, data, "Patch"))

    def entry(self, mode: str, path: str, text: str = SOURCE, *, without: str = "") -> Candidate:
        """An entry of any mode; `160000` names the base commit."""
        blob = self.base if mode == "160000" else self.git("hash-object", "-w", "--stdin", input=text)
        with self.checkout._index() as index:
            self.git("read-tree", self.base, env=index)
            if without:
                self.git("update-index", "--force-remove", "--", without, env=index)
            self.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}", env=index)
            tree = self.git("write-tree", env=index)
        return self.candidate(self.checkout.commit_tree(tree, self.base, "Patch"))

    def raw(self, *names: str, text: str = "x = 1\n") -> Candidate:
        """A file below folders of any names, such as `..` and `.git`, by hand-made trees."""
        id_ = self.git("hash-object", "-w", "--stdin", input=text)
        kind, mode = "blob", "100644"
        for name in reversed(names[1:]):
            id_ = self._tree(f"{mode} {kind} {id_}\t{name}\0")
            kind, mode = "tree", "040000"
        others = self.git_lines("ls-tree", "-z", self.base)
        tree = self._tree("".join(f"{line}\0" for line in others) + f"{mode} {kind} {id_}\t{names[0]}\0")
        return self.candidate(self.checkout.commit_tree(tree, self.base, "Patch"))

    def git_lines(self, *args: str) -> list[str]:
        return [line for line in self.git(*args).split("\0") if line]

    def _tree(self, lines: str) -> str:
        return self.git("mktree", "-z", "--missing", input=lines)

    def merge(self) -> Candidate:
        """A commit with a second parent."""
        one = self.write((TEMPO, SOURCE.replace("60", "61")))
        tree = self.git("rev-parse", f"{one.commit}^{{tree}}")
        commit = self.git("commit-tree", "-p", self.base, "-p", one.commit, "-m", "Merge", tree, env=AUTHOR)
        return self.candidate(commit)

    def two_steps(self) -> Candidate:
        """A commit whose parent is not the base."""
        one = self.write((TEMPO, SOURCE.replace("60", "61")))
        return self.candidate(self.checkout.commit_of(one.commit, {TEMPO: SOURCE.replace("60", "62").encode()}, "Two"))

    def liar(self, **claims: object) -> Candidate:
        """A good commit that was described as another."""
        good = self.write((TEMPO, SOURCE.replace("60", "61")))
        told = {"base": good.base, "commit": good.commit, "diff": good.diff, "files": good.files} | claims
        return Candidate(**told)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Hostile:
    """One patch, and a word of the reason for which it is refused."""

    name: str
    make: Callable[[Repo], Candidate]
    reason: str


def _write(path: str, text: str | bytes | None = "LIMIT = 2\n") -> Callable[[Repo], Candidate]:
    return lambda repo: repo.write((path, text))


def _tempo(old: str, new: str) -> Callable[[Repo], Candidate]:
    assert old in SOURCE
    return lambda repo: repo.write((TEMPO, SOURCE.replace(old, new)))


def _gains(text: str) -> Callable[[Repo], Candidate]:
    return lambda repo: repo.write((TEMPO, SOURCE + text))


_DENIED = {
    "the gate itself": "engine/repair/gate.py",
    "the policy itself": "engine/repair/policy.py",
    "the guard of the start": "engine/repair/guard.py",
    "a new module of the repair": "engine/repair/more.py",
    "the redactor": "engine/safety/secrets.py",
    "the door": "engine/api/decide.py",
    "the durable engine": "engine/durable.py",
    "the settings": "engine/settings/__init__.py",
    "a migration": "engine/store/migrations/versions/0001_first.py",
    "a new migration": "engine/store/migrations/versions/0002_next.py",
    "the store of repairs": "engine/store/repairs.py",
    "the rules of approval": "engine/domain/approval.py",
    "the states of a patch": "engine/domain/repair.py",
    "the gate of autopilot": "engine/domain/gate.py",
    "the errors that start first": "engine/domain/errors.py",
    "the runner of repairs": "engine/pipeline/repairs.py",
    "the engine's main": "engine/service/__main__.py",
    "the supervisor": "engine/service/supervisor.py",
    "the falls": "engine/service/falls.py",
    "the pulse": "engine/service/pulse.py",
    "the lock": "engine/lock.py",
    "the home": "engine/home.py",
    "the package's own start": "engine/__init__.py",
    "the engineer's prompt": "engine/llm/prompts/engineer.md",
    "the analyst's prompt": "engine/llm/prompts/analyst.md",
    "the pane of approvals": "console/panes/approvals.py",
    "the login": "console/serve/login.py",
    "a new screen of patches": "console/screens/patch.py",
    "a style sheet": "console/look.tcss",
    "the .env": ".env",
    "a .env further down": "engine/music/.env",
    "a private key": "engine/music/host.pem",
    "the .gitignore": ".gitignore",
    "new .gitattributes": ".gitattributes",
    "new .gitmodules": ".gitmodules",
    "the tests' conftest": "tests/conftest.py",
    "a new conftest": "engine/music/conftest.py",
    "a conftest at the root": "conftest.py",
    "a sitecustomize": "sitecustomize.py",
    "a sitecustomize in a package": "engine/sitecustomize.py",
    "a usercustomize": "console/usercustomize.py",
    "a .pth": "engine/more.pth",
    "the project file": "pyproject.toml",
    "a setup": "setup.py",
    "a setup in a package": "engine/setup.py",
    "the lock file": "uv.lock",
    "the requirements": "requirements.txt",
    "the CI": ".ci/run",
    "a workflow": ".github/workflows/ci.yml",
    "the Makefile": "Makefile",
    "a unit of systemd": "noktvrn.service",
    "a page of the documents": "docs/repair.md",
    "a test that is there": "tests/engine/music/test_tempo.py",
    "a helper of the tests": "tests/engine/music/helper.py",
    "a package of the tests": "tests/engine/sound/__init__.py",
    "a module at the root": "socket.py",
    "a third package": "plugins/start.py",
    "a compiled module": "engine/music/tempo.so",
    "a stub": "engine/music/tempo.pyi",
    "a page outside of the prompts": "engine/music/read.md",
    "what Python keeps": "engine/music/__pycache__/tempo.py",
    "a name with a blank": "engine/music/tem po.py",
    "a name that looks like an option": "engine/music/-rf.py",
    "a name with another letter": "engine/music/t\u0435mpo.py",
    "another case of a denied folder": "engine/Repair/more.py",
}

HOSTILE = (
    *(Hostile(name, _write(path), "no patch may touch it") for name, path in _DENIED.items()),
    Hostile("a symbolic link to the passwords", lambda repo: repo.entry("120000", TEMPO, "/etc/passwd"), "link"),
    Hostile("a new symbolic link", lambda repo: repo.entry("120000", "engine/music/x.py", "/etc/passwd"), "link"),
    Hostile("another repository", lambda repo: repo.entry("160000", "engine/music/x.py"), "another repository"),
    Hostile("a mode that can be run", lambda repo: repo.entry("100755", TEMPO), "mode"),
    Hostile("a new file that can be run", lambda repo: repo.entry("100755", "engine/music/x.py", "x = 1\n"), "mode"),
    Hostile("a rename", lambda repo: repo.entry("100644", "engine/music/pace.py", without=TEMPO), "deleted or renamed"),
    Hostile("a copy", lambda repo: repo.entry("100644", "engine/music/pace.py"), "copy"),
    Hostile("a deleted module", _write("engine/music/keys.py", None), "deleted"),
    Hostile("a deleted test", _write("tests/engine/music/test_tempo.py", None), "deleted"),
    Hostile("a folder in a file's place", lambda repo: repo.entry("100644", f"{TEMPO}/x.py", without=TEMPO), "deleted"),
    Hostile("binary data", _write(TEMPO, bytes(range(256))), "not UTF-8"),
    Hostile("a NUL", _tempo("60", "60\0"), "binary"),
    Hostile("text in Latin-1", _write(TEMPO, SOURCE.encode() + b"# \xf8\n"), "not UTF-8"),
    Hostile("an encoding that hides code", _write(TEMPO, "# coding: utf-7\nSLOW = 60\n"), "utf-7"),
    Hostile("a byte order mark", _write(TEMPO, "\ufeff" + SOURCE), "U+FEFF"),
    Hostile("text turned round", _gains("# \u202e evil\n"), "U+202E"),
    Hostile("an isolate", _gains("X = 'a\u2066b'\n"), "U+2066"),
    Hostile("a space of no width", _gains("X = 'a\u200bb'\n"), "U+200B"),
    Hostile("a joiner", _gains("X = 'a\u200db'\n"), "U+200D"),
    Hostile("a tag", _gains("X = 'a\U000e0041b'\n"), "U+E0041"),
    Hostile("a variant selector", _gains("X = 'a\ufe0fb'\n"), "U+FE0F"),
    Hostile("an escape", _gains("X = '\x1b]0;x\x07'\n"), "U+001B"),
    Hostile("a control of C1", _gains("X = '\x9b31m'\n"), "U+009B"),
    Hostile("a line separator", _gains("X = 'a\u2028b'\n"), "U+2028"),
    Hostile("a space that is none", _gains("X = 'a\u00a0b'\n"), "U+00A0"),
    Hostile("a filler for a letter", _gains("X = 'a\u3164b'\n"), "U+3164"),
    Hostile("a form feed", _gains("\x0cX = 1\n"), "U+000C"),
    Hostile("a line overwritten", _gains("# evil()\rX = 1\n"), "carriage return"),
    Hostile("line ends of Windows", _write(TEMPO, SOURCE.replace("\n", "\r\n")), "carriage return"),
    Hostile("a name that looks like another", _gains("f\u0430ster = 1\n"), "other letters"),
    Hostile("a call in wide letters", _gains("X = \uff45val('1')\n"), "other letters"),
    Hostile("text that does not parse", _gains("def (:\n"), "parse"),
    Hostile("a clash of case", _write("engine/music/Tempo.py", "x = 1\n"), "only in case"),
    Hostile("a clash of case in a folder", _write("engine/Music/pace.py", "x = 1\n"), "only in case"),
    Hostile(
        "a clash of compatible letters", _write("engine/music/\uff54empo.py", "x = 1\n"), "how a letter is written"
    ),
    Hostile("a package that hides a module", _write("engine/music/tempo/__init__.py", "x = 1\n"), "hide"),
    Hostile("a package that hides the durable engine", _write("engine/durable/__init__.py", "x = 1\n"), "no patch may"),
    Hostile("a module beside a package", _write("engine/music.py", "x = 1\n"), "hide"),
    Hostile(
        "four files", lambda repo: repo.write(*((f"engine/music/n{n}.py", f"x = {n}\n") for n in range(4))), "4 files"
    ),
    Hostile("81 lines", _gains("".join(f"X{n} = {n}\n" for n in range(81))), "81 lines"),
    Hostile("65 kilobytes", _gains(f"X = '{'x' * 65_000}'\n"), "bytes"),
    Hostile("a key of a vendor", _gains("KEY = 'sk-" + "a1B2" * 8 + "'\n"), "looks like a key"),
    Hostile("a token of a bot", _gains("BOT = '1234567890:" + "Ab" * 18 + "'\n"), "looks like a key"),
    Hostile("a password in an address", _gains("URL = 'https://me:hunter22@host/'\n"), "looks like a key"),
    Hostile("a token in a comment", _gains("# token=abcdefghijkl\n"), "looks like a key"),
    Hostile("a secret of this label", _gains("X = 'correct horse battery'\n"), "own secrets"),
    Hostile("a secret of this label in base64", _gains("X = 'Y29ycmVjdCBob3JzZSBiYXR0ZXJ5'\n"), "own secrets"),
    Hostile("a prompt with a hidden word", _write("engine/llm/prompts/lyrics.md", "Write\u200b four.\n"), "U+200B"),
    Hostile("a path above the checkout", lambda repo: repo.raw("..", "x.py"), "no patch may touch it"),
    Hostile("a path above a package", lambda repo: repo.raw("plug", "..", "x.py"), "no patch may touch it"),
    Hostile("git's own folder", lambda repo: repo.raw(".git", "hooks", "post-merge"), "no patch may touch it"),
    Hostile("git's own configuration", lambda repo: repo.raw(".git", "config"), "no patch may touch it"),
    Hostile("a line break in a name", lambda repo: repo.raw("engine\nx", "x.py"), "no patch may touch it"),
    Hostile("a commit with two parents", Repo.merge, "alone"),
    Hostile("a commit on top of another patch", Repo.two_steps, "alone"),
    Hostile("another diff than the commit's", lambda repo: repo.liar(diff=""), "not the one"),
    Hostile("another file than was named", lambda repo: repo.liar(files=("console/app.py",)), "other files"),
    Hostile("a base that is another", lambda repo: repo.liar(base=repo.liar().commit), "alone"),
    Hostile("nothing", lambda repo: repo.candidate(repo.checkout.commit_of(repo.base, {}, "None")), "nothing"),
)
