"""What clips cost, as ratios within one run: over x264 alone, against MoviePy, further formats over the 16:9 clip.

The floor is x264 at the clip's own preset, fed the clip's finished raw frames through a pipe; only the encoder's
process counts. MoviePy makes the same clip from the same small frames and the same lettering. Every step runs in a
process of its own, so that its CPU and its memory are its own.

`python -m benchmarks.clip [SECONDS [720] [1080]]`: both sizes at full length unless told. MoviePy's cost by the
second does not depend on the length: it makes MOVIEPY_S of a longer clip.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

FULL_S, SHORT_S = 150, 20
MOVIEPY_S = 150
FLOOR_TARGET, MOVIEPY_TARGET, FORMATS_TARGET, MEMORY_TARGET = 1.2, 2.5, 2.7, 2.0


def run(length_s: int = SHORT_S, heights: Sequence[int] = (720,)) -> list[dict[str, Any]]:
    """The figures for each height."""
    return [figure for height in heights for figure in _figures(length_s, height)]


def _figures(length_s: int, height: int) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="noktvrn-bench-") as folder:
        used = {
            step: _child(step, folder, length_s, height)
            for step in ("track", "floor", "render", "extras", "canvas", "moviepy")
        }
    about = {"height": height, "length_s": length_s}
    render, floor, extras, other = (used[step] for step in ("render", "floor", "extras", "moviepy"))
    ratio = _cpu(render) / _cpu(floor)
    yield _line("clip render over x264 alone, CPU", ratio, FLOOR_TARGET, ratio <= FLOOR_TARGET, about) | {
        "python_cpu_s": render["self_cpu_s"],
        "ffmpeg_cpu_s": render["ffmpeg_cpu_s"],
        "floor_cpu_s": _cpu(floor),
        "preset": "veryfast",
    }
    ratio = _cpu(other) / min(MOVIEPY_S, length_s) / (_cpu(render) / length_s)
    yield _line("MoviePy over clip render, CPU", ratio, MOVIEPY_TARGET, ratio >= MOVIEPY_TARGET, about) | {
        "moviepy_cpu_s": _cpu(other),
        "moviepy_length_s": min(MOVIEPY_S, length_s),
    }
    ratio = _mb(other) / _mb(render)
    yield _line("MoviePy over clip render, memory", ratio, MOVIEPY_TARGET, ratio >= MOVIEPY_TARGET, about) | {
        "moviepy_mb": _mb(other),
        "python_mb": render["self_mb"],
        "ffmpeg_mb": render["ffmpeg_mb"],
    }
    ratio = 1 + _cpu(extras) / _cpu(render)
    name = "16:9, 9:16, 1:1 and teaser over the 16:9 clip, CPU"
    yield _line(name, ratio, FORMATS_TARGET, ratio <= FORMATS_TARGET, about) | {
        "extras_cpu_s": _cpu(extras),
        "python_cpu_s": extras["self_cpu_s"],
        "canvas_cpu_s": _cpu(used["canvas"]),
    }
    ratio = _mb(extras) / _mb(render)
    yield _line("further formats over the 16:9 clip, memory", ratio, MEMORY_TARGET, ratio <= MEMORY_TARGET, about) | {
        "python_mb": extras["self_mb"],
        "ffmpeg_mb": extras["ffmpeg_mb"],
    }


def _line(name: str, value: float, target: float, met: bool, about: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "value": round(value, 2), "target": target, "met": met, **about}


def _cpu(used: dict[str, Any]) -> float:
    return float(round(used["self_cpu_s"] + used["ffmpeg_cpu_s"], 2))


def _mb(used: dict[str, Any]) -> int:
    return int(used["self_mb"] + used["ffmpeg_mb"])


def _child(step: str, folder: str, length_s: int, height: int) -> dict[str, Any]:
    """Runs one step in a fresh interpreter; what it used, as it says itself."""
    command = [sys.executable, "-m", "benchmarks.clip", step, folder, str(length_s), str(height)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _silent(*_: object) -> None:
    pass


def write_track(folder: Path, length_s: int, _height: int = 720) -> None:
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


def brief_of(folder: Path, height: int = 720) -> Any:
    """The clip of the track in `folder`, 16:9 of `height` pixels."""
    from engine.domain.persona import Palette, VisualIdentity
    from engine.visuals.brief import ClipBrief

    look = VisualIdentity(Palette("#10122b", "#5b2a86", "#ff5d8f", "#ffe8c9"), ("city", "sea", "neon"), "a lit window")
    timeline = pickle.loads((folder / "timeline").read_bytes())
    return ClipBrief(
        "Neon Over the Harbour", "Vesper Lane", look, "synthwave", "wistful", 0.6, 7, timeline, height * 16 // 9, height
    )


def _floor(folder: Path, _length_s: int, height: int) -> dict[str, Any]:
    """x264 alone: what its own process used. The process that makes the frames for it is not counted."""
    from engine.media import ffmpeg
    from engine.media.encoders import X264, Encoder
    from engine.visuals import clip, graph

    brief, wav = brief_of(folder, height), folder / "track.wav"
    ready = clip.prepare(brief, wav, folder)
    raw = Encoder("raw", ("-c:v", "rawvideo", "-an", "-f", "nut"))
    pipe = folder / "frames"
    os.mkfifo(pipe)
    encode = ["-y", "-v", "error", "-f", "nut", "-i", str(pipe), *graph.picture(X264, brief.fps)]
    child = subprocess.Popen([ffmpeg.executable(), *encode, str(folder / "floor.mp4")], stdin=subprocess.DEVNULL)
    ffmpeg.run(
        graph.arguments(brief, wav, pipe, ready.lettering, reel=ready.reel, work=folder, encoder=raw),
        feed=clip.feed(ready.reel, _silent),
    )
    _, code, used = os.wait4(child.pid, 0)
    child.returncode = code
    if code:
        raise SystemExit(f"the floor's encoder ended with {code}")
    return {
        "self_cpu_s": 0.0,
        "ffmpeg_cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "self_mb": 0,
        "ffmpeg_mb": used.ru_maxrss // 1024,
    }


def _render(folder: Path, _length_s: int, height: int) -> None:
    """The clip as the pipeline renders it."""
    from engine.visuals.clip import render_clip

    brief = brief_of(folder, height)
    facts = render_clip(brief, folder / "track.wav", folder / "clip.mp4", work=folder / "work", progress=_silent)
    (folder / "peak").write_text(str(facts.true_peak_dbtp), encoding="ascii")  # kept with the clip


def _extras(folder: Path, _length_s: int, height: int) -> None:
    """9:16, 1:1 and teaser as the pipeline renders them."""
    _further(folder, height, ("clip-9x16", "clip-1x1", "teaser"))


def _canvas(folder: Path, _length_s: int, height: int) -> None:
    """The canvas alone."""
    _further(folder, height, ("canvas",))


def _further(folder: Path, height: int, wanted: Sequence[str]) -> None:
    from engine.visuals.extras import render_extras

    brief, clip = brief_of(folder, height), folder / "clip.mp4"
    peak = float((folder / "peak").read_text("ascii"))
    track, work = folder / "track.wav", folder / "work"
    render_extras(brief, track, clip, folder, wanted=wanted, work=work, progress=_silent, peak_dbtp=peak)


def _moviepy(folder: Path, length_s: int, height: int) -> None:
    """The same clip by MoviePy: the same small frames, enlarged by it, and the same lettering, laid over by it."""
    from moviepy import AudioFileClip, CompositeVideoClip, ImageClip, VideoClip, vfx

    from engine.visuals import clip, footage

    seconds = min(MOVIEPY_S, length_s)
    brief = brief_of(folder, height)
    ready = clip.prepare(brief, folder / "track.wav", folder)
    small = footage.frames(ready.reel)
    shown: dict[int, Any] = {}

    def frame(at: float) -> Any:
        index = round(at * brief.fps)
        while index not in shown:
            shown.clear()
            picture = next(small)
            shown[frame.count] = picture.view("uint8").reshape(*picture.shape, 4)[:, :, :3]  # type: ignore[attr-defined]
            frame.count += 1  # type: ignore[attr-defined]
        return shown[index]

    frame.count = 0  # type: ignore[attr-defined]
    layers = [VideoClip(frame, duration=seconds).resized((brief.width, brief.height))]
    for card in ready.lettering.cards:
        fade = card.fade / brief.fps
        layers.append(
            ImageClip(str(card.path))
            .with_start(card.first / brief.fps)
            .with_duration((card.last - card.first) / brief.fps)
            .with_position((card.x, card.y))
            .with_effects([vfx.CrossFadeIn(fade), vfx.CrossFadeOut(fade)])
        )
    strip = ready.lettering.strip
    stills = strip.stills if strip else ()
    for still, after in pairwise(stills):
        if strip and still.opacity > 0:
            layers.append(
                ImageClip(str(still.path))
                .with_start(still.frame / brief.fps)
                .with_duration((after.frame - still.frame) / brief.fps)
                .with_position((strip.x, strip.y))
                .with_opacity(still.opacity)
            )
    whole = CompositeVideoClip(layers).with_duration(seconds)
    whole.with_audio(AudioFileClip(str(folder / "track.wav")).subclipped(0, seconds)).write_videofile(
        str(folder / "moviepy.mp4"),
        fps=brief.fps,
        preset="veryfast",
        threads=2,
        audio_codec="aac",
        audio_bitrate="192k",
        temp_audiofile_path=str(folder),
        ffmpeg_params=["-crf", "21", "-aq-mode", "3"],
        logger=None,
    )


_STEPS: dict[str, Callable[[Path, int, int], dict[str, Any] | None]] = {
    "track": write_track,
    "floor": _floor,
    "render": _render,
    "extras": _extras,
    "canvas": _canvas,
    "moviepy": _moviepy,
}


def _step(name: str, folder: str, length_s: str, height: str) -> None:
    figures = _STEPS[name](Path(folder), int(length_s), int(height))
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = figures or {
        "self_cpu_s": round(own.ru_utime + own.ru_stime, 2),
        "ffmpeg_cpu_s": round(children.ru_utime + children.ru_stime, 2),
        "self_mb": own.ru_maxrss // 1024,
        "ffmpeg_mb": children.ru_maxrss // 1024,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] in _STEPS:
        _step(*sys.argv[1:])
    else:
        length = int(sys.argv[1]) if len(sys.argv) > 1 else FULL_S
        for figure in run(length, [int(size) for size in sys.argv[2:]] or (720, 1080)):
            print(json.dumps(figure), flush=True)
