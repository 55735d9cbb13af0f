"""The jobs a child process can do. Each reads JSON-native values, writes into the artefact store, returns the same."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.domain import gate, variants
from engine.domain.codec import dump, load
from engine.domain.errors import CheckFailed, MediaError
from engine.domain.song import MusicBrief
from engine.domain.variants import Wanted
from engine.pipeline.artefact_files import keep
from engine.safety.files import private_folder

if TYPE_CHECKING:
    from engine.release.signing import Signing

Progress = Callable[[float, str], None]
Payload = Mapping[str, Any]


def track(payload: Payload, progress: Progress) -> dict[str, Any]:
    """Has the brief's track made by the embedded studio."""
    from engine.music.studio.provider import Studio

    with _work_folder(payload) as folder:
        wav = folder / "track.wav"
        made = Studio().make(load(payload["brief"], MusicBrief), wav, progress=progress)
        if made.timeline is None:
            raise CheckFailed(f"{made.provider} does not say where the parts of its track are.")
        kept = keep(wav, Path(payload["store"]))
    return {
        "artefact": asdict(kept),
        "timeline": dump(made.timeline),
        "loudness": dump(made.loudness),
        "vocals": made.vocals,
        "provider": made.provider,
        "made_with": made.made_with,
    }


def bring_in(payload: Payload, progress: Progress) -> dict[str, Any]:
    """Brings the clips of one order in, each as a variant: usable or not, with its measurements and its score."""
    fleet = [(name, base64.b64decode(data)) for name, data in json.loads(Path(payload["fleet"]).read_text())]
    wanted, clips = load(payload["wanted"], Wanted), [Path(clip) for clip in payload["clips"]]
    made = []
    with _work_folder(payload) as folder:
        for number, clip in enumerate(clips):
            progress(number / len(clips), "mastering")
            made.append(_variant(clip, folder, Path(payload["store"]), wanted, fleet))
    return {"variants": made}


def _variant(
    clip: Path, folder: Path, store: Path, wanted: Wanted, fleet: Sequence[tuple[str, bytes]]
) -> dict[str, Any]:
    from engine.music.bring_in import bring_in as bring

    wav = folder / "track.wav"
    try:
        found = bring(clip, wav, folder, fleet=fleet)
    except (MediaError, CheckFailed) as error:
        return {"id": clip.stem, "usable": False, "score": 0.0, "why": [], "checks": [], "error": error.message}
    checks, judgement = variants.gate(found.measured, wanted), variants.judge(found.measured, wanted)
    return {
        "id": clip.stem,
        "usable": variants.usable(checks),
        "score": judgement.score,
        "why": list(judgement.why),
        "checks": dump(checks),
        "error": "",
        "artefact": asdict(keep(wav, store)),
        "loudness": dump(found.mastered.loudness),
        "heard": dump(found.timeline),
        "measured": dump(found.measured),
        "source": {"format": found.codec, "gain": f"{found.mastered.gain_db:+.1f} dB"},
    }


def analysis(payload: Payload, progress: Progress) -> dict[str, Any]:
    """Measures the finished track and listens to it, holds it against its limits, and takes its print."""
    from engine.media import measure
    from engine.music.bring_in import measured

    path = Path(payload["track"])
    facts, data = measured(path)
    progress(0.7, "decoding")
    complaints = measure.decodes(path)
    checks = gate.check_track(facts, payload["planned_s"], complaints)
    return {
        "facts": dump(facts),
        "checks": dump(checks),
        "pcm_sha256": measure.pcm_sha256(path),
        "print": base64.b64encode(data).decode(),
    }


def cover(payload: Payload, progress: Progress) -> dict[str, Any]:
    """Draws the cover."""
    from engine.visuals.brief import CoverBrief
    from engine.visuals.cover import draw_cover

    with _work_folder(payload) as folder:
        picture = folder / "cover.jpg"
        facts = draw_cover(load(payload["brief"], CoverBrief), picture)
        progress(0.9, "checking")
        kept = keep(picture, Path(payload["store"]))
    return {
        "artefact": asdict(kept),
        "facts": dump(facts),
        "checks": dump(gate.check_cover(facts.side, facts.side)),
    }


