"""`noktvrn errors diff`, `apply`, `revert` and `export`: a patch is read before it changes anything."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.mending import PATCH, patch_of, refuse
from console.cli.patch_lines import print_patch
from console.cli.session import Session, ask, through_door
from console.cli.spec import Command, takes_id
from engine.domain.errors import Exit, FileProblem, NotAllowed, NotFound, UsageError
from engine.domain.repair import PatchState
from engine.domain.repair_deeds import Deed, refusal_of_patch, start_anew

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.repair_models import ErrorDetail, PatchView


def _takes_diff(parser: ArgumentParser) -> None:
    takes_id(PATCH)(parser)
    parser.add_argument(
        "--side-by-side", action="store_true", help="before and after beside each other, from 100 cells"
    )


async def _diff(door: Door, _session: Session, args: Namespace) -> int:
    _, patch = await patch_of(door, args.id)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(patch))
        return Exit.DONE
    _require_diff(patch)
    print_patch(patch.diff, beside=args.side_by_side)
    return Exit.DONE


def _require_diff(patch: PatchView) -> None:
    if not patch.diff:
        said = " ".join(refusal.message for refusal in patch.refusals)
        raise NotAllowed(
            f"Patch {patch.id} holds no diff: it is invalid. {said}".strip(),
            fix=f"Ask for another one: `noktvrn errors propose {patch.group_id}`.",
        )


# --- apply and revert ---


def _takes_yes(parser: ArgumentParser) -> None:
    takes_id(PATCH)(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask; needed where no person sits at a terminal")
    parser.add_argument("--despite-warnings", action="store_true", help="with --yes: apply what the gate warns of too")


def _apply(session: Session, args: Namespace) -> int:
    from console.cli.error_sheet import trial_lines

    async def look(door: Door) -> tuple[ErrorDetail, PatchView]:
        detail, patch = await patch_of(door, args.id)
        refuse(refusal_of_patch(Deed.APPLY, detail.row, patch))
        return detail, patch

    detail, patch = ask(session, look)
    print_patch(patch.diff, beside=False)
    say.flush()
    if patch.trial:
        say.talk(f"Trial: {next(iter(trial_lines(patch.trial)))}.")
    if detail.row.tainted:
        say.talk("The error's evidence holds text from outside: read the diff with that in mind.")
    for caution in patch.cautions:
        say.talk(f"! {caution}")
    if not _wanted(patch, yes=args.yes, despite=args.despite_warnings):
        say.talk("Nothing was applied.")
        return Exit.DONE
    return ask(session, lambda door: _applied(door, session, patch))


def _wanted(patch: PatchView, *, yes: bool, despite: bool) -> bool:
    """Whether it is applied: one yes for what was shown, and one more for what is to be heeded."""
    if yes and patch.cautions and not despite:
        raise UsageError(
            f"Patch {patch.id} comes with warnings, which --yes alone does not cover.",
            fix="Read them; --yes --despite-warnings applies it all the same.",
        )
    if yes:
        return True
    if not _agreed(f"Apply patch {patch.id} to {', '.join(patch.files)}?"):
        return False
    return not patch.cautions or _agreed("Apply it despite the warnings above?")


def _agreed(question: str) -> bool:
    """Whether a person says yes. Raises UsageError where none can be asked."""
    if not (say.on_terminal(sys.stdin) and say.on_terminal(sys.stderr)):
        raise UsageError(
            "Nobody can be asked here: this is no terminal.", fix="--yes applies what was shown without asking."
        )
    say.ask(f"{question} (y/N)")
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


async def _applied(door: Door, session: Session, patch: PatchView) -> int:
    """Applies what was shown, and nothing else: its digest goes along."""
    from console.cli.asking import carried_out
    from console.cli.words import when

    await carried_out(door, session, "it applies the patch", lambda: door.commands.apply_patch(patch.id, patch.digest))
    now = await door.queries.patch(patch.id)
    until = f" It is watched until {when(now.probation_until)}." if now.state is PatchState.PROBATION else ""
    back = f"`noktvrn errors revert {patch.id}` takes it back."
    say.talk(f"Patch {patch.id} is applied.{until} {back}{start_anew(patch.files)}")
    return Exit.DONE


async def _revert(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.asking import carried_out

    detail, patch = await patch_of(door, args.id)
    applied = [each for each in detail.patches if refusal_of_patch(Deed.REVERT, detail.row, each) is None]
    if args.id.startswith("e-") and applied:
        patch = applied[0]
    refuse(refusal_of_patch(Deed.REVERT, detail.row, patch))
    await carried_out(door, session, "it takes the patch back", lambda: door.commands.revert_patch(patch.id))
    say.talk(f"{_taken_back(await door.queries.patch(patch.id))}{start_anew(patch.files)}")
    return Exit.DONE


def _taken_back(patch: PatchView) -> str:
    """What became of the files: nothing, where the code held the patch no more."""
    if not patch.revert_commit:
        return f"Patch {patch.id} counts as taken back; no file was changed. {patch.note}".rstrip()
    return (
        f"Patch {patch.id} is taken back by commit {patch.revert_commit[:12]}: its files are without it, and what "
        "came on top of it stays."
    )


# --- export ---


def _takes_file(parser: ArgumentParser) -> None:
    takes_id(PATCH)(parser)
    parser.add_argument("--to", metavar="FILE", type=Path, help="where to; else into data/exports of the home")


async def _export(door: Door, session: Session, args: Namespace) -> int:
    from engine.api.patch_file import file_name, patch_text

    detail, patch = await patch_of(door, args.id)
    text = patch_text(patch, detail, session.redactor())
    if args.to is None:
        from console.exporting import place
        from engine.safety.files import write_whole

        path = place(session.home, file_name(patch), ".patch", session.now())
        write_whole(path, text)
    else:
        path = args.to.expanduser().absolute()
        _write_new(path, text)
    say.talk("`git am` or `git apply` takes it.")
    say.data(str(path))
    return Exit.DONE


def _write_new(path: Path, text: str) -> None:
    """A private file that was not there. Raises FileProblem, NotFound."""
    import os

    from engine.safety.files import FILE_MODE, explain

    if not path.parent.is_dir():
        raise NotFound(f"{path.parent} is no folder.", fix="Make it first, or name another file.")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    except FileExistsError:
        raise FileProblem(f"{path} is there already.", fix="Name another file; nothing is replaced.") from None
    except OSError as error:
        raise explain(error, path) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise explain(error, path) from error


COMMANDS = (
    Command(
        "diff",
        "show what a patch changes",
        "noktvrn errors diff x-4t7n2c9wge --side-by-side",
        through_door(_diff),
        _takes_diff,
        detail="What hides in a line, such as a zero-width letter, is shown by its number. `export` gives the\n"
        "exact bytes.",
        reads=True,
    ),
    Command(
        "apply",
        "apply a patch that passed its trial, after showing it",
        "noktvrn errors apply x-4t7n2c9wge",
        _apply,
        _takes_yes,
        detail="Exactly what is shown is applied, as a commit; the engine starts anew with it and watches it. Should\n"
        "the error come again or a start fail, it is taken back by itself. Where no engine runs, one is started.",
    ),
    Command(
        "revert",
        "take an applied patch back",
        "noktvrn errors revert x-4t7n2c9wge",
        through_door(_revert),
        takes_id(PATCH),
    ),
    Command(
        "export",
        "save a patch as a file for git",
        "noktvrn errors export x-4t7n2c9wge --to mend.patch",
        through_door(_export),
        _takes_file,
        detail="The file is for you alone (mode 0600) and holds the diff that was tried, byte by byte.",
    ),
)
