"""What a seeded bug is: how it is planted, what raises it, and what a scripted analyst and engineer say of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from engine.domain.repair import Cause, Edit


class Stop(StrEnum):
    """Where a bad answer comes to its end."""

    READ = "read"
    """No edits can be read from it."""
    PLACE = "place"
    """A block fits nowhere or in two places, or the file would not parse, or nothing changes."""
    GATE = "gate"
    """It touches what no patch may touch, or does what no patch may do."""
    REPRODUCE = "reproduce"
    """The test that comes with it does not pass with it."""
    AFFECTED = "affected"
    """A test that imports what it changes fails."""
    PERSON = "person"
    """It is right, and does what no patch does without a person who was warned."""
    QUICK = "quick"
    """Only the whole of the quick tests notices."""
    SUITE = "suite"
    """Only the whole suite notices (`make test`)."""


@dataclass(frozen=True, slots=True)
class Bad:
    """An answer that must not be applied. `kind` says what is wrong with it, `stop` what refuses it, `says` a word of
    the reason. `text` stands for an answer without any edits."""

    kind: str
    stop: Stop
    says: str
    edits: tuple[Edit, ...] = ()
    text: str = ""
    with_test: bool = True
    """Whether the test of the good answer comes along."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One bug. `planted` is one exact replacement; `trigger` is a program that runs in the seeded copy and ends by the
    exception `raises`, whose stack holds `path`."""

    name: str
    kind: str
    part: str
    planted: Edit
    raises: str
    trigger: str
    said: str
    """What the analyst says it is."""
    good: tuple[Edit, ...]
    test: Edit
    bad: tuple[Bad, ...] = ()
    cause: Cause = Cause.CODE
    also_good: tuple[tuple[Edit, ...], ...] = field(default=())
    """Other answers that are right."""

    @property
    def path(self) -> str:
        """The file that holds the bug."""
        return self.planted.path

    def answers(self) -> tuple[tuple[Edit, ...], ...]:
        """Every good answer, each with the test that shows the bug."""
        return tuple((*edits, self.test) for edits in (self.good, *self.also_good))

    def edits_of(self, bad: Bad) -> tuple[Edit, ...]:
        """A bad answer's edits."""
        return (*bad.edits, self.test) if bad.with_test else bad.edits


def test_file(path: str, docstring: str, body: str) -> Edit:
    """A new test file, marked quick."""
    return Edit(path, "", f'"""{docstring}"""\n\nfrom __future__ import annotations\n\n{body.strip()}\n')


def apply(edits: tuple[Edit, ...], root: Path) -> None:
    """Places edits in a folder by exact, unique text alone. Raises AssertionError where one does not fit."""
    for edit in edits:
        file = root / edit.path
        if not edit.before:
            assert not file.exists(), edit.path
            file.write_text(edit.after, "utf-8")
            continue
        text = file.read_text("utf-8")
        assert text.count(edit.before) == 1, f"{edit.path}: {text.count(edit.before)} places for {edit.before[:60]!r}"
        file.write_text(text.replace(edit.before, edit.after), "utf-8")
