"""What is said of a delivery and of a target, in lists and on their screens. Foreign words are made harmless here."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from console.halting import no_engine
from console.human import ago, bar, clock, percent, size, soon
from console.marks import DELIVERIES, STYLES, Tone
from console.safe import Hung, Leaf, block, item, leaf, line, own, pairs, way
from engine.domain.delivery import DECLARATIONS, DeliveryState, TargetKind, most_urgent
from engine.domain.naming import whom
from engine.domain.runs import ActorKind

if TYPE_CHECKING:
    from console.desk import Desk
    from console.widgets.rows import Cell
    from engine.api.delivery_models import DeliveryDetail, DeliveryRow, SecretState, Step, TargetRow

_S = DeliveryState
_DIM = STYLES[Tone.DIM]
_CELLS = 8
_BROAD = 24


def state(row: DeliveryRow) -> Cell:
    """Sign and word; a withdrawal that failed is no work that goes on."""
    mark = DELIVERIES[row.state]
    if row.state is _S.WITHDRAWING and row.cause:
        return "! withdrawing", Tone.BAD
    if row.test:
        return f"{mark.text} (test)", Tone.WARN
    return mark.text, mark.tone


def in_all(states: Sequence[DeliveryState]) -> Cell:
    """How several deliveries stand: what needs a person most, and how many others there are."""
    if not states:
        return "", Tone.DIM
    mark = DELIVERIES[most_urgent(states)]
    return f"{mark.text}{f' +{len(states) - 1}' if len(states) > 1 else ''}", mark.tone


def progress(row: DeliveryRow) -> Cell:
    """A bar and how much is there while it is sent, else how much it is."""
    if row.state is _S.SENDING or (row.state in (_S.QUEUED, _S.FAILED, _S.UNKNOWN) and row.bytes_done):
        done = f"{bar(row.share, _CELLS)} {percent(row.share):>4} {size(row.bytes_done):>8}"
        return done, Tone.ACCENT if row.state is _S.SENDING else Tone.DIM
    return (size(row.bytes_total) if row.bytes_total else ""), Tone.DIM


def what(row: DeliveryRow, desk: Desk) -> Cell:
    """What it asks or waits for, what is sent, what failed, where it is."""
    match row.state:
        case _S.ASKED:
            return (f"needs an answer: {', '.join(row.unsaid)}" if row.unsaid else "may it go?"), Tone.WARN
        case _S.WAITING:
            return f"on {clock(row.due_at)}" if row.due_at else "", Tone.ACCENT
        case _S.QUEUED | _S.SENDING:
            return held(desk) or row.at_file, Tone.PLAIN
        case _S.DELIVERED:
            return row.place, Tone.DIM
        case _S.FAILED | _S.UNKNOWN | _S.WITHDRAWING:
            if row.state is _S.WITHDRAWING and not row.cause:
                return held(desk), Tone.PLAIN
            again = f"again {soon(row.next_try_at, desk.now())}: " if row.next_try_at else ""
            return f"{again}{row.cause}", Tone.WARN if again else Tone.BAD
        case _S.WITHDRAWN if row.place:
            return f"on {clock(row.updated_at)}, from {row.place}", Tone.DIM
        case _:
            return "; ".join(filter(None, (row.before, row.note))), Tone.DIM


def held(desk: Desk) -> str:
    """Why nothing is sent now; empty where something is."""
    pauses = desk.overview.pauses if desk.overview is not None else {}
    if any(scope in pauses and pauses[scope].on for scope in ("all", "publishing")):
        return "publishing is paused"
    return no_engine(desk)


def in_one_line(row: DeliveryRow, desk: Desk) -> Hung:
    """Target, state, how far it is and what it waits for, as its release tells it."""
    (sign, tone), (far, _), (rest, rest_tone) = state(row), progress(row), what(row, desk)
    lead = own((f"{sign:<13} ", STYLES[tone]), line(row.target, "bold", limit=30), " " * max(2, 12 - len(row.target)))
    return Hung(lead, own((f"{far}  " if far and row.state is _S.SENDING else "", _DIM), line(rest, STYLES[rest_tone])))


def head(row: DeliveryRow, desk: Desk, width: int) -> Content:
    """Song and target, the state, and while it is sent how far it is."""
    sign, tone = state(row)
    named = own(
        line(row.title, "bold $primary", limit=80),
        (" by ", _DIM),
        line(row.artist, limit=60),
        (" → ", _DIM),
        line(row.target, "bold", limit=30),
    )
    parts = [own((sign, STYLES[tone]))]
    if row.bytes_total and row.state in (_S.SENDING, _S.QUEUED, _S.FAILED, _S.UNKNOWN):
        cells = max(_CELLS, min(_BROAD, width - 60))
        told = f"{bar(row.share, cells)} {percent(row.share)}  {size(row.bytes_done)} of {size(row.bytes_total)}"
        parts.append(own((told, STYLES[Tone.ACCENT] if row.state is _S.SENDING else _DIM)))
    if row.state in (_S.QUEUED, _S.SENDING, _S.WITHDRAWING) and (why := held(desk)):
        parts.append(own((f"‖ {why}", STYLES[Tone.WARN])))
    elif row.at_file and row.state is _S.SENDING:
        parts.append(line(row.at_file, _DIM, limit=60))
    return Content("\n").join([named, Content("  ").join(parts)])


def now(row: DeliveryRow, moment: datetime, keys: str) -> Leaf:
    """What is so now and what can be done; `keys` names the way on."""
    facts: list[tuple[str, Content]] = [
        ("release", line(row.release_id)),
        ("target", own(line(row.target), (f", {row.kind}", _DIM))),
    ]
    if row.state is _S.ASKED:
        asked = f"an answer to: {', '.join(row.unsaid)}" if row.unsaid else "your word: nothing was sent yet"
        facts.append(("waits for", own((asked, STYLES[Tone.WARN]))))
    if row.due_at is not None and row.state is _S.WAITING:
        facts.append(("goes on", own((clock(row.due_at), STYLES[Tone.ACCENT]))))
    if row.cause:
        facts.append(("failed", block(row.cause, STYLES[Tone.BAD], limit=600)))
    if row.fix:
        facts.append(("to do", block(row.fix, limit=400)))
    if row.next_try_at is not None:
        facts.append(("tried again", own((clock(row.next_try_at), STYLES[Tone.WARN]))))
    if row.state is _S.ASKED:
        facts.append(("asked", own(ago(row.created_at, moment))))
    else:
        facts.append(("said by", own(line(row.asked_by), (f", {ago(row.updated_at, moment)}", _DIM))))
    if row.round > 1:
        facts.append(("round", own(f"{row.round}: it was withdrawn before")))
    told = pairs(facts)
    return leaf(told, "", Content.styled(keys, _DIM)) if keys else told


def said(found: DeliveryDetail) -> Leaf:
    """The target's own name for it, where it is, its notes; and what it was told."""
    rows: list[tuple[str, Content | str]] = []
    if found.row.reference:
        rows.append(("calls it", line(found.row.reference)))
    told = pairs(rows) if rows else leaf()
    parts: list[Leaf | Content | Hung] = [told] if rows else []
    if found.row.place:
        parts.append(leaf(Hung(Content.styled("place     ", _DIM), way(found.row.place))))
    parts += [item(block(note, limit=300)) for note in found.notes]
    answers = [f"{name}: {value}" for name, value in found.declarations.items()]
    if answers:
        parts.append(leaf(Hung(Content.styled("was told  ", _DIM), line(", ".join(answers), limit=300))))
    return leaf(*parts) if parts else leaf(own(("Nothing yet.", _DIM)))


