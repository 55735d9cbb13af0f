"""One label for all tests of the writer: twelve artists with eight songs each, written once a session."""

from __future__ import annotations

import pytest

from benchmarks.words import Song, make_artists, make_songs
from engine.domain.persona import Persona


@pytest.fixture(scope="session")
def artists() -> list[Persona]:
    return make_artists()


@pytest.fixture(scope="session")
def songs(artists: list[Persona]) -> list[Song]:
    return make_songs(artists)
