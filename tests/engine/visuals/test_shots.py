"""The edit: cuts on bars, sections told apart, no frame without a shot."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.genres import GENRES
from engine.domain.song import Section, SectionKind, Timeline
from engine.visuals import casting, shots, vocabulary
from engine.visuals.scenes.catalogue import SCENES
from tests.engine.visuals.material import clip_brief, timeline

pytestmark = pytest.mark.quick

CAST: dict[SectionKind, tuple[str, ...]] = {kind: (f"{kind}-a", f"{kind}-b") for kind in SectionKind}
FPS = 30


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Sections of whole bars in any order, at any tempo."""
    tempo = draw(st.floats(60, 180))
    beats = draw(st.sampled_from([3, 4]))
    bar = 60 / tempo * beats
    sections: list[Section] = []
    count = 0
    for _ in range(draw(st.integers(1, 8))):
        bars = draw(st.integers(1, 16))
        kind = draw(st.sampled_from(list(SectionKind)))
        sections.append(Section(kind, count * bar, (count + bars) * bar, bars, draw(st.floats(0, 1))))
        count += bars
    return Timeline(tempo, beats, "A minor", count * bar, tuple(i * bar for i in range(count)), tuple(sections), ())


def _plan(song: Timeline, *, calm: bool = False) -> tuple[shots.Shot, ...]:
    frames = round(song.duration_s * FPS)
    return shots.plan(song, CAST, frames=frames, fps=FPS, calm=calm, seed=7)


@given(timelines(), st.booleans())
def test_shots_follow_each_other_without_a_gap(song: Timeline, calm: bool) -> None:
    plan = _plan(song, calm=calm)
    assert plan[0].first == 0
    assert plan[-1].last == round(song.duration_s * FPS)
    assert all(one.last == other.first for one, other in pairwise(plan))
    assert all(shot.first < shot.last for shot in plan)


@given(timelines())
def test_every_cut_falls_on_a_bar_line(song: Timeline) -> None:
    bars = {round(bar * FPS) for bar in song.bars}
    assert {shot.first for shot in _plan(song)} <= bars


@given(timelines())
def test_every_section_begins_with_a_cut_to_one_of_its_own_scenes(song: Timeline) -> None:
    by_start = {shot.first: shot for shot in _plan(song)}
    for section in song.sections:
        assert by_start[round(section.start * FPS)].scene in CAST[section.kind]


def test_the_chorus_is_cut_faster_than_the_verse() -> None:
    song = Timeline(
        120,
        4,
        "A minor",
        64.0,
        tuple(2.0 * bar for bar in range(32)),
        (Section(SectionKind.VERSE, 0, 32, 16, 0.6), Section(SectionKind.CHORUS, 32, 64, 16, 0.6)),
        (),
    )
    kinds = [shot.kind for shot in _plan(song)]
    assert kinds.count(SectionKind.CHORUS) > kinds.count(SectionKind.VERSE)


def test_a_timeline_without_sections_still_has_a_picture() -> None:
    (only,) = _plan(replace(timeline(), sections=(), bars=()))
    assert (only.first, only.last) == (0, 4 * FPS)


def test_the_chorus_is_the_brightest_part() -> None:
    assert max(shots.EXPOSURE, key=lambda kind: shots.EXPOSURE[kind]) is SectionKind.CHORUS


@pytest.mark.parametrize("genre", [*GENRES, "unknown"])
def test_every_genre_casts_scenes_that_exist_and_tells_chorus_from_verse(genre: str) -> None:
    for seed in range(6):
        cast = casting.cast(replace(clip_brief(), genre=genre, seed=seed))
        assert set(cast) == set(SectionKind)
        assert {name for names in cast.values() for name in names} <= set(SCENES)
        assert cast[SectionKind.CHORUS][0] not in cast[SectionKind.VERSE]


def test_what_the_artist_is_about_is_on_screen() -> None:
    brief = clip_brief()
    look = replace(brief.visual_identity, keywords=("planet",), motif="a paper boat on the harbour")
    shown = {name for names in casting.cast(replace(brief, visual_identity=look)).values() for name in names}
    assert {"spheres", "sea"} <= shown
    assert set(casting._SUBJECTS) == set(vocabulary.SUBJECTS)
    assert {name for names in casting._SUBJECTS.values() for name in names} == set(SCENES)
