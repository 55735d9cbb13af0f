"""Packaging an approved track of three minutes, without rendering: CPU seconds of this process and of its ffmpeg.

The clip is a test picture: packaging copies its packets and reads none of its pictures. Run it on a quiet machine.
"""

from __future__ import annotations

import json
import pickle
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

LENGTH_S = 180
TARGET_CPU_S = 10.0


def run(length_s: int = LENGTH_S) -> list[dict[str, Any]]:
    """One figure: what the whole of `build_package` takes, its own verification included."""
    with tempfile.TemporaryDirectory(prefix="noktvrn-bench-") as folder:
        _child("artefacts", folder, length_s)
        cost = _child("build", folder, length_s)
    spent = round(cost["self_cpu_s"] + cost["ffmpeg_cpu_s"], 2)
    return [
        {
            "name": "package an approved track without rendering, CPU seconds",
            "value": spent,
            "target": TARGET_CPU_S,
            "met": spent <= TARGET_CPU_S,
            "length_s": length_s,
            **cost,
        }
    ]


def _child(step: str, folder: str, length_s: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.package", step, folder, str(length_s)]
    done = subprocess.run(command, check=True, capture_output=True)
    cost: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return cost


def _artefacts(folder: Path, length_s: int) -> None:
    """A track of the studio with its timeline, a cover and a clip."""
    from benchmarks import clip as clips
    from engine.media import ffmpeg
    from engine.visuals.brief import CoverBrief
    from engine.visuals.cover import draw_cover

    clips.write_track(folder, length_s)
    brief = clips.brief_of(folder)
    draw_cover(
        CoverBrief(brief.title, brief.artist, brief.visual_identity, brief.genre, brief.mood, brief.energy, brief.seed),
        folder / "cover.jpg",
    )
    picture = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30", "-i", str(folder / "track.wav"))
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "3M", "-pix_fmt", "yuv420p", "-c:a", "aac")
    ffmpeg.run([*picture, "-map", "0:v", "-map", "1:a", "-shortest", *coded, str(folder / "clip.mp4")])


def _request(folder: Path, length_s: int) -> Any:
    from engine.domain.media import TrackFacts
    from engine.domain.runs import Actor, ActorKind, Channel
    from engine.domain.song import Concept, Lyrics, LyricSection, SectionKind
    from engine.media import measure
    from engine.release import request as release
    from engine.safety.files import sha256

    at = datetime(2031, 5, 4, 10, 20, 30, tzinfo=UTC)
    timeline = pickle.loads((folder / "timeline").read_bytes())
    words = tuple(cue.text for cue in timeline.cues)
    loudness = measure.loudness(folder / "track.wav")
    facts = TrackFacts(length_s, 44_100, 2, loudness, 104.0, 0.9, 1800.0, 0.3, 0.0, 0.1, 0, 0.4, 4.0, (0.5,) * 240)
    files = {name: release.SourceFile(folder / name, sha256(folder / name)) for name in _FILES}
    return release.PackageRequest(
        release_id="p-7k3f9qx2mt",
        run_id="r-2m4n6p8q0s",
        revision="5e" * 32,
        label="Bench",
        artist_id="a-1b2c3d4e5f",
        artist="Vesper Lane",
        title="Neon Over the Harbour",
        genre="Synthwave",
        subgenre="outrun",
        created_at=at,
        release_date=date(2031, 5, 4),
        language="en",
        explicit=False,
        concept=Concept("Neon Over the Harbour", "A drive.", "wistful", ("night",), 0.6, 104, "A minor"),
        lyrics=Lyrics("en", (LyricSection(SectionKind.VERSE, words),)),
        timeline=timeline,
        facts=facts,
        master=files["track.wav"],
        cover=files["cover.jpg"],
        clip=files["clip.mp4"],
        seed=7,
        decision=release.Decision(Actor(ActorKind.OPERATOR, Channel.CONSOLE, "kim"), at),
        tools={name: release.Tool(name, "1", "MIT") for name in ("writer", "studio", "visuals", "ffmpeg")},
    )


_FILES = ("track.wav", "cover.jpg", "clip.mp4")


def _cpu() -> tuple[float, float]:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime


def _step(name: str, folder: str, length_s: str) -> None:
    """One step in this process. Measuring the master beforehand is the pipeline's analysis, and not counted."""
    if name == "artefacts":
        _artefacts(Path(folder), int(length_s))
        print(json.dumps({}))
        return
    from engine.release.package import build_package

    request = _request(Path(folder), int(length_s))
    before = _cpu()
    build_package(request, Path(folder) / "releases", progress=lambda _share, _what: None)
    after = _cpu()
    print(json.dumps({"self_cpu_s": round(after[0] - before[0], 2), "ffmpeg_cpu_s": round(after[1] - before[1], 2)}))


if __name__ == "__main__":
    _step(*sys.argv[1:])
