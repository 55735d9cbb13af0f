"""Text that we did not write, on its way to a terminal or into a file name."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.safety.text import SLUG_LIMIT, cell, plain, slug

pytestmark = pytest.mark.quick

HOSTILE = [
    "\x1b]0;title\x07",
    "\x1b]52;c;aGk=\x1b\\",
    "\x1b[2J",
    "\x1b[31m",
    "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    "\x1bPq\x1b\\",
    "\x1b_x\x1b\\",
    "\x9b31m",
    "\x9d0;t\x9c",
    "\a",
    "a\b",
    "safe\rrm",
    "\0",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\U000e0041",
    "\ud800",
    "\u061c",
    "\xad",
    "e" + "\u0301" * 200,
    "\x1b]" * 5_000,
    "\x1b[" * 5_000,
    "x" * 5_000_000,
]
anything = st.text(st.characters(), max_size=300) | st.text(
    st.sampled_from("\x1b\x9b\x9d[];m\a\\\n\r\t \u200d\u200c\u202e\u0301\u0628\u064be\ud800\u3000…"), max_size=60
)


def forbidden(text: str, allowed: str = "") -> list[str]:
    """What must not be there: controls, formats but the two joiners, surrogates, Unicode's own line breaks."""
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    spelled = "\u200c\u200d" + "".join(
        map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD))
    )
    egyptian = range(0x13430, 0x13460)  # they arrange hieroglyphs, and only those
    return [
        c for c in text if unicodedata.category(c) in kinds and c not in allowed + spelled and ord(c) not in egyptian
    ]


@given(anything, st.integers(1, 400))
@example("\u0628\u0301\u0301\u0301\u0301\u064b\u200c\u0628", 50)
@example("\u0628\u200c\u0628\u0628", 3)
def test_one_line_holds_nothing_that_a_terminal_obeys(text: str, limit: int) -> None:
    line = plain(text, limit=limit)
    assert forbidden(line) == []
    assert len(line) <= limit
    assert plain(line, limit=limit) == line


@given(anything, st.integers(1, 400))
def test_many_lines_keep_only_their_breaks(text: str, limit: int) -> None:
    block = plain(text, limit=limit, lines=True)
    assert forbidden(block, allowed="\n") == []
    assert len(block) <= limit
    assert plain(block, limit=limit, lines=True) == block


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_harmless(text: str) -> None:
    assert forbidden(plain(f"before {text} after")) == []
    assert plain(f"before {text}").startswith("before")


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200))
def test_plain_words_pass_unchanged_but_for_outer_spaces(text: str) -> None:
    assert plain(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("one\r\ntwo\n\n  three", "one two three"),
        ("tab\there", "tab here"),
        ("artist [live]", "artist [live]"),
        ("[/nope] [link=file:///x]", "[/nope] [link=file:///x]"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("pass\u200cword", "password"),
        ("NØKTVRN", "NØKTVRN"),
        ("\u0301x", "x"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 4),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_what_is_cut_ends_in_an_ellipsis() -> None:
    assert plain("one two three", limit=8) == "one two…"
    assert plain("exactly8", limit=8) == "exactly8"


def test_breaks_and_indents_stay_where_lines_are_wanted() -> None:
    assert plain("def f():\r\n\treturn 1\x85", lines=True) == "def f():\n    return 1\n"


@given(anything, st.integers(0, 60))
def test_a_cell_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    line = cell(text, width)
    assert cell_len(line) == width
    assert forbidden(line) == []


def test_wide_characters_are_cut_between_and_not_within() -> None:
    assert cell("日本語日本語", 8) == "日本語… "


@given(anything)
def test_a_slug_is_always_a_safe_name(text: str) -> None:
    name = slug(text)
    assert 1 <= len(name) <= SLUG_LIMIT
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not name.startswith("-")
    assert not name.endswith("-")
    assert slug(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("NØKTVRN", "noktvrn"),
        ("Björk & Søn", "bjork-and-son"),
        ("Don't Look Back", "dont-look-back"),
        ("../../etc/passwd", "etc-passwd"),
        ("/abs", "abs"),
        ("..\\x", "x"),
        ("a\0b", "ab"),
        ("\x1b[31mred", "red"),
        ("[bold]loud[/bold]", "bold-loud-bold"),
        ("CON", "x-con"),
        ("nul.txt", "x-nul-txt"),
        ("console", "console"),
        ("-rf", "rf"),
        ("~", None),
        ("", None),
        (".", None),
        ("🎵", None),
        ("שלום", None),
        ("日本語", None),
    ],
)
def test_names_that_people_try(text: str, name: str | None) -> None:
    assert slug(text) == name if name else slug(text).startswith("untitled-")


def test_texts_without_latin_letters_keep_apart() -> None:
    assert slug("日本語") != slug("日本")


def test_composed_and_decomposed_letters_give_one_name() -> None:
    assert slug(unicodedata.normalize("NFC", "Café")) == slug(unicodedata.normalize("NFD", "Café")) == "cafe"


def test_ten_thousand_letters_give_a_short_name() -> None:
    assert slug("a" * 10_000) == "a" * SLUG_LIMIT


@pytest.mark.parametrize("width", range(1, 31))
def test_a_cell_may_keep_its_end_and_is_still_exactly_as_wide(width: int) -> None:
    shown = cell("deepseek:deepseek-v5-preview-12 蒸気機関車", width, tail=8)
    assert cell_len(shown) == width
    assert width < 16 or shown.endswith("機関車")


def test_names_that_differ_at_their_end_stay_apart_when_cut() -> None:
    assert cell("deepseek-v5-preview-1", 14, tail=6) == "deepsee…view-1"
    assert cell("short", 14, tail=6) == "short         "
