"""What the vendors really say when they refuse: statuses and bodies, and what each of them means.

Identifiers of teams, projects and requests are made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.domain.models import Outcome
from tests.engine.llm.misbehaving import ANTHROPIC_ANSWER, OPENAI_ANSWER

MODEL = "gpt-4o-mini"
COUNTED = 1_500
"""Tokens of the prompt, by the vendors that refused in a 200."""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of one vendor to a question for `MODEL`."""

    vendor: str
    status: int
    body: Any
    outcome: Outcome


def _openai(message: str, code: str | None, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _google(code: int, message: str, status: str, reason: str | None = None) -> dict[str, Any]:
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    info: dict[str, Any] = {"@type": kind, "reason": reason, "domain": "googleapis.com"}
    info |= {"metadata": {"service": "generativelanguage.googleapis.com"}}
    return {"error": {"code": code, "message": message, "status": status, "details": [info] if reason else []}}


def _anthropic(message: str) -> dict[str, Any]:
    error = {"type": "invalid_request_error", "message": message}
    return {"type": "error", "error": error, "request_id": "req_011CbrFTcXhtiMzr3s6EocF7"}


_QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
)
_TEAM = "Your team 16f2151a-40f4-4a80-8ad0-cae00c27e8dd "
_SPENT = (
    f"{_TEAM}has either used all available credits or reached its monthly spending limit. To continue making API "
    "requests, please purchase more credits or raise your spending limit."
)
_KEY = "Incorrect API key provided: ba***na. You can obtain an API key from https://console.x.ai."
_LOW = (
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase "
    "credits."
)

