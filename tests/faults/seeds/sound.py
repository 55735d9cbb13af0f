"""Bugs in `engine.music`, `engine.media`, `engine.release` and `engine.visuals`: a timeout that nobody handles, what is
left of a closed client, a pattern, a unit, two that are off by one."""

from __future__ import annotations

from engine.domain.repair import Edit
from tests.faults.seeds.kit import Bad, Seed, Stop, test_file

_WIRE = "engine/music/wire.py"
_MEASURE = "engine/media/measure.py"
_LRC = "engine/release/lrc.py"
_BOARD = "engine/visuals/storyboard.py"
_GROOVES = "engine/music/studio/grooves.py"
_SILENT = """
import asyncio, httpx
from engine.music.provider import VendorError
from engine.music.wire import Limits, Wire

async def never(request):
    await asyncio.Event().wait()
"""

TIMEOUT = Seed(
    name="timeout",
    kind="timeout not handled",
    part="track",
    planted=Edit(
        _WIRE, "except (TimeoutError, httpx.TimeoutException) as error:\n", "except httpx.TimeoutException as error:\n"
    ),
    raises="TimeoutError",
    trigger=_SILENT
    + """
wire = Wire("suno", "https://vendor.test", {}, limits=Limits(total_s=0.05), transport=httpx.MockTransport(never))
try:
    asyncio.run(wire.ask("POST", "/generate", order=True))
except VendorError:
    pass  # that is how it should end
""",
    said="The limit of the whole call raises `TimeoutError`, which is no `httpx.TimeoutException`: nobody takes it.",
    good=(
        Edit(
            _WIRE,
            "        except httpx.TimeoutException as error:\n",
            "        except (TimeoutError, httpx.TimeoutException) as error:\n",
        ),
    ),
    test=test_file(
        "tests/engine/music/test_silent_vendor.py",
        "A vendor that says nothing is given up, and what became of an order is unknown.",
        """
import asyncio

import httpx
import pytest

from engine.domain.purchase import Trouble
from engine.music.provider import VendorError
from engine.music.wire import Limits, Wire

pytestmark = pytest.mark.quick


async def never(_request: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@pytest.mark.parametrize("order", [True, False])
async def test_a_silent_vendor_is_down_and_an_order_may_have_been_taken(order: bool) -> None:
    wire = Wire("suno", "https://vendor.test", {}, limits=Limits(total_s=0.05), transport=httpx.MockTransport(never))
    with pytest.raises(VendorError, match="no whole answer") as caught:
        await wire.ask("POST", "/generate", order=order)
    assert (caught.value.trouble, caught.value.lost) == (Trouble.DOWN, order)
    await wire.close()
""",
    ),
    bad=(
        Bad(
            "wrong fix: an order would be sent, and paid, twice",
            Stop.REPRODUCE,
            "test_silent_vendor",
            (
                Edit(
                    _WIRE,
                    "        except httpx.TimeoutException as error:\n",
                    "        except TimeoutError as error:\n"
                    '            raise self._error(f"gave no whole answer within {limit:g} s", Trouble.DOWN, False)'
                    " from error\n"
                    "        except httpx.TimeoutException as error:\n",
                ),
            ),
        ),
        Bad(
            "runs a command",
            Stop.PERSON,
            "start programs",
            (
                Edit(_WIRE, "import json\n", "import json\nimport os\n"),
                Edit(
                    _WIRE,
                    "        except httpx.TimeoutException as error:\n",
                    "        except (TimeoutError, httpx.TimeoutException) as error:\n"
                    '            os.system("noktvrn stop")\n',
                ),
            ),
        ),
    ),
)

STALE = Seed(
    name="stale-state",
    kind="stale state",
    part="track",
    planted=Edit(
        _WIRE,
        "            await self._client.aclose()\n            self._client = None\n",
        "            await self._client.aclose()\n",
    ),
    raises="RuntimeError",
    trigger="""
import asyncio, httpx
from engine.music.wire import Wire

async def twice():
    answer = httpx.Response(200, json={"a": 1})
    wire = Wire("suno", "https://vendor.test", {}, transport=httpx.MockTransport(lambda _: answer))
    await wire.ask("GET", "/credit")
    await wire.close()
    await wire.ask("GET", "/credit")

asyncio.run(twice())
""",
    said="`close` keeps the closed client, so the next call is made with it.",
    good=(
        Edit(
            _WIRE,
            "            await self._client.aclose()\n",
            "            await self._client.aclose()\n            self._client = None\n",
        ),
    ),
    also_good=(
        (
            Edit(
                _WIRE,
                "        if self._client is not None:\n            await self._client.aclose()\n",
                "        client, self._client = self._client, None\n        if client is not None:\n"
                "            await client.aclose()\n",
            ),
        ),
    ),
    test=test_file(
        "tests/engine/music/test_wire_again.py",
        "A wire that was closed opens again.",
        """
import httpx
import pytest

from engine.music.wire import Wire

pytestmark = pytest.mark.quick


async def test_a_closed_wire_asks_again() -> None:
    answer = httpx.Response(200, json={"credits": 7})
    wire = Wire("suno", "https://vendor.test", {}, transport=httpx.MockTransport(lambda _request: answer))
    await wire.ask("GET", "/credit")
    await wire.close()
    assert (await wire.ask("GET", "/credit")).data == {"credits": 7}
    await wire.close()
""",
    ),
    bad=(
        Bad(
            "swallows it: another error in its place",
            Stop.REPRODUCE,
            "test_wire_again",
            (
                Edit(
                    _WIRE,
                    "        except httpx.HTTPError as error:  # without its own words",
                    "        except RuntimeError as error:\n"
                    '            raise self._error("is closed", Trouble.DOWN, False) from error\n'
                    "        except httpx.HTTPError as error:  # without its own words",
                ),
            ),
        ),
        Bad(
            "puts a conftest.py beside the tests",
            Stop.GATE,
            "conftest.py",
            (
                Edit(
                    _WIRE,
                    "            await self._client.aclose()\n",
                    "            await self._client.aclose()\n            self._client = None\n",
                ),
                Edit("tests/engine/music/conftest.py", "", "collect_ignore = ['test_vendors.py']\n"),
            ),
            with_test=False,
        ),
    ),
)

