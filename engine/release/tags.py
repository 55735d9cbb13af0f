"""What each file says about itself: one set of facts, as ID3, as FLAC comments and as MP4 tags."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from engine.domain import keys
from engine.domain.song import LyricCue
from engine.release import id3
from engine.release.metadata import LyricLine, Metadata, lyric_line

ADVISORY = {False: "0", True: "1"}
"""The players' mark for explicit words."""

# ISO 639-1 to 639-2 (terminology codes); anything else is `und`, undetermined.
_CODES = (
    "ar:ara bg:bul cs:ces da:dan de:deu el:ell en:eng es:spa et:est fa:fas fi:fin fr:fra he:heb hi:hin hr:hrv hu:hun "
    "id:ind is:isl it:ita ja:jpn ko:kor lt:lit lv:lav nl:nld no:nor nb:nob pl:pol pt:por ro:ron ru:rus sk:slk sl:slv "
    "sr:srp sv:swe th:tha tr:tur uk:ukr vi:vie zh:zho"
)
_LANGUAGES = dict(pair.split(":") for pair in _CODES.split())
_LETTER = re.compile(r"[^\W_]")


def language_code(language: str) -> str:
    """The three letters that ID3 wants."""
    return _LANGUAGES.get(language.split("-")[0].casefold(), "und")


def short_key(key: str) -> str:
    """The key in at most three characters, as TKEY wants it: `A minor` is `Am`; empty where it cannot be told."""
    found = keys.read(key)
    return found.short if found else ""


def _extra(metadata: Metadata) -> dict[str, str]:
    summary = metadata.ai_disclosure
    return {
        "AI_DISCLOSURE": summary.statement,
        "AI_CONTAINS": summary.contains_ai,
        "DIGITAL_SOURCE_TYPE": summary.digital_source_type,
        "RELEASE_ID": metadata.release_id,
        "REVISION": metadata.revision,
        **({"ITUNESADVISORY": ADVISORY[metadata.explicit]} if metadata.explicit_by else {}),
        **({"BARCODE": metadata.codes.upc} if metadata.codes.upc else {}),
    }


def id3_tag(metadata: Metadata, cues: Sequence[LyricCue], cover: bytes | None) -> id3.Tag:
    """The tag of the MP3, and without a cover of the WAV. A single is its own album; TBPM takes whole numbers only."""
    day = metadata.release_date
    text = {
        "TIT2": metadata.title,
        "TPE1": metadata.artist.name,
        "TPE2": metadata.artist.name,
        "TALB": metadata.title,
        "TCON": metadata.genre,
        "TYER": day[:4],
        "TDAT": day[8:10] + day[5:7],
        "TRCK": "1/1",
        "TPUB": metadata.label,
        "TBPM": str(round(metadata.tempo_bpm)),
        "TKEY": short_key(metadata.key),
        "TLAN": language_code(metadata.language),
        "TLEN": str(round(metadata.duration_s * 1000)),
        "TSRC": metadata.codes.isrc or "",
    }
    return id3.Tag(
        text={name: value for name, value in text.items() if value},
        extra=_extra(metadata),
        comment=metadata.ai_disclosure.statement,
        language=language_code(metadata.language),
        lyrics=metadata.lyrics.text,
        timed=tuple(timed_syllables(cues)),
        picture=None if cover is None else id3.Picture("image/jpeg", cover),
    )


def flac_comments(metadata: Metadata) -> dict[str, str]:
    """The FLAC's comments, by the names under which ffmpeg takes them."""
    return {
        "title": metadata.title,
        "artist": metadata.artist.name,
        "album": metadata.title,
        "album_artist": metadata.artist.name,
        "genre": metadata.genre,
        "date": metadata.release_date,
        "track": "1",
        "TRACKTOTAL": "1",
        "ORGANIZATION": metadata.label,
        "BPM": str(round(metadata.tempo_bpm)),
        "INITIALKEY": short_key(metadata.key),
        "LANGUAGE": language_code(metadata.language),
        "ISRC": metadata.codes.isrc or "",
        "LYRICS": metadata.lyrics.text,
        **_extra(metadata),
    }


