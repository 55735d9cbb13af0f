"""Everything that a face can ask. Each method is one consistent look at the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import (
    archive,
    artists_view,
    chat_access,
    chat_places,
    delivery_view,
    edit,
    edits_view,
    find,
    journal_view,
    models_view,
    outside_view,
    persona_edit,
    providers_view,
    purchases,
    queue_view,
    remake,
    repair_view,
    review_view,
    runs_view,
    spend_view,
)
from engine.api import since as since_view
from engine.api.album_door import AlbumQueries
from engine.api.chat_models import TelegramStatus
from engine.api.command_models import CommandResult
from engine.api.delivery_door import DeliveryQueries
from engine.api.edit_models import EditPlan, RevisionDifference
from engine.api.models import (
    ApprovalRow,
    ArtistChange,
    ArtistDetail,
    ArtistRow,
    Change,
    EngineStatus,
    NamedRow,
    Overview,
    ReleaseRow,
    ReviewSheet,
    Rows,
    RunDetail,
    RunRow,
    SwitchState,
)
from engine.api.music_models import PurchaseRow
from engine.api.outside_models import ChainRow, ModelRow, ProviderRow, RestingSource, SpendRow, TrendRow
from engine.api.pace import Pace
from engine.api.release_door import CarriedQueries
from engine.api.repair_models import ErrorDetail, ErrorRow, PatchView, Trend
from engine.api.rights_door import RightsQueries
from engine.api.screen_models import ExperimentRow, Heartbeat, PersonaPlan, QueuePlace, RetryChoices
from engine.api.status import engine_status, works
from engine.domain.artists import ArtistState
from engine.domain.clock import Clock, utc_now
from engine.domain.error_filter import scope_of
from engine.domain.errors import NotFound
from engine.domain.listing import ApprovalOrder, ArtistOrder, ErrorOrder, ReleaseOrder, RunOrder, Wanted
from engine.domain.persona import Persona
from engine.domain.repair import Setup, Work
from engine.domain.runs import RunState
from engine.home import Home
from engine.safety.refused import refused_words
from engine.settings import Settings
from engine.settings.providers import model_vendors, providers
from engine.store import artists, control, experiments, feed, outside, releases, repairs
from engine.store.database import Readable
from engine.store.tables import spend


class Queries:
    """The reading half of the door."""

    def __init__(self, database: Readable, home: Home, settings: Settings, *, now: Clock = utc_now) -> None:
        self._database = database
        self._home = home
        self._settings = settings
        self._review_window_s = settings.max_approval_wait_time
        self._now = now
        self._pace = Pace()
        self.deliveries = DeliveryQueries(database, home)
        """Targets, and what goes there."""
        names = partial(refused_words, home.root, settings.refused_words_file)
        self.rights = RightsQueries(database, names, settings.ddex_live)
        """What keeps releases in the house."""
        self.carried = CarriedQueries(database)
        """Codes and the explicit mark of runs."""
        self.albums = AlbumQueries(database, home, now)
        """EPs and albums, and when artists release."""

    def over(self, database: Readable) -> Queries:
        """The same questions to another moment of the database."""
        return Queries(database, self._home, self._settings, now=self._now)

    def engine(self) -> EngineStatus:
        """How the engine does, from its lock; needs no database."""
        return engine_status(self._home)

    async def heartbeat(self) -> Heartbeat | None:
        """The newest worker's last sign of life; None before the first."""
        async with self._database.read() as connection:
            row = await control.last_worker(connection)
        return None if row is None else Heartbeat(row.pid, row.version, row.started_at, row.heartbeat_at)

    async def storage(self) -> tuple[archive.StorageRow, ...]:
        """What the label's files take, as the engine measured it last."""
        async with self._database.read() as connection:
            return await archive.taken(connection)

    async def purchases(self, *, limit: int = 200, unknown: bool = False) -> list[PurchaseRow]:
        """The newest orders of music, or those alone whose fate is unknown."""
        async with self._database.read() as connection:
            return await purchases.rows(connection, limit or 1_000_000, unknown=unknown)

    async def since(self, moment: datetime) -> since_view.Since:
        """What was made, decided, spent and broken since the moment, and what waits now."""
        async with self._database.read() as connection:
            return await since_view.look(connection, moment, self._now())

    async def overview(self) -> Overview:
        """One look at everything."""
        async with self._database.read() as connection:
            switches = await control.all_switches(connection)
            counts = await runs_view.count_by_state(connection)
            return Overview(
                engine=self.engine(),
                cycle=_switch(switches.get(control.CYCLE)),
                pauses={scope: _switch(switches.get(name)) for scope, name in control.PAUSES.items()},
                runs=counts,
                waits_to_be_packed=(
                    await runs_view.waiting_to_be_packed(connection) if counts.get(RunState.PACKAGING) else 0
                ),
                held=await runs_view.held(connection) if counts.get(RunState.GENERATING) else 0,
                artists=await artists.count_by_state(connection),
                approvals=counts.get(RunState.AWAITING_REVIEW, 0),
                errors=await journal_view.open_errors(connection),
                notices=await journal_view.notices(connection),
                spend_today_microusd=await _spend_since(connection, _midnight(self._now())),
                seq=await feed.latest(connection),
                ear=await chat_access.ear(connection, self.engine().state),
                deliveries=await delivery_view.count_by_state(connection),
            )

    async def artists(
        self,
        *,
        order: ArtistOrder = ArtistOrder.BIRTH,
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
        states: Sequence[ArtistState] | None = None,
        autopilot: bool | None = None,
        turned: bool = False,
        offset: int = 0,
        limit: int = 200,
    ) -> Rows[ArtistRow]:
        """A window of the roster. Of `wanted` the words and the columns `name` and `genre` count.

        With `turned` the order goes the other way round.
        """
        async with self._database.read() as connection:
            return await artists_view.rows(
                connection,
                order=order,
                wanted=wanted,
                states=states,
                autopilot=autopilot,
                turned=turned,
                offset=offset,
                limit=limit,
            )

    async def artist(self, artist_id: str) -> ArtistDetail:
        """Everything about one artist. Raises NotFound."""
        async with self._database.read() as connection:
            return await artists_view.detail(connection, artist_id, self._now())

    async def runs(
        self,
        *,
        order: RunOrder = RunOrder.NEWEST,
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
        states: Sequence[RunState] | None = None,
        artist_id: str | None = None,
        turned: bool = False,
        offset: int = 0,
        limit: int = 200,
    ) -> Rows[RunRow]:
        """A window of the run list. Of `wanted` the words and the columns `song` and `artist` count.

        With `turned` the order goes the other way round.
        """
        async with self._database.read() as connection:
            return await runs_view.rows(
                connection,
                self._now(),
                order=order,
                wanted=wanted,
                states=states,
                artist_id=artist_id,
                turned=turned,
                offset=offset,
                limit=limit,
                pace=self._pace,
            )

    async def by_name(self, typed: str) -> tuple[NamedRow, ...]:
        """A dozen runs and artists whose names hold what was typed, or resemble it, nearest first."""
        async with self._database.read() as connection:
            return await find.by_name(connection, typed)

    async def run_row(self, run_id: str) -> RunRow:
        """One line of the run list. Raises NotFound."""
        async with self._database.read() as connection:
            return await runs_view.row(connection, run_id, self._now())

    async def run(self, run_id: str) -> RunDetail:
        """Everything about one run. Raises NotFound."""
        async with self._database.read() as connection:
            return await runs_view.detail(connection, run_id, self._now(), self._home.artefacts)

    async def retry_choices(self, run_id: str) -> RetryChoices:
        """Every way to take a run up again that failed or awaits review; none for others. Raises NotFound."""
        async with self._database.read() as connection:
            return await remake.choices(connection, run_id)

    async def persona_plan(self, artist_id: str, persona: Persona) -> PersonaPlan:
        """What an edit of the persona would change, and everything that forbids it. Raises NotFound."""
        names = partial(refused_words, self._home.root, self._settings.refused_words_file)
        return await persona_edit.plan(self._database, artist_id, persona, names)

    async def persona_editor(self, artist_id: str) -> ArtistChange | None:
        """Who changed the artist's persona last; None where it still is the first one."""
        async with self._database.read() as connection:
            return await artists_view.last_edit(connection, artist_id)

    async def name_taken(self, artist_id: str, name: str) -> bool:
        """Whether another artist has this name."""
        async with self._database.read() as connection:
            return await artists.name_taken(connection, name, but=artist_id)

    async def approvals(
        self,
        *,
        order: ApprovalOrder = ApprovalOrder.WAITING,
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
        turned: bool = False,
        offset: int = 0,
        limit: int = 200,
    ) -> Rows[ApprovalRow]:
        """A window of the queue for review. Of `wanted` the words and the columns `song` and `artist` count.

        With `turned` the order goes the other way round.
        """
        async with self._database.read() as connection:
            return await queue_view.approvals(
                connection, order=order, wanted=wanted, turned=turned, offset=offset, limit=limit
            )

    async def still_waiting(self, run_ids: Sequence[str]) -> tuple[ApprovalRow, ...]:
        """Those of these runs that wait for review, as they are now, in no order."""
        async with self._database.read() as connection:
            return await queue_view.still_waiting(connection, run_ids)

    async def queue_place(self, run_id: str, *, stood_at: int = 0) -> QueuePlace:
        """Where a run stands in the queue for review and what stands beside it, or beside the place where it stood."""
        async with self._database.read() as connection:
            return await queue_view.place(connection, run_id, stood_at)

    async def review_sheet(self, run_id: str) -> ReviewSheet:
        """All that a reviewer judges by. Raises NotFound, NotAllowed before there is anything to judge."""
        async with self._database.read() as connection:
            return await review_view.sheet(
                connection, run_id, self._now(), self._home.artefacts, window_s=self._review_window_s
            )

    async def edit_plan(
        self, run_id: str, revision_hash: str | None = None, *, title: str | None = None, lyrics: str | None = None
    ) -> EditPlan:
        """What `Commands.edit` would do with the same arguments; raises what it would raise."""
        async with self._database.read() as connection:
            return await edit.plan(connection, run_id, edit.Wish(title, lyrics, revision_hash))

    async def revision_difference(self, run_id: str) -> RevisionDifference:
        """The two newest revisions of a run. Raises NotFound, NotAllowed where there is only one."""
        async with self._database.read() as connection:
            return await edits_view.compare(connection, run_id)

    async def previous_sheets(self, run_id: str, *, limit: int = 3) -> tuple[ReviewSheet, ...]:
        """What reviewers saw of the artist's tracks before this one, newest first. Raises NotFound."""
        async with self._database.read() as connection:
            found = await review_view.previous(connection, run_id, limit)
            now, folder, window_s = self._now(), self._home.artefacts, self._review_window_s
            sheets = [await review_view.sheet(connection, each, now, folder, window_s=window_s) for each in found]
        return tuple(sheets)

    async def releases(
        self,
        *,
        order: ReleaseOrder = ReleaseOrder.NEWEST,
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
        turned: bool = False,
        offset: int = 0,
        limit: int = 200,
    ) -> Rows[ReleaseRow]:
        """A window of the releases. Of `wanted` the words and the columns `song` and `artist` count.

        With `turned` the order goes the other way round.
        """
        async with self._database.read() as connection:
            return await queue_view.release_rows(
                connection, order=order, wanted=wanted, turned=turned, offset=offset, limit=limit
            )

    async def release(self, release_id: str) -> ReleaseRow:
        """One release, by its own id or its run's. Raises NotFound."""
        async with self._database.read() as connection:
            by_run = await releases.of_run(connection, release_id)
            found = by_run or await releases.get(connection, release_id)
            return await queue_view.release_row(connection, found.id)

    async def trends(self) -> list[TrendRow]:
        """Every term that was looked up lately, the strongest rise first."""
        async with self._database.read() as connection:
            return await outside_view.trend_rows(connection, self._now())

    async def resting_sources(self) -> list[RestingSource]:
        """Sources of stock video and trends that are left alone now, and why."""
        async with self._database.read() as connection:
            found = await outside.all_resting(connection, self._now())
        return [RestingSource(name, rest.reason, rest.until) for name, rest in found.items()]

    async def models(self) -> list[ModelRow]:
        """The language models: on which ladders, how they did over the last 24 hours, who rests and why."""
        async with self._database.read() as connection:
            return await models_view.models(connection, self._now(), model_vendors(self._settings))

    async def last_fallback(self) -> ChainRow | None:
        """The newest question to language models in 24 hours that the first choice did not answer, None without one."""
        async with self._database.read() as connection:
            return await models_view.last_fallback(connection, self._now())

    async def chains(
        self, *, run_id: str | None = None, model: str | None = None, limit: int | None = 200
    ) -> list[ChainRow]:
        """The newest questions to language models, those of a run or those that came to a model (`provider:model`):
        everybody who was tried, and who answered."""
        async with self._database.read() as connection:
            return await models_view.chain_rows(connection, limit, run_id, model)

    async def spent(self, *, days: int) -> list[SpendRow]:
        """What the last so many UTC days cost: by day, purpose, artist, provider."""
        async with self._database.read() as connection:
            return await spend_view.spent(connection, self._now(), days)

    async def providers(self) -> list[ProviderRow]:
        """Providers of music, stock video and trends: how each is, why, and how it did over the last 24 hours."""
        known = providers(self._settings, self._now().date())
        async with self._database.read() as connection:
            return await providers_view.providers(connection, known, self._now())

    async def telegram(self) -> TelegramStatus:
        """How the bot does, where it speaks, and who enrolled."""
        async with self._database.read() as connection:
            found = await chat_access.status(connection, self.engine().state, chat_access.allowed(self._settings))
            return replace(found, chats=await chat_places.rows(connection, self._settings, self._now()))

    async def errors(
        self,
        *,
        order: ErrorOrder = ErrorOrder.NEWEST,
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
        turned: bool = False,
        offset: int = 0,
        limit: int = 200,
    ) -> Rows[ErrorRow]:
        """A window of the error groups. Of `wanted` the words and the columns of `engine.domain.error_filter` count.

        With `turned` the order goes the other way round.
        """
        scope = scope_of(wanted, self._now())
        async with self._database.read() as connection:
            found = await repair_view.error_rows(
                connection, order=order, scope=scope, turned=turned, offset=offset, limit=limit
            )
        if works(self._home):
            return found
        return replace(found, rows=tuple(replace(row, work=Work.NONE) for row in found.rows))

    async def error_trends(self, group_ids: Sequence[str]) -> dict[str, Trend]:
        """How often each of these groups happened, by the hour over the last day."""
        async with self._database.read() as connection:
            return await repair_view.trends(connection, group_ids, self._now())

    async def error(self, group_id: str) -> ErrorDetail:
        """One group with its newest events, its diagnosis and its patches. Raises NotFound."""
        async with self._database.read() as connection:
            found = await repair_view.error_detail(connection, group_id, self._now())
        return found if works(self._home) else replace(found, row=replace(found.row, work=Work.NONE))

    async def patch(self, patch_id: str) -> PatchView:
        """One patch with the whole log of its trial. Raises NotFound."""
        async with self._database.read() as connection:
            return await repair_view.patch(connection, patch_id)

    async def trial_under_way(self, patch_id: str) -> str | None:
        """The command by which the patch is tried, or will be; None where no trial of it was asked for."""
        async with self._database.read() as connection:
            return await repair_view.trial_under_way(connection, patch_id, works=works(self._home))

    async def trial_log(self, patch_id: str) -> str:
        """What the patch's last trial wrote, redacted; empty where it was not tried. Raises NotFound."""
        trial = (await self.patch(patch_id)).trial
        return trial.log if trial else ""

    async def code_moved(self, since: datetime) -> tuple[str, ...]:
        """Paths in the repository that patches changed since then, in order; not those that were taken back again."""
        async with self._database.read() as connection:
            found = await repairs.moved_since(connection, since)
        return tuple(dict.fromkeys(file for patch in found for file in patch.files))

    async def repair_setup(self) -> Setup:
        """Whether patches can be applied where the engine runs, as it said itself."""
        async with self._database.read() as connection:
            return await repair_view.setup(connection)

    async def experiments(self) -> list[ExperimentRow]:
        """Experiments and what came of each variant."""
        async with self._database.read() as connection:
            found = await experiments.outcomes(connection)
        return [ExperimentRow(e.id, e.parameter, tuple(outcomes)) for e, outcomes in found]

    async def command(self, command_id: str) -> CommandResult:
        """How a command went. Raises NotFound."""
        async with self._database.read() as connection:
            found = await control.command(connection, command_id)
        if found is None:
            raise NotFound(f"There is no command {command_id!r}.")
        result = found.result or {}
        return CommandResult(
            id=found.id,
            kind=found.kind,
            state=found.state,
            error=str(result.get("error", "")),
            artist_id=result.get("artist_id"),
            run_id=result.get("run_id"),
            rows=tuple(result.get("rows", ())),
            notes=tuple(result.get("misses", ())),
        )

    async def changes(self, after: int, limit: int = 1000) -> list[Change]:
        """What changed after this number of the feed, oldest first."""
        async with self._database.read() as connection:
            return [Change(c.seq, c.kind, c.ref) for c in await feed.since(connection, after, limit)]


def _switch(row: Row[Any] | None) -> SwitchState:
    if row is None:
        return SwitchState(False, "", "", "", None)
    return SwitchState(row.value, row.actor, row.channel, row.reason, row.at, row.actor_name)


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


async def _spend_since(connection: AsyncConnection, since: datetime) -> int:
    amount = func.coalesce(spend.c.actual_microusd, spend.c.reserved_microusd)
    query = select(func.coalesce(func.sum(amount), 0)).where(spend.c.at >= since)
    return int((await connection.execute(query)).scalar_one())
