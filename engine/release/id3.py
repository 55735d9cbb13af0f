"""ID3v2.3 tags: a writer for what ffmpeg cannot write (USLT, SYLT), and the reader that checks a written tag.

After the informal standard at https://id3.org/id3v2.3.0. Text is ISO-8859-1 where it is plain ASCII, else UTF-16 with a
byte order mark, the two encodings that 2.3 has. Strings end at a NUL, so none may hold one.

A C2PA manifest is the tag's last frame (GEOB), put in and taken out without touching another: see `with_object`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.domain.errors import MediaError

HEADER_BYTES = 10
_LATIN, _UTF16 = 0, 1
_MOST = (1 << 28) - 1  # the size is 4 x 7 bits
_MILLISECONDS, _LYRICS, _FRONT_COVER = 2, 1, 3
_TEXT_ID = re.compile(r"T[A-WYZ0-9][A-Z0-9]{2}")
_LANGUAGE = re.compile(r"[a-z]{3}")
_OBJECT = b"GEOB"
_OBJECT_HEAD = b"\x00application/c2pa\x00c2pa\x00c2pa manifest store\x00"


@dataclass(frozen=True, slots=True)
class Timed:
    """A syllable or line and when it is heard, in milliseconds.

    A leading newline starts a new line, a leading space a new word.
    """

    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Picture:
    """The front cover."""

    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag. `text` maps frame ids such as TIT2 to their text, `extra` the descriptions of TXXX frames to theirs.

    `language` is ISO 639-2, three small letters, for comment and lyrics. Empty fields have no frame.
    """

    text: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    comment: str = ""
    language: str = "und"
    lyrics: str = ""
    timed: tuple[Timed, ...] = ()
    picture: Picture | None = None


# --- writing


def write(tag: Tag) -> bytes:
    """The tag's bytes, to stand in front of the first MPEG frame.

    Raises ValueError for what the format cannot carry: NUL, lone surrogates, a bad frame id or language, times that go
    backwards, 256 MB and more.
    """
    _check(tag)
    frames = [_frame(name, _text(value)) for name, value in tag.text.items()]
    frames += [_frame("TXXX", _described(name, value)) for name, value in tag.extra.items() if value]
    language = tag.language.encode("ascii")
    if tag.comment:
        frames.append(_frame("COMM", _described("", tag.comment, language)))
    if tag.lyrics:
        frames.append(_frame("USLT", _described("", tag.lyrics, language)))
    if tag.timed:
        frames.append(_frame("SYLT", _timed(tag.timed, language)))
    if tag.picture is not None:
        frames.append(_frame("APIC", _picture(tag.picture)))
    body = b"".join(frames)
    if len(body) > _MOST:
        raise ValueError(f"an ID3 tag of {len(body)} bytes is too large")
    return b"ID3\x03\x00\x00" + _synchsafe(len(body)) + body


def with_object(tag: bytes, size: int) -> tuple[bytes, int]:
    """The tag's bytes with a last frame for a C2PA manifest of `size` bytes, all zero, and where those begin.

    Raises ValueError where the tag becomes too large, or has padding, behind which no reader looks for frames.
    """
    if _end_of_frames(tag) != len(tag):
        raise ValueError("an ID3 tag with padding takes no further frame")
    frame = _frame(_OBJECT.decode(), _OBJECT_HEAD + bytes(size))
    body = tag[HEADER_BYTES:] + frame
    if len(body) > _MOST:
        raise ValueError(f"an ID3 tag of {len(body)} bytes is too large")
    whole = tag[:6] + _synchsafe(len(body)) + body
    return whole, len(whole) - size


def without_object(tag: bytes) -> bytes:
    """The tag's bytes as they were before `with_object`. Raises MediaError where the tag is damaged."""
    last, end = [(HEADER_BYTES, HEADER_BYTES), *_frames(tag)][-1]
    found = tag[last : last + 4] == _OBJECT and tag[last + 10 :].startswith(_OBJECT_HEAD) and end == len(tag)
    return tag[:6] + _synchsafe(last - HEADER_BYTES) + tag[HEADER_BYTES:last] if found else tag


def _end_of_frames(tag: bytes) -> int:
    return max((end for _, end in _frames(tag)), default=HEADER_BYTES)


