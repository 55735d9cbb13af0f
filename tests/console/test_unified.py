"""Diffs as files, hunks and lines, and their lines made ready to be read: nothing is lost, nothing hides."""

from __future__ import annotations

import random
from difflib import unified_diff
from itertools import pairwise

import pytest

from console.patchrows import Kind, Ready
from console.spark import spark
from console.syntax import Ink, inks
from console.unified import counts, read
from console.visible import visible, whole
from engine.domain.difference import Mark
from engine.safety.text import plain
from tests.console.repairs import DIFF

pytestmark = pytest.mark.quick


def test_a_diff_is_read_into_files_with_numbered_lines() -> None:
    [frames, test] = read(DIFF)
    assert (frames.path, frames.notes, frames.counts) == ("engine/visuals/frames.py", [], (8, 2))
    assert (test.path, test.notes, test.counts) == ("tests/engine/visuals/test_even.py", ["new file"], (5, 0))
    gone = next(line for line in frames.hunks[0].lines if line.mark is Mark.GONE)
    assert (gone.old, gone.new, gone.text) == (87, None, "    width = round(height * ratio)")
    came = next(line for line in frames.hunks[0].lines if line.mark is Mark.NEW)
    assert (came.old, came.new) == (None, 87)
    assert frames.hunks[1].about == "class Frame:"


def test_what_python_makes_of_two_texts_is_read_back_whatever_they_are() -> None:
    """The texts can be told from the lines: none is missing, none is on the wrong side."""
    chance = random.Random(6)
    words = ["", "a", "-- a", "++ b", "@@ -1 +1 @@", "diff --git a/x b/x", "index 1..2", "\\ No newline", " x", "\t"]
    for _ in range(200):
        old = [chance.choice(words) for _ in range(chance.randrange(12))]
        new = [chance.choice(words) for _ in range(chance.randrange(12))]
        diff = "\n".join(unified_diff(old, new, "a/x.py", "b/x.py", n=99, lineterm="")) + "\n"
        if old == new:
            continue
        [file] = read(diff)
        [hunk] = file.hunks
        assert file.notes == []
        assert [line.text for line in hunk.lines if line.mark is not Mark.NEW] == old
        assert [line.text for line in hunk.lines if line.mark is not Mark.GONE] == new
        left = [one for one, _ in hunk.pairs if one is not None]
        right = [other for _, other in hunk.pairs if other is not None]
        assert all(a < b for side in (left, right) for a, b in pairwise(side))
        assert {*left, *right} == set(range(len(hunk.lines)))


def test_what_is_not_understood_stands_as_a_note_and_is_not_left_out() -> None:
    odd = "Here is the patch:\nGIT binary patch\ndelta 5\nold mode 100644\nnew mode 100755\nrename from a\n"
    [file] = read(odd)
    assert file.notes == [
        *("Here is the patch:", "GIT binary patch", "delta 5", "mode 100644 → 100755", "rename from a"),
    ]
    assert counts(read("")) == (0, 0)
    tail = f"{DIFF}+one line more than its head counts\n"
    assert read(tail)[1].notes == ["new file", "+one line more than its head counts"]


def test_a_file_that_ends_without_a_newline_says_so() -> None:
    [file] = read("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n")
    assert [line.endless for line in file.hunks[0].lines] == [True, False]
    assert file.path == "x"


def test_what_hides_in_a_line_is_made_visible_and_is_harmless() -> None:
    text, odd = visible("a\tb\u202ec\x1b[31m\u200b\xa0\u034f\ufe0f\r\udc80 e\u0301")
    assert text == "a⇥   b<U+202E>c<U+001B>[31m<U+200B><U+00A0><U+034F><U+FE0F><U+000D><U+DC80> e\u0301"
    assert next(text[start:end] for start, end in odd) == "<U+202E>"
    assert plain(text, lines=True) == text
    flood, _ = visible("z" + "\u0301" * 9)
    assert flood == "z" + "\u0301" * 4 + "<U+0301>" * 5
    assert not whole("x" * 20_001)


def test_every_unseen_character_of_the_table_is_visible() -> None:
    for code in (*range(32), *range(0x7F, 0xA1), 0xAD, 0x61C, *range(0x2000, 0x2010), *range(0x2028, 0x2030), 0x2060):
        if code not in (9, 32):
            assert f"<U+{code:04X}>" in visible(f"a{chr(code)}b")[0], hex(code)
    for code in (0x2066, 0x3164, 0xFEFF, 0xE0041, 0xE0101):
        assert f"<U+{code:04X}>" in visible(f"a{chr(code)}b")[0], hex(code)


def test_code_gets_its_inks_and_other_text_none() -> None:
    line = "def even(value: float) -> int:  # two"
    found = {line[start:end]: ink for start, end, ink in inks("x.py", [line])[0]}
    assert found["def"] is Ink.KEYWORD and found["even"] is Ink.NAME and found["# two"] is Ink.COMMENT
    assert inks("x.md", [line]) == [()]
    assert inks("x.py", ["x" * 5_000]) == [()]
    text = ["x = '''", "a", "'''", ""]
    assert [bool(spans) for spans in inks("x.py", text)] == [True, True, True, False]


def test_the_words_that_differ_are_marked_in_both_halves() -> None:
    ready = Ready(DIFF)
    entries = [entry for entry in ready.entries(beside=True) if entry.kind is Kind.LINES]
    pair = next(
        each for each in entries if each.left is not None and each.right is not None and each.left != each.right
    )
    assert pair.left is not None and pair.right is not None
    for index, word in ((pair.left, "round"), (pair.right, "even")):
        text = ready.half(pair, index).text
        assert [text[start:end] for start, end, _ in ready.changed(pair, index)] == [word]


def test_both_layouts_hold_the_same_changed_lines() -> None:
    ready = Ready(DIFF)
    found = []
    for beside in (False, True):
        lines = [
            (entry.file, entry.hunk, index)
            for entry in ready.entries(beside=beside)
            if entry.kind is Kind.LINES
            for index in {entry.left, entry.right}
            if index is not None
        ]
        assert len(lines) == len(set(lines))
        found.append(set(lines))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("counts", "width", "line"),
    [
        ((0, 1, 2, 4, 8), 5, "·▁▂▄█"),
        ((1, 0, 0, 1), 8, "██····██"),
        ((1, 1, 0, 0, 8, 0), 3, "▂·█"),
        ((0, 0), 2, "··"),
        ((), 5, ""),
    ],
)
def test_counts_become_bars(counts: tuple[int, ...], width: int, line: str) -> None:
    assert spark(counts, width) == line
