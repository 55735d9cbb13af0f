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

    def on_screen_resume(self) -> None:
        """Files and codes are told by no change: what stands against a release is looked at anew."""
        self.pane.doubt()
