"""Commits made out of edits: whole or not at all, off every branch, and their diff applies strictly."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from engine.domain.repair import Edit, RefusalKind
from engine.repair.answers import read_edits
from engine.repair.candidate import build
from engine.repair.checkout import PATCH_REFS, Checkout, GitFailed, find
from engine.repair.gate import changed_lines, check
from engine.repair.imported import edits_of_diff
from engine.repair.refused import Refused
from tests.engine.repair.corpus import FILES
from tests.engine.repair.corpus import cases as corpus
from tests.engine.repair.hostile import SOURCE, TEMPO, Repo

EDIT = Edit(TEMPO, "SLOW = 60\n", "SLOW = 66\n")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path)


def test_edits_become_a_commit_on_the_base_and_touch_nothing_else(repo: Repo) -> None:
    made = build(repo.checkout, repo.base, [EDIT], message="Mend the tempo\n\nError-group: g1\n")
    assert made.files == (TEMPO,)
    assert repo.checkout.read(made.commit, TEMPO) == SOURCE.replace("60", "66").encode()
    assert repo.git("rev-parse", f"{made.commit}^") == made.base == repo.base
    assert repo.git("log", "-1", "--format=%(trailers)", made.commit).strip() == "Error-group: g1"
    assert repo.git("status", "--porcelain") == ""
    assert repo.checkout.head() == repo.base
    assert check(repo.checkout, made).unasked


def test_the_diff_applies_strictly_and_gives_the_same_tree(repo: Repo) -> None:
    edits = [EDIT, Edit("engine/music/pace.py", "", "PACE = 1"), Edit(TEMPO, "FAST = 180\n", "FAST = 181\nTOP = 200\n")]
    made = build(repo.checkout, "HEAD", edits, message="Mend")
    repo.git("apply", "--index", "--check", "-", input=made.diff)
    repo.git("apply", "--index", "-", input=made.diff)
    assert repo.git("write-tree") == repo.git("rev-parse", f"{made.commit}^{{tree}}")
    assert changed_lines(made.diff) == 6


@pytest.mark.thorough
def test_every_right_answer_of_the_corpus_gives_a_diff_that_applies_strictly(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    base = repo.checkout.commit_of(repo.base, {path: text.encode() for path, text in FILES.items()}, "Base")
    answers = [case for case in corpus() if case.after is not None and dict(case.files) == dict(FILES)][::4]
    built = 0
    for case in answers:
        with contextlib.suppress(Refused):
            made = build(repo.checkout, base, read_edits(case.answer, path=case.told), message="Mend")
            repo.git("read-tree", base)
            repo.git("apply", "--cached", "-", input=made.diff)
            assert repo.git("write-tree") == repo.git("rev-parse", f"{made.commit}^{{tree}}"), case.name
            built += 1
    assert built > 0.9 * len(answers)


def test_a_persons_diff_comes_back_as_the_same_commit_tree(repo: Repo) -> None:
    made = build(repo.checkout, repo.base, [EDIT], message="Mend")
    mail = repo.git("format-patch", "-1", "--stdout", made.commit)
    again = build(repo.checkout, repo.base, edits_of_diff(mail), message="Mend")
    assert again.diff == made.diff


def test_one_edit_that_fits_nowhere_refuses_all(repo: Repo) -> None:
    with pytest.raises(Refused) as caught:
        build(repo.checkout, repo.base, [EDIT, Edit(TEMPO, "MIDDLE = 1\n", "MIDDLE = 2\n")], message="Mend")
    assert [refusal.kind for refusal in caught.value.refusals] == [RefusalKind.NOT_FOUND]
    assert repo.git("for-each-ref", PATCH_REFS) == ""


def test_edits_that_change_nothing_are_refused(repo: Repo) -> None:
    with pytest.raises(Refused) as caught:
        build(repo.checkout, repo.base, [Edit(TEMPO, "SLOW = 60\n", "SLOW = 60\n")], message="Mend")
    assert caught.value.refusals[0].kind is RefusalKind.NO_CHANGE


def test_a_link_is_never_written_through(repo: Repo) -> None:
    linked = repo.entry("120000", "engine/music/link.py", "tempo.py")
    with pytest.raises(Refused) as caught:
        build(repo.checkout, linked.commit, [Edit("engine/music/link.py", "tempo.py", "other.py")], message="Mend")
    assert caught.value.refusals[0].kind is RefusalKind.POLICY


def test_the_commit_stays_when_git_tidies_up_until_it_is_forgotten(repo: Repo) -> None:
    made = build(repo.checkout, repo.base, [EDIT], message="Mend")
    repo.git("gc", "-q", "--prune=now")
    assert repo.checkout.commit(made.commit) == made.commit
    repo.checkout.forget(made.commit)
    repo.git("gc", "-q", "--prune=now")
    with pytest.raises(GitFailed):
        repo.checkout.commit(made.commit)


def test_equal_commits_give_equal_diffs_whatever_the_repository_says(repo: Repo) -> None:
    made = build(repo.checkout, repo.base, [EDIT], message="Mend")
    for name, value in (("noprefix", "true"), ("context", "0"), ("external", "false"), ("renames", "copies")):
        repo.git("config", f"diff.{name}", value)
    repo.git("config", "color.ui", "always")
    assert repo.checkout.diff(repo.base, made.commit) == made.diff


def test_neither_hooks_nor_a_monitor_nor_our_environment_reach_git(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    for name in ("reference-transaction", "post-index-change"):
        hook = tmp_path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nenv > {ran}\n")
        hook.chmod(0o755)
    repo.git("config", "core.fsmonitor", f"touch {ran}")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=true'")
    made = build(repo.checkout, repo.base, [EDIT], message="Mend")
    assert repo.git("status", "--porcelain", "--untracked-files=no") == ""
    assert made.files == (TEMPO,)
    assert not ran.exists()


def test_without_the_program_git_that_is_said(repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "env").symlink_to("/usr/bin/env")
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(GitFailed, match="git was not found"):
        repo.checkout.head()


def test_what_git_says_is_told_without_what_a_terminal_obeys(repo: Repo) -> None:
    with pytest.raises(GitFailed) as caught:
        repo.checkout.read("HEAD", "no\x1b[31m.py")
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize("path", [".git/config", "../x", "/abs", f"{TEMPO}/x.py", "engine/music"])
def test_a_path_that_git_never_tracks_makes_no_commit(repo: Repo, path: str) -> None:
    with pytest.raises(GitFailed):
        repo.checkout.commit_of(repo.base, {path: b"x"}, "Bad")


def test_the_checkout_is_the_one_that_runs() -> None:
    root = Path(__file__).parents[3]
    found = find()
    assert (found == Checkout(root)) if (root / ".git").exists() else found is None
