"""Codes of recordings and products: ISRC (ISO 3901), and UPC-A or EAN-13 with GS1's check digit.

Nothing here invents a code: one comes from the operator's own range, from whoever typed it, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from engine.domain.errors import NotAllowed, UsageError

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_ISRC_PARTS = re.compile(r"([A-Z]{2})-?([A-Z0-9]{3})-?([0-9]{2})-?([0-9]{5})")
_PREFIX = re.compile(r"([A-Z]{2})-?([A-Z0-9]{3})")
_MOST_OF_A_YEAR = 99_999


class CodeKind(StrEnum):
    """What a code names: a recording, or a release as a product."""

    ISRC = "isrc"
    UPC = "upc"


class CodeSource(StrEnum):
    """Where a code came from."""

    RANGE = "range"
    HAND = "hand"


def is_isrc(text: str) -> bool:
    """Whether `text` is an ISRC as files carry it: twelve characters, no hyphens."""
    return _ISRC.fullmatch(text) is not None


def read_isrc(text: str) -> str:
    """The twelve characters of an ISRC, written with or without hyphens, in whatever case. Raises UsageError."""
    found = _ISRC_PARTS.fullmatch(text.strip().upper())
    if found is None or not text.isascii():
        raise UsageError(f"{text[:40]!r} is no ISRC.", fix="An ISRC looks like QZ-ABC-31-00001 or QZABC3100001.")
    return "".join(found.groups())


def shown_isrc(code: str) -> str:
    """An ISRC for people: `QZ-ABC-31-00001`."""
    return f"{code[:2]}-{code[2:5]}-{code[5:7]}-{code[7:]}"


def check_digit(digits: str) -> str:
    """GS1's check digit for all digits but the last: weights 3 and 1 from the right."""
    return str(-sum(int(digit) * (3 - index % 2 * 2) for index, digit in enumerate(reversed(digits))) % 10)


def is_product_code(text: str) -> bool:
    """Whether `text` is a UPC-A (12 digits) or an EAN-13, its check digit right."""
    plain = text.isascii() and text.isdigit() and len(text) in (12, 13)
    return plain and text[-1] == check_digit(text[:-1])


def read_product_code(text: str) -> str:
    """The digits of a UPC-A or EAN-13; spaces and hyphens between them do not count. Raises UsageError.

    An EAN that begins with a zero is a UPC, and returned as one: they name one product.
    """
    digits = text.strip().replace(" ", "").replace("-", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) not in (12, 13):
        raise UsageError(f"{text[:40]!r} is neither a UPC (12 digits) nor an EAN (13).")
    if not is_product_code(digits):
        raise UsageError(
            f"{digits} ends with a wrong check digit.", fix=f"With these digits it would be {check_digit(digits[:-1])}."
        )
    return _as_upc(digits)


def _as_upc(digits: str) -> str:
    return digits[1:] if len(digits) == 13 and digits[0] == "0" else digits


@dataclass(frozen=True, slots=True)
class IsrcRange:
    """The five characters that the operator's codes begin with: country and registrant, such as `QZABC`."""

    prefix: str

    def __str__(self) -> str:
        return f"{self.prefix[:2]}-{self.prefix[2:]}"

    def next(self, year: int, first: int, used: Collection[str]) -> str:
        """The code after the highest of `used` in the year, at least that of the number `first`. Raises NotAllowed."""
        head = f"{self.prefix}{year % 100:02}"
        numbers = [int(code[7:]) for code in used if code.startswith(head)]
        number = max([first, *(found + 1 for found in numbers)])
        if number > _MOST_OF_A_YEAR:
            raise NotAllowed(
                f"{self} has no ISRC left in {year}.", fix="Set ISRC_PREFIX to another prefix of yours, or empty it."
            )
        return f"{head}{number:05}"


@dataclass(frozen=True, slots=True)
class UpcRange:
    """The operator's product codes from `first` to `last`, whole codes with their check digits, of one length."""

    first: str
    last: str

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def next(self, used: Collection[str]) -> str:
        """The code after the highest of `used` in the range. Raises NotAllowed where none is left."""
        low, high = int(self.first[:-1]), int(self.last[:-1])
        taken = [int(code[:-1]) for code in used if len(code) == len(self.first)]
        number = max([low, *(code + 1 for code in taken if low <= code <= high)])
        if number > high:
            raise NotAllowed(
                f"The range {self} of UPC_RANGE is used up.",
                fix="Set UPC_RANGE to another range of yours, or empty it.",
            )
        digits = str(number).zfill(len(self.first) - 1)
        return digits + check_digit(digits)


def read_isrc_range(text: str) -> IsrcRange:
    """The range of a prefix such as `QZ-ABC`. Raises ValueError."""
    found = _PREFIX.fullmatch(text.upper())
    if found is None or not text.isascii():
        raise ValueError(text)
    return IsrcRange(found[1] + found[2])


def read_upc_range(text: str) -> UpcRange:
    """The range of two codes such as `600000000002-600000000996`. Raises ValueError."""
    first, _, last = (part.strip() for part in text.partition("-"))
    if not (is_product_code(first) and is_product_code(last)):
        raise ValueError(text)
    first, last = _as_upc(first), _as_upc(last)
    if len(first) != len(last) or first > last:
        raise ValueError(text)
    return UpcRange(first, last)
