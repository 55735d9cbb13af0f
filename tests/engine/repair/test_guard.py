"""What stands between a patch and the start of what it changed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from engine.repair import guard, policy
from engine.repair.checkout import Checkout
from engine.repair.hold import hold
from engine.repair.marker import Step
from engine.repair.moving import move
from tests.engine.repair.repository import (
    AFTER,
    BEFORE,
    git,
    interrupted,
    marker,
    marker_now,
    on_probation,
    patched,
    repository,
    state,
    tree,
    write,
)

HOME = "/nowhere/home"
NOW = "2026-11-27T10:01:00+00:00"
ROOT = Path(guard.__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return repository(tmp_path / "code")


def _starts(checkout: Checkout, times: int) -> None:
    for _ in range(times):
        guard.starting(HOME, NOW, checkout.root)


def test_without_a_marker_one_look_at_the_disk_is_all(checkout: Checkout) -> None:
    program = """
import sys
from pathlib import Path
from engine.repair import guard
looks = []
sys.addaudithook(lambda event, args: looks.append(event) if event in ("open", "subprocess.Popen") else None)
guard.enter(Path(sys.argv[1]))
guard.starting("/h", "now", Path(sys.argv[1]))
ours = [name for name in sys.modules if name.split(".")[0] in ("engine", "console")]
print(looks, sorted(ours))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(checkout.root)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[] ['engine', 'engine.repair', 'engine.repair.guard']\n"


def test_the_guard_needs_nothing_but_the_standard_library_and_its_own_room() -> None:
    """What it runs by: the modules that it imports, at its top and inside its functions, and so on."""
    assert _closure("engine.repair.guard", late=True) == {
        "engine",
        "engine.repair",
        *(f"engine.repair.{name}" for name in ("guard", "hold", "marker", "moving", "undoing")),
    }


