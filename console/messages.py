"""What the link tells the app. All are replaceable: the newest says everything, older ones need not be handled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from textual.message import Message


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the last look, by kind. `everything`: entries were missed, so look at all of it."""

    refs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    everything: bool = False

    def touch(self, *kinds: str) -> bool:
        """Whether something of one of these kinds changed."""
        return self.everything or any(kind in self.refs for kind in kinds)

    def name(self, kind: str, ref: str) -> bool:
        """Whether this very thing changed."""
        return self.everything or ref in self.refs.get(kind, ())

    def plus(self, found: Iterable[tuple[str, str]], *, everything: bool = False) -> Changes:
        """These changes and those found, (kind, ref) each."""
        merged = {kind: set(refs) for kind, refs in self.refs.items()}
        for kind, ref in found:
            merged.setdefault(kind, set()).add(ref)
        return Changes({kind: frozenset(refs) for kind, refs in merged.items()}, self.everything or everything)


class _Newest(Message):
    """A message that is worth nothing once a newer one of its kind is there."""

    def can_replace(self, message: Message) -> bool:
        """Replaces its own kind only."""
        return isinstance(message, type(self))


class Changed(_Newest, bubble=False):
    """Something is new in the database; `Link.take_changes` says what."""


class EngineMoved(_Newest, bubble=False):
    """The engine's state changed; `Link.engine` says how it is now."""


class DoorOpened(_Newest, bubble=False):
    """The database is open; questions are answered from here on."""


class DoorStuck(_Newest, bubble=False):
    """The database cannot be opened; `Link.trouble` says why."""
