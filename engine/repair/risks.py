"""What a changed Python file can do that it could not before: reach the network, start programs, write files, run text.

Such a patch may well be right. It only asks a person to confirm it once more, and is never applied unasked.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from engine.repair.novelty import novelties
from engine.repair.parsing import tree

_FILES = "read, write or delete files"
_DATABASE = "change the database"
_STATEMENTS = ("text", "insert", "update", "delete")
_MODULES = {
    "start programs": ("subprocess", "multiprocessing", "pty", "signal", "resource", "concurrent"),
    "reach the network": (
        *("socket", "socketserver", "ssl", "http", "urllib", "ftplib", "smtplib", "poplib", "imaplib", "xmlrpc"),
        *("httpx", "httpcore", "aiohttp", "requests", "urllib3", "websockets", "telegram", "tweepy", "litellm"),
        *("webbrowser", "selenium"),
    ),
    "call foreign code": ("ctypes", "cffi", "mmap"),
    "run data as code": (
        *("pickle", "marshal", "shelve", "dill", "importlib", "imp", "runpy", "code", "codeop", "builtins", "pkgutil"),
        *("zipimport", "inspect", "gc", "sys", "types", "ast", "site", "atexit", "faulthandler", "git", "dbos"),
    ),
    _FILES: ("shutil", "tempfile", "sqlite3", "os", "zipfile", "tarfile"),
    "reach secrets": ("dotenv", "getpass", "keyring"),
}
_OF_MODULE = {module: what for what, modules in _MODULES.items() for module in modules}

_BUILTINS = (
    *("eval", "exec", "compile", "__import__", "globals", "locals", "vars", "setattr", "delattr", "getattr"),
    "breakpoint",
)
_CODE = "run data as code"
_CALLS = {
    "run data as code": ("import_module", "run_module", "run_path"),
    "start programs": (
        *("system", "popen", "fork", "forkpty", "kill", "killpg", "execv", "execve", "execvp", "execvpe", "execl"),
        *("execle", "execlp", "spawnv", "spawnl", "spawnve", "posix_spawn", "startfile", "Popen"),
        *("create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell"),
    ),
    _FILES: (
        *("write_text", "write_bytes", "unlink", "rmdir", "rmtree", "removedirs", "rename", "renames"),
        *("chmod", "chown", "symlink", "symlink_to", "hardlink_to", "link", "mkdir", "makedirs", "touch"),
        *("truncate", "mkfifo", "mknod", "copyfile", "copytree", "move", "write_whole", "whole_file", "extractall"),
    ),
    _DATABASE: ("exec_driver_sql", "executescript", "executemany"),
    "reach the network": ("urlopen", "create_connection", "open_connection", "getaddrinfo", "start_server", "connect"),
    "reach secrets": ("reveal", "getenv", "putenv", "unsetenv"),
}
_OF_CALL = {name: what for what, names in _CALLS.items() for name in names}

_NAMES = {
    "reach secrets": ("environ", "environb"),
    "run data as code": (
        *("__builtins__", "__globals__", "__subclasses__", "__code__", "__dict__", "__class__", "__bases__", "__mro__"),
        *("__loader__", "__spec__", "__reduce__", "__reduce_ex__", "__getattribute__", "modules", "settrace"),
    ),
}
_OF_NAME = {name: what for what, names in _NAMES.items() for name in names}


def gains(path: str, old: bytes, new: bytes) -> list[str]:
    """What `new` can do and `old` could not, in words that end a sentence about the file; [] for what is no Python.

    A power counts when it is used more often, or with other arguments; everything else when it is new to the file and
    not plainly harmless (`engine.repair.novelty`).
    """
    if not path.endswith(".py"):
        return []
    after = _parsed(new)
    if after is None:
        return []  # the gate refuses it
    before = _parsed(old) if old else None
    more = Counter(_risks(after)) - Counter(_risks(before) if before is not None else ())
    named = sorted({(name, what) for name, what, _ in more})
    words = {name.rpartition(" ")[2].rpartition(".")[2] for name, _ in named} | {
        name.removesuffix(" for writing").rpartition(" ")[2] for name, _ in named
    }
    other = (each for each in novelties(path, before, after) if each.rpartition(" ")[2].lstrip(".") not in words)
    return [f"it gains {name}, which can {what}" for name, what in named] + list(dict.fromkeys(other))


def _parsed(data: bytes) -> ast.Module | None:
    try:
        return tree(data, "<patch>")
    except ValueError:
        return None


def _risks(module: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Each use of a power: its name, what it can do, and the whole of a call, so that other arguments are another."""
    nodes = list(ast.walk(module))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    risky = {
        (alias.asname or alias.name).partition(".")[0]: what
        for node in nodes
        if isinstance(node, ast.Import)
        for alias in node.names
        if (what := _OF_MODULE.get(alias.name.partition(".")[0]))
    }
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from ((*each, "") for each in _module(alias.name))
        elif isinstance(node, ast.ImportFrom):
            yield from ((*each, "") for each in _module(node.module or ""))
            for alias in node.names:
                yield from ((*each, "") for each in _named(alias.name, "an import of"))
        elif isinstance(node, ast.Call):
            yield from ((*each, ast.dump(node)) for each in _call(node, risky))
        elif isinstance(node, ast.Attribute) and id(node) not in called:
            yield from ((*each, "") for each in _named(node.attr, "a use of"))
        elif isinstance(node, ast.Name) and id(node) not in called:
            yield from ((*each, "") for each in _named(node.id, "a use of"))
            if node.id in _BUILTINS:
                yield f"a use of {node.id}", _CODE, ""
            elif node.id == "open":
                yield "a use of open", _FILES, ""


def _named(name: str, how: str) -> Iterator[tuple[str, str]]:
    if what := _OF_CALL.get(name) or _OF_NAME.get(name):
        yield f"{how} {name}", what


def _call(call: ast.Call, risky: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(call.func, ast.Name):
        name = call.func.id
        if name in _BUILTINS:
            yield f"a call of {name}", _CODE
        elif name in _STATEMENTS:
            yield f"a call of {name}", _DATABASE
    elif isinstance(call.func, ast.Attribute):
        name = call.func.attr
        if isinstance(call.func.value, ast.Name) and (what := risky.get(call.func.value.id)):
            yield f"a call of {call.func.value.id}.{name}", _OF_CALL.get(name, what)
            return
    else:
        return
    if what := _OF_CALL.get(name) or _OF_NAME.get(name):
        yield f"a call of {name}", what
    elif name in ("open", "fdopen"):
        yield f"a call of {name}", _FILES


def _module(name: str) -> Iterator[tuple[str, str]]:
    if what := _OF_MODULE.get(name.partition(".")[0]):
        yield f"an import of {name}", what
