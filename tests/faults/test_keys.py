"""A kill while signing keys are made leaves whole keys or none, at each thing that is done to the file system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.domain.clock import utc_now
from engine.release import certificates, keys

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]
_MOST = 200


def killed_at(number: int, folder: Path, deed: str) -> bool:
    """Whether the child died before it was through."""
    command = [sys.executable, "-m", "tests.faults.dying", str(folder), str(number), deed]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode in (0, -9), ended.stderr
    return ended.stdout != "done"


def whole(folder: Path) -> list[Path]:
    """Every key that lies there under its own name; each must be whole, and private."""
    found = [path for path in folder.rglob("*.pem") if not path.name.startswith(".")]
    for path in found:
        keys._read(path)
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    return found


def test_keys_are_made_whole_or_not_at_all(tmp_path: Path) -> None:
    for number in range(_MOST):
        folder = tmp_path / f"keys-{number}"
        died = killed_at(number, folder, "make")
        before = {path.name: path.read_bytes() for path in whole(folder)} if folder.exists() else {}
        ring = keys.Keyring(folder, "Harbour Label")
        found = keys.credential(ring, utc_now())
        assert not certificates.chain_flaws(certificates.read_chain(found.chain), utc_now())
        for name, data in before.items():
            assert (folder / name).read_bytes() == data, "what was whole is never made again"
        assert sorted(path.name for path in folder.iterdir()) == [keys.ROOT, keys.SIGNER]
        if not died:
            assert number > 8
            return
    pytest.fail(f"still dying after {_MOST} steps")


def test_replacing_loses_no_key_and_ends_with_one_that_signs(tmp_path: Path) -> None:
    for number in range(_MOST):
        folder = tmp_path / f"keys-{number}"
        ring = keys.Keyring(folder, "Harbour Label")
        old = certificates.read_chain(keys.credential(ring, utc_now()).chain)
        died = killed_at(number, folder, "replace")
        whole(folder)
        new = certificates.read_chain(keys.credential(ring, utc_now()).chain)
        assert not certificates.chain_flaws(new, utc_now())
        assert certificates.is_known(old, keys.anchors(ring)) and certificates.is_known(new, keys.anchors(ring))
        if not died:
            assert new[-1] != old[-1] and number > 8
            return
    pytest.fail(f"still dying after {_MOST} steps")
