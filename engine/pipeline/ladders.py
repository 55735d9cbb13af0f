"""From settings to ladders: which vendors are enabled, and which models each role may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from engine.domain.models import Cooling, ModelName, Role
from engine.llm.chain import Tries
from engine.llm.completion import LiteLlm, Price
from engine.llm.ladder import Ladder, rungs
from engine.llm.vendors import VENDORS, Endpoint, Vendor
from engine.settings import Settings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def endpoints(settings: Settings) -> dict[str, Endpoint]:
    """The vendors with a key, and the custom server where it has an address."""
    keys = {
        "openai": (settings.openai_api_key, settings.openai_api_base),
        "deepseek": (settings.deepseek_api_key, settings.deepseek_api_base),
        "grok": (settings.grok_api_key, settings.grok_api_base),
        "gemini": (settings.gemini_api_key, settings.gemini_api_base),
        "mistral": (settings.mistral_api_key, settings.mistral_api_base),
        "anthropic": (settings.anthropic_api_key, settings.anthropic_api_base),
    }
    found = {
        name: Endpoint(VENDORS[name], key, base or VENDORS[name].base) for name, (key, base) in keys.items() if key
    }
    if base := settings.custom_api_base:
        # What runs on this machine is paid for already.
        found["custom"] = Endpoint(
            VENDORS["custom"], settings.custom_api_key, base, free=urlsplit(base).hostname in _LOOPBACK
        )
    return found


def ladders(settings: Settings, enabled: Mapping[str, Endpoint]) -> dict[Role, Ladder]:
    """The ladder of every role."""
    named = {
        Role.PERSONA: (
            settings.persona_llm_primary,
            settings.persona_llm_fallbacks,
            settings.persona_temperature,
            settings.persona_max_tokens,
        ),
        Role.CONCEPT: (
            settings.concept_llm_primary,
            settings.concept_llm_fallbacks,
            settings.concept_temperature,
            settings.concept_max_tokens,
        ),
        Role.LYRICS: (
            settings.lyrics_llm_primary,
            settings.lyrics_llm_fallbacks,
            settings.lyrics_temperature,
            settings.lyrics_max_tokens,
        ),
        Role.REFLECTION: (
            settings.reflection_llm_primary,
            settings.reflection_llm_fallbacks,
            settings.reflection_temperature,
            settings.reflection_max_tokens,
        ),
        Role.JUDGE: (
            settings.judge_llm_primary,
            settings.judge_llm_fallbacks,
            settings.judge_temperature,
            settings.judge_max_tokens,
        ),
        Role.ANALYST: (
            settings.error_analysis_llm_primary,
            settings.error_analysis_llm_fallbacks,
            settings.error_analysis_temperature,
            settings.error_analysis_max_tokens,
        ),
        Role.ENGINEER: (
            settings.engineer_llm_primary,
            settings.engineer_llm_fallbacks,
            settings.engineer_temperature,
            settings.engineer_max_tokens,
        ),
    }
    usual = [name for name in (_usual(settings, vendor) for vendor in VENDORS.values()) if name is not None]
    found = {}
    for role, (primary, fallbacks, temperature, max_tokens) in named.items():
        pinned = role in settings.llm_pinned_roles
        found[role] = Ladder(
            role,
            rungs(primary, fallbacks, usual, enabled=enabled.keys(), pinned=pinned),
            temperature,
            max_tokens,
            offline=settings.offline_writer == "last" and not pinned,
        )
    return found


def _usual(settings: Settings, vendor: Vendor) -> ModelName | None:
    """The model of a vendor that stands in every ladder which does not name one of its own."""
    model = settings.custom_model if vendor.name == "custom" else vendor.usual
    return ModelName(vendor.name, model) if model else None


def backend(settings: Settings, enabled: Mapping[str, Endpoint]) -> LiteLlm:
    """Who is called."""
    dear = round(settings.llm_unknown_price_usd * 1_000_000)
    return LiteLlm(enabled, Price(dear, dear))


def tries(settings: Settings) -> Tries:
    """How long and how often."""
    cooling = Cooling(settings.llm_cooldown_seconds, settings.llm_cooldown_most_seconds)
    return Tries(settings.llm_timeout_seconds, settings.llm_retries, cooling)


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom the settings let be asked, in which order, and how."""

    ladders: Mapping[Role, Ladder]
    backend: LiteLlm
    tries: Tries

    @property
    def nobody(self) -> bool:
        """No role has a model, and the offline writer may do the work of each."""
        return all(ladder.offline and not ladder.rungs for ladder in self.ladders.values())


@lru_cache(maxsize=4)  # worked out with every question else; an engine's settings last as long as it does
def asking(settings: Settings) -> Asking:
    """All of it at once."""
    enabled = endpoints(settings)
    return Asking(ladders(settings, enabled), backend(settings, enabled), tries(settings))
