"""A text as lines that can be changed and written back with the line ends that it had."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Change:
    """Lines `start` to `stop` of the file become `lines`."""

    start: int
    stop: int
    lines: tuple[str, ...]


@dataclass(slots=True)
class Lines:
    """A text as lines without their ends, the ends beside them. `end` is the file's own; `last` whether its last line
    has one; `bom` what stood in front."""

    lines: list[str]
    ends: list[str]
    end: str
    last: bool
    bom: str = ""

    @classmethod
    def of(cls, text: str) -> Lines:
        """The lines of a text."""
        bom = "\ufeff" if text.startswith("\ufeff") else ""
        text = text[len(bom) :]
        ends = _LINE_END.findall(text)
        lines = _LINE_END.split(text)
        last = lines[-1] == ""
        if last:
            lines.pop()
        own = max(("\n", "\r\n", "\r"), key=ends.count)
        return cls(lines, ends if last else [*ends, ""], own, last or not lines, bom)

    def text(self) -> str:
        """The text again: every line with its own end, the last one as the file had it."""
        if not self.lines:
            return self.bom
        ends = [end or self.end for end in self.ends]
        if not self.last:
            ends[-1] = ""
        return self.bom + "".join(line + end for line, end in zip(self.lines, ends, strict=True))

    def change(self, changes: Sequence[Change]) -> None:
        """Makes the changes, given by the lines as they are now; those at one place in their order."""
        for _, change in sorted(
            enumerate(changes), key=lambda each: (each[1].start, each[1].stop, each[0]), reverse=True
        ):
            self.lines[change.start : change.stop] = change.lines
            self.ends[change.start : change.stop] = [self.end] * len(change.lines)
