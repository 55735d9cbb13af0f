"""The keys that packages are signed with, as a face asks for them. No engine is needed, and none is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.domain.clock import Clock
from engine.domain.errors import NoktvrnError
from engine.domain.runs import Actor
from engine.safety.text import plain
from engine.store import audit
from engine.store.database import Writable

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.home import Home
    from engine.release.keys import Keyring, KeyState
    from engine.settings import Settings

__all__ = ["KeyCommands", "KeyState", "anchors", "backup", "restore", "ring_of", "show"]

T = TypeVar("T")

BACK_UP, RESTORE = "back up keys", "restore keys"


@dataclass(frozen=True, slots=True)
class KeyCommands:
    """What changes the keys, with who did it in the audit log: an entry before, and one of how it ended."""

    database: Writable
    home: Home
    actor: Actor
    now: Clock

    async def replace(self, settings: Settings, at: datetime) -> KeyState:
        """Begins a new authority and keeps the old one aside. Raises NotAllowed where the operator's own key signs."""
        from engine.release import keys

        ring = ring_of(self.home, settings)
        before = keys.state(ring, at).authority_fingerprint

        def deed() -> KeyState:
            return keys.replace(ring, at)

        return await self._recorded("replace keys", {"before": before}, deed, lambda now: now.authority_fingerprint)

    async def backup(self, settings: Settings, target: Path, passphrase: str) -> str:
        """Saves the label's own keys, encrypted; gives the authority's fingerprint. Raises NoktvrnError."""

        def deed() -> str:
            return backup(self.home, settings, target, passphrase)

        return await self._recorded(BACK_UP, {"file": plain(str(target))}, deed, str)

    async def restore(self, settings: Settings, source: Path, passphrase: str) -> str:
        """Brings saved keys back; gives the authority's fingerprint. Raises NoktvrnError."""

        def deed() -> str:
            return restore(self.home, settings, source, passphrase)

        return await self._recorded(RESTORE, {"file": plain(str(source))}, deed, str)

    async def _recorded(
        self, action: str, detail: dict[str, str], deed: Callable[[], T], authority: Callable[[T], str]
    ) -> T:
        """Two entries, for files and rows cannot change together: a kill leaves the first."""
        await self._append(action, {"step": "begun", **detail})
        try:
            found = await asyncio.to_thread(deed)
        except NoktvrnError as error:
            await self._append(action, {"step": "refused", "why": error.message})
            raise
        await self._append(action, {"step": "done", "authority": authority(found)})
        return found

    async def _append(self, action: str, detail: dict[str, str]) -> None:
        async with self.database.write() as connection:
            await audit.append(connection, self.now(), self.actor, action, "keys", detail)


async def is_saved(connection: AsyncConnection, authority: str) -> bool:
    """Whether the audit log has that keys of this authority were saved, or brought back from where they were."""
    found = [*await audit.details(connection, BACK_UP, "keys"), *await audit.details(connection, RESTORE, "keys")]
    return any(each.get("step") == "done" and each.get("authority") == authority for each in found)


def anchors(home: Home, settings: Settings) -> list[Certificate]:
    """The authorities that this machine knows as its own. Raises KeyUnusable, OSError."""
    from engine.release import keys

    return keys.anchors(ring_of(home, settings))


def show(home: Home, settings: Settings, now: datetime) -> KeyState:
    """What would sign now; makes nothing."""
    from engine.release import keys

    return keys.state(ring_of(home, settings), now)


def backup(home: Home, settings: Settings, target: Path, passphrase: str) -> str:
    """Saves the label's own keys, encrypted; gives the authority's fingerprint. Raises NoktvrnError."""
    from engine.release import key_backup

    return key_backup.backup(ring_of(home, settings), target, passphrase)


def restore(home: Home, settings: Settings, source: Path, passphrase: str) -> str:
    """Brings saved keys back; gives the authority's fingerprint. Raises NoktvrnError."""
    from engine.release import key_backup

    return key_backup.restore(ring_of(home, settings), source, passphrase)


def ring_of(home: Home, settings: Settings) -> Keyring:
    """Where the keys are, by home and settings; reads none."""
    from engine.release.keys import Keyring

    cert, key = settings.signing_cert_path, settings.signing_key_path
    return Keyring(home.keys, settings.label_name, home.root / cert if cert else None, home.root / key if key else None)
