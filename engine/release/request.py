"""What a release package is made from. The pipeline fills this from the store; nothing here reads a file or a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from engine.domain.clips import EXTRAS
from engine.domain.codes import is_isrc, is_product_code
from engine.domain.learning import ReasonTag, Reflection
from engine.domain.media import TrackFacts
from engine.domain.runs import Actor, ActorKind
from engine.domain.song import Concept, Lyrics, Timeline
from engine.release.ddex.model import Exchange


class Part(StrEnum):
    """The parts of a release that a disclosure speaks of, each on its own.

    Post-production is the mix with its effects, wherever the sounds came from; mastering is what was done to the mix.
    """

    VOCALS = "vocals"
    LYRICS = "lyrics"
    COMPOSITION = "composition"
    INSTRUMENTATION = "instrumentation"
    POST_PRODUCTION = "post-production"
    MASTERING = "mastering"
    ARTWORK = "artwork"
    VIDEO = "video"


class Method(StrEnum):
    """How a part came to be. `absent`: the release has no such part; `rules`: software without a trained model."""

    ABSENT = "absent"
    RULES = "rules"
    MODEL = "model"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made one part. `tool` is a key of `PackageRequest.tools`; `human` says what a person did, if anything."""

    method: Method
    tool: str = ""
    model: str = ""
    human: str = ""


def embedded_makers() -> dict[Part, Maker]:
    """The parts as the embedded studio makes them, with the tools `writer`, `studio`, `ffmpeg` and `visuals`."""
    by_rules = {
        Part.LYRICS: "writer",
        Part.COMPOSITION: "studio",
        Part.INSTRUMENTATION: "studio",
        Part.POST_PRODUCTION: "studio",
        Part.MASTERING: "ffmpeg",
        Part.ARTWORK: "visuals",
        Part.VIDEO: "visuals",
    }
    return {
        Part.VOCALS: Maker(Method.ABSENT),
        **{part: Maker(Method.RULES, tool) for part, tool in by_rules.items()},
    }


@dataclass(frozen=True, slots=True)
class Tool:
    """A program, service or typeface that the release was made with.

    `notice` is what its licence asks to be said, `details` are facts for the provenance record.
    """

    name: str
    version: str
    licence: str
    notice: str = ""
    url: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Material:
    """Something taken over from elsewhere, such as a stock clip, with its author and licence."""

    kind: str
    title: str
    author: str
    licence: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """One line of the credits, such as `Producer` and a name."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class PromptRecord:
    """One call of a writer: what was asked, by which version of the prompt, and what came back. `at` is aware."""

    role: str
    provider: str
    model: str
    prompt_version: str
    prompt: str
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Variant:
    """The run's part in one experiment."""

    experiment_id: str
    parameter: str
    variant: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The approval that this package stands on. `looked_at` is false for one given without looking."""

    actor: Actor
    at: datetime
    tags: tuple[ReasonTag, ...] = ()
    text: str = ""
    looked_at: bool = True

    @property
    def reviewed_by_person(self) -> bool:
        """Whether a person listened before saying yes: never for autopilot, never for a blind approval."""
        return self.looked_at and self.actor.kind in (ActorKind.OPERATOR, ActorKind.TELEGRAM)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A finished artefact and the SHA-256 (lower-case hexadecimal) under which it was reviewed."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """One artefact that led here, such as `concept` or `track`, by its hash; `made_from` names the kinds before it."""

    kind: str
    sha256: str
    made_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseCodes:
    """The ISRC without hyphens and the UPC or EAN; None where the distributor assigns it. Raises ValueError."""

    isrc: str | None = None
    upc: str | None = None

    def __post_init__(self) -> None:
        if self.isrc is not None and not is_isrc(self.isrc):
            raise ValueError(f"{self.isrc!r} is no ISRC")
        if self.upc is not None and not is_product_code(self.upc):
            raise ValueError(f"{self.upc!r} is no UPC or EAN")


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """Everything that one package is made from; equal requests give equal bytes.

    Master: WAV, 24-bit PCM, 44.1 kHz, stereo, with the loudness that `facts` says. Cover: baseline JPEG, 3000x3000,
    sRGB. Clip: MP4 with H.264 and AAC.
    Times are aware; `language` is ISO 639-1; `costs_microusd` maps what was paid for to millionths of a dollar.
    Raises ValueError for a naive time, a missing maker or a maker whose tool is not in `tools`.
    """

    release_id: str
    run_id: str
    revision: str
    label: str
    artist_id: str
    artist: str
    title: str
    genre: str
    subgenre: str
    created_at: datetime
    release_date: date
    language: str
    explicit: bool
    concept: Concept
    lyrics: Lyrics
    timeline: Timeline
    facts: TrackFacts
    master: SourceFile
    cover: SourceFile
    clip: SourceFile
    seed: int
    decision: Decision
    tools: Mapping[str, Tool]
    makers: Mapping[Part, Maker] = field(default_factory=embedded_makers)
    credits: tuple[Credit, ...] = ()
    prompts: tuple[PromptRecord, ...] = ()
    variants: tuple[Variant, ...] = ()
    reflection: Reflection | None = None
    materials: tuple[Material, ...] = ()
    costs_microusd: Mapping[str, int] = field(default_factory=dict)
    lineage: tuple[Lineage, ...] = ()
    extras: Mapping[str, SourceFile] = field(default_factory=dict)
    """Further videos by their names in `domain.clips.EXTRAS`; MP4 with H.264, all but the canvas with AAC."""
    exchange: Exchange = field(default_factory=Exchange)
    """Between whom the DDEX messages of the package go; as it is, they are test messages between nobody."""
    codes: ReleaseCodes = ReleaseCodes()
    explicit_by: str = "rules"
    """Whose word `explicit` is: `rules` for the list of strong words, `person`."""

    def __post_init__(self) -> None:
        for at in (self.created_at, self.decision.at, *(prompt.at for prompt in self.prompts)):
            if at.tzinfo is None:
                raise ValueError(f"release {self.release_id}: naive time {at!r}; only aware times are packaged")
        if unknown := set(self.extras) - set(EXTRAS):
            raise ValueError(f"release {self.release_id}: unknown extras {', '.join(sorted(unknown))}")
        for part in Part:
            maker = self.makers.get(part)
            if maker is None:
                raise ValueError(f"release {self.release_id}: nobody is named as the maker of {part}")
            if maker.method in (Method.RULES, Method.MODEL) and maker.tool not in self.tools:
                raise ValueError(f"release {self.release_id}: {part} names the unknown tool {maker.tool!r}")

    @property
    def vocals(self) -> str:
        """`none` for an instrumental, else how the voice came to be."""
        return vocals_word(self.makers[Part.VOCALS].method)


def vocals_word(method: Method) -> str:
    """What the documents say of vocals that were made so."""
    return "none" if method is Method.ABSENT else str(method)
