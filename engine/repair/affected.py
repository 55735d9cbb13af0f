"""Which tests see a change: those whose imports lead to a changed file, the nearest first. Nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

PACKAGES = ("engine", "console")
MOST = 40
_FAR = 1_000_000
_LEFT_OUT = re.compile(r"^pytestmark\s*=.*\bmark\.(?:faults|contract|thorough|long)\b", re.MULTILINE)
"""Files whose every test is only run when asked for."""
_PICTURES = re.compile(r"\bsnap_compare\b")
"""What compares pictures writes a report beside the tree, and says little of one change."""


def affected(root: Path, changed: Iterable[str], *, most: int = MOST) -> tuple[str, ...]:
    """Test files of the tree at `root` for the `changed` paths (relative, with `/`), at most `most` of them.

    First those that are changed themselves, then the mirrored ones (`engine/a/b.py`: `tests/engine/a/test_b.py` and
    `test_b_*.py`), then by the number of imports between, then by the folders between. A file that is no module, such
    as a prompt, counts as imported by every module that names it.
    """
    changed = tuple(changed)
    tree = _Tree({path: (root / path).read_text("utf-8", errors="replace") for path in _python_files(root)})
    mirrors = {mirror: len(mirror) for path in changed for mirror in _mirrors(path, tree.texts)}
    far = _distances(tree, changed, most)
    tests = [path for path in far.keys() | mirrors.keys() if tree.tested_by(path)]

    def nearness(path: str) -> tuple[object, ...]:
        return path not in changed, mirrors.get(path, _FAR), far.get(path, _FAR), _apart(path, changed), path

    tests.sort(key=nearness)
    return tuple(tests[:most])


def is_test(path: str) -> bool:
    """Whether pytest collects tests from the file at this path."""
    parts = PurePosixPath(path).parts
    return parts[:1] == ("tests",) and parts[-1].startswith("test_") and parts[-1].endswith(".py")


def module_of(path: str) -> str | None:
    """The module in a file of our packages, such as `engine.a.b` or, for `__init__.py`, `engine.a`; else None."""
    return _module(path) if path.endswith(".py") and PurePosixPath(path).parts[0] in PACKAGES else None


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _python_files(root: Path) -> Iterator[str]:
    for top in (*PACKAGES, "tests"):
        for path in sorted((root / top).rglob("*.py")):
            yield path.relative_to(root).as_posix()


@dataclass
class _Tree:
    """The texts of all Python files by path. Only what may import a file in question is parsed, and once."""

    texts: dict[str, str]
    _imported: dict[str, frozenset[str]] = field(default_factory=dict)

    def users(self, paths: Iterable[str]) -> set[str]:
        """The files that import one of the modules at these paths, or, for a package, something in it."""
        modules = {_module(path) for path in paths}
        last = "|".join(re.escape(module.rpartition(".")[2]) for module in sorted(modules))
        if not last:
            return set()
        mentions = re.compile(rf"\b(?:{last})\b").search
        return {path for path, text in self.texts.items() if mentions(text) and not modules.isdisjoint(self._of(path))}

    def tested_by(self, path: str) -> bool:
        """Whether the file holds tests that a plain run runs."""
        return is_test(path) and not any(left.search(self.texts[path]) for left in (_LEFT_OUT, _PICTURES))

    def _of(self, path: str) -> frozenset[str]:
        if path not in self._imported:
            self._imported[path] = frozenset(_imports(path, parsed(self.texts[path])))
        return self._imported[path]


def parsed(text: str) -> ast.Module:
    """The syntax tree; empty where the text is no Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])


def _imports(path: str, tree: ast.Module) -> Iterator[str]:
    """Names of modules that a file imports, with the packages they lie in; some are names of what is in a module."""
    for name in _names(path, tree):
        parts = name.split(".")
        yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _names(path: str, tree: ast.Module) -> Iterator[str]:
    package = PurePosixPath(path).parent.parts
    for node in _import_statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            start = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join((*start, *([node.module] if node.module else [])))
            yield from (f"{name}.{alias.name}" for alias in node.names)


def _import_statements(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Those of functions too. Expressions hold none, and are not looked into: they are most of a tree."""
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        left.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt | ast.excepthandler))


def _distances(tree: _Tree, changed: tuple[str, ...], most: int) -> dict[str, int]:
    """The number of imports from each file to the nearest changed one, until `most` tests are found."""
    far: dict[str, int] = {}
    edge = {path for path in changed if path in tree.texts}
    edge |= {reader for path in changed if path not in tree.texts for reader in _readers(PurePosixPath(path), tree)}
    step = 0
    while edge:
        far |= dict.fromkeys(edge, step)
        if sum(map(tree.tested_by, far)) >= most:
            break
        edge = tree.users(edge) - far.keys()
        step += 1
    return far


def _readers(path: PurePosixPath, tree: _Tree) -> Iterator[str]:
    """The files that name a data file, those near it by its stem alone, those anywhere by its name or package."""
    package = ".".join(path.parent.parts)
    anywhere = {f"{quote}{name}{quote}" for name in (path.name, path.as_posix(), package) for quote in "\"'"}
    near = {f'"{path.stem}"', f"'{path.stem}'"}
    part = path.parts[:2]
    for reader, text in tree.texts.items():
        places = {PurePosixPath(reader).parts[:2], PurePosixPath(reader).parts[1:3]}
        if any(name in text for name in anywhere) or (part in places and any(name in text for name in near)):
            yield reader


def _mirrors(path: str, paths: Iterable[str]) -> Iterator[str]:
    place = PurePosixPath(path)
    stem = place.parent.name if place.stem == "__init__" else place.stem
    folder = PurePosixPath("tests", place.parent)
    for test in paths:
        at = PurePosixPath(test)
        near = at.parent in (folder, folder.parent)
        if near and (at.stem == f"test_{stem}" or (at.parent == folder and at.stem.startswith(f"test_{stem}_"))):
            yield test


def _apart(path: str, changed: Iterable[str]) -> int:
    """How many folders lie between a test and the nearest changed file."""
    folders = PurePosixPath(path).parent.parts[1:]
    return min((_steps(folders, PurePosixPath(each).parent.parts) for each in changed), default=0)


def _steps(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return len(one) + len(other) - 2 * same
