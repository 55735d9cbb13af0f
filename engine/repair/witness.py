"""A pytest plugin that tells, from inside a jailed run, what every test came to. It is copied next to the tree under
trial, not into it, and loaded before anything of that tree.

Lines of JSON go into a pipe; the last one carries a digest, over all of them, by a key that came through the standard
input and is gone from there. So nothing that merely writes to the pipe, prints, ends the process early or writes a
report file is believed. Code that searches this process for the key could still lie: see `engine.repair.testing`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

CHANNEL = "NOKTVRN_WITNESS"
_TEXT = 3_000
_TEXTS = 200_000  # of all failures together
_NAME = 400


def _telling(channel: int, key: bytes) -> Callable[..., None]:
    """What writes one line; `last` ends the report. The functions are taken now, before anyone can replace them."""
    write, dumps, sum_ = os.write, json.dumps, hmac.new(key, digestmod=hashlib.sha256)
    done = False

    def tell(words: dict[str, Any], *, last: bool = False) -> None:
        nonlocal done
        if done:
            return
        line = dumps(words).encode() + b"\n"
        sum_.update(line)
        if last:
            done = True
            line += dumps({"sum": sum_.hexdigest()}).encode() + b"\n"
        while line:
            line = line[write(channel, line) :]

    return tell


class Witness:
    """Tells of collection, of each phase of each test that is not plainly good, and of the end."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell
        self._left = _TEXTS

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if items := getattr(session, "items", None):
            self._tell({"collected": [_name(item.nodeid) for item in items]})

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._tell({"collected": [_name(id) for id in ids]})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            self._tell({"file": _name(report.nodeid), "outcome": report.outcome, "text": self._text(report.longrepr)})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            words = {"test": _name(report.nodeid), "when": report.when, "outcome": report.outcome}
            if not report.passed:
                words |= {"text": self._text(report.longrepr), "error": _error(report.longrepr)}
            self._tell(words)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        engine = sys.modules.get("engine")
        self._tell({"exit": int(exitstatus), "engine": getattr(engine, "__file__", None)}, last=True)

    def _text(self, longrepr: object) -> str:
        room = min(_TEXT, self._left)
        text = str(longrepr)[-room:] if room > 0 else ""
        self._left -= len(text)
        return text


def _name(id: str) -> str:
    """The id of a test, whose parameters may be megabytes: a long one is cut and told apart by its digest."""
    if len(id) <= _NAME:
        return id
    return f"{id[:_NAME]}…{hashlib.sha256(id.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _error(longrepr: object) -> str:
    crash = getattr(longrepr, "reprcrash", None)
    return str(getattr(crash, "message", "")).split("\n", 1)[0][:300]


def pytest_configure(config: pytest.Config) -> None:
    """Workers of xdist find no channel: what they report comes through the process that started them."""
    global _tell  # noqa: PLW0603  nobody else is to find it here
    if _tell is not None:
        config.pluginmanager.register(Witness(_tell))
        _tell = None


def _begin() -> Callable[..., None] | None:
    channel = os.environ.pop(CHANNEL, None)
    if channel is None:
        return None
    key = b""
    while piece := os.read(0, 1024):
        key += piece
    os.set_inheritable(int(channel), False)
    return _telling(int(channel), key)


_tell = _begin()
