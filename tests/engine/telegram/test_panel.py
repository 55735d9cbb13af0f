"""The panel shows what the console shows, and each role sees and does what is its own."""

from __future__ import annotations

import ast
from dataclasses import asdict
from pathlib import Path

import pytest

from engine.api.chat_deeds import DEEDS
from engine.api.decide import Decision, Verdict, decide
from engine.api.outside_models import ModelRow
from engine.domain.chat import Refusal
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.store import artists, control, runs
from engine.store.runs import Failure
from engine.telegram import texts
from engine.telegram.handle import SAID
from engine.telegram.panel.all import AFTER, PAGES
from tests.bot_api import OWNER, REVIEWER, STRANGER, VIEWER, BotApi
from tests.conftest import NOW
from tests.engine.telegram.conftest import Bot, Start
from tests.label import add_run

MARA = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
ROOM = Path(__file__).parents[3] / "engine" / "telegram"


async def asked(api: BotApi, text: str, user: int = OWNER, chat: int = OWNER) -> str:
    """What a command is answered with."""
    before = len(api.shown)
    api.say(text, user=user, chat=chat)
    await api.until(lambda: len(api.shown) > before)
    return api.last(chat).text


async def pressed(api: BotApi, label: str) -> str:
    """What the newest message becomes by a press."""
    shown = api.last()
    edits = shown.edits
    api.press(shown, label)
    await api.until(lambda: shown.edits > edits)
    return shown.text


async def test_the_first_page_says_how_the_label_does(bot: Bot, api: BotApi) -> None:
    text = await asked(api, "/status")
    assert "Engine: stopped" in text
    assert "Waiting for you: 1" in text
    assert "Spent today: $0.00" in text


@pytest.mark.parametrize("command", [name for name in texts.COMMANDS if name != "start"])
async def test_every_command_that_telegram_lists_is_answered(bot: Bot, api: BotApi, command: str) -> None:
    assert "There is no" not in await asked(api, f"/{command}@label_bot")


async def test_an_unknown_command_says_where_to_look(bot: Bot, api: BotApi) -> None:
    assert await asked(api, "/frobnicate") == "There is no /frobnicate. /help lists what there is."


async def test_the_menu_leads_through_the_pages_in_one_message(bot: Bot, api: BotApi) -> None:
    await asked(api, "/status")
    assert "Songs (1-1 of 1)" in await pressed(api, "runs")
    assert "awaiting review" in await pressed(api, "Glass Harbour")
    assert "Engine:" in await pressed(api, "Menu")


