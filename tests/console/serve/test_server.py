"""The server from outside: what a browser, and somebody who is not one, gets."""

from __future__ import annotations

import re
import time

import pytest
from aiohttp import WSServerHandshakeError

from console.serve.login import FAILURES, LOGIN_S, WINDOW_S
from tests.console.serve.conftest import TOKEN, Serve, gone, heard, until


async def test_without_a_login_there_is_only_the_form(serve: Serve) -> None:
    site = await serve()
    status, _, headers = await site.get("/")
    assert (status, headers["Location"]) == (303, "/login")
    status, page, _ = await site.get("/login")
    assert status == 200
    assert '<form method="post" action="/login">' in page
    assert 'type="password"' in page


async def test_the_token_opens_the_console_page(serve: Serve) -> None:
    site = await serve()
    assert (await site.log_in())[0] == 303
    status, page, _ = await site.get("/")
    assert status == 200
    assert f'data-session-websocket-url="{site.base.replace("http", "ws")}/ws"' in page


async def test_a_wrong_token_is_answered_slowly_and_opens_nothing(serve: Serve) -> None:
    site = await serve()
    status, page = await site.log_in("wrong")
    assert status == 401
    assert "That is not the token." in page
    assert site.pauses == [1.0]
    assert site.cookie == ""


async def test_after_too_many_wrong_tokens_not_even_the_right_one_is_heard(serve: Serve) -> None:
    seconds = [0.0]
    site = await serve(now=lambda: seconds[0])
    for _ in range(FAILURES):
        await site.log_in("wrong")
    status, page = await site.log_in()
    assert status == 429
    assert "Try again in" in page
    seconds[0] += WINDOW_S
    assert (await site.log_in())[0] == 303


@pytest.mark.parametrize("path", ["/", "/login", "/static/textual.js", "/static/../server.py", "/static/x", "/nowhere"])
async def test_every_answer_carries_the_headers(path: str, serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    _, _, headers = await site.get(path)
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] in ("no-store", "no-cache")
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert headers["Server"] == "noktvrn"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy or "script-src" not in policy


