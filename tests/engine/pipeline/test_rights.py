"""The gate before deliveries: facts as they were recorded, overrides that end with them, nothing sent past it."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from engine.api import delivery_commands, delivery_view, rights_commands
from engine.delivery.target import Journal, Parcel, Progress
from engine.domain.codes import CodeKind
from engine.domain.delivery import DECLARATIONS, TEST_NOTE, DeliveryState, Mode, Receipt, TargetKind, checked_options
from engine.domain.errors import NoktvrnError, NotAllowed, NotFound, UsageError
from engine.domain.originality import refused
from engine.domain.purchase import PurchaseState
from engine.domain.rights import Block
from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.home import Home, at
from engine.pipeline import rights
from engine.pipeline.deliveries import Hands, carry_out
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store import albums, audit, chat_alerts, codes, deliveries, journal, releases
from engine.store.database import Database, open_database
from engine.store.music_tables import purchases
from engine.store.rights_facts import facts_of
from engine.store.tables import artists as artist_rows
from engine.store.tables import releases as release_rows
from engine.store.tables import revisions
from tests.conftest import NOW
from tests.delivering import PERSON, RUN, Place, add_folder, deliver, packaged, papers
from tests.label import add_artist, add_waiting_run, content

S = DeliveryState
PRO, FREE = "plan=pro; commercial=yes", "plan=free; commercial=no"
NAMES = refused()
ORDER = "k-order"


async def bought(database: Database, plan: str = FREE, *, kept: bool = True) -> None:
    """The run's music came from suno, under this plan; `kept` False: the order's row is gone."""
    whole = content() | {"provider": "suno", "purchase": ORDER, "rights": plan, "heard": True}
    columns: dict[str, Any] = {"provider": "suno", "number": 1, "state": PurchaseState.DOWNLOADED, "rights": plan}
    columns |= {"offers": [], "facts": {}, "variants": [], "price_microusd": 0, "version": 1}
    columns |= {"created_at": NOW, "changed_at": NOW, "deadline_at": NOW}
    async with database.write() as connection:
        await connection.execute(update(revisions).where(revisions.c.run_id == RUN).values(content=whole))
        if kept:
            row = insert(purchases).values(id=ORDER, run_id=RUN, artist_id="a-vesper", **columns)
            await connection.execute(row)


async def plan_was(database: Database, plan: str) -> None:
    async with database.write() as connection:
        await connection.execute(update(purchases).where(purchases.c.id == ORDER).values(rights=plan))


def rewrite(folder: Path, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes one document of the package."""
    document = json.loads((folder / name).read_text())
    change(document)
    (folder / name).write_text(json.dumps(document))


@pytest.fixture
async def release_id(database: Database, home: Home) -> str:
    await add_folder(database, home)
    return await packaged(database, home)


async def kinds(line: Line, release_id: str) -> list[str]:
    async with line.database.read() as connection:
        release = await releases.get(connection, release_id)
    return [block.kind for block in await rights.gate(line, release)]


async def override(line: Line, release_id: str, kind: str = "music-plan", actor: Actor = PERSON, **words: str) -> None:
    said = {"reason": "a licence of our own", "name": "", **words}
    async with line.database.write() as connection:
        found = await papers(connection, release_id)
        await rights_commands.override(
            connection, release_id, kind, said["reason"], said["name"], NAMES, found, actor, line.now(), live=False
        )


# --- facts ---


async def test_nothing_stands_against_what_the_studio_made(line: Line, release_id: str) -> None:
    assert await kinds(line, release_id) == []


@pytest.mark.parametrize(("plan", "wanted"), [(PRO, []), (FREE, ["music-plan"]), ("", ["music-plan"])])
async def test_the_plan_counts_as_the_order_recorded_it(
    database: Database, home: Home, release_id: str, plan: str, wanted: list[str]
) -> None:
    await bought(database, plan)
    today = Settings(suno_rights=rights_of("plan=pro; commercial=yes"))
    line = Line(database, home, today, Redactor(), now=lambda: NOW)
    assert await kinds(line, release_id) == wanted


