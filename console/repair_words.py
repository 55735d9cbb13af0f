"""An error and its repair as words: where it stands, what it comes from, what a patch is and what its trial found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from console.human import ago, clock, many, span
from console.marks import ERRORS, PATCHES, RUNS, STYLES, Tone
from console.naming import named
from console.safe import Leaf, Part, block, item, leaf, line, own, pairs
from console.spark import spark
from console.unified import counts, read
from engine.domain.repair import Cause, GroupState, PatchState

if TYPE_CHECKING:
    from engine.api.repair_models import ErrorDetail, ErrorRow, PatchView, Trend
    from engine.domain.repair import Diagnosis, TrialReport, TrialStep

DIM, BAD, WARN, GOOD, ACCENT = (STYLES[tone] for tone in (Tone.DIM, Tone.BAD, Tone.WARN, Tone.GOOD, Tone.ACCENT))
_GAP = ("  ·  ", DIM)

_MEANS = {
    Cause.CODE: "our code",
    Cause.SETTINGS: "a setting",
    Cause.PROVIDER: "a provider",
    Cause.QUOTA: "a quota",
    Cause.DATA: "data",
    Cause.ENVIRONMENT: "this machine",
    Cause.UNKNOWN: "nobody knows yet",
}


def standing(row: ErrorRow) -> Content:
    """Where a group stands."""
    mark = ERRORS[row.state]
    found = own((mark.text, STYLES[mark.tone]))
    if row.state is GroupState.IGNORED:
        found = own(found, (f" until {clock(row.ignored_until)}" if row.ignored_until else " for good", DIM))
    if row.tainted:
        found = own(found, _GAP, ("! its evidence holds outside text", WARN))
    return found


def doing(row: ErrorRow, now: datetime) -> Content:
    """What is being done about a group, since when, and how far it is."""
    parts: list[Part] = [(f"▸ {row.work}", f"bold {ACCENT}")]
    if row.work_since is not None:
        parts += [_GAP, (span(max(0.0, (now - row.work_since).total_seconds())), DIM)]
    if row.work_note:
        parts += [_GAP, line(row.work_note, limit=200)]
    return own(*parts)


def facts(row: ErrorRow, now: datetime, provider: str = "") -> Content:
    """How often, where, since when."""
    said = [many(row.count, "time"), f"in {row.part}"]
    said += [f"by {provider}"] if provider else []
    said += [f"first {ago(row.first_seen, now)}", f"last {ago(row.last_seen, now)}", row.id]
    return line(" · ".join(said), DIM, limit=400)


def diagnosis(found: ErrorDetail, now: datetime, how: str) -> Leaf:
    """What it comes from and what to do; `how` says which key asks for a diagnosis."""
    told = found.diagnosis
    if told is None:
        return leaf(own(("Nobody has said yet what it comes from. ", DIM), how))
    return leaf(
        own((_MEANS[told.cause], f"bold {ACCENT}"), _GAP, confidence(told), _GAP, _by(told, found.diagnosed_at, now)),
        block(told.summary, "bold", limit=1_000),
        *([block(told.explanation, limit=6_000)] if told.explanation else []),
        *_todo(told),
    )


def _todo(told: Diagnosis) -> list[Leaf]:
    rows: list[tuple[str, Content | str]] = []
    if told.action:
        rows.append(("do", block(told.action, limit=2_000)))
    if told.code_change:
        rows.append(("code", "a change of the code would mend it"))
    elif told.cause is Cause.UNKNOWN:
        rows.append(("code", "not known whether it must change"))
    elif told.cause is not Cause.CODE:
        rows.append(("code", "no change of the code is needed"))
    if told.suspects:
        rows.append(("look at", line(", ".join(told.suspects), limit=1_000)))
    return [leaf("", pairs(rows))] if rows else []


def confidence(told: Diagnosis) -> Content:
    """How sure whoever said it is, in words and a number."""
    if told.cause is Cause.UNKNOWN and not told.confidence:
        return own(("not known", WARN))
    share = min(1.0, max(0.0, told.confidence))
    word, tone = ("sure", GOOD) if share >= 0.8 else ("likely", "") if share >= 0.5 else ("a guess", WARN)
    return own((f"{word}, {share * 100:.0f}%", tone) if tone else f"{word}, {share * 100:.0f}%")


def _by(told: Diagnosis, at: datetime | None, now: datetime) -> Content:
    who = "by the built-in rules" if told.by == "rules" else f"by {told.by}" if told.by else ""
    return line(", ".join(part for part in (who, ago(at, now) if at else "") if part), DIM, limit=120)


# --- patches ---


def patch_line(patch: PatchView, now: datetime, of: int = 0) -> Content:
    """Which one, where it stands, how much it changes, by whom."""
    mark = PATCHES[patch.state]
    number = f"patch {patch.number} of {of}" if of > 1 else f"patch {patch.number}"
    came, gone = counts(read(patch.diff))
    size = own((f"+{came}", GOOD), " ", (f"−{gone}", BAD), f" in {many(len(patch.files), 'file')}")
    return own(
        (number, "bold"),
        _GAP,
        (mark.text, f"bold {STYLES[mark.tone]}".strip()),
        *((_GAP, size) if patch.diff else ()),
        _GAP,
        line(f"by {patch.author or 'nobody'}, {ago(patch.created_at, now)}", DIM, limit=120),
    )


def patch_leaf(patch: PatchView, now: datetime, of: int, how: str = "", moved: str = "") -> Leaf:
    """All that is to be said of a patch but its lines; `moved` that it is of code that is not checked out any more."""
    rows: list[tuple[str, Content | str]] = (
        [("files", line(", ".join(patch.files), limit=1_000))] if patch.files else []
    )
    if patch.base:
        rows.append(("base", line(patch.base[:12])))
    return leaf(
        patch_line(patch, now, of),
        *([pairs(rows)] if rows else []),
        *([moved_leaf(moved)] if moved else []),
        *refusals(patch),
        *([pairs([("trial", trial_line(patch.trial))])] if patch.trial else []),
        *(item(_step(step), *_sign(step)) for step in (patch.trial.steps if patch.trial else ())),
        *history(patch, now),
        *([own(how)] if how else []),
    )


def moved_leaf(moved: str) -> Leaf:
    """That a patch is of code that is not checked out any more."""
    return leaf(item(line(f"{moved[:1].upper()}{moved[1:]}.", limit=200), "! ", WARN))


def refusals(patch: PatchView) -> list[Leaf]:
    """Why it was refused, or what the gate warns of; each on a line of its own."""
    found = [leaf(item(block(refusal.message, limit=600), "! ", WARN)) for refusal in patch.refusals]
    if patch.note:
        found.append(leaf(item(block(patch.note, limit=1_000), "! ", WARN)))
    return found


def history(patch: PatchView, now: datetime) -> list[Content]:
    """When it was applied, until when it is watched, when it was taken back."""
    found = []
    if patch.applied_at:
        found.append(own(("applied ", DIM), ago(patch.applied_at, now)))
    if patch.state is PatchState.PROBATION and patch.probation_until:
        found.append(own(("watched until ", DIM), clock(patch.probation_until)))
    if patch.reverted_at:
        found.append(own(("taken back ", DIM), ago(patch.reverted_at, now)))
    return [own(*_between(found))] if found else []


def _between(parts: Sequence[Content]) -> list[Content | tuple[str, str]]:
    found: list[Content | tuple[str, str]] = []
    for part in parts:
        found += [*([_GAP] if found else []), part]
    return found


def trial_line(trial: TrialReport) -> Content:
    """How a trial ended, in one line."""
    seconds = sum(step.seconds for step in trial.steps)
    failed = ("✗ failed", BAD) if trial.judged else ("? no answer", WARN)
    outcome = own(("✓ passed", GOOD)) if trial.ok else own(failed)
    told = own(outcome, f" in {seconds:.1f} s")
    if trial.reason and not trial.ok:
        told = own(told, ": ", line(trial.reason, limit=300))
    if trial.reproduced is not None:
        words = "a test failed before and passes now" if trial.reproduced else "the error was not reproduced"
        told = own(told, _GAP, (words, GOOD if trial.reproduced else DIM))
    return told if trial.isolated else own(told, _GAP, ("! not isolated", WARN))


def steps(trial: TrialReport) -> Leaf:
    """Every step of a trial."""
    return leaf(*(item(_step(step), *_sign(step)) for step in trial.steps))


def _sign(step: TrialStep) -> tuple[str, str]:
    return ("- ", DIM) if step.ok is None else ("✓ ", GOOD) if step.ok else ("✗ ", BAD)


def _step(step: TrialStep) -> Content:
    name = line(step.name, "" if step.ok is not None else DIM, limit=60)
    took = (f"  {step.seconds:.1f} s", DIM) if step.ok is not None else ("  not run", DIM)
    return own(name, took, *((": ", line(step.detail, limit=400)) if step.detail else ()))


def short_trial(trial: TrialReport, *, steps: bool) -> Content:
    """The trial in one line, step by step where there is room, for the head of a diff."""
    found = own(("trial ", DIM), trial_line(trial))
    for step in trial.steps if steps else ():
        sign, tone = _sign(step)
        found = own(found, ("  ", ""), (sign, tone), line(step.name, limit=40), (f" {step.seconds:.1f} s", DIM))
    return found


# --- time ---


def trends(found: ErrorDetail, width: int) -> Content:
    """The last day by the hour, the last two weeks by the day."""
    rows = [_trend(found.trend, "24 h", "an hour", width), _trend(found.fortnight, "14 days", "a day", width)]
    return Content("\n").join(rows)


def _trend(trend: Trend, name: str, each: str, width: int) -> Content:
    total, most = sum(trend.counts), max(trend.counts, default=0)
    said = f"  {many(total, 'time')}" + (f", {most:,} in {each} at most" if most else "")
    room = min(max(8, width - 9 - len(said)), len(trend.counts) * 3)
    return own((f"{name:<9}", DIM), (spark(trend.counts, room), ACCENT), (said, DIM))


def affected(found: ErrorDetail, now: datetime) -> Leaf:
    """The runs in which it happened, as they are now."""
    if not found.runs:
        return leaf(own(("It did not happen in a run.", DIM)))
    return leaf(
        *(
            own(
                (f"{RUNS[run.state].text:<13}", STYLES[RUNS[run.state].tone]),
                line(run.title or run.id, "bold", limit=80),
                ("  by ", DIM),
                line(run.artist, limit=60),
                (f"  {ago(run.at, now)}", DIM),
            )
            for run in found.runs
        )
    )


def events(found: ErrorDetail) -> Leaf:
    """The newest ones, a line each."""
    if not found.events:
        return leaf(own(("No event is kept.", DIM)))
    return leaf(
        *(
            item(
                own(
                    line("  ".join(filter(None, (event.stage, event.provider, event.run_id))), DIM, limit=120),
                    "  ",
                    line(event.message, limit=400),
                    *((("  ", DIM), line(event.source, DIM, limit=60)) if event.source != "engine" else ()),
                ),
                f"{clock(event.at)}  ",
                DIM,
            )
            for event in found.events
        )
    )


def similar(found: ErrorDetail) -> Leaf:
    """Other groups that look alike."""
    return leaf(
        *(
            item(
                own(
                    line(named(row), limit=60),
                    (": ", DIM),
                    line(row.message, limit=160),
                    "  ",
                    line(f"in {row.part}, {many(row.count, 'time')}", DIM, limit=80),
                ),
                f"{ERRORS[row.state].text:<16}",
                STYLES[ERRORS[row.state].tone],
            )
            for row in found.similar
        )
    )
