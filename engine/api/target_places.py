"""Where a target is: each place belongs to one target, and none to the label itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from os.path import realpath
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.delivery.folder import FolderTarget, require_apart
from engine.domain.clock import Clock
from engine.domain.delivery import DeliveryState, Finding, TargetKind
from engine.domain.errors import NotAllowed, TargetRefused, UsageError
from engine.home import Home
from engine.store import deliveries

_FORM = ("layout", "priority", "ern")
"""What names the files at a server, besides the place."""
_STANDS = (DeliveryState.DELIVERED, DeliveryState.FAILED)
"""What a target that was removed may still hold: the rest kept it from being removed, or never left."""


def place_of(kind: TargetKind, options: Mapping[str, str]) -> tuple[str, ...] | None:
    """Equal for two targets whose files would lie in one place; None where the secrets decide that."""
    said = options.get
    if kind is TargetKind.FOLDER:
        return (realpath(said("path", "")),)
    if kind is TargetKind.SFTP:
        folder = said("folder", ".").rstrip("/").removeprefix("./") or "."
        return (said("host", "").lower().rstrip("."), said("port", "22").lstrip("0"), said("user", ""), folder)
    if kind is TargetKind.S3:
        endpoint = said("endpoint", "").lower().rstrip("/")
        return (endpoint, said("bucket", ""), said("prefix", "").strip("/"))
    return None


async def require_own_place(
    connection: AsyncConnection, name: str, kind: TargetKind, options: Mapping[str, str]
) -> None:
    """Raises NotAllowed where another target is there already, or where this one was elsewhere once and what it got
    there still stands: it would be taken back from the wrong place."""
    place = place_of(kind, options)
    for other in await deliveries.all_targets(connection):
        if place is not None and other.kind is kind and place_of(kind, other.options) == place and other.name != name:
            raise NotAllowed(
                f"The target {other.name} is at that place already: what one brings, the other would take away.",
                fix=f"Use {other.name}, or give another place.",
            )
    before = await deliveries.known_target(connection, name)
    if before is None or before.removed_at is None or before.kind is not kind:
        return
    if (place_of(kind, before.options), _form(before.options)) == (place, _form(options)):
        return
    for each in await deliveries.in_states(connection, _STANDS, target=name):
        if each.state is DeliveryState.DELIVERED or each.bytes_total > 0:
            raise NotAllowed(
                f"{name} was another place, and {each.release_id} was brought there.",
                fix="Choose another name; or add it as it was, and withdraw what is there.",
            )


def _form(options: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(options.get(name, "") for name in _FORM)


async def tried(home: Home, options: Mapping[str, str], now: Clock) -> tuple[Finding, ...]:
    """The dry run of a folder, which needs no engine. Raises UsageError where nothing can be brought there at all."""
    root = Path(options["path"])
    try:
        await asyncio.to_thread(require_apart, root, (home.data, home.releases))
    except TargetRefused as error:
        raise UsageError(error.message, fix=error.fix) from error
    found = await FolderTarget(root, now).check()
    if not found[0].ok:
        raise UsageError(f"{found[0].detail}.", fix=found[0].fix)
    return found
