"""Composes: a brief becomes a score. Pure and repeatable: equal briefs give equal scores."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from engine.domain.errors import UsageError
from engine.domain.genres import GENRES
from engine.domain.song import LyricCue, MusicBrief, Section, SectionKind, Timeline
from engine.music.studio import backing, themes
from engine.music.studio.dice import Dice
from engine.music.studio.drums import play_drums
from engine.music.studio.feel import Feel, feel_of
from engine.music.studio.form import Form, plan_form
from engine.music.studio.grooves import groove
from engine.music.studio.harmony import Harmony, home_scale, section_scale, voice_leading
from engine.music.studio.melody import Melodist, Singer
from engine.music.studio.mood import Mood, read_mood
from engine.music.studio.rhythm import Pulse
from engine.music.studio.score import ChordSpan, Hit, Note, Part, PlannedSection, Score, ScoredSection
from engine.music.studio.styles import STYLES, Style
from engine.music.studio.subgenres import style_of
from engine.music.studio.theory import Chord, Key, Scale, parse_key

_FALLEN = 0.62


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every part of the work needs to know."""

    brief: MusicBrief
    style: Style
    key: Key
    mood: Mood
    dice: Dice
    beats_per_bar: int
    home: Scale

    @property
    def beat_s(self) -> float:
        return 60.0 / self.brief.tempo_bpm


def compose(brief: MusicBrief) -> Score:
    """The score for a brief: exactly `duration_s` long, one lead note for each syllable that is sung.

    Raises UsageError for an unknown genre or key, a tempo or duration that cannot be played, or lyrics without words.
    """
    desk = _desk(brief)
    form = plan_form(brief, desk.style, desk.beats_per_bar)
    sections, comp_chords = _harmonise(desk, form)
    notes = _melody(desk, sections)
    hits = play_drums(sections, desk.style, brief.genre, desk.beats_per_bar, desk.dice)
    _back(desk, sections, comp_chords, hits, notes)
    _ending(desk, form, sections, notes, hits)
    feel = feel_of(desk.style, desk.beat_s, brief.parameters.get("groove", ""), desk.dice)
    played = {part: _perform(feel, part, found) for part, found in notes.items() if found}
    struck = tuple(sorted((feel.strike(hit) for hit in hits), key=lambda hit: (hit.start, hit.piece)))
    struck = tuple(replace(hit, seconds=hit.seconds * desk.beat_s) for hit in struck)
    return Score(
        genre=brief.genre,
        subgenre=brief.subgenre,
        tempo_bpm=float(brief.tempo_bpm),
        beats_per_bar=desk.beats_per_bar,
        key=brief.key,
        duration_s=float(brief.duration_s),
        sections=tuple(sections),
        notes=played,
        hits=struck,
        timeline=_timeline(desk, form, sections, played[Part.LEAD]),
        brightness=_brightness(desk),
    )


def _desk(brief: MusicBrief) -> _Desk:
    if brief.genre not in STYLES:
        raise UsageError(f"The genre {brief.genre[:40]!r} is not known.", fix=f"Known are: {', '.join(STYLES)}.")
    if not 40 <= brief.tempo_bpm <= 220:
        raise UsageError(f"A tempo of {brief.tempo_bpm} bpm cannot be played.", fix="Ask for 40 to 220 bpm.")
    style, key = style_of(brief.genre, brief.subgenre), parse_key(brief.key)
    beats_per_bar = GENRES[brief.genre].beats_per_bar
    return _Desk(
        brief, style, key, read_mood(brief.mood), Dice(brief.seed, brief.genre), beats_per_bar, home_scale(key, style)
    )


def _brightness(desk: _Desk) -> float:
    asked = {"warm": -0.6, "bright": 0.6}.get(desk.brief.parameters.get("brightness", ""), 0.0)
    return max(-1.0, min(1.0, asked + 0.3 * desk.mood.valence + 0.5 * (desk.brief.energy - 0.5)))


