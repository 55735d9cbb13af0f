"""Reads the word lists in `words/`: the format stands in that package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_SECTION = re.compile(r"\[([a-z_]+)\](.*)")
_FIELD = re.compile(r"([a-z]+): (.+)")


@dataclass(frozen=True, slots=True)
class WordList:
    """One file: `fields` in order of appearance (a name may come more than once) and its sections' entries."""

    name: str
    fields: tuple[tuple[str, str], ...]
    sections: dict[str, tuple[str, ...]]

    def field(self, name: str) -> str:
        """The first value of a field; raises KeyError where it is missing."""
        return next(iter(self.all(name)), "") or self._missing(name)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(value for key, value in self.fields if key == name)

    def __getitem__(self, section: str) -> tuple[str, ...]:
        return self.sections[section] if section in self.sections else (self._missing(section),)

    def _missing(self, name: str) -> str:
        raise KeyError(f"{self.name} has no {name}")


@cache
def read(name: str, folder: str = "") -> WordList:
    """The word list `name`, read once."""
    package = f"{__package__}.words{'.' + folder if folder else ''}"
    text = resources.files(package).joinpath(f"{name}.txt").read_text("utf-8")
    fields: list[tuple[str, str]] = []
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    listed = False
    for row in text.splitlines():
        line = row.strip()
        if not line or line.startswith("#"):
            continue
        if header := _SECTION.fullmatch(line):
            current = sections.setdefault(header[1], [])
            listed = bool(header[2].strip())
            current += _entries(header[2]) if listed else []
        elif current is not None:
            current += _entries(line) if listed else [line]
        elif field := _FIELD.fullmatch(line):
            fields.append((field[1], field[2]))
        else:
            raise ValueError(f"{name}: {line!r} is neither a field nor in a section")
    return WordList(name, tuple(fields), {key: tuple(entries) for key, entries in sections.items()})


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(";") if entry.strip()]


def terms(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


@cache
def names(folder: str) -> tuple[str, ...]:
    """The word lists of a folder, in alphabetical order."""
    files = resources.files(f"{__package__}.words.{folder}").iterdir()
    return tuple(sorted(file.name.removesuffix(".txt") for file in files if file.name.endswith(".txt")))
