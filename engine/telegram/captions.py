"""What a preview says, within Telegram's 1,024 characters: what matters first, the lyrics with what room is left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.domain.keys import spelled
from engine.domain.naming import whom
from engine.domain.runs import RunState
from engine.telegram import texts
from engine.telegram.wire import CAPTION, TEXT, fitted, units
from engine.telegram.words import dollars, line, lines, span, when

if TYPE_CHECKING:
    from engine.api.chat_models import Ending
    from engine.api.models import ReviewRow, ReviewSheet

_FOR_THE_END = 300
"""Left free for what is added later: who decided, when and why."""
_LEAST_LYRICS = 40
_ENDINGS = {
    "approve": texts.DONE_APPROVE,
    "reject": texts.DONE_REJECT,
    "new_version": texts.DONE_NEW_VERSION,
    "expire": texts.DONE_EXPIRE,
}


def preview(sheet: ReviewSheet) -> str:
    """Title, artist, music, what changed, what failed its check, what it is about, and some of the lyrics."""
    head = [
        texts.TITLE.format(title=line(sheet.run.title, 100), artist=line(sheet.run.artist, 80)),
        texts.WHAT.format(genre=line(sheet.persona.genre, 40), mood=line(sheet.concept.mood, 40)),
        texts.MUSIC.format(
            bpm=round(sheet.facts.tempo_bpm or sheet.timeline.tempo_bpm),
            key=line(spelled(sheet.timeline.key, sheet.concept.key), 20),
            length=span(sheet.facts.duration_s),
            lufs=f"{sheet.facts.loudness.integrated_lufs:.1f}",
            cost=dollars(sheet.run.cost_microusd),
        ),
    ]
    if sheet.run.version > 1:
        head.append(texts.VERSION.format(number=sheet.run.version))
    if sheet.concept.adjustments:
        changes = "; ".join(line(each, 90) for each in sheet.concept.adjustments[:3])
        head.append(texts.CHANGED.format(what=changes))
    failed = [check for check in sheet.checks if not check.ok]
    head += [texts.CHECK.format(name=line(c.name, 40), detail=line(c.detail, 80)) for c in failed[:3]]
    if sheet.expires_at is not None:
        head.append(texts.EXPIRES.format(when=when(sheet.expires_at)))
    head += ["", line(sheet.concept.premise, 200)]
    body = fitted("\n".join(head), CAPTION - _FOR_THE_END)
    room = CAPTION - _FOR_THE_END - units(body) - 2
    excerpt = fitted("\n".join(_lyric_lines(sheet)[:6]), room) if room >= _LEAST_LYRICS else ""
    return f"{body}\n\n{excerpt}" if excerpt else body


def _lyric_lines(sheet: ReviewSheet) -> list[str]:
    return [line(text, 120) for section in sheet.lyrics.sections for text in section.lines]


def lyrics(sheet: ReviewSheet) -> str:
    """All words of a song, in one message."""
    parts = ["\n".join(line(text, 200) for text in section.lines) for section in sheet.lyrics.sections]
    whole = "\n\n".join(part for part in parts if part) or texts.INSTRUMENTAL
    return fitted(texts.LYRICS_OF.format(title=line(sheet.run.title, 100), lyrics=whole), TEXT)


def choosing(words: str, draft: Mapping[str, Any]) -> str:
    """A preview while somebody chooses reasons."""
    asks = texts.REASONS_NEW if draft.get("decision") == "new_version" else texts.REASONS_REJECT
    said = [*draft.get("tags", ()), *([f"“{line(draft['text'], 120)}”"] if draft.get("text") else [])]
    chosen = texts.CHOSEN.format(what=", ".join(said)) if said else ""
    return "\n".join([words, "", asks, *([chosen] if chosen else [])])


def ended(words: str, ending: Ending, now: datetime) -> str:
    """A preview with how it ended."""
    other = texts.ENDED_CANCELLED if ending.state is RunState.CANCELLED else texts.ENDED_REPLACED
    told = _decided(ending.review, now) if ending.review else texts.DONE_OTHER.format(what=other)
    room = CAPTION - units(told) - 2
    return f"{fitted(words, room)}\n\n{told}"


def _decided(review: ReviewRow, now: datetime) -> str:
    found = _ENDINGS.get(review.decision, texts.DONE_OTHER).format(
        whom=whom(review.actor, review.channel, line(review.actor_name, 60)),
        when=when(review.decided_at),
        what=review.decision,
    )
    reasons = [*review.tags, *([f"“{lines(review.text, 150)}”"] if review.text else [])]
    if reasons:
        found += "\n" + texts.WHY.format(what=", ".join(reasons))
    if review.effective_at > now:
        found += "\n" + texts.UNTIL_GRACE.format(when=f"{review.effective_at:%H:%M:%S}")
    return found
