"""Moves the live checkout from one commit to exactly another, so that whatever ends us can be settled afterwards.

Standard library only, and nothing of ours but this room: it runs before any code that a patch may have touched.

The order of a move, each step either not begun or whole:

1. `marker.json` says what is meant (written beside, synced, renamed);
2. git's own `index.lock` is taken, holding our words: no other git command changes anything from here on;
3. HEAD and the files are looked at again;
4. `git merge --ff-only` with a copy of the index: the files, then the branch;
5. that copy takes the index's place, the lock goes, the marker says what is now.

The lock `noktvrn/lock` is held all the while, by the git that we start as well: where we are killed and git is not, the
next start waits for it. `settle` goes by HEAD: it is the one thing that moves at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any

from engine.repair.hold import Hold, point, sync_folder, write_synced
from engine.repair.marker import Marker, Refused, Step, Unsettled, git_folder, marker_of, marker_path, read_marker

_FOREIGN_LOCK_S = 3.0
_TOKEN = b"noktvrn moves this checkout from one commit to another\n"
_UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "BISECT_LOG": "bisect",
}


def touched(held: Hold, source: str, target: str) -> tuple[str, ...]:
    """The files that differ between two commits."""
    out = held.git("diff-tree", "-r", "-z", "--no-renames", "--name-only", "--no-ext-diff", source, target, "--")
    return tuple(part.decode("utf-8", "surrogateescape") for part in out.split(b"\0") if part)


def move(held: Hold, marker: Marker, done: Marker | None) -> None:
    """Moves the checkout from `marker.source` to `marker.target` by a fast-forward; then the marker says `done` (None:
    there is none any more). Raises Refused; then nothing was moved, and the marker is what it was."""
    before = read_marker(held.root)
    if before is not None and before.step is Step.MOVING:
        raise Refused("An interrupted move is not settled yet. Start noktvrn again.")
    if not held.is_ancestor(marker.source, marker.target):
        raise Refused(f"{marker.target[:12]} does not follow {marker.source[:12]}.")
    marker = replace(marker, step=Step.MOVING, files=touched(held, marker.source, marker.target))
    _fits(held, marker)
    held.write(replace(marker, earlier=None if before is None else asdict(replace(before, earlier=None))))
    began = False
    try:
        with _index_locked(held):
            _fits(held, marker)
            _copy_index(held)
            began = True
            point("looked")
            ahead = ("merge", "--ff-only", "--quiet", "--no-stat", "--no-autostash", "--no-verify-signatures")
            held.git(*ahead, marker.target, index=True)
            point("merged")
            _sync_files(held.root, marker.files)
            held.index.replace(git_folder(held.root) / "index")
            point("indexed")
    except BaseException as error:
        # A full disk, say: the files are put back where git left them half done.
        done_all_the_same = began and _settled_after(held)
        if not done_all_the_same:
            _say_again(held, before)
        if not done_all_the_same or not isinstance(error, (Refused, OSError)):
            raise
    _forget_compiled(held.root, marker.files)
    if done is None:
        held.clear()
    else:
        held.write(replace(done, files=marker.files, earlier=_of_another(before, marker)))


def _of_another(before: Marker | Mapping[str, Any] | None, marker: Marker) -> Mapping[str, Any] | None:
    """What is to be said again once a patch was taken back: another patch is on probation still."""
    values = asdict(replace(before, earlier=None)) if isinstance(before, Marker) else before
    other = values is not None and values["patch"] != marker.patch and values["step"] == Step.PROBATION
    return values if other and marker.what == "revert" else None


def _settled_after(held: Hold) -> bool:
    """Settles a move that failed under us; True where it was done all the same."""
    settled = settle(held)
    return settled is None or settled.settled == "after"


def _say_again(held: Hold, before: Marker | None) -> None:
    if before is None:
        held.clear()
    else:
        held.write(before)


def _fits(held: Hold, marker: Marker) -> None:
    """Raises Refused unless HEAD is the source, nothing is under way and the touched files are as in the source."""
    for name, words in _UNDER_WAY.items():
        if (git_folder(held.root) / name).exists():
            raise Refused(f"A {words} is under way in {held.root}. End it first.")
    if (head := held.head()) != marker.source:
        anew = f" Ask for a new patch: `noktvrn errors propose {marker.group}`." if marker.what == "apply" else ""
        raise Refused(f"The code has moved on: HEAD is {head[:12]}, not {marker.source[:12]}.{anew}")
    staged = _staged(held, marker.files)
    kept = held.entries(marker.source, marker.files)
    for path in marker.files:
        if staged.get(path) != kept.get(path):
            raise Refused(f"{path} has staged changes. Commit them, or `git restore --staged {path}`.")
        if _on_disk(held.root, path) != _content(held, marker.source, path):
            raise Refused(f"{path} has changes of its own. Commit or stash them.")


def _staged(held: Hold, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
    out = held.git("ls-files", "-z", "--stage", "--", *paths)
    found = {}
    for line in out.decode("utf-8", "surrogateescape").split("\0"):
        facts, tab, path = line.partition("\t")
        if tab:
            mode, object_, stage = facts.split()
            found[path] = (mode, object_ if stage == "0" else f"conflict {stage}")
    return found


def _content(held: Hold, commit: str, path: str) -> bytes | None:
    """The file as git would write it to the disk; None where the commit has none."""
    if path not in held.entries(commit, (path,)):
        return None
    return held.git("cat-file", "--filters", f"{commit}:{path}")


def _on_disk(root: Path, path: str) -> bytes | None:
    """What lies at the path; None for nothing. Raises Refused where something other than a file of ours does."""
    for folder in reversed(PurePosixPath(path).parents):
        there = root / folder
        if there.is_symlink() or (there.exists() and not there.is_dir()):
            raise Refused(f"{there} is no folder.")
    there = root / path
    if not os.path.lexists(there):
        return None
    if there.is_symlink() or not there.is_file():
        raise Refused(f"{there} is no regular file.")
    return there.read_bytes()


@contextlib.contextmanager
def _index_locked(held: Hold) -> Iterator[None]:
    """Holds git's lock of the index, marked as ours, so that one that is left behind can be told from another's."""
    lock = git_folder(held.root) / "index.lock"
    part = held.folder / "index.token"
    part.unlink(missing_ok=True)
    write_synced(part, _TOKEN)
    try:
        os.link(part, lock)  # whole or not at all
    except FileExistsError as error:
        raise Refused(f"Another git command holds {lock}. Wait for it; remove the file if none runs.") from error
    except OSError as error:
        raise Refused(f"{lock} cannot be made: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    point("locked")
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        point("unlocked")


def _copy_index(held: Hold) -> None:
    for left in held.folder.glob("index*"):
        left.unlink()
    index = git_folder(held.root) / "index"
    if index.exists():
        write_synced(held.index, index.read_bytes())
    else:
        held.git("read-tree", "HEAD", index=True)


def settle(held: Hold) -> Marker | None:
    """Ends an interrupted move: files, index and HEAD are as before it or as after it. Returns the marker as it is then
    (None: there is none), with `settled` where something was to settle. Raises Unsettled."""
    marker = read_marker(held.root)
    if marker is None or marker.step is not Step.MOVING:
        return marker
    try:
        _clear_locks(held)
        head = held.head()
        after = held.is_ancestor(marker.target, head)
        ours = head in (marker.source, marker.target)
        aside = _restore(held, marker, head, put_aside=ours)
    except (Refused, OSError) as error:
        raise Unsettled(
            f"{'Applying' if marker.what == 'apply' else 'Taking back'} patch {marker.patch} was interrupted and cannot"
            f" be settled: {error} Mend that and start again, or `git checkout {marker.source[:12]} --"
            f" {' '.join(marker.files)}` and remove {marker_path(held.root)}."
        ) from error
    settled = _settled(marker, after=after, aside=aside)
    held.write(settled)
    return settled


def _settled(marker: Marker, *, after: bool, aside: tuple[str, ...]) -> Marker:
    said: dict[str, Any] = {"settled": "after" if after else "before", "aside": aside}
    if after:
        step = Step.PROBATION if marker.what == "apply" else Step.REVERTED
        return replace(marker, step=step, earlier=_of_another(marker.earlier, marker), **said)
    if marker.what == "revert" and marker.earlier is not None and marker.earlier.get("patch") == marker.patch:
        return replace(marker_of(marker.earlier), **said)  # on probation still
    return replace(marker, step=Step.NOT_MOVED, **said)


def _restore(held: Hold, marker: Marker, head: str, *, put_aside: bool) -> tuple[str, ...]:
    """Gives the touched files and their index entries the state that they have in HEAD.

    What lies there was left by git half-way, or changed by somebody since. The latter is copied aside first, or left
    alone where HEAD is neither end of the move: then a person was at work.
    """
    aside = []
    with _index_locked(held):
        for path in marker.files:
            wanted = _content(held, head, path)
            found = _on_disk(held.root, path)
            if found == wanted:
                continue
            if found is not None and not _half_way(held, marker, path, found):
                if not put_aside:
                    continue
                aside.append(_put_aside(held, path, found))
            _put(held, path, wanted)
            point("restored")
        kept = held.entries(head, marker.files)
        gone = ("0", "0" * len(head))
        lines = (f"{' '.join(kept.get(path, gone))}\t{path}\0" for path in marker.files)
        _copy_index(held)
        held.git(
            "update-index", "-z", "--index-info", data="".join(lines).encode("utf-8", "surrogateescape"), index=True
        )
        held.git("update-index", "-q", "--refresh", index=True, fails=True)  # it says so where others are changed
        held.index.replace(git_folder(held.root) / "index")
        point("index restored")
    _forget_compiled(held.root, marker.files)
    return tuple(aside)


def _half_way(held: Hold, marker: Marker, path: str, found: bytes) -> bool:
    """Whether git left these bytes: one end's, or the beginning of what it was writing."""
    ends = [_content(held, commit, path) for commit in (marker.source, marker.target)]
    return found in ends or any(end is not None and end.startswith(found) for end in ends)


