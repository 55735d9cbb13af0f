"""Foreign sound on its way into a folder: checked by its first bytes, there whole or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

from engine.domain.errors import DownloadBroken, DownloadError, DownloadStatus
from engine.domain.purchase import Trouble
from engine.music.provider import Offer, VendorError
from engine.music.wire import status_trouble
from engine.safety.download import download
from engine.safety.files import explain, part_name, private_folder, settle
from engine.safety.request import Limits, Way
from engine.safety.secrets import Secret
from engine.safety.signatures import HEAD_BYTES, SOUND, kind_of

Fetch = Callable[[str, str, Path, Mapping[str, Secret]], Awaitable[Path]]
"""Vendor, address, target without a suffix, headers for the first origin alone. Returns the file's path."""


def fetcher(under: Path, way: Way, limits: Limits | None = None) -> Fetch:
    """Fetches clips into folders inside `under`, the home's data folder."""

    async def fetch(vendor: str, url: str, target: Path, headers: Mapping[str, Secret]) -> Path:
        if known := _there(target):
            return known
        shown = {name: secret.reveal() for name, secret in headers.items()}
        try:
            got = await download(
                url, target.with_suffix(".bin"), SOUND, under=under, way=way, limits=limits, headers=shown
            )
        except DownloadError as error:
            raise VendorError(f"{vendor}: {error.message}", _trouble(error), fix=error.fix) from error
        return got.path

    return fetch


def _trouble(error: DownloadError) -> Trouble:
    """A broken way is tried again; a file that is gone or no sound is not."""
    if isinstance(error, DownloadBroken):
        return Trouble.DOWN
    if isinstance(error, DownloadStatus):
        return Trouble.UNUSABLE if error.status in (404, 410) else status_trouble(error.status)
    return Trouble.UNUSABLE


async def keep_blocks(vendor: str, blocks: AsyncIterator[bytes], target: Path) -> Path:
    """Writes sound that comes block by block to `target` with its own suffix. Raises VendorError for what is none."""
    private_folder(target.parent)
    part, head = part_name(target.with_suffix(".bin")), b""
    try:
        with part.open("wb") as file:
            async for block in blocks:
                head += block[: HEAD_BYTES - len(head)]
                file.write(block)
        kind = kind_of(head, SOUND)
        if kind is None:
            raise VendorError(f"{vendor} sent something that is no sound.", Trouble.ANSWER, lost=True)
        final = target.with_suffix(kind.suffix)
        settle(part, final)
    except OSError as error:
        raise explain(error, target) from error
    finally:
        part.unlink(missing_ok=True)
    return final


async def keep_sound(vendor: str, data: bytes, target: Path) -> Path:
    """Writes a sound that came in one piece."""

    async def once() -> AsyncIterator[bytes]:
        yield data

    return await keep_blocks(vendor, once(), target)


def in_folder(vendor: str, offer: Offer, folder: Path) -> Path:
    """The file of an offer that came with its answer. Raises VendorError where it is gone."""
    found = _there(folder / offer.id)
    if found is None:
        raise VendorError(f"{vendor}: the sound of {offer.id} is no longer in {folder.name}.", Trouble.UNUSABLE)
    return found


def _there(target: Path) -> Path | None:
    return next((path for kind in SOUND if (path := target.with_suffix(kind.suffix)).is_file()), None)
