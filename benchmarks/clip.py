"""A clip's cost: the whole render, lettering and sound included, over x264 alone fed with the same finished frames.

The floor is x264 at the clip's own preset, reading the clip's full-size raw frames from a file. Every step runs in a
process of its own, so that its CPU and its memory are its own.
"""

from __future__ import annotations

import json
import pickle
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

LENGTH_S = 20
RATIO_TARGET = 1.5
MEMORY_TARGET_MB = 200


def run(length_s: int = LENGTH_S) -> list[dict[str, Any]]:
    """CPU of the render over CPU of the encoder alone, and the peak memory of Python and of ffmpeg."""
    with tempfile.TemporaryDirectory(prefix="noktvrn-bench-") as folder:
        _child("track", folder, length_s)
        _child("frames", folder, length_s)
        floor = _child("floor", folder, length_s)
        render = _child("render", folder, length_s)
    ratio = (render["self_cpu_s"] + render["ffmpeg_cpu_s"]) / floor["ffmpeg_cpu_s"]
    return [
        {
            "name": "clip render over x264 alone, CPU",
            "value": round(ratio, 2),
            "target": RATIO_TARGET,
            "met": ratio <= RATIO_TARGET,
            "python_cpu_s": render["self_cpu_s"],
            "ffmpeg_cpu_s": render["ffmpeg_cpu_s"],
            "floor_cpu_s": floor["ffmpeg_cpu_s"],
            "length_s": length_s,
            "preset": "veryfast",
        },
        {
            "name": "clip render memory, MB",
            "value": render["self_mb"],
            "target": MEMORY_TARGET_MB,
            "met": render["self_mb"] <= MEMORY_TARGET_MB,
            "ffmpeg_mb": render["ffmpeg_mb"],
        },
    ]


def _child(step: str, folder: str, length_s: int) -> dict[str, Any]:
    """Runs one step in a fresh interpreter; what it used, as it says itself."""
    command = [sys.executable, "-m", "benchmarks.clip", step, folder, str(length_s)]
    done = subprocess.run(command, check=True, capture_output=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _silent(*_: object) -> None:
    pass


def _track(folder: Path, length_s: int) -> None:
    """A real track from the studio, with lyrics."""
    from engine.domain.song import Lyrics, LyricSection, MusicBrief, SectionKind
    from engine.music.studio.track import make_track

    verse = ("I left the lights on in the harbour", "so you would find the road again")
    chorus = ("and every window in the city", "is burning slowly in the rain")
    lyrics = Lyrics("en", (LyricSection(SectionKind.VERSE, verse), LyricSection(SectionKind.CHORUS, chorus)))
    brief = MusicBrief(
        title="Neon Over the Harbour",
        genre="synthwave",
        subgenre="outrun",
        mood="wistful",
        energy=0.6,
        tempo_bpm=104,
        key="A minor",
        duration_s=float(length_s),
        lyrics=lyrics,
        seed=7,
    )
    made = make_track(brief, folder / "track.wav", progress=_silent)
    (folder / "timeline").write_bytes(pickle.dumps(made.timeline))


def _brief(folder: Path) -> Any:
    from engine.domain.persona import Palette, VisualIdentity
    from engine.visuals.brief import ClipBrief

    look = VisualIdentity(Palette("#10122b", "#5b2a86", "#ff5d8f", "#ffe8c9"), ("city", "sea", "neon"), "a lit window")
    timeline = pickle.loads((folder / "timeline").read_bytes())
    return ClipBrief("Neon Over the Harbour", "Vesper Lane", look, "synthwave", "wistful", 0.6, 7, timeline)


def _frames(folder: Path, _length_s: int) -> None:
    """The clip's finished frames, lettering on them, before the encoder."""
    from engine.media import ffmpeg
    from engine.visuals import clip, graph

    brief, wav = _brief(folder), folder / "track.wav"
    ready = clip.prepare(brief, wav, folder)
    raw = ("-c:v", "rawvideo", "-an", "-f", "nut")
    arguments = graph.arguments(
        brief, wav, folder / "frames.nut", ready.lettering, reel=ready.reel, work=folder, video=raw
    )
    ffmpeg.run(arguments, feed=clip.feed(ready.reel, _silent))


def _floor(folder: Path, _length_s: int) -> None:
    """x264 alone."""
    from engine.media import ffmpeg
    from engine.visuals import graph

    encoder = [*graph.X264, "-pix_fmt", "yuv420p", "-g", str(graph.KEYFRAME_SECONDS * 30)]
    ffmpeg.run(["-i", str(folder / "frames.nut"), *encoder, str(folder / "floor.mp4")])


def _render(folder: Path, _length_s: int) -> None:
    """The clip as the pipeline renders it."""
    from engine.visuals.clip import render_clip

    brief = _brief(folder)
    render_clip(brief, folder / "track.wav", folder / "clip.mp4", work=folder / "work", progress=_silent)


_STEPS: dict[str, Callable[[Path, int], None]] = {
    "track": _track,
    "frames": _frames,
    "floor": _floor,
    "render": _render,
}


def _step(name: str, folder: str, length_s: str) -> None:
    _STEPS[name](Path(folder), int(length_s))
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        "self_cpu_s": round(own.ru_utime + own.ru_stime, 2),
        "ffmpeg_cpu_s": round(children.ru_utime + children.ru_stime, 2),
        "self_mb": own.ru_maxrss // 1024,
        "ffmpeg_mb": children.ru_maxrss // 1024,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] in _STEPS:
        _step(*sys.argv[1:])
    else:
        for figure in run(int(sys.argv[1]) if len(sys.argv) > 1 else LENGTH_S):
            print(json.dumps(figure))