def rights_of(text: str) -> Any:
    from engine.domain.rights import plan_of

    return plan_of(text)


async def test_without_the_orders_row_the_plan_of_the_revision_counts(line: Line, release_id: str) -> None:
    await bought(line.database, FREE, kept=False)
    assert await kinds(line, release_id) == ["music-plan"]


async def test_a_model_that_nobody_recorded_is_a_block(line: Line, release_id: str) -> None:
    async with line.database.read() as connection:
        release = await releases.get(connection, release_id)
    part = {"extent": "all", "method": "model", "tool": "Some Service", "licence": ""}
    rewrite(Path(release.path), "provenance.json", lambda d: d["disclosure"]["parts"].update(composition=part))
    assert await kinds(line, release_id) == ["music-plan"]


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"title": 1}'])
async def test_documents_that_cannot_be_read_are_a_block(line: Line, release_id: str, damage: str) -> None:
    async with line.database.read() as connection:
        folder = Path((await releases.get(connection, release_id)).path)
    (folder / "provenance.json").write_text(damage)
    found = await kinds(line, release_id)
    assert found == (["font-licence"] if damage.startswith('{"') else ["package"])


async def test_what_was_set_must_be_in_the_package(line: Line, release_id: str) -> None:
    async with line.database.write() as connection:
        await codes.set_by_hand(connection, RUN, CodeKind.ISRC, "QZABC3100007", PERSON, NOW)
        release = await releases.get(connection, release_id)
    assert await kinds(line, release_id) == ["package-behind"]
    rewrite(Path(release.path), "metadata.json", lambda d: d.update(codes={"isrc": "QZABC3100007"}))
    assert await kinds(line, release_id) == []


async def test_stock_video_must_be_listed_with_its_author(line: Line, release_id: str) -> None:
    video = {"source": "pexels", "id": "7", "page": "https://pexels.example/7", "licence": "Pexels License"}
    whole = content() | {"stock": {"shown": [video]}}
    async with line.database.write() as connection:
        await connection.execute(update(revisions).where(revisions.c.run_id == RUN).values(content=whole))
        folder = Path((await releases.get(connection, release_id)).path)
    assert await kinds(line, release_id) == ["footage-credit"]
    listed = {"kind": "stock video", "title": "video 7", "author": "Ann", "licence": "Pexels License"}
    rewrite(folder, "provenance.json", lambda d: d["materials"].append({**listed, "url": video["page"]}))
    assert await kinds(line, release_id) == []


async def test_another_artist_or_an_earlier_release_of_the_label_has_the_name(line: Line, release_id: str) -> None:
    async with line.database.write() as connection:
        await add_artist(connection, "a-other", "Somebody Else")
        await connection.execute(
            update(artist_rows).where(artist_rows.c.id == "a-other").values(name="VЕSPER  lane")  # a Cyrillic letter
        )
        await add_waiting_run(connection, "r-other", "a-other")
        row = {"id": "p-other", "run_id": "r-other", "artist_id": "a-other", "revision_id": "v-r-other"}
        row |= {"title": "glass HARBOUR", "path": "/nowhere", "manifest_sha256": ""}
        await connection.execute(insert(release_rows).values(**row, facts={}, created_at=NOW))
    assert await kinds(line, release_id) == ["fleet-name"], "the other came later"
    async with line.database.write() as connection:
        await connection.execute(update(release_rows).where(release_rows.c.id == release_id).values(id="p-zz"))
    assert await kinds(line, "p-zz") == ["fleet-name", "fleet-title"]


async def test_the_operators_list_of_names_counts_as_it_is_now(database: Database, home: Home, release_id: str) -> None:
    listed = home.root / "names.txt"
    line = Line(database, home, Settings(refused_words_file=Path("names.txt")), Redactor(), now=lambda: NOW)
    listed.write_text("Vesper Lane\n")
    assert await kinds(line, release_id) == ["artist-name"]
    listed.write_text("# nobody\n")
    assert await kinds(line, release_id) == []


# --- overrides and declarations ---


