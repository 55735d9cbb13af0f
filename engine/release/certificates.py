"""X.509 as signing needs it: an authority in two levels, and the check of a chain. No files, no clock.

A signer's certificate is what C2PA asks for: signs digitally, for e-mail protection, with key identifiers; one that
signed itself is refused by readers, so the authority is a second certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.domain.errors import NoktvrnError
from engine.safety.text import plain

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PrivateKeyTypes
    from cryptography.x509 import Certificate, Name

ROOT_DAYS = 30 * 365
SIGNER_DAYS = 10 * 365
PURPOSES = ("1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1")
"""What a signer's certificate must be for, one of them: e-mail protection, documents, C2PA's own claims."""
_BACK = timedelta(days=1)
"""Certificates count from the day before, for clocks that go a little slow."""
_LONGEST_NAME = 64


class KeyUnusable(NoktvrnError):
    """A key or certificate that cannot sign, or must not as it lies there."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What signs: a private key and its chain, signer first, both PEM. `algorithm` in C2PA's word, such as es256."""

    key: bytes = field(repr=False)
    chain: bytes
    algorithm: str

    @property
    def chain_text(self) -> str:
        """The chain in the form that packages hold it in."""
        return b"".join(map(pem, read_chain(self.chain))).decode()

    @property
    def signer(self) -> Certificate:
        """The certificate of the key."""
        return read_chain(self.chain)[0]


def make_root(organisation: str, now: datetime) -> Credential:
    """An authority that can do nothing but sign signers."""
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, "noktvrn authority")
    certificate = _certificate(name, name, key.public_key(), key, now, ROOT_DAYS, authority=True)
    return Credential(private_pem(key), pem(certificate), "es256")


def make_signer(root: Credential, organisation: str, now: datetime) -> Credential:
    """A signer of the authority; its chain ends with the authority. It never outlasts it."""
    from cryptography.hazmat.primitives.asymmetric import ec

    above = root.signer
    issuer = read_key(root.key)
    assert isinstance(issuer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    days = min(SIGNER_DAYS, (above.not_valid_after_utc - now).days)
    name = _name(organisation, "noktvrn signer")
    certificate = _certificate(name, above.subject, key.public_key(), issuer, now, days, authority=False)
    return Credential(private_pem(key), pem(certificate) + root.chain, "es256")


def _name(organisation: str, what: str) -> Name:
    from cryptography.x509 import Name, NameAttribute
    from cryptography.x509.oid import NameOID

    shown = plain(organisation, limit=_LONGEST_NAME).strip() or "Independent"
    return Name([NameAttribute(NameOID.ORGANIZATION_NAME, shown), NameAttribute(NameOID.COMMON_NAME, what)])


def _certificate(
    subject: Name,
    issuer: Name,
    public: CertificatePublicKeyTypes,
    key: EllipticCurvePrivateKey,
    now: datetime,
    days: int,
    *,
    authority: bool,
) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACK)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    if not authority:
        purpose = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(key, SHA256())


# --- reading


def pem(certificate: Certificate) -> bytes:
    """The certificate as text."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def private_pem(key: PrivateKeyTypes) -> bytes:
    """The key as PKCS#8 text, unencrypted."""
    from cryptography.hazmat.primitives import serialization as form

    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())


def read_key(text: bytes) -> PrivateKeyTypes:
    """The private key in a PEM text. Raises KeyUnusable."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(text, password=None)
    except (ValueError, TypeError) as error:
        raise KeyUnusable(
            "The signing key is no unencrypted private key in PEM.", fix="Give one with SIGNING_KEY_PATH."
        ) from error


def read_chain(text: bytes) -> list[Certificate]:
    """The certificates of a PEM text, in its order. Raises KeyUnusable where there is none."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(text)
    except ValueError as error:
        raise KeyUnusable("There is no readable certificate in PEM.", fix="Give a chain, signer first.") from error


def algorithm_of(key: PrivateKeyTypes) -> str:
    """C2PA's word for what the key signs by. Raises KeyUnusable for keys that C2PA does not allow."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey):
        curves = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
        if found := curves.get(key.curve.name):
            return found
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return "ps256"
    raise KeyUnusable(
        "The signing key is of a kind that C2PA does not allow.",
        fix="Use a key on the curve P-256, P-384 or P-521, an Ed25519 key, or RSA of 2048 bits or more.",
    )


def fingerprint(certificate: Certificate) -> str:
    """SHA-256 of the certificate, in hexadecimal."""
    from cryptography.hazmat.primitives.hashes import SHA256

    return certificate.fingerprint(SHA256()).hex()


def holder(certificate: Certificate) -> str:
    """Whose certificate it is, in one line that can be shown: organisation, else common name."""
    from cryptography.x509.oid import NameOID

    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        if found := certificate.subject.get_attributes_for_oid(kind):
            return plain(str(found[0].value), limit=_LONGEST_NAME).strip() or "somebody"
    return "somebody"


def day(moment: datetime) -> str:
    """The day of a certificate's time."""
    return moment.astimezone(UTC).date().isoformat()


# --- chains


def chain_flaws(chain: Sequence[Certificate], now: datetime | None) -> list[str]:
    """What is wrong with a chain, signer first, as ends of sentences: order, dates, and what the signer may do.

    Without `now`, nothing is said of dates.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    flaws = []
    for below, above in pairwise(chain):
        try:
            below.verify_directly_issued_by(above)
            issues = above.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            issues = False
        if not issues:
            flaws.append(f"the certificate of {holder(below)} was not issued by the one behind it")
    flaws += date_flaws(chain, now) if now else []
    if chain[0].subject == chain[0].issuer:
        return [*flaws, "the first certificate signed itself, which readers refuse"]
    return flaws + ([] if _may_sign(chain[0]) else ["the first certificate may not sign media"])


def date_flaws(chain: Iterable[Certificate], now: datetime) -> list[str]:
    """Which certificates do not count at this moment, as ends of sentences."""
    flaws = []
    for certificate in chain:
        if now > certificate.not_valid_after_utc:
            flaws.append(f"the certificate of {holder(certificate)} ended on {day(certificate.not_valid_after_utc)}")
        elif now < certificate.not_valid_before_utc:
            begins = day(certificate.not_valid_before_utc)
            flaws.append(f"the certificate of {holder(certificate)} does not count before {begins}")
    return flaws


def _may_sign(certificate: Certificate) -> bool:
    from cryptography import x509

    known = certificate.extensions
    try:
        if not known.get_extension_for_class(x509.KeyUsage).value.digital_signature:
            return False
        purposes = known.get_extension_for_class(x509.ExtendedKeyUsage).value
        if not any(purpose.dotted_string in PURPOSES for purpose in purposes):
            return False
        return not known.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound as missing:
        return missing.oid == x509.BasicConstraints.oid  # without it, it is no authority
    except ValueError:
        return False


def is_known(chain: Sequence[Certificate], anchors: Iterable[Certificate]) -> bool:
    """Whether the chain ends in one of the anchors, or in what one of them issued."""
    from cryptography.exceptions import InvalidSignature

    top = chain[-1]
    for anchor in anchors:
        if top == anchor:
            return True
        try:
            top.verify_directly_issued_by(anchor)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return True
    return False
