"""Clips: generated scenes that follow the music, with title and lyrics, written by one ffmpeg pass.

Python draws small frames; ffmpeg enlarges them, lays the lettering over them, encodes picture and sound.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.domain.errors import CheckFailed, MediaError
from engine.media import ffmpeg, measure
from engine.safety.files import private_folder, whole_file
from engine.visuals import casting, footage, graph, overlays, shots
from engine.visuals.brief import ClipBrief, ClipFacts
from engine.visuals.colour import Colours, adjust
from engine.visuals.envelope import read_envelope

_DRAWN, _SHOWN = 3, 8
"""Frames are drawn at three eighths of the clip's width and height; ffmpeg enlarges them."""
_CALM_GENRES = frozenset({"ambient", "lofi", "folk"})
_REPORT_EVERY = 15


def render_clip(brief: ClipBrief, wav: Path, out: Path, *, work: Path, progress: Callable[[float], None]) -> ClipFacts:
    """Renders the clip for the whole track `wav` and writes it to `out` (H.264 and AAC in MP4).

    `work` takes temporary pictures, removed at the end. `progress` gets shares 0..1 in the calling thread; what it
    raises stops the render and leaves nothing behind. Raises MediaError, CheckFailed, FileProblem or DiskFull.
    """
    _checked(brief)
    duration = measure.probe(wav).duration_s
    frames = max(1, round(duration * brief.fps))
    colours = Colours.of(brief.visual_identity.palette)
    private_folder(work)
    before = set(work.iterdir())
    try:
        reel = _reel(brief, wav, frames, colours)
        lettering = _lettering(brief, colours, frames / brief.fps, work)
        with whole_file(out) as part:
            arguments = graph.arguments(
                brief, wav, part, lettering, small=(reel.width, reel.height), frames=frames, work=work
            )
            ffmpeg.run(arguments, feed=_feed(reel, progress))
            return _facts(brief, part, reel, lettering, out.name)
    finally:
        for path in set(work.iterdir()) - before:
            path.unlink(missing_ok=True)


def _checked(brief: ClipBrief) -> None:
    step = 2 * _SHOWN
    if brief.width % step or brief.height % step or brief.width < 64 or brief.height < 64:
        raise MediaError(f"A clip of {brief.width}x{brief.height} cannot be made.", fix=f"Use multiples of {step}.")
    if not 1 <= brief.fps <= 60:
        raise MediaError(f"A clip of {brief.fps} frames a second cannot be made.", fix="Use 1 to 60.")


def _reel(brief: ClipBrief, wav: Path, frames: int, colours: Colours) -> footage.Reel:
    calm = brief.genre in _CALM_GENRES
    habit = (zlib.crc32(brief.artist.encode("utf-8", "replace")) % 1000) / 999
    return footage.Reel(
        width=brief.width * _DRAWN // _SHOWN,
        height=brief.height * _DRAWN // _SHOWN,
        fps=brief.fps,
        frames=frames,
        timeline=brief.timeline,
        envelope=read_envelope(wav, frames, brief.fps),
        shots=shots.plan(brief.timeline, casting.cast(brief), frames=frames, fps=brief.fps, calm=calm, seed=brief.seed),
        colours=colours,
        habit=habit,
    )


def _lettering(brief: ClipBrief, colours: Colours, duration: float, work: Path) -> graph.Lettering:
    dark, _, _, light = colours.by_light()
    ink = overlays.Ink(light, adjust(dark, light=0.5), "syne", upper=True)
    size = (brief.width, brief.height)
    return graph.Lettering(
        overlays.draw_cards(brief.title, brief.artist, ink, size, duration, work),
        overlays.draw_strip(brief.timeline.cues, ink, size, duration, work),
    )


def _feed(reel: footage.Reel, progress: Callable[[float], None]) -> Iterator[bytes]:
    for index, frame in enumerate(footage.frames(reel)):
        if index % _REPORT_EVERY == 0:
            progress(index / reel.frames)
        yield frame.tobytes()
    progress(1.0)


def _facts(brief: ClipBrief, part: Path, reel: footage.Reel, lettering: graph.Lettering, name: str) -> ClipFacts:
    """Measured in the finished file; raises CheckFailed where it is not what was asked for."""
    stream = measure.probe(part)
    if (stream.width, stream.height) != (brief.width, brief.height):
        raise CheckFailed(f"{name} is {stream.width}x{stream.height}, not {brief.width}x{brief.height}.")
    if abs(stream.duration_s - reel.frames / brief.fps) > 1.5 / brief.fps:
        raise CheckFailed(f"{name} lasts {stream.duration_s:.2f} s in place of {reel.frames / brief.fps:.2f} s.")
    loudness = measure.loudness(part)
    return ClipFacts(
        duration_s=stream.duration_s,
        frames=reel.frames,
        width=stream.width,
        height=stream.height,
        fps=brief.fps,
        scenes=tuple(dict.fromkeys(shot.scene for shot in reel.shots)),
        cuts=tuple(shot.first / brief.fps for shot in reel.shots),
        lyric_lines=len(lettering.strip.lines) if lettering.strip else 0,
        true_peak_dbtp=loudness.true_peak_dbtp,
        bytes=part.stat().st_size,
    )
