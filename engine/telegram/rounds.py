"""What the bot says by itself: previews as there is room, a digest for the rest, reminders, alerts; in quiet hours
errors alone, without a sound."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.api.chat_models import Place
from engine.domain.chat import MENU_LASTS, Act, Role
from engine.domain.errors import NoktvrnError
from engine.telegram import keyboards, previews, texts
from engine.telegram.alerts import title_of
from engine.telegram.errands import hear_back
from engine.telegram.keyboards import Key
from engine.telegram.kit import Kit, ids_of
from engine.telegram.lanes import Lanes
from engine.telegram.trouble import Flood, NotWelcome, TelegramTrouble, TokenRefused, Unfit
from engine.telegram.words import age, lines, when

if TYPE_CHECKING:
    from engine.api.chat_models import Alert, Chat, Post

_log = logging.getLogger(__name__)

ALERT = "alert"
_LATER_S, _LATEST_S = 10.0, 60.0
_ALERT_WINDOW = timedelta(minutes=10)
_ALERTS = 10
_DIGEST_EVERY = timedelta(seconds=30)
_MUTE_HOURS = 24
_PART = 3_500

Look = Callable[[Place], Awaitable[None]]
Lane = tuple[str, int]


class Rounds:
    """Looks at every chat, each in lanes of its own: a slow chat holds up no other, and songs hold up no answers. A
    chat that does not want the bot is left alone for a while."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._lanes = Lanes()
        self._later: dict[Lane, datetime] = {}
        self._failures: Counter[Lane] = Counter()

    async def previews(self) -> None:
        """Has every chat shown what is next."""
        await self._everywhere("previews", self._preview)

    async def endings(self) -> None:
        """Has shown previews put right everywhere, alerts and their ends told."""
        await self._everywhere("endings", self._settle)

    async def close(self) -> None:
        """Ends what is at work."""
        await self._lanes.close()

    async def _everywhere(self, name: str, look: Look) -> None:
        for place in await self._kit.desk.places():
            lane = (name, place.chat_id)
            self._lanes.put(lane, partial(self._look, look, place, lane))

    async def _look(self, look: Look, place: Place, lane: Lane) -> None:
        now, chat_id = self._kit.now(), place.chat_id
        about = f"{lane[0]} of chat {chat_id}"
        if self._kit.refused.is_set() or place.shut_until is not None or self._later.get(lane, now) > now:
            return
        try:
            await look(place)
        except TokenRefused:  # the poller tells it, and says when it is over
            self._kit.refused.set()
        except NotWelcome as error:
            self._kit.log.trouble(_log, about, "%s: %s", about, error)
            await self._kit.desk.shut(chat_id, str(error))
        except TelegramTrouble as error:
            self._kit.log.trouble(_log, about, "%s: %s", about, error)
            growing = min(_LATEST_S, _LATER_S * 2 ** min(self._failures[lane], 10))
            pause = timedelta(seconds=error.seconds if isinstance(error, Flood) else growing)
            self._failures[lane] += 1
            self._later[lane] = self._kit.now() + pause
        else:
            self._failures.pop(lane, None)
            self._kit.log.over(about)

    def _quiet(self, place: Place) -> bool:
        hours = self._kit.settings.telegram_quiet_hours
        return place.muted_until is not None or (hours is not None and self._kit.now() in hours)

    # --- previews ---

    async def _preview(self, place: Place) -> None:
        """The sound of every song that has room, then one clip: what is written of it has the next look come, which
        begins with songs again."""
        if self._quiet(place):
            return
        await self._songs(place)
        post = await self._kit.desk.owing(place.chat_id, previews.PREVIEW)
        if post is not None:
            await previews.clip(self._kit, post)

    async def _songs(self, place: Place) -> None:
        chat = await self._kit.desk.meet(place.chat_id)
        most = self._kit.settings.telegram_previews_open
        found, total, standing = await self._kit.desk.waiting(place.chat_id, most)
        room = max(0, most - standing)
        for run_id, revision_id in found[:room]:
            try:
                await previews.show(self._kit, place, run_id, revision_id)
            except Unfit:
                _log.warning("the preview of %s cannot be shown in chat %d", run_id, place.chat_id)
            except NoktvrnError as error:
                if isinstance(error, TelegramTrouble):
                    raise
                _log.warning("the preview of %s is left out: %s", run_id, error)
        await self._digest(chat, max(0, total - room))
        await self._remind(chat)

    async def _digest(self, chat: Chat, count: int) -> None:
        """One message counts what has no room; it is kept right, and goes when all is shown."""
        if count == chat.digest_count or (not count and chat.digest_id is None):
            return
        now = self._kit.now()
        if chat.digest_at is not None and now - chat.digest_at < _DIGEST_EVERY and count:
            return
        text = texts.DIGEST.format(count=count) if count > 1 else texts.DIGEST_ONE
        digest_id = chat.digest_id
        if digest_id is None:
            digest_id = await self._kit.wire.text(chat.chat_id, text, silent=True, patient=True)
        else:
            try:
                await self._kit.wire.edit(chat.chat_id, digest_id, text if count else texts.DIGEST_DONE)
            except Unfit:
                digest_id = None
        kept = digest_id if count else None
        await self._kit.desk.set_chat(chat.chat_id, digest_id=kept, digest_count=count, digest_at=now)

    async def _remind(self, chat: Chat) -> None:
        hours = self._kit.settings.telegram_reminder_hours
        now = self._kit.now()
        every = timedelta(hours=hours)
        if not hours or (chat.reminded_at is not None and now - chat.reminded_at < every):
            return
        waiting = await self._kit.queries.approvals(limit=1)
        if not waiting.rows or now - waiting.rows[0].waiting_since < every:
            return
        template = texts.REMINDER if waiting.total > 1 else texts.REMINDER_ONE
        waited = age(waiting.rows[0].waiting_since, now)
        await self._kit.wire.text(chat.chat_id, template.format(count=waiting.total, age=waited), patient=True)
        await self._kit.desk.set_chat(chat.chat_id, reminded_at=now)

    # --- endings and alerts ---

    async def _settle(self, place: Place) -> None:
        chat = await self._kit.desk.meet(place.chat_id)
        await previews.put_right(self._kit, place)
        await hear_back(self._kit, place)
        for post in await self._kit.desk.over(place.chat_id, chat.since):
            assert post.message_id is not None
            told = texts.ALERT_OVER.format(when=when(self._kit.now()))
            try:
                await self._kit.wire.edit(place.chat_id, post.message_id, f"{post.words}\n\n{told}")
                await self._kit.wire.text(place.chat_id, told, reply_to=post.message_id, silent=True, patient=True)
            except Unfit:
                _log.debug("an alert is gone from chat %d", place.chat_id)
            await self._kit.desk.change_post(post.id, closed=True)
        await self._alerts(place, chat)

    async def _alerts(self, place: Place, chat: Chat) -> None:
        if place.muted_until is not None:
            return
        told = await self._kit.desk.told_since(place.chat_id, self._kit.now() - _ALERT_WINDOW)
        if told >= _ALERTS:
            return
        quiet = self._quiet(place)
        for alert in await self._kit.desk.to_tell(place.chat_id, chat.since, room=_ALERTS - told):
            if not quiet or alert.level == "error":
                await self._tell(place, alert, silent=quiet)
        post = await self._kit.desk.owing(place.chat_id, ALERT)
        if post is not None:
            await self._patch(post)

    async def _tell(self, place: Place, alert: Alert, *, silent: bool) -> None:
        post = await self._kit.desk.begin_post(place.chat_id, ALERT, alert.ref)
        title = texts.ALERT.format(sign=texts.SIGNS.get(alert.level, "!"), title=title_of(alert))
        words = "\n\n".join(part for part in (title, lines(alert.detail, 1_500)) if part)
        keys = [_keys(alert)] if place.role.may(Role.OWNER) else []
        keyboard = await self._kit.keyboard(place.chat_id, keys, lasts=MENU_LASTS) if keys else ()
        try:
            message_id = await self._kit.wire.text(place.chat_id, words, keyboard, silent=silent, patient=True)
        except previews.PASSING:
            await self._kit.desk.change_post(post.id, attempts=post.attempts - 1)
            raise
        except Unfit:
            await self._kit.desk.change_post(post.id, state="failed")
            return
        owes = bool(await self._kit.desk.diff(alert.ref))
        await self._kit.desk.sent(post, message_id, previews.TEXT, words, ids_of(keyboard), role=place.role, owes=owes)

    async def _patch(self, post: Post) -> None:
        """A patch to look at, below its alert; a long one as a file. Applying it is for the console alone."""
        diff = await self._kit.desk.diff(post.ref)
        below: dict[str, Any] = {"reply_to": post.message_id, "silent": True}
        try:
            if len(diff) <= _PART:
                text = f"{lines(diff, _PART)}\n\n{texts.PATCH_NOTE}"
                await self._kit.wire.text(post.chat_id, text, **below, patient=True)
            else:
                await self._kit.wire.document(post.chat_id, texts.PATCH_FILE, diff, texts.PATCH_NOTE, **below)
        except Unfit as error:
            _log.warning("the diff of %s was not sent: %s", post.ref, error)
        await self._kit.desk.change_post(post.id, owes=False)


def _keys(alert: Alert) -> list[Key]:
    keys = [Key(texts.MUTE.format(hours=_MUTE_HOURS), Act.MUTE, {"incident": alert.incident, "hours": _MUTE_HOURS})]
    if alert.delivery_id is not None:
        return _of_delivery(alert)
    if alert.run_id is not None:
        keys.append(keyboards.page("run", texts.OPEN, id=alert.run_id))
    elif alert.error_id is not None:
        keys.append(keyboards.page("error", texts.OPEN, id=alert.error_id))
    if alert.patch_id is not None:
        about = {"do": "reject_patch", "id": alert.error_id, "patch": alert.patch_id}
        keys.append(Key(texts.REJECT_PATCH, Act.DO, about))
    return keys


def _of_delivery(alert: Alert) -> list[Key]:
    """The word that it waits for, if one word is enough; the way to it."""
    opens = keyboards.page("delivery", texts.OPEN, id=alert.delivery_id)
    if alert.kind != "delivery asked":
        return [opens]
    declines = keyboards.do("decline", texts.DECLINE, id=alert.delivery_id)
    return [*([keyboards.do("deliver", texts.DELIVER, id=alert.delivery_id)] if alert.asks else []), declines, opens]
