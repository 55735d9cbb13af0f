"""What comes in: presses, commands, replies. What changes something is done before anything is answered."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.api.chat_access import allowed
from engine.domain.chat import CODE_LASTS, Act, Caller, Refusal, Role
from engine.domain.errors import FileProblem, NoktvrnError, StoreBusy, StoreError
from engine.safety.text import plain
from engine.telegram import keyboards, previews, texts
from engine.telegram.captions import lyrics
from engine.telegram.kit import Kit
from engine.telegram.outbox import Outbox
from engine.telegram.panel.all import AFTER, PAGES
from engine.telegram.panel.page import Ask, Deed, Make, Page, menu
from engine.telegram.seldom import Seldom
from engine.telegram.trouble import TelegramTrouble
from engine.telegram.words import line, when

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message, Update, User

    from engine.api.chat_models import Place, Pressed

_log = logging.getLogger(__name__)

PASSING = (StoreBusy, StoreError, FileProblem, OSError)
"""Trouble of the database or the disk: the same update may be handled a moment later."""
SAID = {
    Refusal.ROLE: texts.NOT_YOURS,
    Refusal.USED: texts.USED_BUTTON,
    Refusal.EXPIRED: texts.EXPIRED_BUTTON,
    Refusal.UNKNOWN_BUTTON: texts.OLD_BUTTON,
    Refusal.OTHER_CHAT: texts.OLD_BUTTON,
    Refusal.OTHER_MESSAGE: texts.OLD_BUTTON,
    Refusal.DECIDED: texts.DECIDED_BEFORE,
    Refusal.NOT_NOW: texts.NOT_NOW,
}
_CODES = {
    Refusal.WRONG_CODE: texts.WRONG_CODE,
    Refusal.GUESSING: texts.GUESSING,
    Refusal.NOT_HERE: texts.NOT_HERE,
    Refusal.KNOWN: texts.KNOWN,
    Refusal.NAMED: texts.NAMED,
}
_DECIDED = {
    "approve": texts.OK_APPROVE,
    "reject": texts.OK_REJECT,
    "new_version": texts.OK_NEW_VERSION,
}
_HINT_EVERY = timedelta(minutes=1)


class Handler:
    """One update at a time, in order."""

    def __init__(self, kit: Kit, outbox: Outbox, bot_id: str) -> None:
        self._kit = kit
        self._outbox = outbox
        self._bot_id = bot_id
        self._let_in: set[tuple[int, int]] = set()
        self._strangers = Seldom(CODE_LASTS)
        self._hints = Seldom(_HINT_EVERY)

    async def handle(self, update: Update) -> bool:
        """Does what the update asks for, or writes down why not; whether somebody of the list sent it. Raises PASSING
        where it may be tried again."""
        if update.callback_query is not None:
            await self._press(update.callback_query)
        elif update.edited_message is not None:
            self._refuse(Refusal.EDITED, "message", update.edited_message)
        elif update.message is not None and update.message.text:
            await self._message(update.message, update.update_id)
        user, chat = update.effective_user, update.effective_chat
        return user is not None and chat is not None and self._known(user.id, chat.id)

    async def seen(self, update: Update) -> None:
        """An update that was handled before a restart."""
        user, chat = update.effective_user, update.effective_chat
        self._kit.desk.refuse(Refusal.SEEN, "update", user.id if user else None, chat.id if chat else None)

    def failed(self, update: Update) -> None:
        """Says that an update could not be handled, to whoever pressed, or is known to be on the list."""
        user, chat = update.effective_user, update.effective_chat
        if update.callback_query is not None:
            self._answer(update.callback_query, texts.FAILED, alert=True)
        elif user is not None and chat is not None and self._known(user.id, chat.id):
            self._outbox.put(chat.id, partial(self._kit.wire.text, chat.id, texts.FAILED))

    def _known(self, user_id: int, chat_id: int) -> bool:
        """Whether they are on the list as far as that is known without the database."""
        named = allowed(self._kit.settings)
        return (user_id, chat_id) in self._let_in or (user_id in named.users and chat_id in named.chats)

    def _refuse(self, refusal: Refusal, what: str, message: Message) -> None:
        user = message.from_user
        self._kit.desk.refuse(refusal, what, user.id if user else None, message.chat.id)

    async def _who(self, user: User, chat_id: int) -> Caller | Refusal:
        caller = await self._kit.desk.who(user.id, _name(user), chat_id)
        if isinstance(caller, Caller):
            self._let_in.add((user.id, chat_id))
        else:
            self._let_in.discard((user.id, chat_id))
        return caller

    async def _reopen(self, chat_id: int) -> None:
        """Who writes where the bot had been shut out has let it in again."""
        if await self._kit.desk.reopen(chat_id):
            self._kit.reopened.set()
            self._kit.moved.set()

    # --- presses ---

    async def _press(self, query: CallbackQuery) -> None:
        message, user = query.message, query.from_user
        if message is None:
            self._kit.desk.refuse(Refusal.UNKNOWN_CHAT, "press", user.id, None)
            return
        caller = await self._who(user, message.chat.id)
        if isinstance(caller, Refusal):
            self._kit.desk.refuse(caller, "press", user.id, message.chat.id)
            self._answer(query, texts.NOT_FOR_YOU, alert=True)
            return
        await self._reopen(caller.chat_id)
        pressed = await self._kit.desk.press(caller, (query.data or "")[:64], message.message_id)
        self._kit.moved.set()
        if pressed.refusal is None:
            await self._follow(caller, query, pressed, message.message_id)
        else:
            self._turned_down(caller, query, pressed, message.message_id)

    def _turned_down(self, caller: Caller, query: CallbackQuery, pressed: Pressed, message_id: int) -> None:
        """Says why a press changed nothing. The message shows what is so: the answer to an earlier one may be lost."""
        assert pressed.refusal is not None
        said = pressed.said or SAID[pressed.refusal]
        if pressed.until is not None:
            said = texts.MUTED_UNTIL.format(when=when(pressed.until))
        self._answer(query, said, alert=True)
        if pressed.act is Act.DO and pressed.refusal is Refusal.USED:
            self._after(caller, pressed.argument, message_id)
        elif pressed.act is Act.DO:
            page = Page(line(pressed.said, 600), menu())
            self._outbox.put(caller.chat_id, partial(self._put, _as_it_is(page), Ask(self._kit, caller), message_id))
        elif pressed.act is Act.MUTE:
            self._outbox.put(caller.chat_id, partial(self._muted, caller, pressed, message_id))

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
                self._answer(query, texts.TAKEN)
                self._after(caller, pressed.argument, message_id)
            case Act.MUTE:
                assert pressed.until is not None
                self._answer(query, texts.MUTED_UNTIL.format(when=when(pressed.until)))
                self._outbox.put(caller.chat_id, partial(self._muted, caller, pressed, message_id))
            case _:
                self._answer(query)

    def _answer(self, query: CallbackQuery, text: str = "", *, alert: bool = False) -> None:
        self._outbox.now(partial(self._kit.wire.answer, query.id, text, alert=alert))

    async def _lyrics(self, caller: Caller, run_id: str, message_id: int) -> None:
        sheet = await self._kit.queries.review_sheet(run_id)
        await self._kit.wire.text(caller.chat_id, lyrics(sheet), reply_to=message_id)

    async def _muted(self, caller: Caller, pressed: Pressed, message_id: int) -> None:
        """The alert says until when it is muted."""
        if pressed.post is None or pressed.until is None:
            return
        told = texts.MUTED_UNTIL.format(when=when(pressed.until))
        post = await self._kit.desk.post(pressed.post.id)
        if not post.closed and not post.words.endswith(told):
            words = f"{post.words}\n\n{told}"
            await self._kit.desk.change_post(post.id, words=words)
            await self._kit.turn(caller.chat_id, message_id, words, keyboards.alert(pressed.argument))

    # --- the panel ---

    async def _page(self, caller: Caller, argument: Any, message_id: int | None) -> None:
        name = str(argument["page"])
        ask = Ask(self._kit, caller, argument)
        if name == "show":
            self._outbox.put(caller.chat_id, partial(self._show, caller, str(argument["id"])))
            return
        entry = PAGES.get(name)
        if entry is None or not caller.role.may(entry.needs):
            self._not_yours(caller)
            return
        self._outbox.put(caller.chat_id, partial(self._put, entry.make, ask, message_id))

    def _not_yours(self, caller: Caller) -> None:
        self._kit.desk.refuse(Refusal.ROLE, "page", caller.user_id, caller.chat_id)
        self._outbox.put(caller.chat_id, partial(self._kit.say, caller.chat_id, texts.NOT_YOURS))

    async def _put(self, make: Make, ask: Ask, message_id: int | None) -> None:
        """Makes a page and shows it: in place of the message that was pressed, else as a new one."""
        page = await _made(make, ask)
        if message_id is None:
            await self._kit.say(ask.caller.chat_id, page.text, page.keys)
        else:
            await self._kit.turn(ask.caller.chat_id, message_id, page.text, page.keys)

    def _after(self, caller: Caller, argument: Any, message_id: int | None) -> None:
        """Shows what came of a deed."""
        make = AFTER[str(argument["do"])]
        self._outbox.put(caller.chat_id, partial(self._put, make, Ask(self._kit, caller, argument), message_id))

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

    async def _message(self, message: Message, update_id: int) -> None:
        user, chat_id = message.from_user, message.chat.id
        if user is None or message.sender_chat is not None:  # a channel, or an admin who hides behind the group
            self._refuse(Refusal.NO_SENDER, "message", message)
            return
        words = (message.text or "")[:4_096]
        command, _, rest = words.partition(" ") if words.startswith("/") else ("", "", "")
        command = command[1:].partition("@")[0].lower()
        if command == "start" and rest.strip():
            await self._enrol(user, chat_id, rest.strip())
            return
        caller = await self._who(user, chat_id)
        if isinstance(caller, Refusal):
            self._refuse(caller, "message", message)
            if command == "start" and chat_id == user.id:
                self._to_stranger(user.id, chat_id, texts.ASK_CODE)
            return
        await self._reopen(caller.chat_id)
        if message.forward_origin is not None:
            self._refuse(Refusal.FORWARDED, "message", message)
        elif command:
            await self._command(caller, command, rest.strip()[:200], update_id)
        else:
            await self._words(caller, message, words)

    def _to_stranger(self, user_id: int, chat_id: int, text: str) -> None:
        """The same answer once in a code's life, after everybody of the list."""
        if self._strangers.may((user_id, text), self._kit.now()):
            self._outbox.later(partial(self._kit.wire.text, chat_id, text))

    async def _enrol(self, user: User, chat_id: int, code: str) -> None:
        found = await self._kit.desk.enrol(user.id, _name(user), chat_id, code[:80])
        if isinstance(found, Role):
            await self._reopen(chat_id)
            label = line(self._kit.settings.label_name, 60)
            text = texts.ENROLLED.format(label=label, name=_name(user), role=found)
            self._outbox.put(chat_id, partial(self._kit.wire.text, chat_id, text))
            return
        self._kit.desk.refuse(found, "enrolment", user.id, chat_id)
        if chat_id == user.id or found in (Refusal.NOT_HERE, Refusal.KNOWN):
            self._to_stranger(user.id, chat_id, _CODES[found])

    async def _command(self, caller: Caller, command: str, rest: str, update_id: int) -> None:
        if command == "start":
            label = line(self._kit.settings.label_name, 60)
            text = texts.WELCOME.format(label=label, role=caller.role)
            self._outbox.put(caller.chat_id, partial(self._kit.say, caller.chat_id, text))
        elif command not in texts.COMMANDS or command not in PAGES:
            text = texts.UNKNOWN_COMMAND.format(name=line(command, 30))
            self._outbox.put(caller.chat_id, partial(self._kit.say, caller.chat_id, text))
        elif rest and caller.role.may(PAGES[command].needs):
            await self._typed(caller, command, rest, update_id)
        else:
            await self._page(caller, {"page": command}, None)

    async def _typed(self, caller: Caller, command: str, words: str, update_id: int) -> None:
        """A command with words behind it: what they plainly mean, or the page with a word on how they are meant."""
        entry = PAGES[command]
        ask = Ask(self._kit, caller, {"command": command, "words": words})
        try:
            meant = None if entry.typed is None else await entry.typed(ask)
            if isinstance(meant, Deed) and not caller.role.may(Role.OWNER):
                self._not_yours(caller)
                return
            if isinstance(meant, Deed):
                await self._kit.desk.do(caller, meant.verb, meant.argument, self._bot_id, update_id)
                self._after(caller, {**meant.argument, "do": meant.verb}, None)
                return
        except PASSING:
            raise
        except NoktvrnError as error:
            meant = Page(line(str(error), 600), menu())
        make = partial(_with_note, entry.make, _note(command, words)) if meant is None else _as_it_is(meant)
        self._outbox.put(caller.chat_id, partial(self._put, make, Ask(self._kit, caller), None))

    async def _words(self, caller: Caller, message: Message, text: str) -> None:
        """Words without a command: for the decision that somebody prepares, or chatter, which is for people."""
        replied = message.reply_to_message
        ours = replied is not None and (replied.from_user is None or replied.from_user.is_bot)
        if replied is not None and ours:
            words = self._kit.redactor.text(plain(text, limit=1_000, lines=True))
            found = await self._kit.desk.reply(caller, replied.message_id, words)
            self._kit.moved.set()
            if found is not None:
                title = "" if isinstance(found, Refusal) else found.words.partition("\n")[0]
                said = _REPLIES[found] if isinstance(found, Refusal) else texts.WORDS_KEPT.format(title=title)
                reply_to = replied.message_id
                self._outbox.put(caller.chat_id, partial(self._kit.say, caller.chat_id, said, reply_to=reply_to))
                return
        if caller.chat_id == caller.user_id and self._hints.may(caller.chat_id, self._kit.now()):
            self._outbox.put(caller.chat_id, partial(self._kit.say, caller.chat_id, texts.HINT))


_REPLIES = {Refusal.ROLE: texts.WORDS_NOT_YOURS, Refusal.NOT_NOW: texts.NO_DRAFT}


async def _made(make: Make, ask: Ask) -> Page:
    """The page, or in its place why there is none."""
    try:
        return await make(ask)
    except TelegramTrouble:
        raise
    except NoktvrnError as error:
        return Page(line(str(error), 600), menu())


def _as_it_is(page: Page) -> Make:
    async def make(_ask: Ask) -> Page:
        return page

    return make


async def _with_note(make: Make, note: str, ask: Ask) -> Page:
    page = await make(ask)
    return Page(f"{page.text}\n\n{note}", page.keys)


def _note(command: str, words: str) -> str:
    said = line(words, 60)
    if command in texts.USAGES:
        return texts.USAGE.format(words=said, usage=texts.USAGES[command])
    return texts.NO_WORDS.format(name=command, words=said)


def _name(user: User) -> str:
    """A name to read. It decides nothing: two people may look the same."""
    full = " ".join(part for part in (user.first_name, user.last_name) if part)
    return plain(full or user.username or "", limit=60) or str(user.id)
