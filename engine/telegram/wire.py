"""The one module that calls python-telegram-bot: every call redacted, paced, and failing in our own words.

Text goes out plain, without a parse mode: nothing that somebody else wrote is markup.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.safety.secrets import Redactor, Secret
from engine.telegram.pace import Pace
from engine.telegram.trouble import Conflicted, Flood, NotWelcome, Offline, TelegramTrouble, TokenRefused, Unfit

if TYPE_CHECKING:
    from telegram import Bot, InlineKeyboardMarkup, InputFile, Update

T = TypeVar("T")
_log = logging.getLogger(__name__)

TEXT = 4_096
CAPTION = 1_024
LABEL = 60
ANSWER = 200
UPLOAD_BYTES = 50_000_000
POLL_S = 25
_UPDATES = ("message", "edited_message", "callback_query")
_STRAIGHT = {"trust_env": False, "follow_redirects": False}
"""To the address of the setting: a proxy of the environment, or whoever redirects, would see the token."""
_TIMEOUT_S = 15.0
_UPLOADS = 4
"""At once: each holds its file in memory, and one to a slow line may take minutes."""
_TOO_LARGE = "entity too large"
"""A 413: the library takes it for trouble of the line."""
_CLOSED_CHAT = (
    "chat not found",
    "chat_write_forbidden",
    "not enough rights",
    "have no rights",
    "peer_id_invalid",
    "group chat was deactivated",
    "user is deactivated",
    "user not found",
    "bot is not a member",
)
"""In a 400 that is about the chat and not about what was sent (the API has no code for it)."""
_UPLOAD_S = 300.0

Keyboard = Sequence[Sequence[tuple[str, str]]]
"""Rows of (label, callback data)."""


@dataclass(frozen=True, slots=True)
class Sound:
    """An audio or video file to send. Times in seconds; `thumbnail` a JPEG of at most 320 pixels and 200 kB."""

    path: Path
    name: str
    title: str
    performer: str
    duration_s: float
    thumbnail: bytes | None = None
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself."""

    bot_id: str
    username: str


