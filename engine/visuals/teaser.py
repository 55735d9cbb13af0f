"""The teaser: what the 9:16 clip shows around the chorus, with artist and title over the last pictures.

What both show alike is encoded once: its packets are copied from keyframe to keyframe. The rest is drawn again, in a
pass of its own: an output that begins late would have ffmpeg keep every picture of the others until then.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.domain.gate import TARGET_LUFS
from engine.media import ffmpeg, measure
from engine.media.encoders import Encoder
from engine.visuals import aspects, clip, footage, graph, overlays
from engine.visuals.brief import ClipBrief
from engine.visuals.overlays import Card
from engine.visuals.spans import Span

_FADE_IN_S, _FADE_OUT_S = 0.15, 1.2


@dataclass(frozen=True, slots=True)
class Plan:
    """What the teaser shows, in frames of the track: `own` is the first one that the 9:16 clip does not have alike."""

    span: Span
    own: int
    card: Card | None

    @property
    def keyframes(self) -> tuple[int, ...]:
        """Where the 9:16 clip needs a keyframe, so that packets can be copied."""
        return (self.span.first, self.own) if self.own > self.span.first else ()


@dataclass(frozen=True, slots=True)
class Tall:
    """The 9:16 clip: its file, the lettering in it, and the folder with its stills."""

    path: Path
    lettering: graph.Lettering
    work: Path


def plan(brief: ClipBrief, span: Span, cards: Sequence[Card], encoder: Encoder, work: Path) -> Plan:
    """Draws the closing card into `work`. `cards` are the 9:16 clip's own: where one of them lies over the part that
    could be copied, or the encoder puts no keyframes where they are asked for, nothing is copied."""
    size = aspects.TALL.size(brief.height)
    card = overlays.end_card(brief.title, brief.artist, clip.ink_of(brief), size, span.frames, brief.fps, work)
    if card is not None:
        card = replace(card, first=card.first + span.first, last=card.last + span.first)
    own = span.last if card is None else max(span.first, card.first)
    clear = all(other.last <= span.first or own <= other.first for other in cards)
    return Plan(span, own if clear and encoder.repeatable else span.first, card)


def render(
    plan: Plan, brief: ClipBrief, wav: Path, tall: Tall, out: Path, *, reel: footage.Reel, encoder: Encoder, work: Path
) -> float:
    """Writes the teaser to `out`: with the master's sound, faded at both ends and as loud as a release. Returns its
    true peak in dBTP. `reel` draws the square picture. Raises MediaError or DiskFull."""
    pictures = _pictures(plan, brief, tall, reel=reel, encoder=encoder, work=work)
    sound, gain = _sound(plan.span, brief.fps, wav, work)
    ffmpeg.run(
        [
            *("-f", "concat", "-safe", "0", "-i", str(pictures), "-i", str(sound), "-map", "0:v:0", "-map", "1:a:0"),
            *("-c:v", "copy", "-frames:v", str(plan.span.frames), "-af", gain, *graph.AAC, *graph.MP4, str(out)),
        ]
    )
    return clip.without_overs(out, work)


def _pictures(plan: Plan, brief: ClipBrief, tall: Tall, *, reel: footage.Reel, encoder: Encoder, work: Path) -> Path:
    """ffmpeg's list of the files that make up the pictures."""
    span, fps = plan.span, brief.fps
    rows = ["ffconcat version 1.0"]
    if plan.own > span.first:
        _copy(tall.path, work / "teaser-copied.mp4", span.first, plan.own - span.first, fps)
        rows += ["file teaser-copied.mp4", f"duration {(plan.own - span.first) / fps:.6f}"]
    if plan.own < span.last:
        _draw(plan, brief, tall, work / "teaser-drawn.mp4", reel=reel, encoder=encoder)
        rows += ["file teaser-drawn.mp4", f"duration {(span.last - plan.own) / fps:.6f}"]
    path = work / "teaser.ffconcat"
    path.write_text("\n".join(rows) + "\n", encoding="ascii")
    return path


def _copy(tall: Path, out: Path, first: int, count: int, fps: int) -> None:
    """As many packets, from the keyframe in frame `first` to the next one that was asked for."""
    # Never a hair before the keyframe, or ffmpeg would begin at the one before.
    start = f"{math.ceil(first / fps * 1e6) / 1e6:.6f}"
    ffmpeg.run(
        ["-ss", start, "-i", str(tall), "-map", "0:v:0", "-c", "copy", "-frames:v", str(count), *graph.MP4, str(out)]
    )


def _draw(plan: Plan, brief: ClipBrief, tall: Tall, out: Path, *, reel: footage.Reel, encoder: Encoder) -> None:
    """The teaser's own pictures. All times are the track's until the last filter, as those of the lettering are."""
    fps, first, last = brief.fps, plan.own, plan.span.last
    size = aspects.TALL.size(brief.height)
    enlarged = graph.cut(reel.width, aspects.TALL.ratio) + graph.enlarged(size)
    lettering = graph.Lettering((plan.card,) if plan.card else (), tall.lettering.strip)
    inputs, chains, label = graph.lettered(
        lettering, "base", first=1, frames=reel.frames, fps=fps, work=tall.work
    )  # fmt: skip
    upload = f",{encoder.upload}" if encoder.upload else ""
    chains = [
        f"[0:v]{enlarged},setpts=(N+{first})/({fps}*TB)[base]",
        *chains,
        f"[{label}]setpts=N/({fps}*TB){upload}[out]",
    ]
    ffmpeg.run(
        [
            *(*graph.PLAIN, *encoder.device, *graph.raw_input((reel.width, reel.height), fps), *inputs),
            *("-filter_complex", ";".join(chains), "-map", "[out]", *graph.picture(encoder, fps)),
            *("-frames:v", str(last - first), *graph.MP4, str(out)),
        ],
        feed=_fed(reel, first, last),
    )


def _fed(reel: footage.Reel, first: int, last: int) -> Iterator[memoryview]:
    for frame in footage.part(reel, first, last):
        yield frame.data


def _sound(span: Span, fps: int, wav: Path, work: Path) -> tuple[Path, str]:
    """The master's sound of the span, and the filter that makes it as loud as a release: the loudest part of a track
    is louder than the whole."""
    start, length = span.first / fps, span.frames / fps
    fade_out = min(_FADE_OUT_S, length / 4)
    faded = f"afade=t=in:st=0:d={_FADE_IN_S},afade=t=out:st={graph.seconds(length - fade_out)}:d={fade_out:.3f}"
    alone = work / "teaser.wav"
    cut = ["-ss", f"{start:.6f}", "-t", f"{length:.6f}", "-i", str(wav)]
    ffmpeg.run([*cut, "-map", "0:a:0", "-af", faded, "-c:a", "pcm_s24le", str(alone)])
    over = measure.loudness(alone).integrated_lufs - TARGET_LUFS
    return alone, f"volume={-over:.2f}dB:precision=double" if math.isfinite(over) and over > 0 else "anull"
