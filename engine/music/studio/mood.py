"""What a mood word means to the composer."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VALENCE = {
    -1.0: "bleak cold menacing ominous angry furious grim haunted sinister brutal doomed desperate bitter hostile",
    -0.6: "dark melancholy melancholic sad lonely mournful brooding moody tense uneasy anxious restless grieving "
    "somber sombre haunting nocturnal aching heavy weary",
    -0.25: "wistful nostalgic longing bittersweet yearning hazy mysterious reflective pensive homesick hushed",
    0.35: "warm tender hopeful dreamy gentle calm serene intimate mellow steady patient soft determined grateful",
    0.8: "bright happy joyful playful euphoric uplifting sunny triumphant carefree elated radiant festive jubilant "
    "celebratory exuberant giddy",
}
_DRIVE = {
    -0.7: "calm serene gentle tender hazy dreamy hushed soft mellow pensive patient weary intimate still quiet drowsy",
    0.7: "restless furious angry driving urgent defiant euphoric triumphant fierce brutal frantic exuberant elated "
    "determined giddy menacing reckless",
}


@dataclass(frozen=True, slots=True)
class Mood:
    """`valence` from -1 (bleak) to 1 (joyful); `drive` from -1 (at rest) to 1 (urgent)."""

    valence: float
    drive: float


def read_mood(text: str) -> Mood:
    """The mean of the known words in `text`; unknown moods are neutral."""
    words = re.findall(r"[a-z]+", text.lower())
    return Mood(_mean(words, _VALENCE), _mean(words, _DRIVE))


def _mean(words: list[str], table: dict[float, str]) -> float:
    found = [value for value, known in table.items() for word in words if word in known.split()]
    return sum(found) / len(found) if found else 0.0
