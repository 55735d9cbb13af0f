"""The DDEX batch: which file goes where on the recipient's server, and the manifest that says that all is there.

ERN Choreography over SFTP, version 1.7, clauses 8.3 and 8.4 (kb.ddex.net/display/ECHO17FTP): a folder `P_`, `N_` or
`M_` with the batch's id; in it a folder for each release with the message, and its files under `resources/`; last the
`ManifestMessage` as `BatchComplete_<BatchId>.xml`. Its elements are those of the data dictionary (ddex.net/dd/ECHO17).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import unquote
from xml.etree import ElementTree

from engine.delivery.target import Parcel, ParcelFile
from engine.domain.delivery import Turn
from engine.domain.errors import TargetRefused

NAMESPACE = "http://ddex.net/xml/ern-c-sftp/17"
MESSAGES = {"4.3.2": "ern/NewReleaseMessage.xml", "4.3": "ern/ern43/NewReleaseMessage.xml"}
"""Where a package keeps its message, by the form of it."""
_MOST_BYTES = 4 << 20
_MOST_A_SECOND = 999
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,60}")


@dataclass(frozen=True, slots=True)
class Placed:
    """A file and the path under the batch's own folder."""

    file: ParcelFile
    path: PurePosixPath


@dataclass(frozen=True, slots=True)
class Message:
    """What a batch needs to know of a DDEX message."""

    kind: str
    id: str
    sender: tuple[str, str]
    recipient: tuple[str, str]
    test: bool
    release_id: str
    """A GRid or ICPN of the release, empty where it has none yet."""
    id_kind: str
    uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """A whole batch: its folder, its files in order, and its manifest."""

    folder: str
    files: tuple[Placed, ...]
    manifest_name: str
    manifest: bytes


def batch_id(turn: Turn) -> str:
    """`YYYYMMDDhhmmssnnn`: the second in which it was asked for, in UTC, and its number there. Raises TargetRefused
    where the form has no number left."""
    if turn.number > _MOST_A_SECOND:
        raise TargetRefused(
            f"More than {_MOST_A_SECOND + 1} deliveries were asked of this target in one second.",
            fix="Withdraw this one, then deliver it anew.",
        )
    return f"{turn.at.astimezone(UTC):%Y%m%d%H%M%S}{turn.number:03d}"


def delivery_batch(parcel: Parcel, *, ern: str, priority: str) -> Batch:
    """The batch that delivers a parcel. Raises TargetRefused where the package holds no fit message."""
    found = next((file for file in parcel.files if file.name == MESSAGES[ern]), None)
    if found is None:
        raise TargetRefused(
            f"The package of {parcel.release_id} holds no DDEX message {MESSAGES[ern]}.",
            fix="Package it anew, or give the target the layout `plain`.",
        )
    message = read_message(found)
    return _batch(parcel, parcel.turn, found, tuple(_resources(parcel, message)), message, priority)


def takedown_batch(parcel: Parcel, *, priority: str) -> Batch:
    """The batch that withdraws it. Raises TargetRefused where nobody gave the messages for that."""
    if not parcel.takedown or parcel.takedown_turn is None:
        raise TargetRefused(
            f"There is no takedown message for {parcel.release_id}.",
            fix="Tell the recipient, then `noktvrn releases settle`.",
        )
    message = parcel.takedown[0]
    return _batch(parcel, parcel.takedown_turn, message, (), read_message(message), priority, "TakeDown")


def _resources(parcel: Parcel, message: Message) -> Iterator[ParcelFile]:
    """The files that the message names, each once."""
    by_name = {PurePosixPath(file.name).name: file for file in parcel.files}
    for uri in dict.fromkeys(message.uris):
        name = PurePosixPath(unquote(uri)).name
        if name not in by_name:
            raise TargetRefused(
                f"The DDEX message of {parcel.release_id} names {name[:80]!r}, which is not in the package.",
                fix="See `noktvrn releases verify`.",
            )
        yield by_name[name]


