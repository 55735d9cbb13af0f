"""The live checkout moves from one commit to exactly another, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.errors import NoktvrnError, NotAllowed
from engine.repair import moving
from engine.repair import tree as live
from engine.repair.checkout import Checkout
from engine.repair.marker import Marker, Step, marker_path
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


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return repository(tmp_path / "code")


def _advance(checkout: Checkout, target: str) -> Marker:
    return on_probation(checkout, target)


def test_files_index_and_branch_are_those_of_the_target(checkout: Checkout) -> None:
    target = patched(checkout)
    marked = _advance(checkout, target)
    assert tree(checkout.root) == {**BEFORE, **AFTER}
    assert state(checkout.root)[2:] == (target, "")
    assert git(checkout.root, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert (marked.step, set(marked.files)) == (Step.PROBATION, set(AFTER))


def test_other_edits_of_the_user_stay_as_they_are(checkout: Checkout) -> None:
    target = patched(checkout)
    write(checkout.root, {"notes.txt": b"mine\n", "engine/repair/guard.py": b"# staged\n", "untracked.py": b"new\n"})
    git(checkout.root, "add", "engine/repair/guard.py")
    _advance(checkout, target)
    others = git(checkout.root, "status", "--porcelain").split()
    assert others == ["M", "engine/repair/guard.py", "M", "notes.txt", "??", "untracked.py"]
    assert tree(checkout.root)["notes.txt"] == b"mine\n"


def _hidden(root: Path) -> None:
    git(root, "update-index", "--assume-unchanged", "engine/lyrics.py")
    write(root, {"engine/lyrics.py": b"hidden\n"})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda root: write(root, {"engine/lyrics.py": b"LINES = 7\n"}), "engine/lyrics.py has changes of its own"),
        (lambda root: (root / "engine/lyrics.py").unlink(), "engine/lyrics.py has changes of its own"),
        (lambda root: write(root, {"tests/new/test_compose.py": b"mine\n"}), "has changes of its own"),
        (lambda root: (root / "tests").symlink_to(root / "engine"), "is no folder"),
        (
            lambda root: (
                (root / "engine/lyrics.py").rename(root / "l.py")
                and (root / "engine/lyrics.py").symlink_to(root / "l.py")
            ),
            "no regular file",
        ),
        (lambda root: git(root, "rm", "-q", "--cached", "engine/lyrics.py"), "staged changes"),
        (_hidden, "has changes of its own"),
        (lambda root: git(root, "commit", "-q", "--allow-empty", "-m", "more"), "HEAD is"),
        (lambda root: write(root, {".git/MERGE_HEAD": b"x"}), "A merge is under way"),
        (lambda root: write(root, {".git/index.lock": b""}), "Another git command holds"),
    ],
)
def test_nothing_moves_where_something_is_in_the_way(
    checkout: Checkout, spoil: Callable[[Path], object], words: str
) -> None:
    meant = marker(checkout, patched(checkout))
    spoil(checkout.root)
    before = tree(checkout.root)
    with pytest.raises(NotAllowed, match=words):
        live.advance(checkout, meant, replace(meant, step=Step.PROBATION))
    assert tree(checkout.root) == before
    assert marker_now(checkout.root) is None


def test_a_target_that_does_not_follow_is_refused(checkout: Checkout) -> None:
    git(checkout.root, "commit", "-q", "--allow-empty", "-m", "more")
    aside = checkout.commit_of(git(checkout.root, "rev-parse", "HEAD^"), AFTER, "aside\n")
    with pytest.raises(NotAllowed, match="does not follow"):
        _advance(checkout, aside)


def test_a_change_between_the_first_look_and_the_lock_is_seen(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = patched(checkout)

    def meddle(name: str) -> None:
        if name == "locked":
            write(checkout.root, {"engine/lyrics.py": b"LINES = 9\n"})

    monkeypatch.setattr(moving, "point", meddle)
    with pytest.raises(NotAllowed, match="changes of its own"):
        _advance(checkout, target)
    assert tree(checkout.root)["engine/compose.py"] == BEFORE["engine/compose.py"]


def test_git_that_fails_half_way_leaves_everything_as_it_was(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(checkout.root)
    target = patched(checkout)

    def fail(name: str) -> None:
        if name == "looked":
            write(checkout.root, {"engine/compose.py": AFTER["engine/compose.py"]})
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(moving, "point", fail)
    with pytest.raises(OSError, match="No space"):
        _advance(checkout, target)
    assert state(checkout.root) == before
    assert marker_now(checkout.root) is None


@pytest.mark.parametrize(
    ("at", "which"),
    [
        ("marker moving", "before"),
        ("locked", "before"),
        ("looked", "before"),
        ("merged", "after"),
        ("indexed", "after"),
        ("unlocked", "after"),
    ],
)
def test_a_move_that_ended_at_any_step_is_settled(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, at: str, which: str
) -> None:
    before = state(checkout.root)
    target = patched(checkout)
    interrupted(checkout, target, at)
    settled = live.settle(checkout)
    assert settled is not None and settled.settled == which
    assert settled.step is (Step.NOT_MOVED if which == "before" else Step.PROBATION)
    if which == "before":
        assert state(checkout.root) == before
    else:
        assert state(checkout.root)[2:] == (target, "")
        assert tree(checkout.root) == {**BEFORE, **AFTER}


@pytest.mark.parametrize("left", [None, b"", b"def bars", AFTER["engine/compose.py"]])
def test_what_git_left_half_written_is_put_back(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, left: bytes | None
) -> None:
    before = state(checkout.root)
    interrupted(checkout, patched(checkout), "looked")
    there = checkout.root / "engine/compose.py"
    there.unlink() if left is None else there.write_bytes(left)
    write(checkout.root, {"tests/new/test_compose.py": b"from"})
    settled = live.settle(checkout)
    assert settled is not None and settled.aside == ()
    assert state(checkout.root) == before
    assert not (checkout.root / "tests").exists()


def test_what_somebody_wrote_since_is_copied_before_it_is_put_back(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(checkout, patched(checkout), "looked")
    write(checkout.root, {"engine/compose.py": b"# precious\n"})
    settled = live.settle(checkout)
    assert settled is not None
    assert [Path(copy).read_bytes() for copy in settled.aside] == [b"# precious\n"]
    assert tree(checkout.root) == BEFORE


def test_a_person_who_has_committed_since_is_left_alone(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(checkout, patched(checkout), "marker moving")
    write(checkout.root, {"engine/compose.py": b"# theirs\n"})
    git(checkout.root, "commit", "-qam", "theirs")
    write(checkout.root, {"engine/lyrics.py": b"# and more\n"})
    settled = live.settle(checkout)
    assert settled is not None and settled.settled == "before"
    assert tree(checkout.root)["engine/compose.py"] == b"# theirs\n"
    assert tree(checkout.root)["engine/lyrics.py"] == b"# and more\n"


def test_locks_of_refs_that_the_move_left_are_removed(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "_FOREIGN_LOCK_S", 0.05)
    interrupted(checkout, patched(checkout), "looked")
    write(checkout.root, {".git/HEAD.lock": b"", ".git/refs/heads/main.lock": b"x"})
    live.settle(checkout)
    assert state(checkout.root)[3] == ""


def test_a_lock_of_another_git_is_never_removed(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "_FOREIGN_LOCK_S", 0.05)
    interrupted(checkout, patched(checkout), "marker moving")
    write(checkout.root, {".git/index.lock": b"DIRC of somebody else"})
    with pytest.raises(NoktvrnError, match=r"cannot be settled: Another git command holds .*index\.lock"):
        live.settle(checkout)
    assert (checkout.root / ".git/index.lock").exists()
    (checkout.root / ".git/index.lock").unlink()
    assert live.settle(checkout) is not None


def test_settling_twice_changes_nothing(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(checkout, patched(checkout), "merged")
    first = live.settle(checkout)
    assert live.settle(checkout) == first


def test_a_marker_that_says_nothing_stops_the_start(checkout: Checkout) -> None:
    write(checkout.root, {".git/noktvrn/patch.json": b"{"})
    with pytest.raises(NoktvrnError, match="cannot be read"):
        live.settle(checkout)


def test_no_variable_of_the_caller_leads_git_elsewhere(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "other", {"a": b"1"})
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
    target = patched(checkout)
    _advance(checkout, target)
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert git(checkout.root, "rev-parse", "HEAD") == target
    assert git(other.root, "status", "--porcelain") == ""


def test_no_hook_and_no_file_monitor_runs(checkout: Checkout, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    hook = f"#!/bin/sh\ntouch {ran}\n".encode()
    for name in ("post-merge", "post-checkout", "reference-transaction", "post-index-change", "pre-merge-commit"):
        write(checkout.root, {f".git/hooks/{name}": hook})
        (checkout.root / ".git/hooks" / name).chmod(0o755)
    write(checkout.root, {".git/monitor": hook})
    (checkout.root / ".git/monitor").chmod(0o755)
    git(checkout.root, "config", "core.fsmonitor", str(checkout.root / ".git/monitor"))
    ran.unlink(missing_ok=True)
    _advance(checkout, patched(checkout))
    assert not ran.exists()


def test_compiled_copies_of_what_moved_are_removed(checkout: Checkout) -> None:
    compiled = "engine/__pycache__/compose.cpython-311.pyc"
    write(checkout.root, {compiled: b"old", "engine/__pycache__/other.cpython-311.pyc": b"stays"})
    _advance(checkout, patched(checkout))
    assert [path.name for path in (checkout.root / "engine/__pycache__").iterdir()] == ["other.cpython-311.pyc"]


def test_the_marker_lies_inside_the_repository(checkout: Checkout) -> None:
    _advance(checkout, patched(checkout))
    assert marker_path(checkout.root) == checkout.root / ".git/noktvrn/patch.json"
    assert git(checkout.root, "status", "--porcelain", "--ignored") == ""
