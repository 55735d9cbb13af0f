"""Short ids that a person can read out and type: a letter for the kind and ten characters without look-alikes."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

KINDS = {
    "artist": "a",
    "run": "r",
    "artefact": "f",
    "revision": "v",
    "edit": "b",
    "remake": "m",
    "review": "d",
    "notice": "n",
    "reflection": "l",
    "llm_call": "c",
    "llm_chain": "h",
    "purchase": "k",
    "error_group": "e",
    "patch": "x",
    "trial": "t",
    "release": "p",
    "command": "q",
    "delivery": "s",
    "album": "w",
}


def new_id(kind: str) -> str:
    """A new id such as `r-7k3f9qx2mt` (50 random bits)."""
    return KINDS[kind] + "-" + "".join(ALPHABET[byte & 31] for byte in secrets.token_bytes(10))
