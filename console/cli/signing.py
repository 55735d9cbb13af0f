"""`noktvrn releases keys`: what packages are signed with."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session, ask
from console.cli.spec import Command
from engine.domain.clock import utc_now
from engine.domain.errors import Exit, FileProblem, NotAllowed, UsageError

if TYPE_CHECKING:
    from engine.api.signing import KeyState

_DEEDS = ("show", "replace", "backup", "restore")
_LONGEST = 4096


def _takes_keys(parser: ArgumentParser) -> None:
    parser.add_argument("deed", metavar="WHAT", nargs="?", choices=_DEEDS, default="show", help=", ".join(_DEEDS))
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="what backup writes or restore reads")
    parser.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="its first line is the passphrase; without it, it is asked"
    )
    parser.add_argument("--yes", action="store_true", help="replace: do not ask whether that is meant")


def _keys(session: Session, args: Namespace) -> int:
    """By the true time, since readers of certificates go by it."""
    from engine.api import signing

    session.tell_notes()
    if (args.file is not None) != (args.deed in ("backup", "restore")):
        raise UsageError(f"`keys {args.deed}` takes {'a FILE' if args.file is None else 'no FILE'}.")
    if args.deed == "show":
        session.require_label()
        state = signing.show(session.located, session.settings, utc_now())
        _show(state, as_json=args.json)
        return Exit.FAILED if state.flaw else Exit.DONE
    if args.deed == "replace":
        session.require_label()
        _require_word(args.yes)
        state = ask(session, lambda door: door.commands.keys.replace(session.settings, utc_now()))
        _show(state, as_json=args.json)
        say.talk("What was signed before stays signed by the old keys; this machine goes on to know them.")
    else:
        file = args.file.expanduser().absolute()
        passphrase = _passphrase(args.passphrase_file, twice=args.deed == "backup")
        found = (_saved if args.deed == "backup" else _restored)(session, file, passphrase)
        done, where = ("saved, encrypted", file) if args.deed == "backup" else ("restored", session.home.keys)
        say.talk(f"The keys of authority {found[:16]} were {done}.")
        say.data(str(where))
    return Exit.DONE


def _saved(session: Session, file: Path, passphrase: str) -> str:
    """The authority's fingerprint. Where there is a label, its audit log has that the keys were saved."""
    from engine.api import signing

    if session.located.database.exists():
        return ask(session, lambda door: door.commands.keys.backup(session.settings, file, passphrase))
    return signing.backup(session.home, session.settings, file, passphrase)


def _restored(session: Session, file: Path, passphrase: str) -> str:
    """The authority's fingerprint. Keys may come back before their label does, whose home must be empty of one."""
    from engine.api import signing

    if session.located.database.exists():
        return ask(session, lambda door: door.commands.keys.restore(session.settings, file, passphrase))
    say.talk("There is no label here yet, so no audit log has this.")
    return signing.restore(session.home, session.settings, file, passphrase)


def _require_word(given: bool) -> None:
    if given:
        return
    told = "A new authority begins; whoever trusts the old one has to be told of the new one."
    if not say.on_terminal(sys.stdin):
        raise NotAllowed(f"{told} That needs a word.", fix="Add --yes.")
    say.ask(f"{told} Type yes: ")
    if sys.stdin.readline().strip().lower() != "yes":
        raise NotAllowed("Nothing was changed.")


def _passphrase(file: Path | None, *, twice: bool) -> str:
    """From the file's first line, or from the terminal, which shows nothing of it. Raises FileProblem, UsageError."""
    if file is not None:
        try:
            with file.expanduser().open(encoding="utf-8") as handle:
                return handle.readline(_LONGEST).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise FileProblem(f"The passphrase in {file} cannot be read.", fix="Name a text file.") from error
    if not say.on_terminal(sys.stdin):
        raise UsageError("No passphrase: this is no terminal.", fix="Give --passphrase-file FILE.")
    from getpass import getpass

    given = getpass("Passphrase: ", stream=sys.stderr)
    if twice and getpass("Once more: ", stream=sys.stderr) != given:
        raise UsageError("The two passphrases differ.")
    return given


def _show(state: KeyState, *, as_json: bool) -> None:
    if as_json:
        from console.cli.shapes import jsonable

        say.document(jsonable(state))
        return
    if state.source == "none":
        say.talk("No keys yet: the first packaging makes an authority of the label's own.")
        return
    from console.cli.table import sheet
    from engine.domain.clock import local

    whose = {"operator": "your own certificate, as the settings say", "own": "an authority of the label's own"}
    rows = [("signs", whose[state.source]), ("lies in", str(state.place))]
    if state.authority_ends:
        rows += [
            ("in the name of", state.holder),
            ("algorithm", state.algorithm),
            ("certificate", state.fingerprint or "the next packaging has one issued"),
            *([("counts until", local(state.ends))] if state.ends else []),
            ("issued by", f"{state.authority}, until {local(state.authority_ends)}"),
            ("authority", state.authority_fingerprint),
            ("earlier ones", str(state.earlier)),
        ]
    sheet([*rows, ("fail", f"{state.flaw}\nfix: {state.fix}")] if state.flaw else rows)
    if state.source == "own" and not state.flaw:
        say.talk("Public verifiers do not know this issuer, and say so.")
        say.talk("The keys are in no backup of the label: `noktvrn releases keys backup FILE` saves them.")


KEYS = Command(
    "keys",
    "show, replace, save or restore what packages are signed with",
    "noktvrn releases keys backup /mnt/safe/keys.json",
    _keys,
    _takes_keys,
    reads=True,
    detail="show says who signs and until when; it fails where the next packaging would. replace begins a new\n"
    "authority of the label's own and keeps the old one aside. backup writes the label's own keys into an encrypted\n"
    "file; they are in no other backup. restore brings them back where there are none. No key is ever printed.",
)
