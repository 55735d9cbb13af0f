"""Everything that a face can ask for. Each method is one transaction; what needs the engine becomes a command row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import chat_access, repair_commands
from engine.api.access import Access
from engine.api.album_door import AlbumCommands
from engine.api.chat_models import Enrolment
from engine.api.command_models import Accepted
from engine.api.decide import Decision, Verdict, decide
from engine.api.delivery_door import DeliveryCommands
from engine.api.edit import Wish, edit
from engine.api.edit_models import Edited
from engine.api.models import Decided
from engine.api.persona_edit import Names
from engine.api.persona_edit import edit as edit_persona
from engine.api.purchases import settle
from engine.api.release_door import ReleaseCommands
from engine.api.remake import retry
from engine.api.repair_models import Asked
from engine.api.rights_door import RightsCommands
from engine.api.screen_models import PersonaPlan, TakenBack
from engine.api.signing import KeyCommands
from engine.api.status import engine_status, works
from engine.api.undo import undo
from engine.api.variants import choose
from engine.domain import budget
from engine.domain.artists import ArtistState
from engine.domain.chat import Ear, Role
from engine.domain.clock import Clock, utc_now
from engine.domain.errors import NotAllowed, UsageError
from engine.domain.genres import GENRES
from engine.domain.learning import ReasonTag
from engine.domain.models import ModelName, credits_incident, key_incident
from engine.domain.persona import Persona
from engine.domain.repair import GroupState
from engine.domain.runs import Actor, RunState, Stage, Standing
from engine.home import Home
from engine.lock import EngineState
from engine.settings.providers import MODEL_VENDORS
from engine.store import artists, audit, control, health, journal, models, runs
from engine.store.database import Writable
from engine.store.ids import new_id

MIN_LENGTH_S = 20.0
MAX_LENGTH_S = 300.0

_VENDORS = (*MODEL_VENDORS, "custom")


class Commands:
    """The writing half of the door, for one actor."""

    def __init__(
        self,
        database: Writable,
        home: Home,
        actor: Actor,
        *,
        grace_s: float,
        retirement_threshold: int,
        names: Names,
        live: bool,
        now: Clock = utc_now,
        named: Mapping[int, Role] | None = None,
        access: Access = Access(),  # noqa: B008 - frozen
    ) -> None:
        self._database = database
        self._home = home
        self._actor = actor
        self._grace_s = grace_s
        self._retirement_threshold = retirement_threshold
        self._names = names
        self._now = now
        self._access = access
        self._named = named or {}
        """People of a chat whom the settings name: their roles are changed there."""
        self.deliveries = DeliveryCommands(database, home, actor, now, self._leave, self._engine_running, names, live)
        """Targets, and what goes there."""
        self.rights = RightsCommands(database, actor, now, names, live)
        """What may leave the house all the same."""
        self.releases = ReleaseCommands(database, actor, now, self._leave)
        """What a release carries: codes, the explicit mark."""
        self.albums = AlbumCommands(database, home, actor, now, self._leave, self._engine_running)
        """EPs and albums, and when artists release."""
        self.keys = KeyCommands(database, home, actor, now)
        """What packages are signed with."""

    # --- reviews ---

    async def approve(self, run_id: str, *, revision_hash: str | None = None, looked: bool = True) -> Decided:
        """Approves a run that awaits review. Raises AlreadyDecided, NotAllowed, NotFound."""
        return await self._decide(run_id, Verdict(Decision.APPROVE, looked=looked, revision_hash=revision_hash))

    async def reject(
        self, run_id: str, tags: tuple[ReasonTag, ...], text: str = "", *, revision_hash: str | None = None
    ) -> Decided:
        """Rejects a run; needs a tag or some text. Raises AlreadyDecided, NotAllowed, NotFound, UsageError."""
        return await self._decide(run_id, Verdict(Decision.REJECT, tags, text, revision_hash=revision_hash))

    async def new_version(
        self, run_id: str, tags: tuple[ReasonTag, ...] = (), text: str = "", *, revision_hash: str | None = None
    ) -> Decided:
        """Sends a run back to be made anew with these notes. Raises like `reject`."""
        return await self._decide(run_id, Verdict(Decision.NEW_VERSION, tags, text, revision_hash=revision_hash))

    async def _decide(self, run_id: str, verdict: Verdict) -> Decided:
        async with self._database.write() as connection:
            outcome = await decide(
                connection,
                run_id,
                verdict,
                self._actor,
                self._now(),
                grace_s=self._grace_s,
                retirement_threshold=self._retirement_threshold,
            )
        return Decided(
            run_id=run_id,
            decision=verdict.decision,
            state=outcome.run.state,
            effective_at=outcome.effective_at,
            artist_state=outcome.artist_state,
            engine_running=self._engine_running(),
        )

    async def edit(
        self, run_id: str, revision_hash: str | None = None, *, title: str | None = None, lyrics: str | None = None
    ) -> Edited:
        """Gives a run that awaits review another title or other words, as a new revision that is made from the old.

        Lyrics as `engine.domain.edits.written` writes them. Raises AlreadyDecided, NotAllowed, NotFound, UsageError.
        """
        async with self._database.write() as connection:
            run = await edit(connection, run_id, Wish(title, lyrics, revision_hash), self._actor, self._now())
        return Edited(run_id, run.version, self._engine_running())

    async def choose_variant(self, run_id: str, variant: str, *, revision_hash: str | None = None) -> Edited:
        """Gives a run that awaits review the other clip of its order, as a new revision; nothing is bought for it.

        Raises AlreadyDecided, NotAllowed, NotFound.
        """
        async with self._database.write() as connection:
            run = await choose(connection, run_id, variant, revision_hash, self._actor, self._now())
        return Edited(run_id, run.version, self._engine_running())

    async def settle_purchase(self, purchase_id: str) -> None:
        """Closes an order whose fate is unknown as not charged; its price is given back.

        Raises NotAllowed, NotFound.
        """
        async with self._database.write() as connection:
            await settle(connection, purchase_id, self._actor, self._now())

    async def undo(self, run_id: str, *, effective_at: datetime | None = None) -> TakenBack:
        """Takes a decision back during its grace period, and what it changed; the one of `effective_at`, if given.

        Raises NotAllowed, NotFound.
        """
        async with self._database.write() as connection:
            return await undo(connection, run_id, self._actor, self._now(), effective_at=effective_at)

    # --- runs ---

    async def start_run(
        self, *, artist_id: str | None = None, seed: int | None = None, length_s: float | None = None
    ) -> Accepted:
        """Asks for one track: of this artist, or of whoever the cycle would choose (or invent)."""
        if length_s is not None and not MIN_LENGTH_S <= length_s <= MAX_LENGTH_S:
            raise UsageError(
                f"A length of {length_s:g} s is not possible.",
                fix=f"Give {MIN_LENGTH_S:g} to {MAX_LENGTH_S:g} seconds.",
            )
        if seed is not None and not 0 <= seed < 2**31:
            raise UsageError(f"The seed {seed} is not possible.", fix="Give a whole number from 0 to 2147483647.")
        if artist_id is not None:
            async with self._database.read() as connection:
                await artists.get(connection, artist_id)
        return await self._leave("start_run", {"artist_id": artist_id, "seed": seed, "length_s": length_s})

    async def retry(self, run_id: str, from_stage: Stage | None = None, *, version: int | None = None) -> RunState:
        """Takes a failed run up again at the stage that failed; finished stages are kept.

        With `from_stage`, a run that failed or awaits review gets a new version: that stage and all that works from its
        result are made again, the rest is kept, and an older revision becomes void. `version` is the one that was
        looked at. Raises NotAllowed, NotFound.
        """
        async with self._database.write() as connection:
            run = await retry(connection, run_id, from_stage, version, self._actor, self._now())
        return run.state

    async def cancel(self, run_id: str, seen: Standing | None = None) -> None:
        """Ends a run that is not approved yet; one that still stands as it was `seen`. Raises NotAllowed, NotFound."""
        async with self._database.write() as connection:
            run = await runs.get(connection, run_id)
            if seen is not None and seen.overtaken_by(now := Standing(run.state, run.version, run.attempt)):
                raise NotAllowed(
                    f"Run {run_id} was {seen.state} in version {seen.version} when it was to be cancelled; it is "
                    f"{now.state} in version {now.version} by now.",
                    fix="It was left as it is: look at it again.",
                )
            await runs.move(connection, run, RunState.CANCELLED, self._actor, self._now(), "cancelled")
            await journal.run_recovered(connection, run_id)
            await audit.append(connection, self._now(), self._actor, "cancel", run_id, {})

    # --- artists ---

    async def create_artist(self, *, genre: str | None = None, seed: int | None = None) -> Accepted:
        """Asks the writer for a new artist, of this genre if one is named."""
        if genre is not None and genre not in GENRES:
            raise UsageError(f"There is no genre {genre!r}.", fix=f"One of: {', '.join(GENRES)}.")
        return await self._leave("create_artist", {"genre": genre, "seed": seed})

    async def set_autopilot(self, artist_id: str, on: bool) -> None:
        """Lets the artist's work be approved by the gate alone, or no longer."""
        await self._change_artist(artist_id, f"autopilot {'on' if on else 'off'}", autopilot=on)

    async def set_budget(self, artist_id: str, microusd: int) -> None:
        """Sets what one run may cost where autopilot decides; 0 for nothing. Raises UsageError, NotFound."""
        amount = budget.checked(microusd)
        await self._change_artist(artist_id, f"budget {budget.dollars(amount)} a run", budget_microusd=amount)

    async def edit_persona(
        self, artist_id: str, persona: Persona, expected: str | None = None, *, planned: PersonaPlan | None = None
    ) -> PersonaPlan:
        """Gives the artist another persona, if it still has the one of the fingerprint `expected`.

        A plan of just this edit saves comparing the whole fleet once more.

        Raises UsageError with every problem, NotAllowed where somebody else changed it meanwhile, NotFound.
        """
        return await edit_persona(
            self._database,
            artist_id,
            persona,
            expected,
            self._actor,
            self._now(),
            names=self._names,
            planned=planned,
        )

    async def set_artist_state(self, artist_id: str, state: ArtistState, reason: str = "") -> None:
        """Pauses, resumes or retires. Raises NotAllowed, NotFound."""
        columns: dict[str, Any] = {"state": state}
        if state is ArtistState.ACTIVE:
            columns["rejections_in_a_row"] = 0
        await self._change_artist(artist_id, reason or f"made {state} by hand", **columns)

    async def _change_artist(self, artist_id: str, reason: str, **columns: Any) -> None:
        async with self._database.write() as connection:
            artist = await artists.get(connection, artist_id)
            now = self._now()
            await artists.change(connection, artist, self._actor, now, reason, **columns)
            if columns.get("state") is ArtistState.RETIRED:
                await journal.artist_given_up(connection, artist_id)
            detail = {name: str(value) for name, value in columns.items()}
            await audit.append(connection, now, self._actor, "change_artist", artist_id, detail)

    # --- models ---

    async def discover_models(self) -> Accepted:
        """Asks the engine to look which models the vendors list."""
        return await self._leave("llm_discover", {})

    async def ping_models(self, model: str | None = None) -> Accepted:
        """Asks the engine to put one small question to a model, or to every model of the ladders."""
        return await self._leave("llm_ping", {"model": model})

    async def reset_models(self, name: str) -> tuple[str, ...]:
        """Ends the rest of a model (`provider:model`) or of a provider with all its models; returns whom that freed.

        Notices that stood for it close with it; what is still wrong is told anew after the next question. Raises
        UsageError for a name that is nobody's.
        """
        which = ModelName(name.lower(), "") if name.isalpha() else ModelName.parse(name)
        async with self._database.write() as connection:
            freed = await health.reset(connection, which.provider, which.model or None)
            known = which.provider in _VENDORS if not which.model else await models.heard_of(connection, which)
            if not freed and not known:
                raise UsageError(
                    f"No language model and no vendor is called {name!r}.",
                    fix=f"`noktvrn llm status` names the models; the vendors are {', '.join(_VENDORS)}.",
                )
            now = self._now()
            over = [key_incident(which.provider), credits_incident(which.provider)]
            await journal.close_notices(connection, [*over, *await models.waited_for(connection, freed)], now)
            await audit.append(connection, now, self._actor, "reset models", name, {"freed": [str(n) for n in freed]})
        return tuple(str(each) if each.model else f"{each.provider} (all of it)" for each in freed)

    # --- errors ---

    async def analyse_error(self, group_id: str) -> Accepted:
        """Asks the engine what the error comes from. Raises NotAllowed, NotFound."""
        return await self._ask("analyse error", lambda c: repair_commands.analyse(c, group_id, works=works(self._home)))

    async def propose_patch(self, group_id: str, diff: str | None = None) -> Accepted:
        """Asks the engine for a patch, or to take `diff`, which a person wrote, as one.

        Raises NotAllowed, NotFound, UsageError.
        """
        return await self._ask(
            "propose patch",
            lambda c: repair_commands.propose(c, group_id, diff, self._actor, works=works(self._home)),
        )

    async def trial_patch(self, patch_id: str) -> Accepted:
        """Asks the engine to try a patch, or to try it again. Raises NotAllowed, NotFound."""
        return await self._ask("try patch", lambda c: repair_commands.trial(c, patch_id, works=works(self._home)))

    async def apply_patch(self, patch_id: str, digest: str) -> Accepted:
        """Asks the engine to apply the patch whose diff was shown: `PatchView.digest`. Never from a browser or a chat.

        Raises NotAllowed, NotFound, ReadOnly.
        """
        self._access.require_patches()
        running = self._engine_running()
        return await self._ask(
            "apply patch",
            lambda c: repair_commands.apply(
                c, patch_id, digest, self._actor, engine_running=running, works=works(self._home)
            ),
        )

    async def revert_patch(self, patch_id: str) -> Accepted:
        """Asks the engine to take an applied patch back. Never from a browser or a chat.

        Raises NotAllowed, NotFound, ReadOnly.
        """
        self._access.require_patches()
        running = self._engine_running()
        return await self._ask(
            "revert patch",
            lambda c: repair_commands.revert(c, patch_id, self._actor, engine_running=running, works=works(self._home)),
        )

    async def reject_patch(self, patch_id: str) -> str:
        """Puts a patch aside for good; returns its group's id. Raises NotAllowed, NotFound."""
        async with self._database.write() as connection:
            return await repair_commands.reject(connection, patch_id, self._actor, self._now(), works=works(self._home))

    async def ignore_error(self, group_id: str, until: datetime | None = None) -> None:
        """Lets nothing be heard of the group until then, or at all. Raises NotAllowed, NotFound, UsageError."""
        async with self._database.write() as connection:
            await repair_commands.ignore(connection, group_id, until, self._actor, self._now(), works=works(self._home))

    async def unignore_error(self, group_id: str) -> GroupState:
        """Lets the group be heard of again; returns where it stands. Raises NotAllowed, NotFound."""
        async with self._database.write() as connection:
            return await repair_commands.unignore(connection, group_id, self._actor, self._now())

    async def _ask(self, action: str, check: Callable[[AsyncConnection], Awaitable[Asked]]) -> Accepted:
        """Leaves what the check let through, with its audit row. A pause holds none of it: a person asks for it."""
        command_id = new_id("command")
        async with self._database.write() as connection:
            asked, now = await check(connection), self._now()
            await control.add_command(connection, command_id, asked.kind, asked.arguments, self._actor, now)
            told = {name: value for name, value in asked.arguments.items() if name != "diff"}
            await audit.append(connection, now, self._actor, action, asked.ref, {**told, "command": command_id})
            paused = await control.switch(connection, control.PAUSES["all"])
        return Accepted(command_id, self._engine_running(), paused)

    # --- the line ---

    async def set_cycle(self, on: bool) -> bool:
        """Starts or stops the cycle; True if that changed it."""
        return await self._switch(control.CYCLE, on)

    async def pause(self, scope: str = "all", reason: str = "") -> bool:
        """Pauses all work, spending or publishing; True if that changed it."""
        return await self._switch(_pause_name(scope), True, reason)

    async def resume(self, scope: str = "all") -> bool:
        """Ends a pause; True if that changed it."""
        return await self._switch(_pause_name(scope), False)

    async def refresh_trends(self) -> Accepted:
        """Asks the engine to look every artist's terms up again; what may cost money stays under its caps."""
        return await self._leave("refresh_trends", {})

    async def _switch(self, name: str, value: bool, reason: str = "") -> bool:
        async with self._database.write() as connection:
            now = self._now()
            changed = await control.set_switch(connection, name, value, self._actor, now, reason)
            if changed:
                await audit.append(connection, now, self._actor, "switch", name, {"value": value, "reason": reason})
        return changed

    # --- the chat ---

    async def enrol(self, role: Role) -> Enrolment:
        """Opens a one-time code that lets one person speak in a chat; older open codes end."""
        async with self._database.write() as connection:
            return await chat_access.enrol(connection, role, self._actor, self._now())

    async def retry_telegram(self) -> Ear:
        """Has the bot try to listen now; returns what it waited for. Raises NotAllowed where it waits for nothing."""
        async with self._database.write() as connection:
            return await chat_access.retry(connection, engine_status(self._home).state, self._actor, self._now())

    async def set_chat_role(self, user_id: int, role: Role) -> None:
        """Gives one who enrolled another role. Raises NotFound, NotAllowed."""
        async with self._database.write() as connection:
            await chat_access.set_role(connection, user_id, role, self._named, self._actor, self._now())

    async def remove_chat_user(self, user_id: int) -> None:
        """Takes one who enrolled off the list; their presses do nothing any more. Raises NotFound, NotAllowed."""
        async with self._database.write() as connection:
            await chat_access.remove(connection, user_id, self._named, self._actor, self._now())

    async def _leave(self, kind: str, arguments: Mapping[str, Any]) -> Accepted:
        command_id = new_id("command")
        async with self._database.write() as connection:
            await control.add_command(connection, command_id, kind, arguments, self._actor, self._now())
            paused = await control.switch(connection, control.PAUSES["all"])
        held = paused and control.asks_a_model(kind, arguments)
        return Accepted(command_id, self._engine_running(), paused, held)

    def _engine_running(self) -> bool:
        return engine_status(self._home).state not in (EngineState.STOPPED, EngineState.STOPPING)


def _pause_name(scope: str) -> str:
    if scope not in control.PAUSES:
        raise UsageError(f"There is no scope {scope!r}.", fix=f"One of: {', '.join(control.PAUSES)}.")
    return control.PAUSES[scope]
