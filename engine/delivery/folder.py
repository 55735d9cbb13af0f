"""A folder of this machine, or one that is mounted here: for distributors that take files by hand."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.delivery.target import Answer, Clock, Journal, Known, Parcel, ParcelFile, Progress, missing, sha256_of
from engine.domain.delivery import FileReceipt, Finding, Receipt
from engine.domain.errors import DeliveryError, TargetAway, TargetFull, TargetRefused
from engine.safety.files import sync

_PROBE = ".noktvrn-check"
_SPARE_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """Copies each file to a temporary name, syncs it, compares it and renames it; the manifests come last."""

    root: Path
    now: Clock

    async def check(self) -> tuple[Finding, ...]:
        """Whether the folder is there, can be written, and has space."""
        return await asyncio.to_thread(self._check)

    def _check(self) -> tuple[Finding, ...]:
        if not self.root.is_dir():
            return (Finding("folder", False, f"{self.root} is not there", "Mount the disk, or make the folder."),)
        probe = self.root / _PROBE
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            detail = f"{self.root} cannot be written: {os.strerror(error.errno or 0)}"
            return (Finding("folder", False, detail, "Give this user access to it."),)
        free = shutil.disk_usage(self.root).free
        enough = free >= _SPARE_BYTES
        space = Finding("space", enough, f"{free >> 20} MB free", "" if enough else "Make some space there.")
        return (Finding("folder", True, f"{self.root} can be written"), space)

    async def send(self, parcel: Parcel, journal: Journal, progress: Progress) -> Receipt:
        """Copies what is not there yet."""
        place = await asyncio.to_thread(self._place, parcel)
        there = []
        for file in parcel.ordered():
            final = place / file.name
            _require_another(file, final)
            if not await asyncio.to_thread(_is_there, file, final):
                await self._copy(file, final, progress)
            with _explained(final):
                _part_of(final).unlink(missing_ok=True)  # of an attempt that was killed
            receipt = FileReceipt(file.name, str(final), file.size, file.sha256, self.now())
            await journal.has(receipt)
            await progress(file.name, file.size)
            there.append(receipt)
        return Receipt(parcel.folder, str(place), tuple(there))

    async def _copy(self, file: ParcelFile, final: Path, progress: Progress) -> None:
        part = _part_of(final)
        with _explained(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            try:
                with part.open("wb") as handle:
                    for block in file.chunks():
                        await asyncio.to_thread(handle.write, block)
                        await progress(file.name, handle.tell())
                await asyncio.to_thread(_settle, file, part, final)
            except OSError:
                part.unlink(missing_ok=True)  # a full disk is not left fuller
                raise

    async def ask(self, parcel: Parcel, _journal: Journal) -> Answer:
        """Looks: a folder never leaves anything unknown."""
        if not self.root.is_dir():
            raise _gone(self.root)
        place = self.root / parcel.folder
        there = []
        for file in parcel.ordered():
            final = place / file.name
            if not await asyncio.to_thread(_is_same, file, final):
                return Answer(Known.NOT_YET)
            there.append(FileReceipt(file.name, str(final), file.size, file.sha256, self.now()))
        return Answer(Known.DELIVERED, Receipt(parcel.folder, str(place), tuple(there)))

    async def withdraw(self, parcel: Parcel, journal: Journal) -> Receipt:
        """Deletes the files that are still as they were brought; what somebody changed there stays."""
        if not self.root.is_dir():
            raise _gone(self.root)
        place = self.root / parcel.folder

        async def there(name: str) -> bool:
            return await asyncio.to_thread(os.path.lexists, place / name)

        notes = list(await missing([file.name for file in parcel.files], journal, there, str(place)))
        for file in reversed(parcel.ordered()):  # without its manifest it is no release any more
            final = place / file.name
            _require_another(file, final)
            with _explained(final):
                _part_of(final).unlink(missing_ok=True)
                if await asyncio.to_thread(_is_same, file, final):
                    final.unlink()
                elif final.exists():
                    notes.append(f"{file.name} was changed there and stays.")
        for folder in sorted({(place / file.name).parent for file in parcel.files} | {place}, reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        return Receipt(parcel.folder, str(place), (), tuple(notes))

    def _place(self, parcel: Parcel) -> Path:
        """Never makes the root: a disk that is not mounted would be filled beside its mount point."""
        if not self.root.is_dir():
            raise _gone(self.root)
        place = self.root / parcel.folder
        with _explained(place):
            place.mkdir(exist_ok=True)
        return place


def require_apart(root: Path, kept: Iterable[Path]) -> None:
    """Raises TargetRefused for a folder that lies in one of these of the label's own, or holds it: what is taken back
    there would be the label's only copy."""
    real = root.resolve()
    for own in kept:
        if real.is_relative_to(own.resolve()) or own.resolve().is_relative_to(real):
            raise TargetRefused(
                f"{root} lies in or above {own}, where the label keeps its own packages.",
                fix="Take a folder beside it, on another disk at best.",
            )


def _require_another(file: ParcelFile, final: Path) -> None:
    """Raises TargetRefused where the file there is the package's own, by whatever way."""
    try:
        same = file.path.samefile(final)
    except OSError:
        return  # one of them is not there, and is told of elsewhere
    if same:
        raise TargetRefused(
            f"{final} is the file of the package itself, and no copy of it.", fix="Give the target another folder."
        )


def _part_of(final: Path) -> Path:
    return final.with_name(f".{final.name[:200]}.part")


def _settle(file: ParcelFile, part: Path, final: Path) -> None:
    sync(part)
    if not _is_same(file, part):
        part.unlink()
        raise TargetAway(f"{file.name} arrived damaged at {final.parent}.", fix="Check that disk.")
    part.replace(final)
    sync(final.parent)


def _is_there(file: ParcelFile, final: Path) -> bool:
    """Whether it is there already. Raises TargetRefused where something else has its name."""
    if _is_same(file, final):
        return True
    if final.exists() or final.is_symlink():
        raise TargetRefused(
            f"{final} is there already and is another file: it is not written over.", fix="Move it away, then retry."
        )
    return False


def _is_same(file: ParcelFile, path: Path) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != file.size:
        return False
    return sha256_of(ParcelFile(path, file.name, file.role, file.size, file.sha256)) == file.sha256


def _gone(root: Path) -> TargetAway:
    return TargetAway(f"The folder {root} is not there.", fix="Mount the disk, or make the folder.")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _meaning(error, path) from error


def _meaning(error: OSError, path: Path) -> DeliveryError:
    said = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TargetFull(f"No space is left on the disk that holds {path.parent}.", fix="Make some space there.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EEXIST):
        return TargetRefused(f"{path} cannot be written: {said}.", fix="Give this user access to it.")
    return TargetAway(f"{path} cannot be written: {said}.", fix="Check the disk and its line.")
