"""Every action with its id, read from the classes themselves, and the places in which they meet."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen

from console.keymap.names import normal

_PACKAGES = ("console.screens", "console.panes", "console.widgets")


@dataclass(frozen=True, slots=True)
class Entry:
    """One action: its id, its own keys by their long names, what it is called and what it does."""

    id: str
    keys: tuple[str, ...]
    description: str
    tooltip: str
    owner: type[DOMNode]


@dataclass(frozen=True, slots=True)
class Place:
    """Where keys are looked up together: a focused part, its screen, and the app unless the screen is a dialog."""

    classes: tuple[type[DOMNode], ...]

    def bound(self) -> Iterator[tuple[str, str]]:
        """(id, key) as they come without any change."""
        for owner in self.classes:
            for key, binding in owner._merge_bindings():
                if binding.id:
                    yield binding.id, key


def catalogue() -> dict[str, Entry]:
    """Every action by its id, in the order of the ids."""
    found: dict[str, Entry] = {}
    for owner in _classes():
        for binding in owner.__dict__.get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id:
                keys = tuple(normal(key.strip()) for key in binding.key.split(","))
                found[binding.id] = Entry(binding.id, keys, binding.description, binding.tooltip, owner)
    return dict(sorted(found.items()))


def places() -> list[Place]:
    """Every place. A part counts as belonging to a screen that imports it, directly or by another part."""
    from console.app import NoktvrnApp

    found: list[Place] = []
    for screen in _classes():
        if not issubclass(screen, Screen):
            continue
        above: tuple[type[DOMNode], ...] = (screen,) if issubclass(screen, ModalScreen) else (screen, NoktvrnApp)
        parts = {part for base in screen.__mro__ if base.__module__ in sys.modules for part in _parts(base)}
        found.append(Place(above))
        found += [Place((part, *above)) for part in sorted(parts, key=lambda part: part.__name__)]
    return found


def _classes() -> list[type[DOMNode]]:
    """The app, and every screen, pane and part of ours."""
    modules = [import_module("console.app")]
    for package in _PACKAGES:
        inside = import_module(package)
        modules += [import_module(f"{package}.{module.name}") for module in iter_modules(inside.__path__)]
    return [owner for module in modules for owner in _defined(module)]


def _defined(module: ModuleType) -> Iterator[type[DOMNode]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, DOMNode) and value.__module__ == module.__name__:
            yield value


def _parts(screen: type) -> set[type[DOMNode]]:
    """Parts with keys of their own that the module of this screen can make."""
    if not screen.__module__.startswith("console."):
        return set()
    seen: set[str] = set()
    found: set[type[DOMNode]] = set()
    todo = [screen.__module__]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        values: Iterable[object] = vars(sys.modules[name]).values()
        for value in values:
            home = getattr(value, "__module__", None) or ""
            if home.startswith(("console.panes", "console.widgets")):
                todo.append(home)
                if isinstance(value, type) and issubclass(value, DOMNode) and not issubclass(value, Screen | App):
                    found.add(value)
    return {part for part in found if any(binding.id for _, binding in part._merge_bindings())}
