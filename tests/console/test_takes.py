"""The desk shows both clips of an order, and takes the other one after a second question."""

from __future__ import annotations

from console.screens.review import ReviewScreen
from engine.domain.runs import RunState, Stage
from engine.store import kept, runs
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import Label


async def test_the_desk_names_provider_rights_and_both_takes(label: Label, console: Open) -> None:
    run_id = await label.to_review(await label.artist("Bought Artist"), "Bought Song", bought=True)
    async with console(label.home, (140, 120)) as pilot:
        pilot.app.push_screen(ReviewScreen(run_id))
        await until(pilot, lambda: "clip-2, heard here: 0.93" in shown(pilot))
        text = shown(pilot)
    for part in ("suno  order k-3q8t1m9wza", "plan=Pro; commercial=yes", "clip-1, the other: 0.81", "(as heard)"):
        assert part in text
    assert "lyria is left alone" in text


async def test_the_other_take_is_heard_after_a_second_question(label: Label, console: Open) -> None:
    run_id = await label.to_review(await label.artist("Bought Artist"), "Bought Song", bought=True)
    async with console(label.home, (140, 120)) as pilot:
        pilot.app.push_screen(ReviewScreen(run_id))
        await until(pilot, lambda: "clip-2, heard here" in shown(pilot))
        await press(pilot, "t")
        assert "clip-1 was measured at 0.81 of 1" in shown(pilot)
        await press(pilot, "y")
        await until(pilot, lambda: "becomes version 2" in toasts(pilot))
    async with label.database.read() as connection:
        run = await runs.get(connection, run_id)
        done = await kept.results(connection, run_id, 2)
    assert (run.state, run.version) == (RunState.GENERATING, 2)
    assert done[Stage.TRACK]["artefact"]["sha256"] == "e" * 64 and Stage.CLIP not in done and Stage.COVER in done


async def test_a_track_that_was_made_once_has_no_other_take(label: Label, console: Open) -> None:
    run_id = await label.to_review(await label.artist("Own Artist"), "Own Song")
    async with console(label.home, (140, 120)) as pilot:
        pilot.app.push_screen(ReviewScreen(run_id))
        await until(pilot, lambda: "Own Song" in shown(pilot))
        await press(pilot, "t")
        assert "There is no other take of this track." in toasts(pilot)
