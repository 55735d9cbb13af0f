"""The two questions about an error: what it comes from, and what would mend it. Neither model can call anything.

Outside text reaches a prompt only through `outside`: control characters stripped, 4 kB at most, each line quoted,
between marks with a number that nobody could know who wrote the text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain.models import Role
from engine.domain.repair import Cause, Diagnosis
from engine.llm import answers, prompting
from engine.llm.answers import AnswerError
from engine.llm.chain import Given, Models
from engine.llm.prompting import Block, Prompt
from engine.safety.text import plain

OUTSIDE_BYTES = 4_096
"""The most that a prompt holds of text that we did not write."""
_SUMMARY, _EXPLANATION, _ACTION = 300, 2_000, 500
_SUSPECT = re.compile(r"(?:engine|console)(?:/\w[\w-]*)+\.(?:py|md)", re.ASCII)
_MOST_SUSPECTS = 4
_ANSWER = 60_000
_REFUSED = 6_000
NO_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Source:
    """Lines of one file of ours, from line `first` on. `whole`: that is all of it."""

    path: str
    first: int
    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What both questions hold. `facts` are ours, as `name: value`; `outside` is what came from elsewhere."""

    nonce: str
    facts: Sequence[str]
    frames: Sequence[str]
    sources: Sequence[Source]
    changes: Sequence[str]
    similar: Sequence[str]
    outside: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """One answer that was refused, and the reasons as its writer is told them."""

    answer: str
    reasons: str


@dataclass(frozen=True, slots=True)
class _Finding:
    """The shape of an analyst's answer."""

    cause: Cause
    summary: str
    explanation: str
    confidence: float
    action: str
    code_change: bool
    suspects: tuple[str, ...]


def analyst_prompt(told: Told) -> Prompt:
    """The question for the cause."""
    return prompting.render(
        Role.ANALYST,
        {
            **_common(told),
            "sources": Block("\n\n".join(_numbered(source) for source in told.sources) or "(none)"),
            "changes": _list(told.changes),
            "similar": _list(told.similar),
            "schema": answers.schema(_Finding),
        },
    )


async def analysis(models: Models, prompt: Prompt) -> Given[Diagnosis]:
    """The diagnosis, in the analyst's words made harmless. Raises CapReached, NobodyAnswers."""
    given = await models.ask(prompt, lambda text: _diagnosis(answers.unwrapped(text)), schema=answers.schema(_Finding))
    said = given.value
    diagnosis = Diagnosis(
        cause=said.cause,
        summary=plain(said.summary, limit=_SUMMARY),
        explanation=plain(said.explanation, limit=_EXPLANATION),
        confidence=said.confidence,
        action=plain(said.action, limit=_ACTION),
        code_change=said.code_change,
        suspects=tuple(dict.fromkeys(path for path in said.suspects if _SUSPECT.fullmatch(path)))[:_MOST_SUSPECTS],
        by=str(given.name),
    )
    return Given(diagnosis, given.text, given.name, given.latency_ms, given.cost_microusd)


def engineer_prompt(told: Told, diagnosis: Diagnosis, refused: Sequence[Rejected] = ()) -> Prompt:
    """The question for a patch, with what was refused before."""
    before = "\n\n".join(_again(number, each) for number, each in enumerate(refused, 1))
    said = (f"cause: {diagnosis.cause}", f"summary: {diagnosis.summary}", f"explanation: {diagnosis.explanation}")
    return prompting.render(
        Role.ENGINEER,
        {
            **_common(told),
            "diagnosis": Block("\n".join("> " + plain(line, limit=_EXPLANATION) for line in said)),
            "sources": Block("\n\n".join(_verbatim(source) for source in told.sources) or "(none)"),
            "refused": Block(before or "(nothing)"),
        },
    )


async def patch(models: Models, prompt: Prompt) -> Given[str]:
    """The engineer's answer as it came. Raises CapReached, NobodyAnswers."""
    return await models.ask(prompt, _something)


def prompt_hash(prompt: Prompt) -> str:
    """sha256 of the question's text, which a patch's commit names."""
    return hashlib.sha256(prompt.text.encode("utf-8", "surrogatepass")).hexdigest()


def outside(parts: Sequence[tuple[str, str]], *, most: int = OUTSIDE_BYTES) -> str:
    """Outside text for a prompt: `(title, text)` in order of weight, each line quoted, at most `most` bytes."""
    lines: list[str] = []
    room = most
    for title, text in parts:
        for line in (f"[{title}]", *plain(text, limit=most, lines=True).split("\n")):
            quoted = "| " + line.replace("`", "'")
            size = len(quoted.encode()) + 1
            if size > room:
                cut = quoted.encode()[: max(0, room - 4)].decode("utf-8", "ignore")
                return "\n".join([*lines, cut + "…"] if len(cut) > 2 else lines)
            lines.append(quoted)
            room -= size
    return "\n".join(lines)


def _common(told: Told) -> dict[str, object]:
    marked = f"<<outside {told.nonce}\n{told.outside}\noutside {told.nonce}>>"
    return {
        "nonce": Block(told.nonce),
        "facts": _list(told.facts),
        "frames": _list(told.frames),
        "outside": Block(marked),
    }


def _list(lines: Sequence[str]) -> Block:
    return Block("\n".join(f"- {plain(line, limit=_EXPLANATION)}" for line in lines) or "(none)")


def _numbered(source: Source) -> str:
    lines = source.text.split("\n")
    return f"{source.path}\n" + "\n".join(f"{source.first + at:5} {line}" for at, line in enumerate(lines))


def _verbatim(source: Source) -> str:
    which = "all of it" if source.whole else f"from line {source.first} on"
    return f"{source.path} ({which})\n```\n{source.text}\n```"


def _again(number: int, rejected: Rejected) -> str:
    """An earlier answer is a model's text: shown quoted, like what comes from outside."""
    said = "\n".join("> " + line for line in NO_CONTROL.sub("", rejected.answer)[:_REFUSED].split("\n"))
    return f"Answer {number}:\n{said}\nWhy it is refused:\n{NO_CONTROL.sub('', rejected.reasons)[:_REFUSED]}"


def _diagnosis(text: str) -> _Finding:
    finding = answers.decode(text, _Finding)
    problems = []
    if not 0.0 <= finding.confidence <= 1.0:
        problems.append(f"a confidence of {finding.confidence} is not between 0 and 1")
    if not finding.summary.strip():
        problems.append("the summary is empty")
    if finding.code_change != (finding.cause is Cause.CODE):
        problems.append("code_change is true with the cause code, and only with it")
    if finding.cause not in (Cause.CODE, Cause.UNKNOWN) and not finding.action.strip():
        problems.append("the action is empty although no code is to change")
    if problems:
        raise AnswerError(f"The diagnosis is refused: {'; '.join(problems)}.")
    return finding


def _something(text: str) -> str:
    if not text.strip():
        raise AnswerError("The answer is empty.")
    if len(text) > _ANSWER:
        raise AnswerError(f"The answer is {len(text)} characters long; at most {_ANSWER} are read.")
    return text
