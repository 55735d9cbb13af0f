"""What noktvrn needs, and what of it is missing: one line each, with the fix. It only looks."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from engine.domain.clock import Clock, utc_now
from engine.domain.errors import MediaError, NoktvrnError, SettingsError
from engine.domain.plurals import many
from engine.domain.providers import Provider
from engine.home import Home
from engine.safety.mounts import network_kind
from engine.safety.text import plain
from engine.settings import SPECS, Loaded, Settings, load
from engine.settings.fields import NOT_READ
from engine.settings.providers import providers

MIN_PYTHON, NEWEST_TRIED = (3, 11), (3, 14)
MIN_FFMPEG = 6
MIN_SQLITE = (3, 35)  # RETURNING
_ENCODERS = ("libx264", "libmp3lame", "aac", "flac", "pcm_s24le")
_FILTERS = ("ebur128", "alimiter", "aresample", "scale", "overlay")
_PLAYERS = ("mpv", "ffplay", "pw-play", "paplay", "aplay", "afplay")
_LOG_WARN_MB = 100
_SHOWN = 60
_REACH = "Check the network and its BASE_URL setting."


class State(StrEnum):
    """How a check came out. A failure stops noktvrn from doing its work; a warning does not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report; `fix` says what to do and is empty where all is well."""

    name: str
    state: State
    detail: str
    fix: str = ""


Look = Callable[[], Check | Iterable[Check]]


def check(
    home: Home,
    environ: Mapping[str, str] = os.environ,
    *,
    extra: Sequence[Look] = (),
    ask: bool = False,
    now: Clock = utc_now,
) -> list[Check]:
    """Every check in the order in which to read them; `extra` are those of the caller (database, lock, artefacts), of
    one line or of several.

    With `ask` the servers of the providers that are set up are asked whether they answer, without a key: call it
    outside of an event loop then. Else nothing leaves this machine.

    Raises nothing: a check that breaks is a failure with its error.
    """
    settings, lines = _settings(home, environ)
    home, day = home.with_output(settings.output_base_dir), now().date()
    looks: list[tuple[str, Callable[[], Iterable[Check]]]] = [
        ("python", _python),
        ("home", lambda: _home(home)),
        ("disk", lambda: _disk(home, settings.min_free_disk_mb)),
        ("settings", lambda: lines),
        *((_name(look), lambda look=look: _lines(look())) for look in extra),
        ("ffmpeg", lambda: _ffmpeg(settings)),
        ("providers", lambda: _providers(settings, day, ask=ask)),
        ("logs", lambda: _logs(home)),
        ("player", lambda: _players(environ)),
        ("terminal", lambda: _terminal(environ)),
    ]
    return [line for name, look in looks for line in _guarded(name, look)]


def _guarded(name: str, look: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    try:
        yield from look()
    except NoktvrnError as error:
        yield Check(name, State.FAIL, error.message, error.fix)
    except Exception as error:  # noqa: BLE001 - the report goes on
        detail = plain(f"the check broke: {type(error).__name__}: {error}", limit=200)
        yield Check(name, State.FAIL, detail, "This is a fault of noktvrn; please report it.")


def _lines(found: Check | Iterable[Check]) -> Iterable[Check]:
    return (found,) if isinstance(found, Check) else found


def _name(look: Look) -> str:
    name: str = getattr(look, "__name__", "check")
    return name.strip("_").replace("_", " ") if name.replace("_", "").isalnum() else "check"


def _python() -> Iterator[Check]:
    import sqlite3

    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] > NEWEST_TRIED:
        newest = ".".join(map(str, NEWEST_TRIED))
        yield Check("python", State.WARN, f"{here}: newer than any that was tried", f"Use Python {newest} or older.")
    else:
        yield Check("python", State.OK, f"{here} at {sys.executable}")
    if sqlite3.sqlite_version_info < MIN_SQLITE:
        fix = "Use a Python with a newer SQLite."
        yield Check("sqlite", State.FAIL, f"{sqlite3.sqlite_version}, needed is 3.35 or newer", fix)
    else:
        yield Check("sqlite", State.OK, sqlite3.sqlite_version)


def _home(home: Home) -> Iterator[Check]:
    if not home.root.exists():
        yield Check("home", State.OK, f"{home.root} is not there yet; the first start makes it")
        return
    for folder in (home.root, home.data, home.logs):
        if folder.exists() and (bad := _folder(folder, shared_is_fine=folder == home.root)):
            yield bad
            return
    if home.root.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        fix = f"chmod go-w {home.root}"
        yield Check("home", State.WARN, f"others may write to {home.root} and could swap what lies in it", fix)
    elif kind := network_kind(home.root):
        fix = "Use a home on a local disk: the databases need locks that such disks do not keep."
        yield Check("home", State.WARN, f"{home.root} is on a network disk ({kind})", fix)
    else:
        yield Check("home", State.OK, str(home.root))


def _folder(folder: Path, *, shared_is_fine: bool) -> Check | None:
    """What is wrong with a folder of ours, or None."""
    facts = folder.stat()
    if not stat.S_ISDIR(facts.st_mode):
        return Check("home", State.FAIL, f"{folder} is not a folder", "Move it away.")
    if facts.st_uid != os.getuid():
        detail = f"{folder} belongs to another user (uid {facts.st_uid})"
        return Check("home", State.FAIL, detail, "Name a home of your own with --home DIR or NOKTVRN_HOME.")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Check("home", State.FAIL, f"no write access to {folder}", f"chmod u+rwx {folder}")
    if facts.st_mode & 0o077 and not shared_is_fine:
        detail = f"{folder} is open to others (mode {stat.S_IMODE(facts.st_mode):04o})"
        return Check("home", State.WARN, detail, f"The next start sets it right, or: chmod 700 {folder}")
    return None


def _disk(home: Home, least_mb: int) -> Iterator[Check]:
    for name, folder in (("disk", home.data), ("disk of the releases", home.releases)):
        there = _nearest(folder)
        if folder == home.releases and there.stat().st_dev == _nearest(home.data).stat().st_dev:
            return
        free = shutil.disk_usage(there).free // 1_000_000
        detail = f"{free:,} MB free at {there}, MIN_FREE_DISK_MB is {least_mb:,}"
        if free < least_mb:
            yield Check(name, State.FAIL, detail, "Free some space, or lower MIN_FREE_DISK_MB: below it no run starts.")
        elif free < 2 * least_mb:
            yield Check(name, State.WARN, detail, "Free some space soon: below it no run starts.")
        else:
            yield Check(name, State.OK, detail)


def _nearest(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _settings(home: Home, environ: Mapping[str, str]) -> tuple[Settings, list[Check]]:
    try:
        loaded: Loaded = load(home, environ, tighten=False)
    except SettingsError as error:
        fix = "Correct it in .env or the environment; docs/settings.md lists every setting."
        notes = [Check("settings", State.WARN, note) for note in error.notes]
        return Settings(), [*(Check("settings", State.FAIL, problem, fix) for problem in error.problems), *notes]
    if loaded.notes:
        return loaded.settings, [Check("settings", State.WARN, note) for note in loaded.notes]
    place = f"{home.env_file} and the environment" if home.env_file.exists() else "the environment; there is no .env"
    return loaded.settings, [Check("settings", State.OK, f"read from {place}")]


def _ffmpeg(settings: Settings) -> Iterator[Check]:
    from engine.media import ffmpeg

    with _environment(settings.outside()):
        path = ffmpeg.executable()
        said = ffmpeg.run(["-version"], want_output=True).output.decode("utf-8", "replace")
        encoders = _second_words(ffmpeg.run(["-encoders"], want_output=True).output)
        filters = _second_words(ffmpeg.run(["-filters"], want_output=True).output)
    version = re.search(r"ffmpeg version (\S+)", said)
    major = re.search(r"ffmpeg version n?(\d+)\.", said)
    missing = [name for name in _ENCODERS if name not in encoders] + [name for name in _FILTERS if name not in filters]
    fix = "Unset FFMPEG_BINARY to use the one that came with noktvrn, or name a full build of ffmpeg 6 or newer."
    shown = f"{plain(version[1], limit=_SHOWN)} at {path}" if version else path
    if version is None:
        yield Check("ffmpeg", State.FAIL, f"{path} is not ffmpeg", fix)
    elif missing:
        yield Check("ffmpeg", State.FAIL, f"{shown} lacks {', '.join(missing)}", fix)
    elif major and int(major[1]) < MIN_FFMPEG:
        yield Check("ffmpeg", State.WARN, f"{shown} is older than {MIN_FFMPEG}", fix)
    else:
        yield Check("ffmpeg", State.OK, shown)
    with _environment(settings.outside()):
        yield _encoder(settings.clip_encoder)


def _encoder(wanted: str) -> Check:
    """Who would encode clips; hardware has encoded a few frames before it is named."""
    from engine.media import encoders

    try:
        chosen = encoders.choose(wanted)
    except MediaError as error:
        return Check("encoder", State.FAIL, error.message, error.fix)
    if chosen is not encoders.X264:
        return Check("encoder", State.OK, f"{chosen.name}: a trial of it worked")
    return Check("encoder", State.OK, "libx264" if wanted == chosen.name else "libx264: no hardware encoder works here")


def _second_words(listing: bytes) -> set[str]:
    """The names in ffmpeg's lists: each line holds flags, a name, a description."""
    return {words[1] for line in listing.decode("utf-8", "replace").splitlines() if len(words := line.split()) > 1}


