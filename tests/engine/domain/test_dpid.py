"""DDEX party identifiers are told from slips of the pen and from placeholders."""

from __future__ import annotations

import pytest

from engine.domain.dpid import PLACEHOLDERS, is_dpid

pytestmark = pytest.mark.quick

# From samples that DDEX publishes.
REAL = ("PADPIDA2007050901U", "PADPIDA2009101501Y", "PADPIDA2013042401U")


@pytest.mark.parametrize("dpid", REAL)
def test_real_ones_are_taken(dpid: str) -> None:
    assert is_dpid(dpid)


@pytest.mark.parametrize("dpid", REAL)
def test_every_single_slip_and_every_swap_of_neighbours_is_found(dpid: str) -> None:
    digits = range(7, 17)
    slips = {dpid[:n] + digit + dpid[n + 1 :] for n in digits for digit in "0123456789"} - {dpid}
    swaps = {dpid[:n] + dpid[n + 1] + dpid[n] + dpid[n + 2 :] for n in range(7, 16)} - {dpid}
    assert not [wrong for wrong in slips | swaps if is_dpid(wrong)]


@pytest.mark.parametrize("text", ["", "PADPIDA", "PADPIDA200705090", "XXDPIDA2007050901U", *PLACEHOLDERS])
def test_anything_else_is_none(text: str) -> None:
    assert not is_dpid(text)
