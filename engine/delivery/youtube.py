"""YouTube by the resumable upload of its Data API v3 (the guide "Resumable Uploads" of its documentation).

The upload address is noted before the first byte goes there. After anything unknown the platform is asked: the address
first (`Content-Range: bytes */TOTAL`), then the channel's newest uploads, where our mark stands in the description.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.delivery.oauth import Account, access
from engine.delivery.target import Answer, Clock, Journal, Known, Parcel, ParcelFile, Progress
from engine.delivery.youtube_form import mark_line, resource, status
from engine.domain.delivery import FileReceipt, Finding, Receipt
from engine.domain.errors import DeliveryError, OutcomeUnknown, TargetAway, TargetRefused
from engine.safety.trust import authorities

if TYPE_CHECKING:
    import httpx

    from engine.safety.secrets import Secret

CHUNK = 8 << 20
"""Bytes of one request: a multiple of 256 KiB, as the protocol wants of all but the last."""
_SESSION, _CLOSING, _VIDEO = "session", "closing", "video"
_QUOTA = frozenset({"quotaExceeded", "uploadLimitExceeded", "rateLimitExceeded", "dailyLimitExceeded"})
_QUOTA_WAIT_S = 6 * 3600.0
_THUMBNAIL_BYTES = 2_000_000
_NEWEST = 50


@dataclass(frozen=True, slots=True)
class YouTubeTarget:
    """One channel. `takedown` is private or delete."""

    base: str
    account: Account
    takedown: str
    now: Clock
    transport: httpx.AsyncBaseTransport | None = None

    async def check(self) -> tuple[Finding, ...]:
        """Renews access and asks which channel it opens."""
        try:
            async with self._line() as line:
                channel = await line.channel()
        except DeliveryError as error:
            return (Finding("access", False, error.message, error.fix),)
        if channel is None:
            return (Finding("access", False, "the account has no channel", "Make one at the platform."),)
        title = str(channel.get("snippet", {}).get("title", ""))[:100]
        return (Finding("access", True, f"the channel {title!r}" if title else "a channel"),)

    async def send(self, parcel: Parcel, journal: Journal, progress: Progress) -> Receipt:
        """Uploads the clip, from where the platform says that it stopped."""
        clip = _clip(parcel)
        async with self._line() as line:
            found = await self._known(line, parcel, clip, journal)
            if isinstance(found, str):
                raise OutcomeUnknown(found, fix="Look at the channel, then `noktvrn releases settle`.")
            video = (
                found if isinstance(found, dict) else await self._upload(line, parcel, clip, journal, progress, found)
            )
            return await self._finish(line, parcel, clip, video, journal)

    async def _known(
        self, line: _Line, parcel: Parcel, clip: ParcelFile, journal: Journal
    ) -> dict[str, Any] | tuple[str, int] | str | None:
        """What is there: the video; an upload that goes on (address, bytes there); why it is unknown; nothing."""
        memory = await journal.recall()
        if memory.get(_VIDEO):
            return await line.video(memory[_VIDEO]) or {"id": memory[_VIDEO]}
        if memory.get(_SESSION):
            state = await line.upload_state(memory[_SESSION], clip.size)
            if isinstance(state, dict):
                return state
            if state is not None:
                return memory[_SESSION], state
        if memory.get(_CLOSING) or memory.get(_SESSION):
            if (video := await line.uploaded(mark_line(parcel))) is not None:
                return video
            if memory.get(_CLOSING):
                return "The upload ended while nobody looked, and the channel does not show the video (yet)."
        return None

    async def _upload(
        self,
        line: _Line,
        parcel: Parcel,
        clip: ParcelFile,
        journal: Journal,
        progress: Progress,
        going_on: tuple[str, int] | None,
    ) -> dict[str, Any]:
        if going_on is None:
            session, at = await line.begin(resource(parcel), clip.size, clip.media_type), 0
            await journal.note(**{_SESSION: session})
        else:
            session, at = going_on
        while True:
            end = min(at + CHUNK, clip.size)
            if end == clip.size:
                await journal.note(**{_CLOSING: True})
            body = await asyncio.to_thread(_slice, clip, at, end)
            state = await line.put(session, body, at, clip.size)
            if isinstance(state, dict):
                return state
            if state is None:
                raise TargetAway("The platform has forgotten the upload.", fix="It is asked, then tried again.")
            at = state
            await progress(clip.name, at)

    async def _finish(
        self, line: _Line, parcel: Parcel, clip: ParcelFile, video: dict[str, Any], journal: Journal
    ) -> Receipt:
        """Notes the video, sees to it that it is as visible as declared, and gives it its picture."""
        video_id, notes = str(video["id"]), ["The platform names no hash; it took every byte of the clip."]
        await journal.note(**{_VIDEO: video_id})
        wanted = parcel.declarations["privacy"]
        shown = video.get("status", {}).get("privacyStatus")
        if shown != wanted:
            shown = (await line.set_status(video_id, status(parcel))).get("status", {}).get("privacyStatus")
            notes.append(f"It came up with another visibility than declared and was set to {shown}.")
        if shown != wanted:
            notes.append(f"Look at it: it should be {wanted}.")
        if not (await journal.recall()).get("thumbnail"):
            notes += await self._thumbnail(line, parcel, video_id)
            await journal.note(thumbnail=True)
        receipt = FileReceipt(clip.name, video_id, clip.size, clip.sha256, self.now())
        await journal.has(receipt)
        return Receipt(video_id, f"https://youtu.be/{video_id}", (receipt,), tuple(notes))

    async def _thumbnail(self, line: _Line, parcel: Parcel, video_id: str) -> list[str]:
        """A failure here never fails the upload."""
        cover = parcel.of("cover")
        if cover is None or cover.size > _THUMBNAIL_BYTES:
            return ["It has no picture of its own: the cover is larger than the platform takes."] if cover else []
        try:
            await line.thumbnail(video_id, await asyncio.to_thread(cover.path.read_bytes), cover.media_type)
        except DeliveryError as error:
            return [f"Its picture was not taken: {error.message}"]
        return []

    async def ask(self, parcel: Parcel, journal: Journal) -> Answer:
        """The upload's address, then the channel."""
        clip = _clip(parcel)
        async with self._line() as line:
            found = await self._known(line, parcel, clip, journal)
            if isinstance(found, str):
                return Answer(Known.UNKNOWN, detail=found)
            if not isinstance(found, dict):
                return Answer(Known.NOT_YET)
            return Answer(Known.DELIVERED, await self._finish(line, parcel, clip, found, journal))

    async def withdraw(self, parcel: Parcel, journal: Journal) -> Receipt:
        """Makes the video private, or deletes it for ever where the target says so."""
        memory = await journal.recall()
        async with self._line() as line:
            video_id = memory.get(_VIDEO)
            if not video_id:
                found = await line.uploaded(mark_line(parcel))
                video_id = found["id"] if found else None
            if not video_id:
                return Receipt("", "", (), ("There was no video to take back.",))
            place = f"https://youtu.be/{video_id}"
            if self.takedown == "delete":
                await line.delete(video_id)
                return Receipt(video_id, place, (), ("It was deleted.",))
            changed = await line.set_status(video_id, {**status(parcel), "privacyStatus": "private"})
            if changed.get("status", {}).get("privacyStatus") != "private":
                raise TargetAway(f"The video {video_id} did not become private.", fix="It is tried again.")
        return Receipt(video_id, place, (), ("It is private now; deleting it is left to you.",))

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[_Line]:
        import httpx

        async with httpx.AsyncClient(
            transport=self.transport,
            timeout=httpx.Timeout(60.0, connect=20.0),
            headers={"User-Agent": "noktvrn"},
            verify=authorities(),
            follow_redirects=False,
            trust_env=False,  # a proxy from the environment would see the token
        ) as client:
            yield _Line(client, self.base.rstrip("/"), self.account, await access(client, self.account))


