"""A C2PA manifest in an MP3, in a frame of the ID3v2.3 tag that is there.

The library's own way writes the whole tag anew as ID3v2.4 and damages timed lyrics (SYLT gets a byte too many). So this
takes the way that the C API offers to those who embed by themselves: a placeholder of the right size, the hash of all
that is around it, then the manifest in its place. c2pa-python does not wrap these two calls yet; its exact pin and the
tests of signed MP3s hold what is used here of its inside.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.domain.errors import CheckFailed
from engine.release import id3

if TYPE_CHECKING:
    from c2pa import Builder, Signer

_FORMAT = b"application/c2pa"


def sign_mp3(builder: Builder, signer: Signer, source: Path, target: Path) -> None:
    """Writes `source` to `target` with a manifest.

    Raises C2paError, ValueError for a tag that is too large, and CheckFailed where the manifest does not fit the room
    that was kept free for it.
    """
    data = source.read_bytes()
    size = id3.tag_size(data[: id3.HEADER_BYTES])
    room = len(_placeholder(builder, signer))
    tag, start = id3.with_object(data[:size], room)
    digest = hashlib.sha256(tag[:start] + data[size:]).digest()
    hashed = {
        "exclusions": [{"start": start, "length": room}],
        "name": "jumbf manifest",
        "alg": "sha256",
        "hash": list(digest),
        "pad": [],
    }
    manifest = _manifest(builder, signer, hashed)
    if len(manifest) != room:
        what = f"The C2PA manifest has {len(manifest)} bytes, {room} were kept free."
        raise CheckFailed(what, fix="Retry the release.")
    target.write_bytes(tag[:start] + manifest + data[size:])


def _placeholder(builder: Any, signer: Signer) -> bytes:
    call = _call("c2pa_builder_data_hashed_placeholder", ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p)
    return _bytes(call, builder._handle, signer.reserve_size(), _FORMAT)


def _manifest(builder: Any, signer: Any, hashed: dict[str, Any]) -> bytes:
    kinds = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)
    call = _call("c2pa_builder_sign_data_hashed_embeddable", *kinds)
    return _bytes(call, builder._handle, signer._handle, json.dumps(hashed).encode(), _FORMAT, None)


def _call(name: str, *kinds: Any) -> Any:
    """A call of the library that gives its length, and writes where its bytes are to a last argument."""
    from c2pa.c2pa import _lib

    call = getattr(_lib, name)
    call.restype = ctypes.c_int64
    call.argtypes = [*kinds, ctypes.POINTER(ctypes.POINTER(ctypes.c_ubyte))]
    return call


def _bytes(call: Any, *values: Any) -> bytes:
    from c2pa import C2paError
    from c2pa.c2pa import _lib, _read_native_error

    found = ctypes.POINTER(ctypes.c_ubyte)()
    length = call(*values, ctypes.byref(found))
    if length < 0:
        raise C2paError(_read_native_error() or f"{call.__name__} gave nothing")
    try:
        return ctypes.string_at(found, length)
    finally:
        _lib.c2pa_free(found)
