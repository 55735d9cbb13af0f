"""The keys that packages are signed with, as a face asks for them. No engine is needed, and none is told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from engine.home import Home
    from engine.release.keys import Keyring, KeyState
    from engine.settings import Settings

__all__ = ["KeyState", "anchors", "backup", "replace", "restore", "show"]


def anchors(home: Home, settings: Settings) -> list[Certificate]:
    """The authorities that this machine knows as its own. Raises KeyUnusable, OSError."""
    from engine.release import keys

    return keys.anchors(_ring(home, settings))


def show(home: Home, settings: Settings, now: datetime) -> KeyState:
    """What would sign now; makes nothing."""
    from engine.release import keys

    return keys.state(_ring(home, settings), now)


def replace(home: Home, settings: Settings, now: datetime) -> KeyState:
    """Begins a new authority and keeps the old one aside. Raises NotAllowed where the operator's own key signs."""
    from engine.release import keys

    return keys.replace(_ring(home, settings), now)


def backup(home: Home, settings: Settings, target: Path, passphrase: str) -> str:
    """Saves the label's own keys, encrypted; gives the authority's fingerprint. Raises NoktvrnError."""
    from engine.release import key_backup

    return key_backup.backup(_ring(home, settings), target, passphrase)


def restore(home: Home, settings: Settings, source: Path, passphrase: str) -> str:
    """Brings saved keys back; gives the authority's fingerprint. Raises NoktvrnError."""
    from engine.release import key_backup

    return key_backup.restore(_ring(home, settings), source, passphrase)


def _ring(home: Home, settings: Settings) -> Keyring:
    from engine.release.keys import Keyring

    cert, key = settings.signing_cert_path, settings.signing_key_path
    return Keyring(home.keys, settings.label_name, home.root / cert if cert else None, home.root / key if key else None)
