"""Flashing is measured as WCAG 2.3.1 defines it: how often, how strong, how large."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.media import ffmpeg
from engine.media.flashes import flashes, worst_second

FPS = 30


def blinking(a_second: float, *, dark: int = 0, bright: int = 255, share: float = 1.0, seconds: int = 3) -> np.ndarray:
    """Frames of 400 pixels of which a share goes from dark to bright and back so many times a second."""
    at = np.arange(seconds * FPS) / FPS
    on = (at * a_second * 2).astype(int) % 2 == 1
    frames = np.full((len(at), 400), dark, np.uint8)
    frames[:, : round(400 * share)] = np.where(on, bright, dark)[:, None]
    return frames


@pytest.mark.parametrize(("a_second", "too_many"), [(1, False), (3, False), (5, True), (10, True)])
def test_more_than_three_a_second_are_counted(a_second: int, too_many: bool) -> None:
    found = worst_second(blinking(a_second), FPS)
    assert found == pytest.approx(a_second, abs=0.5)
    assert (found > 3) is too_many


def test_a_small_change_of_light_is_no_flash() -> None:
    assert worst_second(blinking(10, dark=120, bright=130), FPS) == 0.0


def test_two_bright_pictures_are_no_flash() -> None:
    assert worst_second(blinking(10, dark=235, bright=255), FPS) == 0.0


@pytest.mark.parametrize(("share", "seen"), [(0.2, False), (0.3, True)])
def test_less_than_a_quarter_of_the_picture_is_no_flash(share: float, seen: bool) -> None:
    assert (worst_second(blinking(10, share=share), FPS) > 3) is seen


def test_a_slow_rise_is_one_change_and_a_cut_another() -> None:
    rise = np.linspace(0, 255, 15).astype(np.uint8)[:, None].repeat(400, 1)
    assert worst_second(rise, FPS) == 0.5
    assert worst_second(np.concatenate([rise, np.zeros((30, 400), np.uint8)]), FPS) == 1.0


def test_a_still_and_a_single_frame_do_not_flash() -> None:
    assert worst_second(np.zeros((90, 400), np.uint8), FPS) == worst_second(np.zeros((1, 400), np.uint8), FPS) == 0.0


@pytest.mark.parametrize(("a_second", "most"), [(8, False), (1, True)])
def test_a_file_is_measured(tmp_path: Path, a_second: int, most: bool) -> None:
    path = tmp_path / "clip.mp4"
    blink = f"color=black:s=320x180:r=30:d=2,geq=lum='if(lt(mod(T*{a_second},1),0.5),235,16)':cb=128:cr=128"
    ffmpeg.run(["-f", "lavfi", "-i", blink, "-pix_fmt", "yuv420p", str(path)])
    assert (flashes(path) <= 3) is most
