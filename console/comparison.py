"""A track beside the artist's previous ones: facts in columns, each difference with a sign and a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from console.human import percent, span
from console.marks import RUNS, STYLES, Tone
from console.safe import Hung, Leaf, leaf, line, lines, own
from console.sheet import decision
from console.widgets.waveform import bars, columns_of
from engine.domain.keys import spelled
from engine.domain.tempo import UNCLEAR, heard
from engine.safety.text import cell

if TYPE_CHECKING:
    from engine.api.models import ReviewSheet

_LABEL = 14
_NARROWEST = 25
_GAP = 2
_WAVE_ROWS = 2
DIM = STYLES[Tone.DIM]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to compare: how to read it (None: not heard), how to write it, what to call more and less of it."""

    name: str
    value: Callable[[ReviewSheet], float | None]
    text: Callable[[float], str]
    more: str
    less: str
    alike: float
    """Differences up to this are none that somebody hears."""


def _tempo(sheet: ReviewSheet) -> float | None:
    return heard(sheet.concept.tempo_bpm, sheet.facts.tempo_bpm, sheet.facts.tempo_confidence)


FACTS = (
    Fact("length", lambda s: s.facts.duration_s, span, "longer", "shorter", 3.0),
    Fact("tempo", _tempo, lambda v: f"{v:.1f} bpm", "faster", "slower", 1.0),
    Fact("loudness", lambda s: s.facts.loudness.integrated_lufs, lambda v: f"{v:.1f} LUFS", "louder", "quieter", 0.3),
    Fact("true peak", lambda s: s.facts.loudness.true_peak_dbtp, lambda v: f"{v:.1f} dBTP", "higher", "lower", 0.3),
    Fact("range", lambda s: s.facts.loudness.range_lu, lambda v: f"{v:.1f} LU", "wider swings", "more even", 0.5),
    Fact("brightness", lambda s: s.facts.brightness_hz, lambda v: f"{v:,.0f} Hz", "brighter", "darker", 100.0),
    Fact("bass", lambda s: s.facts.bass_share, percent, "more bass", "less bass", 0.02),
    Fact("stereo width", lambda s: s.facts.stereo_width, lambda v: f"{v:.2f}", "wider", "narrower", 0.03),
    Fact("notes/second", lambda s: s.facts.onset_rate, lambda v: f"{v:.1f}", "busier", "calmer", 0.3),
    Fact("energy asked", lambda s: s.concept.energy, percent, "more", "less", 0.03),
)
_ENERGY = Fact("energy", lambda s: s.facts.energy, percent, "more driven", "calmer", 0.03)
_WORDS: tuple[tuple[str, Callable[[ReviewSheet], str]], ...] = (
    ("key", lambda s: spelled(s.facts.key or s.timeline.key, s.concept.key)),
    ("mood", lambda s: s.concept.mood),
)


def difference(fact: Fact, this: float, other: float) -> tuple[str, str]:
    """What this track is against the other one: a sign and a word."""
    if this == other or abs(this - other) <= fact.alike:
        return "=", "alike"
    return ("▲", fact.more) if this > other else ("▼", fact.less)


def table(this: ReviewSheet, others: Sequence[ReviewSheet], width: int) -> Content:
    """The facts: columns beside each other, or one block for each previous track where there is little room."""
    if not others:
        return own(("This is the artist's first track: there is nothing to compare it with.", DIM))
    column = (width - _LABEL) // (len(others) + 1) - _GAP
    if column >= _NARROWEST:
        return _columns(this, others, column)
    blocks = [_block(this, other, width) for other in others]
    return Content("\n\n").join(blocks)


def _shared(*sheets: ReviewSheet) -> tuple[Fact, ...]:
    """What was measured in all of them: energy was not always."""
    return (*FACTS, _ENERGY) if all(sheet.facts.key for sheet in sheets) else FACTS


def _columns(this: ReviewSheet, others: Sequence[ReviewSheet], column: int) -> Content:
    gap = " " * _GAP
    heads = [_padded(line(sheet.run.title, "bold", limit=column), column) for sheet in (this, *others)]
    under = ["this one", *(f"this against it, version {other.run.version}" for other in others)]
    found = [
        own(" " * _LABEL, Content(gap).join(heads)),
        own(" " * _LABEL, (gap.join(text[:column].ljust(column) for text in under), DIM)),
    ]
    for fact in _shared(this, *others):
        mine = fact.value(this)
        parts = [_padded(own((_text(fact, mine), "bold")), column)]
        parts += [_padded(_against(fact, mine, fact.value(other)), column) for other in others]
        found.append(own((fact.name.ljust(_LABEL), DIM), Content(gap).join(parts)))
    for name, read in _WORDS:
        parts = [_padded(line(read(sheet), limit=column), column) for sheet in (this, *others)]
        found.append(own((name.ljust(_LABEL), DIM), Content(gap).join(parts)))
    return lines(found)


def _block(this: ReviewSheet, other: ReviewSheet, width: int) -> Content:
    value = max(12, (width - _LABEL) // 3)
    found = [own(("against ", DIM), line(other.run.title, "bold", limit=max(10, width - 10)))]
    for fact in _shared(this, other):
        mine = fact.value(this)
        told = _against(fact, mine, fact.value(other))
        found.append(own((fact.name.ljust(_LABEL), DIM), (_text(fact, mine).ljust(value), "bold"), told))
    for name, read in _WORDS:
        found.append(own((name.ljust(_LABEL), DIM), cell(read(this), value), line(read(other), limit=value)))
    return lines(found)


def _text(fact: Fact, value: float | None) -> str:
    return UNCLEAR if value is None else fact.text(value)


def _against(fact: Fact, mine: float | None, other: float | None) -> Content:
    if mine is None or other is None:
        return own(_text(fact, other))
    sign, word = difference(fact, mine, other)
    tone = DIM if sign == "=" else STYLES[Tone.ACCENT]
    return own(f"{fact.text(other):<11}", (f"{sign} {word}", tone))


def _padded(content: Content, width: int) -> Content:
    if content.cell_length > width:
        content = content.truncate(width, ellipsis=True)
    return content.extend_right(width - content.cell_length)


def waves(sheets: Sequence[ReviewSheet], width: int) -> Content:
    """The waveforms above each other on one time scale, so that lengths can be compared too."""
    longest = max((sheet.facts.duration_s for sheet in sheets), default=0.0)
    found: list[Content | str] = []
    for number, sheet in enumerate(sheets):
        columns = max(1, round(width * sheet.facts.duration_s / longest)) if longest > 0 else width
        tone = STYLES[Tone.ACCENT] if number == 0 else DIM
        name = own(line(sheet.run.title, "bold", limit=60), (f"  {span(sheet.facts.duration_s)}", DIM))
        drawn = bars(columns_of(sheet.facts.waveform, columns), _WAVE_ROWS)
        found += [name, *(own((row, tone)) for row in drawn)]
    return lines(found)


def verdicts(sheets: Sequence[ReviewSheet], now: datetime) -> Leaf:
    """What was decided on each, with all reasons and the whole text."""
    found: list[Content | Hung] = []
    for sheet in sheets:
        mark = RUNS[sheet.run.state]
        said = decision(sheet.decided, now) if sheet.decided else own((mark.text, STYLES[mark.tone]))
        found.append(Hung(own(cell(sheet.run.title, 24), "  "), said))
    return leaf(*found)
