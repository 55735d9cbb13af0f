"""The little that any Python file may begin to use without a second look: it computes, and reaches nothing outside."""

from __future__ import annotations

BUILTINS = frozenset(
    (
        *("abs", "all", "any", "ascii", "bin", "bool", "bytes", "callable", "chr", "complex", "dict", "divmod"),
        *("enumerate", "filter", "float", "frozenset", "hash", "hex", "id", "int", "isinstance", "issubclass", "iter"),
        *("len", "list", "map", "max", "min", "next", "object", "oct", "ord", "pow", "property", "range", "repr"),
        *("reversed", "round", "set", "slice", "sorted", "staticmethod", "classmethod", "str", "sum", "super"),
        *("tuple", "type", "zip", "True", "False", "None", "NotImplemented", "Ellipsis", "__name__", "__file__"),
        *("BaseException", "Exception", "ArithmeticError", "AssertionError", "AttributeError", "EOFError"),
        *("ExceptionGroup", "FileExistsError", "FileNotFoundError", "ImportError", "IndexError", "KeyError"),
        *("LookupError", "NotImplementedError", "OSError", "OverflowError", "PermissionError", "RecursionError"),
        *("RuntimeError", "StopAsyncIteration", "StopIteration", "TimeoutError", "TypeError", "UnicodeDecodeError"),
        *("UnicodeEncodeError", "UnicodeError", "ValueError", "ZeroDivisionError", "aiter", "anext"),
    )
)
"""Names that are there without an import."""

METHODS = frozenset(
    (
        # text and bytes
        *("capitalize", "casefold", "center", "count", "decode", "encode", "endswith", "expandtabs", "find"),
        *("hex", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower"),
        *("isnumeric", "isprintable", "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip"),
        *("partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition"),
        *("rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill"),
        # lists, dictionaries, sets, numbers
        *("add", "append", "clear", "copy", "difference", "discard", "extend", "get", "insert", "intersection"),
        *("is_integer", "isdisjoint", "issubset", "issuperset", "items", "keys", "pop", "popitem", "remove"),
        *("reverse", "setdefault", "sort", "symmetric_difference", "union", "update", "values", "bit_length"),
        *("total", "most_common", "appendleft", "popleft"),
        # moments
        *("total_seconds", "isoformat", "timestamp", "astimezone", "date", "time", "weekday", "isocalendar"),
    )
)
"""Methods that may be called; as a value they are new like any other name. (`replace` with one place is a path's.)"""

ATTRIBUTES = frozenset(
    (
        *("__name__", "__qualname__", "args", "days", "seconds", "microseconds", "year", "month", "day", "hour"),
        *("minute", "second", "tzinfo", "real", "imag", "min", "max"),
    )
)

MODULES: dict[str, frozenset[str] | None] = {
    "__future__": None,
    "math": None,
    "statistics": None,
    "collections": frozenset({"Counter", "defaultdict", "deque", "OrderedDict"}),
    "collections.abc": None,
    "contextlib": frozenset({"suppress", "nullcontext"}),
    "dataclasses": frozenset({"dataclass", "field", "replace", "astuple", "asdict"}),
    "datetime": frozenset({"datetime", "date", "time", "timedelta", "UTC", "timezone"}),
    "decimal": frozenset({"Decimal", "ROUND_HALF_UP", "ROUND_HALF_EVEN", "ROUND_DOWN", "ROUND_UP", "InvalidOperation"}),
    "enum": frozenset({"Enum", "StrEnum", "IntEnum", "auto"}),
    "fractions": frozenset({"Fraction"}),
    "functools": frozenset({"partial", "cache", "lru_cache", "cached_property", "reduce", "total_ordering"}),
    "itertools": None,
    "re": frozenset({"compile", "match", "search", "fullmatch", "sub", "split", "findall", "finditer", "escape"})
    | {"IGNORECASE", "MULTILINE", "DOTALL", "ASCII", "VERBOSE", "Pattern", "Match"},
    "string": frozenset({"ascii_letters", "ascii_lowercase", "digits", "punctuation"}),
    "textwrap": frozenset({"dedent", "indent", "wrap", "shorten", "fill"}),
    "typing": frozenset({"Any", "Final", "Literal", "NamedTuple", "Protocol", "Self", "TypedDict", "cast", "overload"})
    | {"TYPE_CHECKING", "assert_never", "Annotated", "ClassVar", "TypeVar", "override", "Never"},
    "unicodedata": None,
}
"""Modules that may be imported, and which of their names; None: all."""

OWN_METHODS = frozenset(
    f"__{name}__"
    for name in (
        *("init", "post_init", "repr", "str", "eq", "ne", "lt", "le", "gt", "ge", "hash", "len", "iter", "next"),
        *("contains", "bool", "enter", "exit", "aenter", "aexit", "add", "sub", "mul", "all", "slots"),
    )
)
"""Methods with underscores that a file may begin to define."""
