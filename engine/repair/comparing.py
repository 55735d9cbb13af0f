"""Whether what went wrong in a run of a patched tree goes wrong without the patch as well."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.repair.testing import Result, Results

MOST_FILES = 40
"""More files than this with tests that did not pass are not looked at again: the patch breaks too much."""
_NAMED = 4
_BAD = ("failed", "error")


@dataclass(frozen=True, slots=True)
class Wanting:
    """Tests, and files of them, that did not plainly pass: they failed, were skipped, or never came."""

    results: Mapping[str, Result]

    @property
    def files(self) -> list[str]:
        """The files they stand in, as paths of the tree."""
        return sorted({name.partition("::")[0] for name in self.results})

    def worse_than(self, base: Results) -> dict[str, Result]:
        """Those that do better without the patch, or fail there by an exception of another kind: a patch that leads a
        test past the error to a wrong result has not mended it."""
        return {name: result for name, result in self.results.items() if not _as_bad(name, result, base)}


def wanting(results: Results, expected: Mapping[str, Collection[str]] | None = None) -> Wanting:
    """What did not pass in `results`; `expected` are the test functions by file that had to come."""
    found = results.unlike_passed()
    if expected is not None:
        came = {_function(name) for name in results.tests}
        for file, functions in expected.items():
            if file not in results.files:
                absent = sorted(f"{file}::{function}" for function in functions)
                found |= {name: Result("missing") for name in absent if name not in came}
    return Wanting(found)


def _as_bad(name: str, result: Result, base: Results) -> bool:
    """Whether the same came of it without the patch, or worse."""
    before = _before(name, base)
    if before is None:
        return result.outcome == "missing" and name.partition("::")[0] not in base.files
    if result.outcome in _BAD:
        return before.outcome in _BAD and _kind(before) == _kind(result)
    return before.outcome != "passed"


def passes(name: str, results: Results) -> bool:
    """Whether a test, or with all its parameters a test function, passed in a run."""
    found = [result for test, result in results.tests.items() if name in (test, _function(test))]
    return bool(found) and all(result.outcome == "passed" for result in found)


def _before(name: str, base: Results) -> Result | None:
    if "::" not in name:
        return base.files.get(name)
    if name in base.tests:
        return base.tests[name]
    same = {result.outcome: result for test, result in base.tests.items() if _function(test) == name}
    if same:
        return same.get("passed") or same.popitem()[1]
    return base.files.get(name.partition("::")[0])


def _kind(result: Result) -> str:
    """The exception's type. pytest leaves it out where an assertion says itself what it is."""
    return "AssertionError" if result.error.startswith("assert ") else result.error.partition(":")[0].strip()


def _function(test: str) -> str:
    return test.partition("[")[0]


def names(results: Collection[str]) -> str:
    """Some of the tests by name, for one line."""
    few = sorted(results)[:_NAMED]
    more = len(results) - len(few)
    return ", ".join(few) + (f" and {more} more" if more else "")


def there(tree: Path, files: Collection[str]) -> list[str]:
    """Those of the files that exist in a tree."""
    return [file for file in files if (tree / file).is_file()]
