"""Art direction: one artist is a series, two artists differ, what they are about decides what is drawn."""

from __future__ import annotations

import pytest

from engine.domain.genres import GENRES
from engine.visuals import direction, vocabulary
from engine.visuals.compositions.catalogue import COMPOSITIONS
from tests.engine.visuals.material import cover_brief

pytestmark = pytest.mark.quick


def _styles(**changes: object) -> list[direction.Style]:
    return [direction.of_cover(cover_brief(seed=seed, **changes)) for seed in range(24)]  # type: ignore[arg-type]


def test_covers_of_one_artist_share_typeface_and_habit() -> None:
    styles = _styles()
    assert len({(style.typeface, style.upper, style.habit) for style in styles}) == 1


def test_an_artist_has_two_compositions_and_mostly_the_first() -> None:
    names = [style.name for style in _styles()]
    usual = max(set(names), key=names.count)
    assert len(set(names)) == 2
    assert names.count(usual) > len(names) / 2


def test_artists_of_one_genre_look_different() -> None:
    looks = {
        (style.name, style.layout.id, style.typeface)
        for style in (direction.of_cover(cover_brief(artist=f"Artist {n}")) for n in range(20))
    }
    assert len(looks) >= 10


def test_keywords_lead_the_composition() -> None:
    wanted = [style.name for n in range(40) for style in [_named(f"Artist {n}", ("garden", "rose"))]]
    assert wanted.count("bloom") > len(wanted) / 3


def _named(artist: str, keywords: tuple[str, ...]) -> direction.Style:
    return direction.of_cover(cover_brief(artist=artist, keywords=keywords, motif="", genre="techno"))


@pytest.mark.parametrize("genre", [*GENRES, "a genre nobody knows"])
def test_every_genre_has_a_direction(genre: str) -> None:
    assert direction.of_cover(cover_brief(genre=genre)).name in COMPOSITIONS


def test_every_subject_leads_to_a_composition_and_every_composition_has_one() -> None:
    assert set(direction._SUBJECTS) == set(vocabulary.SUBJECTS)
    assert {name for names in direction._SUBJECTS.values() for name in names} == set(COMPOSITIONS)
    assert {name for names in direction._GENRE.values() for name in names} <= set(COMPOSITIONS)
    assert set(direction._GENRE) == set(direction._FACES) == set(GENRES)
