"""Bytes of a terminal become the keys that were pressed, however they are cut into reads."""

from __future__ import annotations

import random

import pytest
from textual.events import Key, MouseDown, Paste

from console.keystream import KeyParser

pytestmark = pytest.mark.quick
LATER_S = 1.0


class Line:
    """A parser whose clock stands until `pause`."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.parser = KeyParser(now=lambda: self.seconds)

    def send(self, *reads: str) -> list[str]:
        return [named(event) for read in reads for event in self.parser.feed(read)]

    def pause(self) -> list[str]:
        self.seconds += LATER_S
        return [named(event) for event in self.parser.tick()]


def named(event: object) -> str:
    match event:
        case Key():
            return event.key
        case Paste():
            return f"paste {event.text!r}"
        case MouseDown():
            return f"mouse {event.x},{event.y}"
    return type(event).__name__


PRINTABLE = [chr(code) for code in range(0x20, 0x7F) if chr(code) not in "[O]P_"]


@pytest.mark.parametrize("sign", PRINTABLE)
def test_escape_and_a_key_in_one_read_are_two_keys(sign: str) -> None:
    escape, key = Line().send("\x1b" + sign)
    (alone,) = Line().send(sign)
    assert (escape, key) == ("escape", alone)


@pytest.mark.parametrize("sign", "[O]P_")
def test_what_may_begin_a_sequence_is_a_key_when_nothing_follows(sign: str) -> None:
    line = Line()
    assert line.send("\x1b" + sign) == []
    assert line.pause() == ["escape", *Line().send(sign)]


@pytest.mark.parametrize(("sent", "keys"), [("\x1b]j", ["right_square_bracket", "j"]), ("\x1bPj", ["P", "j"]),
                                            ("\x1bO!", ["O", "exclamation_mark"]), ("\x1b\r", ["enter"]),
                                            ("\x1bé", ["é"]), ("\x1b3jj", ["3", "j", "j"])])  # fmt: skip
def test_only_what_goes_on_like_a_sequence_is_one(sent: str, keys: list[str]) -> None:
    assert Line().send(sent) == ["escape", *keys]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("\x1b[A", "up"),
        ("\x1bOQ", "f2"),
        ("\x1b[27u", "escape"),
        ("\x1b[1;5D", "ctrl+left"),
        ("\x1b[<0;3;4M", "mouse 2,3"),
        ("\x1b[200~a\x1bb\x1b[Z\x1b[201~", r"paste 'a\x1bb\x1b[Z'"),
    ],
)
def test_a_sequence_is_read_whole_wherever_it_is_cut(sent: str, found: str) -> None:
    for cut in range(1, len(sent) + 1):
        assert Line().send(sent[:cut], *filter(None, [sent[cut:]])) == [found], cut
    assert Line().send(*sent) == [found]


def test_escape_alone_is_a_key_once_nothing_follows() -> None:
    line = Line()
    assert line.send("\x1b") == []
    assert line.pause() == ["escape"]


def test_escape_twice_and_a_sequence_behind_it() -> None:
    assert Line().send("\x1b\x1b\x1b[B", "q") == ["escape", "escape", "down", "q"]


@pytest.mark.parametrize("answer", ["\x1b]11;rgb:ff/ff/ff\x1b\\", "\x1b]52;c;aGk=\x07", "\x1b_Gi=1;OK\x1b\\",
                                    "\x1bP>|tmux 3.3a\x1b\\"])  # fmt: skip
def test_an_answer_of_the_terminal_is_no_key_wherever_it_is_cut(answer: str) -> None:
    for cut in range(1, len(answer) + 1):
        assert Line().send("j" + answer[:cut], answer[cut:] + "k") == ["j", "k"], cut


def test_an_answer_that_never_ends_takes_no_key_with_it() -> None:
    line = Line()
    assert line.send("\x1b]11;rgb:ff") == []
    assert line.pause() == []
    assert line.send("j") == ["j"]


def test_keys_come_out_the_same_in_any_reads() -> None:
    rng = random.Random(3)
    typed = ["\x1b[A", "j", "\x1b5", "\x1bOP", "\x1bb", "\x1b?", "\x1b[200~x\x1by\x1b[201~", "é", "\x1b[1;2B"]
    for _ in range(200):
        text = "".join(rng.choices(typed, k=12)) + "."
        cuts = sorted(rng.sample(range(1, len(text)), 5))
        reads = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        assert Line().send(*reads) == Line().send(text)


def test_noise_never_ends_the_reading() -> None:
    rng = random.Random(5)
    for _ in range(300):
        line = Line()
        line.send("".join(rng.choice("\x1b[]OP_G;~<0123456789Mmu\x07\\jé\x00") for _ in range(60)))
        line.pause()
        line.pause()
        assert line.send("\x1b[201~" * 2, "j")[-1] == "j"
