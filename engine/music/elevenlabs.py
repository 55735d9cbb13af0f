"""ElevenLabs Music: the answer to an order is the sound itself; a lost one may be charged and cannot be asked for.

(elevenlabs.io, API reference, "Compose music".)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from engine.domain.purchase import PurchaseState, Trouble
from engine.domain.song import MusicBrief
from engine.music.fetching import in_folder, keep_blocks
from engine.music.provider import Abilities, Offer, Order, Standing, VendorError
from engine.music.sound import asked
from engine.music.wire import Reply, Wire, record

NAME = "elevenlabs"
_FORMAT = "mp3_44100_128"
_MOST_PROMPT = 4_000
_POLICY = frozenset({"bad_prompt", "bad_composition_plan"})
_CREDITS = frozenset({"quota_exceeded", "payment_required", "paid_plan_required"})


def judge(reply: Reply) -> Trouble | None:
    """What `detail.status` says beside the HTTP status."""
    status = record(reply.data.get("detail")).get("status")
    if status in _POLICY:
        return Trouble.POLICY
    if status in _CREDITS:
        return Trouble.CREDITS
    return None


@dataclass(frozen=True, slots=True)
class ElevenLabs:
    """`minute_microusd` is the price of each minute begun; `wait_s` how long one song may take."""

    wire: Wire
    model: str
    minute_microusd: int
    wait_s: float

    @property
    def name(self) -> str:
        """`elevenlabs`."""
        return NAME

    @property
    def abilities(self) -> Abilities:
        """Sings, at the length that is asked for."""
        return Abilities(vocals=True, min_seconds=3, max_seconds=600, network=True, billable=True)

    def price(self, brief: MusicBrief) -> int:
        """See `MusicProvider.price`."""
        return math.ceil(brief.duration_s / 60) * self.minute_microusd

    async def submit(self, order: Order, folder: Path) -> Standing:
        """See `MusicProvider.submit`."""
        prompt = asked(order.brief, order.sound, vocals=order.sung)
        if len(prompt) > _MOST_PROMPT:
            raise VendorError(f"elevenlabs takes {_MOST_PROMPT} characters; these are {len(prompt)}.", Trouble.INPUT)
        body = {
            "prompt": prompt,
            "music_length_ms": round(order.brief.duration_s * 1000),
            "force_instrumental": not order.sung,
            "model_id": self.model,
        }
        query = {"output_format": _FORMAT}
        async with self.wire.sound("/v1/music", body=body, query=query, total_s=self.wait_s) as (_, blocks):
            await keep_blocks(NAME, blocks, folder / "clip-1")
        return Standing(PurchaseState.READY, offers=(Offer("clip-1"),), facts={"model": self.model, "format": _FORMAT})

    async def poll(self, task_id: str) -> Standing:
        """There is nothing to ask: the vendor keeps no tasks."""
        raise VendorError(f"elevenlabs cannot be asked about {task_id or 'an order'}.", Trouble.ANSWER, lost=True)

    async def fetch(self, offer: Offer, folder: Path) -> Path:
        """See `MusicProvider.fetch`: it came with the answer."""
        return in_folder(NAME, offer, folder)
