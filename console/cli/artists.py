"""`noktvrn artists`: the roster."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.ids import whole_id
from console.cli.personas import BUDGET, EDIT, PERSONA
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group, seed, takes_id, takes_limit, takes_search, written
from engine.domain.artists import ArtistState
from engine.domain.errors import Exit, NoktvrnError
from engine.domain.listing import ArtistOrder, wanted
from engine.domain.naming import whom

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import ArtistDetail, ArtistRow, Rows


def _takes_filters(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--state", metavar="STATE", type=_state, action="append", help="only artists in this state; may be repeated"
    )
    takes_search(parser, ArtistOrder)
    takes_limit(parser)


def _state(text: str) -> ArtistState:
    try:
        return ArtistState(text)
    except ValueError:
        raise ArgumentTypeError(f"there is no state {text!r}; one of {', '.join(ArtistState)}") from None


async def _list(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.listing import whole_list

    async def window(offset: int, limit: int) -> Rows[ArtistRow]:
        return await door.queries.artists(
            order=args.sort,
            turned=args.reverse,
            wanted=wanted(args.search, ("name", "genre")),
            states=args.state,
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
        say.talk(
            "No artists here. `noktvrn artists create` asks for one; `noktvrn once` makes one with its first track."
        )
    return Exit.DONE


def _table(rows: list[ArtistRow]) -> None:
    from console.cli.table import Column, table
    from console.cli.words import rate, short_when, yes

    columns = (
        Column("ARTIST"),
        Column("NAME", flexible=True),
        Column("GENRE"),
        Column("STATE", coloured=True),
        Column("AUTO"),
        Column("APPROVED", right=True),
        Column("LAST RUN"),
    )
    table(
        columns,
        [
            (a.id, a.name, a.genre, a.state, yes(a.autopilot), rate(a.approval_rate), short_when(a.last_run_at))
            for a in rows
        ],
    )


async def _show(door: Door, _session: Session, args: Namespace) -> int:
    detail = await door.queries.artist(await whole_id(door, "artist", args.id))
    if args.json:
        from console.cli.shapes import jsonable, merged

        # The runs are listed by `runs list --artist`; here their ids say enough.
        say.document({**merged(detail.row, detail), "runs": [jsonable(run.id) for run in detail.runs]})
    else:
        _print(detail)
    return Exit.DONE


def _print(detail: ArtistDetail) -> None:
    from console.cli.table import sheet
    from console.cli.words import dollars, when, yes
    from engine.domain.plurals import many

    row, persona = detail.row, detail.persona
    looks = persona.visual_identity
    sheet(
        (
            ("artist", row.id),
            ("name", row.name),
            ("genre", f"{row.genre} ({', '.join(persona.subgenres)})"),
            ("state", row.state),
            ("autopilot", f"{yes(row.autopilot)}, at most {dollars(detail.budget_microusd)} a run"),
            ("approval", _approval(detail)),
            ("decisions", f"{detail.approved} approved, {detail.rejected} rejected by people"),
            ("", f"{many(detail.rejections_in_a_row, 'rejection')} in a row" if detail.rejections_in_a_row else ""),
            ("voice", persona.voice),
            ("traits", ", ".join(persona.traits)),
            ("biography", persona.biography),
            ("influences", ", ".join(persona.influences)),
            ("themes", ", ".join(persona.themes)),
            ("never", ", ".join(persona.never)),
            ("tempo", f"{persona.habits.tempo_min}-{persona.habits.tempo_max} bpm"),
            ("keys", ", ".join(persona.habits.keys)),
            ("looks", f"{looks.motif}; {', '.join(looks.keywords)}"),
            ("palette", f"{looks.palette.ground} {looks.palette.shade} {looks.palette.glow} {looks.palette.ink}"),
            ("born", when(row.created_at)),
            ("last run", when(row.last_run_at) if row.last_run_at else "none yet"),
        )
    )
    _learning(detail)
    _history(detail)


def _approval(detail: ArtistDetail) -> str:
    """The curve's newest points, oldest first."""
    from console.cli.words import rate

    points = detail.approval.points[-6:]
    how = "by month" if detail.approval.by_month else "over the last decisions"
    return f"{how}: {', '.join(f'{point.label} {rate(point.share)}' for point in points)}" if points else ""


def _learning(detail: ArtistDetail) -> None:
    """Each song with what earlier ones had changed in it, the look back, and what a person said."""
    from console.cli.table import heading, sheet
    from console.cli.words import when

    if not detail.learning:
        return
    heading("Learning, newest first")
    for step in detail.learning:
        judged = step.judgement
        said = " ".join((*(f"[{tag}]" for tag in judged.tags), judged.text)).strip() if judged else ""
        sheet(
            (
                (step.run_id, f"{step.title} ({step.state or 'replaced'}, {when(step.at)})"),
                ("  changed", "; ".join(step.adjustments)),
                ("  looked back", step.reflection.verdict if step.reflection else ""),
                ("  lesson", step.reflection.lesson.text if step.reflection else ""),
                ("  a person", f"{'approved' if judged.approved else 'rejected'} {said}".strip() if judged else ""),
                ("  edited", "\n".join(judged.edits) if judged else ""),
            )
        )


