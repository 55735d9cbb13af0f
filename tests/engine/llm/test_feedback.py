"""What people say and what was measured moves the next concept, within the artist's habits, and says so."""

from __future__ import annotations

import pytest

from engine.domain.learning import Judgement, Lesson, ReasonTag
from engine.domain.persona import Persona
from engine.domain.song import Catalogue, Concept
from engine.llm.writer.concept import write_concept

SEED = 5


def concept(
    artist: Persona,
    *judgements: Judgement,
    lessons: tuple[Lesson, ...] = (),
    parameters: dict[str, str] | None = None,
) -> Concept:
    return write_concept(
        artist, SEED, judgements=judgements, lessons=lessons, catalogue=Catalogue(), parameters=parameters or {}
    )


def rejected(tag: ReasonTag, artist: Persona, text: str = "") -> Judgement:
    plain = concept(artist)
    return Judgement("Old Song", False, (tag,) if tag else (), text, plain.tempo_bpm, plain.energy)


@pytest.fixture
def artist(artists: list[Persona]) -> Persona:
    """One whose tempo at this seed has room on both sides."""
    return next(a for a in artists if a.habits.tempo_min + 2 < concept(a).tempo_bpm < a.habits.tempo_max - 2)


@pytest.mark.parametrize(("tag", "sign"), [(ReasonTag.TOO_SLOW, 1), (ReasonTag.TOO_FAST, -1)])
def test_a_rejected_tempo_moves_the_next_one(artist: Persona, tag: ReasonTag, sign: int) -> None:
    before, after = concept(artist), concept(artist, rejected(tag, artist))
    assert (after.tempo_bpm - before.tempo_bpm) * sign > 0
    assert artist.habits.tempo_min <= after.tempo_bpm <= artist.habits.tempo_max
    said = str(tag).replace("-", " ")
    assert any(f"reviewer said {said} on 'Old Song'" in line for line in after.adjustments)


@pytest.mark.parametrize(
    ("tag", "parameter", "value"),
    [
        (ReasonTag.TOO_BUSY, "arrangement", "sparse"),
        (ReasonTag.TOO_SPARSE, "arrangement", "dense"),
        (ReasonTag.TOO_DULL, "brightness", "bright"),
        (ReasonTag.TOO_HARSH, "brightness", "warm"),
        (ReasonTag.WEAK_MELODY, "melody", "leaping"),
        (ReasonTag.WEAK_LYRICS, "lyrics", "plain"),
        (ReasonTag.REPETITIVE, "groove", "loose"),
    ],
)
def test_a_reason_turns_its_knob(artist: Persona, tag: ReasonTag, parameter: str, value: str) -> None:
    free = Persona(**{**{f: getattr(artist, f) for f in artist.__slots__}, "never": ()})
    assert concept(free, rejected(tag, free)).parameters[parameter] == value


def test_the_reviewers_own_words_count_like_a_tag(artist: Persona) -> None:
    judgement = Judgement("Old Song", False, (ReasonTag.OTHER,), "It drags.", concept(artist).tempo_bpm, 0.5)
    assert concept(artist, judgement).tempo_bpm > concept(artist).tempo_bpm


def test_a_lesson_moves_the_plan_and_a_set_parameter_wins_over_it(artist: Persona) -> None:
    lesson = Lesson("Old Song", "Brighter next time.", {"brightness": "bright"})
    learnt = concept(artist, lessons=(lesson,))
    fixed = concept(artist, lessons=(lesson,), parameters={"brightness": "warm"})
    assert learnt.parameters["brightness"] == "bright"
    assert "Brightness neutral -> bright: lesson of 'Old Song'." in learnt.adjustments
    assert fixed.parameters["brightness"] == "warm"
    assert any("set for this song, over what was learnt" in line for line in fixed.adjustments)


def test_without_reasons_nothing_is_adjusted(artist: Persona) -> None:
    assert concept(artist).adjustments == ()


def test_a_song_that_is_sent_back_stays_the_same_song_and_moves_on_from_its_own_plan(artist: Persona) -> None:
    first = concept(artist)
    said = Judgement(first.title, False, (ReasonTag.TOO_SLOW,), "", first.tempo_bpm, first.energy)
    second = write_concept(
        artist, SEED + 1, judgements=[said], lessons=[], catalogue=Catalogue(), parameters={}, earlier=first
    )
    assert (second.title, second.premise, second.key) == (first.title, first.premise, first.key)
    assert second.tempo_bpm > first.tempo_bpm
