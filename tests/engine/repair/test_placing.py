"""How many faulty answers are placed right, and that none is placed wrong."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.domain.repair import Edit, RefusalKind
from engine.repair import policy
from engine.repair.answers import read_edits
from engine.repair.candidate import contents_of
from engine.repair.checkout import Entry
from engine.repair.matching import place
from engine.repair.refused import Refused, refused
from tests.engine.repair.corpus import FILES, PATH, PLAYERS, Case, cases

pytestmark = pytest.mark.quick

CASES = list(cases())
LEAST_RIGHT = 0.95
UNCLEAR = {
    # A line was left out where two are added: before or after it, nobody can say.
    "insert: diff, a context line skipped beside the change",
    # The line of the class had no indent to lose: the lines differ from the file's by more than one step.
    "replace: diff, indent 4 less",
}


def outcome(case: Case) -> Mapping[str, str] | Refused:
    """What comes of an answer: the changed files, or the refusal."""
    files = {path: Entry("100644", "blob", path, len(text.encode())) for path, text in case.files.items()}
    try:
        edits = read_edits(case.answer, path=case.told)
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


def test_at_least_95_in_100_are_placed_right_none_wrong_and_none_outside(
    found: dict[str, Mapping[str, str] | Refused], capsys: pytest.CaptureFixture[str]
) -> None:
    placeable = [case for case in CASES if case.after is not None]
    right = sum(found[case.name] == case.after for case in placeable)
    placed = {name: files for name, files in found.items() if not isinstance(files, Refused)}
    wrong = [case.name for case in CASES if case.name in placed and placed[case.name] != case.after]
    outside = [path for files in placed.values() for path in files if policy.refusal(path, new=path not in FILES)]
    with capsys.disabled():
        print(
            f"\n{len(CASES)} answers: {right} of {len(placeable)} with a right place placed right "
            f"({right / len(placeable):.1%}), {len(placeable) - right} refused; "
            f"{len(CASES) - len(placeable)} without one; {len(wrong)} placed wrong, {len(outside)} outside"
        )
    assert right / len(placeable) >= LEAST_RIGHT
    assert wrong == []
    assert outside == []
