"""Every setting: one field each, named as its variable in small letters. docs/settings.md says the same, by test."""

# ruff: noqa: RUF009 - `_setting` is dataclasses.field with our metadata

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar

from engine.safety.secrets import Secret
from engine.settings import kinds
from engine.settings.kinds import Kind, Span

T = TypeVar("T")

NOT_READ = "not read yet"
_DAY = 86_400
_RATE = kinds.number(0, 1)


def _setting(default: T, kind: Kind[T], read_by: str) -> T:
    return field(default=default, metadata={"kind": kind, "read_by": read_by})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator chose. Times in seconds unless the name says otherwise, rates and probabilities 0..1."""

    # The label and its files
    label_name: str = _setting("noktvrn", kinds.text(80), "engine")
    """Name of the label in release packages."""
    output_base_dir: Path | None = _setting(None, kinds.folder(), "engine, console, doctor")
    """Folder that the releases go under; a relative path counts from the home. Empty: data/output in the home."""
    database_url: str = _setting("sqlite", kinds.database(), "settings")
    """Where the data is kept. Only `sqlite` yet, in data/artists.db; a later version takes a Postgres address here."""
    ffmpeg_binary: Path | None = _setting(None, kinds.program(), "engine, doctor")
    """The ffmpeg to use, by path or by name. Empty: the one that was installed with noktvrn."""
    log_level: str = _setting("INFO", kinds.choice("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "engine, console")
    """The least level that is written to the logs."""

    # The cycle
    cycle_interval_seconds: int = _setting(60, kinds.whole(1, _DAY, "seconds"), "engine")
    """Time between two looks at whether a run can be started."""
    max_active_runs: int = _setting(2, kinds.whole(1, 64), "engine")
    """Runs that are generated at once."""
    max_unreviewed: int = _setting(10, kinds.whole(1, 10_000), "engine")
    """Runs that may wait for a review; while so many wait, no new one starts."""
    max_artists: int = _setting(12, kinds.whole(1, 1000), "engine")
    """Candidate, active and evolving artists together; above that none is invented."""
    track_seconds: Span = _setting(Span(120, 180), kinds.span(20, 300), "engine")
    """Length of a track: a range to draw from, or one number."""
    artist_creation_probability: float = _setting(0.1, _RATE, "engine")
    """Chance per cycle that a new artist is invented; without any artist one always is."""
    artist_retirement_threshold: int = _setting(5, kinds.whole(1, 1000), "engine")
    """Rejections in a row by people after which an artist retires."""

    # What pauses the cycle
    daily_budget_usd: float = _setting(2.0, kinds.number(0, 100_000), "console")
    """The most that paid providers may cost per UTC day, in US dollars. 0: nothing that costs money is called."""
    min_free_disk_mb: int = _setting(2048, kinds.whole(0, 10_000_000, "megabytes"), "engine, doctor")
    """Free space on the home's disk below which the cycle pauses."""
    max_failures_in_a_row: int = _setting(3, kinds.whole(1, 1000), "engine")
    """Failed runs in a row after which the cycle pauses."""

    # The console
    engine_on_hangup: str = _setting("keep", kinds.choice("keep", "stop"), "console")
    """What becomes of the engine when the console's line drops or SIGTERM ends it: `keep` it running, or `stop` it."""
    console_keys: str | None = _setting(None, kinds.keymap(), "console")
    """Other keys for the console's actions; docs/keys.md lists the ids. Spaces divide several keys of one action."""
    console_mouse: str = _setting("on", kinds.choice("on", "off"), "console")
    """The mouse in the console; `off` leaves it to the terminal, for its own selecting and copying."""
    console_ascii: str = _setting("auto", kinds.choice("auto", "on", "off"), "console")
    """Draw with ASCII characters only; `auto` does where the locale is not UTF-8."""
    console_motion: str = _setting("auto", kinds.choice("auto", "full", "reduced"), "console")
    """`reduced` moves nothing by itself and ticks slowly; `auto` follows TEXTUAL_ANIMATIONS."""
    console_pictures: str = _setting("auto", kinds.choice("auto", "kitty", "sixel", "blocks", "off"), "console")
    """How covers and stills are shown; `auto` takes pixels in terminals known to have them, else half blocks."""
    console_bell: str = _setting("off", kinds.choice("off", "on"), "console")
    """Ring the terminal's bell when something waits for you or breaks while you are not typing here."""
    console_notify: str = _setting("off", kinds.choice("off", "osc9", "osc777"), "console")
    """Have the terminal show a desktop notification then, by the sequence that yours knows; tmux must pass it on."""

    # Review
    max_approval_wait_time: int = _setting(7 * _DAY, kinds.whole(0, 366 * _DAY, "seconds"), "engine")
    """Time after which an unanswered review expires; expiry is no rejection. 0: it waits for ever."""
    approval_grace_seconds: int = _setting(10, kinds.whole(0, _DAY, "seconds"), "engine, console")
    """Time in which a person can take a decision back; the artist's next song waits for it, `once --approve` never."""

    # Experiments
    ab_testing_enabled: bool = _setting(False, kinds.switch(), "engine")
    """Give each run one of the variants below and count the decisions by variant."""
    ab_testing_parameter: str = _setting("arrangement", kinds.name(), "engine")
    """The one generation parameter under test."""
    ab_testing_variants: tuple[str, ...] = _setting(("full", "sparse", "dense"), kinds.names(2), "engine")
    """Its values; the first is the control."""

    # Language models
    deepseek_api_key: Secret | None = _setting(None, kinds.key(), NOT_READ)
    """Enables DeepSeek."""
    gemini_api_key: Secret | None = _setting(None, kinds.key(), NOT_READ)
    """Enables Google Gemini."""
    grok_api_key: Secret | None = _setting(None, kinds.key(), NOT_READ)
    """Enables xAI Grok."""
    mistral_api_key: Secret | None = _setting(None, kinds.key(), NOT_READ)
    """Enables Mistral."""
    openai_api_key: Secret | None = _setting(None, kinds.key(), NOT_READ)
    """Enables OpenAI."""
    anthropic_api_key: Secret | None = _setting(None, kinds.key(), NOT_READ)
    """Enables Anthropic."""

    # Music, pictures, chat
    suno_api_key: Secret | None = _setting(None, kinds.key(), NOT_READ)
    """Enables the Suno music service; needs SUNO_BASE_URL."""
    suno_base_url: str | None = _setting(None, kinds.address(), NOT_READ)
    """Address of the Suno music service. There is no default: the operator names the one whose terms were accepted."""
    pexels_api_key: Secret | None = _setting(None, kinds.key(), NOT_READ)
    """Enables stock video from Pexels."""
    pixabay_api_key: Secret | None = _setting(None, kinds.key(), NOT_READ)
    """Enables stock video from Pixabay."""
    telegram_bot_token: Secret | None = _setting(None, kinds.bot_token(), "console")
    """Enables the Telegram bot; needs TELEGRAM_CHAT_ID."""
    telegram_chat_id: int | None = _setting(None, kinds.chat(), "console")
    """The one chat that the bot talks to."""

    # Reflection
    reflection_llm_primary: str = _setting("deepseek:deepseek-chat", kinds.model(), NOT_READ)
    """The model that looks back on a track."""
    reflection_llm_fallbacks: tuple[str, ...] = _setting(("gemini:gemini-pro",), kinds.models(), NOT_READ)
    """Models to try after it, in order; `none` for no other."""
    reflection_max_tokens: int = _setting(500, kinds.whole(16, 100_000), NOT_READ)
    """Length limit of a reflection, in tokens."""
    reflection_temperature: float = _setting(0.6, kinds.number(0, 2), NOT_READ)
    """Sampling temperature of a reflection."""

    # Errors and their repair
    error_analysis_llm_primary: str = _setting("deepseek:deepseek-chat", kinds.model(), NOT_READ)
    """The model that explains an error."""
    error_analysis_llm_fallbacks: tuple[str, ...] = _setting(("gemini:gemini-pro",), kinds.models(), NOT_READ)
    """Models to try after it, in order; `none` for no other."""
    error_analysis_max_tokens: int = _setting(1000, kinds.whole(16, 100_000), NOT_READ)
    """Length limit of an analysis, in tokens."""
    error_analysis_temperature: float = _setting(0.5, kinds.number(0, 2), NOT_READ)
    """Sampling temperature of an analysis."""
    engineer_llm_primary: str = _setting("deepseek:deepseek-coder", kinds.model(), NOT_READ)
    """The model that proposes a patch."""
    engineer_llm_fallbacks: tuple[str, ...] = _setting(("gemini:gemini-pro",), kinds.models(), NOT_READ)
    """Models to try after it, in order; `none` for no other."""
    engineer_max_tokens: int = _setting(1500, kinds.whole(16, 100_000), NOT_READ)
    """Length limit of a proposal, in tokens."""
    engineer_temperature: float = _setting(0.3, kinds.number(0, 2), NOT_READ)
    """Sampling temperature of a proposal."""
    auto_fix_enabled: bool = _setting(False, kinds.switch(), NOT_READ)
    """Build and test a patch in an isolated copy by itself; only a person applies it."""
    monitor_interval_seconds: int = _setting(60, kinds.whole(1, _DAY, "seconds"), NOT_READ)
    """The least time between two analyses."""
    error_context_lines: int = _setting(20, kinds.whole(0, 1000), NOT_READ)
    """Log lines before an error that its analysis gets."""

    # Evaluation of artists
    lifecycle_check_interval_minutes: int = _setting(360, kinds.whole(1, 100_000, "minutes"), NOT_READ)
    """Time between two evaluations of all artists."""
    performance_evaluation_period_days: int = _setting(30, kinds.whole(1, 3650, "days"), NOT_READ)
    """How far back an evaluation looks."""
    min_runs_for_evaluation: int = _setting(10, kinds.whole(1, 10_000), NOT_READ)
    """Fewer decided runs than this say nothing about an artist."""
    evolution_poor_perf_approval_rate: float = _setting(0.4, _RATE, NOT_READ)
    """An approval rate below this makes an artist evolve."""
    evolution_good_perf_approval_rate: float = _setting(0.85, _RATE, NOT_READ)
    """An approval rate above this makes an artist refine what works."""
    pause_approval_rate_threshold: float = _setting(0.2, _RATE, NOT_READ)
    """An approval rate below this pauses an artist."""
    pause_error_rate_threshold: float = _setting(0.3, _RATE, NOT_READ)
    """A share of failed runs above this stops the provider that fails, not the artist."""
    pause_inactivity_days: int = _setting(45, kinds.whole(1, 3650, "days"), NOT_READ)
    """Days without a run after which an artist is paused."""
    retirement_paused_days: int = _setting(90, kinds.whole(1, 3650, "days"), NOT_READ)
    """Days without a run after which a paused artist retires."""
    retirement_failed_evolutions: int = _setting(3, kinds.whole(1, 1000), NOT_READ)
    """Evolutions without better approval after which an artist retires."""

    @property
    def daily_budget_microusd(self) -> int:
        """The daily budget in millionths of a US dollar, as the ledger counts."""
        return round(self.daily_budget_usd * 1_000_000)

    def keys(self) -> dict[str, Secret]:
        """The keys and tokens that are set, by variable name."""
        found = {spec.variable: getattr(self, spec.attribute) for spec in SPECS.values() if spec.kind.secret}
        return {variable: secret for variable, secret in found.items() if secret is not None}

    def outside(self) -> dict[str, str]:
        """Environment for libraries that read their own: the engine sets it before it imports them.

        moviepy and litellm would load `.env` themselves, past every check made here; imageio-ffmpeg names the ffmpeg.
        """
        chosen = {"IMAGEIO_FFMPEG_EXE": str(self.ffmpeg_binary)} if self.ffmpeg_binary else {}
        return {"PYTHON_DOTENV_DISABLED": "1", **chosen}


@dataclass(frozen=True, slots=True)
class Spec:
    """One setting's description, as code, `.env.example` and docs/settings.md share it."""

    variable: str
    attribute: str
    kind: Kind[object]
    default: object
    read_by: str


SPECS: dict[str, Spec] = {
    item.name.upper(): Spec(item.name.upper(), item.name, item.metadata["kind"], item.default, item.metadata["read_by"])
    for item in fields(Settings)
}
