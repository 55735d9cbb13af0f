"""docs/operating.md can be followed word by word: its recipes name what `deploy/` sets up, and real commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from console.cli.catalogue import build_parser

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")
UNIT = (ROOT / "deploy" / "noktvrn.service").read_text("utf-8")
IMAGE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")

BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
RECIPES = [line for block in BLOCKS for line in block.splitlines() if line]
SPOKEN = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", PAGE, flags=re.MULTILINE | re.DOTALL))

pytestmark = pytest.mark.quick


def one(pattern: str, text: str) -> str:
    [found] = re.findall(pattern, text, re.MULTILINE)
    return str(found)


SERVICE_PROGRAM = one(r"^ExecStart=(\S+)", UNIT)
SERVICE_HOME = one(r"^ReadWritePaths=(\S+)", UNIT)
SERVICE_USER = one(r"^User=(\S+)", UNIT)
CODE = SERVICE_PROGRAM.removesuffix("/.venv/bin/noktvrn")
IMAGE_PROGRAM = one(r'^ENTRYPOINT \["(\S+)"\]', IMAGE)
IMAGE_HOME = one(r"NOKTVRN_HOME=(\S+)", IMAGE)
IMAGE_UID = one(r"--uid (\d+)", IMAGE)
CONTAINER = one(r"^services:\n  (\w+):", COMPOSE)


def given(line: str) -> list[str] | None:
    """What a command line gives to noktvrn; None where it does not call it."""
    words = shlex.split(line.replace("…", ""))
    at = next((n for n, word in enumerate(words) if word.endswith("bin/noktvrn")), None)
    if at is not None:
        return words[at + 1 :]
    if words[:2] == ["docker", "compose"] and "run" in words:
        return words[words.index(CONTAINER) + 1 :]
    return None


CALLS = [line for line in (*RECIPES, *SPOKEN) if given(line) is not None]


def test_there_are_recipes_for_the_service_and_for_the_container() -> None:
    assert any(SERVICE_PROGRAM in line for line in RECIPES) and any(IMAGE_PROGRAM in line for line in RECIPES)


@pytest.mark.parametrize("line", CALLS)
def test_the_command_line_takes_what_is_shown(line: str) -> None:
    build_parser().parse_args(given(line))


@pytest.mark.parametrize("line", RECIPES)
def test_a_recipe_names_the_program_by_its_path(line: str) -> None:
    """Nothing puts it on the PATH; alone it is the name of the unit."""
    words = shlex.split(line)
    assert "noktvrn" not in words or "systemctl" in words
    programs = {word for word in words if word.endswith("bin/noktvrn")}
    assert programs <= {SERVICE_PROGRAM, IMAGE_PROGRAM}


@pytest.mark.parametrize("line", [line for line in (*RECIPES, *SPOKEN) if SERVICE_PROGRAM in line])
def test_the_service_s_program_is_called_as_its_user_for_a_home_of_that_user(line: str) -> None:
    assert f"sudo -u {SERVICE_USER} " in line
    home = shlex.split(line)[shlex.split(line).index("--home") + 1]
    assert home in (SERVICE_HOME, f"{SERVICE_HOME}-again")
    assert f"-o {SERVICE_USER} -g {SERVICE_USER} -m 0700 {home}" in PAGE


def test_every_path_of_a_server_is_one_that_deploy_sets_up() -> None:
    paths = {path.rstrip(".") for path in re.findall(r"(?<![\w.:])/(?:srv|opt|label|etc)[^\s`,;:)]*", PAGE)}
    allowed = (f"{CODE}/", f"{SERVICE_HOME}/", f"{IMAGE_HOME}/", "/etc/systemd/system/")
    names = {CODE, SERVICE_HOME, f"{SERVICE_HOME}-again", f"{SERVICE_HOME}-old", IMAGE_PROGRAM, "/label.tar"}
    assert [path for path in sorted(paths) if path not in names and not path.startswith(allowed)] == []


def test_every_file_of_the_checkout_that_a_recipe_names_is_there() -> None:
    named = set(re.findall(rf"(?:{CODE}/|(?<=\s))(deploy/[\w.]+|\.env\.example)", PAGE)) - {"deploy/.env"}
    assert "deploy/compose.yaml" in named and "deploy/noktvrn.service" in named
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_the_container_is_spoken_to_by_its_name_and_user() -> None:
    compose = [line for line in RECIPES if re.match(r"docker compose .* (exec|run|cp) ", line)]
    assert compose and all(re.search(rf"\b{CONTAINER}[: ]", line) for line in compose)
    assert f"sudo chown {IMAGE_UID} " in PAGE
