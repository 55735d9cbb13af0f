"""Who may come in: one token for each start of the server, and a cookie for each browser that showed it."""

from __future__ import annotations

import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from http.cookies import SimpleCookie
from time import monotonic

LOGIN_S = 12 * 3600.0
"""How long a login holds, whether used or not."""

MOST_LOGINS = 64
FAILURES = 5
"""Wrong tokens from one address within WINDOW_S, after which that address has to wait."""

WINDOW_S = 60.0
_ADDRESSES = 1000

Now = Callable[[], float]


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def new_token() -> str:
    """192 bits that can be typed, pasted and selected with a double click."""
    return secrets.token_hex(24)


@dataclass(slots=True)
class Throttle:
    """Counts wrong tokens by address. An address that has failed too often is not even listened to for a while."""

    now: Now = monotonic
    _failures: dict[str, deque[float]] = field(default_factory=dict)

    def wait_s(self, address: str) -> float:
        """How long this address has to wait before its next try; 0 for not at all."""
        failures = self._failures.get(address)
        if failures is None:
            return 0.0
        while failures and failures[0] <= self.now() - WINDOW_S:
            failures.popleft()
        return failures[0] + WINDOW_S - self.now() if len(failures) >= FAILURES else 0.0

    def failed(self, address: str) -> None:
        """A wrong token came from there."""
        failures = self._failures.pop(address, None) or deque(maxlen=FAILURES)
        failures.append(self.now())
        self._failures[address] = failures  # at the end: the first is the one that failed longest ago
        while len(self._failures) > _ADDRESSES:
            del self._failures[next(iter(self._failures))]


class Logins:
    """The browsers that are logged in. Of token and cookies only hashes are kept, so that neither can be dumped."""

    def __init__(self, token: str, now: Now = monotonic) -> None:
        self._token = _digest(token)
        self._now = now
        self._ends: dict[bytes, float] = {}

    def right(self, token: str) -> bool:
        """Whether this is the token; takes as long for every wrong one."""
        return hmac.compare_digest(_digest(token.strip()), self._token)

    def open(self) -> str:
        """A new login; the value of its cookie."""
        value = secrets.token_urlsafe(32)
        self._forget()
        while len(self._ends) >= MOST_LOGINS:
            del self._ends[next(iter(self._ends))]
        self._ends[_digest(value)] = self._now() + LOGIN_S
        return value

    def known(self, cookie: str | None) -> bytes | None:
        """The key of the login that this cookie belongs to; None where it is unknown or over."""
        if not cookie:
            return None
        self._forget()
        given = _digest(cookie)
        found = None
        for key in self._ends:
            if hmac.compare_digest(key, given):
                found = key
        return found

    def left_s(self, key: bytes) -> float:
        """How long the login still holds."""
        return max(0.0, self._ends.get(key, 0.0) - self._now())

    def close(self, key: bytes) -> None:
        """Ends a login."""
        self._ends.pop(key, None)

    def _forget(self) -> None:
        for key in [key for key, end in self._ends.items() if end <= self._now()]:
            del self._ends[key]


def cookie_name(port: int) -> str:
    """Cookies do not tell ports apart; the name does, for two servers on one machine."""
    return f"noktvrn_{port}"


def set_cookie(name: str, value: str, *, secure: bool) -> str:
    """The Set-Cookie header: out of reach for scripts and for every other site, gone with the browser."""
    jar: SimpleCookie = SimpleCookie({name: value})
    morsel = jar[name]
    morsel["path"] = "/"
    morsel["httponly"] = True
    morsel["samesite"] = "Strict"
    if secure:
        morsel["secure"] = True
    if not value:
        morsel["max-age"] = 0
    return morsel.OutputString()
