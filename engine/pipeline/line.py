"""What every stage works with: the store, the writer, the child processes, and where things lie."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.domain.clock import Clock, utc_now
from engine.domain.runs import Stage
from engine.home import Home
from engine.llm.chain import Models
from engine.llm.completion import Backend
from engine.llm.gateway import Gateway
from engine.music.provider import MusicProvider
from engine.pipeline import child, ladders
from engine.pipeline.desk import ModelsDesk
from engine.pipeline.ledger import Ledger, caps_of
from engine.pipeline.wanted import Wanted
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store.artists import Artist
from engine.store.database import Database
from engine.store.kept_files import path_of
from engine.store.runs import Artefact, Run


@dataclass(frozen=True, slots=True)
class Line:
    """The production line of one engine process."""

    database: Database
    home: Home
    settings: Settings
    redactor: Redactor
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    patched: asyncio.Event = field(default_factory=asyncio.Event)
    """The code was changed under us: see `start_anew`."""
    now: Clock = utc_now
    backend: Backend | None = None
    """Who is called in place of the vendors, in tests."""
    vendors: dict[str, MusicProvider] = field(default_factory=dict)
    """The music providers that were asked so far, each with its connections: see `engine.pipeline.ladder`."""
    bench: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Music that costs a core is made and measured one at a time, however many runs wait for vendors."""
    wanted: Wanted = field(default_factory=Wanted)
    checking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """New models are looked for and checked by one at a time, so that each is asked once."""

    def gateway(self, *, artist_id: str | None, run_id: str | None) -> Gateway:
        """The language models, with every call kept under this artist and run."""
        desk = ModelsDesk(self.database, self.ledger(), self.redactor, self.now, run_id, artist_id)
        return Gateway(desk.record, self.models(desk))

    def models(self, desk: ModelsDesk) -> Models | None:
        """The models that the settings name; None where none has a key and the offline writer may do their work."""
        asking = ladders.asking(self.settings)
        if asking.nobody:
            return None
        return Models(
            desk,
            self.backend or asking.backend,
            asking.ladders,
            asking.tries,
            self.now,
            free_only=not self.settings.daily_budget_usd,
            free_at_cap=self.settings.llm_at_cap == "free",
        )

    def start_anew(self) -> None:
        """Ends this worker as at a stop, and has its supervisor start the next one, by the code that is there now."""
        self.patched.set()
        self.stopping.set()

    def ledger(self) -> Ledger:
        """Where money is reserved before anything that may cost some is called."""
        return Ledger(self.database, caps_of(self.settings), self.now)

    def file(self, artefact: Artefact | Mapping[str, Any]) -> Path:
        """Where an artefact's file lies."""
        if isinstance(artefact, Artefact):
            return path_of(self.home.artefacts, artefact.sha256, artefact.suffix)
        return path_of(self.home.artefacts, artefact["sha256"], artefact["suffix"])

    async def job(self, name: str, payload: Mapping[str, Any], report: child.Report) -> child.Answer:
        """Runs CPU work in a child process. A child that is ended cannot clear its work folder away: then we do."""
        try:
            return await child.run_job(name, payload, report, extra_environment=self.settings.outside())
        finally:
            if work := payload.get("work"):
                await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Task:
    """One stage of one run: what it is for, what came before, and how to say how far it is."""

    line: Line
    run: Run
    artist: Artist
    stage: Stage
    done: Mapping[Stage, Mapping[str, Any]]
    origin: int
    """The version whose seeds count for this stage: an edited song keeps those of the one that it was edited from."""
    report: Callable[[float, str], Awaitable[bool]]

    def seed(self, purpose: str = "") -> int:
        """A stable seed for this stage: the run's seed and version decide, never an id or a clock."""
        text = f"{self.run.seed}:{self.origin}:{self.stage}:{purpose}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1

    async def job(self, name: str, **payload: Any) -> child.Answer:
        """Runs a job with this stage's own work folder and the artefact store."""
        work = self.line.home.work / f"{self.run.id}-{self.stage}"
        return await self.line.job(
            name, {"work": str(work), "store": str(self.line.home.artefacts), **payload}, self.report
        )


@dataclass(frozen=True, slots=True)
class Made:
    """What a stage leaves behind: its JSON-native result, a file (kind, facts) if there is one, CPU seconds."""

    result: Mapping[str, Any]
    kind: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    cpu_s: float = 0.0
    title: str | None = None
    aside: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Further files by kind, as the artefact store names them."""


def timeline_of(track: Mapping[str, Any]) -> Mapping[str, Any]:
    """The timeline of a track stage's result: the one that its provider told, else the one that was heard in it."""
    told: Mapping[str, Any] = track["timeline"] or track["heard"]
    return told
