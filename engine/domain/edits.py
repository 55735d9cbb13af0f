"""What a person may change in a song that awaits review, and which stages of the line depend on it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest

from engine.domain.difference import Mark, difference
from engine.domain.errors import NotAllowed, WordsError
from engine.domain.runs import PRODUCE_STAGES, Stage
from engine.domain.song import Lyrics, LyricSection, SectionKind

TITLE_LIMIT = 120
LINE_LIMIT = 160
SECTION_LIMIT = 24
"""Lines of one section."""
TEXT_LIMIT = 20_000
SUNG = "the words are sung in this track, so they cannot be edited without singing it again; its title can"
_HEADING = re.compile(r"\[\s*([^\[\]]*?)\s*\]")
_JOINERS = "\u200c\u200d"
_VERBS = {Mark.GONE: "taken out", Mark.NEW: "put in"}
_TOLD = 6
"""Changed lines that the next prompt is told of, at most."""


class Editable(StrEnum):
    """What can be edited."""

    TITLE = "title"
    LYRICS = "lyrics"


DEPENDS_ON: Mapping[Stage, frozenset[Editable]] = {
    Stage.CONCEPT: frozenset(),
    Stage.LYRICS: frozenset(),  # an edit takes the place of what the writer wrote; nobody is asked again
    Stage.TRACK: frozenset(),  # it sings no words; the times of the lines follow the edit without any sound
    Stage.ANALYSIS: frozenset(),
    Stage.COVER: frozenset({Editable.TITLE}),
    Stage.CLIP: frozenset({Editable.TITLE, Editable.LYRICS}),
    Stage.REFLECTION: frozenset(),  # it looks back on the writer's work, not on ours
}
"""What each stage shows of the title and of the words. The package is made later, from the newest of all."""


def made_again(changed: Collection[Editable]) -> tuple[Stage, ...]:
    """The stages that depend on what changed, in the order of the line."""
    return tuple(stage for stage in PRODUCE_STAGES if DEPENDS_ON[stage] & set(changed))


def kept(changed: Collection[Editable]) -> tuple[Stage, ...]:
    """The stages whose work is taken over as it is."""
    return tuple(stage for stage in PRODUCE_STAGES if not DEPENDS_ON[stage] & set(changed))


def refuse_sung(vocals: str) -> None:
    """Raises NotAllowed where new words would contradict what is heard."""
    if vocals != "none":
        raise NotAllowed(f"The lyrics cannot be edited: {SUNG}.", fix="Ask for a new version with your notes.")


def checked_title(text: str) -> str:
    """The title as it is stored. Raises WordsError that says what is wrong with it."""
    title = _readable(text, "The title", 0)
    if not title:
        raise WordsError("A title needs at least one visible character.", line=0)
    if len(title) > TITLE_LIMIT:
        raise WordsError(f"The title has {len(title)} characters; at most {TITLE_LIMIT} are possible.", line=0)
    return title


def written(lyrics: Lyrics) -> str:
    """The words as they are edited: `[verse]` above each section, a blank line between two."""
    return "\n\n".join("\n".join((f"[{section.kind}]", *section.lines)) for section in lyrics.sections) + "\n"


def read_lyrics(text: str, before: Lyrics) -> Lyrics:
    """The inverse of `written`, for words that take the place of `before`. Raises WordsError that names the line.

    The sections stay: their number, their kinds, their order. Lines may change, come and go.
    """
    if len(text) > TEXT_LIMIT:
        raise WordsError(f"The lyrics have {len(text):,} characters; at most {TEXT_LIMIT:,} are possible.")
    sections = _sections(text)
    was, now = [section.kind for section in before.sections], [section.kind for section in sections]
    if was != now:
        raise WordsError(
            f"The sections are {_listed(now)}; they must stay {_listed(was)}.",
            fix="Lines may change, come and go, sections may not.",
            line=_strange(sections, was) or len(text.rstrip().splitlines()),
        )
    lyrics = Lyrics(before.language, tuple(LyricSection(found.kind, tuple(found.words)) for found in sections))
    _same_script(before, lyrics)
    return lyrics


@dataclass(slots=True)
class _Section:
    """What was typed of one section; `line` is that of its heading."""

    kind: SectionKind
    line: int
    words: list[str] = field(default_factory=list)


def _sections(text: str) -> list[_Section]:
    found: list[_Section] = []
    empty = 0
    for number, row in enumerate(text.splitlines(), 1):
        line = _readable(row, f"Line {number}", number)
        if not line:
            empty = empty or number
        elif heading := _HEADING.fullmatch(line):
            _not_empty(found)
            found.append(_Section(_kind(heading[1], number), number))
            empty = 0
        elif not found:
            raise WordsError(
                f"Line {number} stands before the first section.", fix="Begin with a line like [verse].", line=number
            )
        else:
            words = found[-1].words
            if empty and words:
                raise WordsError(
                    f"Line {empty} is empty, inside a section.", fix="Take it out, or write words.", line=empty
                )
            words.append(_singable(line, number, len(words)))
            empty = 0
    _not_empty(found)
    return found


def _strange(sections: Sequence[_Section], was: Sequence[SectionKind]) -> int | None:
    """The line of the first heading that stands where another one was, or none; None where only some are missing."""
    pairs = zip_longest(sections[: len(was) + 1], was)
    return next((section.line for section, kind in pairs if section is not None and section.kind != kind), None)


def _kind(word: str, number: int) -> SectionKind:
    try:
        return SectionKind(word.lower())
    except ValueError:
        raise WordsError(
            f"Line {number}: there is no section [{word[:40]}].", fix=f"One of: {', '.join(SectionKind)}.", line=number
        ) from None


def _not_empty(found: list[_Section]) -> None:
    if found and not found[-1].words:
        raise WordsError(
            f"Section {len(found)} [{found[-1].kind}] has no line.",
            fix="Every section needs words.",
            line=found[-1].line,
        )


def _singable(line: str, number: int, lines: int) -> str:
    if not any(char.isalnum() for char in line):
        raise WordsError(f"Line {number} has no word: {line[:40]!r}.", line=number)
    if len(line) > LINE_LIMIT:
        raise WordsError(f"Line {number} has {len(line)} characters; at most {LINE_LIMIT} can be shown.", line=number)
    if lines >= SECTION_LIMIT:
        raise WordsError(f"Line {number}: a section has at most {SECTION_LIMIT} lines.", line=number)
    return line


def _readable(text: str, what: str, number: int) -> str:
    """Composed form, single spaces. Raises WordsError for characters that nobody can see."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    for char in line:
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") and char not in _JOINERS:
            raise WordsError(f"{what} holds a character that cannot be seen: U+{ord(char):04X}.", line=number)
    return line


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(kinds) or "missing"


