"""What is said of deliveries: one that waits for a word, one that arrived, one that was taken back. What failed for
good, and what nobody knows of, has a notice of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.attention import say
from console.desk import ask
from console.news import Severity, Toast
from engine.domain.delivery import DeliveryState
from engine.safety.text import plain

if TYPE_CHECKING:
    from console.app import NoktvrnApp
    from console.messages import Changes
    from engine.api.delivery_models import DeliveryRow

_NEWEST = 50
_SAID: dict[DeliveryState, tuple[str, Severity]] = {
    DeliveryState.ASKED: ("Deliver it?", "warning"),
    DeliveryState.DELIVERED: ("Delivered", "information"),
    DeliveryState.WITHDRAWN: ("Withdrawn", "information"),
}
_WAYS = (": press {line.deliveries|7}.", ".")


async def deliveries_moved(app: NoktvrnApp, changes: Changes) -> None:
    """Says what moved since the last look, once; the first look says nothing."""
    known = app.desk.deliveries
    if known and not changes.touch("delivery"):
        return
    found = await ask(app, lambda door: door.queries.deliveries.rows(limit=_NEWEST))
    if found is None:
        return
    first = not known
    for row in reversed(found):
        stands = f"{row.round}:{row.state}"
        if known.get(row.id) != stands and not first and row.state in _SAID:
            say(app, _toast(row))
        known[row.id] = stands
    known[""] = "looked"


def _toast(row: DeliveryRow) -> Toast:
    title, severity = _SAID[row.state]
    words = f"{plain(row.title, limit=60)} → {plain(row.target, limit=30)}"
    asked = row.state is DeliveryState.ASKED
    about = f"delivery:{row.id}:{row.round}:{row.state}"
    return Toast(title, words, severity, about, ways=_WAYS if asked else (".",))
