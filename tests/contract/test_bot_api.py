"""Every request of a whole evening in the chat, against the published description of the Bot API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial

import pytest

from engine.api.commands import Commands
from engine.api.decide import Decision, Verdict, decide
from engine.domain.chat import Role
from engine.domain.learning import ReasonTag
from engine.domain.originality import refused
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.home import Home
from engine.store import control, journal, runs
from engine.store.database import Database
from engine.telegram import texts
from tests import label
from tests.bot_api import GROUP, OWNER, REVIEWER, STRANGER, BotApi, Call, Shown, bot_api
from tests.bot_api_schema import Judge, judge, spec_file
from tests.conftest import NOW
from tests.engine.telegram.conftest import Bot, media, patch_is_ready, running, settings
from tests.label import add_artist, add_run, add_waiting_run

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not spec_file().exists(), reason="the description of the Bot API is not here (BOT_API_SPEC)"),
]
CONSOLE = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")


@pytest.fixture
def judging() -> Iterator[Judge]:
    yield judge()


@pytest.fixture
async def api(judging: Judge, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BotApi]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    async with bot_api() as found:
        found.judge = judging.look
        yield found


async def command(api: BotApi, text: str, user: int = OWNER, *, says: str = "") -> Shown:
    """A command in the private chat of its writer, and the message that answers it."""
    before = len(api.shown)

    def answers() -> list[Shown]:
        return [s for s in api.shown[before:] if s.chat_id == user and s.kind == "text" and says in s.text]

    api.say(text, user=user)
    await api.until(answers)
    return answers()[0]


async def pressed(api: BotApi, shown: Shown, label: str, user: int = OWNER) -> None:
    edits = shown.edits
    api.press(shown, label, user=user)
    await api.until(lambda: shown.edits > edits)


async def test_an_evening_in_the_chat_is_as_the_description_says(
    database: Database, home: Home, api: BotApi, judging: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    media(home)
    whole = label.content()
    whole["artefacts"]["cover"] = {"suffix": ".jpg", "size": 10, "sha256": "cd" * 32}
    monkeypatch.setattr(label, "content", lambda: whole)
    async with database.write() as connection:
        await add_artist(connection, name="Ørsted & <b>Søn</b> 👩‍🎤" * 3)
        for number in range(6):
            await add_waiting_run(connection, f"r-{number}", at=NOW + timedelta(seconds=number))
    bot = Bot(api, database, home, settings(api, telegram_chat_id=(OWNER, GROUP), telegram_previews_open=3))
    async with running(bot):
        await _decide(bot, api)
        await _panel(api)
        await _errands(bot, api)
        await _alerts(bot, api)
        await _people(bot, api)
    told = f"{judging.checked} requests of {len(judging.methods)} methods, {judging.fields} fields, {judging.version}"
    print(f"\nchecked: {told}")
    _transcript(api)
    assert judging.faults == []
    assert {
        "sendAudio",
        "sendVideo",
        "sendDocument",
        "sendMessage",
        "editMessageCaption",
        "editMessageText",
    } <= judging.methods
    assert {"answerCallbackQuery", "getUpdates", "setMyCommands"} <= judging.methods
    assert all(len(call.files) == 2 for call in api.of("sendAudio")), "each with its thumbnail"


async def _decide(bot: Bot, api: BotApi) -> None:
    await api.until(lambda: len([s for s in api.shown if s.kind == "video"]) == 6)
    first, second, third = [s for s in api.shown if s.chat_id == OWNER and s.kind == "audio"]
    await pressed(api, first, "Lyrics")
    await pressed(api, first, "✗ Reject")
    for tag in list(ReasonTag)[:4]:
        await pressed(api, first, f"○ {tag}")
    reply = {"message_id": first.message_id, "date": 1, "chat": {"id": OWNER, "type": "private"}}
    api.say("drags " * 200, reply_to_message=reply)
    await api.until(lambda: "drags" in first.text)
    await pressed(api, first, "✗ Reject now")
    await pressed(api, second, "✓ Approve")
    await pressed(api, second, "↶ Take it back")
    await pressed(api, second, "✓ Approve")
    await pressed(api, third, "↻ New version")
    await pressed(api, third, "○ weak-cover")
    await pressed(api, third, "↻ Ask for it")
    await api.until(lambda: len([s for s in api.shown if s.kind == "audio"]) >= 8)  # r-3 stands in a chat
    async with bot.database.write() as connection:
        await decide(connection, "r-3", Verdict(Decision.APPROVE), CONSOLE, NOW, grace_s=0, retirement_threshold=5)
    await api.until(lambda: any("by mara in the console" in s.text for s in api.shown))


async def _panel(api: BotApi) -> None:
    for name in texts.COMMANDS:
        await command(api, f"/{name}")
    panel = await command(api, "/status", says="Engine:")
    for name in ("queue", "Menu", "runs", "Menu", "artists", "Menu", "pause", "Pause spending", "Resume spending"):
        await pressed(api, panel, name)
    mute = await command(api, "/mute", says="This chat")
    await pressed(api, mute, "Mute for 1 h")
    await pressed(api, mute, "Hear everything again")


async def _errands(bot: Bot, api: BotApi) -> None:
    """One is carried out, one fails; both are told below the message that asked."""
    for state, result in (("done", {"run_id": "r-0"}), ("failed", {"error": "The disk is full. " * 100})):
        create = await command(api, "/create", says="What shall")
        await pressed(api, create, "A song")
        async with bot.database.write() as connection:
            for left in await control.pending_commands(connection):
                await control.finish_command(connection, left.id, state, result, NOW)
        answers = partial(_replies, api, create.message_id)
        await api.until(answers)


def _replies(api: BotApi, message_id: int) -> list[Shown]:
    return [shown for shown in api.shown if shown.reply_to == message_id]


async def _alerts(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        await journal.open_notice(connection, "x.1", "warning", "Another model answers " * 40, "detail " * 500, NOW)
        run = await add_run(connection, "r-broken")
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        failure = {"cause": "The disk is full.", "fix": "", "retryable": True}
        await runs.move(connection, run, RunState.FAILED, ENGINE, NOW, stage="clip", failure=failure)
    await api.until(lambda: len([s for s in api.shown if "failed in clip" in s.text]) == 2)
    await api.until(lambda: len([s for s in api.shown if s.text.startswith("! Another")]) == 2)
    notice = next(s for s in api.shown if s.text.startswith("! Another") and s.chat_id == OWNER)
    api.press(notice, "Mute for 24 h")
    async with bot.database.write() as connection:
        await journal.close_notice(connection, "x.1", NOW)
    await api.until(lambda: "Over since" in notice.text)
    await patch_is_ready(bot.database, "+tempo = 96\n" * 1_000)
    await api.until(lambda: len(api.of("sendDocument")) == 2)


async def _people(bot: Bot, api: BotApi) -> None:
    commands = Commands(
        bot.database, bot.home, CONSOLE, grace_s=0, retirement_threshold=5, names=refused, live=False, now=bot.now
    )
    code = (await commands.enrol(Role.VIEWER)).code
    await command(api, f"/start {code}", STRANGER)
    await command(api, "/help", STRANGER, says="/queue")
    api.press(next(s for s in api.shown if s.chat_id == GROUP and s.buttons), "✓ Approve", user=REVIEWER)


def _transcript(api: BotApi) -> None:
    for shown in api.shown:
        buttons = f"  [{'] ['.join(shown.buttons)}]" if shown.buttons else ""
        to = f" (reply to {shown.reply_to})" if shown.reply_to else ""
        print(f"--- {shown.chat_id} {shown.kind} {shown.message_id}{to}\n{shown.text}\n{buttons}")


def test_the_judge_refuses_what_is_wrong(judging: Judge) -> None:
    wrong = {
        "chat_id is missing": Call("sendMessage", {"text": "x"}, {}),
        "is unknown": Call("sendMessage", {"chat_id": "1", "text": "x", "colour": "red"}, {}),
        "1025 characters": Call("sendVideo", {"chat_id": "1", "video": "attach://v", "caption": "x" * 1025}, {"v": 9}),
        "no such method": Call("sendMusic", {}, {}),
        "65 bytes": Call(
            "sendMessage",
            {
                "chat_id": "1",
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "x" * 65}]]},
            },
            {},
        ),
    }
    for fault, call in wrong.items():
        before = len(judging.faults)
        judging.look(call)
        assert any(fault in found for found in judging.faults[before:]), fault
