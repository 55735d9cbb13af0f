"""One language model: its circuit, its places and why, how it did over the last day, the last questions to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from console.chains import places
from console.human import clock, latency, money
from console.making import questions
from console.marks import MODELS, STYLES, Tone, of
from console.messages import Changes
from console.safe import Leaf, block, line, own, pairs
from console.screens.detail import DetailScreen
from console.widgets.reading import Card, Reading
from engine.domain.models import OFFLINE, PING

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.outside_models import ChainRow, ModelRow

_LAST = 30
"""Questions that are shown."""


@dataclass(frozen=True, slots=True)
class ModelDetail:
    """A model, and the last questions that came to it, the newest first."""

    row: ModelRow
    chains: Sequence[ChainRow]


class ModelScreen(DetailScreen[ModelDetail]):
    """The model."""

    HELP: ClassVar[str] = (
        "One language model, with the last questions that came to it: for what, everybody who was asked, why another "
        "answered, time and cost, and the run. {model.run|v} opens the run of the newest."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "run", "Run", id="model.run", tooltip="Open the run of the newest question that came to it"),
    ]

    def __init__(self, row: ModelRow) -> None:
        super().__init__()
        self._row = row
        self._facts, self._asked, self._error = Card("Model"), Card("The last questions"), Card("Last error")

    def body(self) -> Iterable[Widget]:
        """The cards below each other."""
        yield Reading(self._facts, self._asked, self._error)

    def on_mount(self) -> None:
        """Shows what the list knows, takes the keys for scrolling, and reads the rest."""
        self._asked.display = False
        self._show_row(self._row)
        self.query_one(Reading).focus()

    async def question(self, door: Door) -> ModelDetail:
        """Reads the model, which may have left the list meanwhile, and its questions."""
        row = self._row
        known = {(each.provider, each.model): each for each in await door.queries.models()}
        chains = await door.queries.chains(model=f"{row.provider}:{row.model}", limit=_LAST)
        return ModelDetail(known.get((row.provider, row.model), row), chains)

    def concerns(self, changes: Changes) -> bool:
        """Whatever happens to models: another's answer changes this one's place."""
        return changes.touch("llm")

    def show(self, found: ModelDetail) -> None:
        """Fills the cards."""
        self._show_row(found.row)
        self._asked.display = bool(found.chains)
        self._asked.show(questions(found.chains, runs=True))

    def _show_row(self, row: ModelRow) -> None:
        self._facts.show(_facts(row))
        self._error.display = bool(row.last_error)
        self._error.show(block(row.last_error, STYLES[Tone.BAD], limit=4000))

    def action_run(self) -> None:
        """Opens the run of the newest question that has one."""
        from console.screens.run import RunScreen

        if (run_id := self._run_id()) is not None:
            self.app.push_screen(RunScreen(run_id))

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """There may be no run to open."""
        if action != "run":
            return ""
        if self.found is None:
            return "The model is still being read."
        return "No run has asked it by a ladder." if self._run_id() is None else ""

    def _run_id(self) -> str | None:
        return next((chain.run_id for chain in self.found.chains if chain.run_id), None) if self.found else None


def _facts(row: ModelRow) -> Leaf:
    mark = of(MODELS, row.state)
    share = f" ({row.failures / row.calls:.0%})" if row.calls else ""
    times = f"{latency(row.p50_ms)} half of the time, {latency(row.p95_ms)} nearly always (p95)"
    what = "its health check" if row.last_role == PING else row.last_role
    alone = "what no model answers" if row.provider == OFFLINE else "nothing"
    tone = Tone.PLAIN if row.state == "new" else Tone.WARN
    return pairs(
        [
            ("provider", line(row.provider)),
            ("model", line(row.model)),
            ("state", own((f"{mark.sign} {row.state}", STYLES[mark.tone]))),
            *([("until", own(clock(row.until)))] if row.until else []),
            *([("because", block(row.reason, STYLES[tone], limit=1000))] if row.reason else []),
            ("asked for", block("\n".join(places(row)) or alone, limit=4000)),
            ("calls", f"{row.calls} in the last 24 hours"),
            *([("failed", f"{row.failures}{share}"), ("answers in", times)] if row.calls else []),
            ("cost today", money(row.cost_microusd)),
            *([("last asked", f"{clock(row.last_at)} for {what}")] if row.last_at else []),
            *([("fell back", block(row.last_fallback, limit=1000))] if row.last_fallback else []),
        ]
    )
