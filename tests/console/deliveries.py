"""A label that delivers: four targets, and one release on its way in every state that a person meets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from engine.domain.delivery import DeliveryState, FileReceipt, Finding, Mode, Receipt, TargetKind
from engine.domain.runs import POLICY
from engine.store import deliveries, releases
from tests import packages
from tests.console.label import NOW, OPERATOR, Label

S = DeliveryState
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8mWvgQb3QXzWzZxZ7mJt4rZQb0m1xk8n9sV2q3l4u5"
OPTIONS: Mapping[str, tuple[TargetKind, dict[str, str], dict[str, str]]] = {
    "usb": (TargetKind.FOLDER, {"path": "/mnt/usb/releases"}, {}),
    "merlin": (
        TargetKind.SFTP,
        {
            "host": "sftp.merlin.example",
            "port": "22",
            "user": "vesper",
            "folder": "in",
            "key_file": "/srv/label/.ssh/merlin",
            "layout": "ddex",
            "priority": "N",
            "ern": "4.3.2",
            "host_key": HOST_KEY,
        },
        {"rights": "yes"},
    ),
    "store": (
        TargetKind.S3,
        {"endpoint": "", "region": "eu-north-1", "bucket": "releases", "prefix": "in", "addressing": "auto"},
        {},
    ),
    "channel": (
        TargetKind.YOUTUBE,
        {"base": "https://www.googleapis.com", "token_url": "https://oauth2.example/token", "takedown": "private"},
        {"rights": "yes"},
    ),
}


async def add_targets(label: Label) -> None:
    """A folder, a server, a storage and a channel."""
    async with label.database.write() as connection:
        for name, (kind, options, answers) in OPTIONS.items():
            mode = Mode.AUTOMATIC if name == "store" else Mode.ASK
            await deliveries.add_target(connection, name, kind, mode, options, answers, OPERATOR, NOW)
        found = [
            Finding("login", True, "vesper@sftp.merlin.example:22 knows us"),
            Finding("space", True, "812 MB free"),
        ]
        await deliveries.checked(connection, "merlin", found, NOW - timedelta(hours=3))


async def add_release(label: Label, run_id: str, artist_id: str, title: str, number: int) -> str:
    """A package of a song; returns its id."""
    release_id = f"p-000000000{number}"
    folder, digest = packages.make(label.home.releases / release_id, wav=4_000, clip=1_000)
    async with label.database.write() as connection:
        row = releases.Release(
            *(release_id, run_id, artist_id, f"v-000000000{number}", title, str(folder)),
            *(digest, {}, NOW - timedelta(minutes=number)),
        )
        await releases.add(connection, row)
    return release_id


class Deliveries:
    """Puts deliveries where a test wants them, by the steps that the engine takes."""

    def __init__(self, label: Label) -> None:
        self._label = label
        self._count = 0

    async def asked(self, release_id: str, target: str) -> str:
        """One that waits for a word; returns its id."""
        self._count += 1
        own = f"s-000000000{self._count}"
        async with self._label.database.write() as connection:
            with patch.object(deliveries, "new_id", lambda _: own):
                await deliveries.add(connection, release_id, target, S.ASKED, POLICY, NOW - timedelta(minutes=9))
        return own

    async def move(self, delivery_id: str, *steps: S, minutes_ago: float = 1, **columns: Any) -> None:
        """Takes these steps; the columns belong to the last one."""
        async with self._label.database.write() as connection:
            for step in steps:
                found = await deliveries.get(connection, delivery_id)
                by = OPERATOR if step in (S.QUEUED, S.WAITING) else None
                last = columns if step is steps[-1] else {}
                at = NOW - timedelta(minutes=minutes_ago)
                await deliveries.move(connection, found, step, at, actor=by, **last)

    async def delivered(self, delivery_id: str) -> None:
        """It arrived, three files with their receipts."""
        await self.move(delivery_id, S.QUEUED, S.SENDING, bytes_total=54_700_000)
        names = (("Vesper Lane - Night Ferry.wav", 29_400_000), ("manifest.json", 9_100), ("MANIFEST.sha256", 1_020))
        files = [FileReceipt(name, f"/mnt/{name}", size, "a1" * 32, NOW) for name, size in names]
        async with self._label.database.write() as connection:
            found = await deliveries.get(connection, delivery_id)
            for each in files:
                await deliveries.has(connection, found, each)
        place = "sftp://vesper@sftp.merlin.example:22/in/N_20261123213000417"
        receipt = Receipt("N_20261123213000417", place, (), ("The recipient takes batches every hour.",))
        await self.move(delivery_id, S.DELIVERED, receipt=receipt, finished_at=NOW, bytes_done=54_700_000)


async def fill_deliveries(label: Label, ids: Mapping[str, str]) -> dict[str, str]:
    """Targets, two releases, and deliveries in most states; returns the ids by the state's name."""
    await add_targets(label)
    ferry = await add_release(label, ids["review"], ids["Vesper Lane"], "Night Ferry", 1)
    tram = await add_release(label, ids["second"], ids["Ohm Garden"], "Warm Machines", 2)
    put = Deliveries(label)
    found = {"release": ferry}
    found["asked"] = await put.asked(ferry, "usb")
    found["delivered"] = await put.asked(ferry, "merlin")
    await put.delivered(found["delivered"])
    found["sending"] = await put.asked(ferry, "store")
    await put.move(found["sending"], S.QUEUED, S.SENDING, bytes_total=54_700_000, minutes_ago=0)
    async with label.database.write() as connection:
        at = {"bytes_done": 34_500_000, "at_file": "Vesper Lane - Night Ferry.mp4"}
        await deliveries.change(connection, found["sending"], **at)
    found["unsaid"] = await put.asked(ferry, "channel")
    found["failed"] = await put.asked(tram, "usb")
    failure = {"cause": "/mnt/usb/releases is not there.", "fix": "Mount the disk.", "retryable": True}
    again = {"failure": failure, "failures": 1, "next_try_at": NOW + timedelta(minutes=5), "attempt": 2}
    await put.move(found["failed"], S.QUEUED, S.SENDING, S.FAILED, minutes_ago=4, **again)
    found["unknown"] = await put.asked(tram, "merlin")
    failure = {"cause": "The batch was complete and is not there any more.", "fix": "Ask the recipient."}
    await put.move(found["unknown"], S.QUEUED, S.SENDING, S.UNKNOWN, minutes_ago=7, failure=failure, failures=1)
    found["waiting"] = await put.asked(tram, "store")
    await put.move(found["waiting"], S.WAITING, due_at=NOW + timedelta(days=31), minutes_ago=8)
    return found
