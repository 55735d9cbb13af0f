"""What strangers do at the chat's door, kept small: refusals that are counted before they are written down, and
wrong codes that are counted for each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.chat_gate import actor_of
from engine.domain.chat import CODE_LASTS, GUESSES, WRONG_CODES, Refusal
from engine.store import audit, journal

_MINUTE = timedelta(minutes=1)
_ROWS_A_MINUTE = 200
_MOST_KNOWN = 10_000
_GUESSING = "telegram.guessing"


@dataclass(frozen=True, slots=True)
class Refused:
    """What was refused to whom, and where."""

    what: str
    refusal: Refusal
    user_id: int | None
    chat_id: int | None


class Refusals:
    """Every refusal comes into the audit. The first of its kind is written down at once; those that follow within a
    minute are one row with their count, and what is more than two hundred rows a minute is one row together. A fall of
    the engine loses at most the counts of a minute."""

    def __init__(self) -> None:
        self._waiting: Counter[Refused] = Counter()
        self._written: dict[Refused, datetime] = {}

    def add(self, refused: Refused) -> None:
        """Counts one more."""
        self._waiting[refused] += 1

    async def write(self, connection: AsyncConnection, now: datetime, *, everything: bool = False) -> Counter[Refused]:
        """Writes down what is due; once that is committed, `written` says so."""
        due = self._due(now, everything)
        room = max(0, _ROWS_A_MINUTE - len(self._written))
        counts = Counter({each: self._waiting[each] for each in due})
        for each in due[:room]:
            await _append(connection, now, each, {"user_id": each.user_id, "chat_id": each.chat_id}, counts[each])
        if rest := due[room:]:
            users = len({each.user_id for each in rest})
            together = Refused("flood", Refusal.MANY, None, None)
            await _append(connection, now, together, {"users": users}, sum(counts[each] for each in rest))
        return counts

    def written(self, counts: Counter[Refused], now: datetime) -> None:
        """So many are in the audit."""
        self._waiting -= counts
        self._written |= dict.fromkeys(counts, now)

    def due(self, now: datetime, *, everything: bool = False) -> bool:
        """Whether anything is to be written down now."""
        return bool(self._due(now, everything))

    def _due(self, now: datetime, everything: bool) -> list[Refused]:
        self._written = {each: at for each, at in self._written.items() if now - at < _MINUTE}
        return [each for each in self._waiting if everything or each not in self._written]


async def _append(
    connection: AsyncConnection, now: datetime, refused: Refused, whose: dict[str, int | None], count: int
) -> None:
    detail = {**whose, "refused": str(refused.refusal), **({"count": count} if count > 1 else {})}
    await audit.append(connection, now, actor_of(""), f"telegram {refused.what}", "-", detail)


class Guesses:
    """Wrong codes within the life of one, for each person and of all together."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._wrong: Counter[int] = Counter()
        self._told: bool | None = None
        """Whether the owner was told; None before it is known whether an earlier engine told."""

    def may(self, user_id: int, now: datetime) -> bool:
        """Whether one more code is read of this person."""
        if self._since is not None and now - self._since >= CODE_LASTS:
            self._since, self._wrong = None, Counter()
        return self._wrong[user_id] < WRONG_CODES

    def wrong(self, user_id: int, now: datetime) -> None:
        """Counts a wrong code."""
        self._since = self._since or now
        if len(self._wrong) < _MOST_KNOWN or user_id in self._wrong:
            self._wrong[user_id] += 1

    def to_tell(self, now: datetime) -> bool:
        """Whether the owner is to hear that somebody guesses, or that it is over."""
        return self._told is not self._many(now)

    def _many(self, now: datetime) -> bool:
        return self._since is not None and now - self._since < CODE_LASTS and self._wrong.total() >= GUESSES

    async def tell(self, connection: AsyncConnection, now: datetime) -> None:
        """Opens the notice for the owner, or ends it."""
        many = self._many(now)
        if many:
            title = f"Somebody guesses the chat's codes: {GUESSES} wrong ones within ten minutes"
            detail = "No code is found so, and none ends by it. `noktvrn telegram users` lists who was let in."
            await journal.open_notice(connection, _GUESSING, "warning", title, detail, now)
        else:
            await journal.close_notice(connection, _GUESSING, now)
        self._told = many
