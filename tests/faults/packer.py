"""Packages what waits in a home, in a process of its own that a test kills, and tells of every step.

`python -m tests.faults.packer HOME runs|commands ID` does what the engine's durable job does; each line that it prints
is the name of a child's job with how far that is, or `ended` where its answer is here and nothing is recorded yet.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.home import Home, at
from engine.pipeline import child
from engine.pipeline.child import Answer, Report
from engine.pipeline.line import Line
from engine.pipeline.runner import Runner
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store import runs
from engine.store.database import open_database

ENDED = "ended"


def _say(*words: object) -> None:
    print(*words, flush=True)


def _tell() -> None:
    """Has every child's job tell of its steps here too."""
    run_job = child.run_job

    async def told(name: str, payload: Mapping[str, Any], report: Report, **more: Any) -> Answer:
        async def both(share: float, note: str) -> bool:
            _say(name, share)
            return await report(share, note)

        answer = await run_job(name, payload, both, **more)
        _say(name, ENDED)
        return answer

    child.run_job = told


async def _work(home: Home, kind: str, which: str) -> None:
    _tell()
    database = await open_database(home.database, home.backups)
    runner = Runner(Line(database, home, Settings(), Redactor()))
    if kind == "runs":
        async with database.read() as connection:
            run = await runs.get(connection, which)
        await runner.package(which, run.version, run.attempt)
    else:
        await runner.command(which)
    await database.close()
    _say("done")


if __name__ == "__main__":
    asyncio.run(_work(at(Path(sys.argv[1])), sys.argv[2], sys.argv[3]))
