"""What was asked of the engine in a chat, followed to its end: success is told as well as failure."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from engine.domain.errors import NotFound
from engine.telegram import keyboards, texts
from engine.telegram.keyboards import Keys
from engine.telegram.kit import Kit
from engine.telegram.trouble import Unfit
from engine.telegram.words import line, lines

if TYPE_CHECKING:
    from engine.api.chat_models import Place
    from engine.api.command_models import CommandResult

_log = logging.getLogger(__name__)


async def hear_back(kit: Kit, place: Place) -> None:
    """Tells the end of every command of this chat, once, below the message that asked for it."""
    for post in await kit.desk.errands(place.chat_id):
        try:
            result = await kit.queries.command(post.ref)
            if result.state not in ("done", "failed"):
                continue
            text, keys = await _told(kit, result)
            await kit.say(place.chat_id, text, keys, reply_to=post.message_id)
        except (NotFound, Unfit) as error:
            _log.warning("the end of %s was not told: %s", post.ref, error)
        await kit.desk.change_post(post.id, closed=True)


async def _told(kit: Kit, result: CommandResult) -> tuple[str, Keys]:
    if result.state == "failed":
        return texts.HEARD_FAILED.format(error=lines(result.error, 900) or texts.HEARD_NO_REASON), ()
    if result.run_id is not None:
        run = await kit.queries.run_row(result.run_id)
        said = texts.HEARD_SONG if run.title else texts.HEARD_NAMELESS
        words = said.format(title=line(run.title, 80), artist=line(run.artist, 60))
        return words, [[keyboards.page("run", texts.OPEN, id=run.id)]]
    if result.artist_id is not None:
        artist = (await kit.queries.artist(result.artist_id)).row
        return texts.HEARD_ARTIST.format(name=line(artist.name, 60)), [
            [keyboards.page("artist", texts.OPEN, id=artist.id)]
        ]
    return texts.HEARD_DONE, ()
