"""Targets and deliveries: what kinds there are, which steps a delivery may take, what must be declared before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from engine.domain.errors import NotAllowed, UsageError
from engine.domain.runs import RunState

SECRET_PREFIX = "TARGET_"  # noqa: S105 - the beginning of variable names
"""Every variable of `.env` that begins so belongs to a target; see `variable`."""
_NAME = re.compile(r"[a-z][a-z0-9-]{1,23}")
_WAITS_S = (60, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
MOST_TRIES = len(_WAITS_S)


class TargetKind(StrEnum):
    """Where releases can go."""

    FOLDER = "folder"
    SFTP = "sftp"
    S3 = "s3"
    YOUTUBE = "youtube"


class Mode(StrEnum):
    """Whether a release goes to a target by itself, or waits for a person's word."""

    ASK = "ask"
    AUTOMATIC = "automatic"


class DeliveryState(StrEnum):
    """States of a delivery.

    `asked`: a person's word is awaited. `waiting`: for its day. `unknown`: it may have arrived or not. `declined`: a
    person said no, or a newer package took its place. `withdrawn` is what arrived and was taken back.
    """

    ASKED = "asked"
    DECLINED = "declined"
    WAITING = "waiting"
    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


_S = DeliveryState
MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    _S.ASKED: frozenset({_S.QUEUED, _S.WAITING, _S.DECLINED}),
    _S.DECLINED: frozenset({_S.QUEUED, _S.WAITING}),
    _S.WAITING: frozenset({_S.QUEUED, _S.WAITING, _S.DECLINED, _S.WITHDRAWING}),
    _S.QUEUED: frozenset({_S.SENDING, _S.WAITING, _S.FAILED, _S.DECLINED, _S.WITHDRAWING}),
    _S.SENDING: frozenset({_S.DELIVERED, _S.FAILED, _S.UNKNOWN, _S.QUEUED}),
    _S.FAILED: frozenset({_S.QUEUED, _S.WAITING, _S.WITHDRAWING, _S.DECLINED}),
    _S.UNKNOWN: frozenset({_S.SENDING, _S.DELIVERED, _S.FAILED, _S.QUEUED, _S.WITHDRAWING}),
    _S.DELIVERED: frozenset({_S.WITHDRAWING}),
    _S.WITHDRAWING: frozenset({_S.WITHDRAWN, _S.WITHDRAWING}),
    _S.WITHDRAWN: frozenset({_S.QUEUED, _S.WAITING}),
}
"""Which state may follow which. A release that was withdrawn may be delivered anew, as another round."""

AT_WORK = frozenset({_S.QUEUED, _S.SENDING})
"""What makes a run delivering."""
OPEN = frozenset({_S.WAITING, _S.QUEUED, _S.SENDING, _S.UNKNOWN, _S.WITHDRAWING})
"""What goes on without a further word: one such keeps its target from being removed. A question, or what failed, does
not."""
UNTOLD = frozenset({_S.ASKED, _S.WAITING, _S.DECLINED})
"""No word to go was given, or its day has not come: nothing of this round has left the house, nor is about to."""
GOES = UNTOLD | {_S.WITHDRAWN, _S.FAILED}
"""What a person can tell to go."""
UNSENT = frozenset({_S.ASKED, _S.WAITING, _S.QUEUED})
"""Nothing has left the house yet."""


_URGENT = (
    *(_S.FAILED, _S.UNKNOWN, _S.ASKED, _S.SENDING, _S.WITHDRAWING, _S.QUEUED, _S.WAITING),
    *(_S.DELIVERED, _S.WITHDRAWN, _S.DECLINED),
)


def most_urgent(states: Sequence[DeliveryState]) -> DeliveryState:
    """Of several deliveries the one that needs a person most. Raises ValueError for none."""
    return min(states, key=_URGENT.index)


def check_move(delivery_id: str, before: DeliveryState, after: DeliveryState) -> None:
    """Raises NotAllowed where the table above has no such step."""
    if after not in MOVES[before]:
        ways = ", ".join(sorted(MOVES[before])) or "nothing"
        raise NotAllowed(f"Delivery {delivery_id} is {before}: it cannot become {after}.", fix=f"Possible: {ways}.")


TEST_NOTE = "Sent as a DDEX test message: the recipient makes nothing public of it."
"""What the receipt of a delivery says whose message was no live one."""


def run_state(states: Iterable[DeliveryState], now: RunState) -> RunState:
    """Where a run stands whose release has deliveries in these states. What has begun to be delivered stays so until
    nothing is at work; a delivered run stays delivered while something still has it, a withdrawn one withdrawn until
    it is delivered anew."""
    found = set(states)
    if now is RunState.WITHDRAWN and not found & {*AT_WORK, _S.DELIVERED}:
        return now
    if now in (RunState.DELIVERED, RunState.MEASURED):
        gone = found <= {_S.WITHDRAWN, _S.DECLINED, *UNSENT} and _S.WITHDRAWN in found
        return RunState.WITHDRAWN if gone else now
    if found & AT_WORK:
        return RunState.DELIVERING
    if _S.DELIVERED in found or _S.WITHDRAWING in found:
        return RunState.DELIVERED
    if found & {_S.FAILED, _S.UNKNOWN}:
        return RunState.FAILED
    return RunState.PACKAGED


