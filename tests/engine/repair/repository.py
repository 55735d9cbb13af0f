"""Tiny repositories with a patch to be applied, and how whole they are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.repair.checkout import Checkout
from engine.repair.hold import hold
from engine.repair.marker import Marker, Step

BEFORE: dict[str, bytes] = {
    "engine/compose.py": b"def bars(beats):\n    return beats / 4\n",
    "engine/lyrics.py": b"LINES = 4\n",
    "engine/repair/guard.py": b"# stands in for ours\n",
    "notes.txt": b"a line\n",
}
AFTER: dict[str, bytes] = {
    "engine/compose.py": b"def bars(beats):\n    return beats // 4\n",
    "engine/lyrics.py": b"LINES = 5\n",
    "tests/new/test_compose.py": b"from engine.compose import bars\n\n\ndef test_whole():\n    assert bars(9) == 2\n",
}
MOMENT = "2026-11-27T10:00:00+00:00"


def git(root: Path, *args: str) -> str:
    """What git says, as a person of this checkout would call it."""
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@localhost")
    return subprocess.run(
        ["git", *identity, *args], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def write(root: Path, files: Mapping[str, bytes]) -> None:
    """Writes files below `root`."""
    for name, data in files.items():
        there = root / name
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(data)


def repository(root: Path, files: Mapping[str, bytes] = BEFORE) -> Checkout:
    """A repository of one commit that holds these files."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    write(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    return Checkout(root)


def patched(checkout: Checkout, files: Mapping[str, bytes | None] = AFTER, message: str = "Mend it\n") -> str:
    """A commit on top of HEAD that no branch holds yet."""
    return checkout.commit_of(checkout.head(), files, message)


def marker(checkout: Checkout, target: str, *, home: Path | str = "/nowhere/home", what: str = "apply") -> Marker:
    """What is meant by a move from HEAD to `target`."""
    base = checkout.head()
    return Marker(Step.MOVING, what, "x-1", "e-1", str(home), base, target, base, target, (), MOMENT, minutes=30)


def tree(root: Path) -> dict[str, bytes]:
    """Every file of the checkout and its bytes; of the repository itself nothing."""
    found = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def state(root: Path) -> tuple[dict[str, bytes], str, str, str]:
    """Files, index, HEAD, and what git holds to be changed."""
    left = [str(path) for path in (root / ".git").rglob("*.lock")]
    assert not left, left
    return (
        tree(root),
        git(root, "ls-files", "--stage"),
        git(root, "rev-parse", "HEAD"),
        git(root, "status", "--porcelain"),
    )


def marker_now(root: Path) -> Marker | None:
    """The marker as it lies there."""
    from engine.repair.marker import read_marker

    return read_marker(root)


def on_probation(checkout: Checkout, target: str, home: Path | str = "/nowhere/home") -> Marker:
    """Applies a patch; its marker."""
    from dataclasses import replace

    from engine.repair.tree import advance

    meant = marker(checkout, target, home=home)
    return advance(checkout, meant, replace(meant, step=Step.PROBATION))


_MOVE = """
import os, sys
from pathlib import Path
from engine.repair import hold, marker, moving

HOME = "/nowhere/home"

def point(name):
    if name == sys.argv[3]:
        os._exit(9)

hold.point = moving.point = point
with hold.hold(Path(sys.argv[1])) as held:
    base = held.head()
    meant = marker.Marker("moving", "apply", "x-1", "e-1", HOME, base, sys.argv[2], base, sys.argv[2], (), "")
    moving.move(held, meant, moving.replace(meant, step=marker.Step.PROBATION))
"""


def interrupted(checkout: Checkout, target: str, at: str) -> None:
    """A process that applies a patch and ends at one point of the move, as a killed one does: nothing is cleaned up."""
    done = subprocess.run([sys.executable, "-c", _MOVE, str(checkout.root), target, at], check=False, timeout=60)
    assert done.returncode == 9


def head_of(root: Path) -> str:
    """HEAD as the room itself sees it."""
    with hold(root) as held:
        return held.head()
