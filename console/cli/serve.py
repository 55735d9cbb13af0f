"""`noktvrn serve`: the console in a browser."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from console.cli import say
from console.cli.session import Session
from console.cli.spec import Command
from engine.domain.errors import Exit, UsageError

if TYPE_CHECKING:
    from engine.home import Home

PORT = 8765
SESSIONS = 4


def _run(session: Session, args: Namespace) -> int:
    import asyncio

    from console.serve.child import console_command
    from console.serve.login import new_token
    from console.serve.rules import Addresses, bound_address, public_origin, web_address
    from console.serve.server import Options, Server, listen, serve
    from engine.logs import configure

    addresses = Addresses(bound_address(args.host), public_origin(args.public) if args.public else "")
    if not (addresses.loopback or args.expose):
        raise UsageError(
            f"{args.host} can be reached from other machines, and what is sent there is not encrypted.",
            fix="Stay on loopback and use an SSH tunnel (docs/security.md), or say --expose.",
        )
    session.tell_notes()
    home, settings = session.home, session.settings
    token = new_token()
    with (
        listen(addresses.bound, args.port) as sock,
        configure(home.console_log, settings.log_level, session.redactor()),
    ):
        port = sock.getsockname()[1]
        command = console_command(session.located, allow_changes=args.allow_changes)
        server = Server(Options(settings.label_name, command, addresses, port, args.sessions), token)

        with _told(token, home, port) as how:

            def ready() -> None:
                say.data(addresses.public + "/" if addresses.public else web_address(addresses.bound, port))
                say.flush()
                explain(how, args, loopback=addresses.loopback)

            asyncio.run(serve(server, sock, ready))
    return Exit.DONE


@contextmanager
def _told(token: str, home: Home, port: int) -> Iterator[str]:
    """How the operator learns the token: from the terminal, else from a private file that goes when the server does."""
    if say.on_terminal(sys.stderr):
        yield f"Token: {token}"
        return
    from engine.safety.files import write_whole

    path = home.data / f"serve-{port}.token"
    write_whole(path, token + "\n")
    try:
        yield f"The token is in {path}."
    finally:
        path.unlink(missing_ok=True)


def explain(how: str, args: Namespace, *, loopback: bool) -> None:
    """Says how to get in, and what whoever gets in may do."""
    say.talk(how)
    say.talk("Open the address in a browser and log in with the token; it holds until this command ends.")
    if args.allow_changes:
        say.talk("Whoever logs in can change the label: approve, reject, start and stop the engine.")
    else:
        say.talk("The consoles are read-only; --allow-changes lifts that.")
    if not loopback:
        say.talk(
            "Warning: other machines can reach this, and nothing is encrypted: token and screens can be read on the "
            "way. Put a proxy with TLS in front (--public), or stay on loopback and use an SSH tunnel."
        )
    say.talk("Ctrl-C stops it.")


def _whole(least: int, most: int, what: str) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most):
            raise ArgumentTypeError(f"{what} is a whole number from {least} to {most}")
        return int(text)

    return parse


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", metavar="ADDRESS", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument(
        "--port", metavar="N", type=_whole(0, 65535, "a port"), default=PORT, help=f"the port, 0 for any ({PORT})"
    )
    parser.add_argument(
        "--sessions",
        metavar="N",
        type=_whole(1, 32, "the number of consoles"),
        default=SESSIONS,
        help=f"consoles at once, a process of about 100 MB for each ({SESSIONS})",
    )
    parser.add_argument("--allow-changes", action="store_true", help="let the consoles change things; else read-only")
    parser.add_argument("--expose", action="store_true", help="allow an address that other machines can reach")
    parser.add_argument(
        "--public", metavar="ORIGIN", help="what browsers call it behind a proxy: https://label.example.org"
    )


SERVE = Command(
    "serve",
    "show the console in a browser, behind a login",
    "noktvrn serve --port 8765",
    _run,
    _arguments,
    detail="Prints the address on stdout and a new login token on stderr, or, where that is no terminal,\n"
    "the file in which the token is. On loopback and read-only unless you say otherwise;\n"
    "from elsewhere use an SSH tunnel: ssh -L 8765:127.0.0.1:8765 HOST\n"
    "SIGTERM or Ctrl-C stops it and its consoles within five seconds with exit code 0.",
)
