"""What the doctor cannot see without the store: the database, the lock, and whether rows and files belong together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import chat_access, models_view, providers_view, queue_view
from engine.api.signing import is_saved
from engine.api.signing import show as key_state
from engine.api.status import engine_status
from engine.doctor import Check, Look, State
from engine.domain.clock import Clock, utc_now
from engine.domain.errors import StoreError
from engine.domain.models import Outcome
from engine.domain.plurals import many
from engine.home import Home
from engine.lock import EngineState
from engine.safety.text import plain
from engine.settings import Settings
from engine.settings.providers import model_vendors
from engine.store import audit, migrate, repairs, runs
from engine.store import chat as chat_store
from engine.store.database import open_database
from engine.store.migrate import Condition

T = TypeVar("T")

_WORDS = 160
_REFUSAL = 400
_FRESH_S = 3600.0
"""A file this young may belong to a run that is at work."""
_SOON = timedelta(days=30)
"""A certificate of our own that ends so soon could not be issued anew: its authority ends too."""


def label_checks(home: Home, settings: Settings | None, *, now: Clock = utc_now) -> tuple[Look, ...]:
    """Checks for `engine.doctor.check(extra=…)`. They change nothing; the database is read whole.

    Without `settings`, which may be impossible to read, nothing is said of the vendors of language models.

    They run an event loop of their own: call them outside of one, or in a thread.
    """

    def database() -> Check:
        return _database(home)

    def record() -> Check:
        return _audit(home)

    def engine() -> Check:
        return _engine(home)

    def artefacts() -> Check:
        return _artefacts(home)

    def releases() -> Check:
        return _releases(home)

    def signing() -> Check:
        return _signing(home, settings, utc_now())  # by the true time: readers of certificates go by it

    def resting_providers() -> Check:
        return _resting(home, now())

    def language_models() -> Iterator[Check]:
        return _vendors(home, model_vendors(settings) if settings else {})

    def chat() -> Check:
        return _chat(home, settings)

    def repair() -> Check:
        return _repair(home)

    return database, record, engine, artefacts, releases, signing, language_models, resting_providers, chat, repair


def _database(home: Home) -> Check:
    condition = migrate.look(home.database, thorough=True)
    try:
        migrate.refuse(home.database, condition)
    except StoreError as error:
        return Check("database", State.FAIL, error.message, error.fix)
    if condition is Condition.ABSENT:
        return Check("database", State.OK, f"{home.database} is not there yet; the first start makes it")
    if condition is Condition.OLDER:
        detail = f"{home.database} is of an older version"
        return Check("database", State.OK, f"{detail}; the next start makes a backup and brings it up to date")
    return Check("database", State.OK, f"{home.database}, every page read")


def _audit(home: Home) -> Check:
    async def chain(connection: AsyncConnection) -> tuple[int | None, int]:
        return await audit.first_broken(connection), await audit.count(connection)

    if (found := _asked(home, chain)) is None:
        return Check("audit", State.OK, "not looked at: there is no database of this version yet")
    broken, entries = found
    if broken is not None:
        fix = f"Compare {home.database} with the backups in {home.backups}: who decided what can no longer be proven."
        return Check("audit", State.FAIL, f"the chain breaks at entry {broken}: somebody changed the record", fix)
    return Check("audit", State.OK, f"the chain of {entries:,} entries holds")


def _engine(home: Home) -> Check:
    status = engine_status(home)
    if status.pid is None:
        return Check("engine", State.OK, "stopped; nobody holds the lock")
    detail = f"{status.state} ({status.processes})"
    if status.state is EngineState.RECOVERING:
        return Check("engine", State.WARN, f"{detail}: {status.detail}", f"See {home.engine_log}.")
    if status.silent is not None:
        words = f"{detail}: no sign of life of its {status.silent.part} for {status.silent.seconds:.0f} s"
        return Check("engine", State.FAIL, words, f"`kill -9 {status.pid}` ends it; nothing is lost. Start it again.")
    return Check("engine", State.OK, detail)


def _artefacts(home: Home) -> Check:
    if (known := _asked(home, runs.all_artefact_names)) is None:
        return Check("artefacts", State.OK, "none yet")
    there = {path.name: path for path in home.artefacts.glob("*/*") if path.is_file()}
    lost = sorted(known - there.keys())
    if lost:
        some = ", ".join(lost[:3]) + (", …" if len(lost) > 3 else "")
        fix = "Bring them back from a backup of data/artefacts; runs that need them fail until then."
        return Check("artefacts", State.FAIL, f"files gone: {len(lost)} of {len(known)}: {some}", fix)
    stray = [path for name, path in there.items() if name not in known and _old(path)]
    if stray:
        size = sum(path.stat().st_size for path in stray) / 1_000_000
        fix = f"They may be deleted: {', '.join(map(str, stray[:3]))}{', …' if len(stray) > 3 else ''}"
        return Check("artefacts", State.WARN, f"{many(len(stray), 'file')} of no run ({size:,.1f} MB)", fix)
    return Check("artefacts", State.OK, f"{len(known)} in place, each where its row says")


def _old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _FRESH_S
    except FileNotFoundError:
        return False


def _releases(home: Home) -> Check:
    folders = _asked(home, queue_view.release_folders)
    if folders is None:
        return Check("releases", State.OK, "none yet")
    gone = [path for path in folders if not path.is_dir()]
    if gone:
        some = ", ".join(map(str, gone[:3])) + (", …" if len(gone) > 3 else "")
        fix = "Bring them back from a backup, or forget about them: nothing else needs them."
        return Check("releases", State.WARN, f"folders gone: {len(gone)} of {len(folders)}: {some}", fix)
    return Check("releases", State.OK, f"{len(folders)} in place; `noktvrn releases verify` checks what is in them")


def _signing(home: Home, settings: Settings | None, at: datetime) -> Check:
    """Whether packages can be signed: the key there, its owner's alone, of its certificate, which counts now."""
    if settings is None:
        return Check("signing", State.WARN, "not checked: the settings cannot be used")
    found = key_state(home, settings, at)
    if found.source == "none":
        return Check("signing", State.OK, "no keys yet; made at the first packaging")
    if found.flaw:
        return Check("signing", State.FAIL, found.flaw, found.fix)
    whose = "your own certificate" if found.source == "operator" else "an authority of the label's own"
    if found.ends is None:
        return Check("signing", State.OK, f"{whose}; the next packaging has a certificate issued by it")
    detail = f"{whose}, {found.algorithm}, of {found.holder}, until {found.ends:%Y-%m-%d}"
    if found.ends - at < _SOON:
        fix = "Get the next one, and name it with SIGNING_CERT_PATH."
        fix = fix if found.source == "operator" else "`noktvrn releases keys replace` begins a new authority."
        return Check("signing", State.WARN, f"{detail}: soon", fix)
    if found.source == "own" and _asked(home, partial(is_saved, authority=found.authority_fingerprint)) is False:
        fix = "`noktvrn releases keys backup FILE` saves them; the label's backup does not."
        return Check("signing", State.WARN, f"{detail}: the keys were never saved", fix)
    return Check("signing", State.OK, detail)


