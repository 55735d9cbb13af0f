"""The home: the one folder that everything is written under, and where each thing lies in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.domain.errors import FileProblem, UsageError
from engine.safety.files import explain, private_folder

HOME_VARIABLE = "NOKTVRN_HOME"
_PROJECT_LINE = 'name = "noktvrn"'
_HEAD = 4096  # the project's name stands in the first lines of pyproject.toml


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one label. Every path is absolute; none of them need exist before `prepare`."""

    root: Path
    data: Path
    logs: Path
    output: Path

    @property
    def env_file(self) -> Path:
        """Settings and keys, see `engine.settings`."""
        return self.root / ".env"

    @property
    def database(self) -> Path:
        """The label's own database: artists, runs, decisions."""
        return self.data / "artists.db"

    @property
    def engine_database(self) -> Path:
        """What the durable engine keeps of its workflows."""
        return self.data / "engine.db"

    @property
    def lock(self) -> Path:
        """Held by the one engine of this home."""
        return self.data / "engine.lock"

    @property
    def falls(self) -> Path:
        """How supervisor and worker fell, until the next worker has made errors of it."""
        return self.data / "falls.jsonl"

    @property
    def artefacts(self) -> Path:
        """Finished media, named by the hash of their content."""
        return self.data / "artefacts"

    @property
    def keys(self) -> Path:
        """What packages are signed with: for this user alone, and in no backup of the label."""
        return self.data / "keys"

    @property
    def backups(self) -> Path:
        """Copies of the database, one before each migration."""
        return self.data / "backups"

    @property
    def covers(self) -> Path:
        """Covers of albums, named by the hash of their content."""
        return self.data / "covers"

    @property
    def stock(self) -> Path:
        """Stock video that was fetched, kept for a day; may be emptied while no engine runs."""
        return self.data / "stock"

    @property
    def telegram(self) -> Path:
        """Songs and clips as a chat can play them; may be emptied at any time."""
        return self.data / "telegram"

    @property
    def work(self) -> Path:
        """Unfinished renders; may be emptied while no engine runs."""
        return self.data / "work"

    @property
    def console_state(self) -> Path:
        """What the console remembers between starts: theme, pane, keys."""
        return self.data / "console.json"

    @property
    def exports(self) -> Path:
        """What the console saved: lists, screens, copies."""
        return self.data / "exports"

    @property
    def releases(self) -> Path:
        """Release packages, one folder each."""
        return self.output / "releases"

    @property
    def engine_log(self) -> Path:
        """JSON lines, see `engine.logs`."""
        return self.logs / "engine.jsonl"

    @property
    def console_log(self) -> Path:
        """JSON lines, see `engine.logs`."""
        return self.logs / "console.jsonl"

    def with_output(self, folder: Path | None) -> Home:
        """The same home with its releases under `folder` (OUTPUT_BASE_DIR); a relative one counts from the root."""
        return self if folder is None else replace(self, output=_absolute(self.root / folder.expanduser()))


def at(root: Path) -> Home:
    """The home whose root is `root`, with the usual folders inside."""
    root = _absolute(root)
    return Home(root=root, data=root / "data", logs=root / "logs", output=root / "data" / "output")


def locate(option: str | None, environ: Mapping[str, str]) -> Home:
    """The home that was asked for: `--home`, else NOKTVRN_HOME, else this checkout, else the user's data folder.

    Creates nothing. Raises UsageError for a name that cannot be a path, FileProblem for one that is a file.
    """
    if option == "":
        raise UsageError("--home names nothing.", fix="Name a folder, or leave --home out for the usual home.")
    asked = option or environ.get(HOME_VARIABLE, "")
    if not asked:
        return at(checkout() or _user_folder())
    if "\0" in asked:
        raise UsageError("The home's path holds a NUL byte.", fix=f"Name a folder with --home or {HOME_VARIABLE}.")
    try:
        root = _absolute(Path(asked).expanduser())
        taken = root.exists() and not root.is_dir()
    except RuntimeError as error:  # ~somebody
        raise UsageError(f"The home {asked!r} names an unknown user.", fix="Write the whole path.") from error
    except OSError as error:
        raise explain(error, Path(asked)) from error
    if taken:
        raise FileProblem(f"The home {root} is a file.", fix="Name a folder with --home.")
    return at(root)


def checkout() -> Path | None:
    """The root of the source checkout that this code runs from, or None when it was installed as a package."""
    root = Path(__file__).resolve().parent.parent
    try:
        with (root / "pyproject.toml").open(encoding="utf-8", errors="replace") as handle:
            return root if _PROJECT_LINE in handle.read(_HEAD) else None
    except OSError:
        return None


def prepare(home: Home) -> None:
    """Makes what is missing, with mode 0700, and tightens `data` and `logs`. An existing root or output keeps its mode.

    Raises FileProblem where root, data or logs belong to another user or cannot be written.
    """
    _own(home.root)
    for folder in (home.root, home.data, home.logs, home.artefacts, home.backups, home.work, home.releases):
        if folder != home.root or not folder.exists():
            private_folder(folder)
    for folder in (home.data, home.logs, home.releases):
        _writable(folder)


def _own(root: Path) -> None:
    """Refuses a root that another user owns: they could swap the folders in it."""
    try:
        owner = root.stat().st_uid
    except FileNotFoundError:
        return
    except OSError as error:
        raise explain(error, root) from error
    if owner != os.getuid():
        raise FileProblem(
            f"The home {root} belongs to another user (uid {owner}).",
            fix="Name a home of your own with --home DIR or NOKTVRN_HOME, or run as its owner.",
        )


def _writable(folder: Path) -> None:
    effective = os.access in os.supports_effective_ids
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK, effective_ids=effective):
        raise FileProblem(
            f"No write access to {folder}.",
            fix="Give this user access to it, or name another home with --home DIR or NOKTVRN_HOME.",
        )


def _absolute(path: Path) -> Path:
    """Absolute and without `..`, links followed: the path that later checks compare with."""
    return path.resolve()


def _user_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("noktvrn", appauthor=False)