async def test_an_override_is_a_decision_in_the_audit_and_ends_with_its_facts(line: Line, release_id: str) -> None:
    await bought(line.database)
    await override(line, release_id, reason="bought  a licence", name="Mara Vale")
    assert await kinds(line, release_id) == []
    async with line.database.read() as connection:
        rows = list(await connection.execute(audit_rows()))
        assert await audit.first_broken(connection) is None
    assert (rows[-1].action, rows[-1].subject) == ("override", release_id)
    assert rows[-1].detail["reason"] == "bought a licence" and rows[-1].detail["name"] == "Mara Vale"
    await plan_was(line.database, "plan=basic; commercial=no")
    assert await kinds(line, release_id) == ["music-plan"], "another plan is another block"
    await plan_was(line.database, FREE)
    assert await kinds(line, release_id) == []


def audit_rows() -> Any:
    from sqlalchemy import select

    from engine.store.tables import audit as rows

    return select(rows).order_by(rows.c.id)


@pytest.mark.parametrize(
    "actor",
    [
        Actor(ActorKind.TELEGRAM, Channel.TELEGRAM, "mara"),
        Actor(ActorKind.OPERATOR, Channel.TELEGRAM, "mara"),
        Actor(ActorKind.AUTOPILOT, Channel.ENGINE, "autopilot"),
        Actor(ActorKind.POLICY, Channel.ENGINE, "policy"),
        Actor(ActorKind.ENGINE, Channel.ENGINE, "engine"),
    ],
)
async def test_nobody_but_an_operator_overrides_or_declares(line: Line, release_id: str, actor: Actor) -> None:
    await bought(line.database)
    with pytest.raises(NotAllowed, match="never from a chat"):
        await override(line, release_id, actor=actor)
    with pytest.raises(NotAllowed, match="never from a chat"):
        async with line.database.write() as connection:
            await rights_commands.declare(connection, release_id, "rights", "yes", actor, NOW)
    assert await kinds(line, release_id) == ["music-plan"]


async def test_an_override_names_a_block_that_stands_and_a_person(line: Line, release_id: str) -> None:
    with pytest.raises(NotFound, match="music-plan"):
        await override(line, release_id)
    await bought(line.database)
    with pytest.raises(UsageError, match="name"):
        await override(line, release_id, actor=Actor(ActorKind.OPERATOR, Channel.CONSOLE, ""))
    await override(line, release_id)
    with pytest.raises(NotAllowed, match="already"):
        await override(line, release_id)


@pytest.mark.parametrize(("name", "value"), [("colour", "red"), ("rights", "perhaps"), ("rights_holder", "a\nb")])
async def test_only_what_is_asked_is_declared(line: Line, release_id: str, name: str, value: str) -> None:
    with pytest.raises(UsageError):
        async with line.database.write() as connection:
            await rights_commands.declare(connection, release_id, name, value, PERSON, NOW)


async def test_an_answer_for_the_release_counts_at_each_target_but_not_over_the_deliverys_own(
    line: Line, release_id: str
) -> None:
    async with line.database.write() as connection:
        await deliveries.add_target(connection, "store", TargetKind.SFTP, Mode.ASK, {}, {}, PERSON, NOW)
        with pytest.raises(UsageError, match="rights=yes"):
            await deliver(connection, release_id, ["store"], {}, None, PERSON, NOW)
        await rights_commands.declare(connection, release_id, "rights", "yes", PERSON, NOW)
        with pytest.raises(UsageError, match="rights=yes"):
            await deliver(connection, release_id, ["store"], {"rights": "no"}, None, PERSON, NOW)
        [told] = await deliver(connection, release_id, ["store"], {}, None, PERSON, NOW)
    assert told.state is S.QUEUED


