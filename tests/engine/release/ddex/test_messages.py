"""The messages as they read: what stands in them, in which order, and that equal releases give equal bytes."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest

from engine.domain.errors import CheckFailed
from engine.release.ddex.check import check
from engine.release.ddex.compose import single
from engine.release.ddex.ern import duration
from engine.release.ddex.messages import seal, write
from engine.release.ddex.model import Correspondent, Exchange, NewRelease, Version
from engine.release.ddex.package import exchange_of
from engine.release.ddex.reader import Unreadable, read, tag
from engine.release.ddex.sent import taken_down
from engine.release.ddex.writer import leaf, render
from engine.release.request import Maker, Method, Part
from tests.engine.release.conftest import bare_request
from tests.engine.release.ddex.announced import LATER, announced, collected, judge, source_of, sung, written

pytestmark = pytest.mark.quick

VERSIONS = list(Version)
REAL = Exchange(Correspondent("PADPIDA2013042401U", "Ours"), Correspondent("PADPIDA2007050901U"), live=True)


def tree(message: NewRelease, version: Version = Version.ERN432) -> Element:
    return read(write(message, version))


def children(element: Element | None) -> list[str]:
    assert element is not None
    return [tag(child) for child in element]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_kind_of_message_passes_both_judges(version: Version) -> None:
    base = announced(version)
    for message in (
        base,
        announced(version, bare_request(), isrc="DEAB12600001", upc="036000291452"),
        collected("EP", 4, version),
        collected("Album", 11, version, upc="4006381333931"),
    ):
        for text in (write(message, version), taken_down(write(message, version), LATER)):
            assert (check(text), judge(text, version)) == ([], [])


def test_a_single_holds_recording_clip_cover_and_words_in_the_standards_order() -> None:
    root = tree(announced())
    assert children(root) == ["MessageHeader", "PartyList", "ResourceList", "ReleaseList", "DealList"]
    assert children(root.find("ResourceList")) == ["SoundRecording", "Video", "Image", "Text", "Text"]
    recording = children(root.find("ResourceList/SoundRecording"))
    assert recording[:3] == ["ResourceReference", "Type", "SoundRecordingEdition"]
    assert recording[-6:] == [
        *("Duration", "ParentalWarningType", "ContainsAI"),
        *("HasVocalPerformance", "IsInstrumental", "LanguageOfPerformance"),
    ]
    assert [codec.text for codec in root.iter("TextCodecType")] == ["UTF8Text", "SimpleLRC"]


def test_4_3_says_nothing_of_machines_and_names_only_people() -> None:
    text = written(Version.ERN43).decode()
    assert not [word for word in ("ContainsAI", "AiContribution", "GenerativeAI") if word in text]
    assert {role.text for role in read(text.encode()).iter("Role")} == {"Vocalist", "Lyricist"}


def test_words_that_nobody_sings_are_not_sent_along() -> None:
    root = tree(announced(request=bare_request()))
    assert root.find("ResourceList/Text") is None
    assert root.findtext("ResourceList/SoundRecording/IsInstrumental") == "true"
    assert root.find("ResourceList/SoundRecording/LanguageOfPerformance") is None


def test_it_is_a_test_message_between_placeholders_unless_told_otherwise() -> None:
    header = tree(announced()).find("MessageHeader")
    assert header is not None
    assert header.findtext("MessageControlType") == "TestMessage"
    assert header.findtext("MessageSender/PartyId") == "PADPIDATESTSENDER"
    assert header.findtext("MessageRecipient/PartyId") == "PADPIDATESTRECIPIENT"


def test_a_live_message_names_its_parties() -> None:
    message = single(source_of(sung(bare_request())), REAL, Version.ERN432)
    root = tree(message)
    assert check(write(message, Version.ERN432)) == []
    assert root.findtext("MessageHeader/MessageControlType") == "LiveMessage"
    assert root.findtext("MessageHeader/MessageSender/PartyName/FullName") == "Ours"
    assert {own.get("Namespace") for own in root.iter("ProprietaryId")} == {"PADPIDA2013042401U"}


@pytest.mark.parametrize("setting", ["DDEX_SENDER_DPID", "DDEX_RECIPIENT_DPID"])
def test_a_live_message_without_an_identifier_is_refused(setting: str) -> None:
    nobody = Exchange()
    missing = {
        "DDEX_SENDER_DPID": replace(REAL, sender=nobody.sender),
        "DDEX_RECIPIENT_DPID": replace(REAL, recipient=nobody.recipient),
    }
    with pytest.raises(CheckFailed, match=setting):
        single(source_of(bare_request()), missing[setting], Version.ERN432)


def test_an_identifier_with_a_slip_in_it_is_refused() -> None:
    slip = replace(REAL, sender=Correspondent("PADPIDA2013042410U"))
    with pytest.raises(CheckFailed, match="no DDEX party identifier"):
        single(source_of(bare_request()), slip, Version.ERN432)


def test_without_codes_our_own_ids_stand_and_none_is_invented() -> None:
    root = tree(announced())
    assert (root.find(".//ISRC"), root.find(".//ICPN"), root.find(".//GRid")) == (None, None, None)
    own = root.find("ReleaseList/Release/ReleaseId/ProprietaryId")
    assert own is not None
    assert own.text == "p-7k3f9qx2mt"


def test_allocated_codes_stand_where_they_belong() -> None:
    root = tree(announced(isrc="DEAB12600001", upc="036000291452"))
    assert root.findtext("ResourceList/SoundRecording/SoundRecordingEdition/ResourceId/ISRC") == "DEAB12600001"
    assert root.findtext("ReleaseList/Release/ReleaseId/ICPN") == "036000291452"
    assert root.findtext("ReleaseList/TrackRelease/ReleaseId/ProprietaryId") == "036000291452-DEAB12600001"


def test_an_album_lists_its_tracks_in_order_and_then_their_clips() -> None:
    root = tree(collected("Album", 3))
    items = root.findall("ReleaseList/Release/ResourceGroup/ResourceGroupContentItem")
    assert [item.findtext("ReleaseResourceReference") for item in items][:3] == ["A1", "A2", "A3"]
    assert [item.findtext("IsBonusResource") for item in items] == [None, None, None, "true", "true", "true"]
    titles = [item.findtext("DisplayTitleText") for item in root.iter("SoundRecording")]
    assert titles == ["Neon Water 1", "Neon Water 2", "Neon Water 3"]
    assert root.findtext("ReleaseList/Release/Duration") == "PT0M21S"
    assert [found.text for found in root.iter("StartDate")] == ["2031-09-01", "2031-09-01"]


def test_a_release_without_tracks_is_refused() -> None:
    with pytest.raises(CheckFailed, match="no tracks"):
        collected("EP", 0)


def test_equal_releases_give_equal_bytes_and_any_difference_another_id() -> None:
    assert write(announced(), Version.ERN432) == written()
    ids = {announced(version).header.message_id for version in VERSIONS}
    ids |= {announced(request=replace(sung(bare_request()), title="Neon Rain")).header.message_id}
    ids |= {read(taken_down(written(), LATER)).findtext("MessageHeader/MessageId", "")}
    assert len(ids) == 4


def test_its_time_is_that_of_the_approval() -> None:
    assert tree(announced()).findtext("MessageHeader/MessageCreatedDateTime") == "2031-05-04T10:20:30Z"


def test_taking_down_is_the_same_release_without_a_deal() -> None:
    before, after = tree(announced()), read(taken_down(written(), LATER))
    assert after.find("DealList") is None
    assert children(after) == children(before)[:-1]
    assert after.findtext("MessageHeader/MessageThreadId") == before.findtext("MessageHeader/MessageThreadId")
    assert after.findtext("MessageHeader/MessageCreatedDateTime") == "2032-01-02T03:04:05Z"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_message_that_was_sent_is_taken_down_from_its_own_bytes(version: Version) -> None:
    for message in (announced(version), collected("EP", 4, version)):
        later = replace(message, deals=(), header=replace(message.header, created_at=LATER))
        assert taken_down(write(message, version), LATER) == write(seal(later, version), version)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_message_names_the_edition_of_the_value_sets_that_it_is_told(version: Version) -> None:
    there = single(source_of(bare_request()), replace(REAL, avs="11", avs_43="7"), version)
    wanted = {Version.ERN432: "11", Version.ERN43: "7"}[version]
    assert tree(there, version).get("AvsVersionId") == wanted
    assert exchange_of(write(there, version)).avs_of(version) == wanted


def test_what_announces_nothing_is_not_taken_down() -> None:
    for text in (b"<a/>", b"no xml"):
        with pytest.raises(Unreadable):
            taken_down(text, LATER)


def test_a_file_is_named_by_an_encoded_way_from_the_message() -> None:
    assert "../Mira%20Vale%20-%20Neon%20Water.wav" in [uri.text for uri in tree(announced()).iter("URI")]


def test_a_file_may_be_given_another_address() -> None:
    source = replace(source_of(bare_request()), address=lambda name: f"resources/{name[-3:]}")
    message = single(source, Exchange(), Version.ERN432)
    assert {uri.text for uri in tree(message).iter("URI")} == {"resources/wav", "resources/mp4", "resources/jpg"}


def test_a_package_without_its_sound_cannot_be_announced() -> None:
    source = source_of(bare_request())
    files = {role: file for role, file in source.files.items() if role != "audio-wav"}
    with pytest.raises(CheckFailed, match="audio-wav"):
        single(replace(source, files=files), Exchange(), Version.ERN432)


@pytest.mark.parametrize("language", ["", "english", "e1", "<x>"])
def test_a_language_that_is_none_is_refused(language: str) -> None:
    with pytest.raises(CheckFailed, match="language"):
        announced(request=replace(bare_request(), language=language))


@pytest.mark.parametrize("value", ["", "  ", "a\x00b", "\ufffe", "\ud800", "a\nb"])
def test_the_writer_refuses_what_xml_cannot_carry(value: str) -> None:
    with pytest.raises(CheckFailed):
        render(leaf("Title", value))


def test_markup_in_a_value_stays_a_value() -> None:
    title = '</Title><evil a="1"> & \']]>'
    assert read(render(leaf("Title", title, note=title))).text == title


@pytest.mark.parametrize(
    ("seconds", "text"), [(7, "PT0M7S"), (184.5, "PT3M4.5S"), (59.9996, "PT1M0S"), (3600.001, "PT60M0.001S")]
)
def test_durations_are_minutes_and_seconds(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_every_part_of_a_disclosure_has_a_role() -> None:
    from engine.release.ddex.share import ROLES

    assert set(Part) <= set(ROLES)


# --- who made it


def shares(request_change: dict[Part, Maker], kind: str = "SoundRecording") -> tuple[str | None, set[tuple[str, str]]]:
    """ContainsAI of a resource, and (who, share) of its contributors."""
    base = sung(bare_request())
    root = tree(announced(request=replace(base, makers={**base.makers, **request_change})))
    item = root.find(f"ResourceList/{kind}")
    assert item is not None
    found = {
        (one.findtext("SpecialContributor") or "somebody", one.findtext("AiContribution", ""))
        for one in item.findall("Contributor")
    }
    return item.findtext("ContainsAI"), found


PEOPLE = {part: Maker(Method.PERSON) for part in Part}
RULES = {part: Maker(Method.RULES, "studio") for part in Part}


def test_all_by_machines_names_nobody_else() -> None:
    assert shares(RULES) == ("All", {("GenerativeAI", "All")})


def test_all_by_people_names_no_machine() -> None:
    assert shares(PEOPLE) == ("None", {("somebody", "None")})


def test_a_mixture_is_partly() -> None:
    assert shares({}) == ("Partly", {("GenerativeAI", "All"), ("somebody", "None"), ("somebody", "Partly")})


def test_each_resource_speaks_for_itself() -> None:
    change = {**PEOPLE, Part.ARTWORK: Maker(Method.MODEL, "studio")}
    assert shares(change, "Image") == ("All", {("GenerativeAI", "All")})
    assert shares(change)[0] == "None"
    root = tree(announced(request=replace(sung(bare_request()), makers=change)))
    assert root.findtext("ReleaseList/Release/ContainsAI") == "Partly"


def test_words_count_for_the_recording_only_where_they_are_sung() -> None:
    words = {**RULES, Part.LYRICS: Maker(Method.PERSON)}
    assert shares({**words, Part.VOCALS: Maker(Method.ABSENT)})[0] == "All"
    assert shares(words)[0] == "Partly"


@pytest.mark.parametrize("nobodys", [set(Part) - {Part.ARTWORK}, {Part.LYRICS}])
def test_a_release_is_not_all_by_machines_where_nobody_is_named_for_a_resource(nobodys: set[Part]) -> None:
    change = {**RULES, **{part: Maker(Method.ABSENT) for part in nobodys}}
    message = announced(request=replace(bare_request(), makers=change))
    assert tree(message).findtext("ReleaseList/Release/ContainsAI") == "Partly"
    assert check(write(message, Version.ERN432)) == []


def test_a_tools_name_in_the_credits_makes_it_no_person() -> None:
    request = bare_request()
    touched = Maker(Method.RULES, "studio", human="chose the chords")
    text = write(
        announced(request=replace(request, makers={**request.makers, Part.COMPOSITION: touched})), Version.ERN432
    )
    assert b"<FullName>noktvrn studio</FullName>" not in text
