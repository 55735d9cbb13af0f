"""`python -m engine.service --home DIR --mode headless|embedded|oneshot`: the engine of one home, in the foreground."""

from __future__ import annotations

import argparse
import sys

from engine.domain.errors import NoktvrnError
from engine.home import locate, prepare
from engine.lock import Mode
from engine.repair import guard
from engine.service.supervisor import supervise


def main() -> int:
    """Settles an interrupted patch, parses the options, supervises; errors leave as one message and their exit code."""
    guard.enter()
    parser = argparse.ArgumentParser(prog="engine.service")
    parser.add_argument("--home", required=True)
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.HEADLESS)
    options = parser.parse_args()
    try:
        home = locate(options.home, {})
        prepare(home)
        return supervise(home, options.mode)
    except NoktvrnError as error:
        print(f"noktvrn: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
