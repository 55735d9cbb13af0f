"""Bought music by command: what was ordered, what an unknown order is told of, and the other take."""

from __future__ import annotations

from engine.domain.errors import Exit
from engine.home import Home
from tests.console.cli import label as names
from tests.console.cli.conftest import Cli


def order_of(cli: Cli) -> str:
    [order] = cli("music", "purchases", "--unknown", "--json").json()
    return str(order["id"])


def test_an_order_of_unknown_fate_says_why_and_what_it_counts(cli: Cli, label: Home) -> None:
    result = cli("music", "purchases")
    assert "elevenlabs" in result.out and "unknown" in result.out and "$0.69" in result.out
    assert "no whole answer within 900 s" in result.err


def test_settling_gives_the_price_back_and_only_once(cli: Cli, label: Home) -> None:
    order = order_of(cli)
    assert cli("music", "settle", order[:6]).code == Exit.DONE
    assert cli("music", "purchases", "--unknown", "--json").json() == []
    assert [row["booked_usd"] for row in cli("music", "purchases", "--json").json()] == [0.0]
    assert cli("runs", "show", names.FAILED, "--json").json()["cost_usd"] == 0.0
    again = cli("music", "settle", order)
    assert again.code == Exit.FAILED and "only one whose fate is unknown" in again.err


def test_an_order_that_there_is_not_is_not_found(cli: Cli, label: Home) -> None:
    assert cli("music", "settle", "k-zzzzzz").code == Exit.NOT_FOUND


def test_a_track_that_was_made_once_has_no_other_take(cli: Cli, label: Home) -> None:
    result = cli("approvals", "choose", names.WAITING, "clip-2")
    assert result.code == Exit.NOT_FOUND and "made once" in result.err
