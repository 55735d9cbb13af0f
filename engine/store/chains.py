"""Chains of attempts: one row for each question, with everybody who was tried and who answered."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Text, cast, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.models import Attempt, ChainEvent
from engine.store.model_tables import llm_chains

_ADD = insert(llm_chains)


async def add(
    connection: AsyncConnection, event: ChainEvent, run_id: str | None, artist_id: str | None, at: datetime
) -> None:
    """Stores the story of one question."""
    row = {
        "id": event.id,
        "run_id": run_id,
        "artist_id": artist_id,
        "role": event.role,
        "prompt_version": event.prompt_version,
        "attempts": [_told(attempt) for attempt in event.attempts],
        "provider": event.answered.provider if event.answered else "",
        "model": event.answered.model if event.answered else "",
        "ok": event.answered is not None,
        "fell_back": event.fell_back,
        "why": event.why,
        "latency_ms": event.latency_ms,
        "cost_microusd": event.cost_microusd,
        "at": at,
    }
    await connection.execute(_ADD, row)


async def newest(
    connection: AsyncConnection, limit: int | None, run_id: str | None = None, model: str | None = None
) -> list[Row[Any]]:
    """The newest chains, those of a run or those that came to a model (`provider:model`), the newest first."""
    query = select(llm_chains).order_by(llm_chains.c.at.desc(), llm_chains.c.id).limit(limit)
    if run_id is not None:
        query = query.where(llm_chains.c.run_id == run_id)
    if model is not None:  # the name in its quotes, which nothing else in the JSON can hold; reading that is slow
        query = query.where(func.instr(cast(llm_chains.c.attempts, Text), json.dumps(model, ensure_ascii=False)) > 0)
    return list(await connection.execute(query))


def _told(attempt: Attempt) -> dict[str, object]:
    return {
        "model": str(attempt.name),
        "outcome": attempt.outcome,
        "cause": attempt.cause,
        "latency_ms": attempt.latency_ms,
        "cost_microusd": attempt.cost_microusd,
        "asked": attempt.asked,
    }
