"""The live checkout as the application moves it: `engine.repair.moving`, with errors that a person can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from engine.domain.errors import NoktvrnError, NotAllowed
from engine.repair import moving
from engine.repair.checkout import Checkout
from engine.repair.hold import Hold, hold
from engine.repair.marker import Gone, Marker, Refused, Step, Unsettled, marker_of, marker_path, read_marker


class PatchGone(NotAllowed):
    """The code does not hold the patch any more."""


def advance(checkout: Checkout, meant: Marker, done: Marker) -> Marker:
    """Moves the live checkout from `meant.source` to exactly `meant.target` by a fast-forward, and returns the marker
    that then holds (`done`). Files that the move does not touch stay as they are, changed or not.

    Raises NotAllowed where HEAD is elsewhere, a touched file has changes of its own or another patch is in the way;
    nothing was moved then.
    """
    return _moved(checkout, meant.home, lambda _: (meant, done))


def take_back(checkout: Checkout, home: str, commit_and_marker: Callable[[Hold], tuple[Marker, Marker]]) -> Marker:
    """The same for a commit that is made while the checkout is held, so that nothing comes between."""
    return _moved(checkout, home, commit_and_marker)


def settle(checkout: Checkout) -> Marker | None:
    """Settles what was interrupted and returns the marker, None where there is none. Raises NoktvrnError."""
    if not marker_path(checkout.root).exists():
        return None
    with _in_words(), hold(checkout.root) as held:
        return moving.settle(held)


def told(checkout: Checkout, marker: Marker) -> None:
    """What the marker says is in the rows now: it goes, and what it hid shows again."""
    with _in_words(), hold(checkout.root) as held:
        if read_marker(checkout.root) != marker:
            return
        if marker.earlier is None:
            held.clear()
        else:
            held.write(replace(marker_of(marker.earlier), earlier=None))


def over(checkout: Checkout, patch: str) -> None:
    """The probation of a patch is over: its marker goes."""
    with _in_words(), hold(checkout.root) as held:
        marker = read_marker(checkout.root)
        if marker is not None and marker.step is Step.PROBATION and marker.patch == patch:
            held.clear()


def _moved(checkout: Checkout, home: str, meant: Callable[[Hold], tuple[Marker, Marker]]) -> Marker:
    with _in_words(), hold(checkout.root) as held:
        before = moving.settle(held)
        move, done = meant(held)
        _not_in_the_way(before, move, home)
        moving.move(held, move, done)
        marker = read_marker(checkout.root)
        assert marker is not None
        return marker


def _not_in_the_way(before: Marker | None, move: Marker, home: str) -> None:
    """Raises Refused while another patch has not been seen to start, or another home has not heard of what was done."""
    if before is None or before.patch == move.patch:
        return
    if before.home != home and Path(before.home).exists():
        raise Refused(
            f"Patch {before.patch} of another home, {before.home}, is {before.step} in this checkout. Start the engine"
            " of that home first."
        )
    if before.home != home:
        return
    if before.step is not Step.PROBATION or not before.ready:
        raise Refused(f"The engine has not started since patch {before.patch} was moved. Start it first.")
    if move.what == "apply":  # the marker holds one patch, and a start watches that one alone
        raise Refused(
            f"Patch {before.patch} is on probation until {_until(before)}. Wait until then, or take it back first."
        )


def _until(marker: Marker) -> str:
    began = datetime.fromisoformat(marker.since or marker.at)
    return f"{began + timedelta(minutes=marker.minutes):%Y-%m-%d %H:%M %Z}"


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except Gone as error:
        raise PatchGone(str(error)) from error
    except Refused as error:
        raise NotAllowed(str(error)) from error
    except Unsettled as error:
        raise NoktvrnError(str(error)) from error
