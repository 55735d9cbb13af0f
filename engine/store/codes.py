"""ISRCs and product codes as rows. A code that stood here once is never given to anything else.

Every function works in the caller's write transaction: two of them never see the same highest code.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.codes import CodeKind, CodeSource, IsrcRange, UpcRange, shown_isrc
from engine.domain.errors import NotAllowed
from engine.domain.runs import ENGINE, Actor
from engine.store import actors
from engine.store.release_tables import codes


async def isrc_of(connection: AsyncConnection, run_id: str) -> str | None:
    """The ISRC of the run's recording, without hyphens; None for none."""
    return await _of(connection, run_id, CodeKind.ISRC)


async def upc_of(connection: AsyncConnection, owner_id: str) -> str | None:
    """The UPC or EAN of a run's single, or of an album; None for none."""
    return await _of(connection, owner_id, CodeKind.UPC)


async def allocate_isrc(
    connection: AsyncConnection, run_id: str, of_range: IsrcRange | None, at: datetime, *, first: int = 1
) -> str | None:
    """The run's ISRC; without one, the next of the range's in the year of `at` is its own from now on.

    `first` is the least running number. None where the run has none and there is no range. Raises NotAllowed where
    the range is used up.
    """
    known = await isrc_of(connection, run_id)
    if known is not None or of_range is None:
        return known
    code = of_range.next(at.astimezone(UTC).year, first, await _ever(connection, CodeKind.ISRC))
    await _add(connection, code, CodeKind.ISRC, run_id, CodeSource.RANGE, ENGINE, at)
    return code


async def allocate_upc(
    connection: AsyncConnection, owner_id: str, of_range: UpcRange | None, at: datetime
) -> str | None:
    """The product code of a run's single or an album; without one, the next of the range is its own from now on.

    None where it has none and there is no range. Raises NotAllowed where the range is used up.
    """
    known = await upc_of(connection, owner_id)
    if known is not None or of_range is None:
        return known
    code = of_range.next(await _ever(connection, CodeKind.UPC))
    await _add(connection, code, CodeKind.UPC, owner_id, CodeSource.RANGE, ENGINE, at)
    return code


async def set_by_hand(
    connection: AsyncConnection, owner_id: str, kind: CodeKind, code: str, actor: Actor, at: datetime
) -> None:
    """Gives the owner this code in place of the one it has. Raises NotAllowed where the code is another's, or was."""
    if await _of(connection, owner_id, kind) == code:
        return
    row = (await connection.execute(select(codes).where(codes.c.code == code))).one_or_none()
    if row is not None and row.owner != owner_id:
        shown = shown_isrc(code) if kind is CodeKind.ISRC else code
        raise NotAllowed(f"{shown} belongs to {row.owner}.", fix="A code names one thing for ever: give another.")
    mine = (codes.c.owner == owner_id, codes.c.kind == kind, codes.c.replaced_at.is_(None))
    await connection.execute(update(codes).where(*mine).values(replaced_at=at))
    if row is not None:  # it was this owner's before
        await connection.execute(update(codes).where(codes.c.code == code).values(replaced_at=None))
        return
    await _add(connection, code, kind, owner_id, CodeSource.HAND, actor, at)


async def _of(connection: AsyncConnection, owner_id: str, kind: CodeKind) -> str | None:
    query = select(codes.c.code).where(codes.c.owner == owner_id, codes.c.kind == kind, codes.c.replaced_at.is_(None))
    return (await connection.execute(query)).scalar_one_or_none()


async def _ever(connection: AsyncConnection, kind: CodeKind) -> list[str]:
    return list((await connection.execute(select(codes.c.code).where(codes.c.kind == kind))).scalars())


async def _add(
    connection: AsyncConnection,
    code: str,
    kind: CodeKind,
    owner_id: str,
    source: CodeSource,
    actor: Actor,
    at: datetime,
) -> None:
    await connection.execute(
        insert(codes).values(
            code=code,
            kind=kind,
            owner=owner_id,
            source=source,
            at=at,
            **actors.columns(actor),
        )
    )
