"""Lyrics: verses that show a place and what happens there, a chorus that carries the title, a bridge that turns."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence

from engine.domain.persona import Persona
from engine.domain.song import Catalogue, Concept, Lyrics, LyricSection, SectionKind
from engine.llm.writer import stanza
from engine.llm.writer.bank import Couplet, Quatrain, Situation, World, couplet
from engine.llm.writer.diction import Diction, Filler, diction_of
from engine.llm.writer.form import form
from engine.llm.writer.limits import Limits, limits_of
from engine.llm.writer.memory import Memory
from engine.llm.writer.setting import setting_of
from engine.llm.writer.stanza import Line, Pair, Used, measure
from engine.llm.writer.titles import Title, TitleKind, read_title
from engine.llm.writer.wordlists import read

_CHOICE = 4
"""Of how many couplets a stanza is chosen at least, when most have been sung already."""


def write_lyrics(
    persona: Persona, concept: Concept, seed: int, *, duration_s: float, catalogue: Catalogue | None = None
) -> Lyrics:
    """The words to a concept, sized for `duration_s` seconds; equal arguments give equal words.

    The concept's themes choose the world and the situation, its parameter `lyrics` (`images` or `plain`) how much is
    shown and how much is told. A title that we did not make is carried as it stands. No couplet of the catalogue's
    songs comes again while others are left; then the one that was sung longest ago does.
    """
    rng = random.Random(f"lyrics\x1f{seed}")
    world, situation = setting_of(persona, concept.themes, rng)
    memory = Memory((catalogue or Catalogue()).songs)
    manner = concept.parameters.get("lyrics")
    pen = _Pen(world, situation, diction_of(persona, world), limits_of(persona), memory, manner, rng)
    chorus: tuple[str, ...] = ()
    sections = []
    verses = 0
    for part in form(persona.genre, concept.tempo_bpm, duration_s):
        if part.kind is SectionKind.CHORUS:
            chorus = chorus or pen.chorus(read_title(concept.title), part.lines)
            lines = chorus
        elif part.kind is SectionKind.BRIDGE:
            lines = pen.bridge()
        else:
            lines = pen.verse(verses, part.lines)
            verses += 1
        sections.append(LyricSection(part.kind, lines))
    return Lyrics("en", tuple(sections))


class _Pen:
    """Writes the parts of one song, and remembers what it has said.

    Lines stay in the couplets that they were written in: a couplet is one thought, a stanza is two of them in a row.
    """

    def __init__(
        self,
        world: World,
        situation: Situation,
        diction: Diction,
        limits: Limits,
        memory: Memory,
        manner: str | None,
        rng: random.Random,
    ) -> None:
        self._world, self._situation, self._diction = world, situation, diction
        self._limits, self._memory, self._manner, self._rng = limits, memory, manner, rng
        self._fill = Filler(diction, rng)
        self._used = Used(set(), Counter(), Counter())

    def verse(self, number: int, lines: int) -> tuple[str, ...]:
        """The `number`th verse, from 0: the first sets the scene, later ones go on with the matter."""
        scene = self._pairs(self._world.verse if number else self._world.opening)
        story = self._pairs(self._situation.complication if number else self._situation.setup)
        if self._manner == "images":
            story = story if number else self._pairs(self._world.verse)
        elif number and (self._manner == "plain" or self._rng.random() < 0.5):
            scene = story
        return self._settle(self._verses(scene, story, lines))

    def bridge(self) -> tuple[str, ...]:
        """Four lines that turn the story, or look up from it."""
        pool = (*self._situation.bridge, *self._world.bridge)
        written = self._memory.fresh(pool, _quatrain_lines, 2)
        filled = [stanza.pairs(quatrain, self._fill) for quatrain in written]
        whole = [(*one.lines, *two.lines) for one, two in filled]
        allowed = [lines for lines in whole if not self._limits.forbids(*(line.text for line in lines))]
        return self._settle(iter(allowed or whole))

    def chorus(self, title: Title, lines: int) -> tuple[str, ...]:
        """Lines that carry the title."""
        others = self._pairs((*self._situation.chorus, *self._world.chorus))
        return self._settle(self._choruses(title, others, lines))

    def _verses(self, scene: Sequence[Pair], story: Sequence[Pair], lines: int) -> Iterator[tuple[Line, ...]]:
        for _ in range(stanza.TRIES):
            one, two = self._rng.choice(scene), self._rng.choice(story)
            if lines == 2:
                yield one.lines if self._rng.random() < 0.5 else two.lines
            elif one is not two:
                yield *one.lines, *two.lines

    def _choruses(self, title: Title, others: Sequence[Pair], lines: int) -> Iterator[tuple[Line, ...]]:
        hooks = self._pairs(self._hooks(title), wanted=1 if title.couplet else _CHOICE)
        if lines == 2:
            yield from (hook.lines for hook in hooks)
            return
        refrains = [] if title.kind is TitleKind.HOOK else self._refrains(title)
        for _ in range(stanza.TRIES):
            other = self._rng.choice(others)
            if len(refrains) > 1 and self._rng.random() < 0.4:
                head, again = (measure(self._fill(row)) for row in self._rng.sample(refrains, 2))
                yield head, *other.lines, again
                continue
            hook = self._rng.choice(hooks)
            if hook.first.text != other.first.text:
                yield (*hook.lines, *other.lines) if self._rng.random() < 0.65 else (*other.lines, *hook.lines)

    def _hooks(self, title: Title) -> tuple[Couplet, ...]:
        if title.couplet:
            return (title.couplet,)
        rows = read("hooks")[f"{title.kind.value}_couplet"]
        kept = self._memory.fresh(rows, lambda row: _frame(couplet(row)), _CHOICE)
        return tuple(couplet(row.replace("{T}", title.sung)) for row in kept)

    def _refrains(self, title: Title) -> list[str]:
        rows = [row for row in read("hooks")[title.kind.value] if not self._limits.forbids(row)]
        kept = self._memory.fresh(rows, lambda row: (row,) if len(row) > 8 else (), _CHOICE)
        return [row.replace("{T}", title.sung) for row in kept]

    def _pairs(self, couplets: Sequence[Couplet], wanted: int = _CHOICE) -> tuple[Pair, ...]:
        """The couplets filled: those that the label has not sung, without words that the artist never uses."""
        allowed = tuple(c for c in couplets if not self._limits.forbids(*c.lines)) or couplets
        filled = stanza.pairs(self._memory.fresh(allowed, lambda c: c.lines, wanted), self._fill)
        kept = tuple(pair for pair in filled if not self._limits.forbids(pair.first.text, pair.second.text))
        return kept or filled

    def _settle(self, candidates: Iterator[tuple[Line, ...]]) -> tuple[str, ...]:
        lines = stanza.best(candidates, self._used, self._rng)
        self._used.add(lines)
        return tuple(self._diction.written(line.text) for line in lines)


def _quatrain_lines(quatrain: Quatrain) -> tuple[str, ...]:
    one, two = quatrain
    return *one.lines, *two.lines


def _frame(hook: Couplet) -> tuple[str, ...]:
    """The line of a frame by which it is known: the one without the title, which never changes."""
    return tuple(line for line in hook.lines if "{T}" not in line) or hook.lines
