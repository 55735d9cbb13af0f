"""Certificates of the operator's own: which chains and keys sign, and what is said of those that do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID

from engine.domain.clock import utc_now
from engine.release import certificates, keys, manifest, seal, signing
from engine.release.certificates import KeyUnusable
from engine.release.disclosure import disclose
from engine.release.keys import Keyring
from engine.release.package import build_package
from engine.release.request import PackageRequest
from engine.release.signing import Signing
from engine.release.verify import verify
from engine.safety.files import sha256
from tests.engine.release.conftest import bare_request, no_progress, write_cover
from tests.engine.release.issuers import Held, issue, text_of
from tests.engine.release.test_metadata import described

DAY = timedelta(days=1)
ROOT = issue("Some Root", authority=True)
MIDDLE = issue("Some Issuer", ROOT, authority=True)
CLAIMS = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
DOCUMENTS = ObjectIdentifier("1.3.6.1.5.5.7.3.36")

Chain = Callable[[], tuple[Held, ...]]
"""Makes the certificates of a file, in its order; the key is the first one's."""


def below(*above: Held, **how: object) -> Chain:
    """A signer issued by the first of them, then these."""
    return lambda: (issue("Harbour Label", above[0], **how), *above)  # type: ignore[arg-type]


def ring_of(folder: Path, key: Held, *chain: Held) -> Keyring:
    """A label whose settings name these."""
    keys.put(folder / "own.key", certificates.private_pem(key.key))
    keys.put(folder / "own.pem", text_of(*chain))
    return Keyring(folder / "keys", "Harbour Label", folder / "own.pem", folder / "own.key")


SIGN = {
    "with intermediate and root": (below(MIDDLE, ROOT), "es256"),
    "with intermediate, without root": (below(MIDDLE), "es256"),
    "issued by the root": (below(ROOT), "es256"),
    "P-384": (below(MIDDLE, kind="P-384"), "es384"),
    "P-521": (below(MIDDLE, kind="P-521"), "es512"),
    "Ed25519": (below(MIDDLE, kind="Ed25519"), "ed25519"),
    "RSA": (below(MIDDLE, ROOT, kind="RSA-2048"), "ps256"),
    "for C2PA claims": (below(MIDDLE, ROOT, purposes=[CLAIMS]), "es256"),
    "for documents": (below(MIDDLE, ROOT, purposes=[DOCUMENTS]), "es256"),
}


@pytest.mark.parametrize(("chain", "algorithm"), SIGN.values(), ids=SIGN)
def test_it_signs_media_and_list_and_a_judge_of_somebody_elses_agrees(
    chain: Chain, algorithm: str, tmp_path: Path
) -> None:
    import encypher_c2pa

    held = chain()
    ring = ring_of(tmp_path, held[0], *held)
    credential = keys.credential(ring, utc_now())
    assert credential.algorithm == algorithm and keys.state(ring, utc_now()).flaw == ""
    folder = tmp_path / "package"
    folder.mkdir()
    cover = folder / "cover.jpg"
    write_cover(cover, side=300)
    request = bare_request()
    signing.sign_media(Signing(credential), described(request), disclose(request), [("cover", cover)])
    assert signing.read(cover, certificates.read_chain(credential.chain)[-1]).flaws == ()
    root = text_of(ROOT).decode()
    report = encypher_c2pa.verify(cover, telemetry=False, online=False, no_default_trust=True, trust_pem=root)
    assert report["validation_state"] == "Trusted"
    (folder / manifest.CERTIFICATES).write_text(credential.chain_text)
    (folder / manifest.CHECKSUMS).write_text(manifest.checksums([("cover.jpg", sha256(cover))]))
    seal.put(folder, credential)
    found = seal.check(folder, keys.anchors(ring), utc_now())
    assert found.problems == () and "knows the issuer as its own" in found.words


def in_order(*order: int) -> Chain:
    """Signer, intermediate and root in another order; the key stays the signer's."""

    def made() -> tuple[Held, ...]:
        held = below(MIDDLE, ROOT)()
        return (held[0], *(held[place] for place in order))

    return made


