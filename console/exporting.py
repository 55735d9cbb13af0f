"""Files for what the console shows: a list whole and filtered, the screen as picture and as text, one copied thing.

They land in `data/exports/` of the home, private, each under a name of its own.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.human import many, size
from console.saving import Saving, StoppedSaving
from engine.domain.errors import NoktvrnError
from engine.safety.files import FILE_MODE, whole_file, write_whole
from engine.safety.text import plain, slug

if TYPE_CHECKING:
    from textual.app import App

    from console.copying import Thing
    from console.desk import Desk
    from console.panes.pane import ListPane
    from engine.api import Door
    from engine.home import Home

WINDOW = 5_000
"""Lines that are read at once: a place far down a list costs a walk through an index."""

_PROGRESS_S = 0.5
_LONG = 5_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FONTS = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)


def may_not(desk: Desk) -> str:
    """Why nothing can be saved from here; empty where it can."""
    if desk.access.served and desk.access.readonly:
        return "A read-only console in a browser saves nothing on the machine that serves it."
    return ""


def place(home: Home, name: str, suffix: str, now: datetime) -> Path:
    """A free name for an export: what it is, when, and a number where two meet in one second."""
    stem = f"{slug(name)}-{now.astimezone():%Y%m%d-%H%M%S}"
    path = home.exports / f"{stem}{suffix}"
    number = 2
    while path.exists():
        path = home.exports / f"{stem}-{number}{suffix}"
        number += 1
    return path


async def save(app: App[Any], desk: Desk, name: str, suffix: str, text: str) -> Path | None:
    """Saves a text and shows its path; says why where it cannot be saved."""
    from console.desk import complain

    path = place(desk.home, name, suffix, desk.now())
    try:
        await asyncio.to_thread(write_whole, path, text)
    except NoktvrnError as error:
        complain(app, error)
        return None
    _saved(app, path)
    return path


def _saved(app: App[Any], path: Path, more: str = "") -> None:
    app.notify(f"{path} ({size(path.stat().st_size)}){more}", title="Saved", timeout=12, markup=False)


async def save_thing(app: App[Any], desk: Desk, thing: Thing) -> None:
    """One copied thing as a file."""
    await save(app, desk, f"copy-{thing.name}", ".txt", f"{thing.text}\n")


# --- the screen ---


def screen_text(app: App[Any]) -> str:
    """What stands on the screen, as lines of text."""
    strips = app.screen._compositor.render_strips()  # the only place that knows all of the screen
    return "\n".join(strip.text.rstrip() for strip in strips[: app.size.height]) + "\n"


def screen_svg(app: App[Any]) -> str:
    """The screen as a picture. It names no fonts of the network: opening it must not call anybody."""
    return _FONTS.sub("", app.export_screenshot(title="noktvrn"))


async def save_screen(app: App[Any], desk: Desk, suffix: str) -> None:
    """The screen as it stands, as `.svg` or `.txt`."""
    await save(app, desk, "screen", suffix, screen_svg(app) if suffix == ".svg" else screen_text(app))


# --- lists ---


async def save_rows(app: App[Any], desk: Desk, pane: ListPane[Any], lines: int, *, as_csv: bool) -> None:
    """The whole list that a pane apart has, of so many lines, read at one moment and written in a thread of its own.

    How far it is stands in the line at the top; where it is stopped, or the console is left, no file is left.
    """
    from console.desk import complain

    if desk.saving is not None:
        text = f"{desk.saving.words}, is still being saved. {_stopper(app)}."
        app.notify(text, severity="warning", markup=False)
        return
    path = place(desk.home, pane.NAME, ".csv" if as_csv else ".txt", desk.now())
    saving = desk.saving = Saving(pane.NAME, lines)
    if saving.total > _LONG:
        text = f"{many(saving.total, 'line')} are being saved; the console goes on meanwhile. {_stopper(app)}."
        app.notify(text, markup=False)
    job = partial(_write, pane, path, saving, as_csv=as_csv)
    try:
        await _watched(app, saving, desk.link.aside(job))
    except StoppedSaving:
        app.notify(f"{saving.words}; no file is left.", title="Stopped", markup=False)
    except NoktvrnError as error:
        complain(app, error)
    else:
        _saved(app, path, f", {many(saving.done, 'line')}" + (": the newest, not all that fit" if saving.cut else ""))
    finally:
        desk.saving = None
        _show_progress(app)


def _stopper(app: App[Any]) -> str:
    from console.keymap.live import keyed

    return keyed(app, "{page.save|S} {save.stop|x} stops it")


async def _watched(app: App[Any], saving: Saving, job: Coroutine[Any, Any, None]) -> None:
    """Shows how far it is until it has ended; stops it where nobody waits for it any more."""
    task = asyncio.create_task(job)
    try:
        while not (await asyncio.wait((task,), timeout=_PROGRESS_S))[0]:
            _show_progress(app)
        task.result()
    finally:
        saving.stop()
        task.cancel()


def _show_progress(app: App[Any]) -> None:
    from console.screens.page import Page

    for screen in app.screen_stack:
        if isinstance(screen, Page):
            screen.repaint_top()


async def _write(pane: ListPane[Any], path: Path, saving: Saving, door: Door, *, as_csv: bool) -> None:
    """Runs in a thread of its own, so it may wait for the disk."""
    with whole_file(path) as part:
        part.touch(FILE_MODE)
        with part.open("w", encoding="utf-8", newline="") as handle:
            async for rows in windows(pane, door, saving):
                handle.write(csv_lines(rows, heading=saving.done == 0) if as_csv else text_lines(pane, rows))


async def windows(pane: ListPane[Any], door: Door, saving: Saving) -> AsyncIterator[Sequence[Any]]:
    """The list, window by window; the door is that of one moment, so none is missed or comes twice."""
    while True:
        found = await pane.fetch(door, saving.done, WINDOW)
        yield found.rows
        saving.reached(saving.done + len(found.rows), found.total, cut=found.more)
        if len(found.rows) < WINDOW or saving.done >= found.total:
            return


def text_lines(pane: ListPane[Any], rows: Sequence[Any]) -> str:
    """Lines as on a wide screen: every column, two spaces apart, nothing cut."""
    lines = ("  ".join(_padded(pane, row)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _padded(pane: ListPane[Any], row: Any) -> list[str]:
    return [plain(column.show(row)[0]).ljust(max(column.width, len(column.title))) for column in pane.all_columns]


def csv_lines(rows: Sequence[Any], *, heading: bool) -> str:
    """The rows' own fields, not what the columns make of them: times in ISO 8601, money in micro-dollars."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if heading and rows:
        writer.writerow(_names(rows[0]))
    for row in rows:
        writer.writerow(_values(row))
    return stream.getvalue()


def _names(row: Any) -> list[str]:
    return [name for field in _fields(row.__class__) for name in _inner(field, getattr(row, field))]


def _inner(name: str, value: Any) -> list[str]:
    return _names(value) if is_dataclass(value) and not isinstance(value, type) else [name]


@cache  # of a million rows each would ask
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _values(row: Any) -> list[str]:
    found: list[str] = []
    for name in _fields(row.__class__):
        value = getattr(row, name)
        if is_dataclass(value) and not isinstance(value, type):
            found += _values(value)
        else:
            found.append(_cell(value))
    return found


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (bool, int, float)):
        return str(value)
    if isinstance(value, (str, Path)):
        text = plain(str(value), limit=100_000)
        # A spreadsheet takes such a text for a formula, and it may have been written by a stranger.
        return f"'{text}" if text.startswith(_FORMULA) else text
    return json.dumps(value, ensure_ascii=False, default=str)
