"""Stands between a patch and the start of what it changed. Called before any code that a patch may touch is imported.

Standard library only, and nothing of ours but the part of this room that no patch may touch. Without a marker it costs
one look at the disk. What it did it writes into the marker, for the next worker to report.

`enter` settles an interrupted move. Where that is impossible the process ends with code 1: the code is neither old nor
new then. The supervisor says when it starts a worker, when that is ready, when it was told
to stop before that, and when it gives up: a patch on probation with which two starts in a row came to nothing, or with
which the worker falls again and again, is taken back. So is one of `console/` with which the console failed twice.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.repair.hold import Hold
    from engine.repair.marker import Marker

ROOT = Path(__file__).resolve().parents[2]
MOST_STARTS = 2
"""So many starts in a row without a ready worker are held against the patch."""

_EXIT_FAILED = 1


def enter(root: Path = ROOT) -> None:
    """What every program of ours does first: settles what was interrupted and says so. Ends the process with code 1
    where that is impossible, for the code is neither old nor new then."""
    if _nothing(root):
        return
    from engine.repair.marker import Refused, Step, Unsettled, read_marker

    try:
        marker = read_marker(root)
        if marker is None or marker.step is not Step.MOVING:
            return
        from engine.repair.hold import hold
        from engine.repair.moving import settle

        with hold(root) as held:
            if (settled := settle(held)) is not None and settled.settled and settled != marker:
                _say(words_of(settled))
    except (Unsettled, Refused) as error:
        _leave(str(error))


def starting(home: str, now: str, root: Path = ROOT) -> None:
    """A worker of this home is about to start, at `now` (ISO 8601 in UTC)."""

    def count(held: Hold, marker: Marker) -> str:
        from dataclasses import replace

        if marker.starts >= MOST_STARTS:
            return _take_back(held, marker, now, f"the engine failed to start {marker.starts} times with it")
        held.write(replace(marker, starts=marker.starts + 1, since=marker.since or now))
        return ""

    _on_probation(root, home, count)


def ready(home: str, root: Path = ROOT) -> None:
    """The worker that was started is ready."""

    def note(held: Hold, marker: Marker) -> str:
        from dataclasses import replace

        if marker.starts or not marker.ready:
            held.write(replace(marker, starts=0, ready=True))
        return ""

    _on_probation(root, home, note)


def stopped(home: str, root: Path = ROOT) -> None:
    """The worker was told to stop before it was ready: that is not held against the patch."""

    def forgive(held: Hold, marker: Marker) -> str:
        from dataclasses import replace

        held.write(replace(marker, starts=max(0, marker.starts - 1)))
        return ""

    _on_probation(root, home, forgive)


def gave_up(home: str, now: str, root: Path = ROOT) -> bool:
    """The worker falls again and again: a patch on probation is taken back; True where it was."""
    taken = False

    def take_back(held: Hold, marker: Marker) -> str:
        nonlocal taken
        from engine.repair.marker import Step, read_marker

        words = _take_back(held, marker, now, "the engine kept falling with it")
        after = read_marker(root)
        taken = after is not None and after.step is Step.REVERTED
        return words

    _on_probation(root, home, take_back)
    return taken


def face_ended(now: str, *, began: str, fell: bool, root: Path = ROOT) -> None:
    """A command line or console has ended that began at `began`; `fell`: by an error that nobody foresaw. Two of these
    in a row are held against a patch of `console/`, whose home need not be known for that. One that was open before
    the patch ran the code without it, and says nothing of it."""
    if _nothing(root):
        return

    def count(held: Hold, marker: Marker) -> str:
        from dataclasses import replace
        from datetime import datetime

        if datetime.fromisoformat(began) <= datetime.fromisoformat(marker.at):
            return ""
        falls = marker.falls + 1 if fell else 0
        if falls == marker.falls or not any(path.startswith("console/") for path in marker.files):
            return ""
        if falls >= MOST_STARTS:
            return _take_back(held, marker, now, f"the console failed {falls} times with it")
        held.write(replace(marker, falls=falls))
        return ""

    _on_probation(root, None, count)


def untried(home: str, root: Path = ROOT) -> bool:
    """Whether there is a patch on probation with which no worker of this home was ready yet."""
    if _nothing(root):
        return False
    from engine.repair.marker import Step, Unsettled, read_marker

    try:
        marker = read_marker(root)
    except Unsettled:
        return False
    return marker is not None and marker.step is Step.PROBATION and marker.home == home and not marker.ready


def words_of(marker: Marker) -> str:
    """What a start did about an interrupted move, in one sentence."""
    what = "Applying" if marker.what == "apply" else "Taking back"
    files = f" Files changed meanwhile were copied: {', '.join(marker.aside)}." if marker.aside else ""
    state = "was" if marker.settled == "before" else "is"
    ended = f"the code is as it {state} {marker.settled} that"
    return f"{what} patch {marker.patch} was interrupted and is settled: {ended}.{files}"


def _nothing(root: Path) -> bool:
    try:
        (root / ".git" / "noktvrn" / "patch.json").stat()
    except OSError:
        return True
    return False


def _on_probation(root: Path, home: str | None, act: Callable[[Hold, Marker], str]) -> None:
    """Settles, then acts where a patch of this home (None: of any) is on probation, and says what was done."""
    if _nothing(root):
        return
    from engine.repair.hold import hold
    from engine.repair.marker import Refused, Step, Unsettled
    from engine.repair.moving import settle

    try:
        with hold(root) as held:
            marker = settle(held)
            words = ""
            if marker is not None and marker.step is Step.PROBATION and home in (None, marker.home):
                words = act(held, marker)
        if words:
            _say(words)
    except Unsettled as error:
        _leave(str(error))
    except (Refused, OSError) as error:
        _only_if_whole(root, str(error))


def _only_if_whole(root: Path, words: str) -> None:
    """Says why a patch cannot be watched, as on a full disk, and ends the process only where the code is not whole."""
    from engine.repair.marker import Step, Unsettled, read_marker

    try:
        marker = read_marker(root)
    except Unsettled as error:
        _leave(str(error))
    if marker is not None and marker.step is Step.MOVING:
        _leave(words)
    _say(f"The patch on probation cannot be watched: {words}")


def _leave(words: str) -> NoReturn:
    _say(words)
    sys.exit(_EXIT_FAILED)


def _take_back(held: Hold, marker: Marker, now: str, reason: str) -> str:
    from dataclasses import replace

    from engine.repair.marker import Gone, Refused, Step
    from engine.repair.moving import move
    from engine.repair.undoing import taking_back, undo

    try:
        head = held.head()
        made = undo(held, marker.base, marker.commit, taking_back(marker.patch, marker.group, marker.commit, reason))
        meant = replace(marker, what="revert", source=head, target=made, at=now, reason=reason, actor={}, settled="")
        move(held, meant, replace(meant, step=Step.REVERTED, starts=0))
    except Gone as error:
        held.write(replace(marker, step=Step.REVERTED, what="revert", at=now, reason=str(error), actor={}, target=""))
        return str(error)
    except Refused as error:
        held.write(replace(marker, starts=0, falls=0, reason=reason, stuck=str(error)))
        return f"Patch {marker.patch} should be taken back ({reason}), and cannot: {error}"
    return f"Patch {marker.patch} was taken back: {reason}."


def _say(words: str) -> None:
    """One line for the person, with nothing in it that moves a terminal."""
    if sys.stderr is None:
        return
    plain = "".join(letter if letter.isprintable() else "?" for letter in words)
    try:
        sys.stderr.write(f"noktvrn: {plain}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return
