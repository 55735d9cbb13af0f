"""`noktvrn backup` and `noktvrn restore`: a whole label in one file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session
from console.cli.spec import Command
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api.archive import Archived
    from engine.home import Home

_SHOWN = 10


def _takes_target(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write; it must not be there yet")
    parser.add_argument("--without-keys", action="store_true", help="leave .env out, with its keys and tokens")


def _takes_source(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a file that `noktvrn backup` wrote")


def _backup(session: Session, args: Namespace) -> int:
    from engine.api.archive import save

    session.tell_notes()
    found = save(session.home, args.file.expanduser().absolute(), session.now(), keys=not args.without_keys)
    _say(found, "were saved")
    if not args.without_keys and session.home.env_file.exists():
        say.talk("It holds .env: whoever reads it has your keys.")
    say.data(str(found.path))
    return Exit.DONE


def _restore(session: Session, args: Namespace) -> int:
    from engine.api.archive import restore

    home = session.located
    found = restore(args.file.expanduser().absolute(), home)
    _say(found, "were restored, each as it was saved")
    say.talk("`noktvrn doctor` looks at all of it; `noktvrn headless` or the console goes on with it.")
    if _token_came_along(home):
        say.talk(
            "Its TELEGRAM_BOT_TOKEN came along: two engines with one token keep each other from listening. Stop the "
            "engine of the label that was saved, or change the token before you start this one."
        )
    say.data(str(home.root))
    return Exit.DONE


def _token_came_along(home: Home) -> bool:
    from engine.settings.envfile import read

    found = read(home.env_file).entries.get("TELEGRAM_BOT_TOKEN")
    return found is not None and bool(found.value.strip())


def _say(found: Archived, what: str) -> None:
    from console.cli.words import size
    from engine.domain.plurals import many

    say.talk(f"{many(found.files, 'file')} ({size(found.size)}) {what}; state of {found.made_at}.")
    if found.missing:
        some = ", ".join(found.missing[:_SHOWN]) + (", …" if len(found.missing) > _SHOWN else "")
        say.note(f"{many(len(found.missing), 'file')} that the label knows were not there when it was saved: {some}")


BACKUP = Command(
    "backup",
    "save the whole label in one file, also while it works",
    "noktvrn backup /mnt/safe/label.tar",
    _backup,
    _takes_target,
    detail="It holds the database, media, releases and .env. Work that is under way is begun again after a restore.\n"
    "FILE lies outside of the home's data, or in data/backups.",
)
RESTORE = Command(
    "restore",
    "bring a label back from a backup, into an empty home",
    "noktvrn --home /srv/label restore /mnt/safe/label.tar",
    _restore,
    _takes_source,
    detail="Every byte is compared with the backup's own list before anything takes its place. The bot's token comes\n"
    "along with .env: let only one of the two labels listen with it.",
)
