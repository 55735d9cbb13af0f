"""What did not change is not drawn again: every drawing goes over somebody's line."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widget import Widget

from console.messages import Changes
from console.screens.main import MainScreen
from console.widgets.rows import Rows
from engine.home import Home
from tests.console.conftest import Open, until
from tests.console.label import Label


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request to draw, by the widget's name."""
    found: list[str] = []
    whole, one_line = Widget.refresh, Rows.refresh_line

    def refresh(self: Widget, *regions: Any, **options: Any) -> Widget:
        found.append(self.id or type(self).__name__)
        return whole(self, *regions, **options)

    def refresh_line(self: Rows[Any], y: int) -> None:
        found.append(f"{self.id} line {y}")
        one_line(self, y)

    monkeypatch.setattr(Widget, "refresh", refresh)
    monkeypatch.setattr(Rows, "refresh_line", refresh_line)
    return found


async def test_changes_that_show_nowhere_draw_nothing(filled: Home, console: Open, drawn: list[str]) -> None:
    async with console(filled) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, MainScreen)
        await until(pilot, lambda: all(not pane._busy for pane in screen.panes))
        drawn.clear()
        screen.follow(Changes(everything=True))
        await until(pilot, lambda: all(not pane._busy for pane in screen.panes))
        assert drawn == []


async def test_a_run_that_goes_on_draws_its_own_line_only(
    filled: Home, label: Label, console: Open, drawn: list[str], ids: dict[str, str]
) -> None:
    from engine.domain.runs import Stage
    from engine.store import runs

    async with console(filled) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, MainScreen)
        await until(pilot, lambda: all(not pane._busy for pane in screen.panes))
        drawn.clear()
        async with label.database.write() as connection:
            run = await runs.get(connection, ids["clip"])
            await runs.stage_progress(connection, run, Stage.CLIP, 0.9, "mixing", 0.85)
        await until(pilot, lambda: bool(drawn))
        place = next(i for i in range(10) if (row := screen.panes[2].window.get(i)) and row.id == ids["clip"])
        await until(pilot, lambda: all(not pane._busy for pane in screen.panes))
        assert {name for name in drawn if "line" in name} == {f"runs line {place + 1}"}