async def test_pages_fetch_nothing_from_another_host(serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    for path in ("/", "/login", "/static/page.css", "/static/terminal.css", "/static/xterm.css", "/static/page.js"):
        _, text, _ = await site.get(path)
        fetched = re.findall(r"""(?:src|href|url)[=(]["']?([^"')\s>]+)""", text)
        assert all(not re.match(r"(https?:)?//", address) for address in fetched)


async def test_only_named_files_are_served(serve: Serve) -> None:
    site = await serve()
    for path in ("/static/", "/static/..%2fserver.py", "/static/%2e%2e/server.py", "/static/page.css%00", "/static"):
        assert (await site.get(path))[0] in (303, 404)


async def test_a_query_is_taken_off_the_page(serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    status, _, headers = await site.get(f"/?ping=http://evil.example&token={TOKEN}")
    assert (status, headers["Location"]) == (303, "/")


async def test_a_token_in_an_address_opens_nothing(serve: Serve) -> None:
    site = await serve()
    assert (await site.get(f"/login?token={TOKEN}"))[0] == 200
    assert (await site.get(f"/{TOKEN}"))[0] == 404
    with pytest.raises(WSServerHandshakeError) as refused:
        await site.connect(f"?token={TOKEN}")
    assert refused.value.status == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8765", "192.0.2.7"])
async def test_a_foreign_host_is_refused_everywhere(host: str, serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    for path in ("/", "/login", "/static/page.css"):
        assert (await site.get(path, Host=host))[0] == 421
    with pytest.raises(WSServerHandshakeError) as refused:
        await site.connect(Host=host, Origin=f"http://{host}")
    assert refused.value.status == 421
    assert (await site.log_in(Host=host))[0] == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"])
async def test_a_foreign_origin_is_refused(origin: str, serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    assert (await site.log_in(Origin=origin))[0] == 403
    with pytest.raises(WSServerHandshakeError) as refused:
        await site.connect(Origin=origin)
    assert refused.value.status == 403
    assert site.server.sessions.pids == []


async def test_a_websocket_needs_a_login(serve: Serve) -> None:
    site = await serve()
    with pytest.raises(WSServerHandshakeError) as refused:
        await site.connect()
    assert refused.value.status == 401


async def test_a_form_that_is_too_large_or_odd_is_refused(serve: Serve) -> None:
    site = await serve()
    assert (await site.log_in("x" * 5000))[0] == 413
    headers = {"Origin": site.origin}
    async with site.http.post(f"{site.base}/login", json={"token": TOKEN}, headers=headers) as answer:
        assert answer.status == 401


async def test_keys_and_sizes_reach_the_console_and_its_picture_comes_back(serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    async with await site.connect() as line:
        assert await heard(line) == "hello 100x30"
        await line.send_json(["stdin", "j"])
        assert await heard(line) == "key j"
        await line.send_json(["resize", {"width": 10**9, "height": 1}])
        assert await heard(line) == 'meta {"type": "resize", "width": 600, "height": 5}'
        await line.send_json(["ping", "12"])
        assert await heard(line) == '["pong", "12"]'


async def test_no_address_is_opened_in_the_browser(serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    async with await site.connect() as line:
        await heard(line)
        await line.send_json(["stdin", "link"])
        assert await heard(line) == "key link"


NONSENSE = ["", "{}", "[]", "[1]", '["stdin"]', '["stdin", 5]', '["resize", {"width": "x"}]', "x"]


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: text[:20] or "empty")
async def test_what_makes_no_sense_ends_the_line(text: str, serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    async with await site.connect() as line:
        await heard(line)
        await line.send_str(text)
        assert await heard(line) == "closed 1003"


async def test_a_console_that_leaves_ends_its_line(serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    async with await site.connect() as line:
        await heard(line)
        await line.send_json(["stdin", "q"])
        assert await heard(line) == "closed 1000"
    await gone(site.server.sessions.pids)


async def test_one_console_too_many_is_refused_until_one_ends(serve: Serve) -> None:
    site = await serve(most=2)
    await site.log_in()
    lines = [await site.connect() for _ in range(2)]
    status, page, headers = await site.get("/")
    assert status == 503
    assert "All 2 consoles are in use." in page
    assert "Retry-After" in headers
    with pytest.raises(WSServerHandshakeError) as refused:
        await site.connect()
    assert refused.value.status == 503
    await lines[0].close()
    await until(lambda: not site.server.sessions.full)
    assert (await site.get("/"))[0] == 200


async def test_a_closed_tab_ends_its_console(serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    line = await site.connect()
    await heard(line)
    pids = site.server.sessions.pids
    assert len(pids) == 1
    await line.close()
    await gone(pids)


async def test_a_line_that_breaks_without_a_word_ends_its_console(serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    line = await site.connect()
    await heard(line)
    pids = site.server.sessions.pids
    transport = line._response.connection
    assert transport is not None and transport.transport is not None
    transport.transport.abort()
    await gone(pids)


async def test_a_console_that_does_not_listen_is_ended_by_force_and_in_time(serve: Serve) -> None:
    site = await serve(deaf=True)
    await site.log_in()
    lines = [await site.connect() for _ in range(3)]
    for line in lines:
        await heard(line)
        await line.send_json(["stdin", "j"])
        await heard(line)
    pids = site.server.sessions.pids
    began = time.monotonic()
    await site.server.sessions.end()
    assert time.monotonic() - began < 5
    await gone(pids)


async def test_logging_out_ends_the_login_and_its_consoles_alone(serve: Serve) -> None:
    site = await serve()
    await site.log_in()
    mine, line = site.cookie, await site.connect()
    await heard(line)
    await site.log_in()
    other = await site.connect()
    await heard(other)
    headers = {"Cookie": mine, "Origin": site.origin}
    async with site.http.post(f"{site.base}/logout", headers=headers, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/login")
    assert await heard(line) == "closed 1000"
    await other.send_json(["stdin", "j"])
    assert await heard(other) == "key j"
    site.cookie = mine
    assert (await site.get("/"))[0] == 303


async def test_a_console_does_not_outlast_its_login(serve: Serve) -> None:
    seconds = [0.0]
    site = await serve(now=lambda: seconds[0])
    await site.log_in()
    seconds[0] = LOGIN_S - 0.3
    async with await site.connect() as line:
        while (said := await heard(line)) == "hello 100x30":
            pass
        assert said == "closed 1008"
