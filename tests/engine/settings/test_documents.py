"""`.env.example`, the fields and docs/settings.md say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.home import at
from engine.settings import SPECS, Loaded, Settings, load
from engine.settings.fields import NOT_READ
from tests.engine.settings.documented import ROOT, Documented, documented

PAGE = (ROOT / "docs" / "settings.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("setting", documented(), ids=lambda setting: setting.variable)
def test_the_page_and_the_example_repeat_the_field(setting: Documented) -> None:
    assert f"\n{setting.row}\n" in PAGE
    assert f"\n{setting.example}\n" in EXAMPLE


def test_they_name_nothing_else_and_keep_the_order() -> None:
    names = [setting.variable for setting in documented()]
    assert names == list(SPECS)
    assert re.findall(r"^\| `([A-Z0-9_]+)` ", PAGE, re.MULTILINE) == names
    assert re.findall(r"^# ([A-Z0-9_]+)=", EXAMPLE, re.MULTILINE) == names


def test_they_share_their_headings() -> None:
    groups = list(dict.fromkeys(setting.group for setting in documented()))
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == groups
    assert re.findall(r"^# ---- (.+)$", EXAMPLE, re.MULTILINE) == groups


READERS = {
    "engine": [
        file for file in (ROOT / "engine").rglob("*.py") if file.name != "doctor.py" and "settings" not in file.parts
    ],
    "console": list((ROOT / "console").rglob("*.py")),
    "doctor": [ROOT / "engine" / "doctor.py"],
}


def reads(part: str, setting: str) -> bool:
    """Whether a part takes the setting from the settings: by its field, or by a method made of it."""
    ways = {"daily_budget_usd": "daily_budget_microusd", "ffmpeg_binary": "outside|ffmpeg_binary"}
    use = re.compile(rf"settings\.(?:{ways.get(setting, setting)})\b")
    return any(use.search(file.read_text()) for file in READERS[part])


@pytest.mark.parametrize("setting", documented(), ids=lambda setting: setting.variable)
def test_the_page_tells_the_truth_about_who_reads_a_setting(setting: Documented) -> None:
    told = set() if setting.read_by == NOT_READ else set(setting.read_by.split(", "))
    found = {part for part in ("engine", "console", "doctor") if reads(part, setting.variable.lower())}
    assert told - {"settings"} <= found
    assert bool(told) == bool(found) or told == {"settings"}


def test_copying_the_example_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE)
    (tmp_path / ".env").chmod(0o600)
    assert load(at(tmp_path), {}) == Loaded(Settings(), (), ())


def test_taking_every_comment_away_changes_nothing_either(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(re.sub(r"^# (?=[A-Z0-9_]+=)", "", EXAMPLE, flags=re.MULTILINE))
    (tmp_path / ".env").chmod(0o600)
    assert load(at(tmp_path), {}) == Loaded(Settings(), (), ())


@pytest.mark.parametrize("setting", documented(), ids=lambda setting: setting.variable)
def test_every_default_is_a_value_that_may_be_written(setting: Documented) -> None:
    spec = SPECS[setting.variable]
    if setting.default:
        assert spec.kind.read(setting.default) == spec.default
    else:
        assert spec.default is None
