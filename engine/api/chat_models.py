"""What faces see of the chat: how its poller does, who may speak, what came of a press."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.api.models import ReviewRow
from engine.domain.chat import Act, Ear, Refusal, Role
from engine.domain.runs import RunState
from engine.store.chat import Chat
from engine.store.chat_alerts import Alert
from engine.store.chat_posts import Post

__all__ = [
    "Alert",
    "Chat",
    "ChatRow",
    "ChatUserRow",
    "Ending",
    "Enrolment",
    "Place",
    "Post",
    "Pressed",
    "TelegramStatus",
]


@dataclass(frozen=True, slots=True)
class ChatUserRow:
    """One who may speak. `source` is `settings` (TELEGRAM_USER_IDS) or `code`."""

    user_id: int
    role: Role
    name: str
    source: str
    added_at: datetime | None
    added_by: str


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A chat that the bot speaks in: of TELEGRAM_CHAT_ID, or the private one of somebody who enrolled."""

    chat_id: int
    name: str
    """Whose private chat it is; empty for a group, and for one who never enrolled."""
    muted_until: datetime | None
    shut_since: datetime | None
    """Since when the bot may not speak there; None where it may."""
    shut_why: str


@dataclass(frozen=True, slots=True)
class TelegramStatus:
    """How the bot does, by what its engine wrote last; `since` is of this state."""

    state: Ear
    detail: str
    username: str
    since: datetime | None
    heard_at: datetime | None
    """The last poll that Telegram answered."""
    retry_at: datetime | None
    users: tuple[ChatUserRow, ...]
    """Those who enrolled by a code; those of the settings are known to whoever read them."""
    missing: tuple[str, ...] = ()
    """What keeps the bot silent, each with its fix."""
    chats: tuple[ChatRow, ...] = ()
    """Where it speaks."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A one-time code, to be typed to the bot as `/start CODE`. It is shown once and kept nowhere."""

    code: str
    role: Role
    expires_at: datetime
    username: str
    """The bot's name, empty before it was ever there."""


@dataclass(frozen=True, slots=True)
class Place:
    """A chat that the bot speaks in, and what may be done from there at most."""

    chat_id: int
    role: Role
    muted_until: datetime | None
    shut_until: datetime | None = None
    """The bot may not speak there; before that moment it does not try."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What came of a press. With a `refusal` nothing changed; `said` is for the person, empty where all is plain."""

    act: Act | None = None
    argument: Mapping[str, Any] = field(default_factory=dict)
    run_id: str | None = None
    refusal: Refusal | None = None
    said: str = ""
    state: RunState | None = None
    """The run's state after a decision."""
    until: datetime | None = None
    """How long an incident is muted in this chat."""
    post: Post | None = None
    """The post whose button it is, where it is one."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a preview ended: by a decision, or by what its run's state says. `told` is the review's id, or empty."""

    review: ReviewRow | None
    told: str
    state: RunState
