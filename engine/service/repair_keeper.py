"""Looks after errors beside the line: says by rules what they come from, leaves commands for what may happen unasked,
ends probations, and has a patch taken back whose error came again.

It does nothing to the code itself: each step is a command of the engine, carried out like a person's
(`engine.pipeline.repairs`), one at a time.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import repair_commands
from engine.domain.models import Role
from engine.domain.repair import OPEN_STATES, Cause, GroupState, Level, Limits, Setup, Work
from engine.domain.runs import ENGINE, POLICY
from engine.pipeline import repair_hands, repair_notices
from engine.pipeline.line import Line
from engine.pipeline.repair_hands import Hands
from engine.pipeline.repairs import models_of
from engine.repair import known, limits
from engine.repair.analyse import can_ask
from engine.repair.evidence import Event, chain_of, newest
from engine.repair.limits import Around, Denied, OfGroup, Permit
from engine.repair.propose import WARNED
from engine.store import control, repair_counts, repairs
from engine.store.ids import new_id
from engine.store.repairs import Group, Patch

_log = logging.getLogger(__name__)

_MOST = 50
"""Groups that one look weighs, those seen last."""
_PROBE_AFTER_S = 20.0
_AGAIN = timedelta(hours=1)
"""After that an analysis is tried again for which nobody could be asked."""
_WEIGHED = tuple(state for state in OPEN_STATES if state is not GroupState.PROBATION)

Gate = Callable[[Around, OfGroup, Limits], Permit | Denied]


class RepairKeeper:
    """One look every few seconds; what it finds and does is in the database alone."""

    def __init__(self, line: Line, hands: Hands | None = None) -> None:
        self._line = line
        self._hands = hands or repair_hands.real(line)
        self._setup: Setup | None = None
        self._born, self._probed = monotonic(), False
        self._why: dict[str, str] = {}

    async def look(self) -> None:
        """Takes every step that is due now, and at most one that somebody could have asked for."""
        await self._say_where()
        await self._by_the_clock()
        await self._by_rules()
        if self._level is not Level.OFF:
            await self._unasked()
        async with self._line.database.read() as connection:
            news = await repair_notices.news(connection)
        if news:
            async with self._line.database.write() as connection:
                await repair_notices.tell(connection, self._line.now())

    @property
    def _level(self) -> Level:
        return Level(self._line.settings.auto_fix_level)

    @property
    def _limits(self) -> Limits:
        settings = self._line.settings
        return Limits(
            least_events=settings.auto_fix_min_events,
            attempts=settings.auto_fix_attempts,
            calls_per_hour=settings.auto_fix_calls_per_hour,
            daily_microusd=round(settings.auto_fix_daily_usd * 1_000_000),
            apart_s=float(settings.monitor_interval_seconds),
        )

    async def _say_where(self) -> None:
        """Writes down for the faces whether patches can be applied here: at once, and again when the jail of trials was
        tried, which a start has no time for."""
        probe = self._setup is not None and not self._probed and monotonic() - self._born >= _PROBE_AFTER_S
        if self._setup is None or probe:
            self._setup, self._probed = await self._hands.setup(probe=probe), probe
            async with self._line.database.write() as connection:
                await repairs.note_setup(connection, self._setup, self._line.now())

    # --- what time brings ---

    async def _by_the_clock(self) -> None:
        """What was ignored until now is new again; probations end, well or not."""
        now = self._line.now()
        async with self._line.database.read() as connection:
            sleeping = await repair_counts.ignored_until(connection, now)
        for group_id in sleeping:
            async with self._line.database.write() as connection:
                state = await repair_commands.unignore(connection, group_id, POLICY, now)
            _log.info("error %s is no longer ignored: %s", group_id, state)
        if await self._hands.watch(now):
            _log.warning("a patch was taken back: the worker starts anew")
            self._line.start_anew()

    # --- what costs nothing ---

    async def _by_rules(self) -> None:
        """A new error that a rule knows is explained at once: no model, no gate but the level."""
        if not self._level.reaches(Level.ANALYSE):
            return
        async with self._line.database.read() as connection:
            fresh = await repairs.groups_in(connection, [GroupState.NEW, GroupState.REGRESSED])
            known_now = []
            for group in fresh[:_MOST]:
                if group.work or self._why.get(group.id) == f"rules:{group.count}":
                    continue
                event = await newest(connection, group.id)
                found = known.explain(chain_of(group.type, event.message, event.traceback), event.provider)
                self._why[group.id] = f"rules:{group.count}"
                if found is not None:
                    known_now.append((group, found))
        for group, found in known_now:
            async with self._line.database.write() as connection:
                await repairs.diagnosed(connection, group.id, found, self._line.now())
            _log.info("error %s: %s, say the rules", group.id, found.cause)

    # --- what may happen unasked ---

    async def _unasked(self) -> None:
        now, line = self._line.now(), self._line
        async with line.database.read() as connection:
            counts = await repair_counts.counts(connection, control.REPAIRS, now, self._limits.cool_off_s)
            if counts.waiting:
                return
            paused = await control.switch(connection, control.PAUSES["all"])
            groups = (await repairs.groups_in(connection, _WEIGHED))[:_MOST]
            weighed = [(group, *await self._weigh(connection, group)) for group in groups]
        around = Around(
            level=self._level,
            apply_enabled=line.settings.auto_fix_enabled,
            paused=paused,
            new_groups=counts.new_groups,
            calls_last_hour=counts.calls_last_hour,
            spent_today=counts.spent_today,
            since_last_s=(now - counts.asked_at).total_seconds() if counts.asked_at else None,
            in_flight=counts.in_flight[0] if counts.in_flight else "",
            setup_refused=self._refused(),
        )
        for gate, kind in (
            (limits.may_apply, "patch_apply"),
            (limits.may_try, "patch_trial"),
            (limits.may_propose, "error_propose"),
            (limits.may_analyse, "error_analyse"),
        ):
            for group, of_group, patch in weighed:
                if await self._step(gate, kind, around, group, of_group, patch):
                    return

    async def _step(
        self, gate: Gate, kind: str, around: Around, group: Group, of_group: OfGroup, patch: Patch | None
    ) -> bool:
        """Leaves the command where its gate is open; True where it was."""
        answer = gate(around, of_group, self._limits)
        if isinstance(answer, Denied):
            return False
        arguments = _arguments(kind, group, patch)
        async with self._line.database.write() as connection:
            await control.add_command(connection, new_id("command"), kind, arguments, ENGINE, self._line.now())
        _log.info("%s of error %s, unasked", kind, group.id)
        return True

    async def _weigh(self, connection: AsyncConnection, group: Group) -> tuple[OfGroup, Patch | None]:
        now = self._line.now()
        event = await newest(connection, group.id)
        found = await repairs.patches_of(connection, group.id)
        patch = found[0] if found else None
        trial = patch.trial if patch else None
        since = await repair_counts.diagnosed_at(connection, group.id)
        nobody = (
            group.diagnosis is not None and _nobody_was_asked(group) and can_ask(models_of(self._line), Role.ANALYST)
        )
        came_back = group.state in (GroupState.REGRESSED, GroupState.REVERTED)
        return (
            OfGroup(
                state=group.state,
                events=group.count,
                age_s=(now - group.last_seen).total_seconds(),
                part=group.part,
                files=_files(event),
                tainted=group.tainted,
                busy=bool(group.work),
                attempts=sum(":" in each.author for each in found),
                diagnosis=group.diagnosis,
                stale=came_back or (nobody and since is not None and now - since > _AGAIN),
                patch=patch.state if patch else None,
                isolated=bool(trial and trial.isolated),
                reproduced=trial.reproduced if trial else None,
                unjudged=bool(trial and not trial.judged),
                warned=bool(patch and patch.note.startswith(WARNED)),
            ),
            patch,
        )

    def _refused(self) -> str:
        """Why nothing can be applied unasked here."""
        assert self._setup is not None
        return self._setup.refused or ("" if self._setup.isolated else "trials are not isolated here")


def _arguments(kind: str, group: Group, patch: Patch | None) -> dict[str, Any]:
    if kind in ("error_analyse", "error_propose"):
        return {"group_id": group.id}
    assert patch is not None
    if kind == "patch_trial":
        return {"patch_id": patch.id}
    digest = hashlib.sha256(patch.diff.encode("utf-8", "surrogateescape")).hexdigest()
    return {"patch_id": patch.id, "digest": digest}


def _files(event: Event) -> tuple[str, ...]:
    return tuple(dict.fromkeys(frame.file for frame in event.frames))


def _nobody_was_asked(group: Group) -> bool:
    found = group.diagnosis
    return found is not None and found.by == known.RULES and found.cause is Cause.UNKNOWN


async def settle_work(line: Line) -> None:
    """At a start nothing is being done about any error."""
    async with line.database.write() as connection:
        for group_id, work in await repairs.end_all_work(connection):
            what = "a trial" if work is Work.TRIAL else f"work ({work})"
            _log.warning("the last engine ended in the middle of %s about error %s; ask again", what, group_id)
