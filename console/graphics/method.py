"""How this terminal is shown pictures: by the setting, else by what its environment says. It is asked nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_KITTY_TERMS = ("xterm-kitty", "xterm-ghostty")
_SIXEL_TERMS = ("foot", "mlterm", "contour", "yaft", "wezterm")
_SIXEL_PROGRAMS = ("WezTerm", "iTerm.app", "mlterm", "contour")
_SIXEL_KONSOLE = 220_400
_KITTY_VERSION = re.compile(r"Version\((\d{1,4}), (\d{1,4})")
_FIRST_KITTY, _LOOKED_AT = (0, 28), 1 << 16
_DEC_CELL = (10, 20)


class Method(StrEnum):
    """A way to show a picture."""

    KITTY = "kitty"
    """Kitty's graphics with placeholder characters: kitty and Ghostty."""
    SIXEL = "sixel"
    """Sixel graphics: foot, WezTerm, Konsole, iTerm2, mlterm, Windows Terminal, xterm where it was built for it."""
    BLOCKS = "blocks"
    """Half blocks, in every terminal."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Cell:
    """The size of one character cell in pixels."""

    width: int
    height: int


def method_of(wanted: str, environ: Mapping[str, str], *, served: bool) -> Method:
    """The setting's way, or the best one that the environment promises. A browser shows text only: half blocks."""
    if wanted == "off":
        return Method.OFF
    if served:
        return Method.BLOCKS
    if wanted != "auto":
        return Method(wanted)
    if environ.get("TMUX") or environ.get("STY") or environ.get("ZELLIJ"):
        return Method.BLOCKS  # what stands in between keeps pictures to itself, and its windows would mix them up
    if environ.get("KITTY_WINDOW_ID") or environ.get("GHOSTTY_RESOURCES_DIR") or _term(environ) in _KITTY_TERMS:
        return Method.BLOCKS if _old_kitty(environ) else Method.KITTY
    return Method.SIXEL if _sixel(environ) else Method.BLOCKS


def _term(environ: Mapping[str, str]) -> str:
    return environ.get("TERM", "")


def _old_kitty(environ: Mapping[str, str]) -> bool:
    """Whether this is a kitty from before its placeholder characters; over SSH nobody can tell."""
    folder = environ.get("KITTY_INSTALLATION_DIR", "")
    try:
        with (Path(folder) / "kitty" / "constants.py").open("rb") as file:
            found = _KITTY_VERSION.search(file.read(_LOOKED_AT).decode("utf-8", "replace")) if folder else None
    except OSError:
        return False
    return found is not None and (int(found[1]), int(found[2])) < _FIRST_KITTY


def _sixel(environ: Mapping[str, str]) -> bool:
    if environ.get("WT_SESSION") or environ.get("TERM_PROGRAM", "") in _SIXEL_PROGRAMS:
        return True
    konsole = environ.get("KONSOLE_VERSION", "")
    return _term(environ).startswith(_SIXEL_TERMS) or (konsole.isdecimal() and int(konsole) >= _SIXEL_KONSOLE)


def cell_size(environ: Mapping[str, str]) -> Cell | None:
    """The terminal's cell as the kernel knows it; Windows Terminal keeps to the VT340's. None where nobody knows."""
    import fcntl
    import struct
    import sys
    import termios

    stream = sys.__stderr__  # the one that the picture of the console goes to
    try:
        answer = fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, bytes(8)) if stream else bytes(8)
    except (OSError, ValueError):
        answer = bytes(8)
    rows, columns, width, height = struct.unpack("HHHH", answer)
    if rows and columns and width >= 4 * columns and height >= 6 * rows:
        return Cell(width // columns, height // rows)
    return Cell(*_DEC_CELL) if environ.get("WT_SESSION") else None


def in_tmux(environ: Mapping[str, str]) -> bool:
    """Whether sequences must be wrapped to pass through tmux."""
    return bool(environ.get("TMUX")) or bool(re.match("tmux", _term(environ)))
