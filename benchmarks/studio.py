"""The studio's cost: composing, playing and mastering a track, as a ratio of real time on one core.

CPU seconds of a process of its own and of the ffmpeg children it waited for, so that a busy machine's waiting does not
count. What other work on the same cores takes away in cache and clock does: run it on a quiet machine.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LENGTH_S = 120
REALTIME_TARGET = 30.0
MEMORY_TARGET_MB = 350
GENRES = ("synthwave", "drum-and-bass", "indie-pop")

_VERSE = (
    "Neon rivers under empty bridges",
    "I keep a light on in the window",
    "Every street remembers how you left me",
    "and the radio is singing slow",
)
_CHORUS = (
    "Carry me home through the midnight glow",
    "carry me where the cold winds blow",
    "hold on, hold on, never let me go",
    "carry me home, carry me home",
)
_BRIDGE = ("If the morning finds us waiting", "let it find us wide awake")


def run(length_s: int = LENGTH_S) -> list[dict[str, Any]]:
    """Real-time factor and peak memory for three genres, each in a fresh process."""
    figures: list[dict[str, Any]] = []
    for genre in GENRES:
        cost = _child(genre, length_s)
        factor = length_s / (cost["self_cpu_s"] + cost["ffmpeg_cpu_s"])
        figures.append(
            {
                "name": f"compose, play and master {genre}, times real time on one core",
                "value": round(factor, 1),
                "target": REALTIME_TARGET,
                "met": factor >= REALTIME_TARGET,
                "length_s": length_s,
                **cost,
            }
        )
    peak = max(figure["peak_mb"] for figure in figures)
    figures.append(
        {
            "name": "studio peak memory, MB",
            "value": peak,
            "target": MEMORY_TARGET_MB,
            "met": peak < MEMORY_TARGET_MB,
        }
    )
    return figures


def _child(genre: str, length_s: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.studio", genre, str(length_s)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    cost: dict[str, float] = json.loads(done.stdout)
    return cost


def _measure(genre: str, length_s: int) -> dict[str, float]:
    """Makes one track in this process; its own start and imports are not counted, the work's late imports are."""
    from engine.domain.genres import GENRES as TABLE
    from engine.domain.song import Lyrics, LyricSection, MusicBrief, SectionKind
    from engine.music.studio.track import make_track

    kind = SectionKind
    order = (kind.VERSE, kind.CHORUS, kind.VERSE, kind.CHORUS, kind.BRIDGE, kind.CHORUS)
    words = {kind.VERSE: _VERSE, kind.CHORUS: _CHORUS, kind.BRIDGE: _BRIDGE}
    lyrics = Lyrics("en", tuple(LyricSection(one, words[one]) for one in order))
    found = TABLE[genre]
    tempo = (found.tempo_min + found.tempo_max) // 2
    brief = MusicBrief("Bench", genre, found.subgenres[0], "wistful", 0.6, tempo, "A minor", length_s, lyrics, 7)
    before = _cpu()
    with tempfile.TemporaryDirectory(prefix="noktvrn-bench-") as folder:
        make_track(brief, Path(folder) / "track.wav", progress=lambda _share, _what: None)
    after = _cpu()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "self_cpu_s": round(after[0] - before[0], 2),
        "ffmpeg_cpu_s": round(after[1] - before[1], 2),
        "peak_mb": round(peak, 1),
    }


def _cpu() -> tuple[float, float]:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime


def main(arguments: list[str]) -> None:
    """Without arguments: the benchmark. With GENRE SECONDS: one measured track."""
    if arguments:
        print(json.dumps(_measure(arguments[0], int(arguments[1]))))
        return
    for figure in run():
        print(json.dumps({"benchmark": "studio", **figure}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