_KIN = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK"}


def _script(lyrics: Lyrics) -> str:
    """The script of most letters, by the first word of their names; empty where there is none."""
    letters = (char for section in lyrics.sections for line in section.lines for char in line if char.isalpha())
    names = (unicodedata.name(char, "?").split(" ")[0] for char in letters)
    counted = Counter(_KIN.get(name, name) for name in names)
    return counted.most_common(1)[0][0] if counted else ""


def _same_script(before: Lyrics, after: Lyrics) -> None:
    """A song keeps its language: it is part of what shops are told."""
    was, now = _script(before), _script(after)
    if was and now and was != now:
        raise WordsError(
            f"Most of these words are written in {now.title()} letters; the song is in {before.language!r}, "
            f"written in {was.title()} letters.",
            fix="Ask for a new version where the language should change.",
        )


def in_words(title: tuple[str, str] | None, lyrics: tuple[Lyrics, Lyrics] | None) -> tuple[str, ...]:
    """What a person changed, as the next prompt is told it: one sentence each, a few at most."""
    told = [f"title changed from {title[0]!r} to {title[1]!r} by a person"] if title else []
    if lyrics:
        changed = [line for line in difference(*map(written, lyrics)) if line.mark in _VERBS]
        told += [f"line {_VERBS[line.mark]} by a person: {line.text!r}" for line in changed[: 2 * _TOLD]]
    return tuple(told)
