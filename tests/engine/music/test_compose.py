"""What holds for every score, whatever the brief: the words are sung, the bars add up, everybody is in key."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from engine.domain.errors import UsageError
from engine.domain.prosody import line_syllables
from engine.domain.song import Lyrics, LyricSection, MusicBrief, SectionKind
from engine.music.studio.compose import compose
from engine.music.studio.score import Note, Part, Score, ScoredSection
from engine.music.studio.styles import STYLES
from engine.music.studio.subgenres import style_of
from tests.engine.music.briefs import CHORUS, any_brief, brief

some_briefs = settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def section_at(score: Score, note: Note) -> ScoredSection:
    bar = note.beat / score.beats_per_bar
    return next((s for s in reversed(score.sections) if s.plan.start_bar <= bar + 1e-6), score.sections[0])


@given(any_brief())
@some_briefs
def test_each_syllable_has_exactly_one_note_of_the_lead(asked: MusicBrief) -> None:
    score = compose(asked)
    sung = [onset for cue in score.timeline.cues for onset in cue.onsets]
    assert sung == [note.start for note in score.notes[Part.LEAD]]
    for cue in score.timeline.cues:
        assert cue.syllables == line_syllables(cue.text)
        assert len(cue.onsets) == len(cue.syllables)


@given(any_brief())
@some_briefs
def test_lines_follow_each_other_and_hold_their_syllables(asked: MusicBrief) -> None:
    score = compose(asked)
    for cue in score.timeline.cues:
        assert all(before < after for before, after in itertools.pairwise(cue.onsets))
        assert cue.start == cue.onsets[0] and cue.onsets[-1] < cue.end
        section = score.timeline.sections[cue.section]
        assert section.start - 0.1 <= cue.start and cue.end <= section.end + 0.1
    for before, after in itertools.pairwise(score.timeline.cues):
        assert before.end <= after.start + 0.1


@given(any_brief())
@some_briefs
def test_bars_and_sections_cover_the_asked_duration(asked: MusicBrief) -> None:
    timeline = compose(asked).timeline
    bar = 60.0 / timeline.tempo_bpm * timeline.beats_per_bar
    assert timeline.duration_s == asked.duration_s
    assert timeline.bars[0] == 0.0 and 0.0 < timeline.duration_s - timeline.bars[-1] < 2 * bar + 4.1
    assert all(abs(after - before - bar) < 1e-6 for before, after in itertools.pairwise(timeline.bars))
    assert timeline.sections[0].start == 0.0 and timeline.sections[-1].end == timeline.duration_s
    for before, after in itertools.pairwise(timeline.sections):
        assert before.end == pytest.approx(after.start)


@given(any_brief())
@some_briefs
def test_notes_are_in_scale_or_chord_or_marked_as_passing(asked: MusicBrief) -> None:
    score = compose(asked)
    for part, notes in score.notes.items():
        for note in notes:
            section = section_at(score, note)
            chords = {c for span in section.chords for c in span.chord.classes}
            known = set(section.scale.classes) | chords
            assert note.passing or note.pitch % 12 in known, (part, note, section.scale)


@given(any_brief())
@some_briefs
def test_no_section_is_empty_and_nothing_sounds_outside(asked: MusicBrief) -> None:
    score = compose(asked)
    starts = sorted(note.start for notes in score.notes.values() for note in notes)
    assert starts[0] >= 0.0 and max(note.start for notes in score.notes.values() for note in notes) < score.duration_s
    for section in score.timeline.sections:
        assert any(section.start - 0.05 <= start < section.end for start in starts), section


@given(any_brief())
@some_briefs
def test_the_bass_locks_with_the_kick_or_leaves_it_its_place(asked: MusicBrief) -> None:
    score = compose(asked)
    last_bar = max(note.beat for note in score.notes[Part.BASS]) if Part.BASS in score.notes else 0.0
    bass = {round(note.beat * 48): note for note in score.notes.get(Part.BASS, ())}
    for section in score.sections:
        first = section.plan.start_bar * score.beats_per_bar
        last = first + section.plan.bars * score.beats_per_bar
        played = [beat for beat in bass if first * 48 <= beat < last * 48]
        kicks = [k for k in score.kicks if first <= k.beat < last and k.velocity >= 0.4 and k.beat < last_bar]
        if not played or not kicks or Part.BASS not in section.parts:
            continue
        together = [kick for kick in kicks if round(kick.beat * 48) in bass]
        if style_of(score.genre, score.subgenre).kick_lock == "between":
            assert not together
        else:
            inside = [k for k in kicks if min(played) <= k.beat * 48 <= max(played) and abs(k.beat * 4 % 1) < 1e-6]
            assert all(round(kick.beat * 48) in bass for kick in inside)
            assert all(abs(bass[round(k.beat * 48)].start - k.start) < 0.03 for k in together)


@given(any_brief())
@some_briefs
def test_voices_lead_without_parallel_leaps(asked: MusicBrief) -> None:
    score = compose(asked)
    spans = [span for section in score.sections for span in section.chords]
    for before, after in itertools.pairwise(spans):
        assert abs(before.voicing[-1] - after.voicing[-1]) <= 12
        moves = sorted(min(abs(a - b) for b in after.voicing) for a in before.voicing)
        assert moves[len(moves) // 2] <= 5


def test_equal_briefs_give_equal_scores_and_other_seeds_others() -> None:
    assert compose(brief()) == compose(brief())
    assert compose(brief()).notes[Part.LEAD] != compose(brief(seed=8)).notes[Part.LEAD]


@pytest.mark.parametrize("genre", sorted(STYLES))
def test_a_returning_chorus_is_sung_as_before(genre: str) -> None:
    score = compose(brief(genre, 150.0))
    lead = iter(score.notes[Part.LEAD])
    sung: list[list[tuple[float, int]]] = []
    for section in score.sections:
        start = section.plan.start_bar * score.beats_per_bar
        notes = [[next(lead) for _ in line.syllables] for line in section.plan.lines]
        if section.plan.kind is SectionKind.CHORUS:
            sung.append([(n.beat - start, n.pitch - section.scale.tonic) for line in notes for n in line])
    assert len(sung) == 3
    first, second, last = sung
    assert first == second
    assert [beat for beat, _ in last] == [beat for beat, _ in first]
    shifts = {(a - b) % 12 for (_, a), (_, b) in zip(first, last, strict=True)}
    assert len(shifts) == 1


def test_the_chorus_lies_above_the_verse() -> None:
    for genre in STYLES:
        score = compose(brief(genre, 120.0))
        heights: dict[SectionKind, list[int]] = {}
        lead = iter(score.notes[Part.LEAD])
        for section in score.sections:
            heights.setdefault(section.plan.kind, []).extend(
                next(lead).pitch for line in section.plan.lines for _ in line.syllables
            )
        verse, chorus = (heights[kind] for kind in (SectionKind.VERSE, SectionKind.CHORUS))
        assert sum(chorus) / len(chorus) > sum(verse) / len(verse) + 0.5, genre


def test_drums_fill_before_a_section_changes() -> None:
    score = compose(brief("rock", 120.0))
    usual: set[str] = {"kick", "snare", "hat", "open", "crash", "ride"}
    changes = [s.plan.start_bar * score.beats_per_bar for s in score.sections[1:]]
    filled = sum(
        any(hit.beat >= change - 2 and hit.beat < change and hit.piece not in usual for hit in score.hits)
        or sum(hit.piece == "snare" and change - 2 <= hit.beat < change for hit in score.hits) >= 3
        for change in changes
    )
    assert filled >= len(changes) * 0.6


@pytest.mark.parametrize("genre", sorted(STYLES))
@pytest.mark.parametrize("seconds", [150.0, 240.0])
def test_long_songs_neither_drag_nor_stand_still(genre: str, seconds: float) -> None:
    """Lines keep a singable pace, nobody plays alone for more than half a minute in one section."""
    timeline = compose(brief(genre, seconds)).timeline
    assert all(len(cue.onsets) < 4 or (cue.onsets[-1] - cue.onsets[0]) / len(cue.onsets) < 1.0 for cue in timeline.cues)
    alone = [s for i, s in enumerate(timeline.sections) if not any(cue.section == i for cue in timeline.cues)]
    assert all(section.end - section.start < 40 for section in alone)


def test_too_many_words_lose_whole_sections_before_lines() -> None:
    crowded = brief("lofi", 24.0, lyrics=brief(seconds=120.0).lyrics)
    cues = compose(crowded).timeline.cues
    sung = [cue.text for cue in cues]
    assert set(CHORUS) <= set(sung)
    assert len(sung) < sum(len(s.lines) for s in crowded.lyrics.sections)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"duration_s": 8.0}, "8 s"),
        ({"duration_s": 900.0}, "900 s"),
        ({"duration_s": float("nan")}, "nan"),
        ({"genre": "polka"}, "polka"),
        ({"key": "H minor"}, "H minor"),
        ({"tempo_bpm": 0}, "0 bpm"),
        ({"lyrics": Lyrics("en", ())}, "no line"),
        ({"lyrics": Lyrics("en", (LyricSection(SectionKind.VERSE, ("", " — ")),))}, "no line"),
        ({"lyrics": Lyrics("en", (LyricSection(SectionKind.VERSE, ("la " * 900,)),)), "duration_s": 20.0}, "sung in"),
    ],
)
def test_a_brief_that_cannot_be_played_is_refused_in_words(changes: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        compose(replace(brief(), **changes))  # type: ignore[arg-type]
    assert caught.value.fix
