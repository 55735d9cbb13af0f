"""Hearing a track: by a player of this machine where there is one and a sound device, else in plain words how."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.settings import Settings

PLAYERS: tuple[tuple[str, ...], ...] = (
    ("mpv", "--no-video", "--really-quiet"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("play", "-q"),
    ("afplay",),
)


@dataclass(frozen=True, slots=True)
class Sound:
    """What this machine can do. `command` is empty where nothing can be played; then `why` says why."""

    command: tuple[str, ...]
    why: str = ""
    remote: bool = False


def look(
    environ: Mapping[str, str],
    which: Callable[[str], str | None] = shutil.which,
    devices: Path = Path("/dev/snd"),
    *,
    served: bool = False,
) -> Sound:
    """Finds a player and a device. Over SSH and in a browser the sound would come out where nobody sits."""
    if served:
        return Sound((), "This console is seen in a browser: sound would come out of the machine that it runs on.")
    if environ.get("SSH_CONNECTION"):
        return Sound((), "This is a session over SSH: sound would come out of the far machine.", remote=True)
    command = next(((path, *arguments) for name, *arguments in PLAYERS if (path := which(name))), ())
    if not command:
        return Sound((), "No player is installed here (mpv, ffplay, pw-play, paplay, aplay, play).")
    if not _device(environ, devices):
        return Sound((), "This machine has no sound device.")
    return Sound(tuple(command))


def _device(environ: Mapping[str, str], devices: Path) -> bool:
    if os.uname().sysname == "Darwin" or environ.get("PULSE_SERVER"):
        return True
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime and any((Path(runtime) / name).exists() for name in ("pulse/native", "pipewire-0")):
        return True
    return any(devices.glob("pcm*p"))


def how_to_hear(sound: Sound) -> str:
    """One or two sentences for a person."""
    if sound.command:
        player = Path(sound.command[0]).name
        return (
            f"Press {{review.listen|l}} to listen; once more stops. It plays by {player}. "
            "{review.link|L} opens a link to it."
        )
    return f"{sound.why} {{review.listen|l}} says how to hear it; {{review.link|L}} opens a link that works once."


def by_telegram(settings: Settings) -> str:
    """How far hearing it on a telephone is: a sentence for a person."""
    if settings.telegram_bot_token is None:
        return "Not set up: TELEGRAM_BOT_TOKEN in .env names a bot; `noktvrn telegram` says how it goes on from there."
    return "The bot sends each song that waits to those who enrolled, with the same choices."


class Player:
    """Plays one file at a time."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def plays(self) -> bool:
        """Whether something sounds now."""
        return self._child is not None and self._child.poll() is None

    def play(self, sound: Sound, track: Path) -> None:
        """Starts to play; what played before stops. Raises OSError."""
        self.stop()
        self._child = subprocess.Popen(
            [*sound.command, str(track)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def stop(self) -> None:
        """Silence."""
        if self._child is None:
            return
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(1)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._child = None
