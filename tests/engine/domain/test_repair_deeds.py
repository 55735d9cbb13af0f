"""What faces say about what may be done."""

from __future__ import annotations

import pytest

from engine.domain.repair_deeds import start_anew

pytestmark = pytest.mark.quick


def test_a_patch_of_the_console_says_that_open_ones_are_to_be_started_anew() -> None:
    assert "start them anew" in start_anew(("engine/clip.py", "console/app.py"))
    assert start_anew(("engine/clip.py", "engine/console/odd.py")) == ""
