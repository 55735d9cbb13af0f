"""Reads a diff's hunks as before/after blocks. Numbers and counts are never believed, headers only for paths."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.domain.repair import Edit, Refusal, RefusalKind
from engine.repair.paths import header_path, named_path

_HUNK = re.compile(r"@@.*")
_OLD = re.compile(r"--- ?(?:[^\s-].*)")
_NEW = re.compile(r"\+\+\+ ?(?:[^\s+].*)")
_GIT = re.compile(r"diff --git .*")
_INDEX = re.compile(r"(?:index [0-9a-fA-F]{4,}\.\.|new file mode |similarity index |\\ ).*")
_STARRED = re.compile(r"\*\*\* (Update|Add|Delete) File: (.*)")
_ENVELOPE = re.compile(r"\*\*\* (?:Begin Patch|End Patch|End of File)\s*")
_FORBIDDEN = (
    (re.compile(r"deleted file mode .*"), "deletes a file"),
    (re.compile(r"(?:rename|copy) (?:from|to) .*"), "renames or copies a file"),
    (re.compile(r"old mode .*|new mode .*"), "changes a file's mode"),
    (re.compile(r"new file mode (?!100644\s*$).*"), "makes a file that is not plain"),
    (re.compile(r"GIT binary patch.*|Binary files .* differ"), "holds binary data"),
    (re.compile(r"\*\*\* (?:Delete File|Move to): .*"), "deletes or moves a file"),
)
_NULL = "/dev/null"
_INDENT_UNIT = 4


def is_diff_line(line: str) -> bool:
    """Whether a line begins a diff, outside of one."""
    if _OLD.fullmatch(line) or _NEW.fullmatch(line):
        return _names_file(line)
    shapes = (_HUNK, _GIT, _STARRED, _ENVELOPE, _INDEX, *(shape for shape, _ in _FORBIDDEN))
    return any(shape.fullmatch(line) for shape in shapes)


def _names_file(line: str) -> bool:
    path = header_path(line[3:])
    return path == _NULL or bool(named_path(path))


@dataclass(slots=True)
class _Hunk:
    path: str
    new: bool
    lines: list[str] = field(default_factory=list)


class Hunks:
    """The hunks of one diff, read line by line. `path` is the file of the last header; `open` inside a diff."""

    def __init__(self) -> None:
        self.path = ""
        self.open = False
        self._old = ""
        self._new_file = False
        self._hunks: list[_Hunk] = []
        self._refusals: list[Refusal] = []

    def read(self, line: str, fallback: str) -> None:
        """Takes the next line; `fallback` is the path where the diff names none."""
        self.open = True
        hunk = self._hunks[-1] if self._hunks else None
        if self._header(line, inside=hunk is not None):
            return
        if _HUNK.fullmatch(line):
            self._hunks.append(_Hunk(self.path or fallback, self._new_file))
        elif hunk is not None:
            hunk.lines.append(line)
        elif self._new_file and line.startswith("+"):  # a new file needs no hunk header
            self._hunks.append(_Hunk(self.path or fallback, True, [line]))

    def _header(self, line: str, *, inside: bool) -> bool:
        for shape, what in _FORBIDDEN:
            if shape.fullmatch(line):
                self._refusals.append(
                    Refusal(RefusalKind.POLICY, f"The patch {what}.", "Change the text of files, nothing else.")
                )
                return True
        if starred := _STARRED.fullmatch(line):
            self.path, self._new_file = header_path(starred[2]), starred[1] == "Add"
            if not self._new_file:
                self._hunks.append(_Hunk(self.path, False))
            return True
        if _GIT.fullmatch(line):
            self._old, self._new_file, self.path = "", False, ""
            return True
        if _NEW.fullmatch(line) and (self._old or not inside):
            self._name(line[3:])
            return True
        if self._old and _HUNK.fullmatch(line):
            self._name(self._old[3:])  # the line with +++ was left out
        self._settle()
        if _OLD.fullmatch(line) and _names_file(line):
            self._old = line
            return True
        return _INDEX.fullmatch(line) is not None or _ENVELOPE.fullmatch(line) is not None

    def _settle(self) -> None:
        """What looked like a header was a removed line."""
        if self._old and self._hunks:
            self._hunks[-1].lines.append(self._old)
        self._old = ""

    def _name(self, text: str) -> None:
        path, old = header_path(text), header_path(self._old[3:])
        if path == _NULL:
            self._refusals.append(
                Refusal(RefusalKind.POLICY, "The patch deletes a file.", "Change the text of files, nothing else.")
            )
        self.path, self._new_file, self._old = path, old == _NULL, ""

    def end(self, fallback: str) -> tuple[list[Edit], list[Refusal]]:
        """The edits and refusals of what was read."""
        self._settle()
        edits: list[Edit] = []
        for hunk in self._hunks:
            before, after = _halves(hunk.lines)
            if before == after:
                continue  # context alone: nothing is asked for
            path = hunk.path or self.path or fallback
            if not before and not hunk.new:
                self._refusals.append(
                    Refusal(
                        RefusalKind.UNREADABLE,
                        f"A hunk for {path or 'no file'} only adds lines and does not say where.",
                        "Give the lines around the place too; a new file has /dev/null as its old name.",
                    )
                )
                continue
            edits.append(Edit(path, _text(before), _text(after)))
        return edits, self._refusals


def _halves(lines: list[str]) -> tuple[list[str], list[str]]:
    lines = _trimmed(lines)
    lost = _lost_their_space(lines)
    before: list[str] = []
    after: list[str] = []
    for line in lines:
        mark, rest = line[:1], line[1:]
        if mark == "\\":
            continue
        if mark == "-":
            before.append(rest)
        elif mark == "+":
            after.append(rest)
        else:
            kept = rest if mark == " " and not lost else line
            before.append(kept)
            after.append(kept)
    return before, after


def _trimmed(lines: list[str]) -> list[str]:
    """Without the empty lines at both ends, and without the prose that may follow an unfenced diff: at the ends only
    context is lost, never a change."""
    last = max((at for at, line in enumerate(lines) if line[:1] in ("+", "-", " ")), default=-1)
    first = next((at for at, line in enumerate(lines) if line), 0)
    return lines[first : last + 1]


def _lost_their_space(lines: list[str]) -> bool:
    """Whether the context lines lack the space that a diff puts before each: taken as they stand, all of them and the
    changed lines are indented by whole steps. (Where that is a misreading, the steps do not fit the file's.)"""
    context = [line for line in lines if line.strip() and line[0] not in "+-\\"]
    changed = [line[1:] for line in lines if line[:1] in ("+", "-") and line[1:].strip()]
    return bool(context) and not any(_indent(line) % _INDENT_UNIT for line in (*context, *changed))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
