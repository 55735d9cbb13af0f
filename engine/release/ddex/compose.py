"""The message of a release, made from its documents: what metadata.json and the disclosure record say, and no more.

Codes are those that were allocated. Without them our own ids stand as ProprietaryId, in the sender's namespace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from urllib.parse import quote

from engine.domain.dpid import PLACEHOLDERS, is_dpid
from engine.domain.errors import CheckFailed
from engine.domain.gate import COVER_PIXELS
from engine.release.ddex import share
from engine.release.ddex.messages import seal
from engine.release.ddex.model import (
    Deal,
    Exchange,
    File,
    Header,
    Image,
    NewRelease,
    Party,
    Release,
    ReleaseKind,
    SoundRecording,
    Text,
    Track,
    Version,
    Video,
)
from engine.release.disclosure import Disclosure
from engine.release.manifest import Listed
from engine.release.metadata import Metadata

ARTIST, LABEL = "PArtist", "PLabel"
WORDS = {"lyrics-text": "UTF8Text", "lyrics-timed": "SimpleLRC", "lyrics-ttml": "TTML"}
"""Roles of the package's lyrics, with DDEX's names for their forms."""
_STREAMS = ("NonInteractiveStream", "OnDemandStream")
_MODELS = ("AdvertisementSupportedModel", "SubscriptionModel")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NO_CHARACTER = re.compile("[\ufffe\uffff]")


Address = Callable[[str], str]
"""From the name of a file to its URI, relative to the message and percent-encoded."""


def beside(way: str) -> Address:
    """Files under their own names, reached by `way` from the message, such as `../`."""
    return lambda name: way + quote(name)


@dataclass(frozen=True, slots=True)
class Source:
    """One package: its documents, its files by role, and where they lie as seen from the message."""

    metadata: Metadata
    disclosure: Disclosure
    files: Mapping[str, Listed]
    address: Address = quote

    def file(self, role: str) -> File:
        """The file of a role. Raises CheckFailed where there is none."""
        if role not in self.files:
            raise CheckFailed(f"The DDEX message needs the file {role} of release {self.metadata.release_id}.")
        found = self.files[role]
        return File(self.address(found.name), found.sha256, found.size)


@dataclass(frozen=True, slots=True)
class Collection:
    """What an EP or album is beside its tracks. `approved_at` is aware; `address` is that of the cover."""

    kind: ReleaseKind
    release_id: str
    title: str
    artist: str
    label: str
    genre: str
    subgenre: str
    language: str
    release_date: date
    approved_at: datetime
    upc: str | None
    cover: Listed
    cover_disclosure: Disclosure
    address: Address = quote


def single(source: Source, exchange: Exchange, version: Version) -> NewRelease:
    """The message that announces the release of one package. Raises CheckFailed where it may not be sent like that."""
    data = source.metadata
    facts = Collection(
        kind="Single",
        release_id=data.release_id,
        title=data.title,
        artist=data.artist.name,
        label=data.label,
        genre=data.genre,
        subgenre=data.subgenre,
        language=data.language,
        release_date=date.fromisoformat(data.release_date),
        approved_at=datetime.strptime(data.decision.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
        upc=data.codes.upc,
        cover=source.files["cover"],
        cover_disclosure=source.disclosure,
        address=source.address,
    )
    return announce(facts, (source,), exchange, version)


def announce(facts: Collection, sources: Sequence[Source], exchange: Exchange, version: Version) -> NewRelease:
    """The message that announces a release of several packages, in the order given.

    Raises CheckFailed where a live message lacks real identifiers, or where there is nothing to announce.
    """
    check_exchange(exchange)
    if not sources:
        raise CheckFailed(f"Release {facts.release_id} has no tracks to announce.")
    if not _LANGUAGE.fullmatch(facts.language):
        raise CheckFailed(
            f"Release {facts.release_id} has the language {facts.language[:20]!r}, which DDEX cannot carry."
        )
    people = _People()
    numbers = count(1)
    recordings = [f"A{next(numbers)}" for _ in sources]
    tracks = tuple(
        _track(facts, source, people, recording, numbers) for source, recording in zip(sources, recordings, strict=True)
    )
    cover = _cover(facts, sources, people, f"A{next(numbers)}")
    release = Release(
        kind=facts.kind,
        icpn=facts.upc or "",
        proprietary_id=_words(facts.release_id),
        title=_words(facts.title),
        artist=ARTIST,
        label=LABEL,
        genre=_words(facts.genre),
        subgenre=_words(facts.subgenre),
        release_date=facts.release_date,
        year=facts.release_date.year,
        owner=_words(facts.label),
        explicit=any(source.metadata.explicit for source in sources),
        contains_ai=share.together(
            [
                *(share.extent(source.disclosure, source.disclosure.parts) for source in sources),
                *(item.contains_ai for track in tracks for item in track.resources),
                cover.contains_ai,
            ]
        ),
        cover=cover,
        tracks=tracks,
    )
    header = Header("", _words(facts.release_id), facts.approved_at, exchange)
    named = (Party(ARTIST, _words(facts.artist)), Party(LABEL, _words(facts.label)), *people.parties)
    deals = tuple(Deal(facts.release_date, model, _STREAMS) for model in _MODELS)
    return seal(NewRelease(header, facts.language, named, release, deals), version)


def check_exchange(exchange: Exchange) -> None:
    """Raises CheckFailed where an identifier is neither DDEX's nor a placeholder, or a placeholder would go live."""
    rows = (("DDEX_SENDER_DPID", exchange.sender.dpid), ("DDEX_RECIPIENT_DPID", exchange.recipient.dpid))
    for setting, dpid in rows:
        if dpid in PLACEHOLDERS:
            if exchange.live:
                raise CheckFailed(f"A live DDEX message needs {setting}.", fix="Set it, or set DDEX_LIVE=false.")
        elif not is_dpid(dpid):
            raise CheckFailed(f"{dpid!r} is no DDEX party identifier.", fix=f"Correct {setting}.")