ERRORS = {
    "gemini, wrong key": Said(
        "gemini",
        400,
        _google(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT", "API_KEY_INVALID"),
        Outcome.KEY_REFUSED,
    ),
    "gemini, expired key, in a list": Said(
        "gemini",
        400,
        [_google(400, "API key expired. Please renew the API key.", "INVALID_ARGUMENT", "API_KEY_INVALID")],
        Outcome.KEY_REFUSED,
    ),
    "xAI, wrong key": Said(
        "grok", 400, {"code": "Client specified an invalid argument", "error": _KEY}, Outcome.KEY_REFUSED
    ),
    "xAI, wrong key, encoded": Said(
        "grok",
        400,
        {"code": "Client specified an invalid argument", "error": _KEY.replace(" ", "%20")},
        Outcome.KEY_REFUSED,
    ),
    "openai, empty account": Said(
        "openai",
        429,
        _openai(
            f"{_QUOTA}read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
            "insufficient_quota",
            "insufficient_quota",
        ),
        Outcome.NO_CREDITS,
    ),
    "openai, inactive account": Said(
        "openai",
        429,
        _openai(
            "Your account is not active, please check your billing details on our website.", None, "billing_not_active"
        ),
        Outcome.NO_CREDITS,
    ),
    "anthropic, empty account": Said("anthropic", 400, _anthropic(_LOW), Outcome.NO_CREDITS),
    "deepseek, empty account": Said(
        "deepseek", 402, _openai("Insufficient Balance", "invalid_request_error", "unknown_error"), Outcome.NO_CREDITS
    ),
    "xAI, empty account, 429": Said(
        "grok", 429, {"code": "Some resource has been exhausted", "error": _SPENT}, Outcome.NO_CREDITS
    ),
    "xAI, empty account, 403": Said("grok", 403, {"code": "permission-denied", "error": _SPENT}, Outcome.NO_CREDITS),
    "xAI, a team without credits": Said(
        "grok",
        403,
        {
            "code": "The caller does not have permission to execute the specified operation",
            "error": "Your newly created team doesn't have any credits or licenses yet. You can purchase those on "
            "https://console.x.ai/team/16f2151a-40f4-4a80-8ad0-cae00c27e8dd.",
        },
        Outcome.NO_CREDITS,
    ),
    "gemini, empty account": Said(
        "gemini",
        429,
        _google(
            429,
            "Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your "
            "project and billing.",
            "RESOURCE_EXHAUSTED",
        ),
        Outcome.NO_CREDITS,
    ),
    "gemini, a day's free questions asked": Said(
        "gemini",
        429,
        _google(429, f"{_QUOTA}head to: https://ai.google.dev/gemini-api/docs/rate-limits.", "RESOURCE_EXHAUSTED"),
        Outcome.RATE_LIMITED,
    ),
    "mistral, too many questions": Said(
        "mistral",
        429,
        {"object": "error", "message": "Rate limit exceeded", "type": "rate_limited", "param": None, "code": "1300"},
        Outcome.RATE_LIMITED,
    ),
    "openai, a model that the project may not use": Said(
        "openai",
        403,
        _openai(f"Project `proj_QRf115YMnQwMUdTI9cu2sWQ8` does not have access to model `{MODEL}`", "model_not_found"),
        Outcome.NO_MODEL,
    ),
    "custom, a model that the key may not use": Said(
        "custom",
        403,
        {"error": {"message": f"User tester is not authorized to access model {MODEL}", "code": "403"}},
        Outcome.NO_MODEL,
    ),
    "xAI, no such model": Said(
        "grok",
        404,
        {
            "code": "Some requested entity was not found",
            "error": f"The model {MODEL} does not exist or your team bdc397fa-17fc-468e-9180-d0870ca1e10a does not "
            "have access to it. Please ensure you're using the correct API key.",
        },
        Outcome.NO_MODEL,
    ),
    "mistral, no such model": Said(
        "mistral",
        400,
        {
            "object": "error",
            "message": f"Invalid model: {MODEL}",
            "type": "invalid_model",
            "param": None,
            "code": "1500",
        },
        Outcome.NO_MODEL,
    ),
    "deepseek, no such model": Said(
        "deepseek", 400, _openai("Model Not Exist", "invalid_request_error"), Outcome.NO_MODEL
    ),
    "mistral, wrong key": Said("mistral", 401, {"detail": "Unauthorized"}, Outcome.KEY_REFUSED),
    "anthropic, a wrong request": Said("anthropic", 400, _anthropic("max_tokens: 100000 > 8192"), Outcome.BAD_REQUEST),
    "openai, an error in a 200": Said("openai", 200, {"error": {"message": "boom", "code": 401}}, Outcome.MALFORMED),
    "custom, an empty account in a 200": Said(
        "custom", 200, {"error": {"message": "boom", "code": 402}}, Outcome.MALFORMED
    ),
    "deepseek, no such model in a 200": Said(
        "deepseek", 200, {"error": {"message": "boom", "code": 404}}, Outcome.MALFORMED
    ),
}


def _choice(finish: str, **message: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": None, **message}
    usage = {"prompt_tokens": COUNTED, "completion_tokens": 7, "total_tokens": COUNTED + 7}
    return {**OPENAI_ANSWER, "choices": [{"index": 0, "finish_reason": finish, "message": said}], "usage": usage}


def _claude(*texts: str, **more: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": text} for text in texts]
    usage = {"input_tokens": COUNTED, "output_tokens": 7}
    return {**ANTHROPIC_ANSWER, "content": content, "stop_reason": "refusal", "usage": usage, **more}


_GEMINI_USAGE = {"usageMetadata": {"promptTokenCount": COUNTED, "totalTokenCount": COUNTED}}
_DECLINED = {
    "type": "refusal",
    "category": "cyber",
    "explanation": "This request was declined because it could enable cyber harm.",
}


def _refusal(vendor: str, body: Any) -> Said:
    return Said(vendor, 200, body, Outcome.REFUSED)


REFUSALS = {
    "openai, in its own words": _refusal("openai", _choice("stop", refusal="I can't assist with that request.")),
    "openai, content filter": _refusal("openai", _choice("content_filter", content="")),
    "mistral, content filter": _refusal("mistral", _choice("content_filter", content="")),
    "deepseek, content filter": _refusal("deepseek", _choice("content_filter", content="")),
    "anthropic, before a word": _refusal("anthropic", _claude(stop_details=_DECLINED)),
    "anthropic, after some": _refusal("anthropic", _claude("Hello..")),
    "gemini, the prompt": _refusal(
        "gemini", {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, **_GEMINI_USAGE}
    ),
    "gemini, safety": _refusal("gemini", {"candidates": [{"finishReason": "SAFETY", "index": 0}], **_GEMINI_USAGE}),
    "gemini, recitation": _refusal(
        "gemini", {"candidates": [{"finishReason": "RECITATION", "index": 0}], **_GEMINI_USAGE}
    ),
    "gemini, other": _refusal("gemini", {"candidates": [{"finishReason": "OTHER", "index": 0}], **_GEMINI_USAGE}),
}
