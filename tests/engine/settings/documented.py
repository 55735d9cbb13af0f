"""The settings as their source describes them: what `.env.example` and docs/settings.md must repeat."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from pathlib import Path

from engine.settings import SPECS, fields, written

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Documented:
    """One setting: its group's heading, name, default as it stands in `.env`, accepted values, meaning, reader."""

    group: str
    variable: str
    default: str
    values: str
    meaning: str
    read_by: str

    @property
    def row(self) -> str:
        """Its line in docs/settings.md."""
        default = f"`{self.default}`" if self.default else ""
        return f"| `{self.variable}` | {default} | {self.values} | {self.meaning} | {self.read_by} |"

    @property
    def example(self) -> str:
        """Its lines in `.env.example`."""
        return f"# {self.meaning}\n# {self.variable}={self.default}"


def documented() -> list[Documented]:
    """Every field of Settings with the docstring below it and the `# Heading` above its group."""
    source = inspect.getsource(fields)
    lines = source.splitlines()
    tree = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    found, group = [], ""
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        above = lines[field.lineno - 2].strip()
        group = above.removeprefix("# ") if above.startswith("# ") else group
        assert isinstance(text, ast.Expr), f"{field.target.id} has no docstring"
        assert isinstance(text.value, ast.Constant)
        spec = SPECS[field.target.id.upper()]
        meaning, values = str(text.value.value), spec.kind.expected
        found.append(Documented(group, spec.variable, written(spec.default), values, meaning, spec.read_by))
    return found
