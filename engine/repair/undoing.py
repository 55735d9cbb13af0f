"""The commit that takes a patch back, made beside the files: nothing moves here. Standard library only."""

from __future__ import annotations

import tempfile
from pathlib import Path

from engine.repair.hold import Hold
from engine.repair.marker import Gone, Refused

REFS = "refs/noktvrn/reverts"
"""Keeps such a commit from being tidied away before the branch holds it."""


def undo(held: Hold, base: str, commit: str, message: str) -> str:
    """A commit on top of HEAD without what `commit` changed since `base`.

    Where HEAD is still `commit`, its tree is that of `base`. Where more came on top, each file of the patch is merged
    three ways, as `git revert` would. Raises Refused where that is in conflict, Gone where HEAD holds no such patch.
    """
    head = held.head()
    if not held.is_ancestor(commit, head):
        raise Gone(f"The patch {commit[:12]} is not in the code any more (HEAD is {head[:12]}).")
    tree = held.words("rev-parse", f"{base}^{{tree}}") if head == commit else _merged(held, base, commit, head)
    if tree == held.words("rev-parse", f"{head}^{{tree}}"):
        raise Gone(f"There is nothing of the patch {commit[:12]} left to take back.")
    made = held.words("commit-tree", "-p", head, "-F", "-", tree, data=message.encode())
    held.git("update-ref", f"{REFS}/{made}", made)
    return made


def taking_back(patch: str, group: str, commit: str, reason: str) -> str:
    """The message of such a commit."""
    return f"Take back patch {patch}\n\n{reason}\n\nThis reverts commit {commit}.\n\nError-Group: {group}\n"


def _merged(held: Hold, base: str, commit: str, head: str) -> str:
    out = held.git("diff-tree", "-r", "-z", "--no-renames", "--name-only", base, commit, "--")
    paths = [part.decode("utf-8", "surrogateescape") for part in out.split(b"\0") if part]
    with_patch, now, without = (held.entries(of, paths) for of in (commit, head, base))
    lines = []
    for path in paths:
        patched, ours, before = with_patch.get(path), now.get(path), without.get(path)
        if ours == before:
            continue  # somebody took it back already
        if ours == patched:
            after = before
        elif patched is not None and ours is not None and before is not None:
            after = (ours[0], _merged_file(held, path, patched[1], ours[1], before[1]))
        else:
            raise Refused(
                f"{path} was changed on top of the patch in a way that cannot be merged. Take it back by hand."
            )
        mode, object_ = after or ("0", "0" * len(head))
        lines.append(f"{mode} {object_}\t{path}\0")
    for left in held.folder.glob("index*"):
        left.unlink()
    held.git("read-tree", head, index=True)
    held.git("update-index", "-z", "--index-info", data="".join(lines).encode("utf-8", "surrogateescape"), index=True)
    return held.words("write-tree", index=True)


def _merged_file(held: Hold, path: str, patched: str, ours: str, before: str) -> str:
    """The blob of the file as it is now, without what the patch did to it."""
    with tempfile.TemporaryDirectory(dir=held.folder) as folder:
        names = []
        for name, blob in (("now", ours), ("patched", patched), ("before", before)):
            there = Path(folder, name)
            there.write_bytes(held.git("cat-file", "blob", blob))
            names.append(str(there))
        try:
            merged = held.git("merge-file", "-p", "-q", *names)
        except Refused as error:
            raise Refused(
                f"{path} was changed on top of the patch, in the same lines: it cannot be taken back by itself."
                f" See `git log {path}`."
            ) from error
        if path.endswith(".py"):
            _must_parse(path, merged)
        return held.words("hash-object", "-w", "--stdin", "--no-filters", data=merged)


def _must_parse(path: str, code: bytes) -> None:
    try:
        compile(code, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise Refused(f"{path} would not parse without the patch. Take it back by hand.") from error
