"""What deserves a toast: the difference between two looks, as far as it needs a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from console.human import many
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api.models import Overview

Severity = Literal["information", "warning", "error"]


class Toast(NamedTuple):
    """One short message."""

    title: str
    text: str
    severity: Severity


_SEVERITY: dict[str, Severity] = {"info": "information", "warning": "warning", "error": "error"}


def toasts(before: Overview | None, now: Overview) -> list[Toast]:
    """What is new since the last look. The first look tells what waits already, in one line."""
    found: list[Toast] = []
    if before is None:
        if now.approvals:
            found.append(
                Toast("Review", f"{many(now.approvals, 'song')} to review: press {{pane.2|2}}.", "information")
            )
    elif now.approvals > before.approvals:
        found.append(
            Toast("Review", f"A song waits for you ({now.approvals} in all): press {{pane.2|2}}.", "information")
        )
    known = {notice.id for notice in before.notices} if before else set()
    for notice in now.notices:
        if notice.id not in known:
            text = plain(notice.detail, limit=200) or " "
            found.append(Toast(plain(notice.title, limit=80), text, _SEVERITY.get(notice.level, "warning")))
    if before is not None and now.errors > before.errors:
        found.append(Toast("Errors", f"A new error ({now.errors} open): press {{pane.5|5}}.", "warning"))
    return found
