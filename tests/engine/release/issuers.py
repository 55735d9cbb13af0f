"""Certificates as an operator may have them from an issuer: any depth, kind of key, and flaw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from engine.domain.clock import utc_now
from engine.release import certificates

YEAR = timedelta(days=365)
_BARE = (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)


@dataclass(frozen=True)
class Held:
    """A certificate with its key."""

    key: Any = field(repr=False)
    certificate: x509.Certificate


def key_of(kind: str) -> Any:
    """A new private key."""
    curves: dict[str, ec.EllipticCurve] = {
        "P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(), "secp256k1": ec.SECP256K1(),
    }  # fmt: skip
    if kind in curves:
        return ec.generate_private_key(curves[kind])
    if kind.startswith("RSA-"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("RSA-")))
    return {"Ed25519": ed25519, "Ed448": ed448}[kind].__dict__[f"{kind}PrivateKey"].generate()


def issue(
    name: str,
    by: Held | None = None,
    *,
    kind: str = "P-256",
    authority: bool = False,
    signs: bool = True,
    purposes: Sequence[x509.ObjectIdentifier] | None = (ExtendedKeyUsageOID.EMAIL_PROTECTION,),
    begins: datetime | None = None,
    ends: datetime | None = None,
) -> Held:
    """A certificate of this name, issued `by` another or by itself. `signs`: whether it may sign digitally."""
    key, now = key_of(kind), utc_now()
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
    above = by.certificate.subject if by else subject
    issuer = by.key if by else key
    usage = dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    usage |= {"key_cert_sign": authority, "digital_signature": signs and not authority}
    if not signs and not authority:
        usage["key_encipherment"] = True
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or now - YEAR)
        .not_valid_after(ends or now + YEAR)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
    )
    if purposes and not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(purposes)), critical=False)
    return Held(key, builder.sign(issuer, None if isinstance(issuer, _BARE) else SHA256()))


def text_of(*held: Held) -> bytes:
    """Their certificates in this order, PEM."""
    return b"".join(certificates.pem(each.certificate) for each in held)
