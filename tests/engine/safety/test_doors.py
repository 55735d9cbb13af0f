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
    r"|(?:httpx|requests)\.(?:get|post|put|request|stream|Session))\("
)
DOORS = {
    "engine/safety/request.py": "every address: those of the settings, and those of an answer or a redirect",
    "engine/music/wire.py": "a music vendor's base address",
    "engine/llm/client.py": "a language model's base address, for a question",
    "engine/llm/discovery.py": "the same, for its list of models",
    "engine/telegram/wire.py": "the Bot API's base address",
    "engine/trends/x.py": "X's base address",
}
"""All but the first ask addresses of the settings alone."""


def test_nobody_else_opens_a_connection() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("engine", "console")
        for path in (ROOT / folder).rglob("*.py")
        if OPENS.search(path.read_text())
    }
    assert found == set(DOORS)


@pytest.mark.parametrize("door", sorted(DOORS.keys() - {"engine/telegram/wire.py", "engine/trends/x.py"}))
def test_every_door_leaves_the_environment_and_redirects_aside(door: str) -> None:
    """The two others speak through a library; what they do is tried in their own rooms."""
    code = (ROOT / door).read_text()
    assert "trust_env=False" in code and "follow_redirects=False" in code
