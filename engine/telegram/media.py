"""What a chat can play of a song: its sound as M4A, its clip under the upload limit, its cover as a thumbnail.

Made once for a file's content, under `data/telegram`, and named after its hash: retention finds it by that. Whatever
lies there may be deleted at any time.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from engine.domain.errors import NoktvrnError
from engine.media import ffmpeg, measure
from engine.safety.files import private_folder, whole_file
from engine.safety.process import Bounds
from engine.telegram.wire import UPLOAD_BYTES

_log = logging.getLogger(__name__)

_ROOM = UPLOAD_BYTES - 1_000_000
"""Below the limit, for what the form around a file takes."""
_BOUNDS = Bounds(clock_s=120)
_KEPT = 40
_REMEMBERED = 20
_THUMBNAIL = 320
_THUMBNAIL_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Playable:
    """Files for one preview; each may be missing where it could not be made. `cut`: the clip is not all of it."""

    sound: Path | None
    clip: Path | None
    cut: bool
    width: int
    height: int
    clip_s: float
    thumbnail: bytes | None

    def holds(self, track: Path, clip: Path) -> bool:
        """Whether its files are still there; without a sound, whether there is still nothing to make one of."""
        if self.sound is None:
            return not (track.exists() or clip.exists())
        return all(file.exists() for file in (self.sound, self.clip) if file is not None)


def thumbnail(cover: Path) -> bytes | None:
    """The cover as a JPEG within Telegram's limits (320 pixels, 200 kB)."""
    from PIL import Image

    try:
        with Image.open(cover) as picture:
            small = picture.convert("RGB")
            small.thumbnail((_THUMBNAIL, _THUMBNAIL))
            for quality in (85, 60, 30):
                out = io.BytesIO()
                small.save(out, "JPEG", quality=quality)
                if out.tell() < _THUMBNAIL_BYTES:
                    return out.getvalue()
    except (OSError, ValueError) as error:
        _log.warning("the cover %s gives no thumbnail: %s", cover.name, type(error).__name__)
    return None


def sound(track: Path, clip: Path, folder: Path) -> Path | None:
    """The song as M4A: taken out of its clip, which carries it already; else encoded from the track."""
    final = folder / f"{track.stem}.m4a"
    if not final.exists():
        private_folder(folder)
        copied = ["-i", f"file:{clip}", "-map", "0:a:0", "-vn", "-c", "copy"]
        encoded = ["-i", f"file:{track}", "-map", "0:a:0", "-vn", "-c:a", "aac", "-b:a", "160k"]
        if not (_made(final, copied, clip) or _made(final, encoded, track)):
            return None
    if final.stat().st_size > _ROOM:
        _log.warning("the track %s is too large for Telegram", track.name)
        return None
    return final


def cut(clip: Path, folder: Path, length_s: float) -> tuple[Path | None, bool]:
    """The clip under the upload limit, and whether something was left out: its beginning, without encoding anew."""
    if not clip.exists():
        return None, False
    size = clip.stat().st_size
    if size <= _ROOM:
        return clip, False
    final = folder / f"{clip.stem}-cut.mp4"
    seconds = length_s * _ROOM / size * 0.95
    while not final.exists() or final.stat().st_size > _ROOM:
        private_folder(folder)
        final.unlink(missing_ok=True)
        taken = ["-i", f"file:{clip}", "-t", f"{seconds:.2f}", "-c", "copy", "-movflags", "+faststart"]
        if seconds < 1 or not _made(final, taken, clip):
            return None, True
        seconds /= 2
    return final, True


class Studio:
    """Makes what a preview needs, one song at a time, and once: several chats ask for the same, and ask again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = asyncio.Lock()
        self._made: OrderedDict[tuple[Path, Path, Path], Playable] = OrderedDict()

    async def of(self, track: Path, clip: Path, cover: Path) -> Playable:
        """Everything for one preview."""
        key = (track, clip, cover)
        async with self._turn:
            found = self._made.get(key)
            if found is None or not await asyncio.to_thread(found.holds, track, clip):
                found = await asyncio.to_thread(playable, track, clip, cover, self._folder)
            self._made[key] = found
            self._made.move_to_end(key)
            while len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)
            return found


def playable(track: Path, clip: Path, cover: Path, folder: Path) -> Playable:
    """Everything for one preview. Takes a fraction of a second: nothing is encoded where the clip is whole."""
    _prune(folder)
    width = height = 0
    length_s = 0.0
    if clip.exists():
        try:
            facts = measure.probe(clip)
            width, height, length_s = facts.width, facts.height, facts.duration_s
        except NoktvrnError as error:
            _log.warning("the clip %s cannot be shown: %s", clip.name, error)
            clip = clip.with_name("none")
    short, left_out = cut(clip, folder, length_s)
    return Playable(sound(track, clip, folder), short, left_out, width, height, length_s, thumbnail(cover))


def _made(final: Path, arguments: list[str], source: Path) -> bool:
    if not source.exists():
        return False
    try:
        with whole_file(final) as part:
            ffmpeg.run(
                ["-v", "error", *arguments, "-f", "mp4" if final.suffix == ".mp4" else "ipod", str(part)],
                bounds=_BOUNDS,
            )
    except NoktvrnError as error:
        _log.warning("%s was not made for Telegram: %s", final.name, error)
        return False
    return True


def _prune(folder: Path) -> None:
    """Keeps the newest files."""
    if not folder.exists():
        return
    files = sorted((path for path in folder.iterdir() if path.is_file()), key=lambda path: path.stat().st_mtime)
    for old in files[:-_KEPT]:
        old.unlink(missing_ok=True)
