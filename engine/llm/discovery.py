"""Which models a vendor lists: asked in the vendor's own way, so that an outage is never taken for an empty list."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.llm.vendors import Endpoint, Listing, api_base, redirected
from engine.safety.request import redirect_target
from engine.safety.trust import authorities

if TYPE_CHECKING:
    import httpx

_MOST_BYTES = 8_000_000
_MOST_PAGES = 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,119}")
# What vendors list beside models that write.
_OTHER = re.compile(
    r"embed|tts|whisper|audio|speech|transcri|image|dall-e|imagen|veo|sora|video|moderation|rerank|realtime|live"
    r"|lyria|ocr|robotics|computer-use|guard",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of asking one vendor: its models, or why they are not known (then `models` is None)."""

    provider: str
    models: tuple[str, ...] | None
    problem: str = ""


def writes(model: str) -> bool:
    """Whether the name is that of a model that writes text."""
    return _OTHER.search(model) is None


async def discover(
    endpoints: Mapping[str, Endpoint], timeout_s: float, transport: httpx.AsyncBaseTransport | None = None
) -> list[Listed]:
    """Asks all vendors at once; the whole takes no longer than one vendor may."""
    import httpx

    # Straight to the vendor: no proxy of the environment, no redirect that would carry the key elsewhere.
    async with httpx.AsyncClient(
        verify=authorities(), trust_env=False, follow_redirects=False, timeout=timeout_s, transport=transport
    ) as client:
        return list(await asyncio.gather(*(_one(client, endpoint, timeout_s) for endpoint in endpoints.values())))


async def _one(client: httpx.AsyncClient, endpoint: Endpoint, timeout_s: float) -> Listed:
    import httpx

    name = endpoint.vendor.name
    try:
        async with asyncio.timeout(timeout_s):
            found = await _pages(client, endpoint)
    except TimeoutError:
        return Listed(name, None, f"no list within {timeout_s:g} s")
    except httpx.HTTPStatusError as error:
        return Listed(name, None, _refused(error.response, api_base(endpoint.vendor)))
    except httpx.HTTPError as error:
        return Listed(name, None, f"the vendor cannot be reached ({type(error).__name__})")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return Listed(name, None, f"the list cannot be read ({type(error).__name__})")
    return Listed(name, tuple(sorted({model for model in found if _NAME.fullmatch(model) and writes(model)})))


def _refused(response: httpx.Response, setting: str) -> str:
    if response.status_code // 100 == 3:
        return redirected(redirect_target(response.request.url, response.headers), setting)
    return f"the list was refused with status {response.status_code}"


async def _pages(client: httpx.AsyncClient, endpoint: Endpoint) -> list[str]:
    found: list[str] = []
    parameters: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        page = await _get(client, endpoint, parameters)
        found += _names(page, endpoint.vendor.listing)
        following = _following(page, endpoint.vendor.listing)
        if not following:
            break
        parameters |= following
    return found


async def _get(client: httpx.AsyncClient, endpoint: Endpoint, parameters: Mapping[str, str]) -> dict[str, Any]:
    """One page. Raises ValueError for what is not a JSON object of a reasonable size."""
    import json

    path = "/v1/models" if endpoint.vendor.listing is Listing.ANTHROPIC else "/models"
    body = bytearray()
    async with client.stream(
        "GET", endpoint.base + path, params=dict(parameters), headers=_headers(endpoint)
    ) as response:
        response.raise_for_status()
        async for block in response.aiter_bytes():
            body += block
            if len(body) > _MOST_BYTES:
                raise ValueError("too long")
    page = json.loads(body)
    if not isinstance(page, dict):
        raise ValueError("no object")
    return page


def _headers(endpoint: Endpoint) -> dict[str, str]:
    key = endpoint.key.reveal() if endpoint.key else ""
    if endpoint.vendor.listing is Listing.ANTHROPIC:
        return {"x-api-key": key, "anthropic-version": "2023-06-01"}
    if endpoint.vendor.listing is Listing.GEMINI:
        return {"x-goog-api-key": key}
    return {"authorization": f"Bearer {key}"} if key else {}


def _names(page: Mapping[str, Any], listing: Listing) -> list[str]:
    if listing is Listing.GEMINI:
        return [
            str(model["name"]).removeprefix("models/")
            for model in page["models"]
            if "generateContent" in model.get("supportedGenerationMethods", ["generateContent"])
        ]
    return [str(model["id"]) for model in page["data"]]


def _following(page: Mapping[str, Any], listing: Listing) -> dict[str, str]:
    """The parameters of the next page, none after the last."""
    if listing is Listing.GEMINI and page.get("nextPageToken"):
        return {"pageToken": str(page["nextPageToken"])}
    if listing is Listing.ANTHROPIC and page.get("has_more") and page.get("last_id"):
        return {"after_id": str(page["last_id"])}
    return {}
