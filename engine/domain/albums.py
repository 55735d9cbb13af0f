"""EPs and albums: which steps one may take, what kind it is, what keeps it from being packaged, how loud it becomes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from engine.domain.errors import NotAllowed, UsageError
from engine.domain.gate import MAX_TRUE_PEAK_DBTP, TARGET_LUFS
from engine.domain.plurals import many
from engine.domain.runs import RunState

FEWEST, MOST = 2, 99
"""Tracks; two figures number them."""
MOST_GAP_S = 10.0
"""Distributors refuse files that end in long silence."""
NEAR_DB = 0.2
"""What would be moved by less than this stays as it is, sample for sample: no ear hears it."""
_MINUTE = 60.0


class AlbumState(StrEnum):
    """States of an album. Whatever the package would hold can only be changed in a draft."""

    DRAFT = "draft"
    APPROVED = "approved"
    PACKAGING = "packaging"
    PACKAGED = "packaged"
    FAILED = "failed"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


_S = AlbumState
MOVES: dict[AlbumState, frozenset[AlbumState]] = {
    _S.DRAFT: frozenset({_S.APPROVED}),
    _S.APPROVED: frozenset({_S.DRAFT, _S.APPROVED, _S.PACKAGING}),
    _S.PACKAGING: frozenset({_S.PACKAGED, _S.FAILED}),
    _S.FAILED: frozenset({_S.PACKAGING, _S.DRAFT, _S.APPROVED}),
    _S.PACKAGED: frozenset({_S.DRAFT, _S.APPROVED, _S.PACKAGING, _S.DELIVERED}),
    _S.DELIVERED: frozenset({_S.WITHDRAWN}),
    _S.WITHDRAWN: frozenset({_S.DRAFT, _S.APPROVED, _S.PACKAGING, _S.DELIVERED}),
}
"""Which state may follow which. A change takes an album back to its draft, and so to a new approval; what is out with
somebody has to be withdrawn first. Where packages of its songs were made anew, it is approved again as it stands."""


def check_move(album_id: str, before: AlbumState, after: AlbumState) -> None:
    """Raises NotAllowed where the table above has no such step."""
    if after not in MOVES[before]:
        ways = ", ".join(sorted(MOVES[before]))
        raise NotAllowed(f"Album {album_id} is {before}: it cannot become {after}.", fix=f"Possible: {ways}.")


def check_changeable(album_id: str, state: AlbumState) -> None:
    """Raises NotAllowed where what the package holds may not be changed now."""
    if state is _S.PACKAGING:
        raise NotAllowed(f"Album {album_id} is being packaged.", fix="Wait for its end.")
    if state is _S.DELIVERED:
        raise NotAllowed(
            f"Album {album_id} is delivered.", fix="`noktvrn releases withdraw` its release first; then it can change."
        )


# --- kinds ---


class AlbumKind(StrEnum):
    """What shops call it."""

    SINGLE = "single"
    EP = "ep"
    ALBUM = "album"


def kind_of(seconds: Sequence[float]) -> AlbumKind:
    """The kind by number and length of the tracks, as most shops count: seven tracks or half an hour make an album,
    four tracks or one of ten minutes an EP."""
    if len(seconds) >= 7 or sum(seconds) >= 30 * _MINUTE:
        return AlbumKind.ALBUM
    if len(seconds) >= 4 or any(each >= 10 * _MINUTE for each in seconds):
        return AlbumKind.EP
    return AlbumKind.SINGLE


# --- what keeps it from being packaged ---


@dataclass(frozen=True, slots=True)
class Track:
    """One track as the store knows it. `state` is its run's; `newest` says that no later package of the song is there;
    `gap_s` is the silence that follows it."""

    release_id: str
    run_id: str
    artist_id: str
    title: str
    state: RunState
    duration_s: float
    newest: bool = True
    gap_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """Why an album cannot be packaged: `kind` for machines, `what` for a person, and what would clear it."""

    kind: str
    what: str
    fix: str


READY = frozenset(
    {
        RunState.PACKAGED,
        RunState.DELIVERING,
        RunState.DELIVERED,
        RunState.MEASURED,
        RunState.WITHDRAWN,
        RunState.FAILED,
    }
)
"""States of a run whose release may be part of an album. That a delivery failed harms no package; a single is often
taken back so that its song comes out with the album."""


def blocks(artist_id: str, tracks: Sequence[Track], kind: AlbumKind | None = None) -> tuple[Block, ...]:
    """Everything that keeps these tracks, in their order, from being packaged; empty where nothing does."""
    found = []
    if len(tracks) < FEWEST:
        found.append(Block("few", f"It has {many(len(tracks), 'track')}; {FEWEST} at least are needed.", "Add tracks."))
    if len(tracks) > MOST:
        found.append(Block("many", f"It has {len(tracks)} tracks; {MOST} is the most.", "Remove tracks."))
    for track in tracks:
        found += _blocks_of(artist_id, track)
    for run_id, number in Counter(track.run_id for track in tracks).items():
        if number > 1:
            title = next(track.title for track in tracks if track.run_id == run_id)
            found.append(Block("twice", f"{title} is in it {number} times.", "Remove it but once."))
    if kind is AlbumKind.SINGLE and kind_of([track.duration_s for track in tracks]) is not AlbumKind.SINGLE:
        found.append(Block("kind", "It is too long to be called a single.", "Leave the kind to the rule."))
    return tuple(found)


def _blocks_of(artist_id: str, track: Track) -> list[Block]:
    found = []
    if track.artist_id != artist_id:
        found.append(Block("artist", f"{track.title} is by another artist.", "Remove it."))
    if track.state not in READY:
        state = str(track.state).replace("_", " ")
        found.append(Block("state", f"{track.title} is {state}: not approved and packaged.", "Wait, or remove it."))
    if not track.newest:
        found.append(
            Block("older", f"There is a newer package of {track.title}.", "Remove this one and add the newer one.")
        )
    return found


def checked_gap(seconds: float) -> float:
    """The silence after a track, to the millisecond. Raises UsageError."""
    if not (math.isfinite(seconds) and 0 <= seconds <= MOST_GAP_S):
        raise UsageError(f"A gap of {seconds:g} s cannot be.", fix=f"0 to {MOST_GAP_S:g} seconds.")
    return round(seconds, 3)


def moved(order: Sequence[str], which: str, place: int) -> list[str]:
    """The order with `which` at `place`, counted from 1; beyond the ends means at the end. Raises ValueError."""
    rest = [each for each in order if each != which]
    if len(rest) == len(order):
        raise ValueError(which)
    rest.insert(max(0, min(place - 1, len(rest))), which)
    return rest


# --- loudness ---


class LoudnessPolicy(StrEnum):
    """How the tracks are brought to one loudness.

    `album` moves all of them by one gain, so that the album as a whole is at the target and a quiet piece stays as far
    below a loud one as it was when it was approved: so do mastering engineers, and services that level albums. `track`
    brings each to the target on its own, for pieces that were mastered apart. `none` leaves every sample as it is.
    No policy limits: where peaks leave no room, less gain is given, and the package says so.
    """

    ALBUM = "album"
    TRACK = "track"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Level:
    """What EBU R 128 found: LUFS, dBTP."""

    lufs: float
    peak_dbtp: float


@dataclass(frozen=True, slots=True)
class Gain:
    """What a track is moved by, in dB. `held` says that its peak, or that of another, allowed no more."""

    db: float
    held: bool = False


def gains(policy: LoudnessPolicy, tracks: Sequence[Level], together_lufs: float) -> tuple[Gain, ...]:
    """The gain of each track; `together_lufs` is the loudness of all of them in a row."""
    if policy is LoudnessPolicy.NONE or not tracks:
        return tuple(Gain(0.0) for _ in tracks)
    if policy is LoudnessPolicy.ALBUM:
        one = _gain(together_lufs, max(track.peak_dbtp for track in tracks))
        return tuple(one for _ in tracks)
    return tuple(_gain(track.lufs, track.peak_dbtp) for track in tracks)


def _gain(lufs: float, peak_dbtp: float) -> Gain:
    wanted = round(TARGET_LUFS - lufs, 1)
    room = math.floor(round((MAX_TRUE_PEAK_DBTP - peak_dbtp) * 10, 3)) / 10
    given = min(wanted, room)
    held = given < wanted - NEAR_DB / 2
    return Gain(given if abs(given) >= NEAR_DB or room < 0 else 0.0, held)


# --- embargo ---


def moment(text: str, zone: str = "UTC") -> datetime:
    """`2026-12-24` or `2026-12-24T18:00` as clocks in `zone` show it, in UTC. A date is its first moment.

    What a zone's clocks show twice means the later time, what they leap over the time after the leap: nothing may
    leave too early. Raises UsageError.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text[:40]!r} is no time.", fix="Write 2026-12-24 or 2026-12-24T18:00.") from None
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fix = "Give one such as Europe/Berlin, or UTC; a system without time zones knows UTC alone."
        raise UsageError(f"There is no time zone {zone[:40]!r}.", fix=fix) from None
    first, second = (found.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(first, second)


def in_zone(at: datetime, zone: str) -> str:
    """A moment as the clocks of a zone show it: `2026-12-24 18:00 Europe/Berlin`; in UTC where it is not known."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Embargo:
    """Nothing of a release leaves the house before `until`, because of this album."""

    until: datetime
    album_id: str
    title: str

    def holds(self, at: datetime) -> bool:
        """Whether it still does."""
        return at < self.until
