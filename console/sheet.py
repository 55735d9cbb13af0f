"""A review sheet as words: what was asked for beside what was measured, and everything else a reviewer judges by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from console.editing import SUNG, edited, making
from console.human import ago, bar, clock, percent, size, span, waited
from console.marks import RUNS, STYLES, Tone, passed
from console.outside import told_stock, told_trends
from console.safe import Hung, Leaf, Way, block, item, leaf, line, own, pairs, way
from engine.domain.gate import LUFS_TOLERANCE, MAX_TRUE_PEAK_DBTP, TARGET_LUFS
from engine.domain.genres import GENRES
from engine.domain.keys import as_asked, spelled
from engine.domain.naming import where, who
from engine.domain.runs import TAKEN_BACK, RunState
from engine.domain.tempo import UNCLEAR, counted, heard
from engine.safety.text import cell, plain

if TYPE_CHECKING:
    from pathlib import Path

    from engine.api.edit_models import EditRow
    from engine.api.models import Decided, ReviewRow, ReviewSheet
    from engine.api.screen_models import TakenBack
    from engine.domain.media import TrackFacts

DIM = STYLES[Tone.DIM]
_WHAT = 16
_ASKED = 16
_DECIDED = {
    "approve": "Approved",
    "reject": "Rejected",
    "new_version": "Sent back for a new version",
    "expire": "Expired",
}


def headline(sheet: ReviewSheet) -> tuple[Content, Content]:
    """Title and artist; and what kind of thing this is."""
    run = sheet.run
    genre = GENRES[sheet.persona.genre].label if sheet.persona.genre in GENRES else sheet.persona.genre
    vocals = "instrumental (no vocals)" if sheet.vocals == "none" else f"vocals: {sheet.vocals}"
    parts = [
        genre,
        span(sheet.facts.duration_s),
        as_asked(sheet.concept.key),
        f"{sheet.concept.tempo_bpm} bpm",
        vocals,
    ]
    title = own(line(run.title, "bold", limit=120), ("  by ", DIM), line(run.artist, "bold $primary", limit=80))
    return title, line(" · ".join(parts), DIM)


def standing(sheet: ReviewSheet, now: datetime, waits: str = "", here: str = "") -> Content:
    """How the review stands: open and since when, or decided by whom.

    `waits` says what a newer revision waits for; `here` is the session of this console.
    """
    mark = RUNS[sheet.run.state]
    if sheet.run.state is RunState.AWAITING_REVIEW:
        which = "first version" if sheet.run.version == 1 else f"version {sheet.run.version}"
        words = [f"waits {waited(sheet.run.waiting_since, now)}", which]
        if sheet.expires_at is not None:
            words.append(f"expires {clock(sheet.expires_at)}")
        why = own("\n", line(sheet.run.waiting_reason, STYLES[Tone.WARN])) if sheet.run.waiting_reason else ""
        who = own("\n", edited(edit, now)) if (edit := last_edit(sheet)) else ""
        return own((mark.text, STYLES[mark.tone]), (f"  {' · '.join(words)}", DIM), _failing(sheet), why, who)
    if sheet.being_made:
        return _being_made(sheet, now, waits, here)
    failure = own("  ", line(sheet.run.failure, STYLES[Tone.BAD])) if sheet.run.failure else ""
    if sheet.decided is None:
        return own((mark.text, STYLES[mark.tone]), failure)
    return own(decision(sheet.decided, now, here), ("  it is ", DIM), (mark.text, STYLES[mark.tone]), failure)


def _failing(sheet: ReviewSheet) -> Content:
    """The checks that fail, by name: nobody has to look for them."""
    failing = ", ".join(check.name for check in sheet.checks if not check.ok)
    mark = passed(False)
    return own("\n", (f"{mark.text}: {failing}", STYLES[mark.tone])) if failing else own("")


def overtaken(sheet: ReviewSheet, revision_hash: str, now: datetime, here: str = "") -> Content | None:
    """What keeps the revision of this hash from being decided on any more, for whoever is about to; None for nothing.

    `sheet` is the newest look at its run.
    """
    if sheet.run.state is not RunState.AWAITING_REVIEW:
        return own(standing(sheet, now, here=here), "\nYour answer is not needed any more.")
    if sheet.revision_hash == revision_hash:
        return None
    who = own("\n", edited(edit, now)) if (edit := last_edit(sheet)) else ""
    return own(("A newer revision of this song came meanwhile.", STYLES[Tone.WARN]), who, "\nLook at it, then decide.")


def about(sheet: ReviewSheet) -> str:
    """What a toast about the decision on this revision is about."""
    return f"decided:{sheet.revision_hash}"


def no_other(sheet: ReviewSheet | None) -> str:
    """Why there is no other take to hear; empty where there is one, or where nobody knows yet."""
    bought = sheet.bought if sheet is not None else None
    return "There is no other take of this track." if sheet and not (bought and bought.other) else ""


def done(sheet: ReviewSheet, decided: Decided, releases: Path) -> str:
    """What came of a decision that was just taken here, for a person; foreign text like the title in it."""
    title = sheet.run.title
    waits = "" if decided.engine_running else " The rest begins when the engine runs."
    if decided.decision == "approve":
        return f"{title} is approved. Its release goes to a folder of its own in {releases}.{waits}"
    if decided.decision == "reject":
        return f"{title} is rejected; the artist's next song learns from it."
    return f"{title}: a new version is on its way.{waits}"


def taken_back(taken: TakenBack) -> str:
    """What an undo took back, made harmless."""
    song, artist = plain(taken.title, limit=60), plain(taken.of_the_artist, limit=200)
    return f"Taken back: {song} waits for a decision again. {artist}".rstrip()


def _being_made(sheet: ReviewSheet, now: datetime, waits: str, here: str) -> Content:
    """Why a newer revision is being made, and how far it is, or what it waits for."""
    edit, run = last_edit(sheet), sheet.run
    why = edited(edit, now) if edit else decision(sheet.decided, now, here) if sheet.decided else own("it is made anew")
    if waits:
        return own(why, "\n", (f"the new version {waits}", STYLES[Tone.WARN]), ("; below is the version before", DIM))
    how_far = making(run.stage or "", run.progress, run.eta_s)
    mark = RUNS[run.state]
    bar_of = (f"{mark.text} {bar(run.progress, 12)} {how_far}", STYLES[mark.tone])
    return own(why, "\n", bar_of, ("; below is the version before", DIM))


def last_edit(sheet: ReviewSheet) -> EditRow | None:
    """The edit that the newest version comes from, None where it was made whole."""
    newest = sheet.edits[0] if sheet.edits else None
    return newest if newest is not None and newest.version == sheet.run.version else None


def decision(review: ReviewRow, now: datetime, here: str = "") -> Content:
    """Who decided what, when and by which channel; another console than the one of the session `here` is named."""
    word = _DECIDED.get(review.decision, review.decision)
    tone = Tone.GOOD if review.decision == "approve" else Tone.WARN
    parts = [
        own(
            (word, STYLES[tone]),
            " by ",
            line(who(review.actor, review.actor_name), "bold", limit=40),
            f"{_where(review, here)}, {ago(review.decided_at, now)}",
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


def _where(review: ReviewRow, here: str) -> str:
    """The place with a blank before it: another console of the same person is not this one."""
    elsewhere = here and review.session not in ("", here)
    return f" in another console ({plain(review.session, limit=60)})" if elsewhere else where(review.channel)


def grace_left(sheet: ReviewSheet, now: datetime) -> float:
    """Seconds in which the decision can still be taken back."""
    decided = sheet.decided
    if decided is None or sheet.run.state not in TAKEN_BACK:
        return 0.0
    return max(0.0, (decided.effective_at - now).total_seconds())


def _tempo(asked: float, found: TrackFacts) -> str:
    as_asked = heard(asked, found.tempo_bpm, found.tempo_confidence)
    if as_asked is None:
        return UNCLEAR
    _, time = counted(asked, found.tempo_bpm)
    sure = f"{percent(found.tempo_confidence)} sure"
    return f"{as_asked:.1f} bpm ({f'heard at {time} time, ' if time else ''}{sure})"


def facts(sheet: ReviewSheet) -> Leaf:
    """Three columns: what, asked for, measured."""
    concept, found = sheet.concept, sheet.facts
    loud, key = found.loudness, spelled(found.key or sheet.timeline.key, concept.key)
    by_ear = sheet.bought is not None and sheet.bought.heard
    composed = f"{key} ({'as heard' if by_ear else 'as composed'})"  # of tracks that nobody listened to yet
    rows = [
        ("length", span(sheet.run.length_s), span(found.duration_s)),
        ("tempo", f"{concept.tempo_bpm} bpm", _tempo(concept.tempo_bpm, found)),
        (
            "key",
            as_asked(concept.key),
            f"{key} ({percent(found.key_confidence)} sure)" if found.key else composed,
        ),
        ("loudness", f"{TARGET_LUFS:.0f} ±{LUFS_TOLERANCE} LUFS", f"{loud.integrated_lufs:.1f} LUFS"),
        ("true peak", f"≤ {MAX_TRUE_PEAK_DBTP:.0f} dBTP", f"{loud.true_peak_dbtp:.1f} dBTP"),
        ("range", "", f"{loud.range_lu:.1f} LU"),
        ("energy", percent(concept.energy), percent(found.energy) if found.key else ""),
        ("brightness", "", f"{found.brightness_hz:,.0f} Hz"),
        ("bass", "", percent(found.bass_share)),
        ("stereo width", "", f"{found.stereo_width:.2f}"),
        ("notes a second", "", f"{found.onset_rate:.1f}"),
        ("silence", "", f"{percent(found.silence_share)}, longest {found.longest_silence_s:.1f} s"),
        *([("parts", "", _parts(found))] if found.parts else []),
        ("sound", "", f"{found.sample_rate / 1000:g} kHz, {found.channels} channels"),
    ]
    return leaf(
        own((f"{'':<{_WHAT}}{'asked for':<{_ASKED}}measured", DIM)),
        *(Hung(own((what.ljust(_WHAT), DIM), cell(asked, _ASKED)), line(got, "bold")) for what, asked, got in rows),
    )


def _parts(found: TrackFacts) -> str:
    """How many parts are heard, and where the one with most energy begins: their names are guesses."""
    highest = max(found.parts, key=lambda part: part.energy)
    return f"{len(found.parts)} heard, peak {span(highest.start)}"


def checks(sheet: ReviewSheet) -> Leaf:
    """Every check with a sign, a word and its figure."""
    if not sheet.checks:
        return leaf(own(("Nothing was checked.", STYLES[Tone.BAD])))
    width = min(30, max(len(check.name) for check in sheet.checks)) + 2
    found = []
    for check in sheet.checks:
        mark = passed(check.ok)
        head = own((f"{mark.sign} {mark.word:<6}", STYLES[mark.tone]), cell(check.name, width))
        found.append(Hung(head, line(check.detail, DIM)))
    return leaf(*found)


def concept(sheet: ReviewSheet) -> Leaf:
    """The idea."""
    idea = sheet.concept
    rows = pairs(
        [
            ("mood", line(idea.mood)),
            ("themes", line(", ".join(idea.themes))),
            ("settings", line(knobs(idea.parameters) or "none")),
            (
                "written by",
                own(line(sheet.writer or "unknown"), ", then edited by a person" if sheet.words_edited else ""),
            ),
        ]
    )
    trends = pairs(told_trends(sheet.outside))
    return leaf(block(idea.premise), "", rows, *(("", trends) if trends.parts else ()))


def reflection(sheet: ReviewSheet) -> Leaf:
    """The look back, what earlier songs changed in this one, and what it changes in the next."""
    found = sheet.reflection
    changed = [item(line(change), "→ ", STYLES[Tone.ACCENT]) for change in sheet.concept.adjustments]
    told: list[Content | Hung | str] = ["", own(("earlier songs changed", DIM)), *changed] if changed else []
    changes = knobs(found.lesson.changes)
    return leaf(
        *([own((older, STYLES[Tone.WARN]))] if (older := looked_back_on(sheet)) else []),
        own(("as asked ", DIM), percent(found.alignment), ("   quality ", DIM), percent(found.quality)),
        block(found.verdict),
        *(item(line(seen)) for seen in found.observations),
        *told,
        "",
        own(("the next song is told", DIM)),
        block(found.lesson.text),
        *([item(line(changes), "→ ", STYLES[Tone.ACCENT])] if changes else []),
    )


def looked_back_on(sheet: ReviewSheet) -> str:
    """That the look back is about older words than the sheet's; empty where it is about these."""
    if sheet.looked_back_on is None:
        return ""
    return (
        f"Of revision {sheet.looked_back_on}, before its words were edited: what it says of the words holds for those."
    )


