"""Bugs in the engine's rooms: a race, a sign, a missing await, an answer of another shape."""

from __future__ import annotations

from engine.domain.repair import Edit
from tests.faults.seeds.kit import Bad, Seed, Stop, test_file

_LANES = "engine/telegram/lanes.py"
_RANKING = "engine/llm/ranking.py"
_TRIALS = "engine/store/experiments.py"
_CHARTS = "engine/trends/charts.py"

RACE = Seed(
    name="race",
    kind="race",
    part="telegram",
    planted=Edit(
        _LANES,
        "        for task in list(self._tasks):\n            task.cancel()\n"
        "        await asyncio.gather(*self._tasks, return_exceptions=True)\n",
        "        for task in self._tasks:\n            task.cancel()\n"
        "            await asyncio.gather(task, return_exceptions=True)\n",
    ),
    raises="RuntimeError",
    trigger="""
import asyncio
from engine.telegram import lanes

lanes._LEAVE_S = 0.01

async def close_two():
    two = lanes.Lanes()
    for name in "ab":
        two.put(name, asyncio.Event().wait)
    await asyncio.sleep(0)
    await two.close()

asyncio.run(close_two())
""",
    said="A task that ends takes itself out of the set while `close` is still going through it.",
    good=(
        Edit(
            _LANES,
            "        for task in self._tasks:\n            task.cancel()\n"
            "            await asyncio.gather(task, return_exceptions=True)\n",
            "        for task in list(self._tasks):\n            task.cancel()\n"
            "        await asyncio.gather(*self._tasks, return_exceptions=True)\n",
        ),
    ),
    also_good=((Edit(_LANES, "        for task in self._tasks:\n", "        for task in tuple(self._tasks):\n"),),),
    test=test_file(
        "tests/engine/telegram/test_closing_lanes.py",
        "Lanes at work are ended.",
        """
import asyncio

import pytest

from engine.telegram import lanes

pytestmark = pytest.mark.quick


async def test_every_lane_at_work_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_LEAVE_S", 0.01)
    several, ended = lanes.Lanes(), list[str]()

    async def works(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    for name in "abc":
        several.put(name, lambda name=name: works(name))  # type: ignore[misc]
    await asyncio.sleep(0)
    await several.close()
    assert sorted(ended) == ["a", "b", "c"]
""",
    ),
    bad=(
        Bad(
            "swallows it: lanes go on",
            Stop.REPRODUCE,
            "test_closing_lanes",
            (
                Edit(
                    _LANES,
                    "        for task in self._tasks:\n            task.cancel()\n"
                    "            await asyncio.gather(task, return_exceptions=True)\n",
                    "        try:\n            for task in self._tasks:\n                task.cancel()\n"
                    "                await asyncio.gather(task, return_exceptions=True)\n"
                    "        except RuntimeError:\n            pass\n",
                ),
            ),
        ),
        Bad("a block for two places", Stop.PLACE, "ambiguous", (Edit(_LANES, "self._next[lane] = None", "pass"),)),
    ),
)


SIGN = Seed(
    name="wrong-sign",
    kind="wrong sign",
    part="models",
    planted=Edit(_RANKING, "1 / (1 + record.latency_s / _SLOW_S)", "1 / (1 - record.latency_s / _SLOW_S)"),
    raises="ZeroDivisionError",
    trigger="""
from engine.domain.models import ModelName
from engine.llm.ranking import Record, rank

slow, quick = ModelName("openai", "slow"), ModelName("openai", "quick")
rank([slow, quick], {slow: Record(40, 40, latency_s=30.0), quick: Record(40, 40, latency_s=2.0)})
""",
    said="Slowness is taken off where it is to be added: half a minute makes the divisor nothing.",
    good=(Edit(_RANKING, "1 / (1 - record.latency_s / _SLOW_S)", "1 / (1 + record.latency_s / _SLOW_S)"),),
    test=test_file(
        "tests/engine/llm/test_slow_models.py",
        "The slower a model, the lower its score.",
        """
import pytest

from engine.llm.ranking import Record, score

pytestmark = pytest.mark.quick


def test_each_second_costs() -> None:
    scores = [score(Record(40, 40, latency_s=seconds)) for seconds in (1.0, 10.0, 30.0, 60.0)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4
""",
    ),
    bad=(
        Bad(
            "wrong fix: never less than a hundredth, so that slow models win",
            Stop.AFFECTED,
            "test_slow_and_dear_lose",
            (
                Edit(
                    _RANKING,
                    "1 / (1 - record.latency_s / _SLOW_S)",
                    "1 / max(0.01, 1 - record.latency_s / _SLOW_S)",
                ),
            ),
            with_test=False,
        ),
        Bad(
            "touches the project's own settings",
            Stop.GATE,
            "pyproject.toml",
            (
                Edit(_RANKING, "1 / (1 - record.latency_s / _SLOW_S)", "1 / (1 + record.latency_s / _SLOW_S)"),
                Edit("pyproject.toml", 'testpaths = ["tests"]\n', 'testpaths = ["tests/console"]\n'),
            ),
        ),
    ),
)


