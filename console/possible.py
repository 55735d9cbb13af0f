"""Why an action cannot be done now: one question, asked before keys, palette entries and clicks do anything."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from textual.actions import parse
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode

from console.desk import desk_of, refused


@runtime_checkable
class Explains(Protocol):
    """A screen, pane or app that knows when its actions are impossible."""

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:
        """One sentence for a person, ours or made harmless; empty where the action can be done.

        This is for what is impossible now. What never belongs here is hidden by `check_action` returning False,
        and its key goes on to whoever else has a use for it.
        """


@runtime_checkable
class Renames(Protocol):
    """A screen or pane of which an action is called by what it does now."""

    def name_of(self, action: str) -> str:
        """What the action with this id is called now; empty for its usual name."""


def called(binding: Binding, node: DOMNode) -> str:
    """The name of an action, as its owner has it now."""
    now = node.name_of(binding.id or "") if isinstance(node, Renames) else ""
    return now or binding.description


def why_not(app: App[Any], action: str | tuple[str, str, tuple[object, ...]], node: DOMNode | None) -> str:
    """What the action's owner says; `node` is where its binding stands."""
    namespace, name, parameters = parse(action) if isinstance(action, str) else action
    owner: Any = node if node is not None else app
    if namespace == "app":
        owner = app
    elif namespace == "screen":
        owner = app.screen
    elif namespace == "focused":
        owner = app.focused
    if owner.check_action(name, parameters) is False:
        return ""
    if refused(owner, name) and (refusal := desk_of(owner).access.refusal()) is not None:
        return f"{refusal.message} {refusal.fix}"
    return owner.why_not(name, parameters) if isinstance(owner, Explains) else ""
