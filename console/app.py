"""The app: one desk, one stack of screens, and the few actions that work everywhere."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.driver import Driver
from textual.filter import LineFilter
from textual.notifications import Notify

from console.attention import Said, keep_clear, reword, say, somebody_is_here, tell_news, unsay
from console.delivery_news import deliveries_moved
from console.desk import Desk, Follows, complain, work
from console.drawing import line_filters
from console.hearing import code_moved, hear_back, waits_in_view
from console.keymap.names import shown
from console.messages import Changed, Changes, DoorOpened, DoorStuck, EngineMoved
from console.news import LOST, toasts
from console.possible import why_not
from console.repeats import Repeats
from console.screens.main import MainScreen
from console.screens.page import ACROSS, DOWN
from console.themes import ANSI, APP_CSS, NIGHT, THEMES, after
from console.turns import ENDLESS, NEWS, Turns, parted
from engine.domain.errors import NoktvrnError
from engine.safety.text import plain

log = logging.getLogger(__name__)

_NOTE_S = 60.0
"""How often it is written down that the operator is here, where a key was pressed meanwhile."""


def _actions() -> Any:
    from console.palette import Actions

    return Actions


def _names() -> Any:
    from console.palette import Names

    return Names


class NoktvrnApp(App[int], inherit_bindings=False):
    """The console."""

    TITLE = "noktvrn"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[Callable[[], Any]]] = {_actions, _names}
    CSS = APP_CSS
    HORIZONTAL_BREAKPOINTS, VERTICAL_BREAKPOINTS = ACROSS, DOWN
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "Help", id="app.help", tooltip="What can be done here"),
        Binding(
            "ctrl+p,colon",
            "command_palette",
            "Palette",
            show=False,
            id="app.palette",
            tooltip="Actions, songs and artists by name",
        ),
        Binding("T", "next_theme", "Theme", show=False, id="app.theme", tooltip="The next look"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Leave the console; asks about the engine"),
        Binding(
            "ctrl+c", "interrupt", "Copy", show=False, id="app.interrupt", tooltip="Copy the selection, if there is one"
        ),
    ]

    def __init__(self, desk: Desk) -> None:
        # Without colour the terminal's own look is the only one in which every sign stays readable.
        plain_look = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if plain_look else None)
        self.desk = desk
        desk.old_code.since = desk.now()
        self._last_filters = line_filters(desk.drawing, colour=not plain_look)
        if not desk.drawing.moves:
            self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        wanted = desk.memory.now.theme
        self.theme = ANSI if plain_look else wanted if wanted in self.available_themes else NIGHT
        # The sheet is parsed with this look from the start; Textual would parse it all again for a theme that it was
        # told before the first picture (see `refresh_css`).
        self._parsed_for = self.get_css_variables()
        self.stylesheet.set_variables(self._parsed_for)
        self.hung_up = False
        self._repeats = Repeats()
        self.said: list[Said] = []
        self._turns = Turns(self, super().on_event)
        self._looking = False
        self._look_again = False
        self._pending = Changes()
        desk.alerts.bell, desk.alerts.notify = desk.settings.console_bell == "on", desk.settings.console_notify

    def refresh_css(self, animate: bool = True) -> None:
        """Parses and applies the sheet anew where the look is another one than it was parsed for."""
        variables = self.get_css_variables()
        if variables != self._parsed_for:
            self._parsed_for = variables
            super().refresh_css(animate)

    def get_default_screen(self) -> MainScreen:
        """The overview."""
        return MainScreen(self.size)

    def on_mount(self) -> None:
        """Takes signals; the link starts once the first picture is out, because its libraries are heavy."""
        self._listen_to_signals()
        if self.desk.keys:
            from console.keymap.changes import as_keymap

            self.set_keymap(as_keymap(self.desk.keys))
        self.call_after_refresh(self._begin)

    def on_unmount(self) -> None:
        """Lets go of the link; remembers that the operator was here."""
        self.desk.presence.note(self.desk.memory)
        self.desk.link.close()

    def _begin(self) -> None:
        gc.freeze()  # what the screen is made of stays; leaving it out makes every later collection short
        gc.enable()
        self._turns.begin()
        self.run_worker(
            lambda: self.desk.link.run(self.post_message),
            group=ENDLESS,
            exclusive=True,
            thread=True,
            exit_on_error=False,
            description="engine and database",
        )
        self.set_interval(_NOTE_S, lambda: self.desk.presence.note(self.desk.memory))
        for note in self.desk.notes:
            self.notify(plain(note), title="Settings", severity="warning", timeout=10, markup=False)

    def _listen_to_signals(self) -> None:
        if self.is_headless:
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.hang_up)
        loop.add_signal_handler(signal.SIGTERM, self.hang_up)

    def hang_up(self) -> None:
        """The line dropped, or somebody ended the console: leaves; the settings say what becomes of the engine."""
        self.hung_up = True
        self.exit(0)

    def get_driver_class(self) -> type[Driver]:
        """The way to the terminal."""
        from console.terminal import for_real_lines

        return for_real_lines(super().get_driver_class())

    # --- what the link tells ---

    def on_door_opened(self, _message: DoorOpened) -> None:
        """The database is open: look at everything."""
        self._look(Changes(everything=True))

    def on_door_stuck(self, _message: DoorStuck) -> None:
        """The database cannot be opened: say why, and stay."""
        if self.desk.link.trouble is not None:
            complain(self, self.desk.link.trouble)
        self._repaint(Changes())

    def on_changed(self, _message: Changed) -> None:
        """Something is new."""
        self._look(self.desk.link.take_changes())

    def on_engine_moved(self, _message: EngineMoved) -> None:
        """The engine's state changed."""
        toast = self.desk.engine_news.look(self.desk.link.engine)
        if not self.desk.engine_news.lost:
            unsay(self, LOST)
        if toast is not None:
            say(self, toast)
        self._repaint(Changes())

    def _look(self, changes: Changes) -> None:
        """Reads the overview, then lets every screen repaint; never twice at once."""
        if self._looking:
            self._pending = self._pending.plus(
                ((kind, ref) for kind, refs in changes.refs.items() for ref in refs), everything=changes.everything
            )
            self._look_again = True
            return
        self._looking, self._look_again = True, False
        self._pending = Changes()
        work(self, partial(self._look_now, changes), group=NEWS, what="overview")

    async def _look_now(self, changes: Changes) -> None:
        try:
            overview = await self.desk.link.ask(lambda door: door.queries.overview())
        except NoktvrnError as error:
            log.warning("the overview could not be read: %s", error)
        else:
            first = self.desk.overview is None
            before, errands = self.desk.overview, self.desk.errands
            budget, back = self.desk.settings.daily_budget_microusd, errands.returned(before, overview)
            back = back or await waits_in_view(self, before, overview)
            news = toasts(before, overview, budget_microusd=budget, taken_back=back)
            self.desk.overview = overview
            self._repaint(changes)
            tell_news(self, news, first=first)
            await hear_back(self, changes)
            await code_moved(self, changes)
            await deliveries_moved(self, changes)
        finally:
            self._looking = False
        if self._look_again:
            self._look(self._pending)

    def _repaint(self, changes: Changes) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Follows):
                screen.follow(changes)

    # --- keys and lines ---

    async def run_action(
        self,
        action: str | tuple[str, str, tuple[object, ...]],
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Does it, or says why it is impossible: keys, palette entries and clicks all come by here."""
        if reason := why_not(self, action, default_namespace):
            self.notify(reason, severity="warning", markup=False)
            return True
        return await super().run_action(action, default_namespace, namespaces)

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """Without colour there is one look."""
        if action == "next_theme" and self.no_color:
            return "NO_COLOR is set, so there is one look: the terminal's own, without colour."
        return ""

    def on_notify(self, event: Notify) -> None:
        """Before a toast is shown: it takes the place of one that says the same."""
        old = self._repeats.add(event.notification, self._notifications)
        if old is not None:
            self._unnotify(old, refresh=False)

    def _refresh_notifications(self) -> None:
        """Every screen that comes to the top gets the toasts that stand, in words that hold there."""
        if self.said and self.screen_stack:
            reword(self)
        if self.screen_stack:
            keep_clear(self)
        super()._refresh_notifications()

    def on_rows_moved(self) -> None:
        """No toast stands over the row in use."""
        if len(self._notifications):
            keep_clear(self)

    def get_key_display(self, binding: Binding) -> str:
        """The key as hints show it."""
        return binding.key_display or shown(binding.key)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every finished line goes through."""
        return [*super().get_line_filters(), *self._last_filters]

    def on_command_palette_opened(self) -> None:
        """Its cursor blinks only where things may move."""
        from textual.widgets import Input

        for field in self.screen.query(Input):
            field.cursor_blink = self.desk.drawing.moves

    # --- the operator ---

    async def on_event(self, event: events.Event) -> None:
        """Every key waits for its turn; every key and click says that somebody is here."""
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            for key in parted(event):
                self._turns.add(key)
        else:
            await super().on_event(event)
        if isinstance(event, (events.Key, events.MouseDown)):
            somebody_is_here(self)

    # --- actions ---

    def action_help(self) -> None:
        """Help for what has the focus."""
        from console.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_next_theme(self) -> None:
        """The next look, remembered."""
        self.theme = after(self.theme)
        self.notify(f"Theme: {self.theme}", timeout=2, markup=False)

    def watch_theme(self, name: str) -> None:
        """Remembers the choice."""
        if self.is_running and not self.no_color:
            self.desk.memory.change(theme=name)

    def action_interrupt(self) -> None:
        """Copies what is selected; otherwise tells how to leave, which is what people press it for."""
        if selected := self.screen.get_selected_text():
            from console.copying import Thing, clean, copy

            work(self, partial(copy, self, self.desk, Thing("selection", clean(selected))), group="copy", what="copy")
            return
        keys = [key for key, active in self.screen.active_bindings.items() if active.binding.id == "app.quit"]
        self.notify(f"{shown(keys[0])} leaves the console." if keys else "Nothing is selected.", markup=False)

    async def action_quit(self) -> None:
        """Leaves; asks first where an engine runs that this console may stop, and where a list is being saved."""
        engine = self.desk.link.engine if self.desk.link.engine.up and not self.desk.access.readonly else None
        if engine is None and self.desk.saving is None:
            self.exit(0)
            return
        from console.screens.leaving import Leave, LeaveScreen

        def answered(choice: Leave | None) -> None:
            if choice is Leave.STOP:
                self.desk.link.stop_engine()
            if choice in (Leave.STOP, Leave.KEEP):
                self.exit(0)

        if not isinstance(self.screen, LeaveScreen):
            self.push_screen(LeaveScreen(engine, self.desk.saving), answered)
