"""The genres that the label works in: one table that writer, composer and visuals share.

Each has its own ground rules; how they sound is `engine.music.studio`, how they read is `engine.llm.writer`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Genre:
    """Ground rules of one genre. Tempo in beats per minute; `minor` is the share of songs in a minor key, 0..1."""

    id: str
    label: str
    tempo_min: int
    tempo_max: int
    beats_per_bar: int
    minor: float
    subgenres: tuple[str, ...]


_ALL = (
    Genre("synthwave", "Synthwave", 84, 112, 4, 0.8, ("outrun", "dreamwave", "darksynth")),
    Genre("house", "House", 118, 126, 4, 0.6, ("deep house", "disco house", "soulful house")),
    Genre("techno", "Techno", 128, 138, 4, 0.95, ("dub techno", "peak-time techno", "minimal techno")),
    Genre("drum-and-bass", "Drum and bass", 168, 176, 4, 0.8, ("liquid", "jungle", "neurofunk")),
    Genre("lofi", "Lo-fi hip hop", 70, 88, 4, 0.5, ("chillhop", "jazz hop", "study beats")),
    Genre("ambient", "Ambient", 60, 76, 4, 0.5, ("drone", "space ambient", "piano ambient")),
    Genre("phonk", "Drift phonk", 132, 150, 4, 1.0, ("drift phonk", "memphis phonk", "house phonk")),
    Genre("trap", "Trap", 132, 148, 4, 0.95, ("melodic trap", "cloud trap", "dark trap")),
    Genre("indie-pop", "Indie pop", 98, 124, 4, 0.25, ("dream pop", "bedroom pop", "jangle pop")),
    Genre("rock", "Rock", 112, 144, 4, 0.5, ("alternative rock", "post-punk", "garage rock")),
    Genre("folk", "Folk", 88, 116, 3, 0.35, ("chamber folk", "indie folk", "waltz folk")),
    Genre("funk", "Funk", 98, 114, 4, 0.6, ("boogie", "electro funk", "neo-funk")),
    Genre("reggae", "Reggae", 68, 84, 4, 0.5, ("roots", "dub", "lovers rock")),
    Genre("hyperpop", "Hyperpop", 144, 168, 4, 0.35, ("glitch pop", "digicore", "bubblegum bass")),
)

GENRES: dict[str, Genre] = {genre.id: genre for genre in _ALL}
