"""Trouble that stays is logged once, however often it is met."""

from __future__ import annotations

import logging
from collections import OrderedDict

_REMEMBERED = 500


class OnceLog:
    """Remembers what was said of what."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, str] = OrderedDict()

    def trouble(self, log: logging.Logger, about: str, message: str, *arguments: object) -> None:
        """A warning, unless the same was the last one about this."""
        said = message % arguments
        if self._said.get(about) != said:
            log.warning(message, *arguments)
        self._said[about] = said
        self._said.move_to_end(about)
        while len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)

    def over(self, about: str) -> None:
        """The next trouble is a new one."""
        self._said.pop(about, None)
