"""Syllables and stress of sung words: what a melody's notes are counted by.

An English heuristic by spelling, not a pronouncing dictionary: vowel groups are nuclei, silent letters are taken out,
consonants between two nuclei go to the later one where English words can begin that way. Words in other scripts are
split by their own vowels, or by character, so that every word has at least one syllable and none is lost.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from engine.domain import prosody_words as words

_VOWELS = frozenset("aeiouy")
_APOSTROPHES = frozenset("'’ʼ‘")
_LIGATURES = {"ø": "o", "æ": "a", "œ": "o", "ß": "s", "ð": "d", "þ": "t", "ł": "l", "đ": "d", "ı": "i", "ħ": "h"}
_OTHER_VOWELS = frozenset("аеёиоуыэюяіїєαεηιουω")

_ONSETS = frozenset(words.ONSETS.split())
_EXCEPTIONS = {w.replace("-", ""): tuple(len(piece) for piece in w.split("-")) for w in words.SPLIT.split()}
_SILENT_E_STEMS = tuple(sorted(words.SILENT_E_STEMS.split(), key=len, reverse=True))
_WEAK_SUFFIXES = ("ly", "less", "ful", "ness", "ment", "ments", "some", "lessly", "fully", "lessness")
_WEAK_WORDS = frozenset(words.WEAK_WORDS.split())
_WEAK_FIRST = frozenset(words.WEAK_FIRST.split())
_SECOND = frozenset(words.SECOND.split())
_FIRST = frozenset(words.FIRST.split())
_NOT = re.compile(r"[dst]n['’ʼ‘]t$")
_LL = re.compile(r"[bcdfgkpstvz]['’ʼ‘](ll|ve|d|re)$")


def syllables(word: str) -> tuple[str, ...]:
    """The syllables of `word` in order, its case and punctuation kept: joined they are the word again.

    Empty for an empty word, else never empty; works on any Unicode text, also text that is no word.
    """
    return _split_word(word) if len(word) <= 64 else _split_word.__wrapped__(word)


def line_syllables(line: str) -> tuple[str, ...]:
    """All syllables of a line in order, one for each note. Punctuation that stands alone joins its neighbour."""
    found: list[str] = []
    held = ""
    for word in line.split():
        if any(unicodedata.category(char)[0] in "LN" for char in word):
            first, *rest = syllables(held + word)
            found += (first, *rest)
            held = ""
        elif found:
            found[-1] += word
        else:
            held += word
    return tuple(found) if found or not held else (held,)


def stresses(word: str) -> tuple[bool, ...]:
    """Which of the word's syllables a voice leans on; as long as `syllables(word)`. Small words have none."""
    count = len(syllables(word))
    plain = "".join(_fold(char) for char in word[:64]).strip("?~")
    plain = re.sub(r"[^a-z']+", "", plain).strip("'")
    if plain in _WEAK_WORDS:
        return (False,) * count
    leant = min(_main_stress(plain, count), count - 1)
    # a long word has a second beat two syllables away: `RA-di-A-tor`
    second = (leant - 2 if leant > 1 else leant + 2) if count > 3 else leant
    return tuple(at in (leant, second) for at in range(count))


def line_stresses(line: str) -> tuple[bool, ...]:
    """`stresses` of a whole line: as long as `line_syllables(line)`."""
    sung = [word for word in line.split() if any(unicodedata.category(char)[0] in "LN" for char in word)]
    if not sung:
        return (True,) * len(line_syllables(line))
    return tuple(stress for word in sung for stress in stresses(word))


def _main_stress(word: str, count: int) -> int:
    """Index of the syllable with the main stress, guessed by ending and beginning."""
    if count < 2 or word in _FIRST:
        return 0
    stem = word[:-1] if word.endswith("s") and not word.endswith("ss") else word
    if word in _SECOND or stem in _SECOND:
        return 1
    if word.endswith(("tion", "tions", "sion", "sions", "cian", "ic", "ics", "ical", "ian")):
        return max(0, count - (3 if word.endswith(("ical", "ian")) else 2))
    if word.endswith(("ity", "ities", "ogy", "graphy", "ial", "ious", "eous")):
        return max(0, count - 3)
    if word.endswith(("eer", "ee", "ette", "oon", "esque")):
        return count - 1
    first = "".join(syllables(word)[:1])
    return 1 if first in _WEAK_FIRST and stem not in _FIRST else 0


@lru_cache(maxsize=8192)
def _split_word(word: str) -> tuple[str, ...]:
    """See `syllables`: runs of one kind of letter are split each by their own rule, the rest joins a neighbour."""
    pieces: list[str] = []
    held = ""
    for kind, text in _runs(word):
        if kind == "mark":
            if pieces:
                pieces[-1] += text
            else:
                held += text
            continue
        split = _SPLITTERS[kind](text)
        pieces.append(held + split[0])
        pieces += split[1:]
        held = ""
    return tuple(pieces) if not held else (held,)