async def open_questions(line: Line, release_id: str) -> tuple[set[str], set[str], set[str]]:
    """What is still to be answered at `store`: as the gate, the list and the chat's alerts say it."""
    async with line.database.read() as connection:
        release, there = await releases.get(connection, release_id), await deliveries.target(connection, "store")
        [row] = await delivery_view.delivery_rows(connection, release_id=release_id, target="store")
        [alert] = [
            each for each in await chat_alerts.standing(connection, NOW - timedelta(days=1)) if each.where == "store"
        ]
    stands = [block.kind for block in await rights.gate(line, release, there)]
    gate = {kind.removeprefix("declaration-") for kind in stands if kind.startswith("declaration-")}
    told = {each.name for each in DECLARATIONS[there.kind] if each.question in alert.detail}
    assert alert.asks is not bool(told)
    return gate, set(row.unsaid), told


async def test_list_chat_and_gate_ask_the_same(line: Line, release_id: str) -> None:
    options = checked_options(TargetKind.SFTP, {"host": "h", "user": "u", "host_key": "ssh-ed25519 A"})
    async with line.database.write() as connection:
        await deliveries.add_target(connection, "store", TargetKind.SFTP, Mode.ASK, options, {}, PERSON, NOW)
        await deliveries.add(connection, release_id, "store", S.ASKED, PERSON, NOW)
        folder = Path((await releases.get(connection, release_id)).path)
    assert await open_questions(line, release_id) == ({"rights"},) * 3
    message = folder / "ern/NewReleaseMessage.xml"
    named = "<PartyId>PADPIDA2026112701A</PartyId><PartyName><FullName>Vesper</FullName></PartyName>"
    text = message.read_text().replace("<PartyId>PADPIDA2026112701A</PartyId>", named)
    message.write_text(text.replace("TestMessage", "LiveMessage"))
    assert await open_questions(line, release_id) == ({"rights", "rights_holder", "territories"},) * 3
    async with line.database.write() as connection:
        await rights_commands.declare(connection, release_id, "rights", "yes", PERSON, NOW)
        await rights_commands.declare(connection, release_id, "territories", "worldwide", PERSON, NOW)
    assert await open_questions(line, release_id) == ({"rights_holder"},) * 3
    async with line.database.write() as connection:
        with pytest.raises(UsageError, match="rights_holder"):
            await deliver(connection, release_id, ["store"], {}, None, PERSON, NOW)


# --- deliveries ---


async def asked(line: Line, release_id: str) -> deliveries.Delivery:
    async with line.database.write() as connection:
        [told] = await deliver(connection, release_id, ["usb"], {}, None, PERSON, NOW)
        return await deliveries.get(connection, told.delivery_id)


async def attempt(line: Line, delivery: deliveries.Delivery, hands: Hands) -> deliveries.Delivery:
    async with line.database.read() as connection:
        now = await deliveries.get(connection, delivery.id)
    await carry_out(line, now.id, now.attempt, hands)
    async with line.database.read() as connection:
        return await deliveries.get(connection, delivery.id)


async def test_what_a_block_stops_says_so_and_goes_on_by_itself_when_it_is_gone(line: Line, release_id: str) -> None:
    place = Place()
    hands = Hands(opened=lambda line, target: place, gate=rights.gate)
    await bought(line.database)
    delivery = await asked(line, release_id)
    stopped = await attempt(line, delivery, hands)
    assert stopped.state is S.FAILED and place.sends == 0 and rights.blocks_of(stopped) == ["music-plan"]
    async with line.database.read() as connection:
        assert await journal.open_incidents(connection, "delivery.") == [f"delivery.{delivery.id}"]
    assert (await rights.unblock(line))[0] == 0
    await override(line, release_id)
    assert (await rights.unblock(line))[0] == 1
    async with line.database.read() as connection:
        assert await journal.open_incidents(connection, "delivery.") == []
    assert (await attempt(line, delivery, hands)).state is S.DELIVERED
    assert place.sends == 1


