"""Whether a worker lives, by what it says on its standard output: that it is ready, then a word every few seconds."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import monotonic

READY = b"ready\n"
ALIVE = b"alive\n"
BEAT_S = 5.0
STALLED_S = 60.0
"""A worker that has said nothing for so long is ended, so that the next one takes up its work."""

_STOOD_STILL_S = 2.0
_MOST = 65_536


class Pulse:
    """The supervisor's ear at one worker's pipe. `now` is a steady clock.

    A worker is silent only once it was ready: a migration at its start may take long.
    """

    def __init__(self, pipe: int, now: Callable[[], float] = monotonic) -> None:
        os.set_blocking(pipe, False)
        self.ready = False
        self.silent_s = 0.0
        self._pipe = pipe
        self._now = now
        self._looked_at = self._heard_at = now()

    def look(self) -> None:
        """Takes in what the worker said since the last look.

        Whoever stood still itself (the machine slept, somebody stopped us) cannot say that the worker was silent.
        """
        now = self._now()
        stood_still = now - self._looked_at > _STOOD_STILL_S
        if self._hears() or stood_still or not self.ready:
            self._heard_at = now
        self._looked_at = now
        self.silent_s = now - self._heard_at

    def _hears(self) -> bool:
        try:
            words = os.read(self._pipe, _MOST)
        except BlockingIOError:
            return False
        self.ready = self.ready or bool(words)  # its first word is that it is ready
        return bool(words)
