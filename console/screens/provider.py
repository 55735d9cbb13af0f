"""One provider of music, stock video or trends: how it is and why, how it did over the last day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.human import clock, money, span
from console.marks import PROVIDERS, STYLES, Tone, of
from console.safe import Leaf, block, line, own, pairs
from console.screens.plain import PlainScreen

if TYPE_CHECKING:
    from textual.content import Content

    from engine.api.outside_models import ProviderRow


class ProviderScreen(PlainScreen):
    """The provider."""

    def __init__(self, row: ProviderRow) -> None:
        mark = of(PROVIDERS, row.state)
        share = f" ({row.failures / row.calls:.0%})" if row.calls else ""
        usual = f"{row.usual_ms} ms" if row.usual_ms < 1000 else span(row.usual_ms / 1000)
        facts = pairs(
            [
                ("provider", line(row.provider)),
                ("gives", line(row.kind)),
                ("state", own((mark.text, STYLES[mark.tone]))),
                *([("until", own(clock(row.until)))] if row.until else []),
                *([("because", block(row.reason, STYLES[Tone.WARN], limit=1000))] if row.reason else []),
                ("calls", f"{row.calls} in the last 24 hours"),
                ("failed", f"{row.failures}{share}"),
                *([("usually takes", usual)] if row.usual_ms else []),
                ("cost today", money(row.cost_microusd)),
                ("last asked", clock(row.last_at) if row.last_at else "not in the last 24 hours"),
                ("set to", line(row.told)),
            ]
        )
        cards: list[tuple[str, Leaf | Content]] = [("Provider", facts)]
        if row.warnings:
            cards.append(("What to look at", block("\n".join(row.warnings), STYLES[Tone.WARN], limit=2000)))
        if row.last_error:
            cards.append(("Last failure", block(row.last_error, STYLES[Tone.BAD], limit=2000)))
        super().__init__(cards)
