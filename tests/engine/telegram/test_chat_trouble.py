"""Trouble of one chat or of the line: whatever was not sent comes when it is over, and one bad thing stops no other."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.api.queries import Queries
from engine.domain.errors import NoktvrnError
from engine.domain.runs import ENGINE
from engine.home import Home
from engine.store import chat, control, journal
from engine.store.chat_tables import chat_posts
from engine.store.database import Database
from engine.telegram import media as studio
from tests.bot_api import GROUP, OWNER, BotApi, Refused, Shown
from tests.conftest import NOW
from tests.engine.telegram.conftest import Bot, Start, media, patch_is_ready, running, settings, shut_chats, standing
from tests.label import add_artist, add_waiting_run

BLOCKED = (403, "Forbidden: bot was blocked by the user")
NOWHERE = (400, "Bad Request: chat not found")
FLOOD = (429, "Too Many Requests: retry after 1")


async def touch(bot: Bot, **later: float) -> None:
    """The clock goes on, and anything is written: the bot looks after each commit."""
    bot.clock.append(bot.now() + timedelta(**later))
    async with bot.database.write() as connection:
        await control.set_switch(connection, "cycle", True, ENGINE, NOW)


async def later(api: BotApi, bot: Bot, true: Callable[[], object], **step: float) -> None:
    """Time passes until it is so: when exactly the bot noted a trouble is not seen from here."""
    for _ in range(50):
        await touch(bot, **(step or {"seconds": 11}))
        with contextlib.suppress(TimeoutError):
            await api.until(true, 0.3)
            return
    raise AssertionError("it never became so")


async def shut(database: Database) -> list[chat.Chat]:
    async with database.read() as connection:
        return await shut_chats(connection)


async def until_shut(bot: Bot) -> None:
    async with asyncio.timeout(10):
        while not await shut(bot.database):
            await asyncio.sleep(0.01)


def previews(api: BotApi) -> list[Shown]:
    return [shown for shown in api.shown if "Glass Harbour –" in shown.text]


async def test_a_song_comes_after_a_long_block(start: Start, waiting: Database, api: BotApi) -> None:
    api.trouble["sendMessage"] = [Refused(*BLOCKED) for _ in range(6)]
    async with start() as bot:
        await later(api, bot, lambda: previews(api), minutes=11)
        await standing(waiting)
    assert await shut(waiting) == []


@pytest.mark.parametrize("answer", [BLOCKED, NOWHERE])
async def test_whoever_writes_gets_at_once_what_waits(
    start: Start, waiting: Database, api: BotApi, answer: tuple[int, str]
) -> None:
    api.trouble["sendMessage"] = [Refused(*answer)]
    async with start() as bot:
        await until_shut(bot)
        assert not previews(api)
        api.say("/start")
        await api.until(lambda: previews(api))


async def test_a_chat_that_shut_the_bot_out_is_named_with_the_reason(
    start: Start, waiting: Database, api: BotApi
) -> None:
    api.trouble["sendMessage"] = [Refused(*NOWHERE)]
    async with start() as bot:
        await until_shut(bot)
        async with waiting.read() as connection:
            [found] = await shut_chats(connection)
    assert (found.chat_id, found.shut_since) == (OWNER, NOW)
    assert "Telegram knows no such chat" in found.shut_why


async def test_an_alert_comes_after_a_block_too(start: Start, database: Database, api: BotApi) -> None:
    async with database.write() as connection:
        await journal.open_notice(connection, "disk", "error", "The disk is nearly full", "", NOW)
    api.trouble["sendMessage"] = [Refused(*BLOCKED) for _ in range(6)]
    async with start() as bot:
        await later(api, bot, lambda: any("nearly full" in shown.text for shown in api.shown), minutes=11)


async def test_nothing_is_said_to_wait_that_has_room(start: Start, waiting: Database, api: BotApi) -> None:
    """A song that cannot be shown is no song that waits for another's decision."""
    api.trouble["sendMessage"] = [Refused(400, "Bad Request: what is this")]
    async with start() as bot:
        await api.until(lambda: api.of("sendMessage"))
        async with waiting.write() as connection:
            await journal.open_notice(connection, "disk", "error", "The disk is nearly full", "", NOW)
        await api.until(lambda: any("nearly full" in shown.text for shown in api.shown))
        await touch(bot, minutes=1)
    assert not any("waits for a decision" in shown.text for shown in api.shown)


async def song(database: Database, home: Home) -> None:
    media(home)
    async with database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)


async def test_a_clip_comes_after_a_flood(home: Home, database: Database, api: BotApi) -> None:
    await song(database, home)
    api.trouble["sendVideo"] = [Refused(*FLOOD, retry_after=1), Refused(502, "Bad Gateway")]
    async with running(Bot(api, database, home, settings(api))) as bot:
        await later(api, bot, lambda: [shown.kind for shown in api.shown] == ["audio", "video"])
    assert api.shown[1].reply_to == api.shown[0].message_id
    assert len(api.of("sendAudio")) == 1


