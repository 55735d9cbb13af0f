"""The further videos of a release: the clip in 9:16 and 1:1, a teaser on the chorus, a canvas loop.

One square picture is drawn for each frame and cut to both shapes in one ffmpeg pass; sound is copied from the reviewed
clip. The teaser's pictures are those of the 9:16 clip, with artist and title over the last ones.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.domain.clips import EXTRAS
from engine.domain.errors import CheckFailed
from engine.domain.gate import TARGET_LUFS
from engine.media import ffmpeg, measure
from engine.media.encoders import X264, Encoder
from engine.safety.files import private_folder
from engine.visuals import aspects, clip, footage, graph, overlays, spans
from engine.visuals.brief import ClipBrief, ExtraFacts
from engine.visuals.colour import Colours
from engine.visuals.shots import Shot

_TALL, _SQUARE, _TEASER, _CANVAS = EXTRAS
_ASPECTS = {_TALL: aspects.TALL, _SQUARE: aspects.SQUARE}
_DRAWN, _SHOWN, _MOST_DRAWN = 5, 9, 480
"""The square picture has five ninths of a clip's height, 480 pixels at the most."""
_CANVAS_SHORT = 576
"""576x1024: 9:16 in whole pixels, between the 720 and 1080 pixels of height that Spotify's canvas may have."""
_LOOP_FADE_S = 0.8
_FADE_IN_S, _FADE_OUT_S = 0.15, 1.2
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
    teaser: spans.Span

    def path(self, name: str) -> Path:
        """Where the video of this name goes."""
        return self.folder / f"{name}.mp4"

    @property
    def silent(self) -> Path:
        """The teaser's pictures without its sound."""
        return self.work / "teaser.mp4"


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
) -> dict[str, ExtraFacts]:
    """Writes the `wanted` names of `EXTRAS` as `<name>.mp4` to `folder`. `brief` is that of the `reviewed` 16:9 clip.

    They show generated scenes alone: stock video is wide, and is there for a day only. Temporary files lie in a
    folder of their own in `work`, removed at the end. `progress` as in `render_clip`. Raises MediaError, CheckFailed or
    DiskFull.
    """
    private_folder(work)
    own = Path(tempfile.mkdtemp(prefix="extras-", dir=work))
    try:
        job = _prepared(brief, wav, reviewed, folder, own, encoder)
        shapes = tuple(name for name in _ASPECTS if name in wanted or (name == _TALL and _TEASER in wanted))
        if shapes:
            _render_shapes(job, shapes, _TEASER in wanted, progress)
        progress(_PASS_SHARE)
        peak = measure.loudness(reviewed).true_peak_dbtp if shapes else None  # of the sound that was copied
        found = {name: _facts(job, name, spans.Span(0, job.reel.frames), peak) for name in shapes}
        if _CANVAS in wanted:
            found[_CANVAS] = _facts(job, _CANVAS, _render_canvas(job), None)
        progress(_CANVAS_SHARE)
        if _TEASER in wanted:
            found[_TEASER] = _facts(job, _TEASER, job.teaser, _render_teaser(job))
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
    teaser = spans.teaser(brief.timeline, frames=frames, fps=brief.fps)
    return _Job(brief, wav, reviewed, folder, work, reel, encoder, teaser)


def _render_shapes(job: _Job, names: Sequence[str], teaser: bool, progress: Callable[[float], None]) -> None:
    """All shapes in one pass, with the teaser's pictures; every picture is drawn, and goes to ffmpeg, once."""
    brief, reel = job.brief, job.reel
    inputs = [*graph.PLAIN, *job.encoder.device, *graph.raw_input((reel.width, reel.height), brief.fps)]
    inputs += ["-i", str(job.reviewed)]
    chains = [f"[0:v]split={len(names)}" + "".join(f"[s{place}]" for place in range(len(names)))]
    outputs: list[str] = []

    def lay(part: graph.Lettering, base: str, own: Path) -> str:
        more, laid, label = graph.lettered(
            part, base, first=inputs.count("-i"), frames=reel.frames, fps=brief.fps, work=own
        )
        inputs.extend(more)
        chains.extend(laid)
        return label

    for place, name in enumerate(names):
        size = _ASPECTS[name].size(brief.height)
        own = job.work / name
        private_folder(own)
        chains.append(f"[s{place}]{_cut(reel.width, _ASPECTS[name])}{graph.enlarged(size)}[b{place}]")
        lettering = clip.letter(brief, size, reel.frames, own)
        label = lay(graph.Lettering((), lettering.strip), f"b{place}", own)
        if teaser and name == _TALL:  # it has the words, and a card of its own
            card = _end_card(job, size)
            outputs += _teaser_pictures(job, label, card, inputs.count("-i"), chains)
            inputs += ["-i", str(card.path)] if card else []
            label = "whole"
        label = lay(graph.Lettering(lettering.cards, None), label, own)
        outputs += _output(job, name, label, chains)
    arguments = [*inputs, "-filter_complex", ";".join(chains), *outputs]
    ffmpeg.run(arguments, feed=clip.feed(reel, lambda share: progress(share * _PASS_SHARE)))


