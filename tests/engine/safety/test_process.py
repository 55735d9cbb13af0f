"""What a child process gets from us, and that it does not outlive us."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.safety.process import child_environment

pytestmark = pytest.mark.quick


def test_keys_and_tokens_stay_with_us(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "TELEGRAM_BOT_TOKEN", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "LD_PRELOAD"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in child_environment().values()


def test_a_child_finds_programs_and_speaks_our_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setenv("LANG", "C.UTF-8")
    given = child_environment({"MODE": "fast"})
    assert (given["PATH"], given["LANG"], given["MODE"]) == ("/bin", "C.UTF-8", "fast")


def test_libraries_in_a_child_do_not_load_the_env_file(tmp_path: Path) -> None:
    """moviepy looks for `.env` from its own folder upwards, which in a checkout leads to ours."""
    (tmp_path / ".env").write_text("OPENAI_API_KEY=q1w2e3r4\n")
    code = "import os, dotenv; dotenv.load_dotenv('.env'); print('OPENAI_API_KEY' in os.environ)"
    told = {"cwd": tmp_path, "capture_output": True, "text": True}
    bare = subprocess.run([sys.executable, "-c", code], env={"PATH": os.environ["PATH"]}, **told)  # type: ignore[call-overload]
    ours = subprocess.run([sys.executable, "-c", code], env=child_environment(), **told)  # type: ignore[call-overload]
    assert (bare.stdout, ours.stdout) == ("True\n", "False\n")


_HELD = """
import resource
from engine.safety.process import Bounds
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
Bounds(memory=8 << 30, file_bytes=2_000).apply()
print(resource.getrlimit(resource.RLIMIT_FSIZE), resource.getrlimit(resource.RLIMIT_AS)[0] <= 8 << 30)
"""


def test_bounds_never_ask_for_more_than_is_allowed_already() -> None:
    done = subprocess.run([sys.executable, "-c", _HELD], capture_output=True, text=True, check=True)
    assert done.stdout == "(1000, 1000) True\n"


_PARENT = """
import subprocess, sys
from engine.safety.process import die_with_parent
child = subprocess.Popen(["sleep", "60"], preexec_fn=die_with_parent(), start_new_session=True)
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's parent-death signal is Linux's")
def test_a_child_dies_with_its_parent_even_by_kill() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdin is not None
    child = int(parent.stdout.readline())
    watch = os.pidfd_open(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    parent.stdin.close()
    try:
        import select

        ended, _, _ = select.select([watch], [], [], 10)
        assert ended, "the child still runs ten seconds after its parent was killed"
    finally:
        os.close(watch)
