"""The errors pane and the screen of one error: what they show, and what can be asked there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.widgets import TextArea

from console.repair_words import doing
from console.screens.error import ErrorScreen
from console.screens.ignoring import IgnoreScreen
from console.screens.patch import PatchScreen
from console.screens.patch_edit import PatchEditScreen
from console.screens.run import RunScreen
from engine.api import Access
from engine.api.repair_models import ErrorRow
from engine.domain.repair import GroupState, Work
from engine.lock import EngineLock
from engine.store import control, repairs
from tests.console import repairs as made
from tests.console.conftest import Open, press, quiet, shown, toasts, until
from tests.console.label import NOW, Label


async def errors(pilot: Any, filter_words: str = "") -> Any:
    """Goes to the pane, alone on the screen, with a filter."""
    await press(pilot, "5", "m")
    pane = pilot.app.focused
    if filter_words:
        pane.set_filter(filter_words)
    await until(pilot, lambda: quiet(pilot))
    return pane


async def open_error(pilot: Any, group_id: str) -> ErrorScreen:
    screen = ErrorScreen(group_id)
    pilot.app.push_screen(screen)
    await until(pilot, lambda: screen.found is not None and quiet(pilot))
    return screen


async def asked(label: Label) -> list[tuple[str, dict[str, Any]]]:
    """The commands that wait for an engine: kind and arguments."""
    async with label.database.read() as connection:
        return [(each.kind, dict(each.arguments)) for each in await control.pending_commands(connection)]


async def test_the_pane_shows_state_class_count_trend_and_what_is_under_way(
    label: Label, console: Open, engine: EngineLock
) -> None:
    quota = await label.error("429 from the stock provider")
    await made.diagnose(label, quota, made.QUOTA)
    busy = await label.error("database is locked")
    await made.at_work(label, busy, Work.TRIAL)
    async with console(label.home, (150, 40)) as pilot:
        await errors(pilot)
        rows = shown(pilot).splitlines()
        first = next(row for row in rows if "429 from the stock" in row)
        assert "? analysed" in first and "quota" in first and "█" in first and "just now" in first
        assert "▸ trying" in next(row for row in rows if "database is locked" in row)
        assert "● validated" in next(row for row in rows if "ffmpeg" in row)
        await made.at_work(label, busy, Work.NONE)
        await until(pilot, lambda: "▸ trying" not in shown(pilot))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("state:validated", {"ffmpeg"}),
        ("class:quota where:clip since:1h", {"429"}),
        pytest.param("class:none", {"locked"}, marks=pytest.mark.thorough),
        pytest.param("since:1h", {"ffmpeg", "429", "locked"}, marks=pytest.mark.thorough),
    ],
)
async def test_a_filter_knows_state_class_part_and_time(
    label: Label, console: Open, words: str, found: set[str]
) -> None:
    label.now = NOW - timedelta(minutes=1)
    await made.diagnose(label, await label.error("429 from the stock provider"), made.QUOTA)
    await label.error("database is locked")
    async with console(label.home, (150, 40)) as pilot:
        await errors(pilot, words)
        assert {name for name in ("ffmpeg", "429", "locked") if name in shown(pilot)} == found


@pytest.mark.thorough
async def test_o_leaves_the_open_ones_and_brings_all_back(label: Label, console: Open) -> None:
    other = await label.error("no longer of interest")
    async with label.database.write() as connection:
        await repairs.move_group(connection, other, GroupState.IGNORED)
    async with console(label.home, (150, 40)) as pilot:
        pane = await errors(pilot)
        assert "no longer of interest" in shown(pilot)
        await press(pilot, "o")
        assert "no longer of interest" not in shown(pilot) and pane.words == "state:open"
        await press(pilot, "o")
        assert "no longer of interest" in shown(pilot) and pane.words == ""


async def test_keys_of_the_pane_ask_about_the_line_under_the_cursor(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        await errors(pilot)
        await press(pilot, "A", "F")
        assert await asked(label) == [
            ("error_analyse", {"group_id": ids["error"]}),
            ("error_propose", {"group_id": ids["error"]}),
        ]
        assert "It begins when the engine runs" in toasts(pilot)
        await press(pilot, "A")
        assert "The same was asked for" in toasts(pilot)
        await press(pilot, "D")
        assert isinstance(pilot.app.screen, PatchScreen)


async def test_what_the_group_does_not_allow_is_said(label: Label, console: Open, engine: EngineLock) -> None:
    await made.at_work(label, await label.error("database is locked"), Work.ANALYSE)
    async with console(label.home, (120, 40)) as pilot:
        await errors(pilot, "locked")
        for key in ("A", "F", "I"):
            await press(pilot, key)
        assert "It is busy: analysing" in toasts(pilot)
        await press(pilot, "D")
        assert "There is no patch yet: F asks for one." in toasts(pilot)
        assert await asked(label) == []


@pytest.mark.parametrize(("key", "until_"), [("h", timedelta(hours=1)), ("w", timedelta(weeks=1)), ("f", None)])
async def test_an_error_is_ignored_for_a_while_or_for_good_and_heard_of_again(
    label: Label, console: Open, ids: dict[str, str], key: str, until_: timedelta | None
) -> None:
    async with console(label.home) as pilot:
        screen = await open_error(pilot, ids["error"])
        await press(pilot, "I")
        assert isinstance(pilot.app.screen, IgnoreScreen) and "hear of it" not in shown(pilot)
        await press(pilot, key)
        await until(pilot, lambda: screen.found is not None and screen.found.row.state is GroupState.IGNORED)
        assert screen.found is not None
        assert screen.found.row.ignored_until == (NOW + until_ if until_ else None)
        await press(pilot, "I", "u")
        await until(pilot, lambda: screen.found is not None and screen.found.row.state is GroupState.VALIDATED)


@pytest.mark.thorough
async def test_several_errors_are_ignored_at_once(label: Label, console: Open) -> None:
    await label.error("database is locked")
    async with console(label.home, (120, 40)) as pilot:
        await errors(pilot)
        await press(pilot, "asterisk", "b", "j", "enter", "y")
        await until(pilot, lambda: "2 errors ignored" in toasts(pilot))
        assert shown(pilot).count("- ignored") == 2


async def test_the_screen_shows_diagnosis_patch_trend_evidence_and_runs(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home, (180, 70)) as pilot:
        await open_error(pilot, ids["error"])
        text = " ".join(shown(pilot).split())
    for words in (
        "● validated",
        "our code · sure, 86% · by deepseek:deepseek-v4-flash, 9 min ago",
        "asks ffmpeg for a width that is odd",
        "look at engine/visuals/frames.py, engine/visuals/clip.py",
        "patch 1 · ● validated · +13 −2 in 2 files · by deepseek:deepseek-v4-pro",
        "trial ✓ passed in 38.7 s · a test failed before and passes now",
        "✓ affected tests 6.2 s: 38 passed",
        "24 h",
        "1 time, 1 in an hour at most",
        "! failed Glass Pier by Kite & Anchor",
        'File "engine/media/ffmpeg.py", line 88, in run',
    ):
        assert words in text, words


async def test_without_diagnosis_and_patch_the_screen_says_which_keys_ask(label: Label, console: Open) -> None:
    group = await label.error("database is locked")
    async with console(label.home, (120, 50)) as pilot:
        await open_error(pilot, group)
        assert "Nobody has said yet what it comes from. A asks." in shown(pilot)
        assert "No patch yet. F asks for one, e takes yours." in shown(pilot)
        await press(pilot, "D")
        assert "There is no patch yet" in toasts(pilot)
        await press(pilot, "v")
        assert "It did not happen in a run." in toasts(pilot)


@pytest.mark.thorough
async def test_advice_without_a_change_of_code_says_what_to_do(label: Label, console: Open) -> None:
    group = await label.error("429 from the stock provider")
    await made.diagnose(label, group, made.QUOTA)
    async with console(label.home, (120, 50)) as pilot:
        await open_error(pilot, group)
        assert "do    Wait until midnight UTC, or set STOCK_PROVIDER=none." in shown(pilot)
        assert "no change of the code is needed" in shown(pilot)
        assert "by the built-in rules" in shown(pilot)


async def test_a_refused_patch_says_why_and_older_ones_stand_below(label: Label, console: Open) -> None:
    group = await label.error("database is locked")
    first = await made.propose(label, group, number=2)
    await made.tried(label, first, made.FAILED)
    await made.propose(label, group, "", number=3, refused="It changes engine/safety/text.py.")
    await made.set_up(label, replace(made.CAN, git=False, refused="noktvrn was installed without git: export it."))
    async with console(label.home, (120, 60)) as pilot:
        await open_error(pilot, group)
        text = shown(pilot)
    assert "patch 2 of 2  ·  ✗ invalid" in text and "! It changes engine/safety/text.py." in text
    assert "installed without git" in text
    assert "Older patches" in text and "patch 1  ·  □ superseded" in text


async def test_the_screen_follows_what_the_engine_does(
    label: Label, console: Open, ids: dict[str, str], engine: EngineLock
) -> None:
    async with console(label.home, (120, 50)) as pilot:
        await open_error(pilot, ids["error"])
        await made.at_work(label, ids["error"], Work.TRIAL)
        await until(pilot, lambda: "▸ trying" in shown(pilot))
        await press(pilot, "t")
        assert "It is busy: trying" in toasts(pilot)
        await made.at_work(label, ids["error"], Work.NONE)
        await until(pilot, lambda: "▸ trying" not in shown(pilot))


async def test_how_it_ended_is_said_where_it_was_asked_for(label: Label, console: Open, ids: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_error(pilot, ids["error"])
        await press(pilot, "A", "t")
        async with label.database.write() as connection:
            first, second = await control.pending_commands(connection)
            await control.finish_command(connection, first.id, "done", {}, label.now)
            await control.finish_command(connection, second.id, "failed", {"error": "The jail broke."}, label.now)
        await until(pilot, lambda: f"Error {ids['error']}: the diagnosis is there." in toasts(pilot))
        await until(pilot, lambda: "That failed: The jail broke." in toasts(pilot))


async def test_a_person_writes_a_patch_of_their_own(label: Label, console: Open, ids: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_error(pilot, ids["error"])
        await press(pilot, "e")
        screen = pilot.app.screen
        assert isinstance(screen, PatchEditScreen)
        text = screen.query_one(TextArea)
        assert text.text == made.DIFF
        await press(pilot, "f2")
        assert "Nothing was changed." in toasts(pilot)
        text.text = made.DIFF.replace("LEAST = 32", "LEAST = 64")
        await press(pilot, "f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, ErrorScreen))
        wanted = {"group_id": ids["error"], "diff": made.DIFF.replace("LEAST = 32", "LEAST = 64")}
        assert await asked(label) == [("error_propose", wanted)]


@pytest.mark.thorough
async def test_a_changed_patch_is_not_dropped_unasked(label: Label, console: Open, ids: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_error(pilot, ids["error"])
        await press(pilot, "e", "x", "escape")
        assert "Drop the changes?" in shown(pilot)
        await press(pilot, "n")
        assert isinstance(pilot.app.screen, PatchEditScreen)
        await press(pilot, "escape", "y")
        assert isinstance(pilot.app.screen, ErrorScreen)
        assert await asked(label) == []


async def test_a_read_only_console_shows_all_of_it_and_asks_for_nothing(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(label.home, access=Access(readonly=True)) as pilot:
        await open_error(pilot, ids["error"])
        assert "our code" in shown(pilot)
        await press(pilot, "A", "F", "I", "t", "e")
        assert isinstance(pilot.app.screen, ErrorScreen)
        assert "This console is read-only" in toasts(pilot)
        assert await asked(label) == []


@pytest.mark.thorough
async def test_a_run_is_opened_from_its_error(label: Label, console: Open, ids: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_error(pilot, ids["error"])
        await press(pilot, "v")
        assert isinstance(pilot.app.screen, RunScreen)


async def test_at_80_columns_error_and_message_share_the_cells_there_are(label: Label, console: Open) -> None:
    group = await label.error("NoneType has no y", type="builtins.AttributeError", part="worker")
    await made.diagnose(label, group)
    async with console(label.home, (80, 24)) as pilot:
        await errors(pilot, "NoneType")
        row = next(row for row in shown(pilot).splitlines() if "NoneType" in row)
        assert " C  AttributeError: NoneType has no y  " in row


@pytest.mark.parametrize("size", [(80, 24), (150, 40)])
async def test_an_error_of_a_log_without_an_exception_is_called_by_its_log(
    label: Label, console: Open, size: tuple[int, int]
) -> None:
    group = await label.error("job 7 gave up", type="ERROR", part="worker.log")
    async with console(label.home, size) as pilot:
        pane = await errors(pilot, "gave up")
        row = next(row for row in shown(pilot).splitlines() if "job 7" in row)
        assert "worker.log" in row and "ERROR" not in row
        assert pane.label_of(pane.current) == "ERROR in worker.log"
        await open_error(pilot, group)
        assert "worker.log   ! new" in shown(pilot)


def test_how_far_a_piece_of_work_is_and_since_when() -> None:
    row = ErrorRow("e-1", "E", "boom", "clip", GroupState.VALIDATED, 1, NOW, NOW, work=Work.TRIAL, work_since=NOW)
    told = doing(replace(row, work_note="quick tests 40 %\x1b[31m"), NOW + timedelta(seconds=61)).plain
    assert told == "▸ trying  ·  1:01  ·  quick tests 40 %"


async def test_the_first_look_has_what_the_list_has_and_says_that_the_rest_is_being_read(
    label: Label, console: Open, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(label.home, (120, 50)) as pilot:
        await errors(pilot)
        monkeypatch.setattr(ErrorScreen, "read", lambda _: None)
        monkeypatch.setattr(PatchScreen, "read", lambda _: None)
        await press(pilot, "enter")
        text = shown(pilot)
        assert "MediaError   ● validated" in text and "ffmpeg ended with code 1" in text and "1 time · in clip" in text
        assert text.count("It is being read.") == 6 and "Older patches" not in text
        await press(pilot, "D")
        assert "error is still being read" in toasts(pilot)


async def test_what_the_work_says_stands_in_the_pane(
    label: Label, console: Open, ids: dict[str, str], engine: EngineLock
) -> None:
    await made.at_work(label, ids["error"], Work.TRIAL)
    async with label.database.write() as connection:
        await repairs.note_work(connection, ids["error"], "affected tests: 12 of 40")
    async with console(label.home, (150, 40)) as pilot:
        await errors(pilot)
        assert "▸ trying" in shown(pilot) and "<1 min, affected tests: 12 of 40" in shown(pilot)
        await press(pilot, "D")
        await until(pilot, lambda: "▸ trying  ·  0:00  ·  affected tests: 12 of 40" in shown(pilot))


@pytest.mark.parametrize(("width", "told"), [(80, True), (110, False)])
async def test_where_an_error_happened_stands_at_the_foot_if_it_has_no_column(
    label: Label, console: Open, width: int, told: bool
) -> None:
    await label.error("the queue is stuck", part="keeper")
    async with console(label.home, (width, 24)) as pilot:
        await press(pilot, "5", "slash", *"stuck", "enter")
        await until(pilot, lambda: "keeper" in shown(pilot))
        foot = next(line for line in reversed(shown(pilot).splitlines()) if line.startswith("╰"))
        assert ("in keeper" in foot) is told
        pilot.app.clear_notifications()
        await press(pilot, "escape", "g")
        await until(pilot, lambda: "/stuck" not in shown(pilot))
        feet = []
        for key in ("g", "j"):
            await press(pilot, key)
            feet.append(shown(pilot).splitlines()[22])
        assert ["in " in foot for foot in feet] == [told, told] and (feet[0] != feet[1]) is told
