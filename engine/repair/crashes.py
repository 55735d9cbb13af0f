"""How processes of ours ended by no will of their own, as errors: what the system, the interpreter and the log say."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.errors import Fault
from engine.logs import parse, tail
from engine.safety.process import signal_name
from engine.safety.secrets import Redactor
from engine.store.journal import CapturedError

_FRAME = re.compile(r'\s+File "(.{1,500}?)", line (\d{1,9}) in (.{1,200})$')
_THREAD = re.compile(r"(Current thread|Thread) 0x[0-9a-f]+(?: \[(.{0,100})\])? \(most recent call first\):$")
_ROOT = Path(__file__).resolve().parent.parent.parent
_LAST_LINES = 400
_FRAMES = 40


@dataclass(frozen=True, slots=True)
class Stack:
    """One thread's frames as `file:line function`, the outermost first. `current`: the one that was running."""

    name: str
    current: bool
    frames: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stacks:
    """What `faulthandler` wrote: the fatal error in its words, and the stack of every thread."""

    reason: str
    threads: tuple[Stack, ...]

    @property
    def current(self) -> Stack:
        """The thread that was running; one without frames where none says so."""
        return next((stack for stack in self.threads if stack.current), Stack("", True, ()))


@dataclass(frozen=True, slots=True)
class End:
    """How one process ended: its exit `code` (negative for a signal), and whether the system ended it for memory."""

    part: str
    pid: int
    words: str
    code: int | None = None
    out_of_memory: bool = False
    stacks: str = ""
    """What `faulthandler` left of it."""


def read_stacks(text: str) -> Stacks:
    """The stacks in a file of `faulthandler`, whatever else stands in it."""
    reason = ""
    threads: list[tuple[str, bool, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("Fatal Python error: "):
            reason = reason or line.removeprefix("Fatal Python error: ")[:200]
        elif thread := _THREAD.match(line):
            threads.append((thread[2] or "", thread[1] == "Current thread", []))
        elif threads and (frame := _FRAME.match(line)):
            threads[-1][2].append(f"{_short(frame[1])}:{frame[2]} {frame[3]}")
    return Stacks(reason, tuple(Stack(name, current, tuple(frames[::-1])) for name, current, frames in threads))


def as_error(end: End, redactor: Redactor, uncaught: Fault | None = None) -> CapturedError:
    """The error that this end is. The same way to end at the same place is the same group: a signal with its stack, the
    memory, an exception that nobody caught (`uncaught`), an exit code with its words."""
    stacks = read_stacks(end.stacks)
    kind, why = _kind_of(end, stacks, uncaught)
    frames = stacks.current.frames or (uncaught.frames if uncaught else ())
    words = f"The {end.part} fell: {why}{end.words}".strip()
    trace = "\n\n".join(text for text in (end.stacks.strip(), uncaught.trace if uncaught else "", end.words) if text)
    return CapturedError(
        fingerprint=f"crash:{end.part}:{_digest(kind, frames, uncaught, end.words)}",
        type=kind,
        message=redactor.text(words)[:2_000],
        part=end.part,
        traceback=redactor.text(trace)[:20_000],
        frames=tuple(frame for frame in frames if _ours(frame))[-_FRAMES:] or frames[-_FRAMES:],
        source="crash",
    )


def uncaught_of(log: Path, pid: int) -> Fault | None:
    """The exception that ended the process of this id, as its log has it; None where the log has none."""
    for line in reversed(tail(log, _LAST_LINES).lines):
        if '"CRITICAL"' not in line or f'"pid":{pid}' not in line:
            continue
        event = parse(line)
        if event.context.get("pid") != pid or event.exc is None:
            continue
        described = [*reversed(event.exc.get("chain") or []), event.exc]
        frames = event.exc.get("frames") or []
        return Fault(
            type=str(event.exc.get("type", "Exception")),
            fingerprint=str(event.context.get("fp", "")),
            frames=tuple(f"{frame[0]}:{frame[1]} {frame[2]}" for frame in frames if len(frame) == 4 and frame[3]),
            trace="\n".join(_printed(link) for link in described),
        )
    return None


def _kind_of(end: End, stacks: Stacks, uncaught: Fault | None) -> tuple[str, str]:
    """The type of the error, and the words before those that the process left."""
    if end.out_of_memory:
        return "OutOfMemory", ""
    if stacks.reason:
        return stacks.reason, "" if end.words else f"{stacks.reason}."
    if end.code is not None and end.code < 0:
        return signal_name(-end.code), ""
    if uncaught is not None:
        return uncaught.type, ""
    return "EngineFell", ""


def _digest(kind: str, frames: Sequence[str], uncaught: Fault | None, words: str) -> str:
    from engine.logs.faults import without_values

    parts = [kind]
    if uncaught is not None and uncaught.fingerprint:
        parts.append(uncaught.fingerprint)
    elif frames:
        own = [frame for frame in frames if _ours(frame)] or frames
        parts += dict.fromkeys(re.sub(r":\d+ ", " ", frame) for frame in own)
    elif kind == "EngineFell":
        parts.append(without_values(words[:400]))
    return hashlib.sha1("\x1f".join(parts).encode("utf-8", "backslashreplace"), usedforsecurity=False).hexdigest()


def _printed(link: dict[str, object]) -> str:
    frames = link.get("frames")
    rows = [row for row in frames if isinstance(row, list) and len(row) >= 3] if isinstance(frames, list) else []
    lines = [f'  File "{row[0]}", line {row[1]}, in {row[2]}' for row in rows]
    return "\n".join(["Traceback (most recent call last):", *lines, f"{link.get('type')}: {link.get('msg')}"])


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else file


def _ours(frame: str) -> bool:
    return frame.startswith(("engine/", "console/"))
