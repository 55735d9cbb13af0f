"""Kinds of values: how each is read from text, what is expected of it, and how it is written back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from engine.domain import codes, quiet
from engine.domain.chat import Role
from engine.domain.dpid import is_dpid
from engine.domain.purchase import Rights
from engine.domain.quiet import QuietHours
from engine.safety.secrets import Secret

T = TypeVar("T")

_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0"))
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Span:
    """A range of seconds, both ends included; equal ends mean exactly that."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.low}" if self.low == self.high else f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """`read` turns stripped, non-empty text into the value or raises ValueError; `expected` says what would do."""

    expected: str
    read: Callable[[str], T]
    secret: bool = False


def whole(low: int, high: int, unit: str = "") -> Kind[int]:
    """A whole number within limits."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise ValueError
        return int(text)

    return Kind(f"a whole number{unit and f' of {unit}'} from {low} to {high}", read)


def number(low: float, high: float) -> Kind[float]:
    """A decimal number within limits."""

    def read(text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,6})?|\.[0-9]{1,6}", text) or not low <= float(text) <= high:
            raise ValueError
        return float(text)

    return Kind(f"a number from {low:g} to {high:g}", read)


def switch() -> Kind[bool]:
    """On or off."""

    def read(text: str) -> bool:
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError
        return text.lower() in _TRUE

    return Kind("true or false", read)


def choice(*words: str) -> Kind[str]:
    """One of a few words, in whatever case."""
    by_lower = {word.lower(): word for word in words}

    def read(text: str) -> str:
        if text.lower() not in by_lower:
            raise ValueError
        return by_lower[text.lower()]

    return Kind("one of " + ", ".join(words), read)


def text(limit: int) -> Kind[str]:
    """One line of any characters that can be seen."""

    def read(given: str) -> str:
        if len(given) > limit or not given.isprintable():
            raise ValueError
        return given

    return Kind(f"one line of at most {limit} characters", read)


def name() -> Kind[str]:
    """The name of a parameter."""
    return _matching(r"[a-z][a-z0-9_-]{0,39}", "a parameter's name in small letters, such as arrangement")


def names(least: int) -> Kind[tuple[str, ...]]:
    """Different names, divided by commas."""

    def read(given: str) -> tuple[str, ...]:
        parts = tuple(part.strip() for part in given.split(","))
        good = all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,79}", part) for part in parts)
        if not good or len(parts) < least or len(set(parts)) != len(parts):
            raise ValueError
        return parts

    return Kind(f"{least} or more different names divided by commas", read)


_MODEL = r"[A-Za-z0-9][^\s,]{0,119}"


def model() -> Kind[str]:
    """One language model as `provider:model`."""
    return _matching(_MODEL, "a model as provider:model, such as deepseek:deepseek-v4-flash")


def models() -> Kind[tuple[str, ...]]:
    """Language models in order of preference; `none` for an empty list."""

    def read(given: str) -> tuple[str, ...]:
        if given.lower() == _NONE:
            return ()
        parts = tuple(part.strip() for part in given.split(","))
        if not all(re.fullmatch(_MODEL, part) for part in parts):
            raise ValueError
        return parts

    return Kind("models as provider:model divided by commas, or none", read)


def model_id() -> Kind[str | None]:
    """The name of a model at one vendor."""
    return Kind("a model's name, such as llama3.2", _matching(_MODEL, "").read)


def some_of(*words: str) -> Kind[tuple[str, ...]]:
    """Any of a few words divided by commas; `none` for an empty list."""

    def read(given: str) -> tuple[str, ...]:
        if given.lower() == _NONE:
            return ()
        parts = tuple(part.strip().lower() for part in given.split(","))
        if not set(parts) <= set(words) or len(set(parts)) != len(parts):
            raise ValueError
        return parts

    return Kind(f"any of {', '.join(words)} divided by commas, or none", read)


def span(low: int, high: int) -> Kind[Span]:
    """`120-180`, or one number for both ends."""

    def read(given: str) -> Span:
        match = re.fullmatch(r"([0-9]{1,4})(?:\s*[-–]\s*([0-9]{1,4}))?", given)
        if match is None:
            raise ValueError
        found = Span(int(match[1]), int(match[2] or match[1]))
        if not low <= found.low <= found.high <= high:
            raise ValueError
        return found

    return Kind(f"seconds as LOW-HIGH or one number, within {low}-{high}", read)


def keymap() -> Kind[str | None]:
    """Keys for actions of the console: `line.pause=P, list.filter=f slash`. Which ids and keys there are it knows."""
    change = r"[a-z]+\.[a-z0-9-]+ *= *[!-+\--~]+(?: +[!-+\--~]+)*"
    expected = "action=key pairs divided by commas, such as line.pause=P, list.filter=f slash"
    read = _matching(rf"{change}(?: *, *{change})*", "").read
    return Kind(expected, read)


def key() -> Kind[Secret | None]:
    """An API key."""
    read = _matching(r"[!-~]{8,4096}", "").read
    return Kind("a key of 8 or more characters without spaces", lambda given: Secret(read(given)), secret=True)


def bot_token() -> Kind[Secret | None]:
    """A Telegram bot token: the bot's id, a colon, 35 characters (Telegram Bot API, "Authorizing your bot")."""
    read = _matching(r"[0-9]{6,12}:[A-Za-z0-9_-]{30,}", "").read
    expected = "a bot token as BotFather gives it: digits, a colon, 35 letters and digits"
    return Kind(expected, lambda given: Secret(read(given)), secret=True)


