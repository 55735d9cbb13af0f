"""Every place of the console: each key stands in its help and its palette, and acts or says why not."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, TextArea

from console.palette import Actions
from console.screens.artist import ArtistScreen
from console.screens.budget import BudgetScreen
from console.screens.compare import CompareScreen
from console.screens.confirm import Confirm
from console.screens.deliver import DeliverScreen
from console.screens.deliveries import DeliveriesScreen
from console.screens.delivery import DeliveryScreen
from console.screens.engine import EngineScreen
from console.screens.error import ErrorScreen
from console.screens.help import HelpScreen
from console.screens.ignoring import IgnoreScreen
from console.screens.leaving import LeaveScreen
from console.screens.listen import ListenScreen
from console.screens.main import MainScreen
from console.screens.patch import PatchScreen
from console.screens.patch_edit import PatchEditScreen
from console.screens.pausing import PauseScreen
from console.screens.persona import PersonaScreen
from console.screens.persona_plan import PersonaPlanScreen
from console.screens.providers import ProvidersScreen
from console.screens.reasons import ReasonsScreen
from console.screens.releases import ReleasesScreen
from console.screens.review import ReviewScreen
from console.screens.run import RunScreen
from console.screens.settling import SettleScreen
from console.screens.stages import StagesScreen
from console.screens.taking import CopyScreen, SaveScreen
from console.screens.target import TargetScreen
from console.screens.target_form import TargetFormScreen
from console.screens.targets import TargetsScreen
from console.screens.telegram import TelegramScreen
from console.screens.trial import TrialScreen
from console.sound import Sound
from console.supervision import EngineView
from console.widgets.keyline import KeyLine
from engine.api.delivery_models import DeliveryRow
from engine.api.models import ArtistDetail, ArtistRow
from engine.api.repair_models import ErrorRow
from engine.api.screen_models import PersonaPlan, RetryChoice, RetryChoices
from engine.domain.approval import Curve
from engine.domain.artists import ArtistState
from engine.domain.delivery import DeliveryState, TargetKind
from engine.domain.repair import GroupState
from engine.domain.runs import PRODUCE_STAGES, Stage
from engine.home import Home
from tests.console.conftest import Open, press, quiet, shown, toasts, until
from tests.console.deliveries import fill_deliveries
from tests.console.label import NOW, Label, persona

STAGES = RetryChoices(
    "r-0000000001",
    1,
    (
        RetryChoice(None, (Stage.CLIP,), (Stage.CONCEPT,), {}),
        RetryChoice(Stage.CONCEPT, PRODUCE_STAGES, (), {}, ("Words go.",)),
    ),
)


def artist_detail(artist_id: str) -> ArtistDetail:
    row = ArtistRow(artist_id, "Vesper Lane", "synthwave", ArtistState.ACTIVE, False, None, None, NOW)
    return ArtistDetail(row, persona(), 0, 0, 0, 0, (), (), (), Curve((), False, 0))


def error_row() -> ErrorRow:
    return ErrorRow("e-0000000001", "OSError", "the disk was full", "clip", GroupState.NEW, 1, NOW, NOW)


def delivery_row() -> DeliveryRow:
    names = ("s-0000000001", "p-0000000001", "r-0000000001", "Vesper Lane", "Night Ferry", "usb")
    rest = (0.5, 1, 2, "", 1, 1, "It was cut.", "Look.", None, None, "", "", "ada", "", NOW, NOW, None)
    every: Any = (*names, TargetKind.FOLDER, DeliveryState.UNKNOWN, *rest)
    return DeliveryRow(*every)


def persona_plan(artist_id: str) -> PersonaPlan:
    return PersonaPlan(artist_id, "x", persona(), {"voice": ("low", "loud")}, (), 1)


Make = Callable[[dict[str, str]], Screen[Any]]

SCREENS: dict[str, Make] = {
    "review": lambda ids: ReviewScreen(ids["review"]),
    "run": lambda ids: RunScreen(ids["failed"]),
    "artist": lambda ids: ArtistScreen(ids["Vesper Lane"]),
    "error": lambda ids: ErrorScreen(ids["error"]),
    "patch": lambda ids: PatchScreen(ids["error"]),
    "patch edit": lambda _: PatchEditScreen(error_row(), None),
    "trial": lambda ids: TrialScreen(ids["error"], ids["patch"]),
    "ignore": lambda _: IgnoreScreen("the disk was full", ignored=True),
    "releases": lambda _: ReleasesScreen(),
    "providers": lambda _: ProvidersScreen(),
    "compare": lambda ids: CompareScreen(ids["review"]),
    "listen": lambda _: ListenScreen(Sound((), "No player is installed here."), Path("/tmp/track.wav")),
    "persona": lambda ids: PersonaScreen(artist_detail(ids["Vesper Lane"])),
    "persona plan": lambda ids: PersonaPlanScreen(persona_plan(ids["Vesper Lane"]), "Vesper Lane", expected="x"),
    "budget": lambda _: BudgetScreen(250_000),
    "stages": lambda _: StagesScreen(STAGES),
    "confirm": lambda _: Confirm("Sure?", "It is a test.", yes="Yes"),
    "leaving": lambda _: LeaveScreen(EngineView()),
    "pauses": lambda _: PauseScreen(),
    "engine": lambda _: EngineScreen(),
    "telegram": lambda _: TelegramScreen(),
    "copy": lambda _: CopyScreen([("{copy.id|i}", "id", "r-1")]),
    "save": lambda _: SaveScreen([("{save.screen|s}", "screen", "as plain text")]),
    "reasons": lambda _: ReasonsScreen("Reject", "Why?", send="Reject", needs_reason=True),
}

DELIVERING: dict[str, Make] = {
    "deliveries": lambda _: DeliveriesScreen(),
    "delivery": lambda ids: DeliveryScreen(ids["delivered"]),
    "settling": lambda _: SettleScreen(delivery_row()),
    "targets": lambda _: TargetsScreen(),
    "target": lambda _: TargetScreen("merlin"),
    "target form": lambda _: TargetFormScreen(TargetKind.SFTP),
    "deliver": lambda ids: DeliverScreen(ids["release"], "Night Ferry", only="channel"),
}
"""Screens of a label that delivers: see `tests.console.deliveries`."""


def focus(pilot: Pilot[int]) -> str | None:
    """The id of what has the keys."""
    return pilot.app.focused.id if pilot.app.focused is not None else None


async def every_place(
    pilot: Pilot[int],
    ids: dict[str, str],
    look: Callable[[str], Awaitable[None]],
    parts: int = 8,
    *,
    plan: bool = True,
) -> None:
    """Goes through all panes and screens and gives the first parts of each the focus."""
    for number in range(1, 7):
        await press(pilot, str(number))
        await look(f"pane {number}")
    await press(pilot, "1", "slash")
    await look("filter")
    await press(pilot, "escape", "t")
    await look("tour")
    await press(pilot, "escape")
    for name, make in (SCREENS | (DELIVERING if "release" in ids else {})).items():
        pilot.app.push_screen(make(ids))
        await until(pilot, lambda: quiet(pilot))
        await every_part(pilot, name, look, parts)
        pilot.app.pop_screen()
        await pilot.pause()
    await edits(pilot, look, parts, plan=plan)


async def every_part(pilot: Pilot[int], name: str, look: Callable[[str], Awaitable[None]], parts: int) -> None:
    """Gives the first parts of a screen the focus, one after the other."""
    screen = pilot.app.screen
    for part in list(screen.focus_chain)[:parts]:
        screen.set_focus(part)
        await pilot.pause()
        await look(f"{name}, {type(part).__name__}")


async def edits(pilot: Pilot[int], look: Callable[[str], Awaitable[None]], parts: int, *, plan: bool) -> None:
    """The screens of an edit, which need a song that is read: the text, then what it would change."""
    await press(pilot, "2", "enter")
    review = pilot.app.screen
    assert isinstance(review, ReviewScreen)
    await until(pilot, lambda: review.sheet is not None)
    await press(pilot, "e")
    await every_part(pilot, "edit", look, parts)
    screen = pilot.app.screen
    screen.set_focus(screen.focus_chain[0])
    await press(pilot, "X", "f2")
    if plan:
        await until(pilot, lambda: pilot.app.screen is not screen)
        await every_part(pilot, "plan", look, parts)
    while len(pilot.app.screen_stack) > 1:
        pilot.app.pop_screen()
        await pilot.pause()


@pytest.fixture
async def names(label: Label, ids: dict[str, str]) -> dict[str, str]:
    """The filled label, which delivers besides."""
    return {**await fill_deliveries(label, ids), **ids}


async def test_every_action_is_named_explained_and_in_the_palette(
    filled: Home, console: Open, names: dict[str, str]
) -> None:
    seen: set[str] = set()

    async def look(place: str) -> None:
        screen = pilot.app.screen
        page = HelpScreen(screen)
        text = page._keys.plain
        entries = {action.name: action.what for action in Actions(screen)._actions()}
        for key, active in screen.active_bindings.items():
            binding = active.binding
            if not binding.id and isinstance(active.node, Input | TextArea):
                continue  # editing text
            assert binding.id and binding.description and binding.tooltip, (place, key, binding)
            assert binding.description in entries, (place, binding.id)
            line = next(line for line in text.splitlines() if f" {binding.description} " in f"{line} ")
            assert pilot.app.get_key_display(binding) in text, (place, key)
            assert line, (place, binding.id)
            seen.add(binding.id)

    async with console(filled, (140, 45)) as pilot:
        await every_place(pilot, names, look)
    assert len(seen) > 70


async def test_help_tells_the_key_that_really_works(filled: Home, console: Open) -> None:
    async with console(filled, (120, 68), console_keys="line.pause=P, list.filter=f") as pilot:
        await press(pilot, "question_mark")
        text = shown(pilot)
        assert re.search(r"\bP +Pause\b", text)
        assert re.search(r"\bf +Filter\b", text)


async def test_a_changed_key_acts_and_the_usual_one_does_not(filled: Home, console: Open) -> None:
    async with console(filled, (240, 45), console_keys="line.pause=P") as pilot:
        assert "P Pause" in shown(pilot)
        await press(pilot, "p")
        assert isinstance(pilot.app.screen, MainScreen)
        await press(pilot, "P")
        assert isinstance(pilot.app.screen, PauseScreen)


# --- what is impossible says why ---


async def open_run(pilot: Pilot[int], run_id: str) -> None:
    screen = RunScreen(run_id)
    pilot.app.push_screen(screen)
    await until(pilot, lambda: screen.found is not None and quiet(pilot))


async def test_a_key_whose_action_is_impossible_says_why(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        await open_run(pilot, ids["review"])
        await press(pilot, "r")
        assert "only a failed run can be retried" in toasts(pilot)


async def test_a_dim_hint_is_an_impossible_action_and_clicked_says_why(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_run(pilot, ids["review"])
        line = pilot.app.screen.query_one(KeyLine)
        styles = {word.text.plain: str(word.text.spans[0].style) for word in line.words() if word.text.spans}
        assert styles["r Retry"] == "$text-muted"
        assert styles["o Artist"] == "bold $accent"
        await pilot.click(KeyLine, offset=(line.words_now().plain.index("r Retry") + 2, 0))
        await pilot.pause()
        assert "only a failed run can be retried" in toasts(pilot)


async def test_the_palette_says_why_not_too(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        await open_run(pilot, ids["review"])
        entries = {action.name: action.what for action in Actions(pilot.app.screen)._actions()}
        assert entries["Retry"].startswith("Not now: It is to review")


async def test_an_empty_list_says_that_there_is_nothing_to_open(empty: Home, console: Open) -> None:
    async with console(empty) as pilot:
        await press(pilot, "escape", "2", "enter")
        assert "nothing here to open" in toasts(pilot)


async def test_ctrl_c_says_how_to_leave(filled: Home, console: Open) -> None:
    async with console(filled, console_keys="app.quit=Q") as pilot:
        await press(pilot, "ctrl+c")
        assert "Q leaves the console" in toasts(pilot)
        await press(pilot, "ctrl+q")
        assert pilot.app.is_running


# --- moving ---


async def test_h_and_l_go_to_the_pane_beside(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "l")
        assert focus(pilot) == "approvals"
        await press(pilot, "h")
        assert focus(pilot) == "artists"


async def test_ctrl_d_and_ctrl_u_go_by_half_pages(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "ctrl+d")
        roster: Any = pilot.app.focused
        half = roster.cursor
        assert 0 < half <= roster.size.height // 2
        await press(pilot, "ctrl+u")
        assert roster.cursor == 0
        await press(pilot, "G")
        assert roster.cursor == 5
        await press(pilot, "g")
        assert roster.cursor == 0


async def test_braces_go_from_card_to_card(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, (100, 20)) as pilot:
        pilot.app.push_screen(ReviewScreen(ids["review"]))
        await until(pilot, lambda: "Concept" in shown(pilot))
        page: Any = pilot.app.focused
        await press(pilot, "right_curly_bracket")
        first = page.scroll_target_y
        await press(pilot, "right_curly_bracket")
        assert page.scroll_target_y > first > 0
        assert "Lyrics" in shown(pilot).splitlines()[page.region.y]
        await press(pilot, "left_curly_bracket")
        assert page.scroll_target_y == first


# --- the mouse ---


async def test_a_click_goes_to_the_row_that_is_clicked_and_a_second_opens_it(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        lines = shown(pilot).splitlines()
        y = next(number for number, line in enumerate(lines) if "Kite & Anchor" in line)
        await pilot.click(offset=(6, y))
        await pilot.pause()
        roster: Any = pilot.app.focused
        assert roster.id == "artists"
        assert roster.current.name == "Kite & Anchor"
        await pilot.click(offset=(6, y), times=2)
        await until(pilot, lambda: isinstance(pilot.app.screen, ArtistScreen))


async def test_a_click_on_a_heading_sorts_by_it_or_says_why_not(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        heading = shown(pilot).splitlines()[2]
        await pilot.click(offset=(heading.index("name") + 1, 2))
        await until(pilot, lambda: "by name ▲" in shown(pilot))
        await pilot.click(offset=(heading.index("name") + 1, 2))
        await until(pilot, lambda: "by name ▼" in shown(pilot))
        await pilot.click(offset=(heading.index("name") + 1, 2))
        await until(pilot, lambda: "by name" not in shown(pilot))
        await pilot.click(offset=(heading.index("auto") + 1, 2))
        await until(pilot, lambda: "cannot be sorted by that column" in toasts(pilot))


async def test_a_click_on_a_tab_and_on_a_hint_does_what_it_says(filled: Home, console: Open) -> None:
    async with console(filled, (80, 24)) as pilot:
        tabs = shown(pilot).splitlines()[1]
        await pilot.click(offset=(tabs.index("Errors") + 1, 1))
        await pilot.pause()
        assert focus(pilot) == "errors"
        hints = shown(pilot).splitlines()[23]
        await pilot.click(offset=(hints.index("? Help") + 1, 23))
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))


async def test_a_click_on_a_card_brings_it_to_the_top(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, (100, 30)) as pilot:
        pilot.app.push_screen(ReviewScreen(ids["review"]))
        await until(pilot, lambda: "Concept" in shown(pilot))
        lines = shown(pilot).splitlines()
        y = next(number for number, line in enumerate(lines) if "Lyrics" in line)
        await pilot.click(offset=(50, y + 1))
        await until(pilot, lambda: "Lyrics" in shown(pilot).splitlines()[pilot.app.focused.region.y])  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_pane_is_named_with_the_key_that_leads_to_it(
    filled: Home, console: Open, size: tuple[int, int]
) -> None:
    async with console(filled, size, console_keys="pane.3=9") as pilot:
        await until(pilot, lambda: "9 Runs" in shown(pilot))
        assert "3 Runs" not in shown(pilot)
