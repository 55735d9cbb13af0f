"""How somebody at another machine gets at what lies on this one: commands to run there."""

from __future__ import annotations

import getpass
import re
import shlex
import socket
from collections.abc import Mapping
from pathlib import Path

_HOST = re.compile(r"[0-9A-Za-z:._%-]+", re.ASCII)


def copying(file: Path, environ: Mapping[str, str]) -> str:
    """The command that copies a file."""
    host, port = _here(environ)
    bracketed = f"[{host}]" if ":" in host else host
    option = f"-P {port} " if port else ""
    return f"scp {option}{_user(environ)}@{bracketed}:{shlex.quote(str(file))} ."


def tunnel(port: int, environ: Mapping[str, str]) -> str:
    """The command that brings a port of this machine's loopback to the other one's, and stays open."""
    host, ssh_port = _here(environ)
    option = f" -p {ssh_port}" if ssh_port else ""
    return f"ssh -N -L {port}:127.0.0.1:{port}{option} {_user(environ)}@{host}"


def _here(environ: Mapping[str, str]) -> tuple[str, str]:
    """This machine as the SSH session knows it, and the port where that is not the usual one; else by its own name."""
    _, _, host, port = (environ.get("SSH_CONNECTION", "").split(" ") + [""] * 4)[:4]
    if _HOST.fullmatch(host) and port.isdecimal():
        return host, "" if port == "22" else port
    return socket.gethostname(), ""


def _user(environ: Mapping[str, str]) -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return environ.get("USER", "USER")
