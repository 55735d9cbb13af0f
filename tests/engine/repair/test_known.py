"""Errors that a rule knows: the class, and the exact setting or step, without a model."""

from __future__ import annotations

import re

import pytest

from engine.domain.repair import Cause
from engine.repair.known import RULES, explain, nobody_to_ask
from engine.repair.taint import Raised
from engine.settings.fields import Settings

pytestmark = pytest.mark.quick

KNOWN = [
    ("engine.domain.errors.DiskFull", "No space is left.", None, Cause.ENVIRONMENT, "MIN_FREE_DISK_MB"),
    ("OSError", "[Errno 28] No space left on device: '/x'", None, Cause.ENVIRONMENT, "RETENTION_DAYS"),
    ("sqlite3.OperationalError", "database or disk is full", None, Cause.ENVIRONMENT, "RETENTION_DAYS"),
    ("PermissionError", "[Errno 13] Permission denied: 'data'", None, Cause.ENVIRONMENT, "chown"),
    ("MemoryError", "", None, Cause.ENVIRONMENT, "MAX_ACTIVE_RUNS"),
    ("engine.domain.errors.SettingsError", "CYCLE_INTERVAL_SECONDS: no", None, Cause.SETTINGS, ".env"),
    ("engine.music.provider.VendorError", "suno answered 401. Check its key", None, Cause.SETTINGS, "SUNO_API_KEY"),
    ("engine.music.provider.VendorError", "lyria: no credit left: top it up", None, Cause.QUOTA, "LYRIA"),
    ("engine.music.provider.VendorError", "x. Check ACESTEP_BASE_URL", "acestep", Cause.SETTINGS, "ACESTEP_BASE_URL"),
    ("engine.music.provider.VendorError", "suno answered 500.", None, Cause.PROVIDER, "MUSIC_LADDER"),
    ("engine.pipeline.stages.track.NoMusic", "No music provider is set up.", None, Cause.SETTINGS, "MUSIC_LADDER"),
    ("engine.domain.errors.NobodyAnswers", "No model: a (key refused)", None, Cause.SETTINGS, "DEEPSEEK_API_KEY"),
    ("engine.domain.errors.NobodyAnswers", "No model: a (no credits)", None, Cause.QUOTA, "llm reset"),
    ("engine.domain.errors.CapReached", "The day's money is spent.", None, Cause.QUOTA, "DAILY_BUDGET_USD"),
    ("engine.telegram.trouble.TokenRefused", "refused", None, Cause.SETTINGS, "TELEGRAM_BOT_TOKEN"),
    ("engine.domain.errors.MediaError", "ffmpeg was not found.", None, Cause.ENVIRONMENT, "FFMPEG_BINARY"),
    ("engine.domain.errors.DownloadUnfit", "too large", None, Cause.DATA, "ladder"),
    ("engine.domain.errors.DownloadBroken", "nothing answered", None, Cause.PROVIDER, "Retry"),
    ("engine.domain.errors.StoreError", "damaged", None, Cause.ENVIRONMENT, "noktvrn doctor"),
    ("ModuleNotFoundError", "No module named 'numpy'", None, Cause.ENVIRONMENT, "make install"),
    ("httpx.ConnectError", "no", None, Cause.ENVIRONMENT, "connection"),
    ("engine.domain.errors.NotAllowed", "The run is packed.", None, Cause.DATA, "message"),
]


@pytest.mark.parametrize(("kind", "message", "provider", "cause", "named"), KNOWN)
def test_a_known_error_names_its_cause_and_what_to_do(
    kind: str, message: str, provider: str | None, cause: Cause, named: str
) -> None:
    found = explain([Raised(kind, message)], provider)
    assert found is not None
    assert (found.cause, found.by, found.code_change) == (cause, RULES, False)
    assert named in found.action


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("KeyError", "'tempo'"),
        ("ZeroDivisionError", "division by zero"),
        ("ValueError", "permission denied, no space left on device, out of memory"),
        ("ModuleNotFoundError", "No module named 'engine.pipline'"),
        ("AttributeError", "'NoneType' object has no attribute 'title'"),
    ],
)
def test_what_may_be_a_bug_is_left_to_a_model(kind: str, message: str) -> None:
    assert explain([Raised(kind, message)], None) is None


def test_a_job_that_failed_is_known_by_what_it_fell_by() -> None:
    chain = [Raised("engine.domain.errors.JobError", "The job fell."), Raised("MemoryError", "")]
    found = explain(chain, None)
    assert found is not None and found.cause is Cause.ENVIRONMENT


def test_a_cause_behind_a_bug_does_not_explain_the_bug() -> None:
    chain = [Raised("KeyError", "'sound'"), Raised("engine.music.provider.VendorError", "suno answered 500.")]
    assert explain(chain, None) is None


def test_every_setting_that_a_rule_names_exists() -> None:
    from engine.repair.known import _RULES

    words = {word for rule in _RULES for word in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", rule.action)}
    known = {name.upper() for name in Settings.__dataclass_fields__}
    elsewhere = {"SSL_CERT_FILE"}
    assert words - known - elsewhere - {"_LLM_PRIMARY", "_MAX_TOKENS", "LLM_PRIMARY", "MAX_TOKENS", "BASE_URL"} == set()


def test_where_nobody_can_be_asked_it_says_so_and_what_to_set() -> None:
    found = nobody_to_ask("No language model has a key here.")
    assert (found.cause, found.confidence, found.code_change) == (Cause.UNKNOWN, 0.0, False)
    assert "DEEPSEEK_API_KEY" in found.action and "ERROR_ANALYSIS_LLM_PRIMARY" in found.action
