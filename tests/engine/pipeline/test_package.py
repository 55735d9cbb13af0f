"""What a package is asked to be: codes of the operator's range, the explicit mark, costs by purpose, the lineage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.api.command_models import Accepted
from engine.api.decide import Decision, Verdict, decide
from engine.api.release_door import Carried, CarriedQueries, ReleaseCommands
from engine.domain.codec import load
from engine.domain.codes import CodeKind, read_isrc_range, read_upc_range
from engine.domain.delivery import DeliveryState, Mode, TargetKind
from engine.domain.errors import NotAllowed, NotFound, UsageError
from engine.domain.money import Ask, Caps
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.pipeline import package
from engine.pipeline.child import Answer
from engine.pipeline.line import Line
from engine.pipeline.lineage import lineage
from engine.pipeline.runner import Runner
from engine.release.request import PackageRequest
from engine.settings import Settings
from engine.store import albums, codes, deliveries, releases, runs, spend
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run, content

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI, "kim")
ONE_CLIP = Settings(release_formats=())
RANGES = replace(
    ONE_CLIP,
    isrc_prefix=read_isrc_range("QZ-ABC"),
    isrc_first=41,
    upc_range=read_upc_range("600000000002-600000000996"),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[PackageRequest]:
    """Replaces the child that packs by one that only makes a folder; what it was asked for."""
    requests: list[PackageRequest] = []

    async def pack(line: Line, name: str, payload: Mapping[str, Any], _report: object) -> Answer:
        assert name == "package"
        requests.append(load(payload["request"], PackageRequest))
        path = line.home.releases / f"package-{len(requests)}"
        path.mkdir(parents=True)
        return Answer({"path": str(path), "manifest_sha256": f"{len(requests):064}", "files": 18}, cpu_s=0.0)

    monkeypatch.setattr(Line, "job", pack)
    return requests


async def silent(_share: float, _what: str) -> bool:
    return True


@pytest.fixture
async def approved(line: Line) -> Line:
    line = replace(line, settings=ONE_CLIP)
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
        await decide(connection, "r-first", Verdict(Decision.APPROVE), OPERATOR, NOW, grace_s=0, retirement_threshold=5)
        await runs.move(connection, await runs.get(connection, "r-first"), RunState.PACKAGING, ENGINE, NOW)
    return line


async def build(line: Line) -> None:
    async with line.database.read() as connection:
        run = await runs.get(connection, "r-first")
    await package.build(line, run, silent)


def commands(line: Line, left: list[tuple[str, Mapping[str, Any]]] | None = None) -> ReleaseCommands:
    async def leave(kind: str, arguments: Mapping[str, Any]) -> Accepted:
        (left if left is not None else []).append((kind, arguments))
        return Accepted("q-1", engine_running=True)

    return ReleaseCommands(line.database, OPERATOR, lambda: NOW, leave)


async def carried(line: Line) -> Carried:
    return await CarriedQueries(line.database).of_run("r-first")


async def test_codes_come_from_the_operators_ranges_once(approved: Line, asked: list[PackageRequest]) -> None:
    line = replace(approved, settings=RANGES)
    await build(line)
    given = asked[0].codes
    assert (given.isrc, given.upc) == (f"QZABC{NOW:%y}00041", "600000000002")
    await package.again(line, "r-first")
    assert asked[1].codes == given


async def test_a_range_that_is_kept_for_albums_gives_singles_none(approved: Line, asked: list[PackageRequest]) -> None:
    await build(replace(approved, settings=replace(RANGES, upc_singles=False)))
    assert asked[0].codes.upc is None and asked[0].codes.isrc is not None


async def test_without_a_range_there_are_no_codes(approved: Line, asked: list[PackageRequest]) -> None:
    await build(approved)
    assert (asked[0].codes.isrc, asked[0].codes.upc) == (None, None)
    assert await carried(approved) == Carried("r-first", None, None, None)


async def test_a_code_by_hand_goes_before_the_range(approved: Line, asked: list[PackageRequest]) -> None:
    line = replace(approved, settings=RANGES)
    async with line.database.write() as connection:
        run = await runs.get(connection, "r-first")
        await codes.set_by_hand(connection, run.id, CodeKind.ISRC, "USXXX3100009", OPERATOR, NOW)
    await build(line)
    assert (asked[0].codes.isrc, asked[0].codes.upc) == ("USXXX3100009", "600000000002")


async def test_words_are_explicit_by_the_list_until_a_person_speaks(
    approved: Line, asked: list[PackageRequest]
) -> None:
    await build(approved)
    assert (asked[0].explicit, asked[0].explicit_by) == (False, "rules")
    assert await commands(approved).set_explicit("r-first", explicit=True)
    await package.again(approved, "r-first")
    assert (asked[1].explicit, asked[1].explicit_by) == (True, "person")
    assert (await carried(approved)).explicit is True


async def test_costs_stand_by_purpose_and_provider(approved: Line, asked: list[PackageRequest]) -> None:
    wide = Caps(day=10**9, artist=10**9, run=10**9)
    async with approved.database.write() as connection:
        for number, (provider, what, cost) in enumerate(
            [("openai", "lyrics", 900), ("openai", "lyrics", 100), ("suno", "music", 40_000), ("openai", "concept", 0)]
        ):
            ask = Ask(f"k:{number}", provider, what, 50_000, "r-first", "a-vesper")
            await spend.reserve(connection, ask, wide, NOW)
            await spend.settle(connection, ask.key, cost, NOW)
    await build(approved)
    assert asked[0].costs_microusd == {"lyrics by openai": 1000, "music by suno": 40_000}
    async with approved.database.read() as connection:
        assert sum(asked[0].costs_microusd.values()) == (await runs.get(connection, "r-first")).cost_microusd


async def test_the_lineage_is_a_chain_without_loose_ends(approved: Line, asked: list[PackageRequest]) -> None:
    await build(approved)
    chain = asked[0].lineage
    known: set[str] = set()
    for each in chain:
        assert set(each.made_from) <= known, f"{each.kind} comes before what it was made from"
        assert len(each.sha256) == 64
        known.add(each.kind)
    assert {each.kind: each.sha256 for each in chain}["clip"] == asked[0].clip.sha256
    assert {each.kind: each.sha256 for each in chain}["track"] == asked[0].master.sha256
    assert known >= {"concept", "lyrics", "track", "timeline", "facts", "cover", "clip", "reflection"}


def test_the_lineage_names_bought_music_stock_edits_and_further_forms() -> None:
    found = content() | {
        "written": content()["lyrics"],
        "purchase": "k-1",
        "heard": True,
        "stock": {"shown": [{"id": "1"}]},
        "storyboard": {"artefact": {"sha256": "5" * 64}, "times": []},
    }
    chain = {each.kind: each for each in lineage(found, {"teaser": "7" * 64})}
    assert chain["lyrics"].made_from == ("written",)
    assert chain["track"].made_from == ("purchase",)
    assert chain["timeline"].made_from == ("track",)
    assert chain["clip"].made_from == chain["teaser"].made_from == ("track", "timeline", "lyrics", "stock")
    assert chain["storyboard"].made_from == ("clip",)


async def test_a_code_set_on_a_package_has_it_made_anew_in_place_of_the_old(
    approved: Line, asked: list[PackageRequest]
) -> None:
    folder = approved.home.releases
    await build(approved)
    left: list[tuple[str, Mapping[str, Any]]] = []
    accepted = await commands(approved, left).set_codes("r-first", isrc="qz-abc-31-00007", upc="036000291452")
    assert accepted is not None and left == [("package_again", {"run_id": "r-first"})]
    await package.again(approved, "r-first")
    async with approved.database.read() as connection:
        row = await releases.of_run(connection, "r-first")
    assert row is not None and (row.path, row.manifest_sha256) == (str(folder / "package-2"), f"{2:064}")
    assert [path.name for path in sorted(folder.glob("package-*"))] == ["package-2"]
    assert asked[1].codes.isrc == "QZABC3100007"


async def test_a_range_that_is_set_after_packaging_gives_codes_with_the_next_package_once(
    approved: Line, asked: list[PackageRequest]
) -> None:
    await build(approved)
    line = replace(approved, settings=RANGES)
    for _ in range(2):
        await package.again(line, "r-first")
    given = (f"QZABC{NOW:%y}00041", "600000000002")
    assert [(each.codes.isrc, each.codes.upc) for each in asked] == [(None, None), given, given]


async def test_a_code_that_is_there_is_not_replaced_by_a_later_range(
    approved: Line, asked: list[PackageRequest]
) -> None:
    await build(approved)
    await commands(approved).set_codes("r-first", isrc="USXXX3100009")
    await package.again(replace(approved, settings=RANGES), "r-first")
    assert (asked[1].codes.isrc, asked[1].codes.upc) == ("USXXX3100009", "600000000002")


async def test_what_was_delivered_without_codes_gets_none_later(approved: Line, asked: list[PackageRequest]) -> None:
    await build(approved)
    async with approved.database.write() as connection:
        row = await releases.of_run(connection, "r-first")
        assert row is not None
        await deliveries.add_target(connection, "label", TargetKind.FOLDER, Mode.ASK, {}, {}, OPERATOR, NOW)
        await deliveries.add(connection, row.id, "label", DeliveryState.WITHDRAWN, OPERATOR, NOW)
    await package.again(replace(approved, settings=RANGES), "r-first")
    assert (asked[1].codes.isrc, asked[1].codes.upc) == (None, None)


async def test_what_awaits_a_review_gets_its_code_when_it_is_packaged(line: Line, asked: list[PackageRequest]) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
    left: list[tuple[str, Mapping[str, Any]]] = []
    assert await commands(line, left).set_codes("r-first", isrc="QZABC3100007") is None
    assert (left, (await carried(line)).isrc) == ([], "QZABC3100007")


async def test_nothing_changes_once_the_release_is_on_its_way(approved: Line, asked: list[PackageRequest]) -> None:
    await build(approved)
    async with approved.database.write() as connection:
        row = await releases.of_run(connection, "r-first")
        assert row is not None
        await deliveries.add_target(connection, "label", TargetKind.FOLDER, Mode.ASK, {}, {}, OPERATOR, NOW)
        await deliveries.add(connection, row.id, "label", DeliveryState.QUEUED, OPERATOR, NOW)
    for attempt in (
        commands(approved).set_codes("r-first", isrc="QZABC3100007"),
        commands(approved).set_explicit("r-first", explicit=True),
        package.again(approved, "r-first"),
    ):
        with pytest.raises(NotAllowed, match=r"is queued at label: (what it carries stays|its explicit mark can be)"):
            await attempt
    assert len(asked) == 1 and (await carried(approved)).isrc is None


async def test_what_blocks_stopped_before_its_first_byte_is_packaged_anew_and_gets_its_codes(
    approved: Line, asked: list[PackageRequest]
) -> None:
    await build(approved)
    async with approved.database.write() as connection:
        row = await releases.of_run(connection, "r-first")
        assert row is not None
        await deliveries.add_target(connection, "label", TargetKind.FOLDER, Mode.ASK, {}, {}, OPERATOR, NOW)
        delivery = await deliveries.add(connection, row.id, "label", DeliveryState.QUEUED, OPERATOR, NOW)
        await deliveries.settle_run(connection, row.id, OPERATOR, NOW)
        await deliveries.move(connection, delivery, DeliveryState.FAILED, NOW, failure={"blocks": ["package-behind"]})
        await deliveries.settle_run(connection, row.id, OPERATOR, NOW)
    left: list[tuple[str, Mapping[str, Any]]] = []
    assert await commands(approved, left).set_codes("r-first", isrc="QZABC3100007") is not None
    assert await commands(approved, left).package("r-first") is not None
    await package.again(approved, "r-first")
    assert ([kind for kind, _ in left], asked[1].codes.isrc) == (["package_again"] * 2, "QZABC3100007")


async def test_what_is_delivered_is_not_packaged_anew(approved: Line, asked: list[PackageRequest]) -> None:
    await build(approved)
    async with approved.database.write() as connection:
        row = await releases.of_run(connection, "r-first")
        assert row is not None
        await deliveries.add_target(connection, "label", TargetKind.FOLDER, Mode.ASK, {}, {}, OPERATOR, NOW)
        await deliveries.add(connection, row.id, "label", DeliveryState.DELIVERED, OPERATOR, NOW)
    with pytest.raises(NotAllowed, match="is delivered at label"):
        await commands(approved).package("r-first")


@pytest.mark.parametrize("state", [DeliveryState.DECLINED, DeliveryState.WAITING, DeliveryState.FAILED])
async def test_what_left_in_an_earlier_round_keeps_its_codes(
    approved: Line, asked: list[PackageRequest], state: DeliveryState
) -> None:
    await _at_label(approved, state, round=2)
    with pytest.raises(NotAllowed, match="was sent to label before: what it carries stays as it is"):
        await commands(approved).set_codes("r-first", isrc="QZABC3100007")
    await package.again(replace(approved, settings=RANGES), "r-first")
    assert (asked[1].codes.isrc, asked[1].codes.upc) == (None, None)


async def test_what_broke_off_and_waits_for_its_day_keeps_codes_and_package(
    approved: Line, asked: list[PackageRequest]
) -> None:
    await _at_label(approved, DeliveryState.WAITING, bytes_total=9)
    for attempt in (
        commands(approved).set_codes("r-first", isrc="QZABC3100007"),
        commands(approved).package("r-first"),
    ):
        with pytest.raises(NotAllowed, match="is waiting at label"):
            await attempt


@pytest.mark.parametrize(("state", "number"), [(DeliveryState.WITHDRAWN, 1), (DeliveryState.DECLINED, 2)])
async def test_the_mark_of_what_was_withdrawn_is_corrected_and_its_codes_stay(
    approved: Line, asked: list[PackageRequest], state: DeliveryState, number: int
) -> None:
    line = replace(approved, settings=RANGES)
    await _at_label(line, state, round=number)
    left: list[tuple[str, Mapping[str, Any]]] = []
    assert await commands(line, left).set_explicit("r-first", explicit=True) is not None
    await package.again(line, "r-first")
    assert ([kind for kind, _ in left], asked[1].explicit) == (["package_again"], True)
    assert asked[1].codes == asked[0].codes


async def test_the_mark_of_what_stands_somewhere_waits_for_its_withdrawal(
    approved: Line, asked: list[PackageRequest]
) -> None:
    await _at_label(approved, DeliveryState.DELIVERED)
    with pytest.raises(NotAllowed, match="explicit mark can be corrected once it is withdrawn") as refused:
        await commands(approved).set_explicit("r-first", explicit=True)
    assert "releases withdraw" in refused.value.fix and (await carried(approved)).explicit is None


async def _at_label(line: Line, state: DeliveryState, **columns: Any) -> None:
    """Builds the release, and has its delivery to a target in this state."""
    await build(line)
    async with line.database.write() as connection:
        row = await releases.of_run(connection, "r-first")
        assert row is not None
        await deliveries.add_target(connection, "label", TargetKind.FOLDER, Mode.ASK, {}, {}, OPERATOR, NOW)
        await deliveries.add(connection, row.id, "label", state, OPERATOR, NOW, **columns)


async def test_a_track_that_left_within_an_album_keeps_its_codes(approved: Line, asked: list[PackageRequest]) -> None:
    await build(approved)
    async with approved.database.write() as connection:
        row = await releases.of_run(connection, "r-first")
        assert row is not None
        await albums.add(
            connection, "l-1", "a-vesper", "Tides", created_by="ada", created_at=NOW, updated_at=NOW, cover_seed=7
        )
        await albums.set_tracks(connection, "l-1", [(row.id, 2.0)])
        names = ("p-album", "", "a-vesper", "", "Tides", "/somewhere", "0" * 64)
        await releases.add(connection, releases.Release(*names, {}, NOW, album_id="l-1"))
        await deliveries.add_target(connection, "label", TargetKind.FOLDER, Mode.ASK, {}, {}, OPERATOR, NOW)
        await deliveries.add(connection, "p-album", "label", DeliveryState.QUEUED, OPERATOR, NOW)
    with pytest.raises(NotAllowed, match="p-album is queued at label"):
        await commands(approved).set_codes("r-first", isrc="QZABC3100007")


async def test_what_a_kill_left_of_an_older_package_goes_when_the_command_is_taken_up_again(
    approved: Line, asked: list[PackageRequest]
) -> None:
    await build(approved)
    async with approved.database.read() as connection:
        row = await releases.of_run(connection, "r-first")
    assert row is not None
    old, other = (approved.home.releases / name for name in (f"vesper-old-{row.id}-2", f"vesper-{row.id}9"))
    for left in (old, other):
        left.mkdir(parents=True)
    await package.again(approved, "r-first")
    assert not old.exists() and other.exists()


async def test_no_code_changes_while_the_package_is_being_made(approved: Line) -> None:
    with pytest.raises(NotAllowed, match="is being packaged at this moment"):
        await commands(approved).set_codes("r-first", isrc="QZABC3100007")


async def test_wrong_codes_and_unknown_runs_are_refused(approved: Line) -> None:
    with pytest.raises(UsageError, match="is no ISRC"):
        await commands(approved).set_codes("r-first", isrc="QZ-1")
    with pytest.raises(NotFound):
        await commands(approved).set_codes("r-other", isrc="QZABC3100007")


async def test_what_a_kill_behind_the_record_left_of_other_settings_goes(
    approved: Line, asked: list[PackageRequest]
) -> None:
    await build(approved)
    async with approved.database.write() as connection:
        made = await releases.of_run(connection, "r-first")
        assert made is not None
        here = approved.home.releases / f"vesper-lane-glass-harbour-{made.id}-2"
        await releases.moved(connection, made.id, str(here), made.manifest_sha256)
        run = await runs.get(connection, "r-first")
    for path in (here, here.with_name(here.name.removesuffix("-2"))):
        path.mkdir()
    await Runner(approved).package(run.id, run.version, run.attempt)
    left = sorted(path.name for path in approved.home.releases.glob("vesper*"))
    assert left == [here.name] and len(asked) == 1