def _frames(tag: bytes) -> Iterator[tuple[int, int]]:
    """Where each frame begins and ends, up to the tag's end or its padding. Raises MediaError."""
    place = HEADER_BYTES
    while place + 10 <= len(tag) and tag[place]:
        end = place + 10 + int.from_bytes(tag[place + 4 : place + 8], "big")
        if end > len(tag):
            raise MediaError("The ID3 tag ends inside a frame.")
        yield place, end
        place = end


def _check(tag: Tag) -> None:
    strings = [*tag.text.values(), *tag.extra, *tag.extra.values(), tag.comment, tag.lyrics]
    for text in (*strings, *(item.text for item in tag.timed)):
        if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise ValueError(f"an ID3 tag cannot carry {text[:60]!r}")
    for name in tag.text:
        if not _TEXT_ID.fullmatch(name):
            raise ValueError(f"{name!r} is no text frame of ID3v2.3")
    if not _LANGUAGE.fullmatch(tag.language):
        raise ValueError(f"{tag.language!r} is no language of ISO 639-2")
    times = [item.at_ms for item in tag.timed]
    if times != sorted(times) or any(not 0 <= at < 1 << 32 for at in times):
        raise ValueError("the times of an ID3 tag's lyrics do not ascend")


def _frame(name: str, body: bytes) -> bytes:
    return name.encode("ascii") + struct.pack(">IH", len(body), 0) + body


def _synchsafe(size: int) -> bytes:
    return bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))


def _encoding(*texts: str) -> int:
    return _LATIN if all(text.isascii() for text in texts) else _UTF16


def _encode(text: str, encoding: int) -> bytes:
    return text.encode("latin-1") if encoding == _LATIN else b"\xff\xfe" + text.encode("utf-16-le")


def _ended(text: str, encoding: int) -> bytes:
    return _encode(text, encoding) + (b"\x00" if encoding == _LATIN else b"\x00\x00")


def _text(text: str) -> bytes:
    encoding = _encoding(text)
    return bytes([encoding]) + _encode(text, encoding)


def _described(description: str, text: str, language: bytes = b"") -> bytes:
    encoding = _encoding(description, text)
    return bytes([encoding]) + language + _ended(description, encoding) + _encode(text, encoding)


def _timed(items: tuple[Timed, ...], language: bytes) -> bytes:
    encoding = _encoding(*(item.text for item in items))
    head = bytes([encoding]) + language + bytes([_MILLISECONDS, _LYRICS]) + _ended("", encoding)
    return head + b"".join(_ended(item.text, encoding) + struct.pack(">I", item.at_ms) for item in items)


def _picture(picture: Picture) -> bytes:
    mime = picture.mime.encode("ascii") + b"\x00"
    return bytes([_LATIN]) + mime + bytes([_FRONT_COVER]) + b"\x00" + picture.data


# --- reading


def read_file(path: Path) -> tuple[Tag, int]:
    """The tag at the start of `path` and the offset of what follows it. Raises MediaError."""
    with path.open("rb") as handle:
        head = handle.read(HEADER_BYTES)
        return read(head + handle.read(tag_size(head) - HEADER_BYTES))


def tag_size(head: bytes) -> int:
    """Size of the whole tag in bytes, from its first ten. Raises MediaError where no ID3v2.3 tag starts."""
    if len(head) < HEADER_BYTES or head[:6] != b"ID3\x03\x00\x00" or any(byte & 0x80 for byte in head[6:10]):
        raise MediaError("No ID3v2.3 tag stands at the start of the MP3.")
    return HEADER_BYTES + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))


def read(data: bytes) -> tuple[Tag, int]:
    """Reads what `write` writes, and the tag's size. Raises MediaError for anything else, unknown frames included."""
    size = tag_size(data)
    if len(data) < size:
        raise MediaError("The ID3 tag ends too early.")
    found = _Found()
    place = HEADER_BYTES
    while place < size:
        if place + 10 > size:
            raise MediaError("The ID3 tag ends inside a frame's header.")
        name = data[place : place + 4].decode("latin-1")
        length, flags = struct.unpack(">IH", data[place + 4 : place + 10])
        body = data[place + 10 : place + 10 + length]
        if flags or not length or place + 10 + length > size:
            raise MediaError(f"The ID3 tag has a damaged frame {name!r}.")
        try:
            found.add(name, body)
        except (UnicodeDecodeError, IndexError, struct.error) as error:
            raise MediaError(f"The ID3 tag has an unreadable frame {name!r}.") from error
        place += 10 + length
    return found.tag(), size


