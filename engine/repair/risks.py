"""What a changed Python file can do that it could not before: reach the network, start programs, write files, run text.

Such a patch may well be right. It only asks a person to confirm it once more, and is never applied unasked.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from engine.repair.parsing import tree

_FILES = "write or delete files"
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
    """What `new` does more often than `old`, in words that end a sentence about the file; [] for what is no Python."""
    if not path.endswith(".py"):
        return []
    more = Counter(_risks(new)) - Counter(_risks(old) if old else ())
    return [f"it gains {name}, which can {what}" for name, what in sorted(more)]


def _risks(data: bytes) -> Iterator[tuple[str, str]]:
    try:
        nodes = list(ast.walk(tree(data, "<patch>")))
    except ValueError:
        return
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(alias.name)
        elif isinstance(node, ast.ImportFrom):
            yield from _module(node.module or "")
            for alias in node.names:
                yield from _named(alias.name, "an import of")
        elif isinstance(node, ast.Call):
            yield from _call(node)
        elif isinstance(node, ast.Attribute) and id(node) not in called:
            yield from _named(node.attr, "a use of")
        elif isinstance(node, ast.Name) and id(node) not in called:
            yield from _named(node.id, "a use of")
            if node.id in _BUILTINS:
                yield f"a use of {node.id}", _CODE
            elif node.id == "open":
                yield "a use of open", _FILES


def _named(name: str, how: str) -> Iterator[tuple[str, str]]:
    if what := _OF_CALL.get(name) or _OF_NAME.get(name):
        yield f"{how} {name}", what


def _call(call: ast.Call) -> Iterator[tuple[str, str]]:
    if isinstance(call.func, ast.Name):
        name = call.func.id
        plain_getattr = name == "getattr" and len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
        if name in _BUILTINS and not plain_getattr:
            yield f"a call of {name}", _CODE
            return
        if plain_getattr:
            yield from _named(str(call.args[1].value), "a call of getattr for")  # type: ignore[attr-defined]
    elif isinstance(call.func, ast.Attribute):
        name = call.func.attr
        if name in ("remove", "replace") and isinstance(call.func.value, ast.Name) and call.func.value.id == "os":
            yield f"a call of os.{name}", _FILES
    else:
        return
    if what := _OF_CALL.get(name) or _OF_NAME.get(name):
        yield f"a call of {name}", what
    elif name in ("open", "fdopen") and _writes(call):
        yield f"a call of {name} for writing", _FILES


def _module(name: str) -> Iterator[tuple[str, str]]:
    if what := _OF_MODULE.get(name.partition(".")[0]):
        yield f"an import of {name}", what
    elif name.startswith(("engine.safety", "engine.repair", "engine.settings", "engine.durable")):
        yield f"an import of {name}", "reach what keeps the label safe"


def _writes(call: ast.Call) -> bool:
    """Whether a call of open is for anything but reading; so it is where its mode is no plain word."""
    modes = [keyword.value for keyword in call.keywords if keyword.arg in ("mode", "flags")]
    at = 0 if isinstance(call.func, ast.Attribute) and not _is_module(call.func.value) else 1
    modes += call.args[at : at + 1]
    return any(
        not (isinstance(mode, ast.Constant) and isinstance(mode.value, str) and not set(mode.value) & set("wax+"))
        for mode in modes
    ) or any(keyword.arg is None for keyword in call.keywords)


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("os", "io", "codecs", "gzip", "bz2", "lzma")
