"""The one ffmpeg pass of a clip: inputs, filters and encoders as an argument list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.visuals.brief import ClipBrief
from engine.visuals.footage import Reel
from engine.visuals.overlays import FADE, Card, Strip

X264 = ("-c:v", "libx264", "-preset", "veryfast")
KEYFRAME_SECONDS = 2
_AUDIO_BITRATE = "192k"
_FADE_STEPS = 6
# RGB is BT.601 to ffmpeg unless told; players expect BT.709 at this size, so it is converted and tagged as such.
_BT709 = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"


@dataclass(frozen=True, slots=True)
class Lettering:
    """What is laid over the pictures."""

    cards: tuple[Card, ...]
    strip: Strip | None


def arguments(
    brief: ClipBrief,
    wav: Path,
    out: Path,
    lettering: Lettering,
    *,
    reel: Reel,
    work: Path,
    video: Sequence[str] = X264,
) -> list[str]:
    """ffmpeg's arguments: raw small RGB frames on standard input become `out`. Writes the lists it needs to `work`."""
    inputs = _raw_input((reel.width, reel.height), brief.fps)
    scaled = f"scale={brief.width}:{brief.height}:flags=bicubic:out_color_matrix=bt709:out_range=tv"
    chains = [f"[0:v]{scaled},format=yuv420p,{_BT709}[v0]"]
    inputs += ["-i", str(wav)]
    count, label = 2, "v0"
    for card in lettering.cards:
        inputs += _card_input(card, brief.fps)
        chains += _card_chain(card, count, label, f"v{count}")
        count, label = count + 1, f"v{count}"
    if lettering.strip:
        inputs += _strip_input(lettering.strip, reel.frames / brief.fps, work)
        chains += _strip_chain(lettering.strip, count, label, f"v{count}", brief.fps, work)
        label = f"v{count}"
    return [*inputs, "-filter_complex", ";".join(chains), "-map", f"[{label}]", "-map", "1:a:0",
            *_encoders(brief, reel.frames, video), str(out)]  # fmt: skip


def _raw_input(small: tuple[int, int], fps: int) -> list[str]:
    size = f"{small[0]}x{small[1]}"
    return ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-framerate", str(fps), "-i", "pipe:0"]


def _encoders(brief: ClipBrief, frames: int, video: Sequence[str]) -> list[str]:
    return [
        *(*video, "-pix_fmt", "yuv420p", "-g", str(KEYFRAME_SECONDS * brief.fps)),
        *("-c:a", "aac", "-b:a", _AUDIO_BITRATE, "-frames:v", str(frames), "-t", _seconds(frames / brief.fps)),
        *("-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart"),
    ]


def _seconds(value: float) -> str:
    """ffmpeg 9 wants a leading digit and no minus sign."""
    return f"{max(0.0, value):.3f}"


def _card_input(card: Card, fps: int) -> list[str]:
    return ["-loop", "1", "-framerate", str(fps), "-t", _seconds(card.end - card.start), "-i", str(card.path)]


def _card_chain(card: Card, source: int, base: str, result: str) -> list[str]:
    length = card.end - card.start
    fades = (
        f"fade=in:st=0:d={_seconds(card.fade)}:alpha=1,"
        f"fade=out:st={_seconds(length - card.fade)}:d={_seconds(card.fade)}:alpha=1"
    )
    return [
        f"[{source}:v]format=yuva420p,{fades},setpts=PTS+{_seconds(card.start)}/TB[o{source}]",
        f"[{base}][o{source}]overlay={card.x}:{card.y}:eof_action=pass[{result}]",
    ]


def _strip_input(strip: Strip, duration: float, work: Path) -> list[str]:
    """One input that shows each line's picture for its time, and nothing between: ffmpeg's concat list."""
    rows = ["ffconcat version 1.0"]
    at = 0.0
    for line in strip.lines:
        if line.start > at:
            rows += [f"file {strip.blank.name}", f"duration {line.start - at:.6f}"]
        rows += [f"file {line.path.name}", f"duration {line.end - line.start:.6f}"]
        at = line.end
    rows += [f"file {strip.blank.name}", f"duration {max(0.1, duration - at):.6f}"]
    path = work / "lines.ffconcat"
    path.write_text("\n".join(rows) + "\n", encoding="ascii")
    return ["-f", "concat", "-safe", "1", "-i", str(path)]


def _strip_chain(strip: Strip, source: int, base: str, result: str, fps: int, work: Path) -> list[str]:
    """Fades by commands at fixed times to one filter, where forty `fade` filters would each see every frame."""
    path = work / "fades.txt"
    path.write_text("".join(_fades(strip)), encoding="ascii")
    commands = str(path).replace("\\", "\\\\\\\\").replace(":", "\\\\:").replace("'", "\\\\\\'").replace(",", "\\,")
    return [
        f"[{source}:v]fps={fps},format=rgba,sendcmd=f={commands},colorchannelmixer@lines=aa=0,format=yuva420p[o{source}]",
        f"[{base}][o{source}]overlay={strip.x}:{strip.y}:eof_action=pass[{result}]",
    ]


def _fades(strip: Strip) -> list[str]:
    rows = []
    for line in strip.lines:
        fade = min(FADE, (line.end - line.start) / 3)
        for step in range(1, _FADE_STEPS + 1):
            share = step / _FADE_STEPS
            rows.append((line.start + fade * (share - 1 / _FADE_STEPS), share))
            rows.append((line.end - fade * share, share - 1 / _FADE_STEPS))
    rows.sort()
    return [f"{time:.3f} colorchannelmixer@lines aa {share:.3f};\n" for time, share in rows]