def _batch(
    parcel: Parcel,
    turn: Turn,
    message_file: ParcelFile,
    resources: tuple[ParcelFile, ...],
    message: Message,
    priority: str,
    kind: str = "NewReleaseDelivery",
) -> Batch:
    """`kind` is the manifest's word for what the batch does, however its message is called."""
    own = batch_id(turn)
    release = message.release_id if _PLAIN.fullmatch(message.release_id) else parcel.release_id
    place = PurePosixPath(release)
    files = (
        *(Placed(file, place / "resources" / PurePosixPath(file.name).name) for file in resources),
        Placed(message_file, place / f"{release}.xml"),
    )
    folder = f"{priority}_{own}"
    text = _manifest(message, folder, f"/{place}/{release}.xml", parcel.release_id, message_file.sha256, turn.at, kind)
    return Batch(folder, files, f"BatchComplete_{own}.xml", text)


def read_message(file: ParcelFile) -> Message:
    """Reads what we wrote ourselves; its elements have no prefix but the root. Raises TargetRefused."""
    try:
        data = file.path.read_bytes()
        if len(data) > _MOST_BYTES or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise ValueError
        root = ElementTree.fromstring(data)  # noqa: S314 - of our own package, and no entities
    except (OSError, ValueError, ElementTree.ParseError) as error:
        raise TargetRefused(f"{file.name} is no DDEX message.", fix="See `noktvrn releases verify`.") from error
    header = _child(root, "MessageHeader")
    ids = next((found for found in root.iter() if _local(found) == "ReleaseId"), None)
    kind, release_id = next(
        ((name, text) for name in ("GRid", "ICPN") if (text := _text(ids, name))), ("ProprietaryId", "")
    )
    return Message(
        kind=_local(root),
        id=_text(header, "MessageId"),
        sender=_party(_child(header, "MessageSender")),
        recipient=_party(_child(header, "MessageRecipient")),
        test=_text(header, "MessageControlType") != "LiveMessage",
        release_id=release_id,
        id_kind=kind,
        uris=tuple(found.text.strip() for found in root.iter() if _local(found) == "URI" and found.text),
    )


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(parent: ElementTree.Element | None, name: str) -> ElementTree.Element | None:
    return next((found for found in parent if _local(found) == name), None) if parent is not None else None


def _text(parent: ElementTree.Element | None, name: str) -> str:
    found = _child(parent, name)
    return (found.text or "").strip() if found is not None else ""


def _party(element: ElementTree.Element | None) -> tuple[str, str]:
    return _text(element, "PartyId"), _text(_child(element, "PartyName"), "FullName")


def _manifest(message: Message, folder: str, url: str, own_id: str, sha256: str, at: datetime, kind: str) -> bytes:
    root = ElementTree.Element("ern-c-sftp:ManifestMessage", {"xmlns:ern-c-sftp": NAMESPACE, "MessageVersionId": "17"})
    header = ElementTree.SubElement(root, "MessageHeader")
    for name, (party, full_name) in (("MessageSender", message.sender), ("MessageRecipient", message.recipient)):
        element = ElementTree.SubElement(header, name)
        _add(element, "PartyId", party)
        if full_name:
            _add(ElementTree.SubElement(element, "PartyName"), "FullName", full_name)
    _add(header, "MessageCreatedDateTime", at.isoformat(timespec="seconds"))
    _add(root, "IsTestFlag", str(message.test).lower())
    _add(root, "RootDirectory", folder)
    _add(root, "NumberOfMessages", "1")
    included = ElementTree.SubElement(root, "MessageInBatch")
    _add(included, "MessageType", message.kind)
    _add(included, "MessageId", message.id)
    _add(included, "URL", url)
    ids = ElementTree.SubElement(included, "IncludedReleaseId")
    if message.release_id:
        _add(ids, message.id_kind, message.release_id)
    else:
        _add(ids, "ProprietaryId", own_id, Namespace=message.sender[0] or "noktvrn")
    _add(included, "DeliveryType", kind)
    _add(included, "ProductType", "AudioProduct")
    sums = ElementTree.SubElement(included, "HashSum")
    _add(sums, "HashSum", sha256)
    _add(sums, "HashSumAlgorithmType", "SHA-256")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _add(parent: ElementTree.Element, name: str, text: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, name, attributes).text = text
