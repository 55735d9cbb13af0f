"""Keys as a whole: each action is named, no key is one that terminals eat, changes are checked, documents agree."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.screen import ModalScreen

from console.keymap.catalogue import catalogue, places
from console.keymap.changes import changed_keys
from console.keymap.names import known, normal, shown
from console.keymap.taken import TAKEN, taken
from console.screens.dialog import Dialog
from engine.domain.errors import SettingsError

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "keys.md").read_text()
ENTRIES = catalogue()

BY_HABIT = {
    ("app.help", "f1"): "some terminals open their own help; ? does the same",
    ("dialog.help", "f1"): "some terminals open their own help; ? does the same",
    ("help.close", "f1"): "the key that opened it; so do escape, q and ?",
    ("app.interrupt", "ctrl+c"): "it only copies a selection, or says how to leave",
}
"""Keys that may not arrive and stand all the same, because nothing depends on them."""


def test_every_binding_of_ours_has_an_id_a_description_and_a_tooltip() -> None:
    owners = {owner for place in places() for owner in place.classes}
    bindings = [binding for owner in owners for binding in owner.__dict__.get("BINDINGS", ())]
    assert len(bindings) > 60
    for binding in bindings:
        assert isinstance(binding, Binding)
        assert binding.id and binding.description and binding.tooltip, binding


def test_an_id_names_one_action() -> None:
    owners = {owner for place in places() for owner in place.classes}
    named = [(binding.id, owner) for owner in owners for binding in owner.__dict__.get("BINDINGS", ())]
    ids = [name for name, _ in named]
    assert sorted(ids) == sorted(set(ids))


def test_every_dialog_has_help_a_palette_and_the_way_round() -> None:
    modals = {place.classes[-1] for place in places() if issubclass(place.classes[-1], ModalScreen)}
    assert len(modals) > 4
    assert [modal for modal in modals if not issubclass(modal, Dialog)] == []


def test_no_default_key_is_one_that_tmux_or_terminals_eat() -> None:
    eaten = {(entry.id, key) for entry in ENTRIES.values() for key in entry.keys if taken(key)}
    assert eaten == set(BY_HABIT)


def test_only_keys_that_exist_are_bound() -> None:
    assert [(entry.id, key) for entry in ENTRIES.values() for key in entry.keys if not known(key)] == []


@pytest.mark.parametrize("key", ["ctrl+b", "ctrl+s", "ctrl+q", "ctrl+z", "ctrl+c", "f10", "f11", "alt+x", "super+c"])
def test_keys_that_never_arrive_have_their_reason(key: str) -> None:
    assert taken(key)


def test_no_two_actions_of_one_class_share_a_key() -> None:
    """Changing one of them would take the other off its key, because Textual moves all that a key has."""
    for entry in ENTRIES.values():
        seen: dict[str, str | None] = {}
        for key, binding in entry.owner._merge_bindings():
            assert seen.setdefault(key, binding.id) == binding.id, (entry.owner, key)


@pytest.mark.parametrize("keys", ["hjkl", ["home", "g"], ["end", "G"], ["ctrl+d"], ["ctrl+u"], ["ctrl+f"]])
def test_lists_and_panes_move_by_vim_keys(keys: list[str]) -> None:
    moves = {
        key for name, entry in ENTRIES.items() if name.startswith(("move.list", "move.pane")) for key in entry.keys
    }
    assert set(keys) <= moves


def test_the_page_lists_every_action_with_its_keys_and_no_other() -> None:
    rows = [
        f"| `{entry.id}` | {' '.join(f'`{shown(key)}`' for key in entry.keys)} | {entry.description} "
        f"| {entry.tooltip} |"
        for entry in ENTRIES.values()
    ]
    assert re.findall(r"^\| `[a-z]+\.[^|]+\|.*$", PAGE, re.MULTILINE) == rows


def test_the_page_lists_every_key_that_is_left_alone() -> None:
    for key, reason in TAKEN.items():
        assert f"\n| `{shown(key)}` | {reason} |\n" in PAGE


def test_keys_in_sentences_are_the_usual_ones() -> None:
    found = []
    for path in (ROOT / "console").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and path.name != "live.py":
                found += re.findall(r"\{([a-z]+\.[a-z0-9-]+)\|([^}]+)\}", node.value)
    assert len(found) > 30
    for name, key in found:
        assert key in map(shown, ENTRIES[name].keys), (name, key)


# --- what the operator changes ---


@pytest.mark.parametrize(
    ("key", "long"),
    [("?", "question_mark"), ("P", "P"), ("^x", "ctrl+x"), ("esc", "escape"), ("pgdn", "pagedown"), ("f2", "f2")],
)
def test_a_key_may_be_written_as_it_is_shown(key: str, long: str) -> None:
    assert normal(key) == long
    assert known(long)
    assert shown(long) == key


def test_several_actions_and_several_keys_can_be_changed() -> None:
    assert changed_keys("line.pause=P, list.filter = f  slash") == {"line.pause": ("P",), "list.filter": ("f", "slash")}
    assert changed_keys(None) == {}


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("line.pauze=P", "there is no action line.pauze; did you mean line.pause?"),
        ("line.pause=ctrl+b", "line.pause cannot be on ^b, which may never arrive: tmux's prefix."),
        ("line.pause=alt+p", "line.pause cannot be on alt+p, which may never arrive"),
        ("line.pause=banana", "line.pause cannot be on 'banana': there is no such key."),
        ("line.pause=c", "c would do two things in one place: line.cycle (Cycle) and line.pause (Pause)."),
        ("line.pause=s", "line.pause (Pause) and list.sort (Sort)"),
        ("line.pause=q", "app.quit (Quit) and line.pause (Pause)"),
        ("review.approve=r", "review.approve (Approve) and review.reject (Reject)"),
        ("confirm.yes=n", "confirm.no (No) and confirm.yes (Yes)"),
        ("line.pause=x, line.pause=Y", "line.pause is given 2 times"),
    ],
)
def test_a_change_that_cannot_be_used_is_one_line(setting: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        changed_keys(setting)
    [problem] = caught.value.problems
    assert problem.startswith("CONSOLE_KEYS: ")
    assert words in problem


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        changed_keys("a.b=c, line.pause=f11, line.cycle=n")
    assert len(caught.value.problems) == 3


def test_two_actions_may_change_places() -> None:
    assert changed_keys("line.pause=c, line.cycle=p") == {"line.pause": ("c",), "line.cycle": ("p",)}


def test_the_same_key_may_serve_in_different_places() -> None:
    assert changed_keys("line.pause=i")  # i is a line of the copy menu, in which nothing can be paused
