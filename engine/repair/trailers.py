"""The message of a patch's commit: what it mends, and where it comes from, as trailers that git reads too."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.repair.checkout import Checkout
from engine.safety.text import plain

_SUBJECT = 72
_LINE = re.compile(r"^(Error-Group|Model|Prompt-Hash|Trial): (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Trailers:
    """Where a patch comes from: the error group, who wrote it (`provider:model`, or a person's name), the hash of the
    prompt (empty for a person's), and the trial that the commit goes through."""

    error_group: str
    model: str
    prompt_hash: str
    trial: str


def message(type_: str, part: str, trailers: Trailers, *, why: str = "") -> str:
    """The message of a patch's commit: a subject such as `Mend KeyError in compose`, why, and the trailers."""
    subject = _one_line(f"Mend {type_.rpartition('.')[2]} in {part}", _SUBJECT)
    body = f"{_one_line(why, 500)}\n\n" if why.strip() else ""
    named = {
        "Error-Group": trailers.error_group,
        "Model": trailers.model,
        "Prompt-Hash": trailers.prompt_hash,
        "Trial": trailers.trial,
    }
    # A prompt hash that is not there is said to be none: git drops a trailer without a value.
    return f"{subject}\n\n{body}" + "".join(
        f"{name}: {_one_line(value, 200) or 'none'}\n" for name, value in named.items()
    )


def trailers_of(checkout: Checkout, commit: str) -> Trailers:
    """What the message of a commit says; empty words for what it does not. Raises GitFailed."""
    text = checkout.git("log", "-1", "--format=%B", "--end-of-options", commit)
    last = text.rstrip().rpartition("\n\n")[2]  # trailers are the last paragraph, whatever the text above pretends
    found = {name: "" if value == "none" else value for name, value in _LINE.findall(last)}
    return Trailers(*(found.get(name, "") for name in ("Error-Group", "Model", "Prompt-Hash", "Trial")))


def for_trial(checkout: Checkout, commit: str, trial: str) -> str:
    """The same commit for another trial: equal tree, parent and message, but for the trailer. Returns its id.

    A patch that is tried again is another commit, for the one that is applied names the trial that it went through.
    """
    text = checkout.git("log", "-1", "--format=%B", "--end-of-options", commit)
    above, gap, last = text.rstrip().rpartition("\n\n")
    last = re.sub(r"^Trial: .*$", f"Trial: {trial}", last, flags=re.MULTILINE)
    tree, parent = (checkout.git("rev-parse", "--verify", f"{commit}^{{tree}}"), checkout.commit(f"{commit}^"))
    return checkout.commit_tree(tree, parent, f"{above}{gap}{last}\n")


def _one_line(text: str, limit: int) -> str:
    """Neither a line's end nor anything that moves a terminal, and no more than `limit` characters."""
    return plain(" ".join(text.split()), limit=limit)
