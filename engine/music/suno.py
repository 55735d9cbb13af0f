"""Suno by way of a service in the shape of sunoapi.org: an order makes a task, a task makes two clips.

HTTP 200 can carry an error code, so `code` is read first; 429 means there that no credits are left, 430 and 405 that
it is asked too often (docs.sunoapi.org).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.domain.purchase import PurchaseState, Trouble
from engine.domain.song import MusicBrief
from engine.music.fetching import Fetch
from engine.music.provider import Abilities, Offer, Order, Standing, VendorError
from engine.music.sound import sung
from engine.music.wire import Reply, Wire, record, text

NAME = "suno"
_NO_CALLBACK = "https://callback.invalid/unused"
"""The field is required; this name never resolves (RFC 2606). We poll."""
_CODES = {
    **dict.fromkeys((400, 404, 413), Trouble.INPUT),
    401: Trouble.KEY,
    402: Trouble.CREDITS,
    429: Trouble.CREDITS,
    **dict.fromkeys((405, 430), Trouble.BUSY),
    455: Trouble.DOWN,
    500: Trouble.DOWN,
}
_FAILED = {
    "CREATE_TASK_FAILED": Trouble.GENERATION,
    "GENERATE_AUDIO_FAILED": Trouble.GENERATION,
    "SENSITIVE_WORD_ERROR": Trouble.POLICY,
}
_WAITING = {"PENDING": PurchaseState.SUBMITTED}
_DONE = frozenset({"SUCCESS", "CALLBACK_EXCEPTION"})
"""The list of clips may still be empty, or a clip without its address. Nobody can call us back, so the second is what
we are told as a rule; it may come while the second clip is being made."""
_AT_WORK = frozenset({"TEXT_SUCCESS", "FIRST_SUCCESS"}) | _DONE
_CLIPS = 2


def judge(reply: Reply) -> Trouble | None:
    """What `code` says, also under HTTP 200."""
    code = reply.data.get("code")
    if code is None or code == 200:
        return None
    if reply.status == 429 and reply.retry_after_s is not None:
        return Trouble.BUSY  # a gateway's word: whoever has no credit is not told when to come again
    return _CODES.get(code, Trouble.ANSWER) if isinstance(code, int) else Trouble.ANSWER


@dataclass(frozen=True, slots=True)
class Suno:
    """`song_microusd` is what one order, with its two clips, costs."""

    wire: Wire
    fetch_file: Fetch
    model: str
    song_microusd: int

    @property
    def name(self) -> str:
        """`suno`."""
        return NAME

    @property
    def abilities(self) -> Abilities:
        """Sings; takes no length."""
        return Abilities(vocals=True, min_seconds=20, max_seconds=480, network=True, billable=True, keeps_length=False)

    def price(self, brief: MusicBrief) -> int:  # noqa: ARG002 - one price for every song
        """See `MusicProvider.price`."""
        return self.song_microusd

    async def submit(self, order: Order, folder: Path) -> Standing:  # noqa: ARG002 - nothing comes along
        """See `MusicProvider.submit`."""
        reply = await self.wire.ask("POST", "/api/v1/generate", body=self._body(order), order=True)
        self.wire.expect(reply, "code", "data")
        task_id = self.wire.named_task(reply.inner("data").get("taskId") or reply.inner("data").get("task_id"))
        return Standing(PurchaseState.SUBMITTED, task_id, facts={"model": self.model, "task": task_id})

    def _body(self, order: Order) -> dict[str, Any]:
        first = self.model == "V4"
        short_titles = self.model in ("V4", "V4_5ALL")
        body: dict[str, Any] = {
            "customMode": True,
            "instrumental": not order.sung,
            "model": self.model,
            "callBackUrl": _NO_CALLBACK,
            "style": order.sound[: 200 if first else 1000],
            "title": order.brief.title[: 80 if short_titles else 100],
        }
        if order.sung:
            lyrics, most = sung(order.brief), 3000 if first else 5000
            if len(lyrics) > most:
                raise VendorError(f"suno takes {most} characters of lyrics; these have {len(lyrics)}.", Trouble.INPUT)
            body["prompt"] = lyrics
        return body

    async def poll(self, task_id: str) -> Standing:
        """See `MusicProvider.poll`."""
        reply = await self.wire.ask("GET", "/api/v1/generate/record-info", query={"taskId": task_id})
        data = reply.inner("data")
        status = text(data.get("status"), 60)
        if trouble := _FAILED.get(status):
            why = text(data.get("errorMessage"))
            raise VendorError(f"suno ended the task with {status}{why and f': {why}'}.", trouble)
        if status not in _AT_WORK and status not in _WAITING:
            raise VendorError(f"suno names the unknown status {status or '(none)'}.", Trouble.ANSWER)
        clips = _clips(data) if status in _DONE else []
        offers = tuple(_offers(clips))
        wanted = len(clips) if status == "SUCCESS" else max(_CLIPS, len(clips))
        ready = bool(offers) and len(offers) >= wanted
        state = PurchaseState.READY if ready else _WAITING.get(status, PurchaseState.RUNNING)
        return Standing(state, task_id, offers)

    async def fetch(self, offer: Offer, folder: Path) -> Path:
        """See `MusicProvider.fetch`."""
        return await self.fetch_file(NAME, offer.url, folder / offer.id, {})


def _clips(data: Mapping[str, Any]) -> list[Any]:
    """What the task names as its clips, in either of the two shapes that the vendor documents."""
    response = record(data.get("response"))
    found = response.get("sunoData") or response.get("data") or data.get("data")
    return found if isinstance(found, list) else []


def _offers(clips: Iterable[Any]) -> Iterator[Offer]:
    """The clips that have an address. What only plays while it is being made (`streamAudioUrl`) is no file."""
    for number, clip in enumerate(clips, start=1):
        fields = record(clip)
        url = fields.get("audioUrl") or fields.get("audio_url")
        if isinstance(url, str) and url:
            yield Offer(f"clip-{number}", url)
