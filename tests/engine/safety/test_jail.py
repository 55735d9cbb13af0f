"""A jail is tried from inside by what a hostile patch would do, and looked at from outside."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from engine.safety import breakout, seccomp
from engine.safety.jail import Jail, JailBroken, Limits, Mode, Outcome, Task, kinds, run
from engine.safety.process import child_environment

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="jails are built of what Linux has")

KEY = "sk-notakeyofanybody000000"
ESCAPES = Path(__file__).with_name("escapes.py")
NAMES = tuple(re.findall(r'^    "([^"]+)": ', ESCAPES.read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def jails(tmp_path_factory: pytest.TempPathFactory) -> dict[Mode, Jail]:
    """Those that can be built here; a machine that refuses namespaces still tries the other one."""
    found = {}
    for jail in kinds():
        folder = tmp_path_factory.mktemp("kinds")
        try:
            asyncio.run(run(jail, Task(["/bin/true"], folder, _scratch(folder))))
        except JailBroken:
            continue
        found[jail.mode] = jail
    return found


def _scratch(folder: Path) -> Path:
    scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=folder))
    scratch.chmod(0o700)
    return scratch


@dataclass
class Raid:
    """One run of all attempts, and what it left outside."""

    said: dict[str, object]
    left: dict[str, bool]
    output: str = field(repr=False, default="")


def raid(jail: Jail, base: Path) -> Raid:
    """Lays out bait below `base`, runs the attempts, and looks at the bait."""
    home, tree, repository = base / "home", base / "work" / "tree", base / "repository"
    for folder in (home / ".ssh", tree, repository / "hooks"):
        folder.mkdir(parents=True)
    kept = base / "kept"
    files = {kept: "kept", home / ".env": KEY, home / ".bashrc": "", home / ".ssh/id": KEY, tree / "test.py": "pass"}
    files |= {repository / "config": "[core]\n", tree / ".git": f"gitdir: {repository}\n"}
    for path, text in files.items():
        path.write_text(text)
    kept.chmod(0o600)
    before = kept.stat()
    near = Path(tempfile.mkdtemp(prefix="n-"))
    victim = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", "input()  # noktvrn-bait"],
        stdin=subprocess.PIPE,
        env=child_environment({"MARK": "noktvrn-bait"}),
    )
    tcp, udp = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    abstract, named = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    udp.bind(("127.0.0.1", 0))
    abstract.bind(f"\0{near.name}")
    named.bind(f"{near}/socket")
    for plug in (tcp, udp, abstract, named):
        plug.setblocking(False)
        if plug is not udp:
            plug.listen()
    told = {
        **{"mark": "noktvrn-bait", "victim": victim.pid, "engine": os.getpid(), "base": str(base), "home": str(home)},
        **{
            "name": f"{near.name}-made",
            "packages": str(Path(pytest.__file__).parent.parent),
            "tree": str(tree),
            "key": KEY,
        },
        **{"repository": str(repository), "tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1]},
        **{"abstract": near.name, "socket": f"{near}/socket", "disk": _disk()},
    }
    try:
        scratch = _scratch(base / "work")
        command = [sys.executable, "-I", "-B", "-S", str(ESCAPES), json.dumps(told)]
        task = Task(command, scratch, scratch, read=(tree, ESCAPES), limits=Limits(clock_s=60))
        outcome = asyncio.run(run(jail, task))
        said = dict(json.loads(line) for line in outcome.output.splitlines() if line.startswith("["))
        after = kept.stat() if kept.exists() else None
        left = {
            "a new file": (base / "made").exists() or (base / "folder").exists(),
            "a file in /tmp": Path("/tmp", f"{near.name}-made").exists(),
            "another mode, owner or time": after is None or _facts(after) != _facts(before),
            "a connection": any(_reached(plug) for plug in (tcp, udp, abstract, named)),
            "a dead process": victim.poll() is not None,
            "a stopped process": _state(victim.pid) == "T",
            "a changed file": any(not each.exists() or each.read_text() != text for each, text in files.items()),
            "a file on the disk": any(scratch.rglob("*")) and jail.mode is Mode.NAMESPACES,
        }
        return Raid(said, left, outcome.output)
    finally:
        victim.kill()
        victim.communicate()
        for plug in (tcp, udp, abstract, named):
            plug.close()
        shutil.rmtree(near)


def _disk() -> str:
    mounts = Path("/proc/mounts").read_text().splitlines()
    return next((line.split()[0] for line in mounts if line.split()[1] == "/"), "/dev/sda")


def _facts(stat: os.stat_result) -> tuple[int, int, int, int]:
    return stat.st_mode, stat.st_uid, stat.st_gid, stat.st_mtime_ns


def _reached(plug: socket.socket) -> bool:
    try:
        if plug.type == socket.SOCK_DGRAM:
            return bool(plug.recv(10))
        plug.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.fixture(scope="module")
def raids(jails: dict[Mode, Jail], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Mode, Raid]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", KEY)
        yield {mode: raid(jail, tmp_path_factory.mktemp(mode)) for mode, jail in jails.items() if mode is not Mode.NONE}


@pytest.mark.parametrize("mode", [Mode.NAMESPACES, Mode.LANDLOCK])
@pytest.mark.parametrize("name", NAMES)
def test_no_attempt_gets_out(raids: dict[Mode, Raid], mode: Mode, name: str) -> None:
    if mode not in raids:
        pytest.skip(f"no jail of {mode} can be built here")
    assert raids[mode].said.get(name, raids[mode].output[-500:]) is False


@pytest.mark.parametrize("mode", [Mode.NAMESPACES, Mode.LANDLOCK])
def test_nothing_is_left_outside(raids: dict[Mode, Raid], mode: Mode) -> None:
    if mode not in raids:
        pytest.skip(f"no jail of {mode} can be built here")
    assert "done" in raids[mode].said
    assert [what for what, there in raids[mode].left.items() if there] == []


def test_the_attempts_are_real_for_without_walls_they_get_out(tmp_path: Path) -> None:
    out = asyncio.run(breakout.escapes(Jail(Mode.NONE), tmp_path))
    assert len(out) == 13


def test_the_jail_that_is_found_held_and_says_how(tmp_path: Path) -> None:
    jail = asyncio.run(breakout.find(tmp_path))
    assert jail.isolated
    assert jail.words.startswith("no network, no secrets, no writes outside (")


async def test_where_namespaces_are_refused_the_other_jail_is_found(jails: dict[Mode, Jail]) -> None:
    """As in many containers; a jail in a jail stands in for them."""
    if Mode.NAMESPACES not in jails:
        pytest.skip("no namespaces here")
    code = (
        "import asyncio, os, sys; from pathlib import Path; from engine.safety.breakout import find;"
        "found = asyncio.run(find(Path.cwd())); print(found.mode, found.isolated, found.words)"
    )
    command = [sys.executable, "-B", "-c", code]
    root = Path(breakout.__file__).parents[2]
    with tempfile.TemporaryDirectory(prefix="j-") as near:  # a socket's path may have 107 bytes
        scratch = _scratch(Path(near))
        task = Task(command, scratch, scratch, read=(root,), environment={"PYTHONPATH": str(root)}, loopback=True)
        outcome = await run(jails[Mode.NAMESPACES], task)
    assert outcome.output.startswith("landlock True no network, no secrets, no writes outside (Landlock"), (
        outcome.output
    )


def test_without_a_jail_that_holds_it_says_what_got_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without Landlock and a filter that knows no numbers, played by walls that are left out."""
    open_ = replace(kinds()[-2], landlock=0, seccomp=False)
    monkeypatch.setattr(breakout, "kinds", lambda: (open_, Jail(Mode.NONE)))
    jail = asyncio.run(breakout.find(tmp_path))
    assert (jail.mode, jail.isolated) == (Mode.NONE, False)
    assert "landlock: write a file outside" in jail.words


