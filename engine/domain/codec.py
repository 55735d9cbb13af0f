"""Dataclasses to JSON-native values and back, strictly: unknown or missing fields are errors that name the field."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")


class CodecError(ValueError):
    """A stored or received value does not have the shape of its type."""


@cache
def _converter() -> Converter:
    from cattrs.preconf.json import make_converter

    converter = make_converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(Path, str)
    converter.register_structure_hook(Path, lambda text, _: Path(text))
    return converter


def dump(value: Any) -> Any:
    """`value` (a dataclass of `engine.domain`) as dicts, lists, strings and numbers."""
    return _converter().unstructure(value)


def load(data: Any, kind: type[T]) -> T:
    """The inverse of `dump`. Raises CodecError with one line per problem."""
    from cattrs import transform_error
    from cattrs.errors import BaseValidationError

    try:
        return _converter().structure(data, kind)
    except BaseValidationError as error:
        raise CodecError(f"{kind.__name__}: " + "; ".join(transform_error(error))) from error
    except (TypeError, ValueError) as error:
        raise CodecError(f"{kind.__name__}: {error}") from error