def _put_aside(held: Hold, path: str, found: bytes) -> str:
    name = f"{PurePosixPath(path).name}-{hashlib.sha256(found).hexdigest()[:12]}"
    copy = held.folder / "aside" / name
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    write_synced(copy, found)
    return str(copy)


def _put(held: Hold, path: str, content: bytes | None) -> None:
    there = held.root / path
    if content is None:
        there.unlink(missing_ok=True)
        for folder in list(there.relative_to(held.root).parents)[:-1]:
            try:
                (held.root / folder).rmdir()
            except OSError:
                return  # there is more in it
        return
    there.parent.mkdir(parents=True, exist_ok=True)
    part = held.folder / "file.part"
    write_synced(part, content, mode=0o666)
    if there.exists():
        part.chmod(there.stat().st_mode & 0o777)
    part.replace(there)
    sync_folder(there.parent)


def _clear_locks(held: Hold) -> None:
    """Takes away the locks that the interrupted move left. No git of ours lives any more: it would hold `held`."""
    ours = git_folder(held.root)
    index = ours / "index.lock"
    if _begins_with_token(index):
        index.unlink(missing_ok=True)
    branch = held.words("rev-parse", "--symbolic-full-name", "HEAD")
    names = ["HEAD", "ORIG_HEAD", "packed-refs", *([branch] if branch.startswith("refs/") else [])]
    locks = [ours / f"{name}.lock" for name in names]
    meant = marker_path(held.root).stat().st_mtime
    end = time.monotonic() + _FOREIGN_LOCK_S
    while (left := [lock for lock in (index, *locks) if lock.exists()]) and time.monotonic() < end:
        time.sleep(0.05)
    for lock in left:
        # Refs are locked for an instant, never while a person types: one that stays was left, and by us if it is newer.
        if lock == index or lock.stat().st_mtime < meant:
            raise Refused(f"Another git command holds {lock}. Wait for it; remove the file if none runs.")
        lock.unlink(missing_ok=True)


def _begins_with_token(lock: Path) -> bool:
    try:
        return lock.read_bytes() == _TOKEN
    except FileNotFoundError:
        return False


def _forget_compiled(root: Path, paths: Sequence[str]) -> None:
    """Removes compiled copies: Python knows them by second and size, which two versions may have in common."""
    for path in paths:
        source = root / path
        for compiled in source.parent.glob(f"__pycache__/{source.stem}.*.pyc"):
            with contextlib.suppress(OSError):
                compiled.unlink()


def _sync_files(root: Path, paths: Sequence[str]) -> None:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(root / path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
