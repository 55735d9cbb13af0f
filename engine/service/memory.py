"""What the system says about memory: how often it ended a process for lack of it, and how much one holds."""

from __future__ import annotations

from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")


def killed_for_memory(process: Path = Path("/proc/self"), groups: Path = _GROUPS, system: Path = Path("/proc")) -> int:
    """How many processes the kernel ended for memory, in our control group where it counts them, else in the system.

    Only a difference of two counts says something. Zero where nobody counts (other systems, a hidden /proc).
    """
    try:
        for line in (process / "cgroup").read_text().splitlines():
            number, controllers, path = line.split(":", 2)
            if number == "0":
                return _count(groups / path.lstrip("/") / "memory.events", "oom_kill")
            if "memory" in controllers.split(","):
                return _count(groups / "memory" / path.lstrip("/") / "memory.oom_control", "oom_kill")
    except (OSError, ValueError):
        pass
    try:
        return _count(system / "vmstat", "oom_kill")
    except (OSError, ValueError):
        return 0


def _count(path: Path, name: str) -> int:
    for line in path.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    raise ValueError(name)


def held_mb(pid: int, system: Path = Path("/proc")) -> int | None:
    """The most memory that a process held so far; None where that cannot be told."""
    try:
        for line in (system / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    except (OSError, ValueError, IndexError):
        pass
    return None
