"""What the settings say of each provider outside: whether it is asked, what it lacks, what would keep it idle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import ceil

from engine.domain.providers import Provider, ProviderKind
from engine.domain.purchase import Rights
from engine.settings.fields import Settings
from engine.settings.kinds import PROVIDERS

_COUNT_USD = 0.005
"""What one count at X costs."""
MODEL_VENDORS = ("openai", "deepseek", "grok", "gemini", "mistral", "anthropic")
Warning = tuple[str, str]


def providers(settings: Settings, day: date) -> tuple[Provider, ...]:
    """Every provider that noktvrn knows, in the order in which it is asked: music, stock video, trends."""
    return (*_music(settings, day), *_stock(settings), *_trends(settings))


def model_vendors(settings: Settings) -> dict[str, str]:
    """The vendors of language models that may be asked, each with the variable that says so."""
    found = {name: f"{name.upper()}_API_KEY" for name in MODEL_VENDORS if getattr(settings, f"{name}_api_key")}
    return {**found, "custom": "CUSTOM_API_BASE"} if settings.custom_api_base else found


# --- music ---


def _music(settings: Settings, day: date) -> Iterator[Provider]:
    """The ladder's order first, then who stands on no ladder of the label."""
    order = (*settings.music_ladder, *(name for name in PROVIDERS if name not in settings.music_ladder))
    for name in order:
        if name != "studio":
            yield _vendor(settings, name, day)


def _vendor(settings: Settings, name: str, day: date) -> Provider:
    upper, key, base = name.upper(), getattr(settings, f"{name}_api_key"), getattr(settings, f"{name}_base_url")
    keyed = name != "acestep"
    needs = [*([f"{upper}_API_KEY"] if keyed and key is None else []), *([f"{upper}_BASE_URL"] if not base else [])]
    chosen = key is not None or (bool(base) and name in ("suno", "acestep"))  # the others' addresses are known
    lacks = f"needs {' and '.join(needs)}" if needs else _passed_over(settings, name, day)
    price = _song_usd(settings, name)
    told = f"at {base}" if base else ""
    if price is not None:
        told += f", a song from ${price:.2f}"
    warnings = () if needs else tuple(_of_vendor(settings, name, day, price))
    return Provider(name, ProviderKind.MUSIC, chosen, lacks, told.strip(", "), base, warnings)


def _passed_over(settings: Settings, name: str, day: date) -> str:
    """Why a provider that has its key is passed over all the same, empty where it is not."""
    if not _on_a_ladder(settings, name):
        return "stands on no ladder"
    rights: Rights | None = getattr(settings, f"{name}_rights")
    return f"its plan {rights.plan!r} ended on {rights.until}" if rights and not rights.cover(day) else ""


def _on_a_ladder(settings: Settings, name: str) -> bool:
    own = settings.music_artist_ladders
    return name in settings.music_ladder or (own is not None and any(name in ladder for _, ladder in own.entries))


def _song_usd(settings: Settings, name: str) -> float | None:
    """What the shortest song costs, None where nothing is charged."""
    minutes = ceil(settings.track_seconds.low / 60)
    prices = {
        "suno": settings.suno_song_usd,
        "elevenlabs": settings.elevenlabs_minute_usd * minutes,
        "lyria": settings.lyria_song_usd,
    }
    return prices.get(name)


def _of_vendor(settings: Settings, name: str, day: date, price: float | None) -> Iterator[Warning]:
    upper = name.upper()
    if not _on_a_ladder(settings, name):
        yield "it stands on no ladder, so it is never asked", f"Put {name} into MUSIC_LADDER."
    if price is not None:
        yield from _too_dear(settings, price, ("DAILY_BUDGET_USD", "ARTIST_DAILY_BUDGET_USD", "RUN_BUDGET_USD"))
    rights: Rights | None = getattr(settings, f"{name}_rights")
    if rights is None:
        yield (
            "no plan is named: no commercial use is claimed, and autopilot leaves its songs to a person",
            f"Say in {upper}_RIGHTS what your plan allows.",
        )
    elif not rights.cover(day):
        yield f"the plan {rights.plan!r} ended on {rights.until}, so it is never asked", f"Renew {upper}_RIGHTS."


def _too_dear(settings: Settings, price: float, caps: tuple[str, ...]) -> Iterator[Warning]:
    low = [cap for cap in caps if getattr(settings, cap.lower()) < price]
    if low:
        yield f"it costs ${price:.3g}, which is over {' and '.join(low)}", f"Raise {' and '.join(low)}."


# --- stock video and trends ---


def _stock(settings: Settings) -> Iterator[Provider]:
    for name in ("pexels", "pixabay"):
        key, base = getattr(settings, f"{name}_api_key"), getattr(settings, f"{name}_base_url")
        lacks = f"needs {name.upper()}_API_KEY" if key is None else "" if settings.stock_share else "STOCK_SHARE is 0"
        idle: tuple[Warning, ...] = ()
        if key is not None and not settings.stock_share:
            idle = (("STOCK_SHARE is 0, so it is never asked", "Raise STOCK_SHARE, or take the key away."),)
        yield Provider(name, ProviderKind.STOCK, key is not None, lacks, f"at {base}", base, idle)


def _trends(settings: Settings) -> Iterator[Provider]:
    charts = {
        "apple": settings.apple_charts_base_url,
        "deezer": settings.deezer_base_url,
        "listenbrainz": settings.listenbrainz_base_url,
    }
    for name, base in charts.items():
        on = name in settings.trend_sources
        lacks = "" if on else f"TREND_SOURCES does not name {name}"
        yield Provider(name, ProviderKind.TRENDS, on, lacks, f"at {base}", base)
    on, base = settings.x_bearer_token is not None, settings.x_base_url
    dear = tuple(_too_dear(settings, _COUNT_USD, ("X_DAILY_CAP_USD", "DAILY_BUDGET_USD"))) if on else ()
    told = f"at {base}, a term ${_COUNT_USD}, at most ${settings.x_daily_cap_usd:.2f} a day"
    yield Provider("x", ProviderKind.TRENDS, on, "" if on else "needs X_BEARER_TOKEN", told, base, dear)
