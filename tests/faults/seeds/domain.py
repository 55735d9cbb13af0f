"""Bugs in `engine.domain`: a wrong key, swapped arguments, a clock with a zone, an empty set."""

from __future__ import annotations

from engine.domain.repair import Edit
from tests.faults.seeds.kit import Bad, Seed, Stop, test_file

_VARIANTS = "engine/domain/variants.py"
_CUES = "engine/domain/cues.py"
_QUIET = "engine/domain/quiet.py"
_LIKENESS = "engine/domain/likeness.py"

WRONG_KEY = Seed(
    name="wrong-key",
    kind="wrong key",
    part="review",
    planted=Edit(_VARIANTS, '        "heard": variant["heard"],\n', '        "heard": variant["hearing"],\n'),
    raises="KeyError",
    trigger="""
from engine.domain.variants import with_variant

heard = {"key": "C major", "tempo_bpm": 96.0}
variant = {"id": "f-2", "artefact": {"id": "f-2"}, "loudness": {}, "heard": heard, "checks": []}
with_variant({"variant": "f-1", "checks": []}, variant)
""",
    said="A variant keeps what was heard under `heard`; `with_variant` reads `hearing`, which no variant has.",
    good=(Edit(_VARIANTS, '        "heard": variant["hearing"],\n', '        "heard": variant["heard"],\n'),),
    test=test_file(
        "tests/engine/domain/test_variant_taken.py",
        "A variant that is taken brings along what was heard in it.",
        """
import pytest

from engine.domain.variants import with_variant

pytestmark = pytest.mark.quick


def test_the_taken_variant_is_the_one_that_is_heard() -> None:
    variant = {"id": "f-2", "artefact": {}, "loudness": {}, "heard": {"key": "C major"}, "checks": []}
    assert with_variant({"variant": "f-1", "checks": []}, variant)["heard"] == {"key": "C major"}
""",
    ),
    bad=(
        Bad(
            "hides it: the value is lost",
            Stop.REPRODUCE,
            "test_variant_taken",
            (Edit(_VARIANTS, 'variant["hearing"]', 'variant.get("hearing")'),),
        ),
        Bad(
            "edits a test",
            Stop.GATE,
            "tests/engine/domain/test_variants.py",
            (
                Edit(_VARIANTS, 'variant["hearing"]', 'variant["heard"]'),
                Edit("tests/engine/domain/test_variants.py", "pytestmark = pytest.mark.quick\n", "pytestmark = []\n"),
            ),
        ),
    ),
)

SWAPPED = Seed(
    name="swapped-arguments",
    kind="swapped arguments",
    part="edit",
    planted=Edit(_CUES, "for place in _places(old, new, sung):\n", "for place in _places(new, old, sung):\n"),
    raises="ValueError",
    trigger="""
from engine.domain.cues import retimed
from engine.domain.song import LyricCue, Lyrics, LyricSection, Section, SectionKind, Timeline

def song(*lines):
    return Lyrics("en", (LyricSection(SectionKind.VERSE, lines),))

one, two = "Walk me along the shore", "The city hums tonight"
cues = tuple(
    LyricCue(line, 4.0 * at, 4.0 * at + 3, 0, ("la",) * 4, tuple(4.0 * at + 0.75 * note for note in range(4)))
    for at, line in enumerate((one, two))
)
sections = (Section(SectionKind.VERSE, 0, 8, 4, 0.5),)
retimed(Timeline(96.0, 4, "A minor", 8.0, (0.0, 2.5), sections, cues), song(one, two), song("Walk", "Hum", "Stay", two))
""",
    said="`_places` takes the section as it was, then as it is; it is called the other way round.",
    good=(Edit(_CUES, "for place in _places(new, old, sung):\n", "for place in _places(old, new, sung):\n"),),
    test=test_file(
        "tests/engine/domain/test_cues_of_more_lines.py",
        "Lines that are put in find their time.",
        """
import pytest

from engine.domain.cues import retimed
from tests.engine.domain.test_cues import BEFORE, LINES, TRACK, lyrics

pytestmark = pytest.mark.quick


def test_a_verse_of_more_lines_keeps_the_cue_of_its_last() -> None:
    after = retimed(TRACK, BEFORE, lyrics("Walk", "Stay", *LINES[1:]))
    assert [cue.text for cue in after.cues[:2]] == ["Walk", "Stay"]
    assert after.cues[2:] == TRACK.cues[1:]
""",
    ),
    bad=(
        Bad(
            "deletes the check that fails",
            Stop.REPRODUCE,
            "test_cues_of_more_lines",
            (
                Edit(
                    _CUES,
                    "_Place([line], [cue] if cue else []) for line, cue in zip(new.lines[c:d], cues[a:b], strict=True)",
                    "_Place([line], [cue] if cue else []) for line, cue in "
                    "zip(new.lines[c:d], cues[a:b], strict=False)",
                ),
            ),
        ),
        Bad("words without any edit", Stop.READ, "", text="The two arguments are swapped. Swap them back.\n"),
    ),
)

