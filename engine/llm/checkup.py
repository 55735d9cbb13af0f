"""The health check: a small question with a schema, and whether the answer is the one that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.models import Outcome
from engine.llm import answers
from engine.llm.completion import Completion, Question


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """The answer."""

    ok: bool


_MOST_TOKENS = 1_024
"""Of which many models spend hundreds on thoughts, whatever they are asked."""
TEXT = 'Answer with the JSON object {"ok": true} and nothing else.'
QUESTION = Question(({"role": "user", "content": TEXT},), 0.0, _MOST_TOKENS, answers.schema(HealthCheck))


def judged(completion: Completion) -> tuple[Outcome, str]:
    """How the check ended, and what is wrong with the answer; nothing is where it was answered."""
    if completion.cut:
        return Outcome.CUT, f"the answer was cut at {QUESTION.max_tokens} tokens"
    try:
        answer = answers.decode(answers.unwrapped(completion.text), HealthCheck)
    except answers.AnswerError as error:
        return Outcome.INVALID, error.message
    return (Outcome.ANSWERED, "") if answer.ok else (Outcome.INVALID, 'the answer is {"ok": false}')
