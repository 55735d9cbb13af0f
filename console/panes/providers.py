"""Providers of music, stock video and trends: who is asked, who rests and why, what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from console.desk import desk_of
from console.human import ago, clock, short_money
from console.marks import PROVIDERS, Tone, of
from console.panes.local import LocalPane
from console.widgets.rows import Cell, Column
from engine.domain.providers import ProviderState

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.outside_models import ProviderRow


class ProvidersPane(LocalPane["ProviderRow"]):
    """Everybody outside who may be asked, but for language models."""

    NUMBER = 0
    NAME = "Providers"
    KINDS = ("provider", "source", "purchase", "spend", "run")
    HELP: ClassVar[str] = (
        "Who outside gives music, stock video and trends: orders and questions of the last 24 hours, how many gave "
        "nothing, and the cost of this day (UTC). One that fails is left alone for a while and then asked again; "
        "{list.open|enter} shows why. One that is off needs what stands beside it. The embedded studio, generated "
        "scenes and the built-in writer need nobody outside."
    )

    def make_columns(self) -> Sequence[Column[ProviderRow]]:
        """Name, kind, state, counts, cost, why."""
        return (
            Column("provider", 13, lambda row: (row.provider, Tone.STRONG), grow=1, sort=lambda row: row.provider),
            Column("gives", 11, lambda row: (row.kind, Tone.PLAIN), at=70, sort=lambda row: row.kind),
            Column("state", 9, _state, sort=lambda row: row.state),
            Column("calls", 5, lambda row: (str(row.calls), Tone.PLAIN), right=True, sort=lambda row: -row.calls),
            Column("failed", 6, _failed, right=True, sort=lambda row: -row.failures),
            Column("today", 7, lambda row: (short_money(row.cost_microusd), Tone.PLAIN), right=True, at=50),
            Column("why", 18, _why, grow=4, at=60),
            Column("last", 11, self._last, right=True, at=100),
        )

    def key_of(self, row: ProviderRow) -> str:
        """Its name."""
        return row.provider

    def empty_lines(self) -> Sequence[str]:
        """There is always somebody."""
        return ("No provider is known.",)

    async def fetch_all(self, door: Door, limit: int) -> Sequence[ProviderRow]:  # noqa: ARG002 - never many
        """All of them."""
        return await door.queries.providers()

    def badge(self) -> str:
        """How many are asked at all."""
        rows = [self.window.get(at) for at in range(self.window.total)]
        return str(sum(row is not None and row.state is not ProviderState.OFF for row in rows))

    def _last(self, row: ProviderRow) -> Cell:
        return (ago(row.last_at, desk_of(self).now()) if row.last_at else "not asked"), Tone.DIM


def _state(row: ProviderRow) -> Cell:
    mark = of(PROVIDERS, row.state)
    return mark.text, mark.tone


def _failed(row: ProviderRow) -> Cell:
    return (str(row.failures), Tone.BAD) if row.failures else ("0", Tone.DIM)


def _why(row: ProviderRow) -> Cell:
    """Why it is not asked, and until when; else what would keep it idle."""
    if row.state is ProviderState.OFF:
        return row.reason, Tone.DIM
    if row.reason:
        return (f"until {clock(row.until)}: {row.reason}" if row.until else row.reason), Tone.WARN
    return (row.warnings[0], Tone.WARN) if row.warnings else (row.told, Tone.DIM)
