"""What a run took from outside is shown where it is judged, as harmless text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.outside import Rows, from_outside, told_stock, told_trends
from engine.api.outside_models import NOTHING, FromOutside, Missed
from engine.domain.stock import Shown
from engine.domain.trends import Trend
from tests.console.test_hostile import EVERYTHING, harmless

pytestmark = pytest.mark.quick

VIDEO = Shown(
    source="pexels",
    id="5",
    page="https://www.pexels.com/video/5/",
    author="Ada\x1b[31m [bold]",
    author_page="",
    licence="Pexels License",
    licence_url="",
    credit="Video provided by Pexels",
    seconds=4.0,
    cuts=(4.0, 65.0),
)
FOUND = FromOutside(
    trends=(Trend("night drives", 0.61, 0.8, ("deezer", "x")), Trend("distance", 0.0, 0.0, ())),
    trends_missed=(Missed("apple", "rss.example answered 503."),),
    stock=(VIDEO,),
    stock_missed=(Missed("pexels", "pexels-6: sent an empty file"),),
)


def test_foreign_text_in_it_is_harmless() -> None:
    hostile = replace(VIDEO, author=EVERYTHING, page=EVERYTHING, licence="L", credit="C")
    missed = (Missed(EVERYTHING, EVERYTHING),)
    found = FromOutside((Trend(EVERYTHING, 0.1, 0.5, ("x",)),), missed, (hostile,), missed)
    assert harmless(text(from_outside(found)))


def text(rows: Rows) -> str:
    return "\n".join(f"{label}: {value}" for label, value in rows)


def test_nothing_is_said_where_nobody_was_asked() -> None:
    assert from_outside(NOTHING) == []
    assert not NOTHING


def test_trends_are_told_with_how_sure_they_are_and_what_was_missed() -> None:
    assert text(told_trends(FOUND)) == (
        "trends: night drives  +0.61, 80% sure, deezer, x\n"
        "distance  +0.00, nobody knows yet\n"
        "apple: rss.example answered 503."
    )


def test_every_video_has_its_author_licence_places_and_page() -> None:
    assert text(told_stock(FOUND)) == (
        "stock video: Ada [bold]  Video provided by Pexels, Pexels License; at 0:04, 1:05\n"
        "https://www.pexels.com/video/5/\n"
        "pexels: pexels-6: sent an empty file"
    )
