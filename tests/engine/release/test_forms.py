"""What platforms are told follows from the disclosure record, everywhere alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.release import forms
from engine.release.album.disclosure import answers as album_answers
from engine.release.album.disclosure import combine
from engine.release.assertions import ACTIONS, assertions
from engine.release.ddex.model import Extent
from engine.release.ddex.share import extent, heard
from engine.release.disclosure import disclose
from engine.release.forms import Form
from engine.release.metadata import Metadata
from engine.release.request import Maker, Method, PackageRequest, Part, embedded_makers
from tests.engine.release.conftest import bare_request
from tests.engine.release.test_metadata import described

pytestmark = pytest.mark.quick


def answered(request: PackageRequest) -> dict[str, str]:
    return {f"{form.platform}: {form.question}": form.answer for form in forms.answers(disclose(request))}


def made_by(**makers: Maker) -> PackageRequest:
    parts = {Part(name.replace("_", "-")): maker for name, maker in makers.items()}
    return replace(bare_request(), makers=embedded_makers() | parts)


PERSON = Maker(Method.PERSON, human="played and sang it")
MODEL = Maker(Method.MODEL, "studio", "model-1")


def test_an_embedded_instrumental_is_answered_in_full() -> None:
    assert answered(bare_request()) == {
        "YouTube: altered or synthetic content": "yes",
        "Spotify: AI vocals": "no",
        "Spotify: AI instrumentation": "yes",
        "Spotify: AI post-production": "yes",
        "Apple Music: AI in the artwork": "yes",
        "Apple Music: AI in the track": "yes",
        "Apple Music: AI in the composition": "yes",
        "Apple Music: AI in the music video": "yes",
        "Deezer: AI-generated music": "yes",
    }


def test_a_persons_voice_over_a_models_music_is_partly() -> None:
    found = answered(made_by(vocals=PERSON, composition=MODEL, instrumentation=MODEL))
    assert found["Spotify: AI vocals"] == "no"
    assert found["Spotify: AI instrumentation"] == "yes"
    assert found["Apple Music: AI in the track"] == found["Deezer: AI-generated music"] == "partly"


def test_edited_words_make_the_composition_partly_and_leave_the_track_alone() -> None:
    edited = replace(embedded_makers()[Part.LYRICS], human="edited the words")
    found = answered(made_by(lyrics=edited))
    assert found["Apple Music: AI in the composition"] == "partly"
    assert found["Apple Music: AI in the track"] == "yes"


def test_a_release_of_people_alone_is_no_everywhere() -> None:
    people = replace(bare_request(), makers=dict.fromkeys(Part, PERSON))
    assert set(answered(people).values()) == {"no"}


@pytest.mark.parametrize(
    "makers", [{}, {"vocals": PERSON}, {"vocals": MODEL, "composition": PERSON}, {"instrumentation": PERSON}]
)
def test_forms_ddex_and_c2pa_say_the_same_of_the_track(makers: dict[str, Maker]) -> None:
    request = made_by(**makers)
    record = disclose(request)
    words = {Extent.ALL: "yes", Extent.PARTLY: "partly", Extent.NONE: "no"}
    without_words = tuple(part for part in heard(record) if part != Part.LYRICS)
    wanted = words[extent(record, without_words)]
    assert Form("Deezer", "AI-generated music", wanted) in forms.answers(record)  # type: ignore[arg-type]
    metadata: Metadata = described(request)
    actions = assertions(metadata, record, "audio-wav", forbid=False)[ACTIONS]["actions"]
    told = {action["description"].split(":")[0]: action["digitalSourceType"] for action in actions[1:]}
    assert told == {name: part.digital_source_type for name, part in record.parts.items() if name in told}
    assert set(told) == {name for name in heard(record) if record.parts[name].method is not Method.ABSENT}


def test_the_cover_speaks_of_the_artwork_alone_and_the_clip_of_all_that_is_seen_and_heard() -> None:
    request = bare_request()
    record = disclose(request)
    for role, parts in {
        "cover": ["artwork"],
        "clip": ["lyrics", "composition", "instrumentation", "post-production", "mastering", "video"],
    }.items():
        actions = assertions(described(request), record, role, forbid=False)[ACTIONS]["actions"]
        assert [action["description"].split(":")[0] for action in actions[1:]] == parts


def test_nothing_is_forbidden_unasked() -> None:
    request = bare_request()
    assert "cawg.training-mining" not in assertions(described(request), disclose(request), "cover", forbid=False)


def of_album(*tracks: PackageRequest) -> dict[str, str]:
    """The answers for an album of these tracks, with a cover by the embedded studio."""
    cover = disclose(bare_request()).parts[Part.ARTWORK]
    record = combine([disclose(track) for track in tracks], cover, reviewed=True)
    return {f"{form.platform}: {form.question}": form.answer for form in album_answers(record)}


def test_an_album_answers_for_all_its_tracks_and_for_no_video() -> None:
    one = bare_request()
    assert of_album(one, one) == answered(one) | {"Apple Music: AI in the music video": "no"}


def test_one_track_that_a_person_sang_makes_the_albums_vocals_partly() -> None:
    found = of_album(made_by(vocals=MODEL), made_by(vocals=PERSON))
    assert found["Spotify: AI vocals"] == "partly" and found["Spotify: AI instrumentation"] == "yes"


def test_a_track_without_a_voice_leaves_the_other_tracks_answer() -> None:
    assert of_album(made_by(vocals=MODEL), bare_request())["Spotify: AI vocals"] == "yes"


def test_an_album_by_people_with_a_drawn_cover_is_altered_and_its_sound_is_not() -> None:
    by_hand = made_by(**{str(part).replace("-", "_"): PERSON for part in Part})
    found = of_album(by_hand, by_hand)
    assert (found["YouTube: altered or synthetic content"], found["Deezer: AI-generated music"]) == ("yes", "no")
