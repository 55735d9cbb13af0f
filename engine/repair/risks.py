"""What a changed Python file can do that it could not before: reach the network, start programs, write files, run text.

Such a patch may well be right. It only asks a person to confirm it once more, and is never applied unasked.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from engine.repair.parsing import tree

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
    "write or delete files": ("shutil", "tempfile", "sqlite3", "os", "zipfile", "tarfile"),
    "reach secrets": ("dotenv", "getpass", "keyring"),
}
_OF_MODULE = {module: what for what, modules in _MODULES.items() for module in modules}

_CALLS = {
    "run data as code": (
        *("eval", "exec", "compile", "__import__", "globals", "locals", "vars", "setattr", "delattr", "import_module"),
        *("getattr", "breakpoint", "run_module", "run_path", "literal_eval"),
    ),
    "start programs": (
        *("system", "popen", "fork", "forkpty", "kill", "killpg", "execv", "execve", "execvp", "execvpe", "execl"),
        *("execle", "execlp", "spawnv", "spawnl", "spawnve", "posix_spawn", "startfile", "Popen"),
        *("create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell"),
    ),
    "write or delete files": (
        *("write_text", "write_bytes", "unlink", "rmdir", "rmtree", "remove", "removedirs", "rename", "replace_file"),
        *("renames", "chmod", "chown", "symlink", "symlink_to", "hardlink_to", "link", "mkdir", "makedirs", "touch"),
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
        nodes = ast.walk(tree(data, "<patch>"))
    except ValueError:
        return
    for node in nodes:
        yield from _risk(node)


def _risk(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Import(names=names):
            for name in names:
                yield from _module(name.name)
        case ast.ImportFrom(module=module, names=names):
            yield from _module(module or "")
            for name in names:
                if what := _OF_CALL.get(name.name) or _OF_NAME.get(name.name):
                    yield f"an import of {name.name}", what
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            if what := _OF_CALL.get(name):
                yield f"a call of {name}", what
            elif name in ("open", "fdopen") and _writes(node):
                yield f"a call of {name} for writing", "write or delete files"
        case ast.Attribute(attr=name) | ast.Name(id=name):
            if what := _OF_NAME.get(name):
                yield f"a use of {name}", what
            elif isinstance(node, ast.Name) and name in ("eval", "exec", "__import__", "compile", "open"):
                yield f"a use of {name}", "run data as code" if name != "open" else "write or delete files"
            elif isinstance(node, ast.Attribute) and (what := _OF_CALL.get(name)) == "start programs":
                yield f"a use of {name}", what


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
