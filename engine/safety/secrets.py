"""Secrets: a type that does not print itself, and the redactor that everything logged, stored or sent goes through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

MASK = "<redacted>"
_MIN_EXACT = 6  # a shorter value would tear holes into ordinary words
_MAX_DEPTH = 40
_TELLING_NAME = (
    r"(?:api[_-]?key|apikey|access[_-]?key|private[_-]?key|_key|token|secret|passw(?:or)?d|authorization|cookie"
    r"|credentials?)$"
)


class Secret:
    """A key or token. Printing, formatting, logging or serialising it never shows the value; `reveal` does."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not pickled: it would lie open in a database or a pipe.")


def secret_name(name: str) -> bool:
    """Whether a variable, header or field of this name holds a secret, such as `X-Api-Key` or `BOT_TOKEN`."""
    return re.search(_TELLING_NAME, name, re.IGNORECASE) is not None  # compiled, and kept by re, at first use


class Redactor:
    """Replaces secrets in text and in JSON-like values: exact values first, in every common spelling, then patterns.

    Time is linear in the text. Doing it twice changes nothing.
    """

    def __init__(self, secrets: Iterable[Secret | str] = ()) -> None:
        values = (secret.reveal() if isinstance(secret, Secret) else secret for secret in secrets)
        spellings = {form for value in values if len(value) >= _MIN_EXACT for form in _spellings(value)}
        longest_first = sorted(spellings, key=lambda form: (-len(form), form))
        self._exact = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        self._clean = ""

    def text(self, text: str) -> str:
        """`text` with every secret replaced by a mask."""
        if text is self._clean:  # a prompt comes twice: before it leaves, and before it is stored
            return text
        if self._exact is not None:
            text = self._exact.sub(MASK, text)
        lower = text.lower()
        for pattern in patterns():
            for literal in pattern.literals:  # a loop, for speed: this looks at every line of every log
                if literal in lower:
                    text = pattern.sub(text)
                    break
        self._clean = text
        return text

    def value(self, value: Any) -> Any:
        """A copy of a JSON-like value: strings redacted, keys too, and what a telling key names is masked whole.

        What is neither text, number, list nor mapping becomes its redacted `str`. Depth ends at 40.
        """
        return self._value(value, 0)

    def _value(self, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if depth < _MAX_DEPTH:
            if isinstance(value, Mapping):
                return {self.text(str(name)): self._named(str(name), item, depth) for name, item in value.items()}
            if isinstance(value, list | tuple | set | frozenset):
                return [self._value(item, depth + 1) for item in value]
        elif isinstance(value, Mapping | list | tuple | set | frozenset):
            return "<too deep>"
        return self.text(_printed(value))

    def _named(self, name: str, item: Any, depth: int) -> Any:
        if secret_name(name) and isinstance(item, str | bytes) and item:
            return MASK
        return self._value(item, depth + 1)


def _printed(value: object) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - a broken __str__ must not stop a log line
        return f"<{type(value).__name__} that cannot be printed: {type(error).__name__}>"


def _spellings(value: str) -> Iterator[str]:
    """The value as it stands, in URLs, in JSON and Python strings, and inside base64 at its three alignments."""
    from base64 import b64encode
    from json import dumps
    from urllib.parse import quote, quote_plus

    raw = value.encode("utf-8", "surrogatepass")
    yield value
    for encoded in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
    yield dumps(value)[1:-1]
    yield repr(value)[1:-1]
    for shift in range(3):
        # Neighbouring bytes share the first and the last characters; those between are always the same.
        first, last = (shift * 8 + 5) // 6, (shift + len(raw)) * 8 // 6
        inner = b64encode(bytes(shift) + raw).decode()[first:last]
        if len(inner) >= _MIN_EXACT:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What some secrets look like. Text without any of the `literals` (in small letters) cannot hold a match."""

    literals: tuple[str, ...]
    regex: re.Pattern[str]
    replacement: str

    def sub(self, text: str) -> str:
        """`text` with every match masked."""
        return self.regex.sub(self.replacement, text)


@cache
def patterns() -> tuple[Pattern, ...]:
    """All patterns, in the order in which they are applied.

    Each scans the text once: a repeat stands only behind a literal that it cannot itself run over.
    """
    return (
        _shape(r"(?<![A-Za-z0-9])sk-[\w-]{16,}", "sk-"),
        _shape(r"(?<![A-Za-z0-9])(?:gsk_|hf_|r8_|xai-|pplx-)[\w-]{16,}", "gsk_", "hf_", "r8_", "xai-", "pplx-"),
        _shape(r"(?<![A-Za-z0-9])gh[opsur]_[\w-]{16,}", "gho_", "ghp_", "ghs_", "ghu_", "ghr_"),
        _shape(r"(?:github_pat_|glpat-|xox[abeprs]-|AIza)[\w-]{16,}", "github_pat_", "glpat-", "xox", "aiza"),
        _shape(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])", "akia", "asia"),
        _shape(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}", "eyj"),
        _shape(r"\d(?<!\d\d)\d{5,11}:[\w-]{30,}", ":"),
        _shape(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?", "-----begin "
        ),
        _named(r"\b((?:bearer|basic)(?:\s{1,3}|%20))[\w.~+/=-]{16,}", "bearer", "basic"),
        _named(
            r"([?&;](?:key|api_?key|[a-z]{1,10}_token|token|auth|sig|signature|secret|password|code"
            r"|X-Amz-(?:Credential|Signature|Security-Token))=)[^&\s\"'<>#]+",
            "=",
        ),
        _named(r"(://[^/\s:@?#]{0,200}:)[^/\s@]+(?=@)", "://"),
        _named(
            r"((?:authorization|cookie)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:(?:bearer|basic|token)\s{1,3})?+)"
            r"[^\s\"',;<>]{4,}",
            "authorization",
            "cookie",
        ),
        _named(
            r"((?:api[_-]?key|access[_-]?key|token|secret|password|passwd)"
            r"(?:=|[\"']\s{0,3}[:=]\s{0,3}|:\s{0,3}(?=\S{12}))[\"']?)"
            r"(?!<redacted>)[^\s\"',;&{}<>()\[\]]{4,}",
            *(f"{word}{between}key" for word in ("api", "access") for between in ("", "_", "-")),
            "token",
            "secret",
            "passw",
        ),
    )


def _shape(regex: str, *literals: str) -> Pattern:
    return Pattern(literals, re.compile(regex, re.ASCII), MASK)


def _named(regex: str, *literals: str) -> Pattern:
    # ASCII, or `ſ` would match an `s` that no literal finds.
    return Pattern(literals, re.compile(regex, re.ASCII | re.IGNORECASE), rf"\1{MASK}")
