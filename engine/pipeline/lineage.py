"""The chain of artefacts behind a release: each by its hash, with what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.release.request import Lineage
from engine.store.reviews import content_hash


def lineage(content: Mapping[str, Any], extras: Mapping[str, str]) -> tuple[Lineage, ...]:
    """The chain of an approved revision, makers first. `extras` maps forms of the clip to their SHA-256.

    What is no file counts by the SHA-256 of its canonical JSON, as in the revision's own hash.
    """
    artefacts = {kind: value["sha256"] for kind, value in content["artefacts"].items()}
    found = [_words("concept", content), _words("lyrics", content, "concept")]
    if content.get("written"):  # an edit took its place
        found = [found[0], _words("written", content, "concept"), _words("lyrics", content, "written")]
    bought = content.get("purchase")
    made_from: tuple[str, ...] = ("concept", "lyrics")
    if bought:
        found.append(Lineage("purchase", content_hash(bought), made_from))
        made_from = ("purchase",)
    found.append(Lineage("track", artefacts["track"], made_from))
    heard = bool(content.get("heard"))
    found.append(_words("timeline", content, *(("track",) if heard else made_from)))
    found.append(_words("facts", content, "track"))
    found.append(Lineage("cover", artefacts["cover"], ("concept",)))
    shown = (content.get("stock") or {}).get("shown")
    if shown:
        found.append(Lineage("stock", content_hash(shown)))
    behind = ("track", "timeline", "lyrics", *(("stock",) if shown else ()))
    found.append(Lineage("clip", artefacts["clip"], behind))
    if board := content.get("storyboard"):
        found.append(Lineage("storyboard", board["artefact"]["sha256"], ("clip",)))
    found += [Lineage(name, digest, behind) for name, digest in sorted(extras.items())]
    found.append(_words("reflection", content, "concept", "facts"))
    return tuple(found)


def _words(kind: str, content: Mapping[str, Any], *made_from: str) -> Lineage:
    return Lineage(kind, content_hash(content[kind]), made_from)
