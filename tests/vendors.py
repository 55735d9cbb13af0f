"""Stand-ins for the music vendors, behind `tests.loopback`: each answers as its documents say and counts orders.

`fault` answers in place of the first requests that `when` names; after `times` of them the vendor works again.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.loopback import Asked, Speak, http, saying


@dataclass(slots=True)
class Fault:
    """Something that goes wrong: what is said, for which requests, how often. `ask` is a part of `METHOD /path`."""

    speak: Speak
    ask: str
    times: int = 1_000


@dataclass(slots=True)
class Vendor:
    """What all of them share. `clip` is the sound that they deal in, `kind` its media type."""

    clip: bytes = b"ID3" + bytes(2_000)
    kind: str = "audio/mpeg"
    base: str = ""
    faults: list[Fault] = field(default_factory=list)
    orders: list[Mapping[str, Any]] = field(default_factory=list)
    polls: int = 0
    looks: int = 1
    """Polls until a task is ready."""

    async def speak(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """Answers one request."""
        line = f"{asked.method} {asked.target}"
        if self.is_order(line):
            self.orders.append(json.loads(asked.body))
        for fault in self.faults:
            if fault.ask in line and fault.times > 0:
                fault.times -= 1
                await fault.speak(asked, writer)
                return
        await saying(self.answer(asked))(asked, writer)

    def is_order(self, line: str) -> bool:
        """Whether this request may cost money."""
        raise NotImplementedError

    def answer(self, asked: Asked) -> bytes:
        """The good answer."""
        raise NotImplementedError


class FakeSuno(Vendor):
    """sunoapi.org: `POST /api/v1/generate`, `GET /api/v1/generate/record-info`, credits, files."""

    def is_order(self, line: str) -> bool:
        return line == "POST /api/v1/generate"

    def answer(self, asked: Asked) -> bytes:
        path = asked.target.partition("?")[0]
        if path.startswith("/files/"):
            return http(200, self.clip, self.kind)
        if not asked.headers.get("authorization", "").startswith("Bearer "):
            return http(200, {"code": 401, "msg": "no key"})
        if path == "/api/v1/generate/credit":
            return http(200, {"code": 200, "msg": "success", "data": 100})
        if path == "/api/v1/generate/record-info":
            self.polls += 1
            return http(200, {"code": 200, "msg": "success", "data": self.task()})
        return http(200, {"code": 200, "msg": "success", "data": {"taskId": f"task-{len(self.orders)}"}})

    def task(self) -> dict[str, Any]:
        """The task as it stands at this poll."""
        if self.polls < self.looks:
            return {"taskId": "task-1", "status": "PENDING" if self.polls == 1 else "TEXT_SUCCESS", "response": None}
        clips = [
            {"id": f"c{n}", "audioUrl": f"{self.base}/files/{n}.mp3", "title": "t", "duration": 150.0, "tags": "x"}
            for n in (1, 2)
        ]
        return {"taskId": "task-1", "status": "SUCCESS", "response": {"taskId": "task-1", "sunoData": clips}}


class FakeElevenLabs(Vendor):
    """ElevenLabs: `POST /v1/music` answers with the sound."""

    def is_order(self, line: str) -> bool:
        return line.startswith("POST /v1/music")

    def answer(self, asked: Asked) -> bytes:
        if "xi-api-key" not in asked.headers:
            return http(401, {"detail": {"status": "invalid_api_key", "message": "no key"}})
        return http(200, self.clip, self.kind)


class FakeLyria(Vendor):
    """The Gemini API: `POST /v1beta/interactions` answers with the sound as base64."""

    def is_order(self, line: str) -> bool:
        return line == "POST /v1beta/interactions"

    def answer(self, asked: Asked) -> bytes:
        if "x-goog-api-key" not in asked.headers:
            return http(403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "no key"}})
        sound = {"type": "audio", "data": base64.b64encode(self.clip).decode(), "mime_type": self.kind}
        content = [{"type": "text", "text": "[Verse]"}, sound]
        return http(200, {"id": "i-1", "status": "completed", "steps": [{"type": "model_output", "content": content}]})


class FakeAceStep(Vendor):
    """ACE-Step: `POST /release_task`, `POST /query_result`, `GET /v1/audio`."""

    def is_order(self, line: str) -> bool:
        return line == "POST /release_task"

    def answer(self, asked: Asked) -> bytes:
        path = asked.target.partition("?")[0]
        if path == "/v1/audio":
            return http(200, self.clip, self.kind)
        if path == "/query_result":
            self.polls += 1
            done = self.polls >= self.looks
            result = json.dumps([{"file": "/v1/audio?path=%2Ftmp%2Fa.flac", "seed_value": "7", "metas": {}}])
            entry = {"task_id": "ace-1", "status": int(done), "result": result if done else "[]"}
            return http(200, {"data": [entry], "code": 200, "error": None})
        return http(200, {"data": {"task_id": "ace-1", "status": "queued", "queue_position": 1}, "code": 200})


Maker = Callable[[], Vendor]
FAKES: Mapping[str, Maker] = {
    "suno": FakeSuno,
    "elevenlabs": FakeElevenLabs,
    "lyria": FakeLyria,
    "acestep": FakeAceStep,
}
ORDER_PATHS = {
    "suno": "POST /api/v1/generate",
    "elevenlabs": "POST /v1/music",
    "lyria": "POST /v1beta/interactions",
    "acestep": "POST /release_task",
}
