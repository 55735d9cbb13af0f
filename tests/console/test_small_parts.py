"""Memory, news, changes, errands, sound: small parts without a screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.content import Content

from console.errands import Errands
from console.filefacts import facts_of
from console.memory import Memory, Remembered
from console.messages import Changes
from console.news import toasts
from console.safe import Noted, way
from console.sound import by_telegram, how_to_hear, look
from console.widgets.keyline import Hint, Place, fitting
from engine.api.command_models import CommandResult
from engine.api.models import EngineStatus, Notice, Overview, SwitchState
from engine.lock import EngineState
from engine.safety.secrets import Secret
from engine.settings import Settings
from tests.console.label import NOW

pytestmark = pytest.mark.quick

OFF = SwitchState(False, "", "", "", None)
OVERVIEW = Overview(
    engine=EngineStatus(EngineState.STOPPED, None, None, None, ""),
    cycle=OFF,
    pauses={"all": OFF, "spending": OFF, "publishing": OFF},
    runs={},
    artists={},
    approvals=0,
    errors=0,
    notices=(),
    spend_today_microusd=0,
    seq=0,
)


def test_choices_survive_a_restart_in_a_private_file(tmp_path: Path) -> None:
    Memory(tmp_path / "console.json").change(theme="dusk", pane="runs")
    assert Memory(tmp_path / "console.json").now == Remembered(theme="dusk", pane="runs")
    assert (tmp_path / "console.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '"night"', '{"theme": 7, "pane": null, "unknown": 1}', "\0"])
def test_a_damaged_memory_is_started_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "console.json").write_text(text)
    assert Memory(tmp_path / "console.json").now == Remembered()


def test_a_memory_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    memory = Memory(tmp_path / "file" / "console.json")
    memory.change(theme="dusk")
    assert memory.now.theme == "dusk"


def test_changes_that_were_not_taken_yet_add_up() -> None:
    changes = Changes().plus([("run", "r-1")]).plus([("run", "r-2"), ("llm", "offline")])
    assert changes.touch("llm")
    assert changes.name("run", "r-1")
    assert not changes.touch("artist")
    assert changes.plus([], everything=True).touch("artist")


def test_the_first_look_tells_in_one_line_what_waits() -> None:
    [toast] = toasts(None, replace(OVERVIEW, approvals=3))
    assert toast.text + toast.ways[0] == "3 songs to review: press {pane.2|2}."


def test_a_song_that_this_console_took_back_is_no_news() -> None:
    assert toasts(OVERVIEW, replace(OVERVIEW, approvals=1), taken_back=1) == []
    assert len(toasts(OVERVIEW, replace(OVERVIEW, approvals=2), taken_back=1)) == 1


def test_a_song_that_was_taken_back_is_counted_once() -> None:
    errands, more = Errands(), replace(OVERVIEW, approvals=2)
    errands.take_back()
    assert [errands.returned(OVERVIEW, OVERVIEW), errands.returned(OVERVIEW, more)] == [0, 1]
    assert errands.returned(OVERVIEW, more) == 0
    errands.take_back()
    errands.take_back(-1)
    assert errands.returned(OVERVIEW, more) == 0


def test_a_new_song_to_review_a_new_notice_and_a_new_error_are_news() -> None:
    notice = Notice("n-1", "disk", "error", "Disk full", "The cycle pauses.", NOW)
    now = replace(OVERVIEW, approvals=1, errors=1, notices=(notice,))
    assert [toast.title for toast in toasts(OVERVIEW, now)] == ["Review", "Disk full", "Errors"]
    assert toasts(now, now) == []
    assert toasts(now, OVERVIEW) == []


def test_an_errand_is_followed_until_it_ends() -> None:
    errands = Errands()
    errands.add("q-1")
    result = CommandResult("q-1", "start_run", "running", "", None, None)
    assert errands.touched(Changes().plus([("command", "q-1"), ("command", "q-9")])) == ["q-1"]
    assert errands.settle(result) == ""
    assert errands.settle(replace(result, state="failed", error="no artist")) == "no artist"
    assert errands.touched(Changes(everything=True)) == []


def test_a_player_and_a_device_are_both_needed(tmp_path: Path) -> None:
    def which(name: str) -> str | None:
        return f"/usr/bin/{name}" if name == "aplay" else None

    assert look({}, which, tmp_path).command == ()
    (tmp_path / "pcmC0D0p").touch()
    assert look({}, which, tmp_path).command == ("/usr/bin/aplay", "-q")
    assert "No player" in look({}, lambda _: None, tmp_path).why


def test_over_ssh_nothing_sounds_where_nobody_sits(tmp_path: Path) -> None:
    sound = look({"SSH_CONNECTION": "10.0.0.2 50000 10.0.0.9 22"}, lambda name: f"/usr/bin/{name}", tmp_path)
    assert sound.command == ()
    assert "far machine" in how_to_hear(sound)


def test_a_console_in_a_browser_plays_nothing_on_the_machine_it_runs_on(tmp_path: Path) -> None:
    (tmp_path / "pcmC0D0p").touch()
    sound = look({}, lambda name: f"/usr/bin/{name}", tmp_path, served=True)
    assert not sound.command
    assert "browser" in how_to_hear(sound)


def test_hearing_by_telegram_names_what_is_missing_or_who_gets_it() -> None:
    token = Secret("1234567890:" + "a" * 35)
    assert "TELEGRAM_BOT_TOKEN" in by_telegram(Settings())
    assert "those who enrolled" in by_telegram(replace(Settings(), telegram_bot_token=token))


def test_facts_of_a_file_are_words_with_units() -> None:
    track = {"loudness": {"integrated_lufs": -14.08, "range_lu": 6.2, "true_peak_dbtp": -1.31}}
    assert list(facts_of(track)) == ["loudness -14.1 LUFS", "loudness range 6.2 LU", "true peak -1.3 dBTP"]
    clip = {"width": 1280, "height": 720, "fps": 30, "scenes": ["rain", "tram"], "cuts": [0.0], "lyric_lines": 1}
    assert list(facts_of(clip)) == [
        "1280 by 720 pixels",
        "30 frames a second",
        "2 scenes: rain, tram",
        "1 shot",
        "1 line of lyrics",
    ]


def test_facts_of_another_shape_are_said_plainly() -> None:
    assert list(facts_of({"scenes": 7, "grain_size": 0.25, "marks": [1, 2], "fps": None})) == [
        "scenes 7",
        "grain size 0.25",
        "marks: 2 values",
        "fps None",
    ]


def hint(name: str, place: Place = Place.HERE, *, possible: bool = True) -> Hint:
    return Hint(place, name[0], name[0], name, name[:3], possible)


def test_hints_that_do_not_fit_go_by_what_they_matter() -> None:
    listen, undo = hint("listen"), hint("undo", possible=False)
    out, leave, help_ = hint("back", Place.OUT), hint("quit", Place.QUIT), hint("help", Place.HELP)
    every = [listen, undo, out, leave, help_]
    assert fitting(every, 80) == (every, False)
    assert fitting(every, 32) == ([listen, undo, out, help_], False)
    assert fitting(every, 26) == ([listen, out, help_], False)
    assert fitting(every, 20) == ([listen, out, help_], True)
    assert fitting(every, 12) == ([listen, help_], True)
    assert fitting(every, 1) == ([help_], True)


def test_the_way_back_stays_before_the_last_of_many_hints() -> None:
    every = [*(hint(name * 3) for name in "abcdefg"), hint("back", Place.OUT), hint("help", Place.HELP)]
    assert fitting(every, 60) == ([*every[:6], *every[7:]], True)
    assert fitting(every, 53) == ([*every[:5], *every[7:]], True)
    assert fitting(every, 46) == ([*every[:5], every[-1]], True)


def test_where_there_is_no_way_back_the_key_that_leaves_stays() -> None:
    every = [hint("listen"), hint("quit", Place.QUIT), hint("help", Place.HELP)]
    assert fitting(every, 12) == (every[1:], True)


# --- tables in cards ---


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (40, ["✓ done   concept  0:01  words edited"]),
        (24, ["✓ done   concept  0:01", "         words edited"]),
    ],
)
def test_a_note_that_has_no_room_beside_its_line_stands_below_it_in_the_columns(width: int, lines: list[str]) -> None:
    noted = Noted(Content("✓ done   concept  0:01  "), Content("words edited"), 9)
    assert [found.plain.rstrip() for found in noted.wrap(width)] == lines


def test_a_line_with_no_room_gives_way_to_its_narrow_form() -> None:
    noted = Noted(Content("✓ done   concept  0:01   12 s"), Content("words edited"), 2, Content("✓ concept"))
    assert [found.plain.rstrip() for found in noted.wrap(20)] == ["✓ concept", "  words edited"]


@pytest.mark.parametrize("width", range(20, 130, 7))
def test_a_path_breaks_behind_slashes_and_never_inside_its_suffix(width: int) -> None:
    path = "/srv/label/data/artefacts/a9/" + "a979da86" * 8 + ".wav"
    found = [part.plain for part in way(path).wrap(width)]
    assert "".join(found) == path
    assert max(map(len, found)) <= width
    assert len(found[-1]) > len(".wav")
    if width >= len(name := path.rsplit("/", 1)[1]):
        assert found[-1].endswith(name), "a name that fits stays whole"


def test_what_is_said_of_a_file_stands_behind_its_path_where_it_has_room() -> None:
    known = Content("  9 MB")
    assert [part.plain for part in way("/srv/a.wav", known).wrap(20)] == ["/srv/a.wav  9 MB"]
    assert [part.plain for part in way("/srv/a.wav", known).wrap(12)] == ["/srv/a.wav", "  9 MB"]


def test_a_path_is_made_harmless() -> None:
    assert "\x1b" not in way("/srv/\x1b[31mred.wav").plain
