"""The keys that packages are signed with: made once, for one user alone, and never replaced unasked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from engine.domain.errors import FileProblem, NotAllowed, UsageError
from engine.release import certificates, key_backup, keys
from engine.release.certificates import KeyUnusable
from engine.release.keys import Keyring
from engine.safety.secrets import Redactor

pytestmark = pytest.mark.quick

NOW = datetime(2030, 1, 2, tzinfo=UTC)
WORDS = "four words for keys"


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    """A label without keys."""
    return Keyring(tmp_path / "keys", "Harbour Label")


def root_of(ring: Keyring) -> bytes:
    return (ring.folder / keys.ROOT).read_bytes()


def test_the_first_asking_makes_an_authority_in_two_levels(ring: Keyring) -> None:
    signer, root = certificates.read_chain(keys.credential(ring, NOW).chain)
    signer.verify_directly_issued_by(root)
    assert certificates.holder(signer) == certificates.holder(root) == "Harbour Label"
    usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and not usage.key_cert_sign
    purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.EMAIL_PROTECTION]
    above = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    below = signer.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert below.key_identifier == above.digest


def test_nobody_else_can_read_them(ring: Keyring) -> None:
    keys.credential(ring, NOW)
    assert ring.folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in ring.folder.iterdir()} == {
        keys.ROOT: 0o600,
        keys.SIGNER: 0o600,
    }


def test_asking_again_gives_the_same(ring: Keyring) -> None:
    assert keys.credential(ring, NOW) == keys.credential(ring, NOW + timedelta(days=300))


def test_a_signer_near_its_end_is_issued_anew_by_the_same_authority(ring: Keyring) -> None:
    first = keys.credential(ring, NOW)
    before = root_of(ring)
    later = NOW + timedelta(days=certificates.SIGNER_DAYS - 300)
    told: list[str] = []
    second = keys.credential(ring, later, tell=told.append)
    assert told == ["issuing a signing certificate"]
    assert second.signer.serial_number != first.signer.serial_number
    assert second.signer.not_valid_after_utc > first.signer.not_valid_after_utc
    assert root_of(ring) == before
    assert keys.credential(ring, later) == second


def test_an_authority_that_has_ended_is_told_and_not_replaced(ring: Keyring) -> None:
    keys.credential(ring, NOW)
    with pytest.raises(KeyUnusable, match="ended"):
        keys.credential(ring, NOW + timedelta(days=certificates.ROOT_DAYS + 1))


def test_a_signer_goes_on_without_its_authority(ring: Keyring) -> None:
    """Somebody may keep the authority elsewhere; nothing makes another one in its place."""
    found = keys.credential(ring, NOW)
    (ring.folder / keys.ROOT).unlink()
    assert keys.credential(ring, NOW) == found
    assert not (ring.folder / keys.ROOT).exists()


@pytest.mark.parametrize("content", [b"", b"no key\n"])
def test_a_damaged_key_is_told_and_not_replaced(ring: Keyring, content: bytes) -> None:
    keys.credential(ring, NOW)
    (ring.folder / keys.SIGNER).write_bytes(content)
    with pytest.raises(KeyUnusable) as caught:
        keys.credential(ring, NOW)
    assert "restore" in caught.value.fix
    assert (ring.folder / keys.SIGNER).read_bytes() == content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_refused_with_the_fix(ring: Keyring, mode: int) -> None:
    keys.credential(ring, NOW)
    (ring.folder / keys.SIGNER).chmod(mode)
    with pytest.raises(KeyUnusable, match="can be read by other users") as caught:
        keys.credential(ring, NOW)
    assert "chmod 600" in caught.value.fix


def test_a_key_of_another_user_is_refused(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.credential(ring, NOW)
    monkeypatch.setattr("engine.release.keys.os.getuid", lambda: 12345)
    with pytest.raises(KeyUnusable, match="belongs to another user"):
        keys._read(ring.folder / keys.SIGNER)


def test_a_replaced_authority_is_kept_and_still_known(ring: Keyring) -> None:
    old = certificates.read_chain(keys.credential(ring, NOW).chain)
    state = keys.replace(ring, NOW)
    assert state.earlier == 1
    new = certificates.read_chain(keys.credential(ring, NOW).chain)
    assert new[-1] != old[-1]
    anchors = keys.anchors(ring)
    assert certificates.is_known(old, anchors) and certificates.is_known(new, anchors)


def test_a_signer_of_a_replaced_authority_is_issued_anew(ring: Keyring) -> None:
    """As a kill between the two files leaves it."""
    keys.credential(ring, NOW)
    old = (ring.folder / keys.SIGNER).read_bytes()
    keys.replace(ring, NOW)
    (ring.folder / keys.SIGNER).write_bytes(old)
    chain = certificates.read_chain(keys.credential(ring, NOW).chain)
    assert certificates.read_chain(root_of(ring))[0] == chain[-1]


def test_what_a_kill_left_half_is_cleared_away(ring: Keyring) -> None:
    keys.credential(ring, NOW)
    (ring.folder / ".root.pem-1a2b3c4d.part").write_bytes(b"half")
    keys.credential(ring, NOW)
    assert sorted(path.name for path in ring.folder.iterdir()) == [keys.ROOT, keys.SIGNER]


def test_no_key_shows_in_its_own_words_or_in_a_log(ring: Keyring) -> None:
    found = keys.credential(ring, NOW)
    secret = found.key.decode().splitlines()[1]
    assert secret not in repr(found)
    assert secret not in Redactor().text(f"oops: {found.key.decode()}")


# --- the operator's own


@pytest.fixture
def own(tmp_path: Path) -> Keyring:
    """A label whose settings name a certificate of a house that issues them, and its key."""
    root = certificates.make_root("Some Issuer", NOW)
    signer = certificates.make_signer(root, "Harbour Label", NOW)
    keys.put(tmp_path / "own.key", signer.key)
    keys.put(tmp_path / "own.pem", signer.chain)
    return Keyring(tmp_path / "keys", "Harbour Label", tmp_path / "own.pem", tmp_path / "own.key")


def test_the_operators_certificate_signs_and_no_other_is_made(own: Keyring) -> None:
    assert certificates.holder(certificates.read_chain(keys.credential(own, NOW).chain)[-1]) == "Some Issuer"
    assert not own.folder.exists()
    assert keys.state(own, NOW).source == "operator"


def test_one_setting_without_the_other_is_told(own: Keyring) -> None:
    with pytest.raises(KeyUnusable, match="SIGNING_KEY_PATH is not set"):
        keys.credential(Keyring(own.folder, "x", own.cert, None), NOW)


def test_a_key_of_another_certificate_is_refused(own: Keyring, tmp_path: Path) -> None:
    keys.put(tmp_path / "own.key", certificates.private_pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(KeyUnusable, match="do not belong together"):
        keys.credential(own, NOW)


def test_a_key_that_c2pa_does_not_allow_is_refused(own: Keyring, tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="of a kind"):
        certificates.algorithm_of(ec.generate_private_key(ec.SECP256K1()))


def test_an_ended_certificate_is_refused(own: Keyring) -> None:
    with pytest.raises(KeyUnusable, match="ended on"):
        keys.credential(own, NOW + timedelta(days=certificates.SIGNER_DAYS + 1))


def test_a_missing_file_is_named(own: Keyring) -> None:
    assert own.key is not None
    own.key.unlink()
    with pytest.raises(KeyUnusable, match=r"own\.key"):
        keys.credential(own, NOW)


def test_the_operators_key_cannot_be_replaced_by_ours(own: Keyring) -> None:
    with pytest.raises(NotAllowed, match="of your own"):
        keys.replace(own, NOW)


# --- backups


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase that is tried in no time: guessing it is not what is tested."""
    monkeypatch.setitem(key_backup._COST, "n", 1 << 4)


