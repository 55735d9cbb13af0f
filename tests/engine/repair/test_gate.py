"""What the policy gate lets through, and that nothing hostile is among it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.repair import RefusalKind
from engine.repair.candidate import Candidate
from engine.repair.checkout import GitFailed
from engine.repair.gate import check
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
    ("X = getattr(faster, '__globals__')", "__globals__"),
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
    "line", ["import math", "X = open('a')", "X = SLOW.replace('a', 'b')", "[1].remove(1)", "X = getattr(SLOW, 'real')"]
)
def test_plain_code_gains_no_power(line: str) -> None:
    assert gains(TEMPO, SOURCE.encode(), f"{SOURCE}\n{line}\n".encode()) == []


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
