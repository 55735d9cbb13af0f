"""Judges requests by the published description of the Bot API (`BOT_API_SPEC` names the file; else ../shared/specs).

Names, types and what is required stand in the description as data; lengths stand in its prose and are read from there.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bot_api import Call

ROOT = Path(__file__).parent.parent
_LENGTH = re.compile(r"(\d+)-(\d+) (characters|bytes)")
_ARRAY = "Array of "


def spec_file() -> Path:
    """Where the description should be."""
    return Path(os.environ.get("BOT_API_SPEC") or ROOT.parent / "shared" / "specs" / "telegram-bot-api.json")


@dataclass
class Judge:
    """Looks at one request after another; what is wrong is kept, and how much was looked at."""

    spec: dict[str, Any]
    checked: int = 0
    fields: int = 0
    methods: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @property
    def version(self) -> str:
        """Of the description."""
        return str(self.spec["version"])

    def look(self, call: Call) -> None:
        """Checks one request."""
        self.checked += 1
        self.methods.add(call.method)
        method = self.spec["methods"].get(call.method)
        if method is None:
            self.faults.append(f"{call.method}: there is no such method")
            return
        files = {name: f"attach://{name}" for name in call.files}
        attached = {str(value).removeprefix("attach://") for value in call.fields.values()}
        given = {**{n: v for n, v in files.items() if n not in attached}, **call.fields}
        self._object(call.method, method.get("fields", ()), given)

    def _object(self, place: str, known: Any, given: dict[str, Any]) -> None:
        by_name = {each["name"]: each for each in known}
        self.faults += [f"{place}: {name} is unknown" for name in given if name not in by_name]
        self.faults += [
            f"{place}: {n} is missing" for n, each in by_name.items() if each["required"] and n not in given
        ]
        for name, value in given.items():
            if name in by_name:
                self.fields += 1
                self._value(f"{place}.{name}", by_name[name], value)

    def _value(self, place: str, known: dict[str, Any], value: Any) -> None:
        if not any(self._fits(place, kind, value) for kind in known["types"]):
            self.faults.append(f"{place}: {value!r} is none of {known['types']}")
        length = _LENGTH.search(known.get("description", ""))
        if length is not None and isinstance(value, str):
            size = len(value.encode()) if length[3] == "bytes" else len(value.encode("utf-16-le")) // 2
            if not int(length[1]) <= size <= int(length[2]):
                self.faults.append(f"{place}: {size} {length[3]}, allowed {length[0]}")

    def _fits(self, place: str, kind: str, value: Any) -> bool:
        if kind.startswith(_ARRAY):
            inner = kind.removeprefix(_ARRAY)
            return isinstance(value, list) and all(self._fits(place, inner, each) for each in value)
        match kind:
            case "Integer":
                return isinstance(value, int) or bool(re.fullmatch(r"-?\d+", str(value)))
            case "Float":
                return bool(re.fullmatch(r"-?\d+(\.\d+)?", str(value)))
            case "Boolean" | "True":
                return isinstance(value, bool)
            case "String":
                return isinstance(value, str)
            case "InputFile":
                return isinstance(value, str) and value.startswith("attach://")
        described = self.spec["types"].get(kind)
        if described is None or not isinstance(value, dict):
            return False
        if described.get("subtypes"):
            return any(self._fits(place, each, value) for each in described["subtypes"])
        self._object(f"{place}<{kind}>", described.get("fields", ()), value)
        return True


def judge() -> Judge:
    """A judge by the published description. Raises FileNotFoundError where there is none."""
    return Judge(json.loads(spec_file().read_text()))
