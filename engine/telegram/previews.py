"""Songs that wait, shown in a chat: sound with caption and buttons, then the clip below; and how each of them ended."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.domain.chat import BUTTON_LASTS, Role
from engine.domain.errors import NoktvrnError
from engine.domain.runs import TAKEN_BACK
from engine.safety.text import slug
from engine.telegram import captions, keyboards, texts
from engine.telegram.kit import Kit, ids_of
from engine.telegram.media import Playable
from engine.telegram.trouble import Flood, NotWelcome, Offline, TelegramTrouble, TokenRefused, Unfit
from engine.telegram.wire import Keyboard, Sound
from engine.telegram.words import line

if TYPE_CHECKING:
    from engine.api.chat_models import Ending, Place, Post
    from engine.api.models import ReviewSheet

_log = logging.getLogger(__name__)

PREVIEW = "preview"
AUDIO, TEXT = "audio", "text"
PASSING = (Offline, Flood, TokenRefused, NotWelcome)
"""Trouble of the line or the chat and not of what was sent: it is sent again, and does not count against it."""


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
    files = await kit.studio.of(sheet.track, sheet.clip, sheet.cover)
    form, message_id = await _first(kit, place, sheet, files, words, keyboard, silent=silent)
    owes = form == AUDIO and files.clip is not None
    await kit.desk.sent(post, message_id, form, words, ids_of(keyboard), role=place.role, owes=owes)


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
    return TEXT, await kit.wire.text(place.chat_id, text, keyboard, silent=silent, patient=True)


async def clip(kit: Kit, post: Post) -> None:
    """The clip below a sound that stands already. Raises TelegramTrouble where the line or the chat is not there; it
    is sent later then. For any other reason it is left out: the song can be judged all the same."""
    assert post.run_id is not None
    try:
        sheet = await kit.queries.review_sheet(post.run_id)
        if sheet.revision_id == post.ref:
            await _clip(kit, post, sheet)
    except PASSING:
        raise
    except NoktvrnError as error:
        _log.warning("the clip of %s was not sent: %s", post.run_id, error)
    await kit.desk.change_post(post.id, owes=False)


async def _clip(kit: Kit, post: Post, sheet: ReviewSheet) -> None:
    files = await kit.studio.of(sheet.track, sheet.clip, sheet.cover)
    if files.clip is None:
        return
    title = line(sheet.run.title, 100)
    sent = Sound(
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
    await kit.wire.video(post.chat_id, sent, said, reply_to=post.message_id)


async def put_right(kit: Kit, place: Place) -> None:
    """Every preview of a chat that says something else than what is so. One that cannot be put right is left for
    later, and stops no other."""
    for post in await kit.desk.overtaken(place):
        try:
            await _redraw(kit, place, post)
        except Unfit:  # it was deleted in the chat: it comes once more
            await kit.desk.change_post(post.id, state="due", message_id=None, stale=False, closed=False, draft=None)
        except TelegramTrouble:
            raise
        except NoktvrnError as error:
            kit.log.trouble(_log, f"preview {post.id}", "the preview of %s is not put right: %s", post.run_id, error)


async def _redraw(kit: Kit, place: Place, post: Post) -> None:
    assert post.message_id is not None and post.run_id is not None
    ending = await kit.desk.ending(post)
    if ending is not None:
        await _close(kit, place, post, ending)
        return
    draft = post.draft or {}
    chooses = bool(draft.get("decision")) and place.role.may(Role.REVIEWER)
    keys = keyboards.reasons(draft) if chooses else keyboards.judging(place.role)
    words = captions.choosing(post.words, draft) if chooses else post.words
    revision_hash = await kit.desk.revision_hash(post)
    await kit.desk.change_post(post.id, stale=False, closed=False)  # before: a press meanwhile makes it stale again
    try:
        await _draw(kit, post, words, keys, lasts=BUTTON_LASTS, revision_hash=revision_hash)
    except PASSING:
        await kit.desk.change_post(post.id, stale=True)
        raise
    await kit.desk.change_post(post.id, role=place.role)


async def _draw(kit: Kit, post: Post, words: str, keys: keyboards.Keys, *, lasts: timedelta, **bound: Any) -> None:
    """Replaces words and buttons of a preview. The earlier buttons work until these stand."""
    assert post.message_id is not None
    bound |= {"post_id": post.id, "message_id": post.message_id, "run_id": post.run_id}
    keyboard = await kit.keyboard(post.chat_id, keys, lasts=lasts, **bound)
    await kit.wire.edit(post.chat_id, post.message_id, words, keyboard, caption=post.form == AUDIO)
    await kit.desk.drawn(post.chat_id, ids_of(keyboard), post.message_id, post.id)


async def _close(kit: Kit, place: Place, post: Post, ending: Ending) -> None:
    """Says how a preview ended, with the way back while the decision's grace lasts."""
    now = kit.now()
    until = ending.review.effective_at if ending.review is not None and ending.state in TAKEN_BACK else now
    keys = keyboards.taking_back(place.role, until) if until > now else ()
    try:
        await _draw(kit, post, captions.ended(post.words, ending, now), keys, lasts=until - now)
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
