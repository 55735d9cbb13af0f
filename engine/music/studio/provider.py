"""The embedded studio as a music provider: always there, needs no key and no network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.domain.purchase import PurchaseState
from engine.domain.song import MusicBrief
from engine.music.fetching import in_folder
from engine.music.provider import Abilities, MadeTrack, Offer, Order, Progress, Standing
from engine.music.studio.form import MAX_SECONDS, MIN_SECONDS
from engine.music.studio.track import make_track
from engine.safety.files import whole_file

NAME = "studio"


@dataclass(frozen=True, slots=True)
class Studio:
    """Composes, plays and masters on this machine; instrumental, the lead standing where a voice would sing.

    As every provider it takes an order and has its sound fetched. The line uses `make` in a process of its own, which
    also tells where everything is in the track.
    """

    @property
    def name(self) -> str:
        """`studio`."""
        return NAME

    @property
    def abilities(self) -> Abilities:
        """Instrumental, within the composer's lengths."""
        return Abilities(vocals=False, min_seconds=MIN_SECONDS, max_seconds=MAX_SECONDS, network=False)

    def make(self, brief: MusicBrief, wav: Path, *, progress: Progress) -> MadeTrack:
        """Writes a mastered 24-bit 44.1 kHz stereo WAV to exactly `wav`.

        Raises UsageError for a brief outside the abilities, CheckFailed where the track misses its limits.
        """
        track = make_track(brief, wav, progress=progress)
        made_with = {
            "notes": str(track.notes),
            "mastering gain": f"{track.gain_db:+.1f} dB",
            "limiter ceiling": f"{track.ceiling_db:.1f} dBFS",
            "mastering passes": str(track.passes),
        }
        return MadeTrack(self.name, track.loudness, track.vocals, track.timeline, made_with)

    def price(self, brief: MusicBrief) -> int:  # noqa: ARG002 - this machine is free
        """Nothing."""
        return 0

    async def submit(self, order: Order, folder: Path) -> Standing:
        """Makes the track at once: it comes with the answer."""
        with whole_file(folder / "clip-1.wav") as part:
            self.make(order.brief, part, progress=lambda _share, _what: None)
        return await self.poll(order.key)

    async def poll(self, task_id: str) -> Standing:
        """Ready: nothing here takes longer than its order."""
        return Standing(PurchaseState.READY, task_id, (Offer("clip-1"),))

    async def fetch(self, offer: Offer, folder: Path) -> Path:
        """See `MusicProvider.fetch`."""
        return in_folder(self.name, offer, folder)