TIME_ZONE = Seed(
    name="time-zone",
    kind="time zone",
    part="telegram",
    planted=Edit(_QUIET, "ZoneInfo(self.zone)).time()\n", "ZoneInfo(self.zone)).timetz()\n"),
    raises="TypeError",
    trigger="""
from datetime import UTC, datetime
from engine.domain.quiet import read

datetime(2026, 11, 23, 23, 0, tzinfo=UTC) in read("22:00-08:00")
""",
    said="Start and end carry no zone. The clock does now, and where its offset is fixed the two cannot be compared.",
    good=(Edit(_QUIET, "ZoneInfo(self.zone)).timetz()\n", "ZoneInfo(self.zone)).time()\n"),),
    also_good=(
        (
            Edit(
                _QUIET,
                "        clock = moment.astimezone(ZoneInfo(self.zone)).timetz()\n",
                "        clock = moment.astimezone(ZoneInfo(self.zone)).timetz().replace(tzinfo=None)\n",
            ),
        ),
    ),
    test=test_file(
        "tests/engine/domain/test_quiet_clock.py",
        "Quiet hours go by the clock of their zone.",
        """
from datetime import UTC, datetime

import pytest

from engine.domain.quiet import read

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(("zone", "begin", "end"), [("UTC", 22, 8), ("Europe/Berlin", 21, 7)])
def test_the_clock_is_that_of_the_zone(zone: str, begin: int, end: int) -> None:
    hours = read(f"22:00-08:00 {zone}")
    quiet = [hour for hour in range(24) if datetime(2026, 11, 23, hour, tzinfo=UTC) in hours]
    assert quiet == [*range(end), *range(begin, 24)]
""",
    ),
    bad=(
        Bad(
            "wrong fix: another zone",
            Stop.REPRODUCE,
            "test_quiet_clock",
            (Edit(_QUIET, "moment.astimezone(ZoneInfo(self.zone)).timetz()", "moment.time()"),),
        ),
        Bad(
            "breaks another promise: what starts first loads pydantic",
            Stop.SUITE,
            "test_what_starts_first_loads_nothing_heavy",
            (
                Edit(
                    _QUIET,
                    "from zoneinfo import ZoneInfo\n",
                    "from zoneinfo import ZoneInfo\n\n"
                    "from pydantic import AwareDatetime, TypeAdapter\n\n_MOMENT = TypeAdapter(AwareDatetime)\n",
                ),
                Edit(
                    _QUIET,
                    "clock = moment.astimezone(ZoneInfo(self.zone)).timetz()\n",
                    "clock = _MOMENT.validate_python(moment).astimezone(ZoneInfo(self.zone)).time()\n",
                ),
            ),
        ),
    ),
)

EMPTY = Seed(
    name="empty-set",
    kind="division by zero",
    part="concept",
    planted=Edit(_LIKENESS, "    return 1 - both / union if union else 0.0\n", "    return 1 - both / union\n"),
    raises="ZeroDivisionError",
    trigger="""
from dataclasses import replace
from engine.domain.likeness import persona_distance
from tests.label import persona

bare = replace(persona(), influences=())
persona_distance(bare, bare)
""",
    said="Two personas without influences have an empty union, by which `_apart_folded` divides.",
    good=(Edit(_LIKENESS, "    return 1 - both / union\n", "    return 1 - both / union if union else 0.0\n"),),
    also_good=(
        (
            Edit(
                _LIKENESS,
                "    return 1 - both / union\n",
                "    if not union:\n        return 0.0  # two that have nothing are alike in it\n"
                "    return 1 - both / union\n",
            ),
        ),
    ),
    test=test_file(
        "tests/engine/domain/test_likeness_of_little.py",
        "Personas that say little can be compared.",
        """
from dataclasses import replace

import pytest

from engine.domain.likeness import persona_distance
from tests.label import persona

pytestmark = pytest.mark.quick


def test_two_that_name_no_influence_are_alike_in_that() -> None:
    bare = replace(persona(), influences=())
    assert persona_distance(bare, bare) == 0.0
""",
    ),
    bad=(
        Bad(
            "wrong value: nothing in common",
            Stop.REPRODUCE,
            "test_likeness_of_little",
            (Edit(_LIKENESS, "return 1 - both / union\n", "return 1 - both / union if union else 1.0\n"),),
        ),
        Bad(
            "hides a character",
            Stop.GATE,
            "U+202E",
            (
                Edit(
                    _LIKENESS,
                    "    return 1 - both / union\n",
                    "    return 1 - both / union if union else 0.0  # \u202eoreZ\n",
                ),
            ),
        ),
    ),
)

SEEDS = (WRONG_KEY, SWAPPED, TIME_ZONE, EMPTY)