async def test_a_clip_that_telegram_does_not_take_is_left_out(home: Home, database: Database, api: BotApi) -> None:
    await song(database, home)
    api.trouble["sendVideo"] = [Refused(413, "Request Entity Too Large")]
    async with running(Bot(api, database, home, settings(api))) as bot:
        await api.until(lambda: api.of("sendVideo"))
        shown = api.last()
        api.press(shown, "✓ Approve")
        await api.until(lambda: "Approved by" in shown.text)
        await touch(bot, minutes=1)
        async with database.read() as connection:
            assert not (await connection.execute(select(chat_posts.c.owes))).scalar_one()
    assert len(api.of("sendVideo")) == 1


async def test_the_cover_is_made_once_however_often_the_song_is_tried(
    home: Home, database: Database, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await song(database, home)
    made: list[object] = []
    whole = studio.thumbnail

    def counted(cover: Path) -> bytes | None:
        made.append(cover)
        return whole(cover)

    monkeypatch.setattr(studio, "thumbnail", counted)
    api.trouble["sendAudio"] = [Refused(502, "Bad Gateway") for _ in range(3)]
    async with running(Bot(api, database, home, settings(api))) as bot:
        await later(api, bot, lambda: len(api.of("sendVideo")) == 1)
    assert (len(api.of("sendAudio")), len(made)) == (4, 1)


async def test_a_diff_comes_after_a_flood(bot: Bot, api: BotApi) -> None:
    await standing(bot.database)
    sent = api._send

    def refuses_once(call: Any) -> Any:
        if "+tempo" in str(call.fields.get("text")) and not refused:
            refused.append(True)
            raise Refused(*FLOOD, retry_after=1)
        return sent(call)

    refused: list[bool] = []
    api._send = refuses_once  # type: ignore[method-assign]
    await patch_is_ready(bot.database, "--- a/x.py\n+++ b/x.py\n-tempo = 0\n+tempo = 96\n")
    await later(api, bot, lambda: any("+tempo = 96" in shown.text for shown in api.shown))
    assert refused and len([shown for shown in api.shown if "A patch is ready" in shown.text]) == 1


async def test_a_long_diff_comes_whole_as_a_file(bot: Bot, api: BotApi) -> None:
    diff = "--- a/x.py\n+++ b/x.py\n" + "+tempo = 96\n" * 1_000
    await patch_is_ready(bot.database, diff)
    await api.until(lambda: api.of("sendDocument"))
    assert api.of("sendDocument")[0].files == {"document": len(diff)}
    assert api.last().text == "A patch is applied in the console only."


async def test_a_page_still_turns_after_an_outage(bot: Bot, api: BotApi) -> None:
    api.say("/status")
    await api.until(lambda: "Engine:" in api.last().text)
    panel = api.last()
    api.trouble["editMessageText"] = [Refused(400, "Bad Request: whatever")]
    api.press(panel, "queue")
    await api.until(lambda: api.of("editMessageText"))
    for label in ("runs", "Menu", "queue"):
        edits = panel.edits
        api.press(panel, label)
        await api.until(lambda edits=edits: panel.edits > edits)  # type: ignore[misc]
    assert not any(alert for _, alert in api.answers.values())


async def test_a_song_that_cannot_be_read_holds_up_no_other(
    waiting: Database, start: Start, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.api.chat_desk import ChatDesk

    async with waiting.write() as connection:
        await add_waiting_run(connection, "r-second", at=NOW + timedelta(seconds=1))
    async with start():
        await standing(waiting, 2)
        bad, good = previews(api)
        ending = ChatDesk.ending

        async def broken(self: ChatDesk, post: Any) -> Any:
            if post.run_id == "r-first":
                raise NoktvrnError("broken", fix="")
            return await ending(self, post)

        monkeypatch.setattr(ChatDesk, "ending", broken)
        api.press(bad, "✗ Reject")
        api.press(good, "✓ Approve")
        await api.until(lambda: "Approved by Ada" in good.text)


async def test_buttons_are_drawn_without_reading_the_song(
    bot: Bot, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = api.last()

    async def broken(self: Queries, run_id: str) -> Any:
        raise NoktvrnError("broken", fix="")

    monkeypatch.setattr(Queries, "review_sheet", broken)
    api.press(shown, "✗ Reject")
    await api.until(lambda: "Back" in shown.buttons)


async def test_a_refused_token_is_told_once_and_nothing_is_sent_meanwhile(
    start: Start, waiting: Database, api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "engine.telegram")
    api.revoked = True
    async with start(telegram_chat_id=(GROUP, OWNER)) as bot:
        await api.until(lambda: len(api.of("getMe")) == 2)
        sent = len(api.of("sendMessage"))
        for _ in range(3):
            tried = len(api.of("getMe"))
            await touch(bot, minutes=1)
            await api.until(lambda tried=tried: len(api.of("getMe")) > tried)  # type: ignore[misc]
        assert len(api.of("sendMessage")) == sent <= 2
        api.revoked = False
        await api.until(lambda: len(previews(api)) == 2)
    told = [record.getMessage() for record in caplog.records if "cover" not in record.getMessage()]
    assert len(told) == 1 and told[0].startswith("the bot does not listen: Telegram refuses the bot token.")


async def test_a_preview_that_was_deleted_comes_again(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    await standing(bot.database)
    api.press(shown, "✗ Reject")
    api.shown.remove(shown)
    await api.until(lambda: previews(api))
    assert list(api.last().buttons) == ["✓ Approve", "✗ Reject", "↻ New version", "Lyrics"]
