"""prompts_used.json: every prompt behind the release with its answer, word for word."""

from __future__ import annotations

from dataclasses import dataclass

from engine.release.documents import utc
from engine.release.metadata import Metadata
from engine.release.request import PackageRequest

SCHEMA = "noktvrn-prompts-1"


@dataclass(frozen=True, slots=True)
class PromptEntry:
    """One call."""

    role: str
    provider: str
    model: str
    prompt_version: str
    at: str
    prompt: str
    answer: str


@dataclass(frozen=True, slots=True)
class PromptsUsed:
    """The whole document, calls in the order of the request."""

    schema: str
    release_id: str
    run_id: str
    seed: int
    prompts: tuple[PromptEntry, ...]


def list_prompts(request: PackageRequest, metadata: Metadata) -> PromptsUsed:
    """The document for a request."""
    entries = tuple(
        PromptEntry(item.role, item.provider, item.model, item.prompt_version, utc(item.at), item.prompt, item.answer)
        for item in request.prompts
    )
    return PromptsUsed(SCHEMA, metadata.release_id, metadata.run_id, request.seed, entries)