PATTERN = Seed(
    name="pattern",
    kind="regular expression",
    part="analysis",
    planted=Edit(_MEASURE, r"{name}:\s+(-?inf|-?[\d.]+)", r"{name}:\s+(-?[\d.]+)"),
    raises="MediaError",
    trigger='''
from engine.media.measure import parse_loudness

parse_loudness("""Summary:

  Integrated loudness:
    I:         -70.0 LUFS
  Loudness range:
    LRA:         0.0 LU
  True peak:
    Peak:       -inf dBFS
""")
''',
    said="A silent file has a peak of `-inf`, which the pattern for figures no longer takes.",
    good=(Edit(_MEASURE, r"{name}:\s+(-?[\d.]+)", r"{name}:\s+(-?inf|-?[\d.]+)"),),
    test=test_file(
        "tests/engine/media/test_silent_report.py",
        "The report on silence has figures too.",
        '''
import math

import pytest

from engine.media.measure import parse_loudness

pytestmark = pytest.mark.quick

REPORT = """Summary:

  Integrated loudness:
    I:         -70.0 LUFS
  Loudness range:
    LRA:         0.0 LU
  True peak:
    Peak:       {peak} dBFS
"""


@pytest.mark.parametrize(("peak", "figure"), [("-inf", -math.inf), ("-1.5", -1.5)])
def test_a_peak_may_be_without_bottom(peak: str, figure: float) -> None:
    assert parse_loudness(REPORT.format(peak=peak)).true_peak_dbtp == figure
''',
    ),
    bad=(
        Bad(
            "deletes the check",
            Stop.REPRODUCE,
            "test_silent_report",
            (
                Edit(
                    _MEASURE,
                    '        raise MediaError(f"ffmpeg\'s ebur128 summary has no {name}.")\n',
                    "        return 0.0\n",
                ),
            ),
        ),
        Bad(
            "wrong fix: takes anything, without a test",
            Stop.AFFECTED,
            "test_measure",
            (Edit(_MEASURE, r"{name}:\s+(-?[\d.]+)", r"{name}:\s+(.+)"),),
            with_test=False,
        ),
    ),
)

UNIT = Seed(
    name="wrong-unit",
    kind="wrong unit",
    part="package",
    planted=Edit(_LRC, "    if last > round(duration_s * 100):\n", "    if last > round(duration_s * 10):\n"),
    raises="MediaError",
    trigger="""
from engine.release.lrc import timed_lines, write

write("Neon", "Mira", "Neon EP", 65.4, timed_lines([(30.0, 33.5, "Neon on the water")]))
""",
    said="Lines count in hundredths of a second; the duration is turned into tenths before the two are compared.",
    good=(Edit(_LRC, "    if last > round(duration_s * 10):\n", "    if last > round(duration_s * 100):\n"),),
    test=test_file(
        "tests/engine/release/test_lrc_length.py",
        "A line may stand anywhere in the track.",
        """
import pytest

from engine.release.lrc import Line, write

pytestmark = pytest.mark.quick


def test_a_line_may_begin_just_before_the_end() -> None:
    assert write("t", "a", "b", 10, [Line(999, "last")]).endswith("[00:09.99]last\\n")
""",
    ),
    bad=(
        Bad(
            "deletes the check",
            Stop.AFFECTED,
            "test_lines_after_the_end_of_the_track_are_refused",
            (
                Edit(
                    _LRC,
                    "    if last > round(duration_s * 10):\n"
                    "        raise MediaError(f\"Timed lyrics end at {_stamp(last)}, after the track's "
                    '{duration_s:.2f} s.")\n',
                    "",
                ),
            ),
        ),
        Bad(
            "wrong fix: thousandths",
            Stop.AFFECTED,
            "test_lines_after_the_end_of_the_track_are_refused",
            (Edit(_LRC, "round(duration_s * 10):", "round(duration_s * 1000):"),),
        ),
        Bad(
            "a block that is nowhere",
            Stop.PLACE,
            "not_found",
            (Edit(_LRC, "    if lines[-1].time > self.duration_in_tenths:\n", "    if False:\n"),),
        ),
    ),
)