def _runs(word: str) -> list[tuple[str, str]]:
    """The word as runs of one kind: latin, each (a syllable per character), other (no vowels written), mark."""
    runs: list[tuple[str, list[str]]] = []
    for char in word:
        kind = _kind(char)
        if kind == "join" and runs:
            runs[-1][1].append(char)
            continue
        kind = "mark" if kind == "join" else kind
        if runs and runs[-1][0] == kind:
            runs[-1][1].append(char)
        else:
            runs.append((kind, [char]))
    joined = [(kind, "".join(chars)) for kind, chars in runs]
    return _with_apostrophes(joined)


def _with_apostrophes(runs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """An apostrophe between or after Latin letters belongs to them: `don't`, `runnin'`."""
    merged: list[tuple[str, str]] = []
    for kind, text in runs:
        last = merged[-1] if merged else ("", "")
        if last[0] == "latin" and (text in _APOSTROPHES or (kind == "latin" and last[1][-1] in _APOSTROPHES)):
            merged[-1] = ("latin", last[1] + text)
        else:
            merged.append((kind, text))
    return merged


def _kind(char: str) -> str:
    if char.isascii():
        return "latin" if char.isalpha() else "each" if char.isdigit() else "mark"
    category = unicodedata.category(char)
    if category[0] == "M" or category == "Cf":
        return "join"
    if category[0] == "N":
        return "each"
    if category[0] != "L" or char in _APOSTROPHES:
        return "mark"
    code = ord(char)
    if 0x2E80 <= code <= 0xA4CF or 0xAC00 <= code <= 0xD7AF or 0xF900 <= code <= 0xFAFF or code >= 0x1B000:
        return "each"
    return "other" if _fold(char) == "?" else "latin"


def _fold(char: str) -> str:
    """One lower-case ASCII letter that behaves like `char`; `'` for apostrophes, `~` for marks, `?` if unknown."""
    if char in _APOSTROPHES:
        return "'"
    if unicodedata.category(char)[0] == "M" or unicodedata.category(char) == "Cf":
        return "~"
    base = unicodedata.normalize("NFD", char)[0].lower()[:1]
    if base.isascii() and base.isalpha():
        # an accent on e says that it is sounded: `café`
        return "o" if base == "e" and not char.isascii() else base
    if base in _LIGATURES:
        return _LIGATURES[base]
    if base in _OTHER_VOWELS:
        return "o"
    return "t" if "Ͱ" <= base <= "ӿ" else "?"


def _chars(text: str) -> tuple[str, ...]:
    """One syllable per character, marks kept on it."""
    found: list[str] = []
    for char in text:
        if found and _kind(char) == "join":
            found[-1] += char
        else:
            found.append(char)
    return tuple(found)


def _pairs(text: str) -> tuple[str, ...]:
    """Scripts that leave out vowels: two letters a syllable."""
    chars = _chars(text)
    return tuple("".join(chars[i : i + 2]) for i in range(0, len(chars), 2))


def _latin(text: str) -> tuple[str, ...]:
    folded = "".join(_fold(char) for char in text)
    letters = folded.replace("'", "").replace("~", "")
    if text.isupper() and 2 <= len(letters) <= 4 and not _VOWELS & set(letters):
        return _chars(text) if letters == folded else (text,)
    stem, tail = _contraction(folded)
    lengths = _EXCEPTIONS.get(stem) or _compound(stem)
    if tail:
        grown = [*lengths]
        if _NOT.search(folded) or _LL.search(folded):
            cut = 1 if _NOT.search(folded) else 0
            grown[-1] -= cut
            grown.append(len(tail) + cut)
        else:
            grown[-1] += len(tail)
        lengths = tuple(grown)
    return _cut(text, lengths)


def _contraction(folded: str) -> tuple[str, str]:
    """The word before its last apostrophe, and the rest: `could|'ve`, `didn|'t`, `rose|'s`."""
    at = folded.rfind("'")
    return (folded[:at], folded[at:]) if at > 0 else (folded, "")


def _cut(text: str, lengths: tuple[int, ...]) -> tuple[str, ...]:
    found, at = [], 0
    for length in lengths[:-1]:
        found.append(text[at : at + length])
        at += length
    found.append(text[at:])
    return tuple(found)


def _compound(stem: str) -> tuple[int, ...]:
    """Lengths of the syllables; a silent e inside (`some|where`, `lone|ly`) ends the first part."""
    for head in _SILENT_E_STEMS:
        rest = stem[len(head) :]
        if stem.startswith(head) and len(rest) >= 2 and _begins_a_word(rest):
            return (*_spans(head), *(_EXCEPTIONS.get(rest) or _compound(rest)))
    for suffix in _WEAK_SUFFIXES:
        head = stem[: -len(suffix)]
        if stem.endswith(suffix) and len(head) >= 3 and head[-1] == "e" and head[-2] not in _VOWELS:
            return (*(_EXCEPTIONS.get(head) or _spans(head)), *_spans(suffix))
    return _spans(stem)


def _begins_a_word(rest: str) -> bool:
    vowel = next((i for i, char in enumerate(rest) if char in _VOWELS), None)
    return bool(vowel) and rest[:vowel] in _ONSETS and (len(rest) > 2 or rest in _WEAK_SUFFIXES)


def _spans(folded: str) -> tuple[int, ...]:
    """Lengths of the syllables of one plain word, by its nuclei."""
    nuclei = _nuclei(folded)
    if len(nuclei) < 2:
        return (len(folded),)
    cuts = [0]
    for (_, end), (start, _) in pairwise(nuclei):
        cuts.append(_boundary(folded, end, start))
    cuts.append(len(folded))
    return tuple(after - before for before, after in pairwise(cuts))


def _boundary(folded: str, end: int, start: int) -> int:
    """Where the syllable breaks between a nucleus ending at `end` and the next starting at `start`."""
    between = folded[end:start]
    if not between or between in ("gh", "ck"):
        return start
    if between[-1] == "l" and folded[start:] in ("e", "es", "ed") and len(between) > 1:
        return start - 2
    for at in range(len(between)):
        whole = at == 0 and len(between) > 1
        if between[at:] in _ONSETS and not (whole and (between[0] == "s" or between == "gn" or len(between) > 2)):
            return end + at
    return start if between[-1] == "~" else start - 1


def _nuclei(folded: str) -> list[tuple[int, int]]:
    """Spans of the sounded vowel groups."""
    groups: list[tuple[int, int]] = []
    at = 0
    while at < len(folded):
        if not _is_vowel(folded, at):
            at += 1
            continue
        end = at + 1
        while end < len(folded) and _is_vowel(folded, end) and not _hiatus(folded, at, end):
            end += 1
        groups.append((at, end))
        at = end
    if len(groups) > 1 and _last_is_silent(folded, groups[-1]):
        groups.pop()
    return groups


def _is_vowel(folded: str, at: int) -> bool:
    char = folded[at]
    if char == "y":
        before = folded[at - 1] if at else ""
        after = folded[at + 1] if at + 1 < len(folded) else ""
        return not (after in _VOWELS and after != "" and (before == "" or before in "aeiou"))
    if char == "u" and at and folded[at - 1] in "qg":
        after = folded[at + 1] if at + 1 < len(folded) else ""
        return folded[at - 1] == "g" and not (after in "aeio" and after != "")
    return char in _VOWELS


def _hiatus(folded: str, start: int, at: int) -> bool:
    """Whether the vowel at `at` begins a syllable of its own after the group that began at `start`."""
    pair, rest = folded[at - 1 : at + 1], folded[at:]
    before = folded[start - 1] if start else ""
    if folded[at - 1] == "y" and before not in ("", *"aeiou"):
        return rest not in ("e", "es", "ed")
    if rest.startswith("ing") and at >= 2 and folded[at - 1] in "aeouy":
        return True
    if pair == "ie" and rest in ("er", "est", "ers") and start > 1 and any(c in _VOWELS for c in folded[:start]):
        return True
    if pair in ("ia", "io", "iu"):
        return not (before in ("t", "c", "s", "g", "x") and any(c in _VOWELS for c in folded[: start - 1]))
    if pair in ("ua", "uo"):
        return before not in ("s", "g", "q")
    if pair == "ue":
        return rest.startswith(("el", "et")) and before not in ("g", "q")
    return pair == "eo" and before != "p"


def _last_is_silent(folded: str, group: tuple[int, int]) -> bool:
    start, end = group
    tail, before = folded[start:], folded[:start]
    if end - start != 1 or folded[start] != "e" or not before:
        return False
    if tail == "e":
        return not (before[-1] == "l" and len(before) > 1 and before[-2] not in _VOWELS | {"l", "r", "w"})
    if tail == "ed":
        return before[-1] not in "td"
    if tail == "es":
        sounded = before[-1] in "sxzcg" or before.endswith(("sh", "ch"))
        return not sounded and not (before[-1] == "l" and len(before) > 1 and before[-2] not in _VOWELS | {"l", "r"})
    return False


_SPLITTERS = {"latin": _latin, "each": _chars, "other": _pairs}
