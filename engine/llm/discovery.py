"""Which models a vendor lists: asked in the vendor's own way, so that an outage is never taken for an empty list."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.llm.vendors import Endpoint, Listing, api_base, redirected
from engine.safety.request import redirect_target
from engine.safety.trust import authorities

if TYPE_CHECKING:
    import httpx

_MOST_BYTES = 8_000_000
_MOST_PAGES = 20
_LONGEST_MARK = 2_000
MOST_NAMES = 2_000
"""Models of one vendor that are taken from its list; the largest public lists hold some hundreds."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,119}")
# What vendors list beside models that write.
_OTHER = re.compile(
    r"embed|tts|whisper|audio|speech|transcri|image|dall-e|imagen|veo|sora|video|moderation|rerank|realtime|live"
    r"|lyria|ocr|robotics|computer-use|guard",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of asking one vendor: its models, or why they are not known (then `models` is None).

    `cut`: the list goes on, so that a model that is missing here may still be on it.
    """

    provider: str
    models: tuple[str, ...] | None
    problem: str = ""
    cut: bool = False


class _Unreadable(Exception):
    """An answer that is no list of models; its words are for people."""


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
            found, whole = await _pages(client, endpoint)
    except TimeoutError:
        return Listed(name, None, f"no list within {timeout_s:g} s")
    except httpx.HTTPStatusError as error:
        return Listed(name, None, _refused(error.response, api_base(endpoint.vendor)))
    except httpx.HTTPError as error:
        return Listed(name, None, f"the vendor cannot be reached ({type(error).__name__})")
    except _Unreadable as error:
        return Listed(name, None, f"the list cannot be read: {error}")
    models = sorted(filter(writes, found))
    return Listed(name, tuple(models[:MOST_NAMES]), cut=not whole or len(models) > MOST_NAMES)


def _refused(response: httpx.Response, setting: str) -> str:
    if response.status_code // 100 == 3:
        return redirected(redirect_target(response.request.url, response.headers), setting)
    return f"the list was refused with status {response.status_code}"


async def _pages(client: httpx.AsyncClient, endpoint: Endpoint) -> tuple[set[str], bool]:
    """The names on the vendor's pages, and whether these are all. Raises _Unreadable where entries name nothing."""
    found: set[str] = set()
    parameters: dict[str, str] = {}
    entries = 0
    for _ in range(_MOST_PAGES):
        page = await _get(client, endpoint, parameters)
        listed = _entries(page, endpoint.vendor.listing)
        entries += len(listed)
        found.update(_names(listed, endpoint.vendor.listing))
        following = _following(page, endpoint.vendor.listing)
        if not following or len(found) > MOST_NAMES:
            break
        parameters |= following
    if entries and not found:
        raise _Unreadable("no entry on it names a model")
    return found, not following


async def _get(client: httpx.AsyncClient, endpoint: Endpoint, parameters: Mapping[str, str]) -> dict[str, Any]:
    """One page. Raises _Unreadable for what is not a JSON object of a reasonable size."""
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
                raise _Unreadable(f"it is longer than {_MOST_BYTES:,} bytes")
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Unreadable("it is no JSON") from error
    if not isinstance(page, dict):
        raise _Unreadable("it is no JSON object")
    return page


def _headers(endpoint: Endpoint) -> dict[str, str]:
    key = endpoint.key.reveal() if endpoint.key else ""
    if endpoint.vendor.listing is Listing.ANTHROPIC:
        return {"x-api-key": key, "anthropic-version": "2023-06-01"}
    if endpoint.vendor.listing is Listing.GEMINI:
        return {"x-goog-api-key": key}
    return {"authorization": f"Bearer {key}"} if key else {}


def _entries(page: Mapping[str, Any], listing: Listing) -> list[Any]:
    """Raises _Unreadable where there is no list."""
    where = "models" if listing is Listing.GEMINI else "data"
    if not isinstance(listed := page.get(where), list):
        raise _Unreadable(f"it has no list named {where!r}")
    return listed


def _names(entries: list[Any], listing: Listing) -> Iterator[str]:
    """The names on a page; an entry that is odd is passed over and costs the others nothing."""
    for entry in filter(lambda each: isinstance(each, dict), entries):
        name = entry.get("name" if listing is Listing.GEMINI else "id")
        if not isinstance(name, str) or (listing is Listing.GEMINI and not _generates(entry)):
            continue
        name = name.removeprefix("models/") if listing is Listing.GEMINI else name
        if _NAME.fullmatch(name):
            yield name


def _generates(entry: Mapping[str, Any]) -> bool:
    """Whether Gemini says of a model that it writes, or does not say what it does."""
    methods = entry.get("supportedGenerationMethods")
    return not isinstance(methods, list) or "generateContent" in methods


def _following(page: Mapping[str, Any], listing: Listing) -> dict[str, str]:
    """The parameters of the next page, none after the last. Raises _Unreadable for a mark that cannot be one."""
    if listing is Listing.GEMINI:
        name, mark = "pageToken", page.get("nextPageToken")
    elif listing is Listing.ANTHROPIC:
        name, mark = "after_id", page.get("has_more") and page.get("last_id")
    else:
        return {}
    if not mark:
        return {}
    if not isinstance(mark, str) or len(mark) > _LONGEST_MARK:
        raise _Unreadable("it does not say where it goes on")
    return {name: mark}