async def test_a_long_list_has_pages(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        for number in range(8):
            await add_run(connection, f"r-more{number}")
    assert "(1-6 of 9)" in await asked(api, "/runs")
    assert "(7-9 of 9)" in await pressed(api, "Next ▸")
    assert "(1-6 of 9)" in await pressed(api, "◂ Before")


async def test_all_work_is_paused_and_resumed(bot: Bot, api: BotApi) -> None:
    await asked(api, "/pause")
    assert "all work: paused" in await pressed(api, "Pause all work")
    async with bot.database.read() as connection:
        assert (await control.all_switches(connection))["pause.all"].channel == "telegram"
    assert "all work: goes on" in await asked(api, "/resume all")


async def test_ending_a_song_asks_first(bot: Bot, api: BotApi) -> None:
    await asked(api, "/cancel")
    assert await pressed(api, "Glass Harbour") == "End Glass Harbour for good?"
    assert "cancelled" in await pressed(api, "Yes, end it")


async def test_a_failed_song_is_taken_up_again(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        run = await add_run(connection, "r-broken")
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        failure = Failure("the disk is full", "free some", True)
        await runs.move(connection, run, RunState.FAILED, ENGINE, NOW, stage="clip", failure=asdict(failure))
    await api.until(lambda: "failed in clip" in api.last().text)
    await asked(api, "/retry")
    assert "Take (no title yet) up again at clip?" in await pressed(api, "(no title yet)")
    assert "generating" in await pressed(api, "Yes, again")


async def test_autopilot_is_switched_on_after_a_second_question(bot: Bot, api: BotApi) -> None:
    assert "Vesper Lane\nsynthwave" in await asked(api, "/artist vesper")
    assert await pressed(api, "Autopilot on") == "Let the gate alone approve what Vesper Lane makes?"
    assert "Autopilot on" in await pressed(api, "Autopilot on")
    async with bot.database.read() as connection:
        assert (await artists.get(connection, "a-vesper")).autopilot


async def test_a_song_is_asked_for(bot: Bot, api: BotApi) -> None:
    await asked(api, "/create")
    assert await pressed(api, "A song") == texts.ASKED
    assert await left(bot) == [("start_run", "telegram")]


async def left(bot: Bot) -> list[tuple[str, str]]:
    """Kind and channel of what was left for the engine."""
    async with bot.database.read() as connection:
        return [(command.kind, command.channel) for command in await control.pending_commands(connection)]


async def ends(bot: Bot, state: str, **result: str) -> None:
    """The engine carries out what was left for it."""
    async with bot.database.write() as connection:
        [command] = await control.pending_commands(connection)
        await control.finish_command(connection, command.id, state, result, NOW)


async def test_whoever_asked_for_a_song_hears_that_it_is_made(bot: Bot, api: BotApi) -> None:
    await asked(api, "/create")
    await pressed(api, "A song")
    question = api.last()
    await ends(bot, "done", run_id="r-first", artist_id="a-vesper")
    await api.until(lambda: api.last().reply_to == question.message_id)
    assert api.last().text == "Glass Harbour by Vesper Lane is under way."
    assert "awaiting review" in await pressed(api, "Open")
    assert len([shown for shown in api.shown if "is under way" in shown.text]) == 0  # it turned into the song's page


async def test_a_song_without_a_name_yet_is_told_by_its_artist(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        await add_run(connection, "r-new")
    await asked(api, "/create")
    await pressed(api, "A song")
    await ends(bot, "done", run_id="r-new", artist_id="a-vesper")
    await api.until(lambda: api.last().text == "A song by Vesper Lane is under way.")


async def test_whoever_asked_for_an_artist_hears_why_there_is_none(bot: Bot, api: BotApi) -> None:
    await asked(api, "/create")
    await pressed(api, "A new artist")
    await ends(bot, "failed", error="No genre is left.")
    await api.until(lambda: api.last().text == "What you asked for failed: No genre is left.")


async def test_what_is_asked_for_during_a_pause_says_so(bot: Bot, api: BotApi) -> None:
    await asked(api, "/pause all")
    await asked(api, "/create")
    assert await pressed(api, "A song") == texts.ASKED_PAUSED


async def test_the_cycle_starts_after_a_question_and_stops_at_once(bot: Bot, api: BotApi) -> None:
    assert await asked(api, "/cycle on") == texts.SURE_CYCLE
    assert await cycle_is_on(bot) is False
    assert "The cycle is on" in await pressed(api, "Yes, start")
    assert await cycle_is_on(bot)
    assert "The cycle is off" in await asked(api, "/cycle off")
    assert await pressed(api, "Start the cycle") == texts.SURE_CYCLE


async def cycle_is_on(bot: Bot) -> bool:
    async with bot.database.read() as connection:
        return await control.switch(connection, control.CYCLE)


async def test_a_song_that_moved_on_is_not_ended_by_an_old_question(bot: Bot, api: BotApi) -> None:
    await asked(api, "/cancel")
    await pressed(api, "Glass Harbour")
    async with bot.database.write() as connection:
        verdict = Verdict(Decision.NEW_VERSION, text="brighter")
        await decide(connection, "r-first", verdict, MARA, NOW, grace_s=0, retirement_threshold=5)
    question = api.last()
    api.press(question, "Yes, end it")
    await api.until(lambda: "was awaiting_review in version 1 when it was to be cancelled" in question.text)
    [alert] = [alert for words, alert in api.answers.values() if words.startswith("Run r-first")]
    assert alert
    async with bot.database.read() as connection:
        assert (await runs.get(connection, "r-first")).state is RunState.QUEUED


async def test_the_first_page_tells_work_from_what_is_held(bot: Bot, api: BotApi) -> None:
    async with bot.database.write() as connection:
        for run_id in ("r-made", "r-held"):
            run = await add_run(connection, run_id)
            await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        await runs.set_columns(connection, "r-held", waiting_reason="the day's cap is reached", held_by="day")
    assert "At work: 1 (1 held at a cap or for a model)" in await asked(api, "/status")
    assert "Vesper Lane: generating, held" in await asked(api, "/runs")
    await asked(api, "/pause all")
    assert "At work: 1 (all paused, 1 held at a cap or for a model)" in await asked(api, "/status")


async def test_a_pause_says_what_it_holds_and_who_began_it(bot: Bot, api: BotApi) -> None:
    text = await asked(api, "/pause spending")
    assert "spending: paused (since 2026-11-23 12:00 UTC, by Ada by Telegram)" in text
    assert "all work: goes on (a pause: no run starts, and runs at work wait)" in text


async def test_a_muted_chat_gets_no_previews_until_it_wants_them(bot: Bot, api: BotApi) -> None:
    from tests.label import add_waiting_run

    await asked(api, "/mute")
    assert "is silent until 2026-11-23 20:00 UTC" in await pressed(api, "Mute for 8 h")
    async with bot.database.write() as connection:
        await add_waiting_run(connection, "r-second")
    panel = api.last()
    api.press(panel, "Hear everything again")
    await api.until(lambda: len([s for s in api.shown if "✓ Approve" in s.buttons]) == 2)
    assert "hears everything" in panel.text


async def test_the_queue_points_at_what_is_shown_already(bot: Bot, api: BotApi) -> None:
    preview = api.last()
    await asked(api, "/queue")
    api.press(api.last(), "Show Glass Harbour")
    await api.until(lambda: api.last().text == texts.HERE)
    assert api.last().reply_to == preview.message_id


async def test_a_reviewer_judges_and_changes_nothing_else(start: Start, waiting: object, api: BotApi) -> None:
    async with start(telegram_chat_id=(REVIEWER,)):
        await api.until(lambda: api.shown)
        preview = api.last(REVIEWER)
        assert await asked(api, "/pause all", REVIEWER, REVIEWER) == texts.NOT_YOURS
        assert "cycle" not in api.last(REVIEWER).buttons
        api.press(preview, "✓ Approve", user=REVIEWER)
        await api.until(lambda: "Approved by Grace" in preview.text)


async def test_a_viewer_looks(start: Start, waiting: object, api: BotApi) -> None:
    async with start(telegram_chat_id=(VIEWER,)):
        await api.until(lambda: api.shown)
        assert list(api.last(VIEWER).buttons) == ["Lyrics"]
        assert "Engine:" in await asked(api, "/status", VIEWER, VIEWER)
        assert await asked(api, "/create", VIEWER, VIEWER) == texts.NOT_YOURS


async def test_a_stranger_hears_nothing_but_how_to_be_let_in(bot: Bot, api: BotApi) -> None:
    api.say("/status", user=STRANGER)
    assert await asked(api, "/start", STRANGER, STRANGER) == texts.ASK_CODE


def test_every_word_of_the_bot_stands_in_one_module() -> None:
    """No other module says a sentence: a capital, a blank, and not a docstring or a log line."""
    spoken = []
    for path in ROOM.rglob("*.py"):
        if path.name in ("texts.py", "trouble.py"):
            continue
        tree = ast.parse(path.read_text())
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        logs = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "_log"
            for part in ast.walk(node)
        }
        spoken += [
            f"{path.name}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docs | logs
            and " " in node.value
            and node.value[:1].isupper()
        ]
    assert spoken == []


def test_every_text_is_said_somewhere() -> None:
    source = "".join(path.read_text() for path in ROOM.rglob("*.py") if path.name != "texts.py")
    used = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    assert [name for name in vars(texts) if name.isupper() and name not in used] == []


def test_every_refusal_of_a_press_has_words_in_that_module() -> None:
    """The names of refusals are for the audit; people read texts."""
    pressed = set(Refusal) - {
        *(Refusal.NO_SENDER, Refusal.UNKNOWN_USER, Refusal.UNKNOWN_CHAT),  # told that the bot is not for them
        *(Refusal.FORWARDED, Refusal.EDITED, Refusal.SEEN, Refusal.MANY),  # not answered
        *(Refusal.WRONG_CODE, Refusal.GUESSING, Refusal.NOT_HERE, Refusal.KNOWN, Refusal.NAMED),  # of codes
    }
    assert set(SAID) == pressed


async def test_many_models_have_pages(bot: Bot, api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.api.queries import Queries

    async def models(_self: Queries) -> list[ModelRow]:
        return [ModelRow("lab", f"m-{number:02d}", "fine", 0, 0, 0, 0, 0, "", None, "") for number in range(25)]

    monkeypatch.setattr(Queries, "models", models)
    text = await asked(api, "/llm")
    assert "(1-20 of 25)" in text and "m-19" in text and "m-20" not in text
    assert "m-24" in await pressed(api, "Next ▸")


def test_every_command_and_deed_exists() -> None:
    assert set(texts.COMMANDS) - {"start"} <= set(PAGES)
    assert set(AFTER) == set(DEEDS)
