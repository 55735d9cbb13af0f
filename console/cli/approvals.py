"""`noktvrn approvals`: what waits for a person, and the decisions."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.edits import DIFF, EDIT, LYRICS
from console.cli.ids import whole_id
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group, takes_id, takes_limit, written
from console.cli.variants import CHOOSE, described
from engine.domain.errors import Exit
from engine.domain.learning import ReasonTag

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import Decided, ReviewSheet


async def _list(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.listing import whole_list

    rows = await whole_list(lambda offset, limit: door.queries.approvals(offset=offset, limit=limit), args.limit)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        from console.cli.table import Column, table
        from console.cli.words import when

        table(
            (
                Column("RUN"),
                Column("ARTIST", flexible=True),
                Column("TITLE", flexible=True),
                Column("WAITS SINCE"),
            ),
            [(row.id, row.artist, row.title, when(row.waiting_since)) for row in rows],
        )
        say.talk("`noktvrn approvals show RUN` shows what to judge by.")
    else:
        say.talk("Nothing waits for a decision. `noktvrn runs list` shows what is being made.")
    return Exit.DONE


async def _show(door: Door, _session: Session, args: Namespace) -> int:
    sheet = await door.queries.review_sheet(await whole_id(door, "run", args.id))
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(sheet))
    else:
        _print(sheet)
    return Exit.DONE


def _print(review: ReviewSheet) -> None:
    from console.cli.table import body, heading, sheet

    _facts(review)
    heading("Checks")
    sheet((f"{'ok' if check.ok else 'fail':<4}  {check.name}", check.detail) for check in review.checks)
    heading("Reflection")
    look = review.reflection
    sheet(
        (
            ("of", f"revision {older}, before its words were edited" if (older := review.looked_back_on) else ""),
            ("verdict", look.verdict),
            ("alignment", f"{look.alignment:.2f}"),
            ("quality", f"{look.quality:.2f}"),
            ("observed", "\n".join(look.observations)),
            ("lesson", look.lesson.text),
        )
    )
    heading("Lyrics")
    for section in review.lyrics.sections:
        body(f"[{section.kind}]\n" + "\n".join(section.lines) + "\n")
    if review.decided is None and not review.being_made:
        run_id = review.run.id
        say.talk(
            f"To decide: `noktvrn approvals approve {run_id}`, or `noktvrn approvals reject {run_id} --reason TAG`."
        )


def _facts(review: ReviewSheet) -> None:
    from console.cli.outside import stock_told, trends_told
    from console.cli.table import sheet
    from console.cli.words import clock, percent, when
    from engine.domain.keys import as_asked
    from engine.domain.naming import whom
    from engine.domain.tempo import UNCLEAR, heard

    run, concept, facts = review.run, review.concept, review.facts
    loud = facts.loudness
    tempo = heard(concept.tempo_bpm, facts.tempo_bpm, facts.tempo_confidence)
    beat = f"beat {UNCLEAR}" if tempo is None else f"{tempo:.0f} bpm"
    decided = review.decided
    who = f"{decided.decision} by {whom(decided.actor, decided.channel, decided.actor_name)}" if decided else ""
    sheet(
        (
            ("run", run.id),
            ("revision", f"{review.revision_number} ({review.revision_hash[:16]})"),
            ("artist", f"{run.artist} ({review.persona.genre})"),
            ("title", run.title),
            ("decided", f"{who}, {when(decided.decided_at)}" if decided else ""),
            ("edited", _edited(review)),
            (
                "being made",
                f"a newer revision: {run.stage or 'begins'} {percent(run.progress)}" if review.being_made else "",
            ),
            ("waits because", run.waiting_reason),
            ("expires", when(review.expires_at) if review.expires_at else ""),
            ("premise", concept.premise),
            ("mood", f"{concept.mood}; {', '.join(concept.themes)}"),
            ("changed", "; ".join(concept.adjustments)),
            ("trends", trends_told(review.outside)),
            ("asked for", f"{concept.tempo_bpm} bpm, {as_asked(concept.key)}, energy {concept.energy:.2f}"),
            (
                "measured",
                f"{clock(facts.duration_s)}, {beat}, {loud.integrated_lufs:.1f} LUFS, "
                f"{loud.true_peak_dbtp:.1f} dBTP, range {loud.range_lu:.1f} LU",
            ),
            ("vocals", review.vocals),
            ("music by", f"{review.bought.provider}, order {review.bought.purchase_id}" if review.bought else ""),
            ("rights", review.bought.rights or "no plan is named in the settings" if review.bought else ""),
            ("clips", described(review.bought) if review.bought else ""),
            ("passed over", "\n".join(review.passed_over)),
            ("words by", review.writer + (", then edited by a person" if review.words_edited else "")),
            ("track", str(review.track)),
            ("cover", str(review.cover)),
            ("clip", str(review.clip)),
            ("stock video", stock_told(review.outside)),
        )
    )


def _edited(review: ReviewSheet) -> str:
    from console.cli.words import when
    from engine.domain.naming import whom

    return "\n".join(
        f"{' and '.join(edit.changed)} by {whom(edit.actor, edit.channel, edit.actor_name)}, {when(edit.at)}"
        for edit in review.edits
    )


def _tag(text: str) -> ReasonTag:
    try:
        return ReasonTag(text)
    except ValueError:
        raise ArgumentTypeError(f"there is no reason {text!r}; one of {', '.join(ReasonTag)}") from None


def _takes_revision(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--revision",
        metavar="HASH",
        help="decide only if this revision, as `approvals show --json` named it, is the newest",
    )


def _takes_approval(parser: ArgumentParser) -> None:
    takes_id("a run")(parser)
    _takes_revision(parser)


def _takes_reasons(parser: ArgumentParser) -> None:
    takes_id("a run")(parser)
    parser.add_argument(
        "--reason",
        metavar="TAG",
        dest="tags",
        type=_tag,
        action="append",
        default=[],
        help="may be repeated; one of " + ", ".join(ReasonTag),
    )
    parser.add_argument("--text", metavar="TEXT", type=written, default="", help="the reason in your own words")
    _takes_revision(parser)


async def _approve(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.engine_needed import exit_code

    run_id = await whole_id(door, "run", args.id)
    decided = await door.commands.approve(run_id, revision_hash=args.revision)
    say.talk(f"Run {run_id} is approved{_undo_until(decided, session)}.")
    return exit_code(not decided.engine_running)


def _undo_until(decided: Decided, session: Session) -> str:
    """How long the decision can be taken back, and how; empty where it cannot."""
    from console.cli.words import when

    if decided.effective_at <= session.now():
        return ""
    return f"; until {when(decided.effective_at)} `noktvrn approvals undo {decided.run_id}`"


async def _reject(door: Door, session: Session, args: Namespace) -> int:
    from engine.domain.artists import ArtistState

    run_id = await whole_id(door, "run", args.id)
    decided = await door.commands.reject(run_id, tuple(args.tags), args.text, revision_hash=args.revision)
    say.talk(f"Run {run_id} is rejected, and its artist's next song is told why{_undo_until(decided, session)}.")
    if decided.artist_state is ArtistState.RETIRED:
        say.talk("With that its artist is retired (`noktvrn artists resume` brings it back).")
    return Exit.DONE


async def _new_version(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.engine_needed import exit_code

    run_id = await whole_id(door, "run", args.id)
    decided = await door.commands.new_version(run_id, tuple(args.tags), args.text, revision_hash=args.revision)
    say.talk(f"Run {run_id} is made anew{_undo_until(decided, session)}.")
    return exit_code(not decided.engine_running)


async def _undo(door: Door, _session: Session, args: Namespace) -> int:
    run_id = await whole_id(door, "run", args.id)
    taken = await door.commands.undo(run_id)
    say.talk(f"Taken back: {taken.title} (run {run_id}) waits for a decision again. {taken.of_the_artist}".rstrip())
    return Exit.DONE


APPROVALS = Group(
    "approvals",
    "what waits for a person, and the decisions",
    (
        Command(
            "list",
            "list runs that wait for a decision, longest first",
            "noktvrn approvals list --json",
            through_door(_list),
            takes_limit,
            reads=True,
        ),
        Command(
            "show",
            "show all that there is to judge by",
            "noktvrn approvals show r-7k3f9qx2mt",
            through_door(_show),
            takes_id("a run"),
            reads=True,
        ),
        Command(
            "approve",
            "approve: the release is packaged",
            "noktvrn approvals approve r-7k3f",
            through_door(_approve),
            _takes_approval,
            detail="Nothing is published. Without a running engine the packaging waits for one (exit code 6).\n"
            "A run that somebody else has decided on is refused with exit code 5.",
        ),
        Command(
            "reject",
            "reject, with a reason that the next song is told",
            "noktvrn approvals reject r-7k3f --reason too-slow --text 'the intro drags'",
            through_door(_reject),
            _takes_reasons,
        ),
        Command(
            "new-version",
            "send it back to be made anew with your notes",
            "noktvrn approvals new-version r-7k3f --reason weak-cover",
            through_door(_new_version),
            _takes_reasons,
            detail="Without a running engine it waits for one (exit code 6).",
        ),
        EDIT,
        CHOOSE,
        DIFF,
        LYRICS,
        Command(
            "undo",
            "take a decision back during its grace period",
            "noktvrn approvals undo r-7k3f",
            through_door(_undo),
            takes_id("a run"),
            detail="The grace period is APPROVAL_GRACE_SECONDS, see docs/settings.md.",
        ),
    ),
)
