"""What may keep a release in the house: plans and licences of its sources, names, questions without an answer.

Rules are pure: facts in, blocks out. A block keeps its kind for as long as it lasts, and a digest of the facts that it
rests on; an override is bound to that digest, so that it is void as soon as they change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from engine.domain.errors import UsageError
from engine.domain.explicit import strong_words
from engine.domain.guests import artists_in, guests_in
from engine.domain.licences import Verdict, verdict
from engine.domain.lookalikes import alike, letters
from engine.domain.originality import Refused
from engine.domain.purchase import Rights

OWN_LICENCE = {"acestep": "the model is MIT-licensed"}
"""Providers whose music needs no plan, and why."""
_NO_SALE = {"suno": ("free", "basic"), "elevenlabs": ("free",)}
"""Plans of vendors that forbid selling, whatever the settings say of them."""
_NEW_MUSIC = "Make a new version of the track under a plan that allows it"
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Block:
    """Why a release may not leave the house. `kind` names it for as long as it lasts, `digest` the facts behind it.

    What `overridable` is not, an operator can only put right.
    """

    kind: str
    what: str
    fix: str
    digest: str = ""
    overridable: bool = True


@dataclass(frozen=True, slots=True)
class Music:
    """Who made the music. `plan` is the operator's plan as it stood at the order of `day`, empty where none was
    recorded; `notice` is what the package says for it. `method` is rules, model or person, as in the disclosure."""

    provider: str = ""
    method: str = "rules"
    plan: str = ""
    day: date | None = None
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Something taken over or used, with its licence in words. `listed`: the package names it with its author."""

    name: str
    licence: str
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """Another artist or release of the label: its id and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """What the package's DDEX message says of who sends it, and to whom; `owners` and `territories` as it names them.
    `parties_known`: both have identifiers as DDEX gives them out."""

    live: bool = False
    parties_known: bool = False
    sender_name: str = ""
    owners: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """What a package carries, or what was set for it; None where nothing is, or nobody said anything."""

    isrc: str | None = None
    upc: str | None = None
    explicit: bool | None = None


@dataclass(frozen=True, slots=True)
class AlbumTrack:
    """A track of an album: its title and what it carries in the album's package, then both as they are by now."""

    number: int
    title: str
    carried: Carried
    now_title: str
    wanted: Carried


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules look at. `unreadable` says why the package's documents could not be read; then little else
    is known. `typefaces` None: the package does not say which."""

    release_id: str
    artist: str
    title: str
    unreadable: str = ""
    music: Music = Music()
    footage: tuple[Source, ...] = ()
    typefaces: tuple[Source, ...] | None = None
    soundfonts: tuple[Source, ...] = ()
    pictures: tuple[Source, ...] = ()
    artists: tuple[Taken, ...] = ()
    """The label's other artists."""
    titles: tuple[Taken, ...] = ()
    """Its other releases that were made earlier or have left the house."""
    sung: bool = False
    words: str = ""
    language: str = "en"
    explicit: bool | None = None
    """As the package says."""
    explicit_by: str = ""
    """`person` where one said so."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """What was declared of the release."""
    message: Message | None = None
    carried: Carried = Carried()
    """What the package carries."""
    wanted: Carried = Carried()
    """What was set for it; `explicit` None where no person said anything."""
    album_id: str = ""
    """The album that it is the package of; empty for a song."""
    newer: str = ""
    """An album's later package, which took the place of this one; empty for none."""
    approved: bool = True
    """Whether an album holds what was approved, so that its package can be made anew at once."""
    tracks: tuple[AlbumTrack, ...] = ()
    """An album's."""


@dataclass(frozen=True, slots=True)
class Override:
    """An operator's decision to let a release go in spite of a block, for the facts that `digest` stands for."""

    kind: str
    digest: str
    reason: str
    name: str
    at: datetime


RELEASE_QUESTIONS: Mapping[str, tuple[str, ...]] = {"recording": ("yes", "no")}
"""What can be declared of a release itself, beside the questions of targets: whether the rights in a recording that was
brought in are held."""


