"""A review sheet as words: what was asked for beside what was measured, and everything else a reviewer judges by."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from console.human import ago, clock, left, money, percent, size, span, waited
from console.marks import RUNS, STYLES, Tone, passed
from console.safe import block, line, lines, own, pairs
from engine.domain.gate import LUFS_TOLERANCE, MAX_TRUE_PEAK_DBTP, TARGET_LUFS
from engine.domain.genres import GENRES
from engine.domain.runs import RunState

if TYPE_CHECKING:
    from engine.api.models import ReviewRow, ReviewSheet, RunRow
    from engine.domain.song import LyricCue

DIM = STYLES[Tone.DIM]
_DECIDED = {
    "approve": "Approved",
    "reject": "Rejected",
    "new_version": "Sent back for a new version",
    "expire": "Expired",
}


def headline(sheet: ReviewSheet) -> Content:
    """Title and artist; then what kind of thing this is, in one line."""
    run = sheet.run
    genre = GENRES[sheet.persona.genre].label if sheet.persona.genre in GENRES else sheet.persona.genre
    vocals = "instrumental (no vocals)" if sheet.vocals == "none" else f"vocals: {sheet.vocals}"
    parts = [genre, span(sheet.facts.duration_s), sheet.concept.key, f"{sheet.concept.tempo_bpm} bpm", vocals]
    return lines(
        [
            own(line(run.title, "bold", limit=120), ("  by ", DIM), line(run.artist, "bold $primary", limit=80)),
            line(" · ".join(parts), DIM),
        ]
    )


def standing(sheet: ReviewSheet, now: datetime) -> tuple[Content, bool]:
    """How the review stands, and whether it is still open."""
    mark = RUNS[sheet.run.state]
    if sheet.run.state is RunState.AWAITING_REVIEW:
        words = [f"waits {waited(sheet.run.waiting_since, now)}", f"version {sheet.run.version}"]
        if sheet.revision_number > 1:
            words.append(f"revision {sheet.revision_number}")
        if sheet.expires_at is not None:
            words.append(f"expires {clock(sheet.expires_at)}")
        why = own("  ", line(sheet.run.waiting_reason, STYLES[Tone.WARN])) if sheet.run.waiting_reason else ""
        return own((mark.text, STYLES[mark.tone]), (f"  {' · '.join(words)}", DIM), why), True
    if sheet.decided is None:
        return own((mark.text, STYLES[mark.tone])), False
    return own(decision(sheet.decided, now), ("  it is ", DIM), (mark.text, STYLES[mark.tone])), False


def decision(review: ReviewRow, now: datetime) -> Content:
    """Who decided what, when and by which channel."""
    who = review.actor_name or review.actor
    word = _DECIDED.get(review.decision, review.decision)
    tone = Tone.GOOD if review.decision == "approve" else Tone.WARN
    parts = [
        own(
            (word, STYLES[tone]),
            " by ",
            line(who, "bold", limit=40),
            f" on the {review.channel}, {ago(review.decided_at, now)}",
        )
    ]
    if not review.looked:
        parts.append(own((", without looking", DIM)))
    if review.undone:
        parts.append(own((", taken back", STYLES[Tone.WARN])))
    reasons = ", ".join(review.tags)
    if reasons:
        parts.append(own((f"  [{reasons}]", DIM)))
    if review.text:
        parts.append(own("  “", line(review.text, limit=160), "”"))
    return Content("").join(parts)


def grace_left(sheet: ReviewSheet, now: datetime) -> float:
    """Seconds in which an approval can still be taken back."""
    decided = sheet.decided
    if decided is None or decided.decision != "approve" or sheet.run.state is not RunState.APPROVED:
        return 0.0
    return max(0.0, (decided.effective_at - now).total_seconds())


def facts(sheet: ReviewSheet) -> Content:
    """Three columns: what, asked for, measured."""
    concept, found = sheet.concept, sheet.facts
    loud = found.loudness
    sure = f"{percent(found.tempo_confidence)} sure"
    rows = [
        ("length", span(sheet.run.length_s), span(found.duration_s)),
        ("tempo", f"{concept.tempo_bpm} bpm", f"{found.tempo_bpm:.1f} bpm ({sure})"),
        ("key", concept.key, f"{sheet.timeline.key} (as composed)"),
        ("loudness", f"{TARGET_LUFS:.0f} ±{LUFS_TOLERANCE} LUFS", f"{loud.integrated_lufs:.1f} LUFS"),
        ("true peak", f"≤ {MAX_TRUE_PEAK_DBTP:.0f} dBTP", f"{loud.true_peak_dbtp:.1f} dBTP"),
        ("range", "", f"{loud.range_lu:.1f} LU"),
        ("energy", percent(concept.energy), ""),
        ("brightness", "", f"{found.brightness_hz:,.0f} Hz"),
        ("bass", "", percent(found.bass_share)),
        ("stereo width", "", f"{found.stereo_width:.2f}"),
        ("notes a second", "", f"{found.onset_rate:.1f}"),
        ("silence", "", f"{percent(found.silence_share)}, longest {found.longest_silence_s:.1f} s"),
        ("sound", "", f"{found.sample_rate / 1000:g} kHz, {found.channels} channels"),
    ]
    wide = [max(len(row[i]) for row in (("", "asked for", ""), *rows)) + 2 for i in (0, 1)]
    head = own(("".ljust(wide[0]) + "asked for".ljust(wide[1]) + "measured", DIM))
    return lines([head, *(own((a.ljust(wide[0]), DIM), line(b).plain.ljust(wide[1]), (c, "bold")) for a, b, c in rows)])


def checks(sheet: ReviewSheet) -> Content:
    """Every check with a sign, a word and its figure."""
    width = max((len(check.name) for check in sheet.checks), default=0) + 2
    found = []
    for check in sheet.checks:
        mark = passed(check.ok)
        found.append(
            own(
                (f"{mark.sign} {mark.word:<6}", STYLES[mark.tone]),
                line(check.name).plain.ljust(width),
                line(check.detail, DIM),
            )
        )
    return lines(found) if found else own(("Nothing was checked.", STYLES[Tone.BAD]))


def concept(sheet: ReviewSheet) -> Content:
    """The idea, and what earlier songs changed in it."""
    idea = sheet.concept
    knobs = ", ".join(f"{name} {value}" for name, value in sorted(idea.parameters.items()))
    parts = [
        block(idea.premise),
        own(""),
        pairs(
            [
                ("mood", line(idea.mood)),
                ("themes", line(", ".join(idea.themes))),
                ("settings", line(knobs or "none")),
                ("written by", line(sheet.writer or "unknown")),
            ]
        ),
    ]
    if idea.adjustments:
        parts += [own(""), own(("changed by earlier songs", DIM))]
        parts += [own(("→ ", STYLES[Tone.ACCENT]), line(change)) for change in idea.adjustments]
    return lines(parts)


def reflection(sheet: ReviewSheet) -> Content:
    """The look back, and what the next song will be told."""
    found = sheet.reflection
    parts = [
        own(("as asked ", DIM), percent(found.alignment), ("   quality ", DIM), percent(found.quality)),
        block(found.verdict),
        *(own(("· ", DIM), line(seen)) for seen in found.observations),
        own(""),
        own(("the next song is told: ", DIM), line(found.lesson.title, "bold")),
        block(found.lesson.text),
    ]
    changes = ", ".join(f"{name} {value}" for name, value in sorted(found.lesson.changes.items()))
    return lines([*parts, own(("→ ", STYLES[Tone.ACCENT]), line(changes))] if changes else parts)


def lyrics(sheet: ReviewSheet) -> Content:
    """The words by section; with the time of each line where every line has its cue."""
    texts = [text for section in sheet.lyrics.sections for text in section.lines]
    cues: list[LyricCue | None] = (
        list(sheet.timeline.cues) if len(sheet.timeline.cues) == len(texts) else [None] * len(texts)
    )
    found: list[Content] = []
    place = 0
    for section in sheet.lyrics.sections:
        if found:
            found.append(own(""))
        found.append(own((f"[{section.kind}]", STYLES[Tone.ACCENT])))
        for text in section.lines:
            cue = cues[place]
            time = f"{span(cue.start):>5}  " if cue is not None else "  "
            found.append(own((time, DIM), line(text)))
            place += 1
    return lines(found) if found else own(("No words.", DIM))


def files(sheet: ReviewSheet, how_to_hear: str) -> Content:
    """Where the files lie and how to hear the track."""
    found = []
    for name, path in (("track", sheet.track), ("clip", sheet.clip), ("cover", sheet.cover)):
        try:
            known = size(path.stat().st_size)
        except OSError:
            known = "the file is missing: see `noktvrn doctor`"
        found.append((name, own(line(str(path), limit=400), (f"  {known}", DIM))))
    return lines([own(how_to_hear), own(""), pairs(found)])


def cost(run: RunRow) -> str:
    """What the run cost so far."""
    return money(run.cost_microusd)


def eta(run: RunRow) -> str:
    """Time left, in words; empty when unknown."""
    return left(run.eta_s)
