"""What a patch may touch, in one place: which paths, how much, and what asks for a second look.

Paths are those of the commit, relative to the checkout, with `/`. Sources: the issue's own list, and what would let a
patch change who judges it, what starts it, or what takes it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

MAX_FILES = 3
MAX_CHANGED_LINES = 80
MAX_DIFF_BYTES = 64_000
REGULAR = "100644"

SUFFIXES = (".py", ".md")
PACKAGES = ("engine", "console")
TESTS = "tests"
PROMPTS = "prompts"


@dataclass(frozen=True, slots=True)
class Denied:
    """`path` is a module or folder without `.py`: it stands for `path.py` and for all below `path/`. A leading `*/`
    means in any folder."""

    path: str
    reason: str


_JUDGES = "it decides what a patch may do"
_STARTS = "it runs before a bad patch could be taken back"
_SHOWS = "it shows a person what a patch does and asks for the word on it"
_ASKS = "it asks a person for the word on a song"
_CHAT = "it takes a person's word out of a chat"
_KEEPS = "it keeps what other code relies on to be safe"

DENIED = (
    Denied("engine/repair", _JUDGES),
    Denied("engine/pipeline/repairs", _JUDGES),
    Denied("engine/pipeline/repair_gates", _JUDGES),
    Denied("engine/pipeline/repair_hands", _JUDGES),
    Denied("engine/pipeline/repair_notices", "it tells a person what was done to the code"),
    Denied("engine/pipeline/finish", "it asks for the word on a song, or goes on without one"),
    Denied("engine/domain/repair_deeds", _JUDGES),
    Denied("engine/pipeline/line", "it hands out what takes secrets out of texts"),
    Denied("engine/service/worker", "it carries out the commands of a repair and begins its watch"),
    Denied("engine/service/dispatcher", "it says which command is carried out, and when"),
    Denied("engine/service/repair_keeper", _JUDGES),
    Denied("engine/store/repairs", _JUDGES),
    Denied("engine/store/repair_tables", _JUDGES),
    Denied("engine/store/repair_counts", _JUDGES),
    Denied("engine/store/reviews", "it holds who approved what"),
    Denied("engine/store/control", "it holds the pause that stops everything"),
    Denied("engine/store/journal", "it holds the errors that take a patch back"),
    Denied("engine/store/database", "every decision is written through it"),
    Denied("engine/store/tables", "it holds the rules of the rows that hold decisions"),
    Denied("engine/store/chat", "it holds whose word counts in a chat"),
    Denied("engine/release/keys", "it holds the keys that packages are signed with"),
    Denied("engine/release/key_backup", "it holds the keys that packages are signed with"),
    Denied("engine/release/certificates", "it says whose signature counts"),
    Denied("engine/release/signing", "it signs, and says whose signature counts"),
    Denied("engine/release/embedding", "it signs"),
    Denied("engine/release/seal", "it signs, and says whose signature counts"),
    Denied("engine/release/signed", "it says whose signature counts"),
    Denied("engine/logs/__init__", "it takes secrets out of what is written"),
    Denied("engine/logs/writing", "it takes secrets out of what is written"),
    Denied("engine/logs/faults", "it tells of errors, which take a patch back"),
    Denied("engine/logs/crashing", "it tells of errors, which take a patch back"),
    Denied("engine/telegram/handle", _CHAT),
    Denied("engine/telegram/rounds", _CHAT),
    Denied("engine/telegram/poller", _CHAT),
    Denied("engine/telegram/service", _CHAT),
    Denied("engine/telegram/wire", _CHAT),
    Denied("engine/telegram/kit", _CHAT),
    Denied("engine/telegram/keyboards", "it names what a press in a chat does"),
    Denied("engine/telegram/texts", "it tells a chat what it is asked"),
    Denied("engine/telegram/captions", "it tells a chat what it is asked"),
    Denied("engine/telegram/panel", "its presses start, stop and approve"),
    Denied("engine/domain/chat", "it says whose word counts in a chat"),
    Denied("engine/store/audit", "it holds the chain of what was decided"),
    Denied("engine/llm/prompts/analyst", "it is a prompt of the repair itself"),
    Denied("engine/llm/prompts/engineer", "it is a prompt of the repair itself"),
    Denied("engine/domain/repair", _JUDGES),
    Denied("engine/domain/approval", "it decides who approves"),
    Denied("engine/domain/gate", "it decides what may be approved without a person"),
    Denied("engine/api", "it is the door that every decision of a person comes through"),
    Denied("engine/safety", _KEEPS),
    Denied("engine/settings", "it holds the settings, the keys and the limits"),
    Denied("engine/durable", "it takes up work that was broken off"),
    Denied("engine/store/migrations", "a change of the database cannot be taken back with the code"),
    Denied("engine/store/migrate", "a change of the database cannot be taken back with the code"),
    Denied("engine/__init__", _STARTS),
    Denied("engine/domain/__init__", _STARTS),
    Denied("engine/domain/errors", _STARTS),
    Denied("engine/domain/clock", _STARTS),
    Denied("engine/service/__init__", _STARTS),
    Denied("engine/service/__main__", _STARTS),
    Denied("engine/service/supervisor", _STARTS),
    Denied("engine/service/falls", _STARTS),
    Denied("engine/service/pulse", _STARTS),
    Denied("engine/service/memory", _STARTS),
    Denied("engine/home", _STARTS),
    Denied("engine/lock", _STARTS),
    Denied("console/__init__", _STARTS),
    Denied("console/cli/__init__", _STARTS),
    Denied("console/cli/__main__", _STARTS),
    Denied("console/cli/say", _STARTS),
    Denied("console/applying", "it says when a person has seen enough of a patch to apply it"),
    Denied("console/repairing", _SHOWS),
    Denied("console/repair_words", _SHOWS),
    Denied("console/unified", "it makes the lines of a patch that a person reads"),
    Denied("console/syntax", "it makes the lines of a patch that a person reads"),
    Denied("console/codelook", "it makes the lines of a patch that a person reads"),
    Denied("console/visible", "it makes hidden characters seen"),
    Denied("console/safe", "it keeps foreign text from giving the terminal orders"),
    Denied("console/editing", "it hands a patch to a person's editor"),
    Denied("console/exporting", "it writes out the patch that a person reads"),
    Denied("console/copying", "it hands out the patch that a person reads"),
    Denied("console/widgets/patchview", _SHOWS),
    Denied("console/screens/confirm", "it asks a person to confirm"),
    Denied("console/screens/dialog", "it asks a person to confirm"),
    Denied("console/screens/question", "it asks a person to confirm"),
    Denied("console/screens/detail", _SHOWS),
    Denied("console/screens/trial", _SHOWS),
    Denied("console/screens/patch", _SHOWS),
    Denied("console/screens/patch_edit", _SHOWS),
    Denied("console/screens/review", _ASKS),
    Denied("console/screens/review_questions", _ASKS),
    Denied("console/screens/difference", _ASKS),
    Denied("console/screens/batch", _ASKS),
    Denied("console/panes/approvals", _ASKS),
    Denied("console/panes/batching", _ASKS),
    Denied("console/panes/errors", _SHOWS),
    Denied("console/batch", _ASKS),
    Denied("console/desk", "it carries a person's orders to the engine"),
    Denied("console/link", "it carries a person's orders to the engine"),
    Denied("console/reach", "it carries a person's orders to the engine"),
    Denied("console/sheet", "it sets out what a person decides about"),
    Denied("console/naming", "it says what an error is called"),
    Denied("console/marks", "it says what state a patch or a song is in"),
    Denied("console/cli/errors", "it carries a person's word on a patch"),
    Denied("console/cli/error_sheet", _SHOWS),
    Denied("console/cli/patching", "it carries a person's word on a patch"),
    Denied("console/cli/patch_lines", _SHOWS),
    Denied("console/cli/asking", "it asks a person to confirm"),
    Denied("console/cli/difference", _SHOWS),
    Denied("console/cli/session", "it carries a person's orders to the engine"),
    Denied("console/cli/approvals", _ASKS),
    Denied("console/serve", "it says who may come in from outside"),
    Denied("console/screens/error", "it carries a person's word on a patch"),
    Denied("console/cli/mending", "it carries a person's word on a patch"),
    Denied("*/conftest", "it runs with every test"),
    Denied("*/sitecustomize", "it runs with every program"),
    Denied("*/usercustomize", "it runs with every program"),
    Denied("*/setup", "it runs when the code is installed"),
    Denied("*/__pycache__", "it holds what is made from the code"),
)
"""The first that fits gives the reason."""

_JUDGING = re.compile(r"(?:repair|patch|approv|polic|secret|redact|guard|jail)[a-z]*|login|trust")
"""A file or folder with such a word in its name, split at `_`, judges, approves, keeps secrets or undoes."""

_MONEY_WORDS = {"budget", "budgets", "spend", "spending", "money", "ledger", "purchase", "purchases", "buying", "caps"}
"""Such a file may be patched, but never unasked."""

_PATH = re.compile(r"[A-Za-z0-9_]+(?:/[A-Za-z0-9_]+)*\.[a-z]{1,4}", re.ASCII)


def refusal(path: str, *, new: bool) -> str:
    """Why a patch may not touch `path` (`new`: it is not there yet), as the end of a sentence; empty where it may."""
    parts = PurePosixPath(path).parts
    if _PATH.fullmatch(path) is None or str(PurePosixPath(path)) != path:
        return "it is no plain path of letters, digits and _ inside the checkout"
    if len(parts) < 2 or parts[0] not in (*PACKAGES, TESTS):
        return "it lies outside engine/, console/ and new files of tests/"
    name = parts[-1]
    suffix = PurePosixPath(path).suffix
    if suffix not in SUFFIXES:
        return "it is neither Python nor a prompt"
    if suffix == ".md" and (parts[0] == TESTS or PROMPTS not in parts[1:-1]):
        return "it is neither Python nor a prompt"
    if reason := denied(path):
        return reason
    if parts[0] == TESTS:
        if not new:
            return "a patch may add tests and change none"
        if not name.startswith("test_"):
            return "a new file of tests/ is named test_*.py"
    return ""


def concerns_money(path: str) -> bool:
    """Whether a file by its name has to do with spending."""
    return not _words(path).isdisjoint(_MONEY_WORDS)


def module(path: str) -> str:
    """What Python imports from `path`, still with `/`: a folder's `__init__.py` stands for the folder."""
    return path.removesuffix(".py").removesuffix("/__init__")


def denied(path: str) -> str:
    """Why `path`, a file or a module without `.py`, is on the list or is by its name; empty where it is not."""
    # In small letters: a file system that knows no case would take Engine/Repair for engine/repair.
    folded = path.lower()
    stem = str(PurePosixPath(folded).with_suffix(""))
    heads = {stem, *map(str, PurePosixPath(stem).parents)}
    for rule in DENIED:
        if rule.path.startswith("*/"):
            if rule.path[2:] in PurePosixPath(stem).parts:
                return rule.reason
        elif rule.path in heads:
            return rule.reason
    if folded.split("/")[0] in PACKAGES and any(map(_JUDGING.fullmatch, _words(folded))):
        return "by its name it judges, approves, keeps secrets or takes back"
    return ""


def _words(path: str) -> set[str]:
    return set(_split(PurePosixPath(path.lower()).with_suffix("").parts))


def _split(parts: Iterable[str]) -> Iterable[str]:
    for part in parts:
        yield from part.split("_")
