"""What a browser is given: three small pages, textual-serve's terminal, and the headers that go with everything."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

from console.serve.rules import websocket_origin

STRICT = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
"""The content policy of everything but the terminal's page."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": STRICT,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), display-capture=(), geolocation=(), microphone=(), usb=()",
    "Cache-Control": "no-store",
}
FORM_HEADERS: Mapping[str, str] = {"Referrer-Policy": "same-origin"}
"""For pages with a form: under `no-referrer` browsers send it with `Origin: null`, as a hostile page could too."""


def terminal_policy(origin: str) -> str:
    """The content policy of the terminal's page. xterm.js writes style elements, hence the one `unsafe-inline`."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        f"connect-src {origin} {websocket_origin(origin)}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def assets() -> dict[str, Path]:
    """Every file that is served, by its name under /static/. There is no folder to wander through."""
    from importlib.util import find_spec

    spec = find_spec("textual_serve")
    assert spec is not None and spec.origin is not None
    theirs, ours = Path(spec.origin).parent / "static", Path(__file__).parent / "assets"
    return {
        "page.css": ours / "page.css",
        "terminal.css": ours / "terminal.css",
        "page.js": ours / "page.js",
        "textual.js": theirs / "js" / "textual.js",
        "xterm.css": theirs / "css" / "xterm.css",
        "mono.ttf": theirs / "fonts" / "RobotoMono-VariableFont_wght.ttf",
    }


def _page(title: str, body: str, *, head: str = "", more: str = "") -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<link rel="stylesheet" href="/static/page.css">\n{head}</head>\n'
        f"<body{more}>\n{body}</body>\n</html>\n"
    )


def _card(label: str, heading: str, body: str) -> str:
    return f'<main class="card">\n<p class="label">{escape(label)}</p>\n<h1>{escape(heading)}</h1>\n{body}</main>\n'


def login_page(label: str, problem: str = "") -> str:
    """The form for the token."""
    said = f'<p class="problem" role="alert">{escape(problem)}</p>\n' if problem else ""
    form = (
        '<form method="post" action="/login">\n<label for="token">Token</label>\n'
        '<input id="token" name="token" type="password" autocomplete="off" autocapitalize="off" spellcheck="false" '
        'maxlength="200" required autofocus>\n<button type="submit">Log in</button>\n</form>\n'
    )
    hint = (
        "<p><code>noktvrn serve</code> shows the token in the terminal in which it was started; without a terminal it "
        "says in which file the token is, <code>data/serve-PORT.token</code>.</p>\n"
    )
    return _page(f"{label}: log in", _card(label, "Log in", said + form + hint))


def full_page(label: str, most: int) -> str:
    """Every console is taken."""
    many = "The one console is in use." if most == 1 else f"All {most} consoles are in use."
    body = (
        f"<p>{many} Close a tab that shows one, then try again. "
        "Whoever started the server can allow more with <code>--sessions</code>.</p>\n"
        '<form method="get" action="/"><button type="submit">Try again</button></form>\n'
    )
    return _page(f"{label}: full", _card(label, "No console is free", body))


def refused_page(why: str) -> str:
    """A request that was refused; says nothing about the label."""
    return _page("Refused", _card("noktvrn", "Refused", f"<p>{escape(why)}</p>\n"))


def terminal_page(label: str, origin: str) -> str:
    """The terminal, and what is shown before and after it. textual.js looks for these classes and data attributes."""
    head = (
        '<link rel="preload" href="/static/mono.ttf" as="font" type="font/ttf" crossorigin>\n'
        '<link rel="stylesheet" href="/static/xterm.css">\n<link rel="stylesheet" href="/static/terminal.css">\n'
        '<script src="/static/page.js"></script>\n<script src="/static/textual.js"></script>\n'
    )
    again = (
        '<form method="get" action="/"><button type="submit">Open it again</button></form>\n'
        '<form method="post" action="/logout"><button type="submit" class="quiet">Log out</button></form>\n'
    )
    ended = _card(
        label,
        "The console has ended",
        f"<p>Nothing runs in this tab any more. The engine, if there is one, works on.</p>\n{again}",
    )
    body = (
        '<div class="opening" aria-live="polite"><p>Opening the console …</p></div>\n'
        f'<div class="ended">\n{ended}</div>\n'
        '<div id="terminal" class="textual-terminal" data-font-size="16" '
        f'data-session-websocket-url="{escape(websocket_origin(origin))}/ws"></div>\n'
    )
    return _page(label, body, head=head, more=' class="terminal"')
