"""metadata.json: what it says, and that it says it of anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.codec import dump, load
from engine.domain.media import StreamFacts
from engine.domain.runs import AUTOPILOT
from engine.domain.song import LyricCue
from engine.release import documents
from engine.release.disclosure import disclose
from engine.release.metadata import Audio, Levels, Metadata, Mp3, describe
from engine.release.request import PackageRequest
from tests.engine.release.conftest import bare_request

pytestmark = pytest.mark.quick

LEVELS = Levels(-14.0, 3.2, -1.1)
CLIP = StreamFacts(180.0, "mov", "aac", 44_100, 2, "h264", 1280, 720, 30.0)


def described(request: PackageRequest) -> Metadata:
    audio, mp3 = Audio(44_100, 24, 2, LEVELS), Mp3(320, -0.2, LEVELS)
    return describe(request, disclose(request), duration_s=180.0004, audio=audio, mp3=mp3, clip=CLIP)


def test_it_answers_what_a_distributor_asks() -> None:
    found = described(bare_request())
    assert (found.title, found.artist.name, found.label) == ("Neon Water", "Mira Vale", "Harbour Label")
    assert (found.duration_s, found.tempo_bpm, found.key) == (180.0, 96.0, "A minor")
    assert (found.language, found.explicit, found.vocals) == ("en", False, "none")
    assert (found.release_date, found.created_at) == ("2031-05-04", "2031-05-04T10:20:30Z")


def test_codes_are_never_invented() -> None:
    codes = described(bare_request()).codes
    assert (codes.isrc, codes.upc, codes.note) == (None, None, "assigned by the distributor")


def test_costs_add_up() -> None:
    cost = described(bare_request()).cost
    assert (cost.total_microusd, cost.items) == (1200, {"llm": 1200, "music": 0})


def test_the_decision_and_its_actor_are_told() -> None:
    decision = described(bare_request()).decision
    assert (decision.actor, decision.actor_name, decision.channel) == ("operator", "kim", "console")
    assert (decision.reviewed_by_person, decision.tags) == (True, ("too-slow",))


def test_autopilot_is_marked_as_no_review() -> None:
    request = bare_request()
    decision = described(replace(request, decision=replace(request.decision, actor=AUTOPILOT))).decision
    assert (decision.actor, decision.reviewed_by_person) == ("autopilot", False)


def test_key_and_energy_stand_there_as_they_were_heard_and_packages_without_them_can_be_read() -> None:
    request = bare_request()
    facts = replace(request.facts, key="F minor", key_confidence=0.7, energy=0.4)
    found = described(replace(request, facts=facts))
    assert (found.key, found.measured.key) == ("A minor", "F minor"), "asked for, and heard"
    assert (found.measured.key_confidence, found.measured.energy) == (0.7, 0.4)
    older = dump(found)
    for name in ("key", "key_confidence", "energy"):
        del older["measured"][name]
    assert load(older, Metadata).measured.key == ""


def test_lines_without_words_are_left_out() -> None:
    request = bare_request()
    cues = (LyricCue("\x1b[2J", 1.0, 2.0, 0, (), ()), LyricCue("Home", 2.0, 3.0, 0, ("Home",), (2.0,)))
    request = replace(request, timeline=replace(request.timeline, cues=cues))
    assert [line.text for line in described(request).lyrics.lines] == ["Home"]


@given(st.text(st.characters()), st.text(st.characters()), st.dictionaries(st.text(st.characters()), st.text()))
def test_any_words_make_a_document_that_reads_back(title: str, text: str, parameters: dict[str, str]) -> None:
    request = bare_request()
    concept = replace(request.concept, premise=text, parameters=parameters)
    decision = replace(request.decision, text=text)
    found = described(replace(request, title=title, artist=text, concept=concept, decision=decision))
    assert documents.parse(Metadata, documents.render(found), "metadata.json") == found


def test_no_line_lasts_into_the_next_one() -> None:
    request = bare_request()
    cues = tuple(
        LyricCue(text, start, end, 1, (), ()) for text, start, end in (("one", 1, 2.31), ("two", 2.3, 3), ("", 2.5, 4))
    )
    lines = described(replace(request, timeline=replace(request.timeline, cues=cues))).lyrics.lines
    assert [(line.start_s, line.end_s) for line in lines] == [(1, 2.3), (2.3, 3)]
