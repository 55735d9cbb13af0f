"""What a package knows of all that it was made from: a digest. Equal gives the same package, all else a new one."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from engine.domain.codec import dump

if TYPE_CHECKING:
    from engine.release.album.request import AlbumRequest
    from engine.release.request import PackageRequest
    from engine.release.signing import Signing


_PLACES = {"path": "sha256", "folder": "manifest_sha256"}


def made_from(request: PackageRequest | AlbumRequest, signing: Signing | None) -> str:
    """The SHA-256 of the request and of who signs, in lower-case hexadecimal. Files count by what is in them, not by
    where they lie."""
    signed = {"chain": signing.credential.chain_text, "forbid": signing.forbid} if signing is not None else None
    whole = [_placeless(dump(request)), signed]
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _placeless(value: Any) -> Any:
    """Without the paths of files and packages, which have a digest beside them."""
    if isinstance(value, dict):
        placed = {path for path, digest in _PLACES.items() if digest in value}
        return {name: _placeless(each) for name, each in value.items() if name not in placed}
    return [_placeless(each) for each in value] if isinstance(value, list | tuple) else value
