"""Artists: no two of a label are mistaken for one another, and each is written in whole, sensible sentences."""

from __future__ import annotations

import dataclasses
import re
from itertools import combinations

import pytest

from benchmarks.words import make_artists
from engine.domain.genres import GENRES
from engine.domain.likeness import MIN_DISTANCE, folded_name, persona_distance, shared_phrases, shared_share
from engine.domain.persona import Persona
from engine.llm.rules import persona_problems
from engine.llm.writer.biography import inflected
from engine.llm.writer.limits import limits_of
from engine.llm.writer.persona import invent_persona
from engine.llm.writer.wordlists import read


@pytest.fixture(scope="module")
def many() -> list[Persona]:
    """Artists of several labels: enough for every sentence to turn up."""
    return [artist for seed in (1, 500, 900) for artist in make_artists(14, seed)]


def test_no_two_artists_of_a_label_share_a_sentence_of_their_biographies(artists: list[Persona]) -> None:
    assert [shared_phrases(one, other) for one, other in combinations(artists, 2) if shared_phrases(one, other)] == []


def test_no_two_artists_of_a_label_are_near_copies(artists: list[Persona]) -> None:
    assert len({folded_name(artist.name) for artist in artists}) == len(artists)
    assert min(persona_distance(one, other) for one, other in combinations(artists, 2)) >= MIN_DISTANCE


def test_a_near_copy_is_refused_by_name_by_style_and_by_its_sentences(artists: list[Persona]) -> None:
    first, second = artists[:2]
    same_name = dataclasses.replace(second, name=first.name.upper())
    same_style = dataclasses.replace(first, name="Somebody Else")
    same_life = dataclasses.replace(second, biography=first.biography.replace(first.name, second.name))
    assert persona_problems(second, [first]) == []
    assert persona_problems(same_name, [first]) == [f"the name is {first.name}'s"]
    assert persona_problems(same_style, [first]) == [f"it is a near copy of {first.name}"]
    assert shared_share(same_life, first) > 0.9
    assert persona_problems(same_life, [first]) == [f"it is a near copy of {first.name}"]


def test_the_same_seed_invents_the_same_artist_and_knowing_them_another(artists: list[Persona]) -> None:
    assert invent_persona(1000, taken=()) == artists[0]
    assert invent_persona(1000, taken=artists).name not in {artist.name for artist in artists}


def test_a_label_of_forty_goes_on_inventing_artists_that_pass() -> None:
    fleet = make_artists(40, 7)
    assert all(persona_problems(artist, fleet[:at]) == [] for at, artist in enumerate(fleet))


@pytest.mark.parametrize("text", ["voice", "biography"])
def test_no_sentence_falls_into_a_known_trap(many: list[Persona], text: str) -> None:
    """Verbs out of number, holes, doubled words, a list inside a list, a gadget that is taught."""
    traps = re.compile(
        r"\{|\}|~|\b(\w+) \1\b|\b[Tt]hey (?:is|was|has|does|\w+[^s]s) |\b(?:he|she) (?:are|were|have) "
        r"|[Vv]oices[^.]* that \w+[^s]s |taught \w+self (?!to )|, by choice and|\.\."
        r"|\b[Aa] [aeiou](?!n?e\b|ne-|ni|se|ku)",
    )
    assert [getattr(a, text) for a in many if traps.search(getattr(a, text))] == []


def test_a_voice_agrees_in_number() -> None:
    template = "{} that ~leans on {its} ends and ~rushes"
    assert inflected(template, plural=False) == "{} that leans on its ends and rushes"
    assert inflected(template, plural=True) == "{} that lean on their ends and rush"


def test_several_voices_belong_to_groups_alone(many: list[Persona]) -> None:
    several = read("sounds", "artists")["timbre_several"]
    for artist in many:
        if artist.voice.startswith(tuple(several)):
            assert not re.search(r"\b(?:he|she|himself|herself)\b", artist.biography)


def test_nobody_refuses_what_their_genre_is_made_of(many: list[Persona]) -> None:
    for row in read("refusals", "artists")["absurd"]:
        rule, genres = row.split(": ")
        assert set(genres.split()) <= set(GENRES)
        assert [a.name for a in many if rule in a.never and a.genre in genres.split()] == []


def test_what_an_artist_never_does_leaves_room_for_their_songs(many: list[Persona]) -> None:
    """A rule about tempo would repeat the habits or deny them; a mode is refused only where no key has it."""
    for artist in many:
        limits = limits_of(artist)
        assert not any(re.search(r"\d", rule) for rule in artist.never)
        assert not any(mode in key for mode in limits.modes for key in artist.habits.keys)
        assert len(artist.never) >= 2


def test_biographies_have_five_to_seven_sentences_and_the_name(many: list[Persona]) -> None:
    for artist in many:
        assert 5 <= len(re.findall(r"[.](?: |$)", artist.biography.replace("St. ", "St "))) <= 8, artist.biography
        assert artist.name in artist.biography


def test_an_unknown_genre_is_an_error() -> None:
    with pytest.raises(KeyError):
        invent_persona(1, taken=(), genre="polka")
