"""Text from models and strangers: nothing of it reaches the terminal raw, is parsed, or breaks the layout."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.message_pump import MessagePump

from benchmarks.terminal import Terminal
from console.safe import block, line, pairs
from console.screens.compare import CompareScreen
from console.screens.difference import RevisionScreen
from console.screens.listen import ListenScreen
from console.screens.review import ReviewScreen
from console.screens.run import RunScreen
from console.sound import Sound
from engine.api.decide import Decision, Verdict, decide
from engine.domain.delivery import DeliveryState as S
from engine.domain.delivery import FileReceipt, Finding, Receipt
from engine.domain.repair import Refusal, RefusalKind, TrialStep
from engine.domain.song import LyricSection, SectionKind
from engine.home import Home
from engine.store import control, deliveries
from tests.console import repairs
from tests.console.conftest import Open, press, quiet, shown, toasts, until
from tests.console.deliveries import Deliveries, add_release, add_targets
from tests.console.label import ON_TELEGRAM, Label, concept, lyrics
from tests.console.test_drawing import opened
from tests.console.test_everywhere import every_place

ESCAPES = "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b]52;c;aGk=\x07\x9b2J"
MARKUP = "[red]not red[/] [@click=app.quit]click[/] [/oops] $error \\[x]"
BIDI = "\u202egnol\u202c שלום עולם \u2066x\u2069"
LONG = "long " * 2000
WIDE = "夜の電車" * 200
NUL = "a\0b../../etc/passwd\r\nsecond\ttab"
C1 = "\x9b31mred\x9d0;title\x9c\x90q\x9c\x85next\x84\x8d"
LINK = "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\ \x1b]52;c;aGk=\x1b\\ \x1b]9;call\x07\x1b]777;a;b\x07"
UNSEEN = "ze\u200bro\u200d\ufeff\u2060 width\u00ad \U000e0041\U000e0042\u115f"
FLOOD = "z" + "\u0301\u0489\u20dd" * 3000 + "algo"
ONE_LINE = "x" * 5_000_000
ALL = {"escapes": ESCAPES, "markup": MARKUP, "bidi": BIDI, "long": LONG, "wide": WIDE, "nul": NUL}
ALL |= {"c1": C1, "link": LINK, "unseen": UNSEEN, "flood": FLOOD}
EVERYTHING = " ".join((MARKUP, ESCAPES, C1, LINK, BIDI, UNSEEN, NUL, FLOOD, WIDE, LONG))
RAW = (
    "\x1b]52",
    "\x1b]8",
    "\x1b]9",
    "\x1b]777",
    "\x1b]0",
    "\x1b[31mred",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\u2060",
)


ONE_LINE_PARAM = pytest.param(ONE_LINE, id="one line")


def alone(*kinds: str) -> Iterator[Any]:
    """Each kind by itself: one every time, the others when there is time."""
    for kind in kinds:
        yield pytest.param(ALL[kind], id=kind, marks=() if kind == "escapes" else (pytest.mark.thorough,))


def harmless(text: str) -> bool:
    return not any(
        ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2066\u200b\u2060\ufeff\u00ad"
        for char in text.replace("\n", "")
    )


async def hostile_label(label: Label, text: str) -> str:
    artist = await label.artist(text[:10_000] or "x", "ambient")
    some = text[:100_000]
    words = replace(lyrics(), sections=(LyricSection(SectionKind.VERSE, (text, some)),))
    idea = replace(concept(some), premise=text, mood=some, themes=(some,), adjustments=(some,))
    run_id = await label.to_review(artist, text, minutes_ago=900, reason=text, words=words, idea=idea)
    await label.call(run_id, prompt=text, answer=text, provider=text[:50], model=text[:50])
    await label.error(text, run_id=run_id)
    await label.notice(text, text)
    return run_id


@pytest.mark.parametrize("text", [*alone(*ALL), pytest.param(EVERYTHING, id="everything"), ONE_LINE_PARAM])
async def test_hostile_text_goes_through_every_list_and_the_review(label: Label, console: Open, text: str) -> None:
    run_id = await hostile_label(label, text)
    async with console(label.home, (160, 60)) as pilot:
        every = [shown(pilot)]
        for screen in (ReviewScreen(run_id), RunScreen(run_id)):
            pilot.app.push_screen(screen)
            await until(pilot, lambda: "waits" in shown(pilot) or "Stages" in shown(pilot))
            await press(pilot, "tab")
            every.append(shown(pilot))
            await press(pilot, "escape")
        await press(pilot, "5", "enter")
        every.append(shown(pilot))
        assert pilot.app.is_running
    for text in every:
        assert harmless(text)
        assert {cell_len(line) for line in text.splitlines()} == {160}


async def test_hostile_text_goes_through_every_place_and_nothing_of_it_can_be_clicked(
    label: Label, console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every pane, screen and dialog; a screen answers to what it was asked and does not run in circles."""
    ids = await hostile_ids(label, EVERYTHING)
    counted = 0
    dispatch = MessagePump._dispatch_message

    async def counting(self: MessagePump, message: Any) -> None:
        nonlocal counted
        counted += 1
        await dispatch(self, message)

    monkeypatch.setattr(MessagePump, "_dispatch_message", counting)
    places: dict[str, int] = {}

    async def look(place: str) -> None:
        nonlocal counted
        places[place], counted = counted, 0
        text = shown(pilot)
        assert harmless(text), place
        assert {cell_len(line) for line in text.splitlines()} == {140}, place
        for strip in pilot.app.screen._compositor.render_strips():
            for segment in strip:
                style = segment.style
                assert style is None or (style.link is None and "@click" not in style.meta), (place, segment)

    async with console(label.home, (140, 45)) as pilot:
        write_log(label.home, EVERYTHING)
        await every_place(pilot, ids, look, plan=False)  # a title of that length makes no plan
        await press(pilot, "6", "G", "enter")
        await look("log line")
        await press(pilot, "escape")
        pilot.app.push_screen(RevisionScreen(ids["review"]))
        await until(pilot, lambda: quiet(pilot))
        await look("difference")
        pilot.app.notify(line(EVERYTHING, limit=400).plain, title=line(EVERYTHING, limit=60).plain, markup=False)
        await pilot.pause()
        await look("toast")
        assert pilot.app.is_running
    assert max(places.values()) < 5000, places  # an open screen takes some 1,400; going in circles never ends


