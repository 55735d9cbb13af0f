"""lyrics.ttml: W3C TTML2 with the marks that Apple's players look for. Times are those of the LRC, to the millisecond.

The form is https://www.w3.org/TR/ttml2/: `tt` with `head` and `body`, a `div`, and one `p` for each line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from engine.domain.errors import MediaError
from engine.release.metadata import LyricLine, Metadata

TT = "http://www.w3.org/ns/ttml"
TTM = "http://www.w3.org/ns/ttml#metadata"
ITUNES = "http://music.apple.com/lyric-ttml-internal"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
# What XML 1.0 cannot hold even as a reference; the text has lost all but the last two on its way here.
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LEAST_MS = 10
_SLACK_MS = 10
"""What rounding may put a line's end behind the track's."""


def write(metadata: Metadata) -> str:
    """The file's text. Raises MediaError where the lines do not ascend or lie outside the track."""
    spans = _spans(metadata.lyrics.lines, metadata.duration_s)
    agent = "person" if metadata.vocals == "person" else "other"
    rows = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<tt xmlns="{TT}" xmlns:ttm="{TTM}" xmlns:itunes="{ITUNES}" itunes:timing="Line" '
        f"xml:lang={quoteattr(_language(metadata.language))}>",
        "  <head>",
        "    <metadata>",
        f"      <ttm:title>{_text(metadata.title)}</ttm:title>",
        f'      <ttm:agent type="{agent}" xml:id="v1">',
        f'        <ttm:name type="full">{_text(metadata.artist.name)}</ttm:name>',
        "      </ttm:agent>",
        "    </metadata>",
        "  </head>",
        f'  <body dur="{_clock(round(metadata.duration_s * 1000))}">',
        *_lines(metadata.lyrics.lines, spans),
        "  </body>",
        "</tt>",
    ]
    return "\n".join(rows) + "\n"


def _lines(lines: Sequence[LyricLine], spans: Sequence[tuple[int, int]]) -> list[str]:
    if not lines:
        return []
    rows = ["    <div>"]  # without times of its own: those of its lines would count from them
    for number, (line, (begin, end)) in enumerate(zip(lines, spans, strict=True), 1):
        marks = f'begin="{_clock(begin)}" end="{_clock(end)}" itunes:key="L{number}" ttm:agent="v1"'
        rows.append(f"      <p {marks}>{_text(line.text)}</p>")
    return [*rows, "    </div>"]


def _spans(lines: Sequence[LyricLine], duration_s: float) -> list[tuple[int, int]]:
    """(begin, end) of each line in milliseconds. A line without length shows for an instant."""
    most = round(duration_s * 1000)
    spans: list[tuple[int, int]] = []
    for line in lines:
        begin, end = round(line.start_s * 1000), round(line.end_s * 1000)
        if begin < (spans[-1][0] if spans else 0):
            raise MediaError(f"Timed lyrics go backwards at {_clock(max(begin, 0))}: {line.text[:60]!r}.")
        if max(begin, end) > most + _SLACK_MS:
            raise MediaError(f"Timed lyrics end at {_clock(max(begin, end))}, after the track's {duration_s:.2f} s.")
        begin = min(begin, most)
        spans.append((begin, min(max(end, begin + _LEAST_MS), max(most, begin))))
    return spans


def _clock(ms: int) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _language(language: str) -> str:
    return language if _LANGUAGE.fullmatch(language) else "und"


def _text(text: str) -> str:
    return escape(_NO_CHARACTER.sub("\ufffd", text), {"\r": "&#13;"})