def next_try(failures: int, now: datetime, named_s: float | None = None) -> datetime | None:
    """When to try again after so many failures in a row; None where a person must ask for it. A time that the target
    named counts where it is longer."""
    if failures > MOST_TRIES:
        return None
    return now + timedelta(seconds=max(_WAITS_S[max(failures, 1) - 1], named_s or 0.0))


def checked_name(name: str) -> str:
    """A target's name. Raises UsageError."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name[:40]!r} cannot be a target's name.", fix="2 to 24 of a-z, 0-9 and -, beginning with a letter."
        )
    return name


def variable(target: str, what: str) -> str:
    """The variable that holds a secret of a target: `TARGET_LABEL_PASSWORD` is the password of `label`."""
    return f"{SECRET_PREFIX}{target.upper().replace('-', '_')}_{what.upper()}"


# --- what a target must be told when it is added ---


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to say about a target of a kind; without a default it must be said. `choices` empty: any text."""

    name: str
    what: str
    default: str | None = None
    choices: tuple[str, ...] = ()


OPTIONS: Mapping[TargetKind, tuple[Option, ...]] = {
    TargetKind.FOLDER: (Option("path", "an absolute path to a folder that exists"),),
    TargetKind.SFTP: (
        Option("host", "the server's name or address"),
        Option("port", "its port", "22"),
        Option("user", "who logs in"),
        Option("folder", "where to write, relative to the login folder", "."),
        Option("key_file", "a private key, mode 0600; without one a password is used", ""),
        Option("layout", "a DDEX batch, or the release folder as it is", "ddex", ("ddex", "plain")),
        Option("priority", "the batch's prefix: priority, normal, mixed", "N", ("P", "N", "M")),
        Option("ern", "which form of the DDEX message goes with it", "4.3.2", ("4.3.2", "4.3")),
    ),
    TargetKind.S3: (
        Option("endpoint", "https://… of the storage; empty for Amazon's own", ""),
        Option("region", "its region", "us-east-1"),
        Option("bucket", "the bucket, which exists"),
        Option("prefix", "what every key begins with", ""),
        Option("addressing", "how the bucket is named in addresses", "auto", ("auto", "path", "virtual")),
    ),
    TargetKind.YOUTUBE: (
        Option("base", "the service's address", "https://www.googleapis.com"),
        Option("token_url", "where access is renewed", "https://oauth2.googleapis.com/token"),
        Option("takedown", "what withdrawing does: make private, or delete for ever", "private", ("private", "delete")),
    ),
}

ADDRESSES = ("endpoint", "base", "token_url")
"""Options that are addresses."""


def takes_ddex(kind: TargetKind, options: Mapping[str, str]) -> bool:
    """Whether a DDEX message goes to a target of this kind, with these options."""
    return kind is TargetKind.SFTP and options.get("layout", "ddex") == "ddex"


SECRETS: Mapping[TargetKind, tuple[tuple[str, bool], ...]] = {
    TargetKind.FOLDER: (),
    TargetKind.SFTP: (("password", False), ("key_password", False)),
    TargetKind.S3: (("access_key", True), ("secret_key", True)),
    TargetKind.YOUTUBE: (("client_id", True), ("client_secret", True), ("refresh_token", True)),
}
"""What must be kept secret of each kind, and whether there must be one; kept in `.env` under `variable`."""


def checked_options(kind: TargetKind, given: Mapping[str, str]) -> dict[str, str]:
    """All options of a kind, with the defaults. Raises UsageError with the first that is wrong."""
    known = {option.name: option for option in OPTIONS[kind]}
    for name in given:
        if name not in known and name != "host_key":
            raise UsageError(f"A {kind} target has no option {name!r}.", fix=f"It has: {', '.join(known)}.")
    found = {}
    for option in known.values():
        value = given.get(option.name, option.default)
        if not value and option.default is None:
            raise UsageError(f"A {kind} target needs {option.name}: {option.what}.", fix=f"Give {option.name}=….")
        value = value or ""
        if any(ord(char) < 0x20 or ord(char) == 0x7F for char in value):
            raise UsageError(f"{option.name} holds control characters.", fix="Give plain text.")
        if option.choices and value not in option.choices:
            raise UsageError(f"{option.name} cannot be {value!r}.", fix=f"One of: {', '.join(option.choices)}.")
        found[option.name] = value
    if "host_key" in given:
        found["host_key"] = given["host_key"]
    return _checked_further(kind, found)


def _checked_further(kind: TargetKind, found: dict[str, str]) -> dict[str, str]:
    if kind is TargetKind.FOLDER and not found["path"].startswith("/"):
        raise UsageError(f"{found['path']!r} is no absolute path.", fix="Begin it with a slash.")
    if kind is TargetKind.SFTP and not (found["port"].isascii() and found["port"].isdigit()):
        raise UsageError(f"{found['port']!r} is no port.", fix="Give a number, such as 22.")
    for name in ADDRESSES:
        if found.get(name):
            check_address(name, found[name])
    return found


