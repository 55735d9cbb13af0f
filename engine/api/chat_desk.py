"""The chat's own half of the door: each method is one transaction or one look. The bot holds it beside the others."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import chat_deeds, chat_gate, chat_press, runs_view
from engine.api.chat_deeds import CommandsOf
from engine.api.chat_models import Ending, Place, Pressed
from engine.api.chat_press import Rules
from engine.api.chat_strangers import Guesses, Refusals, Refused
from engine.domain.chat import CODE_LENGTH, Act, Allowed, Caller, Ear, Refusal, Role, normal_code
from engine.domain.clock import Clock, utc_now
from engine.domain.errors import NoktvrnError
from engine.domain.runs import RunState
from engine.store import chat, chat_alerts, chat_posts, reviews, runs
from engine.store.chat_alerts import Alert
from engine.store.chat_posts import Post
from engine.store.database import Database
from engine.store.shelf import PapersChanged, Shelf, with_shelf
from engine.store.tables import reviews as reviews_table

LEASE = timedelta(seconds=60)
SHUT = timedelta(minutes=10)


class ChatDesk:
    """What only a chat needs: the poller's lease, the gate, buttons and posts."""

    def __init__(
        self,
        database: Database,
        allowed: Allowed,
        rules: Rules,
        now: Clock = utc_now,
        commands: CommandsOf | None = None,
    ) -> None:
        self._database = database
        self._allowed = allowed
        self._rules = rules
        self.now = now
        self._commands = commands
        self._refusals = Refusals()
        self._guesses = Guesses()

    # --- the poller ---

    async def take_lease(self, bot_id: str, holder: str, *, may_take: bool) -> chat.Poller | None:
        """Takes or renews the lease of a token; None while another holds it. `may_take`: it is gone."""
        now = self.now()
        async with self._database.write() as connection:
            found = await chat.poller(connection, bot_id)
            if found and found.holder != holder and found.lease_until > now and not may_take:
                return None
            await chat.put_lease(connection, bot_id, holder, now + LEASE, now)
            return await chat.poller(connection, bot_id)

    async def release(self, bot_id: str, holder: str) -> None:
        """Gives the lease back: whoever starts next need not wait for its end."""
        async with self._database.write() as connection:
            found = await chat.poller(connection, bot_id)
            if found is not None and found.holder == holder:
                await chat.set_poller(connection, bot_id, lease_until=self.now(), state=Ear.OFF, since=self.now())

    async def holder(self, bot_id: str) -> str:
        """Who held the lease last; empty for nobody."""
        async with self._database.read() as connection:
            found = await chat.poller(connection, bot_id)
        return found.holder if found else ""

    async def set_ear(
        self, bot_id: str, state: Ear, detail: str = "", retry_at: datetime | None = None, **columns: Any
    ) -> None:
        """Writes down how the poller does, for people; since when, where that is new."""
        now = self.now()
        async with self._database.write() as connection:
            before = await chat.poller(connection, bot_id)
            if before is None or before.state is not state:
                columns["since"] = now
            await chat.set_poller(connection, bot_id, state=state, detail=detail, retry_at=retry_at, **columns)

    async def due_again(self, bot_id: str) -> bool:
        """Whether the next try is due: somebody may want it sooner than it was to be."""
        async with self._database.read() as connection:
            found = await chat.poller(connection, bot_id)
        return found is not None and found.retry_at is not None and found.retry_at <= self.now()

    async def handled(self, bot_id: str, next_update: int) -> None:
        """Everything before this update is handled."""
        async with self._database.write() as connection:
            await chat.set_poller(connection, bot_id, next_update=next_update)

    async def heard(self, bot_id: str, holder: str) -> None:
        """Telegram answered a poll; the lease is renewed with it."""
        now = self.now()
        async with self._database.write() as connection:
            await chat.set_poller(connection, bot_id, heard_at=now, lease_until=now + LEASE, holder=holder)

    # --- the gate ---

    async def who(self, user_id: int, name: str, chat_id: int) -> Caller | Refusal:
        """The caller, or why it is none."""
        async with self._database.read() as connection:
            return await chat_gate.who(connection, self._allowed, user_id, name, chat_id)

    async def places(self) -> list[Place]:
        """Every chat that the bot speaks in."""
        async with self._database.read() as connection:
            return await chat_gate.places(connection, self._allowed, self.now())

    async def enrol(self, user_id: int, name: str, chat_id: int, code: str) -> Role | Refusal:
        """Puts a person on the list who typed an open code. What is no code costs no transaction."""
        now = self.now()
        if not self._guesses.may(user_id, now):
            return Refusal.GUESSING
        found: Role | Refusal = Refusal.WRONG_CODE
        async with self._database.read() as connection:
            known = isinstance(await chat_gate.who(connection, self._allowed, user_id, name, chat_id), Caller)
            whole = len(normal_code(code)) == CODE_LENGTH
            is_open = whole and await chat.open_code(connection, normal_code(code), now) is not None
        if is_open:
            async with self._database.write() as connection:
                found = await chat_gate.enrol(connection, self._allowed, user_id, name, chat_id, code, now)
        elif known:
            found = Refusal.KNOWN
        if found in (Refusal.WRONG_CODE, Refusal.KNOWN):
            self._guesses.wrong(user_id, now)
        return found

    def refuse(self, refusal: Refusal, what: str, user_id: int | None, chat_id: int | None) -> None:
        """Has it written down that this came from outside the list; see `write_refusals`."""
        self._refusals.add(Refused(what, refusal, user_id, chat_id))

    async def write_refusals(self, *, everything: bool = False) -> None:
        """Writes down what was refused, and tells the owner where somebody guesses codes."""
        now = self.now()
        if not self._refusals.due(now, everything=everything) and not self._guesses.to_tell(now):
            return
        async with self._database.write() as connection:
            counts = await self._refusals.write(connection, now, everything=everything)
            if self._guesses.to_tell(now):
                await self._guesses.tell(connection, now)
        self._refusals.written(counts, now)

    # --- presses and replies ---

    async def press(self, caller: Caller, nonce: str, message_id: int) -> Pressed:
        """Does what a button stands for, once."""
        now = self.now()

        def gather() -> Awaitable[Shelf]:
            return chat_press.read_for(self._database, caller, nonce, message_id, now)

        def pressed(connection: AsyncConnection, shelf: Shelf) -> Awaitable[Pressed]:
            return chat_press.press(connection, caller, nonce, message_id, now, self._rules, shelf, self._commands)

        return await with_shelf(gather, self._database.write, pressed)

    async def do(self, caller: Caller, verb: str, argument: Mapping[str, Any], bot_id: str, update_id: int) -> None:
        """Does what was typed and writes the message off in one transaction: it is never done twice. Raises what the
        deed raises, the message is written off then too."""
        commands = self._commands
        assert commands is not None

        def gather() -> Awaitable[Shelf]:
            return chat_deeds.read_for(self._database, verb, argument)

        async def done(connection: AsyncConnection, shelf: Shelf) -> NoktvrnError | None:
            await chat.set_poller(connection, bot_id, next_update=update_id + 1)
            try:
                await chat_deeds.do(connection, commands, caller, verb, argument, shelf, self.now())
            except PapersChanged:
                raise
            except NoktvrnError as error:
                return error
            return None

        if failed := await with_shelf(gather, self._database.write, done):
            raise failed

    async def reply(self, caller: Caller, message_id: int, text: str) -> Post | Refusal | None:
        """Keeps words for a decision that somebody prepares; see `engine.api.chat_press.reply`."""
        async with self._database.write() as connection:
            return await chat_press.reply(connection, caller, message_id, text, self.now())

    async def mint(
        self, chat_id: int, wanted: Sequence[tuple[Act, Mapping[str, Any]]], *, lasts: timedelta, **bound: Any
    ) -> list[str]:
        """New buttons, which end no others yet; see `engine.store.chat_posts.mint`."""
        now = self.now()
        async with self._database.write() as connection:
            return await chat_posts.mint(connection, wanted, chat_id=chat_id, now=now, until=now + lasts, **bound)

    async def drawn(self, chat_id: int, ids: Sequence[str], message_id: int, post_id: int | None = None) -> None:
        """These buttons stand under this message now, and no others do."""
        async with self._database.write() as connection:
            await chat_posts.drawn(connection, chat_id, ids, message_id, post_id)

    # --- posts ---

    async def meet(self, chat_id: int) -> chat.Chat:
        """What is remembered of a chat."""
        async with self._database.read() as connection:
            found = await chat.chat(connection, chat_id)
        if found is not None:
            return found
        async with self._database.write() as connection:
            return await chat.meet_chat(connection, chat_id, self.now())

    async def set_chat(self, chat_id: int, **columns: Any) -> None:
        """Changes what is remembered of a chat."""
        async with self._database.write() as connection:
            await chat.set_chat(connection, chat_id, **columns)

    async def shut(self, chat_id: int, why: str) -> None:
        """The bot may not speak there: the chat is left alone for a while, or until somebody writes in it."""
        now = self.now()
        async with self._database.write() as connection:
            await chat.shut(connection, chat_id, why, now, now + SHUT)

    async def reopen(self, chat_id: int) -> bool:
        """Somebody wrote in this chat; True where the bot had been shut out."""
        async with self._database.read() as connection:
            found = await chat.chat(connection, chat_id)
        if found is None or found.shut_since is None:
            return False
        async with self._database.write() as connection:
            return await chat.reopen(connection, chat_id)

    async def waiting(self, chat_id: int, limit: int) -> tuple[list[tuple[str, str]], int, int]:
        """What is next to show (run, revision), how much waits unseen altogether, and how much stands open there."""
        async with self._database.read() as connection:
            return (
                await chat_posts.waiting(connection, chat_id, limit),
                await chat_posts.waiting_count(connection, chat_id),
                await chat_posts.open_previews(connection, chat_id),
            )

    async def begin_post(self, chat_id: int, kind: str, ref: str, run_id: str | None = None) -> Post:
        """The post, written down before it is sent."""
        async with self._database.write() as connection:
            post = await chat_posts.add(connection, chat_id, kind, ref, self.now(), run_id)
            await chat_posts.change(connection, post.id, state=chat_posts.SENDING, attempts=post.attempts + 1)
            return await chat_posts.get(connection, post.id)

    async def change_post(self, post_id: int, **columns: Any) -> None:
        """Changes a post."""
        async with self._database.write() as connection:
            await chat_posts.change(connection, post_id, **columns)

    async def sent(
        self,
        post: Post,
        message_id: int,
        form: str,
        words: str,
        ids: Sequence[str],
        *,
        role: Role,
        owes: bool = False,
    ) -> None:
        """The post stands in the chat, with this role's buttons. `owes`: something belongs below it."""
        columns = {"state": chat_posts.SENT, "message_id": message_id, "form": form, "words": words, "role": role}
        async with self._database.write() as connection:
            await chat_posts.change(connection, post.id, **columns, owes=owes, sent_at=self.now())
            await chat_posts.first_drawn(connection, post.id, ids, message_id)
            await chat.reopen(connection, post.chat_id)

    async def owing(self, chat_id: int, kind: str) -> Post | None:
        """The first post below which something is missing."""
        async with self._database.read() as connection:
            return await chat_posts.owing(connection, chat_id, kind)

    async def post(self, post_id: int) -> Post:
        """The post as it is now."""
        async with self._database.read() as connection:
            return await chat_posts.get(connection, post_id)

    async def post_of(self, chat_id: int, ref: str) -> Post | None:
        """The preview of this revision in this chat."""
        async with self._database.read() as connection:
            return await chat_posts.of_ref(connection, chat_id, chat_posts.PREVIEW, ref)

    async def overtaken(self, place: Place) -> list[Post]:
        """Previews that say something else than what is so."""
        async with self._database.read() as connection:
            return await chat_posts.overtaken(connection, place.chat_id, place.role, self.now())

    async def revision_hash(self, post: Post) -> str:
        """What a decision under this preview binds to."""
        async with self._database.read() as connection:
            return (await reviews.revision(connection, post.ref)).hash

    async def ending(self, post: Post) -> Ending | None:
        """How a preview ended; None while it awaits its decision."""
        assert post.run_id is not None
        async with self._database.read() as connection:
            run = await runs.get(connection, post.run_id)
            revision = await reviews.revision(connection, post.ref)
            if run.state is RunState.AWAITING_REVIEW and revision.voided_at is None:
                return None
            c = reviews_table.c
            query = select(reviews_table).where(c.revision_id == post.ref, c.undone_at.is_(None))
            row = (await connection.execute(query.order_by(c.decided_at.desc()).limit(1))).one_or_none()
        review = None if row is None else runs_view.review_row(row)
        return Ending(review, "" if row is None else row.id, run.state)

    # --- errands ---

    async def errands(self, chat_id: int) -> list[Post]:
        """Commands of this chat whose end was not told yet."""
        async with self._database.read() as connection:
            return await chat_posts.errands(connection, chat_id)

    # --- alerts ---

    async def to_tell(self, chat_id: int, since: datetime, *, room: int) -> list[Alert]:
        """Alerts that were not told in this chat and are not muted, oldest first; at most `room`."""
        now = self.now()
        async with self._database.read() as connection:
            standing = await chat_alerts.standing(connection, since)
            known = await chat_posts.known_alerts(connection, chat_id, [alert.ref for alert in standing])
            quiet = await chat_alerts.muted(connection, chat_id, [alert.incident for alert in standing], now)
            found: list[Alert] = []
            for alert in standing:
                if alert.ref in known or alert.incident in quiet or len(found) >= room:
                    continue
                once = alert.run_id is None and alert.delivery_id is None  # each end of these is another
                hour = now - timedelta(hours=1)
                if not once or not await chat_alerts.told_lately(connection, chat_id, alert.incident, hour):
                    found.append(alert)
        return found

    async def diff(self, alert_ref: str) -> str:
        """The patch that an alert tells of; empty for any other."""
        async with self._database.read() as connection:
            return await chat_alerts.diff(connection, alert_ref)

    async def told_since(self, chat_id: int, since: datetime) -> int:
        """How many alerts were told since the moment."""
        async with self._database.read() as connection:
            return await chat_posts.told_since(connection, chat_id, since)

    async def over(self, chat_id: int, since: datetime) -> list[Post]:
        """Alerts that stand in the chat although their cause is gone."""
        async with self._database.read() as connection:
            shown = await chat_posts.alerts(connection, chat_id)
            if not shown:
                return []
            standing = {alert.ref for alert in await chat_alerts.standing(connection, since)}
        return [post for post in shown if post.ref not in standing]

    async def muted_count(self, chat_id: int) -> int:
        """How many incidents are muted in the chat."""
        async with self._database.read() as connection:
            return await chat_alerts.muted_count(connection, chat_id, self.now())

    async def prune(self) -> None:
        """Drops buttons that nobody can press any more."""
        async with self._database.write() as connection:
            await chat_posts.prune(connection, self.now())
