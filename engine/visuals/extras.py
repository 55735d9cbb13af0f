"""The further videos of a release: the clip in 9:16 and 1:1, a teaser on the chorus, a canvas loop.

One square picture is drawn for each frame and cut to both shapes in one ffmpeg pass; sound is copied from the reviewed
clip. For the teaser see `engine.visuals.teaser`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.domain.clips import EXTRAS
from engine.domain.errors import CheckFailed
from engine.media import ffmpeg, measure
from engine.media.encoders import X264, Encoder
from engine.safety.files import private_folder
from engine.visuals import aspects, clip, footage, graph, spans, teaser
from engine.visuals.brief import ClipBrief, ExtraFacts
from engine.visuals.colour import Colours
from engine.visuals.shots import Shot

_TALL, _SQUARE, _TEASER, _CANVAS = EXTRAS
_ASPECTS = {_TALL: aspects.TALL, _SQUARE: aspects.SQUARE}
_DRAWN, _SHOWN, _MOST_DRAWN = 8, 15, 480
"""The square picture has eight fifteenths of a clip's height, 480 pixels at the most."""
_CANVAS_SHORT = 576
"""576x1024: 9:16 in whole pixels, between the 720 and 1080 pixels of height that Spotify's canvas may have."""
_LOOP_FADE_S = 0.8
_PASS_SHARE, _CANVAS_SHARE = 0.9, 0.96


@dataclass(frozen=True, slots=True)
class _Job:
    """What every part works with."""

    brief: ClipBrief
    wav: Path
    reviewed: Path
    folder: Path
    work: Path
    reel: footage.Reel
    encoder: Encoder

    def path(self, name: str) -> Path:
        """Where the video of this name goes."""
        return self.folder / f"{name}.mp4"


