"""A run as words: its stages, its steps, its files, what it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from console.chains import answered, tried
from console.filefacts import facts_of
from console.human import ago, bar, clock, left, many, money, size, span
from console.marks import RUNS, STAGES, STYLES, Tone, of
from console.outside import from_outside
from console.safe import Hung, Leaf, Noted, Way, block, leaf, line, lines, own, pairs, way
from console.sheet import decision, knobs
from engine.domain.budget import dollars
from engine.domain.clock import local
from engine.domain.naming import whom
from engine.domain.runs import ACTIVE_STATES, RunState

if TYPE_CHECKING:
    from engine.api.models import ArtefactRow, CallRow, RunDetail, StageRow
    from engine.api.outside_models import ChainRow
    from engine.api.screen_models import AttemptRow

_WIDE_HEADS = "              stage        progress                  took   cpu    starts"
_NARROW_HEADS = "           stage      progress                took"
_OVER = frozenset({RunState.REJECTED, RunState.CANCELLED})
"""What was not made by now is not waited for."""
DIM = STYLES[Tone.DIM]
_BAR = 16
_NAMES_AT = 14
"""Where the names of the stages begin: a note that has no room beside its stage stands there, below it."""


def headline(found: RunDetail, now: datetime) -> Content:
    """Title, artist, state; then numbers."""
    row = found.row
    mark = RUNS[row.state]
    numbers = [row.id, f"seed {row.seed}", span(row.length_s), f"version {row.version}", f"attempt {row.attempt}"]
    numbers += [money(row.cost_microusd), f"started {ago(row.created_at, now)}"]
    title = line(row.title, "bold", limit=120) if row.title else own(("not named yet", DIM))
    first = own(
        title, ("  by ", DIM), line(row.artist, "bold $primary", limit=80), "  ", (mark.text, STYLES[mark.tone])
    )
    second: list[Content] = [own((" · ".join(numbers), DIM))]
    if row.waiting_reason:
        whom = "waits for a person: " if row.state is RunState.AWAITING_REVIEW else "waits: "
        second.append(own((whom, DIM), line(row.waiting_reason, STYLES[Tone.WARN])))
    return lines([first, *second])


def overtaken(found: RunDetail, now: datetime) -> Content:
    """What happened to the run while a question about it stood open, for whoever is about to answer."""
    mark, step = RUNS[found.row.state], found.steps[-1]
    who = line(whom(step.actor, step.channel, step.actor_name), "bold", limit=80)
    what = own((mark.text, STYLES[mark.tone]), f" (version {found.row.version}) by ", who, f", {ago(step.at, now)}.")
    return own("Meanwhile the run has moved on: ", what, "\nNothing was done. Look at it again, then decide.")


def failure(found: RunDetail) -> Leaf | None:
    """Why the run failed and what to do, None for one that did not."""
    row = found.row
    if row.state is not RunState.FAILED:
        return None
    rows: list[tuple[str, Content | str]] = [("cause", block(row.failure, STYLES[Tone.BAD], limit=1000))]
    if row.failure_fix:
        rows.append(("fix", block(row.failure_fix, limit=1000)))
    if row.stage:
        rows.insert(0, ("stage", own((row.stage.value, "bold"))))
    return pairs(rows)


def versions(found: RunDetail, now: datetime) -> Leaf:
    """Every version, newest first, and every attempt at it."""
    parts: list[Content | Hung] = []
    for version in found.versions:
        who = line(whom(version.actor, version.channel, version.actor_name), DIM, limit=80)
        how = own(line(version.how, limit=200), ("  by ", DIM), who, (f"  {clock(version.at)}", DIM))
        parts.append(Hung(own((f"version {version.version}  ", "bold")), how))
        for attempt in version.attempts:
            parts.append(Hung(own(" " * 11), _attempt(attempt, now)))
        if version.made:
            parts.append(Hung(own(" " * 11 + "made "), own((", ".join(version.made), DIM))))
        if version.kept:
            parts.append(Hung(own(" " * 11 + "kept "), own((", ".join(version.kept), DIM))))
    return leaf(*parts) if parts else leaf(own(("No attempt yet.", DIM)))


def _attempt(attempt: AttemptRow, now: datetime) -> Content:
    """`attempt 2, 1:12: ✗ failed at clip: no space is left`."""
    took = span(((attempt.ended_at or now) - attempt.begun_at).total_seconds())
    name = f"{'packing' if attempt.packing else 'attempt'} {attempt.attempt}, {took}: "
    if not attempt.outcome:
        return own(name, ("▸ at work", STYLES[Tone.ACCENT]))
    if attempt.outcome == RunState.AWAITING_REVIEW:
        return own(name, ("✓ went to review", STYLES[Tone.GOOD]))
    mark = RUNS[RunState(attempt.outcome)]
    stage = f" at {attempt.stage}" if attempt.stage else ""
    reason = own(": ", line(attempt.reason, limit=300)) if attempt.reason else own("")
    return own(name, (mark.text, STYLES[mark.tone]), stage, reason)


def costs(found: RunDetail) -> Leaf:
    """What each stage cost, and the sum."""
    total = sum(row.cost_microusd for row in found.costs)
    rows = [
        (row.name[:40], own(f"{dollars(row.cost_microusd)}  ", (many(row.calls, "call"), DIM))) for row in found.costs
    ]
    return leaf(pairs([*rows, ("sum", own((dollars(total), "bold")))])) if rows else leaf(own(("Nothing yet.", DIM)))


def stages(found: RunDetail, since_read_s: float, stop: str = "") -> Leaf:
    """A line for each stage: how it stands, bar, time, starts. `since_read_s` lets the running one go on.

    `stop` says why nothing goes on, or not for long.
    """
    row = found.row
    active = row.state in ACTIVE_STATES
    total = row.elapsed_s + (since_read_s if row.stage_open else 0)
    to_go = max(0.0, row.eta_s - since_read_s) if row.eta_s is not None else None
    words = [f"at work {span(total)}"]
    if to_go is not None and not stop:
        words.append(f"left {left(to_go)}")
    whole = (
        own((f"{bar(row.progress, 2 * _BAR)} {row.progress * 100:3.0f}%  ", STYLES[Tone.ACCENT])) if active else own("")
    )
    return leaf(
        Noted(own((_WIDE_HEADS, DIM)), own(""), _NAMES_AT, own((_NARROW_HEADS, DIM))),
        *(_stage(stage, since_read_s, over=row.state in _OVER) for stage in found.stages),
        "",
        Noted(whole, own((" · ".join(words), DIM), (f" · {stop}" if stop else "", STYLES[Tone.WARN])), 0),
    )


def _stage(stage: StageRow, since_read_s: float, *, over: bool) -> Noted:
    mark = of(STAGES, "unmade" if over and stage.state == "waiting" else stage.state)
    runs = stage.state == "running"
    seconds = stage.seconds + (since_read_s if runs else 0)
    percent = f"{stage.progress * 100:3.0f}%" if runs or stage.state == "failed" else ""
    share = f"{bar(stage.progress, _BAR)} {percent}" if percent else ""
    took = span(seconds) if stage.state != "waiting" and stage.kept_from is None else ""
    if stage.kept_from is not None:
        share = percent = f"kept from version {stage.kept_from}"
    cpu = f"{stage.cpu_s:.1f} s" if stage.cpu_s else ""
    starts = str(stage.starts) if stage.starts else ""
    again = STYLES[Tone.WARN] if stage.starts > 1 else ""
    head = own(
        (f"{mark.sign} {mark.word:<12}", STYLES[mark.tone]),
        (f"{stage.stage:<13}", "bold" if runs else ""),
        (f"{share:<23}", STYLES[Tone.ACCENT] if runs else DIM),
        f"{took:>7} {cpu:>7} ",
        (f"{starts:>6}  ", again),
    )
    narrow = own(
        (f"{mark.sign} {mark.word:<9}", STYLES[mark.tone]),
        (f"{stage.stage:<11}", "bold" if runs else ""),
        (f"{percent:<21}", STYLES[Tone.ACCENT] if runs else DIM),
        f"{took:>7}",
    )
    return Noted(head, line(stage.note, DIM, limit=200), _NAMES_AT, narrow)


def made_from(found: RunDetail) -> Leaf:
    """Parameters, experiment, notes."""
    rows: list[tuple[str, Content | Way | str]] = [("settings", line(knobs(found.parameters) or "none"))]
    if found.variants:
        rows.append(("experiment", line(", ".join(f"{name}: {value}" for name, value in found.variants))))
    if found.notes:
        rows.append(("notes", block(found.notes)))
    rows += from_outside(found.outside)
    if found.release_path:
        rows.append(("release", way(found.release_path)))
    return pairs(rows)


def steps(found: RunDetail, now: datetime) -> Leaf:
    """Every transition, and every decision."""
    rows = []
    for step in found.steps:
        move = f"{step.before} → {step.after}" if step.before else step.after
        who = line(whom(step.actor, step.channel, step.actor_name), DIM, limit=80)
        why = step.reason if step.reason != step.channel else ""  # a run's first step gives its channel as the reason
        what = own(move, ("  by ", DIM), who, "  ", line(why))
        rows.append(Hung(own((f"{clock(step.at)}  ", DIM)), what))
    rows += [Hung(own((f"{'decision':<18}", DIM)), decision(review, now)) for review in found.reviews]
    return leaf(*rows) if rows else leaf(own(("No step yet.", DIM)))


def asked(found: RunDetail) -> Leaf:
    """Its questions to language models, newest first, with everybody they came to; empty where there was none."""
    return questions(found.chains)


def questions(chains: Sequence[ChainRow], *, runs: bool = False) -> Leaf:
    """Questions to language models, each with everybody it came to, and with its run where `runs` are wanted."""
    rows: list[Content | Hung] = []
    for chain in chains:
        tone = Tone.PLAIN if chain.answered else Tone.WARN
        run = (f"  {chain.run_id or 'for no run'}", DIM) if runs else ""
        said = own(line(answered(chain), STYLES[tone], limit=200), run)
        rows.append(Hung(own((f"{clock(chain.at)}  ", DIM)), said))
        rows += [Hung(own(" " * 4), line(words, DIM, limit=400)) for words in tried(chain)]
    return leaf(*rows)


def files(artefacts: Sequence[ArtefactRow]) -> Leaf:
    """Every file with its facts."""
    found: list[Hung] = []
    for file in artefacts:
        facts = " · ".join(facts_of(file.facts))
        name = own((f"{file.kind:<11}", "bold"))
        found.append(Hung(name, own(f"{size(file.size)}  ", (f"sha256 {file.sha256[:16]}…", DIM))))
        where = line(f"deleted {local(file.pruned_at)} to save space") if file.pruned_at else way(str(file.path))
        found.append(Hung(own(" " * 11), where))
        if facts:
            found.append(Hung(own(" " * 11), line(facts, DIM, limit=400)))
    return leaf(*found) if found else leaf(own(("No file yet.", DIM)))


def call_title(call: CallRow) -> str:
    """One line for a collapsed call; ours but for the names, which the caller makes harmless."""
    word = "✓" if call.ok else "✗ failed"
    return f"{word} {call.role} · {call.provider}: {call.model} · {call.latency_ms} ms · {money(call.cost_microusd)}"


def call(found: CallRow) -> Content:
    """Prompt and answer in full."""
    parts = [line(f"{clock(found.at)}  prompt {found.prompt_version}", DIM), block(found.prompt, limit=20_000)]
    if found.ok:
        parts += [own(("answer", DIM)), block(found.answer, limit=20_000)]
    else:
        parts += [own(("error", STYLES[Tone.BAD])), block(found.error, limit=4_000)]
    return lines(parts)
