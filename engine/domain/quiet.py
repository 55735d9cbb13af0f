"""Hours in which nobody wants to hear of anything that can wait."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)(?:\s+([A-Za-z_+/0-9-]{1,40}))?")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` by the clock of `zone`, over midnight where the end is the earlier one."""

    start: time
    end: time
    zone: str = "UTC"

    def __contains__(self, moment: datetime) -> bool:
        clock = moment.astimezone(ZoneInfo(self.zone)).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone}"


def read(text: str) -> QuietHours:
    """`22:00-08:00 Europe/Berlin`; without a zone UTC. Raises ValueError."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    zone = match[5] or "UTC"
    try:
        ZoneInfo(zone)
    except (KeyError, OSError) as error:
        raise ValueError(zone) from error
    found = QuietHours(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])), zone)
    if found.start == found.end:
        raise ValueError(text)
    return found
