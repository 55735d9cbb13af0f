"""The further forms of the clip: upright, square, the teaser of the chorus, the silent loop; each may be absent.

What was rendered and reviewed is copied packet by packet, gains tags, and must have the shape that its name says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.domain.clips import CANVAS_S, TEASER_S
from engine.domain.errors import CheckFailed
from engine.domain.gate import MAX_DRIFT_S
from engine.media import measure
from engine.release import clip
from engine.release.metadata import Form, Role, levels


@dataclass(frozen=True, slots=True)
class Shape:
    """What a form must be. `suffix` ends its file's name; `seconds` are its bounds, None for the track's length."""

    role: Role
    suffix: str
    ratio: tuple[int, int]
    sound: bool = True
    seconds: tuple[float, float] | None = None


FORMS: Mapping[str, Shape] = {
    "clip-9x16": Shape("clip-9x16", " (9x16)", (9, 16)),
    "clip-1x1": Shape("clip-1x1", " (1x1)", (1, 1)),
    "teaser": Shape("teaser", " (teaser)", (9, 16), seconds=TEASER_S),
    "canvas": Shape("canvas", " (canvas)", (9, 16), sound=False, seconds=CANVAS_S),
}
"""By the names in `domain.clips.EXTRAS`. A teaser may have any of the clip's ratios."""
_ANY_RATIO = _OWN_SOUND = frozenset({"teaser"})
_RATIO_TOLERANCE = 0.01


def file_name(base: str, name: str) -> str:
    """`Artist - Title (9x16).mp4`."""
    return f"{base}{FORMS[name].suffix}.mp4"


def describe(path: Path, name: str = "") -> Form:
    """What a file is; with the form's name also how loud it is, where it has a sound of its own. Raises MediaError."""
    found = measure.probe(path)
    loudness = levels(measure.loudness(path)) if name in _OWN_SOUND else None
    seconds = round(found.duration_s, 3)
    return Form(found.video_codec, found.audio_codec, found.width, found.height, found.fps, seconds, loudness)


def same(path: Path, name: str, told: Form | None) -> bool:
    """Whether a file is what its metadata tells; earlier packages do not tell how loud it is. Raises MediaError."""
    return told is not None and describe(path, name if told.loudness is not None else "") == told


def problems(name: str, path: Path, duration_s: float) -> list[str]:
    """What keeps the file from being this form of a track of `duration_s`. Decodes nothing. Raises MediaError."""
    shape, form = FORMS[name], describe(path)
    wide, high = shape.ratio
    found = []
    if name not in _ANY_RATIO and abs(form.width * high - form.height * wide) > _RATIO_TOLERANCE * form.width * high:
        found.append(f"is {form.width}x{form.height}, wanted {wide}:{high}")
    if bool(form.audio_codec) is not shape.sound:
        found.append("has no sound" if shape.sound else "has sound, wanted none")
        return found
    for kind, span in clip.spans(path, sound=shape.sound).items():
        if shape.seconds is None and max(span.start, abs(span.end - duration_s)) > MAX_DRIFT_S:
            found.append(f"has {kind} from {span.start:.2f} to {span.end:.2f} s, the track is {duration_s:.2f} s")
        elif shape.seconds is not None and not _within(span, min(shape.seconds[0], duration_s), shape.seconds[1]):
            low, high_s = shape.seconds
            found.append(f"has {kind} of {span.end - span.start:.2f} s, wanted {low:g} to {high_s:g} s")
    return found


def _within(span: clip.Span, low: float, high: float) -> bool:
    return span.start <= MAX_DRIFT_S and low - MAX_DRIFT_S <= span.end - span.start <= high + MAX_DRIFT_S


def check(name: str, path: Path, duration_s: float) -> Form:
    """What one form is. Raises CheckFailed where that is not what its name says, MediaError."""
    if found := problems(name, path, duration_s):
        raise CheckFailed(f"The {name} cannot be released: it {found[0]}.", fix="Have it rendered again.")
    return describe(path, name)


def write(name: str, source: Path, tags: Mapping[str, str], final: Path) -> None:
    """Copies one form packet by packet, with tags. Raises MediaError, DiskFull, CheckFailed as `clip.write_clip`."""
    clip.write_clip(source, tags, final, sound=FORMS[name].sound)


def absent(present: Iterable[str]) -> list[str]:
    """The forms that a package does not have."""
    return [name for name in FORMS if name not in set(present)]
