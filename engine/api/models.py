"""What faces see: read models, frozen, plain, complete. Times are aware UTC, money integer micro-dollars.

Text in here may come from a model, a person or a stranger: a face shows it through `engine.safety.text` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from engine.api.edit_models import EditRow
from engine.api.music_models import Bought
from engine.api.outside_models import NOTHING, ChainRow, FromOutside
from engine.api.screen_models import CostRow, VersionRow
from engine.domain.approval import Curve
from engine.domain.artists import ArtistState
from engine.domain.chat import Ear
from engine.domain.gate import Check
from engine.domain.learning import Judgement, Reflection
from engine.domain.media import TrackFacts
from engine.domain.persona import Persona
from engine.domain.runs import ACTIVE_STATES, RunState, Stage
from engine.domain.song import Concept, Lyrics, Timeline
from engine.lock import EngineState, Holder, Mode, Silence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """The engine of this home. `pid` is the supervisor's, `worker` that of the worker which it runs.

    `pid`, `mode` and `since` are None when it is stopped, `worker` also while none runs; `processes` says all of it in
    words, the same ones everywhere. `silent` says which process gives no sign of life where it is unresponsive.
    """

    state: EngineState
    pid: int | None
    mode: Mode | None
    since: str | None
    detail: str
    worker: int | None = None
    silent: Silence | None = None

    @property
    def processes(self) -> str:
        """`headless, supervisor pid 4711, worker pid 4712, since 2026-11-23 21:05`; empty when it is stopped."""
        if self.pid is None or self.mode is None or self.since is None:
            return ""
        return Holder(self.pid, self.mode, self.since, self.state, self.detail, self.worker).processes


@dataclass(frozen=True, slots=True)
class SwitchState:
    """One durable switch and who set it last."""

    on: bool
    actor: str
    channel: str
    reason: str
    at: datetime | None
    actor_name: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """One look: what runs, what waits, what is broken, what it costs."""

    engine: EngineStatus
    cycle: SwitchState
    pauses: Mapping[str, SwitchState]
    """By scope: all, spending, publishing."""
    runs: Mapping[str, int]
    """By state; states without runs are absent."""
    artists: Mapping[str, int]
    approvals: int
    errors: int
    """Open error groups."""
    notices: tuple[Notice, ...]
    spend_today_microusd: int
    seq: int
    """The change feed's newest number at the time of the look."""
    ear: Ear = Ear.OFF
    """How the bot in the chat does."""
    waits_to_be_packed: int = 0
    """How many of the runs in the state packaging stand in the line for it."""
    held: int = 0
    """How many of the runs in the state generating wait at a cap or for a model."""
    deliveries: Mapping[str, int] = field(default_factory=dict)
    """By state; states without deliveries are absent."""

    @property
    def at_work(self) -> int:
        """How many runs are made or packed now."""
        return sum(self.runs.get(state, 0) for state in ACTIVE_STATES) - self.waits_to_be_packed - self.held


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """A window of a list. `total` is the whole list's length; `more`: the words hold too much to show it all;
    `guessed`: nothing holds the words as written, these resemble them."""

    rows: tuple[T, ...]
    total: int
    more: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know, open until its cause is gone."""

    id: str
    incident: str
    level: str
    title: str
    detail: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class ArtistRow:
    """One line of the roster. The rate is people's approvals among people's decisions, None before the first."""

    id: str
    name: str
    genre: str
    state: ArtistState
    autopilot: bool
    last_run_at: datetime | None
    approval_rate: float | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ArtistChange:
    """One before/after row."""

    at: datetime
    field: str
    before: object
    after: object
    actor: str
    channel: str
    reason: str
    actor_name: str = ""


@dataclass(frozen=True, slots=True)
class LearningStep:
    """One version of a song in the artist's learning: what it was told, what came back, what a person said.

    `state` is the run's, None for a version that another one has replaced.
    """

    run_id: str
    title: str
    at: datetime
    state: RunState | None
    adjustments: tuple[str, ...]
    """What earlier lessons changed in this song's concept."""
    reflection: Reflection | None
    judgement: Judgement | None


@dataclass(frozen=True, slots=True)
class ArtistDetail:
    """Everything about one artist."""

    row: ArtistRow
    persona: Persona
    rejections_in_a_row: int
    budget_microusd: int
    approved: int
    rejected: int
    history: tuple[ArtistChange, ...]
    learning: tuple[LearningStep, ...]
    runs: tuple[RunRow, ...]
    """The newest fifty; `Queries.runs` has them all."""
    approval: Curve


