"""`noktvrn doctor`: what noktvrn needs, and what of it is missing."""

from __future__ import annotations

from argparse import Namespace

from console.cli import say
from console.cli.session import Session
from console.cli.spec import Command
from engine.domain.errors import Exit


def _run(session: Session, args: Namespace) -> int:
    """Works without a home and with settings that cannot be used: that is what it is for."""
    from engine.api.checks import label_checks
    from engine.doctor import State, check

    lines = check(session.located, extra=label_checks(session.located))
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


DOCTOR = Command(
    "doctor",
    "check what noktvrn needs: ffmpeg, disk, database, settings",
    "noktvrn doctor",
    _run,
    reads=True,
    detail="One line each: ok, warn or fail, with the fix. Changes nothing. Exit code 1 if anything fails.",
)
