"""Which buttons stand under what. A button is a label, an act and its argument; the random id comes from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.domain.chat import Act, Role
from engine.domain.learning import ReasonTag
from engine.telegram import texts
from engine.telegram.wire import Keyboard

_PER_ROW = 2


@dataclass(frozen=True, slots=True)
class Key:
    """One button before it has an id."""

    label: str
    act: Act
    argument: Mapping[str, Any] = field(default_factory=dict)


Keys = Sequence[Sequence[Key]]


def wanted(keys: Keys) -> list[tuple[Act, Mapping[str, Any]]]:
    """What to mint, row by row."""
    return [(key.act, key.argument) for row in keys for key in row]


def drawn(keys: Keys, ids: Sequence[str]) -> Keyboard:
    """The buttons with their ids, in the order of `wanted`."""
    given = iter(ids)
    return [[(key.label, next(given)) for key in row] for row in keys]


def judging(role: Role) -> Keys:
    """Under a preview that awaits its decision."""
    lyrics = Key(texts.LYRICS, Act.LYRICS)
    if not role.may(Role.REVIEWER):
        return [[lyrics]]
    return [
        [Key(texts.APPROVE, Act.APPROVE), Key(texts.REJECT, Act.REASONS, {"decision": "reject"})],
        [Key(texts.NEW_VERSION, Act.REASONS, {"decision": "new_version"}), lyrics],
    ]


def taking_back(role: Role, effective_at: datetime) -> Keys:
    """Under a preview that was decided and can still be taken back."""
    return [[Key(texts.UNDO, Act.UNDO, {"effective_at": effective_at.isoformat()})]] if role.may(Role.REVIEWER) else []


def reasons(draft: Mapping[str, Any]) -> Keys:
    """Under a preview while reasons are chosen; the decision is offered once there is one."""
    chosen = set(draft.get("tags", ()))
    tags = [
        Key((texts.TAG_ON if tag in chosen else texts.TAG_OFF).format(tag=tag), Act.TAG, {"tag": str(tag)})
        for tag in ReasonTag
    ]
    rows = [tags[at : at + _PER_ROW] for at in range(0, len(tags), _PER_ROW)]
    decision = str(draft["decision"])
    label = texts.DECIDE_REJECT if decision == "reject" else texts.DECIDE_NEW
    decides = [Key(label, Act.DECIDE, {"decision": decision})] if chosen or draft.get("text") else []
    return [*rows, [Key(texts.BACK, Act.BACK), *decides]]


def alert(argument: Mapping[str, Any]) -> Keys:
    """Under an alert that was muted: the way to what it tells of, by the argument of its mute button."""
    incident = str(argument["incident"])
    for prefix, name in (("run.failed.", "run"), ("error.", "error")):
        if incident.startswith(prefix):
            return [[page(name, texts.OPEN, id=incident.removeprefix(prefix))]]
    return ()


def page(name: str, label: str, **argument: Any) -> Key:
    """A button that turns the panel to another page."""
    return Key(label, Act.PAGE, {"page": name, **argument})


def do(verb: str, label: str, **argument: Any) -> Key:
    """A button that has something done, then shows a page."""
    return Key(label, Act.DO, {"do": verb, **argument})
