"""YouTube: one video for each delivery whatever breaks, never more visible than declared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from engine.delivery import youtube as module
from engine.delivery.oauth import Account
from engine.delivery.target import Known, Parcel
from engine.delivery.youtube import YouTubeTarget
from engine.delivery.youtube_form import resource
from engine.domain.errors import DeliveryError, OutcomeUnknown, TargetAway, TargetRefused
from engine.safety.secrets import Secret
from tests import packages
from tests.conftest import NOW
from tests.packages import Memory, Stop, StopAfter, quietly
from tests.youtube_stand_in import BASE, STEP, TOKEN_URL, YouTube

pytestmark = pytest.mark.quick

ANSWERS = {"rights": "yes", "made_for_kids": "no", "privacy": "private", "category": "10"}


@pytest.fixture
def parcel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parcel:
    """Three and a half requests long."""
    monkeypatch.setattr(module, "CHUNK", STEP)
    package, _ = packages.make(tmp_path / "releases", clip=3 * STEP + STEP // 2)
    return packages.parcel(package, declarations=ANSWERS)


@pytest.fixture
def platform() -> YouTube:
    return YouTube()


def target(platform: YouTube, takedown: str = "private", refresh: str = "refresh-me") -> YouTubeTarget:
    account = Account(TOKEN_URL, Secret("client"), Secret("client-secret"), Secret(refresh))
    return YouTubeTarget(BASE, account, takedown, lambda: NOW, platform.transport())


def uploaded(platform: YouTube, parcel: Parcel) -> bool:
    clip = parcel.of("clip")
    whole = [each for each in platform.uploads.values() if each.video]
    return clip is not None and [hashlib.sha256(each.data).hexdigest() for each in whole] == [clip.sha256]


async def test_a_clip_goes_up_in_pieces_and_says_what_it_is(platform: YouTube, parcel: Parcel) -> None:
    receipt = await target(platform).send(parcel, Memory(), quietly)
    assert uploaded(platform, parcel)
    assert platform.videos["v1"]["status"] == {
        "privacyStatus": "private",
        "selfDeclaredMadeForKids": False,
        "containsSyntheticMedia": True,
    }
    assert receipt.place == "https://youtu.be/v1" and platform.thumbnails == ["v1"]


@pytest.mark.parametrize("privacy", ["private", "unlisted", "public"])
def test_visibility_is_always_said(parcel: Parcel, privacy: str) -> None:
    form = resource(replace(parcel, declarations={**ANSWERS, "privacy": privacy}))
    assert form["status"]["privacyStatus"] == privacy


async def test_the_upload_address_is_noted_before_the_first_byte(platform: YouTube, parcel: Parcel) -> None:
    memory = Memory()

    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.headers.get("content-range", "").startswith("bytes 0-"):
            assert memory.notes["session"] == f"{BASE}/sessions/u1"
        return None

    platform.fault = fault
    await target(platform).send(parcel, memory, quietly)


async def test_stopped_anywhere_it_goes_on_where_the_platform_says(platform: YouTube, parcel: Parcel) -> None:
    memory, stops = Memory(), 0
    while True:
        try:
            await target(platform).send(parcel, memory, StopAfter(stops := stops + 1))
            break
        except Stop:
            continue
    assert uploaded(platform, parcel) and len(platform.uploads) == 1
    sent = [span for method, path, span in platform.asked if path.startswith("/sessions/") and "*" not in span]
    assert len(sent) == len(set(sent)) == 4


def _first(sought: Callable[[httpx.Request], bool]) -> Callable[[httpx.Request], bool]:
    left = [True]

    def once(request: httpx.Request) -> bool:
        if left[0] and sought(request):
            left[0] = False
            return True
        return False

    return once


REQUESTS = [
    ("token", lambda r: str(r.url) == TOKEN_URL),
    ("begin", lambda r: r.url.path == "/upload/youtube/v3/videos"),
    ("first piece", lambda r: r.headers.get("content-range", "").startswith("bytes 0-")),
    ("last piece", lambda r: r.headers.get("content-range", "").startswith(f"bytes {3 * STEP}-")),
    ("thumbnail", lambda r: r.url.path.endswith("/thumbnails/set")),
]


@pytest.mark.parametrize(("name", "sought"), REQUESTS, ids=[name for name, _ in REQUESTS])
async def test_an_answer_that_was_lost_makes_no_second_video(
    platform: YouTube, parcel: Parcel, name: str, sought: Callable[[httpx.Request], bool]
) -> None:
    memory = Memory()
    platform.lose = _first(sought)
    if name == "thumbnail":  # which fails no upload
        await target(platform).send(parcel, memory, quietly)
    else:
        with pytest.raises(TargetAway):
            await target(platform).send(parcel, memory, quietly)
    answer = await target(platform).ask(parcel, memory)
    assert answer.known is (Known.DELIVERED if platform.videos else Known.NOT_YET)
    await target(platform).send(parcel, memory, quietly)
    assert list(platform.videos) == ["v1"] and uploaded(platform, parcel)


async def test_an_upload_that_ended_unseen_is_found_in_the_channel(platform: YouTube, parcel: Parcel) -> None:
    memory = Memory()
    platform.lose = _first(REQUESTS[3][1])
    with pytest.raises(TargetAway):
        await target(platform).send(parcel, memory, quietly)
    platform.uploads.clear()  # the address is forgotten, the video is there
    answer = await target(platform).ask(parcel, memory)
    assert answer.known is Known.DELIVERED and answer.receipt is not None and answer.receipt.reference == "v1"


async def test_an_upload_that_may_have_ended_is_not_begun_again(platform: YouTube, parcel: Parcel) -> None:
    memory = Memory()
    platform.lose = _first(REQUESTS[3][1])
    with pytest.raises(TargetAway):
        await target(platform).send(parcel, memory, quietly)
    platform.uploads.clear()
    hidden = platform.videos.copy()
    platform.videos.clear()
    assert (await target(platform).ask(parcel, memory)).known is Known.UNKNOWN
    with pytest.raises(OutcomeUnknown):
        await target(platform).send(parcel, memory, quietly)
    assert platform.uploads == {}
    platform.videos.update(hidden)
    assert (await target(platform).ask(parcel, memory)).known is Known.DELIVERED


async def test_an_address_that_is_gone_before_the_end_begins_anew(platform: YouTube, parcel: Parcel) -> None:
    memory = Memory()
    with pytest.raises(Stop):
        await target(platform).send(parcel, memory, StopAfter(1))
    del platform.uploads["u1"]
    assert (await target(platform).ask(parcel, memory)).known is Known.NOT_YET
    await target(platform).send(parcel, memory, quietly)
    assert list(platform.videos) == ["v1"]


async def test_a_video_that_came_up_public_is_made_as_private_as_declared(platform: YouTube, parcel: Parcel) -> None:
    platform.privacy = "public"
    receipt = await target(platform).send(parcel, Memory(), quietly)
    assert platform.videos["v1"]["status"]["privacyStatus"] == "private"
    assert any("another visibility" in note for note in receipt.notes)


async def test_access_that_ends_meanwhile_is_renewed(platform: YouTube, parcel: Parcel) -> None:
    async def expires(name: str, size: int) -> None:
        platform.valid.clear()

    await target(platform).send(parcel, Memory(), expires)
    assert uploaded(platform, parcel) and platform.tokens > 2


async def test_a_consent_that_ended_is_refused_without_showing_a_secret(platform: YouTube, parcel: Parcel) -> None:
    with pytest.raises(TargetRefused, match="consent") as refused:
        await target(platform, refresh="ended-consent").send(parcel, Memory(), quietly)
    assert "ended-consent" not in f"{refused.value!r}{refused.value}"
    assert [finding.ok for finding in await target(platform, refresh="ended-consent").check()] == [False]


@pytest.mark.parametrize(
    ("status", "reason", "kind", "later"),
    [
        (503, "backendError", TargetAway, False),
        (403, "quotaExceeded", TargetAway, True),
        (429, "", TargetAway, True),
        (403, "forbidden", TargetRefused, False),
        (400, "invalidTitle", TargetRefused, False),
    ],
)
async def test_refusals_are_told_apart_by_code(
    platform: YouTube, parcel: Parcel, status: int, reason: str, kind: type[DeliveryError], later: bool
) -> None:
    body = {"error": {"errors": [{"reason": reason, "message": "<script>"}]}}
    platform.fault = lambda r: httpx.Response(status, json=body) if "/upload/" in r.url.path else None
    with pytest.raises(kind) as raised:
        await target(platform).send(parcel, Memory(), quietly)
    assert bool(getattr(raised.value, "retry_after", None)) is later
    assert "script" not in str(raised.value)


async def test_an_upload_address_of_another_host_gets_no_token(platform: YouTube, parcel: Parcel) -> None:
    away = {"Location": "https://elsewhere.example/sessions/u1"}
    platform.fault = lambda r: httpx.Response(200, headers=away) if "/upload/" in r.url.path else None
    with pytest.raises(TargetAway):
        await target(platform).send(parcel, Memory(), quietly)
    memory = Memory({"session": "https://elsewhere.example/sessions/u1"})
    platform.fault = lambda r: None
    await target(platform).send(parcel, memory, quietly)
    assert "elsewhere.example" not in str(memory.notes["session"])


@pytest.mark.parametrize("takedown", ["private", "delete"])
async def test_a_video_is_taken_back(platform: YouTube, parcel: Parcel, takedown: str) -> None:
    memory, public = Memory(), replace(parcel, declarations={**ANSWERS, "privacy": "public"})
    await target(platform).send(public, memory, quietly)
    for _ in range(2):
        await target(platform, takedown).withdraw(public, memory)
    left = [video["status"]["privacyStatus"] for video in platform.videos.values()]
    assert left == (["private"] if takedown == "private" else [])


def test_the_form_keeps_to_the_platforms_limits(parcel: Parcel) -> None:
    texts = {
        "title": "<b>" + "ø" * 300,
        "artist": "\x1b[31mVesper",
        "description": "☾" * 9_000 + "\n<script>",
        "tags": [f"tag {number}," * 3 for number in range(200)],
    }
    form = resource(replace(parcel, texts=texts))["snippet"]
    assert len(form["title"]) <= 100 and not set("<>\x1b") & set(form["title"])
    assert len(form["description"].encode()) <= 5000 and form["description"].endswith(f"Ref {parcel.mark}")
    assert sum(len(tag) + 3 for tag in form["tags"]) <= 510
