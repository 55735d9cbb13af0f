"""The lyric files of a package, made from its metadata, so that anyone can make them again and compare."""

from __future__ import annotations

from engine.release import lrc
from engine.release.metadata import Metadata

INSTRUMENTAL = "(instrumental)"


def plain_text(metadata: Metadata) -> str:
    """lyrics.txt: the words, a blank line between sections."""
    return (metadata.lyrics.text or INSTRUMENTAL) + "\n"


def timed_text(metadata: Metadata) -> str:
    """lyrics.lrc. Raises MediaError where the lines do not ascend or lie outside the track."""
    cues = [(line.start_s, line.end_s, line.text) for line in metadata.lyrics.lines]
    return lrc.write(metadata.title, metadata.artist.name, metadata.title, metadata.duration_s, lrc.timed_lines(cues))
