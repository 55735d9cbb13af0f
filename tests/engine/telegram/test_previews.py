"""A song that waits is shown with what matters; a press decides it; the message says how it ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.api.commands import Commands
from engine.api.decide import Decision, Verdict, decide
from engine.domain.chat import Refusal, Role
from engine.domain.learning import ReasonTag
from engine.domain.originality import refused
from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.pipeline.begin import begin
from engine.store import chat, control, reviews, runs
from engine.store.database import Database
from engine.store.shelf import Shelf
from tests.bot_api import OWNER, BotApi
from tests.conftest import NOW
from tests.engine.telegram.conftest import Bot, Start, standing

CONSOLE = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")


async def state(database: Database, run_id: str = "r-first") -> RunState:
    async with database.read() as connection:
        return (await runs.get(connection, run_id)).state


def console(bot: Bot) -> Commands:
    return Commands(
        bot.database, bot.home, CONSOLE, grace_s=0, retirement_threshold=5, names=refused, live=False, now=bot.now
    )


async def touch(database: Database) -> None:
    """Anything: the bot looks after each commit."""
    async with database.write() as connection:
        await control.set_switch(connection, "cycle", True, CONSOLE, NOW)


async def test_a_song_that_waits_is_shown_with_what_matters(bot: Bot, api: BotApi) -> None:
    text = api.last().text
    assert "Glass Harbour – Vesper Lane" in text
    assert "96 bpm · A minor · 0:24 · -14.1 LUFS · $0.00" in text
    assert "Two people wait on opposite shores." in text
    assert "Glass harbour" in text.splitlines()
    assert list(api.last().buttons) == ["✓ Approve", "✗ Reject", "↻ New version", "Lyrics"]


async def test_approve_decides_at_once_and_the_message_says_who_and_where(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    api.press(shown, "✓ Approve")
    await api.until(lambda: "Approved by Ada by Telegram, 2026-11-23 12:00 UTC" in shown.text)
    assert await state(bot.database) is RunState.APPROVED
    assert list(shown.buttons) == ["↶ Take it back"]
    assert ("Approved.", False) in api.answers.values()


async def test_a_rejection_asks_for_reasons_and_takes_words_by_reply(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    api.press(shown, "✗ Reject")
    await api.until(lambda: "Back" in shown.buttons)
    assert await state(bot.database) is RunState.AWAITING_REVIEW
    api.press(shown, "○ too-slow")
    await api.until(lambda: "● too-slow" in shown.buttons)
    api.say(
        "drags in the middle",
        reply_to_message={"message_id": shown.message_id, "date": 1, "chat": {"id": OWNER, "type": "private"}},
    )
    await api.until(lambda: "So far: too-slow, “drags in the middle”" in shown.text)
    api.press(shown, "✗ Reject now")
    await api.until(lambda: "Rejected by Ada" in shown.text)
    async with bot.database.read() as connection:
        [review] = await reviews.reviews_of(connection, "r-first")
    assert (review.tags, review.text, review.channel) == (["too-slow"], "drags in the middle", "telegram")
    assert "Because: too-slow, “drags in the middle”" in shown.text


async def test_a_rejection_is_offered_once_there_is_a_reason(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    api.press(shown, "✗ Reject")
    await api.until(lambda: "Back" in shown.buttons)
    assert "✗ Reject now" not in shown.buttons
    api.press(shown, "○ too-slow")
    await api.until(lambda: "✗ Reject now" in shown.buttons)
    api.press(shown, "● too-slow")
    await api.until(lambda: "✗ Reject now" not in shown.buttons)


async def test_back_leaves_everything_open(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    api.press(shown, "✗ Reject")
    await api.until(lambda: "Back" in shown.buttons)
    api.press(shown, "Back")
    await api.until(lambda: "✓ Approve" in shown.buttons)
    assert await state(bot.database) is RunState.AWAITING_REVIEW


async def test_a_new_version_is_made_from_the_reasons(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    api.press(shown, "↻ New version")
    await api.until(lambda: "Back" in shown.buttons)
    api.press(shown, "○ weak-cover")
    await api.until(lambda: "● weak-cover" in shown.buttons)
    api.press(shown, "↻ Ask for it")
    await api.until(lambda: "New version wanted by Ada" in shown.text)
    async with bot.database.write() as connection:
        run = await begin(connection, await runs.get(connection, "r-first"), NOW)
    assert (run.state, run.version, run.notes) == (RunState.GENERATING, 2, "weak-cover")


async def test_the_lyrics_come_whole_and_can_be_asked_for_again(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    first = shown.buttons["Lyrics"]
    api.press(shown, "Lyrics")
    await api.until(lambda: api.last().reply_to == shown.message_id)
    assert api.last().text == "Glass Harbour\n\nGlass harbour"
    await api.until(lambda: shown.buttons["Lyrics"] != first)


async def test_a_decision_in_the_console_is_told_in_the_chat(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    async with bot.database.write() as connection:
        verdict = Verdict(Decision.REJECT, (ReasonTag.TOO_DULL,))
        await decide(connection, "r-first", verdict, CONSOLE, NOW, grace_s=0, retirement_threshold=5)
    await api.until(lambda: "Rejected by mara in the console" in shown.text)
    assert shown.buttons == {}


async def test_who_comes_second_is_told_who_was_faster(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    buttons = dict(shown.buttons)
    async with bot.database.write() as connection:
        await decide(connection, "r-first", Verdict(Decision.APPROVE), CONSOLE, NOW, grace_s=0, retirement_threshold=5)
    api.press(shown, "", data=buttons["✓ Approve"])
    await api.until(lambda: api.answers)
    [(words, alert)] = api.answers.values()
    assert alert
    assert "decided (approve) by mara in the console" in words or "earlier view" in words


async def test_an_approval_that_was_undone_opens_the_message_again(bot: Bot, api: BotApi) -> None:
    from engine.api.undo import undo

    shown = api.last()
    async with bot.database.write() as connection:
        await decide(
            connection, "r-first", Verdict(Decision.APPROVE), CONSOLE, NOW, grace_s=600, retirement_threshold=5
        )
    await api.until(lambda: "It takes effect at 12:10:00 UTC." in shown.text)
    async with bot.database.write() as connection:
        await undo(connection, "r-first", CONSOLE, NOW)
    await api.until(lambda: "✓ Approve" in shown.buttons)


async def test_a_decision_that_was_changed_while_the_bot_was_away_is_told_as_it_is(
    start: Start, waiting: Database, api: BotApi
) -> None:
    from engine.api.undo import undo

    verdict = Verdict(Decision.APPROVE)
    async with start():
        await api.until(lambda: api.shown)
        shown = api.last()
        async with waiting.write() as connection:
            await decide(connection, "r-first", verdict, CONSOLE, NOW, grace_s=600, retirement_threshold=5)
        await api.until(lambda: "Approved by mara" in shown.text)
    async with waiting.write() as connection:
        await undo(connection, "r-first", CONSOLE, NOW)
        verdict = Verdict(Decision.REJECT, (ReasonTag.TOO_DULL,))
        await decide(connection, "r-first", verdict, CONSOLE, NOW, grace_s=600, retirement_threshold=5)
    async with start():
        await api.until(lambda: "Rejected by mara" in shown.text)
    assert "Approved" not in shown.text


async def test_a_decision_is_taken_back_from_the_chat_while_its_grace_lasts(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    api.press(shown, "✗ Reject")
    await api.until(lambda: "○ too-slow" in shown.buttons)
    api.press(shown, "○ too-slow")
    await api.until(lambda: "● too-slow" in shown.buttons)
    api.press(shown, "✗ Reject now")
    await api.until(lambda: "Rejected by Ada" in shown.text)
    assert list(shown.buttons) == ["↶ Take it back"]
    assert await state(bot.database) is RunState.REJECTED
    api.press(shown, "↶ Take it back")
    await api.until(lambda: "✓ Approve" in shown.buttons)
    assert await state(bot.database) is RunState.AWAITING_REVIEW
    assert "Rejected" not in shown.text
    assert ("Taken back: it waits again.", False) in api.answers.values()


async def test_the_way_back_goes_with_the_grace(bot: Bot, api: BotApi) -> None:
    shown = api.last()
    api.press(shown, "✓ Approve")
    await api.until(lambda: "↶ Take it back" in shown.buttons)
    bot.clock.append(NOW + timedelta(seconds=bot.settings.approval_grace_seconds))
    await touch(bot.database)
    await api.until(lambda: shown.buttons == {})
    assert "Approved by Ada" in shown.text
    assert "takes effect" not in shown.text
    assert await state(bot.database) is RunState.APPROVED


async def test_an_old_way_back_takes_no_later_decision_back(bot: Bot, api: BotApi) -> None:
    from engine.api.chat_press import Rules, press
    from engine.api.undo import undo
    from engine.domain.chat import Caller, Role

    shown = api.last()
    api.press(shown, "✓ Approve")
    await api.until(lambda: "↶ Take it back" in shown.buttons)
    old, later = shown.buttons["↶ Take it back"], NOW + timedelta(seconds=1)
    async with bot.database.write() as connection:
        await undo(connection, "r-first", CONSOLE, NOW)
        await decide(
            connection, "r-first", Verdict(Decision.APPROVE), CONSOLE, later, grace_s=20, retirement_threshold=5
        )
        caller = Caller(OWNER, "Ada", OWNER, Role.OWNER)
        pressed = await press(connection, caller, old, shown.message_id, later, Rules(9, 5), Shelf())
    assert pressed.refusal is Refusal.NOT_NOW
    assert "decided anew meanwhile" in pressed.said
    assert await state(bot.database) is RunState.APPROVED


@pytest.mark.parametrize("count", [7])
async def test_what_has_no_room_is_counted_in_one_message_and_comes_as_there_is_room(
    start: object, database: Database, api: BotApi, count: int
) -> None:
    from tests.label import add_artist, add_waiting_run

    async with database.write() as connection:
        await add_artist(connection)
        for number in range(count):
            await add_waiting_run(connection, f"r-{number}")
    async with start(telegram_previews_open=5):  # type: ignore[operator]
        await api.until(lambda: any(s.text.startswith("2 more wait") for s in api.shown))
        previews = [s for s in api.shown if "✓ Approve" in s.buttons]
        assert len(previews) == 5
        api.press(previews[0], "✓ Approve")
        await api.until(lambda: len([s for s in api.shown if "Glass Harbour – Vesper Lane" in s.text]) == 6)


async def test_who_is_given_a_role_gets_its_buttons(start: Start, waiting: Database, api: BotApi) -> None:
    async with waiting.write() as connection:
        await chat.put_user(connection, chat.User(5000, Role.VIEWER, "Lin", 5000, NOW, "ada"))
    async with start(telegram_chat_id=(4999,)) as bot:
        await standing(waiting)
        shown = api.last(5000)
        assert list(shown.buttons) == ["Lyrics"]
        commands = console(bot)
        await commands.set_chat_role(5000, Role.OWNER)
        await api.until(lambda: "✓ Approve" in shown.buttons)
        api.press(shown, "✓ Approve", user=5000)
        await api.until(lambda: "Approved by Lin" in shown.text)


async def test_a_code_for_a_role_gives_its_buttons_too(start: Start, waiting: Database, api: BotApi) -> None:
    async with waiting.write() as connection:
        await chat.put_user(connection, chat.User(5000, Role.VIEWER, "Lin", 5000, NOW, "ada"))
    async with start(telegram_chat_id=(4999,)) as bot:
        await standing(waiting)
        shown = api.last(5000)
        commands = Commands(
            bot.database, bot.home, CONSOLE, grace_s=0, retirement_threshold=5, names=refused, live=False, now=bot.now
        )
        code = (await commands.enrol(Role.REVIEWER)).code
        api.say(f"/start {code}", user=5000)
        await api.until(lambda: "✓ Approve" in shown.buttons)


async def test_who_loses_a_role_loses_its_buttons(start: Start, waiting: Database, api: BotApi) -> None:
    async with waiting.write() as connection:
        await chat.put_user(connection, chat.User(5000, Role.OWNER, "Lin", 5000, NOW, "ada"))
    async with start(telegram_chat_id=(4999,)) as bot:
        await standing(waiting)
        shown = api.last(5000)
        api.press(shown, "✗ Reject", user=5000)
        await api.until(lambda: "Back" in shown.buttons)
        commands = console(bot)
        await commands.set_chat_role(5000, Role.VIEWER)
        await api.until(lambda: list(shown.buttons) == ["Lyrics"])
