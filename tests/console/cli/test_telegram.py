"""The bot by command: who may speak, a code for one more, and that nobody of the settings is changed here."""

from __future__ import annotations

import re

from engine.domain.errors import Exit
from engine.home import Home
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