async def tried(jail: Jail, folder: Path, code: str, **extra: object) -> Outcome:
    limits = extra.pop("limits", Limits(clock_s=30))
    scratch = _scratch(folder)
    task = Task([sys.executable, "-I", "-S", "-c", code], scratch, scratch, limits=limits, **extra)  # type: ignore[arg-type]
    return await run(jail, task)


@pytest.fixture(params=[Mode.NAMESPACES, Mode.LANDLOCK])
def jail(request: pytest.FixtureRequest, jails: dict[Mode, Jail]) -> Jail:
    if request.param not in jails:
        pytest.skip(f"no jail of {request.param} can be built here")
    return jails[request.param]


async def test_output_and_exit_code_come_out(jail: Jail, tmp_path: Path) -> None:
    outcome = await tried(jail, tmp_path, "import sys; print('out'); sys.exit(7)")
    assert (outcome.code, outcome.output, outcome.broke) == (7, "out\n", "")


async def test_it_may_write_where_it_is_told_to(jail: Jail, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    outcome = await tried(jail, tmp_path, f"open({str(given / 'file')!r}, 'w').write('here')", write=(given,))
    assert (outcome.code, (given / "file").read_text()) == (0, "here")


async def test_an_endless_loop_ends_by_the_clock(jail: Jail, tmp_path: Path) -> None:
    outcome = await tried(jail, tmp_path, "while True: pass", limits=Limits(clock_s=0.5))
    assert outcome.broke == "clock"
    assert outcome.seconds < 10


@pytest.mark.thorough
async def test_an_endless_loop_that_hears_no_signal_ends_too(jail: Jail, tmp_path: Path) -> None:
    code = "import signal\nfor each in (1, 2, 15): signal.signal(each, signal.SIG_IGN)\nwhile True: pass"
    assert (await tried(jail, tmp_path, code, limits=Limits(clock_s=0.5))).broke == "clock"


async def test_the_processor_time_of_all_is_bounded(jail: Jail, tmp_path: Path) -> None:
    code = "import os\nif os.fork():\n os.wait()\nelse:\n while True: pass"
    outcome = await tried(jail, tmp_path, code, limits=Limits(clock_s=60, all_cpu_s=0.5))
    assert outcome.broke == "cpu"


@pytest.mark.thorough
async def test_processor_time_is_bounded(jail: Jail, tmp_path: Path) -> None:
    outcome = await tried(jail, tmp_path, "while True: pass", limits=Limits(clock_s=30, cpu_s=1))
    assert (outcome.code, outcome.broke) == (137, "")


@pytest.mark.thorough
async def test_a_fork_bomb_is_bounded(jail: Jail, tmp_path: Path) -> None:
    code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    outcome = await tried(jail, tmp_path, code, limits=Limits(clock_s=8, processes=60))
    assert outcome.broke in ("processes", "clock")
    assert not left_behind(tmp_path)


async def test_one_process_gets_no_more_memory_than_is_given(jail: Jail, tmp_path: Path) -> None:
    code = "try: bytearray(1 << 30)\nexcept MemoryError: print('refused')"
    outcome = await tried(jail, tmp_path, code, limits=Limits(clock_s=30, memory=300 << 20))
    assert outcome.output == "refused\n"


@pytest.mark.thorough
async def test_many_processes_together_get_no_more_memory_either(jail: Jail, tmp_path: Path) -> None:
    code = (
        "import os, time\nfor _ in range(5): os.fork()\n"
        "hoard = []\nwhile True: hoard.append(b'x' * 1_000_000); time.sleep(0.002)"
    )
    outcome = await tried(jail, tmp_path, code, limits=Limits(clock_s=30, all_memory=200 << 20))
    assert outcome.broke == "memory"
    assert not left_behind(tmp_path)


async def test_files_cannot_fill_the_disk(jail: Jail, tmp_path: Path) -> None:
    code = (
        "import os\nfor number in range(200):\n"
        "    try: open(f'{number}', 'wb').write(b'x' * 4_000_000)\n"
        "    except OSError as error: print(error.errno); break"
    )
    free = shutil.disk_usage(tmp_path).free
    outcome = await tried(jail, tmp_path, code, limits=Limits(clock_s=30, scratch=32 << 20))
    assert outcome.broke in ("disk", "memory") or outcome.output == "28\n"
    if jail.mode is Mode.NAMESPACES:
        assert free - shutil.disk_usage(tmp_path).free < 400 << 20


async def test_one_file_has_a_greatest_size(jail: Jail, tmp_path: Path) -> None:
    code = (
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\ntry: open('f', 'wb').write(bytes(9_000_000))\n"
    )
    code += "except OSError as error: print(error.errno)"
    outcome = await tried(jail, tmp_path, code, limits=Limits(clock_s=30, file_bytes=1 << 20))
    assert outcome.output == "27\n"


DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in (0, 1, 2): os.close(fd)
        time.sleep(600)
    os._exit(0)
print("started")
"""


async def test_a_daemon_does_not_outlive_the_jail(jail: Jail, tmp_path: Path) -> None:
    outcome = await tried(jail, tmp_path, DAEMON.replace("600)", f"600)  # {tmp_path}"))
    assert outcome.output == "started\n"
    assert not left_behind(tmp_path)


async def test_a_cancelled_run_leaves_nothing_behind(jail: Jail, tmp_path: Path) -> None:
    heard = asyncio.Event()
    code = f"import os; os.write(int(os.environ['WORDS']), b'x')\nos.fork()\nos.fork()\nwhile True: pass  # {tmp_path}"
    going = asyncio.create_task(tried(jail, tmp_path, code, channel="WORDS", heard=lambda _: heard.set()))
    await heard.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert not left_behind(tmp_path)


_ENGINE = """
import asyncio, sys
from pathlib import Path
from engine.safety.jail import Jail, Task, kinds, run
jail = next(each for each in kinds() if each.mode == sys.argv[1])
folder = Path(sys.argv[2])
code = "import os; os.fork(); print(1)\\nwhile True: pass  # " + str(folder.parent)
task = Task([sys.executable, "-I", "-S", "-c", code], folder, folder, channel="X", heard=print)
task = Task(
    [sys.executable, "-I", "-S", "-c", "import os; os.write(int(os.environ['X']), b'x')\\n" + code],
    folder, folder, channel="X", heard=lambda _: print("up", flush=True),
)
asyncio.run(run(jail, task))
"""


@pytest.mark.thorough
def test_a_killed_engine_takes_its_jail_along(jail: Jail, tmp_path: Path) -> None:
    scratch = _scratch(tmp_path)
    engine = subprocess.Popen([sys.executable, "-c", _ENGINE, jail.mode, str(scratch)], stdout=subprocess.PIPE)
    assert engine.stdout is not None
    assert engine.stdout.readline() == b"up\n"
    engine.kill()
    engine.communicate()
    until = time.monotonic() + 15
    while left_behind(tmp_path) and time.monotonic() < until:
        os.sched_yield()
    assert not left_behind(tmp_path)


def left_behind(folder: Path) -> list[str]:
    """Processes that name the folder in their arguments, but ours."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words:
                found.append(entry.name)
    return found


async def test_a_loopback_of_its_own_reaches_itself_and_nobody_else(jails: dict[Mode, Jail], tmp_path: Path) -> None:
    if Mode.NAMESPACES not in jails:
        pytest.skip("no namespaces here")
    with socket.create_server(("127.0.0.1", 0)) as ours:
        ours.setblocking(False)
        code = (
            "import socket\nown = socket.create_server(('127.0.0.1', 0))\n"
            "socket.create_connection(own.getsockname()).close(); print('own')\n"
            f"try: socket.create_connection(('127.0.0.1', {ours.getsockname()[1]})); print('ours')\n"
            "except OSError: pass"
        )
        outcome = await tried(jails[Mode.NAMESPACES], tmp_path, code, loopback=True)
        assert outcome.output == "own\n"
        with pytest.raises(BlockingIOError):
            ours.accept()


async def test_long_output_keeps_its_beginning_and_its_end(jail: Jail, tmp_path: Path) -> None:
    outcome = await tried(jail, tmp_path, "print('begin'); [print('x' * 999) for _ in range(3000)]; print('end')")
    assert outcome.output.startswith("begin\n")
    assert outcome.output.endswith("end\n")
    assert "bytes left out" in outcome.output
    assert len(outcome.output) < 600_000


async def test_what_cannot_be_started_is_told_with_its_reason(jail: Jail, tmp_path: Path) -> None:
    with pytest.raises(JailBroken, match="could not start /nowhere/program"):
        await run(jail, Task(["/nowhere/program"], tmp_path, _scratch(tmp_path)))


async def test_the_machines_highest_process_number_stays(jails: dict[Mode, Jail], tmp_path: Path) -> None:
    before = Path("/proc/sys/kernel/pid_max").read_text()
    await tried(jails[Mode.NAMESPACES] if Mode.NAMESPACES in jails else jails[Mode.NONE], tmp_path, "pass")
    assert Path("/proc/sys/kernel/pid_max").read_text() == before


HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")


@pytest.mark.skipif(not HEADER.exists(), reason="the kernel's headers are not installed")
def test_the_numbers_of_the_calls_are_the_kernels() -> None:
    numbers = dict(re.findall(r"__NR_(\w+)\s+(\d+)", HEADER.read_text()))
    tables = (seccomp._REFUSED, seccomp._REFUSED_ALONE, seccomp._PRETENDED_ALONE, seccomp._OWN_ALONE)
    ours = {name: both[0] for table in tables for name, both in table.items()}
    assert {name: number for name, number in ours.items() if name in numbers and int(numbers[name]) != number} == {}
    assert len(ours.keys() & numbers.keys()) > 70
