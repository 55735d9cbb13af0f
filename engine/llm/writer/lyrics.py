"""Lyrics: verses that show a place and what happens there, a chorus that carries the title, a bridge that turns."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence

from engine.domain.persona import Persona
from engine.domain.song import Concept, Lyrics, LyricSection, SectionKind
from engine.llm.writer import stanza
from engine.llm.writer.bank import Couplet, Situation, World, couplet
from engine.llm.writer.diction import Diction, Filler, diction_of
from engine.llm.writer.form import form
from engine.llm.writer.limits import Limits, limits_of
from engine.llm.writer.setting import setting_of
from engine.llm.writer.stanza import Line, Pair, Scheme, Used, arrange, crossed, measure
from engine.llm.writer.titles import Title, TitleKind, read_title
from engine.llm.writer.wordlists import read


def write_lyrics(persona: Persona, concept: Concept, seed: int, *, duration_s: float) -> Lyrics:
    """The words to a concept, sized for `duration_s` seconds; equal arguments give equal words.

    The concept's themes choose the world and the situation, its parameter `lyrics` (`images` or `plain`) how much is
    shown and how much is told. A title that we did not make is carried as it stands.
    """
    rng = random.Random(f"lyrics\x1f{seed}")
    world, situation = setting_of(persona, concept.themes, rng)
    pen = _Pen(world, situation, diction_of(persona, world), limits_of(persona), concept.parameters.get("lyrics"), rng)
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
    """Writes the parts of one song, and remembers what it has said."""

    def __init__(
        self,
        world: World,
        situation: Situation,
        diction: Diction,
        limits: Limits,
        manner: str | None,
        rng: random.Random,
    ) -> None:
        self._world, self._situation, self._diction = world, situation, diction
        self._limits, self._manner, self._rng = limits, manner, rng
        self._fill = Filler(diction, rng)
        self._used = Used(set(), Counter(), Counter())

    def verse(self, number: int, lines: int) -> tuple[str, ...]:
        """The `number`th verse, from 0: it sets the scene first and complicates the matter later."""
        scene = self._pairs(self._world.verse if number else self._world.opening)
        story = self._pairs(self._situation.complication if number else self._situation.setup)
        if self._manner == "plain" and number:
            scene = self._pairs(self._situation.setup)
        elif self._manner == "images":
            story = self._pairs(self._world.verse) if number == 0 else story
        return self._settle(self._verses(scene, story, lines, opening=number == 0))

    def bridge(self) -> tuple[str, ...]:
        """Four lines that turn the story."""
        quatrains = [self._pairs(bridge) for bridge in self._situation.bridge]
        whole = [(*one.lines, *two.lines) for one, two in (q for q in quatrains if len(q) == 2)]
        return self._settle(iter(whole or [(*p.lines, *q.lines) for p, q in [self._two(self._situation.chorus)]]))

    def chorus(self, title: Title, lines: int) -> tuple[str, ...]:
        """Lines that carry the title."""
        others = self._pairs((*self._situation.chorus, *self._situation.chorus, *self._world.chorus))
        return self._settle(self._choruses(title, others, lines))

    def _verses(
        self, scene: Sequence[Pair], story: Sequence[Pair], lines: int, *, opening: bool
    ) -> Iterator[tuple[Line, ...]]:
        mixed_scene, mixed_story = crossed(scene), crossed(story)
        for _ in range(stanza.TRIES):
            one = self._draw(scene, () if opening else mixed_scene)
            two = self._draw(story, mixed_story)
            if lines == 2:
                yield one.lines if self._rng.random() < 0.5 else two.lines
                continue
            scheme = self._diction.scheme(self._rng)
            if scheme is Scheme.ABCB:
                other = self._rng.choice(scene)
                one = Pair(one.first, other.first, True)
                if other.first == one.first:
                    continue
            elif scheme is Scheme.ABAB and not (one.loose and two.loose):
                scheme = Scheme.AABB
            if scheme is Scheme.ABCB and not two.loose:
                continue
            yield arrange(scheme, one, two)

    def _choruses(self, title: Title, others: Sequence[Pair], lines: int) -> Iterator[tuple[Line, ...]]:
        hooks = self._pairs(_hook_couplets(title))
        singles = [] if title.kind is TitleKind.HOOK else _singles(title)
        if lines == 2:
            yield from (hook.lines for hook in hooks)
            return
        for _ in range(stanza.TRIES):
            other = self._rng.choice(others)
            if singles and other.loose and self._rng.random() < 0.6:
                head = measure(self._fill(self._rng.choice(singles)))
                yield head, other.first, measure(self._fill(self._rng.choice(singles))), other.second
                yield head, other.first, head, other.second
                continue
            hook = self._rng.choice(hooks)
            if hook.first.text == other.first.text:
                continue
            one, two = (hook, other) if self._rng.random() < 0.65 else (other, hook)
            yield arrange(Scheme.AABB, one, two)
            if hook.loose and other.loose:
                yield arrange(Scheme.ABAB, one, two)

    def _draw(self, pool: Sequence[Pair], mixed: Sequence[Pair]) -> Pair:
        return self._rng.choice(mixed if mixed and self._rng.random() < 0.35 else pool)

    def _two(self, couplets: Sequence[Couplet]) -> tuple[Pair, Pair]:
        one, two = self._rng.sample(self._pairs(couplets), 2)
        return one, two

    def _pairs(self, couplets: Sequence[Couplet]) -> tuple[Pair, ...]:
        """The couplets filled, without those that hold a word the artist never uses, unless none is left."""
        filled = stanza.pairs(couplets, self._fill)
        allowed = tuple(pair for pair in filled if not self._limits.forbids(pair.first.text, pair.second.text))
        return allowed or filled

    def _settle(self, candidates: Iterator[tuple[Line, ...]]) -> tuple[str, ...]:
        lines = stanza.best(candidates, self._used, self._rng)
        self._used.add(lines)
        return tuple(self._diction.written(line.text) for line in lines)


def _hook_couplets(title: Title) -> tuple[Couplet, ...]:
    if title.couplet:
        return (title.couplet,)
    rows = read("hooks")[f"{title.kind.value}_couplet"]
    return tuple(couplet(row.replace("{T}", title.sung)) for row in rows)


def _singles(title: Title) -> list[str]:
    return [row.replace("{T}", title.sung) for row in read("hooks")[title.kind.value]]
