"""A reader of TTML lyrics that shares nothing with the writer: XML by expat, then the rules of TTML2 as they are used.

https://www.w3.org/TR/ttml2/: `tt` > `head`?, `body`; `body` > `div`; `div` > `p`; clock times `hh:mm:ss.fraction`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

TT = "{http://www.w3.org/ns/ttml}"
TTM = "{http://www.w3.org/ns/ttml#metadata}"
XML = "{http://www.w3.org/XML/1998/namespace}"
_CLOCK = re.compile(r"([0-9]{2,}):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]+))?")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Lyrics:
    """What a player would show: lines as (begin, end, text) in seconds."""

    language: str
    title: str
    agents: tuple[str, ...]
    duration_s: float
    lines: tuple[tuple[float, float, str], ...]


def read(data: bytes) -> Lyrics:
    """Reads a file. Raises ValueError or ParseError where it breaks a rule."""
    root = ET.fromstring(data)
    _require(root.tag == f"{TT}tt", f"the root is {root.tag}")
    language = root.get(f"{XML}lang", "")
    _require(_LANGUAGE.fullmatch(language) is not None, f"xml:lang is {language!r}")
    _require([child.tag for child in root] == [f"{TT}head", f"{TT}body"], "tt holds head, then body")
    head, body = root
    agents = {each.get(f"{XML}id", ""): each for each in head.iter(f"{TTM}agent")}
    for agent in agents.values():
        _require(agent.get("type") in ("person", "character", "group", "organization", "other"), "an agent's type")
    lines: list[tuple[float, float, str]] = []
    for division in body:
        _require(division.tag == f"{TT}div" and len(division) > 0, "body holds divs with lines")
        _require(not {"begin", "end", "dur"} & set(division.attrib), "times of lines would count from their div's")
        for line in division:
            _require(line.tag == f"{TT}p" and len(line) == 0, "div holds p, p holds text")
            _require(line.get(f"{TTM}agent") in agents, "a line names an agent of the head")
            begin, end = _seconds(line.get("begin")), _seconds(line.get("end"))
            _require(begin <= end, f"a line ends before it begins: {begin} to {end}")
            _require(not lines or lines[-1][0] <= begin, "lines stand in the order of their times")
            lines.append((begin, end, line.text or ""))
    duration = _seconds(body.get("dur"))
    _require(all(end <= duration for _, end, _ in lines), "a line outlasts the body")
    return Lyrics(language, head.findtext(f".//{TTM}title", ""), tuple(agents), duration, tuple(lines))


def _seconds(clock: str | None) -> float:
    found = _CLOCK.fullmatch(clock or "")
    if found is None:
        raise ValueError(f"{clock!r} is no clock time")
    hours, minutes, seconds, fraction = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")


def _require(fine: bool, what: str) -> None:
    if not fine:
        raise ValueError(what)
