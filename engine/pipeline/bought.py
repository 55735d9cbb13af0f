"""A track from an outside provider: words are checked, the order is driven, its clips come in, one is proposed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.domain import originality
from engine.domain.codec import dump
from engine.domain.gate import Check
from engine.domain.purchase import PurchaseState
from engine.domain.song import MusicBrief
from engine.domain.variants import RIGHTS, Wanted, proposed, with_variant
from engine.music import sound
from engine.music.provider import Order
from engine.pipeline import ladder
from engine.pipeline.buying import Buyer, Patience
from engine.pipeline.errors import PassedOver
from engine.pipeline.ladder import Rung
from engine.pipeline.line import Line, Made, Task
from engine.store import fingerprints, runs
from engine.store.purchases import Purchase

PATIENCE = Patience()
VARIANT = "variant"
"""Kind of the artefact that was not proposed."""


async def track(task: Task, rung: Rung, brief: MusicBrief, passed: Sequence[str]) -> Made:
    """The rung's track. Raises PassedOver, CapReached; VendorError where clips cannot be fetched yet."""
    if why := rung.unfit(brief, task.line.now().date()):
        raise PassedOver(f"{rung.name}: {why}")
    style = sound.words(brief)
    sung = task.line.settings.music_vocals and rung.provider.abilities.vocals and bool(brief.lyrics.sections)
    await _refuse_words(task, brief, style, sung=sung)
    facts = {"vocals": "sung" if sung else "none", "style": style}
    buyer = Buyer(task, rung, Order("", brief, style, sung), facts, PATIENCE)
    purchase, cpu_s = await buyer.buy(), 0.0
    if purchase.state is PurchaseState.READY:
        variants, cpu_s = await _bring_in(task, rung, brief, await buyer.clips(purchase))
        if not any(variant["usable"] for variant in variants):
            raise await buyer.spoilt(purchase, _why_unusable(variants))
        purchase = await buyer.close(purchase, variants)
    return _made(purchase, passed, cpu_s)


async def _refuse_words(task: Task, brief: MusicBrief, style: str, *, sung: bool) -> None:
    """Nothing that imitates or repeats somebody leaves the house. Raises PassedOver."""
    words = await asyncio.to_thread(ladder.refused_words, task.line)
    found = list(originality.prompt_problems(f"{style}, {brief.title}", words))
    if sung:
        async with task.line.database.read() as connection:
            fleet = await runs.songs(connection, but=task.run.id)
        found += originality.lyrics_problems(brief.lyrics, fleet, words)
    if found:
        raise PassedOver(f"the words may not leave the house: they {'; they '.join(found)}")


async def _bring_in(
    task: Task, rung: Rung, brief: MusicBrief, clips: Sequence[Path]
) -> tuple[list[dict[str, Any]], float]:
    """Every clip as a variant, brought in by a child process."""
    wanted = Wanted(brief.duration_s, brief.tempo_bpm, brief.key, rung.provider.abilities.keeps_length)
    fleet = task.line.home.work / f"{task.run.id}-fleet.json"
    try:
        await _write_fleet(task.line, task.run.id, fleet)
        async with task.line.bench:
            answer = await task.job(
                "bring_in", clips=[str(clip) for clip in clips], wanted=dump(wanted), fleet=str(fleet)
            )
    finally:
        fleet.unlink(missing_ok=True)
    return answer.value["variants"], answer.cpu_s


async def _write_fleet(line: Line, run_id: str, target: Path) -> None:
    """The fleet's prints in a file: they may be more than a pipe should carry."""
    import base64
    import json

    from engine.safety.files import write_whole

    async with line.database.read() as connection:
        known = await fingerprints.others(connection, run_id)
    rows = [[each.title or each.run_id, base64.b64encode(each.data).decode()] for each in known]
    await asyncio.to_thread(write_whole, target, json.dumps(rows))


def _why_unusable(variants: Sequence[Mapping[str, Any]]) -> str:
    reasons = []
    for variant in variants:
        failed = [check for check in variant.get("checks", ()) if not check["ok"]]
        reasons.append(variant["error"] or "; ".join(f"{check['name']}: {check['detail']}" for check in failed))
    return f"no clip can be used ({' | '.join(reasons)})"


def _made(purchase: Purchase, passed: Sequence[str], cpu_s: float) -> Made:
    """The stage's result for a finished purchase; the same again after a crash."""
    best = proposed([each["score"] for each in purchase.variants], [each["usable"] for each in purchase.variants])
    if best is None:
        raise PassedOver(f"{purchase.provider}: nothing of order {purchase.id} can be used")
    usable = [each for each in purchase.variants if each["usable"]]
    order = {
        "timeline": None,
        "vocals": purchase.facts["vocals"],
        "provider": purchase.provider,
        "purchase": purchase.id,
        "rights": purchase.rights,
        "made_with": _made_with(purchase),
        "variants": usable,
        "checks": [dump(_rights_check(purchase.rights))],
        "passed_over": list(passed),
    }
    result = with_variant(order, purchase.variants[best])
    other = next((each["artefact"] for each in usable if each["id"] != result["variant"]), None)
    aside = {VARIANT: other} if other else {}
    return Made(result, kind="track", facts={"loudness": result["loudness"]}, cpu_s=cpu_s, aside=aside)


def _made_with(purchase: Purchase) -> dict[str, str]:
    known = {name: value for name, value in purchase.facts.items() if value and name != "vocals"}
    return {"provider": purchase.provider, "order": purchase.id, **known}


def _rights_check(rights: str) -> Check:
    """A plan that allows commercial use lets autopilot go on; for all else a person decides."""
    return Check(RIGHTS, "commercial=yes" in rights, rights or "no plan is named in the settings: none is claimed")
