"""Text from files that a person names."""

from __future__ import annotations

from engine.domain.errors import FileProblem, UsageError


def text_of(name: str, most: int, what: str) -> str:
    """The text of a file, `-` for stdin. Raises UsageError, FileProblem."""
    import sys
    from pathlib import Path

    try:
        if name == "-":
            data = sys.stdin.buffer.read(most + 1)
        else:
            with Path(name).open("rb") as handle:
                data = handle.read(most + 1)
    except OSError as error:
        raise FileProblem(f"{name} cannot be read: {error.strerror or error}.") from error
    if len(data) > most:
        raise UsageError(f"{name} is too large for {what}.", fix=f"At most {most:,} bytes are read.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not valid UTF-8.") from None
