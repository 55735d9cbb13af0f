"""Holds the checkout for one process at a time and runs git in it. Standard library only, as `engine.repair.guard`."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from engine.repair.marker import FOLDER, Marker, Refused, git_folder, marker_path

WAIT_S = 60.0
_TIMEOUT_S = 120.0
_FIXED = (
    *(
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "gc.auto=0",
        "-c",
        "maintenance.auto=false",
    ),
    *("-c", "core.fsync=all", "-c", "submodule.recurse=false", "-c", "protocol.allow=never", "-c", "advice.all=false"),
)
_KEPT = ("PATH", "HOME", "TMPDIR")
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "noktvrn",
    "GIT_AUTHOR_EMAIL": "noktvrn@localhost",
    "GIT_COMMITTER_NAME": "noktvrn",
    "GIT_COMMITTER_EMAIL": "noktvrn@localhost",
    "GIT_REFLOG_ACTION": "noktvrn",
}


class Hold:
    """The checkout, held: one process of this machine at a time moves it. Made by `hold`."""

    def __init__(self, root: Path, handle: int) -> None:
        self.root = root
        self._handle = handle

    @property
    def folder(self) -> Path:
        """Ours below the repository's own."""
        return git_folder(self.root) / FOLDER

    @property
    def index(self) -> Path:
        """A private copy of the index, in the works."""
        return self.folder / "index"

    def git(self, *args: str, data: bytes = b"", index: bool = False, fails: bool = False) -> bytes:
        """What git says; `index` has it work on our copy, `fails` takes any end for an answer. Raises Refused."""
        env = {name: os.environ[name] for name in _KEPT if name in os.environ} | _ENVIRONMENT
        env |= {"GIT_DIR": str(git_folder(self.root)), "GIT_WORK_TREE": str(self.root)}
        env |= {"GIT_INDEX_FILE": str(self.index)} if index else {}
        try:
            done = subprocess.run(
                ["git", *_FIXED, *args],
                input=data,
                capture_output=True,
                cwd=self.root,
                env=env,
                timeout=_TIMEOUT_S,
                pass_fds=(self._handle,),  # a git that outlives us holds the checkout until it has ended
                check=False,
            )
        except FileNotFoundError as error:
            raise Refused("The program git was not found. Install git.") from error
        except (OSError, subprocess.SubprocessError) as error:
            raise Refused(f"git {args[0]} could not be run: {error}.") from error
        if done.returncode and not fails:
            said = done.stderr.decode("utf-8", "replace").strip()[:600] or "it said nothing"
            raise Refused(f"git {args[0]} failed: {said}")
        return done.stdout

    def words(self, *args: str, data: bytes = b"", index: bool = False) -> str:
        """What git says, as one line of text."""
        return self.git(*args, data=data, index=index).decode("utf-8", "replace").strip()

    def head(self) -> str:
        """The commit that is checked out."""
        return self.words("rev-parse", "--verify", "HEAD^{commit}")

    def is_ancestor(self, first: str, second: str) -> bool:
        """Whether the second commit holds the first one."""
        return self.git("merge-base", first, second, fails=True).decode().split() == [first]

    def entries(self, commit: str, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Mode and object of those of the files that a commit has."""
        out = self.git("ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths)
        found = {}
        for line in out.decode("utf-8", "surrogateescape").split("\0"):
            facts, tab, path = line.partition("\t")
            if tab:
                mode, _, object_ = facts.split()
                found[path] = (mode, object_)
        return found

    def write(self, marker: Marker) -> None:
        """Writes the marker, synced: it is the old one or the new one at every moment."""
        path = marker_path(self.root)
        part = path.with_suffix(".part")
        data = json.dumps({**asdict(marker), "step": str(marker.step)}, indent=1).encode()
        write_synced(part, data)
        part.replace(path)
        sync_folder(path.parent)
        point(f"marker {marker.step}")

    def clear(self) -> None:
        """Takes the marker away: there is nothing more to say."""
        marker_path(self.root).unlink(missing_ok=True)
        sync_folder(self.folder)


@contextlib.contextmanager
def hold(root: Path, wait_s: float = WAIT_S) -> Iterator[Hold]:
    """Holds the checkout; waits while another process does. Raises Refused."""
    folder = git_folder(root) / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Refused(f"{folder} cannot be written: {error.strerror}. Run as the owner of {root}.") from error
    try:
        end = time.monotonic() + wait_s
        while not _taken(handle):
            if time.monotonic() > end:
                raise Refused(f"Another process has held {folder / 'lock'} for {wait_s:g} s. Wait for it, or end it.")
            time.sleep(0.02)
        yield Hold(root, handle)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def point(name: str) -> None:
    """A moment between two steps; the kill tests stop here."""


def write_synced(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Writes a file anew and forces it to the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Forces a folder's names to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
