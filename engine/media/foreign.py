"""Media that we did not make: ffmpeg reads them with their one format forced, from one file, under bounds.

Left to itself ffmpeg guesses the format from the content, and some formats (playlists, `concat`, references in
QuickTime files) open other files and addresses. The format that the file's first bytes have named is forced, `file` is
the only protocol, and the kernel holds time, memory and size.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.media import ffmpeg
from engine.safety.process import Bounds
from engine.safety.signatures import FileKind

BOUNDS = Bounds()


def source(path: Path, kind: FileKind, *, most_s: float) -> list[str]:
    """The input options and the input for at most `most_s` seconds of a foreign file."""
    return [
        *("-protocol_whitelist", "file", "-f", kind.demuxer, "-t", f"{most_s:.3f}"),
        *("-max_streams", "8", "-i", f"file:{path}"),
    ]


def run(args: Sequence[str], *, want_output: bool = False, bounds: Bounds = BOUNDS) -> ffmpeg.Finished:
    """`engine.media.ffmpeg.run` under bounds. Raises MediaError, DiskFull."""
    return ffmpeg.run(args, want_output=want_output, bounds=bounds)
