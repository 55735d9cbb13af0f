"""What the policy gate lets through, and that nothing hostile is among it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.repair import RefusalKind
from engine.repair.candidate import Candidate
from engine.repair.checkout import GitFailed
from engine.repair.gate import check
from engine.repair.policy import DENIED
from engine.repair.risks import gains
from engine.safety.secrets import Redactor
from tests.engine.repair.hostile import HOSTILE, SOURCE, TEMPO, Repo

REDACTOR = Redactor(["correct horse battery"])


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return Repo(tmp_path_factory.mktemp("checkout"))


def test_no_hostile_patch_passes_and_each_is_refused_for_its_own_reason(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    passed, misnamed, taken = [], [], []
    for hostile in HOSTILE:
        candidate = hostile.make(repo)
        verdict = check(repo.checkout, candidate, redactor=REDACTOR)
        if verdict.ok or verdict.unasked or {each.kind for each in verdict.refusals} != {RefusalKind.POLICY}:
            passed.append(hostile.name)
        if hostile.reason not in " ".join(refusal.message for refusal in verdict.refusals):
            misnamed.append((hostile.name, verdict.refusals))
        if git_takes(repo, candidate):
            taken.append(hostile.name)
    with capsys.disabled():
        print(f"\n{len(HOSTILE)} hostile patches: {len(taken)} taken by git apply --check, {len(passed)} by the gate")
    assert len({hostile.name for hostile in HOSTILE}) == len(HOSTILE) >= 40
    assert passed == []
    assert misnamed == []
    assert {"the .env", "new .gitattributes", "a conftest at the root", "text turned round"} < set(taken)


def git_takes(repo: Repo, candidate: Candidate) -> bool:
    """Whether git sees nothing wrong with the patch."""
    try:
        repo.git("apply", "--check", "-", input=candidate.diff)
    except GitFailed:
        return False
    return True


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (TEMPO, SOURCE.replace("tempo + 10", "tempo + 12")),
        ("engine/music/pace.py", "PACE = 1\n"),
        ("engine/music/ballads/__init__.py", ""),
        ("engine/llm/prompts/lyrics.md", "Write five lines – no more.\n"),
        ("console/app.py", "LIMIT = 2\n"),
        ("tests/engine/music/test_pace.py", "def test_pace() -> None:\n    assert 1 + 1 == 2\n"),
    ],
)
def test_a_small_change_of_plain_code_passes_without_a_warning(repo: Repo, path: str, text: str) -> None:
    verdict = check(repo.checkout, repo.write((path, text)), redactor=REDACTOR)
    assert verdict.refusals == ()
    assert verdict.warnings == ()
    assert verdict.unasked


def test_the_limits_are_reached_without_a_refusal(repo: Repo) -> None:
    lines = "".join(f"X{n} = {n}\n" for n in range(78))
    files = ((TEMPO, SOURCE + lines), ("console/app.py", "LIMIT = 1\nMORE = 2\n"), ("engine/music/pace.py", "P = 1\n"))
    assert check(repo.checkout, repo.write(*files)).refusals == ()


def test_what_names_a_secret_without_its_value_is_none(repo: Repo) -> None:
    text = (
        SOURCE + 'def ask(key: str) -> str:\n    return f"https://host/?token={key}"\n\n\nX = dict(token=SLOW.real)\n'
    )
    assert check(repo.checkout, repo.write((TEMPO, text))).refusals == ()


POWERS = (
    ("import subprocess", "subprocess"),
    ("from os import system", "system"),
    ("import socket", "socket"),
    ("import ctypes", "ctypes"),
    ("import pickle", "pickle"),
    ("import importlib", "importlib"),
    ("X = eval('1')", "eval"),
    ("X = exec", "exec"),
    ("X = __import__('os')", "__import__"),
    ("X = getattr(faster, 'sys' + 'tem')", "getattr"),
    ("X = getattr(faster, '__globals__')", "getattr"),
    ("X = getattr(SLOW, 'real')", "getattr"),
    ("X = open('a')", "open"),
    ("X = open('a', 'w')", "open"),
    ("X = open('a', mode=SLOW)", "open"),
    ("X = SLOW.write_text('a')", "write_text"),
    ("X = ().__class__.__bases__", "__bases__"),
    ("from engine.safety.secrets import Secret", "engine.safety"),
    ("X = SLOW.reveal()", "reveal"),
    ("async def f():\n    await g.create_subprocess_exec('x')", "create_subprocess_exec"),
    ("from httpx import get", "httpx"),
)


@pytest.mark.quick
@pytest.mark.parametrize(("line", "word"), POWERS, ids=[line for line, _ in POWERS])
def test_a_gained_power_is_named(line: str, word: str) -> None:
    found = gains(TEMPO, SOURCE.encode(), f"{SOURCE}\n{line}\n".encode())
    assert any(word in each for each in found)


@pytest.mark.quick
@pytest.mark.parametrize(
    "line",
    [
        "import math\n\nX = math.floor(2.5)",
        "X = SLOW.replace('a', 'b')",
        "[1].remove(1)",
        "X = '{} of {:>3}'.format(SLOW, FAST)",
        "from datetime import datetime, timedelta\n\nX = (datetime.max - timedelta(days=1)).isoformat()",
        "class Pace:\n    beat: int = 1\n\n    def on(self) -> None:\n        self.last = self.beat",
        "def slower(tempo: int) -> int:\n    assert isinstance(tempo, int), TypeError\n    return max(tempo, SLOW)",
    ],
)
def test_plain_code_gains_no_power(line: str) -> None:
    assert gains(TEMPO, SOURCE.encode(), f"{SOURCE}\n{line}\n".encode()) == []


SLY = {
    "attrgetter": "import operator\nimport logging\n\nX = operator.attrgetter('os.' + 'system')(logging)('id')",
    "a module of a module": "import logging\n\nlogging.os.system('id')",
    "methodcaller": "from operator import methodcaller\n\nmethodcaller('write_' + 'text', 'x')(SLOW)",
    "a path that replaces another": "SLOW.replace('there')",
    "a path's method kept": "X = SLOW.replace",
    "a handler that writes": "import logging\n\nlogging.FileHandler('log').stream.write('x')",
    "a configuration that calls": "import logging.config\n\nlogging.config.dictConfig({'()': 'os.system'})",
    "fields that reach in": "X = '{0.real.numerator}'.format(1)",
    "a text that is built": "X = ('{0.__cla' + 'ss__}').format(1)",
    "a text from elsewhere": "X = SLOW.format(1)",
    "arrays that are code": "import numpy as np\n\nnp.load('x', allow_pickle=True)",
    "an array that is written": "SLOW.tofile('x')",
    "a statement": "X = \"UPDATE approvals SET state = 'approved'\"",
    "a statement of the library": "from sqlalchemy import update\n\nX = update(SLOW)",
    "a loop of events": "import asyncio\n\nasyncio.get_event_loop()",
    "a path's own modules": "import pathlib\n\npathlib.os.remove('x')",
    "another module's value": "from engine.music import keys\n\nkeys.MAJOR = ()",
    "a foreign attribute": "faster.limit = 3",
    "a class that is built": "X = type('X', (), {})",
    "a method behind every attribute": "class X:\n    def __getattr__(self, name: str) -> int:\n        return 1",
    "an address": "X = 'https://host/x'",
    "a name that is nowhere": "X = helper",
    "everything of a module": "from math import *\nfrom engine.music.keys import *",
}
"""Powers without a word that stands on a list of powers."""


@pytest.mark.quick
@pytest.mark.parametrize("line", SLY.values(), ids=SLY)
def test_what_is_new_to_the_file_asks_for_a_second_look(line: str) -> None:
    assert gains(TEMPO, SOURCE.encode(), f"{SOURCE}\n{line}\n".encode())


def test_no_sly_patch_is_applied_unasked(repo: Repo) -> None:
    verdicts = {
        name: check(repo.checkout, repo.write((TEMPO, f"{SOURCE}\n{line}\n")), redactor=REDACTOR)
        for name, line in SLY.items()
    }
    assert [name for name, verdict in verdicts.items() if verdict.unasked] == []


@pytest.mark.quick
def test_a_power_with_other_arguments_is_gained() -> None:
    risky = f"import subprocess\n{SOURCE}\nsubprocess.run(['ls'])\n"
    assert gains(TEMPO, risky.encode(), risky.replace("ls", "sh").encode())


@pytest.mark.quick
def test_what_the_file_used_already_is_not_new() -> None:
    known = f"import logging\n{SOURCE}\nlogging.getLogger('x').warning('%s', SLOW.real)\n"
    more = f"{known}logging.getLogger('y').warning('%s', FAST.real)\n"
    assert gains(TEMPO, known.encode(), more.encode()) == []


@pytest.mark.quick
def test_a_new_test_may_name_what_it_tests_and_no_more() -> None:
    path, head = "tests/engine/music/test_pace.py", "import pytest\n\nfrom engine.music.tempo import faster\n"
    body = "\n\ndef test_pace() -> None:\n    with pytest.raises(ValueError):\n        faster(1).real\n"
    assert gains(path, b"", f"{head}{body}".encode()) == []
    for line in ("import logging.config", "from engine.api import commands", "import subprocess"):
        assert gains(path, b"", f"{line}\n{head}{body}".encode())


# A package's own __init__ runs with every import of what lies in it: to import it says nothing.
JUDGES = {rule.path for rule in DENIED if not rule.path.startswith("*/") and not rule.path.endswith("/__init__")}


@pytest.mark.quick
@pytest.mark.parametrize("path", sorted(JUDGES))
def test_an_import_of_what_decides_is_named_however_it_is_written(path: str) -> None:
    name = path.replace("/", ".")
    package, _, last = name.rpartition(".")
    ways = [f"import {name}.more", f"import {name} as x", f"from {name} import x", f"from {package} import {last}"]
    if package.startswith("engine"):
        ways.append(f"from ..{package.removeprefix('engine').removeprefix('.')} import {last}")
    for way in ways:
        found = gains(TEMPO, SOURCE.encode(), f"{SOURCE}\n{way}\n".encode())
        assert any("which no patch may touch" in each for each in found), way


def test_a_gained_power_asks_for_a_second_look(repo: Repo) -> None:
    verdict = check(repo.checkout, repo.write((TEMPO, f"{SOURCE}\nimport subprocess\n")))
    assert verdict.ok
    assert not verdict.unasked
    assert verdict.warnings == (f"{TEMPO}: it gains an import of subprocess, which can start programs",)


@pytest.mark.quick
def test_a_power_that_was_there_before_is_not_gained() -> None:
    risky = f"import subprocess\n{SOURCE}"
    assert gains(TEMPO, risky.encode(), f"{risky}X = 1\n".encode()) == []


def test_a_file_about_money_asks_for_a_second_look(repo: Repo) -> None:
    verdict = check(repo.checkout, repo.write(("engine/domain/budget.py", "CAP = 1\n")))
    assert verdict.ok
    assert verdict.warnings == ("engine/domain/budget.py: it has to do with spending",)


def test_the_worktree_is_as_it_was(repo: Repo) -> None:
    repo.write((TEMPO, SOURCE + "X = 1\n"))
    assert repo.git("status", "--porcelain") == ""
    assert repo.checkout.head() == repo.base
    assert (Path(repo.checkout.root) / TEMPO).read_text() == SOURCE
