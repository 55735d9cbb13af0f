"""Artists: the roster, one of them, autopilot, and asking for something new."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.domain.chat import Role
from engine.domain.listing import ArtistOrder, wanted
from engine.telegram import keyboards, texts
from engine.telegram.keyboards import Key
from engine.telegram.panel.page import PER_PAGE, Ask, Entry, Make, Page, listed, menu, sure
from engine.telegram.words import dollars, line, lines

if TYPE_CHECKING:
    from engine.api.command_models import Accepted
    from engine.api.models import ArtistRow


async def _list(ask: Ask, name: str, title: str) -> Page:
    found = await ask.kit.queries.artists(order=ArtistOrder.NAME, offset=ask.offset, limit=PER_PAGE)
    return listed(name, title, found.rows, found.total, ask, _text, _key)


def _text(row: ArtistRow) -> str:
    suffix = texts.AUTOPILOT_SUFFIX if row.autopilot else ""
    return texts.ARTIST_ROW.format(
        name=line(row.name, 60), genre=line(row.genre, 40), state=row.state, autopilot=suffix
    )


def _key(row: ArtistRow) -> Key:
    return keyboards.page("artist", line(row.name, 40), id=row.id)


async def artist(ask: Ask) -> Page:
    """One artist: by its button, or by a part of its name."""
    if "id" not in ask.argument:
        return await _sought(ask)
    found = await ask.kit.queries.artist(str(ask.argument["id"]))
    text = texts.ARTIST.format(
        name=line(found.row.name, 80),
        genre=line(found.row.genre, 40),
        state=found.row.state,
        autopilot=texts.ON if found.row.autopilot else texts.OFF,
        budget=dollars(found.budget_microusd),
        approved=found.approved,
        rejected=found.rejected,
        biography=lines(found.persona.biography, 900),
    )
    keys: list[list[Key]] = []
    if ask.may(Role.OWNER):
        song = keyboards.do("song", texts.DO_SONG_OF.format(name=line(found.row.name, 30)), id=found.row.id)
        if found.row.autopilot:
            switch = keyboards.do("autopilot_off", texts.DO_AUTOPILOT_OFF, id=found.row.id)
        else:
            switch = keyboards.page("sure_autopilot", texts.DO_AUTOPILOT_ON, id=found.row.id)
        keys = [[song], [switch]]
    return Page(text, [*keys, *menu()])


async def _sought(ask: Ask) -> Page:
    if not ask.words:
        return await _list(ask, "artists", texts.ARTIST_WHICH)
    found = await ask.kit.queries.artists(wanted=wanted(ask.words), order=ArtistOrder.NAME, limit=PER_PAGE)
    if not found.rows or found.guessed:
        return Page(texts.ARTIST_UNKNOWN.format(words=line(ask.words, 60)), menu())
    if len(found.rows) == 1:
        return await artist(Ask(ask.kit, ask.caller, {"id": found.rows[0].id}))
    return listed("artists", texts.ARTIST_WHICH, found.rows, len(found.rows), ask, _text, _key)


async def sure_autopilot(ask: Ask) -> Page:
    """Asks before an artist's work is approved without a person."""
    found = await ask.kit.queries.artist(str(ask.argument["id"]))
    question = texts.SURE_AUTOPILOT.format(name=line(found.row.name, 60))
    return sure(question, "autopilot_on", texts.DO_AUTOPILOT_ON, "artist", id=found.row.id)


async def _autopilot(ask: Ask, on: bool) -> Page:
    await ask.kit.commands(ask.caller).set_autopilot(str(ask.argument["id"]), on)
    return await artist(ask)


async def create(ask: Ask) -> Page:  # noqa: ARG001 - every page is asked so
    """What can be made."""
    keys = [[keyboards.do("song", texts.DO_SONG), keyboards.do("artist", texts.DO_ARTIST)], *menu()]
    return Page(texts.CREATE, keys)


async def song(ask: Ask) -> Page:
    """Asks the engine for a song."""
    artist_id = str(ask.argument["id"]) if "id" in ask.argument else None
    return _asked(await ask.kit.commands(ask.caller).start_run(artist_id=artist_id))


async def new_artist(ask: Ask) -> Page:
    """Asks the engine for an artist."""
    return _asked(await ask.kit.commands(ask.caller).create_artist())


def _asked(taken: Accepted) -> Page:
    return Page(texts.ASKED_PAUSED if taken.paused else texts.ASKED, menu(), asked=taken.command_id)


PAGES = {
    "artists": Entry(partial(_list, name="artists", title=texts.ARTISTS_TITLE)),
    "artist": Entry(artist),
    "autopilot": Entry(partial(_list, name="autopilot", title=texts.AUTOPILOT_TITLE)),
    "sure_autopilot": Entry(sure_autopilot, Role.OWNER),
    "create": Entry(create, Role.OWNER),
}
VERBS: dict[str, Make] = {
    "song": song,
    "artist": new_artist,
    "autopilot_on": partial(_autopilot, on=True),
    "autopilot_off": partial(_autopilot, on=False),
}