def receipts(found: DeliveryDetail) -> Leaf:
    """A line for each file that is there, and below it what it was compared by."""
    if not found.files:
        return leaf(own(("No file is there yet.", _DIM)))
    lines: list[Content | Hung] = []
    for each in found.files:
        lines.append(own(f"{size(each.size):>9}  ", line(each.name, "bold", limit=120)))
        lines.append(line(f"sha256 {each.sha256}", _DIM))
    total = sum(each.size for each in found.files)
    lines.append(own((f"{len(found.files)} files, {size(total)}; each compared with what was sent", _DIM)))
    return leaf(*lines)


def history(steps: Sequence[Step]) -> Leaf:
    """What happened, newest first."""
    if not steps:
        return leaf(own(("Nothing was written down.", _DIM)))
    return leaf(*(_step(step) for step in steps))


def _step(step: Step) -> Hung:
    mark = DELIVERIES[step.state]
    who = "" if step.actor.kind is ActorKind.POLICY else whom(step.actor.kind, step.actor.channel, step.actor.name)
    lead = own((f"{clock(step.at)}  ", _DIM), (f"{mark.text:<13} ", STYLES[mark.tone]))
    told = f"try {step.attempt}" if step.round == 1 else f"round {step.round}, try {step.attempt}"
    words = f": {step.words}" if step.words else ""
    return Hung(lead, own((f"{told}{f', {who}' if who else ''}", _DIM), line(words, limit=300)))


