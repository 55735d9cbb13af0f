"""A bug in a stage, which `docs/repair-walkthrough.md` follows from the failed run to the release."""

from __future__ import annotations

from engine.domain.repair import Edit
from tests.faults.seeds.kit import Bad, Seed, Stop, test_file

_STAGE = "engine/pipeline/stages/concept.py"

STAGE = Seed(
    name="stage",
    kind="wrong attribute",
    part="concept",
    planted=Edit(_STAGE, "title=answer.value.title)", "title=answer.title)  # type: ignore[attr-defined]"),
    raises="AttributeError",
    trigger="""
import asyncio, tempfile
from pathlib import Path
from engine.domain.runs import Stage
from engine.home import at, prepare
from engine.pipeline.line import Line, Task
from engine.pipeline.stages import concept
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store import artists
from engine.store.database import open_database
from tests.conftest import NOW
from tests.label import add_artist, add_run

async def heard(*_):
    return True

async def make():
    home = at(Path(tempfile.mkdtemp()) / "home")
    prepare(home)
    database = await open_database(home.database, home.backups)
    try:
        async with database.write() as connection:
            await add_artist(connection)
            run = await add_run(connection)
            artist = await artists.get(connection, run.artist_id)
        line = Line(database, home, Settings(), Redactor(), now=lambda: NOW)
        await concept.make(Task(line, run, artist, Stage.CONCEPT, {}, 1, heard))
    finally:
        await database.close()

asyncio.run(make())
""",
    said="The answer holds the concept in `value`; its title is asked of the answer itself, which has none.",
    good=(Edit(_STAGE, "title=answer.title)  # type: ignore[attr-defined]", "title=answer.value.title)"),),
    test=test_file(
        "tests/engine/pipeline/test_concept_title.py",
        "A song has the title of its concept.",
        """
import pytest

from engine.domain.runs import Stage
from engine.pipeline.line import Line, Task
from engine.pipeline.stages import concept
from engine.store import artists
from engine.store.database import Database
from tests.label import add_artist, add_run

pytestmark = pytest.mark.quick


async def heard(_share: float, _words: str) -> bool:
    return True


async def test_the_title_is_that_of_the_concept(line: Line, database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        artist = await artists.get(connection, run.artist_id)
    made = await concept.make(Task(line, run, artist, Stage.CONCEPT, {}, 1, heard))
    assert made.title and made.title == made.result["concept"]["title"]
""",
    ),
    bad=(
        Bad(
            "swallows it: a song without a title",
            Stop.REPRODUCE,
            "test_concept_title",
            (
                Edit(
                    _STAGE,
                    "title=answer.title)  # type: ignore[attr-defined]",
                    'title=getattr(answer, "title", ""))',
                ),
            ),
        ),
        Bad(
            "touches what decides on patches",
            Stop.GATE,
            "engine/pipeline/repairs.py",
            (
                Edit(_STAGE, "title=answer.title)  # type: ignore[attr-defined]", "title=answer.value.title)"),
                Edit("engine/pipeline/repairs.py", 'PART = "repair"\n', 'PART = "mending"\n'),
            ),
        ),
    ),
)

SEEDS = (STAGE,)
