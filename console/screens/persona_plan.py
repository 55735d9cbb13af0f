"""What an edit of a persona changes, field by field; the second step makes it so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from console import persona_form as form
from console.desk import ask, work, writes
from console.human import many
from console.marks import STYLES, Tone
from console.safe import item, leaf, line, own
from console.screens.page import Page
from console.widgets.diff import Diff
from console.widgets.reading import Card, Reading
from engine.domain.difference import difference
from engine.domain.persona import as_text
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api.screen_models import PersonaPlan


class PersonaPlanScreen(Page):
    """Before and after."""

    DEFAULT_CSS = "PersonaPlanScreen { #head { height: auto; padding: 0 2; margin: 1 0; } }"
    HELP: ClassVar[str] = (
        "Your changes to the persona before they are made. Lines with - go, lines with + come; the words that differ "
        "within a line are underlined. {changes.make|f2} makes them, after a second question; each changed field "
        "is kept in the artist's history with what stood there before."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "make", "Make it", id="changes.make", tooltip="Change the persona, after a second question"),
        Binding("escape,backspace", "back", "Back", id="changes.back", tooltip="Back to what you typed"),
    ]

    def __init__(self, plan: PersonaPlan, name: str, *, expected: str) -> None:
        super().__init__()
        self.plan = plan
        self.made = False
        self._whose = name
        self._expected = expected

    def body(self) -> Iterable[Widget]:
        """A card for each field, then the consequences."""
        count = many(len(self.plan.changes), "field")
        yield Static(
            own("Changes to ", line(self._whose, "bold $primary", limit=80), (f"  {count}", STYLES[Tone.DIM])),
            id="head",
        )
        cards: list[Widget] = []
        for path, (before, after) in self.plan.changes.items():
            card = Diff(form.LABELS[path].name)
            card.compare(difference(as_text(before), as_text(after)))
            cards.append(card)
        then = Card("What this does")
        then.show(leaf(*(item(own(text)) for text in self._consequences())))
        yield Reading(*cards, then)

    def _consequences(self) -> Iterable[str]:
        yield "The artist's next songs are made from it."
        if self.plan.at_work:
            is_are = "is" if self.plan.at_work == 1 else "are"
            yield f"{many(self.plan.at_work, 'song')} {is_are} being made: the stages still to come go by it too."
        yield "Songs that were made already stay as they are; so does what was learnt from them."
        if "name" in self.plan.changes:
            yield "Releases packed from now on carry the new name, also those whose cover shows the old one."
            if (before := self.plan.changes["name"][0]).casefold() in self.plan.persona.biography.casefold():
                yield f"The biography still says {plain(before, limit=80)}."

    def on_mount(self) -> None:
        """Scrolls by the usual keys."""
        self.query_one(Reading).focus()

    @writes
    def action_make(self) -> None:
        """Asks once more, then makes it."""
        from console.screens.confirm import Confirm

        names = ", ".join(form.LABELS[path].name.lower() for path in self.plan.changes)

        def answered(yes: bool | None) -> None:
            if yes:
                work(self, self._make, group="edit", what="edit a persona", exclusive=True)

        self.app.push_screen(Confirm("Change the persona?", f"Changed: {names}.", yes="Change it"), answered)

    async def _make(self) -> None:
        plan = self.plan
        done = await ask(
            self,
            lambda door: door.commands.edit_persona(
                plan.artist_id, plan.persona, expected=self._expected, planned=plan
            ),
        )
        if done is not None:
            self.notify("The persona is changed.", markup=False)
            self.made = True
            self.dismiss()
