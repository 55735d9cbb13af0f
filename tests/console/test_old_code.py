"""What a console says once a patch changed the code that it runs."""

from __future__ import annotations

import pytest

from console.oldcode import run_here
from engine.domain.repair import PatchState
from engine.store import repairs
from tests.console import repairs as made
from tests.console.conftest import Open, press, quiet, shown, toasts, until
from tests.console.label import Label

OLD = "old code: open anew"


async def move(label: Label, patch_id: str, state: PatchState, **values: object) -> None:
    async with label.database.write() as connection:
        await repairs.move_patch(connection, patch_id, state, **values)


@pytest.mark.quick
def test_all_of_the_console_is_run_here_and_what_of_the_engine_is_loaded() -> None:
    files = ("console/never_loaded.py", "engine/store/repairs.py", "engine/store/__init__.py", "engine/nothing.py")
    assert run_here((*files, "docs/repair.md")) == files[:3]


async def test_an_open_console_says_that_it_runs_the_old_code_until_the_patch_is_taken_back(
    label: Label, console: Open
) -> None:
    group = await label.error("database is locked")
    ours = await made.validated(
        label, group, made.DIFF.replace("engine/visuals/frames.py", "console/human.py"), number=2
    )
    async with console(label.home, (120, 40)) as pilot:
        await until(pilot, lambda: quiet(pilot))
        assert OLD not in shown(pilot)
        await made.applied(label, ours)
        await until(pilot, lambda: OLD in shown(pilot).splitlines()[0])
        assert "This console runs the old code" in toasts(pilot) and "console/human.py" in toasts(pilot)
        await move(label, ours, PatchState.REVERTED, reverted_at=label.now)
        await until(pilot, lambda: OLD not in shown(pilot).splitlines()[0])


async def test_a_patch_of_code_that_no_console_runs_is_no_matter(label: Label, console: Open) -> None:
    group = await label.error("database is locked")
    other = await made.validated(label, group, made.DIFF.replace("engine/visuals/frames.py", "engine/x.py"), number=2)
    async with console(label.home, (120, 40)) as pilot:
        await press(pilot, "5", "m")
        await made.applied(label, other)
        await until(pilot, lambda: "◐ probation" in shown(pilot) and quiet(pilot))
        assert OLD not in shown(pilot)
