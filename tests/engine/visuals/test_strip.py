"""Each still of the lyrics shows at its own opacity, however many of them lie ready at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.media import ffmpeg
from engine.visuals import graph
from engine.visuals.lyrics import Still, Strip

pytestmark = pytest.mark.thorough
_FPS, _SIDE, _STILLS = 10, 16, 8


def test_no_still_takes_the_opacity_of_the_one_behind_it(tmp_path: Path) -> None:
    """Stills that come two at a time, as they may on a busy machine: `telecine` gives out pairs."""
    stills = tuple(Still(frame, tmp_path / "white.tif", frame / _STILLS) for frame in range(_STILLS))
    strip = Strip(stills, 1, 0, 0, ((0, _STILLS),))
    chains = graph._strip_chain(strip, 1, "0:v", "out", _FPS, tmp_path)
    pairs = "[1:v]format=rgba,telecine=pattern=4[pairs]"
    chains = [pairs, *(chain.replace("[1:v]", "[pairs]") for chain in chains)]
    size = f"s={_SIDE}x{_SIDE}"
    args = [
        *("-v", "error", *graph.PLAIN, "-f", "lavfi", "-i", f"color=black:{size}:r={_FPS}"),
        *("-f", "lavfi", "-i", f"color=white:{size}:r={_FPS // 2}", "-filter_complex", ";".join(chains)),
        *("-map", "[out]", "-frames:v", str(_STILLS), "-pix_fmt", "gray", "-f", "rawvideo", "-"),
    ]
    shown = np.frombuffer(ffmpeg.run(args, want_output=True).output, np.uint8).reshape(_STILLS, -1).mean(axis=1)
    assert shown / 255 == pytest.approx([still.opacity for still in stills], abs=0.03)
