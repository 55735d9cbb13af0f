"""`noktvrn releases`: finished packages."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.cli import carrying, delivering, rights, say, signing
from console.cli.ids import whole_id
from console.cli.session import Session, ask, through_door
from console.cli.spec import Command, Group, takes_id, takes_limit
from engine.domain.delivery import DeliveryState, most_urgent
from engine.domain.errors import Exit, NotFound
from engine.domain.plurals import many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate

    from engine.api import Door
    from engine.api.models import ReleaseRow
    from engine.api.verify import Verified


_UNKNOWN = "; this label did not make it, so only its own manifest speaks for it"


async def _list(door: Door, _session: Session, args: Namespace) -> int:
    from console.cli.listing import whole_list

    rows = await whole_list(lambda offset, limit: door.queries.releases(offset=offset, limit=limit), args.limit)
    standing = await _standing(door, rows)
    if args.json:
        from console.cli.shapes import jsonable

        say.document([{**jsonable(row), **jsonable(standing[row.id])} for row in rows])
    elif rows:
        from console.cli.table import Column, table
        from console.cli.words import short_when

        table(
            (
                Column("RELEASE"),
                Column("ARTIST", flexible=True),
                Column("TITLE", flexible=True),
                Column("DELIVERED", coloured=True),
                Column("RIGHTS", coloured=True),
                Column("MADE"),
                Column("FOLDER", flexible=True, at=110),
            ),
            [
                (r.id, r.artist, r.title, *standing[r.id].in_words(), short_when(r.created_at), r.path.name)
                for r in rows
            ],
        )
    else:
        say.talk("No releases yet: an approval makes one. `noktvrn approvals list` shows what waits.")
    return Exit.DONE


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a release's deliveries stand, and how many blocks keep it in the house; None where that cannot be told."""

    deliveries: list[DeliveryState]
    blocks: int | None

    def in_words(self) -> tuple[str, str]:
        """What needs a person most, and how many others there are; then the blocks."""
        more = f" +{len(self.deliveries) - 1}" if len(self.deliveries) > 1 else ""
        state = f"{most_urgent(self.deliveries)}{more}" if self.deliveries else ""
        return state, "" if self.blocks is None else many(self.blocks, "block") if self.blocks else "ok"


async def _standing(door: Door, rows: Sequence[ReleaseRow]) -> dict[str, _Standing]:
    from engine.domain.errors import NoktvrnError

    ids = [row.id for row in rows]
    went = await door.queries.deliveries.states_of(ids)
    blocks: dict[str, int] = {}
    try:
        blocks = await door.queries.rights.open_of(ids)
    except NoktvrnError as error:
        say.note(f"What stands against releases cannot be told: {error}")
    return {each: _Standing(went.get(each, []), blocks.get(each)) for each in ids}


async def _find(door: Door, text: str) -> ReleaseRow:
    """The release with this id, or that of the run with this id."""
    kind = "run" if text.lower().startswith("r-") else "release"
    return await door.queries.release(await whole_id(door, kind, text))


async def _show(door: Door, _session: Session, args: Namespace) -> int:
    row = await _find(door, args.id)
    files = _files(row.path)
    carried = await door.queries.carried.of_release(row.id)
    standing = (await _standing(door, [row]))[row.id]
    if args.json:
        from console.cli.shapes import jsonable

        say.document(
            {
                **jsonable(row),
                **jsonable(standing),
                **jsonable(carried),
                "explicit_mark": carried.mark,
                "run_id": row.run_id,
                "files": [{"name": name, "size": size} for name, size in files],
            }
        )
        return Exit.DONE
    from console.cli.table import Column, heading, sheet, table
    from console.cli.words import size as in_bytes
    from console.cli.words import when

    sheet(
        (
            ("release", row.id),
            ("run", row.run_id),
            ("artist", f"{row.artist} ({row.artist_id})"),
            ("title", row.title),
            *carrying.sheet_of(carried),
            ("delivered", standing.in_words()[0]),
            ("rights", f"{standing.in_words()[1]}: see `noktvrn releases rights {row.id}`" if standing.blocks else ""),
            ("made", when(row.created_at)),
            ("manifest", row.manifest_sha256),
            ("folder", str(row.path)),
        )
    )
    heading("Files")
    if files:
        table((Column("FILE"), Column("SIZE", right=True)), [(name, in_bytes(size)) for name, size in files])
    else:
        say.talk("The folder is empty or gone.")
    return Exit.DONE


def _files(folder: Path) -> list[tuple[str, int]]:
    try:
        found = [entry for entry in sorted(folder.rglob("*")) if entry.is_file()]
        return [(str(entry.relative_to(folder)), entry.stat().st_size) for entry in found]
    except OSError:
        return []


