"""One target: what it is, where its secrets belong, what the last try found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from console import delivery_words as words
from console.copying import Thing, clean
from console.desk import desk_of
from console.messages import Changes
from console.screens.detail import DetailScreen
from console.targeting import Targeting, deeds
from console.widgets.reading import Card, Reading
from engine.api.delivery_models import SecretState, TargetRow

if TYPE_CHECKING:
    from engine.api import Door

Found = tuple[TargetRow, tuple[SecretState, ...]]


class TargetScreen(Targeting, DetailScreen[Found]):
    """The target."""

    HELP: ClassVar[str] = (
        "One place that releases can go to. Its secrets stand in the file .env alone, under the names shown here; "
        "they are read anew at each attempt and shown nowhere. {target.test|t} tries it and sends nothing."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*deeds("target")]

    def __init__(self, name: str) -> None:
        super().__init__()
        self.target = name
        self._facts, self._secrets, self._findings = Card("Target"), Card("Secrets"), Card("Last test")

    def body(self) -> Iterable[Widget]:
        """What is asked for most comes first."""
        yield Reading(self._facts, self._secrets, self._findings)

    def on_mount(self) -> None:
        """Begins at the top."""
        self.query_one(Reading).focus()

    async def question(self, door: Door) -> Found:
        """Reads the target, and which of its secrets hold something."""
        row = await door.queries.deliveries.target(self.target)
        return row, door.queries.deliveries.secrets(row.name, row.kind)

    def concerns(self, changes: Changes) -> bool:
        """Itself, and what goes there."""
        return changes.name("target", self.target) or changes.touch("delivery")

    def on_screen_resume(self) -> None:
        """A secret may have been written meanwhile."""
        if self.found is not None:
            self.read()

    def show(self, found: Found) -> None:
        """Fills the cards."""
        row, secrets = found
        self._facts.show(words.facts(row))
        self._secrets.show(words.secret_lines(secrets, str(desk_of(self).home.env_file)))
        self.show_ages(found)

    def show_ages(self, found: Found) -> None:
        """When it was tried."""
        self._findings.show(words.findings(found[0], desk_of(self).now()))

    def things(self) -> Sequence[Thing]:
        """What can be copied."""
        if self.found is None:
            return ()
        return [Thing("title", clean(self.found[0].name)), Thing("path", clean(self.found[0].place))]

    @property
    def subject(self) -> TargetRow | None:
        """The target."""
        return self.found[0] if self.found is not None else None

    def removed(self) -> None:
        """Nothing is left to show."""
        self.dismiss()

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """While it is being read."""
        return self.why_not_target(action)