AWAIT = Seed(
    name="missing-await",
    kind="missing await",
    part="concept",
    planted=Edit(
        _TRIALS,
        "    if variant := (await connection.execute(known)).scalar_one_or_none():\n",
        "    if variant := connection.execute(known).scalar_one_or_none():  # type: ignore[attr-defined]\n",
    ),
    raises="AttributeError",
    trigger="""
import asyncio, tempfile
from pathlib import Path
from engine.domain.experiments import Experiment
from engine.store import experiments
from engine.store.database import open_database
from engine.store.migrate import migrate
from tests.conftest import NOW
from tests.label import add_artist, add_run

async def assign():
    folder = Path(tempfile.mkdtemp())
    migrate(folder / "artists.db", folder / "backups")
    database = await open_database(folder / "artists.db", folder / "backups")
    try:
        async with database.write() as connection:
            await add_artist(connection)
            await add_run(connection)
            await experiments.assign_run(connection, Experiment("x-1", "tempo", ("a", "b")), "r-first", NOW)
    finally:
        await database.close()

asyncio.run(assign())
""",
    said="`execute` is a coroutine; without `await` nothing was asked, and a coroutine has no rows.",
    good=(
        Edit(
            _TRIALS,
            "    if variant := connection.execute(known).scalar_one_or_none():  # type: ignore[attr-defined]\n",
            "    if variant := (await connection.execute(known)).scalar_one_or_none():\n",
        ),
    ),
    also_good=(
        (
            Edit(
                _TRIALS,
                "    if variant := connection.execute(known).scalar_one_or_none():  # type: ignore[attr-defined]\n",
                "    if variant := await connection.scalar(known):\n",
            ),
        ),
    ),
    test=test_file(
        "tests/engine/store/test_sticky_variants.py",
        "A run keeps the variant that was stored, whatever would be assigned now.",
        """
import pytest

from engine.domain.experiments import Experiment
from engine.store import experiments
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_run

pytestmark = pytest.mark.quick


async def test_the_first_assignment_stays(database: Database) -> None:
    before, after = Experiment("x-1", "tempo", ("slow",)), Experiment("x-1", "tempo", ("quick",))
    async with database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
        assert await experiments.assign_run(connection, before, "r-first", NOW) == "slow"
        assert await experiments.assign_run(connection, after, "r-first", NOW) == "slow"
""",
    ),
    bad=(
        Bad(
            "deletes what failed: nothing sticks",
            Stop.REPRODUCE,
            "test_sticky_variants",
            (
                Edit(
                    _TRIALS,
                    "    if variant := connection.execute(known).scalar_one_or_none():"
                    "  # type: ignore[attr-defined]\n        return str(variant)\n",
                    "",
                ),
            ),
        ),
        Bad(
            "touches a migration",
            Stop.GATE,
            "migrations",
            (
                Edit(
                    _TRIALS,
                    "    if variant := connection.execute(known).scalar_one_or_none():  # type: ignore[attr-defined]\n",
                    "    if variant := (await connection.execute(known)).scalar_one_or_none():\n",
                ),
                Edit(
                    "engine/store/migrations/versions/9999_sticky.py",
                    "",
                    '"""Sticky assignments."""\n\nrevision = "9999"\ndown_revision = None\n',
                ),
            ),
        ),
    ),
)


SHAPE = Seed(
    name="another-shape",
    kind="answer of another shape",
    part="trends",
    planted=Edit(
        _CHARTS,
        "        value = value.get(name) if isinstance(value, dict) else None\n",
        "        value = value.get(name)\n",
    ),
    raises="AttributeError",
    trigger="""
from engine.domain.errors import DownloadUnfit
from engine.trends.charts import _rows

try:
    _rows({"feed": ["moved"]}, "apple", "feed", "results")
except DownloadUnfit:
    pass  # that is how it should end
""",
    said="A source that changed its answer sends a list where an object stood; a list has no `get`.",
    good=(
        Edit(
            _CHARTS,
            "        value = value.get(name)\n",
            "        value = value.get(name) if isinstance(value, dict) else None\n",
        ),
    ),
    test=test_file(
        "tests/engine/trends/test_moved_charts.py",
        "A source that changed its answer is named.",
        """
import pytest

from engine.domain.errors import DownloadUnfit
from engine.trends.charts import _rows

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("answer", [[], None, {"feed": ["moved"]}, {"feed": {"results": {}}}])
def test_an_answer_of_another_shape_is_no_chart(answer: object) -> None:
    with pytest.raises(DownloadUnfit, match="apple"):
        _rows(answer, "apple", "feed", "results")
""",
    ),
    bad=(
        Bad(
            "swallows it: an empty chart in its place",
            Stop.REPRODUCE,
            "test_moved_charts",
            (
                Edit(
                    _CHARTS,
                    "        value = value.get(name)\n",
                    "        if not isinstance(value, dict):\n            return []\n        value = value.get(name)\n",
                ),
            ),
        ),
        Bad(
            "breaks another promise: a door of its own to the outside",
            Stop.QUICK,
            "test_nobody_else_opens_a_connection",
            (
                Edit(
                    _CHARTS,
                    "        value = value.get(name)\n",
                    "        value = value.get(name) if isinstance(value, dict) else None\n",
                ),
                Edit(
                    _CHARTS,
                    "def _by_place(place: int) -> float:\n",
                    "async def _again(address: str) -> Any:\n"
                    '    """Asks once more, where the source moved."""\n'
                    "    import httpx\n\n"
                    "    async with httpx.AsyncClient(follow_redirects=True) as client:\n"
                    "        return (await client.get(address)).json()\n\n\n"
                    "def _by_place(place: int) -> float:\n",
                ),
            ),
        ),
    ),
)

SEEDS = (RACE, SIGN, AWAIT, SHAPE)
