"""`noktvrn errors analyse`, `propose`, `trial` and `ignore`: what leads to a patch that is proven."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import timedelta
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.ids import MIN_PREFIX, whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, takes_id
from engine.domain.error_filter import span, why_no_span
from engine.domain.errors import Exit, NoktvrnError, NotAllowed, NotFound, UsageError
from engine.domain.repair import LEVEL, PatchState
from engine.domain.repair_deeds import Deed, refusal_of_group, refusal_of_patch

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.command_models import Accepted
    from engine.api.repair_models import ErrorDetail, PatchView

_MOST_BYTES = 256_000
PATCH = "a patch or the error group whose newest it is"


def refuse(refusal: NoktvrnError | None) -> None:
    """Raises it, where there is one: before an engine is started in vain."""
    if refusal is not None:
        raise refusal


async def patch_of(door: Door, text: str) -> tuple[ErrorDetail, PatchView]:
    """The patch that an id names, or the newest one of the error that it names. Raises NotFound, UsageError."""
    if len(text) >= MIN_PREFIX and text.startswith("e-"):
        detail = await door.queries.error(await whole_id(door, "error", text))
        if not detail.patches:
            raise NotFound(
                f"Error {detail.row.id} has no patch.", fix=f"`noktvrn errors propose {detail.row.id}` asks for one."
            )
        patch_id = detail.patches[0].id
    else:
        patch_id = await whole_id(door, "patch", text)
    patch = await door.queries.patch(patch_id)
    return await door.queries.error(patch.group_id), patch


async def _analyse(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.asking import carried_out
    from console.cli.error_sheet import print_diagnosis

    group_id = await whole_id(door, "error", args.id)
    refuse(refusal_of_group(Deed.ANALYSE, (await door.queries.error(group_id)).row))
    await carried_out(door, session, "it looks at the error", lambda: door.commands.analyse_error(group_id))
    detail = await door.queries.error(group_id)
    if detail.diagnosis is None:
        raise NoktvrnError(f"Nothing was found out about error {group_id}.")
    print_diagnosis(detail.diagnosis)
    return Exit.DONE


def _takes_patch(parser: ArgumentParser) -> None:
    takes_id("an error group")(parser)
    parser.add_argument(
        "--patch", metavar="FILE", help="a diff or search/replace blocks of your own in place of a model's; - for stdin"
    )


async def _propose(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.asking import carried_out
    from console.cli.error_sheet import print_patch_sheet
    from console.cli.files import text_of

    own = text_of(args.patch, _MOST_BYTES, "a patch") if args.patch is not None else None
    group_id = await whole_id(door, "error", args.id)
    refuse(refusal_of_group(Deed.PROPOSE, (await door.queries.error(group_id)).row))
    await carried_out(door, session, "it makes the patch", lambda: door.commands.propose_patch(group_id, own))
    detail = await door.queries.error(group_id)
    if not detail.patches:
        raise NoktvrnError(f"No patch came of it for error {group_id}.")
    patch = detail.patches[0]
    print_patch_sheet(patch)
    if patch.state is PatchState.INVALID:
        return Exit.FAILED
    if await door.queries.trial_under_way(patch.id) is not None:
        tries = "wait for its trial, which was begun already,"
    elif detail.setup.tries_unasked:
        tries = f"wait for its trial, which the engine begins by itself (AUTO_FIX_LEVEL={detail.setup.details[LEVEL]}),"
    else:
        tries = "try it"
    say.talk(f"Look at it with `noktvrn errors diff {patch.id}`, {tries} with `noktvrn errors trial {patch.id}`.")
    return Exit.DONE


async def _trial(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.asking import carried_out
    from console.cli.error_sheet import tell_trial

    detail, patch = await patch_of(door, args.id)
    if await door.queries.trial_under_way(patch.id) is None:
        refuse(refusal_of_patch(Deed.TRIAL, detail.row, patch))
    say.talk(f"Patch {patch.id} is tried; that takes up to some minutes.")
    await carried_out(
        door,
        session,
        "it tries the patch",
        lambda: _asked_or_joined(door, patch.id),
        lost="The trial ended with the engine that was started for it, and nothing came of it.",
        again=f"`noktvrn errors trial {patch.id}` tries it again, or waits for a trial that goes on.",
        stands=lambda: _stands(door, patch.group_id),
    )
    trial = (await door.queries.patch(patch.id)).trial
    if trial is None:
        raise NoktvrnError(f"Nothing came of the trial of patch {patch.id}.")
    tell_trial(trial)
    return Exit.DONE if trial.ok else Exit.FAILED


async def _asked_or_joined(door: Door, patch_id: str) -> Accepted:
    """A trial, or the one that the engine is at: it may have begun it by itself. Raises NotAllowed."""
    from engine.api.command_models import Accepted

    try:
        return await door.commands.trial_patch(patch_id)
    except NotAllowed:
        if (command_id := await door.queries.trial_under_way(patch_id)) is None:
            raise
        say.talk("A trial of it was asked for already: this waits for that one.")
        return Accepted(command_id, engine_running=True)


async def _stands(door: Door, group_id: str) -> str:
    """How far the engine is with an error."""
    row = (await door.queries.error(group_id)).row
    return row.work or "waits for the engine"


def _takes_until(parser: ArgumentParser) -> None:
    takes_id("an error group")(parser)
    parser.add_argument("--until", metavar="SPAN", type=_span, help="for so long from now: 12h, 7d, 2w; else for good")
    parser.add_argument("--end", action="store_true", help="let it be heard of again")


def _span(text: str) -> timedelta:
    found = span(text)
    if not found:
        raise ArgumentTypeError(why_no_span(text, "7d"))
    return found


async def _ignore(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.words import when

    if args.end and args.until:
        raise UsageError("--until and --end exclude each other.", fix="Give one of them.")
    group_id = await whole_id(door, "error", args.id)
    if args.end:
        state = await door.commands.unignore_error(group_id)
        say.talk(f"Error {group_id} is heard of again: {state.replace('_', ' ')}.")
        return Exit.DONE
    until = session.now() + args.until if args.until else None
    await door.commands.ignore_error(group_id, until)
    say.talk(f"Error {group_id} is ignored {f'until {when(until)}' if until else 'for good'}.")
    return Exit.DONE


COMMANDS = (
    Command(
        "analyse",
        "ask what an error comes from and what to do about it",
        "noktvrn errors analyse e-9d2h5r7vxa",
        through_door(_analyse),
        takes_id("an error group"),
        detail="Costs a little where a model is asked, within the day's budget. Where no engine runs, one is started\n"
        "for this.",
    ),
    Command(
        "propose",
        "ask for a patch, or bring one of your own",
        "noktvrn errors propose e-9d2h5r7vxa --patch mine.diff",
        through_door(_propose),
        _takes_patch,
        detail="Nothing is changed by it: it is placed, checked against the policy and kept. Where no engine runs,\n"
        "one is started for this. Exit code 1 where the patch was refused; the reasons stand below it.",
    ),
    Command(
        "trial",
        "try a patch in a jail: the tests run on a copy",
        "noktvrn errors trial x-4t7n2c9wge",
        through_door(_trial),
        takes_id(PATCH),
        detail="No network, no secrets, nothing written outside. Exit code 1 where it failed, with the log. A\n"
        "trial that goes on already is waited for. Stopped, a trial is lost where its engine was started for it.",
    ),
    Command(
        "ignore",
        "hear nothing of an error for a while, or at all",
        "noktvrn errors ignore e-9d2h5r7vxa --until 7d",
        through_door(_ignore),
        _takes_until,
    ),
)
