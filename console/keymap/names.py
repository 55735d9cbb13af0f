"""Names of keys: as Textual knows them, and as a person reads them."""

from __future__ import annotations

from textual.keys import Keys, _character_to_key, key_to_character

_SHORT = {"pagedown": "pgdn", "pageup": "pgup", "escape": "esc", "delete": "del"}
_LONG = {short: name for name, short in _SHORT.items()}
_NAMED = {key.value for key in Keys if not key.value.startswith("<")}
_CHARACTERS = {_character_to_key(chr(code)): chr(code) for code in range(0x21, 0x7F)}


def normal(key: str) -> str:
    """The long name of a key however it is written: `question_mark` for `?`, `escape` for `esc`, `ctrl+p` for `^p`."""
    if len(key) == 1:
        return _character_to_key(key)
    if key.startswith("^") and len(key) == 2:
        return f"ctrl+{normal(key[1])}"
    return _LONG.get(key, key)


def known(key: str) -> bool:
    """Whether some keyboard has this key (by its long name)."""
    if key in _NAMED or key in _CHARACTERS:
        return True
    character = key_to_character(key)
    return character is not None and character.isalpha() and normal(character) == key


def shown(key: str) -> str:
    """The key as it stands in hints: `?`, `enter`, `^p`, `pgdn`."""
    *modifiers, last = key.split("+")
    name = _CHARACTERS.get(last) or _SHORT.get(last, last)
    if name == last and len(last) > 1 and not modifiers:
        character = key_to_character(last)
        name = character if character is not None and last not in _NAMED else name
    if "ctrl" in modifiers:
        modifiers.remove("ctrl")
        name = f"^{name}"
    return "+".join([*modifiers, name])
