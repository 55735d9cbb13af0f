"""Teaser and canvas: whole bars around the chorus, within the lengths that platforms take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.domain.clips import CANVAS_S, TEASER_S
from engine.domain.song import Section, SectionKind, Timeline
from engine.release.extras import FORMS
from engine.visuals import spans
from tests.engine.visuals.material import cue, timeline

pytestmark = pytest.mark.quick
FPS = 30


def song(tempo: float, *parts: tuple[SectionKind, int, float]) -> Timeline:
    """Sections of so many bars of four with so much energy."""
    bar = 240.0 / tempo
    sections, at = [], 0
    for kind, bars, energy in parts:
        sections.append(Section(kind, at * bar, (at + bars) * bar, bars, energy))
        at += bars
    return Timeline(tempo, 4, "A minor", at * bar, tuple(place * bar for place in range(at)), tuple(sections), ())


VERSE, CHORUS, OUTRO = SectionKind.VERSE, SectionKind.CHORUS, SectionKind.OUTRO


def teaser(track: Timeline) -> tuple[float, float]:
    """In seconds, its end at the bar line that it stops a frame before."""
    frames = round(track.duration_s * FPS)
    span = spans.teaser(track, frames=frames, fps=FPS)
    return span.first / FPS, (span.last + (span.last < frames)) / FPS


def test_a_teaser_stops_before_the_beat_of_the_next_bar_is_seen() -> None:
    track = song(120, (VERSE, 8, 0.5), (CHORUS, 8, 0.9), (OUTRO, 8, 0.2))
    assert spans.teaser(track, frames=48 * FPS, fps=FPS).last == 32 * FPS - 1


def test_a_teaser_begins_at_a_bar_where_a_line_begins() -> None:
    track = song(120, (VERSE, 8, 0.5), (CHORUS, 4, 0.9), (OUTRO, 8, 0.2))
    lines = tuple(cue(f"line {at}", at, at + 3.5) for at in (3.0, 6.5, 10.1, 14.0, 18.0))
    start, end = teaser(replace(track, cues=lines))
    assert start == 10.0  # from 8.0 the second line would be cut
    assert 15 <= end - start <= 30


def test_where_no_line_begins_near_a_teaser_at_least_cuts_none() -> None:
    track = song(120, (VERSE, 8, 0.5), (CHORUS, 8, 0.9), (OUTRO, 8, 0.2))
    start, _ = teaser(replace(track, cues=(cue("held for long", 11.0, 17.5),)))
    assert start not in (12.0, 14.0, 16.0)


def test_a_teaser_is_the_chorus_where_it_is_long_enough() -> None:
    assert teaser(song(120, (VERSE, 8, 0.5), (CHORUS, 8, 0.9), (OUTRO, 8, 0.2))) == (16.0, 32.0)


def test_a_short_chorus_brings_the_bars_before_it_along() -> None:
    assert teaser(song(120, (VERSE, 8, 0.5), (CHORUS, 4, 0.9), (OUTRO, 8, 0.2))) == (8.0, 24.0)


def test_a_long_chorus_is_cut_after_a_whole_bar_within_thirty_seconds() -> None:
    assert teaser(song(120, (VERSE, 4, 0.5), (CHORUS, 32, 0.9))) == (8.0, 38.0)


def test_the_chorus_with_the_most_energy_is_shown() -> None:
    track = song(120, (CHORUS, 8, 0.6), (VERSE, 8, 0.7), (CHORUS, 8, 0.9))
    assert teaser(track) == (32.0, 48.0)


def test_a_track_that_is_shorter_than_a_teaser_is_shown_from_bar_to_bar() -> None:
    track = song(120, (VERSE, 2, 0.5), (CHORUS, 2, 0.9))
    assert teaser(track) == (0.0, 8.0)


@pytest.mark.parametrize("tempo", range(55, 200, 5))
def test_a_teaser_starts_and_ends_on_bars_and_lasts_15_to_30_seconds(tempo: float) -> None:
    track = song(tempo, (VERSE, 16, 0.5), (CHORUS, 8, 0.9), (VERSE, 16, 0.5))
    start, end = teaser(track)
    assert 15 <= end - start <= 30
    lines = {round(bar * FPS) / FPS for bar in track.bars}
    assert {start, end} <= lines


def test_without_bars_a_teaser_is_still_cut() -> None:
    track = replace(timeline(60.0), bars=(), sections=())
    start, end = teaser(track)
    assert 15 <= end - start <= 30


def test_where_few_bars_are_known_a_teaser_is_as_long_as_it_must_be() -> None:
    track = replace(timeline(60.0), bars=(4.0, 6.0, 8.0))
    start, end = teaser(track)
    assert 15 <= end - start <= 30 + 1 / FPS


@pytest.mark.parametrize("tempo", range(40, 220, 4))
def test_a_canvas_lasts_whole_bars_within_three_to_eight_seconds(tempo: float) -> None:
    track = song(tempo, (VERSE, 16, 0.5), (CHORUS, 8, 0.9), (VERSE, 16, 0.5))
    span = spans.canvas(track, frames=round(track.duration_s * FPS), fps=FPS, fade=24)
    assert 3 * FPS <= span.frames <= 8 * FPS
    bars = span.frames / FPS / (240 / tempo)
    assert round(bars) * 240 / tempo * FPS - span.frames == pytest.approx(1, abs=0.51)  # the next beat is not seen
    assert span.first == round(track.sections[1].start * FPS)


def test_a_canvas_leaves_room_for_what_goes_over_into_its_start() -> None:
    track = song(120, (VERSE, 4, 0.5), (CHORUS, 4, 0.9))
    span = spans.canvas(track, frames=480, fps=FPS, fade=24)
    assert span.last + 24 <= 480


def test_bounds_of_a_span_are_those_that_a_release_is_checked_by() -> None:
    assert (FORMS["teaser"].seconds, FORMS["canvas"].seconds) == (TEASER_S, CANVAS_S)
    long = timeline(200.0)
    for bounds, span in (
        (TEASER_S, spans.teaser(long, frames=6000, fps=30)),
        (CANVAS_S, spans.canvas(long, frames=6000, fps=30, fade=9)),
    ):
        assert bounds[0] <= span.frames / 30 <= bounds[1]
