"""The doctor's lines about vendors of language models: what each said last, without asking anybody."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.api.checks import label_checks
from engine.doctor import Check, State
from engine.domain.chat import Role
from engine.domain.clock import utc_now
from engine.domain.models import Outcome
from engine.domain.repair import Setup
from engine.home import Home
from engine.llm.vendors import VENDORS
from engine.release import certificates, keys
from engine.safety.secrets import Secret
from engine.settings import Settings
from engine.settings.kinds import ChatUsers
from engine.settings.providers import model_vendors
from engine.store import journal, repairs
from engine.store.database import open_database
from tests.conftest import NOW

KEY = Secret("sk-the-key-of-the-operator")


def called(home: Home, *outcomes: tuple[str, Outcome]) -> None:
    """The vendors were asked, a minute apart."""

    async def write() -> None:
        database = await open_database(home.database, home.backups)
        async with database.write() as connection:
            for minute, (vendor, outcome) in enumerate(outcomes):
                ok = outcome is Outcome.ANSWERED
                row: dict[str, Any] = {
                    "run_id": None, "artist_id": None, "role": "lyrics", "provider": vendor, "model": "m",
                    "prompt_version": "1", "prompt": "", "answer": "", "ok": ok, "outcome": outcome,
                    "error": "" if ok else f"{outcome} \x1b[2J", "latency_ms": 9, "cost_microusd": 1,
                    "at": NOW + timedelta(minutes=minute),
                }  # fmt: skip
                await journal.add_call(connection, row)
        await database.close()

    asyncio.run(write())


def lines(home: Home, settings: Settings | None) -> list[Check]:
    [look] = [look for look in label_checks(home, settings) if look.__name__ == "language_models"]
    found = look()
    assert not isinstance(found, Check)
    return list(found)


def test_without_a_key_there_is_no_line_and_without_settings_neither(home: Home) -> None:
    assert lines(home, Settings()) == lines(home, None) == []


def test_a_vendor_with_a_key_that_was_never_asked_says_so(home: Home) -> None:
    [line] = lines(home, Settings(grok_api_key=KEY))
    assert (line.name, line.state) == ("grok", State.OK)
    assert line.detail == "GROK_API_KEY is set; never asked (`noktvrn llm ping` does)"


def test_the_newest_call_counts(home: Home) -> None:
    called(home, ("deepseek", Outcome.SERVER), ("deepseek", Outcome.ANSWERED), ("mistral", Outcome.ANSWERED))
    [line] = lines(home, Settings(deepseek_api_key=KEY))
    assert (line.state, line.fix) == (State.OK, "")
    assert line.detail == "DEEPSEEK_API_KEY is set; m, asked for lyrics at 2026-11-23 12:01 UTC, answered"


@pytest.mark.parametrize(
    ("outcome", "fix"),
    [
        (Outcome.KEY_REFUSED, "Put DEEPSEEK_API_KEY right"),
        (Outcome.NO_MODEL, "Name another model on the ladders"),
        (Outcome.SERVER, "`noktvrn llm status`"),
    ],
)
def test_a_failure_is_told_with_its_fix_and_its_words_are_harmless(home: Home, outcome: Outcome, fix: str) -> None:
    called(home, ("deepseek", Outcome.ANSWERED), ("deepseek", outcome))
    [line] = lines(home, Settings(deepseek_api_key=KEY))
    assert line.state is State.WARN and line.fix.startswith(fix)
    assert f"failed: {outcome}" in line.detail and "\x1b" not in line.detail


def test_every_vendor_of_the_gateway_has_a_line() -> None:
    keys: dict[str, Any] = {f"{name}_api_key": KEY for name in VENDORS}
    assert set(model_vendors(Settings(**keys, custom_api_base="http://127.0.0.1:1/v1"))) == set(VENDORS)


def chat(settings: Settings | None, home: Home) -> Check:
    [look] = [look for look in label_checks(home, settings) if look.__name__ == "chat"]
    found = look()
    assert isinstance(found, Check)
    return found


def test_a_bot_that_may_speak_to_nobody_is_a_warning_that_says_what_is_missing(home: Home) -> None:
    token = Secret("123456789:" + "AAH4x" * 7)
    assert chat(Settings(), home).state is State.OK
    alone = chat(Settings(telegram_bot_token=token, telegram_chat_id=(4711,)), home)
    assert alone.state is State.WARN
    assert "nobody may speak to the bot" in alone.detail
    people = ChatUsers(((4711, Role.OWNER),))
    named = Settings(telegram_bot_token=token, telegram_chat_id=(4711,), telegram_user_ids=people)
    assert chat(named, home).state is State.OK


@pytest.mark.parametrize(
    ("setup", "state", "words"),
    [
        (
            Setup(git=True, isolation="no network (Landlock 6)"),
            State.OK,
            "no network (Landlock 6); patches can be applied",
        ),
        (
            Setup(git=True, refused="Root may not.", isolation="no network"),
            State.OK,
            "no patches are applied: Root may not.",
        ),
        (Setup(git=True, isolated=False, isolation="tests are not isolated here"), State.WARN, "not isolated here"),
        (Setup(git=False, refused="There is no checkout.", isolated=False), State.OK, "no git checkout"),
    ],
)
def test_the_doctor_says_what_holds_a_trial_and_why_no_patch_is_applied(
    home: Home, setup: Setup, state: State, words: str
) -> None:
    async def write() -> None:
        database = await open_database(home.database, home.backups)
        async with database.write() as connection:
            await repairs.note_setup(connection, setup, NOW)
        await database.close()

    asyncio.run(write())
    [look] = [look for look in label_checks(home, None) if look.__name__ == "repair"]
    check = look()
    assert isinstance(check, Check) and check.state is state and words in check.detail


def test_without_an_engine_that_ran_the_doctor_says_that_nothing_is_known_of_repair(home: Home) -> None:
    [look] = [look for look in label_checks(home, None) if look.__name__ == "repair"]
    check = look()
    assert isinstance(check, Check) and check.state is State.OK and "first start" in check.detail


# --- what signs


def signs(home: Home, settings: Settings | None = None) -> Check:
    """The doctor's line about the keys of packages."""
    [look] = [look for look in label_checks(home, settings or Settings()) if look.__name__ == "signing"]
    found = look()
    assert isinstance(found, Check)
    return found


