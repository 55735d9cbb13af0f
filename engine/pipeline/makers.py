"""Who made which part of a release, with what, and under which rights, as its disclosure names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.domain.codec import load
from engine.domain.difference import Mark, difference
from engine.domain.song import Lyrics
from engine.release import request as release

_SERVICES = {
    "suno": "Suno, by way of a service of the operator's choice",
    "elevenlabs": "ElevenLabs Music",
    "lyria": "Google Lyria",
    "acestep": "ACE-Step 1.5",
}


def makers(content: Mapping[str, Any]) -> dict[release.Part, release.Maker]:
    """Who made which part; words that a person edited are partly that person's."""
    found = release.embedded_makers()
    if provider := content.get("provider"):
        by_model = release.Maker(release.Method.MODEL, provider, content["made_with"].get("model", ""))
        found |= {release.Part.COMPOSITION: by_model, release.Part.INSTRUMENTATION: by_model}
        if content["vocals"] != "none":
            found[release.Part.VOCALS] = by_model
    texts = (
        [load(content[name], Lyrics).text() for name in ("written", "lyrics")] if content.get("written") else ["", ""]
    )
    marks = [line.mark for line in difference(*texts)]
    if (content.get("stock") or {}).get("shown"):
        told = "filmed the stock video in it, which is listed with its authors"
        found[release.Part.VIDEO] = replace(found[release.Part.VIDEO], human=told)
    if marks:
        told = f"edited the words (lines taken out: {marks.count(Mark.GONE)}, put in: {marks.count(Mark.NEW)})"
        found[release.Part.LYRICS] = replace(found[release.Part.LYRICS], human=told)
    return found


def tools(content: Mapping[str, Any]) -> dict[str, release.Tool]:
    """What the release is made with."""
    from importlib.metadata import version

    ours = version("noktvrn")
    return {
        "writer": release.Tool("noktvrn offline writer", ours, "MIT"),
        **_music(content, ours),
        "visuals": release.Tool("noktvrn generated scenes and covers", ours, "MIT"),
        "ffmpeg": release.Tool("ffmpeg", _ffmpeg_version(), "GPL-3.0-or-later, run as a separate program"),
        "typefaces": release.Tool(
            "Bebas Neue, DM Serif Display, Jost, Noto Sans CJK, Space Grotesk, Syne; DejaVu Sans",
            "",
            "OFL-1.1; Bitstream Vera licence for DejaVu",
        ),
    }


def _music(content: Mapping[str, Any], ours: str) -> dict[str, release.Tool]:
    made_with: Mapping[str, str] = content["made_with"]
    provider = content.get("provider")
    if provider is None:
        return {"studio": release.Tool("noktvrn embedded studio", ours, "MIT", details=dict(made_with))}
    rights = content["rights"]
    licence = rights or "the provider's terms; the settings name no plan"
    notice = next((part.removeprefix("attribution=") for part in rights.split("; ") if part[:12] == "attribution="), "")
    details = {**made_with, "timeline": "heard in the track" if content["heard"] else "told by the provider"}
    return {
        provider: release.Tool(
            _SERVICES.get(provider, provider), made_with.get("model", ""), licence, notice, details=details
        )
    }


def _ffmpeg_version() -> str:
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_version())
