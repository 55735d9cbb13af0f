"""Where releases can go."""

from __future__ import annotations

from typing import ClassVar

from console.panes.targets import TargetsPane
from console.screens.listed import ListScreen


class TargetsScreen(ListScreen[TargetsPane]):
    """The targets."""

    HELP: ClassVar[str] = TargetsPane.HELP

    def __init__(self) -> None:
        super().__init__(TargetsPane())