def check_address(name: str, address: str) -> None:
    """Raises UsageError for an address that is none, that holds a name and password, or that would carry keys and
    packages in clear: http is for this machine alone."""
    if not re.match(r"https?://[^\s@]+$", address):
        raise UsageError(f"{name} is no address without a name and password in it.", fix="Give https://host….")
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    if not host or (not address.startswith("https:") and not _this_machine(host)):
        raise UsageError(f"{name} would send keys in clear to {host[:60] or 'nobody'}.", fix="Give https://host….")


def _this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


# --- what must be said before anything is sent ---


@dataclass(frozen=True, slots=True)
class Declaration:
    """A question that the sender answers for a target, once for all releases or for one. Without a default, and where
    the target was given no answer, each delivery needs one.

    `choices` empty: a number; `free`: a line of text. One that is `live` is asked where a live DDEX message goes alone.
    """

    name: str
    question: str
    choices: tuple[str, ...]
    default: str | None = None
    free: bool = False
    live: bool = False


_RIGHTS = Declaration("rights", "Do you hold the rights to deliver this release there?", ("yes", "no"))
DECLARATIONS: Mapping[TargetKind, tuple[Declaration, ...]] = {
    TargetKind.FOLDER: (),
    TargetKind.SFTP: (
        _RIGHTS,
        Declaration("rights_holder", "Who holds the rights in the recording? (live only)", (), free=True, live=True),
        Declaration("territories", "Where may it be offered? (live only)", ("worldwide",), live=True),
    ),
    TargetKind.S3: (),
    TargetKind.YOUTUBE: (
        _RIGHTS,
        Declaration("made_for_kids", "Is it made for children?", ("yes", "no")),
        Declaration("privacy", "Who may see it?", ("private", "unlisted", "public"), "private"),
        Declaration("category", "YouTube's category number; 10 is music.", (), "10"),
    ),
}
"""What each kind asks. That a clip is synthetic is no question: the disclosure says so."""


def checked_declarations(kind: TargetKind, given: Mapping[str, str]) -> dict[str, str]:
    """The answers as given. Raises UsageError for one that is not asked for or cannot be."""
    known = {declaration.name: declaration for declaration in DECLARATIONS[kind]}
    for name, value in given.items():
        if name not in known:
            asked = ", ".join(known) or "nothing"
            raise UsageError(f"A {kind} target does not ask for {name!r}.", fix=f"It asks for: {asked}.")
        _check_answer(known[name], value)
    return dict(given)


def _check_answer(asked: Declaration, value: str) -> None:
    if asked.free:
        if not value.strip() or len(value) > 120 or not value.isprintable():
            raise UsageError(f"{asked.name} needs a line of text.", fix="At most 120 characters.")
    elif (asked.choices and value not in asked.choices) or not re.fullmatch(r"[\w-]{1,40}", value):
        fits = ", ".join(asked.choices) or "a number"
        raise UsageError(f"{asked.name} cannot be {value[:40]!r}.", fix=f"One of: {fits}.")


def declared(kind: TargetKind, *given: Mapping[str, str]) -> dict[str, str]:
    """Every answer of a kind: the last of `given` that has one counts, else the default."""
    found = {each.name: each.default for each in DECLARATIONS[kind] if each.default is not None}
    for answers in given:
        found.update({name: value for name, value in answers.items() if value})
    return found


def questions(kind: TargetKind, *, live: bool = False) -> tuple[Declaration, ...]:
    """What a target of a kind asks; more where a live DDEX message goes along."""
    return tuple(each for each in DECLARATIONS[kind] if live or not each.live)


def undeclared(kind: TargetKind, answers: Mapping[str, str], *, live: bool = False) -> list[Declaration]:
    """The questions that still need an answer. That the rights are not held is no answer that lets anything out.
    `live`: a live DDEX message goes along, which asks for more."""
    return [
        each
        for each in questions(kind, live=live)
        if not answers.get(each.name) or (each.name == "rights" and answers[each.name] != "yes")
    ]


# --- receipts ---


@dataclass(frozen=True, slots=True)
class Turn:
    """When something was first asked for (aware), and how many had been asked of the target before in that second: no
    two at one target are equal, and it is the same at every attempt."""

    at: datetime
    number: int = 0


@dataclass(frozen=True, slots=True)
class FileReceipt:
    """One file as the target has it: `remote` its name there, `sha256` of what was read back or vouched for there."""

    name: str
    remote: str
    size: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a target gave for a whole delivery: its own name for it, where a person finds it, what is worth knowing."""

    reference: str
    place: str
    files: tuple[FileReceipt, ...]
    notes: tuple[str, ...] = ()
    test: bool = False
    """Whether the recipient was told that it is a test, and makes nothing public of it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a target's dry run."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
