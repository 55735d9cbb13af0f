"""Whether servers answer is seen without a key, whatever they say."""

from __future__ import annotations

import pytest

from engine.safety.reach import all_unreachable, unreachable
from tests.loopback import http, refused, saying, serving, silent


@pytest.mark.parametrize("status", [200, 401, 404, 500])
async def test_any_answer_will_do_and_no_key_goes_along(status: int) -> None:
    async with serving(saying(http(status, "x", "text/html"))) as server:
        assert await unreachable(server.base) == ""
        assert not {"authorization", "x-api-key", "cookie"} & set(server.asked[0].headers)


async def test_a_dead_port_is_told_apart_from_who_answers() -> None:
    async with serving(saying(http(404))) as well:
        dead = await refused()
        found = await all_unreachable([well.base, dead])
    assert found[well.base] == ""
    assert "cannot be reached" in found[dead]


async def test_silence_is_no_answer() -> None:
    async with serving(silent()) as mute:
        assert await unreachable(mute.base)
