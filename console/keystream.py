"""What a terminal sends, read as keys: Escape stays Escape, whatever comes behind it in the same read.

The byte of Escape also begins every sequence, and Textual tells the two apart by the time that passes after it. A slow
line or a macro leaves no such time: then Textual takes Escape and a letter for the letter with alt, `b` and `f` for
steps by a word, and of Escape and a sign only the sign is left. Here a sequence is what begins like one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import TypeAlias

from textual import constants
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.events import Key, Paste
from textual.message import Message

_ESC = "\x1b"
_CSI, _SS3 = _ESC + "[", _ESC + "O"
_STRINGS = {"]": "0123456789", "P": "0123456789>!$+", "_": "G"}
"""What begins a terminal's answer in words (OSC, DCS, APC), and what follows in every real one."""
_ENDS = ("\x07", _ESC + "\\")
_LONGEST = 4096
"""Characters of such an answer that are waited for."""
_Step: TypeAlias = tuple[Iterable[Message], str]
"""What was read, and what is left to read."""


class KeyParser(XTermParser):
    """Textual's parser behind one that knows where Escape is a key."""

    def __init__(self, debug: bool = False, now: Callable[[], float] = monotonic) -> None:
        super().__init__(debug)
        self._now = now
        self._held = ""
        """The end of a read that may go on in the next."""
        self._until = 0.0
        self._pasted: list[str] | None = None
        """What was pasted so far; None where nothing is."""

    def feed(self, data: str) -> Iterable[Message]:
        """Reads more; an empty text is the end."""
        if not data:
            yield from self._give_up()
            yield from super().feed(data)
            return
        text, self._held = self._held + data, ""
        while text:
            found, text = self._next(text) if self._pasted is None else self._paste(text, self._pasted)
            yield from found

    def tick(self) -> Iterable[Message]:
        """What may go on has not gone on for too long: then it was a key."""
        if self._held and self._now() >= self._until:
            yield from self._give_up()
        yield from super().tick()

    def _give_up(self) -> Iterator[Message]:
        held, self._held = self._held, ""
        if self._pasted is not None:
            self._pasted.append(held)
        elif held.startswith(_CSI) and len(held) > len(_CSI):
            yield from super().feed(held)
        elif held and len(held) <= len(_CSI):
            yield Key("escape", _ESC)
            if len(held) > 1:
                yield from super().feed(held[1:])

    def _hold(self, text: str) -> _Step:
        self._held, self._until = text, self._now() + constants.ESCAPE_DELAY
        return (), ""

    def _next(self, text: str) -> _Step:
        """The next thing: text up to an Escape, a key Escape, or the beginning of a sequence."""
        before, escape, behind = text.partition(_ESC)
        if before or not escape:
            return super().feed(before), escape + behind
        if text.startswith(BRACKETED_PASTE_START):
            self._pasted = []
            return (), text[len(BRACKETED_PASTE_START) :]
        kind, third = behind[:1], behind[1:2]
        if not kind or (not third and kind in ("[", "O", *_STRINGS)) or BRACKETED_PASTE_START.startswith(text):
            return self._hold(text)
        if third and third in _STRINGS.get(kind, ""):
            return self._answered(text)
        if kind == "[" or (kind == "O" and _SS3 + third in ANSI_SEQUENCES_KEYS):
            return super().feed(text[:3]), text[3:]
        if not kind.isprintable() and _ESC + kind in ANSI_SEQUENCES_KEYS:
            return super().feed(text[:2]), text[2:]
        return (Key("escape", _ESC),), behind

    def _paste(self, text: str, pasted: list[str]) -> _Step:
        """What is pasted is text as it is: no Escape in it is a key or begins anything but its end."""
        inside, end, behind = text.partition(BRACKETED_PASTE_END)
        if end:
            self._pasted = None
            return (Paste("".join([*pasted, inside]).replace("\0", "")),), behind
        open_end = next(
            (n for n in range(len(BRACKETED_PASTE_END), 0, -1) if text.endswith(BRACKETED_PASTE_END[:n])), 0
        )
        pasted.append(text[: len(text) - open_end])
        return self._hold(text[len(text) - open_end :])

    def _answered(self, text: str) -> _Step:
        """An answer that nobody here waits for is no key."""
        found = [(place, end) for end in _ENDS if (place := text.find(end, 1)) > 0]
        if found:
            place, end = min(found)
            return (), text[place + len(end) :]
        return self._hold(text) if len(text) < _LONGEST else ((), "")
