"""Times that people read are those of the place where they sit."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from engine.domain.clock import local

MIDDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "words"),
    [("UTC", "2026-11-23 12:00"), ("Asia/Kolkata", "2026-11-23 17:30"), ("Etc/GMT+12", "2026-11-23 00:00")],
)
def test_a_moment_is_told_in_local_time(zone: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    assert local(MIDDAY) == words


def test_the_form_may_be_another_one() -> None:
    assert local(MIDDAY, "%H:%M:%S") == "12:00:00"
