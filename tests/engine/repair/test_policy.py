"""The list of what no patch may touch, held against the code as it is."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from engine.repair import policy

ROOT = Path(__file__).parents[3]
SOURCES = sorted(str(path.relative_to(ROOT)) for package in policy.PACKAGES for path in (ROOT / package).rglob("*.py"))
DECIDING = {"apply_patch", "revert_patch", "trial_patch"}


def may_be_patched(path: str) -> bool:
    return not policy.refusal(path, new=False)


def test_what_the_supervisor_loads_before_a_worker_cannot_be_patched() -> None:
    ours = "m.__file__ for n, m in sys.modules.items() if n.startswith(('engine', 'console'))"
    code = f"import engine.service.__main__, sys; print(*[{ours}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = [str(Path(path).relative_to(ROOT)) for path in done.stdout.split()]
    assert "engine/service/supervisor.py" in loaded
    assert [path for path in loaded if may_be_patched(path)] == []


@pytest.mark.quick
def test_who_applies_or_reverts_cannot_be_patched() -> None:
    callers = [path for path in SOURCES if DECIDING & _attributes(path)]
    assert callers
    assert [path for path in callers if may_be_patched(path)] == []


@pytest.mark.quick
def test_every_denied_path_is_there_or_is_denied_for_what_it_would_be() -> None:
    named = [rule.path for rule in policy.DENIED if not rule.path.startswith("*/")]
    files = {path.removesuffix(".py") for path in SOURCES} | {str(Path(path).parent) for path in SOURCES}
    files |= {str(path.relative_to(ROOT).with_suffix("")) for path in ROOT.glob("engine/**/*.md")}
    assert [path for path in named if path not in files] == []


@pytest.mark.quick
def test_most_of_the_code_can_be_patched() -> None:
    assert sum(map(may_be_patched, SOURCES)) > 0.6 * len(SOURCES)
    for path in (
        "engine/music/provider.py",
        "engine/pipeline/runner.py",
        "console/app.py",
        "engine/llm/prompts/lyrics.md",
    ):
        assert may_be_patched(path), path


def _attributes(path: str) -> set[str]:
    text = (ROOT / path).read_text()
    if not any(name in text for name in DECIDING):
        return set()
    return {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
