"""The keys that packages are signed with: the operator's own, or an authority of the label under `data/keys`.

    root.pem      the authority: its private key and certificate
    signer.pem    the signer that it issued: private key, certificate, and the authority's certificate
    replaced/     what stood there before `noktvrn releases keys replace`, a folder each

Each file is whole or absent. A kill between the two leaves an authority without a signer, and the next packaging has
one issued. Nothing is replaced unasked but a signer that is about to end, by another of the same authority, and one
that is not of the authority which lies beside it; that one is kept.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.errors import FileProblem, NotAllowed
from engine.release import certificates
from engine.release.certificates import Credential, KeyUnusable
from engine.safety.files import FILE_MODE, PART_SUFFIX, explain, private_folder, sync

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ROOT = "root.pem"
SIGNER = "signer.pem"
REPLACED = "replaced"
_RENEW = timedelta(days=365)
_GAIN = timedelta(days=30)
_END_OF_KEY = b"-----END PRIVATE KEY-----\n"
_CHAIN = (
    "SIGNING_CERT_PATH holds the signer's certificate first, then its issuer's, and so on. The first is for digital "
    "signatures, and for e-mail, documents or C2PA claims; all count today."
)
_RESTORE = "Bring it back with `noktvrn releases keys restore FILE`, or begin anew: `noktvrn releases keys replace`."


@dataclass(frozen=True, slots=True)
class Keyring:
    """Where the keys are, and in whose name certificates are made. `cert` and `key`: the operator's own, if any."""

    folder: Path
    organisation: str
    cert: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class KeyState:
    """What signs now. `source`: `operator`, `own`, or `none` before the first packaging; the rest is empty then.

    `begins` and `ends` are the signer's, aware; None where the next packaging has one issued. `flaw` says why it could
    not sign, and `fix` what to do then.
    """

    source: str
    place: Path
    holder: str = ""
    algorithm: str = ""
    fingerprint: str = ""
    authority: str = ""
    authority_fingerprint: str = ""
    begins: datetime | None = None
    ends: datetime | None = None
    authority_ends: datetime | None = None
    earlier: int = 0
    flaw: str = ""
    fix: str = ""


def credential(ring: Keyring, now: datetime, *, tell: Callable[[str], None] = lambda _: None) -> Credential:
    """What signs a package; the label's own authority is made where there is none yet, and `tell` is told.

    Raises KeyUnusable where a key cannot be used, or may be read by others; FileProblem and DiskFull as they come.
    """
    if ring.cert or ring.key:
        found = _operators(ring)
    else:
        with held(ring.folder):
            found = _own(ring, now, tell)
    if flaws := certificates.chain_flaws(certificates.read_chain(found.chain), now):
        raise KeyUnusable(f"The signing certificate cannot be used: {flaws[0]}.", fix=_fix(ring))
    return found


def _fix(ring: Keyring) -> str:
    return _CHAIN if ring.cert else _RESTORE


def anchors(ring: Keyring) -> list[Certificate]:
    """The authorities that this machine knows as its own: the present one, earlier ones, and the operator's."""
    found = []
    if ring.cert and ring.cert.is_file():
        found.append(certificates.read_chain(ring.cert.read_bytes())[-1])
    for path in (ring.folder / ROOT, *sorted(ring.folder.glob(f"{REPLACED}/*/{ROOT}"))):
        if path.is_file():
            found += certificates.read_chain(path.read_bytes())
    return found


def state(ring: Keyring, now: datetime) -> KeyState:
    """What would sign now. Makes nothing, and holds no private key longer than it takes to look."""
    source, place = ("operator", ring.cert or ring.key) if ring.cert or ring.key else ("own", ring.folder)
    assert place is not None
    if source == "own" and not (ring.folder / ROOT).exists() and not (ring.folder / SIGNER).exists():
        return KeyState("none", place)
    try:
        found = _operators(ring) if source == "operator" else _lying(ring.folder, now)
        chain = certificates.read_chain(found.chain)
    except (KeyUnusable, FileProblem) as error:
        return KeyState(source, place, flaw=error.message, fix=error.fix)
    signer = chain[0] if source == "operator" or len(chain) > 1 else None
    flaws = certificates.chain_flaws(chain, now) if signer else certificates.date_flaws(chain, now)
    return KeyState(
        source,
        place,
        holder=certificates.holder(chain[0]),
        algorithm=found.algorithm,
        fingerprint=certificates.fingerprint(signer) if signer else "",
        authority=certificates.holder(chain[-1]),
        authority_fingerprint=certificates.fingerprint(chain[-1]),
        begins=signer.not_valid_before_utc if signer else None,
        ends=signer.not_valid_after_utc if signer else None,
        authority_ends=chain[-1].not_valid_after_utc,
        earlier=len(list(ring.folder.glob(f"{REPLACED}/*/{ROOT}"))),
        flaw=flaws[0] if flaws else "",
        fix=_fix(ring) if flaws else "",
    )


def _lying(folder: Path, now: datetime) -> Credential:
    """The signer that the next packaging takes, else the authority that issues one. Each file must be fit to use."""
    root_path, signer_path = folder / ROOT, folder / SIGNER
    root = _read(root_path) if root_path.exists() else None
    signer = _read(signer_path) if signer_path.exists() else None
    if signer is None or (root is not None and (not _of(signer, root) or _ending(signer, root, now))):
        assert root is not None
        return root
    return signer


