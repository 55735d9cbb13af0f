"""A filled label is built once and copied for each test; the console under test never starts an engine."""

from __future__ import annotations

import asyncio
import shutil
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

from console.app import NoktvrnApp
from console.desk import Desk
from console.drawing import drawing_of
from console.keymap.changes import changed_keys
from console.link import Link
from console.memory import Memory
from console.turns import ASIDE, ENDLESS
from engine.api import Access
from engine.home import Home, at
from engine.lock import EngineLock, EngineState, Mode, acquire
from engine.settings import Settings
from tests.console.label import NOW, Label, fill, open_label
from tests.console.repairs import validated

Open = Callable[..., AbstractAsyncContextManager[Pilot[int]]]


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty label and a filled one, with the ids of what is in it."""
    root = tmp_path_factory.mktemp("labels")

    async def build() -> None:
        async with open_label(root / "empty"):
            pass
        async with open_label(root / "filled") as label:
            ids = dict(await fill(label))
            ids["patch"] = await validated(label, ids["error"])
        (root / "ids").write_text("\n".join(f"{name}={value}" for name, value in ids.items()))

    asyncio.run(build())
    return root


@pytest.fixture
def ids(templates: Path) -> dict[str, str]:
    """What is in the filled label, by name."""
    return dict(line.split("=", 1) for line in (templates / "ids").read_text().splitlines())


@pytest.fixture
def empty(templates: Path, tmp_path: Path) -> Home:
    """A label in which nothing has happened."""
    shutil.copytree(templates / "empty", tmp_path / "home")
    return at(tmp_path / "home")


@pytest.fixture
def filled(templates: Path, tmp_path: Path) -> Home:
    """A label in full swing."""
    shutil.copytree(templates / "filled", tmp_path / "home")
    return at(tmp_path / "home")


@pytest.fixture
async def label(filled: Home) -> AsyncIterator[Label]:
    """The filled label's store, to change things while a console looks on."""
    async with open_label(filled.root) as found:
        found.counter = {"a": 50, "r": 50, "v": 50, "l": 50, "f": 50}
        yield found


@pytest.fixture
def engine(filled: Home) -> Iterator[EngineLock]:
    """An engine of the filled label, as its lock tells of it."""
    lock = acquire(filled.lock, Mode.HEADLESS)
    lock.tell(EngineState.RUNNING, worker=4712)
    yield lock
    lock.release()


@pytest.fixture
def console() -> Open:
    """Opens a console on a home and waits until it shows what is there."""

    @asynccontextmanager
    async def opened(
        home: Home,
        size: tuple[int, int] = (120, 40),
        *,
        wait: bool = True,
        access: Access | None = None,
        **settings: Any,
    ) -> AsyncIterator[Pilot[int]]:
        app = app_on(home, access=access, **settings)
        async with app.run_test(size=size, notifications=True) as pilot:
            if wait:
                await until(pilot, lambda: app.desk.overview is not None)
                await until(pilot, lambda: quiet(pilot))
            yield pilot

    return opened


def app_on(home: Home, *, access: Access | None = None, **settings: Any) -> NoktvrnApp:
    """A console that starts no engine and whose clock stands still."""
    chosen = replace(Settings(), **settings)
    link = Link(home, chosen, start_engine=False, access=access, now=lambda: NOW)
    keys, drawing = changed_keys(chosen.console_keys), drawing_of(chosen, {"LANG": "en_GB.UTF-8"})
    memory = Memory(home.console_state, keeps=not link.access.readonly)
    app = NoktvrnApp(Desk(home, chosen, link, memory, now=lambda: NOW, drawing=drawing, keys=keys))
    app.animation_level = "none"
    return app


def quiet(pilot: Pilot[int]) -> bool:
    """Whether nothing is being read or carried out."""
    return all(worker.is_finished or worker.group in (ENDLESS, ASIDE) for worker in pilot.app.workers)


async def until(pilot: Pilot[int], condition: Callable[[], bool], patience_s: float = 30.0) -> None:
    """Lets the console work until something is so; fails when it never is."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience_s
    while not condition():
        assert loop.time() < end, "it never came to be"
        await pilot.pause(0.01)
    await pilot.pause()


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Presses keys as a line delivers them, all in one read; `console.turns` gives each its turn."""
    for key in keys:
        pilot.app.post_message(_key(key))
    await pilot.pause()
    await until(pilot, lambda: quiet(pilot))


def _key(name: str) -> Key:
    """What a terminal's driver makes of a key: `a`, `A`, `?`, `slash`, `ctrl+p`."""
    name = _character_to_key(name) if len(name) == 1 and not name.isalnum() else name
    character: str | None = name if len(name) == 1 else None
    with suppress(KeyError):
        character = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    return Key(name, character)


def shown(pilot: Pilot[int]) -> str:
    """Everything that stands on the screen, as lines of text."""
    screen = pilot.app.screen
    height = pilot.app.size.height
    strips = screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips[:height])


def toasts(pilot: Pilot[int]) -> str:
    """Title and text of every toast so far."""
    return "\n".join(f"{toast.title}: {toast.message}" for toast in pilot.app._notifications)