def _harmonise(desk: _Desk, form: Form) -> tuple[list[ScoredSection], list[tuple[ChordSpan, ...]]]:
    """The sections with their chords, and the accompaniment's own voicings of each section's chords."""
    harmony = Harmony(desk.key, desk.style, desk.mood, desk.dice)
    scales = _scales(desk, form.sections)
    written: list[tuple[float, float, Chord]] = []
    counts: list[int] = []
    for plan, scale in zip(form.sections, scales, strict=True):
        start, beats = plan.start_bar * desk.beats_per_bar, plan.bars * desk.beats_per_bar
        found = list(harmony.chords(plan, scale, float(start), float(beats)))
        ends = [*(beat for beat, _ in found[1:]), float(start + beats)]
        written += [(beat, end - beat, one) for (beat, one), end in zip(found, ends, strict=True)]
        counts.append(len(found))
    pad = iter(voice_leading(written, desk.style.pad_low))
    comp = iter(voice_leading(written, desk.style.comp_low))
    sections, comp_chords = [], []
    for plan, scale, count in zip(form.sections, scales, counts, strict=True):
        parts, drums = _players(desk, plan)
        sections.append(ScoredSection(plan, scale, parts, drums, tuple(itertools.islice(pad, count))))
        comp_chords.append(tuple(itertools.islice(comp, count)))
    return _with_drops(desk.style, sections), comp_chords


def _with_drops(style: Style, sections: Sequence[ScoredSection]) -> list[ScoredSection]:
    """Filters that open and close, and the breath before a drop, where the genre has them."""
    shaped: list[ScoredSection] = []
    for index, section in enumerate(sections):
        following = sections[index + 1] if index + 1 < len(sections) else None
        kind = section.plan.kind
        lifts = following is not None and following.drums >= 3 and following.plan.energy > section.plan.energy + 0.1
        opening = section.opening
        if style.sweeps and kind is SectionKind.INTRO:
            opening = (0.35, 1.0)
        elif style.sweeps and kind is SectionKind.OUTRO:
            opening = (1.0, 0.45)
        elif style.sweeps and lifts and kind is not SectionKind.VERSE and section.plan.bars >= 2:
            opening = (0.6, 1.0)
        gap = style.gap_beats if lifts and section.drums and section.plan.bars >= 2 else 0.0
        shaped.append(replace(section, opening=opening, gap=gap))
    return shaped


def _scales(desk: _Desk, plans: Sequence[PlannedSection]) -> list[Scale]:
    """Each section's scale. Once the last chorus is lifted, what follows stays up there."""
    scales: list[Scale] = []
    home = desk.home
    for plan in plans:
        scale = section_scale(home, desk.style, plan)
        if plan.kind is SectionKind.CHORUS and scale != home:
            home = scale
        scales.append(scale)
    return scales


def _players(desk: _Desk, plan: PlannedSection) -> tuple[frozenset[Part], int]:
    """Who plays in a section, and how strongly the drums."""
    first, _, more = desk.style.layers[plan.kind].partition("|")
    words = first.split() + (more.split() if plan.nth else [])
    drums = max((int(word[1]) for word in words if word[0] == "d" and word[1:].isdigit()), default=0)
    parts = {Part(word) for word in words if not (word[0] == "d" and word[1:].isdigit())}
    arrangement = desk.brief.parameters.get("arrangement", "")
    if arrangement == "sparse":
        parts -= {Part.ARP, Part.COUNTER}
        if Part.COMP in parts and plan.kind is not SectionKind.CHORUS:
            parts -= {Part.PAD}
        drums = max(1, drums - 1) if drums else 0
    elif arrangement == "dense":
        loud = plan.kind in (SectionKind.CHORUS, SectionKind.BREAK, SectionKind.VERSE)
        parts |= {Part.ARP, Part.PAD, Part.COMP} if loud else {Part.PAD}
        parts |= {Part.COUNTER} if plan.lines else set()
        drums = min(3, drums + 1) if drums else 0
    if drums and desk.brief.energy >= 0.85:
        drums = min(3, drums + 1)
    elif drums > 1 and desk.brief.energy <= 0.25:
        drums -= 1
    if plan.kind is SectionKind.BREAK and plan.energy < _FALLEN:  # the quiet half of a long break
        parts -= {Part.BASS}
        drums = min(drums, 1)
    if plan.kind is SectionKind.OUTRO and plan.nth:
        parts -= {Part.ARP, Part.BASS}
        drums = max(0, drums - 1)
    if plan.lines:
        parts |= {Part.LEAD}
        if plan.kind is SectionKind.CHORUS and plan.nth and arrangement != "sparse":
            parts |= {Part.HARMONY}
    return frozenset(parts or {Part.PAD}), drums


