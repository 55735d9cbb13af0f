"""One attempt at one model: it ends in an answer or in a classified failure, whatever happens, and with its bill.

A vendor's own numbers and words are not trusted: a count that cannot be is not booked, text that no database keeps is
mended.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeGuard

from engine.domain.models import COST_UNKNOWN, ModelName, Outcome
from engine.domain.money import SpendState
from engine.llm.completion import FREE, Backend, Completion, ModelFailed, Price, Question
from engine.llm.outcomes import Failure
from engine.safety.text import plain

_log = logging.getLogger(__name__)

UNCOUNTED = "answered, but how many tokens it took is not known: all that was set aside counts"
"""What is said of an answer whose cost nobody knows."""
_UNSEEN = 4_096
"""Tokens that a vendor may put before a prompt: its own instructions, the frame of a chat."""
_THOUGHTS = 65_536
"""Tokens of thought that come on top of an answer's limit where a vendor does not count them under it."""
_LONGEST_TOKEN = 128
"""Bytes: the longest in the vocabularies of OpenAI's models, a run of spaces. A text takes one token for four or five
of its bytes; a count below a thirtieth of that is not a generous one, but none."""
_WORDS = 300


@dataclass(frozen=True, slots=True)
class Bill:
    """What becomes of a reservation, and what counts for the call, in micro-dollars. No tokens where none are known."""

    state: SpendState
    cost: int
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended; after a `failure` the completion is empty, but for what a refusal began with."""

    completion: Completion
    bill: Bill
    latency_ms: int
    failure: Failure | None = None


async def try_once(backend: Backend, price: Price, name: ModelName, question: Question, timeout_s: float) -> Ended:
    """Puts the question once. Raises nothing but a cancellation."""
    completion, failure = Completion("", 0, 0), None
    began = perf_counter()
    try:
        await backend.ready()
        began = perf_counter()
        completion = await backend.complete(name, question, timeout_s)
        completion = replace(completion, text=_storable(completion.text))
        bill, failure = bill_of(price, question, completion), _refusal(completion)
    except ModelFailed as failed:
        failure = replace(failed.failure, cause=_storable(failed.failure.cause))
        bill = bill_of_failure(price, question, failure)
    except Exception as error:  # noqa: BLE001 - a defect is one model's, not the question's
        failure = unexpected(error, f"while {name} was asked")
        completion, bill = Completion("", 0, 0), bill_of_failure(price, question, failure)
    return Ended(completion, bill, round((perf_counter() - began) * 1000), failure)


def _refusal(completion: Completion) -> Failure | None:
    """An answer that is none: it is paid for like one, and asking again would be refused again."""
    if not completion.refused:
        return None
    return Failure(Outcome.REFUSED, f"{Outcome.REFUSED}: {plain(completion.refused, limit=_WORDS)}")


def unexpected(error: Exception, when: str) -> Failure:
    """What an exception means that nobody foresaw: its traceback goes to the log, its words no further."""
    _log.error("%s %s", type(error).__name__, when, exc_info=error)
    return Failure(Outcome.UNEXPECTED, f"{Outcome.UNEXPECTED}: {type(error).__name__} {when}; the log has it in full")


def bill_of(price: Price, question: Question, completion: Completion) -> Bill:
    """The bill for an answer: by the vendor's count where that can be, else at the most that the question may cost."""
    tokens_in, tokens_out = completion.tokens_in, completion.tokens_out
    least_in = sum(_least(message["content"]) for message in question.messages)
    if _possible(tokens_in, max(1, least_in), question.size + _UNSEEN) and _possible(
        tokens_out, _least(completion.text), question.max_tokens + _THOUGHTS
    ):
        return Bill(SpendState.SETTLED, price.cost(tokens_in, tokens_out), tokens_in, tokens_out)
    if price == FREE:
        return Bill(SpendState.SETTLED, 0)
    return Bill(SpendState.UNKNOWN, price.most(question))


def bill_of_failure(price: Price, question: Question, failure: Failure) -> Bill:
    """The bill for an attempt that gave no answer."""
    if failure.outcome in COST_UNKNOWN:
        return Bill(SpendState.UNKNOWN, price.most(question))
    return Bill(SpendState.RELEASED, 0)


def _possible(tokens: object, least: int, most: int) -> TypeGuard[int]:
    """A vendor can write anything where a number belongs: text, `true`, less than nothing, more than there is."""
    return isinstance(tokens, int) and not isinstance(tokens, bool) and least <= tokens <= most


def _least(text: str) -> int:
    """The fewest tokens that the text can be."""
    return -(-len(text.encode()) // _LONGEST_TOKEN) if text else 0


def _storable(text: str) -> str:
    """Half a surrogate pair, which JSON lets through, fits into no database."""
    return text.encode("utf-8", "replace").decode()
