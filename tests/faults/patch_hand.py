"""Applies, takes back and tries patches in processes of their own, and ends them where it is told to.

A process that has loaded everything waits for orders, one JSON object a line, and forks for each: so a kill costs no
start. `python -m tests.faults.patch_hand`; an order's `do` is apply, revert, trial or start. It ends by SIGKILL at its
`point`-th step, or `delay` seconds after it began or after it passed the step `past`, with `group` together with the
git that it started.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import at
from engine.repair import guard, hold, moving, rows
from engine.repair.apply import apply, digest_of, revert
from engine.repair.checkout import Checkout
from engine.repair.ground import Ground
from engine.store import repairs
from engine.store.database import open_database

PERSON = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "ada")


def main() -> None:
    """Obeys until its standard input ends."""
    for line in sys.stdin:
        print(json.dumps(_obey(json.loads(line))), flush=True)


def _obey(order: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder, "words")
        ours, theirs = os.pipe()
        began = time.monotonic()
        child = os.fork()
        if not child:
            os.close(ours)
            _child(order, words, theirs)
        os.close(theirs)
        steps: list[tuple[str, float]] = []
        with os.fdopen(ours) as told:
            if order.get("delay") is not None:
                if order.get("past"):
                    _hear(told, began, steps, until=order["past"])
                time.sleep(order["delay"])
                (os.killpg if order.get("group") else os.kill)(child, signal.SIGKILL)
            _hear(told, began, steps)
        _, status = os.waitpid(child, 0)
        said = words.read_text() if words.exists() else ""
        return {"ended": os.waitstatus_to_exitcode(status), "words": said, "steps": steps}


def _hear(told: TextIO, began: float, steps: list[tuple[str, float]], until: str = "") -> None:
    """Notes the steps as they are told, up to one of them or to the end of the process."""
    for line in told:
        steps.append((line.strip(), time.monotonic() - began))
        if line.strip() == until:
            return


def _child(order: dict[str, Any], words: Path, told: int) -> None:
    os.setsid()
    handle = os.open(words, os.O_WRONLY | os.O_CREAT)
    os.dup2(handle, 2)
    sys.stderr = os.fdopen(2, "w")
    passed = 0

    def point(name: str) -> None:
        nonlocal passed
        os.write(told, f"{name}\n".encode())
        passed += 1
        if passed == order.get("point"):
            (os.killpg if order.get("group") else os.kill)(os.getpid(), signal.SIGKILL)

    hold.point = point
    moving.point = point  # type: ignore[attr-defined]
    try:
        if order["do"] == "start":
            guard.enter(Path(order["root"]))
        asyncio.run(_work(order))
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    sys.stderr.flush()
    os._exit(0)


async def _work(order: dict[str, Any]) -> None:
    home, checkout = at(Path(order["home"])), Checkout(Path(order["root"]))
    ground = Ground(checkout, home.root, as_root=True)
    now = datetime.now(UTC)
    database = await open_database(home.database, home.backups)
    try:
        if order["do"] == "start":
            await rows.take_in(database, ground, now)
            return
        async with database.read() as connection:
            patch = await repairs.patch(connection, order["patch"])
        if order["do"] == "apply":
            await apply(database, ground, patch.id, digest_of(patch.diff), PERSON, now)
        elif order["do"] == "revert":
            await revert(database, ground, patch.id, PERSON, now)
        else:
            await _trial(checkout, patch, home.work / f"trial-{patch.id}")
    finally:
        await database.close()


async def _trial(checkout: Checkout, patch: repairs.Patch, work: Path) -> None:
    from engine.repair import trial
    from engine.repair.trailers import for_trial

    def unheard(_share: float, _step: str) -> None:
        return

    commit = for_trial(checkout, patch.commit, "t-again")
    await trial.run(checkout, base=patch.base, commit=commit, files=patch.files, work=work, redact=str, report=unheard)


if __name__ == "__main__":
    main()
