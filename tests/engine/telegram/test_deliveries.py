"""A delivery that waits for a word is told in the chat, and an owner gives the word there; its end is told too."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.api import delivery_commands
from engine.domain.delivery import DeliveryState, Mode, Receipt, TargetKind
from engine.domain.runs import POLICY, Channel
from engine.home import Home
from engine.store import deliveries
from engine.store.database import Database
from tests.bot_api import GROUP, OWNER, REVIEWER, BotApi, Shown
from tests.conftest import NOW
from tests.delivering import PERSON, add_folder, packaged
from tests.engine.telegram.conftest import Bot, Start
from tests.packages import RELEASE

S = DeliveryState


@pytest.fixture
async def empty_bot(start: Start) -> AsyncIterator[Bot]:
    """A bot in whose label nothing waits."""
    async with start() as found:
        yield found


QUESTION = "Deliver Glass Harbour by Vesper Lane to usb?"


async def asked(database: Database, home: Home) -> str:
    """A delivery of a package to a folder that waits for a word; returns its id."""
    await packaged(database, home)
    await add_folder(database, home)
    async with database.write() as connection:
        return (await deliveries.add(connection, RELEASE, "usb", S.ASKED, POLICY, NOW)).id


async def now(database: Database, delivery_id: str) -> deliveries.Delivery:
    async with database.read() as connection:
        return await deliveries.get(connection, delivery_id)


def alert(api: BotApi, words: str) -> Shown | None:
    return next((shown for shown in api.shown if words in shown.text), None)


async def question(api: BotApi) -> Shown:
    await api.until(lambda: alert(api, QUESTION) is not None)
    found = alert(api, QUESTION)
    assert found is not None
    return found


async def test_an_owner_allows_it_from_the_chat(empty_bot: Bot, api: BotApi) -> None:
    own = await asked(empty_bot.database, empty_bot.home)
    shown = await question(api)
    assert list(shown.buttons) == ["✓ Deliver", "✗ Not there", "Open"]
    api.press(shown, "✓ Deliver")
    await api.until(lambda: "to usb: queued" in shown.text)
    found = await now(empty_bot.database, own)
    assert (found.state, found.actor.channel) == (S.QUEUED, Channel.TELEGRAM)


async def test_an_owner_declines_it_from_the_chat(empty_bot: Bot, api: BotApi) -> None:
    own = await asked(empty_bot.database, empty_bot.home)
    shown = await question(api)
    api.press(shown, "✗ Not there")
    await api.until(lambda: "to usb: declined" in shown.text)
    api.say("/deliveries", chat=OWNER)
    await api.until(lambda: "→ usb: declined" in api.last().text)
    assert "to usb: declined" in shown.text and not alert(api, "Over since")
    assert (await now(empty_bot.database, own)).state is S.DECLINED


async def test_a_word_that_came_elsewhere_first_is_told(empty_bot: Bot, api: BotApi) -> None:
    own = await asked(empty_bot.database, empty_bot.home)
    shown = await question(api)
    data = shown.buttons["✓ Deliver"]
    async with empty_bot.database.write() as connection:
        await delivery_commands.withdraw(connection, RELEASE, ["usb"], PERSON, NOW)
    number = api.press(shown, "", data=data)
    await api.until(lambda: f"q{number}" in api.answers)
    assert "is declined" in api.answers[f"q{number}"][0]
    assert (await now(empty_bot.database, own)).state is S.DECLINED


async def test_a_reviewer_is_told_and_cannot_allow_it(
    start: Start, database: Database, api: BotApi, home: Home
) -> None:
    async with start(telegram_chat_id=(GROUP,)):
        own = await asked(database, home)
        shown = await question(api)
        number = api.press(shown, "✓ Deliver", user=REVIEWER)
        await api.until(lambda: f"q{number}" in api.answers)
        assert "role" in api.answers[f"q{number}"][0]
        assert (await now(database, own)).state is S.ASKED


async def test_what_must_be_answered_first_is_said_and_no_word_is_offered(empty_bot: Bot, api: BotApi) -> None:
    await packaged(empty_bot.database, empty_bot.home)
    options = {"host": "h", "port": "22", "user": "u", "folder": ".", "layout": "ddex"}
    async with empty_bot.database.write() as connection:
        await deliveries.add_target(connection, "label", TargetKind.SFTP, Mode.ASK, options, {}, PERSON, NOW)
        await deliveries.add(connection, RELEASE, "label", S.ASKED, POLICY, NOW)
    await api.until(lambda: alert(api, "to label?") is not None)
    shown = api.last()
    assert "Do you hold the rights" in shown.text
    assert list(shown.buttons) == ["✗ Not there", "Open"]


async def test_its_end_is_told_and_the_list_says_where_it_is(empty_bot: Bot, api: BotApi) -> None:
    own = await asked(empty_bot.database, empty_bot.home)
    async with empty_bot.database.write() as connection:
        found = await deliveries.get(connection, own)
        for state in (S.QUEUED, S.SENDING):
            found = await deliveries.move(connection, found, state, NOW)
        receipt = Receipt("ref", "/mnt/usb/vesper", ())
        await deliveries.move(connection, found, S.DELIVERED, NOW, receipt=receipt, finished_at=NOW)
    await api.until(lambda: alert(api, "Glass Harbour by Vesper Lane is delivered to usb") is not None)
    assert "/mnt/usb/vesper" in api.last().text
    api.say("/deliveries", chat=OWNER)
    await api.until(lambda: "Glass Harbour – Vesper Lane → usb: delivered" in api.last().text)
