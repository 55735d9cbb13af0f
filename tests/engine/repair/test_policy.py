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


EYES = (
    *("console/screens/patch.py", "console/screens/patch_edit.py", "console/screens/error.py"),
    *("console/screens/trial.py", "console/applying.py", "console/repairing.py", "console/unified.py"),
    *("console/syntax.py", "console/patchrows.py", "console/widgets/patchview.py", "console/screens/confirm.py"),
    *("console/cli/mending.py", "console/cli/patching.py", "console/cli/patch_lines.py", "console/cli/errors.py"),
    *("console/screens/review.py", "console/panes/approvals.py", "console/cli/approvals.py"),
    *("engine/logs/writing.py", "engine/telegram/handle.py", "engine/pipeline/repairs.py"),
    *("engine/pipeline/repair_hands.py", "engine/pipeline/repair_gates.py", "engine/service/repair_keeper.py"),
)
"""Where a person sees what a patch does and says so, where songs are approved, and where secrets are taken out."""
HARMLESS = {
    "keys, places and other screens": (
        "console/keymap/live console/messages console/waiting console/screens/artist console/screens/compare "
        "console/screens/edit console/screens/ignoring console/screens/listen console/screens/page "
        "console/screens/reasons console/screens/release console/screens/review_css console/screens/run"
    ),
    "parts of a screen that show no diff": (
        "console/widgets/answer console/widgets/broad console/widgets/heading console/widgets/longtext "
        "console/widgets/picture console/widgets/reading console/widgets/rows console/widgets/steady "
        "console/widgets/storyboard console/widgets/waveform console/loudness console/sound console/tracing"
    ),
    "words, lists and news": (
        "console/human console/cli/words console/cli/ids console/cli/listing console/cli/table console/cli/shapes "
        "console/news console/attention console/undoable console/undoing console/halting"
    ),
    "the shape of the command line": (
        "console/cli/spec console/cli/files console/cli/outside console/cli/engine_needed console/cli/edits "
        "console/cli/variants"
    ),
    "plain values": (
        "engine/domain/artists engine/domain/difference engine/domain/error_filter engine/domain/keys "
        "engine/domain/learning engine/domain/listing engine/domain/models engine/domain/naming engine/domain/runs "
        "engine/domain/tempo engine/store/ids"
    ),
    "how models are asked": "engine/llm/chain engine/pipeline/desk",
    "how a chat is written to": (
        "engine/telegram/outbox engine/telegram/previews engine/telegram/seldom engine/telegram/trouble "
        "engine/telegram/words"
    ),
}
"""What those import and a patch may touch all the same: it neither shows a diff nor takes a word on one."""


@pytest.mark.quick
def test_what_a_person_judges_with_cannot_be_patched() -> None:
    assert [path for path in EYES if may_be_patched(path)] == []


@pytest.mark.quick
def test_what_a_person_judges_with_imports_only_what_cannot_be_patched_or_is_harmless() -> None:
    harmless = {name for names in HARMLESS.values() for name in names.split()}
    found = {other.removesuffix(".py") for path in EYES for other in _imports(path) if may_be_patched(other)}
    assert sorted(found - harmless) == []
    assert sorted(harmless - found) == [], "no longer imported there"


def _imports(path: str) -> set[str]:
    """The files of ours that a file imports by itself, at its head or inside of its functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {path for path in (f"{name.replace('.', '/')}.py" for name in names) if path in SOURCES}


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


@pytest.mark.parametrize(
    "path",
    [
        *("engine/release/keys.py", "engine/release/key_backup.py", "engine/release/certificates.py"),
        *("engine/release/signing.py", "engine/release/seal.py", "engine/release/signed.py"),
        *("data/keys/root.pem", "data/keys/signer.pem", "data/keys/x.py"),
    ],
)
def test_nothing_that_signs_and_no_key_can_be_patched(path: str) -> None:
    assert policy.refusal(path, new=False) and policy.refusal(path, new=True)
