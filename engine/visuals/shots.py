"""The edit of a clip: which scene is on when. Every cut falls on a bar line, and on every new section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.domain.song import Section, SectionKind, Timeline
from engine.visuals import chance

EXPOSURE = {
    SectionKind.INTRO: 0.80,
    SectionKind.VERSE: 0.88,
    SectionKind.CHORUS: 1.14,
    SectionKind.BRIDGE: 0.84,
    SectionKind.BREAK: 0.80,
    SectionKind.OUTRO: 0.80,
}
"""How bright each part is; the chorus is the brightest."""
_SHOT_SECONDS = {
    SectionKind.INTRO: 9.0,
    SectionKind.VERSE: 7.5,
    SectionKind.CHORUS: 4.0,
    SectionKind.BRIDGE: 8.0,
    SectionKind.BREAK: 6.0,
    SectionKind.OUTRO: 10.0,
}


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames `first` to `last` (not included) of one scene. `take` varies the scene, `blend` is in frames."""

    first: int
    last: int
    scene: str
    take: int
    kind: SectionKind
    energy: float
    blend: int


def plan(
    timeline: Timeline, cast: dict[SectionKind, tuple[str, ...]], *, frames: int, fps: int, calm: bool, seed: int
) -> tuple[Shot, ...]:
    """The shots from frame 0 to `frames`, without a gap. `cast` names each kind's scenes; `calm` blends for cuts."""
    own = chance.dice("shots", seed)
    shots: list[Shot] = []
    uses: dict[SectionKind, int] = {}
    for section, starts in _sections(timeline):
        scenes = cast[section.kind]
        for start in starts:
            first = min(frames, round(start * fps))
            if shots and first <= shots[-1].first:
                continue
            use = uses.get(section.kind, 0)
            uses[section.kind] = use + 1
            scene = scenes[use % len(scenes)]
            blend = _blend(section, calm=calm, fps=fps, opening=start == starts[0]) if shots else 0
            shots.append(Shot(first, frames, scene, own.randrange(1 << 30), section.kind, section.energy, blend))
    if not shots:
        shots.append(Shot(0, frames, cast[SectionKind.VERSE][0], seed, SectionKind.VERSE, 0.5, 0))
    shots = [shot for shot in shots if shot.first < frames]
    ends = [shot.first for shot in shots[1:]] + [frames]
    return tuple(
        Shot(0 if index == 0 else shot.first, end, shot.scene, shot.take, shot.kind, shot.energy, shot.blend)
        for index, (shot, end) in enumerate(zip(shots, ends, strict=True))
    )


def _sections(timeline: Timeline) -> Iterator[tuple[Section, list[float]]]:
    """Each section with the seconds at which its shots begin: its own start, then bar lines at even distances."""
    for section in timeline.sections:
        bars = [bar for bar in timeline.bars if section.start + 1e-3 < bar < section.end - 0.6]
        length = 240.0 / timeline.tempo_bpm * timeline.beats_per_bar / 4
        step = max(1, round(_SHOT_SECONDS[section.kind] * (1.25 - 0.5 * section.energy) / length))
        step = 1 << max(0, round(step.bit_length() - 1))  # 1, 2, 4 or 8 bars: phrases come in these
        yield section, [section.start, *bars[step - 1 :: step]]


def _blend(section: Section, *, calm: bool, fps: int, opening: bool) -> int:
    """Frames of cross-fade into a shot: none for a cut."""
    if calm:
        return round(fps * 1.2)
    if opening and section.kind in (SectionKind.INTRO, SectionKind.OUTRO, SectionKind.BRIDGE, SectionKind.BREAK):
        return round(fps * 0.5)
    return 0
