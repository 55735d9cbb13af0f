"""Prompts: one file per role, filled with values that stay data.

A value is written as JSON inside a fence that it cannot close: backticks, control characters and everything that
reorders or hides text are escaped, and long strings are cut. The instructions around it are ours alone.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from engine.domain.codec import dump
from engine.domain.models import Role

STRING_LIMIT = 2_000
"""Characters of one string inside a value."""
ITEM_LIMIT = 200
"""Items of one list inside a value."""

_VERSION = re.compile(r"version: (?P<version>[a-z]+-\d+)\n+")
_SUSPECT = re.compile(r"[^\n -_a-~]")
"""Whatever is not a plain ASCII character, and the backtick."""
_HOLE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question as it was put. `version` names the wording, such as `lyrics-1`."""

    role: Role
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A value as it stands in a prompt."""

    text: str


def block(value: object) -> Block:
    """The value, for prompts that hold it again and again."""
    return Block(_fenced(value))


def render(role: Role, values: Mapping[str, object]) -> Prompt:
    """The role's prompt with `values` in its holes, one for each; raises ValueError where the two do not match."""
    version, template = _template(role)
    holes = set(_HOLE.findall(template))
    if holes != set(values):
        raise ValueError(f"The {role} prompt takes {sorted(holes)}, not {sorted(values)}.")
    return Prompt(role, version, _HOLE.sub(lambda hole: _shown(values[hole[1]]), template))


@cache
def asked(role: Role) -> bool:
    """Whether some part of noktvrn asks this role: then it has a prompt."""
    return _file(role).is_file()


def _file(role: Role) -> Traversable:
    return resources.files("engine.llm.prompts").joinpath(f"{role.value}.md")


@cache
def _template(role: Role) -> tuple[str, str]:
    text = _file(role).read_text("utf-8")
    header = _VERSION.match(text)
    if header is None:
        raise ValueError(f"The {role} prompt has no version header.")
    return header["version"], text[header.end() :]


def _shown(value: object) -> str:
    return value.text if isinstance(value, Block) else _fenced(value)


def _fenced(value: object) -> str:
    text = json.dumps(_shortened(dump(value)), ensure_ascii=False, indent=1)
    return f"```json\n{_SUSPECT.sub(_harmless, text)}\n```"


def _shortened(data: Any) -> Any:
    if isinstance(data, str):
        return data if len(data) <= STRING_LIMIT else data[: STRING_LIMIT - 1] + "…"
    if isinstance(data, dict):
        return {_shortened(key): _shortened(item) for key, item in list(data.items())[:ITEM_LIMIT]}
    if isinstance(data, list | tuple):
        return [_shortened(item) for item in data[:ITEM_LIMIT]]
    return data


def _harmless(found: re.Match[str]) -> str:
    """JSON lets any character of a string be written as its code."""
    char = found[0]
    if char == "`" or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return "".join(f"\\u{unit:04x}" for unit in memoryview(char.encode("utf-16-le", "surrogatepass")).cast("H"))
    return char
