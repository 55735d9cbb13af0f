"""Which folder is the home, and which homes are refused."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine import home as homes
from engine.domain.errors import FileProblem, UsageError

pytestmark = pytest.mark.quick


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_option_wins_over_the_environment(tmp_path: Path) -> None:
    found = homes.locate(str(tmp_path / "a"), {"NOKTVRN_HOME": str(tmp_path / "b")})
    assert found.root == tmp_path / "a"


def test_the_environment_wins_over_the_checkout(tmp_path: Path) -> None:
    assert homes.locate(None, {"NOKTVRN_HOME": str(tmp_path)}).root == tmp_path


@pytest.mark.parametrize("environ", [{}, {"NOKTVRN_HOME": ""}])
def test_a_checkout_is_its_own_home(environ: dict[str, str]) -> None:
    assert homes.locate(None, environ).root == Path(homes.__file__).parent.parent


def test_an_installed_package_uses_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(homes, "checkout", lambda: None)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    found = homes.locate(None, {}).root
    assert found.name == "noktvrn"
    assert found.is_relative_to(tmp_path)


def test_a_project_of_another_name_is_no_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n')
    monkeypatch.setattr(homes, "__file__", str(tmp_path / "engine" / "home.py"))
    assert homes.checkout() is None


def test_locating_creates_nothing(tmp_path: Path) -> None:
    homes.locate(str(tmp_path / "new"), {})
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("asked", ["a\0b", "~no-such-user-here/label"])
def test_a_path_that_cannot_be_one_is_a_usage_error(asked: str) -> None:
    with pytest.raises(UsageError):
        homes.locate(asked, {})


def test_an_option_that_names_nothing_is_no_wish_for_the_usual_home() -> None:
    with pytest.raises(UsageError, match="--home"):
        homes.locate("", {})


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "label").write_text("")
    with pytest.raises(FileProblem, match="is a file"):
        homes.locate(str(tmp_path / "label"), {})


def test_an_endless_name_is_refused_by_name() -> None:
    with pytest.raises(FileProblem):
        homes.locate("/" + "a" * 10_000, {})


def test_everything_lies_under_the_root(tmp_path: Path) -> None:
    home = homes.at(tmp_path)
    names = [name for name, value in vars(homes.Home).items() if isinstance(value, property)]
    assert len(names) == 17
    assert all(getattr(home, name).is_relative_to(tmp_path) for name in names)


def test_the_releases_move_and_the_database_stays(tmp_path: Path) -> None:
    home = homes.at(tmp_path / "home").with_output(tmp_path / "elsewhere")
    assert home.releases == tmp_path / "elsewhere" / "releases"
    assert home.database == tmp_path / "home" / "data" / "artists.db"


def test_a_relative_output_counts_from_the_root(tmp_path: Path) -> None:
    assert homes.at(tmp_path).with_output(Path("output")).output == tmp_path / "output"


def test_prepare_makes_private_folders_and_may_be_repeated(tmp_path: Path) -> None:
    home = homes.at(tmp_path / "new")
    homes.prepare(home)
    homes.prepare(home)
    made = (home.root, home.data, home.logs, home.artefacts, home.backups, home.work, home.releases)
    assert {mode(folder) for folder in made} == {0o700}


def test_prepare_tightens_data_and_logs_but_not_a_root_that_was_there(tmp_path: Path) -> None:
    home = homes.at(tmp_path / "checkout")
    for folder in (home.root, home.data, home.logs):
        folder.mkdir()
        folder.chmod(0o755)
    homes.prepare(home)
    assert (mode(home.root), mode(home.data), mode(home.logs)) == (0o755, 0o700, 0o700)


def test_prepare_leaves_the_mode_of_an_output_folder_that_was_there(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    home = homes.at(tmp_path / "home").with_output(shared)
    homes.prepare(home)
    assert (mode(shared), mode(home.releases)) == (0o755, 0o700)


@pytest.mark.parametrize("folder", ["root", "data", "logs"])
def test_a_folder_of_another_user_is_refused_with_the_fix(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = homes.at(tmp_path / "home")
    homes.prepare(home)
    theirs: Path = getattr(home, folder)
    real, stranger = os.stat, os.getuid() + 1

    def stat_of(path: str | Path, **options: bool) -> os.stat_result:
        facts = real(path, **options)
        return os.stat_result((*facts[:4], stranger, *facts[5:])) if Path(path) == theirs else facts

    monkeypatch.setattr(os, "stat", stat_of)
    with pytest.raises(FileProblem, match=f"{theirs} belongs to another user") as caught:
        homes.prepare(home)
    assert "--home" in caught.value.fix


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may write anywhere; inside this block we are nobody."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except PermissionError:  # root without capabilities, as in a jail, is bound by modes like everybody
        yield
        return
    try:
        yield
    finally:
        os.seteuid(0)


def test_no_write_access_names_the_folder_and_the_fix(tmp_path: Path) -> None:
    home = homes.at(tmp_path / "home")
    homes.prepare(home)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == os.getuid() and folder != Path("/") and folder.stat().st_mode & 0o011 != 0o011:
            folder.chmod(folder.stat().st_mode | 0o011)
    tmp_path.chmod(0o711)
    home.root.chmod(0o711)
    home.data.chmod(0o500)
    with ordinary_user(), pytest.raises(FileProblem, match=str(home.data)) as caught:
        homes.prepare(home)
    home.data.chmod(0o700)
    assert "--home" in caught.value.fix


def test_a_dangling_data_folder_is_a_clear_error(tmp_path: Path) -> None:
    home = homes.at(tmp_path)
    home.data.symlink_to(tmp_path / "gone")
    with pytest.raises(FileProblem, match="data"):
        homes.prepare(home)