def mp4_tags(metadata: Metadata) -> dict[str, str]:
    """The clip's tags: those that MP4 has a place for."""
    return {
        "title": metadata.title,
        "artist": metadata.artist.name,
        "album": metadata.title,
        "album_artist": metadata.artist.name,
        "genre": metadata.genre,
        "date": metadata.release_date,
        "comment": metadata.ai_disclosure.statement,
        "lyrics": metadata.lyrics.text,
    }


def timed_syllables(cues: Iterable[LyricCue]) -> list[id3.Timed]:
    """The cues for SYLT: one entry a syllable where the syllables spell the line and end before the next begins, else
    one a line.

    As the standard has it, a newline or space stands before the syllable that it leads to, a comma with the one that
    it follows.
    """
    timed: list[id3.Timed] = []
    lines = [(cue, line) for cue in cues if (line := lyric_line(cue.text))]
    following = [*(cue.start for cue, _ in lines[1:]), math.inf]
    for (cue, line), most in zip(lines, following, strict=False):
        pieces = _pieces(line, cue.syllables)
        onsets = [cue.start, *cue.onsets[1:]] if len(pieces) == len(cue.onsets) else []
        if not pieces or not onsets or [*onsets, most] != sorted([*onsets, most]):
            pieces, onsets = [line], [cue.start]
        for number, (piece, onset) in enumerate(zip(pieces, onsets, strict=True)):
            lead = "\n" if number == 0 and timed else ""
            timed.append(id3.Timed(lead + piece, round(onset * 1000)))
    return timed


def _pieces(line: str, syllables: Sequence[str]) -> list[str]:
    """`line` cut where its syllables begin; empty where the syllables do not spell it."""
    letters = [found.start() for found in _LETTER.finditer(line)]
    counts = [len(_LETTER.findall(syllable)) for syllable in syllables]
    spelt = _LETTER.findall("".join(syllables).casefold()) == _LETTER.findall(line.casefold())
    if not spelt or 0 in counts or sum(counts) != len(letters):
        return []
    cuts, sung = [0], 0
    for count in counts[:-1]:
        sung += count
        after = letters[sung - 1] + 1
        gap = line[after : letters[sung]]
        cuts.append(after + (gap.rfind(" ") if " " in gap else len(gap)))
    return [line[start:end] for start, end in zip(cuts, [*cuts[1:], len(line)], strict=True)]


def timed_lines(timed: Sequence[id3.Timed]) -> list[tuple[int, str]]:
    """SYLT entries put together again: (milliseconds, text) of each line."""
    lines: list[tuple[int, str]] = []
    for item in timed:
        if not lines or item.text.startswith("\n"):
            lines.append((item.at_ms, item.text.removeprefix("\n")))
        else:
            lines[-1] = (lines[-1][0], lines[-1][1] + item.text)
    return lines


def differences(found: id3.Tag, wanted: id3.Tag) -> list[str]:
    """Where a tag that was read is another one than it should be; timed lyrics are left to `timed_lines`."""
    pairs = {
        **{f"the frame {name}": (found.text.get(name), wanted.text.get(name)) for name in found.text | wanted.text}
    }
    pairs |= {
        f"the text {name}": (found.extra.get(name), wanted.extra.get(name)) for name in found.extra | wanted.extra
    }
    different = [what for what, (there, due) in pairs.items() if there != due]
    rest = {"comment": found.comment == wanted.comment, "lyrics": found.lyrics == wanted.lyrics}
    rest |= {"language": found.language == wanted.language, "cover": found.picture == wanted.picture}
    different += [f"the {what}" for what, same in rest.items() if not same]
    return [f"has a tag that is not as the metadata says: {what}" for what in different]


def line_times(lines: Iterable[LyricLine]) -> list[tuple[int, str]]:
    """The document's lines in the same form."""
    return [(round(line.start_s * 1000), line.text) for line in lines]
