"""CPU work in a process of its own: one job in on standard input, progress and one answer out as JSON lines.

The child gets no secrets and no locks, yields to everything interactive, and ends when its parent does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from engine.domain import errors
from engine.domain.codec import dump, load
from engine.safety.process import child_environment, die_with_parent

_NICENESS = 10
_LINE_LIMIT = 1 << 22
_KEPT_STDERR = 4000

Report = Callable[[float, str], Awaitable[bool]]
"""Gets progress 0..1 and a note; False asks for the child to be ended."""


async def unheard(_share: float, _note: str) -> bool:
    """The report of work that nobody follows: it goes on to its end."""
    return True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a job returned, and the CPU seconds of the child and its own children."""

    value: dict[str, Any]
    cpu_s: float


class ChildStopped(errors.Interrupted):
    """The child was ended because nobody wants its work any more."""


async def run_job(
    name: str, payload: Mapping[str, Any], report: Report, *, extra_environment: Mapping[str, str] | None = None
) -> Answer:
    """Runs the job in a child process and follows it to its end. Raises JobError, ChildStopped."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # never a package of the same name in whatever folder we were started from
        "-m",
        "engine.pipeline.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=child_environment({"PYTHONUNBUFFERED": "1", **(extra_environment or {})}),
        start_new_session=True,
        preexec_fn=die_with_parent(),
        limit=_LINE_LIMIT,
    )
    try:
        return await _follow(child, name, payload, report)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def _follow(child: asyncio.subprocess.Process, name: str, payload: Mapping[str, Any], report: Report) -> Answer:
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    words = asyncio.create_task(child.stderr.read())
    # Standard input stays open: its end tells the child that we are gone.
    child.stdin.write(json.dumps({"job": name, "payload": payload}).encode() + b"\n")
    await child.stdin.drain()
    async for line in child.stdout:
        message = json.loads(line)
        if "value" in message:
            return Answer(message["value"], message["cpu_s"])
        if "error" in message:
            raise _error(message["error"])
        if not await report(message["progress"], message["note"]):
            raise ChildStopped(f"The job {name} was stopped.")
    code = await child.wait()
    tail = (await words).decode("utf-8", "replace")[-_KEPT_STDERR:].strip()
    raise errors.JobError(
        f"The job {name} ended with code {code} and no answer.",
        fault=errors.Fault("JobEnded", f"{name}:{code}", (), tail),
    )


def _error(found: Mapping[str, Any]) -> errors.NoktvrnError:
    if found["fault"]["type"].endswith("DiskFull"):
        return errors.DiskFull(found["message"], fix=found["fix"])
    return errors.JobError(found["message"], fix=found["fix"], fault=load(found["fault"], errors.Fault))


# --- the child's side -------------------------------------------------------------------------------------------------


def _give_way() -> None:
    """Lets whoever sits at a terminal go first.

    Where Linux shares the processor out by session (autogroup, sched(7)), niceness counts inside a session only, and
    this one is ours alone: then the session itself is to be nice.
    """
    os.nice(_NICENESS)
    with suppress(OSError):  # other systems, and kernels without autogroup
        Path("/proc/self/autogroup").write_text(str(_NICENESS), encoding="ascii")


def main() -> int:
    """Reads one job, does it, writes the answer."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints goes to stderr, never between our lines
    _give_way()
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        value = _do(request, answers)
    except Exception as error:  # noqa: BLE001 - every failure becomes an answer
        _say(answers, {"error": _describe(error)})
        return errors.Exit.FAILED
    _say(answers, {"value": value, "cpu_s": _cpu_seconds()})
    return errors.Exit.DONE


def _do(request: Mapping[str, Any], answers: TextIO) -> dict[str, Any]:
    from engine.pipeline.jobs import JOBS

    def progress(share: float, note: str = "") -> None:
        _say(answers, {"progress": min(1.0, max(0.0, share)), "note": note})

    return JOBS[request["job"]](request["payload"], progress)


def _say(answers: TextIO, message: Mapping[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")


def _describe(error: Exception) -> dict[str, Any]:
    from engine.repair.capture import fault_of

    return {
        "message": error.message if isinstance(error, errors.NoktvrnError) else f"{type(error).__name__}: {error}",
        "fix": error.fix if isinstance(error, errors.NoktvrnError) else "",
        "fault": dump(fault_of(error)),
    }


def _cpu_seconds() -> float:
    import resource

    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def _end_with_parent() -> None:
    while os.read(0, 1):  # not sys.stdin: its lock, held by a daemon thread, aborts the interpreter's exit
        pass
    os._exit(errors.Exit.FAILED)


if __name__ == "__main__":
    sys.exit(main())
