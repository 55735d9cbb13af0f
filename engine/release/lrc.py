"""LRC, the common form of timed lyrics: a strict writer and an equally strict reader.

UTF-8, first `[name:value]` lines, then `[mm:ss.xx]text` lines in ascending order. The form was never standardised; this
is the part of it that every player reads. Times are kept in hundredths of a second, as in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.domain.errors import MediaError
from engine.safety.text import plain

PAUSE = 400
"""From this gap on (hundredths of a second) an empty line clears the words that were sung."""
_TAG = re.compile(r"\[([a-z]+):(.*)\]")
_LINE = re.compile(r"\[([0-9]{2,}):([0-5][0-9])\.([0-9]{2})\]([^\[\]]*)")
_ROUND = str.maketrans("[]", "()")  # LRC has no way to write a square bracket in a line


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when it shows, in hundredths of a second, and what it says. An empty text clears the screen."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Lrc:
    """A whole file."""

    tags: Mapping[str, str]
    lines: tuple[Line, ...]


def timed_lines(cues: Sequence[tuple[float, float, str]]) -> tuple[Line, ...]:
    """Lines for cues of (start, end, text) in seconds; a long pause after a line, or the end, gets an empty one."""
    lines: list[Line] = []
    for number, (start, end, text) in enumerate(cues):
        lines.append(Line(round(start * 100), plain(text).translate(_ROUND).strip()))
        following = cues[number + 1][0] if number + 1 < len(cues) else None
        if following is None or round(following * 100) - round(end * 100) >= PAUSE:
            lines.append(Line(max(round(end * 100), lines[-1].at), ""))
    return tuple(lines)


def write(title: str, artist: str, album: str, duration_s: float, lines: Sequence[Line]) -> str:
    """The file's text. Raises MediaError where the lines do not ascend or lie outside the duration."""
    minutes, seconds = divmod(round(duration_s), 60)
    tags = {"ti": title, "ar": artist, "al": album, "length": f"{minutes:02}:{seconds:02}"}
    _check(lines, duration_s)
    head = [f"[{name}:{plain(value).strip()}]" for name, value in tags.items()]
    body = [f"[{_stamp(line.at)}]{line.text}" for line in lines]
    return "\n".join(head + body) + "\n"


def _stamp(at: int) -> str:
    return f"{at // 6000:02}:{at // 100 % 60:02}.{at % 100:02}"


def _check(lines: Sequence[Line], duration_s: float) -> None:
    last = 0
    for line in lines:
        if line.at < last:
            raise MediaError(f"Timed lyrics go backwards at {_stamp(line.at)}: {line.text!r}.")
        last = line.at
    if last > round(duration_s * 100):
        raise MediaError(f"Timed lyrics end at {_stamp(last)}, after the track's {duration_s:.2f} s.")


def parse(text: str) -> Lrc:
    """Reads what `write` writes. Raises MediaError with the line's number for anything else."""
    tags: dict[str, str] = {}
    lines: list[Line] = []
    if not text.endswith("\n"):
        raise MediaError("Timed lyrics: the last line does not end.")
    for number, row in enumerate(text.removesuffix("\n").split("\n"), 1):
        if timed := _LINE.fullmatch(row):
            at = int(timed[1]) * 6000 + int(timed[2]) * 100 + int(timed[3])
            if lines and at < lines[-1].at:
                raise MediaError(f"Timed lyrics, line {number}: the time goes backwards.")
            lines.append(Line(at, timed[4]))
        elif (tag := _TAG.fullmatch(row)) and not lines and tag[1] not in tags:
            tags[tag[1]] = tag[2]
        else:
            raise MediaError(f"Timed lyrics, line {number}: {row[:60]!r} is no line of an LRC file.")
    return Lrc(tags, tuple(lines))
