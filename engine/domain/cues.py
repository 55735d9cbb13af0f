"""The times of edited words: a line keeps its place in the track, its syllables are spread over the notes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby, pairwise

from engine.domain.errors import NotAllowed, UsageError
from engine.domain.plurals import many
from engine.domain.prosody import line_syllables
from engine.domain.song import LyricCue, Lyrics, LyricSection, Timeline

FASTEST = 10.0
"""Syllables a second that can still be read along; the studio itself sings at most seven."""
SHORTEST_S = 0.6
_BREATH = 0.8
"""How much of the time to the next line's first note the last note of a line holds."""


@dataclass(slots=True)
class _Place:
    """New lines and the cues whose time they share; a line that is not sung has none."""

    lines: list[str]
    cues: list[LyricCue]


def retimed(timeline: Timeline, before: Lyrics, after: Lyrics) -> Timeline:
    """The timeline with the cues of `after`, which has the same sections as `before`.

    Cues of unchanged lines stay as they are, and so do all notes: nothing is heard otherwise. Lines of a section that
    the track left out stay left out. Raises UsageError where a line has no room, NotAllowed where the cues are not
    those of `before`.
    """
    cues = _by_section(timeline.cues, before)
    found: list[LyricCue] = []
    for old, new, sung in zip(before.sections, after.sections, cues, strict=True):
        for place in _places(old, new, sung):
            found += _spread(place)
    return replace(timeline, cues=tuple(sorted(found, key=lambda cue: cue.start)))


def _by_section(cues: Sequence[LyricCue], lyrics: Lyrics) -> list[list[LyricCue | None]]:
    """For each line of each section its cue, None where the track does not carry it."""
    found: list[list[LyricCue | None]] = [[None] * len(section.lines) for section in lyrics.sections]
    at = 0
    for _, group in groupby(cues, key=lambda cue: cue.section):
        sung = list(group)
        while at < len(lyrics.sections) and (places := _in_order(sung, lyrics.sections[at])) is None:
            at += 1
        if at == len(lyrics.sections) or places is None:
            raise NotAllowed("The times of this track's words are not known line by line: its lyrics cannot be edited.")
        for place, cue in zip(places, sung, strict=True):
            found[at][place] = cue
        at += 1
    return found


def _in_order(cues: Sequence[LyricCue], section: LyricSection) -> list[int] | None:
    """Which lines of the section these cues are; None where they are not its."""
    places: list[int] = []
    for cue in cues:
        start = places[-1] + 1 if places else 0
        texts = [line.strip() for line in section.lines[start:]]
        if cue.text.strip() not in texts:
            return None
        places.append(start + texts.index(cue.text.strip()))
    return places


def _places(old: LyricSection, new: LyricSection, cues: Sequence[LyricCue | None]) -> list[_Place]:
    places: list[_Place] = []
    waiting: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, old.lines, new.lines, autojunk=False).get_opcodes():
        if tag == "insert" and places:
            places[-1].lines += new.lines[c:d]
        elif tag == "insert":
            waiting += new.lines[c:d]
        elif b - a == d - c:
            places += [
                _Place([line], [cue] if cue else []) for line, cue in zip(new.lines[c:d], cues[a:b], strict=True)
            ]
        elif tag == "replace":
            places.append(_Place(list(new.lines[c:d]), [cue for cue in cues[a:b] if cue]))
    if waiting and places:  # lines before the first share its time
        places[0].lines[:0] = waiting
    return places


def _spread(place: _Place) -> list[LyricCue]:
    if not place.cues or [cue.text for cue in place.cues] == place.lines:
        return place.cues
    notes = [onset for cue in place.cues for onset in cue.onsets or (cue.start,)]
    start, end = place.cues[0].start, place.cues[-1].end
    split = [line_syllables(line) for line in place.lines]
    total = sum(map(len, split))
    _room(place.lines, total, end - start)
    onsets = [_at(notes, end, index * len(notes) / total, exact=total <= len(notes)) for index in range(total)]
    found: list[LyricCue] = []
    first = 0
    for line, syllables in zip(place.lines, split, strict=True):
        mine = tuple(onsets[first : first + len(syllables)])
        first += len(syllables)
        follows = end if first == total else mine[-1] + _BREATH * (onsets[first] - mine[-1])
        found.append(LyricCue(line, start if not found else mine[0], follows, place.cues[0].section, syllables, mine))
    for one, other in pairwise(found):
        if other.start - one.start < SHORTEST_S:
            _refuse(place.lines, end - start)
    return found


def _at(notes: Sequence[float], end: float, place: float, *, exact: bool) -> float:
    """The time at a place among the notes: on a note where there are enough, else on the way to the next."""
    note = int(place)
    if exact:
        return notes[note]
    following = notes[note + 1] if note + 1 < len(notes) else end
    return notes[note] + (place - note) * max(0.0, following - notes[note])


def _room(lines: Sequence[str], syllables: int, seconds: float) -> None:
    if syllables > FASTEST * seconds + 1e-6 or seconds < SHORTEST_S * len(lines) - 1e-6:
        _refuse(lines, seconds)


def _refuse(lines: Sequence[str], seconds: float) -> None:
    most = int(FASTEST * seconds + 1e-6)
    what = repr(lines[0][:60]) if len(lines) == 1 else f"These {len(lines)} lines from {lines[0][:60]!r} on"
    raise UsageError(
        f"{what} cannot be read along: the track gives {seconds:.1f} s, which is room for {many(most, 'syllable')} "
        f"and {many(max(1, int(seconds / SHORTEST_S + 1e-6)), 'line')}.",
        fix="Write less here, or ask for a new version.",
    )