class _People:
    """Persons whom credits name, each one party of the message."""

    def __init__(self) -> None:
        self._references: dict[str, str] = {}

    def refer(self, name: str) -> str:
        """The reference of one, who is a party of the message from now on."""
        return self._references.setdefault(_words(name), f"P{len(self._references) + 1}")

    @property
    def parties(self) -> tuple[Party, ...]:
        return tuple(Party(reference, name) for name, reference in self._references.items())


def _track(facts: Collection, source: Source, people: _People, reference: str, numbers: Iterator[int]) -> Track:
    data, disclosure = source.metadata, source.disclosure
    year = facts.release_date.year
    sung = data.vocals != "none"
    own = _words(data.release_id)
    recording = SoundRecording(
        reference=reference,
        isrc=data.codes.isrc or "",
        proprietary_id=f"{own}-recording",
        title=_words(data.title),
        artist=ARTIST,
        contributions=share.contributions(disclosure, share.heard(disclosure), data.credits, people.refer),
        year=year,
        owner=_words(facts.label),
        duration_s=data.duration_s,
        explicit=data.explicit,
        contains_ai=share.extent(disclosure, share.heard(disclosure)),
        instrumental=not sung,
        human_vocals=data.vocals == "person",
        language=data.language if sung else "",
        sample_rate=data.audio.sample_rate,
        bits=data.audio.bit_depth,
        channels=data.audio.channels,
        file=source.file("audio-wav"),
    )
    video = _video(source, recording, people, f"A{next(numbers)}") if "clip" in source.files else None
    # Words that are shown but not sung would have a player scroll them over an instrumental.
    forms = [role for role in WORDS if role in source.files] if sung and data.lyrics.text else []
    texts = tuple(_text(source, role, people, f"A{next(numbers)}") for role in forms)
    return Track(recording, texts, video, _words(data.genre), _words(data.subgenre))


def _video(source: Source, recording: SoundRecording, people: _People, reference: str) -> Video:
    data, parts = source.metadata, share.SEEN
    return Video(
        reference=reference,
        proprietary_id=f"{_words(data.release_id)}-clip",
        title=recording.title,
        artist=recording.artist,
        contributions=share.contributions(source.disclosure, parts, data.credits, people.refer),
        year=recording.year,
        owner=recording.owner,
        duration_s=data.duration_s,
        explicit=data.explicit,
        contains_ai=share.extent(source.disclosure, parts),
        instrumental=recording.instrumental,
        human_vocals=recording.human_vocals,
        language=recording.language,
        width=data.video.width,
        height=data.video.height,
        fps=data.video.fps,
        file=source.file("clip"),
    )


def _text(source: Source, role: str, people: _People, reference: str) -> Text:
    data = source.metadata
    return Text(
        reference=reference,
        proprietary_id=f"{_words(data.release_id)}-{role}",
        title=_words(data.title),
        contributions=share.contributions(source.disclosure, ("lyrics",), data.credits, people.refer),
        contains_ai=share.extent(source.disclosure, ("lyrics",)),
        language=data.language,
        codec=WORDS[role],
        file=source.file(role),
    )


def _cover(facts: Collection, sources: Sequence[Source], people: _People, reference: str) -> Image:
    credits = sources[0].metadata.credits if len(sources) == 1 else ()
    disclosure = facts.cover_disclosure
    return Image(
        reference=reference,
        proprietary_id=f"{_words(facts.release_id)}-cover",
        contributions=share.contributions(disclosure, ("artwork",), credits, people.refer),
        explicit=False,
        contains_ai=share.extent(disclosure, ("artwork",)),
        pixels=COVER_PIXELS,
        file=File(facts.address(facts.cover.name), facts.cover.sha256, facts.cover.size),
    )


def _words(text: str) -> str:
    """A value of the package's documents; the two code points that are no characters in XML become the usual mark."""
    return _NO_CHARACTER.sub("\ufffd", text)
