"""Keys in sentences: a text names them as `{line.engine|e}`, by id and usual key. A test checks them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from textual.dom import DOMNode

from console.desk import desk_of
from console.keymap.names import shown

_KEY = re.compile(r"\{([a-z]+\.[a-z0-9-]+)\|([^}]+)\}")


def parts(keys: Mapping[str, tuple[str, ...]], text: str) -> list[str]:
    """The text in pieces, every second one a key: the operator's where one was chosen, else the usual one."""
    found: list[str] = []
    end = 0
    for match in _KEY.finditer(text):
        chosen = keys.get(match[1])
        found += [text[end : match.start()], shown(chosen[0]) if chosen else match[2]]
        end = match.end()
    return [*found, text[end:]]


def keyed(node: DOMNode, text: str) -> str:
    """The text with the keys that work in this console."""
    return "".join(parts(desk_of(node).keys, text))


def mentioned(text: str) -> set[str]:
    """Ids of the actions whose keys a text names."""
    return {match[1] for match in _KEY.finditer(text)}
