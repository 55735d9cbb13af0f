"""The trial of one commit: its files, copied without `.git`, are compiled and tested in a jail.

In order: the copy; touched files compiled and imported; the patch's own new tests, which must fail without the patch
and pass with it; the tests that see the change, the nearest first; all tests marked quick. The first step that fails
ends it. A test that does not pass counts against the patch only if it does better without it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from engine.domain.errors import NoktvrnError
from engine.domain.repair import TrialReport, TrialStep
from engine.repair import comparing, copies, imports, testing
from engine.repair.affected import affected, is_test
from engine.repair.checkout import Checkout
from engine.repair.testing import Results, Run, run_tests
from engine.safety.breakout import find
from engine.safety.jail import Jail, Limits

Heard = Callable[[float, str], None]
"""Is told how far a trial is, from 0 to 1, and what it does."""

STEPS = ("copy", "compile", "reproduction", "affected tests", "quick tests")
_STARTS = (0.0, 0.02, 0.08, 0.15, 0.5)
_LOG = 60_000
_SHOWN = 12  # failures in the log of a step, 2 kB each
_CHUNK = 4
_FAR_LONGER = 4.0
"""How much longer than with the patch a run without it must have taken to be called endless when the clock ended it."""
_UNIMPORTABLE = re.compile(r"(?:ImportError|ModuleNotFoundError)\b|AttributeError: (?:partially initialized )?module ")


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds of the processors that a run of each part may use, whatever else the machine does meanwhile. On the clock
    it may take `patience` times as long; one that the clock ends is not judged. No further affected tests are begun
    after `affected_s` on the clock."""

    compile_s: float = 120.0
    reproduction_s: float = 120.0
    affected_s: float = 60.0
    chunk_s: float = 240.0
    quick_s: float = 300.0
    patience: float = 6.0


async def run(
    checkout: Checkout,
    *,
    base: str,
    commit: str,
    files: Iterable[str],
    work: Path,
    redact: Callable[[str], str],
    report: Heard,
    id: str = "",
    jail: Jail | None = None,
    secret: Path | None = None,
    clocks: Clocks | None = None,
    workers: int = 2,
) -> TrialReport:
    """Tries `commit`, which changes `files` of `base`, in a folder under `work` that is gone afterwards.

    `jail` as `breakout.find` gave it, else it is found now, with `secret` as what must stay unread. `workers` run
    tests at a time. What is refused is in the report; only what no patch can cause is raised: GitFailed, OSError of
    the work folder. Cancelling ends every process.
    """
    id = id or uuid4().hex[:12]
    room = copies.make_room(work, id)
    try:
        held = jail if jail is not None else await find(room.path, secret)
        trial = _Trial(
            id, checkout, base, commit, tuple(sorted(files)), room, held, report, clocks or Clocks(), workers
        )
        return await trial.go(redact)
    finally:
        room.clear()


class _Refused(Exception):
    """The step failed; the message is the reason, for a person and for the engineer."""


class _Unjudged(Exception):
    """The machine was too busy for an answer; the message says where."""


