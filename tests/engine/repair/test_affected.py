"""Which tests are run for a change: nearest first, and no more than asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.repair.affected import affected, module_of
from tests.engine.repair.repository import write

pytestmark = pytest.mark.quick

FILES = {
    "engine/__init__.py": b"",
    "engine/low/__init__.py": b"",
    "engine/low/notes.py": b"PITCH = 440\n",
    "engine/low/scales.py": b"from engine.low.notes import PITCH\n",
    "engine/high/__init__.py": b"",
    "engine/high/songs.py": b"def sing():\n    from engine.low import scales\n\n    return scales\n",
    "engine/high/prompts/__init__.py": b"",
    "engine/high/prompts/verse.md": b"Write a verse.\n",
    "engine/high/writing.py": b"from importlib.resources import files\n\nTEXT = files('engine.high.prompts')\n",
    "console/__init__.py": b"",
    "console/pane.py": b"import engine.high.songs\n",
    "tests/engine/low/test_notes.py": b"from engine.low.notes import PITCH\n",
    "tests/engine/low/test_notes_again.py": b"x = 1\n",
    "tests/engine/low/test_scales.py": b"from engine.low import scales\n",
    "tests/engine/high/test_songs.py": b"from engine.high.songs import sing\n",
    "tests/engine/high/test_writing.py": b"from engine.high import writing\n",
    "tests/console/test_pane.py": b"from console import pane\n",
    "tests/test_apart.py": b"from pathlib import Path\n",
    "tests/faults/test_kill.py": b"import pytest\nfrom engine.low import notes\npytestmark = pytest.mark.faults\n",
    "tests/conftest.py": b"from engine.low import notes\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, FILES)
    return tmp_path


def test_mirrors_come_first_then_each_import_further_away(root: Path) -> None:
    assert affected(root, ["engine/low/notes.py"]) == (
        "tests/engine/low/test_notes.py",
        "tests/engine/low/test_notes_again.py",
        "tests/engine/low/test_scales.py",
        "tests/engine/high/test_songs.py",
        "tests/console/test_pane.py",
    )


def test_no_more_than_asked_for_and_the_nearest_of_them(root: Path) -> None:
    assert affected(root, ["engine/low/notes.py"], most=2) == (
        "tests/engine/low/test_notes.py",
        "tests/engine/low/test_notes_again.py",
    )


def test_a_change_at_the_top_leads_to_few(root: Path) -> None:
    assert affected(root, ["console/pane.py"]) == ("tests/console/test_pane.py",)


def test_a_prompt_is_read_by_what_names_its_package(root: Path) -> None:
    assert affected(root, ["engine/high/prompts/verse.md"]) == ("tests/engine/high/test_writing.py",)


def test_a_new_test_is_run_before_the_others(root: Path) -> None:
    write(root, {"tests/engine/low/test_new.py": b"from engine.low import notes\n"})
    found = affected(root, ["engine/low/notes.py", "tests/engine/low/test_new.py"])
    assert found[0] == "tests/engine/low/test_new.py"


def test_a_package_is_seen_by_whoever_imports_something_in_it(root: Path) -> None:
    assert "tests/engine/low/test_scales.py" in affected(root, ["engine/low/__init__.py"])


def test_a_file_that_does_not_parse_hides_none_of_the_others(root: Path) -> None:
    write(root, {"engine/low/notes.py": b"def broken(:\n"})
    assert affected(root, ["engine/low/notes.py"])[0] == "tests/engine/low/test_notes.py"


def test_relative_imports_lead_on(root: Path) -> None:
    write(
        root, {"engine/low/chords.py": b"from .notes import PITCH\n", "tests/test_c.py": b"import engine.low.chords\n"}
    )
    assert "tests/test_c.py" in affected(root, ["engine/low/notes.py"])


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("engine/a/b.py", "engine.a.b"),
        ("console/__init__.py", "console"),
        ("tests/test_a.py", None),
        ("engine/llm/prompts/x.md", None),
    ],
)
def test_only_files_of_the_packages_are_modules(path: str, module: str | None) -> None:
    assert module_of(path) == module


def test_what_compares_pictures_is_left_out(root: Path) -> None:
    pictures = b"from engine.low import notes\n\n\ndef test_it(snap_compare): ...\n"
    write(root, {"tests/engine/low/test_pictures.py": pictures})
    assert "tests/engine/low/test_pictures.py" not in affected(root, ["engine/low/notes.py"])
