"""Files from outside come in whole, checked and private, or not at all."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from engine.domain.errors import (
    AddressRefused,
    DownloadBroken,
    DownloadError,
    DownloadStatus,
    DownloadUnfit,
    FileProblem,
)
from engine.safety.download import Downloaded, download
from engine.safety.request import Limits, Way, retry_after
from engine.safety.signatures import MP3, MP4, SOUND, VIDEO, FileKind
from tests.loopback import Asked, Speak, dripping, http, refused, saying, serving, silent

CLIP = b"\0\0\0\x20ftypisom" + bytes(range(256)) * 20
SMALL = Limits(max_bytes=100_000)


async def fetch(base: str, folder: Path, kinds: tuple[FileKind, ...] = VIDEO, limits: Limits = SMALL) -> Downloaded:
    target = folder / "footage" / "clip-1.bin"
    return await download(f"{base}/a?sig=s3cret", target, kinds, under=folder, way=Way((base,)), limits=limits)


async def fails(speak: Speak, folder: Path, limits: Limits = SMALL) -> DownloadError:
    """The error that the answer leads to; nothing may be left of the file, and the address stays out of the message."""
    async with serving(speak) as server:
        with pytest.raises(DownloadError) as caught:
            await fetch(server.base, folder, limits=limits)
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert "s3cret" not in str(caught.value)
    return caught.value


async def test_a_file_arrives_whole_private_and_under_its_own_suffix(tmp_path: Path) -> None:
    async with serving(saying(http(200, CLIP, "video/mp4"))) as server:
        got = await fetch(server.base, tmp_path)
    assert got == Downloaded(tmp_path / "footage" / "clip-1.mp4", len(CLIP), hashlib.sha256(CLIP).hexdigest(), MP4)
    assert got.path.read_bytes() == CLIP
    assert stat.S_IMODE(got.path.stat().st_mode) == 0o600
    assert list(got.path.parent.iterdir()) == [got.path]


async def test_a_server_that_knows_no_types_is_believed_by_the_first_bytes(tmp_path: Path) -> None:
    async with serving(saying(http(200, CLIP, "binary/octet-stream"))) as server:
        assert (await fetch(server.base, tmp_path)).kind is MP4


async def test_only_plain_bytes_are_asked_for_and_no_proxy_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", await refused())
    async with serving(saying(http(200, CLIP, "video/mp4"))) as server:
        await fetch(server.base, tmp_path)
        assert server.asked[0].headers["accept-encoding"] == "identity"
        assert server.asked[0].headers["host"] == server.base.removeprefix("http://")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (http(200, b"<html>", "text/html"), "announces 'text/html'; mp4 was asked for"),
        (http(200, b"<html>" * 9, "video/mp4"), "does not begin like one"),
        (http(200, b"", "video/mp4"), "sent an empty file"),
        (http(200, b"\0\0\0", "video/mp4"), "does not begin like one"),
        (http(200, CLIP, "video/mp4", content_length="200000"), "more than 100,000 bytes"),
        (
            http(
                200,
                CLIP * 30,
                "video/mp4",
                content_length="",
            ).replace(b"content-length: \r\n", b""),
            "more than",
        ),
        (http(200, CLIP, "video/mp4", content_encoding="gzip"), "packed answer"),
    ],
    ids=["page", "page called video", "empty", "short", "announced too large", "too large", "packed"],
)
async def test_what_is_not_what_was_asked_for_is_not_kept(tmp_path: Path, answer: bytes, says: str) -> None:
    error = await fails(saying(answer), tmp_path)
    assert isinstance(error, DownloadUnfit)
    assert says in error.message


@pytest.mark.parametrize(
    "speak",
    [
        pytest.param(saying(http(200, CLIP, "video/mp4", content_length="50000")), id="truncated"),
        pytest.param(saying(b""), id="dropped"),
        pytest.param(saying(b"SSH-2.0-OpenSSH_9.9\r\n"), id="no http"),
        pytest.param(silent(), id="silent"),
        pytest.param(dripping(http(200, CLIP[:64], "video/mp4", content_length="90000")), id="slow drip"),
    ],
)
async def test_an_answer_that_breaks_off_or_takes_too_long_may_be_tried_again(tmp_path: Path, speak: Speak) -> None:
    assert isinstance(await fails(speak, tmp_path, Limits()), DownloadBroken)


async def test_a_dead_port_may_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(DownloadBroken, match="cannot be reached"):
        await fetch(await refused(), tmp_path)


@pytest.mark.parametrize(
    ("status", "fix"), [(401, "key"), (402, "credit"), (404, "another"), (429, "later"), (503, "later")]
)
async def test_another_status_is_told_with_the_wait_that_the_server_names(
    tmp_path: Path, status: int, fix: str
) -> None:
    error = await fails(saying(http(status, {"error": "no"}, retry_after="7")), tmp_path)
    assert isinstance(error, DownloadStatus)
    assert (error.status, error.retry_after) == (status, 7.0)
    assert fix in error.fix


NOON = "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("30", "", 30.0),
        ("1.5", "", 1.5),
        ("", NOON, None),
        ("-1", NOON, None),
        ("nan", NOON, None),
        ("99999999", NOON, 86_400.0),
        ("9" * 5_000, NOON, None),
        ("Mon, 23 Nov 2026 12:00:40 GMT", NOON, 40.0),
        ("Mon, 23 Nov 2026 11:59:00 GMT", NOON, 0.0),
        ("Mon, 30 Nov 2026 12:00:00 GMT", NOON, 86_400.0),
        ("Mon, 23 Nov 2026 12:00:40 -0000", NOON, None),
        ("Mon, 23 Nov 2026 12:00:40 GMT", "", 10.0),
        ("Mon, 23 Nov 2026 12:00:40 GMT", "noon", 10.0),
        ("Mon, 23 Nov 2026 12:00:40 GMT", "Mon, 23 Nov 2026 12:00:00 -0000", 10.0),
        ("Fri, 31 Dec 1999", NOON, None),
    ],
)
@pytest.mark.quick
def test_a_wait_is_seconds_or_a_date_by_the_servers_clock_else_by_ours_and_at_most_a_day(
    value: str, date: str, seconds: float | None
) -> None:
    ours = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
    assert retry_after({"retry-after": value, "date": date}, lambda: ours) == seconds


async def test_a_redirect_on_the_same_origin_is_followed_with_the_key(tmp_path: Path) -> None:
    def answer(asked: Asked) -> bytes:
        return http(200, CLIP, "video/mp4") if asked.target == "/b" else http(302, location="/b")

    async with serving(saying(answer)) as server:
        got = await download(
            f"{server.base}/a", tmp_path / "a", VIDEO, under=tmp_path, way=Way((server.base,)), headers={"X-Key": "k"}
        )
        assert [asked.headers.get("x-key") for asked in server.asked] == ["k", "k"]
    assert got.path.read_bytes() == CLIP


@pytest.mark.parametrize(
    "to", ["http://127.0.0.1:1/", "http://10.0.0.1/", "file:///etc/passwd", "https://[::1]/", "http://["]
)
async def test_a_redirect_to_a_forbidden_address_is_refused(tmp_path: Path, to: str) -> None:
    assert isinstance(await fails(saying(http(302, location=to)), tmp_path), AddressRefused | DownloadBroken)


async def test_a_ring_of_redirects_ends(tmp_path: Path) -> None:
    error = await fails(saying(http(302, location="/a")), tmp_path)
    assert "more than 4 times" in error.message


async def test_a_target_outside_the_data_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="lies outside"):
        await download("https://a.example/", tmp_path / "a" / ".." / ".." / "b", VIDEO, under=tmp_path / "a", way=Way())


def clip() -> httpx.Response:
    async def blocks() -> AsyncIterator[bytes]:
        yield CLIP

    return httpx.Response(200, content=blocks(), headers={"content-type": "video/mp4"})


def public(handler: Callable[[httpx.Request], httpx.Response], address: str = "93.184.216.34") -> Way:
    async def resolve(_host: str, _port: int) -> list[str]:
        return [address]

    return Way(resolve=resolve, transport=httpx.MockTransport(handler))


async def test_the_checked_address_is_what_gets_connected_to_under_the_names_certificate(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return clip()

    await download("https://cdn.example.com:8443/a", tmp_path / "a", VIDEO, under=tmp_path, way=public(handler))
    assert str(seen[0].url) == "https://93.184.216.34:8443/a"
    assert seen[0].headers["host"] == "cdn.example.com:8443"
    assert seen[0].extensions["sni_hostname"] == "cdn.example.com"


async def test_a_key_does_not_travel_to_another_origin(tmp_path: Path) -> None:
    keys: dict[str, str | None] = {}

    def handler(request: httpx.Request) -> httpx.Response:
        host = request.headers["host"]
        keys[host] = request.headers.get("authorization")
        if host == "api.example.com":
            return httpx.Response(302, headers={"location": "https://cdn.example.com/b"})
        return clip()

    way = public(handler)
    await download(
        "https://api.example.com/a", tmp_path / "a", VIDEO, under=tmp_path, way=way, headers={"Authorization": "k"}
    )
    assert keys == {"api.example.com": "k", "cdn.example.com": None}


async def test_the_next_address_of_a_name_is_tried_where_the_first_cannot_be_reached(tmp_path: Path) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        return ["2606:4700::1", "93.184.216.34"]

    def handler(request: httpx.Request) -> httpx.Response:
        if ":" in request.url.host:
            raise httpx.ConnectError("no IPv6 here")
        return clip()

    way = Way(resolve=resolve, transport=httpx.MockTransport(handler))
    assert (await download("https://a.example/", tmp_path / "a", VIDEO, under=tmp_path, way=way)).size == len(CLIP)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"ID3\x04\0\0\0\0\0\0", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
        (b"fLaC\0\0\0\x22", "flac"),
        (b"OggS\0\x02", "ogg"),
        (b"\0\0\0\x20ftypM4A ", "m4a"),
        (b"RIFF\0\0\0\0AVI LIST", ""),
        (b"#EXTM3U\n", ""),
        (b"\xff\xff\xff\xff", ""),
        (b"", ""),
    ],
)
@pytest.mark.quick
def test_first_bytes_tell_what_a_sound_is(head: bytes, name: str) -> None:
    found = [kind.name for kind in SOUND if kind.begins(head)]
    assert found == ([name] if name else [])


@pytest.mark.quick
def test_every_kind_names_the_one_format_that_ffmpeg_may_read() -> None:
    assert (MP3.demuxer, MP4.demuxer) == ("mp3", "mov")