def render_extras(
    brief: ClipBrief,
    wav: Path,
    reviewed: Path,
    folder: Path,
    *,
    wanted: Sequence[str] = EXTRAS,
    work: Path,
    progress: Callable[[float], None],
    encoder: Encoder = X264,
    peak_dbtp: float | None = None,
) -> dict[str, ExtraFacts]:
    """Writes the `wanted` names of `EXTRAS` as `<name>.mp4` to `folder`. `brief` is that of the `reviewed` 16:9 clip,
    `peak_dbtp` the true peak of its sound, which is measured where it is not known.

    They show generated scenes alone: stock video is wide, and is there for a day only. Temporary files lie in a
    folder of their own in `work`, removed at the end. `progress` as in `render_clip`. Raises MediaError, CheckFailed or
    DiskFull.
    """
    private_folder(work)
    own = Path(tempfile.mkdtemp(prefix="extras-", dir=work))
    try:
        job = _prepared(brief, wav, reviewed, folder, own, encoder)
        shapes = tuple(name for name in _ASPECTS if name in wanted or (name == _TALL and _TEASER in wanted))
        lettering = {name: _letter(job, name) for name in shapes}
        teased = _teaser(job, lettering[_TALL]) if _TEASER in wanted else None
        if shapes:
            _render_shapes(job, lettering, {_TALL: teased.keyframes if teased else ()}, progress)
        progress(_PASS_SHARE)
        if shapes and peak_dbtp is None:
            peak_dbtp = measure.loudness(reviewed).true_peak_dbtp
        found = {name: _facts(job, name, spans.Span(0, job.reel.frames), peak_dbtp) for name in shapes}
        if _CANVAS in wanted:
            found[_CANVAS] = _facts(job, _CANVAS, _render_canvas(job), None)
        progress(_CANVAS_SHARE)
        if teased is not None:
            found[_TEASER] = _facts(job, _TEASER, teased.span, _render_teaser(job, teased, lettering[_TALL]))
        progress(1.0)
        return {name: found[name] for name in EXTRAS if name in wanted}
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _prepared(brief: ClipBrief, wav: Path, reviewed: Path, folder: Path, work: Path, encoder: Encoder) -> _Job:
    clip.checked(brief)
    frames = max(1, round(measure.probe(wav).duration_s * brief.fps))
    side = min(_MOST_DRAWN, brief.height * _DRAWN // _SHOWN)
    reel = clip.reel_of(brief, wav, frames, Colours.of(brief.visual_identity.palette))
    reel = replace(reel, width=side, height=side, half=aspects.TALL.ratio)
    return _Job(brief, wav, reviewed, folder, work, reel, encoder)


def _letter(job: _Job, name: str) -> graph.Lettering:
    """Draws the lettering of a shape into a folder of its own."""
    private_folder(job.work / name)
    size = _ASPECTS[name].size(job.brief.height)
    return clip.letter(job.brief, size, job.reel.frames, job.work / name)


def _teaser(job: _Job, lettering: graph.Lettering) -> teaser.Plan:
    span = spans.teaser(job.brief.timeline, frames=job.reel.frames, fps=job.brief.fps)
    return teaser.plan(job.brief, span, lettering.cards, job.encoder, job.work)


def _render_teaser(job: _Job, plan: teaser.Plan, lettering: graph.Lettering) -> float:
    tall = teaser.Tall(job.path(_TALL), lettering, job.work / _TALL)
    out = job.path(_TEASER)
    return teaser.render(plan, job.brief, job.wav, tall, out, reel=job.reel, encoder=job.encoder, work=job.work)


def _render_shapes(
    job: _Job,
    lettering: Mapping[str, graph.Lettering],
    keyframes: Mapping[str, Sequence[int]],
    progress: Callable[[float], None],
) -> None:
    """All shapes in one pass; every picture is drawn, and goes to ffmpeg, once."""
    brief, reel = job.brief, job.reel
    inputs = [*graph.PLAIN, *job.encoder.device, *graph.raw_input((reel.width, reel.height), brief.fps)]
    inputs += ["-i", str(job.reviewed)]
    chains = [f"[0:v]split={len(lettering)}" + "".join(f"[s{place}]" for place in range(len(lettering)))]
    outputs: list[str] = []
    for place, (name, letters) in enumerate(lettering.items()):
        aspect = _ASPECTS[name]
        enlarged = graph.cut(reel.width, aspect.ratio) + graph.enlarged(aspect.size(brief.height))
        chains.append(f"[s{place}]{enlarged}[b{place}]")
        more, laid, label = graph.lettered(
            letters, f"b{place}", first=inputs.count("-i"), frames=reel.frames, fps=brief.fps, work=job.work / name
        )
        inputs, chains = [*inputs, *more], [*chains, *laid]
        outputs += _output(job, name, label, chains, keyframes.get(name, ()))
    arguments = [*inputs, "-filter_complex", ";".join(chains), *outputs]
    ffmpeg.run(arguments, feed=clip.feed(reel, lambda share: progress(share * _PASS_SHARE)))


def _output(job: _Job, name: str, label: str, chains: list[str], keyframes: Sequence[int]) -> list[str]:
    """One file of the pass. Where the encoder takes its pictures elsewhere, a chain brings them there."""
    if job.encoder.upload:
        chains.append(f"[{label}]{job.encoder.upload}[up{name}]")
        label = f"up{name}"
    within = [frame for frame in keyframes if 0 < frame < job.reel.frames]
    return [
        *("-map", f"[{label}]", "-map", "1:a:0", *graph.picture(job.encoder, job.brief.fps, within)),
        *("-c:a", "copy", "-frames:v", str(job.reel.frames), *graph.MP4, str(job.path(name))),
    ]


def _render_canvas(job: _Job) -> spans.Span:
    """One scene of the chorus that goes round; no cut, no letters, no sound."""
    reel, fps = job.reel, job.brief.fps
    size = aspects.TALL.size(min(_CANVAS_SHORT, job.brief.height))
    reel = replace(reel, width=round(reel.height * aspects.TALL.ratio))
    fade = max(1, min(round(_LOOP_FADE_S * fps), reel.frames // 4))
    span = spans.canvas(job.brief.timeline, frames=reel.frames, fps=fps, fade=fade)
    upload = f",{job.encoder.upload}" if job.encoder.upload else ""
    ffmpeg.run(
        [
            *(*graph.PLAIN, *job.encoder.device, *graph.raw_input((reel.width, reel.height), fps)),
            *("-filter_complex", f"[0:v]{graph.enlarged(size)}{upload}[v]", "-map", "[v]"),
            *(*graph.picture(job.encoder, fps), "-frames:v", str(span.frames), *graph.MP4, str(job.path(_CANVAS))),
        ],
        feed=_loop(reel, span, fade),
    )
    return span


def _loop(reel: footage.Reel, span: spans.Span, fade: int) -> Iterator[memoryview]:
    fade = max(0, min(fade, reel.frames - span.last))
    for frame in footage.loop(reel, _shot_at(reel.shots, span.first), span.first, span.frames, fade):
        yield frame.data


def _shot_at(shots: Sequence[Shot], frame: int) -> Shot:
    return next((shot for shot in shots if shot.first <= frame < shot.last), shots[-1])


def _facts(job: _Job, name: str, span: spans.Span, peak: float | None) -> ExtraFacts:
    """Measured in the finished file; raises CheckFailed where it is not what was asked for."""
    path, fps = job.path(name), job.brief.fps
    stream = measure.probe(path)
    planned = span.frames / fps
    if stream.width * 16 != stream.height * 9 and name != _SQUARE:
        raise CheckFailed(f"{path.name} is {stream.width}x{stream.height}, which is not 9:16.")
    if abs(stream.duration_s - planned) > 1.5 / fps + 0.03:
        raise CheckFailed(f"{path.name} lasts {stream.duration_s:.2f} s in place of {planned:.2f} s.")
    if bool(stream.audio_codec) != (peak is not None):
        raise CheckFailed(f"{path.name} has {'a' if stream.audio_codec else 'no'} sound.")
    return ExtraFacts(
        name=name,
        start_s=span.first / fps,
        duration_s=stream.duration_s,
        frames=span.frames,
        width=stream.width,
        height=stream.height,
        fps=fps,
        bytes=path.stat().st_size,
        true_peak_dbtp=peak,
    )


def told(facts: Mapping[str, ExtraFacts]) -> str:
    """One line for a log."""
    return ", ".join(f"{name} {one.width}x{one.height} {one.duration_s:.1f} s" for name, one in facts.items())