class _Found:
    """Collects the frames of one tag."""

    def __init__(self) -> None:
        self.text: dict[str, str] = {}
        self.extra: dict[str, str] = {}
        self.once: dict[str, str] = {}
        self.languages: set[str] = set()
        self.timed: tuple[Timed, ...] = ()
        self.picture: Picture | None = None

    def add(self, name: str, body: bytes) -> None:
        readers: dict[str, Callable[[bytes], None]] = {
            "TXXX": self._add_extra,
            "COMM": lambda body: self._add_described("COMM", body),
            "USLT": lambda body: self._add_described("USLT", body),
            "SYLT": self._add_timed,
            "APIC": self._add_picture,
            _OBJECT.decode(): self._pass_manifest,
        }
        if name in readers:
            readers[name](body)
        elif _TEXT_ID.fullmatch(name) and name not in self.text:
            self.text[name] = _decode(body[1:], body[0])
        else:
            raise MediaError(f"The ID3 tag has an unexpected frame {name!r}.")

    def _add_extra(self, body: bytes) -> None:
        name, rest = _split(body[1:], body[0])
        if name in self.extra:
            raise MediaError(f"The ID3 tag holds {name!r} twice.")
        self.extra[name] = _decode(rest, body[0])

    def _add_described(self, frame: str, body: bytes) -> None:
        _, rest = _split(body[4:], body[0])
        if frame in self.once:
            raise MediaError(f"The ID3 tag holds {frame} twice.")
        self.once[frame] = _decode(rest, body[0])
        self.languages.add(body[1:4].decode("ascii"))

    def _add_timed(self, body: bytes) -> None:
        if self.timed or body[4] != _MILLISECONDS or body[5] != _LYRICS:
            raise MediaError("The ID3 tag's timed lyrics are not one set in milliseconds.")
        self.languages.add(body[1:4].decode("ascii"))
        _, rest = _split(body[6:], body[0])
        items: list[Timed] = []
        while rest:
            text, rest = _split(rest, body[0])
            items.append(Timed(text, struct.unpack(">I", rest[:4])[0]))
            rest = rest[4:]
        self.timed = tuple(items)

    def _add_picture(self, body: bytes) -> None:
        mime, rest = _split(body[1:], _LATIN)
        _, data = _split(rest[1:], body[0])
        if self.picture is not None or rest[0] != _FRONT_COVER:
            raise MediaError("The ID3 tag's picture is not one front cover.")
        self.picture = Picture(mime, data)

    def _pass_manifest(self, body: bytes) -> None:
        if not body.startswith(_OBJECT_HEAD) or "GEOB" in self.once:
            raise MediaError("The ID3 tag holds an object that is no C2PA manifest, or two of them.")
        self.once["GEOB"] = ""  # what it says is for `signing` to read

    def tag(self) -> Tag:
        if len(self.languages) > 1:
            raise MediaError("The ID3 tag's lyrics and comment differ in language.")
        language = next(iter(self.languages), "und")
        once = self.once
        comment, lyrics = once.get("COMM", ""), once.get("USLT", "")
        return Tag(self.text, self.extra, comment, language, lyrics, self.timed, self.picture)


def _decode(data: bytes, encoding: int) -> str:
    if encoding == _LATIN:
        return data.decode("latin-1")
    if encoding == _UTF16 and data[:2] == b"\xff\xfe":
        return data[2:].decode("utf-16-le")
    raise MediaError("The ID3 tag has text in an encoding that ID3v2.3 does not know.")


def _split(data: bytes, encoding: int) -> tuple[str, bytes]:
    """The string up to its end mark, and what follows."""
    if encoding == _LATIN:
        end = data.index(0) if 0 in data else -1
        after = end + 1
    else:
        end = next((at for at in range(0, len(data) - 1, 2) if data[at : at + 2] == b"\x00\x00"), -1)
        after = end + 2
    if end < 0:
        raise MediaError("The ID3 tag has text without an end.")
    return _decode(data[:end], encoding), data[after:]
