"""Copying: what is under the cursor, sent by OSC 52, with plain words about what may become of it; a file otherwise."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from console.copying import MOST, Thing, copy, things, tmux_says, way
from engine.api import Access
from engine.home import Home
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import Label


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)


def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A tmux in front of the path that answers as told."""
    program = tmp_path / "bin" / "tmux"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")


async def test_y_offers_id_title_and_line_of_the_row_under_the_cursor(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await press(pilot, "2", "y")
        text = shown(pilot)
    for words in ("Copy", ids["review"], "title", "Last Tram Home", "line"):
        assert words in text


@pytest.mark.parametrize(("key", "name"), [("i", "id"), ("t", "title"), ("y", "id")])
async def test_one_more_key_copies_it(key: str, name: str, filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        await press(pilot, "2", "y", key)
        assert pilot.app.clipboard == {"id": ids["review"], "title": "Last Tram Home"}[name]
        said = toasts(pilot)
    assert "Sent to the terminal" in said
    assert "does not say" in said


async def test_a_screen_about_one_thing_offers_that_thing(filled: Home, console: Open, ids: dict[str, str]) -> None:
    from console.screens.error import ErrorScreen

    async with console(filled) as pilot:
        screen = ErrorScreen(ids["error"])
        pilot.app.push_screen(screen)
        await until(pilot, lambda: screen.found is not None)
        await press(pilot, "y", "i")
        assert pilot.app.clipboard == ids["error"]


async def test_an_empty_list_says_that_there_is_nothing_to_copy(empty: Home, console: Open) -> None:
    async with console(empty) as pilot:
        await press(pilot, "2", "y")
        assert "nothing here to copy" in toasts(pilot)


async def test_what_is_copied_can_be_pasted_anywhere(label: Label, console: Open) -> None:
    artist = await label.artist("Nadir Choir", "ambient")
    await label.to_review(artist, "rm -rf ~\x1b]0;owned\x07\u202e\x00", minutes_ago=99)
    async with console(label.home) as pilot:
        await press(pilot, "2", "y", "t")
        assert pilot.app.clipboard == "rm -rf ~"


# --- by which way ---


async def test_a_text_that_terminals_would_cut_is_offered_as_a_file(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        desk: Any = pilot.app.desk  # type: ignore[attr-defined]
        await copy(pilot.app, desk, Thing("line", "x" * MOST))
        await pilot.pause()
        assert "too large for a clipboard" in shown(pilot)
        await press(pilot, "y")
        assert pilot.app.clipboard == ""
        (saved,) = filled.exports.iterdir()
    assert saved.read_text() == "x" * MOST + "\n"
    assert saved.stat().st_mode & 0o777 == 0o600
    assert str(saved.parent) in toasts(pilot)


async def test_the_size_is_counted_as_it_is_sent() -> None:
    fits = "x" * (MOST // 4 * 3)
    assert len(base64.b64encode(fits.encode())) <= MOST
    assert not (await way(fits, {"TERM": "xterm"}, served=False)).refusal
    assert (await way(fits + "xxx", {"TERM": "xterm"}, served=False)).refusal


async def test_a_file_is_always_one_key_away(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        await press(pilot, "2", "y", "f")
        (saved,) = filled.exports.iterdir()
        assert ids["review"] in saved.read_text()


@pytest.mark.parametrize("setting", ["external", "off"])
async def test_a_tmux_that_drops_copies_is_named_with_what_to_set(
    setting: str, filled: Home, console: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmux(tmp_path, monkeypatch, f'[ "$*" = "show -gv set-clipboard" ] && echo {setting}')
    async with console(filled, wait=True) as pilot:
        await press(pilot, "2", "y", "i")
        said = toasts(pilot)
    assert f"tmux drops it: set-clipboard is {setting}" in said
    assert "tmux set -g set-clipboard on" in said


async def test_a_tmux_that_passes_copies_on_is_no_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmux(tmp_path, monkeypatch, "echo on")
    sending = await way("r-1", os.environ, served=False)
    assert (sending.refusal, sending.warning) == ("", "")


@pytest.mark.parametrize("script", ["exit 1", "exec sleep 30"], ids=["fails", "hangs"])
async def test_a_tmux_that_does_not_answer_holds_nothing_up(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmux(tmp_path, monkeypatch, script)
    assert (await way("r-1", os.environ, served=False)).warning == tmux_says(None)


async def test_a_terminal_without_a_clipboard_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no clipboard" in (await way("r-1", {"TERM": "linux"}, served=False)).refusal
    assert "browser" in (await way("r-1", {"TERM": "xterm"}, served=True)).refusal
    assert "screen" in (await way("r-1", {"TERM": "screen", "STY": "1.tty"}, served=False)).warning


async def test_a_readonly_browser_saves_nothing_on_the_server(filled: Home, console: Open) -> None:
    async with console(filled, access=Access(readonly=True, served=True)) as pilot:
        await press(pilot, "2", "y", "f")
        assert "saves nothing" in toasts(pilot)
        await press(pilot, "S", "s")
        await until(pilot, lambda: "saves nothing" in toasts(pilot) and "×2" in toasts(pilot))
    assert not filled.exports.exists()


def test_things_are_found_in_rows_and_details() -> None:
    from types import SimpleNamespace as Row

    assert things(Row(id="r-1", title="Low Water", path=Path("/x/y"))) == [
        Thing("id", "r-1"),
        Thing("title", "Low Water"),
        Thing("path", "/x/y"),
    ]
    detail = Row(row=Row(id="r-2", title=""), release_path=None, artefacts=(Row(path=Path("/a/b.wav")),))
    assert things(detail) == [Thing("id", "r-2"), Thing("path", "/a/b.wav")]
    assert things(Row()) == []


async def test_a_selection_goes_the_same_way(filled: Home, console: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(filled) as pilot:
        monkeypatch.setattr(type(pilot.app.screen), "get_selected_text", lambda _: "Warm\x1b[31m Machines")
        await press(pilot, "ctrl+c")
        assert pilot.app.clipboard == "Warm Machines"
        assert "selection: Warm Machines" in toasts(pilot)
