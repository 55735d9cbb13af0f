"""Trouble is told once for an incident, can be muted, says when it is over; quiet hours and reminders are kept."""

from __future__ import annotations

from datetime import time, timedelta

from sqlalchemy import insert, select

from engine.domain.quiet import QuietHours
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.store import control, journal, runs
from engine.store.database import Database
from engine.store.repair_tables import error_groups, patches
from tests.bot_api import GROUP, OWNER, BotApi
from tests.conftest import NOW
from tests.engine.telegram.conftest import Bot, Start, standing
from tests.label import add_artist, add_run, add_waiting_run

MARA = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
INCIDENT = "llm.fallback.lyrics"
TITLE = "Another model answers for lyrics: mistral:small"


async def opens(bot: Bot, incident: str = INCIDENT, level: str = "warning", title: str = TITLE) -> None:
    async with bot.database.write() as connection:
        await journal.open_notice(connection, incident, level, title, "deepseek: no credits", bot.now())


def about(api: BotApi, words: str) -> list[str]:
    return [shown.text for shown in api.shown if words in shown.text]


async def test_a_notice_is_told_once_and_its_end_too(bot: Bot, api: BotApi) -> None:
    await opens(bot)
    await api.until(lambda: about(api, TITLE))
    shown = api.last()
    assert shown.text == f"! {TITLE}\n\ndeepseek: no credits"
    assert list(shown.buttons) == ["Mute for 24 h"]
    async with bot.database.write() as connection:
        await journal.close_notice(connection, INCIDENT, NOW)
    await api.until(lambda: "✓ Over since 2026-11-23 12:00 UTC" in shown.text)
    await api.until(lambda: api.last().reply_to == shown.message_id)


async def test_an_incident_that_comes_and_goes_is_told_once_an_hour(bot: Bot, api: BotApi) -> None:
    for _ in range(3):
        await opens(bot)
        await api.until(lambda: about(api, TITLE))
        async with bot.database.write() as connection:
            await journal.close_notice(connection, INCIDENT, NOW)
        await api.until(lambda: all("Over since" in text for text in about(api, TITLE)))
    assert len(about(api, TITLE)) == 1
    bot.clock.append(NOW + timedelta(hours=2))
    await opens(bot)
    await api.until(lambda: len(about(api, TITLE)) == 2)


async def test_a_muted_incident_stays_silent_for_as_long(bot: Bot, api: BotApi) -> None:
    await opens(bot)
    await api.until(lambda: about(api, TITLE))
    api.press(api.last(), "Mute for 24 h")
    await api.until(lambda: ("Muted in this chat until 2026-11-24 12:00 UTC.", False) in api.answers.values())
    async with bot.database.write() as connection:
        await journal.close_notice(connection, INCIDENT, NOW)
    bot.clock.append(NOW + timedelta(hours=23))
    await opens(bot)
    await opens(bot, "other", title="Something else")
    await api.until(lambda: about(api, "Something else"))
    assert len(about(api, TITLE)) == 1
    bot.clock.append(NOW + timedelta(hours=25))
    await opens(bot, "third", title="Something third")
    await api.until(lambda: len(about(api, TITLE)) == 2)


async def fails(database: Database, run_id: str) -> None:
    async with database.write() as connection:
        run = await add_run(connection, run_id)
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        failure = {"cause": f"{run_id} broke.", "fix": "", "retryable": True}
        await runs.move(connection, run, RunState.FAILED, ENGINE, NOW, stage="clip", failure=failure)


async def test_a_muted_song_says_so_and_silences_no_other_and_no_other_chat(
    start: Start, waiting: Database, api: BotApi
) -> None:
    async with start(telegram_chat_id=(OWNER, GROUP)) as bot:
        await fails(waiting, "r-one")
        await api.until(lambda: len(about(api, "r-one broke.")) == 2)
        shown = next(s for s in api.shown if "r-one broke." in s.text and s.chat_id == OWNER)
        data = shown.buttons["Mute for 24 h"]
        api.press(shown, "Mute for 24 h")
        told = "Muted in this chat until 2026-11-24 12:00 UTC."
        await api.until(lambda: shown.text.endswith(told))
        assert list(shown.buttons) == ["Open"]
        again = api.press(shown, "", data=data)
        await api.until(lambda: api.answers.get(f"q{again}") == (told, True))
        async with waiting.write() as connection:
            run = await runs.get(connection, "r-one")
            run = await runs.move(connection, run, RunState.GENERATING, MARA, bot.now(), attempt=run.attempt + 1)
            failure = {"cause": "r-one broke again.", "fix": "", "retryable": True}
            await runs.move(connection, run, RunState.FAILED, ENGINE, bot.now(), stage="clip", failure=failure)
        await fails(waiting, "r-two")
        await api.until(lambda: len(about(api, "r-two broke.")) == 2 and about(api, "r-one broke again."))
        assert [s.chat_id for s in api.shown if "r-one broke again." in s.text] == [GROUP]


