"""When a foreign record was written: its own time in the usual forms, and nothing where that cannot be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from engine.repair.foreign import parse
from engine.repair.json_lines import parse_own
from engine.repair.times import told
from tests.conftest import NOW

pytestmark = pytest.mark.quick

THEN = datetime(2026, 11, 20, 8, 30, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine two hours ahead."""
    monkeypatch.setenv("TZ", "XXX-02")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-11-20T08:30:15Z ERROR x",
        "2026-11-20 10:30:15 ERROR x",
        "[2026-11-20 08:30:15 +0000] [7] [ERROR] x",
        "2026-11-20T03:30:15-05:00 x",
        "2026/11/20 10:30:15 [error] 7#7: x",
        "ERROR 2026-11-20 10:30:15 x",
        "\x1b[31m[ERROR] 2026-11-20 10:30:15\x1b[0m x",
        "Nov 20 10:30:15 host app[7]: error: x",
        "[Fri Nov 20 10:30:15 2026] [error] x",
        '20/Nov/2026:08:30:15 +0000 "GET /" ERROR',
        "E1120 10:30:15 7 a.cc:1] x",
        "20.11.2026 10:30:15 ERROR x",
        "11/20/2026, 10:30:15 ERROR x",
        f"{THEN.timestamp():.0f}",
        f"{THEN.timestamp() * 1000:.0f}",
        'time="2026-11-20T08:30:15Z" level=error msg=x',
    ],
)
def test_the_time_of_a_record_is_read_in_the_usual_forms(stamp: str) -> None:
    assert told(stamp, NOW) == THEN


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "ERROR of 2026-11-20 10:30:15",
        "10:30:15 ERROR x",
        "2027-11-20 10:30:15 ERROR of the future",
        "1926-11-20 10:30:15 ERROR x",
        "2026-13-40 25:61:61 ERROR x",
        "10/11/2026 10:30:15 ERROR either may be the month",
        "2026-11-20 10:30:15 +9999 x",
    ],
)
def test_what_cannot_be_its_time_is_none(stamp: str) -> None:
    assert told(stamp, NOW) is None


def test_without_a_year_it_is_the_last_such_day() -> None:
    assert told("Dec 31 10:00:00 host app: x", NOW) == datetime(2025, 12, 31, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("read", "line"),
    [
        (parse, b'{"level":50,"time":%d,"msg":"x"}\n' % (THEN.timestamp() * 1000)),
        (parse, b'{"level":"error","ts":%r,"msg":"x"}\n' % THEN.timestamp()),
        (parse, b'{"@timestamp":"2026-11-20T08:30:15.000Z","log.level":"error","message":"x"}\n'),
        (parse_own, b'{"ts":"2026-11-20T08:30:15.000Z","level":"ERROR","fp":"f","exc":{"type":"KeyError"}}\n'),
    ],
)
def test_json_lines_say_their_time_in_a_field(read: object, line: bytes) -> None:
    (found,) = read(line, whole=True).found  # type: ignore[operator]
    assert told(found.stamp, NOW) == THEN
