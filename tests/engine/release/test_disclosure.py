"""The disclosure record: what software made, how, and what people did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.domain.runs import AUTOPILOT
from engine.release.disclosure import IPTC, contradictions, disclose
from engine.release.request import Maker, Method, PackageRequest, Part, Tool, embedded_makers
from tests.engine.release.conftest import bare_request

pytestmark = pytest.mark.quick


def made(**parts: Maker) -> PackageRequest:
    """A request with some parts made otherwise than by the embedded studio."""
    request = bare_request()
    tools = {**request.tools, "gateway": Tool("Gateway", "2", "commercial")}
    makers = {**embedded_makers(), **{Part(name): maker for name, maker in parts.items()}}
    return replace(request, tools=tools, makers=makers)


def test_the_embedded_studio_discloses_rules_and_no_vocals() -> None:
    record = disclose(made())
    assert (record.contains_ai, record.digital_source_type) == ("all", f"{IPTC}algorithmicMedia")
    assert record.statement == (
        "AI-generated music. Made by rule-based software without a trained model: lyrics, composition, "
        "instrumentation, post-production, mastering, artwork, video. No vocals. Reviewed by a person."
    )
    vocals = record.parts["vocals"]
    assert (vocals.extent, vocals.digital_source_type) == ("none", None)
    assert (record.parts["composition"].tool, record.parts["composition"].licence) == ("noktvrn studio", "MIT")


def test_a_model_among_rules_makes_a_mix() -> None:
    record = disclose(made(lyrics=Maker(Method.MODEL, "gateway", "some-model")))
    assert record.parts["lyrics"].digital_source_type == f"{IPTC}trainedAlgorithmicMedia"
    assert record.digital_source_type == f"{IPTC}compositeWithTrainedAlgorithmicMedia"
    assert "Made by trained models: lyrics." in record.statement


def test_work_of_a_person_on_a_part_makes_it_partly_generated() -> None:
    record = disclose(made(lyrics=Maker(Method.MODEL, "gateway", human="rewrote the bridge")))
    assert (record.contains_ai, record.parts["lyrics"].extent) == ("partly", "partly")
    assert record.parts["lyrics"].digital_source_type == f"{IPTC}compositeWithTrainedAlgorithmicMedia"
    assert record.parts["lyrics"].human == "rewrote the bridge"


def test_a_release_made_by_people_says_so() -> None:
    record = disclose(made(**{part: Maker(Method.PERSON) for part in Part}))
    assert (record.contains_ai, record.digital_source_type) == ("none", f"{IPTC}digitalCreation")
    assert record.statement.startswith("No generated parts. Made by a person: vocals, lyrics,")


def test_autopilot_is_no_review() -> None:
    request = made()
    record = disclose(replace(request, decision=replace(request.decision, actor=AUTOPILOT)))
    assert record.statement.endswith("Not reviewed by a person.")


def test_a_true_record_holds_together() -> None:
    assert contradictions(disclose(made()), reviewed=True) == []


def test_a_softened_record_contradicts_itself() -> None:
    record = disclose(made())
    softened = replace(record.parts["composition"], extent="none")
    parts = {**record.parts, "composition": softened}
    assert contradictions(replace(record, parts=parts), reviewed=True)[0] == "contradicts itself on composition"


@pytest.mark.parametrize("change", [{"contains_ai": "none"}, {"statement": "Made by hand."}])
def test_a_conclusion_that_the_parts_do_not_bear_is_found(change: dict[str, str]) -> None:
    changed = replace(disclose(made()), **change)  # type: ignore[arg-type]
    assert contradictions(changed, reviewed=True) == ["does not come to what its parts say"]


def test_a_claimed_review_is_found() -> None:
    assert contradictions(disclose(made()), reviewed=False)


def test_a_part_left_out_is_found() -> None:
    record = disclose(made())
    parts = {name: part for name, part in record.parts.items() if name != "video"}
    assert contradictions(replace(record, parts=parts), reviewed=True) == ["does not speak of each part once"]
