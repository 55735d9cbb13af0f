"""What makes a persona usable: rules for each field, for two together, and against the rest of the label."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.codec import dump
from engine.domain.likeness import Sieve, clashes
from engine.domain.persona import (
    FIELDS,
    Persona,
    Problem,
    as_text,
    assembled,
    changed,
    fingerprint,
    problems,
    read,
    tidied,
    values,
)
from tests.label import persona

pytestmark = pytest.mark.quick


def but(**fields: Any) -> Persona:
    """The test's persona with other fields; `__` stands for a dot."""
    return assembled({**values(persona()), **{name.replace("__", "."): value for name, value in fields.items()}})


def test_a_whole_persona_has_no_problem() -> None:
    assert problems(persona()) == []


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "at least one letter"),
        ({"name": "—"}, "name", "at least one letter"),
        ({"name": "x" * 61}, "name", "61 characters; at most 60"),
        ({"name": "Ves\u202eper"}, "name", "cannot be seen: U+202E"),
        ({"genre": "polka"}, "genre", "none of synthwave"),
        ({"voice": "x\x1b[2J"}, "voice", "U+001B"),
        ({"traits": []}, "traits", "at least one is needed"),
        ({"themes": []}, "themes", "at least one is needed"),
        ({"traits": ["dry", "Dry"]}, "traits", "says 'dry' twice"),
        ({"traits": [f"trait {n}" for n in range(25)]}, "traits", "25 items"),
        ({"themes": ["night", "!"]}, "themes", "at least one letter"),
        ({"biography": "x" * 4001}, "biography", "4,001 characters"),
        ({"visual_identity__palette__glow": "#12345"}, "visual_identity.palette.glow", "#rrggbb"),
        ({"visual_identity__palette__glow": "red"}, "visual_identity.palette.glow", "#rrggbb"),
        ({"visual_identity__palette__ink": "#202030"}, "visual_identity.palette.ink", "cannot be read on the ground"),
        ({"visual_identity__motif": ""}, "visual_identity.motif", "at least one letter"),
        ({"habits__tempo_min": 29}, "habits.tempo_min", "from 30 to 300"),
        ({"habits__tempo_max": 301}, "habits.tempo_max", "from 30 to 300"),
        ({"habits__tempo_min": 120, "habits__tempo_max": 90}, "habits.tempo_max", "below the slowest tempo, 120"),
        ({"habits__keys": ["H minor"]}, "habits.keys", "'H minor' is no key"),
        ({"habits__keys": ["A"]}, "habits.keys", "'A' is no key"),
        ({"habits__keys": []}, "habits.keys", "at least one is needed"),
    ],
)
def test_a_field_that_cannot_be_used_is_named_with_the_reason(fields: dict[str, Any], field: str, words: str) -> None:
    found = problems(but(**fields))
    assert [problem.field for problem in found] == [field]
    assert words in found[0].message


@pytest.mark.parametrize("key", ["A minor", "E flat major", "F sharp minor", "C# major", "B♭ minor"])
def test_keys_as_musicians_write_them_are_taken(key: str) -> None:
    assert problems(but(habits__keys=[key])) == []


@pytest.mark.parametrize("field", ["subgenres", "influences", "visual_identity.keywords", "never"])
def test_some_lists_may_be_empty(field: str) -> None:
    assert problems(but(**{field.replace(".", "__"): []})) == []


def test_what_is_stored_is_tidied() -> None:
    found = tidied(
        but(
            name="  Vesper   Lane ",
            genre="Synthwave",
            traits=[" dry ", "", "patient"],
            biography="One.  \n Two.",
            visual_identity__palette__ink="#F8F0FF",
        )
    )
    assert (found.name, found.genre, found.traits) == ("Vesper Lane", "synthwave", ("dry", "patient"))
    assert found.biography == "One.\nTwo."
    assert found.visual_identity.palette.ink == "#f8f0ff"


def test_what_changed_is_listed_by_field() -> None:
    after = but(name="Vesper", habits__keys=["A minor"])
    assert changed(persona(), after) == {
        "name": ("Vesper Lane", "Vesper"),
        "habits.keys": (["A minor", "E minor"], ["A minor"]),
    }
    assert changed(after, after) == {}


def test_another_persona_has_another_fingerprint() -> None:
    assert fingerprint(persona()) == fingerprint(persona()) != fingerprint(but(name="Vesper"))


# --- reading ---


