"""An artist as words: persona, palette, what changed, and what was learnt song by song."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from console.human import ago, clock, money, percent
from console.making import by
from console.marks import ARTISTS, RUNS, STYLES, Tone
from console.safe import block, line, lines, own, pairs
from engine.domain.genres import GENRES

if TYPE_CHECKING:
    from engine.api.models import ArtistChange, ArtistDetail, LearningStep
    from engine.domain.persona import Palette, Persona

DIM = STYLES[Tone.DIM]
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def headline(found: ArtistDetail) -> Content:
    """Name and standing."""
    row = found.row
    mark = ARTISTS[row.state]
    genre = GENRES[row.genre].label if row.genre in GENRES else row.genre
    auto = own("  ", ("autopilot on", "bold $accent")) if row.autopilot else own(("  autopilot off", DIM))
    return lines(
        [
            own(line(row.name, "bold", limit=120), "  ", (mark.text, STYLES[mark.tone]), auto),
            own(
                (f"{line(genre).plain} · ", DIM),
                (f"{found.approved} approved, {found.rejected} rejected by people ({percent(row.approval_rate)})", DIM),
                (f" · {found.rejections_in_a_row} rejections in a row", STYLES[Tone.WARN])
                if found.rejections_in_a_row
                else "",
            ),
        ]
    )


def persona(who: Persona, budget_microusd: int) -> Content:
    """Who the artist is."""
    habits = who.habits
    return lines(
        [
            block(who.biography),
            own(""),
            pairs(
                [
                    ("voice", line(who.voice)),
                    ("traits", line(", ".join(who.traits))),
                    ("subgenres", line(", ".join(who.subgenres))),
                    ("influences", line(", ".join(who.influences))),
                    ("themes", line(", ".join(who.themes))),
                    ("tempo", f"{habits.tempo_min} to {habits.tempo_max} bpm"),
                    ("keys", line(", ".join(habits.keys))),
                    ("never", line("; ".join(who.never), STYLES[Tone.WARN])),
                    ("budget", f"{money(budget_microusd)} a run"),
                ]
            ),
        ]
    )


def look(who: Persona) -> Content:
    """Palette and pictures."""
    visual = who.visual_identity
    return lines([*swatches(visual.palette), own(""), line(visual.motif), line(", ".join(visual.keywords), DIM)])


def swatches(palette: Palette) -> list[Content]:
    """Each colour as a block, its role and its value."""
    found = []
    for role in ("ground", "shade", "glow", "ink"):
        value = str(getattr(palette, role))
        block_style = f"{value} on {value}" if _HEX.fullmatch(value) else ""
        found.append(own(("      ", block_style), f"  {role:<8}", line(value, DIM, limit=20)))
    return found


def learning(steps: Sequence[LearningStep], now: datetime) -> list[list[Content]]:
    """A row for each song, newest first: told, came back, a person said, the next one was told."""
    rows = []
    for place, step in enumerate(steps):
        after = steps[place - 1] if place else None
        mark = RUNS[step.state]
        told = [
            own(line(step.title or "not named", "bold", limit=80)),
            own((mark.text, STYLES[mark.tone]), (f"  {ago(step.at, now)}", DIM)),
        ]
        told += _arrows(step.adjustments) or [own(("nothing: no lesson yet", DIM))]
        rows.append([lines(told), _came_back(step), _said(step), _next(step, after)])
    return rows


def _arrows(changes: Sequence[str]) -> list[Content]:
    return [own(("→ ", STYLES[Tone.ACCENT]), line(change)) for change in changes]


def _came_back(step: LearningStep) -> Content:
    found = step.reflection
    if found is None:
        return own(("no look back yet", DIM))
    return lines(
        [
            own(f"{percent(found.alignment)} as asked, quality {percent(found.quality)}"),
            block(found.verdict),
            *(own(("· ", DIM), line(seen)) for seen in found.observations),
        ]
    )


def _said(step: LearningStep) -> Content:
    said = step.judgement
    if said is None:
        return own(("nobody yet", DIM))
    word, tone = ("approved", Tone.GOOD) if said.approved else ("not approved", Tone.WARN)
    parts = [own((word, STYLES[tone]))]
    if said.tags:
        parts.append(own(", ".join(said.tags)))
    if said.text:
        parts.append(own("“", block(said.text), "”"))
    return lines(parts)


def _next(step: LearningStep, after: LearningStep | None) -> Content:
    parts: list[Content] = []
    if step.reflection is not None:
        lesson = step.reflection.lesson
        changes = ", ".join(f"{name} {value}" for name, value in sorted(lesson.changes.items()))
        parts += [own(("lesson: ", DIM), block(lesson.text)), *([own(line(changes))] if changes else [])]
    if after is not None:
        parts.append(own(("in “", DIM), line(after.title, DIM, limit=60), ("”:", DIM)))
        parts += _arrows(after.adjustments) or [own(("nothing was changed", DIM))]
    else:
        parts.append(own(("no later song yet", DIM)))
    return lines(parts)


def changes(history: Sequence[ArtistChange]) -> Content:
    """Before and after, newest first."""
    found = []
    for change in history[:50]:
        head = own((clock(change.at), DIM), f"  {change.field}", (f"  by {by(change.actor, change.channel)}", DIM))
        why = own(("  ", ""), line(change.reason, DIM)) if change.reason else own("")
        found += [own(head, why), *_difference(change.before, change.after)]
    return lines(found) if found else own(("No changes.", DIM))


def _difference(before: object, after: object) -> list[Content]:
    if isinstance(before, dict) and isinstance(after, dict):
        names = [name for name in after if before.get(name) != after[name]]
        return [_arrow(f"{name}: {before.get(name)}", str(after[name])) for name in names]
    if isinstance(after, dict):
        return []  # the first persona stands in full beside this
    return [_arrow(str(before), str(after))]


def _arrow(before: str, after: str) -> Content:
    return own("    ", line(before, DIM, limit=160), ("  →  ", STYLES[Tone.ACCENT]), line(after, limit=160))
