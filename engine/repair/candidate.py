"""Makes a commit and its canonical diff out of edits: all of them, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.domain.repair import Edit, Refusal, RefusalKind
from engine.repair import policy
from engine.repair.checkout import Checkout, Entry, GitFailed
from engine.repair.matching import Tier, place_all
from engine.repair.parsing import unparsable
from engine.repair.paths import inside
from engine.repair.refused import Refused, refused
from engine.safety.text import plain

_MAX_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A patch that can be tried: `commit` on top of `base`, its canonical `diff`, the paths in `files` sorted, and by
    which tier each was placed."""

    base: str
    commit: str
    diff: str
    files: tuple[str, ...]
    tiers: Mapping[str, Tier] = field(default_factory=dict)


def build(checkout: Checkout, base: str, edits: Iterable[Edit], *, message: str) -> Candidate:
    """Places the edits in the files of commit `base` and makes a commit of them, on no branch.

    Raises Refused with every reason: a path that no patch may touch, a place not found or found twice, a file that
    would not parse any more, nothing changed. Raises GitFailed. What the commit may hold is judged by `gate.check`.
    """
    base = checkout.commit(base)
    contents, tiers = contents_of(edits, checkout.files(base), lambda path: checkout.read(base, path))
    if not contents:
        raise refused(RefusalKind.NO_CHANGE, "The edits change nothing.", "SEARCH and REPLACE must differ.")
    try:
        commit = checkout.commit_of(base, contents, message)
    except GitFailed as error:
        raise refused(RefusalKind.POLICY, error.message) from error
    return Candidate(base, commit, checkout.diff(base, commit), tuple(sorted(contents)), tiers)


def contents_of(
    edits: Iterable[Edit], files: Mapping[str, Entry], read: Callable[[str], bytes]
) -> tuple[dict[str, bytes], dict[str, Tier]]:
    """The new bytes of every file that the edits change, and by which tier each was placed. `read` gives a file's bytes
    as they are. Raises Refused with every reason."""
    contents: dict[str, bytes] = {}
    tiers: dict[str, Tier] = {}
    refusals: list[Refusal] = []
    for path, group in _by_path(edits, files).items():
        try:
            before = _read(read, files, path)
            after, tier = _changed(path, before, group)
        except Refused as error:
            refusals += error.refusals
            continue
        if after != before:
            contents[path], tiers[path] = after, tier
    if refusals:
        raise Refused(*dict.fromkeys(refusals))
    return contents, tiers


def _by_path(edits: Iterable[Edit], files: Mapping[str, Entry]) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for edit in edits:
        path = inside(edit.path, files)
        found.setdefault(path, []).append(Edit(path, edit.before, edit.after))
    return found


def _read(read: Callable[[str], bytes], files: Mapping[str, Entry], path: str) -> bytes | None:
    """The bytes of the file, None where there is none. A file that may not be touched is not even read."""
    entry = files.get(path)
    reason = policy.refusal(path, new=entry is None)
    if not reason and entry is not None and (entry.mode, entry.type) != (policy.REGULAR, "blob"):
        reason = "it is no plain file"
    if not reason and entry is not None and (entry.size or 0) > _MAX_FILE:
        reason = "it is too large"
    if reason:
        raise refused(
            RefusalKind.POLICY,
            f"A patch may not touch {plain(path, limit=200)}: {reason}.",
            "Change another file, or say that no code change helps.",
        )
    return None if entry is None else read(path)


def _changed(path: str, before: bytes | None, edits: Sequence[Edit]) -> tuple[bytes, Tier]:
    if before is None and any(edit.before.strip() for edit in edits):
        raise refused(
            RefusalKind.NOT_FOUND,
            f"There is no file {path}.",
            "Name the file as it is listed; leave SEARCH empty to make a new one.",
        )
    try:
        source = (before or b"").decode()
        placed = place_all(source, edits)
        after = placed.text.encode()
    except UnicodeError as error:
        raise refused(RefusalKind.POLICY, f"{path} would not be UTF-8 text.") from error
    reason = unparsable(path, after)
    if reason and after != before:
        raise refused(
            RefusalKind.UNPARSABLE,
            f"{path} would not parse any more ({reason}).",
            "Check indentation and brackets of REPLACE; keep whole statements in a block.",
        )
    return after, placed.tier
