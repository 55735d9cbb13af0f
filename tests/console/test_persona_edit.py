"""A persona is edited on its screen: checked while it is typed, shown as a difference, made in a second step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from console import persona_form as form
from console.screens.artist import ArtistScreen
from console.screens.confirm import Confirm
from console.screens.persona import PersonaScreen
from console.screens.persona_plan import PersonaPlanScreen
from engine.api.persona_edit import edit
from engine.domain.originality import refused
from engine.domain.persona import FIELDS, Habits, fingerprint
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.store import artists
from tests.console.conftest import Open, press, quiet, shown, toasts, until
from tests.console.label import NOW, OPERATOR, Label, persona

pytestmark = pytest.mark.thorough

GRACE = Actor(ActorKind.OPERATOR, Channel.CLI, "grace")
SIZE = (120, 50)


async def open_form(pilot: Pilot[int], ids: dict[str, str]) -> PersonaScreen:
    artist = ArtistScreen(ids["Vesper Lane"])
    pilot.app.push_screen(artist)
    await until(pilot, lambda: artist.found is not None)
    await press(pilot, "e")
    screen = pilot.app.screen
    assert isinstance(screen, PersonaScreen)
    return screen


async def write(pilot: Pilot[int], screen: PersonaScreen, path: str, text: str) -> None:
    field = screen._fields[path]
    field.focus()
    if isinstance(field, Input):
        field.value = text
    else:
        field.text = text
    await pilot.pause()
    await until(pilot, lambda: quiet(pilot))


async def stored(pilot: Pilot[int], ids: dict[str, str]) -> Any:
    app: Any = pilot.app
    return await app.desk.link.ask(lambda door: door.queries.artist(ids["Vesper Lane"]))


async def test_every_field_has_a_box_with_what_stands_there(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, (120, 100)) as pilot:
        screen = await open_form(pilot, ids)
        text = shown(pilot)
        assert list(screen.typed) == list(FIELDS)
        assert screen.problems() == [] and screen.touched == []
    for words in ("late-night radio of the eighties", "#d7875f", "84", "F major", "shouts", "a lit window in the rain"):
        assert words in text, words


@pytest.mark.parametrize(
    "size", [(80, 24), *(pytest.param(size, marks=pytest.mark.thorough) for size in ((120, 40), (200, 60)))]
)
async def test_every_field_can_be_reached_and_typed_into_at_every_size(
    filled: Home, console: Open, ids: dict[str, str], size: tuple[int, int]
) -> None:
    async with console(filled, size) as pilot:
        screen = await open_form(pilot, ids)
        for path, field in screen._fields.items():
            assert pilot.app.focused is field, path
            assert field.region.width >= 12 and screen.region.contains_region(field.region), path
            await press(pilot, "tab")


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("name", "", "needs at least one letter"),
        ("name", "OHM GARDEN", "is the name of another artist"),
        ("genre", "polka", "is none of"),
        ("visual_identity.palette.glow", "red", "write it as #rrggbb"),
        ("visual_identity.palette.ink", "#14122b", "cannot be read on the ground"),
        ("habits.tempo_min", "fast", "is no whole number"),
        ("habits.tempo_min", "200", "is below the slowest tempo"),
        ("habits.keys", "H minor", "is no key"),
        ("themes", "", "at least one is needed"),
        ("traits", "dry\ndry", "twice"),
    ],
)
async def test_what_cannot_be_used_is_said_at_the_field_while_it_is_typed(
    filled: Home, console: Open, ids: dict[str, str], path: str, text: str, words: str
) -> None:
    async with console(filled, SIZE) as pilot:
        screen = await open_form(pilot, ids)
        await write(pilot, screen, path, text)
        wrong = [field for field in screen._fields.values() if field.has_class("-wrong")]
        assert len(wrong) == 1
        assert words in next(iter(screen._wrong.values()))
        assert "✗" in str(wrong[0].border_subtitle)
        wrong[0].focus()
        await pilot.pause()
        assert words.split(";")[0] in " ".join(shown(pilot).split())
        await press(pilot, "f2")
        assert pilot.app.screen is screen and pilot.app.focused is wrong[0]
        await write(pilot, screen, path, screen._shown[path])
        assert not screen.query(".-wrong")


async def test_a_colour_shows_itself_beside_its_value(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, SIZE) as pilot:
        screen = await open_form(pilot, ids)
        await write(pilot, screen, "visual_identity.palette.glow", "#00FF00")
        field = screen._fields["visual_identity.palette.glow"]
        assert "#00ff00 on #00ff00" in str(field.border_subtitle)


async def test_the_changes_are_shown_and_made_only_after_a_second_question(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, SIZE) as pilot:
        screen = await open_form(pilot, ids)
        await write(pilot, screen, "voice", "low and unhurried, far from the microphone")
        await write(pilot, screen, "traits", "patient\nwry\nbrave\n")
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, PersonaPlanScreen)
        text = shown(pilot)
        for words in ("- low and unhurried, close to", "+ low and unhurried, far from", "- homesick", "+ brave"):
            assert words in text, words
        assert "keys" not in text.lower().split("what this does")[0]
        await press(pilot, "f2", "n")
        assert (await stored(pilot, ids)).persona.voice == persona().voice
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ArtistScreen))
        found = await stored(pilot, ids)
        await until(pilot, lambda: "far from the microphone" in shown(pilot))
    assert found.persona.traits == ("patient", "wry", "brave")
    assert [change.field for change in found.history[:2]] == ["traits", "voice"]


async def test_back_from_the_difference_keeps_what_was_typed(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, SIZE) as pilot:
        screen = await open_form(pilot, ids)
        await write(pilot, screen, "voice", "loud")
        await press(pilot, "f2", "escape")
        assert pilot.app.screen is screen and screen.typed["voice"] == "loud"


async def test_nothing_changed_goes_nowhere(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, SIZE) as pilot:
        screen = await open_form(pilot, ids)
        await press(pilot, "f2")
        assert pilot.app.screen is screen and "Nothing was changed" in toasts(pilot)


async def test_leaving_asks_before_changes_are_lost(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled, SIZE) as pilot:
        screen = await open_form(pilot, ids)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ArtistScreen)
        await press(pilot, "e")
        again: Any = pilot.app.screen
        await write(pilot, again, "voice", "loud")
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, Confirm) and "You have changed: voice" in shown(pilot)
        await press(pilot, "n")
        assert pilot.app.screen is again
        await press(pilot, "escape", "y")
        assert isinstance(pilot.app.screen, ArtistScreen)
    assert screen is not again


async def elsewhere(label: Label, artist_id: str, **fields: Any) -> None:
    async with label.database.read() as connection:
        before = (await artists.get(connection, artist_id)).persona
    await edit(label.database, artist_id, replace(before, **fields), fingerprint(before), GRACE, NOW, names=refused)


async def test_somebody_else_s_change_is_told_at_once_and_never_overwritten(
    filled: Home, label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, SIZE) as pilot:
        screen = await open_form(pilot, ids)
        await write(pilot, screen, "never", "whispers")
        await elsewhere(label, ids["Vesper Lane"], never=("hums",), habits=Habits(84, 104, ("D minor",)))
        await until(pilot, lambda: "grace on the command line" in shown(pilot))
        await press(pilot, "f2", "f2", "y")
        await until(pilot, lambda: "changed by grace on the command line" in toasts(pilot))
        assert isinstance(pilot.app.screen, PersonaPlanScreen)
        assert (await stored(pilot, ids)).persona.never == ("hums",)
        await press(pilot, "escape", "f5")
        assert screen.typed["habits.keys"] == "D minor" and screen.typed["never"] == "whispers"
        await press(pilot, "f2")
        assert "- hums" in shown(pilot) and "+ whispers" in shown(pilot)
        await press(pilot, "f2", "y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ArtistScreen))
        found = await stored(pilot, ids)
    assert (found.persona.never, found.persona.habits.keys) == (("whispers",), ("D minor",))


async def test_a_near_copy_is_refused_before_anything_is_shown(
    filled: Home, label: Label, console: Open, ids: dict[str, str]
) -> None:
    other = form.texts(persona())
    async with label.database.write() as connection:
        artist = await artists.get(connection, ids["Vesper Lane"])
        strange = replace(
            persona(),
            biography="Learnt the drums in a brass band, then sold them for a synthesiser and a winter coat.",
            themes=("harvest",),
            influences=("village dances",),
            traits=("loud",),
            voice="bright",
        )
        await artists.change_persona(connection, artist, strange, OPERATOR, NOW, "test")
    async with console(filled, SIZE) as pilot:
        screen = await open_form(pilot, ids)
        for path in ("biography", "themes", "influences", "traits", "voice"):
            await write(pilot, screen, path, other[path])
        await press(pilot, "f2")
        assert pilot.app.screen is screen
        assert "near copy of" in toasts(pilot) and "near copy of" in screen._wrong["biography"]
        await write(pilot, screen, "voice", "bright")
        assert not screen._wrong


async def test_hostile_text_in_a_persona_is_harmless_in_its_box_and_must_be_put_right(
    filled: Home, label: Label, console: Open, ids: dict[str, str]
) -> None:
    async with label.database.write() as connection:
        artist = await artists.get(connection, ids["Vesper Lane"])
        hostile = replace(persona(), voice="low\x1b]0;pwned\x07[red]x[/red]", themes=("a\u202eb",))
        await artists.change_persona(connection, artist, hostile, OPERATOR, NOW, "test")
    async with console(filled, SIZE) as pilot:
        screen = await open_form(pilot, ids)
        assert "\x1b" not in "".join(screen.typed.values()) and "\u202e" not in "".join(screen.typed.values())
        assert "[red]x[/red]" in shown(pilot)
        assert screen.touched == []
        assert set(screen._wrong) == {"voice", "themes"}
        await write(pilot, screen, "voice", "low")
        await write(pilot, screen, "themes", "night")
        assert not screen._wrong


def test_what_was_not_touched_keeps_its_value_exactly() -> None:
    odd = replace(persona(), voice="low\x07")
    found, _ = form.read(form.texts(odd), odd)
    assert found is not None and found.voice == "low\x07"


# --- budget ---


async def test_a_budget_is_typed_in_dollars_and_checked_while_it_is(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled, (80, 60)) as pilot:
        artist = ArtistScreen(ids["Vesper Lane"])
        pilot.app.push_screen(artist)
        await until(pilot, lambda: artist.found is not None)
        assert "$0.00 a run (none allowed)" in shown(pilot)
        await press(pilot, "m", *"much")
        assert "is no amount" in shown(pilot)
        await press(pilot, "enter")
        assert "That is no budget" in toasts(pilot)
        await press(pilot, "escape", "m")
        for field in pilot.app.screen.query(Input):
            field.value = "0.25"
        await press(pilot, "f2")
        await until(pilot, lambda: "$0.25 a run" in shown(pilot) and "none allowed" not in shown(pilot))
        assert (await stored(pilot, ids)).history[0].after == 250_000


def test_the_form_knows_every_field() -> None:
    assert set(form.LABELS) == set(FIELDS)