@dataclass(slots=True)
class _Line:
    """The platform's calls; what each answers is data, never trusted for more than its form."""

    client: httpx.AsyncClient
    base: str
    account: Account
    token: Secret

    async def begin(self, video: dict[str, Any], size: int, media_type: str) -> str:
        """Starts an upload; returns its address, which must be on the same host as the base."""
        answer = await self._ask(
            "POST",
            f"{self.base}/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status",
            json=video,
            headers={"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": media_type},
        )
        session = str(answer.headers.get("location", ""))
        if urlsplit(session)[:2] != urlsplit(self.base)[:2]:
            raise TargetAway("The platform began no upload that could be used.", fix="It is tried again.")
        return session

    async def put(self, session: str, body: bytes, at: int, total: int) -> dict[str, Any] | int | None:
        """Sends bytes; returns the video, how many bytes are there, or None where the upload is unknown there."""
        span = f"bytes {at}-{at + len(body) - 1}/{total}" if body else f"bytes */{total}"
        answer = await self._ask("PUT", session, content=body, headers={"Content-Range": span}, fine=(308, 404, 410))
        if answer.status_code in (404, 410):
            return None
        if answer.status_code == 308:
            told = answer.headers.get("range", "").rpartition("-")[2]
            return int(told) + 1 if told.isdigit() else 0
        found = _json(answer)
        if not isinstance(found.get("id"), str):
            raise OutcomeUnknown("The platform took the upload and named no video.", fix="Look at the channel.")
        return found

    async def upload_state(self, session: str, total: int) -> dict[str, Any] | int | None:
        """The same, without sending anything. An address that is not the platform's is no upload of ours."""
        return await self.put(session, b"", 0, total) if urlsplit(session)[:2] == urlsplit(self.base)[:2] else None

    async def channel(self) -> dict[str, Any] | None:
        """The account's own channel."""
        answer = await self._ask("GET", f"{self.base}/youtube/v3/channels?part=snippet,contentDetails&mine=true")
        items = _json(answer).get("items") or []
        return items[0] if items and isinstance(items[0], dict) else None

    async def uploaded(self, mark: str) -> dict[str, Any] | None:
        """The video among the channel's newest whose description holds the mark."""
        channel = await self.channel()
        playlist = ((channel or {}).get("contentDetails") or {}).get("relatedPlaylists", {}).get("uploads")
        if not playlist:
            return None
        answer = await self._ask(
            "GET",
            f"{self.base}/youtube/v3/playlistItems",
            params={"part": "snippet", "playlistId": playlist, "maxResults": str(_NEWEST)},
            fine=(404,),
        )
        for item in _json(answer).get("items") or []:
            snippet = item.get("snippet", {})
            if mark in str(snippet.get("description", "")).splitlines():
                return await self.video(str(snippet["resourceId"]["videoId"]))
        return None

    async def video(self, video_id: str) -> dict[str, Any] | None:
        """A video with its status, None where there is none of this name."""
        answer = await self._ask(
            "GET", f"{self.base}/youtube/v3/videos", params={"part": "status", "id": video_id}, fine=(404,)
        )
        items = _json(answer).get("items") or []
        return items[0] if items and isinstance(items[0], dict) and items[0].get("id") == video_id else None

    async def set_status(self, video_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Gives a video this status; returns it as it is then."""
        answer = await self._ask(
            "PUT", f"{self.base}/youtube/v3/videos?part=status", json={"id": video_id, "status": wanted}
        )
        return _json(answer)

    async def delete(self, video_id: str) -> None:
        """Deletes a video; one that is not there is deleted already."""
        await self._ask("DELETE", f"{self.base}/youtube/v3/videos", params={"id": video_id}, fine=(404,))

    async def thumbnail(self, video_id: str, picture: bytes, media_type: str) -> None:
        """Gives a video its picture."""
        await self._ask(
            "POST",
            f"{self.base}/upload/youtube/v3/thumbnails/set",
            params={"videoId": video_id, "uploadType": "media"},
            content=picture,
            headers={"Content-Type": media_type},
        )

    async def _ask(
        self, method: str, url: str, *, fine: tuple[int, ...] = (), headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """One request; access that ended meanwhile is renewed once. Raises DeliveryError."""
        import httpx

        for renewed in (False, True):
            own = {"Authorization": f"Bearer {self.token.reveal()}", **(headers or {})}
            try:
                answer = await self.client.request(method, url, headers=own, **more)
            except httpx.HTTPError as error:  # without its own words, which may hold the whole address
                raise TargetAway(
                    f"The line to the platform failed ({type(error).__name__}).", fix="It is tried again."
                ) from error
            if answer.status_code != 401 or renewed:
                break
            self.token = await access(self.client, self.account)
        if answer.status_code in (200, 201, 204) or answer.status_code in fine:
            return answer
        raise _meaning(answer)


def _meaning(answer: httpx.Response) -> DeliveryError:
    reason = _reason(answer)
    if reason in _QUOTA or answer.status_code == 429:
        return TargetAway(
            "The platform's quota for today is used up.", fix="It is tried again later.", retry_after=_QUOTA_WAIT_S
        )
    if answer.status_code >= 500 or answer.status_code in (308, 408):
        told = answer.headers.get("retry-after", "")
        later = float(told) if told.isdigit() else None
        return TargetAway(f"The platform cannot do it now ({answer.status_code}).", retry_after=later)
    return TargetRefused(
        f"The platform refuses ({answer.status_code}{f', {reason}' if reason else ''}).",
        fix="Check the account's consent and what was declared.",
    )


def _reason(answer: httpx.Response) -> str:
    """The error's code word: letters only, nothing that could be more."""
    try:
        word = _json(answer)["error"]["errors"][0]["reason"]
    except (KeyError, IndexError, TypeError):
        return ""
    return word if isinstance(word, str) and word.isascii() and word.isalnum() and len(word) < 60 else ""


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _clip(parcel: Parcel) -> ParcelFile:
    clip = parcel.of("clip")
    if clip is None:
        raise TargetRefused(f"The package of {parcel.release_id} holds no clip.", fix="Package it anew.")
    return clip


def _slice(file: ParcelFile, at: int, end: int) -> bytes:
    with file.path.open("rb") as handle:
        handle.seek(at)
        return handle.read(end - at)
