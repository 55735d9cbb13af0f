"""What packages say of themselves, read before the transaction that goes by it: no writer waits for somebody's files.

Inside the transaction a package counts as read while it lies where it lay and has the digest that it had.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotAllowed
from engine.store import albums, package_papers, releases
from engine.store.package_papers import Papers
from engine.store.releases import Release

T = TypeVar("T")

_TRIES = 3


class PapersChanged(NotAllowed):
    """A package was made anew, or an album got other tracks, since its documents were read."""

    def __init__(self, release: Release) -> None:
        super().__init__(
            f"The package of {release.title} ({release.id}) was made anew at this very moment.", fix="Try again."
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """Documents by the package that they were read from: its folder and the digest of its MANIFEST.sha256."""

    read: Mapping[tuple[str, str], Papers] = field(default_factory=dict)

    def of(self, release: Release) -> Papers:
        """The documents of a release's package. Raises PapersChanged where those that were read are another's."""
        try:
            return self.read[(release.path, release.manifest_sha256)]
        except KeyError:
            raise PapersChanged(release) from None


async def wanted(connection: AsyncConnection, release_id: str) -> list[Release]:
    """Whose documents tell how a release stands: its own, and of an album its tracks'. Raises NotFound."""
    release = await releases.get(connection, release_id)
    tracks = await albums.track_releases(connection, release.album_id) if release.album_id else []
    return [release, *tracks]


async def read(found: Sequence[Release]) -> Shelf:
    """Reads the documents of these packages, outside any transaction that writes."""

    def whole() -> Shelf:
        return Shelf({(each.path, each.manifest_sha256): package_papers.read_papers(Path(each.path)) for each in found})

    return await asyncio.to_thread(whole)


async def with_papers(
    opened: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
    release_id: str,
    work: Callable[[AsyncConnection, Shelf], Awaitable[T]],
) -> T:
    """What `work` gives, in a transaction that `opened` begins and with the documents of the release. Raises NotFound,
    else as `with_shelf`."""

    async def gather() -> Shelf:
        async with opened() as connection:  # whoever may not open it is told so before anything is read
            found = await wanted(connection, release_id)
        return await read(found)

    return await with_shelf(gather, opened, work)


async def with_shelf(
    gather: Callable[[], Awaitable[Shelf]],
    opened: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
    work: Callable[[AsyncConnection, Shelf], Awaitable[T]],
) -> T:
    """The same with what `gather` reads before the transaction.

    Where a package became another meanwhile, nothing of `work` stays and all is done again. Raises what the three
    raise, PapersChanged where packages change faster than they are read.
    """
    for _ in range(_TRIES - 1):
        shelf = await gather()
        with contextlib.suppress(PapersChanged):
            async with opened() as connection:
                return await work(connection, shelf)
    shelf = await gather()
    async with opened() as connection:
        return await work(connection, shelf)
