"""What a source's failure means is decided by its type and status."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.domain.errors import AddressRefused, DownloadBroken, DownloadStatus, DownloadUnfit, NoktvrnError
from engine.domain.sources import quota_of, trouble_of
from tests.conftest import NOW

pytestmark = pytest.mark.quick


def status(code: int, wait: float | None = None) -> DownloadStatus:
    return DownloadStatus("The source said no.", status=code, retry_after=wait)


@pytest.mark.parametrize(
    ("error", "rest_s", "loud"),
    [
        (status(401), 3600, True),
        (status(402), 3600, True),
        (status(403), 3600, True),
        (status(429), 3600, False),
        (status(429, 7), 7, False),
        (status(500), 300, False),
        (status(503, 30), 30, False),
        (status(404), 3600, False),
        (AddressRefused("It leads inside."), 3600, True),
        (DownloadBroken("It broke off."), 120, False),
        (DownloadUnfit("It is something else."), 3600, False),
    ],
)
def test_a_key_or_an_account_is_for_a_person_and_the_rest_passes(
    error: NoktvrnError, rest_s: float, loud: bool
) -> None:
    trouble = trouble_of(error)
    assert (trouble.rest_s, trouble.loud) == (rest_s, loud)


def test_a_reset_may_be_seconds_or_a_clock_time() -> None:
    clock = str(int(NOW.timestamp()) + 90)
    for reset in ("90", clock):
        quota = quota_of({"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}, NOW)
        assert quota.rest_until() == NOW + timedelta(seconds=90)


def test_while_something_is_left_nobody_rests() -> None:
    assert quota_of({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "90"}, NOW).rest_until() is None


@pytest.mark.parametrize("value", ["", "-1", "soon", "9" * 400, "٣"])
def test_headers_that_say_nothing_useful_are_left_out(value: str) -> None:
    quota = quota_of({"x-ratelimit-remaining": value, "x-ratelimit-reset": value}, NOW)
    assert (quota.remaining, quota.resets_at) == (None, None)
