"""A Bot API on this machine, as far as a bot of ours uses it: long polls, presses, media and its limits, 409, 429, 401.

It refuses what the real one refuses; `judge` looks at every request besides, see `tests.bot_api_schema`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "123456789:" + "AAH4x" * 7
BOT = {"id": 123456789, "is_bot": True, "first_name": "Label", "username": "label_bot"}
OWNER, REVIEWER, VIEWER, STRANGER = 4711, 4712, 4713, 666
GROUP = -100200300
_LIMITS = {"text": 4096, "caption": 1024}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its method, its fields as text or JSON, the size of each file."""

    method: str
    fields: dict[str, Any]
    files: dict[str, int]


@dataclass(slots=True)
class Shown:
    """A message as it stands in a chat."""

    chat_id: int
    message_id: int
    kind: str
    text: str
    buttons: dict[str, str]
    """Callback data by label."""
    reply_to: int | None
    silent: bool
    edits: int = 0


class Refused(Exception):
    """An error answer."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.parameters = parameters


@dataclass
class BotApi:
    """What the tests see and steer."""

    base: str = ""
    calls: list[Call] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    answers: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """What each press was answered with: words, and whether as an alert."""
    trouble: dict[str, list[Refused]] = field(default_factory=dict)
    """Error answers to give next, by method; `*` for any."""
    revoked: bool = False
    conflict: bool = False
    upload_bytes: int = 50_000_000
    judge: Callable[[Call], None] = lambda call: None
    confirmed: int = 0
    """Updates below this number were confirmed."""
    polls: int = 0
    """Long polls that wait now."""
    _updates: list[dict[str, Any]] = field(default_factory=list)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1000))
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    # --- people ---

    def say(self, text: str, user: int = OWNER, chat: int | None = None, **more: Any) -> int:
        """Somebody writes; returns the update's number."""
        message = self._message(user, user if chat is None else chat, text=text, **more)
        return self._push({"message": message})

    def press(self, shown: Shown, label: str, user: int = OWNER, **other: Any) -> int:
        """Somebody presses a button of a message; `data`, `chat` and `message_id` may be forged."""
        data = other.get("data", shown.buttons.get(label, ""))
        chat = other.get("chat", shown.chat_id)
        message = {
            "message_id": other.get("message_id", shown.message_id),
            "date": 1,
            "chat": _chat(chat),
            "from": BOT,
            "text": "x",
        }
        number = next(self._ids)
        query = {"id": f"q{number}", "from": _user(user), "chat_instance": "1", "data": data, "message": message}
        return self._push({"callback_query": query}, number)

    def push(self, **update: Any) -> int:
        """Any update."""
        return self._push(update)

    def again(self, update_id: int, update: dict[str, Any]) -> None:
        """An update that comes a second time."""
        self._updates.append({"update_id": update_id, **update})
        self._news.set()

    def _push(self, update: dict[str, Any], number: int | None = None) -> int:
        number = next(self._ids) if number is None else number
        self._updates.append({"update_id": number, **update})
        self._news.set()
        return number

    def _message(self, user: int, chat: int, **fields: Any) -> dict[str, Any]:
        return {"message_id": next(self._ids), "date": 1, "chat": _chat(chat), "from": _user(user), **fields}

    # --- what the tests look at ---

    def last(self, chat: int = OWNER, kind: str | None = None) -> Shown:
        """The newest message of a chat."""
        return [s for s in self.shown if s.chat_id == chat and (kind is None or s.kind == kind)][-1]

    def of(self, method: str) -> list[Call]:
        """All requests of one method."""
        return [call for call in self.calls if call.method == method]

    async def until(self, true: Callable[[], object], seconds: float = 15.0) -> None:
        """Waits for something to become so."""
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.01)

    # --- the server's side ---

    async def answer(self, request: web.Request) -> web.Response:
        """One request."""
        token, method = request.match_info["token"], request.match_info["method"]
        try:
            call = await _read(request, method)
            if method != "getUpdates":
                self.calls.append(call)
            if self.revoked or token != TOKEN:
                raise Refused(401, "Unauthorized")
            for name in (method, "*"):
                if self.trouble.get(name):
                    raise self.trouble[name].pop(0)
            self.judge(call)
            result = await self._do(call)
        except Refused as error:
            body = {"ok": False, "error_code": error.status, "description": str(error)}
            if error.parameters:
                body["parameters"] = error.parameters
            return web.json_response(body, status=error.status)
        return web.json_response({"ok": True, "result": result})

    async def _do(self, call: Call) -> Any:
        fields = call.fields
        for name, most in _LIMITS.items():
            if len(str(fields.get(name, "")).encode("utf-16-le")) // 2 > most:
                raise Refused(400, f"Bad Request: {name} is too long")
        if any(size > self.upload_bytes for size in call.files.values()):
            raise Refused(413, "Request Entity Too Large")
        match call.method:
            case "getMe":
                return BOT
            case "getUpdates":
                return await self._poll(fields)
            case "sendMessage" | "sendAudio" | "sendVideo" | "sendDocument":
                return self._send(call)
            case "editMessageText" | "editMessageCaption":
                return self._edit(fields)
            case "answerCallbackQuery":
                if fields["callback_query_id"] in self.answers:
                    raise Refused(400, "Bad Request: query is too old and response timeout expired")
                self.answers[fields["callback_query_id"]] = (fields.get("text", ""), fields.get("show_alert") is True)
                return True
            case "deleteWebhook" | "setMyCommands":
                return True
        raise Refused(404, "Not Found")

    async def _poll(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        if self.conflict:
            raise Refused(409, "Conflict: terminated by other getUpdates request")
        offset, timeout = int(fields.get("offset", 0)), float(fields.get("timeout", 0))
        self.confirmed = max(self.confirmed, offset)
        if offset:  # what comes again after a restart is put below the offset by `again`
            self._updates = [u for u in self._updates if u["update_id"] >= offset or u.get("_again")]
        if not self._updates:
            self._news.clear()
            self.polls += 1
            try:
                await asyncio.wait_for(self._news.wait(), timeout)
            except TimeoutError:
                return []
            finally:
                self.polls -= 1
            if self.conflict:
                raise Refused(409, "Conflict: terminated by other getUpdates request")
        found = self._updates[:100]
        self._updates = [u for u in self._updates if not u.get("_again")]
        return [{name: value for name, value in update.items() if name != "_again"} for update in found]

    def _send(self, call: Call) -> dict[str, Any]:
        fields = call.fields
        kind = {"sendMessage": "text", "sendAudio": "audio", "sendVideo": "video", "sendDocument": "document"}[
            call.method
        ]
        if kind == "text" and not fields.get("text"):
            raise Refused(400, "Bad Request: message text is empty")
        reply = fields.get("reply_parameters") or {}
        shown = Shown(
            int(fields["chat_id"]),
            next(self._ids),
            kind,
            str(fields.get("text") or fields.get("caption") or ""),
            _buttons(fields.get("reply_markup")),
            reply.get("message_id"),
            fields.get("disable_notification") is True,
        )
        self.shown.append(shown)
        return {"message_id": shown.message_id, "date": 1, "chat": _chat(shown.chat_id), "from": BOT, "text": "x"}

    def _edit(self, fields: dict[str, Any]) -> dict[str, Any]:
        place = int(fields["chat_id"]), int(fields["message_id"])
        shown = next((s for s in self.shown if (s.chat_id, s.message_id) == place), None)
        if shown is None:
            raise Refused(400, "Bad Request: message to edit not found")
        text = str(fields.get("text") or fields.get("caption") or "")
        buttons = _buttons(fields.get("reply_markup"))
        if (text, buttons) == (shown.text, shown.buttons):
            raise Refused(400, "Bad Request: message is not modified")
        shown.text, shown.buttons = text, buttons
        shown.edits += 1
        return {"message_id": shown.message_id, "date": 1, "chat": _chat(shown.chat_id), "from": BOT, "text": "x"}


def _user(user: int) -> dict[str, Any]:
    names = {OWNER: "Ada", REVIEWER: "Grace", VIEWER: "Kim", STRANGER: "Ada"}
    return {"id": user, "is_bot": False, "first_name": names.get(user, f"User {user}")}


def _chat(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private"} if chat > 0 else {"id": chat, "type": "supergroup", "title": "The label"}


def _buttons(markup: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in (markup or {}).get("inline_keyboard", ()):
        for button in row:
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
            found[button["text"]] = button["callback_data"]
    return found


async def _read(request: web.Request, method: str) -> Call:
    """Fields of a form or a multipart body; those that are JSON are read as such, as the real server does."""
    fields: dict[str, Any] = {}
    files: dict[str, int] = {}
    form = await request.post()
    for name, value in form.items():
        if isinstance(value, web.FileField):
            files[name] = len(value.file.read())
        else:
            fields[name] = _value(str(value))
    return Call(method, fields, files)


def _value(text: str) -> Any:
    if text[:1] in "[{" or text in ("true", "false"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


@asynccontextmanager
async def bot_api() -> AsyncIterator[BotApi]:
    """Runs the Bot API while the block runs."""
    api = BotApi()
    app = web.Application(client_max_size=1 << 30)
    app.router.add_post("/bot{token}/{method}", api.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield api
    finally:
        await runner.cleanup()
