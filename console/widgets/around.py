"""The keys that take the focus round a screen."""

from __future__ import annotations

from textual.binding import Binding


def around(place: str) -> tuple[Binding, Binding]:
    """Tab and back; `place` makes their ids."""
    return (
        Binding(
            "tab", "app.focus_next", "Next part", show=False, id=f"move.{place}-next-part", tooltip="To the next part"
        ),
        Binding(
            "shift+tab",
            "app.focus_previous",
            "Part before",
            show=False,
            id=f"move.{place}-part-before",
            tooltip="To the part before",
        ),
    )
