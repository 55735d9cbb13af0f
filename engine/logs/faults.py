"""Exceptions as data: the chain with its frames, and a fingerprint that groups equal faults."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent.parent
_OURS = ("engine", "console")
_MAX_FRAMES = 40
_MAX_CHAIN = 8
_MAX_GROUP = 5
_MAX_MEMBERS = 32
_MESSAGE = 2_000
_VARYING = re.compile(r"'[^']{0,200}'|\"[^\"]{0,200}\"|0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12,}\b|\d+")
_FINGERPRINT_VERSION = "1"
_GROUPS_VERSION = "2"
"""Of errors with exception groups among them: their members count. All others keep the fingerprint that they had."""


def describe(error: BaseException) -> dict[str, Any]:
    """`type`, `msg`, `frames` ([file, line, function, in_app], the innermost last), and `chain`: what led to it.

    Files of ours are relative to the packages. Long stacks keep their first and last frames; a group lists its members
    under `group`. Nothing here is redacted.
    """
    first, *causes = _chain(error)
    described = _one(first)
    if causes:
        described["chain"] = [_one(cause) for cause in causes]
    return described


def fingerprint(error: BaseException) -> str:
    """40 hexadecimal digits that are the same for the same fault in any process.

    From the types of the chain and our own functions on the stack, without line numbers, so that an edit above or
    another argument makes no new group; without frames of ours, from the message with its numbers and names taken out.
    """
    import hashlib

    links = list(_chain(error))
    grouped = any(isinstance(link, BaseExceptionGroup) for link in links)
    parts = [_GROUPS_VERSION if grouped else _FINGERPRINT_VERSION]
    for link in links:
        parts += _told(link)
        if isinstance(link, BaseExceptionGroup):
            members = {"\x1e".join(part for each in _chain(one) for part in _told(each)) for one in members_of(link)}
            parts += ["\x1d", *sorted(members)]  # each kind once: how many fell, and in which order, is chance
    return hashlib.sha1("\x1f".join(parts).encode("utf-8", "backslashreplace"), usedforsecurity=False).hexdigest()


def members_of(error: BaseException) -> list[BaseException]:
    """The errors in an exception group and in the groups within it, each with no members of its own; at most so many.
    Empty for any other error."""
    found: list[BaseException] = []
    waiting = list(error.exceptions) if isinstance(error, BaseExceptionGroup) else []
    for _ in range(_MAX_MEMBERS):
        if not waiting:
            break
        member = waiting.pop(0)
        if isinstance(member, BaseExceptionGroup):
            waiting = [*member.exceptions[:_MAX_MEMBERS], *waiting]
        else:
            found.append(member)
    return found


def _told(link: BaseException) -> list[str]:
    """The type and our own functions of one error; without any, its message with its numbers and names taken out."""
    ours = dict.fromkeys(f"{file}:{function}" for file, _line, function, in_app in _frames(link) if in_app)
    # each once, in order: how deep a recursion went makes no other fault
    return [_type_name(link), *(ours or [without_values(_message(link))])]


def without_values(message: str) -> str:
    """A message with its numbers, names in quotes, and hexadecimal digits taken out: the same for the same fault."""
    return _VARYING.sub("?", message)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then what caused it, as a traceback shows them from the bottom up."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen and len(seen) < _MAX_CHAIN:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _one(error: BaseException) -> dict[str, Any]:
    frames = _frames(error)
    if len(frames) > _MAX_FRAMES:
        frames = [*frames[:8], *frames[8 - _MAX_FRAMES :]]
    described: dict[str, Any] = {
        "type": _type_name(error),
        "msg": _message(error)[:_MESSAGE],
        "frames": [list(frame) for frame in frames],
    }
    if isinstance(error, BaseExceptionGroup):
        described["group"] = [_one(member) for member in error.exceptions[:_MAX_GROUP]]
    return described


def _frames(error: BaseException) -> list[tuple[str, int, str, bool]]:
    found = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        file, in_app = _place(frame.f_code.co_filename)
        found.append((file, line, frame.f_code.co_qualname, in_app))
    return found


def _place(file: str) -> tuple[str, bool]:
    try:
        relative = Path(file).relative_to(_ROOT)
    except ValueError:
        return file, False
    return str(relative), relative.parts[0] in _OURS


def _type_name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 - an error's own __str__ must not hide the error
        return f"<message cannot be printed: {type(broken).__name__}>"
