"""The label as a whole: the first page, switches, trouble, models, money, silence."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from engine.domain.chat import Role
from engine.domain.runs import ACTIVE_STATES
from engine.telegram import keyboards, texts
from engine.telegram.keyboards import Key
from engine.telegram.panel.page import PER_PAGE, Ask, Entry, Make, Page, listed, menu
from engine.telegram.words import dollars, line, lines, when

if TYPE_CHECKING:
    from engine.api.models import ErrorRow
    from engine.api.outside_models import ModelRow

_NOTICES = 5
_MODELS = 20
_HOURS = (1, 8, 24)


async def status(ask: Ask) -> Page:
    """One look at everything, and the way to the rest."""
    found = await ask.kit.queries.overview()
    paused = [texts.SCOPES[scope] for scope, switch in found.pauses.items() if switch.on]
    text = texts.STATUS.format(
        label=line(ask.kit.settings.label_name, 60),
        engine=found.engine.state,
        cycle=_switch(found.cycle.on),
        paused=", ".join(paused) or texts.NONE,
        approvals=found.approvals,
        at_work=sum(found.runs.get(state, 0) for state in ACTIVE_STATES),
        artists=sum(found.artists.values()),
        errors=found.errors,
        spent=dollars(found.spend_today_microusd),
    )
    notices = [
        texts.NOTICE.format(sign=texts.SIGNS.get(notice.level, "!"), title=line(notice.title, 200))
        for notice in found.notices[:_NOTICES]
    ]
    names = [["queue", "runs", "artists"], ["errors", "llm", "budget"], ["cycle", "pause", "create"], ["mute", "help"]]
    keys = [
        [keyboards.page(name, name) for name in row if ask.may(COMMANDS_NEED.get(name, Role.VIEWER))] for row in names
    ]
    refresh = [keyboards.page("status", texts.REFRESH)]
    return Page("\n".join([text, *([""] if notices else []), *notices]), [*(row for row in keys if row), refresh])


def _switch(on: bool) -> str:
    return texts.ON if on else texts.OFF


async def pauses(ask: Ask) -> Page:
    """The three scopes, each with its button. A typed scope is switched at once."""
    if (scope := ask.words.strip().lower()) in texts.SCOPES and ask.argument.get("command") in ("pause", "resume"):
        return await _pause(ask, scope, on=ask.argument["command"] == "pause")
    found = await ask.kit.queries.overview()
    rows = [
        texts.PAUSE_ROW.format(scope=name, state=texts.PAUSED if found.pauses[scope].on else texts.GOES_ON)
        for scope, name in texts.SCOPES.items()
    ]
    keys = [
        [
            keyboards.do("resume", texts.DO_RESUME.format(scope=name), scope=scope)
            if found.pauses[scope].on
            else keyboards.do("pause", texts.DO_PAUSE.format(scope=name), scope=scope)
        ]
        for scope, name in texts.SCOPES.items()
    ]
    return Page("\n".join([texts.PAUSE_TITLE, "", *rows]), [*keys, *menu()])


async def _pause(ask: Ask, scope: str, *, on: bool) -> Page:
    commands = ask.kit.commands(ask.caller)
    await (commands.pause(scope) if on else commands.resume(scope))
    return await pauses(Ask(ask.kit, ask.caller))


async def _do_pause(ask: Ask, on: bool) -> Page:
    return await _pause(ask, str(ask.argument["scope"]), on=on)


async def cycle(ask: Ask) -> Page:
    """Whether songs start by themselves. A typed `on` or `off` is done at once."""
    if ask.words.strip().lower() in (texts.ON, texts.OFF):
        return await _cycle(ask, ask.words.strip().lower() == texts.ON)
    on = (await ask.kit.queries.overview()).cycle.on
    key = keyboards.do("cycle_off", texts.DO_CYCLE_OFF) if on else keyboards.do("cycle_on", texts.DO_CYCLE_ON)
    return Page(texts.CYCLE.format(state=_switch(on)), [[key], *menu()])


async def _cycle(ask: Ask, on: bool) -> Page:
    await ask.kit.commands(ask.caller).set_cycle(on)
    return await cycle(Ask(ask.kit, ask.caller))


async def errors(ask: Ask) -> Page:
    """Open error groups."""
    found = await ask.kit.queries.errors(offset=ask.offset, limit=PER_PAGE)

    def text(row: ErrorRow) -> str:
        return texts.ERROR_ROW.format(type=line(row.type, 60), part=line(row.part, 40), count=row.count)

    def key(row: ErrorRow) -> Key:
        return keyboards.page("error", line(row.type, 40), id=row.id)

    return listed("errors", texts.ERRORS_TITLE, found.rows, found.total, ask, text, key)


async def error(ask: Ask) -> Page:
    """One error group."""
    row = (await ask.kit.queries.error(str(ask.argument["id"]))).row
    text = texts.ERROR.format(
        type=line(row.type, 80),
        part=line(row.part, 60),
        count=row.count,
        when=when(row.last_seen),
        state=row.state,
        message=lines(row.message, 1_500),
    )
    return Page(text, [[keyboards.page("errors", texts.BACK)], *menu()])


async def llm(ask: Ask) -> Page:
    """The language models."""
    rows = (await ask.kit.queries.models())[:_MODELS]
    if not rows:
        return Page(texts.LLM_NONE, menu())
    return Page("\n".join([texts.LLM_TITLE, "", *map(_model, rows)]), [[keyboards.page("llm", texts.REFRESH)], *menu()])


def _model(row: ModelRow) -> str:
    return texts.LLM_ROW.format(
        name=line(f"{row.provider}:{row.model}", 80),
        state=row.state,
        calls=row.calls,
        failures=row.failures,
        cost=dollars(row.cost_microusd),
        reason=f" ({line(row.reason, 80)})" if row.reason else "",
    )


async def budget(ask: Ask) -> Page:
    """What may be spent, and what was."""
    found = await ask.kit.queries.overview()
    settings = ask.kit.settings
    text = texts.BUDGET.format(
        spent=dollars(found.spend_today_microusd),
        day=dollars(settings.daily_budget_microusd),
        artist=dollars(round(settings.artist_daily_budget_usd * 1_000_000)),
        run=dollars(round(settings.run_budget_usd * 1_000_000)),
        paused=texts.BUDGET_PAUSED if found.pauses["spending"].on else texts.BUDGET_GOES,
    )
    return Page(text, menu())


async def mute(ask: Ask) -> Page:
    """Silence for this chat."""
    chat = await ask.kit.desk.meet(ask.caller.chat_id)
    now = ask.kit.now()
    silent = chat.muted_until is not None and chat.muted_until > now
    state = texts.MUTE_UNTIL.format(when=when(chat.muted_until)) if silent and chat.muted_until else texts.MUTE_NOT
    hours = [keyboards.do("mute", texts.MUTE.format(hours=each), hours=each) for each in _HOURS]
    keys = [hours, *([[keyboards.do("unmute", texts.DO_UNMUTE)]] if silent else [])]
    return Page(texts.MUTE_CHAT.format(state=state), [*keys, *menu()])


async def _mute(ask: Ask, *, on: bool) -> Page:
    until = ask.kit.now() + timedelta(hours=int(ask.argument["hours"])) if on else None
    await ask.kit.desk.meet(ask.caller.chat_id)
    await ask.kit.desk.set_chat(ask.caller.chat_id, muted_until=until)
    return await mute(ask)


async def help_page(ask: Ask) -> Page:
    """What there is, for this caller."""
    names = [name for name in texts.COMMANDS if ask.may(COMMANDS_NEED.get(name, Role.VIEWER))]
    listed_ = "\n".join(texts.HELP_LINE.format(name=name, summary=texts.COMMANDS[name]) for name in names)
    text = texts.HELP.format(label=line(ask.kit.settings.label_name, 60), commands=listed_, role=ask.caller.role)
    return Page(text, menu())


COMMANDS_NEED = dict.fromkeys(("create", "cycle", "pause", "resume", "retry", "cancel", "mute"), Role.OWNER)
"""Commands that more than looking needs a role for."""

PAGES = {
    "status": Entry(status),
    "pause": Entry(pauses, Role.OWNER),
    "resume": Entry(pauses, Role.OWNER),
    "cycle": Entry(cycle, Role.OWNER),
    "errors": Entry(errors),
    "error": Entry(error),
    "llm": Entry(llm),
    "budget": Entry(budget),
    "mute": Entry(mute, Role.OWNER),
    "help": Entry(help_page),
}
VERBS: dict[str, Make] = {
    "pause": partial(_do_pause, on=True),
    "resume": partial(_do_pause, on=False),
    "cycle_on": partial(_cycle, on=True),
    "cycle_off": partial(_cycle, on=False),
    "mute": partial(_mute, on=True),
    "unmute": partial(_mute, on=False),
}
