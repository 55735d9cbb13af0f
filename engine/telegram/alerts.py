"""What an alert says, by what it tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.telegram import texts
from engine.telegram.words import line

if TYPE_CHECKING:
    from engine.api.chat_models import Alert


_DELIVERIES = {
    "delivery asked": texts.ALERT_DELIVER,
    "delivered": texts.ALERT_DELIVERED,
    "withdrawn": texts.ALERT_WITHDRAWN,
}


def title_of(alert: Alert) -> str:
    """Its first line. A notice brings its own words, which are those of the console."""
    match alert.kind:
        case "run failed":
            return texts.ALERT_FAILED.format(
                title=line(alert.title, 100) or texts.ALERT_FAILED_NAMELESS,
                artist=line(alert.by, 80),
                stage=alert.where or texts.ALERT_FAILED_EARLY,
            )
        case "error new" | "error back":
            text = texts.ALERT_NEW_ERROR if alert.kind == "error new" else texts.ALERT_OLD_ERROR
            return text.format(part=line(alert.where, 60), type=line(alert.title, 100))
        case "delivery asked" | "delivered" | "withdrawn":
            return _DELIVERIES[alert.kind].format(
                title=line(alert.title, 100), artist=line(alert.by, 80), target=line(alert.where, 30)
            )
        case _:
            return line(alert.title, 300)