def _end_card(job: _Job, size: tuple[int, int]) -> overlays.Card | None:
    brief = job.brief
    ink = clip.ink_of(brief)
    return overlays.end_card(brief.title, brief.artist, ink, size, job.teaser.frames, brief.fps, job.work)


def _teaser_pictures(job: _Job, label: str, card: overlays.Card | None, source: int, chains: list[str]) -> list[str]:
    """The output for the teaser's pictures, without sound. Leaves the 9:16 pictures themselves as `whole`."""
    span, fps = job.teaser, job.brief.fps
    part = "part" if card else "teaser"
    chains.append(f"[{label}]split[whole][some]")
    chains.append(f"[some]trim=start_frame={span.first}:end_frame={span.last},setpts=PTS-STARTPTS[{part}]")
    if card:
        chains += graph.card_chain(card, source, part, "teaser", fps)
    final = _uploaded(job, "teaser", chains)
    return [
        *("-map", f"[{final}]", *graph.picture(job.encoder, fps)),
        *("-frames:v", str(span.frames), *graph.MP4, str(job.silent)),
    ]


def _uploaded(job: _Job, label: str, chains: list[str]) -> str:
    """The label of the same pictures where the encoder takes them."""
    if not job.encoder.upload:
        return label
    chains.append(f"[{label}]{job.encoder.upload}[up{label}]")
    return f"up{label}"


def _output(job: _Job, name: str, label: str, chains: list[str]) -> list[str]:
    final = _uploaded(job, label, chains)
    return [
        *("-map", f"[{final}]", "-map", "1:a:0", *graph.picture(job.encoder, job.brief.fps)),
        *("-c:a", "copy", "-frames:v", str(job.reel.frames), *graph.MP4, str(job.path(name))),
    ]


def _cut(side: int, aspect: aspects.Aspect) -> str:
    """The middle of the square picture, as wide as the shape is."""
    if aspect.ratio >= 1:
        return ""
    width = round(side * aspect.ratio)
    return f"crop={width}:{side}:{(side - width) // 2}:0,"


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


def _render_teaser(job: _Job) -> float:
    """The teaser's pictures with the master's sound, faded at both ends and as loud as a release; its true peak.

    The loudest part of a track is louder than the whole.
    """
    fps, span = job.brief.fps, job.teaser
    start, length = span.first / fps, span.frames / fps
    fade_out = min(_FADE_OUT_S, length / 4)
    faded = f"afade=t=in:st=0:d={_FADE_IN_S},afade=t=out:st={graph.seconds(length - fade_out)}:d={fade_out:.3f}"
    cut = ["-ss", f"{start:.6f}", "-t", f"{length:.6f}", "-i", str(job.wav)]
    alone = job.work / "teaser.wav"
    ffmpeg.run([*cut, "-map", "0:a:0", "-af", faded, "-c:a", "pcm_s24le", str(alone)])
    over = measure.loudness(alone).integrated_lufs - TARGET_LUFS
    gain = f"volume={-over:.2f}dB:precision=double" if math.isfinite(over) and over > 0 else "anull"
    ffmpeg.run(
        [
            *("-i", str(job.silent), "-i", str(alone), "-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy"),
            *("-frames:v", str(span.frames), "-af", gain, *graph.AAC, *graph.MP4, str(job.path(_TEASER))),
        ]
    )
    return clip.without_overs(job.path(_TEASER), job.work)


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
