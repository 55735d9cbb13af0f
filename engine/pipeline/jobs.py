"""The jobs a child process can do. Each reads JSON-native values, writes into the artefact store, returns the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.domain import gate
from engine.domain.codec import dump, load
from engine.domain.errors import CheckFailed
from engine.domain.song import MusicBrief
from engine.pipeline.artefact_files import keep
from engine.safety.files import private_folder

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


def analysis(payload: Payload, progress: Progress) -> dict[str, Any]:
    """Measures the finished track and holds it against its limits."""
    from engine.media import measure
    from engine.music.analysis import analyse

    path = Path(payload["track"])
    facts = analyse(path)
    progress(0.7, "decoding")
    complaints = measure.decodes(path)
    checks = gate.check_track(facts, payload["planned_s"], complaints)
    return {"facts": dump(facts), "checks": dump(checks), "pcm_sha256": measure.pcm_sha256(path)}


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
    from engine.media import measure
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
        )
        progress(0.97, "checking")
        checks = gate.check_clip(measure.probe(video), brief.timeline.duration_s, measure.decodes(video))
        kept = keep(video, Path(payload["store"]))
        board = None
        if facts.stills:
            board = {"artefact": asdict(keep(sheet, Path(payload["store"]))), "times": list(facts.stills)}
    return {"artefact": asdict(kept), "facts": dump(facts), "checks": dump(checks), "storyboard": board}


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
    """Builds the release package."""
    from engine.release.package import build_package
    from engine.release.request import PackageRequest

    made = build_package(load(payload["request"], PackageRequest), Path(payload["releases"]), progress=progress)
    return {"path": str(made.path), "manifest_sha256": made.manifest_sha256, "files": len(made.files)}


JOBS: dict[str, Callable[[Payload, Progress], dict[str, Any]]] = {
    "track": track,
    "analysis": analysis,
    "cover": cover,
    "clip": clip,
    "palette": palette,
    "package": package,
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
