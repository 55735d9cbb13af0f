"""The web server: one page with a console, behind a login, for a few browsers at once."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from console.serve import pages
from console.serve.login import Logins, Now, Throttle, cookie_name, set_cookie
from console.serve.rules import Addresses, Refused
from console.serve.sessions import Console, Full, Sessions
from engine.domain.errors import NoktvrnError
from engine.safety.text import plain

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Pause = Callable[[float], Awaitable[object]]

FAILURE_S = 1.0
"""How long the answer to a wrong token takes."""

_FORM = 4096
_MESSAGE = 1024 * 1024  # a paste comes as one message
_HEARTBEAT_S = 15.0
_WIDTH, _HEIGHT = (20, 600), (5, 300)
_ORIGIN = web.RequestKey("origin", str)


@dataclass(frozen=True, slots=True)
class Options:
    """What is served, and to how many. `command` is the command line of one console."""

    label: str
    command: tuple[str, ...]
    addresses: Addresses
    port: int
    most: int


class Server:
    """Everything that one server holds; `app` makes the application of it."""

    def __init__(self, options: Options, token: str, *, now: Now = monotonic, pause: Pause = asyncio.sleep) -> None:
        self.sessions = Sessions(options.most)
        self._options = options
        self._logins = Logins(token, now)
        self._throttle = Throttle(now)
        self._pause = pause
        self._cookie = cookie_name(options.port)
        self._assets = pages.assets()

    def app(self) -> web.Application:
        """The application; its shutdown ends every console."""
        app = web.Application(middlewares=[self._guard()], client_max_size=_FORM)
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/login", self._login_form),
                web.post("/login", self._login),
                web.post("/logout", self._logout),
                web.get("/ws", self._websocket),
                web.get("/static/{name}", self._static),
            ]
        )
        app.on_response_prepare.append(_harden)
        app.on_shutdown.append(self._end)
        return app

    def _guard(self) -> Any:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            """Before anything else: is the request for us, and from a page of ours?"""
            try:
                for name in ("Host", "Origin"):
                    if len(request.headers.getall(name, ())) > 1:
                        raise Refused(400, f"There is more than one {name} header.")
                speaks = request.method not in ("GET", "HEAD") or request.path == "/ws"
                request[_ORIGIN] = self._options.addresses.check(request.headers, speaks=speaks)
                return await handler(request)
            except Refused as refused:
                log.warning("refused %s %s: %s", request.method, plain(request.path, limit=80), refused.why)
                return _html(pages.refused_page(refused.why), refused.status)
            except web.HTTPException as error:
                if error.status < 400:
                    raise
                return _html(pages.refused_page(f"{error.status}: {error.reason}"), error.status)

        return guard

    # --- pages ---

    def _known(self, request: web.Request) -> bytes | None:
        return self._logins.known(request.cookies.get(self._cookie))

    async def _index(self, request: web.Request) -> web.StreamResponse:
        if request.query_string:
            return _see("/")  # textual.js would read options there
        if self._known(request) is None:
            return _see("/login")
        if self.sessions.full:
            return _html(pages.full_page(self._options.label, self.sessions.most), 503, {"Retry-After": "30"})
        origin = request[_ORIGIN]
        headers = {**pages.FORM_HEADERS, "Content-Security-Policy": pages.terminal_policy(origin)}
        return _html(pages.terminal_page(self._options.label, origin), 200, headers)

    async def _static(self, request: web.Request) -> web.StreamResponse:
        path = self._assets.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    # --- login ---

    async def _login_form(self, request: web.Request) -> web.StreamResponse:
        return _see("/") if self._known(request) is not None else self._ask("", 200)

    async def _login(self, request: web.Request) -> web.StreamResponse:
        address = request.remote or ""
        wait_s = self._throttle.wait_s(address)
        if wait_s > 0:
            seconds = int(wait_s) + 1
            return self._ask(f"Too many wrong tokens. Try again in {seconds} s.", 429, {"Retry-After": str(seconds)})
        token = (await request.post()).get("token")
        if not isinstance(token, str) or not self._logins.right(token):
            self._throttle.failed(address)
            log.warning("a login with a wrong token from %s", plain(address, limit=60))
            await self._pause(FAILURE_S)
            return self._ask("That is not the token.", 401)
        log.info("a login from %s", plain(address, limit=60))
        response = _see("/")
        secure = request[_ORIGIN].startswith("https:")
        response.headers["Set-Cookie"] = set_cookie(self._cookie, self._logins.open(), secure=secure)
        return response

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        key = self._known(request)
        if key is not None:
            self._logins.close(key)
            await self.sessions.end(key)
        response = _see("/login")
        response.headers["Set-Cookie"] = set_cookie(self._cookie, "", secure=request[_ORIGIN].startswith("https:"))
        return response

    def _ask(self, problem: str, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
        page = pages.login_page(self._options.label, problem)
        return _html(page, status, {**pages.FORM_HEADERS, **(headers or {})})

    # --- the console ---

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        login = self._known(request)
        if login is None:
            raise Refused(401, "Nobody is logged in.")
        try:
            async with self.sessions.place():
                return await self._converse(request, login)
        except Full:
            raise Refused(503, "Every console is in use.") from None

    async def _converse(self, request: web.Request, login: bytes) -> web.StreamResponse:
        socket_ = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, max_msg_size=_MESSAGE, compress=False, timeout=1.0)
        await socket_.prepare(request)
        console = Console(self._options.command, socket_.send_bytes, socket_.close)
        size = _within(request.query.get("width"), _WIDTH), _within(request.query.get("height"), _HEIGHT)
        async with self.sessions.running(console, login, size):
            try:
                async with asyncio.timeout(self._logins.left_s(login)):
                    await self._listen(socket_, console)
            except TimeoutError:  # the login is over
                await socket_.close(code=WSCloseCode.POLICY_VIOLATION)
        return socket_

    async def _listen(self, socket_: web.WebSocketResponse, console: Console) -> None:
        async for message in socket_:
            if message.type is not WSMsgType.TEXT or not await _obey(message.data, socket_, console):
                await socket_.close(code=WSCloseCode.UNSUPPORTED_DATA)

    async def _end(self, _app: web.Application) -> None:
        await self.sessions.end()


async def _obey(text: str, socket_: web.WebSocketResponse, console: Console) -> bool:
    """Does what textual.js asks for; False where that makes no sense."""
    try:
        kind, *rest = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return False
    match kind, rest:
        case "stdin", [str(keys)]:
            await console.send_bytes(keys.encode("utf-8", "replace"))
        case "resize", [{"width": int(width), "height": int(height)}]:
            await console.set_terminal_size(_within(width, _WIDTH), _within(height, _HEIGHT))
        case "ping", [str(stamp)] if len(stamp) < 40:
            await socket_.send_json(["pong", stamp])
        case "focus", []:
            await console.focus()
        case "blur", []:
            await console.blur()
        case _:
            return False
    return True


def _within(value: object, limits: tuple[int, int]) -> int:
    """A size as a sane number of cells; a console of a million columns would eat the machine."""
    try:
        number = int(str(value)[:9])
    except ValueError:
        return limits[0]
    return max(limits[0], min(limits[1], number))


def _html(page: str, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(text=page, status=status, content_type="text/html", charset="utf-8", headers=headers)


def _see(place: str) -> web.Response:
    return web.Response(status=303, headers={"Location": place})


async def _harden(_request: web.BaseRequest, response: web.StreamResponse) -> None:
    for name, value in pages.HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "noktvrn"


def listen(bound: str, port: int) -> socket.socket:
    """A listening socket. Raises NoktvrnError where the port cannot be had."""
    family = socket.AF_INET6 if ":" in bound else socket.AF_INET
    try:
        return socket.create_server((bound, port), family=family, backlog=64)
    except OSError as error:
        raise NoktvrnError(
            f"Port {port} of {bound} cannot be had: {error.strerror or error}.", fix="Name another one with --port."
        ) from error


async def serve(server: Server, sock: socket.socket, ready: Callable[[], None]) -> None:
    """Serves until SIGTERM, SIGINT or SIGHUP; every console has ended when this returns, within five seconds."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(name, stop.set)
    runner = web.AppRunner(server.app(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, sock).start()
        ready()
        await stop.wait()
    finally:
        await runner.cleanup()
