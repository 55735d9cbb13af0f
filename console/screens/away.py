"""While you were away: what was made, decided, spent and broken, in one look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from console.desk import Desk, ask, work
from console.human import ago, clock, many, money
from console.keymap.live import keyed
from console.presence import moment
from console.safe import line, lines, own
from console.screens.dialog import Dialog
from console.widgets.answer import Answer
from engine.domain.naming import whom

if TYPE_CHECKING:
    from typing import Any

    from engine.api.since import Found, Since

_WORDS = {
    "approve": "approved",
    "reject": "rejected",
    "new_version": "sent back",
    "expire": "expired",
    "undo": "taken back",
}


class AwayScreen(Dialog[None]):
    """A summary that any of the usual keys puts away."""

    DEFAULT_CSS = """
    AwayScreen { align: center middle; }
    AwayScreen > Vertical {
        width: 78; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    AwayScreen VerticalScroll { height: auto; max-height: 18; }
    AwayScreen Horizontal { height: auto; align-horizontal: right; }
    """
    HELP: ClassVar[str] = (
        "What happened since you last pressed a key in a console of this label. It comes by itself when a console "
        "opens, and when you come back after an hour; where nothing happened it stays away."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,space,w", "close", "Close", id="away.close", tooltip="Close the summary"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="move.away-down", tooltip="One line down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="move.away-up", tooltip="One line up"),
    ]

    def __init__(self, since: Since, now: datetime) -> None:
        super().__init__()
        self._since = since
        self._now = now

    def body(self) -> Iterable[Widget]:
        """The summary and one answer."""
        with Vertical() as box:
            box.border_title = Content("While you were away")
            with VerticalScroll(can_focus=False):
                yield Static(lines(story(self._since, self._now)))
            with Horizontal():
                yield Answer(
                    Content(keyed(self, "Close ({away.close|esc})")), id="close", variant="primary", compact=True
                )

    def on_mount(self) -> None:
        """Enter closes it too."""
        self.query_one("#close").focus()

    def on_button_pressed(self, event: Answer.Pressed) -> None:
        """Closes it."""
        event.stop()
        self.dismiss()

    def action_close(self) -> None:
        """Closes it."""
        self.dismiss()

    def action_scroll(self, by: int) -> None:
        """Shows more of it."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def story(since: Since, now: datetime) -> Iterator[Content]:
    """The summary, a line for each kind of thing and one for each thing that is named."""
    yield own((f"since {clock(since.moment)} ({ago(since.moment, now)})", "$text-muted"))
    if not since.anything:
        yield Content("Nothing happened.")
    yield from _counted("♪", since.made, "song made", "songs made", " by ")
    yield from _counted("■", since.packed, "release packed", "releases packed", " by ")
    if since.decisions:
        total = sum(decided.count for decided in since.decisions)
        yield own(("✓ ", "$accent"), (many(total, "decision"), "bold"))
        for decided in since.decisions:
            word = _WORDS.get(decided.decision, decided.decision)
            by = line(whom(decided.actor, decided.channel, decided.actor_name), limit=60)
            yield own(f"    {decided.count:,} {word} by ", by)
    yield from _counted("!", since.failed, "run failed", "runs failed", " in ", tone="$error")
    yield from _counted("!", since.errors, "new error", "new errors", " in ", tone="$error")
    yield from _counted("●", since.born, "artist born", "artists born", ", ")
    yield from _counted("□", since.retired, "artist retired", "artists retired", ": ")
    if since.spent_microusd:
        yield own(("$ ", "$accent"), (f"{money(since.spent_microusd)} spent", "bold"))
    waiting = f"{many(since.waiting, 'song')} to review" if since.waiting else "nothing waits for you"
    yield own(("? " if since.waiting else "✓ ", "$warning" if since.waiting else "$success"), (waiting, "bold"))


def _counted(sign: str, found: Found, one: str, more: str, between: str, *, tone: str = "$accent") -> Iterator[Content]:
    if not found.count:
        return
    yield own((f"{sign} ", tone), (f"{found.count:,} {one if found.count == 1 else more}", "bold"))
    for name, beside in found.newest:
        yield own("    ", line(name or "no title yet", limit=60), (between, "$text-muted"), line(beside, limit=80))
    if found.count > len(found.newest):
        yield own((f"    and {found.count - len(found.newest):,} more", "$text-muted"))


# --- when it comes ---


def greet(app: App[Any], desk: Desk, then_say: Callable[[], None]) -> None:
    """A console opened and something is new: tells it. See `Presence.greets`. Other news waits until it is closed."""
    then = desk.presence.told_from
    assert then is not None
    work(app, partial(_tell, app, desk, then, then_say), group="away", what="while you were away")


def welcome_back(app: App[Any], desk: Desk, before: datetime) -> None:
    """A key after a long time: tells what happened, counted from the last key in any console of this label."""
    elsewhere = moment(desk.memory.look().seen_at)
    then = max(before, elsewhere) if elsewhere is not None else before
    desk.presence.told_from = then
    work(app, partial(_tell, app, desk, then), group="away", what="while you were away")


def tell_again(app: App[Any], desk: Desk) -> None:
    """The operator asked for it: the last absence again."""
    then = desk.presence.told_from
    if then is None:
        app.notify("You were not away yet: this label was never left.", markup=False)
        return
    work(app, partial(_tell, app, desk, then, asked=True), group="away", what="while you were away")


async def _tell(
    app: App[Any], desk: Desk, then: datetime, then_say: Callable[[], None] = lambda: None, *, asked: bool = False
) -> None:
    since = await ask(app, lambda door: door.queries.since(then))
    if since is None or not (since.anything or asked):
        then_say()
    elif isinstance(app.screen, ModalScreen):
        app.notify("Things happened while you were away: the palette shows them.", markup=False)
        then_say()
    else:
        app.push_screen(AwayScreen(since, desk.now()), lambda _: then_say())
