"""The one ffmpeg pass of a clip: inputs, filters and encoders as an argument list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.media.encoders import X264, Encoder
from engine.visuals import storyboard
from engine.visuals.brief import ClipBrief
from engine.visuals.footage import Reel
from engine.visuals.lyrics import Strip
from engine.visuals.overlays import Card
from engine.visuals.stock.cutting import Piece

MP4 = ("-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart")
KEYFRAME_SECONDS = 2
AAC = ("-c:a", "aac", "-aac_coder", "fast", "-b:a", "192k")
"""The fast coder is the better one at this rate, says ffmpeg's manual, and costs less than half."""
PLAIN = ("-filter_complex_threads", "1")
"""Slices of so small a picture cost more to hand round than they save."""
# RGB is BT.601 to ffmpeg unless told; players expect BT.709 at this size, so it is converted and tagged as such.
BT709 = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"


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
    encoder: Encoder = X264,
    board: storyboard.Board | None = None,
    pieces: Sequence[Piece] = (),
) -> list[str]:
    """ffmpeg's arguments: raw small RGB frames on standard input become `out`, and the sheet of `board` where one is
    wanted. `pieces` of stock video lie over the frames and under the lettering. Writes the lists it needs to `work`."""
    inputs = [*PLAIN, *encoder.device, *raw_input((reel.width, reel.height), brief.fps)]
    chains = [f"[0:v]{enlarged((brief.width, brief.height))}[v0]"]
    inputs += ["-i", str(wav)]
    count, label = 2, "v0"
    for piece in pieces:
        inputs += ["-i", str(piece.path)]
        chains += _piece_chain(piece, count, label, f"v{count}", brief.fps)
        count, label = count + 1, f"v{count}"
    more, laid, label = lettered(lettering, label, first=count, frames=reel.frames, fps=brief.fps, work=work)
    inputs, chains = [*inputs, *more], [*chains, *laid]
    sheet: list[str] = []
    if board is not None:
        chains += [f"[{label}]split[whole][some]", storyboard.chain(board, "some", "sheet")]
        label, sheet = "whole", storyboard.output(board, "sheet")
    if encoder.upload:
        chains.append(f"[{label}]{encoder.upload}[up]")
        label = "up"
    return [*inputs, "-filter_complex", ";".join(chains), "-map", f"[{label}]", "-map", "1:a:0",
            *_encoders(brief, reel.frames, encoder), str(out), *sheet]  # fmt: skip


def lettered(
    lettering: Lettering, base: str, *, first: int, frames: int, fps: int, work: Path
) -> tuple[list[str], list[str], str]:
    """Inputs, numbered from `first`, and filter chains that lay the lettering over `base`; and the result's label."""
    inputs: list[str] = []
    chains: list[str] = []
    count, label = first, base
    for card in lettering.cards:
        inputs += ["-i", str(card.path)]
        chains += card_chain(card, count, label, f"v{count}", fps)
        count, label = count + 1, f"v{count}"
    if lettering.strip:
        inputs += _strip_input(lettering.strip, frames, fps, work)
        chains += _strip_chain(lettering.strip, count, label, f"v{count}", fps, work)
        label = f"v{count}"
    return inputs, chains, label


def raw_input(small: tuple[int, int], fps: int) -> list[str]:
    """The frames on standard input."""
    size = f"{small[0]}x{small[1]}"
    return ["-f", "rawvideo", "-pix_fmt", "rgb0", "-s", size, "-framerate", str(fps), "-i", "pipe:0"]


def cut(side: int, ratio: float) -> str:
    """The filter, with its comma, that leaves the middle of a square picture, as wide as the shape is; none for a
    square."""
    if ratio >= 1:
        return ""
    width = round(side * ratio)
    return f"crop={width}:{side}:{(side - width) // 2}:0,"


def enlarged(size: tuple[int, int]) -> str:
    """The filters that make a frame of a clip's size and colours out of a small one."""
    return f"scale={size[0]}:{size[1]}:flags=bicubic:out_color_matrix=bt709:out_range=tv,format=yuv420p,{BT709}"


