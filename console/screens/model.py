"""One language model: its circuit, its places and why, how it did over the last day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.human import clock, money
from console.marks import MODELS, STYLES, Tone, of
from console.safe import Leaf, block, line, own, pairs
from console.screens.plain import PlainScreen

if TYPE_CHECKING:
    from textual.content import Content

    from engine.api.outside_models import ModelRow


class ModelScreen(PlainScreen):
    """The model."""

    def __init__(self, row: ModelRow) -> None:
        mark = of(MODELS, row.state)
        share = f" ({row.failures / row.calls:.0%})" if row.calls else ""
        facts = pairs(
            [
                ("provider", line(row.provider)),
                ("model", line(row.model)),
                ("state", own((mark.text, STYLES[mark.tone]))),
                *([("until", own(clock(row.until)))] if row.until else []),
                *([("because", block(row.reason, STYLES[Tone.WARN], limit=1000))] if row.reason else []),
                ("calls", f"{row.calls} in the last 24 hours"),
                ("failed", f"{row.failures}{share}"),
                ("answers in", f"{row.p50_ms} ms half of the time, {row.p95_ms} ms nearly always (p95)"),
                ("cost today", money(row.cost_microusd)),
                ("last asked", f"{clock(row.last_at)} for {row.last_role}" if row.last_at else "never"),
            ]
        )
        cards: list[tuple[str, Leaf | Content]] = [("Model", facts)]
        if row.why:
            cards.append(("Its place, and why", block("\n".join(row.why), limit=4000)))
        if row.last_fallback:
            cards.append(("When another answered instead", block(row.last_fallback, limit=2000)))
        if row.last_error:
            cards.append(("Last error", block(row.last_error, STYLES[Tone.BAD])))
        super().__init__(cards)
