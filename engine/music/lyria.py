"""Google Lyria by the Gemini API's interactions: the answer to an order holds the sound as base64.

A lost answer may be charged and cannot be asked for. No format is asked for: any is refused with 400
(ai.google.dev/gemini-api/docs).
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.domain.purchase import PurchaseState, Trouble
from engine.domain.song import MusicBrief
from engine.music.fetching import in_folder, keep_sound
from engine.music.provider import Abilities, Offer, Order, Standing, VendorError
from engine.music.sound import asked
from engine.music.wire import Reply, Wire, identity, record, text

NAME = "lyria"
_CLIP_MODEL_WORD = "-clip-"
_CLIP_S = 30.0
_ANSWER_BYTES = 48 << 20  # a song of five minutes as base64 takes a quarter of it


def judge(reply: Reply) -> Trouble | None:
    """A wrong key is answered with 400; the reason among the details tells it from a wrong request."""
    details = record(reply.data.get("error")).get("details")
    reasons = {record(detail).get("reason") for detail in details} if isinstance(details, list) else set()
    return Trouble.KEY if "API_KEY_INVALID" in reasons else None


@dataclass(frozen=True, slots=True)
class Lyria:
    """`song_microusd` is the price of one song of `model`; `wait_s` how long one may take."""

    wire: Wire
    model: str
    song_microusd: int
    wait_s: float

    @property
    def name(self) -> str:
        """`lyria`."""
        return NAME

    @property
    def abilities(self) -> Abilities:
        """Sings; the length is a wish in words, and a clip model knows one length alone."""
        longest = _CLIP_S if _CLIP_MODEL_WORD in self.model else 300.0
        return Abilities(
            vocals=True, min_seconds=20, max_seconds=longest, network=True, billable=True, keeps_length=False
        )

    def price(self, brief: MusicBrief) -> int:  # noqa: ARG002 - one price for every song
        """See `MusicProvider.price`."""
        return self.song_microusd

    async def submit(self, order: Order, folder: Path) -> Standing:
        """See `MusicProvider.submit`."""
        body = {"model": self.model, "input": asked(order.brief, order.sound, vocals=order.sung)}
        reply = await self.wire.ask(
            "POST", "/v1beta/interactions", body=body, order=True, total_s=self.wait_s, json_bytes=_ANSWER_BYTES
        )
        self.wire.expect(reply, "id", "status", "steps")
        sounds = list(_sounds(reply.data))
        if not sounds:
            said = text(reply.data.get("status"), 60)
            raise VendorError(f"lyria answered without a sound{said and f' ({said})'}.", Trouble.GENERATION, lost=True)
        offers = []
        for number, data in enumerate(sounds, start=1):
            offers.append(Offer(f"clip-{number}"))
            await keep_sound(NAME, data, folder / f"clip-{number}")
        facts = {"model": self.model, "response": identity(reply.data.get("id"))}
        return Standing(PurchaseState.READY, offers=tuple(offers), facts=facts)

    async def poll(self, task_id: str) -> Standing:
        """There is nothing to ask: a lost answer has no id that we know."""
        raise VendorError(f"lyria cannot be asked about {task_id or 'an order'}.", Trouble.ANSWER, lost=True)

    async def fetch(self, offer: Offer, folder: Path) -> Path:
        """See `MusicProvider.fetch`: it came with the answer."""
        return in_folder(NAME, offer, folder)


def _sounds(data: Any) -> Iterator[bytes]:
    """Every sound of the model's output. Raises VendorError for one that is no base64."""
    steps = data.get("steps")
    for step in steps if isinstance(steps, list) else []:
        content = record(step).get("content") if record(step).get("type") == "model_output" else None
        for part in content if isinstance(content, list) else []:
            encoded = record(part).get("data")
            if record(part).get("type") == "audio" and isinstance(encoded, str):
                try:
                    yield binascii.a2b_base64(encoded, strict_mode=True)
                except binascii.Error as error:
                    raise VendorError("lyria sent a sound that is no base64.", Trouble.ANSWER, lost=True) from error
