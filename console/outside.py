"""What a run took from outside, in words: the trends that it was told, the stock video that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.human import percent, span
from console.marks import STYLES, Tone
from console.safe import line, lines, own

if TYPE_CHECKING:
    from engine.api.outside_models import FromOutside, Missed
    from engine.domain.stock import Shown
    from engine.domain.trends import Trend

DIM = STYLES[Tone.DIM]
_TERMS = 5
Rows = list[tuple[str, Content | str]]


def from_outside(found: FromOutside) -> Rows:
    """Label and value of everything, nothing where nobody was asked."""
    return [*told_trends(found), *told_stock(found)]


def told_trends(found: FromOutside) -> Rows:
    """The strongest terms, and which sources gave nothing."""
    told = [_term(trend) for trend in found.trends[:_TERMS]]
    told += [_missed(miss) for miss in found.trends_missed]
    return [("trends", lines(told))] if told else []


def told_stock(found: FromOutside) -> Rows:
    """Each stock video with its author, page, licence and where it is shown."""
    told = [part for shown in found.stock for part in _video(shown)]
    told += [_missed(miss) for miss in found.stock_missed]
    return [("stock video", lines(told))] if told else []


def _term(trend: Trend) -> Content:
    sure = f"{percent(trend.confidence)} sure" if trend.sources else "nobody knows yet"
    by = f", {', '.join(trend.sources)}" if trend.sources else ""
    return own(line(trend.term, limit=80), (f"  {trend.score:+.2f}, {sure}{by}", DIM))


def _video(shown: Shown) -> list[Content]:
    where = ", ".join(span(at) for at in shown.cuts[:6])
    return [
        own(line(shown.author, limit=80), (f"  {shown.credit}, {shown.licence}; at {where}", DIM)),
        line(shown.page, DIM, limit=200),
    ]


def _missed(miss: Missed) -> Content:
    return own(line(miss.source, STYLES[Tone.WARN], limit=40), ": ", line(miss.reason, limit=200))
