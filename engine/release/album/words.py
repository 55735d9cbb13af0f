"""Texts of an album that are written when it is built, and made again when it is checked."""

from __future__ import annotations

from dataclasses import replace

from engine.release import lrc, ttml
from engine.release.album.manifest import AlbumRole
from engine.release.album.metadata import AlbumMetadata, TrackEntry
from engine.release.metadata import Metadata


def timed_text(own: Metadata, album: AlbumMetadata, track: TrackEntry) -> str:
    """The LRC of a track: its words at their times, under the album's title. Raises MediaError as `lrc.write`."""
    cues = [(line.start_s, line.end_s, line.text) for line in own.lyrics.lines]
    return lrc.write(own.title, own.artist.name, album.title, track.duration_s, lrc.timed_lines(cues))


def marked_text(own: Metadata, track: TrackEntry) -> str:
    """The TTML of a track: its lines in a file of the album's length. Raises MediaError as `ttml.write`."""
    return ttml.write(replace(own, duration_s=track.duration_s))


def process(role: AlbumRole, track: TrackEntry) -> str:
    """What was done to the WAV of the track's own package to make a file."""
    moved = f"moved by {track.gain_db:+.1f} dB" if track.gain_db else "every sample kept"
    silence = f"; {track.gap_s:g} s of silence at its end" if track.gap_s else ""
    coded = {"audio-flac": "; encoded without loss", "audio-mp3": "; encoded with loss"}.get(role, "")
    return f"{moved}{silence}{coded}; tags added"