@dataclass
class _Trial:
    id: str
    checkout: Checkout
    base: str
    commit: str
    files: tuple[str, ...]
    room: copies.Room
    jail: Jail
    report: Heard
    clocks: Clocks
    workers: int
    steps: list[TrialStep] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    reproduced: bool | None = None
    judged: bool = True
    new_tests: tuple[str, ...] = ()
    _base_tree: Path | None = None

    @property
    def tree(self) -> Path:
        return self.room.path / "tree"

    async def go(self, redact: Callable[[str], str]) -> TrialReport:
        reason = ""
        self.log.append(f"jail: {self.jail.words or self.jail.mode}")
        actions = (self._copy, self._compile, self._reproduce, self._affected, self._quick)
        for name, start, action in zip(STEPS, _STARTS, actions, strict=True):
            if reason:
                self.steps.append(TrialStep(name, None, 0.0, "not run: a step before it failed"))
            else:
                self.report(start, name)
                reason = await self._step(name, action)
        self.report(1.0, "done")
        steps = tuple(TrialStep(each.name, each.ok, each.seconds, redact(each.detail)) for each in self.steps)
        log = _bounded(redact("\n".join(self.log)))
        ok, isolated = not reason, self.jail.isolated
        return TrialReport(self.id, ok, isolated, self.reproduced, steps, log, redact(reason), self.judged)

    async def _step(self, name: str, action: Callable[[], Awaitable[str | None]]) -> str:
        """Carries out one step and notes it; gives the reason of a refusal. An action gives its detail, or None and
        a line before in the log where there was nothing to do."""
        self.log.append(f"== {name}")
        started = time.monotonic()
        ok: bool | None = True
        reason = ""
        try:
            detail = await action()
            ok, detail = (True, detail) if detail is not None else (None, self.log[-1])
        except _Refused as refusal:
            ok, reason = False, str(refusal)
            detail = reason
        except _Unjudged as unjudged:
            ok, self.judged = None, False
            reason = detail = f"It could not be judged: {unjudged} Ask again on a calmer machine."
        except NoktvrnError as error:  # the jail fell
            ok, reason = False, str(error)
            detail = reason
        self.steps.append(TrialStep(name, ok, round(time.monotonic() - started, 2), detail))
        self.log.append(f"{detail} ({self.steps[-1].seconds:.1f} s)")
        return reason

    # ------------------------------------------------------------------------------------------------- the steps

    async def _copy(self) -> str:
        if lacks := testing.missing_tools():
            raise _Refused(lacks)
        changed = await asyncio.to_thread(self._changed)
        if changed != set(self.files):
            raise _Refused("The commit holds other changes than the patch: " + ", ".join(changed ^ set(self.files)))
        before = await asyncio.to_thread(self.checkout.files, self.base)
        if old := [path for path in self.files if path.startswith("tests/") and path in before]:
            raise _Refused(f"The patch changes or deletes tests that are there: {', '.join(old)}.")
        self.new_tests = tuple(path for path in self.files if is_test(path))
        count = await asyncio.to_thread(copies.lay_out, self.checkout, self.commit, self.tree)
        return f"{count} files"

    def _changed(self) -> set[str]:
        told = self.checkout.git_bytes("diff-tree", "-r", "-z", "--no-renames", "--name-only", self.base, self.commit)
        return {path for path in told.decode("utf-8", "surrogateescape").split("\0") if path}

    async def _compile(self) -> str:
        limits = self._limits(self.clocks.compile_s)
        compiled = await imports.compile_tree(self.jail, self.room, self.tree, limits)
        if compiled.broke == "clock":
            raise _Unjudged(f"compiling did not end within {limits.clock_s:g} s.")
        if compiled.code or compiled.broke:
            self.log.append(compiled.output.strip()[-4_000:])
            how = f"broke its limit of {compiled.broke}" if compiled.broke else f"ended with {compiled.code}"
            raise _Refused(f"Compiling the tree {how}.")
        present = [path for path in self.files if (self.tree / path).is_file()]
        sources = [path for path in present if path.endswith(".py")]
        reason, imported = await imports.import_touched(self.jail, self.room, self.tree, sources, limits)
        if imported.output.strip():
            self.log.append(imported.output.strip()[-4_000:])
        if imported.broke == "clock":
            raise _Unjudged(f"importing what the patch touches did not end within {limits.clock_s:g} s.")
        if reason:
            raise _Refused(reason)
        return f"{len(sources)} touched Python file{'' if len(sources) == 1 else 's'}"

    async def _reproduce(self) -> str | None:
        if not self.new_tests:
            self.log.append("the patch brings no test of its own")
            return None
        self.reproduced = False
        base = await self._base()
        before = await self._run(base, self.new_tests, self.clocks.reproduction_s, laid_over=True)
        after = await self._run(self.tree, self.new_tests, self.clocks.reproduction_s)
        _in_time(after)
        if after.complaint:
            raise _Refused(f"The patch's own tests: {after.complaint}")
        if bad := after.unlike_passed():
            self._show(bad)
            raise _Refused(f"The patch's own tests do not pass with it: {comparing.names(bad)}.")
        if not after.passed:
            raise _Refused("The patch brings test files from which no test was run.")
        if before.late and before.outcome.seconds < _FAR_LONGER * after.outcome.seconds:
            _in_time(before)
        if before.outcome.broke in ("clock", "cpu"):
            self.reproduced = True
            return f"{after.passed} passed with the patch; without it they did not end"
        shown = [name for name, result in before.tests.items() if _fails(result) and name in after.tests]
        if not shown:
            self._show(before.unlike_passed())
            raise _Refused(_not_shown(before))
        self.reproduced = True
        return f"{after.passed} passed with the patch; without it {len(shown)} failed"

    async def _affected(self) -> str | None:
        found = await asyncio.to_thread(affected, self.tree, self.files)
        tests = [path for path in found if path not in self.new_tests]
        if not tests:
            self.log.append("no test leads to what the patch touches")
            return None
        started, passed, alike, done = time.monotonic(), 0, 0, 0
        while done < len(tests) and (not done or time.monotonic() - started < self.clocks.affected_s):
            chunk = tests[done : done + _CHUNK]
            begins, ends = (
                _STARTS[3] + (_STARTS[4] - _STARTS[3]) * count / len(tests) for count in (done, done + len(chunk))
            )
            what = f"affected tests, files {done + 1} to {done + len(chunk)} of {len(tests)}"
            self.report(begins, what)
            asked = Run(
                *(self.tree, chunk),
                workers=self.workers,
                loopback=True,
                limits=self._limits(self.clocks.chunk_s),
                heard=_Progress(self.report, begins, ends, what).hear,
            )
            results = await run_tests(self.jail, self.room, asked)
            expected = await asyncio.to_thread(testing.plain_tests, self.tree, chunk)
            alike += await self._compared(asked, results, comparing.wanting(results, expected))
            passed, done = passed + results.passed, done + len(chunk)
        rest = f"; {len(tests) - done} files further away were left to the quick tests" if done < len(tests) else ""
        return f"{_counted(passed, alike)} in {done} files{rest}"

    async def _quick(self) -> str:
        asked = Run(
            *(self.tree, ("tests",), "quick", self.workers),
            limits=self._limits(self.clocks.quick_s),
            heard=_Progress(self.report, _STARTS[4], 1.0, "quick tests").hear,
        )
        expected = await asyncio.to_thread(testing.quick_tests, self.tree)
        results = await run_tests(self.jail, self.room, asked)
        alike = await self._compared(asked, results, comparing.wanting(results, expected))
        if not results.passed:
            raise _Refused("No quick test was run, so nothing is proven.")
        return _counted(results.passed, alike)

    # ------------------------------------------------------------------------------------------------- their parts

    async def _compared(self, asked: Run, results: Results, wanting: comparing.Wanting) -> int:
        """Runs what did not pass without the patch; gives how many of them are no different there."""
        _in_time(results)
        if results.complaint:
            self.log.append(results.outcome.output[-3_000:])
            raise _Refused(results.complaint)
        if not wanting.results:
            return 0
        names = comparing.names(wanting.results)
        if len(wanting.files) > comparing.MOST_FILES:
            self._show(wanting.results)
            raise _Refused(f"Tests in {len(wanting.files)} files do not pass with the patch: {names}.")
        base = await self._base()
        files = comparing.there(base, wanting.files)
        worse = dict(wanting.results)
        if files:
            again = Run(base, files, asked.marks, 0, asked.loopback, asked.limits)
            before = await run_tests(self.jail, self.room, again)
            _in_time(before)
            if before.complaint:
                self._show(wanting.results)
                raise _Refused(f"{names} do not pass, and without the patch: {before.complaint}")
            worse = wanting.worse_than(before)
        if worse:
            worse = await self._once_more(asked, worse)
        if worse:
            self._show(worse)
            how = sorted({result.outcome for result in worse.values()})
            raise _Refused(f"With the patch {len(worse)} tests are {' or '.join(how)}: {comparing.names(worse)}.")
        self.log.append(f"no different without the patch, or passed when run again: {names}")
        return len(wanting.results)

    async def _once_more(self, asked: Run, worse: dict[str, testing.Result]) -> dict[str, testing.Result]:
        """Those that do not pass when their files are run again, alone: a busy machine makes some tests fail."""
        files = comparing.there(self.tree, comparing.Wanting(worse).files)
        if not files:
            return worse
        again = await run_tests(
            self.jail, self.room, Run(self.tree, files, asked.marks, 0, asked.loopback, asked.limits)
        )
        _in_time(again)
        if again.complaint:
            return worse
        return {name: result for name, result in worse.items() if not comparing.passes(name, again)}

    async def _base(self) -> Path:
        if self._base_tree is None:
            tree = self.room.path / "base"
            await asyncio.to_thread(copies.lay_out, self.checkout, self.base, tree)
            self._base_tree = tree
        return self._base_tree

    async def _run(self, tree: Path, tests: tuple[str, ...], seconds: float, *, laid_over: bool = False) -> Results:
        asked = Run(tree, tests, loopback=True, limits=self._limits(seconds))
        if not laid_over:
            return await run_tests(self.jail, self.room, asked)
        brought = [path for path in self.files if path.startswith("tests/")]
        await asyncio.to_thread(copies.lay_over, self.tree, tree, brought)
        try:
            return await run_tests(self.jail, self.room, asked)
        finally:  # what is compared with the base later must be the base
            for path in brought:
                (tree / path).unlink()

    def _limits(self, seconds: float) -> Limits:
        used = seconds * max(1, self.workers)  # the kernel's own limit holds where nobody sees what all use
        return Limits(clock_s=seconds * self.clocks.patience, cpu_s=round(used) + 5, all_cpu_s=used)

    def _show(self, results: Mapping[str, testing.Result]) -> None:
        for name, result in list(results.items())[:_SHOWN]:
            self.log.append(f"-- {name}: {result.outcome} {result.error}\n{result.text[-2_000:]}")


