"""Titles are carried by lines of their own grammar: a place is gone to, a thing is held, a time is lived through."""

from __future__ import annotations

import pytest

from benchmarks.words import MISFITS
from engine.llm.writer.bank import TITLE_PARTS, couplet, worlds
from engine.llm.writer.titles import TitleKind, read_title, title_case
from engine.llm.writer.wordlists import read

FRAMED = [kind for kind in TitleKind if kind is not TitleKind.HOOK]


@pytest.mark.parametrize(
    ("title", "kind", "sung"),
    [
        ("Glass Harbour", TitleKind.SPOT, "the glass harbour"),
        ("Little Kitchen", TitleKind.SPOT, "the little kitchen"),
        ("Concrete Courtyard", TitleKind.SPOT, "the concrete courtyard"),
        ("Paper Compass", TitleKind.HELD, "paper compass"),
        ("Runaway Cadillac", TitleKind.FIGURE, "runaway cadillac"),
        ("Motion Blur", TitleKind.STATE, "motion blur"),
        ("The Dog Days", TitleKind.EVENT, "the dog days"),
        ("One in the Red Room", TitleKind.CLOCK, "one in the red room"),
        ("All Weekend Long", TitleKind.WHEN, "all weekend long"),
        ("Saturday Rink", TitleKind.SPOT, "the Saturday rink"),
        ("Anything at All", TitleKind.ANY, "Anything at All"),
        ("Glass Harbour III", TitleKind.SPOT, "the glass harbour"),
    ],
)
def test_a_title_is_read_by_its_grammar(title: str, kind: TitleKind, sung: str) -> None:
    found = read_title(title)
    assert (found.kind, found.sung) == (kind, sung)


def test_a_phrase_out_of_a_chorus_is_sung_where_it_stands() -> None:
    found = read_title(title_case("put the kettle on"))
    assert found.kind is TitleKind.HOOK and found.couplet is not None
    assert found.couplet.first == "Put the kettle on for me"


@pytest.mark.parametrize("kind", FRAMED)
def test_every_frame_reads_with_every_title_of_its_kind(kind: TitleKind) -> None:
    rows = (*read("hooks")[kind.value], *read("hooks")[f"{kind.value}_couplet"])
    for title in titles_of(kind):
        sung = read_title(title).sung
        for row in rows:
            line = row.replace("{T}", sung)
            assert "{T}" in row
            # an article before a vowel is mended where the line is filled
            assert not [m for m in MISFITS.findall(line.replace("a a", "a x").replace("a e", "a x")) if m], line


@pytest.mark.parametrize("kind", FRAMED)
def test_a_frame_is_a_couplet_of_which_one_line_is_free_of_the_title(kind: TitleKind) -> None:
    for row in read("hooks")[f"{kind.value}_couplet"]:
        assert sum("{T}" in line for line in couplet(row).lines) == 1, row


def test_every_world_has_titles_of_every_kind() -> None:
    for world in worlds().values():
        assert all(len(world.title_parts[part]) >= 3 for part in TITLE_PARTS), world.id


def titles_of(kind: TitleKind) -> list[str]:
    every = worlds().values()
    if kind in (TitleKind.SPOT, TitleKind.HELD, TitleKind.FIGURE):
        return [f"Silver {entry}" for world in every for entry in world.title_parts[kind.value]]
    if kind is TitleKind.ANY:
        return ["Tomorrow"]
    return [entry for world in every for entry in world.title_parts[kind.value]]
