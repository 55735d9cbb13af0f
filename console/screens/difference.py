"""Two revisions against each other: before an edit is made, and afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from console import editing as words
from console.desk import ask, desk_of, work, writes
from console.human import left
from console.messages import Changes
from console.safe import line, own
from console.screens.detail import DetailScreen
from console.screens.page import Page
from console.sheet import overtaken
from console.widgets.diff import Diff
from console.widgets.reading import Card, Reading
from engine.api.edit_models import RevisionDifference
from engine.domain.difference import difference
from engine.safety.text import plain

if TYPE_CHECKING:
    from console.screens.confirm import Confirm
    from engine.api import Door
    from engine.api.edit_models import EditPlan
    from engine.api.models import ReviewSheet

_CSS = "#head { height: auto; padding: 0 2; margin: 1 0; }"
_SIGNS = "Lines with - go, lines with + come; the words that differ within a line are underlined."


class PlanScreen(Page):
    """What an edit changes and what is made again for it; the second step makes it so."""

    DEFAULT_CSS = f"""
    PlanScreen {{ {_CSS} #news {{ height: auto; padding: 0 2; display: none; &.-told {{ display: block; }} }} }}
    """
    HELP: ClassVar[str] = (
        f"Your changes before they are made. {_SIGNS} Below stands what is made again for them and how long that "
        "usually takes; everything else of the song stays as it is. F2 makes the new revision, after a second question."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "make", "Make it", id="plan.make", tooltip="Make this revision, after a second question"),
        Binding("escape,backspace", "back", "Back", id="plan.back", tooltip="Back to what you typed"),
    ]

    def __init__(self, plan: EditPlan, sheet: ReviewSheet, *, title: str | None, lyrics: str | None) -> None:
        super().__init__()
        self.plan = plan
        self.made = False
        self._sheet = sheet
        self._wish = (title, lyrics)
        self._news = Static(id="news")
        self._question: Confirm | None = None

    def body(self) -> Iterable[Widget]:
        """Title, lyrics, consequences."""
        run, plan = self._sheet.run, self.plan
        yield Static(
            own(
                "Changes to ",
                line(run.title, "bold", limit=120),
                ("  by ", words.DIM),
                line(run.artist, "bold $primary"),
                ("\nYour yes takes the song out of the queue; it comes back with the new revision.", words.DIM),
            ),
            id="head",
        )
        yield self._news
        cards: list[Widget] = []
        for name, change in (("Title", plan.title), ("Lyrics", plan.lyrics)):
            if change is not None:
                card = Diff(name)
                card.compare(difference(*change))
                cards.append(card)
        then = Card("What this does")
        then.show(words.consequences(plan))
        yield Reading(*cards, then)

    def on_mount(self) -> None:
        """Scrolls by the usual keys."""
        self.query_one(Reading).focus()

    def follow(self, changes: Changes) -> None:
        """Says at once when somebody else was faster."""
        self.repaint_top()
        run_id = self.plan.run_id
        if not self.made and (changes.name("run", run_id) or changes.name("review", run_id)):
            work(self, self._look, group="plan-look", what="look at the review", exclusive=True)

    async def _look(self) -> None:
        found = await ask(self, lambda door: door.queries.review_sheet(self.plan.run_id))
        desk = desk_of(self)
        here = desk.link.actor.session
        news = overtaken(found, self.plan.revision_hash, desk.now(), here) if found is not None else None
        if news is None or self.made:
            return
        self._news.update(news)
        self._news.add_class("-told")
        if self._question is not None:
            self._question.overtake(news)

    @writes
    def action_make(self) -> None:
        """Asks once more, then makes it."""
        from console.screens.confirm import Confirm

        plan = self.plan
        total = left(plan.total_s)
        text = (
            f"{' and '.join(plan.made_again).capitalize()} {'are' if len(plan.made_again) > 1 else 'is'} made again"
            f"{f', {total}' if total else ''}. The song waits for a decision once more when that is done; until then "
            "it is not in the queue, and nobody can decide on it."
        )

        def answered(yes: bool | None) -> None:
            self._question = None
            if yes:
                work(self, self._make, group="edit", what="edit a song", exclusive=True)

        self._question = Confirm("Make this revision?", text, yes="Make it")
        self.app.push_screen(self._question, answered)

    async def _make(self) -> None:
        title, lyrics = self._wish
        run_id, shown = self.plan.run_id, self.plan.revision_hash
        self.made = True  # from here on what changes is our own doing
        edited = await ask(self, lambda door: door.commands.edit(run_id, shown, title=title, lyrics=lyrics))
        if edited is None:
            self.made = False
            return
        waits = "" if edited.engine_running else " It begins when the engine runs."
        whose = plain(self._sheet.run.title, limit=60)
        self.notify(f"{whose}: the new revision is on its way.{waits}", markup=False)
        self.dismiss()


class RevisionScreen(DetailScreen[RevisionDifference]):
    """What the newest revision changed in the one before."""

    DEFAULT_CSS = f"RevisionScreen {{ {_CSS} }}"
    HELP: ClassVar[str] = f"The newest revision of this song against the one before it. {_SIGNS}"

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id
        self._head = Static(id="head")
        self._title, self._lyrics, self._files = Diff("Title"), Diff("Lyrics"), Card("Files")

    def body(self) -> Iterable[Widget]:
        """Which two, then what differs."""
        yield self._head
        yield Reading(self._title, self._lyrics, self._files)

    def on_mount(self) -> None:
        """Reads; scrolls by the usual keys."""
        self.query_one(Reading).focus()

    async def question(self, door: Door) -> RevisionDifference:
        """Reads the two."""
        return await door.queries.revision_difference(self.run_id)

    def concerns(self, changes: Changes) -> bool:
        """Its own changes."""
        return changes.name("review", self.run_id) or changes.name("run", self.run_id)

    def show(self, found: RevisionDifference) -> None:
        """Fills the cards."""
        self._head.update(words.between(found, desk_of(self).now()))
        self._title.compare(found.title, nothing="The title is the same.")
        self._lyrics.compare(found.lyrics, nothing="The words are the same.")
        self._files.show(words.files(found))