async def test_a_song_that_failed_is_told_with_the_way_to_it(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        run = await add_run(connection, "r-broken")
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        failure = {"cause": "The disk is full.", "fix": "Free some space.", "retryable": True}
        await runs.move(connection, run, RunState.FAILED, ENGINE, NOW, stage="clip", failure=failure)
    await api.until(lambda: about(api, "failed in clip"))
    assert "The disk is full. Free some space." in api.last().text
    shown = api.last()
    api.press(shown, "Open")
    await api.until(lambda: "Retry" in shown.buttons)


async def test_a_new_error_is_told_and_one_that_comes_back_again(bot: Bot, api: BotApi) -> None:
    values = {"fingerprint": "f", "type": "KeyError", "message": "'tempo'", "part": "track", "count": 1}
    async with bot.database.write() as connection:
        await connection.execute(
            insert(error_groups).values(id="e-1", state="new", first_seen=NOW, last_seen=NOW, **values)
        )
    await api.until(lambda: about(api, "A new error in track: KeyError"))
    shown = api.last()
    async with bot.database.write() as connection:
        await connection.execute(error_groups.update().values(state="recovered"))
    await api.until(lambda: "Over since" in shown.text)
    bot.clock.append(NOW + timedelta(hours=2))
    async with bot.database.write() as connection:
        await connection.execute(error_groups.update().values(state="new", last_seen=bot.now()))
    await api.until(lambda: about(api, "An error is back in track: KeyError"))


async def test_a_patch_is_shown_with_its_diff_and_has_no_button_to_apply_it(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        row = {"fingerprint": "f", "type": "E", "message": "", "part": "x", "count": 1, "state": "analysed"}
        await connection.execute(insert(error_groups).values(id="e-1", first_seen=NOW, last_seen=NOW, **row))
        diff = "--- a/x.py\n+++ b/x.py\n-tempo = 0\n+tempo = 96\n"
        await connection.execute(
            insert(patches).values(
                id="x-1", group_id="e-1", state="validated", base_commit="c", diff=diff, created_at=NOW
            )
        )
    await opens(bot, "patch.x-1", "info", "A patch is ready for KeyError in track")
    await api.until(lambda: about(api, "+tempo = 96"))
    assert "A patch is applied in the console only." in api.last().text
    assert [shown.buttons for shown in api.shown if "patch" in shown.text.lower()][-1] == {}
    assert not any("pply" in label for shown in api.shown for label in shown.buttons)


async def test_an_owner_rejects_a_patch_from_a_chat_and_no_other_takes_its_place(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        row = {"fingerprint": "f", "type": "E", "message": "", "part": "x", "count": 1, "state": "validated"}
        await connection.execute(insert(error_groups).values(id="e-1", first_seen=NOW, last_seen=NOW, **row))
        new = {"group_id": "e-1", "state": "validated", "base_commit": "c", "diff": "-a\n+b\n", "created_at": NOW}
        await connection.execute(insert(patches).values(id="x-1", **new))
    await opens(bot, "patch.x-1", "info", "A patch for E in x passed its trial")
    await api.until(lambda: about(api, "passed its trial"))
    (shown,) = [each for each in api.shown if "passed its trial" in each.text]
    api.press(shown, "Reject the patch")
    await api.until(lambda: api.answers)
    assert await states(bot) == ("superseded", "new")


async def states(bot: Bot) -> tuple[str, str]:
    """Of the patch and of its group."""
    async with bot.database.read() as connection:
        patch = (await connection.execute(select(patches.c.state).where(patches.c.id == "x-1"))).scalar_one()
        group = (await connection.execute(select(error_groups.c.state).where(error_groups.c.id == "e-1"))).scalar_one()
    return patch, group


async def test_more_than_ten_alerts_in_ten_minutes_wait(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        for number in range(14):
            await journal.open_notice(connection, f"x.{number}", "warning", f"Notice {number}", "", NOW)
    await api.until(lambda: len(about(api, "Notice")) == 10)
    bot.clock.append(NOW + timedelta(minutes=11))
    async with bot.database.write() as connection:
        await control.set_switch(connection, "cycle", True, ENGINE, NOW)  # anything: the bot looks after each commit
    await api.until(lambda: len(about(api, "Notice")) == 14)


async def test_in_quiet_hours_only_errors_are_told_and_without_a_sound(
    start: Start, waiting: Database, api: BotApi
) -> None:
    async with start(telegram_quiet_hours=QuietHours(time(11), time(13))) as bot:
        await opens(bot)
        await opens(bot, "disk", "error", "The disk is nearly full")
        await api.until(lambda: about(api, "The disk is nearly full"))
        assert api.last().silent
        assert about(api, "Glass Harbour") == about(api, TITLE) == []
        bot.clock.append(NOW + timedelta(hours=2))
        await opens(bot, "other", title="Something else")
        await api.until(lambda: about(api, "Glass Harbour") and about(api, TITLE))


async def test_what_waits_for_a_day_is_reminded_of_once_and_not_rejected(
    start: Start, waiting: Database, api: BotApi
) -> None:
    async with start(telegram_reminder_hours=24) as bot:
        async with waiting.write() as connection:
            await add_artist(connection, "a-2", "Ohm Garden")
            await add_waiting_run(connection, "r-2", "a-2")
        await standing(waiting, 2)
        bot.clock.append(NOW + timedelta(hours=25))
        async with waiting.write() as connection:
            await control.set_switch(connection, "cycle", True, ENGINE, NOW)
        await api.until(lambda: about(api, "2 wait for a decision, the longest for 25 h."))
        async with waiting.write() as connection:
            await add_waiting_run(connection, "r-3", "a-2", at=bot.now())
        await api.until(lambda: len(about(api, "Glass Harbour –")) == 3)
        assert len(about(api, "wait for a decision")) == 1
    async with waiting.read() as connection:
        assert (await runs.get(connection, "r-first")).state is RunState.AWAITING_REVIEW
