"""A patch as a file that `git am` and `git apply` take: what it mends as a message, then the canonical diff, unchanged.

The message is written by a model from what logs hold. Each text of it stands on one line behind a label of ours, so
that none can end the message or begin a diff of its own (git-format-patch(1), "Discussion").
"""

from __future__ import annotations

from engine.api.repair_models import ErrorDetail, PatchView
from engine.domain.errors import NotAllowed
from engine.safety.secrets import Redactor
from engine.safety.text import plain

_SUBJECT = 100
_LINE = 600


def patch_text(patch: PatchView, error: ErrorDetail, redactor: Redactor) -> str:
    """The file's text. Raises NotAllowed for a patch without a diff, or with a secret in it."""
    if not patch.diff:
        raise NotAllowed(
            f"Patch {patch.id} holds no diff: it is invalid.", fix=f"See `noktvrn errors show {patch.group_id}`."
        )
    if redactor.text(patch.diff) != patch.diff:
        raise NotAllowed(f"Patch {patch.id} holds what looks like a secret: it is not exported.")
    head = [
        f"From {patch.commit or '0' * 40} Mon Sep 17 00:00:00 2001",
        "From: noktvrn <noktvrn@localhost>",
        f"Date: {patch.created_at:%a, %d %b %Y %H:%M:%S} +0000",
        f"Subject: [PATCH] {_one(_subject(error), _SUBJECT, redactor)}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        "",
    ]
    said = {
        "Error-Group": error.row.id,
        "Patch-Id": patch.id,
        "Base": patch.base,
        "Author-Of-Patch": patch.author,
        "Prompt": patch.prompt_hash,
        "Trial": _trial(patch),
        "Diagnosis": error.diagnosis.summary if error.diagnosis else "",
    }
    lines = [f"{label}: {_one(text, _LINE, redactor)}" for label, text in said.items() if text]
    return "\n".join([*head, *lines, "---", "", patch.diff.rstrip("\n"), "-- ", "noktvrn", ""])


def file_name(patch: PatchView) -> str:
    """What such a file is called, without its time and ending."""
    return f"{patch.group_id}-patch-{patch.number}"


def _subject(error: ErrorDetail) -> str:
    return f"Mend {error.row.type.rpartition('.')[2]} in {error.row.part}: {error.row.message}"


def _trial(patch: PatchView) -> str:
    if patch.trial is None:
        return "none"
    went = "passed" if patch.trial.ok else "failed" if patch.trial.judged else "no answer"
    held = "isolated" if patch.trial.isolated else "not isolated"
    return f"{patch.trial.id}, {went}, {held}"


def _one(text: str, most: int, redactor: Redactor) -> str:
    return plain(redactor.text(text), limit=most)
