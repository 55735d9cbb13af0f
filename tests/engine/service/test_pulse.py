"""A worker is heard through its pipe; only silence that the supervisor was awake for counts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import RawIOBase

import pytest

from engine.service.pulse import ALIVE, READY, Pulse

pytestmark = pytest.mark.quick


@dataclass
class Worker:
    """The far end of the pipe, and the supervisor's clock, which looks once a second."""

    pipe: RawIOBase
    pulse: Pulse
    clock: list[float]

    def says(self, words: bytes) -> None:
        self.pipe.write(words)
        self.pulse.look()

    def is_silent(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock[0] += 1.0
            self.pulse.look()


@pytest.fixture
def worker() -> Iterator[Worker]:
    clock = [100.0]
    read, write = os.pipe()
    with os.fdopen(write, "wb", buffering=0) as pipe:
        yield Worker(pipe, Pulse(read, lambda: clock[0]), clock)
    os.close(read)


def test_a_start_may_take_long(worker: Worker) -> None:
    worker.is_silent(600)
    assert (worker.pulse.ready, worker.pulse.silent_s) == (False, 0.0)


def test_silence_counts_from_the_last_word(worker: Worker) -> None:
    worker.says(READY)
    assert worker.pulse.ready
    worker.is_silent(42)
    assert worker.pulse.silent_s == 42.0
    worker.says(ALIVE)
    assert worker.pulse.silent_s == 0.0


def test_while_the_machine_sleeps_nobody_is_silent(worker: Worker) -> None:
    worker.says(READY)
    worker.is_silent(10)
    worker.clock[0] += 3600.0
    worker.pulse.look()
    assert worker.pulse.silent_s == 0.0
    worker.is_silent(10)
    assert worker.pulse.silent_s == 10.0


def test_a_worker_that_has_gone_is_silent(worker: Worker) -> None:
    worker.says(READY)
    worker.pipe.close()
    worker.is_silent(5)
    assert worker.pulse.silent_s == 5.0