async def test_what_is_still_blocked_does_not_hold_up_what_is_free(line: Line, release_id: str) -> None:
    async with line.database.write() as connection:
        for number in range(12):
            await deliveries.add_target(connection, f"t{number}", TargetKind.FOLDER, Mode.ASK, {}, {}, PERSON, NOW)
            await deliveries.add(
                connection, release_id, f"t{number}", S.FAILED, PERSON, NOW, failure={"blocks": ["music-plan"]}
            )
        free = max(await deliveries.of_release(connection, release_id), key=lambda each: each.id).target

    async def asked_of(_line: Line, _release: releases.Release, target: deliveries.Target | None) -> list[Block]:
        return [] if target is not None and target.name == free else [Block("music-plan", "what", "fix")]

    first, after = await rights.unblock(line, asked_of)
    second, start = await rights.unblock(line, asked_of, after)
    assert (first, second, start) == (0, 1, "")


async def test_a_test_message_is_said_with_its_delivery(line: Line, release_id: str) -> None:
    options = checked_options(TargetKind.SFTP, {"host": "h", "user": "u", "host_key": "ssh-ed25519 A"})
    async with line.database.write() as connection:
        known = {"rights": "yes"}
        await deliveries.add_target(connection, "store", TargetKind.SFTP, Mode.ASK, options, known, PERSON, NOW)
        [told] = await deliver(connection, release_id, ["store"], {}, None, PERSON, NOW)
        delivery = await deliveries.get(connection, told.delivery_id)
    await attempt(line, delivery, Hands(opened=lambda line, target: Place(), gate=rights.gate))
    async with line.database.read() as connection:
        found = await delivery_view.detail(connection, delivery.id)
    assert (found.row.state_word, found.notes) == ("delivered (test)", (TEST_NOTE,))


async def test_a_package_with_a_test_message_stays_once_messages_are_live(line: Line, release_id: str) -> None:
    options = checked_options(TargetKind.SFTP, {"host": "h", "user": "u", "host_key": "ssh-ed25519 A"})
    async with line.database.write() as connection:
        known = {"rights": "yes"}
        await deliveries.add_target(connection, "store", TargetKind.SFTP, Mode.ASK, options, known, PERSON, NOW)
        release, store = await releases.get(connection, release_id), await deliveries.target(connection, "store")
    live = replace(line, settings=replace(line.settings, ddex_live=True))
    assert [block.kind for block in await rights.gate(live, release, store)] == ["ddex-test"]


async def test_who_asks_to_send_a_test_message_live_hears_so_at_once(line: Line, release_id: str) -> None:
    options = checked_options(TargetKind.SFTP, {"host": "h", "user": "u", "host_key": "ssh-ed25519 A"})
    async with line.database.write() as connection:
        known = {"rights": "yes"}
        await deliveries.add_target(connection, "store", TargetKind.SFTP, Mode.ASK, options, known, PERSON, NOW)
        found = await papers(connection, release_id)
        await rights_commands.require_clear(connection, release_id, ["store"], NAMES, found, live=False)
        with pytest.raises(NotAllowed, match="ddex-test"):
            await rights_commands.require_clear(connection, release_id, ["store"], NAMES, found, live=True)


async def test_other_blocks_are_told_when_they_change(line: Line, release_id: str) -> None:
    hands = Hands(opened=lambda line, target: Place(), gate=rights.gate)
    await bought(line.database)
    delivery = await attempt(line, await asked(line, release_id), hands)
    await override(line, release_id)
    async with line.database.write() as connection:
        await add_artist(connection, "a-other", "Vesper Lone")
        await connection.execute(update(artist_rows).where(artist_rows.c.id == "a-other").values(name="Vesper-Lane"))
    assert (await rights.unblock(line))[0] == 0
    async with line.database.read() as connection:
        now = await deliveries.get(connection, delivery.id)
    assert rights.blocks_of(now) == ["fleet-name"] and now.failure and "Vesper" in now.failure["cause"]


async def test_what_arrived_before_a_kill_counts_though_a_block_came_since(line: Line, release_id: str) -> None:
    place = Place(fail_after=_die)
    hands = Hands(opened=lambda line, target: place, gate=rights.gate)
    delivery = await asked(line, release_id)
    with pytest.raises(Killed):
        await attempt(line, delivery, hands)
    await bought(line.database)
    assert (await attempt(line, delivery, hands)).state is S.DELIVERED and place.sends == 1


