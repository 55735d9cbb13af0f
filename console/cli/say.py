"""The two streams: data goes to stdout and nothing else does, talk goes to stderr, made harmless on its way."""

# ruff: noqa: T201

from __future__ import annotations

import json
import sys
from typing import IO

from engine.domain.errors import NoktvrnError, SettingsError
from engine.safety.text import plain

NAME = "noktvrn"


class OutputLost(NoktvrnError):
    """stdout cannot take what we have to say."""


def data(line: str) -> None:
    """One line of data as it is: an id or a path that we made."""
    try:
        print(line)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _lost(error) from error


def flush() -> None:
    """Sends what is still held back. Raises OutputLost, BrokenPipeError."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _lost(error) from error


def _lost(error: OSError) -> OutputLost:
    return OutputLost(f"The output cannot be written: {error.strerror or error}.")


def document(value: object) -> None:
    """A JSON document. It is ASCII, so that a terminal shows it harmlessly and every locale can print it."""
    data(json.dumps(value, indent=2, allow_nan=False).replace("\x7f", "\\u007f"))


def talk(text: str, *, indent: int = 0) -> None:
    """One line for a person, beside the data."""
    print(" " * indent + plain(text), file=sys.stderr, flush=True)


def ask(question: str) -> None:
    """A question to a person, whose answer goes on the same line."""
    print(plain(question), end=" ", file=sys.stderr, flush=True)


def note(text: str) -> None:
    """Something worth knowing that stops nothing."""
    talk(f"{NAME}: note: {text}")


def problem(error: NoktvrnError) -> None:
    """What went wrong and what to do about it; of settings one line each."""
    if isinstance(error, SettingsError):
        for line in error.problems:
            talk(f"{NAME}: {line}")
        for line in error.notes:
            note(line)
        return
    first, *more = plain(error.message, lines=True).splitlines() or [""]
    talk(f"{NAME}: {first}")
    for line in more:
        talk(line, indent=2)
    if error.fix:
        talk(error.fix, indent=2)


def on_terminal(stream: IO[str] | None) -> bool:
    """Whether a person looks at this stream."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def forgiving_streams() -> None:
    """Names that the locale cannot spell are shown as well as it can; a path keeps the bytes that it has."""
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            utf8 = (stream.encoding or "").lower().replace("-", "") == "utf8"
            reconfigure(errors=errors if utf8 else "backslashreplace")
