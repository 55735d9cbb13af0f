"""One whole offline cycle, from an empty home to a release: CPU seconds, and the memory of the engine meanwhile.

Every process counts: the command, the supervisor, the worker, the render children and ffmpeg.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.processes import pss_kb

LENGTH_S = 120
CPU_TARGET_S = 130
MEMORY_TARGET_MB = 600


def run(length_s: int = LENGTH_S) -> list[dict[str, Any]]:
    """Figures of `noktvrn once --approve` for a track of this length."""
    with tempfile.TemporaryDirectory(prefix="noktvrn-bench-") as home:
        before = _children_cpu()
        command = [sys.executable, "-m", "console.cli", "--home", home, "once", "--approve", "--seed", "7"]
        with subprocess.Popen(
            [*command, "--length", str(length_s)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as child:
            peak = _Peak(child.pid)
            out, err = child.communicate()
        cpu = _children_cpu() - before
        if child.returncode != 0:
            raise RuntimeError(f"the cycle ended with code {child.returncode}: {err.decode(errors='replace')[-800:]}")
        release = Path(out.decode().strip().splitlines()[-1])
        if not (release / "metadata.json").is_file():
            raise RuntimeError(f"no release in {release}")
    return [
        {
            "name": "offline cycle, CPU seconds",
            "length_s": length_s,
            "value": round(cpu, 1),
            "target": CPU_TARGET_S,
            "met": cpu <= CPU_TARGET_S,
        },
        {
            "name": "offline cycle, CPU seconds a second of track",
            "value": round(cpu / length_s, 2),
            "target": round(CPU_TARGET_S / LENGTH_S, 2),
        },
        {
            "name": "engine memory while rendering, MB",
            **peak.figures(),
            "target": MEMORY_TARGET_MB,
            "met": peak.figures()["value"] <= MEMORY_TARGET_MB,
        },
    ]


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class _Peak:
    """Looks at the process tree a few times a second; shared pages count once (PSS)."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._engine = 0
        self._with_ffmpeg = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def figures(self) -> dict[str, int]:
        """`value` is the engine with its render child; ffmpeg stands beside it."""
        return {"value": self._engine // 1024, "with_ffmpeg": self._with_ffmpeg // 1024}

    def _watch(self) -> None:
        while Path(f"/proc/{self._root}").exists():
            sizes = [(_command(pid), pss_kb(pid)) for pid in _tree(self._root)]
            engine = sum(size for command, size in sizes if "engine" in command)
            ffmpeg = sum(size for command, size in sizes if "ffmpeg" in command.split("\0")[0])
            self._engine = max(self._engine, engine)
            self._with_ffmpeg = max(self._with_ffmpeg, engine + ffmpeg)
            time.sleep(0.25)


def _tree(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in (path.name for path in Path("/proc").iterdir()):
        if entry.isdigit():
            try:
                parent = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry))
    found, queue = [], [root]
    while queue:
        found.append(queue.pop())
        queue += parents.get(found[-1], [])
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


if __name__ == "__main__":
    for figure in run(int(sys.argv[1]) if len(sys.argv) > 1 else LENGTH_S):
        print(json.dumps(figure))