@contextmanager
def _environment(chosen: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in chosen}
    os.environ.update(chosen)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _providers(settings: Settings, day: date, *, ask: bool) -> Iterator[Check]:
    yield Check("providers", State.OK, "the embedded studio and writer are always there and need no key")
    if keys := settings.keys():
        idle = [name for name in sorted(keys) if SPECS[name].read_by == NOT_READ]
        yet = f"; this version does not use {', '.join(idle)} yet" if idle else ""
        told = f"set: {', '.join(sorted(keys))}{yet}; `noktvrn llm ping` tries those of models"
        yield Check("keys", State.OK, told)
    chosen = [provider for provider in providers(settings, day) if provider.chosen]
    silent = _silent([provider.base_url for provider in chosen if provider.base_url]) if ask else {}
    for provider in chosen:
        yield _provider(provider, silent.get(provider.base_url or ""))


def _silent(bases: Sequence[str]) -> dict[str, str]:
    import asyncio

    from engine.safety.reach import all_unreachable

    return asyncio.run(all_unreachable(tuple(dict.fromkeys(bases))))


def _provider(provider: Provider, silent: str | None) -> Check:
    """A provider that somebody set something for. `silent` says why it does not answer, None where nobody asked it."""
    odd = [what for what, _ in provider.warnings]
    fixes = [fix for _, fix in provider.warnings]
    if provider.lacks and not odd:
        odd, fixes = [f"is never asked: {provider.lacks}"], ["Set it in .env, or take away what is set for it."]
    if silent:
        return Check(provider.name, State.FAIL, "; ".join([silent.rstrip("."), *odd]), " ".join([_REACH, *fixes]))
    if odd:
        return Check(provider.name, State.WARN, "; ".join(odd), " ".join(fixes))
    asked = "its server answers" if silent is not None else "not asked now"
    return Check(provider.name, State.OK, f"{provider.kind}, {provider.told}; {asked}")


