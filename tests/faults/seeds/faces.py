"""Bugs where text is read and shown: None, bytes, an exception that nobody takes, a form."""

from __future__ import annotations

from engine.domain.repair import Edit
from tests.faults.seeds.kit import Bad, Seed, Stop, test_file

_HUMAN = "console/human.py"
_MEMORY = "console/memory.py"
_READING = "engine/logs/reading.py"
_ANSWERS = "engine/llm/answers.py"

NONE = Seed(
    name="none",
    kind="None",
    part="console",
    planted=Edit(
        _HUMAN,
        '    if then is None:\n        return "never"\n    seconds = (now - then).total_seconds()\n',
        "    seconds = (now - then).total_seconds()  # type: ignore[operator]\n",
    ),
    raises="TypeError",
    trigger="""
from datetime import UTC, datetime
from console.human import ago

ago(None, datetime(2026, 11, 23, tzinfo=UTC))
""",
    said="A moment that never was is None, and nothing can be taken from None.",
    good=(
        Edit(
            _HUMAN,
            "    seconds = (now - then).total_seconds()  # type: ignore[operator]\n",
            '    if then is None:\n        return "never"\n    seconds = (now - then).total_seconds()\n',
        ),
    ),
    test=test_file(
        "tests/console/test_ages.py",
        "Ages of what never was.",
        """
from datetime import UTC, datetime

import pytest

from console.human import ago

pytestmark = pytest.mark.quick


def test_an_artist_without_a_run_has_never_had_one() -> None:
    assert ago(None, datetime(2026, 11, 23, tzinfo=UTC)) == "never"
""",
    ),
    bad=(
        Bad(
            "swallows it",
            Stop.AFFECTED,
            "test_what_never_was_is_never",
            (
                Edit(
                    _HUMAN,
                    "    seconds = (now - then).total_seconds()  # type: ignore[operator]\n",
                    "    try:\n        seconds = (now - then).total_seconds()  # type: ignore[operator]\n"
                    '    except TypeError:\n        return ""\n',
                ),
            ),
            with_test=False,
        ),
        Bad(
            "breaks another promise: the first paint waits for pydantic",
            Stop.SUITE,
            "test_the_console_paints_before_the_engines_libraries_are_loaded",
            (
                Edit(
                    _HUMAN,
                    "from engine.domain.budget import rounded\n",
                    "from pydantic import AwareDatetime, TypeAdapter\n\nfrom engine.domain.budget import rounded\n",
                ),
                Edit(_HUMAN, "_MINUTE = 60\n", "_MOMENT = TypeAdapter(AwareDatetime)\n_MINUTE = 60\n"),
                Edit(
                    _HUMAN,
                    "    seconds = (now - then).total_seconds()  # type: ignore[operator]\n",
                    '    if then is None:\n        return "never"\n'
                    "    seconds = (now - _MOMENT.validate_python(then)).total_seconds()\n",
                ),
            ),
        ),
        Bad(
            "changes nothing",
            Stop.PLACE,
            "no_change",
            (
                Edit(
                    _HUMAN,
                    "    seconds = (now - then).total_seconds()  # type: ignore[operator]\n",
                    "    seconds = (now - then).total_seconds()  # type: ignore[operator]\n",
                ),
            ),
            with_test=False,
        ),
    ),
)


UNTAKEN = Seed(
    name="exception-not-taken",
    kind="wrong exception",
    part="console",
    planted=Edit(_MEMORY, "    except (OSError, ValueError):\n", "    except OSError:\n"),
    raises="JSONDecodeError",
    trigger="""
import tempfile
from pathlib import Path
from console.memory import Memory

path = Path(tempfile.mkdtemp()) / "console.json"
path.write_text("{")
Memory(path)
""",
    said="A damaged file is no OSError: `json.loads` raises ValueError, which `_read` lets through.",
    good=(Edit(_MEMORY, "    except OSError:\n", "    except (OSError, ValueError):\n"),),
    test=test_file(
        "tests/console/test_damaged_memory.py",
        "A damaged memory is started over, and written anew.",
        """
from pathlib import Path

import pytest

from console.memory import Memory, Remembered

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("data", [b"{", b"\\xff", b"not json"])
def test_what_cannot_be_read_is_written_anew(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "console.json"
    path.write_bytes(data)
    memory = Memory(path)
    assert memory.now == Remembered()
    memory.change(theme="dusk")
    assert Memory(path).now.theme == "dusk"
""",
    ),
    bad=(
        Bad(
            "wrong fix: one kind of damage is forgotten",
            Stop.REPRODUCE,
            "test_damaged_memory",
            (Edit(_MEMORY, "    except OSError:\n", "    except (OSError, json.JSONDecodeError):\n"),),
        ),
        Bad(
            "far too much of it",
            Stop.GATE,
            "lines",
            (
                Edit(
                    _MEMORY,
                    "    except OSError:\n",
                    "".join(f"        # {number}: what may be damaged here\n" for number in range(1, 91))
                    + "    except (OSError, ValueError):\n",
                ),
            ),
        ),
    ),
)


