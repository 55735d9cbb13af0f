"""Keys that never reach a program in common surroundings, each with its reason."""

from __future__ import annotations

TAKEN: dict[str, str] = {
    "ctrl+a": "screen's prefix, and that of many a tmux",
    "ctrl+b": "tmux's prefix",
    "ctrl+c": "it interrupts",
    "ctrl+h": "terminals send it for backspace",
    "ctrl+i": "terminals send it for tab",
    "ctrl+j": "terminals send it for enter",
    "ctrl+m": "terminals send it for enter",
    "ctrl+q": "flow control: it starts the output again",
    "ctrl+s": "flow control: it stops the output",
    "ctrl+z": "it suspends",
    "ctrl+at": "input methods switch with it",
    "ctrl+space": "input methods switch with it",
    "ctrl+backslash": "it ends a program with a core dump",
    "ctrl+left_square_bracket": "terminals send it for escape",
    "ctrl+tab": "it changes the terminal's tab",
    "ctrl+shift+tab": "it changes the terminal's tab",
    "ctrl+pageup": "it changes the terminal's tab",
    "ctrl+pagedown": "it changes the terminal's tab",
    "shift+pageup": "it scrolls the terminal",
    "shift+pagedown": "it scrolls the terminal",
    "shift+home": "it scrolls the terminal",
    "shift+end": "it scrolls the terminal",
    "shift+up": "it scrolls some terminals",
    "shift+down": "it scrolls some terminals",
    "shift+insert": "it pastes",
    "f1": "some terminals open their own help",
    "f10": "it opens the terminal's menu",
    "f11": "it switches full screen",
    "f12": "drop-down terminals come and go by it",
}

_MODIFIERS = {
    "alt": "terminals use alt for menus, and send it as escape and the key",
    "meta": "terminals use it for menus, and send it as escape and the key",
    "super": "the desktop keeps it",
    "hyper": "the desktop keeps it",
}


def taken(key: str) -> str:
    """Why this key (by its long name) may never arrive; empty where nothing is known against it."""
    *modifiers, _ = key.split("+")
    for modifier in modifiers:
        if modifier in _MODIFIERS:
            return _MODIFIERS[modifier]
    if {"ctrl", "shift"} <= set(modifiers):
        return TAKEN.get(key, "terminals copy, paste and open windows with ctrl and shift")
    return TAKEN.get(key, "")
