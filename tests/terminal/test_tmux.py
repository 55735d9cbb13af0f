"""The console in tmux, the usual way to sit in it: detach, lose the client, come back."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.terminal import Terminal
from engine.home import Home
from tests.console.label import open_label
from tests.terminal.conftest import PATIENCE_S, SIZES, command, consoles, wait_until

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


class Tmux:
    """A tmux server of the test's own, with the console in its one window."""

    def __init__(self, folder: Path, home: Home) -> None:
        self._start = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self._run("new-session", "-d", "-s", "label", "-x", "120", "-y", "40", *command(home, "--readonly"))

    def _run(self, *arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "TMUX")}
        done = subprocess.run(
            [*self._start, *arguments], check=True, capture_output=True, encoding="utf-8", env=environment
        )
        return done.stdout

    def screen(self) -> str:
        """What stands in the window."""
        return self._run("capture-pane", "-p", "-t", "label")

    def wait_for(self, words: str) -> str:
        """The screen once these words stand on it."""
        return wait_until(lambda: words in (found := self.screen()) and found, what=self.screen) or ""

    def press(self, *keys: str) -> None:
        """Keys by tmux's names."""
        self._run("send-keys", "-t", "label", *keys)

    def resize(self, columns: int, rows: int) -> None:
        """Another size for the window."""
        self._run("resize-window", "-t", "label", "-x", str(columns), "-y", str(rows))

    def attach(self) -> Terminal:
        """A client in a terminal of its own."""
        return Terminal([*self._start, "attach", "-t", "label"], environment={"TMUX": "", "LC_ALL": "C.UTF-8"})

    def clients(self) -> int:
        """How many look on."""
        return len(self._run("list-clients").splitlines())

    def detach(self) -> None:
        """Sends everybody away who looks on."""
        self._run("detach-client", "-s", "label")

    def kill(self) -> None:
        """Ends the server and with it every terminal that it holds."""
        subprocess.run([*self._start, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def tmux(tmp_path: Path, filled: Home) -> Iterator[Tmux]:
    """The console, up."""
    found = Tmux(tmp_path, filled)
    try:
        found.wait_for("Vesper Lane")
        yield found
    finally:
        found.kill()


def test_keys_work_and_leaving_ends_the_session(tmux: Tmux, filled: Home) -> None:
    tmux.press("?")
    tmux.wait_for("changes nothing")
    tmux.press("q")
    wait_until(lambda: "changes nothing" not in tmux.screen())
    tmux.press("q")
    wait_until(lambda: consoles(filled) == [])


def test_every_size_is_filled_and_none_is_overrun(tmux: Tmux) -> None:
    for size, words in SIZES.items():
        tmux.resize(*size)
        lines = tmux.wait_for(words).splitlines()
        assert len(lines) == size[1]
        assert max(map(len, lines)) <= size[0]


@pytest.mark.parametrize("how", ["detached", "killed"])
async def test_who_comes_back_sees_the_present(tmux: Tmux, filled: Home, how: str) -> None:
    before = consoles(filled)
    with tmux.attach() as client:
        client.wait_for("Vesper Lane", PATIENCE_S)
        if how == "detached":
            tmux.detach()
            assert client.wait(PATIENCE_S) == 0
        else:
            client.end(0)
    wait_until(lambda: tmux.clients() == 0)
    async with open_label(filled.root) as label:
        label.counter = {"a": 50, "r": 50, "v": 50, "l": 50, "f": 50}
        await label.notice("Something new meanwhile")
    with tmux.attach() as client:
        client.wait_for("Something new meanwhile", PATIENCE_S)
        client.press("?")
        client.wait_for("changes nothing", PATIENCE_S)
    assert consoles(filled) == before


def test_no_console_outlives_the_server_that_held_its_terminal(tmux: Tmux, filled: Home) -> None:
    tmux.kill()
    wait_until(lambda: consoles(filled) == [])
