"""How the rights of a release are written: what stands against it, what was overridden, what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.human import clock
from console.marks import STYLES, Tone
from console.safe import Hung, Leaf, block, item, leaf, line, own

if TYPE_CHECKING:
    from engine.api.rights_models import BlockRow, OverrideRow, QuestionRow, RightsSheet

_DIM = STYLES[Tone.DIM]
_LONG = 1200


def told(found: RightsSheet) -> Leaf:
    """The whole card."""
    rows: list[Content | Hung | Leaf | str] = []
    if not found.blocks:
        rows.append(own(("✓ ", STYLES[Tone.GOOD]), "nothing stands against it"))
    for row in found.blocks:
        rows.append(_block(row))
    answered = [each for each in found.questions if each.answer]
    if answered:
        rows.append(own(""))
        rows += [item(own((f"{each.target or 'any target'}: ", _DIM), _answer(each))) for each in answered]
    return leaf(*rows)


def _block(row: BlockRow) -> Leaf:
    if row.override is not None:
        head = own((f"{row.kind}  ", _DIM), block(row.what, _DIM, limit=_LONG))
        return leaf(item(head, "○ ", _DIM), item(_decided("overridden", row.override), "  "))
    head = own((f"{row.kind}  ", "bold"), block(row.what, limit=_LONG))
    fix = [item(block(row.fix, _DIM, limit=_LONG), "  ")]
    fix += [item(_decided("void, for it was given for other facts: an override", row.void), "  ")] if row.void else []
    return leaf(item(head, "✗ ", STYLES[Tone.BAD]), *fix)


def _decided(what: str, given: OverrideRow) -> Content:
    name = line(given.name, limit=80)
    return own((f"{what} by ", _DIM), name, (f", {clock(given.at)}: ", _DIM), block(given.reason, _DIM, limit=_LONG))


def _answer(each: QuestionRow) -> Content:
    return own(f"{each.name} ", line(each.answer, "bold", limit=120))


def choice(row: BlockRow) -> Content:
    """A block as a line to choose."""
    return own((f" {row.kind}  ", "bold"), line(row.what, limit=90))


def asked(each: QuestionRow) -> Content:
    """A question as a line to choose."""
    return own((f" {each.name}  ", "bold"), line(f"{each.target or 'any target'}: {each.question}", limit=90))