def open_blocks(found: Iterable[Block], overrides: Collection[Override]) -> list[Block]:
    """The blocks that still stand: an override counts for the facts that it was given for, and for no others."""
    given = {(each.kind, each.digest) for each in overrides}
    return [block for block in found if not block.overridable or (block.kind, block.digest) not in given]


def blocks(facts: Facts, names: Refused) -> list[Block]:
    """Everything that stands against the release wherever it goes. `names` are those of real artists."""
    if facts.unreadable:
        why = f"The package's documents cannot be read: {facts.unreadable}"
        return [block("package", why, f"See `noktvrn releases verify {facts.release_id}`.", overridable=False)]
    found = [each for rule in _RULES for each in rule(facts)]
    return [*found, *_artist_name(facts, names), *_title_name(facts, names)]


def block(kind: str, what: str, fix: str, *facts: object, overridable: bool = True) -> Block:
    """A block that rests on these facts."""
    text = json.dumps([kind, *facts], ensure_ascii=False, default=str, sort_keys=True)
    return Block(kind, what, fix, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), overridable)


def checked_reason(reason: str, name: str) -> tuple[str, str]:
    """Reason and name of an override, each one line. Raises UsageError where one is missing."""
    said, who = " ".join(reason.split()), " ".join(name.split())
    if not any(char.isalnum() for char in said):
        raise UsageError("An override needs a reason.", fix="Say why the release may go all the same.")
    if not any(char.isalnum() for char in who):
        raise UsageError("An override needs the name of whoever decides.", fix="Give your name.")
    if len(said) > 1000 or len(who) > 80:
        raise UsageError("That is too long.", fix="A reason has at most 1000 characters, a name 80.")
    return said, who


# --- sources ---


def _music(facts: Facts) -> Iterator[Block]:
    music = facts.music
    if music.method == "person":
        if facts.answers.get("recording") != "yes":
            what = "The recording was brought in, and nobody said that the rights in it are held."
            fix = f"`noktvrn releases declare {facts.release_id} recording yes`, if they are."
            yield block("music-rights", what, fix, facts.answers.get("recording", ""))
        return
    if not music.provider:
        return
    known = (music.provider, music.plan, music.day)
    if not music.plan:
        if music.provider not in OWN_LICENCE:
            what = f"It is not recorded what the plan with {music.provider} allowed when the music was ordered."
            fix = (
                f"Say in {music.provider.upper()}_RIGHTS what it allows, for songs to come; for this one, make a new "
                "version of the track, or override with what your plan allowed then."
            )
            yield block("music-plan", what, fix, *known)
        return
    plan = plan_of(music.plan)
    if plan is None or not plan.commercial:
        allows = "it is not known what it allows" if plan is None else "it forbids commercial use"
        what = f"The music was ordered from {music.provider} under {music.plan!r}: {allows}."
        yield block("music-plan", what, f"{_NEW_MUSIC}.", *known)
    elif any(word in letters(plan.plan).split() for word in _NO_SALE.get(music.provider, ())):
        what = f"The plan {plan.plan!r} of {music.provider} forbids commercial use, though the settings said otherwise."
        yield block("music-plan", what, f"{_NEW_MUSIC}, and put {music.provider.upper()}_RIGHTS right.", *known)
    elif music.day is not None and not plan.cover(music.day):
        what = f"The plan {plan.plan!r} with {music.provider} had ended on {plan.until} when the music was ordered."
        yield block("music-plan", what, f"{_NEW_MUSIC}.", *known)
    elif plan.attribution and plan.attribution not in music.notice:
        what = f"The plan with {music.provider} asks for {plan.attribution!r} to be said; the package does not."
        yield block("music-credit", what, anew(facts), *known)


