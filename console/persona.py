"""An artist as words: persona, palette, what changed, and what was learnt song by song."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from console import persona_form as form
from console.human import ago, clock, many, percent
from console.marks import ARTISTS, RUNS, STYLES, Mark, Tone
from console.safe import Hung, Leaf, block, item, leaf, line, lines, own, pairs
from console.sheet import knobs
from engine.domain.budget import dollars
from engine.domain.genres import GENRES
from engine.domain.naming import whom

if TYPE_CHECKING:
    from engine.api.models import ArtistChange, ArtistDetail, LearningStep
    from engine.domain.persona import Palette, Persona

DIM = STYLES[Tone.DIM]
_CHANGES = 50
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
                (f" · {many(found.rejections_in_a_row, 'rejection')} in a row", STYLES[Tone.WARN])
                if found.rejections_in_a_row
                else "",
            ),
        ]
    )


def persona(who: Persona, budget_microusd: int) -> Leaf:
    """Who the artist is."""
    habits = who.habits
    rows = pairs(
        [
            ("voice", line(who.voice)),
            ("traits", line(", ".join(who.traits))),
            ("subgenres", line(", ".join(who.subgenres))),
            ("influences", line(", ".join(who.influences))),
            ("themes", line(", ".join(who.themes))),
            ("tempo", f"{habits.tempo_min} to {habits.tempo_max} bpm"),
            ("keys", line(", ".join(habits.keys))),
            ("never", line("; ".join(who.never), STYLES[Tone.WARN])),
            ("budget", f"{dollars(budget_microusd)} a run{' (none allowed)' if not budget_microusd else ''}"),
        ]
    )
    return leaf(block(who.biography), "", rows)


def look(who: Persona) -> Leaf:
    """Palette and pictures."""
    visual = who.visual_identity
    return leaf(*swatches(visual.palette), "", line(visual.motif), line(", ".join(visual.keywords), DIM))


def swatches(palette: Palette) -> list[Content]:
    """Each colour as a block, its role and its value."""
    found = []
    for role in ("ground", "shade", "glow", "ink"):
        value = str(getattr(palette, role))
        block_style = f"{value} on {value}" if _HEX.fullmatch(value) else ""
        found.append(own(("      ", block_style), f"  {role:<8}", line(value, DIM, limit=20)))
    return found


def learning(steps: Sequence[LearningStep], now: datetime) -> list[list[Leaf]]:
    """A row for each song, newest first: told, came back, a person said, the next one was told."""
    rows = []
    for place, step in enumerate(steps):
        after = steps[place - 1] if place else None
        mark = RUNS[step.state] if step.state else Mark("○", "replaced", Tone.DIM)
        told = leaf(
            line(step.title or "not named", "bold", limit=80),
            own((mark.text, STYLES[mark.tone]), (f"  begun {ago(step.at, now)}", DIM)),
            *(_arrows(step.adjustments) or [own(("nothing: no lesson yet", DIM))]),
        )
        rows.append([told, _came_back(step), _judged(step), _next(step, after)])
    return rows


def _arrows(changes: Sequence[str]) -> list[Hung | Content]:
    return [item(line(change), "→ ", STYLES[Tone.ACCENT]) for change in changes]


def _came_back(step: LearningStep) -> Leaf:
    found = step.reflection
    if found is None:
        return leaf(own(("no look back yet", DIM)))
    return leaf(
        f"{percent(found.alignment)} as asked, quality {percent(found.quality)}",
        block(found.verdict),
        *(item(line(seen)) for seen in found.observations),
    )


def _judged(step: LearningStep) -> Leaf:
    said = step.judgement
    if said is None:
        return leaf(own(("nobody yet", DIM)))
    word, tone = ("approved", Tone.GOOD) if said.approved else ("not approved", Tone.WARN)
    tags = [", ".join(said.tags)] if said.tags else []
    text = [own("“", block(said.text), "”")] if said.text else []
    edited = [item(line(what)) for what in said.edits]
    return leaf(own((word, STYLES[tone])), *tags, *text, *edited)


def _next(step: LearningStep, after: LearningStep | None) -> Leaf:
    lesson = leaf()
    if step.reflection is not None:
        found = step.reflection.lesson
        changes = knobs(found.changes)
        lesson = leaf(own(("lesson: ", DIM), block(found.text)), *([line(changes)] if changes else []))
    if after is None:
        return leaf(lesson, own(("no later song yet", DIM)))
    told = _arrows(after.adjustments) or [own(("nothing was changed", DIM))]
    return leaf(lesson, own(("in “", DIM), line(after.title, DIM, limit=60), ("”:", DIM)), *told)


def changes(history: Sequence[ArtistChange]) -> Leaf:
    """Before and after, newest first."""
    found: list[Content | Hung] = []
    for change in history[:_CHANGES]:
        who = line(whom(change.actor, change.channel, change.actor_name), DIM, limit=80)
        what = own(form.label(change.field), ("  by ", DIM), who, "  ", line(change.reason, DIM))
        found.append(Hung(own((f"{clock(change.at)}  ", DIM)), what))
        found += _difference(change.field, change.before, change.after)
    if len(history) > _CHANGES:
        found.append(own((f"and older ones: {len(history) - _CHANGES} more at least", DIM)))
    return leaf(*found) if found else leaf(own(("No changes.", DIM)))


def _difference(field: str, before: object, after: object) -> list[Hung]:
    if isinstance(before, dict) and isinstance(after, dict):
        names = [name for name in after if before.get(name) != after[name]]
        return [_arrow(f"{name}: {before.get(name)}", str(after[name])) for name in names]
    if isinstance(after, dict):
        return []  # the first persona stands in full beside this
    return [_arrow(_said(field, before), _said(field, after))]


def _said(field: str, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int) and field == "budget_microusd":
        return dollars(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _arrow(before: str, after: str) -> Hung:
    way = own(line(before, DIM, limit=160), ("  →  ", STYLES[Tone.ACCENT]), line(after, limit=160))
    return Hung(own(" " * 18), way)
