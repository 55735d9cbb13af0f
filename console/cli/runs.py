"""`noktvrn runs`: what is being made and what became of it."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group, takes_id, takes_limit, takes_search, takes_track
from engine.domain.errors import Exit, NoktvrnError
from engine.domain.listing import RunOrder, wanted
from engine.domain.naming import who, whom
from engine.domain.runs import PRODUCE_STAGES, RunState, Stage

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import ArtefactRow, Rows, RunDetail, RunRow, StageRow


def _takes_filters(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--state", metavar="STATE", type=_state, action="append", help="only runs in this state; may be repeated"
    )
    parser.add_argument("--artist", metavar="ID", help="only runs of this artist")
    takes_search(parser, RunOrder)
    takes_limit(parser)


def _state(text: str) -> RunState:
    try:
        return RunState(text)
    except ValueError:
        raise ArgumentTypeError(f"there is no state {text!r}; one of {', '.join(RunState)}") from None


async def _list(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.listing import whole_list

    artist_id = await whole_id(door, "artist", args.artist) if args.artist else None

    async def window(offset: int, limit: int) -> Rows[RunRow]:
        return await door.queries.runs(
            order=args.sort,
            turned=args.reverse,
            wanted=wanted(args.search),
            states=args.state,
            artist_id=artist_id,
            offset=offset,
            limit=limit,
        )

    rows = await whole_list(window, args.limit)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        _table(rows)
    else:
        say.talk("No runs here. `noktvrn once` makes one track; `noktvrn cycle on` lets the engine make them.")
    return Exit.DONE


def _table(rows: list[RunRow]) -> None:
    from console.cli.table import Column, table
    from console.cli.words import short_when

    columns = (
        Column("RUN"),
        Column("ARTIST", flexible=True),
        Column("TITLE", flexible=True),
        Column("STATE", coloured=True),
        Column("AT"),
        Column("BEGUN"),
    )
    table(columns, [(r.id, r.artist, r.title, r.state, progress_words(r), short_when(r.created_at)) for r in rows])


def progress_words(row: RunRow) -> str:
    """`clip 43%` of a run at work, the stage where a failed one stopped, else nothing."""
    from console.cli.words import percent
    from engine.domain.runs import ACTIVE_STATES

    if row.waits_to_be_packed:
        return "waits to be packed"
    if row.held:
        return "waits"
    if row.state in ACTIVE_STATES:
        return f"{row.stage or 'begins'} {percent(row.progress)}"
    return str(row.stage) if row.state is RunState.FAILED and row.stage else ""


async def _show(door: Door, _session: Session, args: Namespace) -> int:
    detail = await door.queries.run(await whole_id(door, "run", args.id))
    if args.json:
        from console.cli.shapes import merged

        say.document({**merged(detail.row, detail), "variants": dict(detail.variants)})
    else:
        _print(detail)
    return Exit.DONE


def _print(detail: RunDetail) -> None:
    from console.cli.outside import stock_told, trends_told
    from console.cli.table import sheet
    from console.cli.words import clock, dollars, when

    row = detail.row
    eta = f", about {clock(row.eta_s)} to go" if row.eta_s is not None else ""
    sheet(
        (
            ("run", row.id),
            ("artist", f"{row.artist} ({row.artist_id})"),
            ("title", row.title),
            ("state", f"{row.state} {progress_words(row)}".strip()),
            ("waits since", when(row.waiting_since) if row.waiting_since else ""),
            ("", row.waiting_reason),
            ("failed", row.failure),
            ("fix", row.failure_fix),
            ("begun", when(row.created_at)),
            ("at work", f"{clock(row.elapsed_s)}{eta}"),
            ("length", clock(row.length_s)),
            ("seed", str(row.seed)),
            ("version", f"{row.version}, attempt {row.attempt}"),
            ("cost", dollars(row.cost_microusd)),
            ("parameters", ", ".join(f"{name}: {value}" for name, value in detail.parameters.items())),
            ("experiment", ", ".join(f"{name}: {value}" for name, value in detail.variants)),
            ("asked for", detail.notes),
            ("trends", trends_told(detail.outside)),
            ("stock video", stock_told(detail.outside)),
            ("release", detail.release_path or ""),
        )
    )
    _stages(detail)
    _attempts(detail)
    _costs(detail)
    _history(detail)
    _files(detail)
    _next(row)


def _stages(detail: RunDetail) -> None:
    from console.cli.table import Column, heading, table

    heading("Stages")
    table(
        (
            Column("STAGE"),
            Column("STATE", coloured=True),
            Column("DONE", right=True),
            Column("TIME", right=True),
            Column("CPU", right=True),
            Column("STARTS", right=True),
            Column("NOTE", flexible=True),
        ),
        [_stage(stage) for stage in detail.stages],
    )


def _stage(stage: StageRow) -> tuple[str, ...]:
    if stage.kept_from is not None:
        note = f", {stage.note}" if stage.note else ""
        return (stage.stage, stage.state, "", "", "", "", f"kept from version {stage.kept_from}{note}")
    from console.cli.words import clock, percent

    if not stage.starts:
        return (stage.stage, stage.state, "", "", "", "", "")
    cpu = f"{stage.cpu_s:.1f} s" if stage.cpu_s else ""
    done = percent(stage.progress)
    return (stage.stage, stage.state, done, clock(stage.seconds), cpu, str(stage.starts), stage.note)


def _attempts(detail: RunDetail) -> None:
    """Every version and attempt, newest first."""
    from console.cli.table import Column, heading, table
    from console.cli.words import when

    heading("Attempts, newest first")
    columns = (Column("VERSION"), Column("TRY"), Column("BEGUN"), Column("ENDED", coloured=True))
    rows = []
    for version in detail.versions:
        how = f"{version.how}, by {who(version.actor, version.actor_name)}"
        for place, attempt in enumerate(version.attempts):
            why = f"{attempt.stage}: {attempt.reason}" if attempt.stage else ""
            number = f"{'packing ' if attempt.packing else ''}{attempt.attempt}"
            ended = attempt.outcome or "at work"
            last = place + 1 == len(version.attempts)
            rows.append((str(version.version), number, when(attempt.begun_at), ended, why or (how if last else "")))
    table((*columns, Column("HOW OR WHY", flexible=True)), rows)


def _costs(detail: RunDetail) -> None:
    from console.cli.table import heading, sheet
    from engine.domain.budget import dollars
    from engine.domain.plurals import many

    if detail.costs:
        heading("Costs")
        sum_ = sum(row.cost_microusd for row in detail.costs)
        rows = [(row.name, f"{dollars(row.cost_microusd)} ({many(row.calls, 'call')})") for row in detail.costs]
        sheet((*rows, ("sum", dollars(sum_))))


def _history(detail: RunDetail) -> None:
    from console.cli.table import Column, heading, table
    from console.cli.words import when

    heading("History")
    table(
        (Column("WHEN"), Column("TO", coloured=True), Column("BY"), Column("WHY", flexible=True)),
        [
            (when(step.at), step.after, whom(step.actor, step.channel, step.actor_name), step.reason)
            for step in detail.steps
        ],
    )


def _files(detail: RunDetail) -> None:
    from console.cli.table import heading, sheet
    from console.cli.words import size

    if detail.artefacts:
        heading("Files")
        sheet((file.kind, f"{size(file.size)}\n{_where(file)}") for file in detail.artefacts)


def _where(file: ArtefactRow) -> str:
    from console.cli.words import when

    return f"deleted {when(file.pruned_at)} to save space" if file.pruned_at else str(file.path)


def _next(row: RunRow) -> None:
    if row.state is RunState.AWAITING_REVIEW:
        say.talk(f"To decide: `noktvrn approvals show {row.id}`.")
        say.talk(f"To make it again from a stage: `noktvrn runs retry {row.id} --from STAGE`.")
    elif row.state is RunState.FAILED:
        say.talk(f"To take it up again where it stopped: `noktvrn runs retry {row.id}`.")


async def _start(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.engine_needed import exit_code, tell_pause
    from console.cli.follow import EngineWatch, command_result

    artist_id = await whole_id(door, "artist", args.artist) if args.artist else None
    accepted = await door.commands.start_run(artist_id=artist_id, seed=args.seed, length_s=args.length)
    if accepted.held or not accepted.engine_running:
        return exit_code(not accepted.engine_running, paused=accepted.paused)
    result = await command_result(door, accepted.command_id, EngineWatch(door))
    if result.state == "failed" or result.run_id is None:
        raise NoktvrnError(result.error or "The run could not be started.")
    row = await door.queries.run_row(result.run_id)
    say.talk(f"A track by {row.artist} is on its way.")
    if accepted.paused:
        tell_pause()
    say.data(row.id)
    return Exit.DONE


def _takes_retry(parser: ArgumentParser) -> None:
    takes_id("a run")(parser)
    stages = ", ".join(PRODUCE_STAGES)
    parser.add_argument("--from", dest="stage", metavar="STAGE", type=_stage_name, help=f"one of {stages}")


def _stage_name(text: str) -> Stage:
    if text not in list(PRODUCE_STAGES):
        raise ArgumentTypeError(f"there is no stage {text!r}; one of {', '.join(PRODUCE_STAGES)}")
    return Stage(text)


async def _retry(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.engine_needed import exit_code, waits_for_engine

    run_id = await whole_id(door, "run", args.id)
    found = await door.queries.retry_choices(run_id)
    chosen = next((choice for choice in found.choices if choice.stage == args.stage), None)
    state = await door.commands.retry(run_id, args.stage, version=found.version)
    say.talk(f"Run {run_id} is {state} again.")
    if chosen is not None:
        for note in chosen.notes:
            say.note(note)
        say.talk(f"Made again: {', '.join(chosen.again)}. Kept: {', '.join(chosen.kept) or 'nothing'}.")
    return exit_code(waits_for_engine(door.queries.engine()))


async def _cancel(door: Door, _session: Session, args: Namespace) -> int:
    run_id = await whole_id(door, "run", args.id)
    await door.commands.cancel(run_id)
    say.talk(f"Run {run_id} is cancelled.")
    return Exit.DONE


RUNS = Group(
    "runs",
    "what is being made, and what became of it",
    (
        Command(
            "list",
            "list runs, newest first",
            "noktvrn runs list --state generating",
            through_door(_list),
            _takes_filters,
            reads=True,
        ),
        Command(
            "show",
            "show one run: stages, history, files",
            "noktvrn runs show r-7k3f9qx2mt",
            through_door(_show),
            takes_id("a run"),
            reads=True,
        ),
        Command(
            "start",
            "start one run in the running engine",
            "noktvrn runs start --length 60",
            through_door(_start),
            takes_track,
            detail="Prints the run's id once the engine has taken it up. Without a running engine it waits for one\n"
            "(exit code 6). `noktvrn once` makes a track without an engine and follows it to its end.",
        ),
        Command(
            "retry",
            "take a run up where it failed, or from a stage",
            "noktvrn runs retry r-7k3f --from track",
            through_door(_retry),
            _takes_retry,
            detail="Without --from: a failed run, at the stage that failed; finished stages are kept. With --from:\n"
            "one that failed or awaits review gets a new version; that stage and all that works from its result\n"
            "are made again, the rest is kept. Without a running engine it waits for one (exit code 6).",
        ),
        Command(
            "cancel",
            "end a run that is not approved yet",
            "noktvrn runs cancel r-7k3f",
            through_door(_cancel),
            takes_id("a run"),
        ),
    ),
)
