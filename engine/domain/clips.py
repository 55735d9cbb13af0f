"""Names around clips: a release's further videos, who may encode, how large."""

from __future__ import annotations

EXTRAS = ("clip-9x16", "clip-1x1", "teaser", "canvas")
"""Videos that a release has besides its clip, made once it is approved."""
TEASER_S = (15.0, 30.0)
CANVAS_S = (3.0, 8.0)
"""The shortest and the longest that a teaser and a canvas loop may be, in seconds."""
HARDWARE = ("h264_nvenc", "h264_qsv", "h264_vaapi", "h264_videotoolbox", "h264_amf")
"""Hardware encoders of H.264, in the order in which they are tried."""
ENCODERS = ("auto", "libx264", *HARDWARE)
HEIGHTS = ("720", "1080")
