"""One line of the log with everything in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from textual.content import Content

from console.human import stamp
from console.marks import LEVELS, STYLES, Tone
from console.safe import Leaf, block, line, lines, own, pairs
from console.screens.plain import PlainScreen

if TYPE_CHECKING:
    from engine.logs import Event


class LogLineScreen(PlainScreen):
    """The line."""

    def __init__(self, event: Event) -> None:
        tone = STYLES[LEVELS.get(event.level, Tone.PLAIN)]
        head = pairs(
            [
                ("time", line(stamp(event.ts))),
                ("level", line(event.level, tone)),
                ("from", line(event.logger)),
                *((line(str(name), limit=20).plain, line(str(value))) for name, value in event.context.items()),
            ]
        )
        cards: list[tuple[str, Leaf | Content]] = [("Event", block(event.event, tone)), ("Context", head)]
        if event.exc:
            cards.append(("Exception", lines(_exception(event.exc))))
        self.shown = event
        super().__init__(cards)


def _exception(exc: Mapping[str, Any]) -> Iterator[Content]:
    yield line(f"{exc.get('type')}: {exc.get('msg')}", STYLES[Tone.BAD])
    for frame in exc.get("frames") or ():
        if isinstance(frame, list) and len(frame) == 4:
            file, number, function, ours = frame
            yield own("  ", line(f"{file}:{number} in {function}", "" if ours else STYLES[Tone.DIM]))
    for cause in exc.get("chain") or ():
        if isinstance(cause, dict):
            yield own(("caused by", STYLES[Tone.DIM]))
            yield from _exception({**cause, "chain": ()})
