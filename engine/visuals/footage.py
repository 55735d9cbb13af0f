"""The pictures of a clip before any lettering: quarter-size RGB frames in the artist's palette, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.song import SectionKind, Timeline
from engine.visuals import colour
from engine.visuals.colour import Colours
from engine.visuals.envelope import Envelope
from engine.visuals.scenes import catalogue
from engine.visuals.scenes.stage import Draw, Moment, Stage
from engine.visuals.shots import EXPOSURE, Shot

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = 1024
_PULSE_FALL = 5.0
_PULSE_LIGHT = 0.05
"""Share of light that a beat adds: far below the ten per cent of luminance that WCAG 2.3.1 counts as a flash."""


@dataclass(frozen=True, slots=True)
class Reel:
    """All that the frames depend on. Sizes are those of the small frame."""

    width: int
    height: int
    fps: int
    frames: int
    timeline: Timeline
    envelope: Envelope
    shots: tuple[Shot, ...]
    colours: Colours
    habit: float
    hidden: frozenset[int] = frozenset()
    """Frames that something else covers whole: they are fed dark and never drawn."""
    half: float = 0.0
    """Half the width of the narrowest frame that is cut out of the middle; 0 where all is shown."""


def lookup(colours: Colours, kind: SectionKind) -> NDArray[np.uint32]:
    """(STEPS,) of packed red, green, blue, 0: light to colour, from near black up, darker in the quieter parts."""
    dark, low, high, light = colours.by_light()
    ground = colour.adjust(dark, light=min(1.0, 0.16 / max(0.01, float(colour.to_oklab(dark)[0]))), chroma=1.0)
    low = colour.adjust(low, light=min(1.0, 0.5 / max(0.01, float(colour.to_oklab(low)[0]))))
    exposure = EXPOSURE[kind]
    stops = [(0.0, ground), (0.36 / exposure, low), (0.72 / exposure, high), (1.0 / min(exposure, 1.0), light)]
    reach = stops[-1][0]
    colours_ = colour.ramp([(place / reach, rgb) for place, rgb in stops], round(STEPS * reach))[:STEPS]
    packed = np.zeros((STEPS, 4), np.uint8)
    packed[:, :3] = np.rint(colours_)
    return packed.view(np.uint32)[:, 0]


def frames(reel: Reel) -> Iterator[NDArray[np.uint32]]:
    """Every frame, (height, width) of packed red, green, blue, 0: ffmpeg's rgb0. One look-up of a word a pixel."""
    tables = {kind: lookup(reel.colours, kind) for kind in {shot.kind for shot in reel.shots}}
    noise = _dither(reel)
    moments = list(_moments(reel))
    dark = np.zeros((reel.height, reel.width), np.uint32)
    drawn: Draw | None = None
    for index, shot in enumerate(reel.shots):
        before, drawn = drawn, _set_up(reel, shot)
        last = reel.shots[index - 1] if index else shot
        for frame in range(shot.first, shot.last):
            if frame in reel.hidden:
                yield dark
                continue
            now = moments[frame]
            light = drawn(_in_shot(now, frame - shot.first, reel.fps))
            picture = _coloured(light, now, tables[shot.kind], noise[frame % len(noise)])
            share = (frame - shot.first + 1) / (shot.blend + 1)
            if before is not None and share < 1:
                old = before(_in_shot(now, frame - last.first, reel.fps))
                past = _coloured(old, now, tables[last.kind], noise[frame % len(noise)])
                picture = _blended(past, picture, share)
            yield picture


def part(reel: Reel, first: int, last: int) -> Iterator[NDArray[np.uint32]]:
    """The frames from `first` to `last` (not included), as `frames` has them; no others are drawn."""
    others = frozenset(range(reel.frames)) - frozenset(range(first, last))
    return islice(frames(replace(reel, hidden=reel.hidden | others)), first, last)


def loop(reel: Reel, shot: Shot, first: int, count: int, fade: int) -> Iterator[NDArray[np.uint32]]:
    """`count` frames of one shot's scene from frame `first` on, such that the first one follows the last.

    What would come after the last frame goes over into the first `fade` ones.
    """
    table, noise = lookup(reel.colours, shot.kind), _dither(reel)
    moments = list(_moments(reel))[first : first + count + fade]
    drawn = _set_up(reel, shot)

    def picture(at: int) -> NDArray[np.uint32]:
        now = moments[at]
        return _coloured(drawn(_in_shot(now, at, reel.fps)), now, table, noise[at % len(noise)])

    for at in range(count):
        if at < fade:
            yield _blended(picture(count + at), picture(at), (at + 1) / (fade + 1))
        else:
            yield picture(at)


def _set_up(reel: Reel, shot: Shot) -> Draw:
    stage = Stage.of(reel.width, reel.height, seed=shot.take, energy=shot.energy, habit=reel.habit, half=reel.half)
    return catalogue.SCENES[shot.scene](stage)


def _moments(reel: Reel) -> Iterator[Moment]:
    """One per frame, with beats and bars from the timeline."""
    timeline, sound = reel.timeline, reel.envelope
    bars = np.array(timeline.bars or (0.0,))
    bar_length = 60.0 / timeline.tempo_bpm * timeline.beats_per_bar
    travel = 0.0
    for frame in range(reel.frames):
        t = frame / reel.fps
        at = int(np.searchsorted(bars, t + 1e-6, side="right")) - 1
        into = (t - float(bars[at])) / bar_length if at >= 0 else t / bar_length
        beats = (max(at, 0) + into) * timeline.beats_per_bar
        travel += (0.35 + 0.9 * float(sound.loud[frame]) + 0.5 * float(sound.onset[frame])) / reel.fps
        yield Moment(
            t=t,
            shot_t=0.0,
            bass=float(sound.bass[frame]),
            mid=float(sound.mid[frame]),
            treble=float(sound.treble[frame]),
            onset=float(sound.onset[frame]),
            loud=float(sound.loud[frame]),
            beats=beats,
            bar=into % 1.0,
            pulse=float(np.exp(-_PULSE_FALL * (beats % 1.0))) * float(sound.loud[frame]),
            travel=travel,
            spectrum=sound.spectrum[frame],
            sound=sound,
            frame=frame,
        )


def _in_shot(now: Moment, frames_in: int, fps: int) -> Moment:
    return replace(now, shot_t=frames_in / fps)


def _coloured(
    light: NDArray[np.float32], now: Moment, table: NDArray[np.uint32], noise: NDArray[np.float32]
) -> NDArray[np.uint32]:
    at = light * np.float32((STEPS - 1) * (1 + _PULSE_LIGHT * now.pulse))
    at += noise
    np.clip(at, 0, STEPS - 1, out=at)
    # By way of 32 bits, and without a second look at the bounds: it takes less time.
    places = at.astype(np.int32).astype(np.intp)
    return np.take(table, places, mode="wrap", out=np.empty(places.shape, np.uint32))


def _dither(reel: Reel) -> list[NDArray[np.float32]]:
    """A few frames of noise, a little over one 8-bit step, so that dark gradients show no bands."""
    rng = np.random.default_rng(1)
    return [(rng.random((reel.height, reel.width), dtype=np.float32) - 0.5) * 8 for _ in range(4)]


def _blended(past: NDArray[np.uint32], picture: NDArray[np.uint32], share: float) -> NDArray[np.uint32]:
    weight = round(share * 256)
    mixed = past.view(np.uint8).astype(np.uint16) * (256 - weight) + picture.view(np.uint8).astype(np.uint16) * weight
    return (mixed >> 8).astype(np.uint8).view(np.uint32)
