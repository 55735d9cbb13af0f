"""`noktvrn errors`: nothing is applied unseen, what the engine found is printed, what failed shows in the exit code."""

from __future__ import annotations

import asyncio
import io
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from console.cli import say
from engine.domain.errors import Exit
from engine.domain.repair import HEAD, LEVEL, Diagnosis, PatchState, Setup, TrialReport
from engine.home import Home
from engine.store import control, repairs
from engine.store.database import Database, open_database
from tests import mending
from tests.conftest import NOW
from tests.console.cli.conftest import Cli
from tests.console.cli.label import BUG, ERROR, PATCH
from tests.console.cli.stand_in import Deed, StandIn, now, refuse

HOSTILE = "\x1b]0;gone\x07\x1b[2J[/nope] \u202eevil\u200b\x9b1m\nFrom x\n---\ndiff --git a/.env b/.env"
SPELT = ("\x1b", "\x07", "\u202e", "\u200b", "\x9b")


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often: what is waited for here happens at once."""
    monkeypatch.setattr("console.cli.follow.LOOK_S", 0.02)


def does(kind: str, write: Callable[[AsyncConnection, dict[str, Any]], Awaitable[None]]) -> Deed:
    """An engine that carries the command out by writing rows."""

    async def deed(database: Database) -> None:
        async with database.write() as connection:
            [command] = await control.pending_commands(connection)
            assert command.kind == kind
            await write(connection, dict(command.arguments))
            await control.finish_command(connection, command.id, "done", {}, now())

    return deed


def in_store(home: Home, write: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
    """Something written, or read, by itself."""

    async def work() -> Any:
        database = await open_database(home.database, home.backups)
        async with database.write() as connection:
            found = await write(connection)
        await database.close()
        return found

    return asyncio.run(work())


def queued(home: Home) -> list[str]:
    """What waits for an engine."""

    async def look(connection: AsyncConnection) -> list[str]:
        return [command.kind for command in await control.pending_commands(connection)]

    found: list[str] = in_store(home, look)
    return found


def answers(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """A person at a terminal who types this."""
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    monkeypatch.setattr("console.cli.patching.say.on_terminal", lambda _: True)
    monkeypatch.setattr("console.cli.patch_lines._print", lambda pieces: say.data("".join(p for p, _ in pieces)))


# --- lists ---


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), [ERROR, BUG]),
        (("--state", "validated"), [BUG]),
        (("--state", "open", "--state", "ignored"), [ERROR, BUG]),
        (("--class", "environment"), [ERROR]),
        (("--class", "none"), []),
        (("--part", "Tra", "--since", "2h"), [ERROR]),
        (("--since", "1d", "--sort", "state"), [BUG, ERROR]),
        (("--search", "class:code key"), [BUG]),
        (("--reverse",), [BUG, ERROR]),
    ],
    ids=" ".join,
)
def test_a_list_is_narrowed_and_put_in_order(words: tuple[str, ...], found: list[str], cli: Cli, label: Home) -> None:
    assert [row["id"] for row in cli("errors", "list", *words, "--json").json()] == found


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--state", "broken"),
        ("list", "--class", "luck"),
        ("list", "--since", "soon"),
        ("list", "--sort", "luck"),
        ("ignore", BUG, "--until", "0d"),
        ("ignore", BUG, "--until", "7d", "--end"),
        ("analyse", "e-"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_understood_is_said(words: tuple[str, ...], cli: Cli, label: Home) -> None:
    assert cli("errors", *words).code == Exit.USAGE


@pytest.mark.parametrize("words", [("ignore", BUG, "--until"), ("list", "--since")])
def test_a_span_that_is_too_long_is_told_the_longest(words: tuple[str, ...], cli: Cli, label: Home) -> None:
    said = " ".join(cli("errors", *words, "99999d").err.split())
    assert "too long" in said and "9999d is the longest" in said and "number with" not in said
    assert cli("errors", *words, "9999w").code == Exit.DONE


@pytest.mark.parametrize("verb", ["show", "analyse", "propose", "diff", "trial", "apply", "revert", "ignore", "export"])
def test_what_is_not_there_is_said(verb: str, cli: Cli, label: Home) -> None:
    assert cli("errors", verb, "e-none").code == Exit.NOT_FOUND
    assert queued(label) == []


def test_a_group_shows_diagnosis_patch_trial_and_what_to_do(cli: Cli, label: Home) -> None:
    shown = cli("errors", "show", BUG[:6]).out
    for part in (
        "class    code, 86% sure, says deepseek:deepseek-v4-flash",
        "Patch 1: validated",
        "affected tests: ok, 6.2 s (14 passed)",
        f"`noktvrn errors apply {PATCH}`",
    ):
        assert part in shown


def test_a_group_that_needs_no_code_shows_what_to_do_instead(cli: Cli, label: Home) -> None:
    shown = cli("errors", "show", ERROR).out
    assert "Free some space, then retry the run." in shown
    assert "propose" not in shown


def test_a_patch_of_code_that_is_not_checked_out_any_more_says_what_to_do(cli: Cli, label: Home) -> None:
    in_store(label, lambda c: repairs.note_setup(c, Setup(git=True, details={HEAD: "f" * 40}), NOW))
    shown = " ".join(cli("errors", "show", BUG).out.split())
    assert "the code has moved on to ffffffffffff: the patch cannot be applied, ask for a new one" in shown
    assert f"`noktvrn errors propose {BUG}` asks for another one." in shown
    assert f"errors apply {PATCH}" not in shown


def test_where_patches_cannot_be_applied_the_reason_is_shown(cli: Cli, label: Home) -> None:
    setup = Setup(git=False, refused="noktvrn was installed without git: export the patch.")
    in_store(label, lambda c: repairs.note_setup(c, setup, NOW))
    shown = cli("errors", "show", BUG).out
    assert "Patches are not applied here: noktvrn was installed without git" in shown
    assert f"errors apply {PATCH}" not in shown


# --- what the engine does ---


def test_a_diagnosis_is_printed(cli: Cli, label: Home) -> None:
    async def diagnose(connection: AsyncConnection, arguments: dict[str, Any]) -> None:
        assert arguments == {"group_id": BUG}
        await repairs.diagnosed(connection, BUG, mending.DIAGNOSIS, NOW)

    with StandIn(label, does("error_analyse", diagnose)):
        result = cli("errors", "analyse", BUG)
    assert result.code == Exit.DONE
    assert "cause    A result without a key is read as if it had one." in result.out


def test_what_the_engine_could_not_do_is_said(cli: Cli, label: Home) -> None:
    with StandIn(label, refuse):
        result = cli("errors", "analyse", BUG)
    assert (result.code, result.out) == (Exit.FAILED, "")


def proposes(state: PatchState, **expected: Any) -> Deed:
    async def propose(connection: AsyncConnection, arguments: dict[str, Any]) -> None:
        assert arguments == {"group_id": BUG, **expected}
        await mending.add_patch(connection, BUG, state)

    return does("error_propose", propose)


def test_a_patch_is_proposed(cli: Cli, label: Home) -> None:
    with StandIn(label, proposes(PatchState.READY)):
        result = cli("errors", "propose", BUG)
    assert result.code == Exit.DONE
    assert "Patch 2: ready" in result.out
    assert "noktvrn errors trial x-" in result.err


@pytest.mark.parametrize(("level", "tries"), [("patch", False), ("validate", True)])
def test_where_the_engine_tries_patches_by_itself_the_proposal_says_so(
    level: str, tries: bool, cli: Cli, label: Home
) -> None:
    in_store(label, lambda c: repairs.note_setup(c, Setup(git=True, details={LEVEL: level}), NOW))
    with StandIn(label, proposes(PatchState.READY)):
        said = " ".join(cli("errors", "propose", BUG).err.split())
    assert ("which the engine begins by itself (AUTO_FIX_LEVEL=validate)" in said) is tries
    assert ("try it with" in said) is not tries


def test_a_patch_of_ones_own_is_handed_over(cli: Cli, label: Home, tmp_path: Path) -> None:
    own = tmp_path / "own.diff"
    own.write_text(mending.DIFF)
    with StandIn(label, proposes(PatchState.READY, diff=mending.DIFF)):
        assert cli("errors", "propose", BUG, "--patch", str(own)).code == Exit.DONE


def test_a_refused_patch_shows_why_and_in_the_exit_code(cli: Cli, label: Home) -> None:
    with StandIn(label, proposes(PatchState.INVALID)):
        result = cli("errors", "propose", BUG)
    assert result.code == Exit.FAILED
    assert "refused  The block occurs five times in engine/pipeline/track.py." in result.out


@pytest.mark.parametrize("ok", [True, False])
def test_a_trial_shows_its_steps_and_in_the_exit_code(ok: bool, cli: Cli, label: Home) -> None:
    report = TrialReport("t-2", ok, False, None, mending.TRIAL.steps, "E assert 1 == 2", "" if ok else "1 test failed")

    async def trial(connection: AsyncConnection, arguments: dict[str, Any]) -> None:
        assert arguments == {"patch_id": PATCH}
        state = PatchState.VALIDATED if ok else PatchState.TRIAL_FAILED
        await repairs.move_patch(connection, PATCH, state, trial=report)

    with StandIn(label, does("patch_trial", trial)):
        result = cli("errors", "trial", PATCH)
    assert result.code == (Exit.DONE if ok else Exit.FAILED)
    assert "compile: ok, 0.4 s" in result.out
    assert ("E assert 1 == 2" in result.out) is not ok
    assert "not isolated" in result.err


# --- diff ---


def test_a_diff_is_the_canonical_one_without_colours_in_a_pipe(cli: Cli, label: Home) -> None:
    assert cli("errors", "diff", PATCH).out == mending.DIFF
    assert cli("errors", "diff", BUG).out == mending.DIFF


def test_before_and_after_stand_beside_each_other(cli: Cli, label: Home) -> None:
    out = cli("errors", "diff", PATCH, "--side-by-side").out.splitlines()
    [line] = [line for line in out if "get(" in line]
    before, _, after = line.partition(" │ ")
    assert before.split() == ["12", "-", "return", 'result["key"]']
    assert after.split() == ["12", "+", "return", 'result.get("key")']


def test_a_terminal_too_narrow_for_two_columns_gets_one(cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.cli.patch_lines._width", lambda: 80)
    result = cli("errors", "diff", PATCH, "--side-by-side")
    assert result.out == mending.DIFF
    assert "Two columns need 100 cells" in result.err


def test_what_hides_in_a_patch_is_shown(cli: Cli, label: Home) -> None:
    hidden = mending.DIFF.replace('result.get("key")', "evil\u202e\x1b[2J\u200b\tend")
    in_store(label, lambda c: c.execute(text("UPDATE patches SET diff = :diff"), {"diff": hidden}))
    for words in ((), ("--side-by-side",)):
        out = cli("errors", "diff", PATCH, *words).out
        assert "evil<U+202E><U+001B>[2J<U+200B>⇥   end" in out
        assert not any(char in out for char in SPELT)


def test_an_invalid_patch_has_no_diff_and_says_why(cli: Cli, label: Home) -> None:
    in_store(label, lambda c: mending.add_patch(c, BUG, PatchState.INVALID))
    result = cli("errors", "diff", BUG)
    assert result.code == Exit.FAILED
    assert "occurs five times" in result.err


# --- apply and revert ---


async def applied(connection: AsyncConnection, arguments: dict[str, Any]) -> None:
    patch = await repairs.patch(connection, PATCH)
    assert arguments["digest"] and patch.state is PatchState.VALIDATED
    await repairs.move_patch(connection, PATCH, PatchState.PROBATION, applied_at=NOW, probation_until=NOW)


def test_a_patch_is_shown_and_applied_on_a_yes(cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "y\n")
    with StandIn(label, does("patch_apply", applied)):
        result = cli("errors", "apply", PATCH)
    assert result.code == Exit.DONE
    assert '+    return result.get("key")' in result.out
    assert "Apply patch" in result.err
    assert f"`noktvrn errors revert {PATCH}`" in result.err


@pytest.mark.parametrize("line", ["n\n", "\n", "", "yes please\n"])
def test_anything_but_a_yes_applies_nothing(line: str, cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, line)
    result = cli("errors", "apply", PATCH)
    assert result.code == Exit.DONE
    assert "Nothing was applied." in result.err
    assert queued(label) == []


def test_without_a_terminal_nothing_is_applied_unless_asked_so(cli: Cli, label: Home) -> None:
    result = cli("errors", "apply", PATCH)
    assert result.code == Exit.USAGE
    assert "--yes" in result.err
    assert queued(label) == []
    with StandIn(label, does("patch_apply", applied)):
        result = cli("errors", "apply", BUG, "--yes")
    assert result.code == Exit.DONE
    assert '+    return result.get("key")' in result.out


def warned(home: Home) -> None:
    in_store(home, lambda c: c.execute(text("UPDATE patches SET note = 'Gains a power: it imports subprocess.'")))


def test_what_the_gate_warns_of_wants_a_second_yes(cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    warned(label)
    answers(monkeypatch, "y\nn\n")
    result = cli("errors", "apply", PATCH)
    assert "! Gains a power: it imports subprocess." in result.err
    assert "Nothing was applied." in result.err and queued(label) == []
    answers(monkeypatch, "y\ny\n")
    with StandIn(label, does("patch_apply", applied)):
        assert cli("errors", "apply", PATCH).code == Exit.DONE


def test_yes_alone_does_not_cover_a_warning(cli: Cli, label: Home) -> None:
    warned(label)
    result = cli("errors", "apply", PATCH, "--yes")
    assert result.code == Exit.USAGE and "--despite-warnings" in result.err
    assert queued(label) == []
    with StandIn(label, does("patch_apply", applied)):
        assert cli("errors", "apply", PATCH, "--yes", "--despite-warnings").code == Exit.DONE


def test_a_patch_that_was_not_tried_is_refused_before_an_engine_starts(cli: Cli, label: Home) -> None:
    in_store(label, lambda c: mending.add_patch(c, BUG, PatchState.READY))
    result = cli("errors", "apply", BUG, "--yes")
    assert (result.code, result.out) == (Exit.FAILED, "")
    assert "was not tried yet" in result.err
    assert queued(label) == []


def test_an_applied_patch_is_taken_back(cli: Cli, label: Home) -> None:
    async def reverted(connection: AsyncConnection, arguments: dict[str, Any]) -> None:
        assert arguments == {"patch_id": PATCH}
        await repairs.move_patch(connection, PATCH, PatchState.REVERTED, reverted_at=NOW, revert_commit="3" * 40)

    in_store(label, lambda c: applied(c, {"digest": "x"}))
    in_store(label, lambda c: c.execute(text("UPDATE error_groups SET state = 'resolved'")))
    with StandIn(label, does("patch_revert", reverted)):
        result = cli("errors", "revert", BUG)
    assert result.code == Exit.DONE
    assert f"Patch {PATCH} is taken back by commit {'3' * 12}" in result.err


def test_a_patch_that_the_code_held_no_more_changed_no_file(cli: Cli, label: Home) -> None:
    async def gone(connection: AsyncConnection, _: dict[str, Any]) -> None:
        await repairs.move_patch(connection, PATCH, PatchState.REVERTED, reverted_at=NOW, note="HEAD holds it no more.")

    in_store(label, lambda c: applied(c, {"digest": "x"}))
    in_store(label, lambda c: c.execute(text("UPDATE error_groups SET state = 'resolved'")))
    with StandIn(label, does("patch_revert", gone)):
        result = cli("errors", "revert", BUG)
    assert result.code == Exit.DONE
    assert "no file was changed. HEAD holds it no more." in result.err


def test_what_nobody_knows_is_said_without_a_number(cli: Cli, label: Home) -> None:
    from engine.repair.known import nobody_to_ask

    in_store(label, lambda c: repairs.diagnosed(c, BUG, nobody_to_ask("No model has a key."), NOW))
    shown = cli("errors", "show", BUG).out
    assert "unknown, says rules" in shown and "0% sure" not in shown
    assert "not known whether it must change" in shown
    assert shown.count("DEEPSEEK_API_KEY") == 1


def test_what_is_not_applied_is_not_taken_back(cli: Cli, label: Home) -> None:
    result = cli("errors", "revert", PATCH)
    assert result.code == Exit.FAILED
    assert "not applied, but validated" in result.err


# --- ignore ---


def test_an_error_is_ignored_for_a_while_and_heard_of_again(cli: Cli, label: Home) -> None:
    assert "until 2026-11-30 12:00" in cli("errors", "ignore", BUG, "--until", "7d").err
    [row] = cli("errors", "list", "--state", "ignored", "--json").json()
    assert (row["id"], row["ignored_until"]) == (BUG, "2026-11-30T12:00:00Z")
    assert "heard of again: validated" in cli("errors", "ignore", BUG, "--end").err
    assert cli("errors", "list", "--state", "ignored", "--json").json() == []


# --- export ---


def test_an_export_lies_in_the_home_for_its_owner_alone(cli: Cli, label: Home) -> None:
    path = Path(cli("errors", "export", PATCH).out.strip())
    assert path.parent == label.exports
    assert path.suffix == ".patch"
    assert path.stat().st_mode & 0o777 == 0o600
    assert mending.DIFF in path.read_text()


def test_an_export_replaces_nothing_and_follows_no_link(cli: Cli, label: Home, tmp_path: Path) -> None:
    there, link = tmp_path / "there.patch", tmp_path / "link.patch"
    there.write_text("mine")
    link.symlink_to(tmp_path / "elsewhere")
    for path in (there, link):
        result = cli("errors", "export", PATCH, "--to", str(path))
        assert (result.code, result.out) == (Exit.FAILED, "")
    assert there.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_git_takes_an_export_whatever_the_diagnosis_says(cli: Cli, label: Home, tmp_path: Path) -> None:
    hostile = Diagnosis(mending.DIAGNOSIS.cause, HOSTILE, HOSTILE, 0.9)
    in_store(label, lambda c: repairs.diagnosed(c, BUG, hostile, NOW))
    in_store(label, lambda c: c.execute(text("UPDATE error_groups SET message = :said"), {"said": HOSTILE}))
    made = tmp_path / "mend.patch"
    assert cli("errors", "export", BUG, "--to", str(made)).code == Exit.DONE
    assert made.stat().st_mode & 0o777 == 0o600
    work = tmp_path / "work"
    track = work / "engine" / "pipeline" / "track.py"
    track.parent.mkdir(parents=True)
    lines = [f"# {number}" for number in range(1, 10)]
    lines += ["    if not result:", "        return None", '    return result["key"]', "    # atonal songs have none"]
    track.write_text("\n".join(lines) + "\n")

    def git(*words: str) -> str:
        who = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, *words], cwd=work, check=True, capture_output=True, text=True)
        return done.stdout

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "before")
    git("am", "-q", str(made))
    assert git("show", "--stat", "--format=", "HEAD").split()[0] == "engine/pipeline/track.py"
    assert git("ls-files").split() == ["engine/pipeline/track.py"]
    assert 'result.get("key")' in track.read_text()
    assert f"Error-Group: {BUG}" in git("log", "-1", "--format=%B")


def test_a_patch_with_a_secret_is_not_exported(cli: Cli, label: Home) -> None:
    leaking = mending.DIFF.replace('result.get("key")', '"sk-' + "k3y" * 12 + '"')
    in_store(label, lambda c: c.execute(text("UPDATE patches SET diff = :diff"), {"diff": leaking}))
    result = cli("errors", "export", PATCH)
    assert result.code == Exit.FAILED
    assert not label.exports.exists() or list(label.exports.iterdir()) == []


# --- strangers' text ---


def test_nothing_that_a_terminal_obeys_comes_out(cli: Cli, label: Home) -> None:
    hostile = Diagnosis(mending.DIAGNOSIS.cause, HOSTILE, HOSTILE, 0.9, action=HOSTILE, suspects=(HOSTILE,), by=HOSTILE)

    async def write(connection: AsyncConnection) -> None:
        await repairs.diagnosed(connection, BUG, hostile, NOW)
        said = {"said": HOSTILE}
        await connection.execute(text("UPDATE error_groups SET message = :said, part = :said, type = :said"), said)
        await connection.execute(text("UPDATE error_events SET traceback = :said, source = :said"), said)
        await connection.execute(
            text("UPDATE patches SET author = :said, note = :said, files = '[\"x\\u001b[2J\"]'"), said
        )

    in_store(label, write)
    for words in (("list",), ("show", BUG), ("diff", PATCH), ("show", BUG, "--json"), ("diff", PATCH, "--json")):
        result = cli("errors", *words)
        assert result.code == Exit.DONE
        assert not any(char in result.out + result.err for char in SPELT), words


def test_what_comes_and_goes_has_its_colour() -> None:
    from console.cli.patch_lines import _unified

    styles = {line[0][0][:8]: line[0][1] for line in _unified(mending.DIFF)}
    assert (styles["-    ret"], styles["+    ret"], styles["@@ -10,4"]) == ("red", "green", "cyan")
    assert (styles["--- a/en"], styles["+++ b/en"], styles["     if "]) == ("bold", "bold", "")
