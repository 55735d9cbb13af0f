"""The label as a whole: the first page, switches, trouble, models, money, silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.domain.chat import Role
from engine.domain.naming import whom
from engine.telegram import keyboards, texts
from engine.telegram.keyboards import Key
from engine.telegram.panel.page import PER_PAGE, Ask, Deed, Entry, Make, Page, listed, menu, sure
from engine.telegram.words import dollars, line, lines, when

if TYPE_CHECKING:
    from engine.api.models import EngineStatus, Overview, SwitchState
    from engine.api.outside_models import ModelRow
    from engine.api.repair_models import ErrorRow

_NOTICES = 5
_MODELS = 20
_HOURS = (1, 8, 24)
_MOST_HOURS = 168


async def status(ask: Ask) -> Page:
    """One look at everything, and the way to the rest."""
    found = await ask.kit.queries.overview()
    paused = [texts.SCOPES[scope] for scope, switch in found.pauses.items() if switch.on]
    text = texts.STATUS.format(
        label=line(ask.kit.settings.label_name, 60),
        engine=_engine(found.engine),
        cycle=_switch(found.cycle.on),
        paused=", ".join(paused) or texts.NONE,
        approvals=found.approvals,
        at_work=found.at_work,
        halted=_halted(found),
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


def _engine(engine: EngineStatus) -> str:
    if engine.silent is None:
        return engine.state
    return texts.SILENT.format(state=engine.state, part=engine.silent.part, seconds=round(engine.silent.seconds))


def _halted(found: Overview) -> str:
    """What is no work although its runs are under way."""
    parts = [
        *([texts.HALTED_PAUSE] if found.pauses["all"].on and found.at_work else []),
        *([texts.HALTED_HELD.format(count=found.held)] if found.held else []),
        *([texts.HALTED_PACK.format(count=found.waits_to_be_packed)] if found.waits_to_be_packed else []),
    ]
    return texts.HALTED.format(what=", ".join(parts)) if parts else ""


def _switch(on: bool) -> str:
    return texts.ON if on else texts.OFF


async def pauses(ask: Ask) -> Page:
    """The three scopes, each with its button."""
    found = await ask.kit.queries.overview()
    rows = [
        texts.PAUSE_ROW.format(
            scope=name,
            state=texts.PAUSED if found.pauses[scope].on else texts.GOES_ON,
            what=_since(found.pauses[scope]) or texts.PAUSE_HOLDS[scope],
        )
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


def _since(switch: SwitchState) -> str:
    """Who paused it and when; empty while it goes on."""
    if not switch.on or switch.at is None:
        return ""
    who = line(whom(switch.actor, switch.channel, switch.actor_name), 60)
    why = texts.PAUSE_WHY.format(reason=line(switch.reason, 120)) if switch.reason else ""
    return texts.PAUSE_SINCE.format(when=when(switch.at), whom=who) + why


async def _typed_pause(ask: Ask) -> Deed | None:
    """A typed scope is switched at once."""
    wanted = ask.words.lower()
    scope = next((scope for scope, words in texts.SCOPE_WORDS.items() if wanted in words), None)
    return None if scope is None else Deed(str(ask.argument["command"]), {"scope": scope})


async def cycle(ask: Ask) -> Page:
    """Whether songs start by themselves."""
    on = (await ask.kit.queries.overview()).cycle.on
    key = keyboards.do("cycle_off", texts.DO_CYCLE_OFF) if on else keyboards.page("sure_cycle", texts.DO_CYCLE_ON)
    return Page(texts.CYCLE.format(state=_switch(on)), [[key], *menu()])


async def sure_cycle(ask: Ask) -> Page:  # noqa: ARG001 - every page is asked so
    """Asks before songs are made, and paid for, unasked."""
    return sure(texts.SURE_CYCLE, "cycle_on", texts.DO_CYCLE_SURE, "cycle")


async def _typed_cycle(ask: Ask) -> Page | Deed | None:
    """A typed `off` is done at once; `on` is asked about, for it costs."""
    wanted = ask.words.lower()
    if wanted in texts.OFF_WORDS:
        return Deed("cycle_off")
    if wanted not in texts.ON_WORDS:
        return None
    on = (await ask.kit.queries.overview()).cycle.on
    return await (cycle(ask) if on else sure_cycle(ask))


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
    rows = await ask.kit.queries.models()
    if not rows:
        return Page(texts.LLM_NONE, menu())
    shown = rows[ask.offset : ask.offset + _MODELS]
    found = listed("llm", texts.LLM_TITLE, shown, len(rows), ask, _model, lambda _row: None, _MODELS)
    return Page(found.text, [[keyboards.page("llm", texts.REFRESH, offset=ask.offset)], *found.keys])


def _model(row: ModelRow) -> str:
    return texts.LLM_ROW.format(
        name=line(f"{row.provider}:{row.model}", 80),
        state=row.state,
        calls=row.calls,
        failures=row.failures,
        cost=dollars(row.cost_microusd),
        place=_place(row),
    )


def _place(row: ModelRow) -> str:
    """Why it is not asked, and until when; else on which ladders it stands."""
    if row.reason and row.until is not None:
        return texts.LLM_UNTIL.format(until=when(row.until), reason=line(row.reason, 80))
    if row.reason:
        return texts.LLM_REASON.format(reason=line(row.reason, 80))
    return texts.LLM_ROLES.format(roles=line(", ".join(row.roles), 80)) if row.roles else ""


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
    """Silence for this chat, whole or for single alerts."""
    chat = await ask.kit.desk.meet(ask.caller.chat_id)
    now = ask.kit.now()
    silent = chat.muted_until is not None and chat.muted_until > now
    state = texts.MUTE_UNTIL.format(when=when(chat.muted_until)) if silent and chat.muted_until else texts.MUTE_NOT
    hours = [keyboards.do("mute", texts.MUTE.format(hours=each), hours=each) for each in _HOURS]
    alerts = await ask.kit.desk.muted_count(ask.caller.chat_id)
    keys = [hours, *([[keyboards.do("unmute", texts.DO_UNMUTE)]] if silent or alerts else [])]
    text = [texts.MUTE_CHAT.format(state=state), *([texts.MUTE_ALERTS.format(count=alerts)] if alerts else [])]
    return Page("\n".join(text), [*keys, *menu()])


async def _typed_mute(ask: Ask) -> Deed | None:
    """Hours, or the end of it."""
    wanted = ask.words.lower()
    if wanted in texts.OFF_WORDS:
        return Deed("unmute")
    hours = wanted.removesuffix("h").rstrip()
    if not (hours.isascii() and hours.isdigit() and len(hours) < 4 and 1 <= int(hours) <= _MOST_HOURS):
        return None
    return Deed("mute", {"hours": int(hours)})


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
    "pause": Entry(pauses, Role.OWNER, _typed_pause),
    "resume": Entry(pauses, Role.OWNER, _typed_pause),
    "cycle": Entry(cycle, Role.OWNER, _typed_cycle),
    "sure_cycle": Entry(sure_cycle, Role.OWNER),
    "errors": Entry(errors),
    "error": Entry(error),
    "llm": Entry(llm),
    "budget": Entry(budget),
    "mute": Entry(mute, Role.OWNER, _typed_mute),
    "help": Entry(help_page),
}
AFTER: dict[str, Make] = {
    "pause": pauses,
    "resume": pauses,
    "cycle_on": cycle,
    "cycle_off": cycle,
    "mute": mute,
    "unmute": mute,
    "reject_patch": error,
}
