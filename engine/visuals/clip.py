"""Clips: generated scenes that follow the music, with title and lyrics, written by one ffmpeg pass.

Python draws small frames; ffmpeg enlarges them, lays the lettering over them, encodes picture and sound.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from engine.domain.errors import CheckFailed, MediaError
from engine.media import ffmpeg, measure
from engine.media.encoders import X264, Encoder
from engine.safety.files import private_folder, whole_file
from engine.visuals import casting, chance, direction, footage, graph, lyrics, overlays, shots, storyboard
from engine.visuals.brief import ClipBrief, ClipFacts, StockFile
from engine.visuals.colour import Colours, adjust, mix
from engine.visuals.envelope import read_envelope
from engine.visuals.stock import cutting
from engine.visuals.stock.cutting import Cuts, scenes_seen

_DRAWN = Fraction(27, 80)
"""Frames are drawn at about a third of the clip's width and height, whole pixels in 16:9; ffmpeg enlarges them."""
_MULTIPLE = 8
_MOST_DRAWN = 270
"""Height in pixels above which drawing finer shows little and costs much."""
_CALM_GENRES = frozenset({"ambient", "lofi", "folk"})
_REPORT_EVERY = 15
_FULL_SCALE_DBTP, _ROOM_DB = 0.0, 1.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that the ffmpeg pass needs."""

    reel: footage.Reel
    lettering: graph.Lettering
    cuts: Cuts = cutting.NONE


def render_clip(
    brief: ClipBrief,
    wav: Path,
    out: Path,
    *,
    work: Path,
    progress: Callable[[float], None],
    sheet: Path | None = None,
    stock: Sequence[StockFile] = (),
    stock_share: float = 0.5,
    encoder: Encoder = X264,
) -> ClipFacts:
    """Renders the clip for the whole track `wav` and writes it to `out` (H.264 and AAC in MP4).

    With `stock`, about `stock_share` of the time shows those videos, cut on the same bars and under the same lettering;
    one that cannot be used is named in the facts, and generated scenes stand in its place.

    With `sheet`, stills at its section changes go there on one JPEG; `ClipFacts.stills` has their times.

    Temporary pictures lie in a folder of their own in `work`, removed at the end. `progress` gets shares 0..1 in the
    calling thread; what it raises stops the render and leaves nothing behind. Raises MediaError, CheckFailed,
    FileProblem or DiskFull.
    """
    private_folder(work)
    pictures = Path(tempfile.mkdtemp(prefix="clip-", dir=work))
    try:
        ready = with_stock(prepare(brief, wav, pictures), brief, stock, stock_share, pictures)
        with whole_file(out) as part:
            board = _board(brief, sheet, ready.reel.frames)
            arguments = graph.arguments(
                brief,
                wav,
                part,
                ready.lettering,
                reel=ready.reel,
                work=pictures,
                board=board,
                pieces=ready.cuts.pieces,
                encoder=encoder,
            )
            ffmpeg.run(arguments, feed=feed(ready.reel, progress))
            peak = without_overs(part, pictures)
            facts = _facts(brief, part, ready, peak, out.name)
            if board is not None and board.path.is_file():
                facts = replace(facts, stills=tuple(frame / brief.fps for frame in board.frames))
        progress(1.0)
        return facts
    finally:
        shutil.rmtree(pictures, ignore_errors=True)


def _board(brief: ClipBrief, sheet: Path | None, frames: int) -> storyboard.Board | None:
    return None if sheet is None else storyboard.plan(brief.timeline, sheet, frames=frames, fps=brief.fps)


def prepare(brief: ClipBrief, wav: Path, work: Path) -> Prepared:
    """Reads the sound, plans the shots and draws the lettering into `work`."""
    checked(brief)
    frames = max(1, round(measure.probe(wav).duration_s * brief.fps))
    colours = Colours.of(brief.visual_identity.palette)
    return Prepared(reel_of(brief, wav, frames, colours), letter(brief, (brief.width, brief.height), frames, work))


def with_stock(ready: Prepared, brief: ClipBrief, stock: Sequence[StockFile], share: float, work: Path) -> Prepared:
    """The same with pieces of stock video; the frames that they cover are not drawn."""
    if not stock:
        return ready
    shots, colours = ready.reel.shots, ready.reel.colours
    planned = cutting.plan(shots, stock, share=share, fps=brief.fps)
    cuts = cutting.cut(shots, stock, planned, colours, (brief.width, brief.height), brief.fps, work)
    hidden = frozenset(frame for piece in cuts.pieces for frame in piece.alone)
    return replace(ready, reel=replace(ready.reel, hidden=hidden), cuts=cuts)


def feed(reel: footage.Reel, progress: Callable[[float], None]) -> Iterator[memoryview]:
    """The raw frames as ffmpeg reads them; each is valid until the next one is asked for."""
    for index, frame in enumerate(footage.frames(reel)):
        if index % _REPORT_EVERY == 0:
            progress(0.98 * index / reel.frames)
        yield frame.data


def checked(brief: ClipBrief) -> None:
    """Raises MediaError for a size or a rate that no clip can have."""
    if brief.width % _MULTIPLE or brief.height % _MULTIPLE or brief.width < 64 or brief.height < 64:
        raise MediaError(
            f"A clip of {brief.width}x{brief.height} cannot be made.", fix=f"Use multiples of {_MULTIPLE}."
        )
    if not 1 <= brief.fps <= 60:
        raise MediaError(f"A clip of {brief.fps} frames a second cannot be made.", fix="Use 1 to 60.")


def reel_of(brief: ClipBrief, wav: Path, frames: int, colours: Colours) -> footage.Reel:
    """The frames of the clip, before any are drawn."""
    calm = brief.genre in _CALM_GENRES
    drawn = min(_MOST_DRAWN, int(brief.height * _DRAWN))
    plan = shots.plan(
        brief.timeline, casting.cast(brief), frames=frames, fps=brief.fps, calm=calm, seed=brief.seed
    )  # fmt: skip
    return footage.Reel(
        width=brief.width * drawn // brief.height,
        height=drawn,
        fps=brief.fps,
        frames=frames,
        timeline=brief.timeline,
        envelope=read_envelope(wav, frames, brief.fps),
        shots=plan,
        colours=colours,
        habit=chance.habit(brief.artist),
    )


def letter(brief: ClipBrief, size: tuple[int, int], frames: int, work: Path) -> graph.Lettering:
    """Draws the lettering of a frame of this size into `work`."""
    ink = ink_of(brief)
    return graph.Lettering(
        overlays.draw_cards(brief.title, brief.artist, ink, size, frames, brief.fps, work),
        lyrics.draw_strip(brief.timeline.cues, ink, size, frames, brief.fps, work),
    )


def ink_of(brief: ClipBrief) -> overlays.Ink:
    """How the clip's letters look."""
    dark, _, _, light = Colours.of(brief.visual_identity.palette).by_light()
    face, upper = direction.title_face(brief.artist, brief.genre)
    return overlays.Ink(mix(light, (255, 255, 255), 0.35), mix(light, dark, 0.2), adjust(dark, light=0.4), face, upper)


