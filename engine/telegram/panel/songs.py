"""Songs: what waits, the list, one song, and taking it up again or ending it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from engine.domain.chat import Role
from engine.domain.runs import ACTIVE_STATES, RunState, Standing
from engine.telegram import keyboards, texts
from engine.telegram.keyboards import Key
from engine.telegram.panel.page import PER_PAGE, Ask, Entry, Make, Page, listed, menu, sure
from engine.telegram.words import age, dollars, line, lines

if TYPE_CHECKING:
    from engine.api.models import ApprovalRow, RunRow

_ENDABLE = (RunState.QUEUED, RunState.GENERATING, RunState.AWAITING_REVIEW, RunState.FAILED)


async def queue(ask: Ask) -> Page:
    """What waits for a person, longest first; each can be shown."""
    found = await ask.kit.queries.approvals(offset=ask.offset, limit=PER_PAGE)
    now = ask.kit.now()

    def text(row: ApprovalRow) -> str:
        return texts.QUEUE_ROW.format(
            title=line(row.title, 80), artist=line(row.artist, 60), age=age(row.waiting_since, now)
        )

    def key(row: ApprovalRow) -> Key:
        return keyboards.page("show", texts.SHOW.format(title=line(row.title, 40)), id=row.run_id)

    return listed("queue", texts.QUEUE_TITLE, found.rows, found.total, ask, text, key)


async def _list(ask: Ask, name: str, title: str, states: tuple[RunState, ...] | None, opens: str) -> Page:
    found = await ask.kit.queries.runs(states=states, offset=ask.offset, limit=PER_PAGE)

    def text(row: RunRow) -> str:
        return texts.RUN_ROW.format(title=title_of(row), artist=line(row.artist, 60), state=_state(row))

    def key(row: RunRow) -> Key:
        return keyboards.page(opens, title_of(row, 50), id=row.id)

    return listed(name, title, found.rows, found.total, ask, text, key)


def _state(row: RunRow) -> str:
    if row.waits_to_be_packed:
        return texts.TO_BE_PACKED
    words = row.state.replace("_", " ")
    return texts.RUN_HELD.format(state=words) if row.held else words


def title_of(row: RunRow, limit: int = 80) -> str:
    """The song's title, or that it has none yet."""
    return line(row.title, limit) or texts.NO_TITLE


async def run(ask: Ask) -> Page:
    """One song, with what can be done with it now."""
    row = await ask.kit.queries.run_row(str(ask.argument["id"]))
    stands = row.state in ACTIVE_STATES and not row.stage_open
    paused = texts.RUN_PAUSED if stands and (await ask.kit.queries.overview()).pauses["all"].on else ""
    text = texts.RUN.format(
        title=title_of(row),
        artist=line(row.artist, 60),
        state=_state(row),
        stage=texts.STAGE.format(stage=row.stage) if row.stage and not row.waits_to_be_packed else "",
        progress=texts.PROGRESS.format(share=f"{row.progress:.0%}") if row.state is RunState.GENERATING else "",
        version=row.version,
        attempt=row.attempt,
        cost=dollars(row.cost_microusd),
        reason=lines(" ".join((row.failure, row.failure_fix, row.waiting_reason, paused)).strip(), 900),
    )
    keys: list[Key] = []
    if row.state is RunState.AWAITING_REVIEW:
        keys.append(keyboards.page("show", texts.SHOW.format(title=title_of(row, 30)), id=row.id))
    if ask.may(Role.OWNER):
        if row.state is RunState.FAILED:
            keys.append(keyboards.page("sure_retry", texts.DO_RETRY_THIS, id=row.id))
        if row.state in _ENDABLE:
            keys.append(keyboards.page("sure_cancel", texts.DO_CANCEL_THIS, id=row.id))
    refresh = keyboards.page("run", texts.REFRESH, id=row.id)
    return Page(text.strip(), [*([keys] if keys else []), [refresh], *menu()])


async def sure_retry(ask: Ask) -> Page:
    """Asks before a song is taken up again."""
    row = await ask.kit.queries.run_row(str(ask.argument["id"]))
    question = texts.SURE_RETRY.format(title=title_of(row), stage=row.stage or "")
    return sure(question, "retry", texts.DO_RETRY, "run", **_seen(row))


async def sure_cancel(ask: Ask) -> Page:
    """Asks before a song is ended."""
    row = await ask.kit.queries.run_row(str(ask.argument["id"]))
    return sure(texts.SURE_CANCEL.format(title=title_of(row)), "cancel", texts.DO_CANCEL, "run", **_seen(row))


def _seen(row: RunRow) -> dict[str, Any]:
    """The run as it stood when the question was asked: it may be another one when it is answered."""
    return {"id": row.id, "state": row.state, "version": row.version, "attempt": row.attempt}


async def retry(ask: Ask) -> Page:
    """Has it taken up again where it failed."""
    await ask.kit.commands(ask.caller).retry(str(ask.argument["id"]), version=ask.argument["version"])
    return await run(ask)


async def cancel(ask: Ask) -> Page:
    """Ends it."""
    argument = ask.argument
    seen = Standing(RunState(argument["state"]), argument["version"], argument["attempt"])
    await ask.kit.commands(ask.caller).cancel(str(argument["id"]), seen)
    return await run(ask)


PAGES = {
    "queue": Entry(queue),
    "runs": Entry(partial(_list, name="runs", title=texts.RUNS_TITLE, states=None, opens="run")),
    "run": Entry(run),
    "retry": Entry(
        partial(_list, name="retry", title=texts.RETRY_TITLE, states=(RunState.FAILED,), opens="sure_retry"), Role.OWNER
    ),
    "cancel": Entry(
        partial(_list, name="cancel", title=texts.CANCEL_TITLE, states=_ENDABLE, opens="sure_cancel"), Role.OWNER
    ),
    "sure_retry": Entry(sure_retry, Role.OWNER),
    "sure_cancel": Entry(sure_cancel, Role.OWNER),
}
VERBS: dict[str, Make] = {"retry": retry, "cancel": cancel}
