"""Each rule about what may keep a release in the house, and what an override counts for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from engine.domain.delivery import DECLARATIONS, TargetKind
from engine.domain.destinations import Destination, blocks_at
from engine.domain.errors import UsageError
from engine.domain.licences import Verdict, verdict
from engine.domain.originality import refused
from engine.domain.purchase import Rights
from engine.domain.rights import (
    Block,
    Carried,
    Facts,
    Message,
    Music,
    Override,
    Source,
    Taken,
    blocks,
    checked_reason,
    open_blocks,
    plan_of,
)
from tests.conftest import NOW

pytestmark = pytest.mark.quick

NAMES = refused(["# of the label", "Mira Vale"])
FONTS = (Source("Jost", "OFL-1.1; Bitstream Vera licence for DejaVu"),)
CLEAN = Facts("p-1", "Vesper Lane", "Glass Harbour", typefaces=FONTS, explicit=False)
DAY = date(2026, 11, 20)
PRO = "plan=pro; commercial=yes"
KNOWN = ("BTS", "Chappell Roan", "Phoebe Bridgers", "Burial", "Boards of Canada", "Nils Frahm")
CC_BY = Source("pexels 7", "CC BY 4.0, https://x.example")


def kinds(facts: Facts) -> list[str]:
    return [block.kind for block in blocks(facts, NAMES)]


def test_nothing_stands_against_what_is_all_our_own() -> None:
    assert blocks(CLEAN, NAMES) == []


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        # what was set, and what the package carries
        ({"carried": Carried("A", "B", True), "wanted": Carried("A", "B", True)}, []),
        ({"carried": Carried("A", "B", False), "wanted": Carried("A", "B", None)}, []),
        ({"carried": Carried(None, "B", False), "wanted": Carried("A", "B", None)}, ["package-behind"]),
        ({"carried": Carried("A", None, False), "wanted": Carried("A", "B", None)}, ["package-behind"]),
        ({"carried": Carried("A", "B", False), "wanted": Carried("A", "B", True)}, ["package-behind"]),
        ({"album_id": "w-1", "newer": "p-2"}, ["package-older"]),
        # the vendor's plan, as it stood at the order
        ({"music": Music("suno", "model", PRO, DAY)}, []),
        ({"music": Music("suno", "model", "", DAY)}, ["music-plan"]),
        ({"music": Music("suno", "model", "plan=pro; commercial=no", DAY)}, ["music-plan"]),
        ({"music": Music("suno", "model", "as agreed", DAY)}, ["music-plan"]),
        ({"music": Music("suno", "model", "plan=Free; commercial=yes", DAY)}, ["music-plan"]),
        ({"music": Music("elevenlabs", "model", "plan=free; commercial=yes", DAY)}, ["music-plan"]),
        ({"music": Music("lyria", "model", "plan=paid; commercial=yes", DAY)}, []),
        ({"music": Music("lyria", "model", "plan=freedom; commercial=yes", DAY)}, []),
        ({"music": Music("suno", "model", f"{PRO}; until=2026-11-20", DAY)}, []),
        ({"music": Music("suno", "model", f"{PRO}; until=2026-11-19", DAY)}, ["music-plan"]),
        ({"music": Music("suno", "model", f"{PRO}; until=someday", DAY)}, ["music-plan"]),
        ({"music": Music("suno", "model", f"{PRO}; attribution=Made with Suno", DAY)}, ["music-credit"]),
        ({"music": Music("suno", "model", f"{PRO}; attribution=Made with Suno", DAY, "Made with Suno")}, []),
        ({"music": Music("acestep", "model")}, []),
        ({"music": Music("acestep", "model", "plan=own; commercial=no")}, ["music-plan"]),
        ({"music": Music("somebody", "model")}, ["music-plan"]),
        # a recording that was brought in
        ({"music": Music(method="person")}, ["music-rights"]),
        ({"music": Music(method="person"), "answers": {"recording": "no"}}, ["music-rights"]),
        ({"music": Music(method="person"), "answers": {"recording": "yes"}}, []),
        # stock video, typefaces, soundfonts, pictures
        ({"footage": (Source("pexels 7", "Pexels License, https://www.pexels.com/license/"),)}, []),
        ({"footage": (Source("pixabay 7", "Pixabay Content License"),)}, []),
        ({"footage": (CC_BY,)}, []),
        ({"footage": (Source("x 7", "CC BY-NC 4.0"),)}, ["footage-licence"]),
        ({"footage": (Source("x 7", ""), CC_BY)}, ["footage-licence"]),
        ({"footage": (replace(CC_BY, listed=False),)}, ["footage-credit"]),
        ({"typefaces": None}, ["font-licence"]),
        ({"typefaces": (Source("Own", "personal use only"),)}, ["font-licence"]),
        ({"typefaces": (Source("Both", "OFL-1.1; all rights reserved"),)}, ["font-licence"]),
        ({"soundfonts": (Source("FluidR3Mono", "MIT"),)}, []),
        ({"soundfonts": (Source("TimGM6mb", "GPL-2"),)}, ["soundfont-licence"]),
        ({"pictures": (Source("noktvrn visuals", "MIT"),)}, []),
        ({"pictures": (Source("a model", "the vendor's terms"),)}, ["picture-licence"]),
        # names
        ({"artist": "Daft Punk"}, ["artist-name"]),
        ({"artist": "muse"}, ["artist-name"]),
        ({"artist": "The Taylor Swift Experience"}, ["artist-name"]),
        ({"artist": "MIRA  VALE"}, ["artist-name"]),
        ({"title": "Air"}, []),
        ({"title": "Dancing with Taylor Swift"}, ["title-name"]),
        ({"title": "Hello (feat. Drake)"}, ["title-name"]),
        ({"title": "Hello ft. Mara & Drake"}, ["title-name"]),
        ({"title": "Hello (with Prince)"}, ["title-name"]),
        ({"title": "Hello (Drake x Mara)"}, ["title-name"]),
        ({"title": "Salt & Air"}, []),
        ({"title": "Dancing with Justice"}, []),
        ({"title": "Air"}, []),
        ({"artist": "Drake & Friends"}, ["artist-name"]),
        ({"artist": "Mara x Drake"}, ["artist-name"]),
        ({"artist": "Mara feat. Burial"}, ["artist-name"]),
        ({"artist": "Salt & Ink"}, []),
        *[({"artist": name}, ["artist-name"]) for name in KNOWN],
        ({"artists": (Taken("a-2", "VESPER LÁNE"),)}, ["fleet-name"]),
        ({"titles": (Taken("p-0", "Glass  harbour"),)}, ["fleet-title"]),
        ({"artists": (Taken("a-2", "Glass Harbour"),)}, ["fleet-title-name"]),
        # words
        ({"sung": True, "explicit": None}, ["explicit-unknown"]),
        ({"sung": False, "explicit": None}, []),
        ({"sung": True, "words": "what the fuck"}, ["explicit-unknown"]),
        ({"sung": True, "words": "what the fuck", "explicit": True}, []),
        ({"sung": True, "words": "what the fuck", "explicit_by": "person"}, []),
        ({"sung": True, "words": "so ein Arsch", "language": "de"}, ["explicit-unknown"]),
        # documents
        ({"unreadable": "metadata.json is no JSON document.", "artist": ""}, ["package"]),
    ],
)
def test_each_rule(changed: dict[str, Any], wanted: list[str]) -> None:
    found = blocks(replace(CLEAN, **changed), NAMES)
    assert [block.kind for block in found] == wanted
    assert all(block.what and block.fix.endswith(".") for block in found)


@pytest.mark.parametrize(
    "disguised",
    [
        "DAFT PUNK",
        "daft  punk",
        "Daft-Punk",
        "Dаft Punk",
        "Dαft Pυnk",
        "Daft Punk".translate({ord(letter): ord(letter) + 0xFEE0 for letter in "DaftPunk"}),
        "D\u200baft Pu\u00adnk",
        "Da\u0301ft Pu\u0308nk",
        "D@ft Punk",
        "ＤAFT ＰUNK",
    ],
)
def test_a_name_in_disguise_is_the_same_name(disguised: str) -> None:
    assert kinds(replace(CLEAN, artist=disguised)) == ["artist-name"]


@pytest.mark.parametrize(("real", "disguised"), [("Haim", "НАІМ"), ("Adele", "AdeIe"), ("Pink", "P!nk"), ("U2", "U２")])
def test_letters_of_other_scripts_and_digits_hide_nobody(real: str, disguised: str) -> None:
    assert [block.kind for block in blocks(replace(CLEAN, artist=disguised), refused([real]))] == ["artist-name"]


def test_another_name_is_another_name() -> None:
    for artist in ("Vesper Lane", "Mouse", "東京の夜", "Nirvanna Sky", "Drakensberg"):
        assert kinds(replace(CLEAN, artist=artist)) == []


def test_the_operators_list_takes_a_name_out() -> None:
    assert blocks(replace(CLEAN, artist="Muse"), refused(["!Muse"])) == []


def test_a_name_without_letters_is_only_alike_itself() -> None:
    assert kinds(replace(CLEAN, artist="☾", artists=(Taken("a-2", "☀"),))) == []
    assert kinds(replace(CLEAN, artist="☾", artists=(Taken("a-2", "☾"),))) == ["fleet-name"]


@pytest.mark.parametrize(
    ("licence", "wanted"),
    [
        ("MIT", Verdict.ALLOWS),
        ("commercial=yes", Verdict.ALLOWS),
        ("CC BY 4.0, https://x.example/by", Verdict.ALLOWS),
        ("SIL Open Font License 1.1", Verdict.ALLOWS),
        ("Pexels Licence", Verdict.ALLOWS),
        ("CC BY-SA 4.0", Verdict.UNKNOWN),
        ("CC BY SA 4.0", Verdict.UNKNOWN),
        ("CC BY NC 4.0", Verdict.FORBIDS),
        ("CC BY ND 4.0", Verdict.FORBIDS),
        ("MIT licence, research use only", Verdict.FORBIDS),
        ("CC BY 4.0, no commercial use", Verdict.FORBIDS),
        ("Apache-2.0 with Commons Clause", Verdict.FORBIDS),
        ("not public domain", Verdict.UNKNOWN),
        ("GPL-3.0 or later, parts MIT", Verdict.UNKNOWN),
        ("CC BY 5.0", Verdict.UNKNOWN),
        ("CC-BY-NC-4.0", Verdict.FORBIDS),
        ("CC BY-ND 4.0", Verdict.FORBIDS),
        ("editorial use", Verdict.FORBIDS),
        ("MIT; free plan", Verdict.FORBIDS),
        ("SUBMITTED", Verdict.UNKNOWN),
        ("", Verdict.UNKNOWN),
    ],
)
def test_what_a_licence_says(licence: str, wanted: Verdict) -> None:
    assert verdict(licence) is wanted


def test_a_plan_reads_back_as_an_order_wrote_it() -> None:
    plan = Rights("Pro", True, "Made with Suno", date(2027, 1, 31))
    assert plan_of(str(plan)) == plan


# --- targets ---


LABEL = Destination("label", TargetKind.SFTP, {"layout": "ddex"}, {"rights": "yes"})
LIVE = Message(True, True, "Harbour Ltd", ("Harbour Label",), ("Worldwide",))
ANSWERED = {"rights": "yes", "rights_holder": "harbour label", "territories": "worldwide"}


def at(there: Destination, message: Message | None = None) -> list[str]:
    return [block.kind for block in blocks_at(replace(CLEAN, message=message), there, live=False)]


@pytest.mark.parametrize("kind", TargetKind)
def test_every_question_without_an_answer_is_a_block_that_names_its_fix(kind: TargetKind) -> None:
    found = blocks_at(CLEAN, Destination("there", kind), live=False)
    asked = [each.name for each in DECLARATIONS[kind] if not each.live]
    assert [block.kind for block in found] == [f"declaration-{name}" for name in asked]
    assert all(not block.overridable and f"declare p-1 {block.kind[12:]} " in block.fix for block in found)


def test_who_does_not_hold_the_rights_delivers_nothing() -> None:
    assert at(replace(LABEL, answers={"rights": "no"})) == ["declaration-rights"]


def test_a_test_message_asks_no_more() -> None:
    assert at(LABEL, replace(LIVE, live=False, parties_known=False)) == []


def test_a_test_message_is_a_block_once_messages_are_exchanged_live() -> None:
    facts = replace(CLEAN, message=replace(LIVE, live=False, parties_known=False))
    [block] = blocks_at(facts, LABEL, live=True)
    assert (block.kind, block.overridable) == ("ddex-test", False)
    assert "`noktvrn releases package p-1`" in block.fix
    assert blocks_at(facts, replace(LABEL, options={"layout": "plain"}), live=True) == []


def test_a_live_message_asks_for_holder_and_territories() -> None:
    assert at(LABEL, LIVE) == ["declaration-rights_holder", "declaration-territories"]
    assert at(replace(LABEL, answers=ANSWERED), LIVE) == []


@pytest.mark.parametrize(
    ("message", "answers", "wanted"),
    [
        (replace(LIVE, parties_known=False), {}, ["ddex-parties"]),
        (replace(LIVE, sender_name=""), {}, ["ddex-parties"]),
        (LIVE, {"rights_holder": "Somebody Else"}, ["declaration-rights_holder"]),
        (replace(LIVE, territories=("DE", "FR")), {}, ["declaration-territories"]),
    ],
)
def test_a_live_message_must_say_what_was_declared(
    message: Message, answers: dict[str, str], wanted: list[str]
) -> None:
    assert at(replace(LABEL, answers={**ANSWERED, **answers}), message) == wanted


def test_a_folder_of_files_sends_no_message() -> None:
    assert at(replace(LABEL, options={"layout": "plain"}), LIVE) == []


# --- overrides ---


def given(block: Block) -> Override:
    return Override(block.kind, block.digest, "a licence of our own", "Mara", NOW)


def test_an_override_counts_until_the_facts_change() -> None:
    [block] = blocks(replace(CLEAN, music=Music("suno", "model", "", DAY)), NAMES)
    assert open_blocks([block], [given(block)]) == []
    [other] = blocks(replace(CLEAN, music=Music("suno", "model", "plan=pro; commercial=no", DAY)), NAMES)
    assert open_blocks([other], [given(block)]) == [other]


def test_what_cannot_be_overridden_stands_whatever_was_given() -> None:
    [block] = blocks_at(CLEAN, Destination("store", TargetKind.SFTP), live=False)
    assert open_blocks([block], [given(block)]) == [block]


@pytest.mark.parametrize(("reason", "name"), [("", "Mara"), ("  …  ", "Mara"), ("because", " "), ("x" * 1001, "Mara")])
def test_an_override_needs_a_reason_and_a_name(reason: str, name: str) -> None:
    with pytest.raises(UsageError):
        checked_reason(reason, name)
