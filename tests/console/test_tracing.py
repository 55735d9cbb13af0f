"""A traceback as it is shown: the very text that is kept."""

from __future__ import annotations

import pytest

from console.safe import leaf
from console.tracing import traced
from engine.repair.foreign import shortened
from engine.safety.text import plain

pytestmark = pytest.mark.quick

USUAL = """Traceback (most recent call last):
  File "/srv/app/worker.py", line 12
    def broken(:
               ^
SyntaxError: invalid syntax
"""
CHAINED = """2026-11-23 12:00:00 ERROR worker: job 7 failed
Traceback (most recent call last):
  File "/srv/app/worker.py", line 12, in run
\tself.go("a" + 1)  # here
  File "/usr/lib/python3.11/json/__init__.py", line 3, in loads
    raise ValueError('x: y')
ValueError: x: y

The above exception was the direct cause of the following exception:

  + Exception Group Traceback (most recent call last):
  |   File "engine/a b.py", line 3, in <module>
  | ExceptionGroup: two (1 sub-exception)
  +-+---------------- 1 ----------------
    | KeyError: 'name'
"""


@pytest.mark.parametrize(
    "kept",
    [USUAL, CHAINED, shortened(USUAL * 300), "", "no traceback at all", "a\x1b[31mb\u202ec [bold]d[/]"],
    ids=["usual", "chained", "long", "empty", "words", "hostile"],
)
def test_the_shown_text_is_the_kept_text(kept: str) -> None:
    assert leaf(*traced(kept)).plain == plain(kept, limit=30_000, lines=True)
