"""Who encodes H.264: libx264, or a hardware encoder where a trial of it has worked on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.domain.clips import HARDWARE
from engine.domain.errors import MediaError
from engine.media import ffmpeg
from engine.safety.process import Bounds

AUTO = "auto"
_TRIAL = Bounds(cpu_s=20, memory=4 << 30, file_bytes=1 << 20, clock_s=20.0)
_RENDER_NODES = "/dev/dri"


@dataclass(frozen=True, slots=True)
class Encoder:
    """ffmpeg's arguments for one H.264 encoder: `device` before the inputs, `upload` at the end of the filters.

    `repeatable` is whether equal pictures give equal bytes on every machine and a keyframe begins where it is asked
    for, so that packets can be copied from there.
    """

    name: str
    video: tuple[str, ...]
    device: tuple[str, ...] = ()
    upload: str = ""
    repeatable: bool = False


_TWO_SLICES = ("-threads", "2", "-thread_type", "slice")
"""The number of threads decides about x264's bytes, so it is not left to the machine. Threads by slices hold no whole
frames each: 35 MB less at 720p than threads by frames, for files 0.8 % larger. And none of them looks ahead by itself,
where how much of the end it sees would depend on how busy the machine is."""
X264 = Encoder(
    "libx264",
    ("-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-aq-mode", "3", "-pix_fmt", "yuv420p", *_TWO_SLICES),
    repeatable=True,
)
_BY_NAME = {
    encoder.name: encoder
    for encoder in (
        X264,
        Encoder(
            "h264_nvenc",
            ("-c:v", "h264_nvenc", "-preset", "p5", "-rc", "vbr", "-cq", "23", "-b:v", "0", "-pix_fmt", "yuv420p"),
        ),
        Encoder("h264_qsv", ("-c:v", "h264_qsv", "-global_quality", "23"), upload="format=nv12"),
        Encoder(
            "h264_vaapi",
            ("-c:v", "h264_vaapi", "-qp", "23"),
            device=("-vaapi_device", f"{_RENDER_NODES}/renderD128"),
            upload="format=nv12,hwupload",
        ),
        Encoder("h264_videotoolbox", ("-c:v", "h264_videotoolbox", "-q:v", "65", "-pix_fmt", "yuv420p")),
        Encoder("h264_amf", ("-c:v", "h264_amf", "-rc", "cqp", "-qp_i", "21", "-qp_p", "23"), upload="format=nv12"),
    )
}
NAMES = (X264.name, *HARDWARE)


def choose(
    wanted: str, *, works: Callable[[Encoder], bool] | None = None, there: Callable[[str], bool] | None = None
) -> Encoder:
    """The encoder to use. `auto`: the first hardware encoder whose trial works, else libx264.

    Devices that are not there are not tried. Raises MediaError where one is named that does not work here.
    """
    works, there = works or tried, there or _there
    if wanted == X264.name:
        return X264
    if wanted != AUTO:
        encoder = _BY_NAME.get(wanted)
        if encoder is None:
            raise MediaError(f"Nobody knows an encoder {wanted!r} here.", fix=f"Use auto or {', '.join(NAMES)}.")
        if not works(encoder):
            fix = "Set CLIP_ENCODER=auto, or mend the driver; `noktvrn doctor` tries it again."
            raise MediaError(f"The encoder {wanted} does not work on this machine.", fix=fix)
        return encoder
    hardware = (_BY_NAME[name] for name in HARDWARE)
    return next((encoder for encoder in hardware if there(encoder.name) and works(encoder)), X264)


def tried(encoder: Encoder) -> bool:
    """Encodes a few frames with it and decodes them again; whether both went well."""
    source = ("-f", "lavfi", "-i", "testsrc2=size=320x192:rate=30")
    try:
        made = ffmpeg.run(
            [
                *("-v", "error", *encoder.device, *source, "-frames:v", "12", "-vf", encoder.upload or "null"),
                *(*encoder.video, "-f", "h264", "pipe:1"),
            ],
            want_output=True,
            bounds=_TRIAL,
        ).output
        count = ["-v", "error", "-f", "h264", "-i", "pipe:0", "-map", "0:v", "-f", "framemd5", "pipe:1"]
        told = ffmpeg.run(count, feed=[made], want_output=True, bounds=_TRIAL).output
    except MediaError:
        return False
    return sum(not line.startswith(b"#") for line in told.splitlines()) == 12


def _there(name: str) -> bool:
    """Whether this machine has what the encoder needs at the least: cheap, and no proof."""
    if name == "h264_videotoolbox":
        return sys.platform == "darwin"
    if sys.platform == "win32":
        return name in ("h264_nvenc", "h264_qsv", "h264_amf")
    if name == "h264_nvenc":
        return any(Path(path).exists() for path in ("/dev/nvidiactl", "/dev/dxg"))
    return sys.platform == "linux" and Path(_RENDER_NODES).is_dir()
