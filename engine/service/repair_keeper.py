"""Looks after errors beside the line: says by rules what they come from, leaves commands for what may happen unasked,
ends probations, and has a patch taken back whose error came again.

It does nothing to the code itself: each step is a command of the engine, carried out like a person's
(`engine.pipeline.repairs`), one at a time.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from engine.api import repair_commands
from engine.domain.models import Role
from engine.domain.repair import HEAD, LEVEL, OPEN_STATES, WAITING_PATCHES, GroupState, Level, Limits, Setup, Work
from engine.domain.runs import ENGINE, POLICY
from engine.pipeline import repair_gates, repair_hands, repair_notices
from engine.pipeline.line import Line
from engine.pipeline.repair_hands import Hands
from engine.pipeline.repairs import models_of
from engine.repair import known, limits
from engine.repair.analyse import can_ask
from engine.repair.evidence import chain_of, newest
from engine.repair.limits import Around, Denied, OfGroup, Permit
from engine.store import control, repair_counts, repairs
from engine.store.ids import new_id
from engine.store.repairs import Group, Patch

_log = logging.getLogger(__name__)

_MOST = 50
"""Groups that one look weighs, those seen last."""
_PROBE_AFTER_S = 20.0
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
        self._head = ""
        """The commit that is checked out, as far as it is asked for: see `_say_head`."""

    async def look(self) -> None:
        """Takes every step that is due now, and at most one that somebody could have asked for."""
        await self._say_where()
        await self._say_head()
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

    async def _say_where(self) -> None:
        """Writes down for the faces whether patches can be applied here: at once, and again when the jail of trials was
        tried, which a start has no time for."""
        probe = self._setup is not None and not self._probed and monotonic() - self._born >= _PROBE_AFTER_S
        if self._setup is None or probe:
            found, self._probed = await self._hands.setup(probe=probe), probe
            self._setup = replace(found, details={**found.details, LEVEL: str(self._level)})
            async with self._line.database.write() as connection:
                await repairs.note_setup(connection, self._setup, self._line.now())

    async def _say_head(self) -> None:
        """Looks which commit is checked out while a patch waits, and writes it down for the faces where it changed."""
        async with self._line.database.read() as connection:
            wait = await repairs.patches_in(connection, WAITING_PATCHES)
        self._head = await repair_gates.head_of(self._hands) if wait else ""
        assert self._setup is not None
        if self._head and self._setup.details.get(HEAD) != self._head:
            self._setup = replace(self._setup, details={**self._setup.details, HEAD: self._head})
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
        assert self._setup is not None
        async with line.database.read() as connection:
            counts = await repair_gates.counted(connection, line.settings, now)
            if counts.waiting:
                return
            around = await repair_gates.around(connection, line.settings, counts, self._setup, now)
            groups = (await repairs.groups_in(connection, _WEIGHED))[:_MOST]
            weighed = [
                await repair_gates.weigh(connection, group, now, self._head, analyst=self._analyst) for group in groups
            ]
        for gate, kind in (
            (limits.may_apply, "patch_apply"),
            (limits.may_try, "patch_trial"),
            (limits.may_propose, "error_propose"),
            (limits.may_analyse, "error_analyse"),
        ):
            for group, (of_group, patch) in zip(groups, weighed, strict=True):
                if await self._step(gate, kind, around, group, of_group, patch):
                    return

    async def _step(
        self, gate: Gate, kind: str, around: Around, group: Group, of_group: OfGroup, patch: Patch | None
    ) -> bool:
        """Leaves the command where its gate is open; True where it was."""
        answer = gate(around, of_group, repair_gates.limits_of(self._line.settings))
        if isinstance(answer, Denied):
            return False
        arguments = _arguments(kind, group, patch)
        async with self._line.database.write() as connection:
            await control.add_command(connection, new_id("command"), kind, arguments, ENGINE, self._line.now())
        _log.info("%s of error %s, unasked", kind, group.id)
        return True

    def _analyst(self) -> bool:
        return can_ask(models_of(self._line), Role.ANALYST)


def _arguments(kind: str, group: Group, patch: Patch | None) -> dict[str, Any]:
    if kind in ("error_analyse", "error_propose"):
        return {"group_id": group.id}
    assert patch is not None
    if kind == "patch_trial":
        return {"patch_id": patch.id}
    digest = hashlib.sha256(patch.diff.encode("utf-8", "surrogateescape")).hexdigest()
    return {"patch_id": patch.id, "digest": digest}


async def settle_work(line: Line) -> None:
    """At a start nothing is being done about any error."""
    async with line.database.write() as connection:
        for group_id, work in await repairs.end_all_work(connection):
            what = "a trial" if work is Work.TRIAL else f"work ({work})"
            _log.warning("the last engine ended in the middle of %s about error %s; ask again", what, group_id)
