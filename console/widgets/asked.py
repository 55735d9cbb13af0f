"""Boxes for what a target is told: a text, or one of a few values. What they hold goes through their `value`."""

from __future__ import annotations

from textual.widgets import Input

from console.safe import line, own
from console.widgets.pick import Pick
from engine.domain.delivery import Declaration, Option
from engine.safety.text import plain

ASK, UNSAID = "ask each time", "not answered"
"""Stand for no answer: of a target, and of one delivery."""

FORM_CSS = """
    Input, Pick {
        border: round $border-blurred; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $text-muted; background: $background; height: 3;
        &:focus { border: round $border; }
        &.-wrong { border-subtitle-color: $error; border-subtitle-style: bold; }
    }
"""
"""Goes into the style of a screen with such boxes."""

Box = Input | Pick


def text_box(name: str, hint: str, value: str = "", *, limit: int = 400) -> Input:
    """A box for a text; the hint stands at its foot."""
    found = Input(value, select_on_focus=False, max_length=limit)
    _name(found, name, hint)
    return found


def pick_box(name: str, hint: str, values: tuple[str, ...], chosen: str = "") -> Pick:
    """A box of which one value is chosen."""
    found = Pick(values, chosen)
    _name(found, name, hint)
    return found


def option_box(option: Option) -> Box:
    """The box for one thing that a target of a kind is told when it is added."""
    hint = option.what if option.default is not None else f"{option.what} (needed)"
    if option.choices:
        return pick_box(option.name, hint, option.choices, option.default or "")
    return text_box(option.name, hint, option.default or "")


def answer_box(asked: Declaration, given: str = "", *, unset: str) -> Box:
    """The box for one question; `unset` is what stands there for no answer."""
    values = asked.choices
    if not values:
        return text_box(asked.name, asked.question, given or asked.default or "", limit=120 if asked.free else 40)
    if asked.default is None:
        values = (unset, *values)
    return pick_box(asked.name, asked.question, values, given or asked.default or values[0])


def value_of(box: Box) -> str:
    """What it holds; empty for nothing."""
    text = box.value.strip()
    return "" if text in (ASK, UNSAID) else text


def mark(box: Box, problem: str, hint: str) -> None:
    """Says at the foot what is wrong, else the hint."""
    box.set_class(bool(problem), "-wrong")
    box.border_subtitle = own("✗ ", line(problem, limit=120)) if problem else own(hint)


def _name(box: Box, name: str, hint: str) -> None:
    box.border_title = own(plain(name.replace("_", " "), limit=30))
    box.border_subtitle = own(hint)
