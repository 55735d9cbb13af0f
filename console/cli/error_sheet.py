"""One error group on paper: where it stands, what it comes from, its patches, what can be done, how it happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.table import body, heading, sheet
from console.cli.words import percent, when
from engine.domain.plurals import many
from engine.domain.repair import Cause, GroupState, PatchState
from engine.domain.repair_deeds import moved_on

if TYPE_CHECKING:
    from engine.api.repair_models import ErrorDetail, ErrorRow, PatchView
    from engine.domain.repair import Diagnosis, TrialReport, TrialStep

_SHOWN = 5


def print_error(detail: ErrorDetail) -> None:
    """All of it to stdout."""
    row = detail.row
    sheet(
        (
            ("error", row.id),
            ("type", row.type),
            ("message", row.message),
            ("in", row.part),
            ("provider", detail.provider),
            ("state", standing(row)),
            ("seen", f"{many(row.count, 'time')}, first {when(row.first_seen)}, last {when(row.last_seen)}"),
            ("lately", _lately(detail)),
            (
                "runs",
                "\n".join(f"{run.id} {run.state}: {run.title or 'not named yet'}" for run in detail.runs[:_SHOWN]),
            ),
            ("like it", "\n".join(f"{each.id} in {each.part}: {each.message}" for each in detail.similar)),
        )
    )
    if detail.diagnosis is not None:
        heading("Diagnosis")
        print_diagnosis(detail.diagnosis)
    for patch in detail.patches:
        print_patch_sheet(patch, moved_on(patch, detail.setup))
    heading("What to do")
    for step in steps(detail):
        body(step)
    for event in detail.events:
        heading(" ".join(part for part in (when(event.at), event.run_id, event.stage, _source(event.source)) if part))
        body(event.traceback or event.message)


def _source(source: str) -> str:
    return "" if source == "engine" else f"({source})"


def standing(row: ErrorRow) -> str:
    """Where a group stands, in words."""
    said = [row.state.replace("_", " ")]
    if row.state is GroupState.IGNORED:
        said[0] = f"ignored until {when(row.ignored_until)}" if row.ignored_until else "ignored for good"
    if row.work:
        said.append(f"{row.doing} now" if not row.work_note else row.doing)
    if row.tainted:
        said.append("its evidence holds outside text, so nothing is applied unasked")
    return "; ".join(said)


def _lately(detail: ErrorDetail) -> str:
    hours, days = detail.trend.counts, detail.fortnight.counts
    return f"{sum(hours):,} in the last {len(hours)} hours, {sum(days):,} in the last {len(days)} days"


def print_diagnosis(told: Diagnosis) -> None:
    """What an error comes from."""
    sheet(
        (
            ("class", f"{told.cause}{_sure(told)}, says {told.by or 'nobody'}"),
            ("cause", told.summary),
            ("why", told.explanation),
            ("do", told.action),
            ("code", _code(told)),
            ("look at", ", ".join(told.suspects)),
        )
    )


def _sure(told: Diagnosis) -> str:
    return "" if _nobody_looked(told) else f", {percent(told.confidence)} sure"


def _nobody_looked(told: Diagnosis) -> bool:
    return told.cause is Cause.UNKNOWN and not told.confidence


def _code(told: Diagnosis) -> str:
    if told.code_change:
        return "to be changed"
    return "not known whether it must change" if told.cause is Cause.UNKNOWN else "no change"


def print_patch_sheet(patch: PatchView, moved: str = "") -> None:
    """One patch without its lines; `moved` says that it is of code that is not checked out any more."""
    heading(f"Patch {patch.number}: {patch.state.replace('_', ' ')}")
    sheet(
        (
            ("patch", patch.id),
            ("files", ", ".join(patch.files)),
            ("by", f"{patch.author or 'nobody'}, {when(patch.created_at)}"),
            ("base", f"{patch.base[:12]}; {moved}" if moved else patch.base[:12]),
            ("refused", "\n".join(refusal.message for refusal in patch.refusals)),
            ("trial", "\n".join(trial_lines(patch.trial)) if patch.trial else ""),
            ("applied", when(patch.applied_at) if patch.applied_at else ""),
            ("watched", f"until {when(patch.probation_until)}" if patch.state is PatchState.PROBATION else ""),
            ("reverted", when(patch.reverted_at) if patch.reverted_at else ""),
            ("note", patch.note),
        )
    )


def trial_lines(trial: TrialReport) -> Iterator[str]:
    """How a trial went, then its steps."""
    reproduced = {True: "the error was reproduced and is gone", False: "the error is still there", None: ""}
    went = "passed" if trial.ok else "failed" if trial.judged else "no answer"
    said = [went if trial.ok else f"{went}: {trial.reason}", "" if trial.isolated else "NOT isolated"]
    yield ", ".join(part for part in (*said, reproduced[trial.reproduced]) if part)
    yield from map(_step, trial.steps)


def _step(step: TrialStep) -> str:
    went = {True: "ok", False: "FAILED", None: "not run"}[step.ok]
    detail = f" ({step.detail})" if step.detail else ""
    return f"{step.name}: {went}, {step.seconds:.1f} s{detail}"


def steps(detail: ErrorDetail) -> Iterator[str]:
    """What can be done next, the most useful first."""
    row, newest = detail.row, next(iter(detail.patches), None)
    if row.work:
        yield f"It is {row.work} now: wait until that is done."
        return
    if row.state is GroupState.IGNORED:
        yield f"`noktvrn errors ignore {row.id} --end` lets it be heard of again."
    over = row.state in (GroupState.RESOLVED, GroupState.RECOVERED, GroupState.PROBATION)
    told = detail.diagnosis
    if told is None:
        yield f"`noktvrn errors analyse {row.id}` asks what it comes from."
    elif told.action and not told.code_change and not over and not _nobody_looked(told):
        yield "Do what the diagnosis says, above."
    if newest is None:
        if detail.diagnosis is None or detail.diagnosis.code_change:
            yield f"`noktvrn errors propose {row.id}` asks for a patch."
    else:
        yield from _with_patch(detail, newest)
    if told is not None and _nobody_looked(told) and not over:
        yield f"`noktvrn errors analyse {row.id}` asks anew, once a model can be asked (see the diagnosis)."
    if row.state not in (GroupState.IGNORED, GroupState.PROBATION):
        yield f"`noktvrn errors ignore {row.id} --until 7d` keeps it quiet."


def _with_patch(detail: ErrorDetail, patch: PatchView) -> Iterator[str]:
    moved = moved_on(patch, detail.setup)
    if patch.state in (PatchState.READY, PatchState.TRIAL_FAILED) and not moved:
        yield f"`noktvrn errors trial {patch.id}` tries the patch in a jail."
    if patch.state is PatchState.VALIDATED and not moved:
        if detail.setup.refused:
            yield f"Patches are not applied here: {detail.setup.refused}"
        else:
            yield f"`noktvrn errors apply {patch.id}` shows the patch once more and applies it."
    if patch.state in (PatchState.PROBATION, PatchState.APPLIED):
        yield f"`noktvrn errors revert {patch.id}` takes the patch back."
    if patch.diff:
        yield f"`noktvrn errors diff {patch.id}` shows its lines, `noktvrn errors export {patch.id}` saves them."
    if moved or patch.state in (PatchState.INVALID, PatchState.TRIAL_FAILED, PatchState.REVERTED):
        yield f"`noktvrn errors propose {patch.group_id}` asks for another one."


def tell_trial(trial: TrialReport) -> None:
    """How a trial went, as data; its log where it failed."""
    for line in trial_lines(trial):
        body(line, indent=0)
    if not trial.ok and trial.log:
        heading("Log")
        body(trial.log)
    if not trial.isolated:
        say.note("The tests were not isolated: this machine cannot hold them in a jail.")