def plan_of(text: str) -> Rights | None:
    """The plan as an order recorded it; None where the text says nothing of commercial use."""
    parts = dict(part.partition("=")[::2] for part in text.split("; ") if "=" in part)
    if parts.get("commercial") not in ("yes", "no"):
        return None
    try:
        until = date.fromisoformat(parts["until"]) if "until" in parts else None
    except ValueError:
        return None
    return Rights(parts.get("plan", ""), parts["commercial"] == "yes", parts.get("attribution", ""), until)


def _footage(facts: Facts) -> Iterator[Block]:
    yield from _unlicensed("footage-licence", "stock video", facts.footage, "Make a new version of the clip without it")
    silent = [each for each in facts.footage if not each.listed]
    if silent:
        what = f"The package does not name the author of {_several(silent)}, which the clip shows."
        yield block("footage-credit", what, anew(facts), [each.name for each in silent])


def _typefaces(facts: Facts) -> Iterator[Block]:
    if facts.typefaces is None:
        what = "The package does not say which typefaces stand in its pictures."
        yield block("font-licence", what, anew(facts))
    else:
        fix = "Make a new version of cover and clip with typefaces that we ship"
        yield from _unlicensed("font-licence", "typeface", facts.typefaces, fix)


def _soundfonts(facts: Facts) -> Iterator[Block]:
    fix = "Make a new version of the track with our own synthesiser"
    yield from _unlicensed("soundfont-licence", "soundfont", facts.soundfonts, fix)


def _pictures(facts: Facts) -> Iterator[Block]:
    yield from _unlicensed("picture-licence", "picture source", facts.pictures, "Make a new version of the cover")


def _unlicensed(kind: str, what: str, sources: Sequence[Source], fix: str) -> Iterator[Block]:
    bad = [each for each in sources if verdict(each.licence) is not Verdict.ALLOWS]
    if not bad:
        return
    forbids = any(verdict(each.licence) is Verdict.FORBIDS for each in bad)
    says = "forbids commercial use" if forbids else "is not known to allow commercial use"
    named = f"{what} {_several(bad)} ({bad[0].licence or 'no licence is recorded'})"
    told = f"The licence of the {named} {says}."
    yield block(kind, told, f"{fix}, or override with the licence that you hold.", [(s.name, s.licence) for s in bad])


def _several(found: Sequence[Source]) -> str:
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(each.name for each in found[:_NAMED]) + more


# --- names ---


def _artist_name(facts: Facts, names: Refused) -> Iterator[Block]:
    real = called(facts.artist, names)
    if real:
        what = f"The artist {facts.artist!r} has the name of a real one, {real}."
        yield block("artist-name", what, f"Rename the artist. {anew(facts)}", facts.artist, real)


def _title_name(facts: Facts, names: Refused) -> Iterator[Block]:
    """A word of its own, such as `Air`, may be a title; a name that means nobody else may not stand in one."""
    found = {name for text in (facts.title, letters(facts.title)) for name in names.found_in(text)}
    found |= {written for written, _ in names.phrases if alike(facts.title, written)}
    found |= {real for guest in guests_in(facts.title) if (real := _named(guest, names))}
    if found:
        real = ", ".join(sorted(found))
        what = f"The title {facts.title!r} names {real}."
        yield block("title-name", what, "Give the song another title and approve it anew.", facts.title, sorted(found))


def called(artist: str, names: Refused) -> str:
    """The real artist for whom this one would be taken; empty for none."""
    whole = next((real for each in (artist, *artists_in(artist)) if (real := _named(each, names))), "")
    return whole or next((name for text in (artist, letters(artist)) for name in names.found_in(text)), "")


def _named(name: str, names: Refused) -> str:
    return next((written for written, _ in (*names.phrases, *names.names) if alike(name, written)), "")