BYTES = Seed(
    name="encoding",
    kind="encoding",
    part="console",
    planted=Edit(
        _READING,
        '    return line.removesuffix(b"\\r").decode("utf-8", "backslashreplace")\n',
        '    return line.removesuffix(b"\\r").decode("utf-8")\n',
    ),
    raises="UnicodeDecodeError",
    trigger="""
import tempfile
from pathlib import Path
from engine.logs.reading import tail

log = Path(tempfile.mkdtemp()) / "foreign.log"
log.write_bytes("Sch\\xf6n\\n".encode("latin-1"))
tail(log, 1)
""",
    said="A foreign log may hold any bytes; they are decoded strictly.",
    good=(
        Edit(
            _READING,
            '    return line.removesuffix(b"\\r").decode("utf-8")\n',
            '    return line.removesuffix(b"\\r").decode("utf-8", "backslashreplace")\n',
        ),
    ),
    test=test_file(
        "tests/engine/logs/test_foreign_bytes.py",
        "A log that is no UTF-8 is read.",
        r"""
from pathlib import Path

import pytest

from engine.logs.reading import tail

pytestmark = pytest.mark.quick


def test_bytes_that_are_no_text_are_shown_as_their_codes(tmp_path: Path) -> None:
    log = tmp_path / "foreign.log"
    log.write_bytes("Schön\n".encode("latin-1"))
    assert tail(log, 1).lines == ("Sch\\xf6n",)
""",
    ),
    bad=(
        Bad(
            "swallows it: bytes are lost",
            Stop.AFFECTED,
            "test_reading",
            (Edit(_READING, '.decode("utf-8")\n', '.decode("utf-8", "ignore")\n'),),
            with_test=False,
        ),
        Bad(
            "touches what no patch may touch",
            Stop.GATE,
            "engine/safety/text.py",
            (
                Edit(
                    _READING,
                    '    return line.removesuffix(b"\\r").decode("utf-8")\n',
                    '    return line.removesuffix(b"\\r").decode("utf-8", "backslashreplace")\n',
                ),
                Edit("engine/safety/text.py", "LIMIT = 4_000\n", "LIMIT = 400_000\n"),
            ),
        ),
    ),
)


FORM = Seed(
    name="not-json",
    kind="form",
    part="lyrics",
    planted=Edit(
        _ANSWERS,
        "    return json.dumps(dump(value), ensure_ascii=False,",
        "    return json.dumps(value, ensure_ascii=False,",
    ),
    raises="TypeError",
    trigger="""
from engine.llm.answers import encode
from tests.label import concept

encode(concept())
""",
    said="A value of the domain is a dataclass, which `json.dumps` does not know; `dump` makes plain data of it.",
    good=(Edit(_ANSWERS, "json.dumps(value, ensure_ascii", "json.dumps(dump(value), ensure_ascii"),),
    test=test_file(
        "tests/engine/llm/test_written_answers.py",
        "What is written as an answer is read back.",
        """
import pytest

from engine.domain.song import Concept
from engine.llm.answers import decode, encode
from tests.label import concept

pytestmark = pytest.mark.quick


def test_a_concept_is_read_back_as_it_was() -> None:
    assert decode(encode(concept()), Concept) == concept()
""",
    ),
    bad=(
        Bad(
            "wrong fix: its words in place of its fields",
            Stop.REPRODUCE,
            "test_written_answers",
            (Edit(_ANSWERS, "json.dumps(value, ensure_ascii", "json.dumps(value, default=str, ensure_ascii"),),
        ),
        Bad(
            "leaves the folder",
            Stop.GATE,
            "outside",
            (
                Edit("../outside.py", "", "SWITCH = 1\n"),
                Edit(_ANSWERS, "json.dumps(value, ensure_ascii", "json.dumps(dump(value), ensure_ascii"),
            ),
        ),
    ),
)

SEEDS = (NONE, UNTAKEN, BYTES, FORM)