# --- targets ---


def health(row: TargetRow, secrets: Sequence[SecretState]) -> Cell:
    """Whether it can be used, as far as that is known."""
    if any(each.needed and not each.is_set for each in secrets):
        return "! no key", Tone.BAD
    if row.checked_at is None:
        return "○ untested", Tone.DIM
    return ("● ok", Tone.GOOD) if all(each.ok for each in row.findings) else ("✗ fails", Tone.BAD)


def fingerprint(host_key: str) -> str:
    """A host key as OpenSSH names it, for a person to compare; empty where it is no key."""
    try:
        blob = base64.b64decode(host_key.split()[1], validate=True)
    except (IndexError, binascii.Error, ValueError):
        return ""
    return f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"


def facts(row: TargetRow) -> Leaf:
    """What a target is."""
    shown: list[tuple[str, Content | str]] = [
        ("name", line(row.name, "bold")),
        ("kind", str(row.kind)),
        ("mode", "delivers each new release without asking" if row.mode == "automatic" else "asks before each release"),
    ]
    for name, value in row.options.items():
        if name == "host_key":
            shown.append(("host key", own(fingerprint(value), (" (only this one is believed)", _DIM))))
        elif value:
            shown.append((name.replace("_", " "), block(value, limit=300)))
    asked = [each.name for each in DECLARATIONS[row.kind]]
    for name in asked:
        answer = row.declarations.get(name)
        shown.append((name.replace("_", " "), line(answer) if answer else own((_default(row.kind, name), _DIM))))
    counts = ", ".join(f"{number} {state}" for state, number in sorted(row.counts.items()))
    shown.append(("deliveries", counts or "none"))
    shown.append(("added", own(clock(row.added_at), (" by ", _DIM), line(row.added_by))))
    return pairs(shown)


def _default(kind: TargetKind, name: str) -> str:
    found = next(each.default for each in DECLARATIONS[kind] if each.name == name)
    return f"{found}, where nothing else is said" if found else "asked for each release"


def secret_lines(secrets: Sequence[SecretState], file: str) -> Leaf:
    """Which variables hold something; never what."""
    if not secrets:
        return leaf("It needs none.")
    rows = [
        own(
            ("✓ set    ", STYLES[Tone.GOOD])
            if each.is_set
            else ("✗ empty  ", STYLES[Tone.BAD])
            if each.needed
            else ("· empty  ", _DIM),
            each.variable,
            ("" if each.needed else "  may stay empty", _DIM),
        )
        for each in secrets
    ]
    return leaf(*rows, Hung(Content.styled("in ", _DIM), way(file)))


def findings(row: TargetRow, moment: datetime) -> Leaf:
    """What the last dry run found."""
    if row.checked_at is None:
        return leaf(own(("It was not tried yet. Trying sends nothing.", _DIM)))
    parts: list[Content | Hung] = [own((f"tried {ago(row.checked_at, moment)}", _DIM))]
    for each in row.findings:
        sign = ("✓ ", STYLES[Tone.GOOD]) if each.ok else ("✗ ", STYLES[Tone.BAD])
        words = f"{each.detail}{'' if each.ok or not each.fix else f'. {each.fix}'}"
        parts.append(Hung(own(sign, line(each.name, limit=40), ": "), block(words, limit=400)))
    return leaf(*parts)
