"""Who opens a connection to the outside: few, each named here with what it asks, so that a new one is looked at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parents[3]
OPENS = re.compile(
    r"\b(?:AsyncClient|Client|AsyncHTTPTransport|HTTPTransport|AsyncHTTPHandler|HTTPHandler|AsyncOpenAI|OpenAI|HTTPXRequest"
    r"|ClientSession|HTTPSConnection|HTTPConnection|open_connection|create_connection|urlopen"
    r"|asyncssh\.(?:connect|get_server_host_key)|boto3\.session\.Session"
    r"|(?:httpx|requests)\.(?:get|post|put|request|stream|Session))\("
)
DOORS = {
    "engine/safety/request.py": "every address: those of the settings, and those of an answer or a redirect",
    "engine/music/wire.py": "a music vendor's base address",
    "engine/llm/client.py": "a language model's base address, for a question",
    "engine/llm/discovery.py": "the same, for its list of models",
    "engine/telegram/wire.py": "the Bot API's base address",
    "engine/trends/x.py": "X's base address",
    "engine/delivery/ssh.py": "a target's server, whose key was accepted",
    "engine/delivery/s3.py": "a target's storage",
    "engine/delivery/youtube.py": "the platform's base address, and the upload address that it gave on the same host",
}
"""All but the first ask addresses of the settings or of a target alone."""
THROUGH_LIBRARIES = {
    "engine/telegram/wire.py",
    "engine/trends/x.py",
    "engine/delivery/ssh.py",
    "engine/delivery/s3.py",
}


def test_nobody_else_opens_a_connection() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("engine", "console")
        for path in (ROOT / folder).rglob("*.py")
        if OPENS.search(path.read_text())
    }
    assert found == set(DOORS)


@pytest.mark.parametrize("door", sorted(DOORS.keys() - THROUGH_LIBRARIES))
def test_every_door_leaves_the_environment_and_redirects_aside(door: str) -> None:
    """The others speak through a library; what they do is tried in their own rooms."""
    code = (ROOT / door).read_text()
    assert "trust_env=False" in code and "follow_redirects=False" in code
