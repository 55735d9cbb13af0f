"""What a person may change in a song that awaits review, and which stages of the line depend on it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from engine.domain.difference import Mark, difference
from engine.domain.errors import NotAllowed, UsageError
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
    """The title as it is stored. Raises UsageError that says what is wrong with it."""
    title = _readable(text, "The title")
    if not title:
        raise UsageError("A title needs at least one visible character.")
    if len(title) > TITLE_LIMIT:
        raise UsageError(f"The title has {len(title)} characters; at most {TITLE_LIMIT} are possible.")
    return title


def written(lyrics: Lyrics) -> str:
    """The words as they are edited: `[verse]` above each section, a blank line between two."""
    return "\n\n".join("\n".join((f"[{section.kind}]", *section.lines)) for section in lyrics.sections) + "\n"


def read_lyrics(text: str, before: Lyrics) -> Lyrics:
    """The inverse of `written`, for words that take the place of `before`. Raises UsageError that names the line.

    The sections stay: their number, their kinds, their order. Lines may change, come and go.
    """
    if len(text) > TEXT_LIMIT:
        raise UsageError(f"The lyrics have {len(text):,} characters; at most {TEXT_LIMIT:,} are possible.")
    sections = _sections(text)
    was, now = [str(section.kind) for section in before.sections], [str(kind) for kind, _ in sections]
    if was != now:
        raise UsageError(
            f"The sections are {_listed(now)}; they must stay {_listed(was)}.",
            fix="Lines may change, come and go, sections may not.",
        )
    lyrics = Lyrics(before.language, tuple(LyricSection(kind, tuple(lines)) for kind, lines in sections))
    _same_script(before, lyrics)
    return lyrics


def _sections(text: str) -> list[tuple[SectionKind, list[str]]]:
    found: list[tuple[SectionKind, list[str]]] = []
    empty = 0
    for number, row in enumerate(text.splitlines(), 1):
        line = _readable(row, f"Line {number}")
        if not line:
            empty = empty or number
        elif heading := _HEADING.fullmatch(line):
            _not_empty(found)
            found.append((_kind(heading[1], number), []))
            empty = 0
        elif not found:
            raise UsageError(f"Line {number} stands before the first section.", fix="Begin with a line like [verse].")
        else:
            if empty and found[-1][1]:
                raise UsageError(f"Line {empty} is empty, inside a section.", fix="Take it out, or write words.")
            found[-1][1].append(_singable(line, number, len(found[-1][1])))
            empty = 0
    _not_empty(found)
    return found


def _kind(word: str, number: int) -> SectionKind:
    try:
        return SectionKind(word.lower())
    except ValueError:
        raise UsageError(
            f"Line {number}: there is no section [{word[:40]}].", fix=f"One of: {', '.join(SectionKind)}."
        ) from None


def _not_empty(found: list[tuple[SectionKind, list[str]]]) -> None:
    if found and not found[-1][1]:
        raise UsageError(f"Section {len(found)} [{found[-1][0]}] has no line.", fix="Every section needs words.")


def _singable(line: str, number: int, lines: int) -> str:
    if not any(char.isalnum() for char in line):
        raise UsageError(f"Line {number} has no word: {line[:40]!r}.")
    if len(line) > LINE_LIMIT:
        raise UsageError(f"Line {number} has {len(line)} characters; at most {LINE_LIMIT} can be shown.")
    if lines >= SECTION_LIMIT:
        raise UsageError(f"Line {number}: a section has at most {SECTION_LIMIT} lines.")
    return line


def _readable(text: str, what: str) -> str:
    """Composed form, single spaces. Raises UsageError for characters that nobody can see."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    for char in line:
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") and char not in _JOINERS:
            raise UsageError(f"{what} holds a character that cannot be seen: U+{ord(char):04X}.")
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
        raise UsageError(
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
