"""Language models as the label sees them: roles, names, how an attempt can end, and the circuit of each model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What a language model is asked for."""

    PERSONA = "persona"
    CONCEPT = "concept"
    LYRICS = "lyrics"
    REFLECTION = "reflection"
    JUDGE = "judge"
    ANALYST = "analyst"
    ENGINEER = "engineer"


ROLES: tuple[str, ...] = tuple(Role)

PING = "ping"
"""The role of a health check's call."""
NOT_ASKED = "not asked yet"
"""How the line about a model ends that has no figures yet."""
OFFLINE = "offline"
"""The provider of the built-in writer."""

_BY_PREFIX: Mapping[str, str] = {
    "gpt-": "openai",
    "deepseek-": "deepseek",
    "grok-": "grok",
    "gemini-": "gemini",
    "gemma-": "gemini",
    "mistral-": "mistral",
    "ministral-": "mistral",
    "open-mi": "mistral",
    "codestral-": "mistral",
    "claude-": "anthropic",
}


@dataclass(frozen=True, slots=True, order=True)
class ModelName:
    """One model of one provider, written `provider:model`."""

    provider: str
    model: str

    @staticmethod
    def parse(text: str) -> ModelName:
        """`provider:model`; without a provider it follows from the name's beginning, else it is `custom`."""
        provider, colon, model = text.partition(":")
        if colon and model and provider.isalpha():
            return ModelName(provider.lower(), model)
        known = (vendor for prefix, vendor in _BY_PREFIX.items() if text.startswith(prefix))
        return ModelName(next(known, "custom"), text)

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


@dataclass(frozen=True, slots=True)
class Byline:
    """Who wrote something: the model, and the wording (`lyrics-2`) to which it answered."""

    provider: str
    model: str
    prompt_version: str


class Outcome(StrEnum):
    """How one attempt ended."""

    ANSWERED = "answered"
    INVALID = "invalid"
    """An answer came, of the wrong shape or against a rule."""
    CUT = "cut"
    """The answer reached the length limit before its end."""
    RATE_LIMITED = "rate limited"
    SERVER = "server error"
    DROPPED = "connection dropped"
    TIMEOUT = "no answer in time"
    UNREACHABLE = "unreachable"
    """No connection came about: nothing was sent."""
    REDIRECTED = "redirected"
    """The address sent us elsewhere, and nothing went there."""
    MALFORMED = "malformed answer"
    """What came back is not the vendor's own format."""
    KEY_REFUSED = "key refused"
    NO_CREDITS = "no credits"
    NO_MODEL = "no such model"
    TOO_LONG = "prompt too long"
    REFUSED = "refused by policy"
    BAD_REQUEST = "request refused"
    UNEXPECTED = "unexpected error"
    """A defect, of ours or of a library's, ended the attempt."""


RETRY_SAME = frozenset({Outcome.RATE_LIMITED, Outcome.SERVER, Outcome.DROPPED})
"""The same model may answer a moment later."""
COST_UNKNOWN = frozenset({Outcome.DROPPED, Outcome.TIMEOUT, Outcome.MALFORMED, Outcome.UNEXPECTED})
"""The vendor may have done the work: the money that was reserved counts as spent."""
OF_PROVIDER = frozenset({Outcome.KEY_REFUSED, Outcome.NO_CREDITS})
"""It holds for every model of the provider, and a person is told."""
PASSING = RETRY_SAME | COST_UNKNOWN | OF_PROVIDER | {Outcome.UNREACHABLE}
"""It says nothing lasting of the model itself: at another time it may answer."""
NO_FAULT = frozenset({Outcome.ANSWERED, Outcome.INVALID, Outcome.CUT, Outcome.TOO_LONG, Outcome.REFUSED})
"""The model works, whatever became of this question."""


