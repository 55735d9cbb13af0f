"""Diagnoses that need no model: errors whose type says what they come from, each with the exact setting or step.

Where a rule says something it is certain enough that no model is asked. The last rule is for a label without models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.domain.repair import Cause, Diagnosis
from engine.repair.taint import Raised

RULES = "rules"
"""Who said it, where no model was asked."""
_SURE = 0.95
_LIKELY = 0.85
_KEYED = ("suno", "elevenlabs", "lyria", "acestep", "pexels", "pixabay")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule looks at: the type without its module, the message, the provider as far as it is known."""

    kind: str
    module: str
    message: str
    provider: str

    def says(self, pattern: str) -> bool:
        """Whether the message holds this, whatever its case."""
        return re.search(pattern, self.message, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class _Rule:
    fits: Callable[[Seen], bool]
    cause: Cause
    summary: str
    action: str
    confidence: float = _SURE


def explain(chain: Sequence[Raised], provider: str | None) -> Diagnosis | None:
    """The diagnosis by rules; None where they do not know. The error itself comes first, then what led to it."""
    for raised in chain:
        seen = _seen(raised, provider)
        for rule in _RULES:
            if rule.fits(seen):
                return Diagnosis(
                    cause=rule.cause,
                    summary=rule.summary,
                    explanation=f"{seen.kind} says so by its type; no model was asked.",
                    confidence=rule.confidence,
                    action=_filled(rule.action, seen),
                    by=RULES,
                )
        if seen.kind not in _WRAPPERS:
            return None
    return None


def nobody_to_ask(why: str, action: str = "") -> Diagnosis:
    """Where the rules say nothing and there is no model to ask: that is said, with what to set."""
    return Diagnosis(
        cause=Cause.UNKNOWN,
        summary="The cause is not known: no rule knows this error, and no language model could look at it.",
        explanation=why,
        confidence=0.0,
        action=action
        or "Give a model its key, such as DEEPSEEK_API_KEY, or name one in ERROR_ANALYSIS_LLM_PRIMARY, and start the "
        "engine anew; then analyse it again.",
        by=RULES,
    )


def _seen(raised: Raised, provider: str | None) -> Seen:
    module, _, kind = raised.type.rpartition(".")
    named = provider or next((name for name in _KEYED if raised.message.lower().startswith(name)), "")
    return Seen(kind, module, raised.message, named)


def _filled(action: str, seen: Seen) -> str:
    name = seen.provider.upper() if re.fullmatch(r"\w{1,30}", seen.provider) else "NAME"
    return action.replace("{PROVIDER}", name)


def _kinds(*kinds: str, says: str = "") -> Callable[[Seen], bool]:
    return lambda seen: seen.kind in kinds and (not says or seen.says(says))


def _any(*rules: Callable[[Seen], bool]) -> Callable[[Seen], bool]:
    return lambda seen: any(rule(seen) for rule in rules)


def _system(says: str) -> Callable[[Seen], bool]:
    """Words of the system: only errors that pass them on are looked at, for anybody may write them into a message."""
    return lambda seen: seen.kind in _SYSTEM and seen.says(says)


_SYSTEM = frozenset(
    {
        "OSError",
        "BlockingIOError",
        "FileProblem",
        "OperationalError",
        "DatabaseError",
        "StoreError",
        "MediaError",
        "EngineFell",
        "JobError",
        "error",
    }
)
_WRAPPERS = frozenset({"JobError", "RuntimeError", "ExceptionGroup", "BaseExceptionGroup", "OSError"})
"""Errors that only pass on what led to them: the rules look at that too."""
_NETWORK = (
    "ConnectError",
    "ConnectTimeout",
    "ReadTimeout",
    "ReadError",
    "RemoteProtocolError",
    "PoolTimeout",
    "gaierror",
    "ConnectionError",
    "ConnectionResetError",
    "ConnectionRefusedError",
)
_RESTART = "then start the engine anew."

_RULES: tuple[_Rule, ...] = (
    _Rule(
        _any(_kinds("DiskFull"), _system(r"no space left on device|\[Errno 28\]|database or disk is full")),
        Cause.ENVIRONMENT,
        "The disk is full.",
        "Make room on the disk that holds the home, or let RETENTION_DAYS and DATA_QUOTA_MB keep less. Below "
        "MIN_FREE_DISK_MB no run begins. `noktvrn doctor` shows the disk.",
    ),
    _Rule(
        _system(r"disk quota exceeded|\[Errno 122\]"),
        Cause.QUOTA,
        "The user's quota on the disk is used up.",
        "Free some of it, or let RETENTION_DAYS and DATA_QUOTA_MB keep less.",
    ),
    _Rule(
        _any(_kinds("MemoryError"), _system(r"cannot allocate memory|out of memory|signal 9\b|SIGKILL")),
        Cause.ENVIRONMENT,
        "The machine ran out of memory.",
        "Lower MAX_ACTIVE_RUNS, close other programs, or give the machine more memory.",
        _LIKELY,
    ),
    _Rule(
        _system(r"too many open files|\[Errno 24\]"),
        Cause.ENVIRONMENT,
        "The process may open no more files.",
        "Raise the limit (`ulimit -n 4096`, or LimitNOFILE of the service), " + _RESTART,
    ),
    _Rule(
        _any(_kinds("PermissionError"), _system(r"permission denied|read-only file system")),
        Cause.ENVIRONMENT,
        "A file may not be read or written.",
        "Give the user that runs the engine the path that the message names, by `chown` or `chmod`. `noktvrn doctor` "
        "checks the home.",
    ),
    _Rule(
        _kinds("SettingsError"),
        Cause.SETTINGS,
        "A setting has a value that cannot be used.",
        "Put right in .env what the message names; `noktvrn doctor` says whether it is. " + _RESTART.capitalize(),
    ),
    _Rule(
        _kinds("TokenRefused", "InvalidToken"),
        Cause.SETTINGS,
        "Telegram refuses the bot token.",
        "Ask @BotFather for the present one, put it into TELEGRAM_BOT_TOKEN, " + _RESTART,
    ),
    _Rule(
        _kinds("Conflicted"),
        Cause.SETTINGS,
        "Another program listens with the same bot token.",
        "Stop it, or give this label a bot of its own in TELEGRAM_BOT_TOKEN.",
    ),
    _Rule(
        _kinds("NotWelcome"),
        Cause.SETTINGS,
        "The bot may not speak in a chat.",
        "Write /start to it there or add it again; TELEGRAM_CHAT_ID names the label's own chat.",
    ),
    _Rule(
        _kinds("Offline", "Flood", "TelegramTrouble"),
        Cause.PROVIDER,
        "Telegram cannot be reached now, or asks for a pause.",
        "Nothing: it is tried again by itself. TELEGRAM_API_BASE is where it is asked.",
    ),
    _Rule(
        _kinds("CapReached"),
        Cause.QUOTA,
        "A budget is spent.",
        "Wait for the next day, or raise what the message names: DAILY_BUDGET_USD, ARTIST_DAILY_BUDGET_USD or "
        "RUN_BUDGET_USD.",
    ),
    _Rule(
        _kinds("NobodyAnswers", says=r"key refused|has no key|no model of the ladder"),
        Cause.SETTINGS,
        "No language model may be asked: keys are missing or refused.",
        "Put the vendor's key into .env (DEEPSEEK_API_KEY, GEMINI_API_KEY, ...), "
        + _RESTART
        + " `noktvrn llm status` shows "
        "each.",
    ),
    _Rule(
        _kinds("NobodyAnswers", says=r"no credits|quota|insufficient"),
        Cause.QUOTA,
        "The accounts of the language models are empty.",
        "Top one up; `noktvrn llm reset` then has it asked at once.",
    ),
    _Rule(
        _kinds("NobodyAnswers", "ModelFailed", "AnswerTooLarge"),
        Cause.PROVIDER,
        "No language model answers now.",
        "Wait: the run goes on by itself. `noktvrn llm status` shows who rests and why.",
    ),
    _Rule(
        _kinds("AnswerError"),
        Cause.PROVIDER,
        "A language model's answer could not be used.",
        "Retry; where it happens often, name another model in the role's ..._LLM_PRIMARY, or raise its ..._MAX_TOKENS.",
        _LIKELY,
    ),
    _Rule(
        _kinds("VendorError", "NoMusic", "PassedOver", says=r"check its key|answered 40[13]|invalid.{0,10}key"),
        Cause.SETTINGS,
        "The provider refuses the key or the plan.",
        "Put {PROVIDER}_API_KEY right in .env, " + _RESTART,
    ),
    _Rule(
        _kinds("VendorError", "NoMusic", "PassedOver", says=r"_BASE_URL"),
        Cause.SETTINGS,
        "The provider's address is wrong.",
        "Put {PROVIDER}_BASE_URL right in .env, " + _RESTART,
    ),
    _Rule(
        _kinds("VendorError", "NoMusic", "PassedOver", says=r"no credit|top it up|answered 402|quota|insufficient"),
        Cause.QUOTA,
        "The provider's account has no credit left.",
        "Top up the account of {PROVIDER}, or put studio into MUSIC_LADDER; then retry the run.",
    ),
    _Rule(
        _kinds("NoMusic", says=r"is set up"),
        Cause.SETTINGS,
        "No music provider of the ladder is set up.",
        "Put studio into MUSIC_LADDER, or give a provider of it its key, " + _RESTART,
    ),
    _Rule(
        _kinds("VendorError", "NoMusic", "PassedOver"),
        Cause.PROVIDER,
        "The music provider gave no track.",
        "Retry the run later, or put studio into MUSIC_LADDER.",
    ),
    _Rule(
        _kinds("AddressRefused"),
        Cause.PROVIDER,
        "A provider named an address that is never asked.",
        "Retry later; where the address is your own server, its ..._BASE_URL must name it.",
    ),
    _Rule(
        _kinds("DownloadUnfit"),
        Cause.DATA,
        "What a provider sent is not the file that it should be.",
        "Retry the run; where it comes again, leave the provider out of its ladder.",
    ),
    _Rule(
        _kinds("DownloadError", "DownloadBroken", "DownloadStatus", "RedirectRefused"),
        Cause.PROVIDER,
        "A file could not be fetched.",
        "Retry the run later.",
    ),
    _Rule(
        _kinds("MediaError", says=r"ffmpeg (?:was not found|could not be started)"),
        Cause.ENVIRONMENT,
        "ffmpeg is missing.",
        "Run `make install` again, or set FFMPEG_BINARY to an ffmpeg 6 or newer.",
    ),
    _Rule(
        _kinds("WordsError"),
        Cause.DATA,
        "A title or lyrics that somebody typed cannot be used.",
        "Type them anew as the message says.",
    ),
    _Rule(
        _kinds("CheckFailed"),
        Cause.DATA,
        "What was made lies outside its limits.",
        "Ask for a new version of the run.",
        _LIKELY,
    ),
    _Rule(
        _kinds("StoreBusy"),
        Cause.ENVIRONMENT,
        "Another process holds the database.",
        "End it (a backup, a viewer, a second console on a slow disk) and retry.",
    ),
    _Rule(
        _any(_kinds("StoreError"), _system(r"database disk image is malformed|disk I/O error")),
        Cause.ENVIRONMENT,
        "The database is damaged, or newer than this program.",
        "Run `noktvrn doctor`; a copy of each day lies in data/backups.",
    ),
    _Rule(
        _kinds("EngineBusy"),
        Cause.ENVIRONMENT,
        "Another engine holds this home.",
        "End the process that the message names, or use the engine that runs.",
    ),
    _Rule(
        _kinds("FileProblem", "FileNotFoundError", says=r"data/|home|logs|output|\.env|OUTPUT_BASE_DIR"),
        Cause.ENVIRONMENT,
        "A file or folder of the home cannot be used.",
        "`noktvrn doctor` names it; OUTPUT_BASE_DIR says where releases go.",
        _LIKELY,
    ),
    _Rule(
        _kinds("ModuleNotFoundError", says=r"^No module named '(?!engine\b|console\b)"),
        Cause.ENVIRONMENT,
        "A library is missing.",
        "Run `make install` again, " + _RESTART,
    ),
    _Rule(
        _any(_kinds("SSLError", "SSLCertVerificationError"), _system("certificate verify failed")),
        Cause.ENVIRONMENT,
        "A certificate cannot be checked.",
        "Set the machine's clock, and see that its list of certificate authorities is there (SSL_CERT_FILE).",
    ),
    _Rule(
        _any(
            _kinds(*_NETWORK),
            _system("name or service not known|temporary failure in name resolution|network is unreachable"),
        ),
        Cause.ENVIRONMENT,
        "The network did not carry the question.",
        "Check the machine's connection and proxy; then retry.",
        _LIKELY,
    ),
    _Rule(
        _kinds("NotAllowed", "NotFound", "AlreadyDecided", "ReadOnly", "UsageError"),
        Cause.DATA,
        "What was asked for is not possible from here.",
        "See what the message says to do; nothing is broken.",
    ),
    _Rule(
        _kinds("Interrupted", "KeyboardInterrupt", "CancelledError"),
        Cause.ENVIRONMENT,
        "The engine was stopped in the middle.",
        "Nothing: the work is taken up at the next start.",
    ),
)