def _melody(desk: _Desk, sections: Sequence[ScoredSection]) -> dict[Part, list[Note]]:
    """The melodic parts: the sung lines in order, the hook where nobody sings, the answers."""
    style, brief = desk.style, desk.brief
    leap = style.leap * {"calm": 0.6, "leaping": 1.8}.get(brief.parameters.get("melody", ""), 1.0)
    melodist = Melodist(Singer(style.melody_centre, leap, style.repeat), desk.dice)
    harmony = Harmony(desk.key, style, desk.mood, desk.dice)
    notes: dict[Part, list[Note]] = {part: [] for part in Part}
    hook_notes = desk.dice.stream("hook").randint(*style.hook_notes)
    for section in sections:
        plan, move = section.plan, _move(desk.home, section.scale)
        start, beats = plan.start_bar * desk.beats_per_bar, plan.bars * desk.beats_per_bar
        chords = list(harmony.chords(plan, desk.home, float(start), float(beats), sung=True))
        centre = style.melody_centre + round(3 * (brief.energy - 0.5)) + _rise(style, plan)
        pulse = _pulse(desk, plan.kind)
        if plan.lines:
            sung = melodist.sing(plan, centre, pulse, desk.home, chords)
            moved = [[replace(note, pitch=note.pitch + move) for note in line] for line in sung]
            notes[Part.LEAD] += [note for line in moved for note in line]
            if Part.HARMONY in section.parts:
                notes[Part.HARMONY] += themes.play_harmony(section, moved)
            if Part.COUNTER in section.parts:
                notes[Part.COUNTER] += themes.play_counter(section, moved, 7)
        elif Part.HOOK in section.parts:
            hook = themes.play_hook(section, melodist, hook_notes, centre, pulse, desk.home, chords)
            notes[Part.HOOK] += [replace(note, pitch=note.pitch + move) for note in hook]
    return notes


def _move(home: Scale, scale: Scale) -> int:
    """Semitones from one tonic to the other, the short way."""
    return (scale.tonic - home.tonic + 6) % 12 - 6


def _rise(style: Style, plan: PlannedSection) -> int:
    if plan.kind in (SectionKind.CHORUS, SectionKind.BREAK):
        return style.chorus_rise
    return style.chorus_rise // 2 if plan.kind is SectionKind.BRIDGE else 0


def _pulse(desk: _Desk, kind: SectionKind) -> Pulse:
    """The rhythmic signature of a kind of section."""
    like = kind if kind in (SectionKind.VERSE, SectionKind.BRIDGE) else SectionKind.CHORUS
    rng: Random = desk.dice.stream("pulse", like)
    push = desk.style.syncopation
    accents = []
    for step in range(desk.beats_per_bar * 8):
        off = 0.55 * push if step % 4 == 2 else 0.0
        accents.append(off + rng.gauss(0.0, 0.2 + 0.5 * push))
    late = 0.0 if like is SectionKind.CHORUS else rng.choice((0.0, 0.5, 0.5, 1.0))
    gap = desk.brief.tempo_bpm / 60.0 / desk.style.line_rate
    return Pulse(desk.beats_per_bar, desk.style.melody_grid, gap, tuple(accents), late)


