"""Everybody outside who gives music, stock video or trends."""

from __future__ import annotations

from typing import ClassVar

from console.panes.providers import ProvidersPane
from console.screens.listed import ListScreen


class ProvidersScreen(ListScreen[ProvidersPane]):
    """The providers."""

    HELP: ClassVar[str] = ProvidersPane.HELP

    def __init__(self) -> None:
        super().__init__(ProvidersPane())