def picture(encoder: Encoder, fps: int, keyframes: Sequence[int] = ()) -> list[str]:
    """The encoder's arguments, with a keyframe every two seconds at the least, and in the frames of `keyframes`."""
    forced = ",".join(seconds((frame - 0.5) / fps) for frame in keyframes)
    return [*encoder.video, "-g", str(KEYFRAME_SECONDS * fps), *(["-force_key_frames", forced] if forced else [])]


def _encoders(brief: ClipBrief, frames: int, encoder: Encoder) -> list[str]:
    return [
        *picture(encoder, brief.fps),
        *AAC,
        *("-frames:v", str(frames), "-t", seconds(frames / brief.fps)),
        *MP4,
    ]


def seconds(value: float) -> str:
    """ffmpeg 9 wants a leading digit and no minus sign."""
    return f"{max(0.0, value):.3f}"


def _piece_chain(piece: Piece, source: int, base: str, result: str, fps: int) -> list[str]:
    """Full frames at their place in time; with an alpha channel only where it fades."""
    fades = []
    if piece.fade_in:
        fades.append(f"fade=in:0:{piece.fade_in}:alpha=1")
    if piece.fade_out:
        fades.append(f"fade=out:{piece.frames - piece.fade_out}:{piece.fade_out}:alpha=1")
    steps = [*(["format=yuva420p", *fades] if fades else [BT709]), f"setpts=(N+{piece.first})/({fps}*TB)"]
    return [
        f"[{source}:v]{','.join(steps)}[o{source}]",
        f"[{base}][o{source}]overlay=0:0:eof_action=pass[{result}]",
    ]


def card_chain(card: Card, source: int, base: str, result: str, fps: int) -> list[str]:
    """Lays a card over `base`. The picture is decoded once and repeated; `-loop 1` would decode it for every frame."""
    count = card.last - card.first
    fades = f"fade=in:0:{card.fade}:alpha=1,fade=out:{count - card.fade}:{card.fade}:alpha=1"
    timing = f"setpts=(N+{card.first})/({fps}*TB)"
    return [
        f"[{source}:v]format=yuva420p,loop=loop={count - 1}:size=1:start=0,{fades},{timing}[o{source}]",
        f"[{base}][o{source}]overlay={card.x}:{card.y}:eof_action=pass[{result}]",
    ]


def _strip_input(strip: Strip, frames: int, fps: int, work: Path) -> list[str]:
    """One input that shows each still for its time: ffmpeg's concat list, in whole frames."""
    rows = ["ffconcat version 1.0"]
    ends = [still.frame for still in strip.stills[1:]] + [max(frames, strip.stills[-1].frame) + 1]
    for still, end in zip(strip.stills, ends, strict=True):
        # Without its own rate a picture's times are rounded to 1/25 s.
        rows += [f"file {still.path.name}", f"option framerate {fps}", f"duration {(end - still.frame) / fps:.6f}"]
    path = work / "stills.ffconcat"
    path.write_text("\n".join(rows) + "\n", encoding="ascii")
    return ["-f", "concat", "-safe", "0", "-i", str(path)]


def _strip_chain(strip: Strip, source: int, base: str, result: str, fps: int, work: Path) -> list[str]:
    """Fades by commands at fixed times to one filter, so that only stills are worked on and not every frame."""
    path, name = work / "opacity.txt", f"colorchannelmixer@lines{source}"
    rows = [f"{max(0.0, (still.frame - 0.5) / fps):.4f} {name} aa {still.opacity};\n" for still in strip.stills]
    path.write_text("".join(rows), encoding="ascii")
    # Of two filters that have a picture to work on, ffmpeg takes the one that is written first. That must be the one
    # that commands go to, or a still takes the opacity of the next, where both lie ready.
    seen = "+".join(f"between(t,{(a - 0.5) / fps:.4f},{(b - 0.5) / fps:.4f})" for a, b in strip.shown)
    return [
        f"[t{source}]{name}=aa=0,format=yuva420p[o{source}]",
        f"[{source}:v]format=rgba,sendcmd=f={_escaped(str(path))}[t{source}]",
        f"[{base}][o{source}]overlay={strip.x}:{strip.y}:eof_action=pass:enable='{seen}'[{result}]",
    ]


def _escaped(text: str) -> str:
    """A filter option's value inside a filter graph: escaped once for the option and once for the graph."""
    option = re.sub(r"([\\':])", r"\\\1", text)
    return re.sub(r"([\\'\[\],;])", r"\\\1", option)
