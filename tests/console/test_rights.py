"""The release screen says what keeps a release in the house, and lets an operator answer it or decide otherwise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from console.messages import Changes
from console.panes.releases import ReleasesPane
from console.screens.release import ReleaseScreen
from engine.api import Access
from engine.api.rights_door import RightsQueries
from engine.domain.delivery import Mode, TargetKind
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.store import audit, deliveries, rights
from engine.store.releases import Release, add, get
from engine.store.tables import audit as audit_rows
from tests import packages
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import Label

HOSTILE = "[bold]Vesper[/] \x1b[31mLane"
OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI, "mara")


@pytest.fixture
async def released(label: Label, ids: dict[str, str]) -> Home:
    """A release whose typefaces have no licence, and a target that asks for the rights."""
    folder, digest = packages.make(label.home.releases, wav=100, clip=100)
    document = json.loads((folder / "provenance.json").read_text())
    document["tools"]["typefaces"] = {"name": HOSTILE, "licence": "", "notice": ""}
    (folder / "provenance.json").write_text(json.dumps(document))
    row = Release(
        "p-1", ids["review"], ids["Vesper Lane"], "v-0000000001", "Glass Harbour", str(folder), digest, {}, label.now
    )
    async with label.database.write() as connection:
        await add(connection, row)
        await deliveries.add_target(connection, "store", TargetKind.YOUTUBE, Mode.ASK, {}, {}, OPERATOR, label.now)
    return label.home


async def test_blocks_stand_there_with_their_fixes(released: Home, console: Open) -> None:
    async with console(released) as pilot:
        await press(pilot, "R", "enter")
        assert isinstance(pilot.app.screen, ReleaseScreen)
        await until(pilot, lambda: "font-licence" in shown(pilot))
        text = shown(pilot)
    assert "[bold]Vesper[/]" in text and "\x1b" not in text
    assert "declaration-made_for_kids" in text and "releases declare p-1 rights" in " ".join(text.split())


async def test_an_override_asks_for_a_reason_and_a_name_and_stands_in_the_audit(
    released: Home, label: Label, console: Open
) -> None:
    async with console(released) as pilot:
        await press(pilot, "R", "enter")
        await until(pilot, lambda: "font-licence" in shown(pilot))
        await press(pilot, "o", "f2")
        assert "An override needs a reason." in toasts(pilot)
        await press(pilot, *"paid for", "enter", "f2")
        await until(pilot, lambda: "overridden by" in shown(pilot))
    async with label.database.read() as connection:
        [given] = await rights.overrides_of(connection, "p-1")
        row = list(await connection.execute(select(audit_rows).order_by(audit_rows.c.id)))[-1]
        assert await audit.first_broken(connection) is None
    assert (given.kind, given.reason) == ("font-licence", "paid for") and given.name
    assert row.action == "override" and row.detail["reason"] == "paid for" and row.detail["name"] == given.name


async def test_an_answer_is_chosen_and_counts_for_the_release(released: Home, label: Label, console: Open) -> None:
    async with console(released) as pilot:
        await press(pilot, "R", "enter")
        await until(pilot, lambda: "declaration-rights" in shown(pilot))
        await press(pilot, "a", "enter", "enter")
        await until(pilot, lambda: "declaration-rights" not in shown(pilot))
    async with label.database.read() as connection:
        assert await rights.declared_of(connection, "p-1") == {"rights": "yes"}


async def test_who_may_only_look_overrides_nothing(released: Home, label: Label, console: Open) -> None:
    async with console(released, access=Access(readonly=True)) as pilot:
        await press(pilot, "R", "enter")
        await until(pilot, lambda: "font-licence" in shown(pilot))
        await press(pilot, "o", "a")
        assert isinstance(pilot.app.screen, ReleaseScreen)
    async with label.database.read() as connection:
        assert await rights.overrides_of(connection, "p-1") == []


async def test_a_package_that_is_gone_says_so_and_the_rest_can_be_read(
    released: Home, console: Open, label: Label
) -> None:
    [folder] = [path for path in Path(label.home.releases).iterdir() if path.name.endswith(packages.RELEASE)]
    (folder / "metadata.json").unlink()
    async with console(released) as pilot:
        await press(pilot, "R", "enter")
        await until(pilot, lambda: "cannot be read: metadata.json" in " ".join(shown(pilot).split()))
        assert "releases verify p-1" in shown(pilot)


async def test_blocks_are_counted_for_every_page_in_view_and_not_again_while_a_delivery_goes_on(
    released: Home, label: Label, ids: dict[str, str], console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    count = RightsQueries.open_of

    async def counted(self: RightsQueries, ids: Sequence[str]) -> dict[str, int]:
        asked.extend(ids)
        return await count(self, ids)

    monkeypatch.setattr(RightsQueries, "open_of", counted)
    monkeypatch.setattr("console.panes.pane.PAGE", 1)
    monkeypatch.setattr("console.window.PAGE", 1)
    async with label.database.write() as connection:
        await add(connection, replace(await get(connection, "p-1"), id="p-2", run_id=ids["clip"]))
    async with console(released) as pilot:
        await press(pilot, "R")
        pane = pilot.app.screen.query_one(ReleasesPane)
        await until(pilot, lambda: set(pane._blocks) == {"p-1", "p-2"} and not pane._busy and not pane._counting)
        asked.clear()
        pane.follow(Changes({"delivery": frozenset({"s-1"})}))
        await until(pilot, lambda: not pane._busy and not pane._counting)
        assert asked == []
        pane.follow(Changes({"release": frozenset({"p-1"})}))
        await until(pilot, lambda: set(asked) == {"p-1", "p-2"})