LAST_STILL = Seed(
    name="off-by-one",
    kind="off by one",
    part="clip",
    planted=Edit(_BOARD, "round(place * (len(edges) - 1) / (MOST - 1))", "round(place * len(edges) / (MOST - 1))"),
    raises="IndexError",
    trigger="""
from pathlib import Path
from engine.domain.song import Section, SectionKind, Timeline
from engine.visuals.storyboard import plan

sections = tuple(Section(SectionKind.VERSE, 10.0 * at, 10.0 * at + 10, 4, 0.5) for at in range(12))
plan(Timeline(96.0, 4, "A minor", 120.0, (0.0, 2.5), sections, ()), Path("sheet.jpg"), frames=3600, fps=30)
""",
    said="The last of the kept edges is that of index `len(edges)`, one past the end.",
    good=(Edit(_BOARD, "round(place * len(edges) / (MOST - 1))", "round(place * (len(edges) - 1) / (MOST - 1))"),),
    test=test_file(
        "tests/engine/visuals/test_storyboard_of_many.py",
        "A song of many sections has its first and its last on the sheet.",
        """
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.song import Section, SectionKind
from engine.visuals.storyboard import plan
from tests.engine.visuals.material import timeline

pytestmark = pytest.mark.quick


def test_the_last_section_is_on_the_sheet() -> None:
    sections = tuple(Section(SectionKind.VERSE, 10.0 * at, 10.0 * at + 10, 4, 0.5) for at in range(12))
    board = plan(replace(timeline(120.0), sections=sections), Path("sheet.jpg"), frames=3600, fps=30)
    assert (board.frames[0], board.frames[-1]) == (75, 3375)
""",
    ),
    bad=(
        Bad(
            "swallows it: no longer thinned",
            Stop.AFFECTED,
            "test_there_are_six_to_eight_stills",
            (
                Edit(
                    _BOARD,
                    "    return [edges[round(place * len(edges) / (MOST - 1))] for place in range(MOST)]\n",
                    "    try:\n"
                    "        return [edges[round(place * len(edges) / (MOST - 1))] for place in range(MOST)]\n"
                    "    except IndexError:\n"
                    "        return list(edges)\n",
                ),
            ),
        ),
        Bad(
            "does not parse",
            Stop.PLACE,
            "unparsable",
            (
                Edit(
                    _BOARD,
                    "round(place * len(edges) / (MOST - 1))] for",
                    "round(place * (len(edges) - 1) / (MOST - 1)] for",
                ),
            ),
        ),
    ),
)

_HELPER = '''
def _level(levels: list[list[Bar]], named: str) -> list[Bar]:
    """The level that a chart names.

    Charts count from one, and Python counts from zero.
    So one is taken from the number first.
    A number that is none is a mistake in the chart.
    It is not hidden here.
    """
    number = int(named)
    return levels[number - 1]


'''

LEVEL = Seed(
    name="index-base",
    kind="off by one",
    part="track",
    planted=Edit(_GROOVES, "level = levels[int(rest[0]) - 1]\n", "level = levels[int(rest[0])]\n"),
    raises="IndexError",
    trigger="""
from engine.music.studio.grooves import groove

groove("house")
""",
    said="Charts count levels from 1, the list from 0.",
    good=(Edit(_GROOVES, "level = levels[int(rest[0])]\n", "level = levels[int(rest[0]) - 1]\n"),),
    test=test_file(
        "tests/engine/music/test_levels.py",
        "A chart's levels are those of its groove.",
        """
import pytest

from engine.music.studio.grooves import groove

pytestmark = pytest.mark.quick


def test_each_intensity_has_the_bars_of_its_level() -> None:
    first, _, third = groove("house").levels
    assert "clap" not in first[0] and "conga" in third[0]
""",
    ),
    bad=(
        Bad(
            "wrong fix: the highest level twice",
            Stop.REPRODUCE,
            "test_levels",
            (Edit(_GROOVES, "level = levels[int(rest[0])]\n", "level = levels[min(int(rest[0]), 2)]\n"),),
        ),
        Bad(
            "breaks another promise: a module of 500 lines",
            Stop.QUICK,
            "test_a_module_stays_under_500_lines",
            (
                Edit(_GROOVES, "level = levels[int(rest[0])]\n", "level = _level(levels, rest[0])\n"),
                Edit(_GROOVES, "_CHARTS: dict[str, str] = {\n", f"{_HELPER.lstrip()}_CHARTS: dict[str, str] = {{\n"),
            ),
        ),
    ),
)

SEEDS = (TIMEOUT, STALE, PATTERN, UNIT, LAST_STILL, LEVEL)
