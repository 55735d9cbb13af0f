"""A label saved and brought back by command, and what has to be known of the copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.errors import Exit
from engine.home import Home
from tests.bot_api import TOKEN
from tests.console.cli.conftest import Cli


@pytest.mark.parametrize(("env", "told"), [(f"TELEGRAM_BOT_TOKEN={TOKEN}\n", True), ("", False)])
def test_a_copy_that_would_listen_with_the_same_token_is_told_of(
    cli: Cli, label: Home, tmp_path: Path, env: str, *, told: bool
) -> None:
    label.env_file.write_text(env)
    label.env_file.chmod(0o600)
    saved = cli("backup", str(tmp_path / "label.tar")).out.strip()
    restored = cli("--home", str(tmp_path / "again"), "restore", saved)
    assert restored.code == Exit.DONE
    assert ("two engines with one token" in restored.err) is told


def test_a_backup_among_its_own_files_is_refused_with_a_place_that_works(cli: Cli, label: Home) -> None:
    refused = cli("backup", str(label.data / "label.tar"))
    assert refused.code != Exit.DONE and str(label.backups) in refused.err
    label.backups.mkdir(exist_ok=True)
    assert cli("backup", str(label.backups / "label.tar")).code == Exit.DONE
