"""A teaser: what the 9:16 clip has alike is copied from it, frame by frame; what is its own is drawn in its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from engine.domain.clips import EXTRAS
from engine.media import ffmpeg, measure
from engine.media.encoders import X264
from engine.visuals import clip, extras, spans, teaser
from engine.visuals.brief import ClipBrief
from engine.visuals.overlays import Card
from engine.visuals.spans import Span
from tests.engine.visuals.material import beat, clip_brief, write_wav

pytestmark = pytest.mark.thorough
FPS, SHORT, SECONDS = 15, 144, 26.0
FRAMES = round(SECONDS * FPS)
TALL, _, TEASER, _ = EXTRAS


@dataclass(frozen=True)
class Made:
    brief: ClipBrief
    folder: Path
    span: Span

    def pictures(self, name: str) -> np.ndarray:
        """(frames, 256, 144): brightness."""
        args = ["-v", "error", "-i", str(self.folder / f"{name}.mp4"), "-map", "0:v", "-pix_fmt", "gray"]
        data = ffmpeg.run([*args, "-f", "rawvideo", "-"], want_output=True).output
        return np.frombuffer(data, np.uint8).reshape(-1, 256, 144).astype(np.int16)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("teaser")
    brief = clip_brief(SECONDS, width=256, height=SHORT, fps=FPS)
    wav = write_wav(folder / "track.wav", 1.2 * beat(SECONDS, tempo=240))
    work, wanted = folder / "work", (TALL, TEASER)
    clip.render_clip(brief, wav, folder / "clip.mp4", work=work, progress=lambda share: None)
    extras.render_extras(brief, wav, folder / "clip.mp4", folder, wanted=wanted, work=work, progress=lambda share: None)
    return Made(brief, folder, spans.teaser(brief.timeline, frames=FRAMES, fps=FPS))


def planned(made: Made, tmp_path: Path, *cards: tuple[int, int], repeatable: bool = True) -> teaser.Plan:
    placed = [Card(tmp_path / "card.png", 0, 0, first, last, 2) for first, last in cards]
    return teaser.plan(made.brief, made.span, placed, replace(X264, repeatable=repeatable), tmp_path)


def test_what_the_tall_clip_has_alike_is_the_same_to_the_bit(made: Made, tmp_path: Path) -> None:
    own = planned(made, tmp_path).own
    assert own - made.span.first > made.span.frames / 2
    tall, there = made.pictures(TALL), made.pictures(TEASER)
    assert len(tall) == FRAMES and len(there) == made.span.frames
    assert np.array_equal(there[: own - made.span.first], tall[made.span.first : own])


def test_what_is_drawn_again_goes_on_where_the_copy_ends(made: Made, tmp_path: Path) -> None:
    own = planned(made, tmp_path).own
    tall, there = made.pictures(TALL)[own : made.span.last], made.pictures(TEASER)[own - made.span.first :]
    foot = slice(-100, None)  # neither card reaches it, words do
    assert np.abs(there[:, foot] - tall[:, foot]).mean(axis=(1, 2)).max() < 3
    shifted = np.abs(there[:-1, foot] - tall[1:, foot]).mean(axis=(1, 2))
    assert np.median(np.abs(there[:-1, foot] - tall[:-1, foot]).mean(axis=(1, 2))) < np.median(shifted)


def test_both_parts_decode_as_one_file(made: Made) -> None:
    path = made.folder / f"{TEASER}.mp4"
    assert measure.decodes(path) == []
    args = ["-v", "error", "-i", str(path), "-map", "0:v", "-f", "framemd5", "-"]
    lines = ffmpeg.run(args, want_output=True).output.decode().splitlines()
    times = [int(line.split(",")[2]) for line in lines if line and not line.startswith("#")]
    assert len(set(np.diff(times))) == 1, "one picture after another, none twice and none left out"


def test_a_card_of_the_tall_clip_that_lies_over_the_part_is_not_copied(made: Made, tmp_path: Path) -> None:
    inside = (made.span.first - 5, made.span.first + 5)
    assert planned(made, tmp_path, inside).own == made.span.first
    assert planned(made, tmp_path, inside).keyframes == ()


def test_cards_before_and_behind_the_part_do_not_matter(made: Made, tmp_path: Path) -> None:
    free = planned(made, tmp_path)
    assert planned(made, tmp_path, (0, made.span.first), (free.own, FRAMES)) == free
    assert free.keyframes == (made.span.first, free.own)


def test_nothing_is_copied_of_an_encoder_that_sets_no_keyframe_where_it_is_asked_for(
    made: Made, tmp_path: Path
) -> None:
    assert planned(made, tmp_path, repeatable=False).own == made.span.first
