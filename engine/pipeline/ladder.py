"""Who is asked for an artist's music, in order, and why somebody cannot be: keys, plans, what they can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from engine.domain.originality import Refused
from engine.domain.purchase import Rights
from engine.domain.song import MusicBrief
from engine.music.acestep import NAME as ACESTEP
from engine.music.elevenlabs import NAME as ELEVENLABS
from engine.music.lyria import NAME as LYRIA
from engine.music.provider import MusicProvider
from engine.music.studio.provider import NAME as STUDIO
from engine.music.suno import NAME as SUNO
from engine.pipeline.line import Line
from engine.safety import refused
from engine.safety.request import Way
from engine.safety.secrets import Secret
from engine.settings import Settings

__all__ = ["STUDIO", "Rung", "names", "refused_words", "rung"]

_ORDER_S = 60.0
"""How long a vendor that works in the background may take to accept an order."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One provider that has all it needs, with what the operator's plan allows."""

    provider: MusicProvider
    rights: Rights | None

    @property
    def name(self) -> str:
        """The provider's name."""
        return self.provider.name

    def unfit(self, brief: MusicBrief, day: date) -> str:
        """Why it cannot make this song, empty where it can."""
        able = self.provider.abilities
        if self.rights is not None and not self.rights.cover(day):
            return f"the plan {self.rights.plan!r} ended on {self.rights.until}"
        if not able.min_seconds <= brief.duration_s <= able.max_seconds:
            return f"makes {able.min_seconds:.0f} to {able.max_seconds:.0f} s, not {brief.duration_s:.0f}"
        return ""


def names(settings: Settings, artist_id: str) -> tuple[str, ...]:
    """The artist's ladder: its own where settings name one, else the label's."""
    own = settings.music_artist_ladders.of(artist_id) if settings.music_artist_ladders else None
    return own or settings.music_ladder


def rung(line: Line, name: str) -> Rung | None:
    """The provider, made once for each line; None where its key or address is missing."""
    settings = line.settings
    provider = line.vendors.get(name) or _MAKERS[name](line)
    if provider is None:
        return None
    line.vendors[name] = provider
    rights = {
        SUNO: settings.suno_rights,
        ELEVENLABS: settings.elevenlabs_rights,
        LYRIA: settings.lyria_rights,
        ACESTEP: settings.acestep_rights,
    }
    return Rung(provider, rights.get(name))


def refused_words(line: Line) -> Refused:
    """Names of real artists with the operator's list, as it is now."""
    return refused.refused_words(line.home.root, line.settings.refused_words_file)


def _microusd(dollars: float) -> int:
    return round(dollars * 1_000_000)


def _bearer(key: Secret) -> Mapping[str, Secret]:
    return {"Authorization": Secret(f"Bearer {key.reveal()}")}


def _suno(line: Line) -> MusicProvider | None:
    from engine.music.fetching import fetcher
    from engine.music.suno import Suno, judge
    from engine.music.wire import Limits, Wire

    settings = line.settings
    if settings.suno_api_key is None or settings.suno_base_url is None:
        return None
    wire = Wire(
        SUNO,
        settings.suno_base_url,
        _bearer(settings.suno_api_key),
        judge,
        limits=Limits(total_s=_ORDER_S),
        now=line.now,
    )
    fetch = fetcher(line.home.data, Way((settings.suno_base_url,)))
    return Suno(wire, fetch, settings.suno_model, _microusd(settings.suno_song_usd))


def _elevenlabs(line: Line) -> MusicProvider | None:
    from engine.music.elevenlabs import ElevenLabs, judge
    from engine.music.wire import Wire

    settings = line.settings
    if settings.elevenlabs_api_key is None or settings.elevenlabs_base_url is None:
        return None
    wire = Wire(
        ELEVENLABS, settings.elevenlabs_base_url, {"xi-api-key": settings.elevenlabs_api_key}, judge, now=line.now
    )
    price = _microusd(settings.elevenlabs_minute_usd)
    return ElevenLabs(wire, settings.elevenlabs_model, price, float(settings.music_wait_seconds))


def _lyria(line: Line) -> MusicProvider | None:
    from engine.music.lyria import Lyria, judge
    from engine.music.wire import Wire

    settings = line.settings
    if settings.lyria_api_key is None or settings.lyria_base_url is None:
        return None
    wire = Wire(LYRIA, settings.lyria_base_url, {"x-goog-api-key": settings.lyria_api_key}, judge, now=line.now)
    return Lyria(wire, settings.lyria_model, _microusd(settings.lyria_song_usd), float(settings.music_wait_seconds))


def _acestep(line: Line) -> MusicProvider | None:
    from engine.music.acestep import AceStep, judge
    from engine.music.fetching import fetcher
    from engine.music.wire import Wire

    settings = line.settings
    if settings.acestep_base_url is None:
        return None
    headers = _bearer(settings.acestep_api_key) if settings.acestep_api_key else {}
    wire = Wire(ACESTEP, settings.acestep_base_url, headers, judge, billable=False, now=line.now)
    return AceStep(wire, fetcher(line.home.data, Way((settings.acestep_base_url,))))


def _studio(line: Line) -> MusicProvider | None:  # noqa: ARG001 - it needs nothing
    from engine.music.studio.provider import Studio

    return Studio()


_MAKERS: Mapping[str, Callable[[Line], MusicProvider | None]] = {
    SUNO: _suno,
    ELEVENLABS: _elevenlabs,
    LYRIA: _lyria,
    ACESTEP: _acestep,
    STUDIO: _studio,
}