class _Progress:
    """Turns the lines of a run's report, as they come, into how far it is."""

    def __init__(self, report: Heard, start: float, end: float, what: str) -> None:
        self._report, self._start, self._end, self._what = report, start, end, what
        self._all = self._done = 0
        self._told = 0.0
        self._rest = b""

    def hear(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b'{"test"'):
                self._done += 1
            elif line.startswith(b'{"collected"'):
                self._all = max(self._all, line.count(b"::"))
        now = time.monotonic()
        if self._all and now - self._told >= 0.5:
            self._told = now
            part = min(1.0, self._done / self._all)
            share = self._start + (self._end - self._start) * part
            self._report(share, f"{self._what}: {self._done} of {self._all}")


def _in_time(results: Results) -> None:
    if results.late:
        raise _Unjudged(results.complaint)


def _fails(result: testing.Result) -> bool:
    """Whether a test itself failed, and not for want of something to import."""
    return result.outcome == "failed" and not _UNIMPORTABLE.match(result.error)


def _not_shown(before: Results) -> str:
    if before.complaint:
        return f"The patch's own tests, without the patch: {before.complaint}"
    if before.unlike_passed():
        return (
            "The patch's own tests fail without it only because they or their fixtures cannot be loaded there, which"
            " proves nothing. Import what is there already, and test what it does."
        )
    return "The patch's own tests pass without it, so they do not show the error."


def _counted(passed: int, alike: int) -> str:
    return f"{passed} passed" + (f", {alike} no different without the patch" if alike else "")


def _bounded(log: str) -> str:
    if len(log) <= _LOG:
        return log
    return f"{log[: _LOG // 3]}\n… {len(log) - _LOG} characters left out …\n{log[-2 * _LOG // 3 :]}"
