"""How each kind of value is read: what is taken, what is refused, and that writing gives it back."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.chat import Role
from engine.domain.purchase import Rights
from engine.domain.quiet import QuietHours
from engine.settings import Ladders, Span, kinds, written
from engine.settings.kinds import ChatUsers

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (kinds.whole(1, 10), "7", 7),
        (kinds.whole(-5, 5), "-5", -5),
        (kinds.number(0, 2), "0.6", 0.6),
        (kinds.number(0, 2), ".5", 0.5),
        (kinds.switch(), "Yes", True),
        (kinds.switch(), "OFF", False),
        (kinds.choice("keep", "stop"), "Keep", "keep"),
        (kinds.span(20, 300), "60-90", Span(60, 90)),
        (kinds.span(20, 300), "60 – 90", Span(60, 90)),
        (kinds.span(20, 300), "45", Span(45, 45)),
        (kinds.names(2), "full, sparse", ("full", "sparse")),
        (kinds.models(), "openai:gpt-x, local/llama:8b", ("openai:gpt-x", "local/llama:8b")),
        (kinds.models(), "none", ()),
        (kinds.chats(), "-1001234567890, 4711", (-1001234567890, 4711)),
        (kinds.chat_users(), "4711, 4712:reviewer", ChatUsers(((4711, Role.OWNER), (4712, Role.REVIEWER)))),
        (kinds.quiet_hours(), "22:00-08:00 Europe/Berlin", QuietHours(time(22), time(8), "Europe/Berlin")),
        (kinds.address(), "https://api.example.org/v1/", "https://api.example.org/v1"),
        (kinds.address(), "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        (kinds.text(80), "Nøktvrn [live]", "Nøktvrn [live]"),
        (kinds.line(80), "Nøktvrn [live]", "Nøktvrn [live]"),
        (kinds.dpid(), "padpida-2007050901-u", "PADPIDA2007050901U"),
        (kinds.place(), "schemas/ddex", Path("schemas/ddex")),
        (kinds.ladder(), "Suno, studio", ("suno", "studio")),
        (
            kinds.ladders(),
            "a-1b=lyria>studio, a-2c=suno",
            Ladders((("a-1b", ("lyria", "studio")), ("a-2c", ("suno",)))),
        ),
        (kinds.rights(), "plan=Pro", Rights("Pro", commercial=False)),
        (
            kinds.rights(),
            "plan=Pro; commercial=yes; attribution=Made with X; until=2027-01-31",
            Rights("Pro", True, "Made with X", date(2027, 1, 31)),
        ),
    ],
)
def test_taken(kind: kinds.Kind[object], text: str, value: object) -> None:
    assert kind.read(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (kinds.ladder(), "suno, suno"),
        (kinds.ladder(), "spotify"),
        (kinds.ladder(), ","),
        (kinds.ladders(), "vesper=suno"),
        (kinds.ladders(), "a-1b=suno, a-1b=lyria"),
        (kinds.rights(), "commercial=yes"),
        (kinds.rights(), "plan=Pro; until=soon"),
        (kinds.rights(), "plan=Pro; plan=Free"),
        (kinds.rights(), "plan=Pro; colour=red"),
        (kinds.whole(1, 10), "0"),
        (kinds.whole(1, 10), "11"),
        (kinds.whole(1, 10), "1.5"),
        (kinds.whole(1, 10), "1_0"),
        (kinds.whole(1, 10), "٣"),
        (kinds.whole(1, 10), "9" * 5_000),
        (kinds.number(0, 1), "nan"),
        (kinds.number(0, 1), "inf"),
        (kinds.number(0, 1), "1e-3"),
        (kinds.number(0, 1), "0,5"),
        (kinds.number(0, 1), "."),
        (kinds.switch(), "maybe"),
        (kinds.choice("keep", "stop"), "kept"),
        (kinds.span(20, 300), "19-30"),
        (kinds.span(20, 300), "90-60"),
        (kinds.span(20, 300), "60-"),
        (kinds.names(2), "full"),
        (kinds.names(2), "full,full"),
        (kinds.names(2), "full,,sparse"),
        (kinds.models(), "a b"),
        (kinds.chats(), "@channel"),
        (kinds.chats(), "0"),
        (kinds.chats(), "4711, 4711"),
        (kinds.chat_users(), "-4711"),
        (kinds.chat_users(), "4711:king"),
        (kinds.quiet_hours(), "22-8"),
        (kinds.quiet_hours(), "22:00-22:00"),
        (kinds.quiet_hours(), "22:00-08:00 Nowhere/Land"),
        (kinds.address(), "http://api.example.org"),
        (kinds.address(), "https://me@example.org"),
        (kinds.address(), "https://example.org/?key=1"),
        (kinds.address(), "ftp://example.org"),
        (kinds.key(), "short"),
        (kinds.key(), "with a space"),
        (kinds.key(), "non-ascii-kéy"),
        (kinds.bot_token(), "123456789:short"),
        (kinds.text(5), "longer"),
        (kinds.text(80), "two\nlines"),
        (kinds.program(), "no-such-program-anywhere"),
        (kinds.folder(), "~no-such-user-here/x"),
        (kinds.folder(), "/" + "a" * 5_000),
        (kinds.line(3), "four"),
        (kinds.dpid(), "PADPIDA2007050901V"),
        (kinds.dpid(), "PADPIDATESTSENDER"),
    ],
)
def test_refused(kind: kinds.Kind[object], text: str) -> None:
    with pytest.raises(ValueError):
        kind.read(text)


def test_a_folder_need_not_exist_but_must_not_be_a_file(tmp_path: Path) -> None:
    assert kinds.folder().read(str(tmp_path / "new")) == tmp_path / "new"
    (tmp_path / "file").touch()
    for taken in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ValueError):
            kinds.folder().read(str(taken))


def test_a_program_must_be_executable(tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.touch(0o600)
    with pytest.raises(ValueError):
        kinds.program().read(str(program))
    program.chmod(0o700)
    assert kinds.program().read(str(program)) == program


@given(st.integers(-(10**12) + 1, 10**12 - 1))
def test_whole_numbers_come_back_as_written(value: int) -> None:
    assert kinds.whole(-(10**12), 10**12).read(written(value)) == value


@given(st.integers(0, 10**9).map(lambda millionths: millionths / 1_000_000))
def test_numbers_come_back_as_written(value: float) -> None:
    assert kinds.number(0, 1000).read(written(value)) == pytest.approx(value, abs=1e-9)


@given(st.integers(20, 300), st.integers(20, 300))
def test_spans_come_back_as_written(one: int, other: int) -> None:
    span = Span(min(one, other), max(one, other))
    assert kinds.span(20, 300).read(written(span)) == span


@given(st.booleans())
def test_switches_come_back_as_written(value: bool) -> None:
    assert kinds.switch().read(written(value)) is value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (kinds.ladders(), "a-1b=lyria>studio, a-2c=suno"),
        (kinds.rights(), "plan=Pro; commercial=yes; attribution=Made with X; until=2027-01-31"),
        (kinds.rights(), "plan=Free; commercial=no"),
    ],
)
def test_ladders_and_rights_are_written_as_they_are_read(kind: kinds.Kind[object], text: str) -> None:
    assert written(kind.read(text)) == text
