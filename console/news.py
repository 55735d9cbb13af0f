"""What deserves a toast: the difference between two looks, as far as it needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from console.human import many, money
from console.supervision import EngineView, LinkState
from engine.domain.naming import whom
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api.models import Overview, SwitchState

Severity = Literal["information", "warning", "error"]


class Toast(NamedTuple):
    """One short message."""

    title: str
    text: str
    severity: Severity
    incident: str = ""
    """What it is about: bell and notification come once for each; empty for none at all."""
    timeout_s: float = 5.0
    ways: tuple[str, ...] = ()
    """Ends of the text: the first one whose keys work on the screen where it is shown stands there."""


_SEVERITY: dict[str, Severity] = {"info": "information", "warning": "warning", "error": "error"}


_TO_REVIEW = (": press {pane.2|2}.", ": {review.next|]} goes on to it.", ".")
_TO_ERRORS = (": press {pane.5|5}.", ".")
LOST = "engine:lost"


def toasts(before: Overview | None, now: Overview, *, budget_microusd: int = 0, taken_back: int = 0) -> list[Toast]:
    """What is new since the last look. The first look tells what waits already, in one line.

    `taken_back` songs wait again because this console took a decision back, which it has said itself, or before the
    operator's eyes.
    """
    found: list[Toast] = []
    incident = f"review:{now.seq}"
    if before is None:
        if now.approvals:
            words = f"{many(now.approvals, 'song')} to review"
            found.append(Toast("Review", words, "information", incident, ways=_TO_REVIEW))
    elif now.approvals > before.approvals + taken_back:
        words = f"A song waits for you ({now.approvals} in all)"
        found.append(Toast("Review", words, "information", incident, ways=_TO_REVIEW))
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
                f"A new error ({now.errors} open)",
                "warning",
                f"errors:{now.errors}:{now.seq}",
                ways=_TO_ERRORS,
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
            f"{scope}, by {_by(switch)}: {plain(switch.reason, limit=150) or 'no reason'}",
            "warning",
            f"pause:{scope}:{switch.at}",
        )
        for scope, switch in now.pauses.items()
        if switch.on and not before.pauses[scope].on and switch.channel != "console"
    ]


def _by(switch: SwitchState) -> str:
    return plain(whom(switch.actor, switch.channel, switch.actor_name), limit=60)


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
        ways: tuple[str, ...] = ()
        if engine.given_up:
            words += " It is not started again by itself"
            ways = (": press {line.engine|e}.", ": {engine.start|s} starts it.", ".")
        elif engine.again_in_s is not None:
            words += f" It is started again in {engine.again_in_s} s"
            ways = ("; {line.engine|e} does so at once.", "; {engine.start|s} does so at once.", ".")
        return Toast("The engine is gone", words.strip(), "error", LOST, 20.0, ways)
