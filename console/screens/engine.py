"""The engine: how it does, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console.desk import ask, desk_of, work, writes
from console.human import ago, clock, span
from console.keymap.live import keyed
from console.safe import block, line, lines, own
from console.screens.dialog import Dialog
from console.supervision import EngineView, LinkState
from console.widgets.answer import Answer
from console.widgets.topline import ENGINE, engine_words
from engine.lock import Mode, Part

if TYPE_CHECKING:
    from console.desk import Desk
    from console.messages import Changes
    from engine.api.screen_models import Heartbeat

_MODES = {
    Mode.EMBEDDED: "embedded: a console started it",
    Mode.HEADLESS: "headless: started without a console",
    Mode.ONESHOT: "for one command, then it ends",
}
_ANSWERS = {
    "start": "Start ({engine.start|s})",
    "restart": "Restart ({engine.restart|r})",
    "stop": "Stop ({engine.stop|x})",
    "detach": "Detach ({engine.detach|d})",
    "attach": "Attach ({engine.attach|a})",
}
_SILENT = {
    Part.WORKER: (
        "Its worker hangs or was stopped. The supervisor ends it after a minute and starts another, which goes on with "
        "the runs; restart does so at once. If somebody stopped it with a signal, kill -CONT and its pid wakes it."
    ),
    Part.SUPERVISOR: (
        "Its supervisor hangs or was stopped. Restart and stop end both processes by force; runs at work go on "
        "at the next start. If somebody stopped it with a signal, kill -CONT and its pid wakes it."
    ),
}
_LOOK_S = 1.0


class EngineScreen(Dialog[None]):
    """Facts above, answers below; only what is possible now can be chosen."""

    DEFAULT_CSS = """
    EngineScreen { align: center middle; }
    EngineScreen > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    EngineScreen VerticalScroll { height: auto; max-height: 16; }
    EngineScreen Horizontal { height: auto; margin-top: 1; }
    EngineScreen Answer { margin-right: 1; min-width: 8; }
    """
    HELP: ClassVar[str] = (
        "The engine makes the songs; this console only looks on and decides. Stopping it loses nothing: runs at work "
        "go on at the next start. Detach lets go of it: it works on, and this console neither watches nor restarts it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", "Start", id="engine.start", tooltip="Start the engine now"),
        Binding("r", "restart", "Restart", id="engine.restart", tooltip="Stop the engine and start it again"),
        Binding("x", "stop", "Stop", id="engine.stop", tooltip="Stop the engine; runs go on at the next start"),
        Binding("d", "detach", "Detach", id="engine.detach", tooltip="Let go of the engine; it works on"),
        Binding("a", "attach", "Attach", id="engine.attach", tooltip="Watch the engine again"),
        Binding("escape,e", "close", "Close", id="engine.close", tooltip="Close this screen"),
        Binding("left,h", "app.focus_previous", "Left", show=False, id="move.engine-left", tooltip="The answer before"),
        Binding("right,l", "app.focus_next", "Right", show=False, id="move.engine-right", tooltip="The next answer"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._beat: Heartbeat | None = None
        self._words = Static()
        self._answers: dict[str, Answer] = {}
        self._close: Answer | None = None

    def body(self) -> Iterable[Widget]:
        """Facts and answers."""
        self._answers = {
            name: Answer(Content(keyed(self, words)), id=name, compact=True) for name, words in _ANSWERS.items()
        }
        self._close = Answer(Content(keyed(self, "Close ({engine.close|esc})")), id="close", compact=True)
        with Vertical() as box:
            box.border_title = Content("Engine")
            with VerticalScroll(can_focus=False):
                yield self._words
            with Horizontal():
                yield from self._answers.values()
                yield self._close

    def on_mount(self) -> None:
        """Looks at the heart-beat while it is open."""
        self.query_one("#close").focus()
        self.set_interval(_LOOK_S, self._look)
        self._look()

    def follow(self, _changes: Changes) -> None:
        """The engine may have moved."""
        self._show()

    def _look(self) -> None:
        if desk_of(self).link.trouble is None:
            work(self, self._read_beat, group="beat", what="heart-beat", exclusive=True)
        self._show()

    async def _read_beat(self) -> None:
        self._beat = await ask(self, lambda door: door.queries.heartbeat())
        self._show()

    def _show(self) -> None:
        if self._close is None or not self._close.is_attached:
            return
        facts, shown = self._facts(), self._words.content
        if not isinstance(shown, Content) or not shown.is_same(facts):
            self._words.update(facts)
        for name, button in self._answers.items():
            button.display = not self.why_not(name, ())
        if self.focused is None or not self.focused.display:
            self._close.focus()

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """Why this cannot be done now; empty where it can."""
        return cannot(desk_of(self), action)

    def _facts(self) -> Content:
        desk = desk_of(self)
        engine, now = desk.link.engine, desk.now()
        mark = ENGINE[engine.state]
        found = [own((f"{mark.sign} {engine_words(engine)}", f"bold {_tone(engine)}".strip()))]
        rows: list[tuple[str, Content]] = []
        if engine.pid is not None:
            rows.append(("supervisor", Content(f"pid {engine.pid}")))
        if engine.worker is not None:
            rows.append(("worker", Content(f"pid {engine.worker}")))
        if engine.mode is not None:
            rows.append(("mode", Content(_MODES[engine.mode])))
        if engine.since and (since := _moment(engine.since)) is not None:
            rows.append(("since", Content(f"{clock(since)} ({ago(since, now)})")))
        if engine.silent is not None:
            part, seconds = engine.silent
            rows.append(("silent", Content(f"{part}: last sign of life {span(seconds)} ago")))
        if self._beat is not None and engine.up:
            rows.append(("version", line(self._beat.version)))
            rows.append(("heart-beat", Content(f"{span((now - self._beat.at).total_seconds())} ago")))
        found += [own((f"  {label:<12}", "$text-muted"), value) for label, value in rows]
        if explanation := _explain(engine):
            found.append(Content(explanation))
        if engine.words:
            found += [own(("last words", "$text-muted")), block(engine.words[-1500:], "$warning", limit=1500)]
        return lines(found)

    # --- answers ---

    async def on_button_pressed(self, event: Answer.Pressed) -> None:
        """Answers."""
        event.stop()
        await self.app.run_action(str(event.button.id), self)

    @writes
    def action_start(self) -> None:
        """Starts an engine, at once also where the console would wait."""
        desk_of(self).link.start_engine()
        self.notify("The engine starts.", markup=False)

    @writes
    def action_restart(self) -> None:
        """Stops the engine and starts it again."""
        desk = desk_of(self)
        desk.engine_news.expect()
        desk.link.restart_engine()
        self.notify("The engine stops, then starts again.", markup=False)
        self._show()

    @writes
    def action_stop(self) -> None:
        """Asks whether to stop the engine."""
        from console.screens.confirm import Confirm

        link = desk_of(self).link

        def answered(yes: bool | None) -> None:
            if yes and not link.stop_engine():
                self.notify("There is no engine to stop.", markup=False)
            if self.is_mounted:
                self._show()

        question = "Runs at work stop where they are and go on at the next start; nothing is lost."
        self.app.push_screen(Confirm("Stop the engine?", question, yes="Stop it", no="Let it run"), answered)

    def action_detach(self) -> None:
        """Lets go of the engine."""
        desk_of(self).link.detach()
        self.notify("Detached: the engine works on without this console.", markup=False)

    def action_attach(self) -> None:
        """Watches the engine again."""
        desk_of(self).link.attach()
        self.notify("Attached.", markup=False)

    def action_close(self) -> None:
        """Closes the screen."""
        self.dismiss()


def cannot(desk: Desk, action: str) -> str:
    """Why an action of the engine's screen cannot be done now; empty where it can."""
    engine = desk.link.engine
    if engine.state is LinkState.UNKNOWN:
        return "The console is still looking for the engine."
    detached = engine.state is LinkState.DETACHED
    leaving = engine.state is LinkState.STOPPING
    reasons = {
        "start": "The engine is there already." if engine.up else "It works on: attach first." if detached else "",
        "restart": "No engine runs: start one." if not engine.up else "It is stopping." if leaving else "",
        "stop": "No engine runs." if not engine.up else "It is stopping already." if leaving else "",
        "detach": "No engine runs." if not engine.up else "",
        "attach": "" if detached else "This console is attached.",
    }
    if action in ("start", "restart", "stop") and (refusal := desk.access.refusal()) is not None:
        return refusal.message
    return reasons.get(action, "")


def _tone(engine: EngineView) -> str:
    from console.marks import STYLES

    return STYLES[ENGINE[engine.state].tone]


def _moment(since: str) -> datetime | None:
    try:
        return datetime.fromisoformat(since)
    except ValueError:
        return None


def _explain(engine: EngineView) -> str:
    """What the state means for a person, where that is not plain."""
    if engine.state is LinkState.DETACHED:
        return "This console has let go of it. It works on; attach shows how it does."
    if engine.state is LinkState.STOPPED:
        return "Nothing is made until it runs."
    if engine.state is LinkState.RECOVERING:
        return "Its worker fell; the supervisor starts a new one by itself."
    if engine.silent is not None:
        return _SILENT[engine.silent[0]]
    if engine.state is LinkState.LOST and engine.given_up:
        return "It ended without being asked to. It is not tried again by itself: read the last words, start it."
    if engine.state is LinkState.LOST and engine.again_in_s is not None:
        return "It ended without being asked to. The console starts it again; start does so at once."
    if engine.state is LinkState.LOST:
        return "It ended without being asked to. This console did not start it, so it does not start it again."
    return ""
