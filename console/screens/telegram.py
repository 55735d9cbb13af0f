"""The bot in a chat: whether it listens, who may speak to it, a one-time code for one more."""

from __future__ import annotations

from collections.abc import Mapping
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
    from engine.api.chat_models import ChatRow, ChatUserRow, Enrolment, TelegramStatus

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
    "The chosen one becomes owner {telegram.make-owner|O}, reviewer {telegram.make-reviewer|R}, viewer "
    "{telegram.make-viewer|V}; {telegram.remove|x} removes. {telegram.retry|t} tries again, "
    "{telegram.close|esc} closes."
)
_CHATS = 4
"""As many are named; the command line has them all."""


class TelegramScreen(Dialog[None]):
    """Facts above, people below. A code is shown once, here and nowhere else."""

    DEFAULT_CSS = """
    TelegramScreen { align: center middle; }
    TelegramScreen > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    TelegramScreen Menu { height: auto; max-height: 8; margin-top: 1; }
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
        Binding(
            "O", "role('owner')", "Make owner", id="telegram.make-owner", tooltip="Make the chosen person an owner"
        ),
        Binding(
            "R",
            "role('reviewer')",
            "Make reviewer",
            id="telegram.make-reviewer",
            tooltip="Make the chosen person a reviewer",
        ),
        Binding(
            "V", "role('viewer')", "Make viewer", id="telegram.make-viewer", tooltip="Make the chosen person a viewer"
        ),
        Binding("t", "retry", "Try again", id="telegram.retry", tooltip="Have the bot try to listen now"),
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
        roles = self._named_by_settings()
        chosen = self._people.highlighted
        self._people.clear_options()
        self._people.add_options(
            Option(
                own(
                    (f" {roles.get(row.user_id, row.role):<10}", "bold"),
                    (f"{row.user_id:<12} ", "$accent"),
                    line(row.name, limit=26),
                    ("  a code of ", "$text-muted"),
                    line(row.added_by, "$text-muted", limit=16),
                )
            )
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
        times = []
        if status.retry_at is not None:
            times.append(f"tried again at {clock(status.retry_at)}")
        if status.heard_at is not None:
            times.append(f"last heard of Telegram {ago(status.heard_at, desk.now())}")
        if times:
            found.append(own((", ".join(times), "$text-muted")))
        if settings.telegram_user_ids is not None:
            roles = ", ".join(f"{user} {role}" for user, role in settings.telegram_user_ids.roles)
            found.append(own((f"by TELEGRAM_USER_IDS: {roles}", "$text-muted")))
        found += self._chats(status)
        if settings.telegram_bot_token is not None:
            found += [block(f"! {what}", "$warning", limit=300) for what in status.missing]
        if self._code is not None:
            until = clock(self._code.expires_at)
            found += [Content(""), own((f"/start {self._code.code}", "bold $accent"))]
            found.append(own((f"typed to the bot in a private chat until {until}: {self._code.role}", "$text-muted")))
        return found

    def _chats(self, status: TelegramStatus) -> list[Content]:
        """Where it speaks in one line; what is quiet or closed has a line of its own."""
        if not status.chats:
            return [own(("speaks in no chat yet: TELEGRAM_CHAT_ID, or who enrols", "$text-muted"))]
        names = ", ".join(f"{chat.chat_id} {_whose(chat)}" for chat in status.chats[:_CHATS])
        more = f" and {len(status.chats) - _CHATS} more" if len(status.chats) > _CHATS else ""
        found = [own(("speaks in ", "$text-muted"), line(names + more, "$text-muted", limit=200))]
        # What is wrong comes first: nothing of it may be cut.
        odd = [chat for chat in status.chats if chat.shut_since is not None or chat.muted_until is not None]
        for chat in sorted(odd, key=lambda chat: chat.shut_since is None)[:_CHATS]:
            parts = [own((f"! {chat.chat_id} ", "$warning")), line(_whose(chat), "$warning", limit=30)]
            if chat.shut_since is not None:
                parts.append(own((f" shut {ago(chat.shut_since, desk_of(self).now())}: ", "$warning")))
                parts.append(line(chat.shut_why, "$warning", limit=120))
            if chat.muted_until is not None:
                parts.append(own((f" muted until {clock(chat.muted_until)}", "$warning")))
            found.append(own(*parts))
        return found

    @writes
    def action_code(self, role: str) -> None:
        """Shows a new code; one that was open ends."""
        work(self, partial(self._enrol, Role(role)), group="code", what="a code", exclusive=True)

    async def _enrol(self, role: Role) -> None:
        self._code = await ask(self, lambda door: door.commands.enrol(role))
        self._show()

    @writes
    def action_retry(self) -> None:
        """Has the bot try to listen now; says why not where nothing waits for a try."""
        work(self, self._retry, group="retry", what="another try", exclusive=True)

    async def _retry(self) -> None:
        if await ask(self, lambda door: door.commands.retry_telegram()) is not None:
            self.notify("The bot tries again.", markup=False)
        self._read()

    @writes
    def action_role(self, role: str) -> None:
        """Gives the chosen person another role; an owner is made after a question."""
        from console.screens.confirm import Confirm

        if (row := self._chosen()) is None:
            return
        if row.user_id in self._named_by_settings():
            self.notify(f"{row.user_id} has its role from TELEGRAM_USER_IDS: change it there.", markup=False)
            return
        give = partial(work, self, partial(self._give, row.user_id, Role(role)), group="role", what="another role")
        if Role(role) is not Role.OWNER:
            give()
            return

        def answered(yes: bool | None) -> None:
            if yes:
                give()

        title = f"Make {_named(row)} an owner?"
        self.app.push_screen(Confirm(title, "An owner does everything, from any chat.", yes="Make owner"), answered)

    async def _give(self, user_id: int, role: Role) -> None:
        await ask(self, lambda door: door.commands.set_chat_role(user_id, role))
        self._read()

    @writes
    def action_remove(self) -> None:
        """Asks, then takes the chosen person off the list."""
        from console.screens.confirm import Confirm

        if (row := self._chosen()) is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                work(self, partial(self._remove, row.user_id), group="remove", what="removing a person")

        question = "Buttons that stand in that chat do nothing any more."
        title = f"Take {_named(row)} off the list?"
        self.app.push_screen(Confirm(title, question, yes="Take off", no="Keep"), answered)

    def _named_by_settings(self) -> Mapping[int, Role]:
        """Whose role the settings say: their word counts."""
        users = desk_of(self).settings.telegram_user_ids
        return dict(users.roles) if users is not None else {}

    def _chosen(self) -> ChatUserRow | None:
        people = self._status.users if self._status is not None else ()
        if self._people.highlighted is None or not people:
            self.notify("Nobody has enrolled by a code.", markup=False)
            return None
        return people[self._people.highlighted]

    async def _remove(self, user_id: int) -> None:
        await ask(self, lambda door: door.commands.remove_chat_user(user_id))
        self._read()

    def action_close(self) -> None:
        """Closes the screen."""
        self.dismiss()


def _named(row: ChatUserRow) -> str:
    """Two may have one name; the number is one person's."""
    return f"{line(row.name, limit=26).plain} ({row.user_id})"


def _whose(chat: ChatRow) -> str:
    """Whose chat it is."""
    return f"({chat.name or ('a group' if chat.chat_id < 0 else 'a person')})"
