"""Applies, takes back and tries patches in processes of their own, and ends them where it is told to.

A process that has loaded everything waits for orders, one JSON object a line, and forks for each: so a kill costs no
start. `python -m tests.faults.patch_hand`; an order's `do` is apply, revert, trial or start. It ends by SIGKILL at its
`point`-th step, or `delay` seconds after it began, with `group` together with the git that it started.
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
from typing import Any

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
        words, steps = Path(folder, "words"), Path(folder, "steps")
        began = time.monotonic()
        child = os.fork()
        if not child:
            _child(order, words, steps, began)
        if order.get("delay") is not None:
            time.sleep(order["delay"])
            (os.killpg if order.get("group") else os.kill)(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        return {
            "ended": os.waitstatus_to_exitcode(status),
            "words": words.read_text() if words.exists() else "",
            "steps": steps.read_text().splitlines() if steps.exists() else [],
            "took": time.monotonic() - began,
        }


def _child(order: dict[str, Any], words: Path, steps: Path, began: float) -> None:
    os.setsid()
    handle = os.open(words, os.O_WRONLY | os.O_CREAT)
    os.dup2(handle, 2)
    sys.stderr = os.fdopen(2, "w")
    passed = 0

    def point(name: str) -> None:
        nonlocal passed
        with steps.open("a") as stream:
            stream.write(f"{name}\t{time.monotonic() - began}\n")
        passed += 1
        if passed == order.get("point"):
            (os.killpg if order.get("group") else os.kill)(os.getpid(), signal.SIGKILL)

    hold.point = moving.point = point
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

    async def unheard(_: str) -> None:
        return

    commit = for_trial(checkout, patch.commit, "t-again")
    await trial.run(checkout, base=patch.base, commit=commit, files=patch.files, work=work, redact=str, report=unheard)


if __name__ == "__main__":
    main()
