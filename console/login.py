"""Who sits here: the same name for all that one person does, in the console and on the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.domain.runs import Actor, Channel


def operator(channel: Channel) -> Actor:
    """The person whose login this is; in a console also which of that person's consoles it is."""
    from engine.domain.runs import Actor, ActorKind, Channel

    return Actor(ActorKind.OPERATOR, channel, _login_name(), _session() if channel is Channel.CONSOLE else "")


def _session() -> str:
    """`pts/3, pid 4711`, the names by which `who` and `ps` know this console."""
    try:
        terminal = os.ttyname(0).removeprefix("/dev/")
    except OSError:  # no terminal: a test, a pipe
        return f"pid {os.getpid()}"
    return f"{terminal}, pid {os.getpid()}"


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return str(os.getuid())
