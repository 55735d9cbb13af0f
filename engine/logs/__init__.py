"""Logs as JSON lines, one event each: written by `configure`, read by `tail` and `read_since`. Never to a terminal.

A line holds `ts` (UTC, milliseconds), `level`, `logger`, `event`, `pid`; where known `run_id`, `artist_id`, `stage`,
`provider`, `workflow_id` and `facts`; for an exception `fp` (see `fingerprint`), `exc` (see `faults.describe`) and
`started`, when the process loaded its code.
Lines are ASCII: whatever was logged, `cat` on a terminal is harmless.
"""

from engine.logs.faults import describe, fingerprint
from engine.logs.reading import Event, Position, Read, parse, read_since, tail
from engine.logs.writing import LogFile, configure

__all__ = [
    "Event",
    "LogFile",
    "Position",
    "Read",
    "configure",
    "describe",
    "fingerprint",
    "parse",
    "read_since",
    "tail",
]
