"""The review desk around the decision: pictures, stills, how to hear it, the queue, and what came before."""

from __future__ import annotations

import http.client
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console import sheet as sheet_words
from console.comparison import FACTS, difference, table
from console.graphics.method import Cell
from console.loudness import scale_of, scales
from console.screens.compare import CompareScreen
from console.screens.listen import ListenScreen
from console.screens.review import ReviewScreen
from console.sound import Sound
from console.waiting import words as queue_words
from console.widgets.picture import Picture
from engine.api import Access
from engine.api.decide import Decision, Verdict, decide
from engine.api.models import ReviewSheet
from engine.api.screen_models import QueuePlace
from engine.domain.learning import ReasonTag
from engine.domain.media import Loudness
from engine.domain.song import Section, SectionKind
from engine.home import Home
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import NOW, OPERATOR, Label, facts
from tests.console.test_review import open_review

pytestmark = pytest.mark.thorough

TALL = (200, 120)


class Terminal:
    """Stands where the terminal is, and keeps what is sent past the screen."""

    def __init__(self, pilot: Any) -> None:
        self.sent: list[str] = []
        driver = pilot.app._driver
        driver.write = self.sent.append

    def text(self) -> str:
        return "".join(self.sent)


# --- pictures ---


async def test_kitty_gets_each_picture_once_and_forgets_it_when_the_review_closes(filled: Home, console: Open) -> None:
    async with console(filled, TALL, console_pictures="kitty") as pilot:
        terminal = Terminal(pilot)
        screen = await open_review(pilot)
        await until(pilot, lambda: all(p.drawn.image for p in screen.query(Picture) if p.path))
        images = {p.drawn.image for p in screen.query(Picture) if p.path}
        assert len(images) == 7
        assert {int(found) for found in re.findall(r"a=T,U=1,f=100,t=d,i=(\d+)", terminal.text())} == images
        assert "\U0010eeee" in shown(pilot)
        await press(pilot, "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ReviewScreen))
        assert "\U0010eeee" not in shown(pilot)
        await until(pilot, lambda: images == {int(i) for i in re.findall(r"a=d,d=I,i=(\d+)", terminal.text())})


async def test_under_a_question_half_blocks_stand_for_pixels(filled: Home, console: Open) -> None:
    async with console(filled, TALL, console_pictures="kitty") as pilot:
        await open_review(pilot)
        await until(pilot, lambda: "\U0010eeee" in shown(pilot))
        await press(pilot, "a")
        await until(pilot, lambda: "\U0010eeee" not in shown(pilot) and "▀" in shown(pilot))
        await press(pilot, "escape")
        await until(pilot, lambda: "\U0010eeee" in shown(pilot))


async def test_a_resize_sends_the_picture_anew_and_drops_the_old_one(filled: Home, console: Open) -> None:
    async with console(filled, TALL, console_pictures="kitty") as pilot:
        terminal = Terminal(pilot)
        screen = await open_review(pilot)
        cover = screen._picture
        await until(pilot, lambda: bool(cover.drawn.image))
        before = cover.drawn.image
        await pilot.resize_terminal(120, 60)
        await until(pilot, lambda: bool(cover.drawn.image) and len(cover.drawn.cells[0]) == cover.size.width)
        columns = f",c={cover.size.width},"
        dropped = terminal.text().index(f"a=d,d=I,i={before},")
        assert columns in terminal.text()[dropped:]


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that knows its cells."""
    monkeypatch.setattr(Picture, "cell", Cell(8, 16))


def painted(pilot: Any) -> str:
    """What a whole frame sends to the terminal."""
    frame = pilot.app.screen._compositor.render_full_update()
    return str(frame.render_segments(pilot.app.console))


@pytest.mark.usefixtures("cells")
async def test_sixel_is_painted_by_the_frame_at_its_place(filled: Home, console: Open) -> None:
    async with console(filled, TALL, console_pictures="sixel") as pilot:
        screen = await open_review(pilot)
        await until(pilot, lambda: all(p._paints for p in screen.query(Picture) if p.path))
        region = screen._picture.region
        frame = painted(pilot)
        assert f'\x1b7\x1b[{region.y + 1};{region.x + 1}H\x1bP0;1;0q"1;1;{region.width * 8};' in frame
        assert frame.count("\x1bP") == frame.count("\x1b8") == 7


@pytest.mark.usefixtures("cells")
async def test_sixel_leaves_nothing_under_a_question_or_on_another_screen(filled: Home, console: Open) -> None:
    async with console(filled, TALL, console_pictures="sixel") as pilot:
        screen = await open_review(pilot)
        await until(pilot, lambda: screen._picture._paints)
        await press(pilot, "a")
        await until(pilot, lambda: not screen._picture._paints)
        assert "\x1bP" not in painted(pilot)
        assert "▀" in shown(pilot)
        await press(pilot, "escape", "escape")
        assert "\x1bP" not in painted(pilot)


@pytest.mark.usefixtures("cells")
async def test_sixel_gives_way_to_a_toast_over_it_and_comes_back(filled: Home, console: Open) -> None:
    async with console(filled, (120, 40), console_pictures="sixel") as pilot:
        screen = await open_review(pilot)
        await until(pilot, lambda: screen._picture._paints)
        pilot.app.notify("\n".join("over it" for _ in range(20)), timeout=60)
        await until(pilot, lambda: any(toast.region.height > 20 for toast in screen.query("Toast")))
        for toast in screen.query("Toast"):
            toast.styles.offset = (-40, 0)
        await until(pilot, lambda: not screen._picture._paints)
        assert "\x1bP" not in painted(pilot)
        pilot.app.clear_notifications()
        await until(pilot, lambda: screen._picture._paints)


async def test_sixel_without_a_known_cell_size_is_half_blocks(filled: Home, console: Open) -> None:
    async with console(filled, TALL, console_pictures="sixel") as pilot:
        await open_review(pilot)
        await until(pilot, lambda: "▀" in shown(pilot))
        assert "\x1bP" not in painted(pilot)


async def test_a_browser_gets_half_blocks_whatever_the_setting(filled: Home, console: Open) -> None:
    async with console(filled, TALL, access=Access(served=True), console_pictures="kitty") as pilot:
        await open_review(pilot)
        await until(pilot, lambda: "▀" in shown(pilot))
        assert "\U0010eeee" not in shown(pilot)


async def test_pictures_can_be_switched_off(filled: Home, console: Open) -> None:
    async with console(filled, TALL, console_pictures="off") as pilot:
        await open_review(pilot)
        await until(pilot, lambda: "Pictures are off" in shown(pilot))
        assert "▀" not in shown(pilot)


# --- stills ---


async def test_stills_stand_with_their_times_and_sections(filled: Home, console: Open) -> None:
    async with console(filled, TALL) as pilot:
        await open_review(pilot)
        text = shown(pilot)
    for words in ("Storyboard", "0:02  intro", "0:22  verse", "0:42  chorus", "1:42  outro"):
        assert words in text, words


async def test_an_older_song_says_that_it_has_none(label: Label, console: Open) -> None:
    artist = await label.artist("Old Hand")
    await label.to_review(artist, "Before the Stills", minutes_ago=500, storyboard=False)
    async with console(label.home, TALL) as pilot:
        await open_review(pilot)
        assert "Before the Stills" in shown(pilot)
        assert "There is none: this song was made" in shown(pilot)


# --- hearing it ---


async def test_where_nothing_can_play_it_says_how_to_hear_it(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_review(pilot)
        assert screen.sheet is not None
        screen.sound = Sound((), "No player is installed here.")
        await press(pilot, "l")
        assert isinstance(pilot.app.screen, ListenScreen)
        text = shown(pilot)
        assert "No player is installed here." in text
        assert "scp " in text
        assert screen.sheet.track.name[:20] in text.replace("\n", "")
        assert "http://" not in text
        assert "By Telegram: Not set up: TELEGRAM_BOT_TOKEN" in text


async def test_the_listen_screen_is_copied_from_and_a_link_goes_to_no_file(filled: Home, console: Open) -> None:
    async with console(filled, TALL) as pilot:
        screen = await open_review(pilot)
        assert screen.sheet is not None
        await press(pilot, "L")
        listening = pilot.app.screen
        assert isinstance(listening, ListenScreen) and listening.link is not None
        await press(pilot, "y", "L")
        assert pilot.app.clipboard == listening.link.address
        await press(pilot, "y", "p")
        assert pilot.app.clipboard == str(screen.sheet.track)
        await press(pilot, "y", "f")
        await until(pilot, lambda: any((filled.data / "exports").glob("*")))
        [file] = (filled.data / "exports").glob("*")
        assert str(screen.sheet.track) in file.read_text() and "http" not in file.read_text()


async def test_a_link_gives_the_track_and_ends_with_its_screen(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_review(pilot)
        assert screen.sheet is not None
        await press(pilot, "L")
        listening = pilot.app.screen
        assert isinstance(listening, ListenScreen)
        link = listening.link
        assert link is not None
        assert link.address in shown(pilot)
        assert f"ssh -N -L {link.port}:127.0.0.1:{link.port}" in shown(pilot)
        connection = http.client.HTTPConnection("127.0.0.1", link.port, timeout=10)
        connection.request("GET", link.target)
        assert connection.getresponse().read() == screen.sheet.track.read_bytes()
        connection.close()
        await until(pilot, lambda: "It was fetched whole" in shown(pilot))
        await press(pilot, "escape")
        with pytest.raises(ConnectionError):
            http.client.HTTPConnection("127.0.0.1", link.port, timeout=10).request("GET", link.target)


async def test_a_new_link_ends_the_one_before(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "L")
        listening = pilot.app.screen
        assert isinstance(listening, ListenScreen)
        first = listening.link
        await press(pilot, "L")
        assert first is not None
        assert first.state == "closed"
        assert listening.link is not None
        assert listening.link.state == "open"


async def test_a_browser_session_opens_no_link(filled: Home, console: Open) -> None:
    async with console(filled, access=Access(served=True)) as pilot:
        await open_review(pilot)
        await press(pilot, "L")
        listening = pilot.app.screen
        assert isinstance(listening, ListenScreen)
        assert listening.link is None
        assert "From a browser no link is opened" in shown(pilot)
        await press(pilot, "L")
        assert listening.link is None


async def test_a_track_whose_file_is_gone_is_named_and_no_link_opens(filled: Home, console: Open) -> None:
    for file in filled.artefacts.rglob("*.wav"):
        file.unlink()
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "L")
        assert "The link cannot be opened" in toasts(pilot)


# --- the queue ---


async def test_the_head_says_where_in_the_queue_one_is(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        assert "1 of 2, waits 34 min" in shown(pilot)
        await press(pilot, "right_square_bracket")
        await until(pilot, lambda: "2 of 2, waits 4 min" in shown(pilot))


async def sheet_of(pilot: Any) -> ReviewSheet:
    """The sheet of the song that waits longest."""
    screen = await open_review(pilot)
    assert screen.sheet is not None
    return screen.sheet


async def test_a_pulse_that_is_too_soft_shows_no_tempo_anywhere(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        sheet = await sheet_of(pilot)
    clear = replace(sheet, facts=replace(sheet.facts, tempo_bpm=47.9, tempo_confidence=0.91))
    soft = replace(sheet, facts=replace(sheet.facts, tempo_bpm=47.9, tempo_confidence=0.16))
    assert "95.8 bpm (heard at half time, 91% sure)" in sheet_words.facts(clear).plain
    assert "not heard clearly" in sheet_words.facts(soft).plain and "47.9" not in sheet_words.facts(soft).plain
    assert "16%" not in sheet_words.facts(soft).plain
    compared = table(soft, [clear], 100).plain
    assert re.search(r"tempo +not heard clearly +95\.8 bpm *$", compared, re.MULTILINE)


async def test_one_key_has_one_spelling_on_the_whole_sheet(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        sheet = await sheet_of(pilot)
    flat = replace(
        sheet,
        concept=replace(sheet.concept, key="A flat minor"),
        timeline=replace(sheet.timeline, key="G sharp minor"),
    )
    assert "A flat minor    A flat minor (as composed)" in sheet_words.facts(flat).plain
    assert "A flat minor" in sheet_words.headline(flat)[1].plain
    everywhere = (sheet_words.facts(flat).plain, sheet_words.headline(flat)[1].plain, table(flat, [flat], 100).plain)
    assert not any("sharp" in text for text in everywhere)


@pytest.mark.quick
def test_a_song_that_left_the_queue_says_how_many_wait() -> None:
    now = NOW + timedelta(minutes=34)
    assert queue_words(QueuePlace(3, NOW, None, "a", "c"), now) == "3 waiting, longest wait 34 min"
    assert queue_words(QueuePlace(), now) == "nothing else waits"


# --- comparing ---


PART = Section(SectionKind.CHORUS, 8.0, 24.0, 8, 1.0)


@pytest.fixture
async def catalogue(label: Label) -> Label:
    """An artist with three decided tracks and one that waits longest of all."""
    artist = await label.artist("Vesper Fields")
    changes: list[tuple[str, dict[str, Any]]] = [
        ("First Light", {"tempo_bpm": 88.2}),
        ("Second Wind", {"loudness": Loudness(-15.4, 6.2, -1.3)}),
        ("Third Rail", {"brightness_hz": 3100.0}),
    ]
    for days, (title, change) in zip((9, 8, 7), changes, strict=True):
        label.now = NOW - timedelta(days=days)
        run_id = await label.to_review(artist, title, measured=replace(facts(), **change))
        verdict = (
            Verdict(Decision.REJECT, (ReasonTag.TOO_SLOW,), "it drags") if days == 9 else Verdict(Decision.APPROVE)
        )
        async with label.database.write() as connection:
            await decide(connection, run_id, verdict, OPERATOR, label.now, grace_s=0, retirement_threshold=5)
    label.now = NOW
    await label.to_review(artist, "Fourth Wall", minutes_ago=700)
    return label


@pytest.mark.parametrize("size", [(80, 60), (140, 60), (200, 60)])
async def test_a_track_is_compared_with_three_before_it(catalogue: Label, console: Open, size: tuple[int, int]) -> None:
    async with console(catalogue.home, size) as pilot:
        await open_review(pilot)
        await press(pilot, "c")
        assert isinstance(pilot.app.screen, CompareScreen)
        await pilot.resize_terminal(size[0], 100)
        await until(pilot, lambda: "Third Rail" in shown(pilot))
        text = shown(pilot)
    for words in ("▲ faster", "▲ louder", "▼ darker", "= alike", "First Light", "Second Wind", "88.2 bpm", "3,100 Hz"):
        assert words in text, words
    assert "Rejected by ada in the console" in text
    assert "[too-slow]" in text
    assert "“it drags”" in " ".join(text.split())


async def test_what_is_heard_in_tracks_is_compared_where_all_were_listened_to(label: Label, console: Open) -> None:
    artist = await label.artist("Vesper Fields")
    for title, minutes, energy in (("Calm One", 800, 0.4), ("Driven One", 700, 0.7)):
        heard = replace(facts(), key="C major", key_confidence=0.61, energy=energy, parts=(PART,))
        await label.to_review(artist, title, minutes_ago=minutes, measured=heard)
    async with console(label.home, (140, 100)) as pilot:
        await open_review(pilot)
        text = shown(pilot)
        for words in ("C major (61% sure)", "1 heard, peak 0:08"):
            assert words in text, words
        await press(pilot, "c")
        await until(pilot, lambda: "energy" in shown(pilot))
        assert isinstance(pilot.app.screen, CompareScreen)


async def test_a_first_track_has_nothing_to_compare_with(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "c")
        await until(pilot, lambda: "the artist's first track" in shown(pilot))


async def test_only_tracks_before_it_and_of_the_same_artist_are_compared(catalogue: Label, console: Open) -> None:
    async with console(catalogue.home) as pilot:
        app: Any = pilot.app
        waiting = await app.desk.link.ask(lambda door: door.queries.approvals())
        found = await app.desk.link.ask(lambda door: door.queries.previous_sheets(waiting.rows[0].run_id))
        assert [sheet.run.title for sheet in found] == ["Third Rail", "Second Wind", "First Light"]
        earliest = await app.desk.link.ask(lambda door: door.queries.previous_sheets(found[-1].run.id))
        assert earliest == ()


@pytest.mark.quick
def test_differences_that_nobody_hears_are_alike() -> None:
    tempo = next(fact for fact in FACTS if fact.name == "tempo")
    assert difference(tempo, 96.0, 95.2) == ("=", "alike")
    assert difference(tempo, 96.0, 90.0) == ("▲", "faster")
    assert difference(tempo, 90.0, 96.0) == ("▼", "slower")
    peak = next(fact for fact in FACTS if fact.name == "true peak")
    assert difference(peak, float("-inf"), float("-inf")) == ("=", "alike")


# --- loudness ---


@pytest.mark.quick
def test_loudness_stands_on_a_scale_with_its_limits() -> None:
    assert scale_of(-14.0, (-20.0, -8.0), (-15.0, -13.0), 13) == "·····━●━·····"
    assert scale_of(float("-inf"), (-20.0, -8.0), (-15.0, -13.0), 13) == "●····━━━·····"
    assert scale_of(0.0, (-20.0, -8.0), (-15.0, -13.0), 13) == "·····━━━····●"


@pytest.mark.quick
def test_loudness_outside_its_limits_says_so_in_words() -> None:
    assert "✗ too quiet by 2.7" in scales(Loudness(-17.2, 6.0, -1.3)).plain
    assert "✗ too high by 1.4" in scales(Loudness(-14.0, 6.0, 0.4)).plain
    assert scales(Loudness(-14.0, 6.0, -1.0)).plain.count("✓ ok") == 2
