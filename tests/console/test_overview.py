"""The main screen: what it shows, and what each key does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from textual import events
from textual.widgets import Input

from console.desk import desk_of
from console.link import Link
from console.panes.pane import ListPane
from console.screens.error import ErrorScreen
from console.screens.main import MainScreen
from console.themes import NAMES
from console.widgets.filterline import FilterLine
from engine.home import Home
from engine.store import control, journal, runs
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import NOW, OPERATOR, Label, open_label


def pane(pilot: Any, number: int) -> ListPane[Any]:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen.panes[number - 1]


async def test_one_look_tells_what_runs_what_waits_and_what_is_broken(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        text = shown(pilot)
    for words in ("2 runs halted", "2 to review", "1 error", "1 notice", "$0.00 today", "cycle off", "engine stopped"):
        assert words in text
    for words in ("Vesper Lane", "Last Tram Home", "Slow Ferry", "offline:writer", "MediaError"):
        assert words in text


async def test_a_run_at_work_shows_stage_bar_share_and_time(filled: Home, console: Open) -> None:
    async with console(filled, (160, 45)) as pilot:
        line = next(line for line in shown(pilot).splitlines() if "Slow Ferry" in line)
    assert "▸ making" in line
    assert "━" in line
    assert "81%" in line
    assert "clip" in line


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
async def test_what_today_costs_stands_at_the_top_at_every_size(
    filled: Home, console: Open, size: tuple[int, int]
) -> None:
    async with console(filled, size) as pilot:
        assert "$0.00 today" in shown(pilot).splitlines()[0]
        await press(pilot, "4")
        pilot.app.clear_notifications()
        await until(pilot, lambda: "$0.00 of $2.00 today" in shown(pilot))


async def test_more_room_never_shows_less(filled: Home, console: Open) -> None:
    def seen(pilot: Any) -> tuple[set[str], list[int]]:
        """The columns of each list, and its lines. A class in one letter, `c`, is the class."""
        lists, whole = list(pilot.app.screen.query(ListPane)), {"c": "class"}
        shown = [(each.NAME, column.title) for each in lists for column, _ in each._layout(each.size.width)]
        columns = {f"{name}: {whole.get(title, title)}" for name, title in shown}
        return columns, [each.size.height for each in lists]

    async with console(filled, (110, 32)) as pilot:
        columns, lines = seen(pilot)
        for size in ((120, 40), (140, 45), (169, 45), (170, 45), (200, 60), (240, 60), (300, 80)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            before, columns = columns, seen(pilot)[0]
            assert columns >= before, size
            shorter, lines = lines, seen(pilot)[1]
            assert all(now >= then for now, then in zip(lines, shorter, strict=True)), size
        assert {"Artists: last run", "Runs: started", "Approvals: waits", "Models: last", "Errors: where"} <= columns


async def test_an_empty_label_greets_and_names_the_one_key(empty: Home, console: Open) -> None:
    async with console(empty) as pilot:
        text = shown(pilot)
        assert "Welcome" in text
        assert "Press n" in text
        assert str(empty.releases) in text
        await press(pilot, "escape")
        assert "Welcome" not in shown(pilot)
    async with console(empty) as pilot:
        assert "Welcome" not in shown(pilot)


async def test_n_asks_the_engine_for_a_track(empty: Home, console: Open) -> None:
    async with console(empty) as pilot:
        await press(pilot, "n")
        kinds = await pending(pilot)
        said = toasts(pilot)
    assert kinds == ["start_run"]
    assert "begins when the engine runs" in said


async def test_a_asks_the_writer_for_an_artist(empty: Home, console: Open) -> None:
    async with console(empty) as pilot:
        await press(pilot, "a")
        assert await pending(pilot) == ["create_artist"]


async def pending(pilot: Any) -> list[str]:
    from engine.store import control

    async def read(door: Any) -> list[str]:
        async with door.database.read() as connection:
            return [command.kind for command in await control.pending_commands(connection)]

    found: list[str] = await pilot.app.desk.link.ask(read)
    return found


async def test_a_command_that_fails_is_said(label: Label, console: Open) -> None:
    from engine.store import control

    async with console(label.home) as pilot:
        await press(pilot, "n")
        async with label.database.write() as connection:
            (command,) = await control.pending_commands(connection)
            await control.finish_command(connection, command.id, "failed", {"error": "no artist is free"}, label.now)
        await until(pilot, lambda: "no artist is free" in toasts(pilot))


async def test_c_switches_the_cycle_after_a_question_and_the_top_line_follows(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "c", "n", "c")
        await until(pilot, lambda: "Start the cycle?" in shown(pilot) and "cycle off" in shown(pilot))
        await press(pilot, "y")
        await until(pilot, lambda: "cycle on" in shown(pilot))
        await press(pilot, "c")
        await until(pilot, lambda: "cycle off" in shown(pilot))


@pytest.mark.parametrize("number", range(1, 7))
async def test_numbers_go_to_panes(filled: Home, console: Open, number: int) -> None:
    async with console(filled, (80, 24)) as pilot:
        await press(pilot, str(number))
        assert pane(pilot, number).has_focus
        assert [other.NUMBER for other in pilot.app.screen.query(ListPane) if other.is_on_screen] == [number]


async def test_m_gives_a_pane_the_whole_screen_and_that_is_remembered(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "3", "m")
        assert not pane(pilot, 1).is_on_screen
        assert pane(pilot, 3).size.height > 30
    async with console(filled) as pilot:
        assert pane(pilot, 3).has_focus
        assert not pane(pilot, 1).is_on_screen
        await press(pilot, "m")
        assert pane(pilot, 1).is_on_screen


async def test_a_small_terminal_says_why_it_cannot_maximise(filled: Home, console: Open) -> None:
    async with console(filled, (80, 24)) as pilot:
        await press(pilot, "m")
        assert "one pane only" in toasts(pilot)


async def test_slash_filters_as_it_is_typed(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "slash", *"kite")
        await until(pilot, lambda: pane(pilot, 1).window.total == 1)
        await press(pilot, "enter")
        assert pane(pilot, 1).has_focus
        assert not pilot.app.screen.query(FilterLine)
        assert "/kite" in shown(pilot)
        await press(pilot, "escape")
        await until(pilot, lambda: pane(pilot, 1).window.total == 6)


@pytest.mark.parametrize(
    ("number", "typed", "state", "total"),
    [(3, "failed", "! failed", 1), (3, "waiting", "? to review", 2), (3, "review", "? to review", 2)],
)
async def test_the_name_of_a_state_finds_what_is_in_it_where_nothing_is_called_so(
    filled: Home, console: Open, number: int, typed: str, state: str, total: int
) -> None:
    async with console(filled, (160, 45)) as pilot:
        await press(pilot, str(number), "m", "slash", *typed, "enter")
        await until(pilot, lambda: pane(pilot, number).window.total == total)
        pilot.app.clear_notifications()
        await pilot.pause()
        assert f"nothing is called so, this is state:{typed}" in shown(pilot) and state in shown(pilot)
        await press(pilot, "slash", *f"{typed} tram", "enter")
        await until(pilot, lambda: pane(pilot, number).window.total == (0 if typed == "failed" else 1))


async def test_what_is_called_like_a_state_is_found_by_its_name_and_the_state_is_offered(
    label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with label.database.write() as connection:
        await runs.set_columns(connection, ids["review"], title="Failed Signals")
    async with console(label.home, (160, 45)) as pilot:
        await press(pilot, "3", "m", "slash", *"failed", "enter")
        await until(pilot, lambda: "Failed Signals" in shown(pilot) and "! failed" not in shown(pilot))
        pilot.app.clear_notifications()
        await pilot.pause()
        assert "state:failed for the state" in shown(pilot)


async def test_s_sorts_by_one_column_after_the_other(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "s")
        await until(pilot, lambda: "by name" in shown(pilot))
        roster = pane(pilot, 1)
        names = [roster.window.get(index).name for index in range(6)]  # type: ignore[union-attr]
        assert names == sorted(names)


async def test_the_same_key_turns_the_order_round_and_an_arrow_tells_which_way_it_goes(
    filled: Home, console: Open
) -> None:
    async with console(filled, (160, 45)) as pilot:
        await press(pilot, "1", "s")
        await until(pilot, lambda: "name▲" in shown(pilot))
        await press(pilot, "s")
        await until(pilot, lambda: "name▼" in shown(pilot) and "by name ▼" in shown(pilot))
        roster = pane(pilot, 1)
        names = [roster.window.get(index).name for index in range(6)]  # type: ignore[union-attr]
        assert names == sorted(names, reverse=True)
    async with console(filled, (160, 45)) as pilot:
        await until(pilot, lambda: "by name ▼" in shown(pilot))
        await press(pilot, "1", "s")
        await until(pilot, lambda: "state▲" in shown(pilot))


@pytest.mark.parametrize(
    ("number", "heading"), [("2", "waits▼"), ("3", "started▼"), ("5", "last▼")], ids=["approvals", "runs", "errors"]
)
async def test_the_usual_order_has_its_arrow_and_is_turned_round_by_its_heading(
    filled: Home, console: Open, number: str, heading: str
) -> None:
    async with console(filled, (160, 45)) as pilot:
        await press(pilot, number, "m")
        row = shown(pilot).splitlines()[3]
        assert heading in row
        await pilot.click(offset=(row.index(heading) + 2, 3))
        await until(pilot, lambda: heading.replace("▼", "▲") in shown(pilot))
        await pilot.click(offset=(row.index(heading) + 2, 3))
        await until(pilot, lambda: heading in shown(pilot))
        assert pane(pilot, int(number)).sorted_by is None


@pytest.mark.parametrize("number", range(1, 7))
async def test_s_goes_through_every_order_of_every_list_and_comes_back(
    filled: Home, console: Open, number: int
) -> None:
    async with console(filled) as pilot:
        await press(pilot, str(number))
        seen = []
        for _ in range(20):
            await press(pilot, "s")
            found = pane(pilot, number)
            if found.sorted_by is None:
                break
            seen.append((found.sorted_by.title, found.turned))
        assert found.sorted_by is None and not found.turned
        assert len(seen) == len(set(seen))


async def test_a_change_elsewhere_shows_without_a_key(label: Label, console: Open) -> None:
    async with console(label.home) as pilot:
        artist = await label.artist("Nadir Choir", "ambient")
        await label.to_review(artist, "Lantern Weather")
        await until(pilot, lambda: "A song waits for you" in toasts(pilot))
        await until(pilot, lambda: pane(pilot, 2).window.total == 3)
        assert "Lantern Weather" in shown(pilot)


async def test_the_cursor_stays_on_its_run_when_newer_ones_come(label: Label, console: Open) -> None:
    async with console(label.home) as pilot:
        await press(pilot, "3", "j", "j")
        runs = pane(pilot, 3)
        held = runs.current.id  # type: ignore[union-attr]
        await label.queued((await label.artist("Nadir Choir", "ambient")), minutes_ago=-1)
        await until(pilot, lambda: runs.window.total == 7 and runs.cursor == 3)
        assert runs.current.id == held  # type: ignore[union-attr]


async def test_T_changes_the_look_and_the_next_start_keeps_it(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        first = pilot.app.theme
        await press(pilot, "T")
        second = pilot.app.theme
        assert first != second
    assert filled.console_state.stat().st_mode & 0o077 == 0
    async with console(filled) as pilot:
        assert pilot.app.theme == second


@pytest.mark.parametrize("theme", NAMES)
async def test_every_look_can_be_drawn(filled: Home, console: Open, theme: str) -> None:
    async with console(filled, (80, 24)) as pilot:
        pilot.app.theme = theme
        await pilot.pause()
        assert "Last Tram Home" in shown(pilot)


async def test_a_tiny_terminal_gets_one_clear_line_and_works_when_enlarged(filled: Home, console: Open) -> None:
    async with console(filled, (20, 5)) as pilot:
        assert "60x16 needed" in shown(pilot)
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: "Last Tram Home" in shown(pilot))
        await pilot.resize_terminal(20, 5)
        await until(pilot, lambda: "60x16 needed" in shown(pilot))


async def test_q_leaves_at_once_when_no_engine_runs(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert pilot.app.return_value == 0


async def test_a_damaged_database_is_named_and_nothing_is_overwritten(empty: Home, console: Open) -> None:
    empty.database.write_bytes(b"not a database at all" * 100)
    async with console(empty, wait=False) as pilot:
        await until(pilot, lambda: "database closed" in shown(pilot))
        assert str(empty.database) in toasts(pilot)
    assert empty.database.read_bytes().startswith(b"not a database")


async def test_keys_that_come_in_one_burst_each_act_where_the_one_before_led(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        for key in ("5", "enter"):
            pilot.app.post_message(events.Key(key, None))
        await until(pilot, lambda: isinstance(pilot.app.screen, ErrorScreen))


async def test_where_no_engine_works_a_run_tells_no_time_left(filled: Home, console: Open) -> None:
    async with console(filled, (160, 45)) as pilot:
        line = next(line for line in shown(pilot).splitlines() if "Slow Ferry" in line)
    assert "81% clip, no engine" in line


async def test_ages_go_on_while_nothing_else_changes(
    filled: Home, console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.panes.pane.AGES_S", 0.02)
    async with console(filled) as pilot:
        assert "2 days ago" not in shown(pilot)
        monkeypatch.setattr(desk_of(pilot.app.screen), "now", lambda: NOW + timedelta(days=2))
        await until(pilot, lambda: "2 days ago" in shown(pilot))


async def test_why_a_song_waits_is_told_only_where_some_song_has_a_reason(label: Label, console: Open) -> None:
    async with console(label.home) as pilot:
        await press(pilot, "2", "m")
        assert "why it waits" in shown(pilot) and "-17.2 LUFS" in shown(pilot)
        await press(pilot, "slash", *"tram", "enter")
        assert "why it waits" in shown(pilot)


async def test_without_any_reason_there_is_no_column_for_it(empty: Home, console: Open) -> None:
    async with open_label(empty.root) as label:
        await label.to_review(await label.artist(), "Last Tram Home")
    async with console(empty) as pilot:
        await press(pilot, "2", "m")
        assert "Last Tram Home" in shown(pilot) and "why it waits" not in shown(pilot)


async def test_a_dialog_shows_its_own_keys_and_none_of_the_screen_beneath(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        assert "n New track" in shown(pilot)
        await press(pilot, "p")
        last = shown(pilot).splitlines()[-1]
        assert "u Publishing" in last and "esc Close" in last and "New track" not in shown(pilot)


async def test_equal_toasts_are_one_with_a_count(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        pilot.app.clear_notifications()
        for _ in range(3):
            pilot.app.notify("Nothing to do.", markup=False)
            await pilot.pause()
        pilot.app.notify("Something else.", markup=False)
        await pilot.pause()
        assert toasts(pilot) == ": Nothing to do.  ×3\n: Something else."


async def test_a_small_terminal_shows_the_newest_toast_alone(filled: Home, console: Open) -> None:
    async with console(filled, (60, 20)) as pilot:
        pilot.app.clear_notifications()
        for words in ("The first.", "The second."):
            pilot.app.notify(words, markup=False)
        await until(pilot, lambda: "The second." in shown(pilot))
        assert "The first." not in shown(pilot)


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_no_toast_stands_over_the_row_in_use(label: Label, console: Open, size: tuple[int, int]) -> None:
    artist = await label.artist("Nadir Choir", "ambient")
    for number in range(30):
        await label.queued(artist, minutes_ago=number)
    async with console(label.home, size) as pilot:
        await press(pilot, "3")
        pilot.app.clear_notifications()
        pilot.app.notify("Four words " * 20, markup=False, timeout=60)
        rows = pane(pilot, 3)
        for keys in (["G"], ["g"], *[["j"]] * 20, *[["k"]] * 20):
            await press(pilot, *keys)
            await until(pilot, lambda: "Four words" in shown(pilot))
            assert "Four words" not in shown(pilot).splitlines()[rows.cursor_y], (keys, shown(pilot))


async def test_a_toast_that_comes_while_the_last_row_is_in_use_stands_above(label: Label, console: Open) -> None:
    artist = await label.artist("Nadir Choir", "ambient")
    for number in range(30):
        await label.queued(artist, minutes_ago=number)
    async with console(label.home, (60, 20)) as pilot:
        await press(pilot, "3", "G")
        pilot.app.clear_notifications()
        pilot.app.notify("Something else.", markup=False)
        await until(pilot, lambda: "Something else." in shown(pilot))
        lines = shown(pilot).splitlines()
        assert "Something else." in lines[1] and "noktvrn" in lines[0]


async def test_until_the_first_look_the_line_at_the_top_says_that_it_looks(
    filled: Home, console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Link, "run", lambda _link, _tell: None)
    async with console(filled, wait=False) as pilot:
        await pilot.pause()
        top = shown(pilot).splitlines()[0]
        assert "looking for the engine" in top
        assert "engine stopped" not in top
        await pilot.press("e", "s")
        await until(pilot, lambda: "still looking" in toasts(pilot))


async def test_a_slash_in_an_open_filter_begins_it_anew(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "slash", *"vesper", "enter", "slash", "slash")
        assert pilot.app.screen.query_one(Input).value == "vesper"
        await press(pilot, *"ohm", "home", "slash", *"ki", "slash", "t")
        assert pilot.app.screen.query_one(Input).value == "ki/t"


async def test_the_count_of_errors_is_the_last_to_leave_the_top_line(label: Label, console: Open) -> None:
    await label.error()
    async with label.database.write() as connection:
        await control.set_switch(connection, control.PAUSES["all"], True, OPERATOR, NOW)
        await control.set_switch(connection, control.PAUSES["spending"], True, OPERATOR, NOW)
    async with console(label.home, (60, 16)) as pilot:
        await until(pilot, lambda: "paused: all, spending" in shown(pilot))
        top = shown(pilot).splitlines()[0]
        assert "! 1 error" in top and "today" not in top


async def test_an_error_that_recovered_is_told_from_one_that_is_open(label: Label, console: Open) -> None:
    run_id = await label.failed(await label.artist("Paper Moth"))
    await label.error("the disk was full", run_id=run_id)
    async with label.database.write() as connection:
        await journal.run_recovered(connection, run_id)
    async with console(label.home, (140, 45)) as pilot:
        await press(pilot, "5", "m")
        await until(pilot, lambda: "the disk was full" in shown(pilot))
        rows = {name: row for row in shown(pilot).splitlines() for name in ("the disk", "ffmpeg") if name in row}
        assert "○ recovered" in rows["the disk"] and "recovered" not in rows["ffmpeg"]


async def test_a_paste_too_long_for_a_filter_is_said_and_not_cut_off(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "slash", *"an")
        pilot.app.post_message(events.Paste("x" * 300_000))
        await until(pilot, lambda: "at most 120 characters; 300,000 characters were pasted" in toasts(pilot))
        assert pilot.app.screen.query_one(FilterLine).value == "an"
        pilot.app.post_message(events.Paste("na"))
        await until(pilot, lambda: pilot.app.screen.query_one(FilterLine).value == "anna")


async def test_a_row_that_was_dropped_and_comes_again_is_drawn_again(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        list_ = pane(pilot, 3)
        await press(pilot, "3")
        rows = list(list_.rows_in_view())
        assert "Last Tram Home" in shown(pilot)
        list_.window.forget_except([])
        list_.refresh()
        await until(pilot, lambda: list_.current is not None and "Last Tram Home" in shown(pilot))
        assert list(list_.rows_in_view()) == rows
        assert not any(line.startswith("│ …") for line in shown(pilot).splitlines())
