"""Secrets: a type that does not print itself, and the redactor that everything logged, stored or sent goes through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_FOLD = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_LITERAL = re.compile(r"(?:\\\W|[^\\\[(.?*+{|])+(?![?*{])")


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
        self._exact = tuple(sorted(spellings, key=lambda form: (-len(form), form)))
        self._clean = ""

    def text(self, text: str) -> str:
        """`text` with every secret replaced by a mask. A block of lines goes faster than each of them."""
        if text is self._clean:  # a prompt comes twice: before it leaves, and before it is stored
            return text
        if there := [form for form in self._exact if form in text]:  # the longest first, as they are searched for
            text = re.sub("|".join(map(re.escape, there)), MASK, text)
        folded = fold(text)
        for pattern in patterns():
            for head in pattern.heads:  # a loop, for speed: this looks at every line of every log
                if head in folded:
                    masked = pattern.sub(text, folded)
                    if masked is not text:
                        text, folded = masked, fold(masked)
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


def fold(text: str) -> str:
    """`text` in small letters, each character in its place: at least A to Z are folded."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.translate(_FOLD)  # `İ` in small letters is two characters


@dataclass(frozen=True, slots=True)
class Pattern:
    """What some secrets look like. A match begins with one of the `heads` (in small letters), or holds one and begins
    `lead` characters at most before what `anchor` finds: only there the text is looked at."""

    heads: tuple[str, ...]
    regex: re.Pattern[str]
    replacement: str
    anchor: re.Pattern[str] | None = None
    lead: int = 0

    def sub(self, text: str, folded: str) -> str:
        """`text` with every match masked: the very text where there is none. `folded` as `fold` gives it."""
        end = 0
        parts: list[str] = []
        for start in self._starts(folded):
            if start >= end and (match := self.regex.match(text, start)):
                parts += (text[end:start], match.expand(self.replacement))
                end = match.end()
        return "".join((*parts, text[end:])) if parts else text

    def _starts(self, folded: str) -> list[int]:
        """Where a match may begin, in order."""
        found: list[int] = []
        if self.anchor is not None:
            for match in self.anchor.finditer(folded):
                found += range(max(0, match.start() - self.lead), match.start())
            return found
        many = 0
        for head in self.heads:
            if (at := folded.find(head)) >= 0:
                many += 1
                while at >= 0:
                    found.append(at)
                    at = folded.find(head, at + 1)
        return sorted(found) if many > 1 else found


@cache
def patterns() -> tuple[Pattern, ...]:
    """All patterns, in the order in which they are applied.

    Each scans the text once: a repeat stands only behind a literal that it cannot itself run over.
    """
    apart = r"(?<![A-Za-z0-9])"
    return (
        _shape(("sk-",), r"[\w-]{16,}", before=apart),
        _shape(("gsk_", "hf_", "r8_", "xai-", "pplx-"), r"[\w-]{16,}", before=apart),
        _shape(("gho_", "ghp_", "ghs_", "ghu_", "ghr_"), r"[\w-]{16,}", before=apart),
        _shape(("github_pat_", "glpat-", "xox[abeprs]-", "AIza"), r"[\w-]{16,}"),
        _shape(("AKIA", "ASIA"), r"[A-Z0-9]{16}(?![A-Z0-9])", before=r"(?<![A-Z0-9])"),
        _shape(("eyJ",), r"[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}", before=r"(?<![\w-])"),
        _behind(r"\d(?<!\d\d)\d{5,11}", 12, ":", r"[\w-]{30,}"),
        _shape(("-----BEGIN ",), r"[A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"),
        _named(("bearer", "basic"), r"(?:\s{1,3}|%20)", r"[\w.~+/=-]{16,}", before=r"\b"),
        _named(
            ("\\?", "&", ";"),
            r"(?:key|api_?key|[a-z]{1,10}_token|token|auth|sig|signature|secret|password|code"
            r"|X-Amz-(?:Credential|Signature|Security-Token))=",
            r"[^&\s\"'<>#]+",
        ),
        _named(("://",), r"[^/\s:@?#]{0,200}:", r"[^/\s@]+(?=@)"),
        _named(
            ("authorization", "cookie"),
            r"[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:(?:bearer|basic|token)\s{1,3})?+",
            r"[^\s\"',;<>]{4,}",
        ),
        _named(
            (
                *(f"{word}{between}key" for word in ("api", "access") for between in ("", "_", "-")),
                *("token", "secret", "password", "passwd"),
            ),
            r"(?:=|[\"']\s{0,3}[:=]\s{0,3}|:\s{0,3}(?=\S{12}))[\"']?",
            r"(?!<redacted>)[^\s\"',;&{}<>()\[\]]{4,}",
        ),
    )


def _shape(heads: Sequence[str], rest: str, *, before: str = "") -> Pattern:
    """A secret whole: one of the heads and the rest. `before` takes no characters."""
    return Pattern(_literals(heads), re.compile(f"{before}(?:{'|'.join(heads)}){rest}", re.ASCII), MASK)


def _named(heads: Sequence[str], name: str, value: str, *, before: str = "") -> Pattern:
    """A secret behind its name, which stays; letters of any size."""
    regex = f"({before}(?:{'|'.join(heads)}){name}){value}"
    # ASCII, or `ſ` would match an `s` that no literal finds.
    return Pattern(_literals(heads), re.compile(regex, re.ASCII | re.IGNORECASE), rf"\1{MASK}")


def _behind(front: str, longest: int, head: str, rest: str) -> Pattern:
    """A secret whose `head` and `rest` are seldom: the `front`, of so many characters at most, stands before."""
    tail = head + rest
    return Pattern((head,), re.compile(front + tail, re.ASCII), MASK, re.compile(tail, re.ASCII), longest)


def _literals(heads: Sequence[str]) -> tuple[str, ...]:
    """What each head begins with before its first sign, derived from it so that the two cannot drift apart."""
    begun = (_LITERAL.match(head) for head in heads)
    return tuple(found[0].replace("\\", "").lower() for found in begun if found)
