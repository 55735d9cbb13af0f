"""The language models: which one answered, how often, how fast, how well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from console.desk import desk_of
from console.human import ago, latency, money, short_money, soon
from console.marks import MODELS, Mark, Tone, of
from console.panes.local import LocalPane
from console.widgets.rows import Cell, Column
from engine.domain.clock import local
from engine.domain.models import OFFLINE, HealthState
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.outside_models import ChainRow, ModelRow

_WIDE = 90
_BY_HAND = (HealthState.KEY_REFUSED, HealthState.GONE)


class ModelsPane(LocalPane["ModelRow"]):
    """LLM status over the last 24 hours."""

    NUMBER = 4
    NAME = "Models"
    KINDS = ("llm",)
    HELP: ClassVar[str] = (
        "Who wrote the words in the last 24 hours: calls, the share that failed, how long half (p50) and nearly all "
        "(p95) of the answers took, and the cost of this day (UTC). A model that failed rests until it is tried again; "
        "- waits for you. The foot of the list says why another answered last. {list.open|enter} shows all of a model. "
        "One that is not ranked stands on no ladder. A new one is not asked before it passed its health check. Without "
        "any key the built-in writer answers, at no cost and with no network."
    )

    SIGNS: ClassVar[Iterable[Mark]] = MODELS.values()

    def __init__(self) -> None:
        super().__init__()
        self._fallback: ChainRow | None = None

    def make_columns(self) -> Sequence[Column[ModelRow]]:
        """Name, state and until when; with more room counts, costs, times, why, and the places on the ladders."""
        self._places: Column[ModelRow] = Column("ladders", 22, lambda row: (_places(row), Tone.DIM), grow=3, at=146)
        return (
            Column("model", 26, lambda row: (_name(row), Tone.STRONG), grow=1, tail=12, sort=_name),
            Column("state", 12, _state),
            Column("until", 5, self._until),
            Column(
                "calls",
                5,
                lambda row: (str(row.calls), Tone.PLAIN),
                right=True,
                at=73,
                sort=lambda row: -row.calls,
                falls=True,
            ),
            Column("errors", 6, _errors, right=True, at=66, sort=lambda row: -_rate(row), falls=True),
            Column(
                "p50",
                7,
                lambda row: (_time(row.p50_ms), Tone.PLAIN),
                right=True,
                at=100,
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
            Column("today", 7, lambda row: (short_money(row.cost_microusd), Tone.PLAIN), right=True, at=58),
            Column("why", 16, self._why, grow=3, at=91),
            self._places,
            Column("last", 11, self._last, right=True, at=135),
        )

    def remarks(self) -> list[str]:
        """What today costs of its budget comes first, whichever models it went to; last why another had to answer."""
        desk = desk_of(self)
        found = super().remarks()
        if desk.overview is not None:
            spent, budget = money(desk.overview.spend_today_microusd), money(desk.settings.daily_budget_microusd)
            found = [f"{spent} of {budget} today", *found]
        return found if self._fallback is None else [*found, self._instead(self._fallback)]

    def _instead(self, chain: ChainRow) -> str:
        """Why somebody else had to answer last; in a narrow list only why the first choice did not."""
        at = local(chain.at, "%H:%M")
        if self.size.width < _WIDE:
            first = next(tried for tried in chain.attempts if tried.model != chain.answered)
            return f"fallback {at}: {plain(first.cause or first.outcome, limit=60)}"
        return f"last fallback {at}, {chain.role}: {plain(chain.why, limit=200)}"

    def on_resize(self) -> None:
        """The foot says more where there is more room."""
        self.retitle()

    def key_of(self, row: ModelRow) -> str:
        """Provider and model."""
        return f"{row.provider}:{row.model}"

    def empty_lines(self) -> Sequence[str]:
        """Nobody was asked yet."""
        return ("No model was asked in the last 24 hours.",)

    async def fetch_all(self, door: Door, limit: int) -> Sequence[ModelRow]:  # noqa: ARG002 - never many
        """All of them, and the last time that one of them did not answer."""
        self._fallback = await door.queries.last_fallback()
        return await door.queries.models()

    def _last(self, row: ModelRow) -> Cell:
        return (ago(row.last_at, desk_of(self).now()) if row.last_at else "not asked"), Tone.DIM

    def _until(self, row: ModelRow) -> Cell:
        """When it is tried again; a dash where only a person can help."""
        if row.until is not None:
            return soon(row.until, desk_of(self).now()), Tone.WARN
        return ("-" if row.state in _BY_HAND else ""), Tone.DIM

    def _why(self, row: ModelRow) -> Cell:
        """Why it is not asked; else, where they have no column of their own, on which ladders it stands."""
        if row.reason:
            return row.reason, Tone.DIM if row.state == "new" else Tone.WARN
        return ("" if self.has_room(self._places, self.size.width) else _places(row)), Tone.DIM


def _places(row: ModelRow) -> str:
    return ", ".join(row.roles) or ("the built-in writer" if row.provider == OFFLINE else "on no ladder")


def _name(row: ModelRow) -> str:
    return f"{row.provider}:{row.model}"


def _state(row: ModelRow) -> Cell:
    mark = of(MODELS, row.state)
    return mark.text, mark.tone


def _rate(row: ModelRow) -> float:
    return row.failures / row.calls if row.calls else 0.0


def _errors(row: ModelRow) -> Cell:
    """The share of its calls that failed, no less than 1 % where any did."""
    if not row.calls:
        return "-", Tone.DIM
    return (f"{max(_rate(row), 0.01):.0%}", Tone.BAD) if row.failures else ("0%", Tone.DIM)


def _time(milliseconds: int) -> str:
    return latency(milliseconds) if milliseconds else "-"
