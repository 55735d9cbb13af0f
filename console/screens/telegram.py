"""The bot in a chat: whether it listens, who may speak to it, a one-time code for one more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from console.desk import ask, desk_of, work, writes
from console.human import ago, clock
from console.keymap.live import keyed
from console.marks import STYLES, Mark, Tone
from console.safe import block, line, lines, own
from console.screens.dialog import Dialog
from console.widgets.menu import Menu
from engine.domain.chat import Ear, Role

if TYPE_CHECKING:
    from console.messages import Changes
    from engine.api.chat_models import Enrolment, TelegramStatus

EARS: dict[Ear, Mark] = {
    Ear.OFF: Mark("○", "off", Tone.DIM),
    Ear.STARTING: Mark("◔", "starts", Tone.ACCENT),
    Ear.LISTENING: Mark("●", "listens", Tone.GOOD),
    Ear.ELSEWHERE: Mark("!", "another engine listens", Tone.WARN),
    Ear.CONFLICT: Mark("✗", "another program listens", Tone.BAD),
    Ear.FLOOD: Mark("◔", "was asked to pause", Tone.WARN),
    Ear.OFFLINE: Mark("!", "cannot reach Telegram", Tone.WARN),
    Ear.SILENT: Mark("!", "the engine does not answer", Tone.BAD),
    Ear.REFUSED: Mark("✗", "token refused", Tone.BAD),
}
_FOOT = (
    "A code for an owner {telegram.owner|o}, a reviewer {telegram.reviewer|r}, a viewer {telegram.viewer|v}. "
    "{telegram.remove|x} removes the chosen one, {telegram.close|esc} closes."
)


class TelegramScreen(Dialog[None]):
    """Facts above, people below. A code is shown once, here and nowhere else."""

    DEFAULT_CSS = """
    TelegramScreen { align: center middle; }
    TelegramScreen > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    TelegramScreen Menu { height: auto; max-height: 10; margin-top: 1; }
    TelegramScreen #foot { margin-top: 1; color: $text-muted; }
    """
    HELP: ClassVar[str] = (
        "The bot shows songs that wait in a chat and takes decisions there. A code lets one person in, once, for ten "
        "minutes: an owner does everything, a reviewer judges songs, a viewer looks."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "code('owner')", "Owner", id="telegram.owner", tooltip="Show a code that lets an owner in"),
        Binding("r", "code('reviewer')", "Reviewer", id="telegram.reviewer", tooltip="Show a code for a reviewer"),
        Binding("v", "code('viewer')", "Viewer", id="telegram.viewer", tooltip="Show a code for one who looks on"),
        Binding("x", "remove", "Remove", id="telegram.remove", tooltip="Take the chosen person off the list"),
        Binding("escape,B", "close", "Close", id="telegram.close", tooltip="Close this screen"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._facts = Static()
        self._people = Menu()
        self._status: TelegramStatus | None = None
        self._code: Enrolment | None = None

    def compose(self) -> ComposeResult:
        """Facts, people, keys."""
        with Vertical() as box:
            box.border_title = Content("Telegram")
            yield self._facts
            yield self._people
            yield Static(Content(keyed(self, _FOOT)), id="foot")

    def on_mount(self) -> None:
        """Reads, and takes the keys."""
        self._people.focus()
        self._show()
        self._read()

    def follow(self, _changes: Changes) -> None:
        """The bot's state or its people may be others now."""
        self._read()

    def _read(self) -> None:
        if desk_of(self).link.trouble is None:
            work(self, self._look, group="telegram", what="the bot's state", exclusive=True)

    async def _look(self) -> None:
        self._status = await ask(self, lambda door: door.queries.telegram())
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        self._facts.update(lines(self._lines()))
        people = self._status.users if self._status is not None else ()
        chosen = self._people.highlighted
        self._people.clear_options()
        self._people.add_options(
            Option(own((f" {row.role:<10}", "bold"), line(row.name, limit=40), (f"  {row.user_id}", "$text-muted")))
            for row in people
        )
        self._people.display = bool(people)
        if people:
            self._people.highlighted = min(chosen or 0, len(people) - 1)

    def _lines(self) -> list[Content]:
        desk = desk_of(self)
        status, settings = self._status, desk.settings
        if status is None:
            return [own(("…", "$text-muted"))]
        mark = EARS[status.state]
        name = f"@{status.username}" if status.username else "the bot"
        found = [own((f"{mark.sign} ", STYLES[mark.tone]), line(name, limit=40), (f" {mark.word}", STYLES[mark.tone]))]
        if settings.telegram_bot_token is None:
            found = [own(("○ no token: TELEGRAM_BOT_TOKEN enables the bot", "$text-muted"))]
        if status.detail:
            found.append(block(status.detail, "$warning", limit=400))
        if status.retry_at is not None:
            found.append(own((f"tried again at {clock(status.retry_at)}", "$text-muted")))
        if status.heard_at is not None:
            found.append(own((f"last heard of Telegram {ago(status.heard_at, desk.now())}", "$text-muted")))
        if settings.telegram_user_ids is not None:
            roles = ", ".join(f"{user} {role}" for user, role in settings.telegram_user_ids.roles)
            found.append(own((f"by TELEGRAM_USER_IDS: {roles}", "$text-muted")))
        chats = ", ".join(map(str, settings.telegram_chat_id)) or "private chats of who enrolled"
        found.append(own((f"speaks in: {chats}", "$text-muted")))
        for chat in status.shut:
            found.append(
                block(f"! chat {chat.chat_id}, {ago(chat.since, desk.now())}: {chat.why}", "$warning", limit=300)
            )
        if self._code is not None:
            until = clock(self._code.expires_at)
            found += [Content(""), own((f"/start {self._code.code}", "bold $accent"))]
            found.append(own((f"typed to the bot in a private chat until {until}: {self._code.role}", "$text-muted")))
        return found

    @writes
    def action_code(self, role: str) -> None:
        """Shows a new code; one that was open ends."""
        work(self, partial(self._enrol, Role(role)), group="code", what="a code", exclusive=True)

    async def _enrol(self, role: Role) -> None:
        self._code = await ask(self, lambda door: door.commands.enrol(role))
        self._show()

    @writes
    def action_remove(self) -> None:
        """Asks, then takes the chosen person off the list."""
        from console.screens.confirm import Confirm

        people = self._status.users if self._status is not None else ()
        if self._people.highlighted is None or not people:
            self.notify("Nobody has enrolled by a code.", markup=False)
            return
        row = people[self._people.highlighted]

        def answered(yes: bool | None) -> None:
            if yes:
                work(self, partial(self._remove, row.user_id), group="remove", what="removing a person")

        question = "Buttons that stand in that chat do nothing any more."
        title = f"Take {row.user_id} off the list?"
        self.app.push_screen(Confirm(title, question, yes="Take off", no="Keep"), answered)

    async def _remove(self, user_id: int) -> None:
        await ask(self, lambda door: door.commands.remove_chat_user(user_id))
        self._read()

    def action_close(self) -> None:
        """Closes the screen."""
        self.dismiss()
