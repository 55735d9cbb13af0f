"""All release packages."""

from __future__ import annotations

from typing import ClassVar

from console.panes.releases import ReleasesPane
from console.screens.listed import ListScreen


class ReleasesScreen(ListScreen[ReleasesPane]):
    """The packages."""

    HELP: ClassVar[str] = ReleasesPane.HELP

    def __init__(self) -> None:
        super().__init__(ReleasesPane())
