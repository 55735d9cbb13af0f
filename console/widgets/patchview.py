"""A patch to read: unified, or both sides beside each other where there is room; signs, numbers, colours, words."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from console.codelook import CodeLook, painted
from console.patchrows import ENDLESS, Entry, Half, Kind, Ready
from console.visible import visible
from console.widgets.longtext import LongText, wrapped
from engine.domain.difference import Mark

BESIDE = 100
"""Cells that both sides need beside each other."""
_NARROW = 72
"""In fewer cells one number stands before a line instead of two."""


class PatchView(LongText):
    """Shows what `show` gives it; until then nothing."""

    class Seen(Message):
        """More of the patch was in view."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest counts."""
            return isinstance(message, PatchView.Seen)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ready: Ready | None = None
        self.beside = False
        """Whether both sides are wanted beside each other; a narrow view is unified all the same."""
        self._entries: list[Entry] = []
        self._laid_beside = False
        self._wraps: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self._read: set[tuple[int, int, int]] = set()
        """Changed lines that were in view, in whichever layout: (file, hunk, line), -1 for what has none."""

    def show(self, ready: Ready) -> None:
        """Another patch."""
        self.ready = ready
        self._read = set()
        self.renew()

    def set_beside(self, beside: bool) -> None:
        """Both sides beside each other, or unified; the place in the patch stays."""
        if beside != self.beside:
            self.beside = beside
            if self.ready is not None:
                self.renew(keep=True)

    @property
    def is_beside(self) -> bool:
        """Whether both sides stand beside each other now."""
        return self.beside and self.wide >= BESIDE

    # --- what was seen ---

    @property
    def unseen(self) -> int:
        """Changed lines that were not in view yet."""
        return len(self._to_read() - self._read)

    @property
    def to_see(self) -> int:
        """Changed lines in all."""
        return len(self._to_read())

    def _to_read(self) -> set[tuple[int, int, int]]:
        return {key for entry in self._entries for key in self._keys(entry)}

    def _keys(self, entry: Entry) -> list[tuple[int, int, int]]:
        if self.ready is None or not self.ready.changes(entry):
            return []
        if entry.kind is not Kind.LINES:
            return [(entry.file, -1, -1)]
        sides = {index for index in (entry.left, entry.right) if index is not None}
        return [
            (entry.file, entry.hunk, index) for index in sides if self.ready.half(entry, index).mark is not Mark.SAME
        ]

    def was_seen(self, entry: int) -> None:
        """What it changes was read."""
        keys = set(self._keys(self._entries[entry])) - self._read
        if keys:
            self._read |= keys
            self.post_message(self.Seen())

    # --- lines ---

    @property
    def count(self) -> int:
        """Entries of the layout at hand."""
        return len(self._entries)

    def place(self) -> Entry | None:
        """The entry on top: the layouts have different ones."""
        at = super().place()
        return self._entries[at] if at < len(self._entries) else None

    def found(self, place: Entry | None) -> int:
        """The entry that shows the same lines."""
        return _found_again(place, self._entries) if place is not None else 0

    def lay_out(self) -> None:
        """Unified, or beside each other."""
        self._wraps = {}
        self._laid_beside = self.is_beside
        self._entries = self.ready.entries(beside=self._laid_beside) if self.ready is not None else []

    def height_of(self, entry: int, width: int) -> int:  # noqa: ARG002
        """As many lines as the longer side takes."""
        return max(len(self._broken(entry, 0)), len(self._broken(entry, 1)))

    def parts(self) -> list[int]:
        """Hunks; a file's name stands above its first."""
        return [
            at if self._entries[at - 1].kind is not Kind.FILE else at - 1
            for at, entry in enumerate(self._entries)
            if entry.kind is Kind.HUNK
        ]

    def draw(self, entry: int, part: int, width: int, look: CodeLook) -> list[Segment]:
        """A line of the layout at hand."""
        found = self._entries[entry]
        if self.ready is None:
            return []
        if found.kind is Kind.GAP:
            return [Segment("", look.base)]
        if found.kind is Kind.FILE:
            return self._file(found, entry, part, look)
        if found.kind is Kind.NOTE:
            start, end = self._broken(entry, 0)[part]
            return [Segment(f"  {found.text[start:end]}", look.dim)]
        if found.kind is Kind.HUNK:
            return self._hunk(found, entry, part, look)
        if not self._laid_beside:
            return self._side(entry, part, 0, look, both=True)
        half = (width - 1) // 2
        left = self._side(entry, part, 0, look)
        right = self._side(entry, part, 1, look)
        return [*_filled(left, half), Segment("│", look.dim), *_filled(right, width - half - 1)]

    def _file(self, found: Entry, entry: int, part: int, look: CodeLook) -> list[Segment]:
        assert self.ready is not None
        start, end = self._broken(entry, 0)[part]
        text = f" {self._text(found)[start:end]}"
        segments = [Segment(text, look.file)]
        if part == 0:
            came, gone = self.ready.files[found.file].counts
            segments.append(Segment(f"  +{came}", look.file + look.layers["good"]))
            segments.append(Segment(f" −{gone}", look.file + look.layers["bad"]))
        return [*segments, Segment(" ", look.file)]

    def _hunk(self, found: Entry, entry: int, part: int, look: CodeLook) -> list[Segment]:
        start, end = self._broken(entry, 0)[part]
        return [Segment(f" {self._text(found)[start:end]}", look.hunk)]

    def _side(self, entry: int, part: int, side: int, look: CodeLook, *, both: bool = False) -> list[Segment]:
        """One line of one side: numbers, sign, text. `both` is the unified view."""
        assert self.ready is not None
        found = self._entries[entry]
        index = found.right if side else found.left
        if index is None:
            return [Segment("", look.base)]
        half = self.ready.half(found, index)
        ground = look.grounds[half.mark]
        broken = self._broken(entry, side)
        gutter = self._gutter(half, side, both=both, first=part == 0)
        sign = half.mark.value if part == 0 else " "
        segments = [Segment(gutter, ground + look.layers["muted"]), Segment(f"{sign} ", ground + look.signs[half.mark])]
        if part < len(broken):
            start, end = broken[part]
            layers = [*half.layers, *self.ready.changed(found, index)]
            segments += painted(half.text, layers, ground, look, start, end)
            if half.endless and part == len(broken) - 1:
                segments.append(Segment(ENDLESS, ground + look.layers["muted"]))
        return [*segments, Segment("", ground)]

    def _gutter(self, half: Half, side: int, *, both: bool, first: bool) -> str:
        wide = self._digits
        old, new = (str(number) if number is not None and first else "" for number in (half.old, half.new))
        if both and self.wide >= _NARROW:
            return f"{old:>{wide}} {new:>{wide}} "
        one = (new or old) if both else (new if side else old)
        return f"{one:>{wide}} "

    @property
    def _digits(self) -> int:
        return max(3, len(str(self.ready.highest))) if self.ready is not None else 3

    def _text(self, entry: Entry) -> str:
        assert self.ready is not None
        file = self.ready.files[entry.file]
        if entry.kind is Kind.FILE:
            name = f"{file.was} → {file.path}" if file.was else file.path or "(no file is named)"
            return visible(name)[0]
        if entry.kind is Kind.HUNK:
            hunk = file.hunks[entry.hunk]
            return f"line {hunk.new}  {entry.text}".rstrip()
        return entry.text

    def _broken(self, entry: int, side: int) -> list[tuple[int, int]]:
        """Where the text of a side is broken; worked out once for a layout."""
        key = (entry, side)
        if key not in self._wraps:
            self._wraps[key] = self._break(entry, side)
        return self._wraps[key]

    def _break(self, entry: int, side: int) -> list[tuple[int, int]]:
        found, width = self._entries[entry], self.wide
        if found.kind is not Kind.LINES:
            room = width - 14 if found.kind is Kind.FILE else width - 2
            return wrapped(self._text(found), room) if not side else [(0, 0)]
        index = found.right if side else found.left
        if index is None or self.ready is None or (side and not self._laid_beside):
            return [(0, 0)]
        half = self.ready.half(found, index)
        room = width
        if self._laid_beside:
            left = (width - 1) // 2
            room = width - left - 1 if side else left
        room -= len(self._gutter(half, side, both=not self._laid_beside, first=True)) + 2
        text = half.text + (" " * len(ENDLESS) if half.endless else "")
        broken = wrapped(text, room)
        return [(start, min(end, len(half.text))) for start, end in broken if start <= len(half.text)]


def _filled(segments: list[Segment], width: int) -> list[Segment]:
    """A side filled up to its width with its own ground."""
    used = sum(segment.cell_length for segment in segments)
    style = segments[-1].style if segments else Style()
    return [*segments, Segment(" " * (width - used), style)] if used < width else segments


def _found_again(before: Entry, entries: list[Entry]) -> int:
    """The entry that shows the same place."""
    lines = {index for index in (before.left, before.right) if index is not None}
    for at, entry in enumerate(entries):
        if (entry.file, entry.hunk, entry.kind) == (before.file, before.hunk, before.kind) and (
            before.kind is not Kind.LINES or lines & {entry.left, entry.right}
        ):
            return at
    return 0
