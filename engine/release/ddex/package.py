"""A package's own messages: where they lie, how they are made from its documents, and that they still say the same."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from engine.domain.errors import CheckFailed
from engine.release.ddex.check import check
from engine.release.ddex.compose import Source, beside, single
from engine.release.ddex.messages import write
from engine.release.ddex.model import AVS_VERSION, Correspondent, Exchange, Version
from engine.release.ddex.reader import read
from engine.release.ddex.schema import validate
from engine.release.disclosure import Disclosure
from engine.release.manifest import Listed
from engine.release.metadata import Metadata, Role

_log = logging.getLogger(__name__)

NAMES: dict[Role, str] = {"ern": "ern/NewReleaseMessage.xml", "ern-43": "ern/ern43/NewReleaseMessage.xml"}
"""The messages' names in the package by role."""
VERSIONS: dict[Role, Version] = {"ern": Version.ERN432, "ern-43": Version.ERN43}


def messages(
    metadata: Metadata, disclosure: Disclosure, files: Mapping[str, Listed], exchange: Exchange
) -> dict[Role, bytes]:
    """Both messages for a package. Raises CheckFailed where one cannot be written or does not pass our own check."""
    found = {}
    for role, version in VERSIONS.items():
        source = Source(metadata, disclosure, files, beside("../" * NAMES[role].count("/")))
        found[role] = write(single(source, exchange, version), version)
        if problems := check(found[role]):
            raise CheckFailed(f"The DDEX message of release {metadata.release_id} {problems[0]}.")
    return found


def differences(
    role: Role, folder: Path, metadata: Metadata, disclosure: Disclosure, files: Mapping[str, Listed]
) -> list[str]:
    """What is wrong with a package's message: in itself, against the files, against the package's documents.

    Raises OSError where a file cannot be read.
    """
    path = folder / NAMES[role]
    text = path.read_bytes()
    if problems := check(text, lies_in=path.parent, package=folder):
        return problems
    try:
        wanted = messages(metadata, disclosure, files, exchange_of(text))[role]
    except CheckFailed as error:
        return [f"cannot be made from the package's documents: {error.message}"]
    return [] if text == wanted else ["does not say what the package's documents say"]


def exchange_of(text: bytes) -> Exchange:
    """Between whom a message that was checked goes."""
    root = read(text)
    header = root.find("MessageHeader")
    if header is None:
        return Exchange()
    sender, recipient = (
        Correspondent(header.findtext(f"{role}/PartyId", ""), header.findtext(f"{role}/PartyName/FullName", ""))
        for role in ("MessageSender", "MessageRecipient")
    )
    avs = root.get("AvsVersionId", AVS_VERSION)
    return Exchange(sender, recipient, header.findtext("MessageControlType") == "LiveMessage", avs, avs)


def ask_schema(folder: Path, schema: Path) -> None:
    """Raises CheckFailed where DDEX's own schema refuses a message of the package; logs where it cannot be asked."""
    for name in NAMES.values():
        verdict = validate((folder / name).read_bytes(), schema)
        if verdict.state == "invalid":
            raise CheckFailed(
                f"DDEX's schema refuses {name}: {verdict.problems[0]}.",
                fix="Report it with the message; without DDEX_XSD_PATH the package is made unasked.",
            )
        if verdict.state == "unavailable":
            _log.warning("DDEX's schema was not asked about %s: %s.", name, verdict.why)
