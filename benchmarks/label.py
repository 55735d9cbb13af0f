"""A label of any size to look at, written straight into the tables: rows are what queries cost."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from engine.home import Home, at, prepare

ARTISTS = 100_000
RUNS = 1_000_000

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count) "

_ARTISTS = (
    _NUMBERS
    + """
INSERT INTO artists (id, name, name_key, genre, state, persona, autopilot, budget_microusd, rejections_in_a_row,
                     seed, created_at, last_run_at)
SELECT printf('a-%010d', i), printf('Artist %06d', i), printf('artist%06d', i), 'synthwave', 'active', :persona, 0, 0,
       0, i, datetime('2026-01-01', printf('+%d seconds', i)) || '.000000', NULL FROM n
"""
)
_RUNS = (
    _NUMBERS
    + """
INSERT INTO runs (id, artist_id, state, stage, progress, title, seed, length_s, parameters, version, attempt, notes,
                  waiting_reason, cost_microusd, origin, created_at, updated_at)
SELECT printf('r-%010d', i), printf('a-%010d', i % :artists), 'packaged', 'package', 1.0, printf('Song %07d', i), i,
       120.0, '{}', 1, 1, '', '', 0, 'cycle', datetime('2026-01-02', printf('+%d seconds', i)) || '.000000',
       datetime('2026-01-02', printf('+%d seconds', i)) || '.000000' FROM n
"""
)


def make(root: Path, *, artists: int = ARTISTS, runs: int = RUNS) -> Home:
    """A home with so many artists and finished runs."""
    from engine.domain.codec import dump
    from engine.domain.persona import Habits, Palette, Persona, VisualIdentity
    from engine.store import migrate

    home = at(root)
    prepare(home)
    migrate.upgrade(home.database, "0001")
    persona = Persona(
        "Bench", "synthwave", ("outrun",), "low", ("patient",), "From nowhere.", ("radio",),
        VisualIdentity(Palette("#14122b", "#3b2f63", "#d7875f", "#f5e9da"), ("neon",), "a lit window"),
        Habits(84, 104, ("A minor",)), ("night",), ("shouts",),
    )  # fmt: skip
    with closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute(_ARTISTS, {"count": artists, "persona": json.dumps(dump(persona))})
        connection.execute(_RUNS, {"count": runs, "artists": artists})
    migrate.upgrade(home.database)  # fills the counts and the search index in one go, as it does for anybody's label
    home.database.chmod(0o600)
    with closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("ANALYZE")
    return home
