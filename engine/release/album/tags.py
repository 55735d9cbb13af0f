"""What each file of an album says about itself: the track's own tags, with the album, its number and the disc."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.release import id3, tags

if TYPE_CHECKING:
    from engine.release.album.metadata import AlbumMetadata, TrackEntry
    from engine.release.metadata import Metadata

_DISC, _DISCS = 1, 1


def id3_tag(
    album: AlbumMetadata, track: TrackEntry, own: Metadata, timed: tuple[id3.Timed, ...], cover: bytes | None
) -> id3.Tag:
    """The tag of the MP3 with the cover, of the WAV without it. `own` is the track's own document, `timed` the words as
    its own MP3 times them: nothing is put in front of the sound, so they hold."""
    base = tags.id3_tag(own, (), cover or b"")
    day = album.release_date
    text = base.text | {
        "TPE2": album.artist.name,
        "TALB": album.title,
        "TYER": day[:4],
        "TDAT": day[8:10] + day[5:7],
        "TRCK": f"{track.number}/{len(album.tracks)}",
        "TPOS": f"{_DISC}/{_DISCS}",
        "TPUB": album.label,
        "TLEN": str(round(track.duration_s * 1000)),
    }
    picture = base.picture if cover is not None else None
    return replace(base, text=text, extra=base.extra | _extra(album, track), timed=timed, picture=picture)


def flac_comments(album: AlbumMetadata, track: TrackEntry, own: Metadata) -> dict[str, str]:
    """The FLAC's comments, by the names under which ffmpeg takes them."""
    return {
        **tags.flac_comments(own),
        "album": album.title,
        "album_artist": album.artist.name,
        "date": album.release_date,
        "track": str(track.number),
        "TRACKTOTAL": str(len(album.tracks)),
        "disc": str(_DISC),
        "DISCTOTAL": str(_DISCS),
        "ORGANIZATION": album.label,
        **_extra(album, track),
    }


def wav_info(album_title: str, number: int, day: str, own: Metadata) -> dict[str, str]:
    """The LIST chunk of the WAV: what it has names for, by ffmpeg's names. `ISRC` would mean something else there."""
    return {
        "title": own.title,
        "artist": own.artist.name,
        "album": album_title,
        "track": str(number),
        "date": day,
        "genre": own.genre,
        "comment": own.ai_disclosure.statement,
    }


def _extra(album: AlbumMetadata, track: TrackEntry) -> dict[str, str]:
    found = {"RELEASE_ID": album.release_id, "REVISION": album.revision, "TRACK_RELEASE_ID": track.release_id}
    return found | ({"BARCODE": album.codes.upc} if album.codes.upc else {})
