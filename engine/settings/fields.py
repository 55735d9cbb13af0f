"""Every setting: one field each, named as its variable in small letters. docs/settings.md says the same, by test."""

# ruff: noqa: RUF009 - `_setting` is dataclasses.field with our metadata

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar

from engine.domain.clips import ENCODERS, EXTRAS, HEIGHTS
from engine.domain.codes import IsrcRange, UpcRange
from engine.domain.models import ROLES
from engine.domain.purchase import Rights
from engine.domain.quiet import QuietHours
from engine.safety.secrets import Secret
from engine.settings import kinds
from engine.settings.kinds import ChatUsers, Kind, Ladders, Span

T = TypeVar("T")

NOT_READ = "not read yet"
_DAY = 86_400
_RATE = kinds.number(0, 1)
_PRICE = kinds.number(0, 1000)


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
    max_active_runs: int = _setting(2, kinds.whole(1, 512), "engine")
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
    daily_budget_usd: float = _setting(2.0, kinds.number(0, 100_000), "engine, console")
    """The most that paid providers may cost per UTC day, in US dollars. 0: nothing that costs money is called."""
    artist_daily_budget_usd: float = _setting(2.0, kinds.number(0, 100_000), "engine")
    """The most that paid providers may cost per UTC day for one artist, in US dollars."""
    run_budget_usd: float = _setting(1.0, kinds.number(0, 100_000), "engine")
    """The most that one run may cost over all its versions, in US dollars."""
    min_free_disk_mb: int = _setting(2048, kinds.whole(0, 10_000_000, "megabytes"), "engine, doctor")
    """Free space on the home's disk below which no new run begins."""
    data_quota_mb: int = _setting(0, kinds.whole(0, 100_000_000, "megabytes"), "engine, console")
    """The most that the label's files may take; from there on no new run begins. 0: as much as the disk holds."""
    retention_days: int = _setting(30, kinds.whole(0, 36_500, "days"), "engine")
    """Time after which sound and pictures of rejected and expired runs are deleted; words stay. 0: never."""
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
    deepseek_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables DeepSeek."""
    gemini_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables Google Gemini."""
    grok_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables xAI Grok."""
    mistral_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables Mistral."""
    openai_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables OpenAI."""
    anthropic_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables Anthropic."""
    deepseek_api_base: str | None = _setting(None, kinds.address(), "engine")
    """Address of DeepSeek, it ends in /v1. Empty: the vendor's own."""
    gemini_api_base: str | None = _setting(None, kinds.address(), "engine")
    """Address of Google Gemini, it ends in /v1beta. Empty: the vendor's own."""
    grok_api_base: str | None = _setting(None, kinds.address(), "engine")
    """Address of xAI Grok, it ends in /v1. Empty: the vendor's own."""
    mistral_api_base: str | None = _setting(None, kinds.address(), "engine")
    """Address of Mistral, it ends in /v1. Empty: the vendor's own."""
    openai_api_base: str | None = _setting(None, kinds.address(), "engine")
    """Address of OpenAI, it ends in /v1. Empty: the vendor's own."""
    anthropic_api_base: str | None = _setting(None, kinds.address(), "engine")
    """Address of Anthropic, without /v1. Empty: the vendor's own."""
    custom_api_base: str | None = _setting(None, kinds.address(), "engine")
    """Address of a server that speaks OpenAI's language, such as Ollama or vLLM: enables models named custom:NAME."""
    custom_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Its key, if it wants one."""
    custom_model: str | None = _setting(None, kinds.model_id(), "engine")
    """The model there that stands at the end of every ladder; empty: only those that a ladder names."""
    offline_writer: str = _setting("last", kinds.choice("last", "never"), "engine")
    """Whether the built-in writer answers when no model does; with `never`, work waits until one does."""
    llm_pinned_roles: tuple[str, ...] = _setting((), kinds.some_of(*ROLES), "engine")
    """Roles that only their PRIMARY model may answer: no fallback, no built-in writer."""
    llm_timeout_seconds: int = _setting(60, kinds.whole(1, 600, "seconds"), "engine")
    """Time for one attempt at one model."""
    llm_retries: int = _setting(1, kinds.whole(0, 5), "engine")
    """Further attempts at the same model after a rate limit, a server error or a dropped connection."""
    llm_cooldown_seconds: int = _setting(30, kinds.whole(1, _DAY, "seconds"), "engine")
    """How long a model rests after it failed; each further failure in a row doubles it."""
    llm_cooldown_most_seconds: int = _setting(900, kinds.whole(1, _DAY, "seconds"), "engine")
    """The longest rest."""
    llm_unknown_price_usd: float = _setting(10.0, kinds.number(0, 10_000), "engine")
    """US dollars per million tokens that a model without a known price is taken to cost."""
    llm_at_cap: str = _setting("wait", kinds.choice("wait", "free"), "engine")
    """At a cap, work waits for money; with `free` it goes on with models that cost nothing and the built-in writer."""
    llm_routing: str = _setting("learned", kinds.choice("learned", "fixed"), "engine")
    """`learned` ranks the models of a role by how they did; `fixed` keeps the order of the ladder."""
    llm_discovery_hours: int = _setting(24, kinds.whole(0, 720, "hours"), "engine")
    """Time between two looks at which models the vendors list. 0: only when `noktvrn llm discover` asks."""

    # Writing
    persona_llm_primary: str = _setting("deepseek:deepseek-v4-flash", kinds.model(), "engine")
    """The model that invents artists."""
    persona_llm_fallbacks: tuple[str, ...] = _setting(("gemini:gemini-flash-latest",), kinds.models(), "engine")
    """Models to try after it, in order; then one of every other vendor with a key. `none` for no other."""
    persona_max_tokens: int = _setting(2000, kinds.whole(16, 100_000), "engine")
    """Length limit of such an answer, in tokens."""
    persona_temperature: float = _setting(0.9, kinds.number(0, 2), "engine")
    """Sampling temperature of such an answer."""
    concept_llm_primary: str = _setting("deepseek:deepseek-v4-flash", kinds.model(), "engine")
    """The model that plans songs."""
    concept_llm_fallbacks: tuple[str, ...] = _setting(("gemini:gemini-flash-latest",), kinds.models(), "engine")
    """Models to try after it, in order; then one of every other vendor with a key. `none` for no other."""
    concept_max_tokens: int = _setting(1200, kinds.whole(16, 100_000), "engine")
    """Length limit of such an answer, in tokens."""
    concept_temperature: float = _setting(0.9, kinds.number(0, 2), "engine")
    """Sampling temperature of such an answer."""
    lyrics_llm_primary: str = _setting("deepseek:deepseek-v4-flash", kinds.model(), "engine")
    """The model that writes lyrics."""
    lyrics_llm_fallbacks: tuple[str, ...] = _setting(("gemini:gemini-flash-latest",), kinds.models(), "engine")
    """Models to try after it, in order; then one of every other vendor with a key. `none` for no other."""
    lyrics_max_tokens: int = _setting(2500, kinds.whole(16, 100_000), "engine")
    """Length limit of such an answer, in tokens."""
    lyrics_temperature: float = _setting(0.9, kinds.number(0, 2), "engine")
    """Sampling temperature of such an answer."""
    judge_llm_primary: str = _setting("deepseek:deepseek-v4-flash", kinds.model(), "engine")
    """The model that judges what others wrote; no part asks it yet."""
    judge_llm_fallbacks: tuple[str, ...] = _setting(("gemini:gemini-flash-latest",), kinds.models(), "engine")
    """Models to try after it, in order; then one of every other vendor with a key. `none` for no other."""
    judge_max_tokens: int = _setting(800, kinds.whole(16, 100_000), "engine")
    """Length limit of such an answer, in tokens."""
    judge_temperature: float = _setting(0.2, kinds.number(0, 2), "engine")
    """Sampling temperature of such an answer."""

    # Music
    music_ladder: tuple[str, ...] = _setting(kinds.PROVIDERS, kinds.ladder(), "engine")
    """Who makes the music, in order; one without its key is passed over. `studio` is the embedded one."""
    music_artist_ladders: Ladders | None = _setting(None, kinds.ladders(), "engine")
    """Other ladders for single artists."""
    music_vocals: bool = _setting(True, kinds.switch(), "engine")
    """Have outside providers sing the lyrics; false: all music is instrumental."""
    music_wait_seconds: int = _setting(900, kinds.whole(30, 7200, "seconds"), "engine")
    """The longest that a provider may take for one song; after that the next one is asked."""
    refused_words_file: Path | None = _setting(None, kinds.file(), "engine")
    """Further names, one a line, that lyrics and prompts may not hold; `!` allows a known one. Counts from the home."""
    suno_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables the Suno music service; needs SUNO_BASE_URL."""
    suno_base_url: str | None = _setting(None, kinds.address(), "engine")
    """Address of the Suno music service. There is no default: the operator names the one whose terms were accepted."""
    suno_model: str = _setting("V5", kinds.choice("V4", "V4_5", "V4_5PLUS", "V4_5ALL", "V5", "V5_5"), "engine")
    """The model that sings."""
    suno_song_usd: float = _setting(0.08, _PRICE, "engine")
    """What one order of two clips costs, in US dollars: what the ledger books."""
    suno_rights: Rights | None = _setting(None, kinds.rights(), "engine")
    """What your plan allows; a plan that ran out is not used. Without this no commercial use is claimed."""
    elevenlabs_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables ElevenLabs Music; needs a paid plan there."""
    elevenlabs_base_url: str | None = _setting("https://api.elevenlabs.io", kinds.address(), "engine")
    """Address of ElevenLabs."""
    elevenlabs_model: str = _setting("music_v1", kinds.name(), "engine")
    """The model that sings."""
    elevenlabs_minute_usd: float = _setting(0.69, _PRICE, "engine")
    """What each minute begun costs, in US dollars: what the ledger books."""
    elevenlabs_rights: Rights | None = _setting(None, kinds.rights(), "engine")
    """What your plan allows, as above."""
    lyria_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables Google Lyria by the Gemini API."""
    lyria_base_url: str | None = _setting("https://generativelanguage.googleapis.com", kinds.address(), "engine")
    """Address of the Gemini API."""
    lyria_model: str = _setting("lyria-3.5", kinds.text(80), "engine")
    """The model that sings."""
    lyria_song_usd: float = _setting(0.08, _PRICE, "engine")
    """What one song costs, in US dollars: what the ledger books."""
    lyria_rights: Rights | None = _setting(None, kinds.rights(), "engine")
    """What your plan allows, as above."""
    acestep_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """The key of your ACE-Step server, if it asks for one."""
    acestep_base_url: str | None = _setting(None, kinds.address(), "engine")
    """Enables an ACE-Step 1.5 server of your own, such as http://localhost:8001."""
    acestep_rights: Rights | None = _setting(None, kinds.rights(), "engine")
    """What the model's licence allows, as above."""

    # Pictures
    pexels_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables stock video from Pexels."""
    pexels_base_url: str = _setting("https://api.pexels.com", kinds.base(), "engine")
    """Address of Pexels."""
    pixabay_api_key: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables stock video from Pixabay."""
    pixabay_base_url: str = _setting("https://pixabay.com", kinds.base(), "engine")
    """Address of Pixabay."""
    stock_share: float = _setting(0.5, _RATE, "engine")
    """Share of a clip's time that shows stock video, where a key is set; generated scenes fill the rest."""

    clip_height: str = _setting("720", kinds.choice(*HEIGHTS), "engine")
    """Height of the 16:9 clip in pixels, and the shorter side of the other formats."""
    clip_encoder: str = _setting("auto", kinds.choice(*ENCODERS), "engine, doctor")
    """Who encodes clips; `auto` takes a hardware encoder where a trial of it works, else libx264."""
    release_formats: tuple[str, ...] = _setting(EXTRAS, kinds.some_of(*EXTRAS), "engine")
    """Further videos of a release, made once it is approved."""

    # Codes of releases
    isrc_prefix: IsrcRange | None = _setting(None, kinds.isrc_prefix(), "engine")
    """Country and registrant of your own ISRCs: each release gets the next of the year. Empty: the distributor's."""
    isrc_first: int = _setting(1, kinds.whole(1, 99_999), "engine")
    """The least running number of an ISRC in each year, where the lower ones were given out elsewhere."""
    upc_range: UpcRange | None = _setting(None, kinds.upc_range(), "engine")
    """Your own UPCs or EANs, first and last: each release gets the next. Empty: the distributor assigns one."""
    upc_singles: bool = _setting(True, kinds.switch(), "engine")
    """Whether every single takes one of these; false keeps them for albums, and singles get theirs by hand."""

    # DDEX messages
    ddex_sender_dpid: str | None = _setting(None, kinds.dpid(), "engine")
    """Your DDEX party identifier. Empty: a placeholder, which only test messages may have."""
    ddex_sender_name: str | None = _setting(None, kinds.line(120), "engine")
    """Your company's name in DDEX messages."""
    ddex_recipient_dpid: str | None = _setting(None, kinds.dpid(), "engine")
    """The DDEX party identifier of whoever gets the messages. Empty: a placeholder."""
    ddex_recipient_name: str | None = _setting(None, kinds.line(120), "engine")
    """The recipient's name in DDEX messages."""
    ddex_live: bool = _setting(False, kinds.switch(), "engine")
    """Write live messages; needs both identifiers, and a licence of DDEX. false: test messages."""
    ddex_xsd_path: Path | None = _setting(None, kinds.place(), "engine")
    """DDEX's schema, or a folder that holds it, as a further judge; needs lxml. Counts from the home."""

    # Signatures
    signing_cert_path: Path | None = _setting(None, kinds.place(), "engine")
    """Your signing certificate: a chain in PEM, signer first. Empty: an authority of our own. Counts from the home."""
    signing_key_path: Path | None = _setting(None, kinds.place(), "engine")
    """The private key of that certificate in PEM, readable by this user alone. Counts from the home."""
    signing_forbids_training: bool = _setting(False, kinds.switch(), "engine")
    """Say in every signed file that nobody may train models on it or mine it for data."""

    # Telegram
    telegram_bot_token: Secret | None = _setting(None, kinds.bot_token(), "engine, console")
    """Enables the Telegram bot."""
    telegram_chat_id: tuple[int, ...] = _setting((), kinds.chats(), "engine")
    """Chats that the bot speaks in. The private chats of people who enrolled by a code need not stand here."""
    telegram_user_ids: ChatUsers | None = _setting(None, kinds.chat_users(), "engine, console")
    """People who may speak there, beside those who enrolled."""
    telegram_api_base: str = _setting("https://api.telegram.org", kinds.base(), "engine")
    """Address of the Bot API; another one for a server of your own."""
    telegram_previews_open: int = _setting(5, kinds.whole(1, 100), "engine")
    """Previews that may stand undecided in one chat; further songs are counted in one message and come one by one."""
    telegram_reminder_hours: int = _setting(24, kinds.whole(0, 720, "hours"), "engine")
    """Time between two reminders of songs that wait. 0: none."""
    telegram_quiet_hours: QuietHours | None = _setting(None, kinds.quiet_hours(), "engine")
    """Hours in which nothing is sent but errors, and those without a sound."""

    # Trends
    trend_sources: tuple[str, ...] = _setting((), kinds.some_of("apple", "deezer", "listenbrainz"), "engine")
    """Public charts to look at, without any key; `none` asks nobody."""
    trend_cache_hours: int = _setting(6, kinds.whole(1, 168, "hours"), "engine")
    """How long what a source said counts before it is asked again."""
    apple_charts_base_url: str = _setting("https://rss.marketingtools.apple.com", kinds.base(), "engine")
    """Address of Apple's chart feeds."""
    deezer_base_url: str = _setting("https://api.deezer.com", kinds.base(), "engine")
    """Address of Deezer."""
    listenbrainz_base_url: str = _setting("https://api.listenbrainz.org", kinds.base(), "engine")
    """Address of ListenBrainz."""
    x_bearer_token: Secret | None = _setting(None, kinds.key(), "engine")
    """Enables counts from X, which cost money: half a cent for each term that is looked up."""
    x_base_url: str = _setting("https://api.twitter.com", kinds.base(), "engine")
    """Address of the X API."""
    x_daily_cap_usd: float = _setting(0.1, kinds.number(0, 1000), "engine")
    """The most that counts from X may cost per UTC day, in US dollars, within DAILY_BUDGET_USD."""

    # Reflection
    reflection_llm_primary: str = _setting("deepseek:deepseek-v4-flash", kinds.model(), "engine")
    """The model that looks back on a track."""
    reflection_llm_fallbacks: tuple[str, ...] = _setting(("gemini:gemini-flash-latest",), kinds.models(), "engine")
    """Models to try after it, in order; then one of every other vendor with a key. `none` for no other."""
    reflection_max_tokens: int = _setting(500, kinds.whole(16, 100_000), "engine")
    """Length limit of a reflection, in tokens."""
    reflection_temperature: float = _setting(0.6, kinds.number(0, 2), "engine")
    """Sampling temperature of a reflection."""

    # Errors and their repair
    error_analysis_llm_primary: str = _setting("deepseek:deepseek-v4-flash", kinds.model(), "engine")
    """The model that explains an error."""
    error_analysis_llm_fallbacks: tuple[str, ...] = _setting(("gemini:gemini-flash-latest",), kinds.models(), "engine")
    """Models to try after it, in order; then one of every other vendor with a key. `none` for no other."""
    error_analysis_max_tokens: int = _setting(1000, kinds.whole(16, 100_000), "engine")
    """Length limit of an analysis, in tokens."""
    error_analysis_temperature: float = _setting(0.5, kinds.number(0, 2), "engine")
    """Sampling temperature of an analysis."""
    engineer_llm_primary: str = _setting("deepseek:deepseek-v4-pro", kinds.model(), "engine")
    """The model that proposes a patch."""
    engineer_llm_fallbacks: tuple[str, ...] = _setting(("gemini:gemini-flash-latest",), kinds.models(), "engine")
    """Models to try after it, in order; then one of every other vendor with a key. `none` for no other."""
    engineer_max_tokens: int = _setting(1500, kinds.whole(16, 100_000), "engine")
    """Length limit of a proposal, in tokens."""
    engineer_temperature: float = _setting(0.3, kinds.number(0, 2), "engine")
    """Sampling temperature of a proposal."""
    auto_fix_enabled: bool = _setting(False, kinds.switch(), "engine")
    """Let the engine apply a patch that passed its trial without a person, where AUTO_FIX_LEVEL is apply."""
    auto_fix_level: str = _setting("validate", kinds.choice("off", "analyse", "patch", "validate", "apply"), "engine")
    """How far the engine goes with an error unasked; what a person asks for always works."""
    auto_fix_as_root: bool = _setting(False, kinds.switch(), "engine")
    """Allow patches to be applied where the engine runs as root."""
    auto_fix_min_events: int = _setting(3, kinds.whole(1, 100_000), "engine")
    """Occurrences of an error before it is analysed unasked."""
    auto_fix_attempts: int = _setting(3, kinds.whole(1, 100), "engine")
    """Patches that are proposed unasked for one error."""
    auto_fix_calls_per_hour: int = _setting(5, kinds.whole(0, 1000), "engine")
    """Questions to analyst and engineer in an hour, unasked."""
    auto_fix_daily_usd: float = _setting(1.0, kinds.number(0, 100_000), "engine")
    """What analysis and proposals may cost in a day, unasked."""
    auto_fix_probation_minutes: int = _setting(30, kinds.whole(1, 10_000, "minutes"), "engine")
    """How long an applied patch is watched: the same error again, or a failed start, takes it back."""
    monitor_interval_seconds: int = _setting(60, kinds.whole(1, _DAY, "seconds"), "engine")
    """The least time between two analyses that nobody asked for."""
    error_context_lines: int = _setting(20, kinds.whole(0, 1000), "engine")
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

        moviepy and litellm would load `.env` themselves, past every check made here; imageio-ffmpeg names the ffmpeg;
        python-telegram-bot warns of its own old form of times.
        """
        chosen = {"IMAGEIO_FFMPEG_EXE": str(self.ffmpeg_binary)} if self.ffmpeg_binary else {}
        return {"PYTHON_DOTENV_DISABLED": "1", "PTB_TIMEDELTA": "true", **chosen}


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