async def test_what_is_half_there_goes_no_further_once_a_block_stands(line: Line, release_id: str) -> None:
    place = Place(fail=_die)
    hands = Hands(opened=lambda line, target: place, gate=rights.gate)
    delivery = await asked(line, release_id)
    with pytest.raises(Killed):
        await attempt(line, delivery, hands)
    await bought(line.database)
    place.fail = lambda: None
    assert (await attempt(line, delivery, hands)).state is S.FAILED and place.sends == 0


class Killed(BaseException):
    """An engine that ended."""


def _die() -> None:
    raise Killed


# --- whatever happens, nothing is sent past an open block ---


@dataclass
class Guarded(Place):
    """Keeps whether each parcel that came was allowed to."""

    allowed: Callable[[], bool] = lambda: False
    wrongly: int = 0
    twice: int = 0

    async def send(self, parcel: Parcel, journal: Journal, progress: Progress) -> Receipt:
        self.wrongly += not self.allowed()
        self.twice += parcel.mark in self.has
        return await super().send(parcel, journal, progress)


@dataclass
class Label:
    """What is true, kept apart from the store: the plan, the plan that was overridden, whether the rights are held."""

    line: Line
    release_id: str
    plan: str = FREE
    overridden: str = ""
    held: bool = False
    place: Guarded = field(default_factory=Guarded)

    def __post_init__(self) -> None:
        self.place.allowed = self.free
        self.hands = Hands(opened=lambda line, target: self.place, gate=rights.gate)

    def free(self) -> bool:
        return self.held and (self.plan == PRO or self.overridden == self.plan)

    async def takes(self, step: str) -> None:
        name, _, value = step.partition(" ")
        if name == "plan":
            self.plan = value
            await plan_was(self.line.database, value)
        elif name == "holds":
            async with self.line.database.write() as connection:
                await rights_commands.declare(connection, self.release_id, "rights", value, PERSON, NOW)
            self.held = value == "yes"
        elif name == "override":
            try:
                await override(self.line, self.release_id)
                self.overridden = self.plan
            except (NotFound, NotAllowed):
                assert self.plan == PRO or self.overridden == self.plan
        elif name == "unblock":
            await rights.unblock(self.line)
        elif name in ("deliver", "withdraw"):
            await self._command(name)
        else:
            await self._attempt(dies=name == "die", early=value == "early")

    async def _command(self, name: str) -> None:
        try:
            async with self.line.database.write() as connection:
                if name == "deliver":
                    await deliver(connection, self.release_id, ["store"], {}, None, PERSON, NOW)
                else:
                    await delivery_commands.withdraw(connection, self.release_id, [], PERSON, NOW)
        except NoktvrnError:
            return  # what is on its way, or has no answer, is refused there: another test's matter

    async def _attempt(self, *, dies: bool, early: bool) -> None:
        async with self.line.database.read() as connection:
            delivery = await deliveries.between(connection, self.release_id, "store")
        if delivery is None:
            return
        self.place.fail = _die if dies and early else lambda: None
        self.place.fail_after = _die if dies else lambda: None
        try:
            await carry_out(self.line, delivery.id, delivery.attempt, self.hands)
        except Killed:
            assert dies


BASIC = "plan=basic; commercial=no"
TRIES = st.sampled_from(["attempt", "attempt", "die", "die early"])
CHANGES = st.sampled_from(
    [f"plan {FREE}", f"plan {PRO}", f"plan {BASIC}", "holds yes", "holds no", "override", "override", "withdraw"]
)
STEPS = st.lists(st.tuples(CHANGES, st.sampled_from(["deliver", "deliver", "unblock"]), TRIES), min_size=2, max_size=5)
"""Something changes, somebody asks, an engine tries."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a package of bought music, and a target that asks for the rights."""
    root = tmp_path_factory.mktemp("rights")

    async def make() -> None:
        home = at(root / "home")
        database = await open_database(home.database, home.backups)
        await packaged(database, home, wav=100, clip=100)
        await bought(database)
        async with database.write() as connection:
            await deliveries.add_target(connection, "store", TargetKind.SFTP, Mode.ASK, {}, {}, PERSON, NOW)
        await database.close()

    asyncio.run(make())
    return root


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_a_release_with_an_open_block_is_never_sent(template: Path, steps: list[tuple[str, ...]]) -> None:
    asyncio.run(_taken(template, ["holds yes", *(each for three in steps for each in three)]))


