"""The bot by command: who may speak, a code for one more, and that nobody of the settings is changed here."""

from __future__ import annotations

import re

from engine.domain.errors import Exit
from engine.home import Home
from tests.bot_api import TOKEN
from tests.console.cli.conftest import Cli


def test_without_a_token_it_says_what_enables_the_bot(cli: Cli, label: Home) -> None:
    assert "TELEGRAM_BOT_TOKEN enables it" in cli("telegram", "status").out


def test_a_code_is_alone_on_stdout_and_explained_beside_it(cli: Cli, label: Home) -> None:
    result = cli("telegram", "enrol", "--role", "owner")
    assert re.fullmatch(r"[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}", result.out.strip())
    assert f"Type /start {result.out.strip()} to your bot" in result.err and "owner" in result.err


def test_a_code_is_kept_as_a_hash_alone(cli: Cli, label: Home) -> None:
    code = cli("telegram", "enrol").out.strip()
    stored = b"".join(path.read_bytes() for path in label.data.glob("artists.db*"))
    assert code.encode() not in stored and code.replace("-", "").encode() not in stored


def test_a_role_is_changed_and_a_person_removed(cli: Cli, label: Home) -> None:
    assert cli("telegram", "role", "4712", "viewer").code == Exit.DONE
    assert [row["role"] for row in cli("telegram", "users", "--json").json()] == ["viewer"]
    assert cli("telegram", "remove", "4712").code == Exit.DONE
    assert cli("telegram", "users", "--json").json() == []
    assert cli("telegram", "remove", "4712").code == Exit.NOT_FOUND


def test_a_role_that_there_is_not_is_a_usage_error(cli: Cli, label: Home) -> None:
    assert cli("telegram", "role", "4712", "king").code == Exit.USAGE


def test_every_chat_that_the_bot_speaks_in_is_named(cli: Cli, label: Home) -> None:
    label.env_file.write_text("TELEGRAM_CHAT_ID=-100200\n")
    label.env_file.chmod(0o600)
    shown = [row["chat_id"] for row in cli("telegram", "status", "--json").json()["chats"]]
    assert shown == [4712, -100200]
    assert "-100200  a group" in cli("telegram", "status").out


def test_another_try_is_refused_where_no_bot_listens_with_what_helps(cli: Cli, label: Home) -> None:
    refused = cli("telegram", "retry")
    assert refused.code == Exit.FAILED and "noktvrn headless" in refused.err


def test_the_one_look_at_everything_says_how_the_bot_does(cli: Cli, label: Home) -> None:
    assert cli("status", "--json").json()["telegram"] == "off"
    assert "bot" not in cli("status").out
    label.env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    label.env_file.chmod(0o600)
    assert "off: `noktvrn telegram status` says why" in cli("status").out
