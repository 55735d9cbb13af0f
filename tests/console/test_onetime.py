"""The one-time link, by real requests on loopback: one file, one download, one address, for a while."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from console.onetime import MOST_AT_ONCE, LinkState, OneTimeLink, byte_range
from console.reach import copying, tunnel

DATA = bytes(range(256)) * 4096


class Watch:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def track(tmp_path: Path) -> Path:
    path = tmp_path / "0a1b.wav"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def link(track: Path, watch: Watch) -> Iterator[OneTimeLink]:
    found = OneTimeLink(track, life_s=600, now=watch)
    yield found
    found.close()


class Answer:
    """A whole answer."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


def ask(
    link: OneTimeLink, target: str | None = None, *, method: str = "GET", host: str | None = None, **headers: str
) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", link.port, timeout=10)
    try:
        connection.putrequest(method, target or link.target, skip_host=True)
        connection.putheader("Host", host if host is not None else f"127.0.0.1:{link.port}")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()
    settle(link)
    return found


def settle(link: OneTimeLink) -> None:
    """Waits until whoever answers has counted what was sent: nobody is in the room any more."""
    places = range(MOST_AT_ONCE)
    assert all(link.room.acquire(timeout=10) for _ in places)
    for _ in places:
        link.room.release()


def test_the_link_gives_the_file_with_its_type_and_length(link: OneTimeLink) -> None:
    answer = ask(link)
    assert (answer.status, answer.body) == (200, DATA)
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["content-length"] == str(len(DATA))
    assert answer.headers["cache-control"] == "no-store"
    assert "0a1b" not in answer.headers["content-disposition"]


def test_it_works_once(link: OneTimeLink) -> None:
    assert ask(link).status == 200
    assert link.state is LinkState.TAKEN
    again = ask(link)
    assert again.status == 410
    assert DATA[:64] not in again.body


def test_asking_what_it_is_uses_nothing_up(link: OneTimeLink) -> None:
    answer = ask(link, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["accept-ranges"] == "bytes"
    assert link.state is LinkState.OPEN


def test_a_player_may_fetch_it_in_pieces_and_the_last_one_ends_it(link: OneTimeLink) -> None:
    half = len(DATA) // 2
    tail = ask(link, Range=f"bytes={half}-")
    assert (tail.status, tail.body) == (206, DATA[half:])
    assert tail.headers["content-range"] == f"bytes {half}-{len(DATA) - 1}/{len(DATA)}"
    assert ask(link, Range=f"bytes={half}-").status == 206  # the same half twice is still half
    assert link.share == 0.5
    assert ask(link, Range=f"bytes=0-{half - 1}").body == DATA[:half]
    assert link.state is LinkState.TAKEN


def test_a_range_past_the_end_is_refused_with_the_size(link: OneTimeLink) -> None:
    answer = ask(link, Range=f"bytes={len(DATA)}-")
    assert answer.status == 416
    assert answer.headers["content-range"] == f"bytes */{len(DATA)}"


def test_it_expires(link: OneTimeLink, watch: Watch) -> None:
    watch.seconds += 599
    assert ask(link, method="HEAD").status == 200
    watch.seconds += 1
    assert link.state is LinkState.EXPIRED
    assert ask(link).status == 410


@pytest.mark.parametrize("target", ["/", "/favicon.ico", "/x/track.wav", "/../../etc/passwd", "//track.wav"])
def test_any_other_address_leads_to_nothing(link: OneTimeLink, target: str) -> None:
    answer = ask(link, target)
    assert answer.status == 404
    assert link.target.encode() not in answer.body
    assert link.state is LinkState.OPEN


def test_a_token_that_is_nearly_right_is_wrong(link: OneTimeLink) -> None:
    assert ask(link, link.target + "?").status == 404
    assert ask(link, link.target[:-1]).status == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:80", "", "169.254.169.254", "localhost:80:80"]
)
def test_a_page_elsewhere_cannot_reach_it_under_its_own_name(link: OneTimeLink, host: str) -> None:
    answer = ask(link, host=host)
    assert answer.status == 403
    assert link.state is LinkState.OPEN


def test_a_tunnel_may_end_at_another_port(link: OneTimeLink) -> None:
    assert ask(link, host="localhost:8080", method="HEAD").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_only_gives(link: OneTimeLink, method: str) -> None:
    assert ask(link, method=method).status == 501


def test_it_listens_on_loopback_and_each_address_is_new(link: OneTimeLink, track: Path) -> None:
    other = OneTimeLink(track)
    try:
        assert link._server.server_address[0] == "127.0.0.1"
        assert other.target != link.target
        assert len(link.target.split("/")[1]) >= 24
    finally:
        other.close()


def test_what_takes_the_files_place_later_is_not_given(link: OneTimeLink, track: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"not for you")
    secret.replace(track)
    assert ask(link).body == DATA


def test_a_link_in_the_files_place_is_not_followed(tmp_path: Path, track: Path) -> None:
    other = tmp_path / "link.wav"
    other.symlink_to(track)
    with pytest.raises(OSError, match="symbolic"):
        OneTimeLink(other)


def test_closed_means_closed(track: Path) -> None:
    link = OneTimeLink(track)
    link.close()
    link.close()
    assert link.state is LinkState.CLOSED
    with pytest.raises(ConnectionError):
        ask(link)


def test_nothing_is_printed_over_the_console(link: OneTimeLink, capfd: pytest.CaptureFixture[str]) -> None:
    ask(link, "/wrong")
    ask(link)
    assert capfd.readouterr() == ("", "")


@pytest.mark.quick
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=10-1000", (10, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes=100-", None),
        ("bytes=20-10", None),
        ("bytes=-0", None),
        ("bytes=0-1,5-6", (0, 100)),
        ("lines=0-1", (0, 100)),
        ("bytes=" + "9" * 5000 + "-", (0, 100)),
        ("bytes=-", (0, 100)),
    ],
)
def test_byte_ranges_as_http_knows_them(asked: str, found: tuple[int, int] | None) -> None:
    assert byte_range(asked, 100) == found


@pytest.mark.quick
def test_the_commands_for_another_machine_name_this_one_as_ssh_knows_it() -> None:
    environ = {"SSH_CONNECTION": "10.0.0.2 50000 10.0.0.9 22"}
    assert tunnel(4000, environ).startswith("ssh -N -L 4000:127.0.0.1:4000 ")
    assert tunnel(4000, environ).endswith("@10.0.0.9")
    assert copying(Path("/home/a b/t.wav"), environ).endswith("@10.0.0.9:'/home/a b/t.wav' .")
    odd = {"SSH_CONNECTION": "fe80::2 50000 fe80::9 2222"}
    assert " -p 2222 " in tunnel(4000, odd)
    assert copying(Path("/t.wav"), odd).startswith("scp -P 2222 ")
    assert copying(Path("/t.wav"), odd).endswith("@[fe80::9]:/t.wav .")


@pytest.mark.quick
def test_an_ssh_variable_that_is_no_address_is_not_put_into_a_command() -> None:
    assert "rm" not in tunnel(4000, {"SSH_CONNECTION": "a b $(rm) 22"})