def test_a_backup_brings_everything_back(ring: Keyring, tmp_path: Path) -> None:
    keys.credential(ring, NOW)
    keys.replace(ring, NOW)
    found = key_backup._files(ring.folder)
    saved = tmp_path / "keys.json"
    key_backup.backup(ring, saved, WORDS)
    assert saved.stat().st_mode & 0o777 == 0o600
    other = Keyring(tmp_path / "other", "Harbour Label")
    key_backup.restore(other, saved, WORDS)
    assert key_backup._files(other.folder) == found and len(found) == 4
    assert {path.stat().st_mode & 0o077 for path in other.folder.rglob("*")} == {0}
    key_backup.restore(other, saved, WORDS)  # twice is once


def test_a_backup_holds_no_key_in_the_clear(ring: Keyring, tmp_path: Path) -> None:
    found = keys.credential(ring, NOW)
    key_backup.backup(ring, tmp_path / "keys.json", WORDS)
    text = (tmp_path / "keys.json").read_text()
    assert "PRIVATE" not in text and found.key.decode().splitlines()[1] not in text


def test_another_passphrase_opens_nothing(ring: Keyring, tmp_path: Path) -> None:
    keys.credential(ring, NOW)
    key_backup.backup(ring, tmp_path / "keys.json", WORDS)
    with pytest.raises(KeyUnusable, match="passphrase is another one"):
        key_backup.restore(Keyring(tmp_path / "other", "x"), tmp_path / "keys.json", WORDS + "?")
    assert not (tmp_path / "other" / keys.ROOT).exists()


def test_a_changed_backup_is_refused(ring: Keyring, tmp_path: Path) -> None:
    keys.credential(ring, NOW)
    saved = tmp_path / "keys.json"
    key_backup.backup(ring, saved, WORDS)
    text = saved.read_text()
    place = text.index('"data": "') + 40
    saved.write_text(text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :])
    with pytest.raises(KeyUnusable):
        key_backup.restore(Keyring(tmp_path / "other", "x"), saved, WORDS)


def test_a_restore_never_replaces_other_keys(ring: Keyring, tmp_path: Path) -> None:
    keys.credential(ring, NOW)
    key_backup.backup(ring, tmp_path / "keys.json", WORDS)
    other = Keyring(tmp_path / "other", "Other Label")
    keys.credential(other, NOW)
    before = root_of(other)
    with pytest.raises(NotAllowed, match="other keys"):
        key_backup.restore(other, tmp_path / "keys.json", WORDS)
    assert root_of(other) == before


def test_a_backup_never_replaces_a_file(ring: Keyring, tmp_path: Path) -> None:
    keys.credential(ring, NOW)
    (tmp_path / "there").touch()
    with pytest.raises(FileProblem, match="there already"):
        key_backup.backup(ring, tmp_path / "there", WORDS)


def test_a_short_passphrase_is_refused(ring: Keyring, tmp_path: Path) -> None:
    keys.credential(ring, NOW)
    with pytest.raises(UsageError, match="too short"):
        key_backup.backup(ring, tmp_path / "keys.json", "short")


def test_there_must_be_keys_to_save(ring: Keyring, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="no keys"):
        key_backup.backup(ring, tmp_path / "keys.json", WORDS)
