"""Compiles and imports the files that a patch touches, in a jail, and tells whether that really happened."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.repair.affected import module_of
from engine.repair.copies import Room
from engine.safety.jail import Jail, Limits, Outcome, Task, run

_CHANNEL = "NOKTVRN_IMPORTS"
# What cannot be compiled is told by the import, or by a test; here the compiling itself must come to its end.
_COMPILE = "import compileall, sys; [compileall.compile_dir(each, quiet=2, workers=1) for each in sys.argv[1:]]"

# The word at the end is signed with a key from the standard input, so that a module which ends the process is noticed.
_IMPORT = r"""
import hashlib, hmac, importlib, json, os, sys
key, channel, write, leave = os.read(0, 1024), int(os.environ.pop("NOKTVRN_IMPORTS")), os.write, os._exit
word = hmac.new(key, b"imported", hashlib.sha256).hexdigest().encode()
del key
tree, files, modules = json.loads(sys.argv[1])
for file in files:
    with open(os.path.join(tree, file), "rb") as source:
        compile(source.read(), file, "exec", dont_inherit=True)
sys.path.insert(0, tree)
for name in modules:
    module = importlib.import_module(name)
    if not os.path.realpath(module.__file__).startswith(os.path.realpath(tree) + os.sep):
        sys.exit(f"{name} came from {module.__file__}")
write(channel, word)
leave(0)
"""


async def compile_tree(jail: Jail, room: Room, tree: Path, limits: Limits) -> Outcome:
    """Compiles the packages of the tree once, so that every later run need not. Nothing of it is run. Its outcome must
    be 0 where it ended well. Raises JailBroken."""
    packages = [str(tree / package) for package in ("engine", "console") if (tree / package).is_dir()]
    scratch = room.scratch()
    try:
        command = [sys.executable, "-I", "-S", "-c", _COMPILE, *packages]
        return await run(jail, Task(command, tree, scratch, write=(tree,), limits=limits))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def import_touched(
    jail: Jail, room: Room, tree: Path, files: Sequence[str], limits: Limits
) -> tuple[str, Outcome]:
    """Compiles the Python files of `files` and imports the modules among them.

    Gives why that failed, in one line (empty: it did not), and the outcome. Raises JailBroken.
    """
    sources = [file for file in files if file.endswith(".py")]
    found = (module_of(file) for file in sources)
    modules = [name for name in found if name is not None and not name.endswith("__main__")]
    key, scratch = secrets.token_bytes(32), room.scratch()
    command = [sys.executable, "-B", "-P", "-c", _IMPORT, json.dumps([str(tree), sources, modules])]
    task = Task(command, scratch, scratch, read=(tree,), channel=_CHANNEL, stdin=key, limits=limits)
    try:
        outcome = await run(jail, task)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    word = hmac.new(key, b"imported", hashlib.sha256).hexdigest().encode()
    if hmac.compare_digest(outcome.told, word) and outcome.code == 0:
        return "", outcome
    if outcome.broke:
        return f"Importing what the patch touches did not end ({outcome.broke}).", outcome
    last = next((line for line in reversed(outcome.output.splitlines()) if line.strip()), "")
    if outcome.code == 0 or not last:
        why = f"A file that the patch touches ends the process when it is imported (exit code {outcome.code})."
        return why, outcome
    return f"What the patch touches cannot be imported: {last.strip()[:300]}", outcome
