"""The language models: which one answered, how often, how fast, how well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from console.desk import desk_of
from console.human import ago, clock, latency, money, short_money
from console.marks import MODELS, Mark, Tone, of
from console.panes.local import LocalPane
from console.widgets.rows import Cell, Column
from engine.domain.models import OFFLINE

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.outside_models import ModelRow


class ModelsPane(LocalPane["ModelRow"]):
    """LLM status over the last 24 hours."""

    NUMBER = 4
    NAME = "Models"
    KINDS = ("llm",)
    HELP: ClassVar[str] = (
        "Who wrote the words in the last 24 hours: calls, failures, how long half (p50) and nearly all (p95) of the "
        "answers took, and the cost of this day (UTC). A model that failed rests for a while and is then tried again; "
        "{list.open|enter} shows why. One that is not ranked stands on no ladder. A new one is not asked before "
        "it passed its health check. Without any key the built-in writer answers, at no cost and with no network."
    )

    SIGNS: ClassVar[Iterable[Mark]] = MODELS.values()

    def make_columns(self) -> Sequence[Column[ModelRow]]:
        """Name, state, counts, times, cost."""
        return (
            Column("model", 14, lambda row: (f"{row.provider}:{row.model}", Tone.STRONG), grow=1, sort=_name),
            Column("state", 12, _state),
            Column(
                "calls",
                5,
                lambda row: (str(row.calls), Tone.PLAIN),
                right=True,
                sort=lambda row: -row.calls,
                falls=True,
            ),
            Column("failed", 6, _failed, right=True, sort=lambda row: -row.failures, falls=True),
            Column(
                "p50",
                7,
                lambda row: (_time(row.p50_ms), Tone.PLAIN),
                right=True,
                at=80,
                sort=lambda r: -r.p50_ms,
                falls=True,
            ),
            Column(
                "p95",
                7,
                lambda row: (_time(row.p95_ms), Tone.PLAIN),
                right=True,
                at=130,
                sort=lambda r: -r.p95_ms,
                falls=True,
            ),
            Column("today", 7, lambda row: (short_money(row.cost_microusd), Tone.PLAIN), right=True, at=50),
            Column("why", 16, self._why, grow=1, at=110),
            Column("last", 11, self._last, right=True, at=130),
        )

    def remarks(self) -> list[str]:
        """What today costs of its budget comes first, whichever models it went to."""
        desk = desk_of(self)
        if desk.overview is None:
            return super().remarks()
        spent, budget = money(desk.overview.spend_today_microusd), money(desk.settings.daily_budget_microusd)
        return [f"{spent} of {budget} today", *super().remarks()]

    def key_of(self, row: ModelRow) -> str:
        """Provider and model."""
        return f"{row.provider}:{row.model}"

    def empty_lines(self) -> Sequence[str]:
        """Nobody was asked yet."""
        return ("No model was asked in the last 24 hours.",)

    async def fetch_all(self, door: Door, limit: int) -> Sequence[ModelRow]:  # noqa: ARG002 - never many
        """All of them."""
        return await door.queries.models()

    def _last(self, row: ModelRow) -> Cell:
        return (ago(row.last_at, desk_of(self).now()) if row.last_at else "not asked"), Tone.DIM

    def _why(self, row: ModelRow) -> Cell:
        """Why it is not asked, and until when; else on which ladders it stands."""
        if row.state == "new":
            return row.reason, Tone.DIM
        if not row.reason:
            alone = "the built-in writer" if row.provider == OFFLINE else "on no ladder"
            return ", ".join(row.roles) or alone, Tone.DIM
        return (f"until {clock(row.until)}: {row.reason}" if row.until else row.reason), Tone.WARN


def _name(row: ModelRow) -> str:
    return f"{row.provider}:{row.model}"


def _state(row: ModelRow) -> Cell:
    mark = of(MODELS, row.state)
    return mark.text, mark.tone


def _failed(row: ModelRow) -> Cell:
    return (str(row.failures), Tone.BAD) if row.failures else ("0", Tone.DIM)


def _time(milliseconds: int) -> str:
    return latency(milliseconds) if milliseconds else "-"
