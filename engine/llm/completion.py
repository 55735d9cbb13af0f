"""The one place that calls litellm: imported off the event loop, without network, its loggers kept off the terminal."""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.domain.models import ModelName
from engine.llm.outcomes import Failure, blocked, classify
from engine.llm.vendors import Endpoint
from engine.safety.secrets import Redactor
from engine.safety.trust import authorities

_LATER = (
    "openai.resources",
    "litellm.proxy._types",
    "litellm.litellm_core_utils.default_encoding",
    "httpcore",
    "anyio._backends._asyncio",
    "engine.llm.client",
)
"""What is imported at the first call and at the first failure else, on the event loop and as the model's latency: half
a second."""
_STOPPED = "the vendor's filter stopped the answer"
_LOGGERS = ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router", "litellm")


@dataclass(frozen=True, slots=True)
class Question:
    """What goes to a model. `schema` is the JSON Schema of the answer, None for free text."""

    messages: Sequence[Mapping[str, str]]
    temperature: float
    max_tokens: int
    schema: Mapping[str, Any] | None = None
    size: int = field(init=False)
    """Its length in bytes, with the schema, which some vendors take, and count, beside the messages."""

    def __post_init__(self) -> None:
        stated = len(json.dumps(self.schema)) if self.schema is not None else 0
        object.__setattr__(self, "size", stated + sum(len(message["content"].encode()) for message in self.messages))


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back. `cut`: it reached the length limit. `refused`: the model or its vendor would not answer, with the
    words for it; `text` is what had been written by then. Tokens as the vendor counted them, whatever that is worth:
    `engine.llm.attempt` judges them. None where it did not."""

    text: str
    tokens_in: int | None
    tokens_out: int | None
    cut: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars for a million tokens, so that a token's fraction is not lost."""

    tokens_in: int
    tokens_out: int

    def cost(self, tokens_in: int, tokens_out: int) -> int:
        """The cost of so many tokens in micro-dollars, rounded up."""
        return -(-(self.tokens_in * tokens_in + self.tokens_out * tokens_out) // 1_000_000)

    def most(self, question: Question) -> int:
        """The most that the question may cost: no tokenizer makes more than a token of two bytes of prose or JSON."""
        return self.cost(question.size // 2 + 100, question.max_tokens)


FREE = Price(0, 0)


class ModelFailed(Exception):
    """An attempt failed; `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.cause)
        self.failure = failure


class Backend(Protocol):
    """Whoever can put a question to a model."""

    async def ready(self) -> None:
        """Loads what asking takes, which no model is to blame for."""

    async def price(self, name: ModelName) -> Price | None:
        """What the model costs; None where its vendor has no key."""

    async def complete(self, name: ModelName, question: Question, timeout_s: float) -> Completion:
        """The model's answer. Raises ModelFailed."""


@dataclass(frozen=True, slots=True)
class LiteLlm:
    """The vendors behind litellm. Tries once: retries and fallbacks are ours."""

    endpoints: Mapping[str, Endpoint]
    unknown: Price
    """The price of a model that litellm's list does not know."""

    async def ready(self) -> None:
        """Imports litellm, in seconds, and what stands between it and the wire."""
        await _loaded()

    async def price(self, name: ModelName) -> Price | None:
        """From litellm's own list, which came with it: no network."""
        endpoint = self.endpoints.get(name.provider)
        if endpoint is None:
            return None
        if endpoint.free:
            return FREE
        litellm = await _loaded()
        known = litellm.model_cost.get(endpoint.vendor.prefix + name.model) or litellm.model_cost.get(name.model)
        if not known or "input_cost_per_token" not in known:
            return self.unknown
        per_million = 1e12
        return Price(
            round(known["input_cost_per_token"] * per_million),
            round(known.get("output_cost_per_token", known["input_cost_per_token"]) * per_million),
        )

    async def complete(self, name: ModelName, question: Question, timeout_s: float) -> Completion:
        """One attempt. Raises ModelFailed; a cancelled attempt stays cancelled."""
        litellm = await _loaded()
        from engine.llm.client import straight, unpriced

        endpoint = self.endpoints[name.provider]
        model, messages = endpoint.vendor.prefix + name.model, [dict(message) for message in question.messages]
        try:
            # The library's own limit of time is between two bytes; its own books would be kept after each call.
            async with asyncio.timeout(timeout_s), straight(endpoint, timeout_s) as client:
                with _unlogged():
                    response = await litellm.acompletion(
                        model=model,
                        messages=messages,
                        client=client,
                        litellm_logging_obj=unpriced(model, messages),
                        api_base=endpoint.base or None,
                        api_key=endpoint.key.reveal() if endpoint.key else "none",
                        temperature=question.temperature,
                        max_tokens=question.max_tokens,
                        timeout=timeout_s,
                        num_retries=0,
                        max_retries=0,
                        drop_params=True,
                        **endpoint.vendor.more,
                        **_format(endpoint.vendor.json_mode, question.schema),
                    )
            return _completion(response)
        except Exception as error:
            if blocked(error):
                return Completion("", None, None, refused=_STOPPED)
            redact = Redactor([endpoint.key] if endpoint.key else []).text
            raise ModelFailed(classify(error, name, redact)) from error


def _completion(response: Any) -> Completion:
    """What litellm made of an answer. It names every vendor's refusal `content_filter`, but for one that OpenAI's
    models give in their own words."""
    choice, usage = response.choices[0], getattr(response, "usage", None)
    said = (getattr(choice.message, "provider_specific_fields", None) or {}).get("refusal")
    stopped = _STOPPED if choice.finish_reason == "content_filter" else ""
    return Completion(
        choice.message.content or "",
        getattr(usage, "prompt_tokens", None),
        getattr(usage, "completion_tokens", None),
        choice.finish_reason == "length",
        said if isinstance(said, str) and said else stopped,
    )


@contextmanager
def _unlogged() -> Iterator[None]:
    """litellm prices and formats every call for its own callbacks, of which we have none: milliseconds each."""
    from litellm._internal_context import is_internal_call

    token = is_internal_call.set(True)
    try:
        yield
    finally:
        is_internal_call.reset(token)


def _format(json_mode: str, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    if schema is None or not json_mode:
        return {}
    if json_mode == "object":
        return {"response_format": {"type": "json_object"}}
    named = {"name": "answer", "schema": {key: value for key, value in schema.items() if key != "$schema"}}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


async def _loaded() -> Any:
    """litellm, imported in a thread at its first use: that takes seconds."""
    import sys

    found = sys.modules.get("litellm")
    if found is not None and getattr(found, "suppress_debug_info", False):
        return found
    return await asyncio.to_thread(load)


def load() -> Any:
    """Imports litellm, quiet and without network: by itself it fetches a price list and writes to stderr."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    # We mask our secrets. Its patterns search all of an answer that it cannot read, on the event loop: ten seconds
    # for a large one, for ever in one that is made for it.
    os.environ["LITELLM_DISABLE_REDACT_SECRETS"] = "True"
    # What a vendor puts where text belongs is our own finding; pydantic says it with a path and the vendor's words.
    warnings.filterwarnings("ignore", category=UserWarning, module="pydantic")
    import litellm

    litellm.telemetry = False
    litellm.drop_params = True
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.CRITICAL)  # whatever failed is in our own record, redacted
    for name in _LATER:
        importlib.import_module(name)
    authorities()  # read here, in a thread: it takes 30 ms
    litellm.suppress_debug_info = True  # `_loaded` looks at it: all of the above is done
    # A hundred thousand objects that live as long as the process: every full collection would look at them all.
    gc.collect()
    gc.freeze()
    return litellm
