"""The persona of an artist, to be changed: a field for each part, checked while it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from console import persona_form as form
from console.desk import ask, desk_of, work
from console.human import clock, many
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.messages import Changes
from console.safe import line, own
from console.screens.page import Page
from engine.domain.genres import GENRES
from engine.domain.naming import whom
from engine.domain.persona import NAME_LIMIT, Persona, Problem, fingerprint
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api.models import ArtistDetail

_HEX = re.compile(r"#[0-9a-f]{6}")
_SWATCH = "visual_identity.palette."


class PersonaScreen(Page):
    """Every field of one persona."""

    DEFAULT_CSS = """
    PersonaScreen {
        #head { height: auto; padding: 0 2; margin: 1 0 0 0; }
        #news { height: auto; padding: 0 2; display: none; &.-told { display: block; } }
        #standing { height: auto; min-height: 1; padding: 0 2; }
        &.-low #head { margin: 0; }
        #form { height: 1fr; padding: 0 1; scrollbar-gutter: stable; }
        &.-wide #form { layout: grid; grid-size: 2; grid-rows: auto; keyline: none; }
        Input, TextArea {
            border: round $border-blurred; border-title-color: $primary; border-title-style: bold;
            border-subtitle-color: $text-muted; background: $background;
            &:focus { border: round $border; }
            &.-wrong { border-subtitle-color: $error; border-subtitle-style: bold; }
        }
        Input { height: 3; }
        .row { height: 3; }
        .row Input { width: 1fr; }
        TextArea { height: auto; min-height: 3; max-height: 10; & > .text-area--cursor-line { background: $surface; } }
    }
    """
    HELP: ClassVar[str] = (
        "Who this artist is: what every prompt, song and picture of it is made from. Lists have one item a line. What "
        "cannot be used is said at the field while you type. {persona.go-on|f2} goes on: it compares the artist with "
        "all the others and shows what you changed; nothing happens before you say yes there. If somebody else "
        "changes the same artist meanwhile, that is said here, and {persona.take-over|f5} takes over their fields "
        "where you have changed nothing. Songs that were made already stay as they are."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "go_on", "See the changes", id="persona.go-on", priority=True, tooltip="Show what changed"),
        Binding(
            "f5",
            "take_over",
            "Take over",
            id="persona.take-over",
            priority=True,
            show=False,
            tooltip="Take over what somebody else changed, in the fields that you left alone",
        ),
        Binding(
            "escape", "back", "Back", id="persona.back", tooltip="Back to the artist; asks before changes are lost"
        ),
    ]

    def __init__(self, found: ArtistDetail) -> None:
        super().__init__()
        self.artist_id = found.row.id
        self._whose = found.row.name
        self.before: Persona = found.persona
        self._shown = form.texts(found.persona)
        self._newer: Persona | None = None
        self._taken: str | None = None
        self._wrong: dict[str, str] = {}
        self._refused: tuple[dict[str, str], tuple[Problem, ...]] = ({}, ())
        self._fields = {path: _editor(path, text) for path, text in self._shown.items()}
        self._news, self._standing = Static(id="news"), Static(id="standing")

    def body(self) -> Iterable[Widget]:
        """Whose persona, the fields, and how it stands."""
        yield Static(own("Persona of ", line(self._whose, "bold $primary", limit=80)), id="head")
        yield self._news
        with VerticalScroll(id="form", can_focus=False):
            for long, paths in groupby(self._fields, key=lambda path: path not in form.SHORT):
                fields = [self._fields[path] for path in paths]
                if long:
                    yield from fields
                else:
                    yield Horizontal(*fields, classes="row")
        yield self._standing

    def on_mount(self) -> None:
        """Begins with the name."""
        for field in self._fields.values():
            field.cursor_blink = desk_of(self).drawing.moves
        self._fields["name"].focus()
        self._check()

    # --- what was typed ---

    @property
    def typed(self) -> dict[str, str]:
        """Each field's text."""
        return {path: field.value if isinstance(field, Input) else field.text for path, field in self._fields.items()}

    @property
    def touched(self) -> list[str]:
        """The fields whose text is another one than at the beginning."""
        return [path for path, text in self.typed.items() if text != self._shown[path]]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Checks; whether a name is free is asked of the database."""
        event.stop()
        self._check()
        if event.input is self._fields["name"]:
            work(self, self._look_for_name, group="persona-name", what="look for a name", exclusive=True)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Checks."""
        event.stop()
        self._check()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From one field on to the next."""
        event.stop()
        self.focus_next()

    def on_descendant_focus(self) -> None:
        """The line below speaks of the field that has the keys."""
        self._tell_standing()

    async def _look_for_name(self) -> None:
        name = self.typed["name"]
        taken = await ask(self, lambda door: door.queries.name_taken(self.artist_id, name)) if name.strip() else False
        self._taken = name if taken else None
        self._check()

    def problems(self) -> list[Problem]:
        """What keeps it from being used, as far as that can be said without comparing it with everybody."""
        typed = self.typed
        _, found = form.read(typed, self.before)
        if self._taken is not None and self._taken == typed["name"]:
            found.append(Problem("name", "is the name of another artist"))
        if self._refused[0] == typed:
            found += self._refused[1]
        return found

    def _check(self) -> None:
        if not self.is_mounted:
            return
        wrong: dict[str, str] = {}
        for problem in self.problems():
            wrong.setdefault(problem.field, problem.message)
        for path, field in self._fields.items():
            message = wrong.get(path, "")
            if message != self._wrong.get(path, "") or path.startswith(_SWATCH):
                field.set_class(bool(message), "-wrong")
                field.border_subtitle = _subtitle(path, message, self.typed[path])
        self._wrong = wrong
        self._tell_standing()

    def _tell_standing(self) -> None:
        here = next((path for path, field in self._fields.items() if field is self.focused), None)
        if here in self._wrong:
            text = own(("✗ ", STYLES[Tone.BAD]), f"{form.LABELS[here].name} ", line(self._wrong[here], limit=300))
        elif self._wrong:
            names = ", ".join(form.LABELS[path].name for path in self._wrong)
            text = own((f"✗ {many(len(self._wrong), 'field')} cannot be used: ", STYLES[Tone.BAD]), names)
        else:
            count = len(self.touched)
            text = own((f"{many(count, 'field')} changed" if count else "Nothing is changed yet.", STYLES[Tone.DIM]))
        self._standing.update(text)

    # --- others ---

    def follow(self, changes: Changes) -> None:
        """Says at once when somebody else changed this artist."""
        self.repaint_top()
        if changes.name("artist", self.artist_id):
            work(self, self._look, group="persona-look", what="look at the artist", exclusive=True)

    async def _look(self) -> None:
        now = await ask(self, lambda door: door.queries.artist(self.artist_id))
        if now is None or fingerprint(now.persona) == fingerprint(self.before):
            return
        self._newer = now.persona
        by = await ask(self, lambda door: door.queries.persona_editor(self.artist_id))
        who = f"by {whom(by.actor, by.channel, by.actor_name)}, {clock(by.at)}" if by else "meanwhile"
        self._news.update(
            own(
                ("This persona was changed ", STYLES[Tone.WARN]),
                line(who, "bold", limit=120),
                keyed(
                    self,
                    ". {persona.take-over|f5} takes those changes over where you have changed nothing; before that "
                    "it cannot be saved.",
                ),
            )
        )
        self._news.add_class("-told")

    def action_take_over(self) -> None:
        """Begins anew with what is stored now; what was typed here stays typed."""
        if self._newer is None:
            self.notify("Nobody else has changed this artist.", markup=False)
            return
        newer, mine = form.texts(self._newer), set(self.touched)
        for path, field in self._fields.items():
            if path in mine:
                continue
            if isinstance(field, Input):
                field.value = newer[path]
            else:
                field.text = newer[path]
        self.before, self._shown, self._newer = self._newer, newer, None
        self._news.remove_class("-told")
        self._check()

    # --- on and back ---

    def action_go_on(self) -> None:
        """Shows the changes, if they can be made."""
        if not self.touched:
            self.notify("Nothing was changed.", severity="warning", markup=False)
        elif found := self.problems():
            self._fields[found[0].field].focus()
            told = plain(found[0].message, limit=300)
            self.notify(f"{form.LABELS[found[0].field].name} {told}.", severity="warning", timeout=8, markup=False)
        else:
            work(self, self._plan, group="plan", what="plan an edit", exclusive=True)

    async def _plan(self) -> None:
        persona, _ = form.read(self.typed, self.before)
        if persona is None:
            return
        self._standing.update(own(("It is compared with the label's other artists…", STYLES[Tone.DIM])))
        plan = await ask(self, lambda door: door.queries.persona_plan(self.artist_id, persona))
        self._tell_standing()
        if plan is None:
            return
        if plan.problems:
            first = plan.problems[0]
            self._refused = (self.typed, plan.problems)
            self._fields[first.field].focus()
            self._check()
            told = plain(first.message, limit=300)
            self.notify(f"{form.LABELS[first.field].name} {told}.", severity="error", markup=False)
            return
        if not plan.changes:
            self.notify("Nothing was changed.", severity="warning", markup=False)
            return
        from console.screens.persona_plan import PersonaPlanScreen

        screen = PersonaPlanScreen(plan, self._whose, expected=fingerprint(self.before))

        def seen(_: None) -> None:
            if screen.made:
                self.dismiss()

        self.app.push_screen(screen, seen)

    def action_back(self) -> None:
        """Leaves; asks where something would be lost."""
        touched = self.touched
        if not touched:
            self.dismiss()
            return
        from console.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss()

        names = ", ".join(form.LABELS[path].name.lower() for path in touched)
        text = f"You have changed: {names}. Leaving now drops that."
        self.app.push_screen(Confirm("Drop the changes?", text, yes="Drop them", no="Stay"), answered)


def _editor(path: str, text: str) -> Input | TextArea:
    """The box for one field."""
    field: Input | TextArea
    if form.is_long(path):
        field = TextArea(text, tab_behavior="focus", soft_wrap=True, show_line_numbers=False)
    else:
        suggester = SuggestFromList(list(GENRES), case_sensitive=False) if path == "genre" else None
        limit = 12 if path in form.SHORT else 0 if path != "name" else NAME_LIMIT * 2
        field = Input(text, select_on_focus=False, suggester=suggester, max_length=limit)
    field.border_title = own(form.LABELS[path].name)
    field.border_subtitle = _subtitle(path, "", text)
    return field


def _subtitle(path: str, problem: str, text: str) -> Content:
    """What is wrong, else a hint; the colour itself where it is one."""
    if problem:
        return own("✗ ", line(problem, limit=120))
    value = text.strip().lower()
    if path.startswith(_SWATCH) and _HEX.fullmatch(value):
        return own(("      ", f"{value} on {value}"), f" {form.LABELS[path].hint}")
    return own(form.LABELS[path].hint)
