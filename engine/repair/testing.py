"""Runs pytest on a tree in a jail and says what every test came to, believing as little of it as can be.

The exit code and what is printed prove nothing: a patched module may end the process, print what it likes or bend
pytest. So a report counts only if it is signed to its end (`engine.repair.witness`), if the number of collected tests
is that of the outcomes, and if the canaries sang: tests of ours in the same run, of which some must fail.
What this cannot exclude is a patch written against this very harness, which looks for the key in its own process and
tells the canaries apart; a person, or the levels of automation, stand before that.
"""

from __future__ import annotations

import ast
import hashlib
import hmac
import json
import random
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path

from engine.repair.affected import parsed
from engine.repair.copies import Room
from engine.safety.jail import MOST_TOLD, Jail, Limits, Outcome, Task, run

DEFAULT_MARKS = "not contract and not faults and not thorough and not long"
_LEFT_OUT = re.compile(r"\bmark\.(?:contract|faults|thorough|long)\b")
_CHANNEL = "NOKTVRN_WITNESS"
_MOST_FAILURES = 50
_CODES = {2: "was interrupted", 3: "broke inside pytest", 4: "was called wrongly", 5: "found no tests"}
_LIMIT_WORDS = {
    "clock": "did not end within {clock_s:g} s on the clock, and had not used up its time of the processors",
    "cpu": "used more than {all_cpu_s:g} s of the processors and was ended",
    "memory": "needed more memory than a trial may use and was ended",
    "processes": "started more processes than a trial may have and was ended",
    "disk": "wrote more than a trial may and was ended",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What one test, or the collection of one file, came to: passed, failed, skipped or error (outside the test
    itself), with the first line of its exception and the end of its traceback."""

    outcome: str
    error: str = ""
    text: str = ""


@dataclass(slots=True)
class Results:
    """What a run came to. `complaint`: why it cannot be believed or did not end; empty for a run that counts."""

    outcome: Outcome
    tests: dict[str, Result] = field(default_factory=dict)
    files: dict[str, Result] = field(default_factory=dict)
    """Files from which nothing could be collected, or that skipped themselves."""
    complaint: str = ""

    @property
    def late(self) -> bool:
        """Whether the clock ended it, which may be the machine's doing."""
        return self.outcome.broke == "clock"

    @property
    def passed(self) -> int:
        """The number of tests that passed."""
        return sum(result.outcome == "passed" for result in self.tests.values())

    def unlike_passed(self) -> dict[str, Result]:
        """Tests and files that did not plainly pass."""
        return {name: it for name, it in (*self.files.items(), *self.tests.items()) if it.outcome != "passed"}


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the tree, what is given to pytest (paths or ids relative to the tree), the tests' marker expression.

    `workers` 0 runs them in one process. `loopback`: as in a jail's task. `read`: further folders it may read.
    """

    tree: Path
    select: Sequence[str]
    marks: str = DEFAULT_MARKS
    workers: int = 0
    loopback: bool = False
    limits: Limits = field(default_factory=Limits)
    heard: Callable[[bytes], None] | None = None


def missing_tools() -> str:
    """Why no test can be run here; empty where they can."""
    lacks = [name for name in ("pytest", "pytest_asyncio", "xdist", "hypothesis") if find_spec(name) is None]
    if not lacks:
        return ""
    return f"The tests cannot be run: {', '.join(lacks)} not installed here; `make install` in the checkout does it."


async def run_tests(jail: Jail, room: Room, asked: Run) -> Results:
    """Runs the tests. Raises JailBroken where the jail could not be built."""
    key = secrets.token_bytes(32)
    harness, canaries = _harness(room)
    scratch = room.scratch()
    command = [
        *(sys.executable, "-B", "-m", "pytest", "-p", "witness_of_trial", "-p", "no:cacheprovider", "-q"),
        *("--tb=short", "--no-header", "--no-summary", "-o", "addopts=", "--strict-markers", "--color=no"),
        "--continue-on-collection-errors",
        *("-o", "tmp_path_retention_policy=none", "--hypothesis-seed=0", f"--rootdir={asked.tree}"),
        *("-c", str(asked.tree / "pyproject.toml"), "-m", asked.marks),
        *("-n", str(asked.workers), f"--maxfail={_MOST_FAILURES + len(canaries)}"),
        *(*asked.select, str(harness / canaries.file)),
    ]
    environment = {
        "PYTHONPATH": f"{asked.tree}:{harness}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": f"{scratch}/hypothesis",
        "OPENBLAS_NUM_THREADS": "2",
    }
    task = Task(
        *(command, asked.tree, scratch),
        read=(asked.tree, harness),
        environment=environment,
        loopback=asked.loopback,
        channel=_CHANNEL,
        heard=asked.heard,
        stdin=key,
        limits=asked.limits,
    )
    try:
        outcome = await run(jail, task)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(harness, ignore_errors=True)
    return _judged(asked, outcome, key, canaries)


@dataclass(frozen=True, slots=True)
class _Canaries:
    file: str
    expected: dict[str, str]

    def __len__(self) -> int:
        return len(self.expected)

    def own(self, test: str) -> bool:
        """Whether a test's id is one of these; outside of the tree it may come without its file."""
        return test.rpartition("::")[2] in self.expected


_SONGS = {
    "passed": ("assert sum(range(4)) == 6", "with pytest.raises(KeyError):\n        {}['a']"),
    "failed": (
        "assert sum(range(4)) == 7",
        "with pytest.raises(KeyError):\n        {'a': 1}['a']",
        "raise ValueError('no such song')",
    ),
}


def _harness(room: Room) -> tuple[Path, _Canaries]:
    """The folder with the plugin and the canaries, whose names say nothing."""
    from engine.repair import witness

    folder = room.scratch()
    shutil.copyfile(witness.__file__, folder / "witness_of_trial.py")
    name = secrets.token_hex(4)
    songs = [(outcome, body) for outcome, bodies in _SONGS.items() for body in bodies]
    random.SystemRandom().shuffle(songs)
    expected: dict[str, str] = {}
    lines = ["import pytest", "", "pytestmark = pytest.mark.quick", ""]
    for at, (outcome, body) in enumerate(songs):
        expected[f"test_{name}_{at}"] = outcome
        lines += ["", f"def test_{name}_{at}():", f"    {body}", ""]
    file = f"test_{name}.py"
    (folder / file).write_text("\n".join(lines), encoding="utf-8")
    return folder, _Canaries(file, expected)


def _judged(asked: Run, outcome: Outcome, key: bytes, canaries: _Canaries) -> Results:
    results = Results(outcome)
    signed, lines = _lines(outcome.told, key)
    sang: dict[str, str] = {}
    collected: set[str] = set()
    end: dict[str, object] = {}
    for words in lines:
        match words:
            case {"collected": [*ids]}:
                collected |= {str(each) for each in ids}
            case {"test": str(name)}:
                if canaries.own(name):
                    sang[name.rpartition("::")[2]] = str(words.get("outcome"))
                else:
                    _add(results.tests, name, words)
            case {"file": str(name)}:
                _add(results.files, name, words)
            case {"exit": int()}:
                end = words
    results.complaint = _complaint(asked, outcome, signed, end)
    if results.complaint:
        return results
    heard = {name for name in collected if not canaries.own(name)}
    failures = sum(result.outcome not in ("passed", "skipped") for result in results.tests.values())
    if sang != canaries.expected:
        results.complaint = "The run cannot be believed: tests of ours in it that must fail or pass did not."
    elif heard - results.tests.keys() and failures < _MOST_FAILURES:
        results.complaint = f"The run left out {len(heard - results.tests.keys())} of {len(heard)} collected tests."
    return results


def _add(into: dict[str, Result], name: str, words: dict[str, object]) -> None:
    outcome = str(words.get("outcome"))
    if outcome == "failed" and words.get("when") in ("setup", "teardown"):
        outcome = "error"
    if name in into and into[name].outcome not in ("passed", "skipped"):
        return  # the worst of a test's phases stands
    if outcome == "passed" and name in into:
        return
    into[name] = Result(outcome, str(words.get("error") or ""), str(words.get("text") or ""))


def _lines(told: bytes, key: bytes) -> tuple[bool, list[dict[str, object]]]:
    """Whether the report is whole and signed, and its lines."""
    head, _, last = told.removesuffix(b"\n").rpartition(b"\n")
    head += b"\n"
    try:
        signed = hmac.compare_digest(json.loads(last)["sum"], hmac.new(key, head, hashlib.sha256).hexdigest())
    except (ValueError, KeyError, TypeError):
        signed = False
        head = told
    lines: list[dict[str, object]] = []
    for line in head.splitlines():
        try:
            words = json.loads(line)
        except ValueError:
            continue
        if isinstance(words, dict):
            lines.append(words)
    return signed, lines


def _complaint(asked: Run, outcome: Outcome, signed: bool, end: dict[str, object]) -> str:
    if outcome.broke:
        how = _LIMIT_WORDS.get(outcome.broke, "was ended").format_map(asdict(asked.limits))
        return f"The run {how}."
    if len(outcome.told) >= MOST_TOLD:
        return f"The run told more than the {MOST_TOLD:,} bytes that are read of a report."
    if not signed or not end:
        return f"The run ended before its report was complete (exit code {outcome.code})."
    if end["exit"] != outcome.code:
        return f"The run reported exit code {end['exit']} and ended with {outcome.code}."
    if outcome.code in _CODES and outcome.code != 2:  # 2: files that could not be collected, which are reported
        return f"The run {_CODES[outcome.code]}."
    if outcome.code not in (1, 2):
        return f"The run cannot be believed: tests of ours in it must fail, and it ended with {outcome.code}."
    where = end.get("engine")
    if isinstance(where, str) and not Path(where).is_relative_to(asked.tree):
        return "The run did not test this tree: `engine` came from elsewhere."
    return ""


def quick_tests(tree: Path) -> dict[str, set[str]]:
    """The test functions, by file, that a run of the quick tests must come to, as they stand in the text: those of
    files whose `pytestmark` names quick. Parameters count as one."""
    found: dict[str, set[str]] = {}
    for path in sorted((tree / "tests").rglob("test_*.py")):
        text = path.read_text("utf-8", errors="replace")
        if "mark.quick" not in text:
            continue
        module = parsed(text)
        if any(_marks_quick(node) for node in module.body):
            found[path.relative_to(tree).as_posix()] = set(_functions(module.body, asked=True))
    return found


def plain_tests(tree: Path, files: Iterable[str]) -> dict[str, set[str]]:
    """The same for a run of these files by `DEFAULT_MARKS`: functions that are marked otherwise are left out."""
    texts = {file: (tree / file).read_text("utf-8", errors="replace") for file in files}
    return {file: set(_functions(parsed(text).body, asked=False)) for file, text in texts.items()}


def _marks_quick(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)
        and "mark.quick" in ast.unparse(node.value)
    )


def _functions(body: Sequence[ast.stmt], *, asked: bool, within: str = "") -> Iterator[str]:
    """`asked`: whatever their marks say."""
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if not asked and any(_LEFT_OUT.search(ast.unparse(decorator)) for decorator in node.decorator_list):
            continue
        if isinstance(node, ast.ClassDef):
            if node.name.startswith("Test"):
                yield from _functions(node.body, asked=asked, within=f"{within}{node.name}::")
        elif node.name.startswith("test"):
            yield within + node.name