def clip(payload: Payload, progress: Progress) -> dict[str, Any]:
    """Renders the clip and its storyboard, and checks the clip against its track."""
    from engine.media import encoders, measure
    from engine.media.flashes import flashes
    from engine.visuals.brief import ClipBrief, StockFile
    from engine.visuals.clip import render_clip

    track_path = Path(payload["track"])

    def drawing(share: float) -> None:
        progress(share * 0.96, "")

    with _work_folder(payload) as folder:
        video, sheet = folder / "clip.mp4", folder / "storyboard.jpg"
        brief = load(payload["brief"], ClipBrief)
        facts = render_clip(
            brief,
            track_path,
            video,
            work=folder,
            progress=drawing,
            sheet=sheet,
            stock=load(payload.get("stock", []), list[StockFile]),
            stock_share=payload.get("stock_share", 0.0),
            encoder=encoders.choose(payload.get("encoder", encoders.AUTO)),
        )
        progress(0.97, "checking")
        complaints = measure.decodes(video)
        checks = gate.check_clip(measure.probe(video), brief.timeline.duration_s, complaints, flashes(video))
        kept = keep(video, Path(payload["store"]))
        board = None
        if facts.stills:
            board = {"artefact": asdict(keep(sheet, Path(payload["store"]))), "times": list(facts.stills)}
    return {"artefact": asdict(kept), "facts": dump(facts), "checks": dump(checks), "storyboard": board}


def extras(payload: Payload, progress: Progress) -> dict[str, Any]:
    """Renders the further videos of a release and checks each. One that fails a check is not kept; why is told."""
    from engine.media import encoders, measure
    from engine.media.flashes import flashes
    from engine.visuals.brief import ClipBrief
    from engine.visuals.extras import render_extras

    store = Path(payload["store"])
    with _work_folder(payload) as folder:
        made = render_extras(
            load(payload["brief"], ClipBrief),
            Path(payload["track"]),
            Path(payload["clip"]),
            folder,
            wanted=payload["wanted"],
            work=folder / "work",
            progress=lambda share: progress(share * 0.9, f"further videos, {int(share * 4) * 25} % drawn"),
            encoder=encoders.choose(payload.get("encoder", encoders.AUTO)),
            peak_dbtp=payload.get("peak_dbtp"),
        )
        kept: dict[str, Any] = {}
        left_out: dict[str, str] = {}
        for number, (name, facts) in enumerate(made.items()):
            progress(0.9 + 0.1 * number / len(made), "checking")
            video = folder / f"{name}.mp4"
            complaints = measure.decodes(video)
            checks = gate.check_extra(complaints, flashes(video))
            refused = [check for check in checks if not check.ok]
            if refused:
                left_out[name] = f"{refused[0].name}: {refused[0].detail}"
                continue
            kept[name] = {"artefact": asdict(keep(video, store)), "facts": dump(facts), "checks": dump(checks)}
    return {"extras": kept, "left_out": left_out}


def palette(payload: Payload, progress: Progress) -> dict[str, Any]:
    """How far foreign pictures lie from an artist's palette, null for those that cannot be read."""
    from engine.domain.persona import Palette
    from engine.visuals.stock.colours import distance

    wanted = load(payload["palette"], Palette)
    distances = []
    for index, picture in enumerate(payload["pictures"]):
        distances.append(distance(Path(picture), wanted) if picture else None)
        progress((index + 1) / len(payload["pictures"]), "")
    return {"distances": distances}


def package(payload: Payload, progress: Progress) -> dict[str, Any]:
    """Builds the release package, signed where the payload says with what."""
    from engine.release.package import build_package
    from engine.release.request import PackageRequest

    request, schema = load(payload["request"], PackageRequest), payload.get("schema")
    signing = _signing(payload["signing"], progress) if payload.get("signing") else None
    made = build_package(
        request,
        Path(payload["releases"]),
        progress=progress,
        schema=Path(schema) if schema else None,
        signing=signing,
    )
    return {"path": str(made.path), "manifest_sha256": made.manifest_sha256, "files": len(made.files)}


def _signing(payload: Payload, progress: Progress) -> Signing:
    """What signs. By the true time, whatever the engine's clock says: readers of certificates go by it."""
    from engine.domain.clock import utc_now
    from engine.release.keys import Keyring, credential
    from engine.release.signing import Signing

    ring = load(payload["ring"], Keyring)
    return Signing(credential(ring, utc_now(), tell=lambda note: progress(0.0, note)), payload["forbid"])


def album(payload: Payload, progress: Progress) -> dict[str, Any]:
    """Builds the package of an album."""
    from engine.release.album.build import build_album
    from engine.release.album.request import AlbumRequest

    request, schema = load(payload["request"], AlbumRequest), payload.get("schema")
    made = build_album(
        request,
        Path(payload["releases"]),
        progress=progress,
        schema=Path(schema) if schema else None,
        signing=_signing(payload["signing"], progress) if payload.get("signing") else None,
    )
    return {"path": str(made.path), "manifest_sha256": made.manifest_sha256, "files": made.files}


JOBS: dict[str, Callable[[Payload, Progress], dict[str, Any]]] = {
    "track": track,
    "bring_in": bring_in,
    "analysis": analysis,
    "cover": cover,
    "clip": clip,
    "extras": extras,
    "palette": palette,
    "package": package,
    "album": album,
}


@contextmanager
def _work_folder(payload: Payload) -> Iterator[Path]:
    """An empty folder of this job's own; what a killed attempt left in it goes first."""
    folder = Path(payload["work"])
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