def test_an_interrupted_move_is_settled_and_told_once(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    before = state(checkout.root)
    interrupted(checkout, patched(checkout), "looked")
    guard.enter(checkout.root)
    assert state(checkout.root) == before
    said = capsys.readouterr().err
    assert said == "noktvrn: Applying patch x-1 was interrupted and is settled: the code is as it was before that.\n"
    guard.enter(checkout.root)
    assert capsys.readouterr().err == ""


def test_a_move_that_came_to_its_end_is_told_as_such(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    interrupted(checkout, patched(checkout), "merged")
    guard.enter(checkout.root)
    assert tree(checkout.root) == {**BEFORE, **AFTER}
    assert "the code is as it is after that" in capsys.readouterr().err


def test_code_that_cannot_be_settled_is_never_imported(
    checkout: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(checkout, patched(checkout), "looked")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SystemExit) as leaving:
        guard.enter(checkout.root)
    with pytest.raises(SystemExit):
        guard.starting(HOME, NOW, checkout.root)
    assert leaving.value.code == 1
    assert capsys.readouterr().err.count("cannot be settled: The program git was not found") == 2


def test_whoever_comes_while_a_move_goes_on_waits_for_its_end(checkout: Checkout) -> None:
    program = "import sys\nfrom pathlib import Path\nfrom engine.repair import guard\nguard.enter(Path(sys.argv[1]))\n"
    meant = marker(checkout, patched(checkout))
    with hold(checkout.root) as held:
        held.write(meant)
        other = subprocess.Popen([sys.executable, "-c", program, str(checkout.root)], stderr=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.5)
        held.clear()
        move(held, meant, None)
    _, said = other.communicate(timeout=60)
    assert (other.returncode, said) == (0, "")
    assert tree(checkout.root) == {**BEFORE, **AFTER}


def test_two_starts_that_come_to_nothing_are_borne_and_the_third_goes_without_the_patch(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    base = state(checkout.root)
    on_probation(checkout, patched(checkout))
    _starts(checkout, 2)
    assert tree(checkout.root) == {**BEFORE, **AFTER}
    _starts(checkout, 1)
    assert state(checkout.root)[:2] == base[:2]
    assert git(checkout.root, "rev-parse", "HEAD^{tree}") == git(checkout.root, "rev-parse", f"{base[2]}^{{tree}}")
    after = marker_now(checkout.root)
    assert after is not None
    assert (after.step, after.reason) == (Step.REVERTED, "the engine failed to start 2 times with it")
    assert "Patch x-1 was taken back: the engine failed to start 2 times with it." in capsys.readouterr().err
    _starts(checkout, 3)
    assert marker_now(checkout.root) == after


def test_a_ready_worker_clears_the_count(checkout: Checkout) -> None:
    on_probation(checkout, patched(checkout))
    for _ in range(4):
        _starts(checkout, 2)
        guard.ready(HOME, checkout.root)
    found = marker_now(checkout.root)
    assert found is not None and (found.step, found.starts, found.ready) == (Step.PROBATION, 0, True)


def test_being_told_to_stop_is_not_held_against_the_patch(checkout: Checkout) -> None:
    on_probation(checkout, patched(checkout))
    for _ in range(4):
        _starts(checkout, 1)
        guard.stopped(HOME, checkout.root)
    found = marker_now(checkout.root)
    assert found is not None and (found.step, found.starts) == (Step.PROBATION, 0)


def test_starts_of_another_home_do_not_count(checkout: Checkout) -> None:
    on_probation(checkout, patched(checkout))
    for _ in range(4):
        guard.starting("/another/home", NOW, checkout.root)
    found = marker_now(checkout.root)
    assert found is not None and found.starts == 0


def test_a_worker_that_keeps_falling_costs_the_patch_its_place(checkout: Checkout) -> None:
    on_probation(checkout, patched(checkout))
    _starts(checkout, 1)
    guard.ready(HOME, checkout.root)
    assert guard.gave_up(HOME, NOW, checkout.root)
    assert tree(checkout.root) == BEFORE
    assert not guard.gave_up(HOME, NOW, checkout.root)


def test_two_failures_of_the_console_in_a_row_cost_a_patch_of_it_its_place(checkout: Checkout) -> None:
    on_probation(checkout, patched(checkout, {"console/words.py": b"WORDS = 1\n"}))
    for fell in (True, False, True):
        guard.face_ended(NOW, began=NOW, fell=fell, root=checkout.root)
    assert "console/words.py" in tree(checkout.root)
    guard.face_ended(NOW, began=NOW, fell=True, root=checkout.root)
    assert tree(checkout.root) == BEFORE
    found = marker_now(checkout.root)
    assert found is not None and found.reason == "the console failed 2 times with it"


def test_a_console_that_was_open_before_the_patch_says_nothing_of_it(checkout: Checkout) -> None:
    on_probation(checkout, patched(checkout, {"console/words.py": b"WORDS = 1\n"}))
    marked = marker_now(checkout.root)
    assert marked is not None
    for _ in range(3):
        guard.face_ended(NOW, began=marked.at, fell=True, root=checkout.root)
    assert "console/words.py" in tree(checkout.root)


def test_a_failing_console_says_nothing_of_a_patch_to_the_engine(checkout: Checkout) -> None:
    on_probation(checkout, patched(checkout))
    for _ in range(4):
        guard.face_ended(NOW, began=NOW, fell=True, root=checkout.root)
    assert tree(checkout.root) == {**BEFORE, **AFTER}


def test_the_first_start_with_the_patch_is_kept(checkout: Checkout) -> None:
    on_probation(checkout, patched(checkout))
    guard.starting(HOME, NOW, checkout.root)
    guard.starting(HOME, "2026-11-27T11:00:00+00:00", checkout.root)
    found = marker_now(checkout.root)
    assert found is not None and found.since == NOW
    assert guard.untried(HOME, checkout.root)
    guard.ready(HOME, checkout.root)
    assert not guard.untried(HOME, checkout.root)


def test_a_patch_that_cannot_be_taken_back_stays_and_the_engine_starts(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    on_probation(checkout, patched(checkout))
    write(checkout.root, {"engine/lyrics.py": b"LINES = 6\n"})
    _starts(checkout, 3)
    found = marker_now(checkout.root)
    assert found is not None and found.step is Step.PROBATION
    assert found.stuck == "engine/lyrics.py has changes of its own. Commit or stash them."
    assert "should be taken back" in capsys.readouterr().err
    assert tree(checkout.root)["engine/lyrics.py"] == b"LINES = 6\n"


def test_what_came_on_top_of_the_patch_stays_when_it_is_taken_back(checkout: Checkout) -> None:
    on_probation(checkout, patched(checkout))
    write(checkout.root, {"notes.txt": b"more\n", "engine/lyrics.py": b"# words\n\n\n\nLINES = 5\n"})
    git(checkout.root, "commit", "-qam", "theirs")
    write(checkout.root, {"engine/lyrics.py": b"LINES = 5\n"})
    git(checkout.root, "commit", "-qam", "theirs again")
    _starts(checkout, 3)
    assert tree(checkout.root) == {**BEFORE, "notes.txt": b"more\n"}


def test_lines_that_were_changed_on_top_of_the_patch_are_in_its_way(checkout: Checkout) -> None:
    on_probation(checkout, patched(checkout))
    write(checkout.root, {"engine/lyrics.py": b"LINES = 55\n"})
    git(checkout.root, "commit", "-qam", "theirs")
    _starts(checkout, 3)
    found = marker_now(checkout.root)
    assert found is not None and "in the same lines" in found.stuck
    assert tree(checkout.root)["engine/lyrics.py"] == b"LINES = 55\n"


def test_a_patch_that_somebody_took_out_is_over(checkout: Checkout) -> None:
    base = git(checkout.root, "rev-parse", "HEAD")
    on_probation(checkout, patched(checkout))
    git(checkout.root, "reset", "-q", "--hard", base)
    _starts(checkout, 3)
    found = marker_now(checkout.root)
    assert found is not None and found.step is Step.REVERTED
    assert tree(checkout.root) == BEFORE


def test_what_runs_before_the_guard_can_be_patched_by_nothing() -> None:
    """Else a bad patch to it would keep the guard itself from running."""
    before = _closure("engine.service.__main__") | _closure("console.cli") | _closure("console.cli.__main__")
    before |= _closure("engine.repair.guard", late=True)
    open_ = [path for name in sorted(before) if not policy.refusal(path := _path(name), new=False)]
    assert open_ == []


def _path(name: str) -> str:
    stem = name.replace(".", "/")
    return f"{stem}/__init__.py" if (ROOT / stem).is_dir() else f"{stem}.py"


def _closure(name: str, *, late: bool = False) -> set[str]:
    """The modules of ours that importing `name` runs, each with the packages that it lies in; with `late` also those
    that functions import when they are called."""
    found: set[str] = set()
    left = [name]
    while left:
        module = left.pop()
        if module in found or module.split(".")[0] not in ("engine", "console"):
            continue
        if not (ROOT / _path(module)).exists():
            continue  # a name inside a module
        found.add(module)
        left += [module.rpartition(".")[0]] if "." in module else []
        left += _imports(ast.parse((ROOT / _path(module)).read_text("utf-8")), late=late)
    return found


def _imports(code: ast.AST, *, late: bool) -> list[str]:
    names: list[str] = []
    for node in ast.iter_child_nodes(code):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        elif late or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            names += _imports(node, late=late)
    return names
