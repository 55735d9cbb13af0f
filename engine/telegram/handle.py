"""What comes in: presses, commands, replies. What changes something is done before anything is answered."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.domain.chat import Act, Caller, Refusal
from engine.domain.errors import NoktvrnError
from engine.safety.text import plain
from engine.telegram import previews, texts
from engine.telegram.captions import lyrics
from engine.telegram.kit import Kit
from engine.telegram.outbox import Outbox
from engine.telegram.panel.all import PAGES, VERBS
from engine.telegram.panel.page import Ask, Make, Page, menu
from engine.telegram.trouble import TelegramTrouble
from engine.telegram.words import line

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message, Update, User

    from engine.api.chat_models import Place, Pressed

_log = logging.getLogger(__name__)

_SAID = {
    Refusal.ROLE: texts.NOT_YOURS,
    Refusal.USED: texts.USED_BUTTON,
    Refusal.EXPIRED: texts.EXPIRED_BUTTON,
    Refusal.UNKNOWN_BUTTON: texts.OLD_BUTTON,
    Refusal.OTHER_CHAT: texts.OLD_BUTTON,
    Refusal.OTHER_MESSAGE: texts.OLD_BUTTON,
}
_DECIDED = {
    "approve": texts.OK_APPROVE,
    "reject": texts.OK_REJECT,
    "new_version": texts.OK_NEW_VERSION,
}


def is_press(update: Update) -> bool:
    """Whether it is a press: those are safe to meet twice, since a button works once."""
    return update.callback_query is not None


class Handler:
    """One update at a time, in order."""

    def __init__(self, kit: Kit, outbox: Outbox) -> None:
        self._kit = kit
        self._outbox = outbox

    async def handle(self, update: Update) -> None:
        """Does what the update asks for, or writes down why not."""
        if update.callback_query is not None:
            await self._press(update.callback_query)
        elif update.edited_message is not None:
            await self._refuse(Refusal.EDITED, "message", update.edited_message)
        elif update.message is not None and update.message.text:
            await self._message(update.message)

    async def seen(self, update: Update) -> None:
        """An update that was handled before a restart."""
        user, chat = update.effective_user, update.effective_chat
        await self._kit.desk.refuse(Refusal.SEEN, "update", user.id if user else None, chat.id if chat else None)

    async def _refuse(self, refusal: Refusal, what: str, message: Message) -> None:
        user = message.from_user
        await self._kit.desk.refuse(refusal, what, user.id if user else None, message.chat.id)

    async def _reopen(self, chat_id: int) -> None:
        """Who writes where the bot had been shut out has let it in again."""
        if await self._kit.desk.reopen(chat_id):
            self._kit.reopened.set()
            self._kit.moved.set()

    # --- presses ---

    async def _press(self, query: CallbackQuery) -> None:
        message, user = query.message, query.from_user
        if message is None:
            await self._kit.desk.refuse(Refusal.UNKNOWN_CHAT, "press", user.id, None)
            return
        caller = await self._kit.desk.who(user.id, _name(user), message.chat.id)
        if isinstance(caller, Refusal):
            await self._kit.desk.refuse(caller, "press", user.id, message.chat.id)
            self._answer(query, texts.NOT_FOR_YOU, alert=True)
            return
        await self._reopen(caller.chat_id)
        pressed = await self._kit.desk.press(caller, (query.data or "")[:64], message.message_id)
        self._kit.moved.set()
        if pressed.refusal is not None:
            self._answer(query, pressed.said or _SAID.get(pressed.refusal, str(pressed.refusal)), alert=True)
            return
        await self._follow(caller, query, pressed, message.message_id)

    async def _follow(self, caller: Caller, query: CallbackQuery, pressed: Pressed, message_id: int) -> None:
        """What a good press brings beside what is stored."""
        match pressed.act:
            case Act.APPROVE | Act.DECIDE:
                self._answer(query, _DECIDED[str(pressed.argument.get("decision", "approve"))])
            case Act.UNDO:
                self._answer(query, texts.OK_UNDO)
            case Act.LYRICS:
                self._answer(query)
                self._outbox.put(caller.chat_id, partial(self._lyrics, caller, str(pressed.run_id), message_id))
            case Act.PAGE:
                self._answer(query)
                await self._page(caller, pressed.argument, message_id)
            case Act.DO:
                await self._do(caller, query, pressed.argument, message_id)
            case Act.MUTE:
                hours = int(pressed.argument["hours"])
                await self._kit.desk.mute(caller, str(pressed.argument["incident"]), hours)
                self._answer(query, texts.MUTED_NOW.format(hours=hours))
            case _:
                self._answer(query)

    def _answer(self, query: CallbackQuery, text: str = "", *, alert: bool = False) -> None:
        self._outbox.now(partial(self._kit.wire.answer, query.id, text, alert=alert))

    async def _lyrics(self, caller: Caller, run_id: str, message_id: int) -> None:
        sheet = await self._kit.queries.review_sheet(run_id)
        await self._kit.wire.text(caller.chat_id, lyrics(sheet), reply_to=message_id)

    # --- the panel ---

    async def _page(self, caller: Caller, argument: Any, message_id: int | None) -> None:
        name = str(argument["page"])
        ask = Ask(self._kit, caller, argument)
        if name == "show":
            self._outbox.put(caller.chat_id, partial(self._show, caller, str(argument["id"])))
            return
        entry = PAGES.get(name)
        if entry is None or not caller.role.may(entry.needs):
            await self._kit.desk.refuse(Refusal.ROLE, "page", caller.user_id, caller.chat_id)
            self._outbox.put(caller.chat_id, partial(self._kit.say, caller.chat_id, texts.NOT_YOURS))
            return
        self._outbox.put(caller.chat_id, partial(self._put, entry.make, ask, message_id))

    async def _put(self, make: Make, ask: Ask, message_id: int | None) -> None:
        """Makes a page and shows it: in place of the message that was pressed, else as a new one."""
        page = await _made(make, ask)
        if message_id is None:
            await self._kit.say(ask.caller.chat_id, page.text, page.keys)
        else:
            await self._kit.turn(ask.caller.chat_id, message_id, page.text, page.keys)

    async def _do(self, caller: Caller, query: CallbackQuery, argument: Any, message_id: int) -> None:
        page = await _made(VERBS[str(argument["do"])], Ask(self._kit, caller, argument))
        if page.refused:
            self._answer(query, page.text, alert=True)
        else:
            self._answer(query, texts.TAKEN)
        if page.asked:
            await self._kit.desk.asked(caller.chat_id, page.asked, message_id)
        self._outbox.put(caller.chat_id, partial(self._kit.turn, caller.chat_id, message_id, page.text, page.keys))

    async def _show(self, caller: Caller, run_id: str) -> None:
        place = await self._place(caller)
        try:
            await previews.again(self._kit, place, run_id)
        except TelegramTrouble:
            raise
        except NoktvrnError as error:
            await self._kit.say(caller.chat_id, line(str(error), 300))

    async def _place(self, caller: Caller) -> Place:
        return next(place for place in await self._kit.desk.places() if place.chat_id == caller.chat_id)

    # --- messages ---

    async def _message(self, message: Message) -> None:
        user, chat_id = message.from_user, message.chat.id
        if user is None or message.sender_chat is not None:  # a channel, or an admin who hides behind the group
            await self._refuse(Refusal.NO_SENDER, "message", message)
            return
        words = (message.text or "")[:4_096]
        command, _, rest = words.partition(" ") if words.startswith("/") else ("", "", "")
        command = command[1:].partition("@")[0].lower()
        if command == "start" and rest.strip():
            await self._enrol(user, chat_id, rest.strip())
            return
        caller = await self._kit.desk.who(user.id, _name(user), chat_id)
        if isinstance(caller, Refusal):
            await self._refuse(caller, "message", message)
            if command == "start" and chat_id == user.id:
                self._outbox.put(chat_id, partial(self._kit.wire.text, chat_id, texts.ASK_CODE))
            return
        await self._reopen(caller.chat_id)
        if message.forward_origin is not None:
            await self._refuse(Refusal.FORWARDED, "message", message)
        elif command:
            await self._command(caller, command, rest.strip())
        elif message.reply_to_message is not None:
            await self._reply(caller, message.reply_to_message.message_id, words)

    async def _enrol(self, user: User, chat_id: int, code: str) -> None:
        found = await self._kit.desk.enrol(user.id, _name(user), chat_id, code[:80])
        if isinstance(found, Refusal):
            await self._kit.desk.refuse(found, "enrolment", user.id, chat_id)
            text = texts.NOT_HERE if found is Refusal.NOT_HERE else texts.WRONG_CODE
        else:
            await self._reopen(chat_id)
            label = line(self._kit.settings.label_name, 60)
            text = texts.ENROLLED.format(label=label, name=_name(user), role=found)
        self._outbox.put(chat_id, partial(self._kit.wire.text, chat_id, text))

    async def _command(self, caller: Caller, command: str, rest: str) -> None:
        if command == "start":
            label = line(self._kit.settings.label_name, 60)
            text = texts.WELCOME.format(label=label, role=caller.role)
            self._outbox.put(caller.chat_id, partial(self._kit.say, caller.chat_id, text))
        elif command not in texts.COMMANDS or command not in PAGES:
            text = texts.UNKNOWN_COMMAND.format(name=line(command, 30))
            self._outbox.put(caller.chat_id, partial(self._kit.say, caller.chat_id, text))
        else:
            await self._page(caller, {"page": command, "command": command, "words": rest[:200]}, None)

    async def _reply(self, caller: Caller, message_id: int, text: str) -> None:
        words = self._kit.redactor.text(plain(text, limit=1_000, lines=True))
        post = await self._kit.desk.reply(caller, message_id, words)
        said = texts.WORDS_KEPT if post is not None else texts.NO_DRAFT
        self._kit.moved.set()
        self._outbox.put(caller.chat_id, partial(self._kit.say, caller.chat_id, said, reply_to=message_id))


async def _made(make: Make, ask: Ask) -> Page:
    """The page, or in its place why there is none."""
    try:
        return await make(ask)
    except TelegramTrouble:
        raise
    except NoktvrnError as error:
        return Page(line(str(error), 600), menu(), refused=True)


def _name(user: User) -> str:
    """A name to read. It decides nothing: two people may look the same."""
    full = " ".join(part for part in (user.first_name, user.last_name) if part)
    return plain(full or user.username or "", limit=60) or str(user.id)
