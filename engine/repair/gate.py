"""The policy gate: whether a commit may be tried and applied at all, and whether without a person.

Judged is what is in the commit, not what was said about it: its tree beside that of its base, entry by entry, and its
canonical diff. (`git apply --check` takes links, other modes, `.env`, `conftest.py` and hidden characters.)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from engine.domain.repair import Refusal, RefusalKind
from engine.repair import policy
from engine.repair.candidate import Candidate
from engine.repair.checkout import Checkout, Entry
from engine.repair.content import hidden_characters, strange_names, told_secrets
from engine.repair.parsing import unparsable
from engine.repair.risks import gains
from engine.safety.secrets import Redactor
from engine.safety.text import plain

_BINARY = re.compile(r"^(?:GIT binary patch|Binary files .* differ)$", re.MULTILINE)
_LINK, _SUBMODULE = "120000", "160000"
_EMPTY = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`refusals`: the patch may not be tried. `warnings`: a person must confirm it once more, and it is never applied
    unasked."""

    refusals: tuple[Refusal, ...]
    warnings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether it may be tried, and applied by a person."""
        return not self.refusals

    @property
    def unasked(self) -> bool:
        """Whether it may be applied without a person, as far as its content goes."""
        return not self.refusals and not self.warnings


def check(checkout: Checkout, candidate: Candidate, *, redactor: Redactor | None = None) -> Verdict:
    """Judges a commit on top of its base. With `redactor`, the values of loaded secrets are looked for too.

    Raises GitFailed where one of both is not there.
    """
    before, after = checkout.files(candidate.base), checkout.files(candidate.commit)
    diff = checkout.diff(candidate.base, candidate.commit)
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    reasons = [
        *_commit(checkout, candidate, diff, changed),
        *_size(diff, changed),
        *_clashes(before, after, changed),
    ]
    warnings: list[str] = []
    for path in changed:
        shown = plain(path, limit=200)
        found = list(_entry(path, before, after))
        if not found:
            old = checkout.read(candidate.base, path) if path in before else b""
            new = checkout.read(candidate.commit, path)
            found = list(_content(path, old, new, redactor or Redactor()))
            if not found:
                warnings += [f"{shown}: {gain}" for gain in gains(path, old, new)]
        reasons += [f"{shown}: {reason}" for reason in found]
        if policy.concerns_money(path):
            warnings.append(f"{shown}: it has to do with spending")
    refusals = tuple(Refusal(RefusalKind.POLICY, f"{reason}.", _HINT) for reason in dict.fromkeys(reasons))
    return Verdict(refusals, tuple(dict.fromkeys(warnings)))


_HINT = "Change fewer lines of plain Python files under engine/ or console/ that may be patched."


def _commit(checkout: Checkout, candidate: Candidate, diff: str, changed: list[str]) -> Iterator[str]:
    if checkout.git("rev-list", "--parents", "-n", "1", candidate.commit).split()[1:] != [candidate.base]:
        yield "The commit does not stand on its base alone"
    if diff != candidate.diff:
        yield "The diff is not the one of the commit"
    if list(candidate.files) != changed:
        yield "The commit changes other files than were named"
    if not changed:
        yield "The commit changes nothing"


def _size(diff: str, changed: list[str]) -> Iterator[str]:
    if len(changed) > policy.MAX_FILES:
        yield f"It changes {len(changed)} files; at most {policy.MAX_FILES} are allowed"
    lines = changed_lines(diff)
    if lines > policy.MAX_CHANGED_LINES:
        yield f"It changes {lines} lines; at most {policy.MAX_CHANGED_LINES} are allowed"
    size = len(diff.encode("utf-8", "surrogateescape"))
    if size > policy.MAX_DIFF_BYTES:
        yield f"Its diff has {size:,} bytes; at most {policy.MAX_DIFF_BYTES:,} are allowed"
    if _BINARY.search(diff):
        yield "It holds binary data"


def changed_lines(diff: str) -> int:
    """Lines that a canonical diff adds or takes away."""
    count, inside = 0, False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            inside = False
        elif line.startswith("@@ "):
            inside = True
        elif inside and line[:1] in ("+", "-"):
            count += 1
    return count


def _entry(path: str, before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterator[str]:
    """What is wrong with the entry of one changed path in the tree."""
    old, new = before.get(path), after.get(path)
    if reason := policy.refusal(path, new=old is None):
        yield f"no patch may touch it, {reason}"
    if new is None:
        yield "it would be deleted or renamed"
        return
    if _LINK in (new.mode, old and old.mode):
        yield "it is a symbolic link"
    elif _SUBMODULE in (new.mode, old and old.mode):
        yield "it is another repository"
    elif new.mode != policy.REGULAR or new.type != "blob":
        yield f"its mode would be {new.mode}, not {policy.REGULAR}"
    elif old is not None and old.mode != new.mode:
        yield f"its mode would change from {old.mode}"
    if old is None and new.size != _EMPTY:
        twin = next((name for name, entry in before.items() if entry.object == new.object), None)
        if twin is not None:
            yield f"it is a copy of {plain(twin, limit=200)}"


def _clashes(before: Mapping[str, Entry], after: Mapping[str, Entry], changed: list[str]) -> Iterator[str]:
    """New paths that another system would take for one that is there, and modules that would hide another."""
    added = [path for path in changed if path in after and path not in before]
    if not added:
        return
    names: dict[str, set[str]] = {}
    modules: dict[str, set[str]] = {}
    for path in after:
        for part in (path, *map(str, PurePosixPath(path).parents)):
            names.setdefault(_folded(part), set()).add(part)
        modules.setdefault(_folded(policy.module(path)), set()).add(path)
    for path in added:
        shown = plain(path, limit=200)
        if any(len(names[_folded(part)]) > 1 for part in (path, *map(str, PurePosixPath(path).parents))):
            yield f"{shown}: its name differs from another one only in case or in how a letter is written"
        if path.endswith(".py") and len(modules[_folded(policy.module(path))]) > 1:
            yield f"{shown}: it would hide the module of the same name"


def _folded(path: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def _content(path: str, old: bytes, new: bytes, redactor: Redactor) -> Iterator[str]:
    """What is wrong with what one changed file holds."""
    try:
        text = new.decode()
    except UnicodeDecodeError:
        yield "it is not UTF-8 text"
        return
    former = old.decode("utf-8", "replace")
    if "\0" in text:
        yield "it holds binary data"
        return
    if reason := unparsable(path, new):
        yield f"it does not parse ({plain(reason, limit=200)})"
        return
    for found in (
        hidden_characters(former, text),
        strange_names(path, old, new),
        told_secrets(path, former, new, redactor),
    ):
        if found:
            yield found
