"""A child that makes signing keys and dies by SIGKILL at the Nth thing that it does to the file system."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from engine.domain.clock import utc_now
from engine.release import keys

EVENTS = {"open", "os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "fcntl.flock"}


def main() -> None:
    """`python -m tests.faults.dying FOLDER N DEED`; prints `done` where it got to the end."""
    folder, left, deed = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    ring = keys.Keyring(folder, "Harbour Label")
    import cryptography.hazmat.primitives.asymmetric.ec  # what is imported is no part of what is counted
    import cryptography.x509  # noqa: F401

    def count(event: str, args: tuple[object, ...]) -> None:
        nonlocal left
        if event not in EVENTS or (isinstance(args[0], str | os.PathLike) and str(folder) not in str(args[0])):
            return
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    if deed == "replace":
        keys.replace(ring, utc_now())
    else:
        keys.credential(ring, utc_now())
    sys.stdout.write("done")


if __name__ == "__main__":
    main()
