"""Where patches would be applied, and whether they can be."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from engine.domain.repair import Setup
from engine.repair.checkout import Checkout, GitFailed, find
from engine.settings import Settings

_FOLDERS = (".", ".git", "engine", "console", "tests")
_EXPORT = "patches can be analysed, tried and exported here, and not applied"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a patch is applied to: the checkout (None where the code was installed without git), the home whose engine
    applies it, whether root may (AUTO_FIX_AS_ROOT), and how many minutes it is on probation."""

    checkout: Checkout | None
    home: Path
    as_root: bool = False
    minutes: int = 30

    @classmethod
    def of(cls, home: Path, settings: Settings) -> Ground:
        """The ground of the engine of this home, by its settings."""
        return cls(find(), home, settings.auto_fix_as_root, settings.auto_fix_probation_minutes)


def setup(ground: Ground, *, isolated: bool = True, isolation: str = "") -> Setup:
    """Whether patches can be applied here; `isolated` and `isolation` are what the jail of trials says of itself."""
    checkout = ground.checkout
    refused = why_not(ground)
    details = {} if checkout is None else {"checkout": str(checkout.root), "branch": _branch(checkout)}
    return Setup(checkout is not None, refused, isolated, isolation, details)


def why_not(ground: Ground) -> str:
    """Why nothing can be applied here, with the fix; empty where it can."""
    if ground.checkout is None:
        return f"noktvrn is installed without git: {_EXPORT}. Run it from a clone of its repository to apply them."
    root = ground.checkout.root
    if shutil.which("git") is None:
        return f"The program git is not installed: {_EXPORT}. Install git."
    return _of_kind(root) or _of_user(root, as_root=ground.as_root) or _of_repository(ground.checkout)


def _of_user(root: Path, *, as_root: bool) -> str:
    uid = os.geteuid()
    if uid == 0 and not as_root:
        return (
            "The engine runs as root, which may change any file: it does not change its own code."
            " Run it as the owner of the checkout, or set AUTO_FIX_AS_ROOT=true."
        )
    folders = [root / name for name in _FOLDERS if (root / name).exists()]
    for folder in folders:
        if (owner := folder.stat().st_uid) != uid:
            return (
                f"{folder} belongs to another user (uid {owner}): {_EXPORT}."
                f" Run the engine as its owner, or: chown -R {uid} {root}"
            )
    for folder in folders:
        if not os.access(folder, os.W_OK | os.X_OK):
            return f"{folder} cannot be written: {_EXPORT}. Mount it writable and give this user access to it."
    return ""


def _of_kind(root: Path) -> str:
    folder = root / ".git"
    if folder.is_file():
        kind = "a submodule" if "/modules/" in folder.read_text("utf-8", "replace") else "a linked worktree"
        return f"{root} is {kind} of another repository: {_EXPORT}. Run noktvrn from a clone of its own to apply them."
    if not folder.is_dir() or folder.is_symlink() or folder.stat().st_dev != root.stat().st_dev:
        return f"{folder} is no folder of this checkout: {_EXPORT}. Run noktvrn from a plain clone."
    return ""


def _of_repository(checkout: Checkout) -> str:
    root = checkout.root
    try:
        bare, head = checkout.git("rev-parse", "--is-bare-repository"), checkout.head()
        checkout.git("cat-file", "-e", f"{head}:engine/repair/guard.py")
    except GitFailed as error:
        return f"git does not know this code: {error}"
    if bare != "false":
        return f"{root} is a bare repository: {_EXPORT}. Unset core.bare."
    return ""


def _branch(checkout: Checkout) -> str:
    try:
        return checkout.git("symbolic-ref", "--short", "-q", "HEAD")
    except GitFailed:
        return "no branch (detached)"
