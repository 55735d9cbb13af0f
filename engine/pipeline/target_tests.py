"""What an engine finds out about targets for a person: a server's host key, and whether a delivery could go there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from engine.domain.delivery import Finding
from engine.domain.errors import DeliveryError, NotAllowed
from engine.pipeline import target_desk
from engine.pipeline.line import Line
from engine.store import deliveries

KINDS = ("target_look", "target_test")


async def carry_out(line: Line, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of the result, or an error for a person. Raises NotFound."""
    if kind == "target_look":
        from engine.delivery.ssh import host_key_of

        try:
            found = await host_key_of(str(arguments["host"]), int(arguments["port"]))
        except DeliveryError as error:  # a name mistyped is no error of ours
            return {"error": str(error)}
        return {"rows": [{"key": found.key, "fingerprint": found.fingerprint}]}
    if kind == "target_test":
        return {"rows": [asdict(finding) for finding in await _test(line, str(arguments["name"]))]}
    raise NotAllowed(f"There is no command {kind!r}.")


async def _test(line: Line, name: str) -> tuple[Finding, ...]:
    async with line.database.read() as connection:
        target = await deliveries.target(connection, name)
    try:
        found = await target_desk.opened(line, target).check()
    except DeliveryError as error:
        found = (Finding("setup", False, error.message, error.fix),)
    own = target_desk.redactor_of(line, target.name, target.kind)
    clean = tuple(Finding(each.name, each.ok, own.text(each.detail), own.text(each.fix)) for each in found)
    async with line.database.write() as connection:
        await deliveries.checked(connection, name, clean, line.now())
    return clean
