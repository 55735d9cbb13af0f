"""The process that a stage's heavy work is done in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

AUTOGROUP = Path("/proc/self/autogroup")
GIVES_WAY = """
import os
from pathlib import Path
from engine.pipeline.child import _give_way
_give_way()
print(os.nice(0), Path("/proc/self/autogroup").read_text().split()[-1])
"""


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this kernel shares the processor out by process alone")
def test_it_gives_way_to_other_sessions_and_not_only_inside_its_own() -> None:
    said = subprocess.run(
        [sys.executable, "-c", GIVES_WAY], check=True, capture_output=True, text=True, start_new_session=True
    )
    niceness, of_the_session = said.stdout.split()
    assert int(niceness) >= 10
    assert of_the_session == "10"