async def _taken(template: Path, steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(template, folder, dirs_exist_ok=True)
        home = at(Path(folder) / "home")
        database = await open_database(home.database, home.backups)
        try:
            async with database.write() as connection:
                [row] = list(await connection.execute(release_rows.select()))
                moved = str(home.releases / Path(row.path).name)
                await connection.execute(update(release_rows).values(path=moved))
            label = Label(Line(database, home, Settings(), Redactor(), now=lambda: NOW), row.id)
            for step in (*steps, f"plan {PRO}", "holds yes", "deliver", "unblock", "attempt", "unblock", "attempt"):
                await label.takes(step)
            async with database.read() as connection:
                delivery = await deliveries.between(connection, row.id, "store")
            assert label.place.wrongly == 0 and label.place.twice == 0
            assert delivery is not None and delivery.state in (S.DELIVERED, S.WITHDRAWING, S.WITHDRAWN)
        finally:
            await database.close()


async def test_a_run_whose_delivery_is_blocked_is_no_longer_delivering(line: Line, release_id: str) -> None:
    from engine.store import runs

    await bought(line.database)
    await attempt(line, await asked(line, release_id), Hands(opened=lambda line, target: Place(), gate=rights.gate))
    async with line.database.read() as connection:
        run = await runs.get(connection, RUN)
        release = await releases.get(connection, release_id)
        facts = await facts_of(connection, release, (await papers(connection, release_id)).of(release))
    assert run.state is RunState.FAILED and facts.music.plan == FREE


# --- albums ---


async def album_of(database: Database, home: Home, track_id: str) -> str:
    """An album with that one track, called like it; its package says what an album's says."""
    folder = home.releases / "album"
    folder.mkdir(parents=True)
    cover = {"extent": "all", "method": "rules", "tool": "noktvrn", "licence": "MIT"}
    tools = {"typefaces-2": {"name": "Jost", "licence": "OFL-1.1"}}
    provenance = {"disclosure": {"parts": {"composition": {"method": "model"}}}, "cover": cover, "tools": tools}
    (folder / "provenance.json").write_text(json.dumps({**provenance, "materials": []}))
    artist = {"id": "a-vesper", "name": "Vesper Lane"}
    (folder / "metadata.json").write_text(json.dumps({"title": "Glass Harbour", "artist": artist, "explicit": False}))
    async with database.write() as connection:
        made = {"created_by": "mara", "created_at": NOW, "updated_at": NOW, "cover_seed": 1}
        await albums.add(connection, "u-1", "a-vesper", "Glass Harbour", **made)
        await albums.set_tracks(connection, "u-1", [(track_id, 0.0)])
        words = ("", "a-vesper", "", "Glass Harbour", str(folder), "")
        await releases.add(connection, releases.Release("p-album", *words, {}, NOW, "u-1"))
    return "p-album"


async def test_an_album_is_held_by_what_stands_against_its_tracks_and_may_be_called_like_one(
    line: Line, release_id: str
) -> None:
    album = await album_of(line.database, line.home, release_id)
    assert await kinds(line, album) == []
    await bought(line.database)
    assert await kinds(line, album) == [f"{release_id}-music-plan"]
    await override(line, release_id)
    assert await kinds(line, album) == [], "what was decided for the track counts for the album"


async def test_a_block_of_a_track_can_be_overridden_for_the_album_alone(line: Line, release_id: str) -> None:
    album = await album_of(line.database, line.home, release_id)
    await bought(line.database)
    await override(line, album, f"{release_id}-music-plan")
    assert await kinds(line, album) == [] and await kinds(line, release_id) == ["music-plan"]
    await plan_was(line.database, "plan=basic; commercial=no")
    assert await kinds(line, album) == [f"{release_id}-music-plan"]
