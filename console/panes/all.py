"""The six panes in their order."""

from __future__ import annotations

from typing import Any

from console.panes.approvals import ApprovalsPane
from console.panes.errors import ErrorsPane
from console.panes.logs import LogPane
from console.panes.models import ModelsPane
from console.panes.pane import ListPane
from console.panes.roster import RosterPane
from console.panes.runs import RunsPane

PANES: tuple[type[ListPane[Any]], ...] = (RosterPane, ApprovalsPane, RunsPane, ModelsPane, ErrorsPane, LogPane)
"""From 1 to 6."""


def make_panes() -> list[ListPane[Any]]:
    """New panes, from 1 to 6."""
    return [make() for make in PANES]
