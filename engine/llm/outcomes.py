"""What an exception out of litellm means, by types and by the status that really came back, never by its words.

litellm invents a status 500 for a dead port and for a malformed answer; the exceptions behind its own know better.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.domain.models import Outcome
from engine.safety.request import retry_after


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


def classify(error: BaseException) -> Failure:
    """The failure behind an exception of litellm, or of our own timeout."""
    outcome, status = _outcome(error)
    shown = f" ({status})" if status else ""
    return Failure(outcome, f"{outcome}{shown}: {_words(error)}", _wait(error))


def _outcome(error: BaseException) -> tuple[Outcome, int | None]:
    import httpx
    from litellm import exceptions

    from engine.llm.client import RedirectRefused

    behind = tuple(_behind(error))
    if any(isinstance(each, RedirectRefused) for each in behind):
        return Outcome.REDIRECTED, None
    if isinstance(error, exceptions.ContextWindowExceededError):
        return Outcome.TOO_LONG, None
    if isinstance(error, exceptions.ContentPolicyViolationError):
        return Outcome.REFUSED, None
    for each in behind:
        if isinstance(each, httpx.HTTPStatusError):
            return _of_status(each.response.status_code), each.response.status_code
    if any(isinstance(each, httpx.ConnectError | httpx.ConnectTimeout) for each in behind):
        return Outcome.UNREACHABLE, None
    if any(isinstance(each, TimeoutError | httpx.TimeoutException | exceptions.Timeout) for each in behind):
        return Outcome.TIMEOUT, None
    if any(isinstance(each, httpx.TransportError) for each in behind):
        return Outcome.DROPPED, None
    return _of_class(error), None


def _of_status(status: int) -> Outcome:
    if status >= 500:
        return Outcome.SERVER
    return _BY_STATUS.get(status, Outcome.BAD_REQUEST)


def _of_class(error: BaseException) -> Outcome:
    """No answer of the vendor stands behind it: an error in a 200, or something that litellm could not read."""
    from litellm import exceptions

    by_class: tuple[tuple[type[BaseException], Outcome], ...] = (
        (exceptions.AuthenticationError, Outcome.KEY_REFUSED),
        (exceptions.PaymentRequiredError, Outcome.NO_CREDITS),
        (exceptions.RateLimitError, Outcome.RATE_LIMITED),
        (exceptions.NotFoundError, Outcome.NO_MODEL),
        (exceptions.UnsupportedParamsError, Outcome.BAD_REQUEST),
    )
    return next((outcome for kind, outcome in by_class if isinstance(error, kind)), Outcome.MALFORMED)


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


def _words(error: BaseException) -> str:
    """For a person; whoever stores it redacts it."""
    from engine.llm.client import RedirectRefused

    if isinstance(error, TimeoutError):
        return "the attempt's time was over"
    redirect = next((each for each in _behind(error) if isinstance(each, RedirectRefused)), None)
    if redirect is not None:
        return str(redirect)
    return f"{type(error).__name__}: {getattr(error, 'message', None) or error}"[:400]
