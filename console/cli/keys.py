"""`noktvrn keys`: every action of the console, its keys, and which of them were changed."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

from console.cli import say
from console.cli.session import Session
from console.cli.spec import Command
from engine.domain.errors import Exit


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    keys: tuple[str, ...]
    description: str
    explanation: str
    usual_keys: tuple[str, ...]
    changed_by: str | None


def _run(session: Session, args: Namespace) -> int:
    from console.keymap.catalogue import catalogue
    from console.keymap.changes import changed_keys
    from console.keymap.names import shown

    session.tell_notes()
    changes = changed_keys(session.settings.console_keys)
    rows = [
        _Row(
            id=entry.id,
            keys=tuple(map(shown, changes.get(entry.id, entry.keys))),
            description=entry.description,
            explanation=entry.tooltip,
            usual_keys=tuple(map(shown, entry.keys)),
            changed_by="CONSOLE_KEYS" if entry.id in changes else None,
        )
        for entry in catalogue().values()
    ]
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
        return Exit.DONE
    from console.cli.table import Column, table

    heads = ("ID", "KEYS", "ACTION", "CHANGED FROM")
    columns = [*map(Column, heads), Column("WHAT IT DOES", flexible=True)]
    table(
        columns,
        [
            (
                row.id,
                " ".join(row.keys),
                row.description,
                " ".join(row.usual_keys) if row.changed_by else "",
                row.explanation,
            )
            for row in rows
        ],
    )
    return Exit.DONE


KEYS = Command(
    "keys",
    "list the console's actions and their keys",
    "noktvrn keys",
    _run,
    reads=True,
    detail="CONSOLE_KEYS in the settings gives an action other keys: CONSOLE_KEYS=line.pause=P, list.filter=f",
)
