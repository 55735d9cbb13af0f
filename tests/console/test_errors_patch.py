"""The screen of one patch: reading it, and what may be done once it was read."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.widgets import Static
from textual.widgets._toast import ToastRack

from console.screens.confirm import Confirm
from console.screens.error import ErrorScreen
from console.screens.patch import PatchScreen
from console.screens.patch_edit import PatchEditScreen
from console.screens.trial import TrialScreen
from engine.api import Access
from engine.api.repair_commands import digest_of
from engine.domain.repair import HEAD, PatchState, Refusal, RefusalKind, Work
from engine.lock import EngineLock
from engine.store import repairs
from tests.console import repairs as made
from tests.console.conftest import Open, press, quiet, shown, toasts, until
from tests.console.label import Label
from tests.console.test_errors import asked, open_error

TALL, SMALL = (120, 60), (80, 24)


async def open_patch(pilot: Any, group_id: str, patch_id: str = "") -> PatchScreen:
    screen = PatchScreen(group_id, patch_id)
    pilot.app.push_screen(screen)
    await until(pilot, lambda: screen.view.ready is not None and quiet(pilot))
    return screen


def foot(screen: PatchScreen) -> str:
    """What stands below the lines, also where a toast covers it."""
    return str(screen.query_one("#foot", Static).content)


def numbered(count: int) -> str:
    """A patch that makes a file of so many lines."""
    lines = "".join(f"+value_{number} = {number}\n" for number in range(count))
    return f"diff --git a/engine/x.py b/engine/x.py\nnew file mode 100644\n--- /dev/null\n+++ b/engine/x.py\n@@ -0,0 +1,{count} @@\n{lines}"  # noqa: E501


async def test_a_patch_is_shown_with_numbers_signs_and_where_its_files_begin(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, ids["error"])
        text = shown(pilot)
    for words in (
        "engine/visuals/frames.py  +8 −2",
        " 87     -     width = round(height * ratio)",
        "     87 +     width = even(height * ratio)",
        " 88  89       # What the encoder takes is checked",
        "line 121  class Frame:",
        "tests/engine/visuals/test_even.py  +5 −0",
        "new file",
        "trial ✓ passed in 38.7 s",
    ):
        assert words in text, words


async def test_before_and_after_stand_beside_each_other_where_there_is_room(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, ids["error"])
        await press(pilot, "d")
        rows = shown(pilot).splitlines()
        assert any("- " in row and "round(height" in row and "│" in row and "even(height" in row for row in rows)
        assert any("width / 2" not in row and "│127 +" in row.replace("│ ", "│") for row in rows)
        await pilot.resize_terminal(*SMALL)
        await until(pilot, lambda: "Side by side needs 100 columns; it stays unified." in shown(pilot))
        assert "│" not in shown(pilot)
        await press(pilot, "d")
        assert "Side by side needs" not in shown(pilot)


async def test_changed_words_are_underlined_and_code_has_colours(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home, TALL) as pilot:
        screen = await open_patch(pilot, ids["error"])
        found: dict[str, Any] = {}
        for strip in screen._compositor.render_strips():
            for text, style, _ in strip:
                found.setdefault(text, style)  # of `even` the one that took the place of `round`
        assert found["round"].underline and found["even"].underline
        assert not found["LEAST = "].underline
        assert found["def"].color != found["LEAST = "].color
        assert found["round"].bgcolor != found["even"].bgcolor


async def test_nothing_is_applied_before_every_changed_line_was_in_view(label: Label, console: Open) -> None:
    group = await label.error("database is locked")
    await made.validated(label, group, numbered(50), number=2)
    async with console(label.home, SMALL) as pilot:
        screen = await open_patch(pilot, group)
        await press(pilot, "f2")
        assert "changed lines not shown yet: go on to the end." in toasts(pilot)
        await press(pilot, "end")  # over what lies between
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, PatchScreen) and 10 < screen.view.unseen < 40
        for key in ("home", *["space"] * 6):
            await press(pilot, key)
        assert screen.view.unseen == 0
        assert foot(screen) == "All of it was shown. f2 applies it."
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, Confirm)
        assert await asked(label) == []


async def test_applying_names_the_digest_of_what_was_shown_after_one_question(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, ids["error"])
        await press(pilot, "f2")
        question = pilot.app.screen
        assert isinstance(question, Confirm) and "Apply this patch?" in shown(pilot)
        text = " ".join(str(question.asked.content).split())
        for words in (
            "4b19157c0de5",
            "engine/visuals/frames.py,",
            "+13 −2",
            "the engine restarts",
            "For 30 minutes it is watched",
        ):
            assert words in text, words
        await press(pilot, "n")
        assert await asked(label) == []
        await press(pilot, "f2", "y")
        await until(pilot, lambda: "It is asked for" in toasts(pilot))
        wanted = {"patch_id": ids["patch"], "digest": digest_of(made.DIFF)}
        assert await asked(label) == [("patch_apply", wanted)]


@pytest.mark.parametrize(
    "warned",
    [
        {"note": "The gate warns: an import of subprocess"},
        {"refusals": [Refusal(RefusalKind.POLICY, "The gate warns: an import of subprocess")]},
    ],
    ids=["note", "refusal"],
)
async def test_what_the_gate_warns_of_needs_a_second_yes(label: Label, console: Open, warned: dict[str, Any]) -> None:
    group = await label.error("database is locked")
    patch = await made.validated(label, group, number=2, **warned)
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, group)
        await press(pilot, "f2", "y")
        assert "Apply it all the same?" in shown(pilot) and "an import of subprocess" in shown(pilot)
        await press(pilot, "n")
        assert await asked(label) == []
        await press(pilot, "f2", "y", "y")
        await until(pilot, lambda: "It is asked for" in toasts(pilot))
        assert [arguments["patch_id"] for _, arguments in await asked(label)] == [patch]


@pytest.mark.thorough
async def test_a_trial_that_was_not_isolated_needs_a_second_yes(label: Label, console: Open) -> None:
    group = await label.error("database is locked")
    patch = await made.propose(label, group, number=2)
    await made.tried(label, patch, replace(made.PASSED, isolated=False))
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, group)
        assert "! not isolated" in shown(pilot)
        await press(pilot, "f2", "y")
        assert "Its trial was not isolated" in shown(pilot)


async def test_a_question_is_void_once_the_patch_is_another_one(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, ids["error"])
        await press(pilot, "f2")
        await made.tried(label, ids["patch"], made.FAILED)
        await until(pilot, lambda: "It is trial failed by now." in shown(pilot))
        await press(pilot, "y")
        assert await asked(label) == []


async def state_of(label: Label, group: str, state: str) -> None:
    """Brings a new patch of the group into a state."""
    refused = "It is no diff." if state == "invalid" else ""
    patch = await made.propose(label, group, number=2, refused=refused)
    if state in ("failed", "probation", "applied"):
        await made.tried(label, patch, made.FAILED if state == "failed" else made.PASSED)
    if state in ("probation", "applied"):
        await made.applied(label, patch)
    if state == "applied":
        async with label.database.write() as connection:
            await repairs.move_patch(connection, patch, PatchState.APPLIED)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("ready", "Not tried yet: t tries it. Only what was tried can be applied."),
        pytest.param("failed", "Its trial failed: it cannot be applied.", marks=pytest.mark.thorough),
        pytest.param("invalid", "It is invalid and cannot be applied.", marks=pytest.mark.thorough),
        pytest.param("probation", "It is applied, and watched.", marks=pytest.mark.thorough),
        ("applied", "It is applied."),
    ],
)
async def test_a_patch_that_cannot_be_applied_says_why(label: Label, console: Open, state: str, words: str) -> None:
    group = await label.error("database is locked")
    await state_of(label, group, state)
    async with console(label.home, TALL) as pilot:
        screen = await open_patch(pilot, group)
        assert foot(screen) == words
        await press(pilot, "f2")
        assert words in toasts(pilot) and isinstance(pilot.app.screen, PatchScreen)


@pytest.mark.parametrize("state", ["probation", "applied"])
async def test_an_applied_patch_is_taken_back_after_a_question(label: Label, console: Open, state: str) -> None:
    group = await label.error("database is locked")
    await made.set_up(label)
    await state_of(label, group, state)
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, group)
        await press(pilot, "r")
        assert "Take this patch back?" in shown(pilot)
        await press(pilot, "y")
        await until(pilot, lambda: "It is being taken back" in toasts(pilot))
        assert [kind for kind, _ in await asked(label)] == ["patch_revert"]


async def test_a_patch_of_code_that_is_not_checked_out_any_more_says_so(label: Label, console: Open) -> None:
    group = await label.error("database is locked")
    await state_of(label, group, "ready")
    await made.set_up(label, replace(made.CAN, details={HEAD: "f" * 40}))
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, group)
        assert "! The code has moved on to ffffffffffff: the patch cannot be applied" in shown(pilot)
        await open_error(pilot, group)
        assert "! The code has moved on to ffffffffffff: the patch cannot be applied" in shown(pilot)


async def test_where_patches_cannot_be_applied_it_says_why_and_export_remains(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    await made.set_up(label, replace(made.CAN, git=False, refused="noktvrn runs as root: set AUTO_FIX_AS_ROOT=true."))
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, ids["error"])
        await press(pilot, "f2")
        assert "noktvrn runs as root" in toasts(pilot)
        await press(pilot, "X")
        await until(pilot, lambda: ".patch" in toasts(pilot))
        [file] = label.home.exports.iterdir()
        assert file.name.startswith(ids["error"]) and file.suffix == ".patch"
        assert file.read_text().startswith("From ") and made.DIFF.rstrip("\n") in file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("access", [Access(readonly=True), Access(served=True)], ids=["read-only", "browser"])
async def test_neither_a_read_only_console_nor_a_browser_applies_or_takes_back(
    label: Label, console: Open, ids: dict[str, str], access: Access
) -> None:
    async with console(label.home, TALL, access=access) as pilot:
        await open_patch(pilot, ids["error"])
        words = "This console is read-only" if access.readonly else "No patch is applied from a browser"
        assert words in shown(pilot)
        await press(pilot, "f2")
        assert words in toasts(pilot) and isinstance(pilot.app.screen, PatchScreen)
        assert await asked(label) == []


async def test_while_something_is_under_way_nothing_else_begins(
    label: Label, console: Open, ids: dict[str, str], engine: EngineLock
) -> None:
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, ids["error"])
        await made.at_work(label, ids["error"], Work.TRIAL)
        await until(pilot, lambda: "▸ trying" in shown(pilot))
        for key in ("f2", "t", "e", "F"):
            await press(pilot, key)
        assert "It is busy: trying" in toasts(pilot)
        assert isinstance(pilot.app.screen, PatchScreen) and await asked(label) == []


async def test_it_is_tried_again_and_the_log_of_its_trial_is_shown(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home, TALL) as pilot:
        await open_patch(pilot, ids["error"])
        await press(pilot, "t")
        await until(pilot, lambda: "It is tried" in toasts(pilot))
        assert await asked(label) == [("patch_trial", {"patch_id": ids["patch"]})]
        await press(pilot, "L")
        assert isinstance(pilot.app.screen, TrialScreen)
        await until(pilot, lambda: "38 passed in 6.02s" in shown(pilot))
        assert "✓ new tests  1.1 s: 1 failed before, 1 passes now" in shown(pilot)


async def test_a_patch_that_was_not_tried_is_told_once_with_the_key_to_press(label: Label, console: Open) -> None:
    group = await label.error("database is locked")
    await made.propose(label, group, number=2)
    async with console(label.home, SMALL) as pilot:
        await open_patch(pilot, group)
        assert " ".join(shown(pilot).split()).lower().count("not tried") == 1
        assert "t Try" in shown(pilot).splitlines()[-1]


async def test_a_trial_under_way_shows_how_long_and_how_far_and_its_screen_opens(
    label: Label, console: Open, engine: EngineLock
) -> None:
    group = await label.error("database is locked")
    await made.propose(label, group, number=2)
    label.now -= timedelta(seconds=35)
    await made.at_work(label, group, Work.TRIAL)
    async with console(label.home, SMALL) as pilot:
        screen = await open_patch(pilot, group)
        assert "▸ trying  ·  0:35" in shown(pilot) and foot(screen) == "It is being tried."
        assert "tried yet" not in shown(pilot)
        await press(pilot, "L")
        await until(pilot, lambda: "What it writes is kept once it has ended." in shown(pilot))
        assert isinstance(pilot.app.screen, TrialScreen) and "▸ trying  ·  0:35" in shown(pilot)


async def test_many_warnings_leave_what_is_under_way_in_sight_and_say_that_there_are_more(
    label: Label, console: Open, engine: EngineLock
) -> None:
    group = await label.error("database is locked")
    await made.propose(label, group, number=2, note="\n".join(f"The gate warns: part {each}" for each in range(9)))
    await made.at_work(label, group, Work.TRIAL)
    async with console(label.home, SMALL) as pilot:
        await open_patch(pilot, group)
        assert "▸ trying" in shown(pilot) and "The gate warns: part 0" in shown(pilot)
        assert "more lines: the error's screen has them all" in shown(pilot)


@pytest.mark.parametrize("size", [SMALL, TALL], ids=["small", "tall"])
async def test_a_toast_stands_above_the_reason_in_the_foot(
    label: Label, console: Open, ids: dict[str, str], size: tuple[int, int], engine: EngineLock
) -> None:
    await made.at_work(label, ids["error"], Work.ANALYSE)
    async with console(label.home, size) as pilot:
        screen = await open_patch(pilot, ids["error"])
        for key in ("t", "e"):
            await press(pilot, key)
            assert "It is busy: analysing" in toasts(pilot)
            await until(pilot, lambda: quiet(pilot))
            assert foot(screen).split()[0] in shown(pilot).splitlines()[-2]
            assert screen.query_one(ToastRack).region.bottom <= screen.query_one("#foot").region.y


@pytest.mark.thorough
async def test_brackets_go_to_the_patches_before_and_after_and_a_newer_one_is_told(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home, TALL) as pilot:
        screen = await open_patch(pilot, ids["error"])
        await made.propose(label, ids["error"], numbered(3), number=2)
        await until(pilot, lambda: "A newer patch is there: [ shows it." in shown(pilot))
        assert "round(height" in shown(pilot), "it stays with the one that is read"
        assert "A newer patch took its place." in shown(pilot)
        await press(pilot, "left_square_bracket")
        await until(pilot, lambda: "value_2 = 2" in shown(pilot))
        await press(pilot, "left_square_bracket")
        assert "This is the newest patch." in toasts(pilot)
        await press(pilot, "right_square_bracket")
        await until(pilot, lambda: screen.patch_id == ids["patch"])


async def test_the_patch_itself_can_be_copied_and_changed(label: Label, console: Open, ids: dict[str, str]) -> None:
    async with console(label.home, TALL) as pilot:
        screen = await open_patch(pilot, ids["error"])
        offered = {thing.name: thing.text for thing in screen.things()}
        assert offered["patch"] == made.DIFF and offered["id"] == ids["patch"]
        await press(pilot, "y")
        assert "d  patch" in shown(pilot)
        await press(pilot, "escape", "e")
        assert isinstance(pilot.app.screen, PatchEditScreen)


@pytest.mark.thorough
async def test_a_line_too_long_to_be_shown_keeps_a_patch_from_being_applied(label: Label, console: Open) -> None:
    group = await label.error("database is locked")
    await made.validated(label, group, numbered(2).replace("value_1 = 1", f"value_1 = '{'x' * 200_000}'"), number=2)
    async with console(label.home, TALL) as pilot:
        screen = await open_patch(pilot, group)
        for _ in range(12):
            await press(pilot, "space")
        await press(pilot, "end", "f2")
        assert screen.view.ready is not None and not screen.view.ready.whole
        assert "too long to be shown" in toasts(pilot)


@pytest.mark.thorough
async def test_a_patch_of_two_thousand_lines_is_open_at_once_and_scrolls(label: Label, console: Open) -> None:
    group = await label.error("database is locked")
    await made.validated(label, group, numbered(2_000), number=2)
    async with console(label.home, TALL) as pilot:
        screen = PatchScreen(group)
        began = time.process_time()
        pilot.app.push_screen(screen)
        await until(pilot, lambda: screen.view.ready is not None and quiet(pilot))
        await press(pilot, "end")
        spent = time.process_time() - began
        assert "value_1999 = 1999" in shown(pilot)
        assert spent < 3.0, spent  # usually a fifth of that
        assert screen.view.unseen > 1_000


@pytest.mark.thorough
async def test_enter_in_the_pane_and_again_leads_to_the_patch(label: Label, console: Open) -> None:
    async with console(label.home) as pilot:
        await press(pilot, "5", "enter")
        assert type(pilot.app.screen) is ErrorScreen
        await until(pilot, lambda: quiet(pilot))
        await press(pilot, "enter")
        assert type(pilot.app.screen_stack[-1]) is PatchScreen