async def test_the_reason_of_a_command_that_failed_is_shown_and_not_obeyed(label: Label, console: Open) -> None:
    async with console(label.home, (140, 45)) as pilot:
        accepted = await pilot.app.desk.link.ask(lambda door: door.commands.start_run())  # type: ignore[attr-defined]
        pilot.app.desk.errands.add(accepted.command_id)  # type: ignore[attr-defined]
        async with label.database.write() as connection:
            await control.finish_command(connection, accepted.command_id, "failed", {"error": EVERYTHING}, label.now)
        await until(pilot, lambda: "That failed" in toasts(pilot))
        await until(pilot, lambda: "[red]not red[/]" in shown(pilot))
        assert harmless(shown(pilot))


@pytest.mark.parametrize("text", [EVERYTHING, ONE_LINE], ids=["everything", "one line"])
async def test_nothing_raw_comes_out_of_a_real_terminal(label: Label, text: str) -> None:
    await hostile_label(label, text)
    write_log(label.home, text)
    with opened(label.home, {}) as terminal:
        terminal.wait_for("Tin Harbour")
        sent = b""
        for keys, words in (("2\r", "Checks"), ("\x7f5\r", "Newest traceback"), ("\x7f6G\r", "Event")):
            for key in keys:
                drawn(terminal)
                sent += terminal.sent()
                terminal.forget()
                terminal.press(key)
            terminal.wait_for(words)
        text = (sent + terminal.sent()).decode()
    assert [raw for raw in RAW if raw in text] == []
    assert not any(0x80 <= ord(char) < 0xA0 for char in text)


def drawn(terminal: Terminal) -> None:
    """Waits until nothing more was written for a while: the key before has had its effect."""
    before = -1
    for _ in range(100):
        if terminal.written == before:
            return
        before = terminal.written
        time.sleep(0.3)


async def hostile_ids(label: Label, text: str) -> dict[str, str]:
    """A hostile label and what to open in it, by the names that `every_place` knows."""
    run_id = await hostile_label(label, text)
    artist = await label.artist(text[:9_000], "folk")
    failed = await label.failed(artist, text, text)
    error = await label.error(text, run_id=failed)
    patch = await hostile_repair(label, error, text)
    found = {"review": run_id, "failed": failed, "Vesper Lane": artist, "error": error, "patch": patch}
    return {**found, **await hostile_deliveries(label, run_id, artist, text)}