def chats() -> Kind[tuple[int, ...]]:
    """Telegram chat ids; groups have negative ones."""

    def read(given: str) -> tuple[int, ...]:
        if given.lower() == _NONE:
            return ()
        parts = [part.strip() for part in given.split(",")]
        good = all(re.fullmatch(r"-?[0-9]{1,18}", part) and int(part) for part in parts)
        if not good or len(set(parts)) < len(parts):
            raise ValueError
        return tuple(map(int, parts))

    return Kind("chat ids divided by commas (whole numbers, negative for groups), or none", read)


@dataclass(frozen=True, slots=True)
class ChatUsers:
    """People by their Telegram user ids, each with a role."""

    roles: tuple[tuple[int, Role], ...] = ()

    def __str__(self) -> str:
        return ",".join(f"{user}:{role}" for user, role in self.roles)


def chat_users() -> Kind[ChatUsers | None]:
    """Telegram user ids, each with its role where it is not owner: `4711, 4712:reviewer`."""
    roles = "|".join(Role)

    def read(given: str) -> ChatUsers:
        found: dict[int, Role] = {}
        for part in given.split(","):
            match = re.fullmatch(rf"\s*([1-9][0-9]{{0,17}})\s*(?::\s*({roles})\s*)?", part)
            if match is None or int(match[1]) in found:
                raise ValueError
            found[int(match[1])] = Role(match[2] or Role.OWNER)
        return ChatUsers(tuple(found.items()))

    return Kind(f"user ids divided by commas, each with :ROLE ({', '.join(Role)}) where it is not owner", read)


def quiet_hours() -> Kind[QuietHours | None]:
    """Hours such as `22:00-08:00 Europe/Berlin`."""
    return Kind("HH:MM-HH:MM and a zone such as Europe/Berlin; without one it is UTC", quiet.read)


def address() -> Kind[str | None]:
    """An https address without user, query or fragment; http only to this machine. A closing slash is dropped."""
    host = r"(?:https://[A-Za-z0-9.-]+|http://(?:localhost|127\.0\.0\.1))"
    read = _matching(host + r"(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?", "").read
    return Kind(
        "an address such as https://host/path, without a user or a query", lambda given: read(given).rstrip("/")
    )


def base() -> Kind[str]:
    """An address that a provider's paths are put behind; there is a default, so it is never empty."""
    kind = address()
    return Kind(kind.expected, lambda given: str(kind.read(given)))


def folder() -> Kind[Path | None]:
    """A folder's path; it need not exist."""

    def read(given: str) -> Path:
        path = Path(given).expanduser()
        there = next((place for place in (path, *path.parents) if place.exists()), path)
        if there.exists() and not there.is_dir():
            raise ValueError
        return path

    return Kind("the path of a folder", lambda given: _path(read, given))


def program() -> Kind[Path | None]:
    """An executable file, by path or by a name on the PATH."""

    def read(given: str) -> Path:
        import shutil

        found = shutil.which(Path(given).expanduser())
        if found is None:
            raise ValueError
        return Path(found).absolute()

    return Kind("an executable file that exists", lambda given: _path(read, given))


PROVIDERS = ("suno", "elevenlabs", "lyria", "acestep", "studio")
"""Who can make music."""


def _providers(given: str, divider: str) -> tuple[str, ...]:
    parts = tuple(part.strip().lower() for part in given.split(divider))
    if not set(parts) <= set(PROVIDERS) or len(set(parts)) != len(parts):
        raise ValueError
    return parts


