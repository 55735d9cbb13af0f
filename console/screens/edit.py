"""Another title, other words: typed here, shown as a difference, then made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from console import editing as words
from console import sheet as sheet_words
from console.desk import ask, complain, desk_of, work
from console.halting import waiting
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.messages import Changes
from console.safe import line, own
from console.screens.page import Page
from engine.domain.edits import TITLE_LIMIT, written
from engine.domain.errors import WordsError
from engine.domain.runs import RunState
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.edit_models import EditPlan
    from engine.api.models import ReviewSheet

_TEXT = 20_000


class EditScreen(Page):
    """The words of one revision, to be changed."""

    DEFAULT_CSS = """
    EditScreen {
        #head { height: auto; padding: 0 2; margin: 1 0 0 0; }
        #news { height: auto; padding: 0 2; display: none; &.-told { display: block; } }
        &.-low #head { display: none; }
        &.-low TextArea { margin: 0 1; }
        Input, TextArea {
            border: round $border-blurred; border-title-color: $primary; border-title-style: bold;
            border-subtitle-color: $text-muted; background: $background; margin: 0 1;
            &:focus { border: round $border; }
        }
        Input { height: 3; }
        TextArea { height: 1fr; margin: 0 1 1 1; & > .text-area--cursor-line { background: $surface; } }
    }
    """
    HELP: ClassVar[str] = (
        "The title and the words of the song, for you to put right. The sections in square brackets stay; their lines "
        "may change, come and go, one line each. F2 goes on: it shows what you changed and what is made again for it. "
        "Nothing happens before you say yes there. Escape goes back, and asks first if you have changed something. The "
        "artist's next songs are told what you changed."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "go_on", "See the changes", id="edit.go-on", priority=True, tooltip="Show what changed"),
        Binding("escape", "back", "Back", id="edit.back", tooltip="Back to the review; asks before changes are lost"),
    ]

    def __init__(self, sheet: ReviewSheet) -> None:
        super().__init__()
        self.sheet = sheet
        # Widgets for typing draw what they hold, so what a model wrote is made harmless before it goes in.
        self._title_before = plain(sheet.run.title, limit=TITLE_LIMIT * 2)
        self._lyrics_before = plain(written(sheet.lyrics).rstrip("\n"), limit=_TEXT, lines=True)
        self._title = Input(self._title_before, max_length=TITLE_LIMIT, select_on_focus=False)
        self._title.border_title = own("Title")
        sung = sheet.vocals != "none"
        self._lyrics = TextArea(
            self._lyrics_before, show_line_numbers=True, tab_behavior="focus", soft_wrap=True, read_only=sung
        )
        self._lyrics.border_title = own("Lyrics")
        self._lyrics.border_subtitle = own(words.SUNG if sung else "one line each, [sections] stay")
        self._news = Static(id="news")

    def body(self) -> Iterable[Widget]:
        """Whose song, then what can be changed."""
        run = self.sheet.run
        yield Static(
            own("Edit ", line(run.title, "bold", limit=120), ("  by ", words.DIM), line(run.artist, "bold $primary")),
            id="head",
        )
        yield self._news
        yield self._title
        yield self._lyrics

    def on_mount(self) -> None:
        """Begins with the title."""
        self._title.cursor_blink = self._lyrics.cursor_blink = desk_of(self).drawing.moves
        self._title.border_subtitle = own(keyed(self, "enter or {move.page-next-part|tab}: on to the lyrics"))
        self._title.focus()
        if self.sheet.vocals != "none":
            self._tell(own((words.SUNG, STYLES[Tone.WARN])))

    def follow(self, changes: Changes) -> None:
        """Says at once when somebody else was faster."""
        self.repaint_top()
        run_id = self.sheet.run.id
        if changes.name("run", run_id) or changes.name("review", run_id):
            work(self, self._look, group="edit-look", what="look at the review", exclusive=True)

    async def _look(self) -> None:
        run_id = self.sheet.run.id
        now = await ask(self, lambda door: door.queries.review_sheet(run_id))
        if now is None or (now.revision_hash == self.sheet.revision_hash and now.run.state is RunState.AWAITING_REVIEW):
            return
        desk = desk_of(self)
        standing = sheet_words.standing(now, desk.now(), waiting(desk, now.run), desk.link.actor.session)
        text = own(("This revision can no longer be edited: ", STYLES[Tone.WARN]), standing)
        self._tell(text)

    def _tell(self, news: Content) -> None:
        self._news.update(news)
        self._news.add_class("-told")

    @property
    def wish(self) -> tuple[str | None, str | None]:
        """Title and lyrics as typed; None for what was left alone."""
        title, lyrics = self._title.value, self._lyrics.text
        return (
            None if title == self._title_before else title,
            None if lyrics.split("\n") == self._lyrics_before.split("\n") else lyrics,
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From the title on to the words."""
        event.stop()
        self._lyrics.focus()

    def action_go_on(self) -> None:
        """Shows the changes, if they can be made."""
        title, lyrics = self.wish
        if title is None and lyrics is None:
            self.notify("Nothing was changed.", severity="warning", markup=False)
            return
        work(self, self._plan, group="plan", what="plan an edit", exclusive=True)

    async def _plan(self) -> None:
        title, lyrics = self.wish
        run_id, shown = self.sheet.run.id, self.sheet.revision_hash

        async def question(door: Door) -> EditPlan | WordsError:
            try:
                return await door.queries.edit_plan(run_id, shown, title=title, lyrics=lyrics)
            except WordsError as error:
                return error

        plan = await ask(self, question)
        if isinstance(plan, WordsError):
            complain(self.app, plan)
            self._go_to(plan.line)
        if plan is None or isinstance(plan, WordsError):
            return
        from console.screens.difference import PlanScreen

        screen = PlanScreen(plan, self.sheet, title=title, lyrics=lyrics)

        def seen(_: None) -> None:
            if screen.made:
                self.dismiss()

        self.app.push_screen(screen, seen)

    def _go_to(self, line: int | None) -> None:
        """Puts the cursor where the words cannot be used: 0 is the title, then come the lines of the lyrics."""
        if line is None:
            return
        field = self._lyrics if line else self._title
        field.focus()
        if line:
            row = min(line, self._lyrics.document.line_count) - 1
            self._lyrics.move_cursor((row, len(self._lyrics.document.get_line(row))), center=True)

    def action_back(self) -> None:
        """Leaves; asks where something would be lost."""
        changed = [kind for kind, value in zip(("title", "lyrics"), self.wish, strict=True) if value is not None]
        if not changed:
            self.dismiss()
            return
        from console.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss()

        text = f"You have changed {words.changed_words(changed)}. Leaving now drops that."
        self.app.push_screen(Confirm("Drop the changes?", text, yes="Drop them", no="Stay"), answered)
