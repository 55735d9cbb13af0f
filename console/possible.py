"""Why an action cannot be done now: one question, asked before keys, palette entries and clicks do anything."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from textual.actions import parse
from textual.app import App
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
