"""One artist: who it is, how it learns, what changed, and its songs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widget import Widget
from textual.widgets import Static

from console import persona as words
from console.desk import ask, desk_of, work, writes
from console.halting import begins
from console.keymap.live import keyed
from console.messages import Changes
from console.panes.runs import ArtistRuns
from console.screens.detail import DetailScreen
from console.widgets.beside import Beside
from console.widgets.plot import RatePlot
from console.widgets.reading import Card, Reading
from console.widgets.rows import Rows
from engine.api.models import ArtistDetail
from engine.domain.artists import WORKING, ArtistState

if TYPE_CHECKING:
    from engine.api import Door

_HEADINGS = ("what it was told", "what came back", "what a person said", "what the next was told")


class ArtistScreen(DetailScreen[ArtistDetail]):
    """The artist."""

    DEFAULT_CSS = """
    ArtistScreen {
        #head { height: auto; padding: 0 2; margin: 1 0; }
        #who { height: auto; }
        &.-normal #who, &.-wide #who { layout: grid; grid-size: 2 1; grid-columns: 3fr 2fr; grid-rows: auto; }
        #side { height: auto; }
        #songs { height: 12; border: round $border-blurred; border-title-color: $primary; border-title-style: bold; }
        #songs:focus { border: round $border; }
    }
    """
    HELP: ClassVar[str] = (
        "The artist's persona, and how it learns: each song with what its prompt was told, what was measured, what a "
        "person said, and what the next song was told. The approval rate counts decisions by people who looked. "
        "Autopilot lets songs that pass every check and stay within the budget be approved without you; it is marked "
        "in every record. Every change of the artist stays in its history. {move.page-next-part|tab} goes to the list "
        "of songs."
    )
    SHORT: ClassVar[Mapping[str, str]] = {"artist.new-track": "New", "artist.autopilot": "Auto"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new_track", "New track", id="artist.new-track", tooltip="Make a track by this artist now"),
        Binding("e", "edit", "Edit", id="artist.edit", tooltip="Edit the persona; the changes are shown before"),
        Binding("m", "budget", "Budget", id="artist.budget", tooltip="What one run may cost where autopilot decides"),
        Binding("t", "autopilot", "Autopilot", id="artist.autopilot", tooltip="Switch autopilot on or off"),
        Binding("p", "pause", "Pause", id="artist.pause", tooltip="Pause the artist, or bring it back"),
        Binding("L", "albums", "Albums", show=False, id="artist.albums", tooltip="Its EPs and albums"),
        Binding("C", "calendar", "Calendar", show=False, id="artist.calendar", tooltip="When it releases"),
        Binding("x", "retire", "Retire", id="artist.retire", tooltip="Retire the artist, after a second question"),
    ]

    def __init__(self, artist_id: str) -> None:
        super().__init__()
        self.artist_id = artist_id
        self._head = Static(id="head")
        self._persona, self._looks = Card("Persona"), Card("Palette")
        self._learning = Beside("What it learnt", _HEADINGS)
        self._changes = Card("Changes")
        self._rate = RatePlot("Approval rate")
        self._songs = ArtistRuns(artist_id)

    def body(self) -> Iterable[Widget]:
        """Head, and a page of cards."""
        yield self._head
        yield Reading(
            Container(self._persona, Vertical(self._looks, self._rate, id="side"), id="who"),
            self._songs,
            self._learning,
            self._changes,
        )

    def on_mount(self) -> None:
        """Begins at the top."""
        self.query_one(Reading).focus()

    async def question(self, door: Door) -> ArtistDetail:
        """Reads the artist."""
        return await door.queries.artist(self.artist_id)

    def concerns(self, changes: Changes) -> bool:
        """Its own changes, and its runs'."""
        return changes.name("artist", self.artist_id) or changes.touch("review")

    def follow(self, changes: Changes) -> None:
        """The list of songs follows by itself."""
        super().follow(changes)
        self._songs.follow(changes)

    def show(self, found: ArtistDetail) -> None:
        """Fills the cards."""
        self._head.update(words.headline(found))
        self._persona.show(words.persona(found.persona, found.budget_microusd))
        self._looks.show(words.look(found.persona))
        self.show_ages(found)
        self._changes.show(words.changes(found.history))
        self._rate.show_curve(found.approval)

    def show_ages(self, found: ArtistDetail) -> None:
        """When each song of the history was begun."""
        self._learning.show(words.learning(found.learning, desk_of(self).now()))

    async def on_rows_opened(self, event: Rows.Opened) -> None:
        """Opens a song."""
        from console.screens.opening import review_or_run

        event.stop()
        self.app.push_screen(review_or_run(event.row.id, event.row.state))

    # --- actions ---

    def name_of(self, action: str) -> str:
        """One key pauses and brings back."""
        rests = self.found is not None and self.found.row.state not in WORKING
        return "Resume" if action == "artist.pause" and rests else ""

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """Nothing before the artist was read; a retired one can only be brought back."""
        if action not in ("new_track", "edit", "budget", "autopilot", "pause", "retire"):
            return ""
        if self.found is None:
            return "The artist is still being read."
        state = self.found.row.state
        if action == "new_track" and state not in WORKING:
            return keyed(self, f"It is {state}: {{artist.pause|p}} brings it back first.")
        if action == "retire" and state is ArtistState.RETIRED:
            return keyed(self, "It is retired already; {artist.pause|p} brings it back.")
        return ""

    def action_albums(self) -> None:
        """Opens its albums."""
        from console.screens.albums import AlbumsScreen

        self.app.push_screen(AlbumsScreen(self.artist_id))

    def action_calendar(self) -> None:
        """Opens its calendar."""
        from console.screens.calendar import CalendarScreen

        self.app.push_screen(CalendarScreen(self.artist_id))

    @writes
    def action_new_track(self) -> None:
        """Asks for a track by this artist."""
        work(self, self._start_run, group="do", what="new track")

    async def _start_run(self) -> None:
        taken = await ask(self, lambda door: door.commands.start_run(artist_id=self.artist_id))
        if taken is not None:
            desk_of(self).errands.add(taken.command_id)
            words = "A track is on its way."
            if waits := begins(desk_of(self), taken):
                self.notify(keyed(self, waits), title=words, severity="warning", markup=False)
            else:
                self.notify(words, markup=False)

    @writes
    def action_edit(self) -> None:
        """Opens the persona to be changed."""
        if self.found is not None:
            from console.screens.persona import PersonaScreen

            self.app.push_screen(PersonaScreen(self.found))

    @writes
    def action_budget(self) -> None:
        """Asks for the budget of one run."""
        if self.found is None:
            return
        from console.screens.budget import BudgetScreen
        from engine.domain.budget import dollars

        def answered(amount: int | None) -> None:
            if amount is not None:
                self.do(lambda door: door.commands.set_budget(self.artist_id, amount), f"{dollars(amount)} a run.")

        self.app.push_screen(BudgetScreen(self.found.budget_microusd), answered)

    @writes
    def action_autopilot(self) -> None:
        """Off at once; on after a second question, because it decides in your place."""
        if self.found is None:
            return
        if self.found.row.autopilot:
            self.do(lambda door: door.commands.set_autopilot(self.artist_id, False), "Autopilot is off.")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.do(lambda door: door.commands.set_autopilot(self.artist_id, True), "Autopilot is on.")

        from console.screens.confirm import Confirm

        text = (
            "Songs of this artist that pass every check and stay within the budget are released without you. "
            "Such approvals are marked and never count as a person's judgement."
        )
        self.app.push_screen(Confirm("Switch autopilot on?", text, yes="Switch on"), answered)

    @writes
    def action_pause(self) -> None:
        """Pauses a working artist, brings back one that does not work."""
        if self.found is None:
            return
        after, done = (
            (ArtistState.PAUSED, "Paused: the cycle leaves it alone.")
            if self.found.row.state in WORKING
            else (ArtistState.ACTIVE, "It works again.")
        )
        self.do(lambda door: door.commands.set_artist_state(self.artist_id, after), done)

    @writes
    def action_retire(self) -> None:
        """Retires after a second question."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.do(lambda door: door.commands.set_artist_state(self.artist_id, ArtistState.RETIRED), "Retired.")

        from console.screens.confirm import Confirm

        text = (
            "The cycle makes no more songs of this artist. Its songs and history stay; {artist.pause|p} brings it back."
        )
        self.app.push_screen(Confirm("Retire this artist?", keyed(self, text), yes="Retire"), answered)
