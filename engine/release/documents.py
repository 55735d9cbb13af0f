"""The package's JSON documents: frozen dataclasses out and in, one canonical text for each.

The dataclass is the schema: its fields are the keys, in their order. Reading is strict by writing again: whatever was
coerced, reordered, repeated or added makes another text.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from engine.domain.errors import MediaError

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")

NEWER = {"newer": True}
"""Metadata of a field that documents of earlier versions lack: its default stands for it there, and is not written."""

# Valid raw in JSON, but obeyed by terminals or invisible to readers: DEL, C1, bidi controls; and surrogates, of which
# a pair is one character.
_UNSAFE = re.compile(
    "[\ud800-\udbff][\udc00-\udfff]|[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@cache
def _converter() -> Converter:
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True)

    def fields_of(document: Any) -> dict[str, Any]:
        return {each.name: converter.unstructure(getattr(document, each.name)) for each in _written(document)}

    converter.register_unstructure_hook_func(_has_newer, fields_of)
    return converter


def _has_newer(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind) and any(each.metadata == NEWER for each in dataclasses.fields(kind))


def _written(document: Any) -> Iterator[dataclasses.Field[Any]]:
    """The fields that are written: all but newer ones that hold what stands for them in earlier documents."""
    for each in dataclasses.fields(document):
        default = each.default_factory() if callable(each.default_factory) else each.default
        if each.metadata != NEWER or getattr(document, each.name) != default:
            yield each


def utc(at: datetime) -> str:
    """ISO 8601 in UTC to the second, such as `2031-05-04T10:20:30Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def render(document: object) -> str:
    """The document's one text: two spaces of indent, keys in the order of the fields, a newline at the end."""
    converter = _converter()
    # Through the schema once, so that a whole number in a field for decimals is written as one.
    document = converter.structure(converter.unstructure(document), type(document))
    plain: Any = converter.unstructure(document)
    text = json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)
    return _UNSAFE.sub(_tame, text) + "\n"


def _tame(found: re.Match[str]) -> str:
    if len(found[0]) == 2:
        return found[0].encode("utf-16", "surrogatepass").decode("utf-16")
    return f"\\u{ord(found[0]):04x}"


def parse(kind: type[T], text: str, name: str) -> T:
    """Reads the text of a `kind`. Raises MediaError, with the file's `name`, for any other text."""
    from cattrs import BaseValidationError, transform_error

    try:
        found = json.loads(text)
        if not isinstance(found, dict):
            raise MediaError(f"{name} does not hold an object.")
        document = _converter().structure(found, kind)
    except (ValueError, RecursionError) as error:
        raise MediaError(f"{name} is no JSON document: {error}") from error
    except BaseValidationError as error:
        raise MediaError(f"{name}: {'; '.join(transform_error(error)[:3])}") from error
    try:
        same = render(document) == text
    except ValueError:
        same = False
    if not same:
        raise MediaError(f"{name} is not written as its schema says: types, order of keys, or form.")
    return document