def replace(ring: Keyring, now: datetime) -> KeyState:
    """Begins a new authority; the old one is kept under `replaced/`, so that its packages are known again.

    Raises NotAllowed where the operator's own key signs.
    """
    if ring.cert or ring.key:
        raise NotAllowed(
            "The settings name a key of your own.", fix="Change SIGNING_CERT_PATH and SIGNING_KEY_PATH instead."
        )
    with held(ring.folder):
        root = certificates.make_root(ring.organisation, now)
        signer = certificates.make_signer(root, ring.organisation, now)
        _keep_old(ring.folder)
        _write(ring.folder / ROOT, root)
        _write(ring.folder / SIGNER, signer)
    return state(ring, now)


def _keep_old(folder: Path) -> None:
    """Links what is there into a folder of its own under `replaced/`, named by the authority. Twice is once."""
    there = [folder / name for name in (ROOT, SIGNER) if (folder / name).exists()]
    if not there:
        return
    try:
        name = certificates.fingerprint(certificates.read_chain(there[0].read_bytes())[-1])[:16]
    except KeyUnusable:
        name = f"unreadable-{os.urandom(4).hex()}"
    aside = private_folder(folder / REPLACED / name)
    for path in there:
        if not (aside / path.name).exists():
            os.link(path, aside / path.name)
    sync(aside)


# --- the two sources


def _operators(ring: Keyring) -> Credential:
    if not ring.cert or not ring.key:
        missing = "SIGNING_KEY_PATH" if ring.cert else "SIGNING_CERT_PATH"
        raise KeyUnusable(f"{missing} is not set.", fix="A certificate of your own needs both settings, or neither.")
    try:
        _require_private(ring.key)
        key, chain = ring.key.read_bytes(), ring.cert.read_bytes()
    except FileNotFoundError as error:
        raise KeyUnusable(f"{error.filename} is not there.", fix="Mend the path in the settings.") from error
    except OSError as error:
        raise explain(error, ring.key) from error
    return _matched(key, chain, f"{ring.cert} and {ring.key}")


def _own(ring: Keyring, now: datetime, tell: Callable[[str], None]) -> Credential:
    root_path, signer_path = ring.folder / ROOT, ring.folder / SIGNER
    if not signer_path.exists() and not root_path.exists():
        tell("making the label's own signing keys")
        _write(root_path, certificates.make_root(ring.organisation, now))
    signer = _read(signer_path) if signer_path.exists() else None
    if not root_path.exists():
        assert signer is not None
        return signer  # somebody keeps the authority elsewhere: fine until the signer ends
    root = _read(root_path)
    if signer is not None and _of(signer, root) and not _ending(signer, root, now):
        return signer
    if signer is not None and not _of(signer, root):
        _keep_old(ring.folder)
    if root.signer.not_valid_after_utc <= now + _GAIN:
        raise KeyUnusable("The label's own signing authority has ended.", fix=_RESTORE)
    tell("issuing a signing certificate")
    fresh = certificates.make_signer(root, ring.organisation, now)
    _write(signer_path, fresh)
    return fresh


def _of(signer: Credential, root: Credential) -> bool:
    return certificates.read_chain(signer.chain)[-1] == root.signer


def _ending(signer: Credential, root: Credential, now: datetime) -> bool:
    """Whether the signer ends within a year, and a new one would last longer."""
    ends = signer.signer.not_valid_after_utc
    best = min(now + timedelta(days=certificates.SIGNER_DAYS), root.signer.not_valid_after_utc)
    return ends - now < _RENEW and best - ends > _GAIN


# --- files


def _read(path: Path) -> Credential:
    try:
        _require_private(path)
        text = path.read_bytes()
    except OSError as error:
        raise explain(error, path) from error
    key, mark, chain = text.partition(_END_OF_KEY)
    if not mark:
        raise KeyUnusable(f"{path} is not what was written there.", fix=_RESTORE)
    return _matched(key + mark, chain, str(path))


def _matched(key: bytes, chain: bytes, where: str) -> Credential:
    private = certificates.read_key(key)
    signer = certificates.read_chain(chain)[0]
    if private.public_key() != signer.public_key():
        raise KeyUnusable(
            f"Key and certificate in {where} do not belong together.",
            fix="The key must be that of the chain's first certificate.",
        )
    return Credential(certificates.private_pem(private), chain, certificates.algorithm_of(private))


def _require_private(path: Path) -> None:
    """Refuses a key that others can read, or that is somebody else's: it may be known already."""
    found = path.stat()
    if found.st_uid != os.getuid():
        raise KeyUnusable(
            f"The signing key {path} belongs to another user (uid {found.st_uid}).",
            fix=f"chown {os.getuid()} {path}, if nobody else has read it.",
        )
    if found.st_mode & 0o077:
        raise KeyUnusable(
            f"The signing key {path} can be read by other users (mode {found.st_mode & 0o777:o}).",
            fix=f"chmod 600 {path}; replace it if somebody may have read it.",
        )


def _write(path: Path, found: Credential) -> None:
    put(path, found.key + found.chain)


def put(path: Path, data: bytes) -> None:
    """Writes a private file whole or not at all; nobody else can read it at any moment. Raises OSError."""
    part = path.with_name(f".{path.name}-{os.urandom(4).hex()}{PART_SUFFIX}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds the folder against other processes, and clears away what a killed one left half. Raises FileProblem."""
    private_folder(folder)
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            for half in folder.glob(f".*{PART_SUFFIX}"):
                half.unlink(missing_ok=True)
            yield
        finally:
            os.close(handle)
    except OSError as error:
        raise explain(error, folder) from error
