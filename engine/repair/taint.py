"""Whether the evidence of an error holds text that came from outside. Then no patch from it is ever applied unasked.

Exactly: an error is *tainted* where one of these is so.

1. It was not captured by this program itself: it was read from a log file that is not ours, or from a crash's words.
2. A provider is named with it.
3. An error of its chain is of a kind that carries words of a vendor, a model or a person (`_CARRIERS`, `_LIBRARIES`).
4. A frame of ours on its stack lies in a module that reads what comes from outside (`_READERS`).
5. A message of its chain is neither one of Python's own nor made of words that stand in the source on its stack: what
   is left of it when those are taken out is more than a few names and numbers.
6. A line of the log that goes along was written by such a module or by a library, or names a provider.

A chain holds the members of exception groups too. A group of errors once tainted stays so. `capture` uses these lists.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OURS = "engine"
"""The source of an event that this program captured itself."""

_CARRIERS = frozenset(
    {
        "VendorError",
        "NoMusic",
        "PassedOver",
        "AnswerError",
        "AnswerTooLarge",
        "ModelFailed",
        "NobodyAnswers",
        "CodecError",
        "WordsError",
        "DownloadError",
        "AddressRefused",
        "DownloadBroken",
        "DownloadStatus",
        "DownloadUnfit",
        "MediaError",
        "RedirectRefused",
        "TelegramTrouble",
        "Offline",
        "Flood",
        "Conflicted",
        "TokenRefused",
        "NotWelcome",
        "Unfit",
        "JSONDecodeError",
        "UnicodeDecodeError",
        "EngineFell",
        "CheckFailed",
    }
)
_LIBRARIES = ("httpx", "httpcore", "litellm", "openai", "telegram", "tweepy", "requests", "aiohttp", "pydantic", "PIL")
_READERS = (
    "engine/api/chat_",
    "engine/delivery/",
    "engine/llm/",
    "engine/media/foreign.py",
    "engine/music/acestep.py",
    "engine/music/elevenlabs.py",
    "engine/music/fetching.py",
    "engine/music/lyria.py",
    "engine/music/suno.py",
    "engine/music/wire.py",
    "engine/pipeline/bought.py",
    "engine/pipeline/buying.py",
    "engine/pipeline/stock.py",
    "engine/pipeline/trends.py",
    "engine/safety/address.py",
    "engine/safety/asking.py",
    "engine/safety/download.py",
    "engine/safety/reach.py",
    "engine/safety/request.py",
    "engine/safety/trust.py",
    "engine/telegram/",
    "engine/trends/",
    "engine/visuals/stock/",
)
_OWN_WRITER = "engine/llm/writer/"

_NAME = r"[\w.<>:/#@+-]{0,80}"
_OPERATOR = r"[a-z]{0,7}[ *+/%&|^<>=@()-]{0,6}"
_PYTHONS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"'{_NAME}'",  # KeyError, and the name of an attribute or a module
        r"\d+",
        rf"'{_NAME}' object has no attribute '{_NAME}'(?:\. Did you mean: '{_NAME}'\?)?",
        rf"'{_NAME}' object is not (?:callable|iterable|subscriptable|reversible|an iterator|a mapping)",
        rf"'{_NAME}' object does not support (?:item (?:assignment|deletion)|the (?:asynchronous )?context manager "
        r"protocol)",
        rf"'{_NAME}' object can(?:not|'t) be (?:interpreted as an integer|used in 'await' expression)",
        rf"module '{_NAME}' has no attribute '{_NAME}'",
        rf"unsupported operand type\(s\) for {_OPERATOR}: '{_NAME}' and '{_NAME}'",
        rf"bad operand type for {_OPERATOR}: '{_NAME}'",
        rf"'[<>=!]{{1,2}}' not supported between instances of '{_NAME}' and '{_NAME}'",
        r"(?:list|tuple|string|bytearray|deque|range object|pop)(?: assignment)? index out of range",
        r"pop from (?:an )?empty (?:list|set|deque)",
        r"(?:list|tuple|string) indices must be integers(?: or slices)?, not '?\w{1,40}'?",
        rf"{_NAME}\(\) takes (?:from )?\d+ (?:to \d+ )?positional arguments? but \d+ (?:was|were) given",
        rf"{_NAME}\(\) missing \d+ required (?:positional|keyword-only) arguments?: '{_NAME}'(?:,? and '{_NAME}')?",
        rf"{_NAME}\(\) got (?:an unexpected keyword argument|multiple values for argument) '{_NAME}'",
        r"(?:integer |float )?(?:division|modulo|floor division)(?: or modulo)? by zero",
        r"not enough values to unpack \(expected \d+, got \d+\)",
        r"too many values to unpack \(expected \d+\)",
        r"dictionary changed size during iteration",
        rf"name '{_NAME}' is not defined(?:\. Did you mean: '{_NAME}'\?)?",
        rf"cannot access local variable '{_NAME}' where it is not associated with a value",
        rf"can only concatenate [a-z]{{1,12}} \(not \"{_NAME}\"\) to [a-z]{{1,12}}",
        rf"(?:invalid literal for int\(\) with base \d+|could not convert string to float): '{_NAME}'",
        r"math domain error|cannot convert float (?:NaN|infinity) to integer",
        r"maximum recursion depth exceeded(?: (?:in comparison|while calling a Python object))?",
    )
)
_ERRNO = re.compile(r"\[Errno (\d{1,4})\] ([^:]{1,80})(?:: '[\w./-]{1,300}')?")
_LEFT = re.compile(r"[^\s\"'`(),;:=\[\]{}]+")
_PLAIN_LEFT = re.compile(r"[\w.:/<>#@%+-]{1,40}", re.ASCII)
_MOST_LEFT = 4
"""Names and numbers that may fill the gaps of a sentence of ours."""
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Raised:
    """One error of a chain: its type, with its module where it is no builtin, and its message."""

    type: str
    message: str


def of_event(source: str, provider: str | None, chain: Sequence[Raised], files: Sequence[str], code: str) -> str:
    """Why an event is tainted (rules 1 to 5), empty where it is not. `files` are ours on its stack, `code` their text
    with a NUL between two."""
    if source != OURS:
        return f"it was read from {source}"
    if provider and provider not in ("offline", "studio"):
        return f"the provider {provider[:40]} had a part in it"
    for raised in chain:
        if carries(raised.type):
            return f"{raised.type.rpartition('.')[2]} carries words of others"
    reader = next((file for file in files if reads(file)), "")
    if reader:
        return f"{reader} reads what comes from outside"
    words = tuple(_sentences(code))
    for raised in chain:
        if not _ours(raised.message, words):
            return f"the message of {raised.type.rpartition('.')[2]} is not made of our own words"
    return ""


def carries(type_name: str) -> bool:
    """Whether errors of this type hold text of others."""
    return type_name.rpartition(".")[2] in _CARRIERS or type_name.partition(".")[0] in _LIBRARIES


def reads(file: str) -> bool:
    """Whether this module of ours reads what comes from outside."""
    return file.startswith(_READERS) and not file.startswith(_OWN_WRITER)


def logs(logger: str, provider: object) -> bool:
    """Whether a line of the log, by who wrote it, may hold text of others (rule 6)."""
    path = logger.replace(".", "/")
    return bool(provider) or not path.startswith(("engine/", "noktvrn/")) or reads(f"{path}.py") or reads(f"{path}/")


def _ours(message: str, sentences: Sequence[re.Pattern[str]]) -> bool:
    message = message.strip()
    if not message or any(pattern.fullmatch(message) for pattern in _PYTHONS):
        return True
    if (found := _ERRNO.fullmatch(message)) and found[2] == os.strerror(int(found[1])):
        return True
    if len(message) > _LONGEST or not message.isprintable():
        return False
    left = message
    for sentence in sentences:
        left = sentence.sub(" ", left)
    if left == message:
        return False
    rest = _LEFT.findall(left)
    return len(rest) <= _MOST_LEFT and all(_PLAIN_LEFT.fullmatch(word) for word in rest)


def _sentences(code: str) -> Iterator[re.Pattern[str]]:
    """The words of the source, longest first: each text of two words or more; a hole takes one name or number."""
    found: set[str] = set()
    for text in code.split("\0"):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            told = [_literal(part) for part in parts]
            if sum(len(piece.split()) for piece in told if piece is not None) >= 2:
                found.add("".join(r"[\w.:/<>#@%+,'-]{0,60}" if piece is None else re.escape(piece) for piece in told))
    return (re.compile(pattern) for pattern in sorted(found, key=len, reverse=True))


def _literal(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
