"""Deliveries: the list, one of them, and the word that it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.domain.chat import Role
from engine.domain.delivery import DeliveryState
from engine.telegram import keyboards, texts
from engine.telegram.keyboards import Key
from engine.telegram.panel.page import PER_PAGE, Ask, Entry, Make, Page, listed, menu
from engine.telegram.words import line, lines, when

if TYPE_CHECKING:
    from engine.api.delivery_models import DeliveryRow

_MOST = 60


async def deliveries(ask: Ask) -> Page:
    """What moved last, first."""
    found = await ask.kit.queries.deliveries.rows(limit=_MOST)
    shown = found[ask.offset : ask.offset + PER_PAGE]
    return listed("deliveries", texts.DELIVERIES_TITLE, shown, len(found), ask, _text, _key)


def _text(row: DeliveryRow) -> str:
    return texts.DELIVERY_ROW.format(**_named(row))


def _named(row: DeliveryRow) -> dict[str, str]:
    share = f", {row.share:.0%}" if row.state is DeliveryState.SENDING else ""
    names = {"title": line(row.title, 80), "artist": line(row.artist, 60), "target": line(row.target, 30)}
    return {**names, "state": str(row.state), "share": share}


def _key(row: DeliveryRow) -> Key:
    return keyboards.page("delivery", f"{line(row.title, 40)} → {line(row.target, 24)}", id=row.id)


async def delivery(ask: Ask) -> Page:
    """One delivery, with what can be said of it now."""
    row = (await ask.kit.queries.deliveries.detail(str(ask.argument["id"]))).row
    told = [line(row.place, 300)] if row.state is DeliveryState.DELIVERED else []
    if row.before:
        told.append(row.before)
    if row.state is DeliveryState.WAITING and row.due_at is not None:
        told.append(texts.DELIVERY_DUE.format(when=when(row.due_at)))
    if row.state is DeliveryState.ASKED and row.unsaid:
        told.append(texts.DELIVERY_ASKS.format(what=", ".join(row.unsaid)))
    if row.cause:
        told.append(lines(f"{row.cause} {row.fix}".strip(), 900))
    if row.next_try_at is not None:
        told.append(texts.DELIVERY_AGAIN.format(when=when(row.next_try_at)))
    keys: list[Key] = []
    if row.state is DeliveryState.ASKED and ask.may(Role.OWNER):
        if not row.unsaid:
            keys.append(keyboards.do("deliver", texts.DELIVER, id=row.id))
        keys.append(keyboards.do("decline", texts.DECLINE, id=row.id))
    refresh = keyboards.page("delivery", texts.REFRESH, id=row.id)
    text = texts.DELIVERY.format(**_named(row), words="\n".join(told)).strip()
    return Page(text, [*([keys] if keys else []), [refresh], *menu()])


PAGES = {"deliveries": Entry(deliveries), "delivery": Entry(delivery)}
AFTER: dict[str, Make] = {"deliver": delivery, "decline": delivery}
