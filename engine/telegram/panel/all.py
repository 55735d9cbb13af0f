"""Every page of the panel, and what is shown after each deed, by name."""

from __future__ import annotations

from collections.abc import Mapping

from engine.telegram.panel import label, out, roster, songs
from engine.telegram.panel.page import Entry, Make

PAGES: Mapping[str, Entry] = {**label.PAGES, **songs.PAGES, **roster.PAGES, **out.PAGES}
AFTER: Mapping[str, Make] = {**label.AFTER, **songs.AFTER, **roster.AFTER, **out.AFTER}
