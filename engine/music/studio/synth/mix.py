"""Renders a score: notes to instruments, parts to stems, stems to one stereo mix. In pieces of a few bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from engine.music.studio.score import Hit, Note, Part, Score
from engine.music.studio.synth import balance, dsp, effects, kit
from engine.music.studio.synth.colours import sound_of
from engine.music.studio.synth.dsp import RATE, Signal
from engine.music.studio.synth.instruments import INSTRUMENTS, play
from engine.music.studio.synth.kits import KITS
from engine.music.studio.synth.sounds import Channel, Sound
from engine.music.studio.synth.special import Driven
from engine.music.studio.synth.voices import Stroke

_PIECE_BARS = 8
_CACHE_BYTES = 64_000_000
_PREROLL = 2048  # samples before a piece begins, for notes that come early
_FORCES = 5
_EXCERPT = 10 << 14  # samples listened to when riding a fader, about 3.7 s
_LEAD_OVER = (-1.5, 1.0)  # dB of the lead against everything else
_EVEN = 0.7  # how far notes of one instrument are brought to the same loudness
_DRUM_GAINS = {
    "kick": 1.0, "snare": 1.05, "clap": 1.6, "rim": 1.05, "hat": 0.7, "open": 0.6, "ride": 0.55, "crash": 0.6,
    "shaker": 0.55, "tamb": 0.55, "tom_lo": 0.85, "tom_mid": 0.85, "tom_hi": 0.85, "conga": 0.65, "impact": 0.7,
    "swell": 0.4,
}  # fmt: skip
_DRUM_PANS = {"hat": 0.22, "open": 0.22, "ride": -0.3, "shaker": -0.4, "tamb": 0.38, "conga": -0.3, "rim": 0.12}
_DRUM_SENDS = {
    "snare": 1.0, "clap": 1.1, "rim": 0.9, "tom_lo": 0.7, "tom_mid": 0.7, "tom_hi": 0.7, "crash": 0.6, "conga": 0.6,
    "impact": 1.0, "open": 0.3, "tamb": 0.4, "swell": 1.2,
}  # fmt: skip


@dataclass(slots=True)
class Bank:
    """Notes that were played before. Those not used for longest go when the bank is full."""

    bright: float
    _held: dict[tuple[str, float, int, int, int, int], Signal] = field(default_factory=dict)
    _bytes: int = 0

    def sound(self, channel: Channel, note: Note) -> tuple[Signal, float]:
        """The note, and the gain that its exact velocity asks for."""
        force = min(_FORCES - 1, int(note.velocity * _FORCES))
        length = round(note.seconds * 40 + 0.49)
        pitch = note.pitch + 12 * channel.octave
        key = channel.voice, channel.width, pitch, length, force, note.slide
        made = self._held.pop(key, None)
        if made is None:
            stroke = Stroke(pitch, length / 40, (force + 0.5) / _FORCES, self.bright, note.slide)
            made = _narrowed(play(channel.voice, stroke), channel.width)
            made *= np.float32(balance.evenness(made) ** _EVEN)
            self._bytes += made.nbytes
            while self._bytes > _CACHE_BYTES and self._held:
                self._bytes -= self._held.pop(next(iter(self._held))).nbytes
        self._held[key] = made  # last again: the ones not heard for longest go first
        return made, note.velocity**1.4


@dataclass(slots=True)
class Stems:
    """The buses of one piece, stereo, and the mono send to the room."""

    start: int
    drums: Signal
    bass: Signal
    music: Signal
    lead: Signal
    send: Signal

    @classmethod
    def empty(cls, start: int, count: int) -> Stems:
        """Silence of `count` samples from sample `start`."""
        drums, bass, music, lead = np.zeros((4, 2, count), dtype=np.float32)
        return cls(start, drums, bass, music, lead, np.zeros(count, dtype=np.float32))

    def of(self, part: Part) -> Signal:
        """The bus that a part plays on."""
        if part is Part.BASS:
            return self.bass
        return self.lead if part in (Part.LEAD, Part.HARMONY, Part.HOOK, Part.COUNTER) else self.music


@dataclass(frozen=True, slots=True)
class Piece:
    """A few bars: notes by part, strokes, and where they lie in seconds."""

    start_s: float
    end_s: float
    energy: float
    opening: tuple[float, float]
    notes: dict[Part, list[Note]]
    hits: list[Hit]


def pieces(score: Score) -> Iterator[Piece]:
    """The score cut at section starts, and every eight bars within a section."""
    bpb = score.beats_per_bar
    edges: list[tuple[float, float, tuple[float, float]]] = []
    for section in score.sections:
        plan, (closed, opened) = section.plan, section.opening
        for bar in range(0, plan.bars, _PIECE_BARS):
            shares = bar / plan.bars, min(1.0, (bar + _PIECE_BARS) / plan.bars)
            first, last = (closed + (opened - closed) * share for share in shares)
            edges.append((float((plan.start_bar + bar) * bpb), plan.energy, (first, last)))
    beat_s = 60.0 / score.tempo_bpm
    for index, (low, energy, opening) in enumerate(edges):
        high = edges[index + 1][0] if index + 1 < len(edges) else float("inf")
        yield Piece(
            low * beat_s,
            min(high * beat_s, score.duration_s),
            energy,
            opening,
            {part: [note for note in notes if low <= note.beat < high] for part, notes in score.notes.items()},
            [hit for hit in score.hits if low <= hit.beat < high],
        )


class Mixer:
    """Plays one score on the instruments of its genre."""

    def __init__(self, score: Score) -> None:
        self._score = score
        self._sound: Sound = sound_of(score.genre, score.subgenre)
        self._channels = _channels(self._sound)
        self._bank = Bank(score.brightness)
        self._drums = kit.Drums(KITS[self._sound.kit])
        self._beat_s = 60.0 / score.tempo_bpm
        self._gains: dict[Part, float] = {}
        self._drum_gain = 1.0

    def render(self, tick: Callable[[float], None]) -> Signal:
        """The finished mix before mastering: float32 `(2, n)` of exactly the score's duration."""
        cut = list(pieces(self._score))
        self._set_levels(cut)
        total = dsp.samples(self._score.duration_s)
        dry = np.zeros((2, total), dtype=np.float32)
        send = np.zeros(total, dtype=np.float32)
        for index, piece in enumerate(cut):
            stems = self._stems(piece)
            for bus in (stems.drums, stems.bass, stems.music, stems.lead):
                _lay(dry, bus, stems.start)
            _lay(send, stems.send, stems.start)
            tick(0.75 * (index + 1) / len(cut))
        self._bed(dry)
        self._finish(dry, send, lambda share: tick(0.75 + 0.25 * share))
        return dry

    def _set_levels(self, cut: Sequence[Piece]) -> None:
        """Listens to each part where it plays most and sets its strip to the level that the genre asks for."""
        for part, channel in self._channels.items():
            busiest = max(cut, key=lambda piece: (len(piece.notes.get(part, ())), piece.energy))
            if not busiest.notes.get(part):
                continue
            bus = self._part(busiest, part, channel, 1.0, self._blank_count(busiest))
            self._gains[part] = _gain(channel.level - 20.0 - balance.loudness(bus))
        struck = max(cut, key=lambda piece: (sum(not hit.seconds for hit in piece.hits), piece.energy))
        if struck.hits:
            stems = self._blank(struck)
            self._strike(struck, stems, 1.0)
            self._drum_gain = _gain(self._sound.drums - 20.0 - balance.loudness(stems.drums))

    def _blank(self, piece: Piece) -> Stems:
        last = max((note.start + note.seconds for notes in piece.notes.values() for note in notes), default=piece.end_s)
        end = max(piece.end_s, last) + 2.6
        start = round(piece.start_s * RATE) - _PREROLL
        return Stems.empty(start, dsp.samples(end - piece.start_s) + _PREROLL)

    def _stems(self, piece: Piece) -> Stems:
        sound, stems = self._sound, self._blank(piece)
        self._strike(piece, stems, self._drum_gain)
        echoes = np.zeros_like(stems.lead)
        count = stems.lead.shape[1]
        for part, channel in self._channels.items():
            if not piece.notes.get(part):
                continue
            bus = self._part(piece, part, channel, self._gains[part], count)
            stems.of(part)[:] += bus
            if channel.reverb:
                stems.send += (bus[0] + bus[1]) * np.float32(0.5 * channel.reverb)
            if channel.echo:
                echoes += bus * np.float32(channel.echo)
        if piece.opening != (1.0, 1.0):
            length = round((piece.end_s - piece.start_s) * RATE)
            effects.open_filter(stems.music, _PREROLL, length, piece.opening)
        if echoes.any():
            repeats = effects.echo(echoes, sound.echo_beats * self._beat_s, 0.6)
            stems.lead += repeats
            stems.send += (repeats[0] + repeats[1]) * np.float32(0.15)
        self._duck(stems)
        self._ride(stems, piece)
        if sound.drive > 1.0:
            for bus in (stems.drums, stems.bass):
                bus[:] = _driven(bus, sound.drive)
        return stems

    def _part(self, piece: Piece, part: Part, channel: Channel, gain: float, count: int) -> Signal:
        """One part of a piece on its own stereo bus of `count` samples."""
        start = round(piece.start_s * RATE) - _PREROLL
        bus = np.zeros((2, count), dtype=np.float32)
        left, right = _pan(channel.pan)
        for note in _voiced(piece.notes[part], channel.voice):
            sound, velocity = self._bank.sound(channel, note)
            _add(bus, sound, round(note.start * RATE) - start, gain * velocity * left, gain * velocity * right)
        return bus

    def _blank_count(self, piece: Piece) -> int:
        return int(self._blank(piece).send.shape[0])

    def _strike(self, piece: Piece, stems: Stems, gain: float) -> None:
        for hit in piece.hits:
            at = round(hit.start * RATE) - stems.start
            if hit.piece in ("riser", "reverse"):
                made = self._drums.sweep(hit.piece, hit.seconds)
                _add(stems.lead, made, at, 0.05 * hit.velocity, 0.05 * hit.velocity)
                continue
            sound = self._drums.piece(hit.piece)
            force = gain * _DRUM_GAINS[hit.piece] * hit.velocity**1.5
            left, right = _pan(_DRUM_PANS.get(hit.piece, 0.0))
            _add(stems.drums, sound, at, force * left, force * right)
            wet = _DRUM_SENDS.get(hit.piece, 0.0) * self._sound.drum_room
            if wet:
                mono = sound if sound.ndim == 1 else sound[0]
                _lay(stems.send, mono * np.float32(force * wet), at)

    def _duck(self, stems: Stems) -> None:
        sound = self._sound
        if not sound.duck:
            return
        count = stems.send.shape[0]
        kicks = [kick.start - stems.start / RATE for kick in self._score.kicks if kick.velocity > 0.4]
        near = [at for at in kicks if -1.0 < at < count / RATE]
        curve = effects.duck_curve(near, count, sound.duck, sound.duck_s)
        stems.music *= curve
        stems.bass *= curve
        stems.lead *= np.float32(0.7) + np.float32(0.3) * curve

    def _ride(self, stems: Stems, piece: Piece) -> None:
        """The hand on the lead's fader: keeps it above the others without leaving them behind, by 4 dB at most."""
        if not piece.notes.get(Part.LEAD):
            return
        middle = round((piece.start_s + piece.end_s) / 2 * RATE) - stems.start
        excerpt = slice(max(0, middle - _EXCERPT // 2), middle + _EXCERPT // 2)
        others = stems.drums[:, excerpt] + stems.bass[:, excerpt] + stems.music[:, excerpt]
        apart = balance.loudness(stems.lead[:, excerpt]) - balance.loudness(others)
        wanted = min(max(apart, _LEAD_OVER[0]), _LEAD_OVER[1])
        stems.lead *= np.float32(_gain(max(-4.0, min(4.0, wanted - apart))))

    def _bed(self, dry: Signal) -> None:
        """The record's own noise under everything, where the genre has it."""
        if self._sound.bed != "vinyl":
            return
        generator = np.random.Generator(np.random.PCG64(5))
        count = dry.shape[1]
        at = generator.integers(0, count - 64, size=int(count / RATE * 7))
        size = generator.exponential(0.006, size=len(at)).astype(np.float32)
        for place, loud, side in zip(at, size, generator.integers(0, 2, len(at)), strict=True):
            click = dsp.decay(48, 0.0003) * np.float32(min(float(loud), 0.03))
            dry[side, place : place + 48] += click
            dry[1 - side, place : place + 48] += click * np.float32(0.5)

    def _finish(self, dry: Signal, send: Signal, tick: Callable[[float], None]) -> None:
        sound = self._sound
        tilt = sound.tilt + 0.9 * self._score.brightness
        corrections = balance.match(balance.octave_levels(dry), tilt, sound.low_db)
        response = effects.room(sound.reverb_s, sound.reverb_top)
        effects.finish(dry, send, response, balance.curve(corrections), tick)
        last_bar = self._score.timeline.bars[-1]
        dsp.faded(dry, max(0.35, 0.7 * (self._score.duration_s - last_bar)))  # the last chord dies away


def _channels(sound: Sound) -> dict[Part, Channel]:
    """The genre's strips, and one for the second voice: the lead's, softer and to the side."""
    lead = sound.channels[Part.LEAD]
    second = replace(lead, level=lead.level - 8.0, pan=-0.3, reverb=lead.reverb + 0.1)
    return {**sound.channels, Part.HARMONY: second}


def _gain(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _narrowed(sound: Signal, width: float) -> Signal:
    """A stereo note with its sides drawn together."""
    if sound.ndim == 1 or width >= 1.0:
        return sound
    middle = (sound[0] + sound[1]) * np.float32(0.5)
    apart = (sound[0] - sound[1]) * np.float32(0.5 * width)
    return np.stack((middle + apart, middle - apart))


def _pan(place: float) -> tuple[float, float]:
    """Left and right gain at equal power; the middle is 1."""
    angle = (place + 1) * np.pi / 4
    return float(np.cos(angle) * 2**0.5), float(np.sin(angle) * 2**0.5)


def _voiced(notes: Sequence[Note], voice: str) -> Sequence[Note]:
    """The notes to play: an instrument that builds its chords itself gets the lowest of each only."""
    patch = INSTRUMENTS[voice]
    if not (isinstance(patch, Driven) and len(patch.intervals) > 1):
        return notes
    lowest: dict[float, Note] = {}
    for note in notes:
        if note.beat not in lowest or note.pitch < lowest[note.beat].pitch:
            lowest[note.beat] = note
    return list(lowest.values())


def _add(bus: Signal, sound: Signal, at: int, left: float, right: float) -> None:
    """Adds a mono or stereo sound to a stereo bus at a sample that may lie outside."""
    skip = max(0, -at)
    begin, end = max(at, 0), min(at + sound.shape[-1], bus.shape[1])
    if end <= begin:
        return
    window = slice(skip, skip + end - begin)
    first, second = (sound[0, window], sound[1, window]) if sound.ndim == 2 else (sound[window], sound[window])
    bus[0, begin:end] += first * np.float32(left)
    bus[1, begin:end] += second * np.float32(right)


def _lay(target: Signal, sound: Signal, at: int) -> None:
    """Adds `sound` to `target` (same number of channels) at a sample that may lie outside."""
    skip = max(0, -at)
    begin, end = max(at, 0), min(at + sound.shape[-1], target.shape[-1])
    if end > begin:
        target[..., begin:end] += sound[..., skip : skip + end - begin]


def _driven(bus: Signal, drive: float) -> Signal:
    """Bus saturation around the level at which the parts are set."""
    scale = np.float32(1.6 * drive)
    bent: Signal = np.tanh(bus * scale) * (np.float32(1.0) / scale)
    return bent
