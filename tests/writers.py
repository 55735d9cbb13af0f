"""A stand-in for the vendors of language models, behind `tests.loopback`: it knows which text is asked for."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from engine.domain.learning import Lesson, Reflection
from engine.domain.song import Lyrics, LyricSection, SectionKind
from engine.llm.answers import encode
from tests.engine.llm.misbehaving import ANTHROPIC_ANSWER, GEMINI_ANSWER, OPENAI_ANSWER
from tests.label import concept, persona
from tests.loopback import Asked, http

VENDORS = {"openai": "/v1", "deepseek": "/v1", "grok": "/v1", "mistral": "/v1", "anthropic": "", "gemini": "/v1beta"}
"""The path of each vendor's interface under the stand-in's `/VENDOR`."""
LYRICS = Lyrics(
    "en",
    (
        LyricSection(SectionKind.VERSE, ("The ferry counts its lanterns in", "and nobody comes down to wave")),
        LyricSection(SectionKind.CHORUS, ("Glass harbour, hold the light", "glass harbour, let it go")),
    ),
)
_TEXTS: Mapping[bytes, object] = {
    b"You invent recording artists": persona(),
    b"plan your next song": concept(),
    b"write the lyrics of the song": LYRICS,
    b"look back on a finished track": Reflection(
        0.8, 0.7, "holds together", ("the tempo is as asked",), Lesson("Glass Harbour", "Leave more room.", {})
    ),
}


def wrote(asked: Asked) -> bytes:
    """The whole answer of the vendor that the address names, to whichever prompt was sent."""
    text = next(encode(text) for opening, text in _TEXTS.items() if opening in asked.body)
    vendor = asked.target.split("/")[1]
    if vendor == "anthropic":
        return http(200, {**ANTHROPIC_ANSWER, "content": [{"type": "text", "text": text}]})
    if vendor == "gemini":
        answer: dict[str, Any] = copy.deepcopy(GEMINI_ANSWER)
        answer["candidates"][0]["content"]["parts"][0]["text"] = text
        return http(200, answer)
    answer = copy.deepcopy(OPENAI_ANSWER)
    answer["choices"][0]["message"]["content"] = text
    return http(200, answer)
