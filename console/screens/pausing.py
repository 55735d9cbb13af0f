"""The pauses: three scopes, how each stands and since when, each a key away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from console.desk import ask, desk_of, work, writes
from console.human import ago, clock
from console.keymap.live import keyed
from console.safe import Hung, line, lines, own
from console.screens.dialog import Dialog
from console.widgets.menu import Menu
from engine.domain.naming import whom

if TYPE_CHECKING:
    from console.messages import Changes
    from engine.api.models import SwitchState

SCOPES: dict[str, tuple[str, str]] = {
    "all": ("all work", "no run starts, and runs at work wait"),
    "spending": ("spending", "nothing that costs money is called"),
    "publishing": ("publishing", "nothing leaves this machine"),
}


_WIDTH, _AROUND, _INDENT = 76, 6, 16
"""Cells of the menu, of what stands around its words, and before what a line says of its scope."""
_CLOSES = "{pauses.close|esc} closes."
_FOOT = f"The key switches it; a pause lasts over restarts. {_CLOSES}"
KEYS = {"all": "{pauses.all|a}", "spending": "{pauses.spending|s}", "publishing": "{pauses.publishing|u}"}


class PauseScreen(Dialog[None]):
    """Each scope's pause is switched by one key; the menu stays, and shows what others switch meanwhile.

    The key that opens it does not close it: `p` `a`, pressed again, must let all work go on and never reach the `a` of
    the screen below.
    """

    DEFAULT_CSS = """
    PauseScreen { align: center middle; }
    PauseScreen > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    PauseScreen Static { margin-top: 1; color: $text-muted; }
    """
    HELP: ClassVar[str] = (
        "Pauses hold until somebody ends them, over restarts too. The cycle is a switch of its own: it says whether "
        "new runs start by themselves."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "switch('all')", "All work", id="pauses.all", tooltip="Pause all work, or let it go on"),
        Binding("s", "switch('spending')", "Spending", id="pauses.spending", tooltip="Pause what costs money, or not"),
        Binding(
            "u", "switch('publishing')", "Publishing", id="pauses.publishing", tooltip="Pause what is published, or not"
        ),
        Binding("escape", "close", "Close", id="pauses.close", tooltip="Close this menu"),
    ]

    def body(self) -> Iterable[Widget]:
        """A line for each scope, and how to leave."""
        with Vertical() as box:
            box.border_title = Content("Pause")
            yield Menu(*(Option(words) for words in self._lines()))
            refusal = desk_of(self).access.refusal()
            yield Static(Content(keyed(self, _FOOT if refusal is None else f"{refusal.message} {_CLOSES}")))

    def on_mount(self) -> None:
        """Keys go to the list."""
        self.query_one(Menu).focus()

    def follow(self, _changes: Changes) -> None:
        """Somebody may have switched elsewhere."""
        self._renew()

    def _renew(self) -> None:
        options = self.query_one(Menu)
        for index, words in enumerate(self._lines()):
            prompt = options.get_option_at_index(index).prompt
            if not (isinstance(prompt, Content) and prompt.is_same(words)):
                options.replace_option_prompt_at_index(index, words)

    def on_resize(self) -> None:
        """The lines are broken for the width there is."""
        self._renew()

    def _lines(self) -> list[Content]:
        desk = desk_of(self)
        pauses = desk.overview.pauses if desk.overview is not None else {}
        return [
            lines(
                [
                    own((f" {keyed(self, KEYS[scope])}  ", "bold $accent"), (f"{name:<12}", "bold"), head),
                    *Hung(Content(" " * _INDENT), rest).wrap(min(_WIDTH, self.app.size.width) - _AROUND),
                ]
            )
            for scope, (name, what) in SCOPES.items()
            for head, rest in [_state(pauses.get(scope), what, desk.now())]
        ]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click or Enter switches the line's scope."""
        event.stop()
        self.action_switch(list(SCOPES)[event.option_index])

    @writes
    def action_switch(self, scope: str) -> None:
        """Switches one scope's pause."""
        work(self, partial(self._switch, scope), group="switch", what="pause")

    async def _switch(self, scope: str) -> None:
        # Asked for anew: what stands here may be a moment old, and must not switch the wrong way.
        overview = await ask(self, lambda door: door.queries.overview())
        if overview is None:
            return
        if overview.pauses[scope].on:
            await ask(self, lambda door: door.commands.resume(scope))
        else:
            await ask(self, lambda door: door.commands.pause(scope))

    def action_close(self) -> None:
        """Closes the menu."""
        self.dismiss()


def _state(switch: SwitchState | None, what: str, now: datetime) -> tuple[Content, Content]:
    """How a scope stands, in two lines."""
    if switch is None:
        return own(("…", "$text-muted")), own((what, "$text-muted"))
    if not switch.on:
        return own(("▸ goes on", "$success")), own((f"a pause: {what}", "$text-muted"))
    since = f"since {clock(switch.at)} ({ago(switch.at, now)})" if switch.at is not None else ""
    by = f"by {whom(switch.actor, switch.channel, switch.actor_name)}"
    return (
        own(("‖ paused", "bold $warning"), f"  {since}"),
        own(
            line(by, "$text-muted", limit=60),
            (": " if switch.reason else "", "$text-muted"),
            line(switch.reason, limit=200),
        ),
    )