def without_overs(clip: Path, work: Path) -> float:
    """The true peak of the clip's sound in dBTP. Where AAC has pushed it over full scale, the sound is turned down.

    A master at -1 dBTP leaves room for what a codec adds (0.1 to 1.4 dB measured), so this second run, which copies the
    picture, is rare.
    """
    peak = measure.loudness(clip).true_peak_dbtp
    if peak <= _FULL_SCALE_DBTP:
        return peak
    lower = work / "lower.mp4"
    turned_down = ["-af", f"volume={_FULL_SCALE_DBTP - _ROOM_DB - peak:.2f}dB", *graph.AAC]
    ffmpeg.run(["-i", str(clip), "-map", "0", "-c:v", "copy", *turned_down, *graph.MP4, str(lower)])
    shutil.copyfile(lower, clip)
    return measure.loudness(clip).true_peak_dbtp


def _facts(brief: ClipBrief, part: Path, ready: Prepared, peak: float, name: str) -> ClipFacts:
    """Measured in the finished file; raises CheckFailed where it is not what was asked for."""
    reel, strip = ready.reel, ready.lettering.strip
    stream = measure.probe(part)
    planned = reel.frames / brief.fps
    if (stream.width, stream.height) != (brief.width, brief.height):
        raise CheckFailed(f"{name} is {stream.width}x{stream.height}, not {brief.width}x{brief.height}.")
    if abs(stream.duration_s - planned) > 1.5 / brief.fps:
        raise CheckFailed(f"{name} lasts {stream.duration_s:.2f} s in place of {planned:.2f} s.")
    return ClipFacts(
        duration_s=stream.duration_s,
        frames=reel.frames,
        width=stream.width,
        height=stream.height,
        fps=brief.fps,
        scenes=tuple(dict.fromkeys(shot.scene for shot in scenes_seen(reel.shots, ready.cuts))),
        cuts=tuple(shot.first / brief.fps for shot in reel.shots),
        lyric_lines=strip.lines if strip else 0,
        true_peak_dbtp=peak,
        bytes=part.stat().st_size,
        stock=ready.cuts.shown,
        stock_misses=ready.cuts.misses,
    )
