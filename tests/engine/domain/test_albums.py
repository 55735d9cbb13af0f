"""The rules of albums: steps, kinds, blocks, order, loudness, embargo."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.domain import albums as rules
from engine.domain.albums import AlbumKind, AlbumState, Gain, Level, LoudnessPolicy, Track
from engine.domain.errors import NotAllowed, UsageError
from engine.domain.runs import RunState

pytestmark = pytest.mark.quick
S = AlbumState
TRACKS = [Track(f"p-{n}", f"r-{n}", "a-vesper", f"Song {n}", RunState.PACKAGED, 120.0) for n in range(3)]


def kinds(tracks: list[Track], kind: AlbumKind | None = None) -> list[str]:
    return [block.kind for block in rules.blocks("a-vesper", tracks, kind)]


def test_nothing_is_packaged_that_was_not_approved() -> None:
    once_approved = [S.APPROVED, S.FAILED, S.PACKAGED, S.WITHDRAWN]
    assert [before for before, after in rules.MOVES.items() if S.PACKAGING in after] == once_approved
    with pytest.raises(NotAllowed, match="w-1 is draft: it cannot become packaging"):
        rules.check_move("w-1", S.DRAFT, S.PACKAGING)


@pytest.mark.parametrize("state", [S.PACKAGING, S.DELIVERED])
def test_what_is_at_work_or_out_cannot_be_changed(state: S) -> None:
    with pytest.raises(NotAllowed):
        rules.check_changeable("w-1", state)


@pytest.mark.parametrize(
    ("minutes", "kind"),
    [
        ([3, 3, 3], AlbumKind.SINGLE),
        ([3, 3, 3, 3], AlbumKind.EP),
        ([10, 3], AlbumKind.EP),
        ([8, 8, 8, 8], AlbumKind.ALBUM),
        ([2] * 7, AlbumKind.ALBUM),
        ([9, 9, 12], AlbumKind.ALBUM),
    ],
)
def test_number_and_length_make_the_kind(minutes: list[int], kind: AlbumKind) -> None:
    assert rules.kind_of([each * 60.0 for each in minutes]) is kind


def test_approved_tracks_of_one_artist_are_free_to_go() -> None:
    assert not rules.blocks("a-vesper", TRACKS)


def test_a_single_that_was_taken_back_may_be_on_an_album() -> None:
    assert not rules.blocks("a-vesper", [replace(TRACKS[0], state=RunState.WITHDRAWN), *TRACKS[1:]])


@pytest.mark.parametrize(
    ("tracks", "kind"),
    [
        (TRACKS[:1], "few"),
        ([replace(TRACKS[0], artist_id="a-other"), TRACKS[1]], "artist"),
        ([TRACKS[0], TRACKS[1], TRACKS[0]], "twice"),
        ([TRACKS[0], replace(TRACKS[1], release_id="p-9", run_id="r-0")], "twice"),
        ([replace(TRACKS[0], state=RunState.AWAITING_REVIEW), TRACKS[1]], "state"),
        ([replace(TRACKS[0], newest=False), TRACKS[1]], "older"),
        ([replace(TRACKS[0], run_id=f"r-{n}") for n in range(100)], "many"),
    ],
)
def test_each_block_is_found_and_names_its_fix(tracks: list[Track], kind: str) -> None:
    assert kinds(tracks) == [kind]
    assert all(block.what and block.fix for block in rules.blocks("a-vesper", tracks))


def test_an_album_is_not_sold_as_a_single() -> None:
    many = [replace(TRACKS[0], run_id=f"r-{n}", release_id=f"p-{n}") for n in range(8)]
    assert kinds(many, AlbumKind.SINGLE) == ["kind"]
    assert not kinds(TRACKS, AlbumKind.EP), "two short songs may be called an EP"


@pytest.mark.parametrize("seconds", [-1.0, 10.5, float("nan"), float("inf")])
def test_a_gap_has_its_bounds(seconds: float) -> None:
    with pytest.raises(UsageError):
        rules.checked_gap(seconds)


@pytest.mark.parametrize(("place", "order"), [(1, "cab"), (2, "acb"), (3, "abc"), (9, "abc"), (-4, "cab")])
def test_a_track_moves_to_its_place(place: int, order: str) -> None:
    assert rules.moved("abc", "c", place) == list(order)


def test_one_gain_keeps_the_relations_of_an_album() -> None:
    levels = [Level(-12.0, -3.0), Level(-20.0, -6.0)]
    assert rules.gains(LoudnessPolicy.ALBUM, levels, -15.0) == (Gain(1.0), Gain(1.0))


def test_each_track_reaches_the_target_on_its_own() -> None:
    levels = [Level(-12.0, -1.0), Level(-15.0, -3.0)]
    assert rules.gains(LoudnessPolicy.TRACK, levels, -13.0) == (Gain(-2.0), Gain(1.0))


def test_peaks_hold_the_gain_back_and_it_is_said() -> None:
    levels = [Level(-16.0, -1.4), Level(-16.0, -4.0)]
    assert rules.gains(LoudnessPolicy.ALBUM, levels, -16.0) == (Gain(0.4, held=True),) * 2
    assert rules.gains(LoudnessPolicy.TRACK, levels, -16.0) == (Gain(0.4, held=True), Gain(2.0))


def test_what_is_near_enough_stays_sample_for_sample() -> None:
    assert rules.gains(LoudnessPolicy.ALBUM, [Level(-14.1, -1.2)], -14.1) == (Gain(0.0),)
    assert rules.gains(LoudnessPolicy.NONE, [Level(-9.0, -1.0)], -9.0) == (Gain(0.0),)


def test_a_peak_above_the_limit_is_turned_down_however_near_the_loudness_is() -> None:
    assert rules.gains(LoudnessPolicy.ALBUM, [Level(-14.0, -0.9)], -14.0)[0].db == -0.1


def test_an_embargo_is_read_as_the_clocks_of_its_zone_show_it() -> None:
    assert rules.moment("2026-12-24T18:00", "Europe/Berlin") == datetime(2026, 12, 24, 17, tzinfo=UTC)
    assert rules.moment("2026-12-24") == datetime(2026, 12, 24, tzinfo=UTC)
    assert rules.moment("2026-12-24T18:00+02:00", "America/New_York") == datetime(2026, 12, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc_hour"),
    [("2026-10-25T02:30", 1), ("2026-03-29T02:30", 1)],
)
def test_a_doubtful_hour_is_the_later_one(text: str, utc_hour: int) -> None:
    found = rules.moment(text, "Europe/Berlin")
    assert (found.hour, found.minute) == (utc_hour, 30)


@pytest.mark.parametrize(("text", "zone"), [("soon", "UTC"), ("2026-12-24", "Atlantis"), ("2026-12-24", "../etc")])
def test_what_is_no_time_is_refused(text: str, zone: str) -> None:
    with pytest.raises(UsageError):
        rules.moment(text, zone)
