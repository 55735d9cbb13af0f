"""Who took a step and where, in the same words everywhere: `mara in the console`, `autopilot`."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.runs import Actor, ActorKind, Channel

_NAMELESS: Mapping[str, str] = {
    ActorKind.OPERATOR: "the operator",
    ActorKind.TELEGRAM: "somebody",
    ActorKind.AUTOPILOT: "autopilot",
    ActorKind.POLICY: "the engine's limits",
    ActorKind.ENGINE: "the engine",
}
_WHERE: Mapping[str, str] = {
    Channel.CONSOLE: " in the console",
    Channel.CLI: " on the command line",
    Channel.BROWSER: " in a browser",
    Channel.TELEGRAM: " by Telegram",
    Channel.ENGINE: "",
}


def who(actor: str, name: str = "") -> str:
    """The name (from outside, not made harmless), or what the actor is."""
    return name or _NAMELESS.get(actor, actor)


def where(channel: str) -> str:
    """The place with a blank before it; empty for the engine, which is no place of its own."""
    return _WHERE.get(channel, f" by {channel}")


def whom(actor: str, channel: str, name: str = "") -> str:
    """Who and where, as the columns of a row have it."""
    return who(actor, name) + where(channel)


def of(actor: Actor) -> str:
    """Likewise, of an actor."""
    return whom(actor.kind, actor.channel, actor.name)
