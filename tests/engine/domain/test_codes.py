"""Codes are read as they are written, checked by their own digit, and given from the operator's range alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import codes
from engine.domain.errors import NotAllowed, UsageError

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("text", ["QZ-ABC-31-00001", "QZABC3100001", " qz-abc-31-00001 ", "qzabc-3100001"])
def test_an_isrc_is_read_with_and_without_hyphens(text: str) -> None:
    assert codes.read_isrc(text) == "QZABC3100001"
    assert codes.shown_isrc("QZABC3100001") == "QZ-ABC-31-00001"


@pytest.mark.parametrize("text", ["", "QZABC310001", "Q1ABC3100001", "QZABC31000011", "QZABC31٠٠٠٠1", "QZ--ABC3100001"])
def test_what_is_no_isrc_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no ISRC"):
        codes.read_isrc(text)


@pytest.mark.parametrize(
    "text", ["036000291452", "4006381333931", "9780201379624", "0 36000 29145 2", "5-901234-123457"]
)
def test_published_product_codes_are_read(text: str) -> None:
    assert codes.read_product_code(text) == text.replace(" ", "").replace("-", "")


def test_an_ean_that_begins_with_a_zero_is_the_upc_that_it_names() -> None:
    assert codes.read_product_code("0036000291452") == "036000291452"


@given(st.text("0123456789", min_size=11, max_size=11), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(payload: str, place: int, by: int) -> None:
    code = payload + codes.check_digit(payload)
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert codes.is_product_code(code)
    assert not codes.is_product_code(wrong)


def test_a_wrong_check_digit_is_told_with_the_right_one() -> None:
    with pytest.raises(UsageError, match=r"wrong check digit.*it would be 2"):
        codes.read_product_code("036000291453")


def test_isrcs_run_on_within_a_year_and_begin_anew_in_the_next() -> None:
    of = codes.read_isrc_range("qz-abc")
    assert of.next(2031, 1, ()) == "QZABC3100001"
    assert of.next(2031, 500, ("QZABC3000900", "QZXYZ3100900")) == "QZABC3100500"
    assert of.next(2031, 500, ("QZABC3100777",)) == "QZABC3100778"
    with pytest.raises(NotAllowed, match="no ISRC left in 2031"):
        of.next(2031, 1, ("QZABC3199999",))


def test_product_codes_run_on_to_the_end_of_the_range() -> None:
    of = codes.read_upc_range("600000000002-600000000026")
    given_out: list[str] = []
    for _ in range(3):
        given_out.append(of.next(given_out))
    assert given_out == ["600000000002", "600000000019", "600000000026"]
    assert all(map(codes.is_product_code, given_out))
    with pytest.raises(NotAllowed, match="is used up"):
        of.next(given_out)


@pytest.mark.parametrize(
    "text", ["", "600000000002", "600000000003-600000000026", "600000000026-600000000002", "4006381333931-600000000026"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        codes.read_upc_range(text)


@pytest.mark.parametrize("text", ["", "QZ", "QZ-AB", "QZ-ABC-31", "1Z-ABC"])
def test_what_is_no_prefix_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        codes.read_isrc_range(text)
