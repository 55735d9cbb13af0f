"""Songs that wait, shown in a chat: sound with caption and buttons, the clip below; and how each of them ended."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from engine.domain.chat import BUTTON_LASTS
from engine.domain.errors import NoktvrnError
from engine.domain.runs import TAKEN_BACK
from engine.safety.text import slug
from engine.telegram import captions, keyboards, texts
from engine.telegram.kit import Kit, ids_of
from engine.telegram.media import Playable, playable
from engine.telegram.trouble import Flood, Offline, TelegramTrouble, TokenRefused, Unfit
from engine.telegram.wire import Keyboard, Sound
from engine.telegram.words import line

if TYPE_CHECKING:
    from engine.api.chat_models import Ending, Place, Post
    from engine.api.models import ReviewSheet

_log = logging.getLogger(__name__)

PREVIEW = "preview"
AUDIO, TEXT = "audio", "text"
PASSING = (Offline, Flood, TokenRefused)
"""Trouble of the line and not of what was sent: it is sent again, and does not count against it."""


async def show(kit: Kit, place: Place, run_id: str, revision_id: str, *, silent: bool = False) -> None:
    """Shows one revision. Raises TelegramTrouble where the line or the chat is not there; it is shown later then."""
    post = await kit.desk.begin_post(place.chat_id, PREVIEW, revision_id, run_id)
    try:
        sheet = await kit.queries.review_sheet(run_id)
        if sheet.revision_id != revision_id or sheet.being_made:
            return
        await _send(kit, place, post, sheet, silent=silent)
    except PASSING:
        await kit.desk.change_post(post.id, attempts=post.attempts - 1)
        raise
    except Unfit:
        await kit.desk.change_post(post.id, state="failed")
        raise


async def _send(kit: Kit, place: Place, post: Post, sheet: ReviewSheet, *, silent: bool) -> None:
    words = captions.preview(sheet)
    keys = keyboards.judging(place.role)
    bound = {"post_id": post.id, "run_id": sheet.run.id, "revision_hash": sheet.revision_hash}
    keyboard = await kit.keyboard(place.chat_id, keys, lasts=BUTTON_LASTS, **bound)
    files = await asyncio.to_thread(playable, sheet.track, sheet.clip, sheet.cover, kit.folder)
    form, message_id = await _first(kit, place, sheet, files, words, keyboard, silent=silent)
    await kit.desk.sent(post.id, message_id, form, words, ids_of(keyboard))
    if form == AUDIO and files.clip is not None:
        await _clip(kit, place, sheet, files, message_id, silent=silent)


async def _first(
    kit: Kit,
    place: Place,
    sheet: ReviewSheet,
    files: Playable,
    words: str,
    keyboard: Keyboard,
    *,
    silent: bool,
) -> tuple[str, int]:
    """The message that carries the decision: the sound, or words alone where it cannot be sent."""
    if files.sound is not None:
        sound = Sound(
            files.sound,
            f"{slug(sheet.run.title)}.m4a",
            line(sheet.run.title, 100),
            line(sheet.run.artist, 80),
            sheet.facts.duration_s,
            files.thumbnail,
        )
        try:
            return AUDIO, await kit.wire.audio(place.chat_id, sound, words, keyboard, silent=silent)
        except Unfit as error:
            _log.warning("the sound of %s was not taken: %s", sheet.run.id, error)
    text = f"{words}\n\n{texts.NO_FILES}"
    return TEXT, await kit.wire.text(place.chat_id, text, keyboard, silent=silent)


async def _clip(kit: Kit, place: Place, sheet: ReviewSheet, files: Playable, message_id: int, *, silent: bool) -> None:
    """The clip below the sound. Without it the song can be judged all the same."""
    assert files.clip is not None
    title = line(sheet.run.title, 100)
    clip = Sound(
        files.clip,
        f"{slug(sheet.run.title)}.mp4",
        title,
        line(sheet.run.artist, 80),
        files.clip_s,
        files.thumbnail,
        files.width,
        files.height,
    )
    said = (texts.CLIP_CUT if files.cut else texts.CLIP).format(title=title)
    try:
        await kit.wire.video(place.chat_id, clip, said, reply_to=message_id, silent=silent)
    except TelegramTrouble as error:
        _log.warning("the clip of %s was not sent: %s", sheet.run.id, error)


async def put_right(kit: Kit, place: Place) -> bool:
    """Every preview of a chat that says something else than what is so; True where there was one."""
    posts = await kit.desk.overtaken(place.chat_id)
    for post in posts:
        try:
            await _redraw(kit, place, post)
        except Unfit:  # it was deleted, or says so already
            await kit.desk.change_post(post.id, stale=False, closed=True)
    return bool(posts)


async def _redraw(kit: Kit, place: Place, post: Post) -> None:
    assert post.message_id is not None and post.run_id is not None
    ending = await kit.desk.ending(post)
    caption = post.form == AUDIO
    if ending is not None:
        await _close(kit, place, post, ending)
        return
    draft = post.draft or {}
    keys = keyboards.reasons(draft) if draft.get("decision") else keyboards.judging(place.role)
    words = captions.choosing(post.words, draft) if draft.get("decision") else post.words
    sheet = await kit.queries.review_sheet(post.run_id)
    bound = {"post_id": post.id, "message_id": post.message_id, "run_id": post.run_id}
    await kit.desk.change_post(post.id, stale=False, closed=False)  # before: a press meanwhile makes it stale again
    try:
        keyboard = await kit.keyboard(
            post.chat_id, keys, lasts=BUTTON_LASTS, revision_hash=sheet.revision_hash, **bound
        )
        await kit.wire.edit(post.chat_id, post.message_id, words, keyboard, caption=caption)
    except PASSING:
        await kit.desk.change_post(post.id, stale=True)
        raise


async def _close(kit: Kit, place: Place, post: Post, ending: Ending) -> None:
    """Says how a preview ended, with the way back while the decision's grace lasts."""
    assert post.message_id is not None and post.run_id is not None
    now = kit.now()
    until = ending.review.effective_at if ending.review is not None and ending.state in TAKEN_BACK else now
    keys = keyboards.taking_back(place.role, until) if until > now else ()
    bound = {"post_id": post.id, "message_id": post.message_id, "run_id": post.run_id}
    keyboard = await kit.keyboard(post.chat_id, keys, lasts=until - now, **bound)
    words = captions.ended(post.words, ending, now)
    try:
        await kit.wire.edit(post.chat_id, post.message_id, words, keyboard, caption=post.form == AUDIO)
    except Unfit:
        _log.debug("a preview is gone from chat %d", post.chat_id)
    await kit.desk.change_post(post.id, closed=True, told=ending.told, stale=False, draft=None)


async def again(kit: Kit, place: Place, run_id: str) -> None:
    """A song that somebody asked to see: its preview, or a pointer to the one that stands there already."""
    sheet = await kit.queries.review_sheet(run_id)
    if sheet.run.waiting_since is None:
        raise NoktvrnError(texts.NOTHING)
    post = await kit.desk.post_of(place.chat_id, sheet.revision_id)
    if post is not None and post.state == "sent" and not post.closed and post.message_id is not None:
        await kit.say(place.chat_id, texts.HERE, reply_to=post.message_id)
        return
    await show(kit, place, run_id, sheet.revision_id)
