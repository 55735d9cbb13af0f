"""SFTP: a DDEX batch, or the release folder as it is, on a server whose key was accepted.

Each file grows as `.part`, goes on where a cut left it, is read back and compared, and is renamed; what says that all
is there comes last.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from engine.delivery import batch, ssh
from engine.delivery.target import CHUNK, Answer, Clock, Journal, Known, Parcel, ParcelFile, Progress, missing
from engine.domain.delivery import FileReceipt, Finding, Receipt
from engine.domain.errors import DeliveryError, OutcomeUnknown, TargetAway, TargetRefused

if TYPE_CHECKING:
    import asyncssh

_CLOSING = "closing"
"""Noted before the last file gets its name: from then on the recipient may take the batch away."""
_TAKEDOWN = "takedown closing"
_SPARE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class _Plan:
    """What goes where: every file but the last, then the last one."""

    folder: PurePosixPath
    files: tuple[batch.Placed, ...]
    last: batch.Placed | None
    closing: tuple[str, bytes] | None
    """Name and content of a manifest that is made for this delivery."""


@dataclass(frozen=True, slots=True)
class SftpTarget:
    """One folder of one server. `layout` is ddex or plain; `ern` and `priority` are for ddex."""

    login: ssh.Login
    folder: str
    layout: str
    ern: str
    priority: str
    now: Clock

    async def check(self) -> tuple[Finding, ...]:
        """Logs in, makes a folder and takes it away again."""
        try:
            async with ssh.files_at(self.login) as files:
                return await self._look(files)
        except DeliveryError as error:
            return (Finding("login", False, error.message, error.fix),)

    async def _look(self, files: asyncssh.SFTPClient) -> tuple[Finding, ...]:
        login = Finding("login", True, f"{self.login} knows us, and its key is the accepted one")
        root = PurePosixPath(self.folder)
        probe = str(root / ".noktvrn-check")
        try:
            with ssh.explained(f"{self.login} ({self.folder})"):
                if not await files.isdir(str(root)):
                    return (login, Finding("folder", False, f"{self.folder} is not there", "Have it made."))
                if not await files.isdir(probe):
                    await files.mkdir(probe)
                await files.rmdir(probe)
        except DeliveryError as error:
            return (login, Finding("folder", False, error.message, error.fix))
        free = await _free(files, str(root))
        found = [login, Finding("folder", True, f"{self.folder} can be written")]
        if free is not None:
            found.append(Finding("space", free > _SPARE_BYTES, f"{free >> 20} MB free", "Have some space made there."))
        return tuple(found)

    async def send(self, parcel: Parcel, journal: Journal, progress: Progress) -> Receipt:
        """Brings what is not there yet; the last file is the sign that it is complete."""
        plan = self._plan(parcel)
        async with ssh.files_at(self.login) as files:
            await self._not_taken_away(files, plan, journal)
            return await self._bring(files, plan, journal, progress)

    async def _bring(self, files: asyncssh.SFTPClient, plan: _Plan, journal: Journal, progress: Progress) -> Receipt:
        known = await journal.receipts()
        there = [await self._one(files, plan, placed, known, journal, progress) for placed in plan.files]
        await journal.note(**{_CLOSING: True})
        if plan.last is not None:
            there.append(await self._one(files, plan, plan.last, known, journal, progress))
        if plan.closing is not None:
            there.append(await self._close(files, plan.folder / plan.closing[0], plan.closing[1]))
            await journal.has(there[-1])
        return self._receipt(plan, tuple(there))

    def _receipt(self, plan: _Plan, there: tuple[FileReceipt, ...], notes: tuple[str, ...] = ()) -> Receipt:
        return Receipt(plan.folder.name, f"sftp://{self.login}/{plan.folder}", there, notes)

    async def _one(
        self,
        files: asyncssh.SFTPClient,
        plan: _Plan,
        placed: batch.Placed,
        known: Mapping[str, FileReceipt],
        journal: Journal,
        progress: Progress,
    ) -> FileReceipt:
        file, final = placed.file, str(plan.folder / placed.path)
        where = f"{self.login} ({final})"
        with ssh.explained(where):
            size = await _size(files, final)
            before = known.get(file.name)
            if size == file.size and before is not None and before.remote == final:
                return before
            if size != file.size or await _digest(files, final, file, progress) != file.sha256:
                await self._write(files, file, final, progress, where)
        receipt = FileReceipt(file.name, final, file.size, file.sha256, self.now())
        await journal.has(receipt)
        await progress(file.name, file.size)
        return receipt

    async def _write(
        self, files: asyncssh.SFTPClient, file: ParcelFile, final: str, progress: Progress, where: str
    ) -> None:
        """Twice at most: where what an earlier attempt left is damaged, the file is sent from its beginning."""
        part = f"{final}.part"
        await files.makedirs(str(PurePosixPath(final).parent), exist_ok=True)
        for fresh in (False, True):
            before = 0 if fresh else await _size(files, part) or 0
            start = before if before <= file.size else 0
            await self._append(files, file, part, start, progress, where)
            if await _digest(files, part, file, progress) == file.sha256:
                await files.posix_rename(part, final)
                return
        await files.remove(part)
        raise TargetAway(f"{file.name} arrived damaged at {where}, twice.", fix="It is tried again.")

    async def _append(
        self, files: asyncssh.SFTPClient, file: ParcelFile, part: str, start: int, progress: Progress, where: str
    ) -> None:
        import asyncssh

        at = start
        try:
            async with _opened(files, part, "r+b" if start else "wb") as handle:
                for block in await asyncio.to_thread(file.chunks, start):
                    await handle.write(block, at)
                    at += len(block)
                    await progress(file.name, at)
        except asyncssh.SFTPFailure as error:  # OpenSSH has no word of its own for a full disk
            free = await _free(files, str(PurePosixPath(part).parent))
            if free is not None and free < max(file.size - at, CHUNK):
                raise ssh.full(where) from error
            raise

    async def _close(self, files: asyncssh.SFTPClient, final: PurePosixPath, content: bytes) -> FileReceipt:
        digest, part = hashlib.sha256(content).hexdigest(), f"{final}.part"
        with ssh.explained(f"{self.login} ({final})"):
            async with _opened(files, part, "wb") as handle:
                await handle.write(content)
            if await _content(files, part) != content:
                raise TargetAway(f"{final} arrived damaged.", fix="It is tried again.")
            await files.posix_rename(part, str(final))
        return FileReceipt(final.name, str(final), len(content), digest, self.now())

    async def _not_taken_away(self, files: asyncssh.SFTPClient, plan: _Plan, journal: Journal) -> None:
        """A batch that was complete, or about to be, and is gone, was taken: it is never sent again unasked."""
        if (await journal.recall()).get(_CLOSING):
            with ssh.explained(str(self.login)):
                if not await files.isdir(str(plan.folder)):
                    raise OutcomeUnknown(
                        f"The batch {plan.folder.name} was complete or nearly so, and is not at {self.login} any more.",
                        fix="Ask the recipient whether it came in, then `noktvrn releases settle`.",
                    )

    async def ask(self, parcel: Parcel, journal: Journal) -> Answer:
        """Whether the file that closes the delivery is there with our content."""
        plan = self._plan(parcel)
        async with ssh.files_at(self.login) as files:
            try:
                await self._not_taken_away(files, plan, journal)
            except OutcomeUnknown as unknown:
                return Answer(Known.UNKNOWN, detail=str(unknown))
            with ssh.explained(str(self.login)):
                closed = await self._closed(files, plan)
                if not closed:
                    return Answer(Known.NOT_YET)
                there = await self._listed(files, plan, await journal.receipts())
        return Answer(Known.DELIVERED, self._receipt(plan, there)) if there else Answer(Known.NOT_YET)

    async def _closed(self, files: asyncssh.SFTPClient, plan: _Plan) -> bool:
        if plan.closing is not None:
            name, content = plan.closing
            final = str(plan.folder / name)
            if await _size(files, final) != len(content):
                return False
            return await _content(files, final) == content
        assert plan.last is not None
        final, file = str(plan.folder / plan.last.path), plan.last.file
        return await _size(files, final) == file.size and await _digest(files, final, file) == file.sha256

    async def _listed(
        self, files: asyncssh.SFTPClient, plan: _Plan, known: Mapping[str, FileReceipt]
    ) -> tuple[FileReceipt, ...] | None:
        """A receipt for each file; None where one is not there as it should be."""
        there = []
        for placed in (*plan.files, *([plan.last] if plan.last else [])):
            file, final = placed.file, str(plan.folder / placed.path)
            if await _size(files, final) != file.size:
                return None
            before = known.get(file.name)
            if before is None and await _digest(files, final, file) != file.sha256:
                return None
            there.append(before or FileReceipt(file.name, final, file.size, file.sha256, self.now()))
        if plan.closing is not None:
            name, content = plan.closing
            digest = hashlib.sha256(content).hexdigest()
            there.append(FileReceipt(name, str(plan.folder / name), len(content), digest, self.now()))
        return tuple(there)

    async def withdraw(self, parcel: Parcel, journal: Journal) -> Receipt:
        """A DDEX recipient gets a takedown message as a batch of its own; a plain folder is emptied, and so is a batch
        that was never complete: nobody has taken notice of that."""
        if self.layout == "ddex" and (await journal.recall()).get(_CLOSING):
            return await self._take_down(parcel, journal)
        plan = self._plan(parcel)
        async with ssh.files_at(self.login) as files:
            with ssh.explained(str(self.login)):
                notes = await self._emptied(files, plan, journal)
        return self._receipt(plan, (), tuple(notes))

    async def _take_down(self, parcel: Parcel, journal: Journal) -> Receipt:
        made = batch.takedown_batch(parcel, priority=self.priority)
        plan = _of_batch(PurePosixPath(self.folder), made)
        async with ssh.files_at(self.login) as files:
            if (await journal.recall()).get(_TAKEDOWN):
                with ssh.explained(str(self.login)):
                    if not await files.isdir(str(plan.folder)):
                        return self._receipt(plan, (), ("The recipient took the takedown away.",))
            there = [await self._one(files, plan, each, {}, journal, _nobody) for each in plan.files]
            await journal.note(**{_TAKEDOWN: True})
            there.append(await self._close(files, plan.folder / made.manifest_name, made.manifest))
        return self._receipt(plan, tuple(there))

    async def _emptied(self, files: asyncssh.SFTPClient, plan: _Plan, journal: Journal) -> list[str]:
        """Deletes what is still as it was brought, the last file first; returns what stays, or was not found."""
        every = (*plan.files, *([plan.last] if plan.last else []))
        paths = {placed.file.name: str(plan.folder / placed.path) for placed in every}

        async def there(name: str) -> bool:
            return await _size(files, paths[name]) is not None

        notes = list(await missing(list(paths), journal, there, str(plan.folder)))
        for placed in reversed(every):
            final = str(plan.folder / placed.path)
            if await _size(files, f"{final}.part") is not None:
                await files.remove(f"{final}.part")
            if (size := await _size(files, final)) is None:
                continue
            if size != placed.file.size or await _digest(files, final, placed.file) != placed.file.sha256:
                notes.append(f"{placed.file.name} was changed there and stays.")
            else:
                await files.remove(final)
        await _remove_empty(files, plan)
        return notes

    def _plan(self, parcel: Parcel) -> _Plan:
        root = PurePosixPath(self.folder)
        if self.layout == "ddex":
            return _of_batch(root, batch.delivery_batch(parcel, ern=self.ern, priority=self.priority))
        placed = tuple(batch.Placed(file, PurePosixPath(file.name)) for file in parcel.ordered())
        if not placed:
            raise TargetRefused(f"The package of {parcel.release_id} is empty.", fix="See `noktvrn releases verify`.")
        return _Plan(root / parcel.folder, placed[:-1], placed[-1], None)


def _of_batch(root: PurePosixPath, made: batch.Batch) -> _Plan:
    return _Plan(root / made.folder, made.files, None, (made.manifest_name, made.manifest))


async def _nobody(_name: str, _size: int) -> None:
    return


def _opened(files: asyncssh.SFTPClient, path: str, mode: str) -> AbstractAsyncContextManager[asyncssh.SFTPClientFile]:
    """One block at a time: a cut then leaves no holes, and asyncssh no tasks whose errors nobody hears."""
    return files.open(path, mode, max_requests=1)


async def _size(files: asyncssh.SFTPClient, path: str) -> int | None:
    import asyncssh

    try:
        return (await files.stat(path)).size
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        return None


async def _content(files: asyncssh.SFTPClient, path: str) -> bytes:
    async with _opened(files, path, "rb") as handle:
        return _bytes(await handle.read())


def _bytes(block: str | bytes) -> bytes:
    """What a file opened as binary gives is bytes; its type says less."""
    assert isinstance(block, bytes)
    return block


async def _digest(files: asyncssh.SFTPClient, path: str, file: ParcelFile, progress: Progress = _nobody) -> str:
    """SHA-256 of what the server gives back."""
    whole, at = hashlib.sha256(), 0
    async with _opened(files, path, "rb") as handle:
        while block := _bytes(await handle.read(CHUNK, at)):
            whole.update(block)
            at += len(block)
            await progress(file.name, file.size)  # so that a pause or a stop need not wait for it
    return whole.hexdigest()


async def _free(files: asyncssh.SFTPClient, path: str) -> int | None:
    """Bytes free there, None where the server does not say."""
    import asyncssh

    try:
        found = await files.statvfs(path)
    except asyncssh.SFTPError:
        return None
    return int(found.bavail * found.frsize)


async def _remove_empty(files: asyncssh.SFTPClient, plan: _Plan) -> None:
    import asyncssh

    leaves = {(plan.folder / placed.path).parent for placed in plan.files} | {plan.folder}
    folders = {each for leaf in leaves for each in (leaf, *leaf.parents) if plan.folder in (each, *each.parents)}
    for folder in sorted(folders, key=lambda each: -len(each.parts)):
        try:
            await files.rmdir(str(folder))
        except asyncssh.SFTPError:
            continue  # somebody keeps something there
