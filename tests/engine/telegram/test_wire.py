"""The way to the Bot API is straight: no proxy of the environment and no redirect ever sees the token."""

from __future__ import annotations

import pytest
from aiohttp import web

from engine.safety.secrets import Redactor, Secret
from engine.telegram.trouble import TelegramTrouble
from engine.telegram.wire import connected
from tests.bot_api import TOKEN, BotApi


async def test_a_proxy_of_the_environment_is_not_asked(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Bot API stands in for a proxy here: it answers whatever it is asked for."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, api.base)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with connected(Secret(TOKEN), "http://127.1.1.1:9", Redactor([])) as wire:
        with pytest.raises(TelegramTrouble):
            await wire.me()
    assert api.calls == []


async def test_a_redirect_is_not_followed(api: BotApi) -> None:
    asked: list[str] = []

    async def redirects(request: web.Request) -> web.Response:
        asked.append(request.path)
        raise web.HTTPFound(f"{api.base}{request.path}")

    app = web.Application()
    app.router.add_post("/{path:.*}", redirects)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with connected(Secret(TOKEN), base, Redactor([])) as wire:
            with pytest.raises(TelegramTrouble):
                await wire.me()
    finally:
        await runner.cleanup()
    assert (len(asked), api.calls) == (1, [])
