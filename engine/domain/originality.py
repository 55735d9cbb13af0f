"""Whether words may be sung and prompts may be sent: nobody real is imitated, nothing is sung twice, nobody is harmed.

`Refused` holds the names of real artists (`engine.domain.real_names`) and what the operator's file adds or takes out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from engine.domain.real_names import AMBIGUOUS, DISTINCT
from engine.domain.song import Lyrics

_LINE_WORDS = 5
"""A shorter line is common speech and nobody's own."""
MOST_SHARED = 0.4
"""Share of a song's longer lines that another song may have word for word."""
_IMITATION = re.compile(
    r"\b(?:in the (?:style|manner|vein|voice) of|(?:sounds?|sounding|sing(?:s|ing)?) (?:just )?like|reminiscent of"
    r"|à la|type beat|tribute to|cover of|made famous by)\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"https?://|www\.|[\w.+-]+@[\w-]+\.\w{2,}|(?:\+|\b00)?\d[\d ()/-]{7,}\d")
_HARM = re.compile(
    r"\b(?:kill (?:yourself|urself)|kys|hang yourself|cut yourself|go die|shoot (?:them|us|you) all|gas the)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Refused:
    """Names and phrases, folded for comparison, beside how they are written. `phrases` may stand nowhere, `names` are
    words of their own as well: no artist is called so, and nobody's style is asked for by them."""

    phrases: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    def found_in(self, text: str) -> tuple[str, ...]:
        """The phrases that stand in `text` as whole words, in whatever case and accents."""
        folded = f" {fold(text)} "
        return tuple(written for written, phrase in self.phrases if f" {phrase} " in folded)

    def asked_for_in(self, text: str) -> tuple[str, ...]:
        """The names whose style `text` asks for, such as `Prince style` or `Muse-esque`."""
        folded = f" {fold(text)} "
        return tuple(written for written, name in self.names for word in _STYLE if f" {name} {word} " in folded)

    def is_called(self, name: str) -> str:
        """The real artist who has this name, empty for none; an article in front makes no other name of it."""
        wanted = _bare(name)
        return next((written for written, phrase in (*self.phrases, *self.names) if _bare(phrase) == wanted), "")


_STYLE = ("style", "styled", "type", "inspired", "esque")


def _bare(name: str) -> str:
    return fold(name).removeprefix("the ").replace(" ", "")


def refused(lines: Iterable[str] = ()) -> Refused:
    """Real artists, with the lines of the operator's file: one name or phrase each; one that begins with `!` is allowed
    after all; empty ones and those that begin with `#` say nothing."""
    said = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    allowed = {fold(line[1:]) for line in said if line.startswith("!")}
    added = [line for line in said if not line.startswith("!")]
    return Refused(_folded((*DISTINCT, *added), allowed), _folded(AMBIGUOUS, allowed))


def _folded(names: Iterable[str], allowed: Collection[str]) -> tuple[tuple[str, str], ...]:
    found = {name.strip(): fold(name) for name in names}
    return tuple((written, phrase) for written, phrase in found.items() if phrase and phrase not in allowed)


def fold(text: str) -> str:
    """Words in small letters without accents and punctuation, divided by single spaces."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"['’]", "", plain)))


def prompt_problems(text: str, names: Refused) -> tuple[str, ...]:
    """Why a prompt may not be sent: it names somebody of the list, or asks for an imitation."""
    found = [f"names {name!r}" for name in names.found_in(text)]
    found += [f"asks for the style of {name!r}" for name in names.asked_for_in(text)]
    if match := _IMITATION.search(text):
        found.append(f"asks for an imitation ({match[0].lower()!r})")
    return tuple(found)


def lyrics_problems(lyrics: Lyrics, fleet: Sequence[tuple[str, Lyrics]], names: Refused) -> tuple[str, ...]:
    """Why words may not be sung. `fleet` are the label's other songs by name."""
    text = lyrics.text()
    found = [f"hold {name!r}, which is refused" for name in names.found_in(text)]
    if _CONTACT.search(text):
        found.append("hold an address or a number that somebody could be reached by")
    if match := _HARM.search(text):
        found.append(f"call for harm ({match[0].lower()!r})")
    own = _lines(lyrics)
    for name, other in fleet:
        share = len(own & _lines(other)) / len(own) if own else 0.0
        if share > MOST_SHARED:
            found.append(f"repeat {share:.0%} of the lines of {name!r}")
    return tuple(found)


def _lines(lyrics: Lyrics) -> set[str]:
    folded = (fold(line) for section in lyrics.sections for line in section.lines)
    return {line for line in folded if len(line.split()) >= _LINE_WORDS}
