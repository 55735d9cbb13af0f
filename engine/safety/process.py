"""Child processes: no secrets in their environment, no locks in their hands, no life after ours."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_KEPT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ"),
    *("SYSTEMROOT", "VIRTUAL_ENV", "IMAGEIO_FFMPEG_EXE"),
)
_NO_DOTENV = {"PYTHON_DOTENV_DISABLED": "1"}  # moviepy would load the checkout's `.env`, keys and all, when imported
_PR_SET_PDEATHSIG = 1


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The few variables that a child needs. Whatever is not on the list, keys and tokens among it, stays with us."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **_NO_DOTENV, **(extra or {})}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a child that reads foreign data may use: CPU seconds, bytes of memory, bytes of one written file, seconds
    on the clock. The kernel holds the first three, whoever waits for the child the last."""

    cpu_s: int = 300
    memory: int = 4 << 30
    file_bytes: int = 2 << 30
    clock_s: float = 600.0

    def apply(self) -> None:
        """Sets them for this process; called in the child before it becomes another program.

        Whoever is held to less already, as in a jail, stays so: to ask for more would fail.
        """
        import resource

        for kind, limit in (
            (resource.RLIMIT_CPU, self.cpu_s),
            (resource.RLIMIT_AS, self.memory),
            (resource.RLIMIT_FSIZE, self.file_bytes),
            (resource.RLIMIT_CORE, 0),
        ):
            held = resource.getrlimit(kind)[1]
            bound = limit if held == resource.RLIM_INFINITY else min(limit, held)
            resource.setrlimit(kind, (bound, bound))


def die_with_parent(bounds: Bounds | None = None) -> Callable[[], None] | None:
    """A `preexec_fn` that has the kernel end the child when its parent thread ends, and sets `bounds`; None where there
    is no such thing.

    Other systems rely on the child's standard input closing.
    """
    if not sys.platform.startswith("linux"):
        return None if bounds is None else bounds.apply
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def set_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if bounds is not None:
            bounds.apply()
        if os.getppid() != parent:  # it went away before we asked
            os._exit(1)

    return set_signal


def signal_name(number: int) -> str:
    """A signal's name, such as `SIGSEGV`."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
