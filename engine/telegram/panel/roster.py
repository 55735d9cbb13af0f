"""Artists: the roster, one of them, autopilot, and asking for something new."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.domain.chat import Role
from engine.domain.listing import ArtistOrder, wanted
from engine.telegram import keyboards, texts
from engine.telegram.keyboards import Key
from engine.telegram.panel.page import PER_PAGE, Ask, Deed, Entry, Make, Page, listed, menu, sure
from engine.telegram.words import dollars, line, lines

if TYPE_CHECKING:
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
    """One artist, or the list to choose from."""
    if "id" not in ask.argument:
        return await _list(ask, "artists", texts.ARTIST_WHICH)
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


async def _sought(ask: Ask, words: str) -> ArtistRow | Page:
    """The one artist with these words in its name, or a page of several or none."""
    found = await ask.kit.queries.artists(wanted=wanted(words), order=ArtistOrder.NAME, limit=PER_PAGE)
    if not found.rows or found.guessed:
        return Page(texts.ARTIST_UNKNOWN.format(words=line(words, 60)), menu())
    if len(found.rows) == 1:
        return found.rows[0]
    return listed("artists", texts.ARTIST_WHICH, found.rows, len(found.rows), ask, _text, _key)


async def _typed_artist(ask: Ask) -> Page:
    found = await _sought(ask, ask.words)
    return found if isinstance(found, Page) else await artist(_about(ask, found))


def _about(ask: Ask, row: ArtistRow) -> Ask:
    return Ask(ask.kit, ask.caller, {"id": row.id})


async def _typed_autopilot(ask: Ask) -> Page | Deed:
    """`NAME on` asks first, `NAME off` is done at once, a name alone shows its artist."""
    name, _, switch = ask.words.rpartition(" ")
    switch = switch.lower()
    if not name or switch not in (*texts.ON_WORDS, *texts.OFF_WORDS):
        return await _typed_artist(ask)
    found = await _sought(ask, name)
    if isinstance(found, Page):
        return found
    if switch in texts.OFF_WORDS:
        return Deed("autopilot_off", {"id": found.id})
    return await (sure_autopilot if ask.may(Role.OWNER) else artist)(_about(ask, found))


async def sure_autopilot(ask: Ask) -> Page:
    """Asks before an artist's work is approved without a person."""
    found = await ask.kit.queries.artist(str(ask.argument["id"]))
    question = texts.SURE_AUTOPILOT.format(name=line(found.row.name, 60))
    return sure(question, "autopilot_on", texts.DO_AUTOPILOT_ON, "artist", id=found.row.id)


async def create(ask: Ask) -> Page:  # noqa: ARG001 - every page is asked so
    """What can be made."""
    keys = [[keyboards.do("song", texts.DO_SONG), keyboards.do("artist", texts.DO_ARTIST)], *menu()]
    return Page(texts.CREATE, keys)


async def _typed_create(ask: Ask) -> Page:
    """What was named, with the button that has it made."""
    words = ask.words.lower()
    if words in texts.ARTIST_WORDS:
        return Page(texts.CREATE, [[keyboards.do("artist", texts.DO_ARTIST)], *menu()])
    if words in texts.SONG_WORDS:
        return Page(texts.CREATE, [[keyboards.do("song", texts.DO_SONG)], *menu()])
    found = await _sought(ask, ask.words)
    if isinstance(found, Page):
        return found
    label = texts.DO_SONG_OF.format(name=line(found.name, 30))
    return Page(texts.CREATE, [[keyboards.do("song", label, id=found.id)], *menu()])


async def asked(ask: Ask) -> Page:
    """It was left for the engine."""
    paused = (await ask.kit.queries.overview()).pauses["all"].on
    return Page(texts.ASKED_PAUSED if paused else texts.ASKED, menu())


PAGES = {
    "artists": Entry(partial(_list, name="artists", title=texts.ARTISTS_TITLE), typed=_typed_artist),
    "artist": Entry(artist, typed=_typed_artist),
    "autopilot": Entry(partial(_list, name="autopilot", title=texts.AUTOPILOT_TITLE), typed=_typed_autopilot),
    "sure_autopilot": Entry(sure_autopilot, Role.OWNER),
    "create": Entry(create, Role.OWNER, _typed_create),
}
AFTER: dict[str, Make] = {
    "song": asked,
    "artist": asked,
    "autopilot_on": artist,
    "autopilot_off": artist,
}
