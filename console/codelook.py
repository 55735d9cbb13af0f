"""How code and differences are drawn in one theme: quiet grounds under what came and went, five inks, signs besides.

A dark ground keeps so little tint that the 256-colour table has a grey for it: its nearest colours are far too strong.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from console.syntax import Ink
from engine.domain.difference import Mark

_LINE, _WORD = {True: 0.13, False: 0.07}, {True: 0.3, False: 0.16}
"""How much of the signal colour a dark ground takes, and a light one, on which less is seen as well."""
_TINT = 0.14
"""Saturation of a dark ground; Rich takes a grey for less than 0.15."""

Spans = Iterable[tuple[int, int, str]]
"""(start, end, name of a layer)."""


@dataclass(frozen=True, slots=True)
class CodeLook:
    """Styles by what they are for; `layers` are put over the ground of a line."""

    base: Style
    dim: Style
    file: Style
    """A file's name."""
    hunk: Style
    grounds: Mapping[Mark, Style]
    signs: Mapping[Mark, Style]
    layers: Mapping[str, Style]
    """By ink, and `gone`, `new` for changed words, `odd` for what was made visible, `tab`."""

    @classmethod
    def of(cls, variables: Mapping[str, str], base: Style, *, ansi: bool, dark: bool) -> CodeLook:
        """The look for a theme's variables."""

        def ink(name: str) -> Style:
            return Style(color=Color.parse(variables[name]).rich_color)

        def ground(name: str, amount: float) -> Style:
            found = Color.parse(variables["background"]).blend(Color.parse(variables[name]), amount, alpha=1.0)
            if dark:
                hue, _, light = found.hsl
                found = Color.from_hsl(hue, _TINT, light)
            return Style(bgcolor=found.rich_color)

        changed = Style(bold=True, underline=True)
        gone, new = Style(), Style()
        panel = Style()
        gone_words, new_words = changed + ink("error"), changed + ink("success")
        if not ansi:
            gone, new = ground("error", _LINE[dark]), ground("success", _LINE[dark])
            gone_words, new_words = changed + ground("error", _WORD[dark]), changed + ground("success", _WORD[dark])
            panel = Style(bgcolor=Color.parse(variables["panel"]).rich_color)
        return cls(
            base=base,
            dim=base + ink("text-muted"),
            file=base + panel + ink("primary") + Style(bold=True),
            hunk=base + ink("text-muted"),
            grounds={Mark.SAME: base, Mark.GONE: base + gone, Mark.NEW: base + new},
            signs={
                Mark.SAME: base,
                Mark.GONE: ink("error") + Style(bold=True),
                Mark.NEW: ink("success") + Style(bold=True),
            },
            layers={
                Ink.KEYWORD: ink("primary"),
                Ink.STRING: ink("accent"),
                Ink.COMMENT: ink("text-muted"),
                Ink.NUMBER: ink("warning"),
                Ink.NAME: Style(bold=True),
                "tab": ink("text-muted"),
                "gone": gone_words,
                "new": new_words,
                "odd": ink("error") + Style(bold=True, reverse=True),
                "muted": ink("text-muted"),
                "good": ink("success"),
                "bad": ink("error"),
                "warn": ink("warning"),
                "accent": ink("accent"),
                "strong": Style(bold=True),
                "path": ink("primary"),
            },
        )


def painted(text: str, spans: Spans, ground: Style, look: CodeLook, start: int, end: int) -> list[Segment]:
    """The piece of a text between two places, later spans over earlier ones."""
    inside = [(max(a, start), min(b, end), name) for a, b, name in spans if a < end and b > start]
    edges = sorted({start, end, *(edge for a, b, _ in inside for edge in (a, b))})
    found = []
    for a, b in itertools.pairwise(edges):
        style = ground
        for one, other, name in inside:
            if one <= a and b <= other and name in look.layers:
                style += look.layers[name]
        found.append(Segment(text[a:b], style))
    return found
