"""Every error that a person may see, as one tree. A message names the thing; `fix` says what to do.

NoktvrnError                exit 1
├── UsageError              exit 2   what was asked for cannot be understood
│   ├── SettingsError       exit 2   a setting has a value that cannot be used
│   └── WordsError          exit 2   a title or lyrics that somebody typed cannot be used
├── EngineBusy              exit 3   another engine holds this home
├── EngineFell              exit 1   the supervisor or the worker ended without being asked to
├── NotFound                exit 4   no such artist, run, release
├── AlreadyDecided          exit 5   somebody was faster
├── NotAllowed              exit 1   the state machine forbids this step
├── ReadOnly                exit 1   whoever asks may look and change nothing
├── StoreBusy               exit 1   another process holds the database and does not let go of it
├── StoreError              exit 1   the database is damaged, newer, or not ours
├── FileProblem             exit 1   a path cannot be read, written or trusted
│   └── DiskFull            exit 1
├── DownloadError           exit 1   a file could not be fetched, or is not what was asked for
│   ├── AddressRefused      exit 1   an address that is never asked: wrong scheme, or a machine of a private network
│   ├── DownloadBroken      exit 1   nothing answered, the answer broke off, or it took too long: worth another try
│   ├── DownloadStatus      exit 1   the server answered with something other than the file
│   └── DownloadUnfit       exit 1   too large, of another type, or not what its first bytes must be
├── DeliveryError           exit 1   a release could not be brought to a target, or be taken back from it
│   ├── TargetRefused       exit 1   wrong key, host, rights or form: the same again would not help
│   │   └── Blocked         exit 1   something stands against the release: it goes on when that is gone
│   ├── TargetAway          exit 1   nothing answered, the line was cut, or the target asks for patience
│   ├── TargetFull          exit 1   no space is left at the target
│   └── OutcomeUnknown      exit 1   whether it arrived cannot be told: a person looks
├── MediaError              exit 1   ffmpeg is missing, failed, or a file is not what it should be
├── CheckFailed             exit 1   an artefact is outside its limits
├── CapReached              exit 1   a call would cost more than a cap allows now
├── NobodyAnswers           exit 1   no language model can be asked now
├── JobError                exit 1   work in a child process failed
└── Interrupted             exit 1   we are stopping; the work resumes at the next start
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """Exit codes of the command line; a contract with scripts."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    BUSY = 3
    NOT_FOUND = 4
    DECIDED = 5
    WAITS = 6


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as data: its type, what groups it with equal ones, our frames on its stack, its traceback."""

    type: str
    fingerprint: str
    frames: tuple[str, ...]
    trace: str


class NoktvrnError(Exception):
    """Base of every error with a message for a person."""

    exit_code: ClassVar[Exit] = Exit.FAILED

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".rstrip()


class UsageError(NoktvrnError):
    """What was asked for cannot be understood."""

    exit_code = Exit.USAGE


class SettingsError(UsageError):
    """One or more settings cannot be used; `problems` holds one line each, `notes` what else is worth knowing."""

    def __init__(self, problems: list[str], notes: Sequence[str] = ()) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.notes = tuple(notes)


class WordsError(UsageError):
    """Words that somebody typed cannot be used.

    `line` counts those of the lyrics from 1; 0 stands for the title, None for no line in particular.
    """

    def __init__(self, message: str, *, fix: str = "", line: int | None = None) -> None:
        super().__init__(message, fix=fix)
        self.line = line


class EngineBusy(NoktvrnError):
    """Another engine holds this home."""

    exit_code = Exit.BUSY


class EngineFell(NoktvrnError):
    """The supervisor or the worker ended without being asked to; the message holds its last words."""


class NotFound(NoktvrnError):
    """The named thing does not exist."""

    exit_code = Exit.NOT_FOUND


class AlreadyDecided(NoktvrnError):
    """The review was decided before, by somebody else or elsewhere."""

    exit_code = Exit.DECIDED


class NotAllowed(NoktvrnError):
    """The state machine forbids this step from here."""


class ReadOnly(NoktvrnError):
    """Whoever asks may look at everything and change nothing."""

    def __init__(self, fix: str = "Open one without --readonly to change something.") -> None:
        super().__init__("This console is read-only: it shows everything and changes nothing.", fix=fix)


class StoreBusy(NoktvrnError):
    """Another process holds the database and has not let go of it in time. The same again may well succeed."""


class StoreError(NoktvrnError):
    """The database is damaged, was made by a newer version, or is not ours. Another start would not help."""


class FileProblem(NoktvrnError):
    """A path cannot be read, written or trusted."""


class DiskFull(FileProblem):
    """No space is left where a file was being written."""


class DownloadError(NoktvrnError):
    """A file could not be fetched, or is not what was asked for. The message names the host and never the address,
    which may carry a signature."""


class AddressRefused(DownloadError):
    """The address is never asked: its scheme is wrong, or it leads to this machine or a private network."""


class DownloadBroken(DownloadError):
    """Nothing answered, the answer broke off, or it took too long. Another try may help."""


class DownloadStatus(DownloadError):
    """The server answered with `status` and not with the file; `retry_after` seconds where it named them."""

    def __init__(self, message: str, *, fix: str = "", status: int, retry_after: float | None = None) -> None:
        super().__init__(message, fix=fix)
        self.status = status
        self.retry_after = retry_after


class DownloadUnfit(DownloadError):
    """What came is too large, of another type, or does not begin as its type must. Another try would not help."""


class DeliveryError(NoktvrnError):
    """A release could not be brought to a target, or be taken back from it."""


class TargetRefused(DeliveryError):
    """The target refuses key, host, rights or form. The same again would not help before somebody changes something."""


class Blocked(TargetRefused):
    """Something stands against the release: nothing is sent before it is gone. `kinds` name what does."""

    def __init__(self, message: str, *, fix: str = "", kinds: Sequence[str] = ()) -> None:
        super().__init__(message, fix=fix)
        self.kinds = tuple(kinds)


class TargetAway(DeliveryError):
    """Nothing answered, the line was cut, or the target asks for patience: worth another try, after `retry_after`
    seconds where it named them."""

    def __init__(self, message: str, *, fix: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, fix=fix)
        self.retry_after = retry_after


class TargetFull(DeliveryError):
    """No space is left at the target. Worth another try when somebody made some."""


class OutcomeUnknown(DeliveryError):
    """Whether the release arrived cannot be told from here. It is not sent again before that is known."""


class MediaError(NoktvrnError):
    """ffmpeg is missing or failed, or a media file is not what it should be."""


class CheckFailed(NoktvrnError):
    """An artefact was made but lies outside its limits."""


class CapReached(NoktvrnError):
    """A call would cost more than a cap allows, or spending is paused: the work waits, nothing was called.

    `cap` is day, artist, run or pause; `until` when it can go on by itself, None where only a person can free it.
    """

    def __init__(self, message: str, *, fix: str, cap: str, until: datetime | None) -> None:
        super().__init__(message, fix=fix)
        self.cap = cap
        self.until = until


class NobodyAnswers(NoktvrnError):
    """No language model of a ladder answered: the work waits. `until` is when the first may be asked again."""

    def __init__(self, message: str, *, fix: str, until: datetime | None) -> None:
        super().__init__(message, fix=fix)
        self.until = until


class JobError(NoktvrnError):
    """Work in a child process failed: `fault` is what the child told of its own error."""

    def __init__(self, message: str, *, fix: str = "", fault: Fault) -> None:
        super().__init__(message, fix=fix)
        self.fault = fault


class Interrupted(NoktvrnError):
    """The engine is stopping; the work resumes at the next start."""