def ladder() -> Kind[tuple[str, ...]]:
    """Music providers in order of preference."""
    return Kind(f"different names of {', '.join(PROVIDERS)} divided by commas", lambda given: _providers(given, ","))


@dataclass(frozen=True, slots=True)
class Ladders:
    """Ladders of single artists, by artist id."""

    entries: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def of(self, artist_id: str) -> tuple[str, ...] | None:
        """The artist's own ladder, None where it has none."""
        return dict(self.entries).get(artist_id)

    def __str__(self) -> str:
        return ", ".join(f"{artist}={'>'.join(names)}" for artist, names in self.entries)


def ladders() -> Kind[Ladders | None]:
    """Ladders of single artists by their ids: `a-7k3f9qx2mt=lyria>studio, a-...=suno`."""

    def read(given: str) -> Ladders:
        found: dict[str, tuple[str, ...]] = {}
        for entry in given.split(","):
            match = re.fullmatch(r"\s*(a-[0-9a-z]{1,20})\s*=(.+)", entry)
            if match is None or match[1] in found:
                raise ValueError
            found[match[1]] = _providers(match[2], ">")
        return Ladders(tuple(found.items()))

    return Kind("artist=provider>provider entries divided by commas, such as a-7k3f9qx2mt=lyria>studio", read)


def rights() -> Kind[Rights | None]:
    """What a plan allows: `plan=Pro; commercial=yes; attribution=...; until=2027-01-31`; the plan must be there."""

    def read(given: str) -> Rights:
        pairs = [part.partition("=") for part in given.split(";") if part.strip()]
        found = {name.strip().lower(): value.strip() for name, _, value in pairs}
        known = {"plan", "commercial", "attribution", "until"}
        if len(found) != len(pairs) or not set(found) <= known or not found.get("plan") or not given.isprintable():
            raise ValueError
        until = date.fromisoformat(found["until"]) if found.get("until") else None
        commercial = switch().read(found.get("commercial", "no"))
        return Rights(found["plan"][:80], commercial, found.get("attribution", "")[:200], until)

    return Kind(
        "plan=NAME; commercial=yes or no; attribution=TEXT; until=YYYY-MM-DD; all but the plan may be left out", read
    )


def file() -> Kind[Path | None]:
    """A file's path; it need not exist yet."""

    def read(given: str) -> Path:
        path = Path(given).expanduser()
        if path.is_dir():
            raise ValueError
        return path

    return Kind("the path of a file", lambda given: _path(read, given))


def place() -> Kind[Path | None]:
    """A path of a file or a folder; it need not exist yet."""
    return Kind("the path of a file or a folder", lambda given: _path(lambda path: Path(path).expanduser(), given))


def line(limit: int) -> Kind[str | None]:
    """One line of any characters that can be seen, or nothing."""
    return Kind(text(limit).expected, text(limit).read)


def isrc_prefix() -> Kind[codes.IsrcRange | None]:
    """The country and registrant part of ISRCs."""
    return Kind("the first five characters of your ISRCs, such as QZ-ABC", codes.read_isrc_range)


def upc_range() -> Kind[codes.UpcRange | None]:
    """Two product codes of one length, each with its check digit."""
    return Kind("two UPCs or EANs, such as 600000000002-600000000996, check digits right", codes.read_upc_range)


def dpid() -> Kind[str | None]:
    """A DDEX party identifier."""

    def read(given: str) -> str:
        compact = given.replace("-", "").upper()
        if not is_dpid(compact):
            raise ValueError
        return compact

    return Kind("a DDEX party identifier such as PADPIDA2007050901U, its check character right", read)


def database() -> Kind[str]:
    """Where the data is kept: only SQLite yet."""
    expected = "nothing or sqlite: this version keeps its data in data/artists.db; Postgres comes with a later one"
    return Kind(expected, choice("sqlite").read)


def written(value: object) -> str:
    """A value as it would stand in `.env`; empty for None. Secrets stay masked."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6f}".rstrip("0").rstrip(".")
        case tuple():
            return ",".join(map(str, value)) or _NONE
        case _:
            return str(value)


def _matching(pattern: str, expected: str) -> Kind[str]:
    def read(given: str) -> str:
        if not re.fullmatch(pattern, given):
            raise ValueError
        return given

    return Kind(expected, read)


def _path(read: Callable[[str], Path], given: str) -> Path:
    try:
        return read(given)
    except (RuntimeError, OSError) as error:  # ~nobody, or a name that is too long
        raise ValueError from error