def _back(
    desk: _Desk,
    sections: Sequence[ScoredSection],
    comp_chords: Sequence[tuple[ChordSpan, ...]],
    hits: Sequence[Hit],
    notes: dict[Part, list[Note]],
) -> None:
    genre, bpb = desk.brief.genre, desk.beats_per_bar
    rng = desk.dice.stream("bass")
    for section, chords in zip(sections, comp_chords, strict=True):
        start, end = section.plan.start_bar * bpb, (section.plan.start_bar + section.plan.bars) * bpb
        kicks = [hit for hit in hits if hit.piece == "kick" and start <= hit.beat < end]
        if Part.PAD in section.parts:
            notes[Part.PAD] += backing.play_pad(section)
        if Part.COMP in section.parts:
            notes[Part.COMP] += backing.play_figure(Part.COMP, section, chords, genre, bpb, 0)
        if Part.ARP in section.parts:
            notes[Part.ARP] += backing.play_figure(Part.ARP, section, section.chords, genre, bpb, 12)
        if Part.BASS in section.parts:
            notes[Part.BASS] += backing.play_bass(section, desk.style, genre, kicks, bpb, rng)


def _ending(
    desk: _Desk, form: Form, sections: Sequence[ScoredSection], notes: dict[Part, list[Note]], hits: list[Hit]
) -> None:
    """The last chord: everybody on the tonic, ringing out to the end."""
    beat = float(form.bars * desk.beats_per_bar)
    beats = (desk.brief.duration_s - 0.5) / desk.beat_s - beat
    last = sections[-1]
    tonic = Harmony(desk.key, desk.style, desk.mood, desk.dice).home_chord(last.scale)
    for part, low in ((Part.PAD, desk.style.pad_low), (Part.COMP, desk.style.comp_low)):
        if notes[part]:
            (span,) = voice_leading([(beat, beats, tonic)], low)
            notes[part] += [Note(beat, beats, pitch, 0.6) for pitch in span.voicing]
    if notes[Part.BASS]:
        low = desk.style.bass_low
        notes[Part.BASS].append(Note(beat, beats * 0.9, low + (tonic.root - low) % 12, 0.7))
    if any(section.drums for section in sections):
        opener = groove(desk.brief.genre).opener
        hits += [Hit("kick", beat, 0.8), *([Hit(opener, beat, 0.55)] if opener else [])]


def _perform(feel: Feel, part: Part, notes: Sequence[Note]) -> tuple[Note, ...]:
    group = "low" if part is Part.BASS else part.value
    return tuple(sorted((feel.play(note, group) for note in notes), key=lambda note: (note.start, note.pitch)))


def _timeline(
    desk: _Desk,
    form: Form,
    sections: Sequence[ScoredSection],
    played: Sequence[Note],
) -> Timeline:
    bar_s = desk.beat_s * desk.beats_per_bar
    duration = float(desk.brief.duration_s)
    bars = tuple(bar * bar_s for bar in range(form.bars + 1))
    parts = [
        Section(
            section.plan.kind,
            section.plan.start_bar * bar_s,
            (section.plan.start_bar + section.plan.bars) * bar_s,
            section.plan.bars,
            section.plan.energy,
        )
        for section in sections
    ]
    parts[-1] = replace(parts[-1], end=duration)
    cues: list[LyricCue] = []
    at = 0
    for index, section in enumerate(sections):
        for line in section.plan.lines:
            sung = played[at : at + len(line.syllables)]
            at += len(line.syllables)
            onsets = tuple(note.start for note in sung)
            end = min((line.beat + line.beats) * desk.beat_s, sung[-1].start + sung[-1].seconds + 0.25)
            cues.append(LyricCue(line.text, onsets[0], end, index, line.syllables, onsets))
    return Timeline(
        float(desk.brief.tempo_bpm), desk.beats_per_bar, desk.brief.key, duration, bars, tuple(parts), tuple(cues)
    )
