"""Every dependency has its reason, and the lock can be trusted."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PAGE = (ROOT / "docs/decisions/0002-dependencies.md").read_text()
LOCK = (ROOT / "requirements.lock").read_text()


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ]", requirement, maxsplit=1)[0] for requirement in requirements}


def explained(heading: str) -> set[str]:
    section = PAGE.split(f"## {heading}")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([\w-]+)` \| \S", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "declared"),
    [
        ("In the product", PROJECT["project"]["dependencies"]),
        ("For development", PROJECT["dependency-groups"]["dev"]),
        ("To build", PROJECT["dependency-groups"]["build"]),
    ],
)
def test_every_dependency_has_a_reason_and_every_reason_a_dependency(heading: str, declared: list[str]) -> None:
    assert explained(heading) == names(declared)


def test_every_declared_dependency_is_locked() -> None:
    locked = set(re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE))
    groups = PROJECT["dependency-groups"]
    assert names(PROJECT["project"]["dependencies"] + groups["dev"] + groups["build"]) <= locked


def test_every_locked_package_carries_hashes() -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", LOCK.split("\n", 2)[2])
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)


def test_the_lock_names_no_address() -> None:
    assert "://" not in LOCK and "--index" not in LOCK and "--find-links" not in LOCK


def test_the_poisoned_releases_stay_out() -> None:
    assert not re.search(r"^litellm==1\.82\.[78]\b", LOCK, re.MULTILINE)
