"""Words: behind a command they are obeyed or explained, without one they are for people."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.runs import ENGINE, RunState
from engine.store import artists, control, runs
from engine.telegram import texts
from tests.bot_api import BOT, GROUP, OWNER, REVIEWER, VIEWER, BotApi, Shown
from tests.conftest import NOW
from tests.engine.telegram.conftest import Bot, Start
from tests.engine.telegram.test_panel import asked
from tests.label import add_run


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("/mute 8", "This chat is silent until 2026-11-23 20:00 UTC."),
        ("/mute 24h", "This chat is silent until 2026-11-24 12:00 UTC."),
        ("/pause everything", "all work: paused"),
        ("/cycle stop", "The cycle is off"),
        ("/cancel glass harbour", "End Glass Harbour for good?"),
        ("/cancel r-first", "End Glass Harbour for good?"),
        ("/runs glass", "Glass Harbour – Vesper Lane\nawaiting review"),
        ("/artists vesper", "Vesper Lane\nsynthwave"),
        ("/autopilot vesper", "Vesper Lane\nsynthwave"),
        ("/autopilot vesper on", "Let the gate alone approve what Vesper Lane makes?"),
        ("/create vesper", texts.CREATE),
    ],
)
async def test_what_is_plainly_meant_is_done(bot: Bot, api: BotApi, typed: str, says: str) -> None:
    assert says in await asked(api, typed)


async def test_a_song_by_a_named_artist_is_made_after_one_press(bot: Bot, api: BotApi) -> None:
    await asked(api, "/create vesper")
    shown = api.last()
    api.press(shown, "A song by Vesper Lane")
    await api.until(lambda: shown.text == texts.ASKED)
    async with bot.database.read() as connection:
        [command] = await control.pending_commands(connection)
    assert command.arguments["artist_id"] == "a-vesper"


async def test_autopilot_is_switched_off_by_name_at_once(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        artist = await artists.get(connection, "a-vesper")
        await artists.change(connection, artist, ENGINE, NOW, "test", autopilot=True)
    assert "Autopilot off" in await asked(api, "/autopilot vesper lane off")
    async with bot.database.read() as connection:
        assert not (await artists.get(connection, "a-vesper")).autopilot


async def test_a_failed_song_is_named_to_take_it_up_again(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        run = await add_run(connection, "r-broken")
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        failure = {"cause": "The disk is full.", "fix": "", "retryable": True}
        await runs.move(connection, run, RunState.FAILED, ENGINE, NOW, stage="clip", failure=failure)
    assert "up again at clip?" in await asked(api, "/retry r-broken")
    assert "Nothing of that kind" in await asked(api, "/retry r-first")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("/mute forever", "/mute 8 for eight hours"),
        ("/mute 0", "/mute 8 for eight hours"),
        ("/pause tomorrow", "/pause all, /pause spending or /pause publishing"),
        ("/cycle maybe", "/cycle on or /cycle off"),
        ("/status now", "/status takes no words"),
        ("/artist nobody", "No artist has nobody in its name."),
    ],
)
async def test_what_is_not_plain_says_how_it_is_meant(bot: Bot, api: BotApi, typed: str, says: str) -> None:
    assert says in await asked(api, typed)


async def test_a_role_is_asked_for_behind_a_command_too(start: Start, waiting: Any, api: BotApi) -> None:
    async with start(telegram_chat_id=(REVIEWER,)):
        await api.until(lambda: api.shown)
        assert await asked(api, "/mute 8", REVIEWER, REVIEWER) == texts.NOT_YOURS
        assert await asked(api, "/autopilot vesper off", REVIEWER, REVIEWER) == texts.NOT_YOURS
        await asked(api, "/autopilot vesper on", REVIEWER, REVIEWER)
        assert "Autopilot on" not in api.last(REVIEWER).buttons


# --- words without a command


def to(message_id: int, chat: int = OWNER, by: dict[str, Any] = BOT) -> dict[str, Any]:
    kind = {"id": chat, "type": "private"} if chat > 0 else {"id": chat, "type": "supergroup", "title": "The label"}
    return {"message_id": message_id, "date": 1, "chat": kind, "from": by}


async def choosing(api: BotApi, shown: Shown) -> None:
    api.press(shown, "✗ Reject")
    await api.until(lambda: "Back" in shown.buttons)


async def test_a_reply_to_the_clip_goes_with_its_song(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    await choosing(api, shown)
    api.say("the voice is flat", reply_to_message=to(shown.message_id + 1))
    await api.until(lambda: "So far: “the voice is flat”" in shown.text)
    assert "Your words go with the decision on Glass Harbour – Vesper Lane." in api.last().text


async def test_words_alone_are_answered_with_a_hint_once_a_minute(bot: Bot, api: BotApi) -> None:
    assert await asked(api, "nice one") == texts.HINT
    api.say("really")
    await asked(api, "/budget")
    assert len([shown for shown in api.shown if shown.text == texts.HINT]) == 1


async def test_people_of_a_group_talk_to_each_other_undisturbed(start: Start, waiting: Any, api: BotApi) -> None:
    async with start(telegram_chat_id=(GROUP,)):
        await api.until(lambda: api.shown)
        person = {"id": OWNER, "is_bot": False, "first_name": "Ada"}
        api.say("I agree", user=REVIEWER, chat=GROUP, reply_to_message=to(5, GROUP, person))
        api.say("me too", user=REVIEWER, chat=GROUP)
        await asked(api, "/budget", OWNER, GROUP)
        assert len(api.shown) == 2


async def test_a_viewer_hears_that_words_are_for_those_who_decide(start: Start, waiting: Any, api: BotApi) -> None:
    async with start(telegram_chat_id=(GROUP,)):
        await api.until(lambda: api.shown)
        reply = to(api.last(GROUP).message_id, GROUP)
        api.say("too slow", user=VIEWER, chat=GROUP, reply_to_message=reply)
        await api.until(lambda: api.last(GROUP).text == texts.WORDS_NOT_YOURS)
        api.say("too slow", user=REVIEWER, chat=GROUP, reply_to_message=reply)
        await api.until(lambda: api.last(GROUP).text == texts.NO_DRAFT)
