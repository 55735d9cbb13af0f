"""Windows of long lists, the words that narrow them, and the numbers that are kept as rows change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from engine.domain.artists import ArtistState
from engine.domain.listing import ArtistOrder, ReleaseOrder, RunOrder, Wanted, fits, wanted
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState, Stage
from engine.store import artists, lists, reviews, runs, search, tallies
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_run, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)
SONGS = ("Last Tram Home", "Warm Machines", "Slow Ferry", "Glass Pier", "Low Water")


@pytest.fixture
async def label(database: Database) -> Database:
    """Two artists; five songs, a minute after each other, alternating between them."""
    async with database.write() as connection:
        await add_artist(connection, "a-1", "Vesper Lane")
        await add_artist(connection, "a-2", "Ohm Garden")
        for number, title in enumerate(SONGS):
            await add_run(connection, f"r-{number}", f"a-{number % 2 + 1}", at=later(minutes=number))
            await runs.set_columns(connection, f"r-{number}", title=title)
    return database


async def ids(
    database: Database,
    typed: str = "",
    order: RunOrder = RunOrder.NEWEST,
    at: int = 0,
    count: int = 50,
    *,
    turned: bool = False,
) -> lists.Ids:
    async with database.read() as connection:
        return await lists.run_ids(
            connection,
            order=order,
            wanted=wanted(typed, ("song", "artist")),
            states=None,
            artist_id=None,
            offset=at,
            limit=count,
            turned=turned,
        )


@pytest.mark.parametrize(
    ("order", "first"),
    [
        (RunOrder.NEWEST, "r-4"),
        (RunOrder.OLDEST, "r-0"),
        (RunOrder.TITLE, "r-3"),
        (RunOrder.ARTIST, "r-1"),
    ],
)
async def test_each_order_begins_where_it_says(label: Database, order: RunOrder, first: str) -> None:
    assert (await ids(label, order=order)).ids[0] == first


@pytest.mark.parametrize("order", list(RunOrder))
async def test_windows_from_either_end_are_pieces_of_one_list(label: Database, order: RunOrder) -> None:
    whole = (await ids(label, order=order)).ids
    pieces = [one for at in range(len(SONGS)) for one in (await ids(label, order=order, at=at, count=1)).ids]
    assert tuple(pieces) == whole


@pytest.mark.parametrize("order", list(RunOrder))
async def test_an_order_turned_round_is_the_same_list_from_its_end(label: Database, order: RunOrder) -> None:
    whole = (await ids(label, order=order)).ids
    turned = [
        one for at in range(len(SONGS)) for one in (await ids(label, order=order, at=at, count=1, turned=True)).ids
    ]
    assert tuple(reversed(turned)) == whole


async def test_all_runs_by_artist_stand_in_the_same_order_as_those_of_a_state(label: Database) -> None:
    async with label.write() as connection:
        artist = await artists.get(connection, "a-2")
        await artists.change(connection, artist, OPERATOR, NOW, "by hand", name="Zinc Orchard")
    async with label.read() as connection:
        narrowed = await lists.run_ids(
            connection,
            order=RunOrder.ARTIST,
            wanted=wanted("", ("song", "artist")),
            states=[RunState.QUEUED],
            artist_id=None,
            offset=0,
            limit=50,
        )
    assert (await ids(label, order=RunOrder.ARTIST)).ids == narrowed.ids == ("r-0", "r-2", "r-4", "r-1", "r-3")


async def test_the_longest_work_comes_first(label: Database) -> None:
    async with label.write() as connection:
        run = await runs.get(connection, "r-2")
        await runs.stage_starts(connection, run, Stage.TRACK, NOW)
        await runs.stage_done(connection, run, Stage.TRACK, {}, 0.0, later(seconds=90))
    assert (await ids(label, order=RunOrder.LONGEST)).ids[0] == "r-2"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("tram", {"r-0"}),
        ("ohm", {"r-1", "r-3"}),
        ("OHM pier", {"r-3"}),
        ("song:lo", {"r-2", "r-4"}),
        ("artist:vesper !tram", {"r-2", "r-4"}),
        ("artist:vesper,ohm", {"r-0", "r-1", "r-2", "r-3", "r-4"}),
        ("!a", set()),
        ('"; DROP', set()),
    ],
)
async def test_words_are_found_in_title_and_artist(label: Database, typed: str, found: set[str]) -> None:
    assert set((await ids(label, typed)).ids) == found


async def test_a_slip_of_the_finger_finds_what_was_meant_and_says_that_it_guessed(label: Database) -> None:
    hits = await ids(label, "machimes")
    assert (hits.ids, hits.guessed) == (("r-1",), True)


async def test_the_length_of_the_list_is_that_of_what_was_found(label: Database) -> None:
    assert (await ids(label, "ohm", count=1)).total == 2


@pytest.mark.parametrize("typed", ["lnae", "lan", "tam", "watr", "waterr", "mahcines", "machnies", "peir", "tarm ohme"])
async def test_one_slip_in_a_word_is_forgiven_from_four_letters_on(label: Database, typed: str) -> None:
    hits = await ids(label, typed)
    meant = {"lnae": {"r-0", "r-2", "r-4"}, "lan": {"r-0", "r-2", "r-4"}, "watr": {"r-4"}, "waterr": {"r-4"}}
    meant |= {"tarm ohme": {"r-0"}, "mahcines": {"r-1"}, "machnies": {"r-1"}, "peir": {"r-3"}}
    assert set(hits.ids) == meant.get(typed, set())


async def test_what_is_there_as_written_comes_without_any_guess(label: Database) -> None:
    hits = await ids(label, "lane")
    assert (set(hits.ids), hits.guessed) == ({"r-0", "r-2", "r-4"}, False)


async def test_one_wrong_word_is_guessed_and_the_others_are_kept(label: Database) -> None:
    assert (await ids(label, "vesper wter")).ids == ("r-4",)


@pytest.mark.parametrize("typed", ["vepser", "gardne", "tehcno"])
async def test_an_artist_is_found_by_a_name_with_a_slip_and_by_a_genre(label: Database, typed: str) -> None:
    async with label.write() as connection:
        await connection.execute(text("UPDATE artists SET genre = 'techno' WHERE id = 'a-2'"))
        found = await lists.artist_ids(
            connection,
            order=ArtistOrder.BIRTH,
            wanted=wanted(typed),
            states=None,
            autopilot=None,
            offset=0,
            limit=9,
        )
    assert (found.ids, found.guessed) == (("a-1",) if typed == "vepser" else ("a-2",), True)


@pytest.mark.parametrize("order", list(RunOrder))
async def test_what_words_find_is_put_in_order_whole(label: Database, order: RunOrder) -> None:
    every = (await ids(label, order=order)).ids
    assert (await ids(label, "lane", order)).ids == tuple(ref for ref in every if ref in {"r-0", "r-2", "r-4"})


async def test_where_too_much_holds_the_words_the_newest_are_listed_and_said_to_be_cut(
    label: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "THROUGH", 2)
    hits = await ids(label, "vesper", RunOrder.OLDEST)
    assert (hits.ids, hits.total, hits.more) == (("r-2", "r-4"), 2, True)
    monkeypatch.setattr(search, "THROUGH", 4)  # three songs, and the artist itself
    assert (await ids(label, "vesper")).more is False


async def test_a_renamed_artist_is_found_by_the_new_name_in_all_its_songs(label: Database) -> None:
    async with label.write() as connection:
        artist = await artists.get(connection, "a-2")
        await artists.change(connection, artist, OPERATOR, NOW, "by hand", name="Static Orchard")
    assert set((await ids(label, "orchard")).ids) == {"r-1", "r-3"}
    assert (await ids(label, "artist:garden")).ids == ()


async def named(label: Database, *words: str) -> list[tuple[str, str]]:
    async with label.read() as connection:
        return [(row.kind, row.ref) for row in await search.named(connection, words, 12)]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (("ferry",), ("run", "r-2")),
        (("FERRY", "sl"), ("run", "r-2")),
        (("vesper",), ("artist", "a-1")),
        (("machimes",), ("run", "r-1")),
        (("ohm", "pier"), ("run", "r-3")),
    ],
)
async def test_songs_and_artists_are_found_by_name_what_is_called_so_first(
    label: Database, words: tuple[str, ...], first: tuple[str, str]
) -> None:
    assert (await named(label, *words))[0] == first


async def test_an_artist_is_found_behind_any_number_of_its_songs(
    label: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_NAMED", 2)
    assert (await named(label, "vesper"))[0] == ("artist", "a-1")


@pytest.mark.parametrize("typed", ["cafe", "Café", "CAFÉ zoe", "żoe", "zo cafe"])
async def test_an_artist_is_found_without_the_marks_of_its_letters(label: Database, typed: str) -> None:
    async with label.write() as connection:
        artist = await artists.get(connection, "a-2")
        await artists.change(connection, artist, OPERATOR, NOW, "by hand", name="Café Zoë")
    assert ("artist", "a-2") in await named(label, *typed.split())


@pytest.mark.parametrize("words", [(), ("lo",), ("zzzzzz",), ('"; DROP',)])
async def test_what_nothing_is_called_finds_nothing(label: Database, words: tuple[str, ...]) -> None:
    assert await named(label, *words) == []


async def test_releases_by_artist_follow_a_new_name_of_one(label: Database) -> None:
    insert = text(
        "INSERT INTO releases (id, run_id, artist_id, revision_id, title, path, manifest_sha256, facts, created_at) "
        "VALUES (:id, :run, :artist, :revision, 'Song', '/x', '', '{}', '2026-01-01 00:00:00.000000')"
    )

    async def by_artist(*, turned: bool = False) -> tuple[str, ...]:
        async with label.read() as connection:
            order = ReleaseOrder.ARTIST
            found = await lists.release_ids(connection, order=order, wanted=Wanted(), offset=0, limit=9, turned=turned)
        return found.ids

    async with label.write() as connection:
        for number in range(4):
            revision = await reviews.add_revision(connection, f"v-{number}", f"r-{number}", {"n": number}, NOW)
            artist = f"a-{number % 2 + 1}"
            row = {"id": f"l-{number}", "run": f"r-{number}", "artist": artist, "revision": revision}
            await connection.execute(insert, row)
    assert await by_artist() == ("l-1", "l-3", "l-0", "l-2")  # Ohm Garden, Vesper Lane
    async with label.write() as connection:
        artist_row = await artists.get(connection, "a-2")
        await artists.change(connection, artist_row, OPERATOR, NOW, "by hand", name="Zinc Orchard")
    assert await by_artist() == ("l-0", "l-2", "l-1", "l-3")
    assert await by_artist(turned=True) == ("l-3", "l-1", "l-2", "l-0")


async def test_numbers_by_state_follow_every_step(label: Database) -> None:
    async with label.write() as connection:
        run = await runs.get(connection, "r-0")
        await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        await artists.change(
            connection, await artists.get(connection, "a-1"), OPERATOR, NOW, "by hand", state=ArtistState.PAUSED
        )
        assert await tallies.by_state(connection, "run") == {"queued": 4, "generating": 1}
        assert await tallies.by_state(connection, "artist") == {"candidate": 1, "paused": 1}


async def test_judgements_by_people_are_counted_and_taken_back_with_their_decision(label: Database) -> None:
    async def decide(number: int, decision: str, actor: str = "operator", looked: bool = True) -> None:
        async with label.write() as connection:
            revision = await reviews.add_revision(connection, f"v-{number}", "r-0", {"n": number}, NOW)
            await reviews.add_review(
                connection,
                {
                    "id": f"w-{number}", "run_id": "r-0", "revision_id": revision, "decision": decision, "tags": [],
                    "actor": actor, "channel": "cli", "looked": looked, "decided_at": NOW, "effective_at": NOW,
                },
            )  # fmt: skip

    await decide(1, "approve")
    await decide(2, "reject")
    await decide(3, "approve", actor="autopilot")
    await decide(4, "approve", looked=False)
    await decide(5, "approve")
    async with label.write() as connection:
        await reviews.undo_review(connection, "w-5", NOW)
        row = (await connection.execute(text("SELECT approved, rejected FROM artists WHERE id = 'a-1'"))).one()
        counted = text(
            "SELECT sum(decision = 'approve'), sum(decision = 'reject') FROM reviews "
            "WHERE actor IN ('operator', 'telegram') AND looked AND undone_at IS NULL"
        )
        assert tuple(row) == (1, 1) == tuple((await connection.execute(counted)).one())


async def test_the_roster_can_be_ordered_by_how_well_its_songs_do(label: Database) -> None:
    async with label.write() as connection:
        await connection.execute(text("UPDATE artists SET approved = 1, rejected = 3 WHERE id = 'a-1'"))
        await connection.execute(text("UPDATE artists SET approved = 3, rejected = 1 WHERE id = 'a-2'"))
        found = await lists.artist_ids(
            connection, order=ArtistOrder.RATE, wanted=Wanted(), states=None, autopilot=None, offset=0, limit=9
        )
    assert found.ids == ("a-2", "a-1")


# --- what is typed ---


def test_a_colon_after_no_column_belongs_to_the_word() -> None:
    assert wanted("10:30 state:failed", ("state",)) == Wanted(("10:30",), (), {"state": ("failed",)})


@given(st.text(max_size=60))
def test_whatever_is_typed_can_be_read(typed: str) -> None:
    assert isinstance(wanted(typed, ("state",)), Wanted)


def test_rows_at_hand_are_narrowed_by_the_same_words() -> None:
    row = {"song": "Last Tram Home", "state": "to review"}
    assert fits(wanted("tram state:review", ("state",)), row)
    assert not fits(wanted("tram !home"), row)
