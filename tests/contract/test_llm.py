"""The gateway against aimock, which speaks the vendors' wire formats and was written by others.

`.ci/run` installs it with npm into the virtual environment; elsewhere LLMOCK names its command.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import NobodyAnswers
from engine.domain.models import Outcome
from engine.domain.song import Concept
from engine.home import Home
from engine.llm.answers import encode
from engine.llm.discovery import discover
from engine.llm.gateway import Answer
from engine.pipeline import ladders
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor, Secret
from engine.settings import Settings
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_run, concept, persona

LLMOCK = os.environ.get("LLMOCK") or shutil.which(
    "llmock", path=str(Path(sys.prefix) / "aimock" / "node_modules" / ".bin")
)
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not LLMOCK, reason="aimock is not installed: needs npm, see .ci/run"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

PATHS = {"openai": "/v1", "deepseek": "/v1", "grok": "/v1", "mistral": "/v1", "anthropic": "", "gemini": "/v1beta"}
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 500, "total_tokens": 1_500}
GOOD = {"content": encode(concept()), "usage": USAGE}
KEY = "sk-the-key-of-a-test"
PATIENCE_S = 120
"""How long anything may take on a busy machine before it counts as never."""


def error(status: int, kind: str = "server_error") -> dict[str, Any]:
    return {"error": {"message": "not today", "type": kind}, "status": status}


@contextmanager
def aimock(folder: Path, answers: list[tuple[dict[str, Any], dict[str, Any]]], *flags: str) -> Iterator[str]:
    """aimock with these (match, response) pairs; its address."""
    assert LLMOCK is not None
    fixtures = folder / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": [{"match": m, "response": r} for m, r in answers]}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [LLMOCK, "-h", "127.0.0.1", "-p", str(port), "-f", str(fixtures), "--strict", "--log-level", "silent", *flags],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)  # another process: there is no event to wait for
    raise AssertionError("aimock did not start")


def asked(address: str) -> list[str]:
    """The models that were asked, in order, from aimock's journal."""
    with urllib.request.urlopen(f"{address}/__aimock/journal", timeout=PATIENCE_S) as response:
        entries = json.load(response)
    entries = entries if isinstance(entries, list) else entries.get("entries", entries.get("requests", []))
    return [entry["body"]["model"] for entry in entries]


Lines = Callable[..., Line]


@pytest.fixture
async def line(database: Database, home: Home) -> Lines:
    """A line whose vendors live at aimock's address."""
    async with database.write() as connection:
        await add_artist(connection)
        await add_run(connection)

    def at(address: str, primary: str, *fallbacks: str, **more: Any) -> Line:
        chosen: dict[str, Any] = {
            **{f"{vendor}_api_key": Secret(KEY) for vendor in PATHS},
            **{f"{vendor}_api_base": address + path for vendor, path in PATHS.items()},
            "concept_llm_primary": primary,
            "concept_llm_fallbacks": fallbacks,
            "llm_routing": "fixed",
            **more,
        }
        return Line(database, home, replace(Settings(), **chosen), Redactor([KEY]), now=lambda: NOW)

    return at


async def ask(line: Line) -> Answer[Concept]:
    gateway = line.gateway(artist_id="a-vesper", run_id="r-first")
    return await gateway.concept(persona(), 3, judgements=(), lessons=(), parameters={})


@pytest.mark.parametrize("vendor", list(PATHS))
async def test_each_vendors_wire_format_carries_a_whole_concept(tmp_path: Path, line: Lines, vendor: str) -> None:
    with aimock(tmp_path, [({"model": "good"}, GOOD)]) as address:
        answer = await ask(line(address, f"{vendor}:good"))
    assert (answer.provider, answer.model, answer.value) == (vendor, "good", concept())
    assert answer.cost_microusd == 15_000, "1,500 tokens at ten dollars a million"


@pytest.mark.parametrize("vendor", ["openai", "anthropic", "gemini"])
@pytest.mark.parametrize("status", [401, 402, 404, 429, 500])
async def test_each_refusal_goes_on_to_the_next_vendor(tmp_path: Path, line: Lines, vendor: str, status: int) -> None:
    with aimock(tmp_path, [({"model": "bad"}, error(status)), ({"model": "good"}, GOOD)]) as address:
        answer = await ask(line(address, f"{vendor}:bad", "mistral:good", llm_retries=0))
        assert (answer.provider, asked(address)[-1]) == ("mistral", "good")


async def test_bad_json_is_repaired_by_the_same_model(tmp_path: Path, line: Lines) -> None:
    told = [
        ({"model": "good", "sequenceIndex": 0}, {"content": '{"title": "Only this"}', "usage": USAGE}),
        ({"model": "good", "sequenceIndex": 1}, GOOD),
    ]
    with aimock(tmp_path, told) as address:
        answer = await ask(line(address, "openai:good"))
        assert asked(address) == ["good", "good"]
    assert answer.value == concept()


@pytest.mark.parametrize(
    ("flags", "timeout_s", "outcome"),
    [
        (("--chaos-drop", "1"), 60, Outcome.SERVER),
        (("--chaos-malformed", "1"), 60, Outcome.MALFORMED),
        (("--chaos-disconnect", "1"), 60, Outcome.DROPPED),
        (("--chaos-ratelimit", "1"), 60, Outcome.RATE_LIMITED),
        (("--chaos-latency", "30000"), 1, Outcome.TIMEOUT),
    ],
)
async def test_a_vendor_in_chaos_leaves_the_built_in_writer(
    tmp_path: Path, line: Lines, flags: tuple[str, ...], timeout_s: int, outcome: Outcome
) -> None:
    with aimock(tmp_path, [({"model": "good"}, GOOD)], *flags) as address:
        answer = await ask(line(address, "openai:good", llm_retries=0, llm_timeout_seconds=timeout_s))
    assert answer.provider == "offline"
    async with line(address, "x").database.read() as connection:
        from sqlalchemy import select

        from engine.store.model_tables import llm_chains

        chain = (await connection.execute(select(llm_chains))).one()
    assert [attempt["outcome"] for attempt in chain.attempts] == [outcome, "answered"]


async def test_with_the_writer_forbidden_the_work_waits(tmp_path: Path, line: Lines) -> None:
    with aimock(tmp_path, [({"model": "good"}, error(500))]) as address, pytest.raises(NobodyAnswers):
        await ask(line(address, "openai:good", llm_retries=0, offline_writer="never"))


async def test_the_lists_of_the_openai_style_vendors_are_read(tmp_path: Path, line: Lines) -> None:
    with aimock(tmp_path, [({"model": "good"}, GOOD), ({"model": "better"}, GOOD)]) as address:
        enabled = ladders.endpoints(line(address, "openai:good").settings)
        styled = {name: endpoint for name, endpoint in enabled.items() if PATHS[name] == "/v1"}
        found = await discover(styled, 5.0)
    assert all({"better", "good"} <= set(listed.models or ()) for listed in found)
