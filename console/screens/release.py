"""One release package: where it lies, what is in it, how to check it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from console.calling import command
from console.human import clock, many, size
from console.marks import STYLES, Tone
from console.safe import line, lines, own, pairs, way
from console.screens.plain import PlainScreen

if TYPE_CHECKING:
    from engine.api.models import ReleaseRow
    from engine.home import Home

_DIM = STYLES[Tone.DIM]
_MOST = 200


class ReleaseScreen(PlainScreen):
    """The package."""

    HELP = "What the package holds. The manifest lists the SHA-256 of every file; `verify` checks them all."

    def __init__(self, row: ReleaseRow, home: Home) -> None:
        head = pairs(
            [
                ("song", line(row.title, "bold")),
                ("artist", line(row.artist)),
                ("made", clock(row.created_at)),
                ("folder", way(str(row.path))),
                ("manifest", own((f"sha256 {row.manifest_sha256}", _DIM))),
                ("check it", way(command(home, "releases", "verify", row.id))),
            ]
        )
        self.shown = row
        super().__init__([("Release", head), ("Files", _files(row.path))])


def _files(folder: Path) -> Content:
    found: list[tuple[str, int]] = []
    for root, _folders, names in os.walk(folder):
        found += ((str((Path(root) / name).relative_to(folder)), (Path(root) / name).lstat().st_size) for name in names)
        if len(found) > _MOST:
            break
    if not found:
        return own(("The folder is empty or gone; it can be made again from the run.", STYLES[Tone.BAD]))
    total = own((f"{many(len(found), 'file')}, {size(sum(count for _, count in found))}", _DIM))
    return lines([*(own(f"{size(count):>9}  ", line(name)) for name, count in sorted(found)[:_MOST]), own(""), total])