@dataclass(frozen=True, slots=True)
class RunRow:
    """One line of the run list. Progress 0..1 over all stages; ETA in seconds from now, None when unknown."""

    id: str
    artist_id: str
    artist: str
    title: str
    state: RunState
    stage: Stage | None
    progress: float
    created_at: datetime
    updated_at: datetime
    seed: int
    length_s: float
    version: int
    attempt: int
    cost_microusd: int
    waiting_since: datetime | None
    elapsed_s: float
    """Seconds at work, stages added up."""
    eta_s: float | None
    failure: str
    waiting_reason: str
    """Why autopilot left it to a person, or what holds it; empty in every other state."""
    failure_fix: str = ""
    stage_open: bool = False
    """Whether the newest worker has begun the stage and not ended it: work that a pause lets come to its end."""

    @property
    def waits_to_be_packed(self) -> bool:
        """Whether it stands in the line for packing: `stage` and `progress` still tell of the one before."""
        return self.state is RunState.PACKAGING and not self.stage_open

    @property
    def held(self) -> bool:
        """Whether it waits at a cap or for a model; `waiting_reason` says for what."""
        return self.state is RunState.GENERATING and bool(self.waiting_reason)


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage of a run. `state` is waiting, running, done, failed or stopped (the run was ended
    under it); seconds of wall time."""

    stage: Stage
    state: str
    progress: float
    note: str
    starts: int
    seconds: float
    cpu_s: float
    kept_from: int | None = None
    """The version that did this work, where this version took it over; its seconds are not this version's."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One transition of a run."""

    at: datetime
    before: str
    after: str
    actor: str
    channel: str
    reason: str
    actor_name: str = ""


@dataclass(frozen=True, slots=True)
class ArtefactRow:
    """One file that a run made; `pruned_at`: when it was deleted to save space."""

    kind: str
    path: Path
    sha256: str
    size: int
    facts: Mapping[str, object]
    pruned_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallRow:
    """One language-model call."""

    at: datetime
    role: str
    provider: str
    model: str
    prompt_version: str
    prompt: str
    answer: str
    ok: bool
    error: str
    latency_ms: int
    cost_microusd: int


@dataclass(frozen=True, slots=True)
class RunDetail:
    """Everything about one run."""

    row: RunRow
    parameters: Mapping[str, str]
    variants: tuple[tuple[str, str], ...]
    """(parameter, variant) of the experiments that this run is in."""
    notes: str
    stages: tuple[StageRow, ...]
    steps: tuple[StepRow, ...]
    artefacts: tuple[ArtefactRow, ...]
    calls: tuple[CallRow, ...]
    reviews: tuple[ReviewRow, ...]
    release_path: str | None
    versions: tuple[VersionRow, ...]
    """Every version and attempt, newest first."""
    costs: tuple[CostRow, ...]
    outside: FromOutside = NOTHING
    """Trends that it was told, stock video that it shows."""
    chains: tuple[ChainRow, ...] = ()
    """Its newest questions to language models, each with everybody it came to; the newest first."""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One decision."""

    decision: str
    tags: tuple[str, ...]
    text: str
    actor: str
    actor_name: str
    channel: str
    looked: bool
    decided_at: datetime
    effective_at: datetime
    undone: bool
    session: str = ""
    """Which of the person's consoles it came from, where that was one, and lately: `pts/3, pid 4711`."""


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One run that waits for a person, longest first."""

    id: str
    """The run's id: what `approve` and `reject` take."""
    run_id: str
    artist_id: str
    artist: str
    title: str
    waiting_since: datetime
    waiting_reason: str
    revision_hash: str
    """What is to be judged; a decision that names it holds for nothing else."""


@dataclass(frozen=True, slots=True)
class Storyboard:
    """Stills of the clip on one sheet, see `engine.domain.media.STORYBOARD_COLUMNS`; `times` in seconds, by row."""

    path: Path
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReviewSheet:
    """All that a reviewer judges by. Decisions bind to `revision_hash`."""

    run: RunRow
    revision_id: str
    revision_hash: str
    revision_number: int
    persona: Persona
    concept: Concept
    lyrics: Lyrics
    timeline: Timeline
    facts: TrackFacts
    checks: tuple[Check, ...]
    reflection: Reflection
    vocals: str
    writer: str
    """Who wrote the words: provider and model."""
    track: Path
    cover: Path
    clip: Path
    expires_at: datetime | None
    decided: ReviewRow | None
    """Set when somebody has decided meanwhile."""
    edits: tuple[EditRow, ...] = ()
    """What people edited in this run, newest first."""
    looked_back_on: int | None = None
    """The number of the revision that `reflection` is about, where a person has edited the words since; else None."""
    words_edited: bool = False
    """Whether a person edited the words after `writer`."""
    being_made: bool = False
    """Whether a newer revision than this one is being made: by an edit, or anew after `decided`."""
    storyboard: Storyboard | None = None
    """None for songs that were made before there were storyboards."""
    bought: Bought | None = None
    """None for a track that the embedded studio made."""
    passed_over: tuple[str, ...] = ()
    """Why providers that come first on the ladder gave no track."""
    outside: FromOutside = NOTHING
    """Trends that it was told, stock video that it shows."""


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """One finished package; that of an album has no run."""

    id: str
    run_id: str
    artist_id: str
    artist: str
    title: str
    path: Path
    created_at: datetime
    manifest_sha256: str
    album_id: str = ""


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A run or an artist (`kind`) by its name; `beside` is the run's artist or the artist's genre."""

    kind: str
    id: str
    name: str
    beside: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change feed."""

    seq: int
    kind: str
    """artist, run, review, llm, error, notice, switch, command, worker or release."""
    ref: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision."""

    run_id: str
    decision: str
    state: RunState
    effective_at: datetime
    artist_state: ArtistState
    engine_running: bool