def _takes_release(parser: ArgumentParser) -> None:
    parser.add_argument(
        "id", metavar="ID|FOLDER", nargs="?", help="a release, or its run, or a folder; without it, all"
    )
    parser.add_argument(
        "--quick", action="store_true", help="leave out the slow step: decoding every picture of the clip"
    )


@dataclass(frozen=True, slots=True)
class _Package:
    """A folder to check; `row` where this label made it, whose manifest must then be the one that was recorded."""

    path: Path
    row: ReleaseRow | None = None


def _verify(session: Session, args: Namespace) -> int:
    """Outside the event loop: checking means waiting for ffmpeg, and Ctrl-C must end it at once."""
    os.environ.update(session.settings.outside())
    wanted = _wanted(session, args.id)
    anchors = _anchors(session)
    found = [(package, _check(package, anchors, quick=args.quick)) for package in wanted]
    ok = all(verified.ok for _, verified in found)
    if args.json:
        say.document([_result(package, verified) for package, verified in found])
    elif found:
        _print(found)
    else:
        say.talk("No releases yet: an approval makes one.")
    return Exit.DONE if ok else Exit.FAILED


def _wanted(session: Session, text: str | None) -> list[_Package]:
    folder = Path(text).resolve() if text is not None and (os.sep in text or Path(text).is_dir()) else None
    if folder is not None and not session.located.database.exists():
        session.tell_notes()  # somebody else's package may be checked where no label is
        return [_Package(folder)]

    async def packages(door: Door) -> list[_Package]:
        if folder is not None:
            return [_Package(folder, await _maker(door, folder))]
        if text is not None:
            row = await _find(door, text)
            return [_Package(row.path, row)]
        from console.cli.listing import whole_list

        rows = await whole_list(lambda offset, limit: door.queries.releases(offset=offset, limit=limit), 0)
        return [_Package(row.path, row) for row in rows]

    return ask(session, packages, reads=True)


async def _maker(door: Door, folder: Path) -> ReleaseRow | None:
    """The release that the folder's name tells of, or else its metadata; None where this label made neither."""
    from engine.api.verify import release_ids

    for found in release_ids(folder):
        try:
            return await door.queries.release(found)
        except NotFound:
            continue
    return None


def _anchors(session: Session) -> list[Certificate]:
    """The issuers that this machine knows; none where its own keys cannot be read, which is said."""
    from engine.api import signing as keys
    from engine.domain.errors import NoktvrnError

    try:
        return keys.anchors(session.located, session.settings)
    except (NoktvrnError, OSError) as error:
        say.note(f"This label's own certificates cannot be read: {error}")
        return []


def _check(package: _Package, anchors: Sequence[Certificate], *, quick: bool) -> Verified:
    from engine.api.verify import verify_release

    recorded = package.row.manifest_sha256 if package.row else ""
    return verify_release(package.path, manifest_sha256=recorded, decode_clip=not quick, anchors=anchors)


def _result(package: _Package, verified: Verified) -> dict[str, Any]:
    from console.cli.shapes import jsonable

    release_id = package.row.id if package.row else None
    return {"id": release_id, "path": str(package.path), **jsonable(verified)}


def _print(found: list[tuple[_Package, Verified]]) -> None:
    from console.cli.table import sheet
    from engine.domain.plurals import many

    lines = []
    for package, verified in found:
        path = package.path
        flaws = "\n".join(f"{flaw.file}: {flaw.what}" for flaw in verified.problems)
        by = f"\n{verified.signature}" if verified.signature else ""
        lines.append(
            ("ok", f"{path.name}: {many(len(verified.checked), 'check')}{'' if package.row else _UNKNOWN}{by}")
            if verified.ok
            else ("fail", f"{path}\n{flaws}")
        )
    sheet(lines)


RELEASES = Group(
    "releases",
    "finished packages",
    (
        Command(
            "list",
            "list releases, newest first",
            "noktvrn releases list --json",
            through_door(_list),
            takes_limit,
            reads=True,
        ),
        Command(
            "show",
            "show one release and its files",
            "noktvrn releases show p-6c1t8n4ebw",
            through_door(_show),
            takes_id("a release or its run"),
            reads=True,
        ),
        Command(
            "verify",
            "check packages against their files",
            "noktvrn releases verify p-6c1t",
            _verify,
            _takes_release,
            reads=True,
            detail="Compares every byte with the manifest and the signatures, then measures sound, picture, clip,\n"
            "tags and lyrics again and holds them against what the package says. Exit code 1 if anything is wrong.",
        ),
        signing.KEYS,
        *carrying.COMMANDS,
        *delivering.COMMANDS,
        *rights.COMMANDS,
    ),
)
