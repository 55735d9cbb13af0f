"""One order at one outside provider, driven from wherever its row says that it is, to clips in a folder.

The row is written before each step that cannot be taken back and after each answer, so that an end at any moment, also
by the kernel, leaves a row from which the next start goes on. Polls leave no trace: only what they find does.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from engine.domain.errors import Interrupted
from engine.domain.plurals import many
from engine.domain.purchase import OPEN, PurchaseState, Trouble
from engine.music.provider import MusicProvider, Offer, Order, Standing, VendorError, came_along
from engine.pipeline import health
from engine.pipeline.child import ChildStopped
from engine.pipeline.errors import PassedOver
from engine.pipeline.ladder import Rung
from engine.pipeline.ledger import caps_of
from engine.pipeline.line import Line, Task
from engine.pipeline.looks import ENDED_IT, Looks
from engine.store import purchases
from engine.store.purchases import NewPurchase, Purchase

_log = logging.getLogger(__name__)

_LOOK_S = 1.0
"""How long a wait goes on at most that nobody wants any more."""
MOST_CLIPS = 2


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long. Seconds.

    `poll_s` between two looks at a task at first, then a quarter of the time that it has taken, at most `slowest_s`;
    `retry_s` before each further try of what was refused and certainly not charged; `longest_s`: a vendor that wants
    more time than that before the next try is left alone meanwhile; `tell_s` between two signs of life in the run;
    `fetch_s` before each further try to fetch what is paid for; `grace_s` how long the other clips of an order are
    waited for once one can be fetched.
    """

    poll_s: float = 5.0
    slowest_s: float = 15.0
    retry_s: tuple[float, ...] = (2.0, 8.0)
    longest_s: float = 30.0
    tell_s: float = 60.0
    fetch_s: tuple[float, ...] = (2.0, 5.0, 15.0, 60.0, 120.0)
    grace_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Buyer:
    """Buys for one stage of one run. `wanted` is the order without its key, `facts` what is kept beside it."""

    task: Task
    rung: Rung
    wanted: Order
    facts: Mapping[str, str] = field(default_factory=dict)
    patience: Patience = Patience()

    @property
    def _line(self) -> Line:
        return self.task.line

    @property
    def _provider(self) -> MusicProvider:
        return self.rung.provider

    def folder(self, purchase: Purchase) -> Path:
        """Where the order's clips lie until they are in the artefact store."""
        return self._line.home.data / "purchases" / purchase.id

    async def buy(self) -> Purchase:
        """A purchase that is ready or downloaded.

        Takes up what an earlier process began. Raises PassedOver, CapReached; VendorError where clips that are paid for
        could not be fetched yet: then the run is to be tried again later.
        """
        found = await self._earlier()
        if found is None:
            found = await self._order()
        if found.state in (PurchaseState.SUBMITTED, PurchaseState.RUNNING):
            found = await self._wait(found)
        return found

    async def clips(self, purchase: Purchase) -> list[Path]:
        """The files of a ready purchase, at most two. Raises PassedOver where none of them is a sound any more."""
        folder, found = self.folder(purchase), []
        for offer in [Offer(**offer) for offer in purchase.offers][:MOST_CLIPS]:
            try:
                found.append(await self._fetched(offer, folder))
            except VendorError as error:
                if error.trouble is not Trouble.UNUSABLE:
                    raise
                _log.warning("one clip of %s is lost: %s", purchase.id, error)
        if not found:
            raise await self._spoilt(purchase, "none of its clips could be fetched as a sound")
        return found

    async def close(self, purchase: Purchase, variants: list[dict[str, object]]) -> Purchase:
        """The clips lie in the artefact store: the purchase is at its end, and its folder goes."""
        done = await self._move(purchase, PurchaseState.DOWNLOADED, variants=variants)
        await asyncio.to_thread(shutil.rmtree, self.folder(purchase), True)
        return done

    async def spoilt(self, purchase: Purchase, why: str) -> PassedOver:
        """Nobody can use what came: the purchase is at its end. Its files stay in its folder."""
        return await self._spoilt(purchase, why)

    # --- taking up --------------------------------------------------------------------------------------------------

    async def _earlier(self) -> Purchase | None:
        """The order that an earlier process or attempt left, as far as it can be taken; None where one may be sent."""
        run = self.task.run
        async with self._line.database.read() as connection:
            known = await purchases.of_version(connection, run.id, run.version, self.rung.name)
        if not known:
            return None
        last = known[-1]
        if last.state is PurchaseState.CREATED:
            return await self._found_created(last)
        if last.state is PurchaseState.UNKNOWN:
            return await self._asked_again(last)
        return last if last.state in OPEN or last.state is PurchaseState.DOWNLOADED else None

    async def _found_created(self, purchase: Purchase) -> Purchase | None:
        """The process ended while the order was on its way. Its sound may lie here; else nobody knows."""
        if offers := await asyncio.to_thread(came_along, self.folder(purchase)):
            return await self._move(purchase, PurchaseState.READY, offers=[asdict(offer) for offer in offers])
        why = "the engine ended while the order was on its way"
        if not self._provider.abilities.billable:
            await self._move(purchase, PurchaseState.FAILED, trouble=Trouble.LATE, detail=why)
            return None
        raise await self._lost(purchase, VendorError(f"{self.rung.name}: {why}.", Trouble.LATE, lost=True))

    async def _asked_again(self, purchase: Purchase) -> Purchase:
        """An unknown order is never sent again; where its task is known, the vendor is asked once more."""
        if purchase.task_id:
            try:
                standing = await self._provider.poll(purchase.task_id)
            except VendorError as error:
                if error.trouble in ENDED_IT:
                    raise await self._ended(purchase, error) from error
                raise PassedOver(f"an earlier order's fate is unknown ({error.message})") from error
            whole = standing.state is PurchaseState.READY
            if whole or (standing.offers and self._line.now() >= purchase.deadline_at):
                detail = "" if whole else f"{self.rung.name} named no other clip in time: what is there is used"
                ready = await self._ready(purchase, standing, detail)
                await health.found(self._line, purchase)
                return ready
        raise PassedOver(f"what became of order {purchase.id} is unknown; it is booked and never sent again")

    # --- ordering ---------------------------------------------------------------------------------------------------

    async def _order(self) -> Purchase:
        await health.refuse_resting(self._line, self.rung.name)
        for pause in (*self.patience.retry_s, None):
            purchase = await self._begin()
            order = replace(self.wanted, key=purchase.id)
            try:
                standing = await self._provider.submit(order, self.folder(purchase))
            except VendorError as error:
                if error.lost:
                    raise await self._lost(purchase, error) from error
                await self._move(purchase, PurchaseState.FAILED, trouble=error.trouble, detail=self._told(error))
                wait = self._worth_waiting(error, pause)
                if wait is None:
                    await health.failed(self._line, self.rung.name, error)
                    raise PassedOver(error.message) from error
                await self._pause(wait)
                continue
            await health.well(self._line, self.rung.name)
            if standing.state is PurchaseState.READY:
                return await self._ready(purchase, standing)
            facts = {**purchase.facts, **standing.facts}
            return await self._move(purchase, standing.state, task_id=standing.task_id, facts=facts)
        raise AssertionError("the last try either returns or raises")

    async def _begin(self) -> Purchase:
        """The key is saved and the money taken aside before anything leaves."""
        run, now = self.task.run, self._line.now()
        wait = timedelta(seconds=self._line.settings.music_wait_seconds)
        new = NewPurchase(
            run_id=run.id,
            artist_id=run.artist_id,
            version=run.version,
            provider=self.rung.name,
            price_microusd=self._provider.price(self.wanted.brief),
            rights=str(self.rung.rights or ""),
            facts=dict(self.facts),
            deadline_at=now + wait,
        )
        async with self._line.database.write() as connection:
            return await purchases.begin(connection, new, caps_of(self._line.settings), now)

    def _worth_waiting(self, error: VendorError, pause: float | None) -> float | None:
        """Seconds until the next try at the same provider, None where the next rung is better."""
        if pause is None or error.trouble not in (Trouble.BUSY, Trouble.DOWN):
            return None
        wait = pause if error.retry_after_s is None else error.retry_after_s
        return wait if wait <= self.patience.longest_s else None

    # --- waiting ----------------------------------------------------------------------------------------------------

    async def _wait(self, purchase: Purchase) -> Purchase:
        """Looks at the task until it is ready or its time is over. One step, however many looks."""
        told_at, looks = self._line.now(), Looks()
        while True:
            pause = self._until_next_look(purchase)
            try:
                standing = await self._provider.poll(purchase.task_id)
                if standing.state is PurchaseState.READY:
                    return await self._ready(purchase, standing)
                looks.found(standing, self._line.now())
                if standing.state is PurchaseState.RUNNING and purchase.state is PurchaseState.SUBMITTED:
                    purchase = await self._move(purchase, PurchaseState.RUNNING)
            except VendorError as error:
                if looks.refused(error):
                    return await self._gave_up(purchase, looks, error)
                _log.info("a look at %s failed: %s", purchase.id, self._told(error))
                pause = self._until_asked_again(error, looks, pause)
            now = self._line.now()
            if looks.waited(now) >= self.patience.grace_s or now >= purchase.deadline_at:
                waited = f"{self.rung.name} had not finished after {self._line.settings.music_wait_seconds} s."
                return await self._gave_up(purchase, looks, VendorError(waited, Trouble.LATE, lost=True))
            if (now - told_at).total_seconds() >= self.patience.tell_s:
                told_at = now
                await self._sign_of_life(purchase)
            await self._pause(pause)

    async def _gave_up(self, purchase: Purchase, looks: Looks, error: VendorError) -> Purchase:
        """No further look is worth its while: the clips that are there are taken. Raises PassedOver without any."""
        if looks.partly is not None:
            return await self._ready(purchase, looks.partly, self._partly(looks, error))
        unknown_there = error.trouble is Trouble.INPUT and not self._provider.abilities.billable
        if error.trouble in ENDED_IT or unknown_there:  # what costs nothing may be ordered again
            raise await self._ended(purchase, error) from error
        raise await self._lost(purchase, error) from error

    def _partly(self, looks: Looks, error: VendorError) -> str:
        """What a person is told of an order of which not all came."""
        assert looks.partly is not None
        why = "" if error.trouble is Trouble.LATE else f" ({self._told(error)})"
        waited = round(looks.waited(self._line.now()))
        some = many(len(looks.partly.offers), "clip")
        said = f"{self.rung.name} named {some} of this order and no other within {waited} s{why}: what is there is used"
        _log.warning("%s", said, extra={"run_id": self.task.run.id, "artist_id": self.task.run.artist_id})
        return said

    def _until_asked_again(self, error: VendorError, looks: Looks, pause: float) -> float:
        """Seconds until the next look after one that was not answered. Whether a key works is known soon."""
        if error.trouble is Trouble.KEY:
            return self.patience.retry_s[min(looks.in_a_row, len(self.patience.retry_s)) - 1]
        return max(pause, min(error.retry_after_s or 0.0, self.patience.longest_s))

    def _until_next_look(self, purchase: Purchase) -> float:
        """The longer a task takes, the less a second matters."""
        passed = (self._line.now() - purchase.created_at).total_seconds()
        return max(self.patience.poll_s, min(self.patience.slowest_s, passed / 4))

    async def _sign_of_life(self, purchase: Purchase) -> None:
        """Shows how long it has taken."""
        passed = (self._line.now() - purchase.created_at).total_seconds()
        share = min(0.9, passed / self._line.settings.music_wait_seconds)
        if not await self.task.report(share, f"{self.rung.name} is at work"):
            raise _nobody_waits()

    async def _pause(self, seconds: float) -> None:
        """Waits, as long as the engine runs and somebody wants the song; its order stays as it is.

        Raises Interrupted, ChildStopped.
        """
        line, left = self._line, seconds
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LOOK_S)):
                    await line.stopping.wait()
                raise Interrupted(f"The engine stops; the order at {self.rung.name} is looked at when it starts again.")
            if not await line.wanted.holds(line.database, self.task.run, _LOOK_S):
                raise _nobody_waits()
            left -= _LOOK_S
            if left <= 0:
                return

    async def _ready(self, purchase: Purchase, standing: Standing, detail: str = "") -> Purchase:
        offers = [asdict(offer) for offer in standing.offers]
        facts = {**purchase.facts, **standing.facts}
        return await self._move(
            purchase,
            PurchaseState.READY,
            offers=offers,
            facts=facts,
            trouble="",
            detail=detail,
            task_id=standing.task_id,
        )

    async def _fetched(self, offer: Offer, folder: Path) -> Path:
        """Paid for, so it is tried with patience whatever is said: a file store may answer with a page, or not know a
        new file yet. What comes in stays in."""
        for pause in (*self.patience.fetch_s, None):
            try:
                return await self._provider.fetch(offer, folder)
            except VendorError:
                if pause is None:
                    raise
                await self._pause(pause)
        raise AssertionError("the last try either returns or raises")

    # --- ends -------------------------------------------------------------------------------------------------------

    async def _lost(self, purchase: Purchase, error: VendorError) -> PassedOver:
        """Booked in full and never sent again; a person is told."""
        detail = self._told(error)
        await self._move(purchase, PurchaseState.UNKNOWN, trouble=error.trouble, detail=detail)
        await health.lost(self._line, purchase, error)
        return PassedOver(f"{error.message} The order may be charged, so its price is booked")

    async def _ended(self, purchase: Purchase, error: VendorError) -> PassedOver:
        """The vendor ended the task without a clip. None of them says that this is not charged: it stays booked."""
        await self._move(purchase, PurchaseState.FAILED, trouble=error.trouble, detail=self._told(error))
        return PassedOver(error.message)

    async def _spoilt(self, purchase: Purchase, why: str) -> PassedOver:
        await self._move(purchase, PurchaseState.FAILED, trouble=Trouble.UNUSABLE, detail=why)
        return PassedOver(f"{self.rung.name}: {why}")

    async def _move(self, purchase: Purchase, after: PurchaseState, **columns: object) -> Purchase:
        async with self._line.database.write() as connection:
            return await purchases.move(connection, purchase, after, self._line.now(), **columns)

    def _told(self, error: VendorError) -> str:
        return self._line.redactor.text(error.message)


def _nobody_waits() -> ChildStopped:
    return ChildStopped("Nobody waits for this song any more.")
