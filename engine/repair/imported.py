"""A diff that a person edited or brings along: read as before/after blocks, placed and judged like any other."""

from __future__ import annotations

import re

from engine.domain.repair import Edit, RefusalKind
from engine.repair.answers import MAX_ANSWER, split_lines
from engine.repair.hunks import Hunks, is_diff_line
from engine.repair.refused import Refused, refused

_SIGNATURE = re.compile(r"\n-- \n[^\n]{0,80}\n*\Z")


def edits_of_diff(text: str) -> tuple[Edit, ...]:
    """Every hunk of a unified diff as an edit; what stands before the first header, as in a mail, is passed over.

    Raises Refused: no hunk, a hunk that does not say where, a file to delete, rename or make other than plain.
    """
    if len(text) > MAX_ANSWER:
        raise refused(RefusalKind.UNREADABLE, f"The diff is longer than {MAX_ANSWER:,} characters.")
    hunks = Hunks()
    for line in split_lines(_SIGNATURE.sub("\n", text.replace("\r\n", "\n").removeprefix("\ufeff"))):
        if hunks.open or is_diff_line(line):
            hunks.read(line, "")
    edits, refusals = hunks.end("")
    if refusals:
        raise Refused(*dict.fromkeys(refusals))
    if not edits:
        raise refused(RefusalKind.UNREADABLE, "The text holds no diff.", "It begins with --- and +++ lines.")
    if any(not edit.path for edit in edits):
        raise refused(RefusalKind.UNREADABLE, "The diff names no file.", "Add its --- and +++ lines.")
    return tuple(dict.fromkeys(edits))
