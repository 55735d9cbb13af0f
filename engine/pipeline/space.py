"""Whether there is space for another run: on the disk, and under the label's own limit."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from engine.domain.errors import NotAllowed
from engine.pipeline.line import Line
from engine.store import storage

DISK = "cycle.disk"
QUOTA = "cycle.quota"


@dataclass(frozen=True, slots=True)
class Health:
    """One check. `detail` holds the figure, the limit, and what helps."""

    incident: str
    title: str
    ok: bool
    detail: str


async def checks(line: Line) -> tuple[Health, Health]:
    """The disk now, and the quota by the housekeeper's last measurement."""
    return _disk(line), await _quota(line)


async def refuse_without(line: Line) -> None:
    """Raises NotAllowed where there is no space for a new run."""
    for check in await checks(line):
        if not check.ok:
            figure, _, fix = check.detail.partition("; ")
            raise NotAllowed(f"{check.title} ({figure}).", fix=f"{fix[:1].upper()}{fix[1:]}.")


def _disk(line: Line) -> Health:
    free_mb = shutil.disk_usage(line.home.data).free // 1_000_000
    wanted = line.settings.min_free_disk_mb
    return Health(
        DISK,
        "No new run begins: the disk is nearly full",
        free_mb >= wanted,
        f"{free_mb} MB free, MIN_FREE_DISK_MB is {wanted}; make room on the disk",
    )


async def _quota(line: Line) -> Health:
    quota = line.settings.data_quota_mb
    async with line.database.read() as connection:
        taken = sum(row.size for row in await storage.rows(connection)) // 1_000_000 if quota else 0
    return Health(
        QUOTA,
        "No new run begins: the label's files have reached their limit",
        not quota or taken < quota,
        f"{taken} MB, DATA_QUOTA_MB is {quota}; delete releases that are delivered, lower RETENTION_DAYS, or raise it",
    )
