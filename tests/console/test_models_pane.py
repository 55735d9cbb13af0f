"""The list of language models: what stands in it at each width, and at its foot."""

from __future__ import annotations

from datetime import timedelta

from console.human import soon
from console.panes.models import ModelsPane
from engine.domain.models import Attempt, ChainEvent, Health, HealthState, ModelName, Outcome, Role
from engine.safety.text import cell
from engine.store import chains, health, models
from tests.console.conftest import Open, press, shown, until
from tests.console.label import NOW, Label

FLASH, FLASHIER = ModelName("deepseek", "deepseek-v5-preview-1"), ModelName("deepseek", "deepseek-v5-preview-2")
GROK = ModelName("grok", "grok-4.20-beta-latest-non-reasoning")


async def fill(label: Label) -> None:
    """A model that rests, one that answers for it, and one whose key is refused."""
    for ok, took in ((False, 300), (True, 1200), (True, 3000), (True, 45_000)):
        await label.call(None, provider=FLASHIER.provider, model=FLASHIER.model, ok=ok, latency_ms=took)
    attempts = (
        Attempt(FLASH, Outcome.RATE_LIMITED, "rate limited (429): slow down", 310),
        Attempt(FLASHIER, Outcome.ANSWERED, "", 1200, 1800),
    )
    why = f"{FLASH} (rate limited (429): slow down)"
    async with label.database.write() as connection:
        await models.set_rungs(connection, Role.LYRICS, [(FLASH, "as set"), (FLASHIER, "as set")], NOW)
        await chains.add(
            connection, ChainEvent("h-1", Role.LYRICS, "lyrics-2", attempts, FLASHIER, True, why, 1510), None, None, NOW
        )
        rests = Health(FLASH, HealthState.COOLING, "rate limited (429): slow down", NOW + timedelta(minutes=4), 2)
        await health.put(connection, rests, NOW)
        refused = Health(ModelName("grok", ""), HealthState.KEY_REFUSED, "key refused (401)", None, 1)
        await health.put(connection, refused, NOW)
        await models.set_rungs(connection, Role.CONCEPT, [(GROK, "as set")], NOW)


def row_of(text: str, name: str) -> str:
    """The line of a model, in single spaces."""
    return next(" ".join(line.split()) for line in text.splitlines() if name in line)


async def test_a_wide_list_says_all_that_is_known_of_a_model(label: Label, console: Open) -> None:
    await fill(label)
    async with console(label.home, (200, 60)) as pilot:
        await press(pilot, "4", "m")
        await until(pilot, lambda: str(FLASH) in shown(pilot))
        text = shown(pilot)
        [pane] = pilot.app.screen.query(ModelsPane)
        titles = [column.title for column, _ in pane._layout(pane.size.width)]
        foot = str(pane.border_subtitle)
    assert set(titles) >= {"state", "until", "why", "calls", "errors", "p50", "p95", "today", "ladders"}
    assert f"cooling {soon(NOW + timedelta(minutes=4), NOW)} 0" in row_of(text, str(FLASH))
    assert "rate limited (429): slow down lyrics 1" in row_of(text, str(FLASH))
    assert "ready 4 25% 3.0 s 45 s" in row_of(text, str(FLASHIER)) and "lyrics 2" in row_of(text, str(FLASHIER))
    assert "! key - 0" in row_of(text, "grok:") and "key refused (401) concept 1" in row_of(text, "grok:")
    assert foot.endswith(f", lyrics: {FLASH} (rate limited (429): slow down)") and "last fallback" in foot


async def test_a_narrow_list_keeps_state_and_until_when_and_at_its_foot_why_another_answered(
    label: Label, console: Open
) -> None:
    await fill(label)
    async with console(label.home, (80, 24)) as pilot:
        await press(pilot, "4")
        await until(pilot, lambda: str(FLASH) in shown(pilot))
        text = shown(pilot)
        [pane] = pilot.app.screen.query(ModelsPane)
        foot = str(pane.border_subtitle)
    assert f"cooling {soon(NOW + timedelta(minutes=4), NOW)}" in row_of(text, str(FLASH))
    assert foot.endswith(": rate limited (429): slow down") and "fallback" in foot


async def test_at_middle_width_the_reason_stands_in_the_list(label: Label, console: Open) -> None:
    await fill(label)
    async with console(label.home, (120, 40)) as pilot:
        await press(pilot, "4", "m")
        await until(pilot, lambda: "why" in shown(pilot) and str(FLASH) in shown(pilot))
        text = shown(pilot)
    assert "rate limited (429): slow" in row_of(text, str(FLASH))


async def test_no_list_cuts_two_models_to_the_same_name(label: Label, console: Open) -> None:
    await fill(label)
    async with console(label.home, (120, 40)) as pilot:
        await until(pilot, lambda: "deepseek:" in shown(pilot))
        [pane] = pilot.app.screen.query(ModelsPane)
        [(column, width)] = [each for each in pane._layout(pane.size.width) if each[0].title == "model"]
    names = {cell(str(name), width, tail=column.tail) for name in (FLASH, FLASHIER)}
    assert len(names) == 2 and all(name.startswith("deepseek:") for name in names)
