"""A long list is held in pages: fetched when seen, dropped when old, and never asked for twice at once."""

from __future__ import annotations

import pytest

from console.window import PAGE, Window

pytestmark = pytest.mark.quick


def window(total: int) -> Window[str]:
    found: Window[str] = Window(lambda row: row)
    found.total = total
    return found


def rows(page: int) -> list[str]:
    return [f"row {page * PAGE + place}" for place in range(PAGE)]


def test_rows_that_are_not_here_are_asked_for_once() -> None:
    list_ = window(1000)
    assert list_.missing(40, 60) == [0, 1]
    assert list_.missing(40, 60) == []
    list_.put(0, rows(0))
    assert list_.get(49) == "row 49"
    assert list_.get(50) is None


def test_a_million_rows_cost_only_the_pages_that_were_looked_at() -> None:
    list_ = window(1_000_000)
    for page in range(0, 20_000, 7):
        list_.put(page, rows(page))
    assert sum(list_.get(index) is not None for index in range(0, 1_000_000, PAGE)) <= 40


def test_the_last_page_may_be_short() -> None:
    list_ = window(PAGE + 3)
    list_.put(1, rows(1)[:3])
    assert list_.get(PAGE + 2) is not None
    assert list_.get(PAGE + 3) is None
    assert list_.pages(0, 10_000) == [0, 1]


def test_a_row_is_found_again_where_it_has_moved_to() -> None:
    list_ = window(100)
    list_.put(0, ["new", *rows(0)[:-1]])
    assert list_.find("row 7", near=7) == 8
    assert list_.find("row 99", near=7) is None


def test_what_is_out_of_view_is_forgotten_when_things_change() -> None:
    list_ = window(1000)
    list_.put(0, rows(0))
    list_.put(9, rows(9))
    list_.forget_except([9])
    assert list_.get(0) is None
    assert list_.get(9 * PAGE) is not None


def test_an_empty_list_asks_for_its_first_page() -> None:
    assert window(0).pages(0, 20) == [0]
    assert window(0).missing(0, 20) == []
