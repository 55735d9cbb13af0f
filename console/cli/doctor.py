"""`noktvrn doctor`: what noktvrn needs, and what of it is missing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session
from console.cli.spec import Command
from engine.domain.errors import Exit, SettingsError

if TYPE_CHECKING:
    from engine.doctor import Check
    from engine.settings import Settings


def _run(session: Session, args: Namespace) -> int:
    """Works without a home and with settings that cannot be used: that is what it is for."""
    from engine.api.checks import label_checks
    from engine.doctor import State, check

    def keys() -> Check:
        return _keys(session)

    own = label_checks(session.located, _settings(session), now=session.now)
    lines = check(session.located, extra=(*own, keys), ask=args.ask, now=session.now)
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(lines))
    else:
        from console.cli.table import sheet

        name = max(len(line.name) for line in lines)
        sheet(
            (f"{line.state:<4}  {line.name:<{name}}", f"{line.detail}\n{line.fix and f'fix: {line.fix}'}".strip())
            for line in lines
        )
    failed = sum(line.state is State.FAIL for line in lines)
    if failed:
        say.talk(f"{failed} of {len(lines)} checks failed.")
    return Exit.FAILED if failed else Exit.DONE


def _settings(session: Session) -> Settings | None:
    """Settings that cannot be read are told by a check of their own."""
    try:
        return session.settings
    except SettingsError:
        return None


def _keys(session: Session) -> Check:
    """Settings that cannot be read are told by a check of their own; this is about ids and clashes."""
    from engine.doctor import Check, State

    try:
        chosen = session.settings.console_keys
    except SettingsError:
        return Check("keys", State.WARN, "not checked: the settings cannot be used")
    if not chosen:
        return Check("keys", State.OK, "the usual ones")
    from console.keymap.changes import changed_keys

    try:
        changes = changed_keys(chosen)
    except SettingsError as error:
        return Check("keys", State.FAIL, " ".join(error.problems), "See docs/keys.md, and `noktvrn keys`.")
    return Check("keys", State.OK, f"changed for {', '.join(changes)}")


def _takes_ask(parser: ArgumentParser) -> None:
    parser.add_argument("--ask", action="store_true", help="also see whether the servers of providers answer")


DOCTOR = Command(
    "doctor",
    "check what noktvrn needs: ffmpeg, disk, database, settings",
    "noktvrn doctor",
    _run,
    _takes_ask,
    reads=True,
    detail="One line each: ok, warn or fail, with the fix. Changes nothing. Exit code 1 if anything fails.\n"
    "Each vendor of language models with a key has one: what it said when it was asked last.\n"
    "With --ask each provider of music, stock video and trends that is set up is asked whether it answers, without\n"
    "its key; language models are tried by `noktvrn llm ping`. Else nothing leaves this machine.",
)
