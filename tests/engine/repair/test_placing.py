"""How many faulty answers are placed right, and that none is placed wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import pytest

from engine.domain.repair import Edit, RefusalKind
from engine.repair import policy
from engine.repair.answers import read_edits
from engine.repair.candidate import contents_of
from engine.repair.checkout import Entry
from engine.repair.matching import place
from engine.repair.refused import Refused, refused
from tests.engine.repair.corpus import FILES, PATH, PLAYERS, SHIFT, Case, cases

CASES = list(cases())
LEAST_RIGHT = 0.95
UNCLEAR = {
    # A line was left out where two are added: before or after it, nobody can say.
    "insert: diff, a context line skipped beside the change",
    # The line of the class had no indent to lose: the lines differ from the file's by more than one step.
    "replace: diff, indent 4 less",
}
SAME_CODE = (
    ("        # The night is short.\n", ""),
    ("# The night is short.", "# This night is short."),
    ('"""Takes a job up."""', '"""Takes the jobs up."""'),
    ('"night"', "'night'"),
    ("self._running[job.id] = job\n", "self._running[job.id]  =  job  # kept until it ends\n"),
)
"""Lines of SHIFT, and how an answer may tell them."""


def outcome(case: Case, *, told: bool = True) -> Mapping[str, str] | Refused:
    """What comes of an answer: the changed files, or the refusal."""
    files = {path: Entry("100644", "blob", path, len(text.encode())) for path, text in case.files.items()}
    try:
        edits = read_edits(case.answer, path=case.told if told else "")
        contents, _ = contents_of(edits, files, lambda path: case.files[path].encode())
    except Refused as error:
        return error
    if not contents:
        return refused(RefusalKind.NO_CHANGE, "nothing")
    return {path: data.decode() for path, data in contents.items()}


@pytest.fixture(scope="module")
def found() -> dict[str, Mapping[str, str] | Refused]:
    """What comes of every answer, by its name."""
    return {case.name: outcome(case) for case in CASES}


def test_the_corpus_names_each_answer_once() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def test_what_has_one_place_is_placed_there(found: dict[str, Mapping[str, str] | Refused]) -> None:
    wanted = [case for case in CASES if case.after is not None and case.name not in UNCLEAR]
    assert [case.name for case in wanted if found[case.name] != case.after] == []


def test_what_has_no_place_is_refused_with_a_reason(found: dict[str, Mapping[str, str] | Refused]) -> None:
    refused_ones = [found[case.name] for case in CASES if case.after is None or case.name in UNCLEAR]
    assert [each for each in refused_ones if not isinstance(each, Refused)] == []
    assert all(refusal.message for each in refused_ones if isinstance(each, Refused) for refusal in each.refusals)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("fits five times", RefusalKind.AMBIGUOUS),
        ("fits five times but for whitespace", RefusalKind.AMBIGUOUS),
        ("fits five times but for a word", RefusalKind.AMBIGUOUS),
        ("names no file", RefusalKind.UNREADABLE),
        ("another file", RefusalKind.NOT_FOUND),
        ("cut off in the second half", RefusalKind.UNREADABLE),
        ("the rest is left out", RefusalKind.UNREADABLE),
        ("would not parse", RefusalKind.UNPARSABLE),
        ("changes nothing", RefusalKind.NO_CHANGE),
        ("text that is nowhere", RefusalKind.NOT_FOUND),
        ("a file of the safe core", RefusalKind.POLICY),
        ("outside of the packages", RefusalKind.POLICY),
        ("above the checkout", RefusalKind.POLICY),
        ("deletes a file", RefusalKind.POLICY),
    ],
)
def test_a_refusal_says_of_what_kind_it_is(
    found: dict[str, Mapping[str, str] | Refused], name: str, kind: RefusalKind
) -> None:
    refusal = found[f"refused: {name}"]
    assert isinstance(refusal, Refused)
    assert {each.kind for each in refusal.refusals} == {kind}


def test_a_refusal_shows_the_nearest_lines_with_their_numbers() -> None:
    edit = Edit(PATH, "    best: Piano | None = None\n\n    for p in players:\n", "    best = None\n")
    with pytest.raises(Refused) as caught:
        place(PLAYERS, edit)
    number = PLAYERS[: PLAYERS.index("    best: Piano")].count("\n") + 1
    assert f"{number:>5} |     best: Piano | None = None" in caught.value.refusals[0].hint


def test_a_place_that_comes_again_is_refused_however_often_and_however_blurred() -> None:
    lines = [f"    value_{n % 7} = compute(value_{n % 5}, {n % 11})\n" for n in range(3000)]
    for size in (5, 40, 120):
        before = lines[100 : 100 + size]
        before[size // 2] = "    # something else\n"
        with pytest.raises(Refused):
            place("".join(lines), Edit(PATH, "".join(before), "".join([*before, "    added = 1\n"])))


def test_a_place_that_comes_again_a_line_further_down_is_refused() -> None:
    source = "first = 1\n" + "    row(1, 2, 3, 4)\n" * 4 + "last = 1\n"
    before = "    row(1, 2, 3, 4)\n    row(1, 2, 3, 4)\n    row(1, 2, 3, 5)\n"
    with pytest.raises(Refused):
        place(source, Edit(PATH, before, f"{before}    row(0, 0, 0, 0)\n"))


def test_a_long_block_with_one_comment_told_otherwise_is_placed() -> None:
    lines = [f"value_{n} = compute({n}, {n * 7 % 13})\n" for n in range(300)]
    lines[150] = "# The value in the middle, where the row turns.\n"
    told = lines[100:200]
    told[50] = "# The values in the middle, when the row turns.\n"
    placed = place("".join(lines), Edit(PATH, "".join(told), "".join([*told, "added = 1\n"])))
    assert placed.text == "".join([*lines[:200], "added = 1\n", *lines[200:]])


def test_a_long_block_with_one_line_of_code_told_otherwise_is_refused() -> None:
    lines = [f"value_{n} = compute({n}, {n * 7 % 13})\n" for n in range(300)]
    told = lines[100:200]
    told[50] = "value_150 = calculate(150, 10)\n"
    with pytest.raises(Refused) as caught:
        place("".join(lines), Edit(PATH, "".join(told), "".join([*told, "added = 1\n"])))
    assert "calculate(150, 10)" in str(caught.value)


@pytest.mark.parametrize("telling", [old for old, _ in SAME_CODE], ids=lambda old: old.strip()[:40])
def test_the_same_code_told_otherwise_is_placed(telling: str) -> None:
    new = dict(SAME_CODE)[telling]
    before = SHIFT.replace(telling, new)
    assert before != SHIFT
    placed = place(SHIFT, Edit(PATH, before, before.replace("self._notify(job)", "self._notify(job, late=True)")))
    assert placed.text == SHIFT.replace("self._notify(job)", "self._notify(job, late=True)")


def test_a_function_that_the_file_lacks_is_placed_in_no_other_one_of_our_own() -> None:
    tried, placed = 0, []
    for path in sorted((Path(__file__).parents[3] / "engine" / "music").glob("*.py")):
        source = path.read_text()
        for first, last, name in islice(_functions(source), 1):
            block = source.splitlines(keepends=True)[first:last]
            before = "".join([block[0].replace(name, f"stop_{name[:3]}", 1), *block[1:]])
            tried += 1
            try:
                place(source, Edit(PATH, before, before.replace(block[-1], f"{block[-1].rstrip()}  # more\n")))
            except Refused:
                continue
            placed.append(f"{path.name}: {name}")
    assert tried >= 5
    assert placed == []


def _functions(source: str) -> Iterator[tuple[int, int, str]]:
    """Functions of 6 to 14 lines: the first line from 0, the one behind the last, the name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and 5 <= (node.end_lineno or 0) - node.lineno < 14:
            yield node.lineno - 1, node.end_lineno or 0, node.name


def test_at_least_95_in_100_are_placed_right_none_wrong_and_none_outside(
    found: dict[str, Mapping[str, str] | Refused], capsys: pytest.CaptureFixture[str]
) -> None:
    placeable = [case for case in CASES if case.after is not None]
    right = sum(found[case.name] == case.after for case in placeable)
    untold = sum(outcome(case, told=False) == case.after for case in placeable)
    placed = {name: files for name, files in found.items() if not isinstance(files, Refused)}
    wrong = [case.name for case in CASES if case.name in placed and placed[case.name] != case.after]
    outside = [path for files in placed.values() for path in files if policy.refusal(path, new=path not in FILES)]
    with capsys.disabled():
        print(
            f"\n{len(CASES)} answers: {right} of {len(placeable)} with a right place placed right "
            f"({right / len(placeable):.1%}), {len(placeable) - right} refused; "
            f"(without a word on the file meant: {untold}, {untold / len(placeable):.1%}); "
            f"{len(CASES) - len(placeable)} without one; {len(wrong)} placed wrong, {len(outside)} outside"
        )
    assert min(right, untold) / len(placeable) >= LEAST_RIGHT
    assert wrong == []
    assert outside == []
