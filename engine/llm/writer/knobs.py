"""How reasons, lessons and set parameters move a plan: every move is one sentence that names its cause."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.domain.learning import Judgement, Lesson, ReasonTag
from engine.domain.persona import Habits
from engine.llm.writer.limits import Limits

TEMPO_STEP = 6
"""Beats per minute that one reason asks for; the older a judgement, the smaller its step."""
ENERGY_STEP = 0.12

_SCALES = {
    "arrangement": ("sparse", "full", "dense"),
    "brightness": ("warm", "neutral", "bright"),
    "groove": ("straight", "loose"),
    "melody": ("calm", "leaping"),
    "lyrics": ("plain", "images"),
}
_NEUTRAL = {"arrangement": "full", "brightness": "neutral", "groove": "", "melody": "", "lyrics": ""}
_SAID = {
    ReasonTag.TOO_SLOW: "too slow",
    ReasonTag.TOO_FAST: "too fast",
    ReasonTag.TOO_BUSY: "too busy",
    ReasonTag.TOO_SPARSE: "too sparse",
    ReasonTag.TOO_DULL: "too dull",
    ReasonTag.TOO_HARSH: "too harsh",
    ReasonTag.WEAK_MELODY: "weak melody",
    ReasonTag.WEAK_LYRICS: "weak lyrics",
    ReasonTag.REPETITIVE: "repetitive",
    ReasonTag.OFF_PERSONA: "off persona",
}
_IN_TEXT = {
    ReasonTag.TOO_SLOW: r"too slow|faster|drags?\b|sluggish|speed (?:it )?up",
    ReasonTag.TOO_FAST: r"too fast|slower|rushed|slow (?:it )?down",
    ReasonTag.TOO_BUSY: r"too busy|too much going on|clutter|crowded|overloaded",
    ReasonTag.TOO_SPARSE: r"too sparse|too empty|too thin|bare",
    ReasonTag.TOO_DULL: r"too dull|muffled|muddy|dark sound|brighter",
    ReasonTag.TOO_HARSH: r"too harsh|shrill|piercing|too bright|hurts",
    ReasonTag.WEAK_MELODY: r"(?:weak|boring|no) melody|no hook|forgettable tune",
    ReasonTag.WEAK_LYRICS: r"(?:weak|bad|silly) (?:lyrics|words)",
    ReasonTag.REPETITIVE: r"repetitive|always the same|monotonous",
}


@dataclass(slots=True)
class Plan:
    """The song's figures while they are being settled. `home_energy` is the genre's own."""

    tempo: int
    energy: float
    key: str
    habits: Habits
    limits: Limits
    home_energy: float
    parameters: dict[str, str] = field(default_factory=dict)
    adjustments: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tempo = self.bounded(self.tempo)

    def bounded(self, tempo: float) -> int:
        """`tempo` inside the habits and inside what the artist never leaves."""
        low = max(self.habits.tempo_min, self.limits.tempo_min)
        high = min(self.habits.tempo_max, self.limits.tempo_max)
        return round(min(max(tempo, low), max(low, high)) if low <= high else min(tempo, high))

    def set_tempo(self, wanted: float, cause: str) -> None:
        """Moves the tempo as far as habits allow."""
        before, after = self.tempo, self.bounded(wanted)
        edge = "" if after == round(wanted) else ", as far as the artist's habits go"
        if after != before:
            self.tempo = after
            self.adjustments.append(f"Tempo {before} -> {after}: {cause}{edge}.")

    def keep_tempo(self, judged: int, cause: str) -> None:
        """Says why a reason moved nothing: the tempo is right already, or the habits end here."""
        away = f"{abs(self.tempo - judged)} away from {judged} already"
        reason = away if self.tempo != judged else "the edge of the artist's habits"
        self.adjustments.append(f"Tempo stays {self.tempo}, {reason}: {cause}.")

    def set_energy(self, wanted: float, cause: str) -> None:
        """Moves the energy, between 0.1 and 0.95."""
        before, after = round(self.energy, 2), round(min(0.95, max(0.1, wanted)), 2)
        if after != before:
            self.energy = after
            self.adjustments.append(f"Energy {before:.2f} -> {after:.2f}: {cause}.")

    def set_knob(self, name: str, value: str, cause: str) -> None:
        """Sets a parameter, unless the artist never does that."""
        before = self.parameters.get(name, _NEUTRAL.get(name, ""))
        if (name, value) in self.limits.knobs or value == before:
            return
        self.parameters[name] = value
        start = f"{name.capitalize()} {before} -> {value}" if before else f"{name.capitalize()} set to {value}"
        self.adjustments.append(f"{start}: {cause}.")

    def turn(self, name: str, steps: int, before: str, cause: str) -> None:
        """Moves a parameter along its scale, from what it was when the reason was given."""
        scale = _SCALES[name]
        at = scale.index(before) if before in scale else scale.index(_NEUTRAL[name]) if _NEUTRAL[name] in scale else 0
        self.set_knob(name, scale[max(0, min(len(scale) - 1, at + steps))], cause)

    def other(self, name: str, before: str, cause: str) -> None:
        """Flips a parameter with two values."""
        first, second = _SCALES[name]
        self.set_knob(name, first if before == second else second, cause)


def apply_lessons(plan: Plan, lessons: Sequence[Lesson]) -> None:
    """Takes over what reflections passed on, oldest first; the newest lesson counts whole, older ones less."""
    for age, lesson in reversed(list(enumerate(lessons))):
        weight = 0.6**age
        cause = f"lesson of '{_short(lesson.title)}'"
        for name, value in lesson.changes.items():
            amount = _signed(value)
            if name == "tempo" and amount is not None:
                plan.set_tempo(plan.tempo + round(max(-12.0, min(12.0, amount)) * weight), cause)
            elif name == "energy" and amount is not None:
                plan.set_energy(plan.energy + max(-0.3, min(0.3, amount)) * weight, cause)
            elif value in _SCALES.get(name, ()):
                plan.set_knob(name, value, cause)


def apply_judgements(plan: Plan, judgements: Sequence[Judgement]) -> None:
    """Answers people's reasons, oldest first, so that the newest has the last word."""
    for age, judgement in reversed(list(enumerate(judgements))):
        weight = 0.6**age
        if judgement.approved and not judgement.tags:
            _approved(plan, judgement, weight)
        for tag in _reasons(judgement):
            _answer(plan, judgement, tag, weight)