def units(text: str) -> int:
    """The length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitted(text: str, limit: int) -> str:
    """`text` in at most `limit` UTF-16 units, the last an ellipsis where something was cut."""
    if units(text) <= limit:
        return text
    raw = text.encode("utf-16-le", "surrogatepass")[: (limit - 1) * 2]
    return raw.decode("utf-16-le", "ignore").rstrip() + "…"


@asynccontextmanager
async def connected(token: Secret, base: str, redactor: Redactor, pace: Pace | None = None) -> AsyncIterator[Wire]:
    """A bot on the line. Nothing is asked yet; the library is loaded here, beside the loop."""
    await asyncio.to_thread(__import__, "telegram.request")
    for name in ("telegram", "httpx", "httpcore"):  # at lower levels they write the token
        logging.getLogger(name).setLevel(logging.WARNING)
    from telegram import Bot
    from telegram.request import HTTPXRequest

    asking = HTTPXRequest(
        connection_pool_size=16,
        read_timeout=_TIMEOUT_S,
        write_timeout=_TIMEOUT_S,
        connect_timeout=_TIMEOUT_S,
        pool_timeout=_TIMEOUT_S,
        media_write_timeout=_UPLOAD_S,
        httpx_kwargs=_STRAIGHT,
    )
    polling = HTTPXRequest(connection_pool_size=1, read_timeout=POLL_S + 10.0, httpx_kwargs=_STRAIGHT)
    bot = Bot(token.reveal(), base_url=f"{base}/bot", request=asking, get_updates_request=polling)
    # Not `bot.initialize()`: it asks getMe, and whether that is answered is for the poller to tell.
    await asking.initialize()
    await polling.initialize()
    try:
        yield Wire(bot, redactor, pace or Pace())
    finally:
        await asking.shutdown()
        await polling.shutdown()


class Wire:
    """Calls of one bot. Each raises `TelegramTrouble`, never what the library raises."""

    def __init__(self, bot: Bot, redactor: Redactor, pace: Pace) -> None:
        self._bot = bot
        self._redactor = redactor
        self._pace = pace
        self._uploads = asyncio.Semaphore(_UPLOADS)

    def __repr__(self) -> str:
        return "Wire(***)"

    # --- listening ---

    async def me(self) -> Me:
        """Who the bot is; also the first sign that the token holds."""
        found = await self._asked("getMe", self._bot.get_me)
        return Me(str(found.id), found.username or "")

    async def updates(self, offset: int, wait_s: float = POLL_S) -> tuple[Update, ...]:
        """What came since `offset`, after at most `wait_s` seconds."""
        wait = timedelta(seconds=wait_s)
        return await self._asked(
            "getUpdates", lambda: self._bot.get_updates(offset=offset, timeout=wait, allowed_updates=_UPDATES)
        )

    async def prepare(self, commands: Sequence[tuple[str, str]]) -> None:
        """Ends a webhook, which would keep updates from us, and tells Telegram the commands."""
        from telegram import BotCommand

        await self._asked("deleteWebhook", self._bot.delete_webhook)
        listed = [BotCommand(name, fitted(summary, 256)) for name, summary in commands]
        await self._asked("setMyCommands", lambda: self._bot.set_my_commands(listed))

    async def flood_begins(self) -> None:
        """Returns when Telegram has asked for a pause, whatever it was that it did not take."""
        await self._pace.flood_began.wait()
        self._pace.flood_began.clear()

    def flood_s(self) -> float:
        """Seconds that are left of that pause."""
        return self._pace.flood_s()

    # --- speaking ---

    async def text(
        self,
        chat_id: int,
        text: str,
        keyboard: Keyboard = (),
        *,
        reply_to: int | None = None,
        silent: bool = False,
        patient: bool = False,
    ) -> int:
        """Sends text; returns the message's number. `patient`: nobody waits for it."""
        await self._pace.turn(chat_id, patient=patient)
        options = self._options(keyboard, reply_to, silent)
        said = self._clean(text, TEXT)
        sent = await self._asked("sendMessage", lambda: self._bot.send_message(chat_id, said, **options))
        return sent.message_id

    async def audio(
        self, chat_id: int, sound: Sound, caption: str, keyboard: Keyboard = (), *, silent: bool = False
    ) -> int:
        """Sends a track with its caption and buttons."""
        options = self._options(keyboard, None, silent) | {
            "caption": self._clean(caption, CAPTION),
            "title": self._clean(sound.title, 200),
            "performer": self._clean(sound.performer, 200),
            "duration": timedelta(seconds=round(sound.duration_s)),
            **_thumbnail(sound.thumbnail),
        }
        async with self._upload(chat_id, sound.path, sound.name) as content:
            sent = await self._asked("sendAudio", lambda: self._bot.send_audio(chat_id, content, **options))
        return sent.message_id

    async def video(
        self, chat_id: int, clip: Sound, caption: str, *, reply_to: int | None = None, silent: bool = False
    ) -> int:
        """Sends a clip."""
        options = self._options((), reply_to, silent) | {
            "caption": self._clean(caption, CAPTION),
            "duration": timedelta(seconds=round(clip.duration_s)),
            "supports_streaming": True,
            **({"width": clip.width, "height": clip.height} if clip.width else {}),
            **_thumbnail(clip.thumbnail),
        }
        async with self._upload(chat_id, clip.path, clip.name) as content:
            sent = await self._asked("sendVideo", lambda: self._bot.send_video(chat_id, content, **options))
        return sent.message_id

    async def document(
        self, chat_id: int, name: str, text: str, caption: str, *, reply_to: int | None = None, silent: bool = False
    ) -> int:
        """Sends text as a file."""
        options = self._options((), reply_to, silent) | {"caption": self._clean(caption, CAPTION)}
        data = self._redactor.text(text).encode("utf-8", "replace")
        async with self._upload(chat_id, data, name) as content:
            sent = await self._asked("sendDocument", lambda: self._bot.send_document(chat_id, content, **options))
        return sent.message_id

    async def edit(
        self, chat_id: int, message_id: int, text: str, keyboard: Keyboard = (), *, caption: bool = False
    ) -> None:
        """Replaces the words and the buttons of a message."""
        await self._pace.turn(chat_id)
        place: dict[str, Any] = {"chat_id": chat_id, "message_id": message_id, "reply_markup": _markup(keyboard)}
        if caption:
            said = self._clean(text, CAPTION)
            await self._asked("editMessageCaption", lambda: self._bot.edit_message_caption(caption=said, **place))
        else:
            said = self._clean(text, TEXT)
            await self._asked("editMessageText", lambda: self._bot.edit_message_text(said, **place))

    async def answer(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Ends the little clock on a pressed button, with words where there are some. A late answer is nothing bad."""
        said = self._clean(text, ANSWER) or None
        try:
            await self._asked(
                "answerCallbackQuery", lambda: self._bot.answer_callback_query(query_id, text=said, show_alert=alert)
            )
        except Unfit:
            _log.debug("a press was answered too late")

    def _clean(self, text: str, limit: int) -> str:
        return fitted(self._redactor.text(text), limit)

    @staticmethod
    def _options(keyboard: Keyboard, reply_to: int | None, silent: bool) -> dict[str, Any]:
        from telegram import ReplyParameters

        options: dict[str, Any] = {"reply_markup": _markup(keyboard)}
        if silent:
            options["disable_notification"] = True
        if reply_to is not None:
            options["reply_parameters"] = ReplyParameters(reply_to, allow_sending_without_reply=True)
        return options

    @asynccontextmanager
    async def _upload(self, chat_id: int, source: Path | bytes, name: str) -> AsyncIterator[InputFile]:
        """A file on its way, when the chat's turn has come and not too many others are."""
        from telegram import InputFile

        await self._pace.turn(chat_id, patient=True)
        async with self._uploads:
            data = source if isinstance(source, bytes) else await asyncio.to_thread(source.read_bytes)
            yield InputFile(data, filename=name)

    async def _asked(self, method: str, call: Callable[[], Awaitable[T]]) -> T:
        from telegram import error as theirs

        try:
            return await call()
        except theirs.RetryAfter as error:
            seconds = _seconds(error.retry_after)
            self._pace.flooded(seconds)
            raise Flood(seconds) from None
        except theirs.TelegramError as error:
            raise _ours(error, method) from None


def _seconds(given: int | timedelta) -> float:
    return given.total_seconds() if isinstance(given, timedelta) else float(given)


def _ours(error: Exception, method: str) -> TelegramTrouble:
    from telegram import error as theirs

    # The order matters: BadRequest and TimedOut are kinds of NetworkError.
    if isinstance(error, theirs.ChatMigrated):
        return NotWelcome.moved(error.new_chat_id)
    if isinstance(error, theirs.BadRequest) and any(words in error.message.lower() for words in _CLOSED_CHAT):
        return NotWelcome.nowhere()
    if isinstance(error, theirs.NetworkError) and _TOO_LARGE in error.message.lower():
        return Unfit(method)
    kinds: Mapping[type[Exception], Callable[[], TelegramTrouble]] = {
        theirs.Conflict: Conflicted,
        theirs.InvalidToken: TokenRefused,
        theirs.Forbidden: NotWelcome,
        theirs.BadRequest: lambda: Unfit(method),
        theirs.TimedOut: lambda: Offline("no answer in time"),
        theirs.NetworkError: lambda: Offline("no connection, or a server error"),
    }
    return next((make() for kind, make in kinds.items() if isinstance(error, kind)), Unfit(method))


def _thumbnail(data: bytes | None) -> dict[str, Any]:
    from telegram import InputFile

    return {"thumbnail": InputFile(data, filename="cover.jpg", attach=True)} if data else {}


def _markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    if not keyboard:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(fitted(label, LABEL), callback_data=data) for label, data in row] for row in keyboard]
    )
