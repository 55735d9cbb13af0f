"""What can be copied and saved here: the row under the cursor, the list, the page, the screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from textual.app import App
from textual.screen import Screen

from console.copying import Offers, Thing, copy, things
from console.desk import desk_of, work
from console.exporting import may_not, save, save_rows, save_screen, save_thing
from console.human import many
from console.panes.pane import ListPane
from console.screens.taking import CopyScreen, SaveScreen
from console.turns import ASIDE
from console.widgets.reading import Card
from console.widgets.rows import Rows
from engine.safety.text import plain

_COPY_KEYS = {
    "id": "{copy.id|i}",
    "title": "{copy.title|t}",
    "path": "{copy.path|p}",
    "line": "{copy.line|l}",
    "link": "{copy.link|L}",
    "command": "{copy.command|c}",
    "tunnel": "{copy.tunnel|u}",
    "patch": "{copy.patch|d}",
    "trace": "{copy.trace|b}",
}


def subject(screen: Screen[Any]) -> list[Thing]:
    """What can be copied here: the row under the cursor, else what the screen is about."""
    if isinstance(screen, Offers):
        return list(screen.things())
    focused = screen.focused
    if isinstance(focused, Rows) and focused.current is not None:
        row = focused.current
        shown = "  ".join(plain(column.show(row)[0]).strip() for column in focused.all_columns)
        return [*things(row), Thing("line", shown)]
    for name in ("sheet", "found", "shown"):
        found = getattr(screen, name, None)
        if found is not None:
            return things(found)
    return []


def offer_copy(screen: Screen[Any]) -> None:
    """Opens the menu of what can be copied."""
    app, desk = screen.app, desk_of(screen)
    offered = subject(screen)
    if not offered:
        screen.notify("There is nothing here to copy: put the cursor on a line.", severity="warning", markup=False)
        return
    choices = [(_COPY_KEYS[thing.name], thing.name, thing.text) for thing in offered]
    choices.append(("{copy.file|f}", "file", "all of this, into data/exports/"))

    def answered(name: str | None) -> None:
        if name == "file":
            whole = "\n".join(f"{thing.name}: {thing.text}" for thing in offered if not thing.passing)
            _into_file(app, partial(save_thing, app, desk, Thing("all", whole)))
        elif name is not None:
            thing = next(thing for thing in offered if thing.name == name)
            work(app, partial(copy, app, desk, thing), group="copy", what="copy")

    app.push_screen(CopyScreen(choices), answered)


def offer_save(screen: Screen[Any]) -> None:
    """Opens the menu of what can be saved."""
    app, desk = screen.app, desk_of(screen)
    pane = screen.focused if isinstance(screen.focused, ListPane) else None
    cards = [card for card in screen.query(Card) if card.display]
    choices = []
    if desk.saving is not None:
        choices.append(("{save.stop|x}", "stop", f"{desk.saving.words} so far; no file is left"))
    if pane is not None:
        lines = many(pane.window.total, "line")
        count = f"{pane.NAME}: " + (f"the newest {lines}, not all that fit" if pane.cut else f"{lines}, as listed")
        choices += [("{save.text|t}", "text", count), ("{save.csv|c}", "csv", "the same lines with every field")]
    elif cards:
        choices.append(("{save.text|t}", "text", "this page, all of it"))
    choices += [
        ("{save.screen|s}", "screen", "what stands on the screen, as plain text"),
        ("{save.picture|v}", "picture", "the same as SVG"),
    ]

    def answered(name: str | None) -> None:
        if name in ("text", "csv") and pane is not None:
            job = partial(save_rows, app, desk, pane.apart(), pane.window.total, as_csv=name == "csv")
            _into_file(app, job, group=ASIDE)
        elif name == "stop" and desk.saving is not None:
            desk.saving.stop()
        elif name == "text":
            _into_file(app, partial(save, app, desk, "page", ".txt", _page(cards)))
        elif name in ("screen", "picture"):
            suffix = ".svg" if name == "picture" else ".txt"
            # Once the menu is off the screen.
            app.call_after_refresh(_into_file, app, partial(save_screen, app, desk, suffix))

    app.push_screen(SaveScreen(choices), answered)


def _page(cards: Sequence[Card]) -> str:
    return "\n".join(f"{card.title_words}\n\n{card.text}\n" for card in cards)


def _into_file(app: App[Any], job: Any, *, group: str = "export") -> None:
    refusal = may_not(desk_of(app))
    if refusal:
        app.notify(refusal, severity="warning", markup=False)
    else:
        work(app, job, group=group, what="save a file")
