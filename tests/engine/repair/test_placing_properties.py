"""Whatever an answer and a file hold: an edit is placed right or refused, and nothing else happens."""

from __future__ import annotations

import contextlib
import difflib

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.repair import Edit
from engine.repair.answers import read_edits
from engine.repair.imported import edits_of_diff
from engine.repair.lines import Lines
from engine.repair.matching import Tier, place, place_all
from engine.repair.refused import Refused

MARKS = ("<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "```python", "```", "@@ -1 +1 @@", "--- a/engine/a.py")
MORE = (
    "+++ b/engine/a.py",
    "diff --git a/x b/x",
    "engine/a.py",
    "-x",
    "+y",
    " z",
    "",
    "*** Add File: engine/b.py",
    "\\ No",
)
few = settings(max_examples=40, deadline=None)
text_of_lines = st.lists(st.sampled_from(MARKS + MORE) | st.text(max_size=12), max_size=24).map("\n".join)
words = st.sampled_from(
    ("a = 1", "    b(2)", "        return c", "", "# d", "\te", "    f  ", "if g:", "-- h", "++ i", "\x0c")
)
ends = st.sampled_from(("\n", "\r\n"))


@few
@given(text_of_lines)
def test_any_answer_is_read_or_refused(text: str) -> None:
    for read in (read_edits, edits_of_diff):
        try:
            assert read(text)
        except Refused as error:
            assert error.refusals


@few
@given(text_of_lines, st.text(max_size=40) | text_of_lines, st.text(max_size=40) | text_of_lines)
def test_any_edit_is_placed_or_refused(source: str, before: str, after: str) -> None:
    try:
        assert place(source, Edit("engine/a.py", before, after)).tier in Tier
    except Refused as error:
        assert error.refusals


@few
@given(st.text())
def test_a_text_comes_back_as_it_was(text: str) -> None:
    assert Lines.of(text).text() == text


@few
@given(st.data(), ends, st.booleans())
def test_lines_that_stand_once_are_changed_there_and_nowhere_else(data: st.DataObject, end: str, last: bool) -> None:
    lines = [f"line {number}" for number in range(data.draw(st.integers(2, 30)))]
    start = data.draw(st.integers(0, len(lines) - 1))
    stop = data.draw(st.integers(start + 1, len(lines)))
    new = data.draw(st.lists(words.filter(str.strip), max_size=6))
    source = end.join(lines) + (end if last else "")
    placed = place(source, Edit("engine/a.py", "\n".join(lines[start:stop]), "\n".join(new)))
    wanted = [*lines[:start], *new, *lines[stop:]]
    assert placed.tier is Tier.EXACT
    assert placed.text == (end.join(wanted) + (end if last and wanted else ""))


@few
@given(st.lists(words, max_size=30), st.lists(words, max_size=30), st.integers(0, 3))
def test_a_diff_is_placed_right_or_refused(old: list[str], new: list[str], context: int) -> None:
    source, wanted = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
    names = ("a/engine/a.py", "b/engine/a.py")
    diff = "".join(f"{line}\n" for line in difflib.unified_diff(old, new, *names, n=context, lineterm=""))
    with contextlib.suppress(Refused):
        assert place_all(source, edits_of_diff(diff)).text == wanted


@few
@given(st.lists(words, min_size=8, max_size=30, unique=True), st.integers(1, 6), st.sampled_from(("  ", "\t", "")))
def test_kept_lines_stay_as_they_are_in_the_file(lines: list[str], at: int, tail: str) -> None:
    edit = Edit("engine/a.py", "".join(f"{line}{tail}\n" for line in lines), "")
    after = [f"{line}{tail}\n" for line in lines]
    after.insert(at, "added = 1\n")
    source = "".join(f"{line}\n" for line in lines)
    try:
        placed = place(source, Edit(edit.path, edit.before, "".join(after)))
    except Refused:
        return
    kept = placed.text.split("\n")
    assert kept.pop(at).strip() == "added = 1"
    assert "\n".join(kept) == source
