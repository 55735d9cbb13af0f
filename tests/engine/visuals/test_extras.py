"""A release's further videos: shapes, lengths, one sound, a teaser of copied pictures, a canvas that goes round."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from engine.domain.clips import EXTRAS
from engine.domain.errors import Interrupted
from engine.domain.song import SectionKind
from engine.media import ffmpeg, measure
from engine.visuals import clip, extras, footage
from engine.visuals.brief import ClipBrief, ExtraFacts
from engine.visuals.colour import Colours
from tests.engine.visuals.material import beat, clip_brief, write_wav

pytestmark = pytest.mark.thorough
FPS, SHORT, SECONDS = 15, 144, 18.0


@dataclass(frozen=True)
class Made:
    """All extras of one track, read by many tests."""

    brief: ClipBrief
    wav: Path
    reviewed: Path
    folder: Path
    facts: dict[str, ExtraFacts]

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.mp4"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("extras")
    brief = clip_brief(SECONDS, width=256, height=SHORT, fps=FPS)
    wav = write_wav(folder / "track.wav", 1.2 * beat(SECONDS, tempo=240))
    reviewed = folder / "clip.mp4"
    clip.render_clip(brief, wav, reviewed, work=folder / "work", progress=lambda share: None)
    facts = extras.render_extras(brief, wav, reviewed, folder, work=folder / "work", progress=lambda share: None)
    return Made(brief, wav, reviewed, folder, facts)


def hashes(path: Path, stream: str, *options: str) -> list[str]:
    """One hash for each decoded frame, or for each packet with `-c copy`."""
    args = ["-v", "error", "-i", str(path), "-map", f"0:{stream}", *options, "-f", "framemd5", "-"]
    lines = ffmpeg.run(args, want_output=True).output.decode().splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if line and not line.startswith("#")]


def lumas(path: Path, size: tuple[int, int]) -> np.ndarray:
    args = ["-v", "error", "-i", str(path), "-map", "0:v", "-pix_fmt", "gray", "-f", "rawvideo", "-"]
    data = ffmpeg.run(args, want_output=True).output
    return np.frombuffer(data, np.uint8).reshape(-1, size[1], size[0]).astype(np.int16)


def test_each_has_its_shape_and_length_and_decodes(made: Made) -> None:
    assert tuple(made.facts) == EXTRAS
    sizes = {name: (facts.width, facts.height) for name, facts in made.facts.items()}
    assert sizes.pop("clip-1x1") == (144, 144)
    assert set(sizes.values()) == {(144, 256)}
    for name in EXTRAS:
        assert measure.decodes(made.path(name)) == []
    assert made.facts["clip-9x16"].frames == made.facts["clip-1x1"].frames == round(SECONDS * FPS)


def test_the_long_ones_have_the_reviewed_sound_packet_by_packet(made: Made) -> None:
    reviewed = hashes(made.reviewed, "a:0", "-c", "copy")
    for name in ("clip-9x16", "clip-1x1"):
        assert hashes(made.path(name), "a:0", "-c", "copy") == reviewed


def test_the_teaser_shows_the_tall_clip_with_a_card_at_its_end(made: Made) -> None:
    facts = made.facts["teaser"]
    first = round(facts.start_s * FPS)
    there = lumas(made.path("teaser"), (144, 256))
    tall = lumas(made.path("clip-9x16"), (144, 256))[first : first + facts.frames]
    assert len(there) == facts.frames
    apart = np.abs(there - tall).mean(axis=(1, 2))
    assert np.median(apart[: facts.frames // 2]) < 3
    middle = slice(round(256 * 0.2), round(256 * 0.4))
    last = np.abs(there[-1] - tall[-1])
    assert last[middle].mean() > 15 and last[-60:].mean() < 5


def test_the_teaser_starts_on_a_bar_and_stops_before_one(made: Made) -> None:
    facts = made.facts["teaser"]
    edges = {round(bar * FPS) for bar in made.brief.timeline.bars} | {round(SECONDS * FPS)}
    first, last = round(facts.start_s * FPS), round(facts.start_s * FPS) + facts.frames
    [chorus] = [section for section in made.brief.timeline.sections if section.kind is SectionKind.CHORUS]
    assert first in edges and edges & {last, last + 1}
    assert first <= round(chorus.start * FPS) and round(chorus.end * FPS) <= last + 1
    assert 15 <= facts.frames / FPS <= 30


def test_the_teaser_is_no_louder_than_a_release(made: Made) -> None:
    assert measure.loudness(made.path("teaser")).integrated_lufs == pytest.approx(-14, abs=0.3)


def test_the_teasers_sound_is_faded_at_both_ends(made: Made) -> None:
    args = ["-v", "error", "-i", str(made.path("teaser")), "-map", "0:a", "-ac", "1", "-f", "f32le", "-"]
    sound = np.frombuffer(ffmpeg.run(args, want_output=True).output, np.float32)
    rate = 22_050
    peak = np.abs(sound[rate * 2 : rate * 4]).max()
    assert np.abs(sound[: rate // 100]).max() < peak / 4
    assert np.abs(sound[-rate // 50 :]).max() < peak / 10


def test_the_canvas_has_no_sound_and_its_last_frame_leads_into_its_first(made: Made) -> None:
    facts = made.facts["canvas"]
    assert measure.probe(made.path("canvas")).audio_codec == ""
    assert 3 <= facts.frames / FPS <= 8
    pictures = lumas(made.path("canvas"), (144, 256))
    assert len(pictures) == facts.frames
    steps = np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2))
    seam = np.abs(pictures[0] - pictures[-1]).mean()
    assert seam <= np.median(steps) * 2


def test_what_follows_a_loops_last_frame_is_nearly_its_first(made: Made) -> None:
    frames = round(SECONDS * FPS)
    reel = clip.reel_of(made.brief, made.wav, frames, Colours.of(made.brief.visual_identity.palette))
    shot = next(shot for shot in reel.shots if shot.kind is SectionKind.CHORUS)
    going_on = [light(picture) for picture in footage.loop(reel, shot, shot.first, 50, 0)]
    first = light(next(footage.loop(reel, shot, shot.first, 49, 12)))
    assert np.abs(first - going_on[49]).mean() < np.abs(going_on[0] - going_on[49]).mean() / 5


def light(picture: np.ndarray) -> np.ndarray:
    return picture.view(np.uint8).astype(np.int16)


def test_equal_briefs_give_equal_bytes(made: Made, tmp_path: Path) -> None:
    again = extras.render_extras(
        made.brief,
        made.wav,
        made.reviewed,
        tmp_path,
        wanted=("canvas",),
        work=tmp_path / "work",
        progress=lambda share: None,
    )
    assert set(again) == {"canvas"}
    assert (tmp_path / "canvas.mp4").read_bytes() == made.path("canvas").read_bytes()
    assert not (tmp_path / "clip-9x16.mp4").exists()


def test_an_interrupted_rendering_leaves_no_temporary_file(made: Made, tmp_path: Path) -> None:
    def stop(share: float) -> None:
        if share > 0.2:
            raise Interrupted("stop")

    brief = replace(made.brief, title="Stopped")
    with pytest.raises(Interrupted):
        extras.render_extras(brief, made.wav, made.reviewed, tmp_path, work=tmp_path / "work", progress=stop)
    assert list((tmp_path / "work").iterdir()) == []
