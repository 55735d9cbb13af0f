"""What a changed Python file begins to use that it did not use before and that is not plainly harmless.

A list of what is dangerous is never whole. So it is asked the other way round: known is what the file used already, the
names that it binds itself, and the small lists of `engine.repair.plainness`. Everything else is new. A new test, which
runs in the jail and never in the engine, may name pytest and what may be patched, and what hangs on those.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from engine.repair import plainness, policy

_FIELD = re.compile(r"\{[^{}]*[.\[]")
_SQL = re.compile(
    r"\b(?:update\s+\S+\s+set|insert\s+(?:or\s+\w+\s+)?into|replace\s+into|delete\s+from|alter\s+table|attach\s|pragma\s"
    r"|(?:drop|create)\s+(?:unique\s+|temp\s+)?(?:table|index|trigger|view))",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\w+://|^~?/\w|\.\./|\.env\b|\.db\b|__\w+__")
_OPTIONS = frozenset(("allow_pickle", "shell", "executable", "preexec_fn", "trust_remote_code", "verify", "metaclass"))


@dataclass
class Uses:
    """What one file uses. `imports` gives each name that an import binds what it stands for, with dots; `dotted` are
    uses of such names, `attributes` those of all else; `own` what the file itself sets on `self` and in its classes."""

    imports: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    dotted: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    set_outside: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    formats: set[str] = field(default_factory=set)
    options: set[str] = field(default_factory=set)
    odd: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, path: str, tree: ast.Module | None) -> Uses:
        """What a file uses; `path` resolves imports with dots in front."""
        uses = cls()
        if tree is not None:
            nodes = list(ast.walk(tree))
            for node in nodes:
                uses._binds(node, path)
            said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
            roots = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
            callees = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
            for node in nodes:
                uses._uses(node, said, roots, callees)
        return uses

    def _binds(self, node: ast.AST, path: str) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.modules.add(alias.name)
                self.imports[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, path)
            for alias in node.names:
                self.modules.add(f"{source}.{alias.name}")
                self.imports[alias.asname or alias.name] = f"{source}.{alias.name}"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.bound.add(node.name)
            if node.name.startswith("__"):
                self.methods.add(node.name)
            if isinstance(node, ast.ClassDef):
                self.own |= set(_class_names(node))
        elif isinstance(node, ast.arg):
            self.bound.add(node.arg)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            self.bound.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            self.bound.add(node.rest)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
            self.own.add(node.attr)

    def _uses(self, node: ast.AST, said: set[int], roots: set[int], callees: set[int]) -> None:
        if isinstance(node, ast.Attribute):
            self._attribute(node, called=id(node) in callees)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if id(node) not in roots and node.id in self.imports:
                self.dotted.add(self.imports[node.id])  # a module by itself could be used under another name
            self.names.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            self.texts.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg in _OPTIONS:
            self.options.add(ast.dump(node))
        elif isinstance(node, ast.Call):
            self._call(node)

    def _attribute(self, node: ast.Attribute, *, called: bool) -> None:
        dotted = self._dotted(node)
        stores = not isinstance(node.ctx, ast.Load)
        if dotted is not None:
            (self.set_outside if stores else self.dotted).add(dotted)
        elif stores and not _is_self(node.value):
            self.set_outside.add(node.attr)
        elif not (_is_self(node.value) and node.attr in self.own):
            (self.called if called else self.attributes).add(node.attr)

    def _call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) != 1:
            self.odd.add("type with bases")
        if not isinstance(node.func, ast.Attribute) or self._dotted(node.func) is not None:
            return
        one = len(node.args) == 1 or any(isinstance(each, ast.Starred) for each in node.args)
        if node.func.attr == "replace" and one:
            self.odd.add("replace with one argument")
        elif node.func.attr == "format":
            text = node.func.value
            plain = isinstance(text, ast.Constant) and isinstance(text.value, str) and not _FIELD.search(text.value)
            if not plain:
                self.formats.add(ast.dump(node))

    def _dotted(self, node: ast.Attribute) -> str | None:
        """`logging.handlers.SysLogHandler` where the first name is imported, with what it stands for."""
        parts = [node.attr]
        value = node.value
        while isinstance(value, ast.Attribute):
            parts.append(value.attr)
            value = value.value
        if not isinstance(value, ast.Name) or value.id not in self.imports:
            return None
        return ".".join([self.imports[value.id], *reversed(parts)])


def novelties(path: str, old: ast.Module | None, new: ast.Module) -> Iterator[str]:
    """Each thing that `new` uses and `old` did not, as the end of a sentence about the file."""
    was, now = Uses.of(path, old), Uses.of(path, new)
    is_test = path.startswith(f"{policy.TESTS}/")
    for name in sorted(now.modules - was.modules):
        if is_denied(name):
            yield f"it begins to import {name}, which no patch may touch"
        elif not _harmless(name) and not (is_test and _for_tests(name)):
            yield f"it begins to import {name}"
    imported = set(now.imports.values())
    for name in sorted(now.dotted - was.dotted - imported):
        if not _harmless(name) and not _of_plain(name) and not (is_test and _for_tests(name)):
            yield f"it begins to use {name}"
    for name in sorted((imported & now.dotted) - was.dotted):
        if name in was.modules and name in now.modules and _is_module(name, new):
            yield f"it begins to hand {name} on"
    known = was.attributes | was.called | plainness.ATTRIBUTES
    known_calls = known | plainness.METHODS | {"format"}
    for name in () if is_test else sorted(now.attributes - known) + sorted(now.called - known_calls):
        yield f"it begins to use .{name}"
    for name in sorted(now.names - was.names - now.bound - set(now.imports) - plainness.BUILTINS):
        yield f"it begins to use {name}"
    for name in sorted(now.set_outside - was.set_outside):
        yield f"it begins to set {name}"
    for name in sorted(now.methods - was.methods - plainness.OWN_METHODS):
        yield f"it begins to define {name}"
    for text in sorted(now.texts - was.texts):
        if _SQL.search(text):
            yield "it gains a text that changes a database"
        elif _PLACE.search(text):
            yield "it gains a text that names an address, a path or what is inside of Python"
    if now.formats - was.formats:
        yield "it gains a text whose fields reach into what they are given"
    for name in sorted(now.odd - was.odd):
        yield f"it begins to call {name}"
    if now.options - was.options:
        yield "it gains an option that lifts a protection"


def is_denied(name: str) -> bool:
    """Whether what an import names, with dots, is or lies in a module that no patch may touch."""
    parts = name.split(".")
    if parts[0] not in policy.PACKAGES:
        return False
    return any(policy.denied("/".join(parts[:size])) for size in range(2, len(parts) + 1))


def _for_tests(name: str) -> bool:
    return name.partition(".")[0] in ("pytest", policy.TESTS, *policy.PACKAGES) and not is_denied(name)


def _harmless(name: str) -> bool:
    """Whether a module, or a name with its module before it, is on the list."""
    module, _, last = name.rpartition(".")
    if name in plainness.MODULES:
        return True
    names = plainness.MODULES.get(module, frozenset())
    return names is None or last in names


def _of_plain(name: str) -> bool:
    """A plain attribute or method of a name that is on the list, such as `datetime.datetime.isoformat`."""
    before, _, last = name.rpartition(".")
    return _harmless(before) and before not in plainness.MODULES and last in plainness.METHODS | plainness.ATTRIBUTES


def _is_module(name: str, tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Import) and any(a.name == name for a in node.names) for node in ast.walk(tree))


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _class_names(node: ast.ClassDef) -> Iterator[str]:
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            yield each.name
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield each.target.id
        elif isinstance(each, ast.Assign):
            yield from (target.id for target in each.targets if isinstance(target, ast.Name))


def _source(node: ast.ImportFrom, path: str) -> str:
    """The module that a `from` names, its leading dots resolved."""
    if not node.level:
        return node.module or ""
    parts = PurePosixPath(path).with_suffix("").parts
    above = parts[: len(parts) - node.level]
    return ".".join([*above, *((node.module,) if node.module else ())])
