"""Each adapter asks as its vendor's documents say, reads every documented answer, and keeps its key to itself."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.domain.errors import AddressRefused
from engine.domain.purchase import PurchaseState, Trouble
from engine.music import sound
from engine.music.fetching import fetcher
from engine.music.provider import MusicProvider, Offer, Order, VendorError, came_along
from engine.music.studio.provider import Studio
from engine.music.wire import Limits
from engine.safety.request import Way
from tests.engine.music.briefs import brief
from tests.engine.music.vendors import KEY, close, provider
from tests.loopback import http, saying, serving
from tests.vendors import FAKES

Handler = Callable[[httpx.Request], httpx.Response]
NAMES = sorted(FAKES)


def order(*, sung: bool = True, **changes: object) -> Order:
    song = brief("synthwave", 90.0, **changes)
    return Order("k-test", song, sound.words(song), sung)


def mocked(name: str, folder: Path, handler: Handler) -> MusicProvider:
    return provider(name, "https://vendor.example", folder, httpx.MockTransport(handler))


def says(status: int, body: Any, **headers: str) -> Handler:
    return lambda _request: httpx.Response(status, json=body, headers=headers)


async def sent(name: str, folder: Path, wanted: Order, answer: Any) -> dict[str, Any]:
    """The body of the order that was sent."""
    bodies: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json=answer)

    await mocked(name, folder, handler).submit(wanted, folder)
    return bodies[0]


SUNO_OK = {"code": 200, "msg": "success", "data": {"taskId": "t-1"}}


@pytest.mark.parametrize("name", NAMES)
async def test_an_order_leads_to_a_whole_file(name: str, tmp_path: Path) -> None:
    fake = FAKES[name]()
    async with serving(fake.speak) as server:
        fake.base = server.base
        vendor = provider(name, server.base, tmp_path)
        standing = await vendor.submit(order(), tmp_path / "k-test")
        if standing.state is not PurchaseState.READY:
            standing = await vendor.poll(standing.task_id)
        path = await vendor.fetch(standing.offers[0], tmp_path / "k-test")
        await close(vendor)
    assert path.read_bytes() == fake.clip
    assert path.parent == tmp_path / "k-test" and path.suffix == ".mp3" and path.stat().st_mode & 0o777 == 0o600
    assert len(fake.orders) == 1


@pytest.mark.parametrize("name", ["elevenlabs", "lyria"])
async def test_a_sound_that_came_with_the_answer_is_found_again(name: str, tmp_path: Path) -> None:
    fake = FAKES[name]()
    async with serving(fake.speak) as server:
        vendor = provider(name, server.base, tmp_path)
        standing = await vendor.submit(order(), tmp_path / "k-test")
        await close(vendor)
    assert came_along(tmp_path / "k-test") == standing.offers == (Offer("clip-1"),)
    assert came_along(tmp_path / "k-other") == ()


async def test_the_studio_keeps_the_same_interface(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Studio, "make", lambda _self, _brief, wav, progress: wav.write_bytes(b"RIFF"))
    studio: MusicProvider = Studio()
    wanted = Order("k", brief("ambient", 20.0), "", sung=False)
    standing = await studio.submit(wanted, tmp_path)
    assert standing.state is PurchaseState.READY and studio.price(wanted.brief) == 0
    assert (await studio.fetch(standing.offers[0], tmp_path)).suffix == ".wav"


# --- what is asked for ---


async def test_suno_is_sent_lyrics_style_and_title(tmp_path: Path) -> None:
    body = await sent("suno", tmp_path, order(), SUNO_OK)
    assert body["customMode"] is True and body["instrumental"] is False and body["model"] == "V5"
    assert body["prompt"].startswith("[Verse]\n") and "[Chorus]" in body["prompt"]
    assert "98 bpm" in body["style"] or "bpm" in body["style"]
    assert body["callBackUrl"].startswith("https://callback.invalid/")


async def test_suno_is_sent_no_lyrics_for_an_instrumental(tmp_path: Path) -> None:
    body = await sent("suno", tmp_path, order(sung=False), SUNO_OK)
    assert body["instrumental"] is True and "prompt" not in body


async def test_suno_gets_no_more_than_it_takes(tmp_path: Path) -> None:
    body = await sent("suno", tmp_path, order(title="T" * 300, mood="m" * 2000), SUNO_OK)
    assert len(body["title"]) <= 100 and len(body["style"]) <= 1000


async def test_acestep_is_sent_one_song_with_its_seed(tmp_path: Path) -> None:
    body = await sent("acestep", tmp_path, order(seed=7), {"data": {"task_id": "a"}, "code": 200})
    assert (body["batch_size"], body["seed"], body["audio_duration"], body["key_scale"]) == (1, 7, 90.0, "A minor")


async def test_elevenlabs_is_asked_for_the_length(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"ID3" + bytes(200), headers={"content-type": "audio/mpeg"})

    await mocked("elevenlabs", tmp_path, handler).submit(order(sung=False), tmp_path)
    body = json.loads(seen[0].content)
    assert (body["music_length_ms"], body["force_instrumental"], body["model_id"]) == (90_000, True, "music_v1")
    assert seen[0].url.params["output_format"] == "mp3_44100_128" and seen[0].headers["xi-api-key"] == KEY


def test_no_prompt_names_a_person() -> None:
    style = sound.words(brief("synthwave", 90.0, parameters={"arrangement": "sparse", "groove": "loose"}))
    assert (
        style == "Synthwave, outrun, wistful, 98 bpm, A minor, medium energy, sparse arrangement, loose, swung groove"
    )


@pytest.mark.parametrize(
    ("name", "seconds", "micro"),
    [("suno", 150, 80_000), ("elevenlabs", 61, 1_380_000), ("lyria", 150, 80_000), ("acestep", 150, 0)],
)
def test_the_price_is_known_before_the_order(name: str, seconds: int, micro: int, tmp_path: Path) -> None:
    vendor = provider(name, "https://vendor.example", tmp_path)
    assert vendor.price(brief("house", float(seconds))) == micro
    assert vendor.abilities.billable == bool(micro)


# --- what is answered ---


@pytest.mark.parametrize(
    ("code", "trouble", "lost"),
    [
        (400, Trouble.INPUT, False),
        (401, Trouble.KEY, False),
        (404, Trouble.INPUT, False),
        (405, Trouble.BUSY, False),
        (413, Trouble.INPUT, False),
        (429, Trouble.CREDITS, False),
        (430, Trouble.BUSY, False),
        (455, Trouble.DOWN, False),
        (500, Trouble.DOWN, True),
        (999, Trouble.ANSWER, True),
    ],
)
async def test_sunos_code_counts_although_http_says_200(
    code: int, trouble: Trouble, lost: bool, tmp_path: Path
) -> None:
    with pytest.raises(VendorError) as caught:
        await mocked("suno", tmp_path, says(200, {"code": code, "msg": "no"})).submit(order(), tmp_path)
    assert (caught.value.trouble, caught.value.lost) == (trouble, lost)


async def test_suno_without_a_task_is_lost(tmp_path: Path) -> None:
    with pytest.raises(VendorError, match="named no task") as caught:
        await mocked("suno", tmp_path, says(200, {"code": 200, "data": {}})).submit(order(), tmp_path)
    assert caught.value.lost


@pytest.mark.parametrize("name", ["suno", "acestep"])
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("t" * 300, "t" * 300),
        ("a/b&c=d #\u00e9%20", "a/b&c=d #\u00e9%20"),
        (" t ", " t "),
        ("[red]t", "[red]t"),
        (7, "7"),
    ],
)
async def test_a_task_is_asked_about_by_the_very_id_that_it_was_given(
    name: str, given: object, kept: str, tmp_path: Path
) -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"code": 200, "data": {"taskId": given, "task_id": given, "status": "PENDING"}})

    vendor = mocked(name, tmp_path, handler)
    standing = await vendor.submit(order(), tmp_path)
    with contextlib.suppress(VendorError):
        await vendor.poll(standing.task_id)
    question = asked[1].url.params.get("taskId") or json.loads(asked[1].content)["task_id_list"][0]
    assert question == standing.task_id == kept


@pytest.mark.parametrize("name", ["suno", "acestep"])
@pytest.mark.parametrize(
    "given",
    ["t" * 513, "t\u202e", "t\n", "\x1b[2J", "\ud800", "  ", pytest.param(10**600, id="long number"), 1.5, True, ["t"]],
)
async def test_a_task_whose_id_cannot_be_kept_to_the_letter_is_lost_at_once(
    name: str, given: object, tmp_path: Path
) -> None:
    said = json.dumps({"code": 200, "data": {"taskId": given, "task_id": given}})
    answer = httpx.Response(200, content=said, headers={"content-type": "application/json"})
    vendor = mocked(name, tmp_path, lambda _request: answer)
    with pytest.raises(VendorError) as caught:
        await vendor.submit(order(), tmp_path)
    assert caught.value.trouble is Trouble.ANSWER and caught.value.lost == vendor.abilities.billable
    assert caught.value.message.isprintable()


NO_FILE_YET = {"id": "b", "audioUrl": "", "streamAudioUrl": "https://cdn.example/b-as-it-is-made"}
CLIPS = [{"id": "a", "audioUrl": "https://cdn.example/a.mp3"}, {"id": "b", "audioUrl": "https://cdn.example/b.mp3"}]


@pytest.mark.parametrize(
    ("data", "state", "clips"),
    [
        ({"status": "PENDING"}, PurchaseState.SUBMITTED, 0),
        ({"status": "TEXT_SUCCESS"}, PurchaseState.RUNNING, 0),
        ({"status": "FIRST_SUCCESS", "response": {"sunoData": CLIPS[:1]}}, PurchaseState.RUNNING, 0),
        ({"status": "SUCCESS", "response": {"sunoData": CLIPS}}, PurchaseState.READY, 2),
        ({"status": "SUCCESS", "response": {"sunoData": []}}, PurchaseState.RUNNING, 0),
        ({"status": "SUCCESS", "response": None}, PurchaseState.RUNNING, 0),
        ({"status": "SUCCESS", "response": {"data": [{"audio_url": "https://cdn.example/a"}]}}, PurchaseState.READY, 1),
        ({"status": "SUCCESS", "response": {"sunoData": [CLIPS[0], NO_FILE_YET]}}, PurchaseState.RUNNING, 1),
        ({"status": "CALLBACK_EXCEPTION", "response": {"sunoData": CLIPS}}, PurchaseState.READY, 2),
        ({"status": "CALLBACK_EXCEPTION", "response": {"sunoData": [CLIPS[0], NO_FILE_YET]}}, PurchaseState.RUNNING, 1),
        ({"status": "CALLBACK_EXCEPTION", "response": {"sunoData": CLIPS[:1]}}, PurchaseState.RUNNING, 1),
        ({"status": "CALLBACK_EXCEPTION"}, PurchaseState.RUNNING, 0),
    ],
)
async def test_sunos_states_are_read(data: dict[str, Any], state: PurchaseState, clips: int, tmp_path: Path) -> None:
    standing = await mocked("suno", tmp_path, says(200, {"code": 200, "data": data})).poll("t-1")
    assert (standing.state, len(standing.offers)) == (state, clips)


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        ("CREATE_TASK_FAILED", Trouble.GENERATION),
        ("GENERATE_AUDIO_FAILED", Trouble.GENERATION),
        ("SENSITIVE_WORD_ERROR", Trouble.POLICY),
        ("SOMETHING_NEW", Trouble.ANSWER),
    ],
)
async def test_sunos_failures_are_told_apart(status: str, trouble: Trouble, tmp_path: Path) -> None:
    with pytest.raises(VendorError) as caught:
        await mocked("suno", tmp_path, says(200, {"code": 200, "data": {"status": status}})).poll("t-1")
    assert caught.value.trouble is trouble


@pytest.mark.parametrize(
    ("status", "trouble"), [("bad_prompt", Trouble.POLICY), ("quota_exceeded", Trouble.CREDITS), ("odd", Trouble.INPUT)]
)
async def test_elevenlabs_reasons_are_read_from_its_field(status: str, trouble: Trouble, tmp_path: Path) -> None:
    answer = {"detail": {"status": status, "message": "words for a person"}}
    with pytest.raises(VendorError, match="words for a person") as caught:
        await mocked("elevenlabs", tmp_path, says(422, answer)).submit(order(), tmp_path)
    assert caught.value.trouble is trouble and not caught.value.lost


async def test_a_wrong_key_at_google_is_told_from_a_wrong_request(tmp_path: Path) -> None:
    def answer(reason: str) -> Handler:
        return says(400, {"error": {"code": 400, "message": "m", "details": [{"reason": reason}]}})

    for reason, trouble in (("API_KEY_INVALID", Trouble.KEY), ("OTHER", Trouble.INPUT)):
        with pytest.raises(VendorError) as caught:
            await mocked("lyria", tmp_path, answer(reason)).submit(order(), tmp_path)
        assert caught.value.trouble is trouble


@pytest.mark.parametrize(
    "content",
    [[], [{"type": "text", "text": "no song"}], [{"type": "audio", "data": "***", "mime_type": "audio/mpeg"}]],
)
async def test_an_answer_of_lyria_without_a_sound_may_still_be_charged(content: list[Any], tmp_path: Path) -> None:
    answer = {"id": "i", "status": "completed", "steps": [{"type": "model_output", "content": content}]}
    with pytest.raises(VendorError) as caught:
        await mocked("lyria", tmp_path, says(200, answer)).submit(order(), tmp_path)
    assert caught.value.lost and came_along(tmp_path / "k-test") == ()


@pytest.mark.parametrize(
    "result", ["not json", "[]", '[{"file": "https://elsewhere.example/a.flac"}]', '[{"file": "/etc/passwd"}]', None]
)
async def test_acestep_names_files_on_its_own_server_alone(result: str | None, tmp_path: Path) -> None:
    entry = {"task_id": "a", "status": 1, "result": result}
    with pytest.raises(VendorError):
        await mocked("acestep", tmp_path, says(200, {"data": [entry], "code": 200})).poll("a")


@pytest.mark.parametrize(
    "inside",
    [
        *("http://127.0.0.1:{port}/f", "https://127.0.0.1:{port}/f", "http://localhost:{port}/f"),
        *("https://10.0.0.1/f", "https://169.254.169.254/latest", "https://[::1]:{port}/f", "file:///etc/passwd"),
    ],
)
async def test_an_address_in_sunos_answer_leads_to_no_machine_of_ours(inside: str, tmp_path: Path) -> None:
    async with serving(saying(http(200, b"ID3" + bytes(200), "audio/mpeg"))) as neighbour:
        url = inside.format(port=neighbour.base.rpartition(":")[2])
        clip = {"status": "SUCCESS", "response": {"sunoData": [{"audioUrl": url}]}}
        vendor = mocked("suno", tmp_path, says(200, {"code": 200, "data": clip}))
        standing = await vendor.poll("t")
        with pytest.raises(VendorError) as caught:
            await vendor.fetch(standing.offers[0], tmp_path)
    assert isinstance(caught.value.__cause__, AddressRefused)
    assert neighbour.asked == []


async def test_a_clip_is_fetched_from_a_private_network_where_the_base_url_lies_there(tmp_path: Path) -> None:
    """An order that is taken there and a clip that is refused there would be an order for nothing."""
    asked: list[httpx.Request] = []

    async def resolve(host: str, _port: int) -> list[str]:
        return ["192.168.1.20"] if host == "ace.example" else ["192.168.1.21"]

    def sound(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b"ID3" + bytes(200)), headers={"content-type": "audio/mpeg"})

    way = Way(("https://ace.example",), resolve, httpx.MockTransport(sound))
    fetch = fetcher(tmp_path, way)
    assert (await fetch("acestep", "https://ace.example/v1/audio?path=a", tmp_path / "a", {})).is_file()
    assert (asked[0].url.host, asked[0].headers["host"]) == ("192.168.1.20", "ace.example")
    with pytest.raises(VendorError):
        await fetch("acestep", "https://other.example/v1/audio?path=a", tmp_path / "b", {})
    assert len(asked) == 1


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_acestep_takes_its_own_task_wherever_it_stands(number: int, tmp_path: Path) -> None:
    """The number of the task is a text in one answer and a number in another."""
    data = [task_of_acestep(each) for each in ("7", 8, "9")]
    found = await mocked("acestep", tmp_path, says(200, {"data": data, "code": 200})).poll(str(7 + number))
    assert [offer.url.rpartition("=")[2] for offer in found.offers] == [f"{7 + number}.flac"]


@pytest.mark.parametrize("data", [[], ["8", "9"], "8", [None], None])
async def test_acestep_never_takes_the_song_of_another_task(data: Any, tmp_path: Path) -> None:
    others = [task_of_acestep(each) for each in data] if isinstance(data, list) else data and task_of_acestep(data)
    with pytest.raises(VendorError, match="does not name the task") as caught:
        await mocked("acestep", tmp_path, says(200, {"data": others, "code": 200})).poll("7")
    assert caught.value.trouble is Trouble.INPUT


def task_of_acestep(task_id: object) -> dict[str, Any]:
    """A task that is done."""
    return {"task_id": task_id, "status": 1, "result": f'[{{"file": "/v1/audio?path={task_id}.flac"}}]'}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "body", [[], "text", None, 7, {"data": [1, 2]}, {"code": "200", "data": "x"}, {"steps": {"a": 1}}]
)
async def test_json_of_any_shape_is_an_error_and_no_crash(name: str, body: Any, tmp_path: Path) -> None:
    with pytest.raises(VendorError):
        await mocked(name, tmp_path, says(200, body)).submit(order(), tmp_path)


@pytest.mark.parametrize("name", NAMES)
async def test_the_key_stays_out_of_errors_reprs_and_logs(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"code": 401, "msg": f"bad key {KEY}", "detail": f"bad key {KEY}", "error": {"message": f"bad key {KEY}"}}
    vendor = mocked(name, tmp_path, says(401, echo))
    with pytest.raises(VendorError) as caught:
        await vendor.submit(order(), tmp_path)
    assert caught.value.trouble is Trouble.KEY and "key" in caught.value.fix
    assert KEY not in str(caught.value) + repr(vendor) + caplog.text


@pytest.mark.parametrize("name", NAMES)
async def test_no_half_of_a_key_is_left_where_a_message_is_cut(name: str, tmp_path: Path) -> None:
    for before in range(175, 200, 4):
        told = f"{'x' * before} {KEY}"
        vendor = mocked(name, tmp_path, says(401, {"code": 401, "msg": told, "error": {"message": told}}))
        with pytest.raises(VendorError) as caught:
            await vendor.submit(order(), tmp_path)
        assert KEY[:6] not in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
async def test_a_redirect_is_not_followed(name: str, tmp_path: Path) -> None:
    hosts: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(302, headers={"location": "https://elsewhere.example/"})

    with pytest.raises(
        VendorError, match=r"a redirect to https://elsewhere\.example, which was not followed"
    ) as caught:
        await mocked(name, tmp_path, handler).submit(order(), tmp_path)
    assert hosts == ["vendor.example"]
    assert caught.value.trouble is Trouble.ADDRESS and f"{name.upper()}_BASE_URL" in caught.value.fix


REDIRECTS = [300, 301, 302, 307, 308]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("status", "body", "bought"),
    [
        *((status, "", False) for status in REDIRECTS),
        *((status, '{"code": 200, "data": {"taskId": "t-1"}}', False) for status in REDIRECTS),
        (303, "", True),
        (200, "<html>Log in</html>", True),
        (404, "<html>Not found</html>", False),
        (405, "", False),
    ],
)
async def test_whoever_is_not_the_vendor_is_named_and_a_purchase_only_where_it_may_be_one(
    name: str, status: int, body: str, bought: bool, tmp_path: Path
) -> None:
    kind = "application/json" if body.startswith("{") else "text/html"
    answer = httpx.Response(status, text=body, headers={"content-type": kind, "location": "/login"})
    vendor = mocked(name, tmp_path, lambda _request: answer)
    with pytest.raises(VendorError) as caught:
        await vendor.submit(order(), tmp_path)
    assert caught.value.trouble is Trouble.ADDRESS
    assert caught.value.lost == (bought and vendor.abilities.billable)
    assert f"{name.upper()}_BASE_URL" in caught.value.fix


@pytest.mark.parametrize("name", ["suno", "lyria", "acestep"])
async def test_an_answer_of_some_other_interface_names_the_address(name: str, tmp_path: Path) -> None:
    with pytest.raises(VendorError) as caught:
        await mocked(name, tmp_path, says(200, {"message": "welcome"})).submit(order(), tmp_path)
    assert caught.value.trouble is Trouble.ADDRESS


@pytest.mark.parametrize("name", NAMES)
async def test_an_answer_of_the_vendors_own_kind_that_was_cut_does_not_question_the_address(
    name: str, tmp_path: Path
) -> None:
    answer = httpx.Response(200, content=b'{"code": 20', headers={"content-type": "application/json"})
    with pytest.raises(VendorError) as caught:
        await mocked(name, tmp_path, lambda _request: answer).submit(order(), tmp_path)
    assert caught.value.trouble is Trouble.ANSWER


@pytest.mark.parametrize("name", NAMES)
async def test_an_answer_without_end_is_given_up(name: str, tmp_path: Path) -> None:
    """Every vendor's wire has a most for JSON and for sound; here both are small."""
    kind = "audio/mpeg" if name == "elevenlabs" else "application/json"

    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"ID3" + b"x" * (60 << 20), headers={"content-type": kind})

    vendor = mocked(name, tmp_path, handler)
    vendor.wire.limits = Limits(total_s=5, idle_s=5, sound_bytes=1 << 20)  # type: ignore[attr-defined]
    with pytest.raises(VendorError, match="more than"):
        await vendor.submit(order(sung=False), tmp_path / "k-test")
    assert came_along(tmp_path / "k-test") == ()
