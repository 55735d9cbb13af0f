"""The review: everything a reviewer judges by, and the decision, bound to the revision that is shown."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console import sheet as words
from console import undoing
from console.attention import say, unsay
from console.desk import ask, desk_of, work, writes
from console.halting import waiting
from console.keymap.live import keyed
from console.loudness import scales
from console.marks import RUNS
from console.messages import Changes
from console.news import Severity, Toast
from console.safe import leaf, own
from console.screens.page import Page
from console.screens.review_css import CSS, THREE
from console.sound import Player, Sound, how_to_hear, look
from console.waiting import words as queue_words
from console.widgets.heading import Heading
from console.widgets.picture import Picture
from console.widgets.reading import Card, Reading
from console.widgets.steady import rewritten
from console.widgets.storyboard import StoryboardCard
from console.widgets.waveform import Waveform
from engine.domain.runs import RunState
from engine.safety.text import plain

if TYPE_CHECKING:
    from console.screens.question import Question
    from console.screens.reasons import Reasons
    from engine.api import Door
    from engine.api.models import Decided, ReviewSheet
    from engine.api.screen_models import QueuePlace

_UNREAD = "The review is still being read."
_PACKED = (RunState.PACKAGED, RunState.DELIVERING, RunState.DELIVERED, RunState.MEASURED, RunState.WITHDRAWN)
_DECISIONS = {"approve": "approved", "reject": "rejected", "new_version": "sent back"}


class ReviewScreen(Page):
    """One song, ready to be decided on."""

    DEFAULT_CSS = CSS
    HELP: ClassVar[str] = (
        "Everything that is known of this song: what was asked for beside what was measured, the checks, the words "
        "with their times, cover, stills and waveform. Approve takes a second step. A rejection needs a reason: the "
        "artist's next song learns from it. Your decision holds for exactly the revision that you see here. "
        "Edit changes title or lyrics; only what depends on them is made again, and a newer revision comes. "
        "A decision can be taken back for a while, which the line under the title counts down; where another song is "
        "shown by then, {review.undo|u} takes back what you decided last. "
        "If somebody decided or edited elsewhere, that line says who, when and where."
    )
    SHORT: ClassVar[Mapping[str, str]] = {"review.new-version": "New"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "Approve", id="review.approve", tooltip="Release this song, after a second question"),
        Binding("r", "reject", "Reject", id="review.reject", tooltip="Turn it down, with reasons"),
        Binding("l", "listen", "Listen", id="review.listen", tooltip="Play the track, or say how to hear it"),
        Binding(
            "v", "new_version", "New version", id="review.new-version", tooltip="Have it made anew, with your notes"
        ),
        Binding("c", "compare", "Compare", id="review.compare", tooltip="Beside the artist's previous tracks"),
        Binding("L", "link", "Link", show=False, id="review.link", tooltip="A link to the track that works once"),
        Binding("e", "edit", "Edit", id="review.edit", tooltip="Change title or lyrics; shown as a difference before"),
        Binding(
            "d",
            "difference",
            "Changes",
            show=False,
            id="review.difference",
            tooltip="What the newest revision changed in the one before",
        ),
        Binding(
            "t",
            "other_take",
            "Other take",
            show=False,
            id="review.other-take",
            tooltip="Hear the other clip of the order instead; nothing is bought for it",
        ),
        Binding("u", "undo", "Undo", id="review.undo", tooltip="Take this decision back, else the last one made here"),
        Binding(
            "right_square_bracket",
            "next(1)",
            "Next",
            key_display="]",
            id="review.next",
            tooltip="The next song that waits",
        ),
        Binding(
            "left_square_bracket",
            "next(-1)",
            "Previous",
            key_display="[",
            show=False,
            id="review.previous",
            tooltip="The one before",
        ),
        Binding("o", "artist", "Artist", show=False, id="review.artist", tooltip="Open the artist"),
        Binding("i", "run", "Run", show=False, id="review.run", tooltip="Open the run: stages, prompts, files"),
        Binding("R", "release", "Release", show=False, id="review.release", tooltip="Open the song's release package"),
    ]

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id
        self.sheet: ReviewSheet | None = None
        self.sound: Sound = Sound(())
        self.player = Player()
        self._head = Heading(id="head")
        self._standing = Static(id="standing")
        self._wave = Waveform()
        self._wave.id = "wave"
        self._picture = Picture()
        self._storyboard = StoryboardCard()
        self._queue: QueuePlace | None = None
        self._stood_at = 0
        self._undo_shown = False
        self._told: set[str] = set()
        self._open: tuple[Question[Any], ReviewSheet] | None = None
        """The question that is open over this screen, and what it is about."""
        self._facts, self._checks = Card("Facts"), Card("Checks")
        self._concept, self._reflection = Card("Concept"), Card("Looking back")
        self._lyrics, self._files = Card("Lyrics"), Card("Listen")

    def body(self) -> Iterable[Widget]:
        """Title and waveform; cover, concept and words beside each other; stills across; what was measured."""
        cover = Container(self._picture, id="cover-card")
        cover.border_title = own("Cover")
        yield self._head
        yield self._standing
        yield Reading(
            self._wave,
            Container(
                Container(cover, Container(self._concept, self._lyrics, id="idea"), self._storyboard, id="told"),
                Container(self._facts, self._checks, self._reflection, self._files, id="measured"),
                id="columns",
            ),
        )

    def on_mount(self) -> None:
        """Reads the sheet."""
        self.sound = look(os.environ, served=desk_of(self).access.served)
        self.set_interval(desk_of(self).drawing.tick_s, self._tick)
        self.query_one(Reading).focus()
        self._read()

    def on_resize(self, event: events.Resize) -> None:
        """What was measured stands beside the words where these keep their lines."""
        self.set_class(event.size.width >= THREE, "-three")

    @property
    def decided_run(self) -> str:
        """The run that is shown, once it does not wait."""
        decided = self.sheet is not None and self.sheet.run.state is not RunState.AWAITING_REVIEW
        return self.run_id if decided else ""

    def on_unmount(self) -> None:
        """Silence, also of what was said here of the songs."""
        self.player.stop()
        for about in self._told:
            unsay(self._noktvrn, about)

    def _tell(self, text: str, about: str, severity: Severity = "information") -> None:
        self._told.add(about)
        say(self._noktvrn, Toast("", text, severity, about), call=False)

    def follow(self, changes: Changes) -> None:
        """Reads again if this run or its review changed."""
        self.repaint_top()
        if changes.name("run", self.run_id) or changes.name("review", self.run_id):
            self._read()
        overview = desk_of(self).overview
        known = self._queue.total if self._queue else 0
        if changes.touch("review") or (overview is not None and overview.approvals != known):
            work(self, self._read_queue, group="queue", what="read the queue", exclusive=True)

    def _read(self) -> None:
        work(self, self._read_sheet, group="sheet", what="read the review", exclusive=True)

    async def _read_sheet(self) -> None:
        run_id = self.run_id
        found = await ask(self, lambda door: door.queries.review_sheet(run_id))
        if found is None:
            if self.sheet is None:
                self.dismiss()
            return
        shown, self.sheet = self.sheet, found
        self._void_question(found)
        await self._read_queue()
        self._show_standing()
        self.refresh_bindings()
        if shown is not None and shown.revision_hash == found.revision_hash:
            return
        if shown is not None and shown.run.id == found.run.id:
            text = "A newer revision came; this is it. {review.difference|d} shows what changed."
            self._tell(text, f"revision:{found.revision_hash}", "warning")
        self._show_all(found)

    async def _read_queue(self) -> None:
        run_id, stood_at = self.run_id, self._stood_at
        queue = await ask(self, lambda door: door.queries.queue_place(run_id, stood_at=stood_at))
        if queue is None or run_id != self.run_id:
            return
        self._queue = queue
        self._stood_at = stood_at if queue.number is None else queue.number
        self._show_head()

    def _show_head(self) -> None:
        if self.sheet is None or self._queue is None:
            return
        title, kind = words.headline(self.sheet)
        place = queue_words(self._queue, desk_of(self).now(), self.sheet.run.waiting_since)
        self._head.show(title, own((place, words.DIM)), kind)

    def _show_all(self, sheet: ReviewSheet) -> None:
        desk_of(self).looked.add(sheet.revision_hash)
        self._wave.show(sheet.facts.waveform, sheet.timeline.sections, sheet.timeline.duration_s)
        self._facts.show(leaf(words.facts(sheet), "", scales(sheet.facts.loudness)))
        self._checks.show(words.checks(sheet))
        self._concept.show(words.concept(sheet))
        self._reflection.show(words.reflection(sheet))
        self._lyrics.show(words.lyrics(sheet))
        self._files.show(words.files(sheet, keyed(self, how_to_hear(self.sound))))
        self._picture.show(sheet.cover)
        self._storyboard.show(sheet.storyboard, sheet.timeline.sections)

    def _show_standing(self) -> None:
        if self.sheet is None:
            return
        rewritten(self._standing, own(self._standing_words(self.sheet), undoing.offered(self, self.sheet)))

    def _standing_words(self, sheet: ReviewSheet) -> Content:
        desk = desk_of(self)
        return words.standing(sheet, desk.now(), waiting(desk, sheet.run), desk.link.actor.session)

    def _tick(self) -> None:
        if self._undo_shown is not bool(undoing.act(desk_of(self), self.sheet)):
            self._undo_shown = not self._undo_shown
            self.refresh_bindings()
        if self.sheet is None or not self.is_current:
            return
        self._show_standing()
        self._show_head()

    # --- decisions ---

    def _open_for(self, what: str) -> ReviewSheet | None:
        """The sheet if it can still be decided on; else says why not."""
        if reason := self._too_late(what):
            self.notify(reason, severity="warning", markup=False)
            return None
        return self.sheet

    def _ask(self, question: Question[Any], sheet: ReviewSheet, answered: Callable[[Any], None]) -> None:
        """Puts a question about this sheet; it takes no yes any more once somebody else was faster."""

        def closed(answer: Any) -> None:
            self._open = None
            if answer is not None:
                answered(answer)

        self._open = question, sheet
        self.app.push_screen(question, closed)

    def _void_question(self, found: ReviewSheet) -> None:
        if self._open is None:
            return
        question, asked = self._open
        if news := words.overtaken(found, asked.revision_hash, desk_of(self).now(), desk_of(self).link.actor.session):
            question.overtake(news)

    def _too_late(self, what: str) -> str:
        if self.sheet is None:
            return _UNREAD
        if self.sheet.being_made:
            waits = waiting(desk_of(self), self.sheet.run)
            return f"It cannot be {what} now: a newer revision {waits or 'is being made'}."
        if self.sheet.run.state is RunState.AWAITING_REVIEW:
            return ""
        return f"It cannot be {what} any more. {self._standing_words(self.sheet).plain}"

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """What was decided already stays; nothing can be done with a sheet that is not here."""
        if action in _DECISIONS:
            return self._too_late(_DECISIONS[action])
        if action == "undo":
            return undoing.why_not(desk_of(self), self.sheet)
        if action in ("listen", "link", "compare", "artist", "next", "release") and self.sheet is None:
            return _UNREAD
        if action == "other_take":
            return words.no_other(self.sheet) or self._too_late("changed")
        if action == "release" and self.sheet and self.sheet.run.state not in _PACKED:
            return f"There is no package of this song: it is {RUNS[self.sheet.run.state].word}."
        overview = desk_of(self).overview
        if action == "next" and overview and self.sheet:
            others = overview.approvals - (self.sheet.run.state is RunState.AWAITING_REVIEW)
            return "" if others > 0 else "Nothing else waits for you."
        return ""

    @writes
    def action_approve(self) -> None:
        """Asks once more, then approves what is shown."""
        sheet = self._open_for("approved")
        if sheet is None:
            return
        from console.screens.review_questions import approval

        def answered(yes: bool) -> None:
            if yes:
                self._decide(lambda door: door.commands.approve(sheet.run.id, revision_hash=sheet.revision_hash), sheet)

        self._ask(approval(sheet, desk_of(self).settings.approval_grace_seconds), sheet, answered)

    @writes
    def action_reject(self) -> None:
        """Asks for reasons, then rejects what is shown."""
        sheet = self._open_for("rejected")
        if sheet is None:
            return
        from console.screens.review_questions import rejection

        def answered(reasons: Reasons) -> None:
            self._decide(
                lambda door: door.commands.reject(
                    sheet.run.id, reasons.tags, reasons.text, revision_hash=sheet.revision_hash
                ),
                sheet,
            )

        self._ask(rejection(self, desk_of(self).settings.approval_grace_seconds), sheet, answered)

    @writes
    def action_new_version(self) -> None:
        """Asks for notes, then sends it back."""
        sheet = self._open_for("sent back")
        if sheet is None:
            return
        from console.screens.review_questions import new_version

        def answered(reasons: Reasons) -> None:
            self._decide(
                lambda door: door.commands.new_version(
                    sheet.run.id, reasons.tags, reasons.text, revision_hash=sheet.revision_hash
                ),
                sheet,
            )

        self._ask(new_version(self), sheet, answered)

    def _decide(self, command: Callable[[Door], Awaitable[Decided]], sheet: ReviewSheet) -> None:
        work(self, partial(self._decided, command, sheet), group="decide", what="decide", exclusive=True)

    async def _decided(self, command: Callable[[Door], Awaitable[Decided]], sheet: ReviewSheet) -> None:
        decided = await ask(self, command)
        if decided is not None:
            desk = desk_of(self)
            made = undoing.made(sheet, decided.effective_at)
            desk.undoable.add([made], desk.now())
            if decided.state is RunState.APPROVED:
                desk.packing.add(sheet.run.id)
            told = plain(words.done(sheet, decided, desk.home.releases), limit=400)
            self._tell(told, made.about)
        self._read()

    @property
    def _noktvrn(self) -> Any:
        return self.app

    @writes
    async def action_undo(self) -> None:
        """Takes back the decision on this song; where it has none that can be, what was decided here last."""
        if act := undoing.act(desk_of(self), self.sheet):
            await undoing.take_back(self, act)
            self._read()

    @writes
    def action_edit(self) -> None:
        """Opens title and lyrics for a change."""
        sheet = self._open_for("edited")
        if sheet is not None:
            from console.screens.edit import EditScreen

            self.app.push_screen(EditScreen(sheet))

    @writes
    def action_other_take(self) -> None:
        """Asks once more, then has the other clip of the order heard."""
        from console.screens.review_questions import other_take

        sheet = self._open_for("changed")
        if sheet is None or (asked := other_take(sheet)) is None:
            return
        variant, question = asked

        def answered(yes: bool) -> None:
            if yes:
                work(self, partial(self._taken, sheet, variant), group="decide", what="take it", exclusive=True)

        self._ask(question, sheet, answered)

    async def _taken(self, sheet: ReviewSheet, variant: str) -> None:
        from console.screens.review_questions import take_other

        await take_other(self, sheet, variant)
        self._read()

    def action_difference(self) -> None:
        """Shows what the newest revision changed."""
        from console.screens.difference import RevisionScreen

        self.app.push_screen(RevisionScreen(self.run_id))

    # --- around it ---

    def action_listen(self) -> None:
        """Plays or stops; where nothing can play, says how to hear it."""
        if self.sheet is None:
            return
        if self.player.plays:
            self.player.stop()
            return
        if not self.sound.command:
            self._open_listen(link=False)
            return
        try:
            self.player.play(self.sound, self.sheet.track)
        except OSError as error:
            self.notify(f"The player cannot be started: {error.strerror}.", severity="error", markup=False)
        else:
            self._tell("Playing; {review.listen|l} stops.", "playing")

    def action_link(self) -> None:
        """Opens a link that works once."""
        self._open_listen(link=True)

    def _open_listen(self, *, link: bool) -> None:
        if self.sheet is not None:
            from console.screens.listen import ListenScreen

            self.app.push_screen(ListenScreen(self.sound, self.sheet.track, link=link))

    def action_compare(self) -> None:
        """Opens the comparison."""
        from console.screens.compare import CompareScreen

        self.app.push_screen(CompareScreen(self.run_id))

    async def action_next(self, by: int) -> None:
        """Goes to another song that waits."""
        await self._read_queue()
        queue = self._queue
        other = None if queue is None else queue.after if by > 0 else queue.before
        if other is None:
            self.notify("Nothing else waits for you.", markup=False)
            return
        self.player.stop()
        self.run_id, self.sheet = other, None
        self.query_one(Reading).scroll_home(animate=False)
        self._read()

    def action_artist(self) -> None:
        """Opens the artist."""
        if self.sheet is not None:
            from console.screens.artist import ArtistScreen

            self.app.push_screen(ArtistScreen(self.sheet.run.artist_id))

    def action_run(self) -> None:
        """Opens the run."""
        from console.screens.run import RunScreen

        self.app.push_screen(RunScreen(self.run_id))

    async def action_release(self) -> None:
        """Opens the package of the song; where there is none, says so."""
        run_id = self.run_id
        row = await ask(self, lambda door: door.queries.release(run_id))
        if row is not None:
            from console.screens.release import ReleaseScreen

            self.app.push_screen(ReleaseScreen(row, desk_of(self).home))
