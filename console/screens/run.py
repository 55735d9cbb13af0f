"""One run: its stages as they go, every attempt, prompts and answers, costs, files; taking it up again, and cancel."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console import making as words
from console.desk import ask, desk_of, work, writes
from console.halting import halted, soon_halted
from console.human import left
from console.keymap.live import keyed
from console.marks import RUNS, STAGES, Mark
from console.messages import Changes
from console.safe import Leaf, line
from console.screens.detail import DetailScreen
from console.screens.dialog import Dialog
from console.screens.question import Question
from console.widgets.fold import Fold
from console.widgets.reading import Card, Reading
from console.widgets.steady import rewritten
from engine.api.models import RunDetail, RunRow
from engine.domain.clock import utc_now
from engine.domain.runs import ACTIVE_STATES, TRANSITIONS, RunState, Standing

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import CallRow
    from engine.api.screen_models import RetryChoice

_CALLS = 60


class RunScreen(DetailScreen[RunDetail]):
    """The run."""

    DEFAULT_CSS = """
    RunScreen {
        #head { height: auto; padding: 0 2; margin: 1 0; }
        #failure { border: round $error; border-title-color: $error; }
        #calls { height: auto; border: round $border-blurred; border-title-color: $primary; border-title-style: bold; }
        #calls Collapsible { border: none; padding: 0; background: $background; }
        #calls Collapsible Static { padding: 0 2; }
        #pair { height: auto; }
        &.-wide #pair { layout: grid; grid-size: 2 1; grid-rows: auto; }
        #pair > Vertical { height: auto; }
    }
    """
    HELP: ClassVar[str] = (
        "One song on its way. A stage that is done is never done again for this version, also after a crash; `starts` "
        "above 1 tells that a stage began again. Prompts and answers open with Enter. A failed run is taken up at the "
        "stage that failed with {run.retry|r}; {run.from-stage|a} offers every stage, also for a song that waits for "
        "review: what is made again for it becomes a new version, what does not depend on it is kept, and every "
        "version stays in the list of attempts."
    )
    SIGNS: ClassVar[Iterable[Mark]] = STAGES.values()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Retry", id="run.retry", tooltip="Take a failed run up again where it failed"),
        Binding("a", "from_stage", "From a stage", id="run.from-stage", tooltip="Make it again from a stage"),
        Binding(
            "x", "cancel", "Cancel", id="run.cancel", tooltip="End a run that is not approved, after a second question"
        ),
        Binding("v", "review", "Review", id="run.review", tooltip="Open the review of this song"),
        Binding("o", "artist", "Artist", id="run.artist", tooltip="Open the artist"),
    ]

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id
        self._read_at: datetime = utc_now()
        self._head = Static(id="head")
        self._stages, self._made_from, self._asked = Card("Stages"), Card("Made from"), Card("Who was asked")
        self._steps, self._files = Card("Steps"), Card("Files")
        self._failure, self._versions, self._costs = Card("Failed", id="failure"), Card("Attempts"), Card("Costs")
        self._calls = Container(id="calls")
        self._calls.border_title = Content("Prompts and answers")
        self._calls_shown = 0
        self._open: tuple[Dialog[Any], Standing] | None = None
        """The question about this run that is open, and where the run stood when it was asked."""

    def body(self) -> Iterable[Widget]:
        """Head, and a page of cards."""
        yield self._head
        yield Reading(
            self._failure,
            Container(
                Vertical(self._stages, self._versions, self._made_from),
                Vertical(self._files, self._costs, self._asked, self._steps),
                id="pair",
            ),
            self._calls,
        )

    def on_mount(self) -> None:
        """Lets the running stage's seconds go on."""
        self.query_one(Reading).focus()
        self.set_interval(desk_of(self).drawing.tick_s, self._tick)

    async def question(self, door: Door) -> RunDetail:
        """Reads the run."""
        return await door.queries.run(self.run_id)

    def concerns(self, changes: Changes) -> bool:
        """Its own changes, and new calls."""
        return changes.name("run", self.run_id) or changes.name("review", self.run_id) or changes.touch("llm")

    def show(self, found: RunDetail) -> None:
        """Fills the cards; only what is new of the calls."""
        now = desk_of(self).now()
        self._read_at = now
        self._void_question(found, now)
        self.show_ages(found)
        failure = words.failure(found)
        self._failure.display = failure is not None
        if failure is not None:
            self._failure.show(failure)
        self._stages.show(self._stage_lines(found, 0.0))
        self._costs.show(words.costs(found))
        self._made_from.show(words.made_from(found))
        self._asked.display = bool(found.chains)
        self._asked.show(words.asked(found))
        self._files.show(words.files(found.artefacts))
        fresh = found.calls[self._calls_shown : _CALLS]
        self._calls_shown += len(fresh)
        self._calls.mount(*(self._call(call) for call in fresh))
        self._calls.display = bool(self._calls_shown)

    def show_ages(self, found: RunDetail) -> None:
        """When it was started, what its attempts took, and how long ago it was decided on."""
        now = desk_of(self).now()
        rewritten(self._head, words.headline(found, now))
        self._versions.show(words.versions(found, now))
        self._steps.show(words.steps(found, now))

    def _call(self, call: CallRow) -> Fold:
        entry = Fold(Static(words.call(call)))
        entry.title = line(words.call_title(call), limit=160).markup
        return entry

    def _tick(self) -> None:
        if self.found is not None and self.is_current and self.found.row.state in ACTIVE_STATES:
            since = (desk_of(self).now() - self._read_at).total_seconds()
            self._stages.show(self._stage_lines(self.found, since), layout=False)

    def _stage_lines(self, found: RunDetail, since_read_s: float) -> Leaf:
        desk, row = desk_of(self), found.row
        if row.state not in ACTIVE_STATES:
            return words.stages(found, 0.0)
        if stop := halted(desk, row):
            return words.stages(found, 0.0, stop)
        if row.waits_to_be_packed:
            return words.stages(found, 0.0, "waits to be packed")
        if row.held:
            return words.stages(found, 0.0, "waits")
        return words.stages(found, since_read_s, "pausing after this stage" if soon_halted(desk, row) else "")

    # --- questions ---

    def _ask(self, question: Dialog[Any], answered: Callable[[Any], None]) -> None:
        """Puts a question about the run as it stands; nothing comes of it once the run has moved on."""
        if (standing := self._standing) is None:
            return

        def closed(answer: Any) -> None:
            self._open = None
            if answer:
                answered(answer)

        self._open = question, standing
        self.app.push_screen(question, closed)

    @property
    def _standing(self) -> Standing | None:
        return _where(self.found.row) if self.found is not None else None

    def _void_question(self, found: RunDetail, now: datetime) -> None:
        if self._open is None:
            return
        question, seen = self._open
        if not seen.overtaken_by(_where(found.row)):
            return
        news = words.overtaken(found, now)
        if isinstance(question, Question):
            question.overtake(news)
        elif question.is_current:
            question.dismiss(None)
            self.notify(news.plain, severity="warning", timeout=8, markup=False)

    # --- actions ---

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """What its state does not allow."""
        if action not in ("retry", "from_stage", "cancel", "review", "artist"):
            return ""
        if self.found is None:
            return "The run is still being read."
        state, word = self.found.row.state, RUNS[self.found.row.state].word
        if action == "retry" and state is RunState.AWAITING_REVIEW:
            return keyed(
                self,
                f"It is {word}: only a failed run can be retried; {{run.from-stage|a}} makes it again from a stage.",
            )
        if action == "retry" and state is not RunState.FAILED:
            return f"It is {word}: only a failed run can be retried."
        if action == "from_stage" and state not in (RunState.FAILED, RunState.AWAITING_REVIEW):
            return f"It is {word}: only a run that failed or waits for review is made again from a stage."
        if action == "cancel" and RunState.CANCELLED not in TRANSITIONS[state]:
            return f"It is {word}: that cannot be cancelled any more."
        if action == "review" and (state is RunState.GENERATING or not _reviewed(self.found)):
            return "There is nothing to review yet."
        return ""

    @writes
    def action_retry(self) -> None:
        """Takes a failed run up again."""
        version = self.found.row.version if self.found is not None else None
        self.do(lambda door: door.commands.retry(self.run_id, version=version), "It is taken up where it failed.")

    @writes
    def action_from_stage(self) -> None:
        """Offers the stages, then asks once more."""
        work(self, self._choose, group="do", what="choose a stage")

    async def _choose(self) -> None:
        found = await ask(self, lambda door: door.queries.retry_choices(self.run_id))
        if found is None or not found.choices:
            return
        from console.screens.stages import StagesScreen

        def chosen(choice: RetryChoice) -> None:
            self._confirm(choice, found.version)

        self._ask(StagesScreen(found, waits=self._waits), chosen)

    @property
    def _waits(self) -> bool:
        return self.found is not None and self.found.row.state is RunState.AWAITING_REVIEW

    def _confirm(self, choice: RetryChoice, version: int) -> None:
        if choice.stage is None:
            self.do(lambda door: door.commands.retry(self.run_id, version=version), "It is taken up where it failed.")
            return
        from console.screens.confirm import Confirm

        total = left(choice.total_s)
        kept = f" Kept: {', '.join(choice.kept)}." if choice.kept else ""
        notes = "".join(f" {note}" for note in choice.notes)
        leaves = " The song leaves the queue until that is done." if self._waits else ""
        text = (
            f"Made again: {', '.join(choice.again)}{f', {total}' if total else ''}.{kept}{notes}{leaves} Then it "
            "waits for a decision; the version before can no longer be decided on."
        )

        def answered(_yes: bool) -> None:
            self.do(
                lambda door: door.commands.retry(self.run_id, choice.stage, version=version),
                f"It is made again from {choice.stage}.",
            )

        self._ask(Confirm(f"Make it again from {choice.stage}?", text, yes="Make it again"), answered)

    @writes
    def action_cancel(self) -> None:
        """Ends the run after a second question."""
        seen = self._standing

        def answered(_yes: bool) -> None:
            self.do(lambda door: door.commands.cancel(self.run_id, seen), "Cancelled.")

        from console.screens.confirm import Confirm

        text = "What was made so far is not released. This cannot be taken back; it does not count against the artist."
        self._ask(Confirm("Cancel this run?", text, yes="Cancel it", no="Let it run"), answered)

    def action_review(self) -> None:
        """Opens the review."""
        from console.screens.review import ReviewScreen

        self.app.push_screen(ReviewScreen(self.run_id))

    def action_artist(self) -> None:
        """Opens the artist."""
        if self.found is not None:
            from console.screens.artist import ArtistScreen

            self.app.push_screen(ArtistScreen(self.found.row.artist_id))


def _where(row: RunRow) -> Standing:
    return Standing(row.state, row.version, row.attempt)


def _reviewed(found: RunDetail) -> bool:
    """Whether it ever came as far as a review."""
    return any(step.after == RunState.AWAITING_REVIEW for step in found.steps)
