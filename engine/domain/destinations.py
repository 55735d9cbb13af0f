"""What one target asks before a release may go there: its questions, and who stands in a live DDEX message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.domain.delivery import DECLARATIONS, Declaration, TargetKind, declared, takes_ddex, undeclared
from engine.domain.lookalikes import alike
from engine.domain.rights import Block, Facts, Message, anew, block


@dataclass(frozen=True, slots=True)
class Destination:
    """A target, and every answer that counts for a release there."""

    name: str
    kind: TargetKind
    options: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ddex(self) -> bool:
        """Whether a DDEX message goes there."""
        return takes_ddex(self.kind, self.options)


def answers_of(
    kind: TargetKind,
    of_target: Mapping[str, str],
    of_release: Mapping[str, str],
    of_delivery: Mapping[str, str],
    given: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Every answer that counts: a later one above an earlier one. A release may have answers to other kinds, too."""
    known = {each.name for each in DECLARATIONS[kind]}
    own = {name: value for name, value in of_release.items() if name in known}
    return declared(kind, of_target, own, of_delivery, given or {})


def unsaid_at(there: Destination, message: Message | None) -> list[Declaration]:
    """The questions that still need an answer there; `message` is the one in the package."""
    return undeclared(there.kind, there.answers, live=there.ddex and message is not None and message.live)


def blocks_at(facts: Facts, there: Destination, *, live: bool) -> list[Block]:
    """What keeps the release from this target alone. None of it can be overridden: only answered, or put right.

    `live`: the operator exchanges live messages now, so a package from before, with a test message, is not sent as one.
    """
    message = facts.message if there.ddex else None
    found = [_missing(facts, there, each) for each in unsaid_at(there, message)]
    if message is not None and live and not message.live:
        what = f"The package's DDEX message is a test, and {there.name} would make nothing public of it."
        found.append(block("ddex-test", what, anew(facts), facts.release_id, overridable=False))
    return [*found, *(_of_message(facts, there, message) if message is not None and message.live else ())]


def _missing(facts: Facts, there: Destination, asked: Declaration) -> Block:
    said = there.answers.get(asked.name, "")
    what = f"{there.name} asks: {asked.question}" + (f" You said {said}." if said else "")
    choices = "|".join(asked.choices) or ("TEXT" if asked.free else "NUMBER")
    fix = (
        f"`noktvrn releases declare {facts.release_id} {asked.name} {choices}`, or for all releases "
        f"`noktvrn targets set {there.name} --declare {asked.name}={choices}`."
    )
    return block(f"declaration-{asked.name}", what, fix, there.name, said, overridable=False)


def _of_message(facts: Facts, there: Destination, message: Message) -> Iterator[Block]:
    if not message.parties_known or not message.sender_name:
        what = f"The live DDEX message for {there.name} does not say who sends it, or to whom."
        fix = f"Set DDEX_SENDER_DPID, DDEX_SENDER_NAME and DDEX_RECIPIENT_DPID and start the engine anew. {anew(facts)}"
        yield block("ddex-parties", what, fix, facts.release_id, overridable=False)
    holder = there.answers.get("rights_holder", "")
    if holder and not any(alike(holder, owner) for owner in message.owners):
        owners = ", ".join(message.owners) or "nobody"
        what = f"The DDEX message names {owners} as holder of the rights; you said {holder}."
        fix = f"Answer as the message says, or set LABEL_NAME. {anew(facts)}"
        yield block("declaration-rights_holder", what, fix, holder, message.owners, overridable=False)
    territories = there.answers.get("territories", "")
    if territories and any(each.casefold() != territories for each in message.territories):
        what = f"The DDEX message offers it in {', '.join(message.territories)}; you said {territories}."
        yield block("declaration-territories", what, anew(facts), territories, overridable=False)