def apply_parameters(plan: Plan, parameters: Mapping[str, str]) -> None:
    """Sets what an experiment or a person fixed: it wins over reasons and lessons, and says so."""
    for name, value in parameters.items():
        amount = _signed(value)
        moved = [line for line in plan.adjustments if line.lower().startswith(name.lower())]
        cause = "set for this song" + (", over what was learnt" if moved else "")
        if name == "tempo" and amount is not None:
            plan.set_tempo(plan.tempo + amount if value.strip()[:1] in "+-" else amount, cause)
        elif name == "energy" and amount is not None:
            plan.set_energy(plan.energy + amount if value.strip()[:1] in "+-" else amount, cause)
        elif plan.parameters.get(name) != value:
            before = plan.parameters.get(name, _NEUTRAL.get(name, ""))
            start = f"{before} -> {value}" if before and before != value else f"set to {value}"
            plan.adjustments.append(f"{name[:1].upper()}{name[1:]} {start}: {cause}.")
        plan.parameters[name] = value


def _approved(plan: Plan, judgement: Judgement, weight: float) -> None:
    """An approved song pulls the next one towards itself."""
    cause = f"'{_short(judgement.title)}' was approved at {judgement.concept_tempo_bpm}"
    plan.set_tempo(plan.tempo + round((judgement.concept_tempo_bpm - plan.tempo) * 0.4 * weight), cause)
    for name, value in judgement.parameters.items():
        if value in _SCALES.get(name, ()) and weight > 0.5:
            plan.set_knob(name, value, f"'{_short(judgement.title)}' was approved with it")


def _answer(plan: Plan, judgement: Judgement, tag: ReasonTag, weight: float) -> None:
    said = "approver" if judgement.approved else "reviewer"
    cause = f"{said} said {_SAID[tag]} on '{_short(judgement.title)}'"
    step = max(1, round(TEMPO_STEP * weight))
    was = judgement.parameters
    if tag in (ReasonTag.TOO_SLOW, ReasonTag.TOO_FAST):
        wanted = judgement.concept_tempo_bpm + (step if tag is ReasonTag.TOO_SLOW else -step)
        met = plan.tempo >= wanted if tag is ReasonTag.TOO_SLOW else plan.tempo <= wanted
        if not met:
            plan.set_tempo(wanted, cause)
        if weight == 1.0 and (met or plan.tempo == judgement.concept_tempo_bpm):
            plan.keep_tempo(judgement.concept_tempo_bpm, cause)
    elif tag in (ReasonTag.TOO_BUSY, ReasonTag.TOO_SPARSE):
        sign = -1 if tag is ReasonTag.TOO_BUSY else 1
        plan.turn("arrangement", sign, was.get("arrangement", "full"), cause)
        plan.set_energy(_beyond(plan.energy, judgement.concept_energy, sign * ENERGY_STEP / 2 * weight), cause)
    elif tag is ReasonTag.TOO_DULL:
        plan.turn("brightness", 1, was.get("brightness", "neutral"), cause)
        plan.set_energy(_beyond(plan.energy, judgement.concept_energy, ENERGY_STEP * weight), cause)
    elif tag is ReasonTag.TOO_HARSH:
        plan.turn("brightness", -1, was.get("brightness", "neutral"), cause)
        plan.set_energy(_beyond(plan.energy, judgement.concept_energy, -ENERGY_STEP * weight), cause)
    elif tag is ReasonTag.WEAK_MELODY:
        plan.other("melody", was.get("melody", "calm"), cause)
    elif tag is ReasonTag.WEAK_LYRICS:
        plan.other("lyrics", was.get("lyrics", "images"), cause)
    elif tag is ReasonTag.REPETITIVE:
        plan.other("groove", was.get("groove", "straight"), cause)
        plan.set_knob("melody", "leaping", cause)
    elif tag is ReasonTag.OFF_PERSONA:
        middle = (plan.habits.tempo_min + plan.habits.tempo_max) / 2
        plan.set_tempo(plan.tempo + round((middle - plan.tempo) * weight), cause)
        plan.set_energy(plan.energy + (plan.home_energy - plan.energy) * weight, cause)


def _beyond(now: float, then: float, step: float) -> float:
    """At least `step` away from what was judged, in the direction of the step."""
    return max(now, then + step) if step > 0 else min(now, then + step)


def _reasons(judgement: Judgement) -> list[ReasonTag]:
    """The tags that move something, and those that the reviewer's own words name."""
    text = judgement.text[:2_000].lower()
    named = [] if judgement.approved else [tag for tag, words in _IN_TEXT.items() if re.search(words, text)]
    return [tag for tag in dict.fromkeys((*judgement.tags, *named)) if tag in _SAID]


def _signed(value: str) -> float | None:
    match = re.fullmatch(r"\s*([+-]?\d{1,3}(?:\.\d{1,4})?)\s*", value)
    return float(match[1]) if match else None


def _short(title: str) -> str:
    return title if len(title) <= 60 else title[:59] + "…"
