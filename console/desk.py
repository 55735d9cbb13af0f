"""What every screen and pane works with: the link, the settings, the memory, the clock. The app holds the one desk."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from console.alerts import Alerts
from console.drawing import Drawing
from console.errands import Errands, Packing
from console.news import EngineNews
from console.oldcode import OldCode
from console.presence import Presence
from console.undoable import Undoable
from engine.domain.clock import Clock, utc_now
from engine.domain.errors import NoktvrnError, ReadOnly

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode

    from console.link import Link
    from console.memory import Memory
    from console.messages import Changes
    from console.saving import Saving
    from engine.api import Access, Door
    from engine.api.models import Overview
    from engine.home import Home
    from engine.settings import Settings

T = TypeVar("T")
Action = TypeVar("Action", bound=Callable[..., Any])
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Desk:
    """The console's belongings. `overview` is the newest one, None until the database is open."""

    home: Home
    settings: Settings
    link: Link
    memory: Memory
    notes: tuple[str, ...] = ()
    now: Clock = utc_now
    overview: Overview | None = None
    errands: Errands = field(default_factory=Errands)
    saving: Saving | None = None
    """The list that is being written to a file, if one is."""
    packing: Packing = field(default_factory=Packing)
    undoable: Undoable = field(default_factory=Undoable)
    looked: set[str] = field(default_factory=set)
    """Hashes of the revisions whose review was opened here: only those can be judged in a batch."""
    drawing: Drawing = field(default_factory=Drawing)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys that the operator chose, by the id of the action."""
    engine_news: EngineNews = field(default_factory=EngineNews)
    presence: Presence = field(default_factory=Presence)
    old_code: OldCode = field(default_factory=OldCode)
    alerts: Alerts = field(default_factory=Alerts)
    deliveries: dict[str, str] = field(default_factory=dict)
    """How each delivery stood when it was last looked at, by its id: what moved is said."""

    @property
    def access(self) -> Access:
        """What this console may do: whether it is read-only, and whether somebody sees it in a browser."""
        return self.link.access


class HasDesk(Protocol):
    """An app that holds a desk."""

    desk: Desk


@runtime_checkable
class Follows(Protocol):
    """A screen or pane that repaints when something changes."""

    def follow(self, changes: Changes) -> None:
        """Something changed."""


def desk_of(node: DOMNode) -> Desk:
    """The app's desk."""
    app: Any = node.app
    desk: Desk = app.desk
    return desk


def work(node: DOMNode, job: Callable[[], Awaitable[None]], *, group: str, what: str, exclusive: bool = False) -> None:
    """Starts a job on the screen's loop. A job that fails is logged and ends; the console stays."""

    async def guarded() -> None:
        try:
            await job()
        except Exception:
            log.exception("%s failed", what)

    start: Any = guarded  # typed too narrowly by Textual for a callable that makes its coroutine late
    node.run_worker(start, group=group, exclusive=exclusive, exit_on_error=False, description=what)


async def ask(node: DOMNode, question: Callable[[Door], Awaitable[T]]) -> T | None:
    """Puts a question to the door; a refusal becomes a toast and None."""
    app: App[Any] = node.app
    try:
        return await desk_of(node).link.ask(question)
    except NoktvrnError as error:
        complain(app, error)
    except Exception:
        log.exception("a question to the database failed")
        app.notify("That did not work; the log says why.", title="Sorry", severity="error", markup=False)
    return None


def complain(app: App[Any], error: NoktvrnError) -> None:
    """Says what went wrong and what to do."""
    from engine.safety.text import plain

    severity: Any = "warning" if isinstance(error, ReadOnly) else "error"
    app.notify(plain(error.fix), title=plain(error.message), severity=severity, timeout=8, markup=False)


def writes(action: Action) -> Action:
    """Marks an action that changes something: in a read-only console it says why not, before it asks anything.

    The door refuses all the same; this only spares a person the questions on the way to it.
    """

    @wraps(action)
    def guarded(node: DOMNode, *arguments: Any) -> Any:
        refusal = desk_of(node).access.refusal()
        if refusal is None:
            return action(node, *arguments)
        complain(node.app, refusal)
        return None

    guarded.__dict__["writes"] = True
    marked: Any = guarded
    return marked  # type: ignore[no-any-return]


def refused(node: DOMNode, action: str) -> bool:
    """Whether this action of a node (a binding's word for it) is not possible because the console is read-only."""
    name = action.partition("(")[0].rpartition(".")[2]
    method = getattr(node, f"action_{name}", None)
    return getattr(method, "writes", False) and desk_of(node).access.readonly
