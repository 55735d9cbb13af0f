"""Runs a seed's trigger with the code that lies in the working folder, and keeps what it raises as the engine would.

`python -m tests.faults.raising HOME SEED` prints the id of the error group, or nothing where nothing was raised.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from engine.domain.clock import utc_now
from engine.home import at
from engine.repair.capture import capture
from engine.safety.secrets import Redactor
from engine.store.database import open_database
from tests.faults.seeds import SEEDS


def raised(trigger: str) -> Exception | None:
    """What the program ends by."""
    try:
        exec(compile(trigger, "<trigger>", "exec"), {"__name__": "trigger"})
    except Exception as error:
        return error
    return None


async def kept(home: Path, error: Exception, part: str) -> str:
    """Stores the error and returns its group's id."""
    place = at(home)
    database = await open_database(place.database, place.backups)
    try:
        return await capture(database, Redactor(), error, utc_now(), part=part)
    finally:
        await database.close()


def main(home: str, name: str) -> None:
    """Raises and keeps."""
    seed = next(seed for seed in SEEDS if seed.name == name)
    if (error := raised(seed.trigger)) is not None:
        print(asyncio.run(kept(Path(home), error, seed.part)))


if __name__ == "__main__":
    main(*sys.argv[1:])