def ring(home: Home) -> keys.Keyring:
    return keys.Keyring(home.keys, "Harbour Label")


def test_before_the_first_packaging_there_are_no_keys_and_that_is_well(home: Home) -> None:
    assert (signs(home).state, signs(home).detail) == (State.OK, "no keys yet; made at the first packaging")
    assert not home.keys.exists()


def test_keys_are_told_with_their_end_and_that_nobody_saved_them(home: Home) -> None:
    ends = keys.credential(ring(home), utc_now()).signer.not_valid_after_utc
    assert signs(home).state is State.WARN and "keys backup FILE" in signs(home).fix
    assert f"es256, of Harbour Label, until {ends:%Y-%m-%d}" in signs(home).detail


@pytest.mark.parametrize("name", [keys.ROOT, keys.SIGNER])
def test_a_key_that_others_may_read_fails_with_the_fix(home: Home, name: str) -> None:
    keys.credential(ring(home), utc_now())
    (home.keys / name).chmod(0o640)
    assert signs(home).state is State.FAIL and "chmod 600" in signs(home).fix


def test_keys_that_do_not_belong_together_fail(home: Home) -> None:
    keys.credential(ring(home), utc_now())
    signer, root = (home.keys / name for name in (keys.SIGNER, keys.ROOT))
    mark = b"-----END PRIVATE KEY-----\n"
    keys.put(signer, root.read_bytes().partition(mark)[0] + mark + signer.read_bytes().partition(mark)[2])
    assert signs(home).state is State.FAIL and "do not belong together" in signs(home).detail and signs(home).fix


def test_a_certificate_that_ended_fails_where_no_authority_can_issue_another(home: Home) -> None:
    long_ago = utc_now() - timedelta(days=certificates.SIGNER_DAYS + 30)
    keys.credential(ring(home), long_ago)
    assert signs(home).state is State.OK and "issued" in signs(home).detail
    (home.keys / keys.ROOT).unlink()
    assert signs(home).state is State.FAIL and "ended on" in signs(home).detail and signs(home).fix


def test_an_authority_without_a_signer_is_no_flaw(home: Home) -> None:
    keys.credential(ring(home), utc_now())
    (home.keys / keys.SIGNER).unlink()
    assert signs(home).state is State.OK and "the next packaging" in signs(home).detail


def test_a_certificate_that_is_not_there_fails_with_the_fix(home: Home) -> None:
    settings = Settings(signing_cert_path=Path("cert.pem"), signing_key_path=Path("key.pem"))
    assert signs(home, settings).state is State.FAIL and signs(home, settings).fix
