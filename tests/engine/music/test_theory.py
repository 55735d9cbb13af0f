"""Keys, scales, chords, and the parts that are worked out from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import UsageError
from engine.music.studio.progressions import FAMILIES
from engine.music.studio.rhythm import Pulse, lengths, onsets
from engine.music.studio.styles import STYLES
from engine.music.studio.theory import SCALES, Chord, Key, Scale, chord, parse_key

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("A minor", Key(9, minor=True)),
        ("E flat major", Key(3, minor=False)),
        ("F# minor", Key(6, minor=True)),
        ("Bb", Key(10, minor=False)),
        ("c♯ MINOR", Key(1, minor=True)),
        ("Dm", Key(2, minor=True)),
        ("C flat major", Key(11, minor=False)),
    ],
)
def test_keys_are_read_as_people_write_them(text: str, key: Key) -> None:
    assert parse_key(text) == key


@given(st.text(max_size=30))
def test_any_text_is_a_key_or_a_refusal_in_words(text: str) -> None:
    try:
        key = parse_key(text)
    except UsageError as refused:
        assert refused.fix
    else:
        assert 0 <= key.tonic < 12


def test_a_bare_degree_stacks_thirds_of_the_scale() -> None:
    minor = Scale(9, "minor")
    assert chord(minor, "1", 3).classes == (9, 0, 4)
    assert chord(minor, "6", 4).classes == (5, 9, 0, 4)
    assert chord(minor, "1", 2).intervals == (0, 7)


def test_a_written_quality_is_taken_as_written() -> None:
    assert chord(Scale(9, "minor"), "5maj", 3) == Chord(4, (0, 4, 7))
    assert chord(Scale(0, "major"), "b7", 3) == Chord(10, (0, 4, 7))
    assert chord(Scale(0, "major"), "57sus4", 4).intervals == (0, 5, 7, 10)


def test_every_loop_can_be_read_in_its_scale() -> None:
    for style in STYLES.values():
        for minor, name in ((True, style.minor_scale), (False, style.major_scale)):
            family = FAMILIES[style.harmony, minor]
            for loop in (*family.verse, *family.chorus, *family.bridge):
                for symbol in loop.degrees:
                    assert 2 <= len(chord(Scale(0, name), symbol, style.chord_size).classes) <= 5


def test_scales_have_seven_steps_within_an_octave() -> None:
    for steps in SCALES.values():
        assert len(steps) == 7 and list(steps) == sorted(set(steps)) and steps[0] == 0 and steps[-1] < 12


@given(st.lists(st.booleans(), min_size=1, max_size=24), st.sampled_from((3.0, 4.0, 6.0, 8.0, 16.0)), st.integers(3, 4))
def test_syllables_are_placed_in_order_and_leave_a_breath(stresses: list[bool], beats: float, per_bar: int) -> None:
    if len(stresses) > beats * 3.4:
        return
    pulse = Pulse(per_bar, 0.5, 0.6, (0.0,) * per_bar * 8, 0.0)
    placed = onsets(stresses, beats, pulse)
    held = lengths(placed, beats, 0.96)
    assert len(placed) == len(held) == len(stresses)
    assert list(placed) == sorted(set(placed)) and placed[0] >= 0
    assert placed[-1] < beats - 0.4 and placed[-1] + held[-1] <= beats
    assert all(length > 0.05 for length in held)


def test_stressed_syllables_meet_the_strong_beats() -> None:
    pulse = Pulse(4, 0.5, 0.75, (0.0,) * 32, 0.0)
    stresses = (False, True, False, True)
    placed = onsets(stresses, 4.0, pulse)
    assert all(beat == int(beat) for beat, strong in zip(placed, stresses, strict=True) if strong)