class HealthState(StrEnum):
    """The circuit of a model (or, with an empty model, of a whole provider)."""

    READY = "ready"
    COOLING = "cooling"
    PROBING = "probing"
    """Half-open: one question is let through, and its end decides."""
    KEY_REFUSED = "key refused"
    NO_CREDITS = "no credits"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of one model. `failures` counts those in a row; `until` is when it may be asked again."""

    name: ModelName
    state: HealthState = HealthState.READY
    reason: str = ""
    until: datetime | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Cooling:
    """How long a model rests after a failure; it doubles with each further one, up to `most_s` seconds."""

    base_s: float = 30.0
    most_s: float = 900.0

    def rest(self, failures: int) -> timedelta:
        """The rest after so many failures in a row."""
        return timedelta(seconds=min(self.most_s, self.base_s * 2.0 ** min(failures - 1, 30)))


_CREDITS_REST = timedelta(hours=1)


class Circuit(StrEnum):
    """Whether a model may be asked now."""

    CLOSED = "closed"
    HALF_OPEN = "half-open"
    OPEN = "open"


def circuit(health: Health, at: datetime) -> Circuit:
    """Closed: ask. Half-open: one asks, who claims it first. Open: leave it alone."""
    if health.state is HealthState.READY:
        return Circuit.CLOSED
    if health.until is not None and health.until <= at:
        return Circuit.HALF_OPEN
    return Circuit.OPEN


def after(health: Health, outcome: Outcome, cause: str, at: datetime, cooling: Cooling, wait_s: float | None) -> Health:
    """The model's health after an attempt; for `OF_PROVIDER` the caller passes the provider's.

    `wait_s` is how long the vendor asked to wait (Retry-After), in seconds.
    """
    if outcome in NO_FAULT:
        return Health(health.name)
    if outcome is Outcome.BAD_REQUEST:
        return replace(health, state=HealthState.READY, reason="", until=None)
    failures = health.failures + 1
    if outcome is Outcome.KEY_REFUSED:
        return Health(health.name, HealthState.KEY_REFUSED, cause, None, failures)
    if outcome is Outcome.NO_MODEL:
        return Health(health.name, HealthState.GONE, cause, None, failures)
    if outcome is Outcome.NO_CREDITS:
        return Health(health.name, HealthState.NO_CREDITS, cause, at + _CREDITS_REST, failures)
    rest = max(cooling.rest(failures), timedelta(seconds=min(wait_s or 0.0, 86_400.0)))
    return Health(health.name, HealthState.COOLING, cause, at + rest, failures)


NO_BUDGET = "no budget"
"""The outcome of a model that was not asked because the budget of 0 lets nothing cost money."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of a chain's story. Not `asked`: the model was passed over, for `cause`, at no cost."""

    name: ModelName
    outcome: str
    cause: str
    latency_ms: int = 0
    cost_microusd: int = 0
    asked: bool = True


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """One question and everybody who was tried, in order; `answered` is who wrote, None where nobody did.

    `cap` names the cap that held somebody back (`engine.domain.money.Cap`), empty for none.
    """

    id: str
    role: Role
    prompt_version: str
    attempts: tuple[Attempt, ...]
    answered: ModelName | None
    fell_back: bool
    why: str
    latency_ms: int
    cap: str = ""

    @property
    def as_chosen(self) -> bool:
        """Whether the first that the operator's budget of 0 lets answer did: no model failed or rests."""
        others = [attempt for attempt in self.attempts if attempt.name != self.answered]
        return bool(self.answered and others) and all(attempt.outcome == NO_BUDGET for attempt in others)

    @property
    def cost_microusd(self) -> int:
        """What all attempts cost together."""
        return sum(attempt.cost_microusd for attempt in self.attempts)


def fallback_incident(role: str) -> str:
    """A role whose first choice does not answer."""
    return f"llm.fallback.{role}"


def exhausted_incident(role: str) -> str:
    """A role for which no model answers."""
    return f"llm.exhausted.{role}"


def key_incident(provider: str) -> str:
    """A vendor that refuses its key."""
    return f"llm.key.{provider}"


def credits_incident(provider: str) -> str:
    """A vendor that says that the account is empty."""
    return f"llm.credits.{provider}"


RETIRED_INCIDENTS, UNREADY_INCIDENTS = "llm.retired.", "llm.unready."
"""How incidents begin of models that a ladder names: listed no more; not asked, for want of a good health check."""
