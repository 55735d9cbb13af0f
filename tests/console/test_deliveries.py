"""Deliveries and targets in the console: what is shown, what a key does, and what it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from textual.pilot import Pilot
from textual.widgets import Input

from console.desk import refused
from console.screens.confirm import Confirm
from console.screens.deliver import DeliverScreen
from console.screens.delivery import DeliveryScreen
from console.screens.release import ReleaseScreen
from console.screens.settling import SettleScreen
from console.screens.target import TargetScreen
from console.screens.target_form import TargetFormScreen
from engine.api import Access
from engine.domain.delivery import DeliveryState, Mode
from engine.store import deliveries, feed, rights
from engine.store.tables import commands
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.deliveries import HOST_KEY, Deliveries, fill_deliveries
from tests.console.label import NOW, OPERATOR, Label

S = DeliveryState
FINGERPRINT = "SHA256:7hLqkWfZqk0o0mQ9dTt0v2q0p4r8u1y3w5a7c9e1g3i"


@pytest.fixture
async def names(label: Label, ids: dict[str, str]) -> dict[str, str]:
    """The filled label, which delivers besides."""
    return {**ids, **await fill_deliveries(label, ids)}


async def state(label: Label, delivery_id: str) -> S:
    async with label.database.read() as connection:
        return (await deliveries.get(connection, delivery_id)).state


async def open_delivery(pilot: Pilot[int], delivery_id: str) -> DeliveryScreen:
    screen = DeliveryScreen(delivery_id)
    pilot.app.push_screen(screen)
    await until(pilot, lambda: screen.found is not None)
    return screen


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_pane_says_of_each_delivery_how_it_stands(
    label: Label, console: Open, names: dict[str, str], size: tuple[int, int]
) -> None:
    async with console(label.home, size) as pilot:
        await press(pilot, "7")
        text = shown(pilot)
    for words in ("▸ sending", "▲ delivered", "! failed", "? unknown", "◔ waiting", "? asked", "63%", "may it go?"):
        assert words in text, words
    assert "on 2026-12-24" in text and "again 21:35" in text and "needs an answer" in text
    assert "? 2 to deliver" in text.splitlines()[0]


async def test_a_filter_leaves_what_is_in_a_state(label: Label, console: Open, names: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await press(pilot, "7", "slash", *"state:asked", "enter")
        await until(pilot, lambda: "sending" not in shown(pilot))
        assert shown(pilot).count("? asked") == 2


async def test_progress_moves_on_the_screen_as_bytes_arrive(label: Label, console: Open, names: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_delivery(pilot, names["sending"])
        assert "63%  34.5 MB of 54.7 MB" in shown(pilot)
        async with label.database.write() as connection:
            await deliveries.change(connection, names["sending"], bytes_done=49_230_000)
        await until(pilot, lambda: "90%  49.2 MB of 54.7 MB" in shown(pilot))


async def test_one_delivery_shows_receipts_with_their_hashes_and_every_step(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with console(label.home, (120, 50)) as pilot:
        await open_delivery(pilot, names["delivered"])
        text = shown(pilot)
    assert f"sha256 {'a1' * 32}" in text and "Vesper Lane - Night Ferry.wav" in text
    assert "N_20261123213000417" in text and "The recipient takes batches every hour." in text
    steps = [line for line in text.splitlines() if "2026-11-23 21:2" in line]
    assert [mark for line in steps for mark in ("delivered", "sending", "queued", "asked") if mark in line[:50]] == [
        *("delivered", "sending", "queued", "asked")
    ]
    assert "ada in the console" in steps[2]


async def test_a_yes_sends_what_was_asked(label: Label, console: Open, names: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_delivery(pilot, names["asked"])
        await press(pilot, "d")
        assert isinstance(pilot.app.screen, Confirm) and "Deliver it to usb?" in shown(pilot)
        await press(pilot, "escape")
        assert await state(label, names["asked"]) is S.ASKED
        await press(pilot, "d", "y")
        assert await state(label, names["asked"]) is S.QUEUED


async def test_a_no_is_written_down(label: Label, console: Open, names: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_delivery(pilot, names["asked"])
        assert "w Decline" in shown(pilot)
        await press(pilot, "w", "y")
        assert await state(label, names["asked"]) is S.DECLINED


async def test_what_a_target_must_know_is_asked_before_anything_is_sent(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with console(label.home, (100, 40)) as pilot:
        await open_delivery(pilot, names["unsaid"])
        await press(pilot, "d")
        form = pilot.app.screen
        assert isinstance(form, DeliverScreen)
        await until(pilot, lambda: "Is it made for children?" in shown(pilot))
        assert "‹ private ›" in shown(pilot)
        await press(pilot, "f2")
        assert "Still to answer: Is it made for children?" in toasts(pilot)
        form.set_focus(form._answers["made_for_kids"])
        await press(pilot, "l", "l", "f2", "y")
        await until(pilot, lambda: not isinstance(pilot.app.screen, DeliverScreen | Confirm))
    async with label.database.read() as connection:
        found = await deliveries.get(connection, names["unsaid"])
    assert found.state is S.QUEUED
    assert (found.declarations["made_for_kids"], found.declarations["privacy"]) == ("no", "private")


async def test_what_only_a_live_message_must_say_is_asked_where_one_goes_along(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with console(label.home, (100, 40)) as pilot:
        pilot.app.push_screen(DeliverScreen(names["release"], "Night Ferry", only="merlin"))
        await until(pilot, lambda: "It goes to merlin now" in shown(pilot))
        form = pilot.app.screen
        assert isinstance(form, DeliverScreen) and form._given() == {"rights": "yes"}
        [message] = label.home.releases.glob(f"{names['release']}/*/ern/NewReleaseMessage.xml")
        message.write_text(message.read_text().replace("TestMessage", "LiveMessage"))
        pilot.app.push_screen(DeliverScreen(names["release"], "Night Ferry", only="merlin"))
        await until(pilot, lambda: "Still to answer: Who holds the rights" in shown(pilot))


async def test_what_was_declared_for_the_release_is_not_asked_again(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with label.database.write() as connection:
        await rights.declare(connection, names["release"], "made_for_kids", "no", OPERATOR, label.now)
    async with console(label.home, (100, 40)) as pilot:
        await open_delivery(pilot, names["unsaid"])
        assert "needs an answer" not in shown(pilot)
        await press(pilot, "d")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "escape", "t")
        await until(pilot, lambda: "It goes to channel now" in shown(pilot))


async def test_a_release_is_scheduled_for_a_day(label: Label, console: Open, names: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_delivery(pilot, names["asked"])
        await press(pilot, "t")
        await until(pilot, lambda: "It goes to usb now" in shown(pilot))
        await press(pilot, *"2026-11-01")
        assert "that moment has passed" in shown(pilot)
        pilot.app.screen.query_one(Input).value = "2026-12-24 18:00"
        await press(pilot, "f2", "y")
        assert await state(label, names["asked"]) is S.WAITING
    async with label.database.read() as connection:
        due = (await deliveries.get(connection, names["asked"])).due_at
    assert due is not None and due.astimezone().strftime("%Y-%m-%d %H:%M") == "2026-12-24 18:00"


async def test_what_failed_is_tried_again(label: Label, console: Open, names: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_delivery(pilot, names["failed"])
        await press(pilot, "r")
        assert await state(label, names["failed"]) is S.QUEUED
        screen = pilot.app.screen
        assert isinstance(screen, DeliveryScreen)
        await until(pilot, lambda: screen.subject is not None and screen.subject.state is S.QUEUED)
        await press(pilot, "r")
        assert "nothing failed" in toasts(pilot)


@pytest.mark.parametrize(("key", "after"), [("t", S.DELIVERED), ("n", S.QUEUED), ("escape", S.UNKNOWN)])
async def test_an_unknown_outcome_is_settled_by_who_looked(
    label: Label, console: Open, names: dict[str, str], key: str, after: S
) -> None:
    async with console(label.home) as pilot:
        await open_delivery(pilot, names["unknown"])
        await press(pilot, "o")
        assert isinstance(pilot.app.screen, SettleScreen)
        await press(pilot, key)
        assert await state(label, names["unknown"]) is after


async def test_enter_alone_settles_nothing(label: Label, console: Open, names: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_delivery(pilot, names["unknown"])
        await press(pilot, "o", "enter")
        assert await state(label, names["unknown"]) is S.UNKNOWN


async def test_what_arrived_is_withdrawn_after_a_question(label: Label, console: Open, names: dict[str, str]) -> None:
    async with console(label.home) as pilot:
        await open_delivery(pilot, names["delivered"])
        await press(pilot, "w")
        assert "takedown message" in shown(pilot)
        await press(pilot, "y")
        assert await state(label, names["delivered"]) is S.WITHDRAWING


async def test_a_release_tells_where_it_went_and_goes_on_from_there(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        await press(pilot, "R", "enter")
        assert isinstance(pilot.app.screen, ReleaseScreen)
        await until(pilot, lambda: "needs an answer" in shown(pilot))
        text = shown(pilot)
        assert "▲ delivered   merlin" in text and "▸ sending     store" in text
        await press(pilot, "d")
        await until(pilot, lambda: "‹ channel ›" in shown(pilot))
        await press(pilot, "escape", "enter")
        assert shown(pilot).count("Night Ferry") == 4 and "Warm Machines" not in shown(pilot)


async def test_several_are_allowed_at_once_and_the_rest_is_named(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        await press(pilot, "7", "slash", *"state:asked", "enter", "asterisk", "b", "enter")
        assert "needs an answer: made_for_kids" in shown(pilot)
        await press(pilot, "y")
        await until(pilot, lambda: "on their way" in toasts(pilot))
    assert await state(label, names["asked"]) is S.QUEUED
    assert await state(label, names["unsaid"]) is S.ASKED


async def test_what_waits_for_a_word_and_what_arrived_is_said_once(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        assert "→" not in toasts(pilot)  # nothing is said of what was so before
        put = Deliveries(label)
        await put.move(names["sending"], S.DELIVERED, finished_at=NOW)
        await until(pilot, lambda: "Delivered: Night Ferry → store" in toasts(pilot))
        await put.move(names["delivered"], S.WITHDRAWING, S.WITHDRAWN)
        await until(pilot, lambda: "Withdrawn: Night Ferry → merlin" in toasts(pilot))
        assert toasts(pilot).count("Delivered: Night Ferry → store") == 1


# --- targets ---


async def fill_form(pilot: Pilot[int], **values: str) -> TargetFormScreen:
    form = pilot.app.screen
    assert isinstance(form, TargetFormScreen)
    boxes: dict[str, Any] = {"name": form._name_box, **form._options}
    for name, value in values.items():
        boxes[name].value = value
    await pilot.pause()
    return form


async def test_a_folder_is_added_by_its_form(label: Label, console: Open, tmp_path: Path) -> None:
    (usb := tmp_path / "usb").mkdir()
    async with console(label.home) as pilot:
        await press(pilot, "W")
        assert "nothing leaves this machine" in shown(pilot)
        await press(pilot, "a", "f2")
        assert "a name is needed" in toasts(pilot)
        await fill_form(pilot, name="usb", path="relative")
        assert "no absolute path" in shown(pilot)
        await fill_form(pilot, name="usb", path=str(usb))
        await press(pilot, "f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, TargetScreen))
        assert "asks before each release" in shown(pilot)
    async with label.database.read() as connection:
        target = await deliveries.target(connection, "usb")
    assert (target.mode, target.options["path"]) == (Mode.ASK, str(usb))


async def test_a_server_is_added_only_with_the_host_key_that_was_confirmed(label: Label, console: Open) -> None:
    async with console(label.home, (100, 50)) as pilot:
        await press(pilot, "W", "a", "l")
        await fill_form(pilot, name="merlin", host="sftp.example", user="vesper")
        await press(pilot, "f2")
        await until(pilot, lambda: "It looks at sftp.example:22" in shown(pilot))
        assert await targets(label) == []
        await engine_saw(label, key=HOST_KEY, fingerprint=FINGERPRINT)
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert FINGERPRINT in shown(pilot)
        await press(pilot, "escape")
        assert await targets(label) == []
        await press(pilot, "f2")
        await until(pilot, lambda: "It looks at sftp.example:22" in shown(pilot))
        await engine_saw(label, key=HOST_KEY, fingerprint=FINGERPRINT)
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await press(pilot, "y")
        await until(pilot, lambda: isinstance(pilot.app.screen, TargetScreen))
        assert "only this one is believed" in shown(pilot)
    [target] = await targets(label)
    assert target.options["host_key"] == HOST_KEY


async def targets(label: Label) -> list[deliveries.Target]:
    async with label.database.read() as connection:
        return await deliveries.all_targets(connection)


async def engine_saw(label: Label, **row: str) -> None:
    """Does what the engine does with a look at a server."""
    c = commands.c
    async with label.database.write() as connection:
        query = select(c.id).where(c.kind == "target_look", c.state == "pending")
        command_id = (await connection.execute(query)).scalar_one()
        done = {"state": "done", "result": {"rows": [row]}, "finished_at": NOW}
        await connection.execute(update(commands).where(c.id == command_id).values(**done))
        await feed.record(connection, "command", command_id)


async def test_a_secret_is_named_and_never_shown(label: Label, console: Open, names: dict[str, str]) -> None:
    label.home.env_file.write_text("TARGET_STORE_SECRET_KEY=hunter2-of-the-label\n")
    async with console(label.home, (100, 50)) as pilot:
        await press(pilot, "W", "j", "j", "enter")
        await until(pilot, lambda: "TARGET_STORE_SECRET_KEY" in shown(pilot))
        text = shown(pilot)
    assert "✓ set    TARGET_STORE_SECRET_KEY" in text and "✗ empty  TARGET_STORE_ACCESS_KEY" in text
    assert "hunter2" not in text


async def test_a_target_becomes_automatic_after_a_question_and_asks_again_at_once(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        await press(pilot, "W", "G", "m")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "y")
        await until(pilot, lambda: shown(pilot).count("automatic") == 2)
        await press(pilot, "m")
        await until(pilot, lambda: shown(pilot).count("automatic") == 1)


async def test_a_target_with_something_on_its_way_is_not_removed(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with console(label.home) as pilot:
        await press(pilot, "W", "j", "j", "x", "y")
        await until(pilot, lambda: "are not over" in toasts(pilot))
        assert len(await targets(label)) == 4


# --- who may only look ---


async def test_a_read_only_console_shows_all_of_it_and_changes_nothing(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with console(label.home, access=Access(readonly=True)) as pilot:
        app: Any = pilot.app
        before = (await app.desk.link.ask(lambda door: door.queries.overview())).seq
        for screen, actions in (
            (await open_delivery(pilot, names["asked"]), ["deliver", "schedule", "again", "settle", "withdraw"]),
            (TargetScreen("usb"), ["test", "mode", "remove"]),
        ):
            if screen is not app.screen:
                app.push_screen(screen)
                await until(pilot, lambda: app.screen.found is not None)
            bindings = [each for each in type(screen).BINDINGS if refused(screen, each.action)]  # type: ignore[union-attr]
            assert [each.action for each in bindings] == actions  # type: ignore[union-attr]
            for each in bindings:
                await press(pilot, each.key)  # type: ignore[union-attr]
                assert app.screen is screen
        app.pop_screen()
        app.pop_screen()
        await press(pilot, "W", "a")
        assert not isinstance(app.screen, TargetFormScreen)
        assert (await app.desk.link.ask(lambda door: door.queries.overview())).seq == before


async def test_the_list_of_releases_says_how_each_is_delivered_and_what_keeps_it_in_the_house(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    async with console(label.home, (80, 24)) as pilot:
        await press(pilot, "R")
        await until(pilot, lambda: "block" in shown(pilot))
        [row] = [line for line in shown(pilot).splitlines() if "Night Ferry" in line and "Vesper Lane" in line]
    assert "? asked +3" in row and "✗ " in row


async def test_a_release_tells_what_it_was_withdrawn_from_and_when_before_its_hash(
    label: Label, console: Open, names: dict[str, str]
) -> None:
    await Deliveries(label).move(names["delivered"], S.WITHDRAWING, S.WITHDRAWN)
    async with console(label.home, (140, 60)) as pilot:
        await press(pilot, "R", "enter")
        await until(pilot, lambda: "□ withdrawn" in shown(pilot))
        text = shown(pilot)
    [row] = [line for line in text.splitlines() if "□ withdrawn" in line]
    assert "on 2026-11-23" in row and "N_20261123213000417" in row
    assert text.index("Rights") < text.index("□ withdrawn") < text.index("check it")


async def test_a_small_first_screen_names_the_keys_of_the_other_lists(label: Label, console: Open) -> None:
    async with console(label.home, (80, 24)) as pilot:
        await until(pilot, lambda: "R releases · 7 deliveries · W targets · L albums · C calendar" in shown(pilot))
