"""The signature over a package's list of files, and what it proves.

MANIFEST.sig is the bare signature of MANIFEST.sha256 (ECDSA in DER with the hash of its curve's size, Ed25519, or
RSA-PSS), CERTIFICATES.pem the chain, signer first. With OpenSSL, for a package signed by an authority of our own:

    openssl x509 -in CERTIFICATES.pem -pubkey -noout > key.pem
    openssl dgst -sha256 -verify key.pem -signature MANIFEST.sig MANIFEST.sha256
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.release import certificates
from engine.release.certificates import Credential, KeyUnusable
from engine.release.manifest import CERTIFICATES, CHECKSUMS, SIGNATURE, Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm
    from cryptography.x509 import Certificate

_MOST_BYTES = 1 << 16
UNSIGNED = "unsigned: nothing but its own list of files speaks for it"


@dataclass(frozen=True, slots=True)
class Seal:
    """What was found. `words` say who signed, for people; `chain` is empty where the package is unsigned."""

    problems: tuple[Problem, ...]
    words: str
    chain: tuple[Certificate, ...] = ()


def put(folder: Path, credential: Credential) -> None:
    """Signs the finished list of files."""
    data = (folder / CHECKSUMS).read_bytes()
    (folder / SIGNATURE).write_bytes(_sign(certificates.read_key(credential.key), data))


def check(folder: Path, anchors: Sequence[Certificate], now: datetime | None) -> Seal:
    """Whether the list of files was signed by the certificates beside it, and whether those are known here.

    `anchors` are the authorities that this machine knows as its own. Without `now`, certificates need not count any
    more: that one ended changes nothing of what was signed. Decodes no media, reads no file twice. Raises OSError.
    """
    there = [name for name in (SIGNATURE, CERTIFICATES) if (folder / name).exists()]
    if not there:
        return Seal((), UNSIGNED)
    if len(there) == 1:
        (missing,) = {SIGNATURE, CERTIFICATES} - set(there)
        return Seal((Problem(missing, "is missing, although the package is signed"),), "")
    text, signature = (_small(folder / name) for name in (CERTIFICATES, SIGNATURE))
    try:
        chain = certificates.read_chain(text)
    except KeyUnusable:
        return Seal((Problem(CERTIFICATES, "holds no readable certificate"),), "")
    if b"".join(map(certificates.pem, chain)) != text:
        return Seal((Problem(CERTIFICATES, "is not in the form that it was written in"),), "")
    if not _signed(chain[0], signature, (folder / CHECKSUMS).read_bytes()):
        what = f"is not the signature of {CHECKSUMS}: it or the list was changed after signing"
        return Seal((Problem(SIGNATURE, what),), "")
    flaws = certificates.chain_flaws(chain, now)
    return Seal(tuple(Problem(CERTIFICATES, flaw) for flaw in flaws), _words(chain, anchors), tuple(chain))


def tampered(folder: Path) -> list[Problem]:
    """What is wrong with the signature of a package whose files are as listed; nothing for an unsigned one."""
    return list(check(folder, (), None).problems)


def _small(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(_MOST_BYTES)


def _words(chain: Sequence[Certificate], anchors: Sequence[Certificate]) -> str:
    signer = chain[0]
    by = f"{certificates.holder(signer)}, certificate {certificates.fingerprint(signer)[:16]}"
    until = certificates.day(signer.not_valid_after_utc)
    if certificates.is_known(chain, anchors):
        return f"signed by {by}, until {until}; this machine knows the issuer as its own"
    return f"signed by an issuer that this machine does not know: {by}, until {until}"


def _sign(key: PrivateKeyTypes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(_hash(key.curve.key_size)))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    assert isinstance(key, rsa.RSAPrivateKey), "certificates.algorithm_of lets no other kind through"
    return key.sign(data, padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size), SHA256())


def _signed(certificate: Certificate, signature: bytes, data: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        return _verified(certificate.public_key(), signature, data)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False


def _verified(key: PublicKeyTypes, signature: bytes, data: bytes) -> bool:
    """True, or raises InvalidSignature; False for a key of a kind that cannot have signed."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(_hash(key.curve.key_size)))
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, data)
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size), SHA256())
    else:
        return False
    return True


def _hash(bits: int) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256() if bits <= 256 else hashes.SHA384() if bits <= 384 else hashes.SHA512()
