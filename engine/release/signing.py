"""C2PA manifests in media files, written and read without a network.

FLAC is left out: a signed FLAC begins with an ID3 tag, which strict recipients refuse. No time stamp authority is
asked, so a signature counts as long as its certificate does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.domain.errors import CheckFailed
from engine.release import assertions, certificates, embedding
from engine.release.assertions import Work
from engine.release.certificates import Credential, KeyUnusable
from engine.release.content import content_sha256
from engine.release.disclosure import Disclosure
from engine.release.provenance import SIGNED, Origin

if TYPE_CHECKING:
    from c2pa import Context, Signer
    from cryptography.x509 import Certificate

MIME = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".jpg": "image/jpeg"}
"""What is signed, by suffix."""
_UNTRUSTED = "signingCredential.untrusted"
_OFFLINE = {
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"verify_after_sign": False, "verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
}


@dataclass(frozen=True, slots=True)
class Signing:
    """What signs a package. `forbid`: the operator wants nobody to train on it or to mine it."""

    credential: Credential
    forbid: bool = False


def sign_media(signing: Signing, metadata: Work, disclosure: Disclosure, media: Iterable[tuple[str, Path]]) -> None:
    """Signs in place the files, given with their roles, that are signed; FLAC and others are passed over.

    The last thing that happens to a file: whatever is changed later breaks the signature. Raises KeyUnusable where the
    key is refused, CheckFailed where sound or picture came out otherwise than it went in.
    """
    with _signer(signing.credential) as signer, _context() as context:
        for role, path in media:
            if path.suffix not in MIME:
                continue
            definition = assertions.definition(metadata, disclosure, role, version("noktvrn"), forbid=signing.forbid)
            before = content_sha256(path)
            _sign(signer, context, definition, path)
            if content_sha256(path) != before:
                raise CheckFailed(f"The content of {path.name} changed while it was signed.")


def origin(path: Path, artefact_sha256: str, process: str, *, signed: bool) -> Origin:
    """Where a media file that lies there came from, and, where it was signed, what it is without that."""
    if not signed or path.suffix not in MIME:
        return Origin(path.name, artefact_sha256, process)
    return Origin(path.name, artefact_sha256, f"{process}{SIGNED}", content_sha256(path))


def _signer(credential: Credential) -> Signer:
    from c2pa import C2paError, C2paSignerInfo, Signer

    try:
        return Signer.from_info(
            C2paSignerInfo(
                alg=credential.algorithm.encode(), sign_cert=credential.chain, private_key=credential.key, ta_url=None
            )
        )
    except C2paError as error:
        raise _refused(error) from error


def _context(anchor: str = "") -> Context:
    from c2pa import Context, Settings

    # Named here, for a reader that is told of an anchor and of no purposes takes certificates for e-mail alone.
    trust = {"trust_config": "\n".join(certificates.PURPOSES)} | ({"user_anchors": anchor} if anchor else {})
    return Context(settings=Settings.from_dict({**_OFFLINE, "trust": trust}))


def _sign(signer: Signer, context: Context, definition: dict[str, Any], path: Path) -> None:
    from c2pa import Builder, C2paError

    part = path.with_name(f".{path.stem[:40]}-signed{path.suffix}")
    try:
        with Builder(definition, context=context) as builder:
            if path.suffix == ".mp3":
                embedding.sign_mp3(builder, signer, path, part)
            else:
                with path.open("rb") as source, part.open("w+b") as target:
                    builder.sign(signer, MIME[path.suffix], source, target)
        part.replace(path)
    except C2paError as error:
        raise _refused(error, path.name) from error
    finally:
        part.unlink(missing_ok=True)


def _refused(error: Exception, name: str = "") -> KeyUnusable:
    what = f"{name} could not be signed" if name else "The signing key is refused"
    return KeyUnusable(
        f"{what}: {error}.",
        fix="C2PA wants a chain, signer first, whose signer may sign digitally: for e-mail, documents or C2PA claims.",
    )


# --- reading


@dataclass(frozen=True, slots=True)
class Read:
    """What a file's manifest says. `flaws` are ends of sentences, empty where the file is as it was signed."""

    flaws: tuple[str, ...]
    serial: int = 0
    assertions: Mapping[str, Any] | None = None


def is_signed(path: Path) -> bool:
    """Whether the file carries any C2PA manifest, sound or not."""
    if path.suffix not in MIME:
        return False
    found = read(path, None)
    return found.assertions is not None or found.flaws != (_NONE,)


_NONE = "carries no C2PA manifest"


def read(path: Path, top: Certificate | None) -> Read:
    """Reads the manifest and holds it against the file; `top` is the last certificate of the chain that must have
    issued its signer. Never raises for what stands in the file."""
    from c2pa import C2paError, Reader

    anchor = certificates.pem(top).decode() if top else ""
    try:
        with (
            _context(anchor) as context,
            path.open("rb") as handle,
            Reader(MIME[path.suffix], handle, context=context) as reader,
        ):
            document, state = json.loads(reader.json()), reader.get_validation_state()
        active = document["manifests"][document["active_manifest"]]
        said = {item["label"]: item["data"] for item in active.get("assertions", ())}
        serial = int(active["signature_info"]["cert_serial_number"])
    except C2paError.ManifestNotFound:
        return Read((_NONE,))
    except (C2paError, KeyError, ValueError, TypeError) as error:
        return Read((f"carries a C2PA manifest that cannot be read: {str(error)[:200]}",))
    codes = [str(status.get("code")) for status in document.get("validation_status", ())]
    return Read(tuple(_flaws(state, codes, rooted=top is None or _signed_itself(top))), serial, said)


def _flaws(state: str | None, codes: list[str], *, rooted: bool) -> list[str]:
    """A chain whose last certificate is no root of its own cannot be an anchor to every reader."""
    if state == "Trusted" or (state == "Valid" and not rooted):
        return []
    if state == "Valid" and codes == [_UNTRUSTED]:
        return ["was signed by somebody else than the package"]
    return [f"is not as it was signed ({', '.join(codes) or state})"]


def _signed_itself(certificate: Certificate) -> bool:
    return certificate.subject == certificate.issuer


def differences(found: Read, metadata: Work, disclosure: Disclosure, role: str) -> list[str]:
    """Where a manifest says something else than metadata and disclosure; on training the operator alone has a say."""
    said = dict(found.assertions or {})
    wanted = assertions.assertions(metadata, disclosure, role, forbid=assertions.TRAINING in said)
    return [
        f"carries another C2PA assertion {label} than follows from the disclosure"
        for label in wanted
        if said.get(label) != wanted[label]
    ]