def _vendors(home: Home, enabled: Mapping[str, str]) -> Iterator[Check]:
    """One line for each vendor with a key: what it said last. Nobody is asked."""
    last = (_asked(home, models_view.last_calls) or {}) if enabled else {}
    for vendor, variable in enabled.items():
        call = last.get(vendor)
        if call is None:
            yield Check(vendor, State.OK, f"{variable} is set; never asked (`noktvrn llm ping` does)")
            continue
        told = f"{variable} is set; {call.model}, asked for {call.role} at {call.at:%Y-%m-%d %H:%M} UTC,"
        if not call.error:
            yield Check(vendor, State.OK, f"{told} answered")
        elif call.outcome == Outcome.KEY_REFUSED:
            fix = f"Put {variable} right and start the engine anew, or `noktvrn llm reset {vendor}`."
            yield Check(vendor, State.WARN, f"{told} failed: {plain(call.error, limit=_WORDS)}", fix)
        elif call.outcome == Outcome.NO_MODEL:
            again = f"`noktvrn llm reset {vendor}:{call.model}`"
            fix = f"Name another model on the ladders, or have {vendor} open it to this key; then {again}."
            yield Check(vendor, State.WARN, f"{told} failed: {plain(call.error, limit=_WORDS)}", fix)
        else:
            fix = "`noktvrn llm status` tells more; `noktvrn llm ping` tries it again."
            yield Check(vendor, State.WARN, f"{told} failed: {plain(call.error, limit=_WORDS)}", fix)


def _resting(home: Home, at: datetime) -> Check:
    """Providers outside that are left alone now: what happened may be over, or may need a person."""
    rests = _asked(home, lambda connection: providers_view.at_rest(connection, at))
    if not rests:
        return Check("resting providers", State.OK, "none")
    told = "; ".join(
        f"{name} until {f'{until:%Y-%m-%d %H:%M} UTC' if until else 'the next start'}: {reason}"
        for name, reason, until in rests
    )
    fix = "They are asked again by themselves; where a key or an account was refused, see to it and restart the engine."
    return Check("resting providers", State.WARN, told, fix)


def _chat(home: Home, settings: Settings | None) -> Check:
    """Whether a bot with a token may speak to anybody."""
    if settings is None or settings.telegram_bot_token is None:
        return Check("telegram", State.OK, "no bot: TELEGRAM_BOT_TOKEN is not set")
    people = _asked(home, chat_store.users) or []
    lacks = chat_access.missing(chat_access.allowed(settings), [user.user_id for user in people])
    if lacks:
        return Check("telegram", State.WARN, "; ".join(lacks), "See docs/telegram.md.")
    return Check("telegram", State.OK, "the bot has people and chats; `noktvrn telegram status` says how it does")


def _repair(home: Home) -> Check:
    """What the engine that started last found out: whether it runs from a checkout, what holds its trials, and why it
    applies no patches."""
    setup = _asked(home, repairs.setup)
    if setup is None:
        return Check(
            "repair", State.OK, "not known yet: the first start of the engine finds out what holds a trial here"
        )
    where = "runs from a git checkout" if setup.git else "no git checkout"
    words = [where, plain(setup.isolation, limit=_WORDS), "patches can be applied" if not setup.refused else ""]
    detail = "; ".join(filter(None, words))
    if setup.refused:
        detail = f"{detail}; no patches are applied: {plain(setup.refused, limit=_REFUSAL)}"
    if setup.git and not setup.isolated:
        fix = "A patch is then never applied unasked. See docs/repair.md for what a kernel must offer."
        return Check("repair", State.WARN, detail, fix)
    return Check("repair", State.OK, detail)


def _asked(home: Home, question: Callable[[AsyncConnection], Awaitable[T]]) -> T | None:
    """The answer of the store; None where there is no database of this version to ask."""

    async def ask() -> T:
        database = await open_database(home.database, home.backups)
        try:
            async with database.read() as connection:
                return await question(connection)
        finally:
            await database.close()

    return asyncio.run(ask()) if migrate.look(home.database) is Condition.CURRENT else None
