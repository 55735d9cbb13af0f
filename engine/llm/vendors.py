"""The vendors: how litellm names them, where they live, how their models are listed, what they understand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.safety.secrets import Secret


class Listing(StrEnum):
    """How a vendor lists its models."""

    OPENAI = "openai"
    """`GET {base}/models` with a Bearer key; `data[].id`."""
    ANTHROPIC = "anthropic"
    """`GET {base}/v1/models` with x-api-key and anthropic-version; `data[].id`, paged by `after_id`."""
    GEMINI = "gemini"
    """`GET {base}/models` with x-goog-api-key; `models[].name`, paged by `pageToken`."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor. `json_mode` is what `response_format` it takes: `schema`, `object`, or nothing."""

    name: str
    title: str
    prefix: str
    base: str
    usual: str
    """The model that stands behind the named ones of a ladder where the vendor has a key."""
    listing: Listing = Listing.OPENAI
    json_mode: str = "object"
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further parameters of every call, as litellm names them."""


_AT_ONCE = {"thinking": {"type": "disabled"}}
"""DeepSeek's models think before they answer unless told otherwise, and their thoughts count as the answer's tokens: a
limit that fits a reflection would be reached before its first word (https://api-docs.deepseek.com/guides/thinking_mode).
"""

VENDORS: Mapping[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        Vendor("openai", "OpenAI", "openai/", "https://api.openai.com/v1", "gpt-5.4-mini"),
        Vendor("deepseek", "DeepSeek", "deepseek/", "https://api.deepseek.com/v1", "deepseek-v4-flash", more=_AT_ONCE),
        Vendor("grok", "xAI Grok", "xai/", "https://api.x.ai/v1", "grok-4.20-beta-latest-non-reasoning"),
        Vendor(
            "gemini",
            "Google Gemini",
            "gemini/",
            "https://generativelanguage.googleapis.com/v1beta",
            "gemini-flash-latest",
            Listing.GEMINI,
        ),
        Vendor("mistral", "Mistral", "mistral/", "https://api.mistral.ai/v1", "mistral-small-latest"),
        Vendor(
            "anthropic",
            "Anthropic",
            "anthropic/",
            "https://api.anthropic.com",
            "claude-haiku-5-5",
            Listing.ANTHROPIC,
            json_mode="",
        ),
        Vendor("custom", "the custom server", "openai/", "", "", json_mode="schema"),
    )
}
"""In the order in which they stand behind the named models of a ladder."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a vendor is asked, and with which key. `free`: nothing there costs money, whatever it is called."""

    vendor: Vendor
    key: Secret | None
    base: str
    free: bool = False


def api_base(vendor: Vendor) -> str:
    """The setting that names the vendor's address."""
    return f"{vendor.name.upper()}_API_BASE"


def redirected(target: str, setting: str) -> str:
    """What a person is told of a redirect, which is never followed."""
    return f"the address answered with a redirect to {target}; set the base URL ({setting}) to it if it is right"
