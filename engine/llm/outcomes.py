"""What an exception out of litellm means: by types, by the status that really came back, and by what the vendor's error
states (`engine.llm.reasons`), never by litellm's words.

litellm invents a status 500 for a dead port and for a malformed answer; the exceptions behind its own know better.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.domain.models import ModelName, Outcome
from engine.llm import reasons
from engine.safety.request import retry_after
from engine.safety.text import plain

if TYPE_CHECKING:
    import httpx

_WORDS = 300
_READ = 200_000
"""Characters of a vendor's words that are looked at."""
# What litellm puts around them: "litellm.BadRequestError: BadRequestError: OpenAIException - no".
_CLASSES = re.compile(
    r"(?:(?:\w+\.)*\w*(?:Error|Exception|Timeout)(?: \w+Error)?\s*(?:: |- )|Error code: \d+ - )+", re.ASCII
)
_ASIDE = re.compile(
    r"Traceback \(most recent call last\)|Handle with `litellm|File an issue if litellm|,? ?Original Response:"
    r"|\.? Got=|(?<=LLM endpoint\. )Received: |stack ?trace:",
    re.IGNORECASE,
)
"""What a person has no use for, up to the end: tracebacks, advice to programmers, the whole answer."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt failed; `wait_s` is the vendor's Retry-After in seconds."""

    outcome: Outcome
    cause: str
    wait_s: float | None = None


_BY_STATUS = {
    401: Outcome.KEY_REFUSED,
    402: Outcome.NO_CREDITS,
    403: Outcome.KEY_REFUSED,
    404: Outcome.NO_MODEL,
    408: Outcome.TIMEOUT,
    413: Outcome.TOO_LONG,
    429: Outcome.RATE_LIMITED,
}


def classify(error: BaseException, name: ModelName, redact: Callable[[str], str] = str) -> Failure:
    """The failure behind an exception of litellm, or of our own timeout, when `name` was asked.

    Its cause is one harmless line of at most 350 characters; `redact` masks secrets before anything is cut.
    """
    from engine.llm.wire import AnswerTooLarge

    for each in _behind(error):
        if isinstance(each, AnswerTooLarge):
            return Failure(Outcome.MALFORMED, f"{Outcome.MALFORMED}: {each}")
    outcome, status = _outcome(error, name)
    shown = f" ({status})" if status else ""
    words = plain(redact(_words(outcome, error)), limit=_WORDS)
    return Failure(outcome, f"{outcome}{shown}" + (f": {words}" if words else ""), _wait(error))


def _outcome(error: BaseException, name: ModelName) -> tuple[Outcome, int | None]:
    import httpx
    from litellm import exceptions

    from engine.llm.client import RedirectRefused

    behind = tuple(_behind(error))
    if any(isinstance(each, RedirectRefused) for each in behind):
        return Outcome.REDIRECTED, None
    response = next((each.response for each in behind if isinstance(each, httpx.HTTPStatusError)), None)
    if response is not None and (stated := reasons.stated(name, response.status_code, _content(response))) is not None:
        return stated, response.status_code
    if isinstance(error, exceptions.ContextWindowExceededError):
        return Outcome.TOO_LONG, None
    if isinstance(error, exceptions.ContentPolicyViolationError):
        return Outcome.REFUSED, None
    if response is not None:
        return _of_status(response.status_code), response.status_code
    if any(isinstance(each, httpx.ConnectError | httpx.ConnectTimeout) for each in behind):
        return Outcome.UNREACHABLE, None
    if any(isinstance(each, TimeoutError | httpx.TimeoutException | exceptions.Timeout) for each in behind):
        return Outcome.TIMEOUT, None
    if any(isinstance(each, httpx.TransportError) for each in behind):
        return Outcome.DROPPED, None
    return _of_class(error), None


def _content(response: httpx.Response) -> bytes:
    import httpx

    try:
        return response.content
    except httpx.StreamError:  # nobody read it
        return b""


def _of_status(status: int) -> Outcome:
    if status >= 500:
        return Outcome.SERVER
    return _BY_STATUS.get(status, Outcome.BAD_REQUEST)


def _of_class(error: BaseException) -> Outcome:
    """No refusal of the vendor stands behind it: an error in a 200, or something that litellm could not read.

    Whatever code such an error gives itself, it is no word on the key or the account, for which a person would be
    called and the whole vendor left alone.
    """
    from litellm import exceptions

    by_class: tuple[tuple[type[BaseException], Outcome], ...] = (
        (exceptions.RateLimitError, Outcome.RATE_LIMITED),
        (exceptions.UnsupportedParamsError, Outcome.BAD_REQUEST),
    )
    return next((outcome for kind, outcome in by_class if isinstance(error, kind)), Outcome.MALFORMED)


def blocked(error: BaseException) -> bool:
    """Whether Gemini's filter stopped the answer and counted nothing: litellm then looks for the count in vain."""
    return any(isinstance(each, KeyError) and each.args == ("usageMetadata",) for each in _behind(error))


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it was raised from, outermost first."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__


def _wait(error: BaseException) -> float | None:
    return retry_after(getattr(error, "litellm_response_headers", None) or {})


def _words(outcome: Outcome, error: BaseException) -> str:
    """What a person is told beside the outcome: ours where nobody said any, else the vendor's, as they came."""
    import httpx

    ours = _OURS.get(outcome)
    if ours is not None:
        return ours
    if outcome in (Outcome.REDIRECTED, Outcome.UNREACHABLE):
        return next((str(each) for each in reversed((*_behind(error),)) if isinstance(each, httpx.TransportError)), "")
    said = str(getattr(error, "message", None) or error)[:_READ]
    return _reason(_message(_unwrapped(said)))


_OURS = {
    Outcome.TIMEOUT: "the attempt's time was over",
    Outcome.DROPPED: "the connection broke before the answer was whole",
}


def _unwrapped(said: str) -> str:
    """Without class names in front."""
    said = said.strip()
    found = _CLASSES.match(said)
    return said[found.end() :] if found else said


def _reason(said: str) -> str:
    """Without class names in front and without what follows the reason."""
    said = _unwrapped(said)
    found = _ASIDE.search(said)
    return said[: found.start()] if found else said


def _message(said: str) -> str:
    """The message in a vendor's JSON; `said` itself where it is none."""
    try:
        found, _ = json.JSONDecoder().raw_decode(said)
    except (ValueError, RecursionError):
        return said
    if isinstance(found, list) and found:
        found = found[0]
    for _ in range(2):  # {"error": {"message": "..."}}, {"message": "..."}, {"detail": "..."}, {"error": "..."}
        if isinstance(found, dict):
            found = next((found[name] for name in ("error", "message", "detail") if found.get(name)), "")
    return found if isinstance(found, str) else said
