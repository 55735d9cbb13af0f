"""What the operator wants on other keys: read from CONSOLE_KEYS and checked as a whole before the console opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.keymap.names import known, normal, shown
from console.keymap.taken import taken
from engine.domain.errors import SettingsError

Changes = Mapping[str, tuple[str, ...]]
"""Keys by their long names, by the id of the action."""

_NAME = "CONSOLE_KEYS"


def changed_keys(setting: str | None) -> dict[str, tuple[str, ...]]:
    """The changes that the setting asks for. Raises SettingsError with one line per problem."""
    if not setting:
        return {}
    pairs = [part.split("=", 1) for part in setting.split(",")]
    found = {name.strip(): tuple(map(normal, keys.split())) for name, keys in pairs}
    problems = [*_twice([name.strip() for name, _ in pairs]), *_unknown(found), *_unusable(found)]
    problems += _clashes(found)
    if problems:
        raise SettingsError([f"{_NAME}: {problem}" for problem in problems])
    return found


def _twice(names: list[str]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"{name} is given {names.count(name)} times; several keys stand behind one =, with spaces between."


def _unknown(changes: Changes) -> Iterator[str]:
    from console.keymap.catalogue import catalogue

    ids = catalogue()
    for name in changes:
        if name not in ids:
            from difflib import get_close_matches

            near = get_close_matches(name, ids, n=1)
            meant = f"did you mean {near[0]}?" if near else "`noktvrn keys` lists them."
            yield f"there is no action {name}; {meant}"


def _unusable(changes: Changes) -> Iterator[str]:
    for name, keys in changes.items():
        for key in keys:
            if reason := taken(key):
                yield f"{name} cannot be on {shown(key)}, which may never arrive: {reason}."
            elif not known(key):
                yield f"{name} cannot be on {key!r}: there is no such key."


def _clashes(changes: Changes) -> Iterator[str]:
    """Two actions on one key in the same place, as far as a change brought them together."""
    from console.keymap.catalogue import catalogue, places

    ids = catalogue()
    said: set[frozenset[str]] = set()
    for place in places():
        before: dict[str, set[str]] = {}
        after: dict[str, set[str]] = {}
        for name, key in place.bound():
            before.setdefault(key, set()).add(name)
            for now in changes.get(name, (key,)):
                after.setdefault(now, set()).add(name)
        for key, names in after.items():
            if len(names) < 2 or not names & changes.keys() or names <= before.get(key, set()):
                continue
            pair = frozenset({*names, key})
            if pair not in said:
                said.add(pair)
                words = " and ".join(f"{name} ({ids[name].description})" for name in sorted(names))
                yield f"{shown(key)} would do two things in one place: {words}."


def as_keymap(changes: Changes) -> dict[str, str]:
    """The changes as Textual takes them."""
    return {name: ",".join(keys) for name, keys in changes.items()}
