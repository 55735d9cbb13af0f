"""Songs: what waits, the list, one song, and taking it up again or ending it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.domain.chat import Role
from engine.domain.errors import NotFound
from engine.domain.listing import wanted
from engine.domain.runs import ACTIVE_STATES, RunState
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


@dataclass(frozen=True, slots=True)
class _Kind:
    """A list of songs: its page, its heading, of which states, and what a row opens."""

    name: str
    title: str
    states: tuple[RunState, ...] | None
    opens: str


_RUNS = _Kind("runs", texts.RUNS_TITLE, None, "run")
_RETRY = _Kind("retry", texts.RETRY_TITLE, (RunState.FAILED,), "sure_retry")
_CANCEL = _Kind("cancel", texts.CANCEL_TITLE, _ENDABLE, "sure_cancel")


async def _list(ask: Ask, kind: _Kind) -> Page:
    found = await ask.kit.queries.runs(states=kind.states, offset=ask.offset, limit=PER_PAGE)
    return listed(kind.name, kind.title, found.rows, found.total, ask, _text, partial(_key, kind.opens))


def _text(row: RunRow) -> str:
    return texts.RUN_ROW.format(title=title_of(row), artist=line(row.artist, 60), state=_state(row))


def _key(opens: str, row: RunRow) -> Key:
    return keyboards.page(opens, title_of(row, 50), id=row.id)


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


async def _typed(ask: Ask, kind: _Kind) -> Page:
    """The songs of these states that have the words in title or artist, or that number; a single one at once."""
    found = await ask.kit.queries.runs(wanted=wanted(ask.words), states=kind.states, limit=PER_PAGE)
    rows = () if found.guessed else found.rows
    if not rows:
        row = await _numbered(ask)
        rows = (row,) if row is not None and (kind.states is None or row.state in kind.states) else ()
    if not rows:
        return Page(texts.RUN_UNKNOWN.format(words=line(ask.words, 60)), menu())
    if len(rows) == 1:
        return await _OPENS[kind.opens](Ask(ask.kit, ask.caller, {"id": rows[0].id}))
    return listed(kind.name, kind.title, rows, len(rows), ask, _text, partial(_key, kind.opens))


async def _numbered(ask: Ask) -> RunRow | None:
    try:
        return await ask.kit.queries.run_row(ask.words.lower())
    except NotFound:
        return None


_OPENS: dict[str, Make] = {"run": run, "sure_retry": sure_retry, "sure_cancel": sure_cancel}
PAGES = {
    "queue": Entry(queue),
    "runs": Entry(partial(_list, kind=_RUNS), typed=partial(_typed, kind=_RUNS)),
    "run": Entry(run),
    "retry": Entry(partial(_list, kind=_RETRY), Role.OWNER, partial(_typed, kind=_RETRY)),
    "cancel": Entry(partial(_list, kind=_CANCEL), Role.OWNER, partial(_typed, kind=_CANCEL)),
    "sure_retry": Entry(sure_retry, Role.OWNER),
    "sure_cancel": Entry(sure_cancel, Role.OWNER),
}
AFTER: dict[str, Make] = {"retry": run, "cancel": run}
