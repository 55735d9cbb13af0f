"""What deserves a toast: the difference between two looks, as far as it needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from console.human import many, money
from console.supervision import EngineView, LinkState
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api.models import Overview

Severity = Literal["information", "warning", "error"]


class Toast(NamedTuple):
    """One short message."""

    title: str
    text: str
    severity: Severity
    incident: str = ""
    """What it is about: bell and notification come once for each; empty for none at all."""
    timeout_s: float = 5.0


_SEVERITY: dict[str, Severity] = {"info": "information", "warning": "warning", "error": "error"}


def toasts(before: Overview | None, now: Overview, *, budget_microusd: int = 0) -> list[Toast]:
    """What is new since the last look. The first look tells what waits already, in one line."""
    found: list[Toast] = []
    if before is None:
        if now.approvals:
            words = f"{many(now.approvals, 'song')} to review: press {{pane.2|2}}."
            found.append(Toast("Review", words, "information", f"review:{now.seq}"))
    elif now.approvals > before.approvals:
        words = f"A song waits for you ({now.approvals} in all): press {{pane.2|2}}."
        found.append(Toast("Review", words, "information", f"review:{now.seq}"))
    known = {notice.id for notice in before.notices} if before else set()
    for notice in now.notices:
        if notice.id not in known:
            text = plain(notice.detail, limit=200) or " "
            severity = _SEVERITY.get(notice.level, "warning")
            found.append(Toast(plain(notice.title, limit=80), text, severity, f"notice:{notice.id}"))
    if before is not None and now.errors > before.errors:
        found.append(
            Toast(
                "Errors",
                f"A new error ({now.errors} open): press {{pane.5|5}}.",
                "warning",
                f"errors:{now.errors}:{now.seq}",
            )
        )
    if before is not None:
        found += _pauses(before, now)
    return found + _budget(before, now, budget_microusd)


def _pauses(before: Overview, now: Overview) -> list[Toast]:
    """A pause that the engine set by itself, and one that somebody set elsewhere, need a person."""
    return [
        Toast(
            "Paused",
            f"{scope}, by the {switch.actor} on the {switch.channel}: {plain(switch.reason, limit=150) or 'no reason'}",
            "warning",
            f"pause:{scope}:{switch.at}",
        )
        for scope, switch in now.pauses.items()
        if switch.on and not before.pauses[scope].on and switch.channel != "console"
    ]


def _budget(before: Overview | None, now: Overview, budget_microusd: int) -> list[Toast]:
    """Said once a day when four fifths of the day's budget are spent, and once when all of it is."""
    if not budget_microusd:
        return []
    spent, was = now.spend_today_microusd, before.spend_today_microusd if before is not None else 0
    for part, words in ((1.0, "is spent"), (0.8, "is nearly spent")):
        line = budget_microusd * part
        if spent >= line > was:
            text = f"{money(spent)} of {money(budget_microusd)} today."
            return [Toast(f"The daily budget {words}", text, "warning", f"budget:{part}:{now.seq}")]
    return []


@dataclass(slots=True)
class EngineNews:
    """What is said about the engine: once when it is lost, once when it is given up, once when it runs again."""

    lost: bool = False
    given_up: bool = False
    awaited: bool = False

    def expect(self) -> None:
        """The operator asked for a restart: its end is said."""
        self.awaited = True

    def look(self, engine: EngineView) -> Toast | None:
        """What to say now, if anything."""
        if engine.state is LinkState.LOST:
            return self._fallen(engine)
        self.lost = self.given_up = False
        if engine.state is LinkState.DETACHED:
            self.awaited = False
        if engine.state is not LinkState.RUNNING or engine.asked_to_stop or not self.awaited:
            return None
        self.awaited = False
        return Toast("Engine", f"It runs again (supervisor pid {engine.pid}).", "information", "engine:runs")

    def _fallen(self, engine: EngineView) -> Toast | None:
        if self.lost and (self.given_up or not engine.given_up):
            return None
        self.lost, self.given_up, self.awaited = True, engine.given_up, True
        words = plain(engine.words, limit=300)
        if engine.given_up:
            words += " It is not started again by itself: press {line.engine|e}."
        elif engine.again_in_s is not None:
            words += f" It is started again in {engine.again_in_s} s; {{line.engine|e}} does so at once."
        return Toast("The engine is gone", words.strip(), "error", "engine:lost", 20.0)
