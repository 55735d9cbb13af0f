"""Runs every benchmark: `python -m benchmarks [NAME ...]`."""

from __future__ import annotations

import json
import sys
from importlib import import_module

NAMES = ("words", "studio", "clip", "package", "cycle", "music", "console", "llm", "ingest")


def main(wanted: list[str]) -> int:
    """Prints one JSON line for each figure; the exit code says whether every target was met."""
    met = True
    for name in wanted or NAMES:
        for figure in import_module(f"benchmarks.{name}").run():
            print(json.dumps({"benchmark": name, **figure}), flush=True)
            met = met and figure.get("met", True)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