def knobs(values: Mapping[str, str]) -> str:
    """Settings in one line: `arrangement full, brightness warm`; foreign text like its parts."""
    return ", ".join(f"{name} {value}" for name, value in sorted(values.items()))


def lyrics(sheet: ReviewSheet) -> Leaf:
    """The words by section; with the time of each line where every line has its cue."""
    count = sum(len(section.lines) for section in sheet.lyrics.sections)
    times = [f"{span(cue.start):>5}  " for cue in sheet.timeline.cues]
    place = iter(times if len(times) == count else ["  "] * count)
    found: list[Content | Hung] = [Content(""), own((SUNG, STYLES[Tone.WARN]))] if sheet.vocals != "none" else []
    for section in sheet.lyrics.sections:
        found += [Content(""), own((f"[{section.kind}]", STYLES[Tone.ACCENT]))]
        found += [item(line(text), next(place)) for text in section.lines]
    return leaf(*found[1:]) if found else leaf(own(("No words.", DIM)))


def files(sheet: ReviewSheet, how_to_hear: str) -> Leaf:
    """Where the files lie and how to hear the track."""
    found: list[tuple[str, Content | Way | str]] = []
    for name, path in (("track", sheet.track), ("clip", sheet.clip), ("cover", sheet.cover)):
        try:
            known = size(path.stat().st_size)
        except OSError:
            known = "the file is missing: see `noktvrn doctor`"
        found.append((name, way(str(path), own((f"  {known}", DIM)))))
    return leaf(line(how_to_hear, limit=600), "", pairs([*found, *_bought(sheet), *told_stock(sheet.outside)]))


def _bought(sheet: ReviewSheet) -> list[tuple[str, Content]]:
    """Who made a track that was not made here, under which rights, its other take, and who was asked in vain."""
    found = [("in vain", line(why, STYLES[Tone.WARN], limit=300)) for why in sheet.passed_over]
    if sheet.bought is None:
        return found
    rights = sheet.bought.rights or "no plan is named in the settings"
    rows = [("music by", line(f"{sheet.bought.provider}  order {sheet.bought.purchase_id}", limit=120))]
    rows.append(("rights", line(rights, limit=300)))
    for take in sheet.bought.variants:
        why = f"; {', '.join(take.why)}" if take.why else ""
        told = f"{take.id}, {'heard here' if take.chosen else 'the other'}: {take.score:.2f} of 1{why}"
        rows.append(("take", line(told, limit=300)))
    return [*rows, *found]
