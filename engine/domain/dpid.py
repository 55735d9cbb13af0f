"""DDEX party identifiers (DPID): their form, their check character, and the placeholders of test messages."""

from __future__ import annotations

import re

SENDER_PLACEHOLDER = "PADPIDATESTSENDER"
RECIPIENT_PLACEHOLDER = "PADPIDATESTRECIPIENT"
PLACEHOLDERS = (SENDER_PLACEHOLDER, RECIPIENT_PLACEHOLDER)
"""Stand in test messages where no identifier is set. Neither has the form of one that DDEX gives out."""

_FORM = re.compile(r"PADPIDA\d{10}[0-9A-Z]")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_dpid(text: str) -> bool:
    """Whether `text` is an identifier as DDEX gives them out: the check character is that of ISO 7064, MOD 37,36."""
    if not _FORM.fullmatch(text):
        return False
    product = 36
    for letter in text[:-1]:
        product = ((product + _ALPHABET.index(letter)) % 36 or 36) * 2 % 37
    return (product + _ALPHABET.index(text[-1])) % 36 == 1
