"""A trial of small commits: good ones pass, bad and hostile ones are refused for the right reason, and nothing gets out
or stays."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.domain.repair import TrialReport
from engine.repair import copies, imports, testing, trial
from engine.repair.checkout import Checkout
from engine.repair.trial import Clocks
from engine.safety.breakout import find
from engine.safety.jail import Jail, Mode
from engine.safety.secrets import Redactor
from tests.engine.repair.repository import patched, repository

PYPROJECT = b"""
[tool.pytest.ini_options]
addopts = ["-n", "3", "-m", "not faults"]
markers = ["quick: ", "faults: ", "contract: ", "thorough: ", "long: "]
filterwarnings = ["error"]
"""
SONG = "engine/song.py"
GOOD = b"def bars(beats):\n    return beats // 4\n\n\ndef beats(bars):\n    return bars * 4\n"
BASE: dict[str, bytes] = {
    "pyproject.toml": PYPROJECT,
    "engine/__init__.py": b"",
    SONG: GOOD.replace(b"//", b"/"),
    "engine/__main__.py": b"raise SystemExit(3)\n",
    "tests/__init__.py": b"",
    "tests/engine/__init__.py": b"",
    "tests/engine/test_song.py": b"from engine.song import bars, beats\n\n\ndef test_bars():\n    assert bars(8) == 2\n"
    b"\n\ndef test_beats():\n    assert beats(2) == 8\n",
    "tests/test_quick.py": b"import pytest\n\nfrom engine import song\n\npytestmark = pytest.mark.quick\n\n\n"
    b"@pytest.mark.parametrize('bars', [1, 2])\ndef test_there_and_back(bars):\n"
    b"    assert song.bars(song.beats(bars)) == bars\n",
}
PROOF = b"from engine.song import bars\n\n\ndef test_a_rest_is_left_over():\n    assert bars(9) == 2\n"
PATIENT = Clocks(compile_s=120, reproduction_s=120, affected_s=120, chunk_s=120, quick_s=120)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return repository(tmp_path_factory.mktemp("checkout") / "root", BASE)


@pytest.fixture(scope="module")
def jail(tmp_path_factory: pytest.TempPathFactory) -> Jail:
    return asyncio.run(find(tmp_path_factory.mktemp("jail")))


@dataclass
class Bench:
    """Where trials are run."""

    checkout: Checkout
    jail: Jail
    work: Path
    clocks: Clocks = PATIENT
    workers: int = 0

    async def tried(self, files: Mapping[str, bytes | None], told: list[str] | None = None) -> TrialReport:
        commit = patched(self.checkout, files)
        words = told if told is not None else []
        return await trial.run(
            self.checkout,
            base=self.checkout.head(),
            commit=commit,
            files=files,
            work=self.work,
            redact=Redactor(["hunter2hunter2"]).text,
            report=lambda part, what: words.append(f"{part:.2f} {what}"),
            jail=self.jail,
            clocks=self.clocks,
            workers=self.workers,
        )


@pytest.fixture
def bench(checkout: Checkout, jail: Jail, tmp_path: Path) -> Bench:
    work = tmp_path / "work"
    work.mkdir()
    return Bench(checkout, jail, work)


def step(report: TrialReport, name: str) -> tuple[bool | None, str]:
    return next((each.ok, each.detail) for each in report.steps if each.name == name)


async def test_a_good_patch_with_its_proof_passes(bench: Bench) -> None:
    told: list[str] = []
    report = await bench.tried({SONG: GOOD, "tests/engine/test_rest.py": PROOF}, told)
    assert (report.ok, report.reason, report.reproduced) == (True, "", True)
    assert report.isolated is bench.jail.isolated
    assert [each.name for each in report.steps] == list(trial.STEPS)
    assert step(report, "reproduction") == (True, "1 passed with the patch; without it 1 failed")
    assert step(report, "affected tests") == (True, "4 passed in 2 files")
    assert step(report, "quick tests") == (True, "2 passed")
    assert (told[0], told[-1]) == ("0.00 copy", "1.00 done")
    assert list(bench.work.iterdir()) == []


@pytest.mark.long
async def test_a_patch_without_a_test_of_its_own_is_neither_reproduced_nor_not(bench: Bench) -> None:
    bench.workers = 2
    report = await bench.tried({SONG: GOOD})
    assert (report.ok, report.reason, report.reproduced) == (True, "", None)
    assert step(report, "reproduction") == (None, "the patch brings no test of its own")


@pytest.mark.long
async def test_a_patch_that_breaks_a_test_is_refused_by_its_name(bench: Bench) -> None:
    report = await bench.tried({SONG: GOOD.replace(b"* 4", b"* 3")})
    assert not report.ok
    assert "tests/engine/test_song.py::test_beats" in report.reason
    assert "assert 6 == 8" in report.log
    assert step(report, "quick tests") == (None, "not run: a step before it failed")


@pytest.mark.long
async def test_what_fails_without_the_patch_too_is_not_held_against_it(tmp_path: Path, jail: Jail) -> None:
    lame = b"import pytest\n\npytestmark = pytest.mark.quick\n\n\ndef test_never():\n    assert 1 == 2\n"
    root = repository(tmp_path / "root", {**BASE, "tests/test_lame.py": lame})
    (tmp_path / "work").mkdir()
    report = await Bench(root, jail, tmp_path / "work").tried({SONG: GOOD})
    assert (report.ok, step(report, "quick tests")) == (True, (True, "2 passed, 1 no different without the patch"))
    assert "tests/test_lame.py::test_never" in report.log


@pytest.mark.long
async def test_a_test_that_passes_when_run_again_alone_is_not_held_against_the_patch(
    tmp_path: Path, jail: Jail
) -> None:
    beside_others = (
        b"import os\n\nfrom engine.song import beats\n\n\ndef test_alone():\n    assert beats(1) == 4\n"
        b"    assert 'PYTEST_XDIST_WORKER' not in os.environ\n"
    )
    root = repository(tmp_path / "root", {**BASE, "tests/engine/test_busy.py": beside_others})
    (tmp_path / "work").mkdir()
    report = await Bench(root, jail, tmp_path / "work", workers=2).tried({SONG: GOOD})
    assert (report.ok, report.reason) == (True, "")
    assert "passed when run again: tests/engine/test_busy.py::test_alone" in report.log


PROOFS: dict[str, tuple[bytes, str]] = {
    "passes without the patch": (PROOF.replace(b"9", b"8"), "pass without it, so they do not show the error"),
    "fails with the patch": (PROOF.replace(b"2", b"3"), "do not pass with it: tests/engine/test_rest.py::test_a_rest"),
    "cannot be imported without it": (
        b"from engine.song import extra as bars\n" + PROOF[29:],
        "cannot be loaded there",
    ),
    "imports within the test": (
        b"def test_rest():\n    from engine.song import extra\n\n    assert extra(9) == 2\n",
        "cannot be loaded there",
    ),
    "asks for a module's new part": (
        b"from engine import song\n\n\ndef test_rest():\n    assert song.extra(9) == 2\n",
        "cannot be loaded there",
    ),
    "holds no test": (b"from engine import song\n", "from which no test was run"),
    "skips itself": (
        b"import pytest\n\n\n@pytest.mark.skip\ndef test_rest():\n    assert 1 == 2\n",
        "do not pass with it: tests/engine/test_rest.py::test_rest",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("what", PROOFS)
async def test_a_proof_that_proves_nothing_is_refused(bench: Bench, what: str) -> None:
    proof, reason = PROOFS[what]
    with_extra = GOOD + b"\n\ndef extra(beats):\n    return beats // 4\n"
    report = await bench.tried({SONG: with_extra, "tests/engine/test_rest.py": proof})
    assert (report.ok, report.reproduced) == (False, False)
    assert reason in report.reason


@pytest.mark.long
async def test_a_test_that_never_ends_without_the_patch_shows_the_error(tmp_path: Path, jail: Jail) -> None:
    loops = {SONG: GOOD + b"\n\ndef last(n):\n    while n != 1:\n        n -= 2\n    return n\n"}
    root = repository(tmp_path / "root", {**BASE, **loops})
    (tmp_path / "work").mkdir()
    bench = Bench(root, jail, tmp_path / "work", replace(PATIENT, reproduction_s=15))
    proof = b"from engine.song import last\n\n\ndef test_it_ends():\n    assert last(2) == 0\n"
    report = await bench.tried({SONG: loops[SONG].replace(b"!= 1", b"> 1"), "tests/engine/test_last.py": proof})
    assert (report.ok, report.reproduced) == (True, True)


IN_PYTEST = b"import sys\nif 'pytest' in sys.modules:\n    "
IN_BARS = b"def bars(beats):\n    "
HOSTILE: dict[str, tuple[bytes, str]] = {
    "is no Python": (b"def bars(:\n", "cannot be imported: SyntaxError"),
    "imports what is not there": (b"import nowhere\n" + GOOD, "cannot be imported: ModuleNotFoundError"),
    "ends the process when imported": (b"import os\nos._exit(0)\n" + GOOD, "ends the process when it is imported"),
    "exits when imported": (b"import sys\nsys.exit(0)\n" + GOOD, "ends the process when it is imported"),
    "never ends when imported": (b"while True: pass\n" + GOOD, "did not end (cpu)"),
    "phones home when imported": (
        b"import socket\nsocket.create_connection(('198.51.100.7', 443), 5)\n" + GOOD,
        "cannot be imported: ",
    ),
    "ends the test run well": (IN_PYTEST + b"import os; os._exit(0)\n" + GOOD, "ended before its report was complete"),
    "prints a good end first": (
        IN_PYTEST + b"import os; os.write(1, b'4075 passed in 9.9s'); os._exit(0)\n" + GOOD,
        "ended before its report was complete (exit code 0)",
    ),
    "writes a report of its own to every descriptor": (
        IN_PYTEST
        + b'import os, json\n    words = b\'{"exit": 1}\\n{"sum": "00"}\\n\'\n    for fd in range(3, 64):\n'
        + b"        try: os.write(fd, words)\n        except OSError: pass\n    os._exit(1)\n"
        + GOOD,
        "ended before its report was complete",
    ),
    "changes the exit code at the end": (
        IN_PYTEST + b"import atexit, os; atexit.register(os._exit, 0)\n" + GOOD,
        "reported exit code 1 and ended with 0",
    ),
    "has every test pass": (
        IN_PYTEST
        + b"from _pytest.reports import TestReport\n    real = TestReport.from_item_and_call.__func__\n"
        + b"    def fine(cls, item, call):\n        report = real(cls, item, call)\n"
        + b"        report.outcome, report.longrepr = 'passed', None\n        return report\n"
        + b"    TestReport.from_item_and_call = classmethod(fine)\n"
        + GOOD.replace(b"* 4", b"* 3"),
        "The run cannot be believed: tests of ours in it",
    ),
    "leaves tests out": (
        IN_PYTEST
        + b"import gc; from _pytest.main import Session\n    class Fewer:\n"
        + b"        def pytest_collection_modifyitems(self, items):\n"
        + b"            items[:] = [each for each in items if not {'bars', 'back'} & set(each.name.split('_'))]\n"
        + b"    for each in gc.get_objects():\n"
        + b"        if isinstance(each, Session): each.config.pluginmanager.register(Fewer())\n"
        + GOOD,
        "With the patch",
    ),
    "skips whoever imports it": (
        IN_PYTEST + b"import pytest; pytest.skip('not today', allow_module_level=True)\n" + GOOD,
        "With the patch",
    ),
    "skips the test that calls it": (
        IN_BARS + b"import pytest; pytest.skip('not today')\n" + GOOD[16:],
        "With the patch",
    ),
    "expects its failure": (IN_BARS + b"import pytest; pytest.xfail('known')\n" + GOOD[16:], "With the patch"),
    "exits within a test": (IN_BARS + b"raise SystemExit(0)\n" + GOOD[16:], "With the patch"),
    "ends the process within a test": (IN_BARS + b"import os; os._exit(0)\n" + GOOD[16:], "ended before its report"),
    "never ends within a test": (IN_BARS + b"while True: pass\n" + GOOD[16:], "used more than 8 s of the processors"),
    "ends all processes": (IN_BARS + b"import os; os.kill(0, 9)\n" + GOOD[16:], "ended before its report"),
}


@pytest.mark.long
@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_patch_is_refused_for_what_it_does(bench: Bench, what: str) -> None:
    code, reason = HOSTILE[what]
    if "never ends" in what:
        bench.clocks = replace(PATIENT, compile_s=3, chunk_s=8, patience=60)
    report = await bench.tried({SONG: code})
    assert not report.ok
    assert reason in report.reason
    assert list(bench.work.iterdir()) == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("code", "where"),
    [
        (b"import time\ntime.sleep(999)\n" + GOOD, "importing what the patch touches"),
        (IN_BARS + b"import time; time.sleep(999)\n" + GOOD[16:], "The run did not end within"),
    ],
)
async def test_a_run_that_the_clock_ended_is_not_judged(bench: Bench, code: bytes, where: str) -> None:
    bench.clocks = Clocks(compile_s=40, chunk_s=40, patience=0.25)
    report = await bench.tried({SONG: code})
    assert (report.ok, report.judged) == (False, False)
    assert where in report.reason
    assert "calmer machine" in report.reason
    assert [each.ok for each in report.steps if each.detail == report.reason] == [None]


async def test_a_tree_whose_compiling_does_not_end_well_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "_COMPILE", "import sys; sys.exit(3 if 'engine' in sys.argv[1] else 0)")
    report = await bench.tried({SONG: GOOD})
    assert (report.ok, report.judged, report.reason) == (False, True, "Compiling the tree ended with 3.")


@pytest.mark.long
async def test_hidden_deeds_come_to_nothing(bench: Bench, tmp_path: Path) -> None:
    """What swallows every refusal passes, since it does what it should; nothing of the rest happened."""
    outside = tmp_path / "outside"
    lines = [
        f"open({str(outside)!r}, 'w').write('out')",
        "os.unlink('tests/engine/test_song.py')",
        "open('tests/engine/test_song.py', 'w').write('')",
        f"open({str(bench.checkout.root / '.git' / 'config')!r}, 'a').write('[core]')",
    ]
    deeds = "".join(f"try:\n    {line}\nexcept OSError: pass\n" for line in lines)
    before = (bench.checkout.root / ".git" / "config").read_bytes()
    report = await bench.tried({SONG: f"import os\n{deeds}".encode() + GOOD})
    assert report.ok is bench.jail.isolated
    assert not outside.exists()
    assert (bench.checkout.root / ".git" / "config").read_bytes() == before
    assert step(report, "affected tests") == (True, "4 passed in 2 files")


async def test_a_changed_test_is_refused_before_anything_runs(bench: Bench) -> None:
    report = await bench.tried({SONG: GOOD, "tests/test_quick.py": b"def test_fine():\n    pass\n"})
    assert "changes or deletes tests that are there: tests/test_quick.py" in report.reason
    assert [each.ok for each in report.steps] == [False, None, None, None, None]


async def test_a_commit_that_holds_more_than_its_patch_is_refused(bench: Bench) -> None:
    commit = patched(bench.checkout, {SONG: GOOD, "engine/other.py": b"x = 1\n"})
    report = await trial.run(
        bench.checkout,
        base=bench.checkout.head(),
        commit=commit,
        files=[SONG],
        work=bench.work,
        redact=str,
        report=lambda *_: None,
        jail=bench.jail,
    )
    assert report.reason == "The commit holds other changes than the patch: engine/other.py"


async def test_without_pytest_the_reason_says_how_to_get_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "find_spec", lambda name: None if name == "pytest" else object())
    report = await bench.tried({SONG: GOOD})
    assert report.reason == (
        "The tests cannot be run: pytest not installed here; `make install` in the checkout does it."
    )


@pytest.mark.long
async def test_without_a_jail_it_runs_and_says_that_it_was_not_isolated(bench: Bench) -> None:
    bench.jail = Jail(Mode.NONE, words="tests are not isolated here")
    report = await bench.tried({SONG: GOOD})
    assert (report.ok, report.isolated) == (True, False)
    assert report.log.startswith("jail: tests are not isolated here\n")


async def test_secrets_that_a_test_shows_stay_out_of_the_report(bench: Bench) -> None:
    report = await bench.tried({SONG: b"raise ValueError('hunter2' 'hunter2')\n"})
    assert not report.ok
    assert "hunter2hunter2" not in repr(report)
    assert "<redacted>" in report.reason


async def test_a_cancelled_trial_leaves_nothing(bench: Bench) -> None:
    begun = asyncio.Event()

    async def go() -> None:
        await trial.run(
            bench.checkout,
            base=bench.checkout.head(),
            commit=patched(bench.checkout, {SONG: b"while True: pass\n"}),
            files=[SONG],
            work=bench.work,
            redact=str,
            report=lambda _, what: begun.set() if what == "compile" else None,
            jail=bench.jail,
        )

    going = asyncio.create_task(go())
    await begun.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert list(bench.work.iterdir()) == []


def test_what_killed_trials_left_is_swept(tmp_path: Path) -> None:
    copies.make_room(tmp_path, "one")
    (tmp_path / "trial-one" / "tree").mkdir()
    (tmp_path / "run-7").mkdir()
    assert copies.sweep(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run-7"]
