"""What the sheet of an error says is to be done, as its patch and its diagnosis stand."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine.domain.repair import Cause, Diagnosis
from engine.home import Home
from engine.repair.known import nobody_to_ask
from engine.store import repairs
from tests.conftest import NOW
from tests.console.cli.conftest import Cli
from tests.console.cli.label import BUG
from tests.console.cli.test_errors import in_store


def to_do(cli: Cli, group_id: str) -> str:
    return cli("errors", "show", group_id).out.partition("What to do")[2].split("\n\n")[0]


@pytest.mark.parametrize(
    ("state", "first"),
    [
        ("ready", "errors trial"),
        ("trial_failed", "errors trial"),
        ("validated", "errors apply"),
        ("probation", "errors revert"),
        ("applied", "errors revert"),
        ("reverted", "errors diff"),
    ],
)
def test_where_nobody_looked_the_patch_is_the_next_thing(state: str, first: str, cli: Cli, label: Home) -> None:
    group = {"ready": "patch_ready", "applied": "resolved"}.get(state, state)
    in_store(label, lambda c: repairs.diagnosed(c, BUG, nobody_to_ask("No model has a key."), NOW))
    in_store(label, lambda c: c.execute(text("UPDATE patches SET state = :state"), {"state": state}))
    in_store(label, lambda c: c.execute(text("UPDATE error_groups SET state = :state"), {"state": group}))
    told = to_do(cli, BUG)
    assert first in told.split("`")[1]
    assert "Do what" not in told
    assert ("once a model can be asked" in told) is (state not in ("probation", "applied"))


@pytest.mark.parametrize(("state", "asked"), [("analysed", True), ("reverted", True), ("resolved", False)])
def test_what_a_diagnosis_says_is_to_be_done_until_it_is_over(state: str, asked: bool, cli: Cli, label: Home) -> None:
    told = Diagnosis(Cause.QUOTA, "Empty.", "It says so.", 0.9, action="Top it up.", by="rules")
    in_store(label, lambda c: repairs.diagnosed(c, BUG, told, NOW))
    in_store(label, lambda c: c.execute(text("UPDATE error_groups SET state = :state"), {"state": state}))
    assert ("Do what the diagnosis says" in to_do(cli, BUG)) is asked
