"""The label's own keys in one encrypted file: scrypt makes a key of the passphrase, AES-256-GCM encrypts and seals.

The file is JSON: format, the parameters of scrypt, salt, nonce, and the encrypted JSON of file names and contents.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.errors import FileProblem, NotAllowed, UsageError
from engine.release import keys
from engine.release.certificates import KeyUnusable, fingerprint, read_chain
from engine.safety.files import explain, private_folder

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = "noktvrn-keys-1"
SHORTEST = 12
_COST = {"n": 1 << 16, "r": 8, "p": 1}
_MOST_BYTES = 4 << 20


def backup(ring: keys.Keyring, target: Path, passphrase: str) -> str:
    """Writes the label's own keys, earlier ones too, to `target`, mode 0600; returns the authority's fingerprint.

    Raises NotAllowed where there is nothing of our own to save, FileProblem where `target` is there or cannot be.
    """
    _require_good(passphrase)
    found = _files(ring.folder)
    if keys.ROOT not in found and keys.SIGNER not in found:
        own = "Keys of your own are where the settings say." if ring.cert else "The first packaging makes them."
        raise NotAllowed(f"There are no keys in {ring.folder} yet.", fix=own)
    if os.path.lexists(target):
        raise FileProblem(f"{target} is there already.", fix="Name another file; a backup never replaces one.")
    salt, nonce = os.urandom(16), os.urandom(12)
    plain = json.dumps({name: data.decode() for name, data in found.items()}).encode()
    document = {
        "format": FORMAT,
        **_COST,
        "salt": b64encode(salt).decode(),
        "nonce": b64encode(nonce).decode(),
        "data": b64encode(_cipher(passphrase, salt, _COST).encrypt(nonce, plain, FORMAT.encode())).decode(),
    }
    if not target.parent.is_dir():
        raise FileProblem(f"{target.parent} is no folder.", fix="Make it first, or name another file.")
    try:
        keys.put(target, json.dumps(document).encode() + b"\n")
    except OSError as error:
        raise explain(error, target) from error
    some = found.get(keys.ROOT) or found[keys.SIGNER]
    return fingerprint(read_chain(some)[-1])


def restore(ring: keys.Keyring, source: Path, passphrase: str) -> str:
    """Brings the keys of a backup back; returns the authority's fingerprint. Raises NotAllowed where others are there.

    Raises KeyUnusable for another passphrase or a damaged file, FileProblem where it cannot be read.
    """
    found = _opened(source, passphrase)
    with keys.held(ring.folder):
        for name in (keys.ROOT, keys.SIGNER):
            path = ring.folder / name
            if path.exists() and path.read_bytes() != found.get(name):
                raise NotAllowed(
                    f"There are other keys in {ring.folder}.",
                    fix="Move that folder away first; keys never replace keys.",
                )
        # The authority last: until it is there, nobody has a signer issued.
        for name in sorted(found, key=lambda name: name == keys.ROOT):
            path = ring.folder / name
            private_folder(path.parent)
            keys.put(path, found[name])
    some = found.get(keys.ROOT) or found[keys.SIGNER]
    return fingerprint(read_chain(some)[-1])


def _files(folder: Path) -> dict[str, bytes]:
    named = [folder / keys.ROOT, folder / keys.SIGNER, *sorted(folder.glob(f"{keys.REPLACED}/*/*.pem"))]
    try:
        return {str(path.relative_to(folder)): path.read_bytes() for path in named if path.is_file()}
    except OSError as error:
        raise explain(error, folder) from error


def _opened(source: Path, passphrase: str) -> dict[str, bytes]:
    from cryptography.exceptions import InvalidTag

    strange = KeyUnusable(f"{source} is no backup of keys, or it is damaged.", fix="Name a file that a backup wrote.")
    try:
        with source.open("rb") as handle:
            document = json.loads(handle.read(_MOST_BYTES))
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else error
        fix = "FILE is one that `noktvrn releases keys backup` wrote, and that this user may read."
        raise FileProblem(f"{source} cannot be read: {why}.", fix=fix) from error
    except (ValueError, RecursionError) as error:
        raise strange from error
    try:
        cost = {name: int(document[name]) for name in _COST}
        if document["format"] != FORMAT or cost != _COST:
            raise strange
        salt, nonce, data = (b64decode(document[name], validate=True) for name in ("salt", "nonce", "data"))
        plain = json.loads(_cipher(passphrase, salt, cost).decrypt(nonce, data, FORMAT.encode()))
    except InvalidTag as error:
        raise KeyUnusable("The passphrase is another one, or the file is damaged.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise strange from error
    files = {str(name): str(text).encode() for name, text in plain.items()}
    if not all(_inside(name) for name in files) or not files.keys() & {keys.ROOT, keys.SIGNER}:
        raise strange
    return files


def _inside(name: str) -> bool:
    """Whether it is a name that `_files` gives."""
    parts = name.split("/")
    if name in (keys.ROOT, keys.SIGNER):
        return True
    return len(parts) == 3 and parts[0] == keys.REPLACED and parts[2].endswith(".pem") and ".." not in parts


def _cipher(passphrase: str, salt: bytes, cost: dict[str, int]) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return AESGCM(Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode()))


def _require_good(passphrase: str) -> None:
    if len(passphrase) < SHORTEST:
        raise UsageError(
            f"A passphrase of {len(passphrase)} characters is too short.",
            fix=f"Take {SHORTEST} or more, such as words.",
        )
