"""Whether a changed file still parses. Nothing of it is run."""

from __future__ import annotations

import ast
import io
import json
import tokenize
import tomllib
import warnings


def tree(data: bytes, path: str) -> ast.Module:
    """The syntax tree of a Python file, read as Python itself reads it: by its bytes, compiled to the end.

    Raises ValueError with one line: where and why it does not parse.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape is no reason to refuse
            parsed = ast.parse(data, path)
            compile(data, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    return parsed


def tokens(data: bytes) -> list[tokenize.TokenInfo]:
    """The tokens of a Python file that parses. Raises ValueError."""
    try:
        return list(tokenize.tokenize(io.BytesIO(data).readline))
    except (SyntaxError, tokenize.TokenError, ValueError) as error:
        raise ValueError(str(error)) from error


def unparsable(path: str, data: bytes) -> str:
    """Where and why `data` does not parse as what `path` says it is; empty where it does."""
    try:
        if path.endswith(".py"):
            tree(data, path)
        elif path.endswith(".toml"):
            tomllib.loads(data.decode())
        elif path.endswith(".json"):
            json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        return str(error) or type(error).__name__
    return ""