async def hostile_deliveries(label: Label, run_id: str, artist_id: str, text: str) -> dict[str, str]:
    """One delivery in whose every word of others the text stands."""
    some = text[:2_000]
    await add_targets(label)
    found = {"release": await add_release(label, run_id, artist_id, text, 1)}
    put = Deliveries(label)
    found["delivered"] = await put.asked(found["release"], "merlin")
    receipt = Receipt(some, some, (), (some, some))
    columns: dict[str, Any] = {"receipt": receipt, "note": some, "at_file": some, "bytes_total": 9, "bytes_done": 4}
    await put.move(found["delivered"], S.QUEUED, S.SENDING, S.DELIVERED, **columns)
    async with label.database.write() as connection:
        delivery = await deliveries.get(connection, found["delivered"])
        await deliveries.has(connection, delivery, FileReceipt(some, some, 1, some, label.now))
        await deliveries.checked(connection, "merlin", [Finding(some, False, some, some)], label.now)
    failed = await put.asked(found["release"], "usb")
    await put.move(failed, S.QUEUED, S.SENDING, S.FAILED, failure={"cause": some, "fix": some})
    return found


async def hostile_repair(label: Label, group_id: str, text: str) -> str:
    """A diagnosis, a patch and a trial that hold the text wherever they hold words of others; the patch's id."""
    some = text.replace("\n", " ")[:4_000]
    said = replace(repairs.DIAGNOSIS, summary=some, explanation=text, action=text, suspects=(some, some), by=some)
    await repairs.set_up(label, replace(repairs.CAN, refused=some))
    await repairs.diagnose(label, group_id, said)
    lines = "\n".join(f"+{part}" for part in text.split("\n"))
    count = lines.count("\n") + 1
    diff = f"--- a/{some}\n+++ b/{some}\n@@ -1,1 +1,{count + 1} @@ {some}\n {some}\n{lines}\n"
    refusals = [Refusal(RefusalKind.POLICY, text)] * 2
    values: dict[str, Any] = {"files": [some], "author": some, "note": text, "refusals": refusals, "number": 77}
    patch = await repairs.propose(label, group_id, f"{some}\n{diff}", **values)
    steps = (TrialStep(some, True, 1.0, text), TrialStep(some, False, 1.0, text))
    await repairs.tried(label, patch, replace(repairs.PASSED, steps=steps, log=text, isolated=False, reason=some))
    return patch


def write_log(home: Home, text: str) -> None:
    """What a log file may hold: lines as we write them, with foreign text in every field, and lines that are none."""
    some = text[:5_000]
    entry = {"ts": text[:40], "level": text[:40], "logger": some, "event": text, "run_id": some, text[:50]: some}
    entry["exc"] = {"type": some, "msg": some, "frames": [[some, 1, some, True]], "chain": []}  # type: ignore[assignment]
    home.engine_log.parent.mkdir(parents=True, exist_ok=True)
    home.engine_log.write_text(text.replace("\n", " ") + "\n" + json.dumps(entry) + "\n")


async def test_markup_in_a_name_is_shown_and_not_obeyed(label: Label, console: Open) -> None:
    await hostile_label(label, MARKUP)
    async with console(label.home, (160, 60)) as pilot:
        assert "[red]not red[/]" in shown(pilot)


@pytest.mark.quick
@pytest.mark.parametrize("text", ALL.values())
def test_content_from_foreign_text_has_no_markup_and_no_control(text: str) -> None:
    for content in (line(text), block(text), pairs([("x", block(text))])):
        assert harmless(content.plain)
    spans: list[Any] = list(line(text).spans)
    assert spans == []


@pytest.mark.parametrize("text", [*alone(*ALL), pytest.param(EVERYTHING, id="everything")])
@pytest.mark.parametrize("width", [80, 160])
async def test_hostile_text_goes_through_the_comparison_and_the_listen_screen(
    label: Label, console: Open, text: str, width: int
) -> None:
    artist = await label.artist("Plain Name", "ambient")
    first = await label.to_review(artist, text, idea=replace(concept(text), mood=text))
    verdict = Verdict(Decision.REJECT, (), text[:1500])
    async with label.database.write() as connection:
        await decide(connection, first, verdict, ON_TELEGRAM, label.now, grace_s=0, retirement_threshold=5)
    second = await label.to_review(artist, text, minutes_ago=900)
    async with console(label.home, (width, 70)) as pilot:
        every = []
        pilot.app.push_screen(CompareScreen(second))
        await until(pilot, lambda: "Waveforms" in shown(pilot) and "tempo" in shown(pilot))
        every.append(shown(pilot))
        pilot.app.push_screen(ListenScreen(Sound((), text), Path("/tmp") / text.replace("/", "")[:200]))
        await until(pilot, lambda: "The file, for any player" in shown(pilot))
        every.append(shown(pilot))
    for seen in every:
        assert harmless(seen)
        assert {cell_len(row) for row in seen.splitlines()} == {width}
