"""`.env.example`, the fields and docs/settings.md say the same."""

from __future__ import annotations

import re

import pytest

from engine.home import Home, at
from engine.settings import SPECS, Settings, load
from tests.engine.settings.documented import ROOT, Documented, documented

pytestmark = pytest.mark.quick

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


def test_copying_the_example_changes_nothing(tmp_path: object) -> None:
    home: Home = at(ROOT)
    assert all(not line or line.startswith("#") for line in EXAMPLE.splitlines())
    assert load(home, dict.fromkeys(SPECS, "")).settings == Settings()


@pytest.mark.parametrize("setting", documented(), ids=lambda setting: setting.variable)
def test_every_default_is_a_value_that_may_be_written(setting: Documented) -> None:
    spec = SPECS[setting.variable]
    if setting.default:
        assert spec.kind.read(setting.default) == spec.default
    else:
        assert spec.default is None
