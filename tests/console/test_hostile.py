"""Text from models and strangers: nothing of it reaches the terminal raw, is parsed, or breaks the layout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from console.safe import block, line, pairs
from console.screens.compare import CompareScreen
from console.screens.listen import ListenScreen
from console.screens.review import ReviewScreen
from console.screens.run import RunScreen
from console.sound import Sound
from engine.api.decide import Decision, Verdict, decide
from engine.domain.song import LyricSection, SectionKind
from tests.console.conftest import Open, press, shown, until
from tests.console.label import ON_TELEGRAM, Label, concept, lyrics

ESCAPES = "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b]52;c;aGk=\x07\x9b2J"
MARKUP = "[red]not red[/] [@click=app.quit]click[/] [/oops] $error \\[x]"
BIDI = "\u202egnol\u202c שלום עולם \u2066x\u2069"
LONG = "long " * 2000
WIDE = "夜の電車" * 200
NUL = "a\0b../../etc/passwd\r\nsecond\ttab"
ALL = {"escapes": ESCAPES, "markup": MARKUP, "bidi": BIDI, "long": LONG, "wide": WIDE, "nul": NUL}


def harmless(text: str) -> bool:
    return not any(
        ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2066" for char in text.replace("\n", "")
    )


async def hostile_label(label: Label, text: str) -> str:
    artist = await label.artist(text[:10_000] or "x", "ambient")
    words = replace(lyrics(), sections=(LyricSection(SectionKind.VERSE, (text, text)),))
    idea = replace(concept(text), premise=text, mood=text, themes=(text,), adjustments=(text,))
    run_id = await label.to_review(artist, text, minutes_ago=900, reason=text, words=words, idea=idea)
    await label.call(run_id, prompt=text, answer=text, provider=text[:50], model=text[:50])
    await label.error(text, run_id=run_id)
    await label.notice(text, text)
    return run_id


@pytest.mark.parametrize("kind", ALL)
async def test_hostile_text_goes_through_every_list_and_the_review(label: Label, console: Open, kind: str) -> None:
    run_id = await hostile_label(label, ALL[kind])
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


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("width", [80, 160])
async def test_hostile_text_goes_through_the_comparison_and_the_listen_screen(
    label: Label, console: Open, kind: str, width: int
) -> None:
    text = ALL[kind]
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
