"""People in a chat: what each may do, how the ear at the chat does, and every reason why a press is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

CODE_LASTS = timedelta(minutes=10)
CODE_LENGTH = 12
"""60 random bits: as many guesses as Telegram carries in ten minutes (30 a second) find one in 6e13."""
WRONG_CODES = 10
"""So many wrong codes of one person in the life of a code: nothing more is read of that person until then."""
GUESSES = 50
"""So many wrong codes of everybody together are told to the owner. No code ends by them: anybody could end it so."""
BUTTON_LASTS = timedelta(days=14)
MENU_LASTS = timedelta(hours=24)


class Role(StrEnum):
    """What a person may do. An owner does everything, a reviewer judges songs, a viewer looks."""

    OWNER = "owner"
    REVIEWER = "reviewer"
    VIEWER = "viewer"

    def may(self, needed: Role) -> bool:
        """Whether this role includes the other one."""
        return _RANK[self] >= _RANK[needed]


_RANK = {Role.VIEWER: 0, Role.REVIEWER: 1, Role.OWNER: 2}


class Ear(StrEnum):
    """How the poller does."""

    OFF = "off"
    STARTING = "starting"
    LISTENING = "listening"
    ELSEWHERE = "elsewhere"
    """Another engine of this label listens with the same token."""
    CONFLICT = "conflict"
    """Another program listens with the same token."""
    FLOOD = "flood"
    """Telegram asked for a pause."""
    OFFLINE = "offline"
    """Telegram cannot be reached."""
    SILENT = "silent"
    """The engine that listens gives no sign of life."""
    REFUSED = "refused"
    """Telegram does not know the token, or knows it no more."""


RETRIED = frozenset({Ear.CONFLICT, Ear.REFUSED, Ear.OFFLINE})
"""Tried again by the clock, and sooner where somebody asks for it. A pause that Telegram asked for is kept."""


class Refusal(StrEnum):
    """Why somebody's press, command or reply changes nothing."""

    NO_SENDER = "no person sent it"
    UNKNOWN_USER = "this user is not on the list"
    UNKNOWN_CHAT = "this chat is not on the list"
    FORWARDED = "it is a forwarded message"
    EDITED = "it is an edited message"
    SEEN = "this update was handled before"
    UNKNOWN_BUTTON = "there is no such button"
    OTHER_CHAT = "the button belongs to another chat"
    OTHER_MESSAGE = "the button belongs to another message"
    USED = "the button was pressed already"
    EXPIRED = "the button is too old"
    ROLE = "the role does not allow it"
    WRONG_CODE = "the code is not one, or no longer"
    GUESSING = "this user typed too many wrong codes"
    KNOWN = "the code is not one, and this user is on the list already"
    NAMED = "the settings name this user with another role"
    NOT_HERE = "a code works in a private chat with the bot, or in a chat that the settings name"
    MANY = "too many at once to write each down"
    DECIDED = "it was decided before"
    NOT_NOW = "it is not possible now"


class Act(StrEnum):
    """What a button is for."""

    APPROVE = "approve"
    REASONS = "reasons"
    """Opens the reasons, for the decision in `argument.decision`."""
    TAG = "tag"
    """Adds or takes away one reason."""
    DECIDE = "decide"
    """Decides with the reasons that were collected."""
    BACK = "back"
    UNDO = "undo"
    """Takes the decision back that takes effect at `argument.effective_at`."""
    LYRICS = "lyrics"
    PAGE = "page"
    DO = "do"
    MUTE = "mute"


NEEDS: Mapping[Act, Role] = {
    Act.APPROVE: Role.REVIEWER,
    Act.REASONS: Role.REVIEWER,
    Act.TAG: Role.REVIEWER,
    Act.DECIDE: Role.REVIEWER,
    Act.BACK: Role.REVIEWER,
    Act.UNDO: Role.REVIEWER,
    Act.LYRICS: Role.VIEWER,
    Act.PAGE: Role.VIEWER,
    Act.DO: Role.OWNER,
    Act.MUTE: Role.OWNER,
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whom the settings allow: people with their roles, and chats. People who enrolled come from the store."""

    users: Mapping[int, Role] = field(default_factory=dict)
    chats: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who pressed or wrote, and where. `name` is what people read; nothing is decided by it."""

    user_id: int
    name: str
    chat_id: int
    role: Role


def normal_code(text: str) -> str:
    """A typed code without what people add to it: `abcd-efgh-jkmn` and `ABCD EFGH JKMN` are one."""
    return "".join(char for char in text.lower() if char.isalnum())[:40]


def shown_code(code: str) -> str:
    """A code as people read it: `abcd-efgh-jkmn`."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
