"""One group of equal errors: what it comes from, what was proposed against it, and the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widget import Widget
from textual.widgets import Static

from console import repair_words as words
from console.copying import Thing, clean
from console.desk import desk_of, writes
from console.keymap.live import keyed
from console.marks import ERRORS, STYLES, Mark, Tone
from console.messages import Changes
from console.naming import is_level
from console.repairing import Repairing, busy, deeds, order
from console.safe import Leaf, block, leaf, line, lines, own
from console.screens.detail import DetailScreen
from console.tracing import traced
from console.widgets.broad import Broad
from console.widgets.reading import Card, Reading
from console.widgets.steady import rewritten
from engine.api.repair_models import ErrorDetail
from engine.domain.repair import PatchState, may_move
from engine.domain.repair_deeds import moved_on

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.repair_models import ErrorRow, PatchView

_DIM = STYLES[Tone.DIM]
_LINES = "{error.diff|D} shows its lines."


class ErrorScreen(Repairing, DetailScreen[ErrorDetail]):
    """The group."""

    DEFAULT_CSS = """
    ErrorScreen {
        #head { height: auto; padding: 0 2; margin: 1 0; }
        &.-low #head { margin: 0; }
        #pair { height: auto; }
        &.-wide #pair { layout: grid; grid-size: 2 1; grid-rows: auto; }
        #pair > Vertical { height: auto; }
    }
    """
    HELP: ClassVar[str] = (
        "One error: what it comes from, what was proposed against it, and the evidence. {error.analyse|A} asks for a "
        "diagnosis, {error.propose|F} for a patch, {error.own|e} takes one that you write. {error.diff|D} shows the "
        "newest patch: only there can it be applied. {error.run|v} opens the run in which it happened last."
    )
    SIGNS: ClassVar[Iterable[Mark]] = ERRORS.values()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("D,enter", "diff", "Diff", id="error.diff", tooltip="Show its newest patch; it is applied there"),
        *deeds("error"),
        Binding("t", "trial", "Try", id="error.trial", tooltip="Try the newest patch, or try it again"),
        Binding("e", "own", "Own patch", id="error.own", tooltip="Change the newest patch, or write one"),
        Binding("v", "run", "Run", id="error.run", tooltip="Open the run in which it happened last"),
    ]

    def __init__(self, group_id: str, row: ErrorRow | None = None) -> None:
        super().__init__()
        self.group_id = group_id
        self._listed = row
        """What a list has of it: shown until all of it is read."""
        self._head = Static(id="head")
        self._diagnosis, self._patch, self._older = Card("Diagnosis"), Card("Patch"), Card("Older patches")
        self._trend = Broad("How often")
        self._runs, self._similar = Card("Runs that it hit"), Card("Alike")
        self._traceback, self._events = Card("Newest traceback"), Card("Events")

    def body(self) -> Iterable[Widget]:
        """Head; what is to be judged, then what it rests on."""
        yield self._head
        yield Reading(
            Container(
                Vertical(self._diagnosis, self._patch, self._older, self._trend),
                Vertical(self._traceback, self._events, self._runs, self._similar),
                id="pair",
            )
        )

    def on_mount(self) -> None:
        """Begins at the top, with what is known."""
        if self._listed is not None:
            self._show_head(self._listed)
        for card in self.query(Card):
            card.show(own(("It is being read.", _DIM)))
        self._trend.show(lambda _: own(("It is being read.", _DIM)))
        self._older.display = self._similar.display = False
        self.query_one(Reading).focus()

    async def question(self, door: Door) -> ErrorDetail:
        """Reads the group."""
        return await door.queries.error(self.group_id)

    def concerns(self, changes: Changes) -> bool:
        """Its own events, and runs that it hit."""
        hit = self.found.runs if self.found is not None else ()
        return changes.name("error", self.group_id) or any(changes.name("run", run.id) for run in hit)

    def show(self, found: ErrorDetail) -> None:
        """Fills the cards."""
        self.show_ages(found)
        newest = found.events[0] if found.events else None
        self._traceback.show(leaf(*traced(newest.traceback)) if newest else own(("No event is kept.", _DIM)))
        self._trend.show(lambda width: words.trends(found, width))
        self._events.show(words.events(found))
        self._similar.display = bool(found.similar)
        self._similar.show(words.similar(found))

    def show_ages(self, found: ErrorDetail) -> None:
        """What tells how long ago something was."""
        now = desk_of(self).now()
        self._show_head(found.row, found.provider)
        self._diagnosis.show(words.diagnosis(found, now, keyed(self, "{error.analyse|A} asks.")))
        self._patch.show(self._newest(found))
        older = found.patches[1:]
        self._older.display = bool(older)
        self._older.show(leaf(*(words.patch_line(patch, now) for patch in older)))
        self._runs.show(words.affected(found, now))

    def show_seconds(self, found: ErrorDetail) -> None:
        """How long something is under way."""
        if found.row.work:
            self._show_head(found.row, found.provider)

    def _show_head(self, row: ErrorRow, provider: str = "") -> None:
        now = desk_of(self).now()
        name = row.part if is_level(row) else row.type
        told = [
            own(line(name, "bold $error"), "   ", words.standing(row)),
            block(row.message, limit=1_000),
            words.facts(row, now, provider),
        ]
        rewritten(self._head, lines([*told, words.doing(row, now)] if row.work else told))

    def _newest(self, found: ErrorDetail) -> Leaf:
        refused = found.setup.refused
        where = [leaf(own(("! ", STYLES[Tone.WARN]), block(refused, _DIM, limit=400)))] if refused else []
        if not found.patches:
            how = keyed(self, "No patch yet. {error.propose|F} asks for one, {error.own|e} takes yours.")
            return leaf(own((how, _DIM)), *where)
        newest = found.patches[0]
        moved = moved_on(newest, found.setup)
        told = words.patch_leaf(newest, desk_of(self).now(), len(found.patches), moved=moved)
        untried = newest.trial is None and not untriable(found.row, newest)
        how = "Not tried yet: {error.trial|t} tries it, {error.diff|D} shows its lines." if untried else _LINES
        how = keyed(self, how)
        return leaf(told, *where, own((how, _DIM)))

    def things(self) -> Sequence[Thing]:
        """What can be copied: the id, what it says, its newest traceback and patch."""
        if self.found is None:
            return ()
        row = self.found.row
        offered = [Thing("id", row.id), Thing("title", clean(f"{row.type}: {row.message}"))]
        if self.found.events:
            offered.append(Thing("trace", clean(self.found.events[0].traceback)))
        if (patch := self._patch_now) is not None and patch.diff:
            offered.append(Thing("patch", clean(patch.diff)))
        return offered

    # --- actions ---

    @property
    def subject(self) -> ErrorRow | None:
        """The group."""
        return self.found.row if self.found is not None else None

    @property
    def _patch_now(self) -> PatchView | None:
        return self.found.patches[0] if self.found is not None and self.found.patches else None

    def action_run(self) -> None:
        """Opens the run of the newest event that has one."""
        from console.screens.run import RunScreen

        if (run_id := self._run_id()) is not None:
            self.app.push_screen(RunScreen(run_id))

    def action_diff(self) -> None:
        """Opens the newest patch."""
        from console.screens.patch import PatchScreen

        self.app.push_screen(PatchScreen(self.group_id, row=self.subject))

    @writes
    def action_trial(self) -> None:
        """Has the newest patch tried."""
        if (patch := self._patch_now) is not None:
            try_patch(self, patch)

    @writes
    def action_own(self) -> None:
        """Opens the newest patch to be changed, or an empty page."""
        if self.found is not None:
            from console.screens.patch_edit import PatchEditScreen

            self.app.push_screen(PatchEditScreen(self.found.row, self._patch_now))

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """What the group does not allow now."""
        if action not in ("run", "diff", "trial", "own", "analyse", "propose", "ignore"):
            return ""
        if self.found is None:
            return "The error is still being read."
        if action == "run":
            return "It did not happen in a run." if self._run_id() is None else ""
        if action == "own":
            return self.why_not_repair("propose")
        if action in ("diff", "trial"):
            patch = self._patch_now
            if patch is None:
                return keyed(self, "There is no patch yet: {error.propose|F} asks for one.")
            return "" if action == "diff" else untriable(self.found.row, patch)
        return self.why_not_repair(action)

    def _run_id(self) -> str | None:
        return next((event.run_id for event in self.found.events if event.run_id), None) if self.found else None


def try_patch(node: Any, patch: PatchView) -> None:
    """Has a patch tried, and says so."""
    told = "It is tried: compiled, then tested, without a network and without secrets."
    order(node, lambda door: door.commands.trial_patch(patch.id), told, f"The trial of patch {patch.number} has ended.")


def untriable(row: ErrorRow, patch: PatchView) -> str:
    """Why a patch cannot be tried; empty where it can."""
    if patch.state is PatchState.INVALID:
        return "It is invalid: there is nothing to try."
    if not may_move(patch.state, PatchState.VALIDATED):
        return f"It is {patch.state.replace('_', ' ')}: it is not tried any more."
    return busy(row)
