"""Who made which part of a release, with what, and under which rights, as its disclosure names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.domain.codec import load
from engine.domain.difference import Mark, difference
from engine.domain.models import OFFLINE, Byline, Role
from engine.domain.song import Lyrics
from engine.llm.vendors import VENDORS
from engine.release import request as release
from engine.release.provenance import WROTE

_OURS = "noktvrn offline writer"
VISUALS = "noktvrn generated scenes and covers"
_SERVICES = {
    "suno": "Suno, by way of a service of the operator's choice",
    "elevenlabs": "ElevenLabs Music",
    "lyria": "Google Lyria",
    "acestep": "ACE-Step 1.5",
}


def makers(content: Mapping[str, Any]) -> dict[release.Part, release.Maker]:
    """Who made which part; words that a person edited are partly that person's."""
    found = release.embedded_makers()
    by = bylines(content).get(Role.LYRICS)
    if by is not None and by.provider != OFFLINE:
        found[release.Part.LYRICS] = release.Maker(release.Method.MODEL, by.provider, by.model)
    if provider := content.get("provider"):
        by_model = release.Maker(release.Method.MODEL, provider, content["made_with"].get("model", ""))
        heard = (release.Part.COMPOSITION, release.Part.INSTRUMENTATION, release.Part.POST_PRODUCTION)
        found |= dict.fromkeys(heard, by_model)  # a model gives a finished mix; the mastering is ours
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
        **_writers(bylines(content), ours),
        **_music(content, ours),
        "visuals": release.Tool(VISUALS, ours, "MIT"),
        "ffmpeg": release.Tool("ffmpeg", _ffmpeg_version(), "GPL-3.0-or-later, run as a separate program"),
        "typefaces": release.Tool(
            "Bebas Neue, DM Serif Display, Jost, Noto Sans CJK, Space Grotesk, Syne; DejaVu Sans",
            "",
            "OFL-1.1; Bitstream Vera licence for DejaVu",
        ),
    }


def bylines(content: Mapping[str, Any]) -> dict[Role, Byline]:
    """Who wrote persona, concept, lyrics and reflection; without those of which that was not kept."""
    return {Role(role): load(by, Byline) for role, by in content.get("by", {}).items()}


def credits(content: Mapping[str, Any]) -> tuple[release.Credit, ...]:
    """A line for each part of the disclosure that is there, and for each work of a writer.

    Such as `Mastering by`: `noktvrn embedded studio 0.7`, or `Lyrics written by`: `OpenAI, gpt-5.4-mini, prompt
    lyrics-2`. No role is one that DDEX reads as a person's.
    """
    written = bylines(content)
    lines = [
        release.Credit(f"{role.capitalize()} written by", f"{_house(by.provider)}, {_wrote(by)}")
        for role, by in written.items()
    ]
    made_with = tools(content)
    for part, maker in makers(content).items():
        if maker.method in (release.Method.ABSENT, release.Method.PERSON):
            continue
        if part is release.Part.LYRICS and Role.LYRICS in written:
            continue
        tool = made_with[maker.tool]
        named = " ".join(filter(None, (tool.name, maker.model or tool.version)))
        lines.append(release.Credit(f"{str(part).capitalize()} by", named))
    return tuple(lines)


def _writers(found: Mapping[Role, Byline], ours: str) -> dict[str, release.Tool]:
    """Each writer once, with what it wrote; our own where nothing was kept, for then nobody else could write."""
    offline = {role: by for role, by in found.items() if by.provider == OFFLINE}
    tools = {}
    if offline or Role.LYRICS not in found:
        tools["writer"] = release.Tool(_OURS, ours, "MIT", details=_works(offline))
    for vendor in dict.fromkeys(by.provider for by in found.values() if by.provider != OFFLINE):
        works = _works({role: by for role, by in found.items() if by.provider == vendor})
        licence = "the model's own licence" if vendor == "custom" else "the vendor's terms"
        tools[vendor] = release.Tool(_house(vendor), "", licence, details=works)
    return tools


def _works(found: Mapping[Role, Byline]) -> dict[str, str]:
    return {f"{WROTE}{role}": _wrote(by) for role, by in found.items()}


def _wrote(by: Byline) -> str:
    return f"{by.model}, prompt {by.prompt_version}"


def _house(provider: str) -> str:
    if provider == OFFLINE:
        return _OURS
    if provider == "custom":
        return "a language model on a server of the operator's choice"
    return VENDORS[provider].title if provider in VENDORS else provider


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
