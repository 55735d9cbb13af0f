"""What the bot says by itself: previews as there is room, a digest for the rest, reminders, alerts; in quiet hours
errors alone, without a sound."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.domain.chat import MENU_LASTS, Act, Role
from engine.domain.errors import NoktvrnError
from engine.telegram import keyboards, previews, texts
from engine.telegram.alerts import title_of
from engine.telegram.errands import hear_back
from engine.telegram.keyboards import Key
from engine.telegram.kit import Kit, ids_of
from engine.telegram.trouble import Flood, NotWelcome, TelegramTrouble, Unfit
from engine.telegram.words import age, lines, when

if TYPE_CHECKING:
    from engine.api.chat_models import Alert, Chat, Place

_log = logging.getLogger(__name__)

ALERT = "alert"
_SHUT = timedelta(minutes=10)
_LATER = timedelta(seconds=10)
_ALERT_WINDOW = timedelta(minutes=10)
_ALERTS = 10
_DIGEST_EVERY = timedelta(seconds=30)
_MUTE_HOURS = 24
_PART = 3_500


class Rounds:
    """Looks at every chat. A chat that does not want the bot is left alone for a while."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._shut: dict[int, datetime] = {}

    async def previews(self) -> None:
        """Shows what is next."""
        await self._everywhere(self._preview)

    async def endings(self) -> None:
        """Puts shown previews right, tells alerts and their ends."""
        await self._everywhere(self._settle)

    async def _everywhere(self, look: Callable[[Place], Awaitable[None]]) -> None:
        for place in await self._kit.desk.places():
            if self._shut.get(place.chat_id, self._kit.now()) > self._kit.now():
                continue
            try:
                await look(place)
            except NotWelcome as error:
                _log.warning("chat %d: %s", place.chat_id, error)
                self._shut[place.chat_id] = self._kit.now() + _SHUT
            except TelegramTrouble as error:
                _log.warning("chat %d: %s", place.chat_id, error)
                pause = timedelta(seconds=error.seconds) if isinstance(error, Flood) else _LATER
                self._shut[place.chat_id] = self._kit.now() + pause

    def _quiet(self, place: Place) -> bool:
        hours = self._kit.settings.telegram_quiet_hours
        return place.muted_until is not None or (hours is not None and self._kit.now() in hours)

    # --- previews ---

    async def _preview(self, place: Place) -> None:
        chat = await self._kit.desk.meet(place.chat_id)
        if self._quiet(place):
            return
        most = self._kit.settings.telegram_previews_open
        found, total, standing = await self._kit.desk.waiting(place.chat_id, most)
        shown = 0
        for run_id, revision_id in found[: max(0, most - standing)]:
            try:
                await previews.show(self._kit, place, run_id, revision_id)
                shown += 1
            except Unfit:
                _log.warning("the preview of %s cannot be shown in chat %d", run_id, place.chat_id)
            except NoktvrnError as error:
                if isinstance(error, TelegramTrouble):
                    raise
                _log.warning("the preview of %s is left out: %s", run_id, error)
        await self._digest(chat, total - shown)
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
            digest_id = await self._kit.wire.text(chat.chat_id, text, silent=True)
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
        await self._kit.wire.text(chat.chat_id, template.format(count=waiting.total, age=waited))
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
                await self._kit.wire.text(place.chat_id, told, reply_to=post.message_id, silent=True)
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

    async def _tell(self, place: Place, alert: Alert, *, silent: bool) -> None:
        post = await self._kit.desk.begin_post(place.chat_id, ALERT, alert.ref)
        title = texts.ALERT.format(sign=texts.SIGNS.get(alert.level, "!"), title=title_of(alert))
        words = "\n\n".join(part for part in (title, lines(alert.detail, 1_500)) if part)
        keys = [_keys(alert)] if place.role.may(Role.OWNER) else []
        keyboard = await self._kit.keyboard(place.chat_id, keys, lasts=MENU_LASTS) if keys else ()
        try:
            message_id = await self._kit.wire.text(place.chat_id, words, keyboard, silent=silent)
        except previews.PASSING:
            await self._kit.desk.change_post(post.id, attempts=post.attempts - 1)
            raise
        except Unfit:
            await self._kit.desk.change_post(post.id, state="failed")
            return
        await self._kit.desk.sent(post.id, message_id, previews.TEXT, words, ids_of(keyboard))
        if alert.diff:
            await self._patch(place, alert.diff, message_id)

    async def _patch(self, place: Place, diff: str, message_id: int) -> None:
        """A patch to look at: applying it is for the console alone."""
        shown = lines(diff, _PART)
        await self._kit.wire.text(place.chat_id, f"{shown}\n\n{texts.PATCH_NOTE}", reply_to=message_id, silent=True)


def _keys(alert: Alert) -> list[Key]:
    keys = [Key(texts.MUTE.format(hours=_MUTE_HOURS), Act.MUTE, {"incident": alert.incident, "hours": _MUTE_HOURS})]
    if alert.run_id is not None:
        keys.append(keyboards.page("run", texts.OPEN, id=alert.run_id))
    elif alert.error_id is not None:
        keys.append(keyboards.page("error", texts.OPEN, id=alert.error_id))
    return keys