def _fleet(facts: Facts) -> Iterator[Block]:
    same = [each for each in facts.artists if alike(facts.artist, each.name)]
    if same:
        what = (
            f"The artist {facts.artist!r} would be taken for another one of the label, {same[0].name} ({same[0].id})."
        )
        yield block("fleet-name", what, f"Rename one of them. {anew(facts)}", facts.artist, _ids(same))
    titled = [each for each in facts.titles if alike(facts.title, each.name)]
    if titled:
        what = f"The label has a release of that title already: {titled[0].name} ({titled[0].id})."
        fix = "Give the song another title and approve it anew."
        yield block("fleet-title", what, fix, facts.title, _ids(titled))
    named = [each for each in facts.artists if alike(facts.title, each.name)]
    if named:
        what = f"The title {facts.title!r} is the name of an artist of the label ({named[0].id})."
        fix = "Give the song another title and approve it anew."
        yield block("fleet-title-name", what, fix, facts.title, _ids(named))


def _ids(found: Sequence[Taken]) -> list[str]:
    return sorted(each.id for each in found)


# --- words ---


def _explicit(facts: Facts) -> Iterator[Block]:
    if not facts.sung:
        return
    fix = f"`noktvrn releases explicit {facts.release_id} yes|no`, which packages it anew."
    if facts.explicit is None:
        yield block("explicit-unknown", "The package does not say whether its words are explicit.", fix)
        return
    strong = strong_words(facts.words, facts.language)
    if strong and not facts.explicit and facts.explicit_by != "person":
        what = f"The package says that its words are not explicit; they hold {', '.join(strong)}."
        yield block("explicit-unknown", what, fix, strong)


# --- the package itself ---


def _behind(facts: Facts) -> Iterator[Block]:
    """What was set of a release must be what leaves the house."""
    rows = behind(facts.carried, facts.wanted, facts.tracks)
    if rows:
        yield block("package-behind", older(rows), anew(facts), rows, overridable=False)


def _superseded(facts: Facts) -> Iterator[Block]:
    """What waits for its day or was stopped must not go out beside what took its place."""
    if facts.newer:
        what = f"There is a newer package of {facts.title}: {facts.newer}."
        yield block("package-older", what, "Deliver that one.", facts.newer, overridable=False)


def older(rows: Sequence[tuple[str, str, str]]) -> str:
    """What `behind` found, in words."""
    told = (f"{name} is {there or 'none'} in the package, {set_ or 'none'} was set" for name, there, set_ in rows)
    return f"The package is older than what was set: {'; '.join(told)}."


def behind(carried: Carried, wanted: Carried, tracks: Sequence[AlbumTrack] = ()) -> list[tuple[str, str, str]]:
    """Name, the package's value and the wanted one of everything that a package does not carry as it was set."""
    rows = _differing(carried, wanted)
    for track in tracks:
        of = f"of track {track.number}"
        rows += [(f"{name} {of}", there, set_) for name, there, set_ in _differing(track.carried, track.wanted)]
        if track.title != track.now_title:
            rows.append((f"the title {of}", track.title, track.now_title))
    return rows


def _differing(carried: Carried, wanted: Carried) -> list[tuple[str, str, str]]:
    rows = [("the ISRC", carried.isrc or "", wanted.isrc or ""), ("the UPC", carried.upc or "", wanted.upc or "")]
    if wanted.explicit is not None:
        words = {None: "", True: "yes", False: "no"}
        rows.append(("the explicit mark", words[carried.explicit], words[wanted.explicit]))
    return [row for row in rows if row[1] != row[2]]


def anew(facts: Facts) -> str:
    """How a release is packaged anew, in words."""
    if facts.album_id:
        return album_anew(facts.album_id, approved=facts.approved)
    return f"Package it anew: `noktvrn releases package {facts.release_id}`."


def album_anew(album_id: str, *, approved: bool) -> str:
    """How an album is packaged anew, in words; `approved`: it holds what a person approved."""
    if approved:
        return f"Package it anew: `noktvrn albums package {album_id}`."
    return (
        f"Approve it and package it anew: `noktvrn albums approve {album_id}`, then `noktvrn albums package "
        f"{album_id}`; `noktvrn albums show {album_id}` says what keeps it from that."
    )


_RULES: Sequence[Callable[[Facts], Iterator[Block]]] = (
    _music,
    _footage,
    _typefaces,
    _soundfonts,
    _pictures,
    _fleet,
    _explicit,
    _behind,
    _superseded,
)
