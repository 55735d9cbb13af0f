"""Answers as text: a domain value as JSON and back, strictly, and the JSON schema that a prompt states."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Hashable, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from engine.domain.codec import CodecError, dump, load
from engine.domain.errors import NoktvrnError
from engine.safety.text import plain

T = TypeVar("T")

LIMIT = 200_000
"""Characters of an answer that are read at most; a song is three orders of magnitude shorter."""

_MOST_WORDS = 2_000
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}


class AnswerError(NoktvrnError):
    """A model's answer is not JSON, or not of the shape that was asked for; the message names the field.

    It may quote the answer, so it is made one harmless line.
    """

    def __init__(self, message: str) -> None:
        super().__init__(plain(message, limit=_MOST_WORDS))


def encode(value: object) -> str:
    """`value`, a dataclass of `engine.domain`, as JSON: keys in the order of the fields, one line, readable letters."""
    return json.dumps(dump(value), ensure_ascii=False, separators=(", ", ": "), allow_nan=False)


def decode(text: str, kind: type[T]) -> T:
    """The inverse of `encode`. Raises AnswerError that names every field that is missing, unknown or mistyped."""
    if len(text) > LIMIT:
        raise AnswerError(f"The answer for {kind.__name__} is {len(text)} characters long; at most {LIMIT} are read.")
    try:
        data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_object)
        json.dumps(data, ensure_ascii=False).encode()  # half of an escaped pair is JSON, and no text
    except (ValueError, RecursionError) as error:
        raise AnswerError(f"The answer for {kind.__name__} is not JSON: {error}.") from error
    if problems := list(_problems(data, kind, "")):
        raise AnswerError(f"The answer for {kind.__name__} has the wrong shape: {'; '.join(problems)}.")
    try:
        return load(data, kind)
    except CodecError as error:
        raise AnswerError(f"The answer has the wrong shape: {error}.") from error


def unwrapped(text: str) -> str:
    """The JSON object in a model's answer: without a code fence, or words before and after it. Never guesses more."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text.strip()


def schema(kind: type) -> Mapping[str, Any]:
    """The JSON Schema (draft 2020-12) of what `decode` accepts for a dataclass."""
    return _whole_schema(kind)


@cache
def _whole_schema(kind: Hashable) -> Mapping[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_schema(kind)}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Which of two values under one name is meant, nobody can say: `{"ok": false, "ok": true}` is no answer."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:60]!r} stands twice in one object")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _schema(kind: Any) -> dict[str, Any]:
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        fields = dataclasses.fields(kind)
        return {
            "type": "object",
            "properties": {field.name: _schema(hints[field.name]) for field in fields},
            "required": [field.name for field in fields if _required(field)],
            "additionalProperties": False,
        }
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    origin, args = _shape(kind)
    if origin is tuple:
        return {"type": "array", "items": _schema(args[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema(args[1])}
    return {"type": _PLAIN[kind]}


def _problems(data: Any, kind: Any, path: str) -> list[str]:
    """What cattrs would let through by converting: `"1"` for an integer, a string for a list of strings."""
    where = path or "the answer"
    if dataclasses.is_dataclass(kind):
        if not isinstance(data, dict):
            return [f"{where} is not an object"]
        return _object_problems(data, kind, path)
    if isinstance(kind, type) and issubclass(kind, Enum):
        allowed = [member.value for member in kind]
        return [] if data in allowed else [f"{where} is not one of {', '.join(allowed)}"]
    origin, args = _shape(kind)
    if origin is tuple:
        if not isinstance(data, list):
            return [f"{where} is not a list"]
        return [problem for at, item in enumerate(data) for problem in _problems(item, args[0], f"{path}[{at}]")]
    if origin is Mapping:
        if not isinstance(data, dict):
            return [f"{where} is not an object"]
        return [problem for key, item in data.items() for problem in _problems(item, args[1], f"{path}.{key}")]
    accepted = (int, float) if kind is float else kind
    good = isinstance(data, accepted) and not (isinstance(data, bool) and kind is not bool)
    return [] if good else [f"{where} is not of type {_PLAIN[kind]}"]


def _object_problems(data: dict[str, Any], kind: Any, path: str) -> list[str]:
    hints = _hints(kind)
    fields = dataclasses.fields(kind)
    prefix = f"{path}." if path else ""
    found = [f"{prefix}{name} is unknown" for name in data if name not in hints]
    for field in fields:
        if field.name in data:
            found += _problems(data[field.name], hints[field.name], f"{prefix}{field.name}")
        elif _required(field):
            found.append(f"{prefix}{field.name} is missing")
    return found


@cache
def _hints(kind: Hashable) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _shape(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    origin = get_origin(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        origin = Mapping
    if origin is types.UnionType:
        raise TypeError(f"{kind} has no place in an answer")
    return origin, get_args(kind)
