"""ACE-Step 1.5 on a machine of the operator's: an order costs nothing, so one whose answer was lost is sent again.

(ACE-Step 1.5, "API documentation": `/release_task`, `/query_result`; `result` is JSON inside a string.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.domain.purchase import PurchaseState, Trouble
from engine.domain.song import MusicBrief
from engine.music.fetching import Fetch
from engine.music.provider import Abilities, Offer, Order, Standing, VendorError
from engine.music.sound import sung
from engine.music.wire import Reply, Wire, identity, record, text

NAME = "acestep"
_FILES = "/v1/audio?path="
_RUNNING, _DONE, _FAILED = 0, 1, 2


def judge(reply: Reply) -> Trouble | None:
    """What `code` says under HTTP 200."""
    code = reply.data.get("code")
    if reply.status != 200 or code in (None, 0, 200):
        return None
    return {401: Trouble.KEY, 429: Trouble.BUSY, 500: Trouble.DOWN}.get(
        code if isinstance(code, int) else 0, Trouble.INPUT
    )


@dataclass(frozen=True, slots=True)
class AceStep:
    """Runs on the operator's own machine."""

    wire: Wire
    fetch_file: Fetch

    @property
    def name(self) -> str:
        """`acestep`."""
        return NAME

    @property
    def abilities(self) -> Abilities:
        """Sings, at the length that is asked for; nothing is charged."""
        return Abilities(vocals=True, min_seconds=10, max_seconds=600, network=True)

    def price(self, brief: MusicBrief) -> int:  # noqa: ARG002 - the operator's own machine
        """Nothing."""
        return 0

    async def submit(self, order: Order, folder: Path) -> Standing:  # noqa: ARG002 - nothing comes along
        """See `MusicProvider.submit`."""
        brief = order.brief
        body = {
            "prompt": order.sound,
            "lyrics": sung(brief) if order.sung else "[Instrumental]",
            "vocal_language": brief.lyrics.language,
            "audio_format": "flac",
            "bpm": min(300, max(30, brief.tempo_bpm)),
            "key_scale": brief.key,
            "audio_duration": brief.duration_s,
            "use_random_seed": False,
            "seed": brief.seed & 0x7FFFFFFF,
            "batch_size": 1,
        }
        reply = await self.wire.ask("POST", "/release_task", body=body, order=True)
        self.wire.expect(reply, "code", "data")
        task_id = self.wire.named_task(reply.inner("data").get("task_id"))
        return Standing(PurchaseState.SUBMITTED, task_id, facts={"task": task_id})

    async def poll(self, task_id: str) -> Standing:
        """See `MusicProvider.poll`."""
        reply = await self.wire.ask("POST", "/query_result", body={"task_id_list": [task_id]})
        entry = _entry(reply.data.get("data"), task_id)
        if entry is None:
            raise VendorError("acestep's answer does not name the task.", Trouble.INPUT)
        status = entry.get("status")
        if status == _FAILED:
            raise VendorError("acestep ended the task without a track.", Trouble.GENERATION)
        if status == _RUNNING:
            return Standing(PurchaseState.RUNNING, task_id)
        if status != _DONE:
            raise VendorError(f"acestep names the unknown status {text(status, 40) or '(none)'}.", Trouble.ANSWER)
        offers = tuple(self._offers(entry.get("result")))
        if not offers:
            raise VendorError("acestep is done and names no file.", Trouble.ANSWER)
        return Standing(PurchaseState.READY, task_id, offers)

    def _offers(self, result: Any) -> Iterator[Offer]:
        """The files, which lie on the same server: any other address is passed over."""
        try:
            found = json.loads(result) if isinstance(result, str) else result
        except ValueError as error:
            raise VendorError("acestep sent a result that is no JSON.", Trouble.ANSWER) from error
        for number, item in enumerate(found if isinstance(found, list) else [], start=1):
            file = record(item).get("file")
            if isinstance(file, str) and file.startswith(_FILES):
                yield Offer(f"clip-{number}", self.wire.base_url + file)

    async def fetch(self, offer: Offer, folder: Path) -> Path:
        """See `MusicProvider.fetch`."""
        return await self.fetch_file(NAME, offer.url, folder / offer.id, self.wire.headers)


def _entry(data: Any, task_id: str) -> Mapping[str, Any] | None:
    """The task's own entry: the vendor answers with a list, which may hold other people's tasks too."""
    entries = [record(item) for item in data] if isinstance(data, list) else [record(data)]
    return next((entry for entry in entries if identity(entry.get("task_id")) == task_id), None)
