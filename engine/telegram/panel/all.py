"""Every page and every deed of the panel, by name."""

from __future__ import annotations

from collections.abc import Mapping

from engine.telegram.panel import label, roster, songs
from engine.telegram.panel.page import Entry, Make

PAGES: Mapping[str, Entry] = {**label.PAGES, **songs.PAGES, **roster.PAGES}
VERBS: Mapping[str, Make] = {**label.VERBS, **songs.VERBS, **roster.VERBS}
