"""Stock video: what is asked for, what is taken, and how it is cut into a clip."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine.domain.song import SectionKind
from engine.domain.stock import Offer
from engine.media import ffmpeg, measure
from engine.visuals.brief import ClipFacts, StockFile
from engine.visuals.clip import render_clip
from engine.visuals.colour import Colours
from engine.visuals.shots import Shot
from engine.visuals.stock import cutting
from engine.visuals.stock.choosing import by_palette, hue, searches, shortlist
from engine.visuals.stock.colours import distance
from tests.engine.visuals.material import NIGHT, PAPER, beat, clip_brief, write_wav


def offer(number: int, words: str = "", source: str = "pexels") -> Offer:
    return Offer(source, str(number), "https://p/1", "Ada", "", "https://f/1", 1920, 1080, 12.0, words)


def film(path: Path, colour: str = "red", seconds: float = 4.0, size: str = "320x180") -> StockFile:
    """A real little film of one colour."""
    ffmpeg.run(
        [
            *("-f", "lavfi", "-i", f"color=c={colour}:s={size}:r=25:d={seconds}", "-c:v", "libx264"),
            *("-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path)),
        ]
    )
    return StockFile(f"pexels-{path.stem}", path, "mp4", seconds)


def shots(*lengths: int, blend: int = 0) -> list[Shot]:
    edges = [sum(lengths[:place]) for place in range(len(lengths) + 1)]
    return [
        Shot(first, last, "sea", 1, SectionKind.VERSE, 0.5, blend if first else 0) for first, last in pairwise(edges)
    ]


# --- what to look for, what to take ---


@pytest.mark.quick
def test_searches_name_motif_pace_mood_and_colour() -> None:
    look = clip_brief().visual_identity
    assert searches(look, "wistful and slow", 70, ("night drives",)) == (
        "window slow motion",
        "wistful slow neon night pink",
    )
    assert searches(look, "wild", 150, ())[0] == "window fast motion"


@pytest.mark.quick
@pytest.mark.parametrize(
    ("glow", "name"),
    [
        ("#ff0000", "red"),
        ("#ff8c00", "orange"),
        ("#2060ff", "blue"),
        ("#20a040", "green"),
        ("#808080", ""),
        ("blue", ""),
    ],
)
def test_a_palettes_glow_has_the_name_of_its_hue(glow: str, name: str) -> None:
    assert hue(replace(NIGHT, glow=glow)) == name


@pytest.mark.quick
def test_what_shows_the_words_comes_first_and_what_was_shown_lately_not_at_all() -> None:
    offers = [offer(1, "cat"), offer(2, "rain on a window"), offer(3, "window")]
    chosen = shortlist(offers, ["window rain"], ranks={}, shown={("pexels", "3")}, seed=1, most=2)
    assert [found.id for found in chosen] == ["2", "1"]


@pytest.mark.quick
def test_a_source_that_reviewers_liked_comes_before_another() -> None:
    offers = [offer(number, "rain", source) for number in range(4) for source in ("pexels", "pixabay")]
    chosen = shortlist(offers, ["rain"], ranks={"pexels": 0.1, "pixabay": 0.9}, shown=set(), seed=1, most=4)
    assert {found.source for found in chosen} == {"pixabay"}


@pytest.mark.quick
def test_equal_seeds_choose_alike_and_others_otherwise() -> None:
    offers = [offer(number) for number in range(20)]
    pick = [[o.id for o in shortlist(offers, [], ranks={}, shown=set(), seed=seed, most=6)] for seed in (1, 1, 2)]
    assert pick[0] == pick[1] != pick[2]


@pytest.mark.quick
def test_near_colours_win_and_unknown_ones_are_not_punished() -> None:
    offers = [offer(1), offer(2), offer(3), offer(4)]
    assert [found.id for found in by_palette(offers, [0.9, 0.1, None, 0.9], 2)] == ["2", "3"]
    assert by_palette(offers, [None] * 4, 2) == offers[:2]


def test_a_picture_in_the_palette_is_nearer_than_another_and_a_broken_one_unknown(tmp_path: Path) -> None:
    for name, colour in (("near", "0x10122b"), ("far", "0x00ff00")):
        ffmpeg.run(["-f", "lavfi", "-i", f"color=c={colour}:s=64x36", "-frames:v", "1", str(tmp_path / f"{name}.jpg")])
    near, far = distance(tmp_path / "near.jpg", NIGHT), distance(tmp_path / "far.jpg", NIGHT)
    assert near is not None and far is not None and near < 0.05 < 0.25 < far
    (tmp_path / "list.jpg").write_bytes(b"ffconcat version 1.0\nfile near.jpg\n")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "near.jpg").read_bytes()[:30])
    assert distance(tmp_path / "list.jpg", NIGHT) is None
    assert distance(tmp_path / "cut.jpg", NIGHT) is None


# --- how it is cut ---


FILES = [StockFile("pexels-1", Path("a"), "mp4", 6.0), StockFile("pexels-2", Path("b"), "mp4", 6.0)]


@pytest.mark.quick
@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.25, 2, 4), (0.5, 5, 7), (1.0, 12, 12)])
def test_about_the_wished_share_of_the_shots_shows_stock(share: float, least: int, most: int) -> None:
    assert least <= len(cutting.plan(shots(*[60] * 12), FILES, share=share, fps=30)) <= most


@pytest.mark.quick
def test_files_take_turns_go_on_where_they_ended_and_begin_anew_when_used_up() -> None:
    planned = cutting.plan(shots(*[60] * 6), FILES, share=1.0, fps=30)
    assert [(place.file, place.start_s) for place in planned] == [(0, 0), (1, 0), (0, 2), (1, 2), (0, 0), (1, 0)]


@pytest.mark.quick
def test_a_shot_that_no_file_fills_or_that_is_very_short_stays_generated() -> None:
    planned = cutting.plan(shots(300, 60, 20, 60), FILES, share=1.0, fps=30)
    assert [place.shot for place in planned] == [1, 3]


def test_a_piece_has_exactly_its_frames_in_the_clips_size(tmp_path: Path) -> None:
    file = film(tmp_path / "red.mp4", size="320x240")
    plan_of = shots(30, 45, blend=10)
    cuts = cutting.cut(plan_of, [file], [cutting.Planned(0, 0, 0.0)], Colours.of(NIGHT), (320, 176), 30, tmp_path)
    (piece,) = cuts.pieces
    facts = measure.probe(piece.path)
    assert (facts.width, facts.height, facts.fps) == (320, 176, 30.0)
    assert facts.duration_s == pytest.approx(40 / 30, abs=0.01)  # and ten frames to fade away over the next shot
    assert (piece.first, piece.frames, piece.fade_in, piece.fade_out) == (0, 40, 0, 10)
    assert piece.alone == range(0, 30)


def test_a_file_that_is_no_film_is_named_and_costs_nothing_else(tmp_path: Path) -> None:
    good = film(tmp_path / "good.mp4")
    playlist = tmp_path / "bad.mp4"
    playlist.write_text("ffconcat version 1.0\nfile good.mp4\n")
    bad = StockFile("pexels-bad", playlist, "mp4", 6.0)
    planned = [cutting.Planned(0, 0, 0.0), cutting.Planned(1, 1, 0.0)]
    cuts = cutting.cut(shots(40, 40), [bad, good], planned, Colours.of(PAPER), (320, 176), 30, tmp_path)
    assert [found.key for found in cuts.shown] == ["pexels-good"]
    assert len(cuts.pieces) == 1 and cuts.misses[0].startswith("pexels-bad: ")


def test_a_film_that_flashes_is_named_and_not_shown(tmp_path: Path) -> None:
    good, blinking = film(tmp_path / "good.mp4"), tmp_path / "blink.mp4"
    light = "color=black:s=160x90:r=30:d=4,geq=lum='if(lt(mod(T*8,1),0.5),235,16)':cb=128:cr=128"
    ffmpeg.run(["-f", "lavfi", "-i", light, "-pix_fmt", "yuv420p", "-preset", "ultrafast", str(blinking)])
    bad = StockFile("pexels-blink", blinking, "mp4", 4.0)
    planned = [cutting.Planned(0, 0, 0.0), cutting.Planned(1, 1, 0.0)]
    cuts = cutting.cut(shots(40, 40), [bad, good], planned, Colours.of(PAPER), (320, 176), 30, tmp_path)
    assert [found.key for found in cuts.shown] == ["pexels-good"]
    assert "flashes in a second" in cuts.misses[0]


def test_an_unknown_kind_is_not_read(tmp_path: Path) -> None:
    file = replace(film(tmp_path / "a.mp4"), kind="m3u8")
    cuts = cutting.cut(shots(40), [file], [cutting.Planned(0, 0, 0.0)], Colours.of(PAPER), (320, 176), 30, tmp_path)
    assert cuts.pieces == () and "m3u8" in cuts.misses[0]


# --- in the clip ---


def frame_at(clip: Path, seconds: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    raw = ffmpeg.run(
        ["-ss", f"{seconds:.3f}", "-i", str(clip), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
        want_output=True,
    ).output
    return np.frombuffer(raw, np.uint8).reshape(-1, 3)


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("track") / "track.wav", beat(4.0, tempo=240))


def rendered(track: Path, clip: Path, *, stock: tuple[StockFile, ...] = (), share: float = 0.5) -> ClipFacts:
    return render_clip(
        clip_brief(),
        track,
        clip,
        work=clip.with_suffix(".work"),
        progress=lambda _share: None,
        stock=stock,
        stock_share=share,
    )


@pytest.fixture(scope="module")
def generated(track: Path) -> tuple[Path, ClipFacts]:
    """The clip without any stock."""
    clip = track.with_name("generated.mp4")
    return clip, rendered(track, clip)


def test_a_clip_shows_stock_on_its_own_cuts_under_its_lettering_and_stays_in_step(
    track: Path, generated: tuple[Path, ClipFacts], tmp_path: Path
) -> None:
    clip, plain = tmp_path / "clip.mp4", generated[1]
    facts = rendered(track, clip, stock=(film(tmp_path / "red.mp4", "red", 9.0),), share=1.0)
    assert facts.cuts == plain.cuts and facts.frames == plain.frames
    assert {cut.start_s for cut in facts.stock} <= set(facts.cuts)
    assert facts.stock_misses == () and plain.stock == ()
    assert measure.decodes(clip) == []
    shown = max(facts.stock, key=lambda cut: cut.seconds)
    red = frame_at(clip, shown.start_s + shown.seconds / 2).mean(axis=0)
    assert red[0] > 2 * max(red[1], red[2])
    assert facts.lyric_lines == plain.lyric_lines > 0


def test_a_clip_whose_stock_is_broken_is_the_generated_one(
    track: Path, generated: tuple[Path, ClipFacts], tmp_path: Path
) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(500))
    facts = rendered(track, tmp_path / "clip.mp4", stock=(StockFile("pexels-9", tmp_path / "bad.mp4", "mp4", 9.0),))
    assert facts.stock_misses and facts.stock == ()
    assert (tmp_path / "clip.mp4").read_bytes() == generated[0].read_bytes()
    assert math.isclose(measure.probe(tmp_path / "clip.mp4").duration_s, clip_brief().timeline.duration_s, abs_tol=0.1)
