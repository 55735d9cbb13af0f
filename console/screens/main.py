"""The main screen: six panes beside each other where there is room, one at a time where there is not."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.geometry import Size
from textual.widget import Widget

from console.desk import ask, desk_of, work, writes
from console.halting import begins
from console.keymap.live import keyed
from console.messages import Changes
from console.panes.all import PANES, make_panes
from console.panes.pane import ListPane
from console.screens.page import Page, breakpoint_classes
from console.supervision import LinkState
from console.widgets.tabs import PaneTabs
from console.widgets.tour import Tour

if TYPE_CHECKING:
    from engine.api.command_models import Accepted

_ASKING = (
    "new_track",
    "new_artist",
    "cycle",
    "pause",
    "away",
    "releases",
    "deliveries",
    "targets",
    "albums",
    "calendar",
    "providers",
    "telegram",
)


_LISTS = (
    "{line.releases|R} releases · {line.deliveries|7} deliveries · {line.targets|W} targets · {line.albums|L} albums · "
    "{line.calendar|C} calendar"
)


class MainScreen(Page):
    """Everything in one look."""

    DEFAULT_CSS = """
    MainScreen {
        #panes { height: 1fr; layout: grid; grid-gutter: 0; }
        &.-normal #panes, &.-wide #panes { grid-size: 2 4; grid-rows: 3fr 3fr 2fr 3fr; }
        &.-normal #panes > RunsPane, &.-normal #panes > LogPane { column-span: 2; }
        &.-wide #panes > RunsPane, &.-wide #panes > LogPane { column-span: 2; }
        PaneTabs { display: none; }
        &.-narrow PaneTabs, &.-low PaneTabs, &.-maximised PaneTabs { display: block; }
        &.-narrow #panes, &.-low #panes, &.-maximised #panes { layout: vertical; }
        &.-narrow #panes > ListPane, &.-low #panes > ListPane, &.-maximised #panes > ListPane { display: none; }
        &.-narrow #panes > .-active, &.-low #panes > .-active, &.-maximised #panes > .-active { display: block; }
        &.-tiny > PaneTabs, &.-flat > PaneTabs { display: none; }
    }
    """
    HELP: ClassVar[str] = (
        "The overview. {pane.1|1} to {pane.6|6} go to a pane, Tab to the next one; {pane.maximise|m} makes the pane as "
        "large as the screen, {line.tour|t} shows you around. Lists of their own: {line.releases|R} releases, "
        "{line.deliveries|7} deliveries, {line.targets|W} targets, {line.albums|L} albums, "
        "{line.calendar|C} the calendar."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "n",
            "new_track",
            "New track",
            id="line.new-track",
            tooltip="Make a track now: the cycle's next artist, or a new one",
        ),
        Binding("a", "new_artist", "New artist", id="line.new-artist", tooltip="Ask the writer for a new artist"),
        Binding("c", "cycle", "Cycle", id="line.cycle", tooltip="Start or stop the cycle that makes tracks by itself"),
        Binding("p", "pause", "Pause", id="line.pause", tooltip="Pause all work, spending or publishing, or go on"),
        Binding(
            "e", "engine", "Engine", show=False, id="line.engine", tooltip="How the engine does; start, stop, restart"
        ),
        Binding(
            "w",
            "away",
            "While away",
            show=False,
            id="line.away",
            tooltip="What happened since you were last here",
        ),
        Binding("R", "releases", "Releases", id="line.releases", tooltip="Show the finished release packages"),
        Binding(
            "7",
            "deliveries",
            "Deliveries",
            id="line.deliveries",
            tooltip="Show what is delivered where, and what waits for your word",
        ),
        Binding("L", "albums", "Albums", id="line.albums", tooltip="Show the EPs and albums"),
        Binding("C", "calendar", "Calendar", id="line.calendar", tooltip="Show what comes out when"),
        Binding("W", "targets", "Targets", id="line.targets", tooltip="Show where releases can go"),
        Binding(
            "O",
            "providers",
            "Providers",
            show=False,
            id="line.providers",
            tooltip="Show who gives music, stock video and trends, and how each does",
        ),
        Binding(
            "B",
            "telegram",
            "Telegram",
            show=False,
            id="line.telegram",
            tooltip="Whether the bot listens, and who may speak to it",
        ),
        Binding("t", "tour", "Tour", show=False, id="line.tour", tooltip="A short tour of the console"),
        Binding("m,z", "maximise", "Maximise", show=False, id="pane.maximise", tooltip="This pane alone, or all panes"),
        *(
            Binding(
                str(pane.NUMBER),
                f"pane({pane.NUMBER})",
                pane.NAME,
                show=False,
                id=f"pane.{pane.NUMBER}",
                tooltip=f"Go to the pane {pane.NAME}",
            )
            for pane in PANES
        ),
        Binding("left,h", "aside(-1)", "Left", show=False, id="move.pane-left", tooltip="To the pane at the left"),
        Binding("right,l", "aside(1)", "Right", show=False, id="move.pane-right", tooltip="To the pane at the right"),
        Binding("escape", "calm", "Close", show=False, id="main.dismiss", tooltip="Close the tour"),
    ]

    def __init__(self, size: Size | None = None) -> None:
        # The classes for the present size from the start: changing them later would style everything twice.
        super().__init__(classes=breakpoint_classes(size) if size else None)
        self.panes: list[ListPane[Any]] = make_panes()
        self.tabs = PaneTabs(self.panes)
        self.tour = Tour()

    def body(self) -> Iterable[Widget]:
        """Tour, tabs, panes; as the last session left them."""
        memory = desk_of(self).memory.now
        self.tabs.active = next((pane for pane in self.panes if pane.id == memory.pane), self.panes[1])
        self.tabs.active.set_classes("-active")
        yield self.tour
        yield self.tabs
        yield Container(*self.panes, id="panes")

    def on_mount(self) -> None:
        """The keys go to the pane that is shown, once it is painted."""
        self.set_class(desk_of(self).memory.now.maximised, "-maximised")
        self.call_after_refresh(self._activate, self.tabs.active or self.panes[1])

    # --- panes ---

    def _activate(self, pane: ListPane[Any]) -> None:
        self._bring(pane)
        self.set_focus(pane)  # now, not when the queue is empty: the next key may be in it already

    def _bring(self, pane: ListPane[Any]) -> None:
        """Shows a pane where only one fits; the focus stays where it is."""
        for other in self.panes:
            other.set_class(other is pane, "-active")
        self.tabs.active = pane
        self.tabs.renew()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The focused pane is the one that is kept where only one fits."""
        if isinstance(event.widget, ListPane):
            self._activate(event.widget)
            desk_of(self).memory.change(pane=str(event.widget.id))

    def action_pane(self, number: int) -> None:
        """Goes to a pane."""
        self._activate(self.panes[number - 1])

    def action_aside(self, by: int) -> None:
        """Goes to the nearest pane on that side; from the edge, or where one is shown, to the next one in order."""
        here = self.tabs.active or self.panes[1]
        beside = [
            pane
            for pane in self.panes
            if pane.is_on_screen and (pane.region.x - here.region.x) * by > 0 and pane.region.y < here.region.bottom
        ]
        beside = [pane for pane in beside if pane.region.bottom > here.region.y]
        if beside:
            self._activate(min(beside, key=lambda pane: abs(pane.region.x - here.region.x)))
        else:
            self._activate(self.panes[(self.panes.index(here) + by) % len(self.panes)])

    def action_maximise(self) -> None:
        """This pane alone, or all of them."""
        self.toggle_class("-maximised")
        desk_of(self).memory.change(maximised=self.has_class("-maximised"))
        self._tell_lists()

    def _tell_lists(self) -> None:
        """Names the keys of the other lists at the foot of a pane that has the screen to itself."""
        alone = self._one_pane or self.has_class("-maximised")
        for pane in self.panes:
            pane.beside = keyed(self, _LISTS) if alone else ""
            pane.retitle()

    @property
    def _one_pane(self) -> bool:
        return self.has_class("-narrow") or self.has_class("-low")

    def on_resize(self) -> None:
        """The keys stay with the pane that had them, also where its neighbours came and went."""
        if self.focused is None and self.tabs.active is not None:
            self.call_after_refresh(self.tabs.active.focus)
        self.call_after_refresh(self._tell_lists)

    # --- changes ---

    def follow(self, changes: Changes) -> None:
        """Repaints what changed."""
        self.repaint_top()
        overview = desk_of(self).overview
        fresh = overview is not None and not overview.artists and not overview.runs
        self._welcome(fresh and not desk_of(self).memory.now.greeted)
        for pane in self.panes:
            pane.follow(changes)
            pane.retitle()
        self.tabs.renew()

    def on_list_pane_counted(self) -> None:
        """The names of the panes tell it, too."""
        self.tabs.renew()

    def on_screen_resume(self) -> None:
        """Catches up after another screen."""
        for pane in self.panes:
            pane.renew()
        self.repaint_top()

    # --- tour ---

    def _welcome(self, new: bool) -> None:
        """Greets on a new label; the greeting goes by itself with the first artist, a tour under way stays."""
        if new and not self.tour.under_way:
            self.tour.begin()
            self.tour.focus()
        elif not new and self.tour.under_way and self.tour.place == 0:
            self.tour.end()

    def on_tour_moved(self, event: Tour.Moved) -> None:
        """Points at the part that the step is about; gives the keys back at the end."""
        event.stop()
        self.query(".-pointed").remove_class("-pointed")
        if not self.tour.under_way:
            if self.focused is None or self.focused is self.tour:
                self._activate(self.tabs.active or self.panes[1])
        elif self.tour.step.part:
            part = self.query_one(self.tour.step.part)
            part.add_class("-pointed")
            if isinstance(part, ListPane):
                self._bring(part)

    def action_tour(self) -> None:
        """Begins the tour, or goes on with it."""
        while self.app.screen is not self:
            self.app.pop_screen()
        if not self.tour.under_way:
            self.tour.begin(1)
        self.tour.focus()

    def action_calm(self) -> None:
        """Closes the tour."""
        self.tour.action_end()

    # --- the line ---

    @writes
    async def action_new_track(self) -> None:
        """Asks for a track."""
        taken = await ask(self, lambda door: door.commands.start_run())
        self._taken(taken, "A track is on its way.")

    @writes
    async def action_new_artist(self) -> None:
        """Asks for an artist."""
        taken = await ask(self, lambda door: door.commands.create_artist())
        self._taken(taken, "The writer thinks of a new artist.")

    def _taken(self, taken: Accepted | None, words: str) -> None:
        if taken is None:
            return
        desk_of(self).errands.add(taken.command_id)
        if waits := begins(desk_of(self), taken):
            self.notify(keyed(self, waits), title=words, severity="warning", markup=False)
        else:
            self.notify(words, markup=False)
            if self._one_pane:
                self._activate(self.panes[2])  # where it can be watched

    @writes
    async def action_cycle(self) -> None:
        """Stops the cycle, or starts it after a question: from then on songs are made, and paid for, unasked."""
        overview = desk_of(self).overview
        if overview is not None and overview.cycle.on:
            await self._set_cycle(on=False)
            return

        from console.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                work(self, partial(self._set_cycle, on=True), group="do", what="start the cycle")

        text = "The engine then makes one song after another by itself, until {line.cycle|c} stops it."
        self.app.push_screen(Confirm("Start the cycle?", keyed(self, text), yes="Start"), answered)

    async def _set_cycle(self, *, on: bool) -> None:
        if await ask(self, lambda door: door.commands.set_cycle(on)) is not None:
            self.notify("The cycle runs." if on else "The cycle stops after the runs at work.", markup=False)

    def action_pause(self) -> None:
        """Opens the menu of pauses."""
        from console.screens.pausing import PauseScreen

        self.app.push_screen(PauseScreen())

    def action_engine(self) -> None:
        """Opens the engine's screen; a lost engine is started at once."""
        from console.screens.engine import EngineScreen

        desk = desk_of(self)
        if desk.link.engine.state is LinkState.LOST and not desk.access.readonly:
            desk.link.start_engine()
            self.notify("The engine starts.", markup=False)
        self.app.push_screen(EngineScreen())

    def action_telegram(self) -> None:
        """Opens the bot's screen."""
        from console.screens.telegram import TelegramScreen

        self.app.push_screen(TelegramScreen())

    def action_away(self) -> None:
        """Shows again what happened while the operator was away."""
        from console.screens.away import tell_again

        tell_again(self.app, desk_of(self))

    def action_releases(self) -> None:
        """Opens the list of release packages."""
        from console.screens.releases import ReleasesScreen

        self.app.push_screen(ReleasesScreen())

    def action_deliveries(self) -> None:
        """Opens the list of deliveries."""
        from console.screens.deliveries import DeliveriesScreen

        self.app.push_screen(DeliveriesScreen())

    def action_targets(self) -> None:
        """Opens the list of targets."""
        from console.screens.targets import TargetsScreen

        self.app.push_screen(TargetsScreen())

    def action_albums(self) -> None:
        """Opens the list of EPs and albums."""
        from console.screens.albums import AlbumsScreen

        self.app.push_screen(AlbumsScreen())

    def action_calendar(self) -> None:
        """Opens the calendar of all artists."""
        from console.screens.calendar import CalendarScreen

        self.app.push_screen(CalendarScreen())

    def action_providers(self) -> None:
        """Opens the list of providers of music, stock video and trends."""
        from console.screens.providers import ProvidersScreen

        self.app.push_screen(ProvidersScreen())

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """Without a database nothing can be asked for; a small terminal has one pane at a time anyway."""
        if action in _ASKING and desk_of(self).link.trouble is not None:
            return "The database cannot be opened, so nothing can be asked of the engine."
        if action == "maximise" and self._one_pane:
            return keyed(self, "This terminal has room for one pane only: {pane.1|1} to {pane.6|6} change it.")
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The way back ends here; Escape closes the tour while there is one."""
        if action == "back" or (action == "calm" and not self.tour.under_way):
            return False
        return super().check_action(action, parameters)
