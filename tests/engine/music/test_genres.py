"""The genres differ in what is written: tempo, groove, feel, harmony, density, players."""

from __future__ import annotations

import itertools
from functools import cache

import pytest

from engine.domain.genres import GENRES
from engine.music.studio.compose import compose
from engine.music.studio.grooves import groove
from engine.music.studio.progressions import FAMILIES
from engine.music.studio.score import Part, Score
from engine.music.studio.styles import STYLES
from engine.music.studio.subgenres import TWISTS, style_of
from engine.music.studio.synth.colours import COLOURS, sound_of
from engine.music.studio.synth.instruments import INSTRUMENTS
from engine.music.studio.synth.kits import KITS
from engine.music.studio.synth.sounds import SOUNDS
from tests.engine.music.briefs import brief

pytestmark = pytest.mark.quick

FEATURES = {
    "tempo": 0.06,
    "kicks a beat": 0.2,
    "strokes a beat": 0.2,
    "notes a beat": 0.2,
    "bass notes a beat": 0.25,
    "chords a bar": 0.3,
    "notes in a chord": 0.12,
    "off the straight grid": 0.3,
    "backbeat share": 0.25,
    "minor seconds in the scale": 0.3,
    "comping strokes a beat": 0.25,
    "comping off the beat": 0.25,
    "arpeggio notes a beat": 0.3,
    "hats a beat": 0.3,
}


@cache
def features(genre: str) -> dict[str, float]:
    """What a score of the genre is like, in figures."""
    score = compose(brief(genre, 60.0, key="A minor"))
    beats = score.duration_s * score.tempo_bpm / 60
    spans = [span for section in score.sections for span in section.chords]
    snares = [hit for hit in score.hits if hit.piece in ("snare", "clap", "rim") and hit.velocity > 0.5]
    comp = {note.beat for note in score.notes.get(Part.COMP, ())}
    return {
        "comping strokes a beat": len(comp) / beats,
        "comping off the beat": sum(beat % 1 > 0.1 for beat in comp) / max(1, len(comp)),
        "arpeggio notes a beat": len(score.notes.get(Part.ARP, ())) / beats,
        "hats a beat": sum(hit.piece in ("hat", "open", "ride", "shaker") for hit in score.hits) / beats,
        "tempo": score.tempo_bpm,
        "kicks a beat": len(score.kicks) / beats,
        "strokes a beat": len(score.hits) / beats,
        "notes a beat": score.note_count / beats,
        "bass notes a beat": len(score.notes.get(Part.BASS, ())) / beats,
        "chords a bar": len(spans) / sum(section.plan.bars for section in score.sections),
        "notes in a chord": sum(len(span.voicing) for span in spans) / len(spans),
        "off the straight grid": _swing(score),
        "backbeat share": sum(round(hit.beat) % 2 == 1 for hit in snares) / max(1, len(snares)),
        "minor seconds in the scale": float(1 in {(c - score.sections[0].scale.tonic) % 12 for c in _classes(score)}),
    }


def _classes(score: Score) -> set[int]:
    return set(score.sections[0].scale.classes)


def _swing(score: Score) -> float:
    """Mean lateness of the off-beat sixteenths, in sixteenths."""
    beat = 60 / score.tempo_bpm
    late = [(hit.start / beat - hit.beat) * 4 for hit in score.hits if abs(hit.beat * 4 % 2 - 1) < 1e-6]
    return sum(late) / len(late) if late else 0.0


@pytest.mark.parametrize(("one", "other"), itertools.combinations(sorted(GENRES), 2))
def test_any_two_genres_differ_in_at_least_three_figures(one: str, other: str) -> None:
    first, second = features(one), features(other)
    different = [
        name
        for name, least in FEATURES.items()
        if abs(first[name] - second[name]) > least * max(abs(first[name]), abs(second[name]), 0.2)
    ]
    assert len(different) >= 3, different


@pytest.mark.parametrize(("one", "other"), itertools.combinations(sorted(GENRES), 2))
def test_any_two_genres_differ_in_their_instruments(one: str, other: str) -> None:
    first, second = SOUNDS[one], SOUNDS[other]
    assert first.kit != second.kit
    shared = [part for part in first.channels if first.channels[part].voice == second.channels[part].voice]
    assert len(shared) <= 3, shared


def test_every_genre_has_all_it_needs() -> None:
    assert set(STYLES) == set(SOUNDS) == set(GENRES)
    for genre, sound in SOUNDS.items():
        assert set(sound.channels) >= set(Part) - {Part.HARMONY}
        assert all(channel.voice in INSTRUMENTS for channel in sound.channels.values())
        assert sound.kit in KITS
        assert all(groove(genre).levels) and groove(genre).fills


@pytest.mark.parametrize("genre", sorted(GENRES))
def test_drum_charts_are_bars_of_the_genre(genre: str) -> None:
    steps = GENRES[genre].beats_per_bar * 4
    chart = groove(genre)
    for bar in itertools.chain(*chart.levels):
        for piece, text in bar.items():
            assert len(text) == steps, (piece, text)
            assert set(text) <= set("Xxogrt.")
    for fill in chart.fills:
        assert all(len(text) <= steps and set(text) <= set("Xxogrt.") for text in fill.values())


def test_every_subgenre_changes_the_writing_or_the_sound_of_its_genre() -> None:
    for genre in GENRES.values():
        variants = set()
        for subgenre in genre.subgenres:
            style, sound = style_of(genre.id, subgenre), sound_of(genre.id, subgenre)
            assert all(channel.voice in INSTRUMENTS for channel in sound.channels.values())
            assert sound.kit in KITS and (style.harmony, True) in FAMILIES
            colour = COLOURS[subgenre]
            assert set(colour.voices) | set(colour.louder) <= set(Part) and subgenre in TWISTS
            variants.add(repr((style, sound)))
        assert len(variants) == len(genre.subgenres), genre.id
    assert style_of("folk", "unheard of") == STYLES["folk"] and sound_of("folk", "unheard of") == SOUNDS["folk"]


def test_folk_is_in_three_and_the_rest_in_four() -> None:
    assert {genre: compose(brief(genre, 40.0)).beats_per_bar for genre in GENRES} == {
        genre: 3 if genre == "folk" else 4 for genre in GENRES
    }