def _history(detail: ArtistDetail) -> None:
    from console.cli.table import Column, heading, table
    from console.cli.words import when

    heading("Changes, newest first")
    table(
        (
            Column("WHEN"),
            Column("WHAT"),
            Column("FROM", flexible=True),
            Column("TO", flexible=True),
            Column("BY"),
            Column("WHY", flexible=True),
        ),
        [
            (
                when(c.at),
                c.field,
                _short(c.before),
                _short(c.after),
                whom(c.actor, c.channel, c.actor_name),
                c.reason,
            )
            for c in detail.history
        ],
    )


def _short(value: object) -> str:
    """A persona as a whole does not fit into a cell; its name does."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value.get("name", "…")) if isinstance(value, dict) else str(value)


def _takes_new(parser: ArgumentParser) -> None:
    parser.add_argument("--genre", metavar="GENRE", help="the genre; without it the writer chooses")
    parser.add_argument("--seed", metavar="N", type=seed, help="the same seed in the same fleet gives the same artist")


async def _create(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.engine_needed import exit_code
    from console.cli.follow import EngineWatch, command_result

    accepted = await door.commands.create_artist(genre=args.genre, seed=args.seed)
    if accepted.held or not accepted.engine_running:
        return exit_code(not accepted.engine_running, paused=accepted.paused)
    result = await command_result(door, accepted.command_id, EngineWatch(door))
    if result.state == "failed":
        raise NoktvrnError(result.error or "The artist could not be made.")
    assert result.artist_id is not None
    row = (await door.queries.artist(result.artist_id)).row
    say.talk(f"{row.name}, {row.genre}.")
    say.data(row.id)
    return Exit.DONE


def _sets(state: ArtistState, word: str) -> Callable[[Door, Session, Namespace], Awaitable[int]]:
    async def run(door: Door, _session: Session, args: Namespace) -> int:
        artist_id = await whole_id(door, "artist", args.id)
        await door.commands.set_artist_state(artist_id, state, args.reason)
        say.talk(f"Artist {artist_id} is {word}.")
        return Exit.DONE

    return run


def _takes_id_and_reason(parser: ArgumentParser) -> None:
    takes_id("an artist")(parser)
    parser.add_argument("--reason", metavar="TEXT", type=written, default="", help="why, for the artist's history")


def _takes_autopilot(parser: ArgumentParser) -> None:
    takes_id("an artist")(parser)
    parser.add_argument("switch", choices=("on", "off"))


async def _autopilot(door: Door, _session: Session, args: Namespace) -> int:
    artist_id = await whole_id(door, "artist", args.id)
    await door.commands.set_autopilot(artist_id, args.switch == "on")
    say.talk(f"Autopilot of artist {artist_id} is {args.switch}.")
    return Exit.DONE


ARTISTS = Group(
    "artists",
    "the roster",
    (
        Command(
            "list",
            "list artists in order of birth",
            "noktvrn artists list",
            through_door(_list),
            _takes_filters,
            reads=True,
        ),
        Command(
            "show",
            "show one artist: persona, learning, changes",
            "noktvrn artists show a-4m8w2k9ztq",
            through_door(_show),
            takes_id("an artist"),
            reads=True,
        ),
        Command(
            "create",
            "ask the writer for a new artist",
            "noktvrn artists create --genre synthwave",
            through_door(_create),
            _takes_new,
            detail="Prints the new artist's id. Without a running engine it waits for one (exit code 6).",
        ),
        Command(
            "pause",
            "give an artist no new runs",
            "noktvrn artists pause a-4m8w",
            through_door(_sets(ArtistState.PAUSED, "paused")),
            _takes_id_and_reason,
        ),
        Command(
            "resume",
            "bring back a paused or retired artist",
            "noktvrn artists resume a-4m8w",
            through_door(_sets(ArtistState.ACTIVE, "active")),
            _takes_id_and_reason,
        ),
        Command(
            "retire",
            "end an artist's career; `resume` brings it back",
            "noktvrn artists retire a-4m8w",
            through_door(_sets(ArtistState.RETIRED, "retired")),
            _takes_id_and_reason,
        ),
        Command(
            "autopilot",
            "approve by the gate alone, or ask a person",
            "noktvrn artists autopilot a-4m8w on",
            through_door(_autopilot),
            _takes_autopilot,
            detail="The gate: every check of the files green, within the artist's budget, and no open error\n"
            "on its runs. Where it does not pass, the run waits for a person and says why.",
        ),
        PERSONA,
        EDIT,
        BUDGET,
    ),
)