def _logs(home: Home) -> Iterator[Check]:
    files = [*home.logs.glob("*.jsonl"), *home.logs.glob("*.jsonl.*")] if home.logs.is_dir() else []
    size = sum(file.stat().st_size for file in files) / 1_000_000
    detail = f"{size:,.1f} MB in {many(len(files), 'file')} at {home.logs}"
    if size > _LOG_WARN_MB:
        yield Check("logs", State.WARN, detail, "They rotate at 10 MB each; delete what something else left there.")
    else:
        yield Check("logs", State.OK, detail)


def _players(environ: Mapping[str, str]) -> Iterator[Check]:
    found = [name for name in _PLAYERS if shutil.which(name, path=environ.get("PATH"))]
    if not found:
        fix = "Install mpv to listen from the console; without it, play the files of a release."
        yield Check("player", State.WARN, "none found: tracks cannot be heard from the console", fix)
    elif "SSH_CONNECTION" in environ:
        yield Check("player", State.OK, f"{', '.join(found)}; over SSH the sound comes out of this machine, not yours")
    else:
        yield Check("player", State.OK, ", ".join(found))


def _terminal(environ: Mapping[str, str]) -> Iterator[Check]:
    size = _size()
    if size is None:
        yield Check("terminal", State.OK, "none here: use the commands, or `noktvrn headless`")
        return
    name = plain(environ.get("TERM", ""), limit=_SHOWN)
    through = [word for word, sign in (("tmux", "TMUX"), ("SSH", "SSH_CONNECTION")) if environ.get(sign)]
    via = f" through {' and '.join(through)}" if through else ""
    if name in ("", "dumb", "unknown"):
        yield Check("terminal", State.FAIL, f"TERM is {name or 'not set'}{via}", "export TERM=xterm-256color")
    else:
        yield Check("terminal", State.OK, f"{name}{via}")
    yield _colours(environ, name)
    columns, rows = size
    if columns < 80 or rows < 24:
        yield Check("size", State.WARN, f"{columns}x{rows}", "Make the window 80x24 or larger to see every pane.")
    else:
        yield Check("size", State.OK, f"{columns}x{rows}")
    yield _characters(environ)


def _size() -> tuple[int, int] | None:
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        try:
            if stream is not None and stream.isatty():
                return os.get_terminal_size(stream.fileno())
        except (OSError, ValueError):
            continue
    return None


def _colours(environ: Mapping[str, str], name: str) -> Check:
    if environ.get("NO_COLOR"):
        return Check("colours", State.OK, "none, as NO_COLOR asks")
    if environ.get("COLORTERM") in ("truecolor", "24bit") or name.endswith("-direct"):
        return Check("colours", State.OK, "16 million")
    if "256color" in name or name in ("xterm-kitty", "xterm-ghostty", "alacritty", "foot"):
        hint = " (if your terminal has more: export COLORTERM=truecolor)"
        return Check("colours", State.OK, f"256{hint}")
    return Check("colours", State.WARN, f"16, by TERM={name}", "export TERM=xterm-256color, if your terminal has them")


def _characters(environ: Mapping[str, str]) -> Check:
    locale = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
    if re.search(r"utf-?8", locale, re.IGNORECASE):
        return Check("characters", State.OK, plain(locale, limit=_SHOWN))
    detail = f"the locale is {plain(locale, limit=_SHOWN) or 'not set'}, which is not UTF-8"
    return Check("characters", State.WARN, detail, "export LANG=C.UTF-8, or frames and names come out wrong")
