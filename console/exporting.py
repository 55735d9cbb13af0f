"""Files for what the console shows: a list whole and filtered, the screen as picture and as text, one copied thing.

They land in `data/exports/` of the home, private, each under a name of its own.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.human import many, size
from engine.domain.errors import NoktvrnError
from engine.safety.files import whole_file, write_whole
from engine.safety.text import plain, slug

if TYPE_CHECKING:
    from textual.app import App

    from console.copying import Thing
    from console.desk import Desk
    from console.panes.pane import ListPane
    from engine.home import Home

WINDOW = 500
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


async def save_rows(app: App[Any], desk: Desk, pane: ListPane[Any], *, as_csv: bool) -> None:
    """The whole list as filter and sort have it, read and written in windows."""
    from console.desk import complain

    path = place(desk.home, pane.NAME, ".csv" if as_csv else ".txt", desk.now())
    if pane.window.total > _LONG:
        app.notify(f"{many(pane.window.total, 'line')} are being saved; the console goes on meanwhile.", markup=False)
    try:
        with whole_file(path) as part:
            written = await _write(pane, desk, part, as_csv=as_csv)
    except NoktvrnError as error:
        complain(app, error)
        return
    _saved(app, path, f", {many(written, 'line')}" + (": the newest, not all that fit" if pane.cut else ""))


async def _write(pane: ListPane[Any], desk: Desk, part: Path, *, as_csv: bool) -> int:
    written = 0
    with await asyncio.to_thread(part.open, "w", encoding="utf-8", newline="") as handle:
        await asyncio.to_thread(part.chmod, 0o600)
        async for rows in windows(pane, desk):
            text = csv_lines(rows, heading=written == 0) if as_csv else text_lines(pane, rows)
            await asyncio.to_thread(handle.write, text)
            written += len(rows)
    return written


async def windows(pane: ListPane[Any], desk: Desk) -> AsyncIterator[Sequence[Any]]:
    """The list, window by window. Rows that moved into the next window while it was read come once."""
    view = (pane.words, pane.sorted_by, pane.turned)
    offset, before = 0, frozenset[str]()
    while True:
        found = await desk.link.ask(lambda door, at=offset: pane.fetch(door, at, WINDOW))  # type: ignore[misc]
        if (pane.words, pane.sorted_by, pane.turned) != view:
            raise NoktvrnError("The list was filtered or sorted anew meanwhile.", fix="Save it once more.")
        fresh = [row for row in found.rows if pane.key_of(row) not in before]
        if fresh:
            yield fresh
        offset += len(found.rows)
        if len(found.rows) < WINDOW or offset >= found.total:
            return
        before = frozenset(pane.key_of(row) for row in found.rows)


def text_lines(pane: ListPane[Any], rows: Sequence[Any]) -> str:
    """Lines as on a wide screen: every column, two spaces apart, nothing cut."""
    lines = ("  ".join(_padded(pane, row)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _padded(pane: ListPane[Any], row: Any) -> list[str]:
    return [plain(column.show(row)[0]).ljust(max(column.width, len(column.title))) for column in pane.columns]


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
    return [name for field in fields(row) for name in _inner(field.name, getattr(row, field.name))]


def _inner(name: str, value: Any) -> list[str]:
    return _names(value) if is_dataclass(value) and not isinstance(value, type) else [name]


def _values(row: Any) -> list[str]:
    found: list[str] = []
    for field in fields(row):
        value = getattr(row, field.name)
        found += _values(value) if is_dataclass(value) and not isinstance(value, type) else [_cell(value)]
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