def test_a_persona_is_read_back_from_its_json() -> None:
    assert read(dump(persona())) == (persona(), [])


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("name", 7, "is no text"),
        ("habits.tempo_min", "88", "is no whole number"),
        ("habits.tempo_min", True, "is no whole number"),
        ("traits", "dry", "is no list of texts"),
        ("traits", ["dry", 7], "is no list of texts"),
    ],
)
def test_a_field_of_another_type_is_refused(path: str, value: object, message: str) -> None:
    data = dump(persona())
    *parents, name = path.split(".")
    inner = data
    for parent in parents:
        inner = inner[parent]
    inner[name] = value
    assert read(data) == (None, [Problem(path, message)])


def test_missing_and_unknown_fields_are_all_named() -> None:
    data = dump(persona())
    del data["voice"], data["habits"]["keys"]
    data["mood"] = "sad"
    data["habits"]["swing"] = {"a": 1}
    found = read(data)[1]
    assert [problem.field for problem in found] == ["voice", "habits.keys", "habits.swing", "mood"]


@pytest.mark.parametrize("data", [None, [], "persona", 7, {}, {"name": {"a": 1}, "habits": []}])
def test_what_is_no_persona_at_all_is_refused(data: object) -> None:
    assert read(data)[0] is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*"ab", "habits", "name"]), inner),
    max_leaves=8,
)


@given(st.sampled_from(list(dump(persona()))), json_values)
def test_reading_never_fails_otherwise(field: str, value: object) -> None:
    found, wrong = read({**dump(persona()), field: value})
    assert (found is None) == bool(wrong)


texts = st.text(max_size=30)


@given(name=texts, traits=st.lists(texts, max_size=4), ink=texts, low=st.integers(), high=st.integers())
def test_any_persona_is_judged_and_a_tidied_one_stays_as_it_is(
    name: str, traits: list[str], ink: str, low: int, high: int
) -> None:
    found = tidied(
        but(
            name=name,
            traits=traits,
            visual_identity__palette__ink=ink,
            habits__tempo_min=low,
            habits__tempo_max=high,
        )
    )
    assert tidied(found) == found
    assert {problem.field for problem in problems(found)} <= set(FIELDS)
    assert assembled(values(found)) == found
    assert all(isinstance(as_text(value), str) for value in values(found).values())


# --- the others ---

OTHER = {
    "biography": "Learnt the drums in a brass band, then sold them for a synthesiser and a winter coat.",
    "themes": ["harvest", "machines"],
    "influences": ["village dances"],
    "traits": ["loud"],
    "voice": "bright and hurried",
    "visual_identity__palette__ground": "#ffffff",
    "visual_identity__palette__ink": "#101010",
    "visual_identity__motif": "a red tractor",
    "visual_identity__keywords": ["fields"],
}


def test_a_name_of_another_artist_is_refused_whatever_its_ornaments() -> None:
    assert [problem.field for problem in clashes(but(name="VESPER LÁNE", **OTHER), [persona()])] == ["name"]


def test_a_near_copy_is_refused_and_a_stranger_is_not() -> None:
    assert "near copy of Vesper Lane" in clashes(but(name="Rae"), [persona()])[0].message
    assert clashes(but(name="Rae", **OTHER), [persona()]) == []


def test_two_that_were_near_before_may_still_be_edited_unless_they_come_nearer() -> None:
    before = but(name="Rae", themes=["harvest"])
    apart = but(name="Rae", themes=["harvest"], traits=["loud"])
    assert clashes(apart, [persona()], before=before) == []
    assert clashes(but(name="Rae"), [persona()], before=before) != []


@given(st.lists(st.sampled_from([*sorted(OTHER), "name", "genre", "traits"]), unique=True), st.integers(0, 40))
def test_whoever_is_let_through_by_no_sieve_clashes_with_nobody(taken: list[str], cut: int) -> None:
    mine, other = but(), values(but(name="Rae", **OTHER))
    mixed = {path: value if path.replace(".", "__") in taken else values(mine)[path] for path, value in other.items()}
    told = mine.biography.split()
    mixed["biography"] = " ".join([*told[:cut], *mixed["biography"].split()])
    stored = assembled(mixed)
    if not Sieve(mine).keeps(dump(stored)):
        assert clashes(mine, [stored]) == []


def test_a_sieve_lets_few_others_through() -> None:
    assert Sieve(persona()).keeps(dump(but(name="Rae")))
    assert Sieve(persona()).keeps(dump(but(name="VESPER LÁNE", **OTHER)))
    assert not Sieve(persona()).keeps(dump(but(name="Rae", **OTHER)))
