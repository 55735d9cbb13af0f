"""Encoders: a hardware encoder is used only where its trial has worked; one that was forced and fails is named."""

from __future__ import annotations

import pytest

from engine.domain.errors import MediaError
from engine.media import encoders, ffmpeg
from engine.media.encoders import X264, choose


def _all(_: str) -> bool:
    return True


@pytest.mark.thorough
def test_equal_pictures_give_equal_bytes_however_fast_they_come() -> None:
    """x264's own thread that looks ahead sees more or less of the last pictures, as the machine has time for it."""
    source = ("-v", "error", "-f", "lavfi", "-i", "testsrc2=s=144x256:r=30:d=5")
    asked = [*source, *X264.video, "-g", "60", "-f", "h264", "-"]
    assert len({ffmpeg.run(asked, want_output=True).output for _ in range(16)}) == 1


def test_the_first_hardware_encoder_that_works_is_used() -> None:
    asked: list[str] = []

    def works(encoder: encoders.Encoder) -> bool:
        asked.append(encoder.name)
        return encoder.name == "h264_vaapi"

    assert choose("auto", works=works, there=_all).name == "h264_vaapi"
    assert asked == ["h264_nvenc", "h264_qsv", "h264_vaapi"]


def test_x264_is_used_where_none_works() -> None:
    assert choose("auto", works=lambda encoder: False, there=_all) is X264


def test_a_device_that_is_not_there_is_not_tried() -> None:
    def works(encoder: encoders.Encoder) -> bool:
        raise AssertionError(encoder.name)

    assert choose("auto", works=works, there=lambda name: False) is X264


def test_a_forced_encoder_that_fails_its_trial_is_refused_with_its_name() -> None:
    with pytest.raises(MediaError, match="h264_nvenc does not work") as refused:
        choose("h264_nvenc", works=lambda encoder: False)
    assert "CLIP_ENCODER" in refused.value.fix


def test_an_encoder_that_nobody_knows_is_refused() -> None:
    with pytest.raises(MediaError, match="h263_abacus"):
        choose("h263_abacus")


def test_the_trial_is_a_real_one() -> None:
    assert encoders.tried(X264)
    assert not encoders.tried(encoders.Encoder("nothing", ("-c:v", "h264_of_nobody")))
