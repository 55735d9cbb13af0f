"""Who sits here: the same name for all that one person does, in the console and on the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.domain.runs import Actor, Channel


def operator(channel: Channel) -> Actor:
    """The person whose login this is."""
    from engine.domain.runs import Actor, ActorKind

    return Actor(ActorKind.OPERATOR, channel, _login_name())


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return str(os.getuid())
