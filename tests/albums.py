"""A label with released songs, as rows alone: enough for albums whose packages nobody builds."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.store import albums, releases, runs
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run

PERSON = Actor(ActorKind.OPERATOR, Channel.CLI, "mara")
ARTIST, OTHER = "a-vesper", "a-mara"
ALBUM = "w-2n6h8r4yqt"


async def add_songs(connection: AsyncConnection, names: str = "abc", artist_id: str = ARTIST) -> list[str]:
    """An artist with these songs, each packaged; returns their releases."""
    await add_artist(connection, artist_id, f"The {artist_id}")
    return [await add_song(connection, name, artist_id) for name in names]


async def add_song(connection: AsyncConnection, name: str, artist_id: str = ARTIST) -> str:
    """One more song; returns its release."""
    run = await add_waiting_run(connection, f"r-{name}", artist_id)
    for state, actor in ((RunState.APPROVED, PERSON), (RunState.PACKAGING, ENGINE), (RunState.PACKAGED, ENGINE)):
        run = await runs.move(connection, run, state, actor, NOW)
    which = (f"p-{name}", f"r-{name}", artist_id, f"v-r-{name}", f"Song {name}", f"/srv/{name}", name * 64)
    await releases.add(connection, releases.Release(*which, {}, NOW))
    return f"p-{name}"


async def add_album(connection: AsyncConnection, release_ids: list[str], artist_id: str = ARTIST) -> str:
    """A draft of these songs."""
    columns = {"created_by": "mara", "created_at": NOW, "updated_at": NOW, "cover_seed": 7}
    await albums.add(connection, ALBUM, artist_id, "Night Shift", **columns)
    await albums.set_tracks(connection, ALBUM, [(each, 0.0) for each in release_ids])
    return ALBUM


async def add_package(connection: AsyncConnection) -> str:
    """The album's package, as a row; returns its release."""
    album = await albums.get(connection, ALBUM)
    facts = {
        "tracks": [track.release_id for track in await albums.tracks_of(connection, ALBUM)],
        "release_on": album.release_on.isoformat() if album.release_on else "",
    }
    made = releases.Release("p-album1", "", album.artist_id, "", album.title, "/srv/album", "d" * 64, facts, NOW, ALBUM)
    await releases.add(connection, made)
    await albums.change(connection, ALBUM, state="packaged", number=1)
    return made.id
