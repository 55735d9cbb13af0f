"""The command lines that are shown work as they stand: from any folder, for the home that they are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.calling import command
from engine.home import Home, locate

pytestmark = pytest.mark.quick


def starts(monkeypatch: pytest.MonkeyPatch, program: str, on_path: str | None = None) -> None:
    monkeypatch.setattr("sys.argv", [program])
    monkeypatch.setattr("sys.executable", "/opt/label/bin/python")
    monkeypatch.setattr("shutil.which", lambda _name: on_path)


def test_a_program_that_is_not_on_the_path_is_named_whole_and_so_is_its_home(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home.root)
    starts(monkeypatch, "bin/noktvrn")
    wanted = f"{home.root}/bin/noktvrn --home {home.root} releases verify p-1"
    assert command(home, "releases", "verify", "p-1") == wanted


def test_the_name_alone_is_enough_where_the_path_and_the_usual_home_lead_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    starts(monkeypatch, "/opt/label/bin/noktvrn", "/opt/label/bin/noktvrn")
    assert command(locate(None, {}), "status") == "noktvrn status"


def test_another_program_of_that_name_on_the_path_is_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    starts(monkeypatch, "/opt/label/bin/noktvrn", "/usr/bin/noktvrn")
    assert command(locate(None, {}), "status") == "/opt/label/bin/noktvrn status"


def test_what_was_started_as_a_module_is_called_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    starts(monkeypatch, str(Path("/src/console/cli/__main__.py")))
    assert command(locate(None, {}), "status") == "/opt/label/bin/python -P -m console.cli status"


def test_a_home_with_a_space_in_its_name_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts(monkeypatch, "/opt/label/bin/noktvrn")
    shown = command(locate(str(tmp_path / "my label"), {}), "status")
    assert f"--home '{tmp_path}/my label' status" in shown
