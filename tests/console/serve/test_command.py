"""`noktvrn serve` as a whole: the real command, the real console, a browser of sorts."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, DummyCookieJar

from console.cli import main
from console.cli.catalogue import build_parser
from console.cli.serve import explain
from console.serve.child import console_command
from engine.api import engine_status
from engine.domain.errors import Exit
from engine.home import Home
from engine.lock import EngineState
from tests.console.serve.conftest import gone, heard, until

pytestmark = pytest.mark.thorough


class Command:
    """A running `noktvrn serve`."""

    def __init__(self, home: Home, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "console.cli", "--home", str(home.root), "serve", "--port", "0", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None and self.process.stderr is not None
        self.address = self.process.stdout.readline().strip()
        self.talk = [self.process.stderr.readline().strip() for _ in range(4)]
        self.token_file = Path(self.talk[0].removeprefix("The token is in ").removesuffix("."))

    def consoles(self) -> list[int]:
        """The pids of its children."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    async def open(self, http: ClientSession) -> ClientWebSocketResponse:
        """Logs in and opens the console."""
        origin = self.address.rstrip("/")
        token = self.token_file.read_text()
        async with http.post(
            f"{origin}/login", data={"token": token}, headers={"Origin": origin}, allow_redirects=False
        ) as answer:
            assert answer.status == 303
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
        headers = {"Origin": origin, "Cookie": cookie}
        return await http.ws_connect(f"{origin}/ws?width=120&height=40", headers=headers)


async def seen(line: ClientWebSocketResponse, words: str) -> str:
    """Reads until the console has written these words; the text without its escape sequences."""
    text = ""
    while words not in text:
        said = await heard(line)
        assert not said.startswith("closed"), said
        text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)
    return text


@pytest.fixture
def start(filled: Home) -> Iterator[Callable[..., Command]]:
    started: list[Command] = []

    def begin(*words: str) -> Command:
        started.append(Command(filled, *words))
        return started[-1]

    yield begin
    for command in started:
        command.process.kill()
        command.process.communicate()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield session


async def test_a_browser_sees_the_label_read_only_and_no_engine_starts(
    start: Callable[..., Command], http: ClientSession, filled: Home
) -> None:
    command = start()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", command.address)
    assert any("read-only" in line for line in command.talk)
    async with await command.open(http) as line:
        text = await seen(line, "Last Tram Home")
        assert "read-only" in text
        await line.send_json(["stdin", "n"])
        await seen(line, "--allow-changes")
        assert engine_status(filled).state is EngineState.STOPPED


async def test_the_token_stands_in_a_private_file_and_nowhere_else(
    start: Callable[..., Command], http: ClientSession, filled: Home
) -> None:
    command = start()
    assert command.token_file.stat().st_mode & 0o777 == 0o600
    assert command.token_file.is_relative_to(filled.root)
    token = command.token_file.read_text().strip()
    (await (await command.open(http)).close())
    said = Path(f"/proc/{command.process.pid}/cmdline").read_text() + command.address + "".join(command.talk)
    assert token not in said
    assert token not in filled.console_log.read_text()


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_and_its_consoles_in_time(
    name: signal.Signals, start: Callable[..., Command], http: ClientSession
) -> None:
    command = start()
    lines = [await command.open(http) for _ in range(2)]
    await seen(lines[0], "Approvals")
    pids = command.consoles()
    assert len(pids) == 2
    began = time.monotonic()
    command.process.send_signal(name)
    assert (await heard_end(lines[0])).startswith("closed")
    assert command.process.wait(5) == Exit.DONE
    assert time.monotonic() - began < 5
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not command.token_file.exists()


async def heard_end(line: ClientWebSocketResponse) -> str:
    while not (said := await heard(line)).startswith("closed"):
        pass
    return said


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends children with their parent")
async def test_a_server_that_is_killed_leaves_no_console_behind(
    start: Callable[..., Command], http: ClientSession
) -> None:
    command = start()
    line = await command.open(http)
    await seen(line, "Approvals")
    pids = command.consoles()
    command.process.kill()
    await gone(pids)


async def test_a_closed_tab_ends_its_console(start: Callable[..., Command], http: ClientSession) -> None:
    command = start()
    line = await command.open(http)
    await seen(line, "Approvals")
    pids = command.consoles()
    assert len(pids) == 1
    await line.close()
    await gone(pids)
    await until(lambda: command.consoles() == [])


def test_a_taken_port_is_said_in_words(start: Callable[..., Command], capsys: pytest.CaptureFixture[str]) -> None:
    command = start()
    port = command.address.rsplit(":", 1)[1].rstrip("/")
    home = str(command.token_file.parents[1])
    assert main(["--home", home, "serve", "--port", port]) == Exit.FAILED
    assert f"Port {port} of 127.0.0.1 cannot be had" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "0.0.0.0"], "--expose"),
        (["--host", "label.example.org"], "not an address"),
        (["--public", "label.example.org"], "not an origin"),
        (["--port", "70000"], "0 to 65535"),
        (["--sessions", "0"], "1 to 32"),
    ],
    ids=" ".join,
)
def test_what_would_be_unwise_is_refused(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(tmp_path), "serve", *words]) == Exit.USAGE
    assert said in capsys.readouterr().err


def test_an_exposed_address_is_warned_about(capsys: pytest.CaptureFixture[str]) -> None:
    args = build_parser().parse_args(["serve", "--host", "192.0.2.7", "--expose"])
    explain("Token: c0ffee", args, loopback=False)
    assert "nothing is encrypted" in capsys.readouterr().err
    explain("Token: c0ffee", args, loopback=True)
    assert "nothing is encrypted" not in capsys.readouterr().err


def test_a_console_is_told_what_it_may_on_its_command_line(filled: Home) -> None:
    assert "--allow-changes" not in console_command(filled, allow_changes=False)
    assert "--allow-changes" in console_command(filled, allow_changes=True)
