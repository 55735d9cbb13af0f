"""The unit by systemd's own check, and the image's steps one by one, without an engine for containers."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.contract

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
APP = "/opt/noktvrn"
START_S = 60.0


def unit(tmp_path: Path) -> Path:
    """The unit with this checkout's program in place of the server's."""
    text = (DEPLOY / "noktvrn.service").read_text("utf-8")
    program = Path(sys.executable).with_name("noktvrn")
    written = tmp_path / "noktvrn.service"
    written.write_text(text.replace("/srv/noktvrn/.venv/bin/noktvrn", str(program)).replace("User=label", "User=root"))
    return written


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", unit(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_calls_the_unit_well_protected(tmp_path: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(DEPLOY / "noktvrn.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stdout[-500:]


def steps() -> list[tuple[str, str]]:
    """Instructions of the Dockerfile with what follows them, lines joined."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def named(instruction: str) -> list[str]:
    return [rest for name, rest in steps() if name == instruction]


def test_the_image_holds_nothing_but_what_is_listed() -> None:
    listed = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = {source for rest in named("COPY") for source in rest.split()[:-1]}
    assert copied == listed
    assert {".env", "data", "logs", "tests"}.isdisjoint(listed)


def test_the_image_runs_as_a_user_without_rights_on_a_volume_of_its_own() -> None:
    [made, *_], [user], [volume] = named("RUN"), named("USER"), named("VOLUME")
    assert made.startswith("useradd ")
    assert f" {user} " in made
    assert volume == '["/label"]'
    assert "NOKTVRN_HOME=/label" in named("ENV")[0]


def test_compose_keeps_the_label_in_a_volume_and_everything_else_read_only() -> None:
    [engine] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"].values()
    assert engine["volumes"] == ["label:/label"]
    assert (engine["read_only"], engine["cap_drop"]) == (True, ["ALL"])
    assert (DEPLOY / engine["build"]["context"] / engine["build"]["dockerfile"]).is_file()


def test_the_steps_of_the_image_make_an_engine_that_is_healthy_and_stops_when_told(tmp_path: Path) -> None:
    app, home = tmp_path / "opt", tmp_path / "label"
    app.mkdir()
    for rest in named("COPY"):
        *sources, target = rest.split()
        for source in sources:
            copy(ROOT / source, app / target / (Path(source).name if target == "./" else ""))
    [install] = [rest for rest in named("RUN") if "install.sh" in rest]
    environment = {**os.environ, "NOKTVRN_HOME": str(home)}
    subprocess.run(["sh", "-c", install], cwd=app, env=environment, check=True, capture_output=True)

    words = [*eval_list(named("ENTRYPOINT")[0]), *eval_list(named("CMD")[0])]
    engine = subprocess.Popen([word.replace(APP, str(app)) for word in words], cwd=app, env=environment)
    try:
        check = named("HEALTHCHECK")[0].split(" CMD ")[1]
        assert well(check, app, environment), f"the engine was not healthy within {START_S:g} s"
        engine.send_signal(signal.SIGTERM)
        assert engine.wait(10) == 0
        assert subprocess.run(shlex.split(check), cwd=app, env=environment, check=False, capture_output=True).returncode
    finally:
        engine.kill()


def copy(source: Path, target: Path) -> None:
    """As COPY does."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def eval_list(text: str) -> list[str]:
    """The words of an instruction in its exec form."""
    words = yaml.safe_load(text)
    assert isinstance(words, list)
    return words


def well(check: str, folder: Path, environment: dict[str, str]) -> bool:
    """Asks the health check until it says yes."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if not subprocess.run(
            shlex.split(check), cwd=folder, env=environment, check=False, capture_output=True
        ).returncode:
            return True
        time.sleep(0.5)
    return False