REFUSED = {
    "root first": (in_order(2, 1, 0), "do not belong together"),
    "root before the intermediate": (in_order(0, 2, 1), "was not issued by the one behind it"),
    "without the intermediate": (in_order(0, 2), "was not issued by the one behind it"),
    "by itself": (lambda: (held := issue("Harbour Label"), held), "signed itself"),
    "intermediate that is no authority": (
        lambda: (signer := issue("Harbour Label", no := issue("No Issuer", ROOT)), signer, no, ROOT),
        "was not issued by the one behind it",
    ),
    "an authority's own": (lambda: (MIDDLE, MIDDLE, ROOT), "may not sign media"),
    "not for signatures": (lambda: _told(below(MIDDLE, ROOT, signs=False)), "may not sign media"),
    "for no purpose": (lambda: _told(below(MIDDLE, ROOT, purposes=None)), "may not sign media"),
    "for servers": (
        lambda: _told(below(MIDDLE, ROOT, purposes=[ExtendedKeyUsageOID.SERVER_AUTH])),
        "may not sign media",
    ),
    "ended": (lambda: _told(below(MIDDLE, ROOT, ends=utc_now() - DAY)), "Harbour Label ended on"),
    "not begun": (lambda: _told(below(MIDDLE, ROOT, begins=utc_now() + DAY)), "does not count before"),
    "intermediate ended": (
        lambda: _told(below(issue("Old Issuer", ROOT, authority=True, ends=utc_now() - DAY), ROOT)),
        "Old Issuer ended on",
    ),
    "secp256k1": (lambda: _told(below(MIDDLE, kind="secp256k1")), "of a kind that C2PA does not allow"),
    "short RSA": (lambda: _told(below(MIDDLE, kind="RSA-1024")), "of a kind that C2PA does not allow"),
    "Ed448": (lambda: _told(below(MIDDLE, kind="Ed448")), "of a kind that C2PA does not allow"),
}
"""Each gives the holder of the key, then the file's certificates."""


def _told(chain: Chain) -> tuple[Held, ...]:
    held = chain()
    return (held[0], *held)


@pytest.mark.parametrize(("chain", "words"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_before_anything_is_signed_and_the_doctor_is_told_the_same(
    chain: Chain, words: str, tmp_path: Path
) -> None:
    key, *rest = chain()
    ring = ring_of(tmp_path, key, *rest)
    with pytest.raises(KeyUnusable, match=words) as refused:
        keys.credential(ring, utc_now())
    state = keys.state(ring, utc_now())
    assert words in state.flaw and state.fix == refused.value.fix and state.fix


def test_the_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    ring = ring_of(tmp_path, issue("Harbour Label", MIDDLE), *below(MIDDLE, ROOT)())
    with pytest.raises(KeyUnusable, match="do not belong together"):
        keys.credential(ring, utc_now())


@pytest.mark.parametrize("which", ["key", "cert"])
def test_what_is_no_pem_is_refused(which: str, tmp_path: Path) -> None:
    held = below(MIDDLE)()
    ring = ring_of(tmp_path, held[0], *held)
    path = ring.key if which == "key" else ring.cert
    assert path is not None
    keys.put(path, b"nothing of the kind")
    with pytest.raises(KeyUnusable, match="PEM"):
        keys.credential(ring, utc_now())


@pytest.mark.thorough
@pytest.mark.parametrize("chain", [below(MIDDLE, kind="RSA-2048", purposes=[CLAIMS]), below(MIDDLE, ROOT)])
def test_a_whole_package_signed_by_it_passes(request_: PackageRequest, chain: Chain, tmp_path: Path) -> None:
    held = chain()
    ring = ring_of(tmp_path, held[0], *held)
    what = Signing(keys.credential(ring, utc_now()))
    made = build_package(request_, tmp_path / "releases", progress=no_progress, signing=what)
    found = verify(made.path, anchors=keys.anchors(ring))
    assert found.problems == () and found.signature.startswith("signed by Harbour Label")
