"""Kitty and Sixel pictures: what was encoded is decoded again, and each terminal gets what it can show."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.cells import cell_len
from rich.color import Color, ColorSystem

from console.graphics import kitty, sixel
from console.graphics.method import Method, method_of
from console.graphics.source import MOST_PIXELS, Part, open_scaled
from tests.console.label import cover_jpeg, storyboard_jpeg


@pytest.fixture
def cover(tmp_path: Path) -> Path:
    path = tmp_path / "cover.jpg"
    path.write_bytes(cover_jpeg())
    return path


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.jpg"
    path.write_bytes(storyboard_jpeg())
    return path


# --- which way ---


@pytest.mark.quick
@pytest.mark.parametrize(
    ("environ", "method"),
    [
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, Method.KITTY),
        ({"TERM": "xterm-kitty"}, Method.KITTY),
        ({"TERM": "xterm-ghostty"}, Method.KITTY),
        ({"TERM": "foot"}, Method.SIXEL),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Method.SIXEL),
        ({"TERM": "xterm-256color", "WT_SESSION": "8a"}, Method.SIXEL),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "240202"}, Method.SIXEL),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "210400"}, Method.BLOCKS),
        ({"TERM": "xterm-256color"}, Method.BLOCKS),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/t,1,0", "KITTY_WINDOW_ID": "1"}, Method.BLOCKS),
        ({}, Method.BLOCKS),
    ],
)
def test_the_environment_tells_what_a_terminal_can_show(environ: dict[str, str], method: Method) -> None:
    assert method_of("auto", environ, served=False) is method


@pytest.mark.quick
def test_a_setting_has_the_last_word_but_a_browser_gets_text() -> None:
    assert method_of("sixel", {}, served=False) is Method.SIXEL
    assert method_of("off", {"TERM": "xterm-kitty"}, served=False) is Method.OFF
    assert method_of("kitty", {"TERM": "xterm-kitty"}, served=True) is Method.BLOCKS


@pytest.mark.quick
@pytest.mark.parametrize(("version", "method"), [("0, 26, 5", Method.BLOCKS), ("0, 42, 1", Method.KITTY)])
def test_a_kitty_from_before_placeholders_gets_half_blocks(tmp_path: Path, version: str, method: Method) -> None:
    (tmp_path / "kitty").mkdir()
    (tmp_path / "kitty" / "constants.py").write_text(f"version: Version = Version({version})\n")
    environ = {"TERM": "xterm-kitty", "KITTY_INSTALLATION_DIR": str(tmp_path)}
    assert method_of("auto", environ, served=False) is method


# --- the file ---


def test_a_part_of_a_sheet_is_that_part(sheet: Path) -> None:
    green = open_scaled(sheet, 32, 18, Part(1, 4, 2)).getpixel((0, 0))
    cyan = open_scaled(sheet, 32, 18, Part(4, 4, 2)).getpixel((31, 0))
    assert isinstance(green, tuple)
    assert isinstance(cyan, tuple)
    assert green[1] > 150 > green[0]
    assert cyan[1] > 150 < cyan[2]


def test_a_file_with_too_many_pixels_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    Image.new("1", (MOST_PIXELS // 1000 + 1, 1000)).save(path)
    with pytest.raises(ValueError, match="too many pixels"):
        open_scaled(path, 10, 10)


def test_other_formats_are_refused_by_their_content(tmp_path: Path) -> None:
    path = tmp_path / "cover.jpg"
    Image.new("RGB", (10, 10)).save(path, "GIF")
    with pytest.raises(OSError, match="cannot identify"):
        open_scaled(path, 10, 10)


# --- Kitty ---


def kitty_commands(text: str) -> list[tuple[dict[str, str], str]]:
    """Keys and payload of each command."""
    found = re.findall(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\", text)
    return [(dict(pair.split("=") for pair in keys.split(",")), payload) for keys, payload in found]


def test_kitty_is_sent_a_png_in_chunks_for_these_cells(cover: Path) -> None:
    png = kitty.picture(cover, 320, 320)
    commands = kitty_commands(kitty.send(70, png, 40, 20))
    first, last = commands[0][0], commands[-1][0]
    assert (first["a"], first["U"], first["i"], first["c"], first["r"], first["q"]) == ("T", "1", "70", "40", "20", "2")
    assert all(len(payload) <= 4096 for _, payload in commands)
    assert [keys["m"] for keys, _ in commands] == ["1"] * (len(commands) - 1) + ["0"]
    assert last["m"] == "0"
    with Image.open(io.BytesIO(b64decode("".join(payload for _, payload in commands)))) as decoded:
        assert (decoded.format, decoded.size) == ("PNG", (320, 320))


def test_kittys_cells_name_row_and_column_and_are_one_wide() -> None:
    lines = kitty.cells(70, 40, 20)
    assert len(lines) == 20
    assert {len(line) for line in lines} == {40}
    assert all(cell_len(segment.text) == 1 for line in lines for segment in line)
    marks = kitty.cells(70, kitty.MOST, kitty.MOST)
    assert [line[0].text[1] for line in marks] == [cell.text[2] for cell in marks[0]]
    assert len({line[0].text[1] for line in marks}) == kitty.MOST


@pytest.mark.quick
def test_a_pictures_name_is_the_same_in_256_colours_and_in_true_colour() -> None:
    for name in kitty.names():
        style = kitty.cells(name, 1, 1)[0][0].style
        assert style is not None
        assert style.color is not None
        assert style.color.downgrade(ColorSystem.EIGHT_BIT).number == name
        red, green, blue = Color.from_ansi(name).get_truecolor()
        assert style.color.get_truecolor() == (red, green, blue)
        assert kitty.image_id(name, true_colour=True) == red * 65536 + green * 256 + blue > 0
        assert kitty.image_id(name, true_colour=False) == name


@pytest.mark.quick
def test_no_two_pictures_have_one_name() -> None:
    taken: set[int] = set()
    while (name := kitty.free_name(taken)) is not None:
        assert name not in taken
        taken.add(name)
    assert len(taken) == len(kitty.names()) > 100


@pytest.mark.quick
def test_in_tmux_a_command_is_wrapped_with_its_escapes_doubled() -> None:
    assert kitty.forget(7, tmux=True) == "\x1bPtmux;\x1b\x1b_Ga=d,d=I,i=7,q=2\x1b\x1b\\\x1b\\"


# --- Sixel ---


def decode(text: str) -> tuple[int, int, dict[int, tuple[int, ...]], list[list[int]]]:
    """Width, height, palette in percent, and the colour of every pixel; -1 where none was painted."""
    match = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+);(\d+)((?:#\d+;2;\d+;\d+;\d+)*)(.*)\x1b\\', text, re.DOTALL)
    assert match is not None
    width, height = int(match[1]), int(match[2])
    palette: dict[int, tuple[int, ...]] = {
        int(number): (int(red), int(green), int(blue))
        for number, red, green, blue in re.findall(r"#(\d+);2;(\d+);(\d+);(\d+)", match[3])
    }
    pixels = [[-1] * width for _ in range(height)]
    x = top = colour = 0
    for token in re.findall(r"#\d+|!\d+[?-~]|[?-~]|[-$]", match[4]):
        if token[0] == "#":
            colour = int(token[1:])
        elif token in "-$":
            x, top = 0, top + 6 * (token == "-")
        else:
            count = int(token[1:-1]) if token[0] == "!" else 1
            for place in range(x, x + count):
                for bit in range(6):
                    if (ord(token[-1]) - 63) >> bit & 1:
                        pixels[top + bit][place] = colour
            x += count
    return width, height, palette, pixels


@pytest.mark.quick
@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_pixel_of_a_sixel_picture_comes_back(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 20))
    colours = data.draw(st.integers(1, 9))
    pixels = bytes(data.draw(st.lists(st.integers(0, colours - 1), min_size=width * height, max_size=width * height)))
    palette = data.draw(st.lists(st.integers(0, 255), min_size=3 * colours, max_size=3 * colours))
    found = decode(sixel.encode(pixels, width, height, palette))
    assert found[:2] == (width, height)
    assert found[3] == [list(pixels[row * width : (row + 1) * width]) for row in range(height)]
    assert found[2] == {
        place: tuple(round(value * 100 / 255) for value in palette[3 * place : 3 * place + 3])
        for place in range(colours)
    }


def test_a_cover_in_sixel_has_its_colours(cover: Path) -> None:
    width, height, palette, pixels = decode(sixel.picture(cover, 120, 126))
    assert (width, height) == (120, 126)
    assert all(colour >= 0 for row in pixels for colour in row)
    sky, water = palette[pixels[0][0]], palette[pixels[-1][0]]
    assert sky[2] > sky[0]
    assert water[0] > water[2]
