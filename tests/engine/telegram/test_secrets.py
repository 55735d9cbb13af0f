"""No secret reaches a log, an error, a repr, the database or a message; enrolment codes work once."""

from __future__ import annotations

import asyncio
import logging
import string
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from engine.api.commands import Commands
from engine.domain.chat import GUESSES, Role
from engine.domain.originality import refused
from engine.domain.runs import Actor, ActorKind, Channel
from engine.logs import configure
from engine.safety.secrets import Redactor, Secret
from engine.store import chat, journal
from engine.store.database import Database
from engine.telegram import texts
from engine.telegram.service import Telegram
from engine.telegram.wire import connected
from tests.bot_api import OWNER, STRANGER, TOKEN, BotApi, Refused
from tests.conftest import NOW
from tests.engine.telegram.conftest import SHORT, Bot, no_pace, settings

PLANTED = [
    TOKEN,
    *("".join(Random(seed).choices(string.ascii_letters + string.digits, k=32)) for seed in range(11)),
]
CONSOLE = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")


async def test_twelve_planted_secrets_are_in_no_sink(waiting: Database, api: BotApi, tmp_path: Path) -> None:
    """They come by every way there is: trouble of the wire, notices, chatter, failing calls."""
    log = tmp_path / "engine.jsonl"
    redactor = Redactor(map(Secret, PLANTED))
    home_of = Path(waiting.path).parent
    stopping = asyncio.Event()
    from engine.home import at

    home = at(home_of.parent)
    bot = Telegram(waiting, home, settings(api), redactor, stopping, waits=SHORT, pace=no_pace())
    with configure(log, "DEBUG", redactor):
        logging.getLogger("telegram").setLevel(logging.DEBUG)
        logging.getLogger("httpx").setLevel(logging.DEBUG)
        task = asyncio.create_task(bot.run())
        await api.until(lambda: api.shown)
        async with waiting.write() as connection:
            for number, secret in enumerate(PLANTED):
                title = redactor.text(f"Provider says: key {secret} is wrong")
                await journal.open_notice(connection, f"x.{number}", "error", title, title, NOW)
        await api.until(lambda: len([s for s in api.shown if "Provider says" in s.text]) == 10)
        for method in ("sendAudio", "getUpdates", "answerCallbackQuery"):
            api.trouble[method] = [Refused(500, f"Internal: https://api.telegram.org/bot{TOKEN}/x")]
        for secret in PLANTED:
            api.say(f"/artist {secret}")
        api.press(api.shown[0], "✗ Reject")
        await api.until(lambda: "Back" in api.shown[0].buttons)
        reply = {"message_id": api.shown[0].message_id, "date": 1, "chat": {"id": OWNER, "type": "private"}}
        api.say(" ".join(PLANTED), reply_to_message=reply)
        await api.until(lambda: any(s.text.startswith("Your words go with") for s in api.shown))
        stopping.set()
        await asyncio.wait_for(task, 5)
    await waiting.close()
    sinks = {
        "log": log.read_bytes(),
        "database": b"".join(path.read_bytes() for path in home_of.glob("artists.db*")),
        "messages": repr([call.fields for call in api.calls]).encode(),
        "repr": repr(settings(api)).encode(),
    }
    assert len(sinks["log"]) > 0 and b"Reject" in sinks["messages"]
    found = [(name, secret) for name, text in sinks.items() for secret in PLANTED if secret.encode() in text]
    assert found == []


async def test_what_fails_never_shows_the_token(api: BotApi) -> None:
    api.revoked = True
    async with connected(Secret(TOKEN), api.base, Redactor([])) as wire:
        with pytest.raises(Exception, match="refuses the bot token") as caught:
            await wire.me()
    shown = f"{caught.value!r} {caught.value} {caught.value.__context__!r} {wire!r}"
    assert TOKEN not in shown and TOKEN.partition(":")[2] not in shown


def commands(bot: Bot) -> Commands:
    return Commands(
        bot.database, bot.home, CONSOLE, grace_s=0, retirement_threshold=5, names=refused, live=False, now=bot.now
    )


async def test_a_code_from_the_console_lets_its_first_typist_in_with_its_role(bot: Bot, api: BotApi) -> None:
    code = (await commands(bot).enrol(Role.REVIEWER)).code
    api.say(f"/start {code.upper()}", user=STRANGER)
    await api.until(lambda: any("you are reviewer now" in s.text for s in api.shown if s.chat_id == STRANGER))
    async with bot.database.read() as connection:
        found = await chat.user(connection, STRANGER)
    assert found is not None and (found.role, found.added_by, found.chat_id) == (Role.REVIEWER, "mara", STRANGER)
    await api.until(lambda: any("✓ Approve" in s.buttons for s in api.shown if s.chat_id == STRANGER))
    api.say(f"/start {code}", user=777)
    await api.until(lambda: any(s.text == texts.WRONG_CODE for s in api.shown if s.chat_id == 777))


async def test_a_code_ends_after_ten_minutes(bot: Bot, api: BotApi) -> None:
    code = (await commands(bot).enrol(Role.OWNER)).code
    bot.clock.append(NOW + timedelta(minutes=11))
    api.say(f"/start {code}", user=STRANGER)
    await api.until(lambda: any(s.text == texts.WRONG_CODE for s in api.shown))


async def test_a_strangers_wrong_codes_end_nobodys_right_one(bot: Bot, api: BotApi) -> None:
    code = (await commands(bot).enrol(Role.OWNER)).code
    for number in range(10):
        api.say(f"/start guess-{number}", user=STRANGER)
    api.say(f"/start {code}", user=STRANGER)
    await api.until(lambda: any(s.text == texts.GUESSING for s in api.shown))
    api.say(f"/start {code}", user=4999)
    await api.until(lambda: any("you are owner now" in s.text for s in api.shown if s.chat_id == 4999))
    async with bot.database.read() as connection:
        assert await chat.user(connection, STRANGER) is None


async def test_the_owner_hears_that_many_guess(bot: Bot, api: BotApi) -> None:
    for number in range(GUESSES):
        api.say(f"/start guess-{number}", user=10_000 + number)
    await api.until(lambda: any("Somebody guesses the chat's codes" in s.text for s in api.shown))
    told = next(s for s in api.shown if "Somebody guesses" in s.text)
    assert told.chat_id == OWNER
    bot.clock.append(NOW + timedelta(minutes=11))
    await api.until(lambda: "Over since" in told.text)


async def test_a_code_in_a_group_that_nobody_named_lets_nobody_in(bot: Bot, api: BotApi) -> None:
    code = (await commands(bot).enrol(Role.OWNER)).code
    api.say(f"/start {code}", user=STRANGER, chat=-555)
    await api.until(lambda: any(s.text == texts.NOT_HERE for s in api.shown))
    async with bot.database.read() as connection:
        assert await chat.user(connection, STRANGER) is None


async def test_who_is_taken_off_the_list_is_a_stranger_again(bot: Bot, api: BotApi) -> None:
    code = (await commands(bot).enrol(Role.REVIEWER)).code
    api.say(f"/start {code}", user=STRANGER)
    await api.until(lambda: any("✓ Approve" in s.buttons for s in api.shown if s.chat_id == STRANGER))
    await commands(bot).remove_chat_user(STRANGER)
    api.press(api.last(STRANGER), "✓ Approve", user=STRANGER)
    await api.until(lambda: (texts.NOT_FOR_YOU, True) in api.answers.values())
