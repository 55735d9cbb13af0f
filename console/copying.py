"""Copying: what is under the cursor goes to the terminal, which may or may not pass it on; nobody can tell.

So each copy says what was sent and what may have dropped it, and the way round it, a file, is always one key away.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from engine.safety.text import plain

if TYPE_CHECKING:
    from textual.app import App

    from console.desk import Desk

MOST = 74_994
"""Bytes of base64 that terminals take at most; several take less."""

_TMUX_S = 0.7
_FIRST = 40


class Thing(NamedTuple):
    """Something to copy, by name: `id`, `title`, `path`, `line`, `link`, `command`, `tunnel`, `patch`, `trace`."""

    name: str
    text: str
    passing: bool = False
    """Whether it is worth nothing tomorrow, and somebody's key until then: it goes to no file."""


@runtime_checkable
class Offers(Protocol):
    """A screen that says itself what can be copied from it."""

    def things(self) -> Sequence[Thing]:
        """Clean (`clean`), the likeliest first."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How a copy would go. `refusal` is why it cannot be sent at all, `warning` what will probably drop it."""

    refusal: str = ""
    warning: str = ""


def things(found: object) -> list[Thing]:
    """What a row, or what a screen shows, can be copied as."""
    inner = getattr(found, "row", None) or getattr(found, "run", None) or found
    event = getattr(inner, "event", None)
    names = {
        "id": ("id",),
        "title": ("title", "name", "message", "model"),
        "path": ("path", "release_path", "track"),
    }
    values: dict[str, str] = {}
    for name, attributes in names.items():
        for owner in (inner, found):
            value = next((getattr(owner, attribute, None) for attribute in attributes if _has(owner, attribute)), None)
            if isinstance(value, (str, Path)) and str(value):
                values.setdefault(name, str(value))
    artefacts = getattr(found, "artefacts", ())
    if "path" not in values and artefacts:
        values["path"] = str(artefacts[-1].path)
    if event is not None:
        values["title"] = str(getattr(event, "event", event))
    return [Thing(name, clean(value)) for name, value in values.items() if clean(value)]


def _has(owner: object, attribute: str) -> bool:
    return bool(getattr(owner, attribute, None))


def clean(text: str) -> str:
    """Made harmless for wherever it is pasted: what a shell or a terminal obeys is gone."""
    return plain(text, limit=2_000_000, lines=True)


async def way(text: str, environ: Mapping[str, str], *, served: bool) -> Sending:
    """How a copy of this text would go from here."""
    if served:
        return Sending("A browser takes no copy from the console.")
    if environ.get("TERM", "") in ("linux", "dumb"):
        return Sending("This terminal has no clipboard.")
    size = 4 * -(-len(text.encode()) // 3)
    if size > MOST:
        return Sending(f"It is too large for a clipboard: {size:,} bytes, and terminals take {MOST:,} at most.")
    if environ.get("TMUX"):
        return Sending(warning=tmux_says(await _tmux_setting()))
    if environ.get("STY"):
        return Sending(warning="You are in screen, which usually drops it.")
    return Sending()


def tmux_says(setting: str | None) -> str:
    """What tmux does with a copy, by its setting; None where it did not say."""
    if setting == "on":
        return ""
    if setting is None:
        return "tmux did not say whether it passes copies on. It does after: tmux set -g set-clipboard on"
    return (
        f"tmux drops it: set-clipboard is {plain(setting, limit=20)}. To let it through: tmux set -g set-clipboard on"
    )


async def _tmux_setting() -> str | None:
    """tmux's own word, soon or not at all."""
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "show",
            "-gv",
            "set-clipboard",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        out, _ = await asyncio.wait_for(process.communicate(), _TMUX_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    found = out.decode("ascii", "replace").strip()
    return found if process.returncode == 0 and found else None


async def copy(app: App[Any], desk: Desk, thing: Thing) -> None:
    """Sends one thing to the clipboard and says so; where it cannot be sent, offers a file."""
    import os

    sending = await way(thing.text, os.environ, served=desk.access.served)
    if sending.refusal:
        _offer_file(app, desk, thing, sending.refusal)
        return
    app.copy_to_clipboard(thing.text)
    first = plain(thing.text, limit=_FIRST)
    words = f"{thing.name}: {first} ({len(base64.b64encode(thing.text.encode())):,} bytes sent). "
    words += sending.warning or "Whether it arrived, the terminal does not say."
    severity: Any = "warning" if sending.warning else "information"
    app.notify(
        words, title="Sent to the terminal", severity=severity, timeout=10 if sending.warning else 5, markup=False
    )


def _offer_file(app: App[Any], desk: Desk, thing: Thing, why: str) -> None:
    from functools import partial

    from console.desk import work
    from console.exporting import may_not, save_thing
    from console.screens.confirm import Confirm

    if refusal := may_not(desk):
        app.notify(f"{why} {refusal}", severity="warning", markup=False)
        return

    def answered(yes: bool | None) -> None:
        if yes:
            work(app, partial(save_thing, app, desk, thing), group="export", what="save a copy")

    app.push_screen(Confirm("Save it to a file instead?", why, yes="Save it", no="Leave it"), answered)
