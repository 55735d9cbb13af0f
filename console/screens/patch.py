"""One patch, line by line: read it here to its end, and then, after a question, have it applied or taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console import applying
from console import repair_words as words
from console.attention import keep_clear
from console.copying import Thing, clean
from console.desk import ask, desk_of, work, writes
from console.exporting import may_not, save
from console.keymap.live import keyed
from console.marks import PATCHES, STYLES, Mark, Tone
from console.messages import Changes
from console.naming import named
from console.patchrows import Ready
from console.repairing import Repairing, deeds, order
from console.safe import line, lines, own
from console.screens.detail import DetailScreen
from console.screens.error import try_patch, untriable
from console.widgets.patchview import BESIDE, PatchView
from console.widgets.steady import rewritten
from engine.api.patch_file import file_name, patch_text
from engine.domain.repair import PatchState, Work
from engine.domain.repair_deeds import moved_on, start_anew
from engine.safety.secrets import Redactor

if TYPE_CHECKING:
    from console.screens.confirm import Confirm
    from engine.api import Door
    from engine.api.repair_models import ErrorDetail, ErrorRow
    from engine.api.repair_models import PatchView as Patch

_DIM, _WARN = STYLES[Tone.DIM], STYLES[Tone.WARN]
_BROAD = 150
"""Columns in which the steps of a trial have room beside how it ended."""
_HEAD, _LOW_HEAD = 12, 6
"""Rows of the head, as its style has them."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A group with the one of its patches that is looked at."""

    detail: ErrorDetail
    patch: Patch
    place: int
    """0 is the newest."""

    @property
    def tried_now(self) -> bool:
        """Whether this very patch is on trial: it is the newest one that can be tried."""
        return self.detail.row.work is Work.TRIAL and self.place == 0


class PatchScreen(Repairing, DetailScreen[Sheet]):
    """The newest patch of a group, or the one that is named."""

    DEFAULT_CSS = """
    PatchScreen {
        #head { height: auto; max-height: 12; padding: 0 2; margin: 1 0 0 0; }
        #foot { height: auto; max-height: 3; padding: 0 2; }
        &.-low #head { margin: 0; max-height: 6; }
        PatchView { border-top: solid $border-blurred; border-bottom: solid $border-blurred;
            &:focus { border-top: solid $border; border-bottom: solid $border; } }
    }
    """
    HELP: ClassVar[str] = (
        "What a patch changes: lines with - go, lines with + come, the words that differ are underlined. What hides in "
        "a line is made visible, as <U+202E>. {patch.beside|d} puts before and after beside each other. Nothing is "
        "applied that was not shown: once every changed line was in view, {patch.apply|f2} asks, and then applies the "
        "very commit that was tried; {patch.revert|r} takes it back."
    )
    SIGNS: ClassVar[Iterable[Mark]] = PATCHES.values()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "apply", "Apply", id="patch.apply", tooltip="Apply this patch, after a question"),
        Binding("r", "revert", "Revert", id="patch.revert", tooltip="Take this patch back, after a question"),
        Binding("t", "trial", "Try", id="patch.trial", tooltip="Try this patch, or try it again"),
        Binding("e", "edit", "Edit", id="patch.edit", tooltip="Change this patch; what you make of it is a new one"),
        Binding("d", "beside", "Side by side", id="patch.beside", tooltip="Before and after beside each other, or not"),
        Binding("L", "log", "Trial log", id="patch.log", tooltip="What the trial wrote"),
        Binding("X", "export", "Export", id="patch.export", tooltip="Save it as a .patch file in data/exports"),
        Binding(
            "right_square_bracket", "other(1)", "Older", show=False, id="patch.older", tooltip="The patch before this"
        ),
        Binding(
            "left_square_bracket", "other(-1)", "Newer", show=False, id="patch.newer", tooltip="The patch after this"
        ),
        *deeds("patch", show=False),
    ]

    def __init__(self, group_id: str, patch_id: str = "", row: ErrorRow | None = None) -> None:
        super().__init__()
        self._listed = row
        """What a list has of the group: shown until the patch is read."""
        self.group_id = group_id
        self.patch_id = patch_id
        self._head, self._foot = Static(id="head"), Static(id="foot", classes="-told")
        self.view = PatchView(id="diff")
        self._digest = ""
        """Of the diff that is shown, once it is."""
        self._question: tuple[Confirm, Callable[[Sheet], str]] | None = None
        """The question that is open, and what makes it void."""

    def body(self) -> Iterable[Widget]:
        """What it is, its lines, what can be done."""
        yield self._head
        yield self.view
        yield self._foot

    def on_mount(self) -> None:
        """Reads the lines by the usual keys."""
        told = [own(("The patch is being read.", _DIM)), *([_error(self._listed)] if self._listed is not None else [])]
        rewritten(self._head, lines(told))
        self.view.focus()

    async def question(self, door: Door) -> Sheet:
        """Reads group and patch. Stays with the patch that was shown, whatever newer one comes."""
        detail = await door.queries.error(self.group_id)
        place = next((at for at, patch in enumerate(detail.patches) if patch.id == self.patch_id), 0)
        if not detail.patches:
            from engine.domain.errors import NotFound

            raise NotFound(f"There is no patch for {self.group_id}.")
        self.patch_id = detail.patches[place].id
        return Sheet(detail, detail.patches[place], place)

    def concerns(self, changes: Changes) -> bool:
        """Its group's changes."""
        return changes.name("error", self.group_id)

    def show(self, found: Sheet) -> None:
        """Head and foot; the lines only where they are other ones."""
        self._void_question(found)
        self.show_ages(found)
        self._say()
        if found.patch.digest != self._digest:
            work(self, partial(self._read_lines, found.patch), group="lines", what="read a patch", exclusive=True)

    async def _read_lines(self, patch: Patch) -> None:
        """Beside the loop: a long patch takes a while."""
        ready = await asyncio.to_thread(Ready, patch.diff)
        self._digest = patch.digest
        self.view.show(ready)
        self._say()

    def show_ages(self, found: Sheet) -> None:
        """Which patch against what, how its trial went, why it was refused."""
        now, row, patch = desk_of(self).now(), found.detail.row, found.patch
        told = [
            words.patch_line(patch, now, len(found.detail.patches)),
            _error(row),
        ]
        if patch.trial is not None:
            told.append(words.short_trial(patch.trial, steps=self.size.width >= _BROAD))
        told = [each.truncate(max(20, self.size.width - 4), ellipsis=True) for each in told]
        if row.work:
            told.append(words.doing(row, now))
        if found.place:
            told.append(own((keyed(self, "A newer patch is there: {patch.newer|[} shows it."), _WARN)))
        history = words.history(patch, now)
        rewritten(self._head, lines([*told, *self._reasons(found, len(told) + len(history)), *history]))

    def _reasons(self, found: Sheet, taken: int) -> list[Content]:
        """That the code moved on, why it was refused and what to beware of, as far as the head has room beside what is
        there; how much is left out."""
        width = max(20, self.size.width - 4)
        moved = moved_on(found.patch, found.detail.setup)
        reasons = (*([words.moved_leaf(moved)] if moved else ()), *words.refusals(found.patch))
        told = [line for reason in reasons for line in reason.wrap(width)]
        room = max(1, (_LOW_HEAD if self.has_class("-low") else _HEAD) - taken)
        if len(told) <= room:
            return told
        left = len(told) - room + 1
        return [*told[: room - 1], own((f"and {left} more lines: the error's screen has them all", _DIM))]

    def show_seconds(self, found: Sheet) -> None:
        """How long something is under way."""
        if found.detail.row.work:
            self.show_ages(found)

    def on_patch_view_seen(self, event: PatchView.Seen) -> None:
        """More was read: it may be all."""
        event.stop()
        self._say()

    def on_resize(self) -> None:
        """Both sides may have room now, or none."""
        self._say()
        if self.found is not None:
            self.show_ages(self.found)

    def _say(self) -> None:
        """What stands between the reader and applying it."""
        if self.found is None:
            return
        told = []
        if self.view.beside and not self.view.is_beside:
            told.append(own((f"Side by side needs {BESIDE} columns; it stays unified.", _WARN)))
        if self.found.patch.state is PatchState.VALIDATED:
            if reason := self._cannot_apply():
                told.append(own((reason, _DIM)))
            else:
                told.append(own((keyed(self, "All of it was shown. {patch.apply|f2} applies it."), STYLES[Tone.GOOD])))
        elif reason := self._state_forbids(self.found):
            told.append(own((reason, _DIM)))
        rewritten(self._foot, lines(told))
        self._foot.display = bool(told)
        self.refresh_bindings()
        self.call_after_refresh(keep_clear, self.app)

    def _state_forbids(self, sheet: Sheet) -> str:
        """Why this patch as it is now cannot be applied; of one on trial no key is named that does nothing."""
        if sheet.tried_now:
            return "It is being tried."
        return keyed(self, applying.state_forbids(sheet.patch))

    def things(self) -> Sequence[Thing]:
        """What can be copied."""
        if self.found is None:
            return ()
        patch = self.found.patch
        offered = [Thing("id", patch.id), Thing("title", clean(self.found.detail.row.message))]
        if patch.files:
            offered.append(Thing("path", clean("\n".join(patch.files))))
        return [*offered, Thing("patch", clean(patch.diff))] if patch.diff else offered

    # --- actions ---

    @property
    def subject(self) -> ErrorRow | None:
        """The group."""
        return self.found.detail.row if self.found is not None else None

    def name_of(self, action: str) -> str:
        """The layout that the key leads to."""
        return "Unified" if action == "patch.beside" and self.view.beside else ""

    def action_beside(self) -> None:
        """Both sides beside each other, or unified."""
        self.view.set_beside(not self.view.beside)
        self._say()

    def action_other(self, by: int) -> None:
        """Goes to an older patch, or a newer one."""
        if self.found is not None:
            self.patch_id = self.found.detail.patches[self.found.place + by].id
            self.read()

    def action_log(self) -> None:
        """Opens what the trial wrote."""
        if self.found is not None:
            from console.screens.trial import TrialScreen

            self.app.push_screen(TrialScreen(self.group_id, self.found.patch.id))

    @writes
    def action_trial(self) -> None:
        """Has it tried."""
        if self.found is not None:
            try_patch(self, self.found.patch)

    @writes
    def action_edit(self) -> None:
        """Opens it to be changed."""
        if self.found is not None:
            from console.screens.patch_edit import PatchEditScreen

            self.app.push_screen(PatchEditScreen(self.found.detail.row, self.found.patch))

    def action_export(self) -> None:
        """Saves it."""
        if self.found is not None:
            patch, desk = self.found.patch, desk_of(self)

            async def export() -> None:
                error = await ask(self, lambda door: door.queries.error(patch.group_id))
                if error is not None:
                    await save(self.app, desk, file_name(patch), ".patch", patch_text(patch, error, Redactor()))

            work(self, export, group="export", what="export a patch")

    @writes
    def action_apply(self) -> None:
        """Asks, once more where there is something to beware of, and then has the very diff that was shown applied."""
        if self.found is None:
            return
        patch, digest = self.found.patch, self._digest
        desk = desk_of(self)

        def sure() -> None:
            told = "It is asked for; the engine starts anew with it."
            done = f"Patch {patch.number} is applied and watched.{start_anew(patch.files)}"
            order(self, lambda door: door.commands.apply_patch(patch.id, digest), told, done)

        def first() -> None:
            if cautions := patch.cautions:
                self._ask(applying.beware(cautions), sure, applying.overtaken(patch))
            else:
                sure()

        question = applying.question(self.found.detail, patch, desk.settings.auto_fix_probation_minutes)
        self._ask(question, first, applying.overtaken(patch))

    @writes
    def action_revert(self) -> None:
        """Asks, and has it taken back."""
        if self.found is None:
            return
        patch = self.found.patch

        def sure() -> None:
            told = "It is being taken back; the engine restarts without it."
            done = f"Patch {patch.number} is taken back.{start_anew(patch.files)}"
            order(self, lambda door: door.commands.revert_patch(patch.id), told, done)

        self._ask(applying.taking_back(patch), sure, applying.overtaken(patch))

    def _ask(self, question: Confirm, sure: Callable[[], None], void: Callable[[Sheet], str]) -> None:
        def answered(yes: bool | None) -> None:
            self._question = None
            if yes:
                sure()

        self._question = question, void
        self.app.push_screen(question, answered)

    def _void_question(self, found: Sheet) -> None:
        if self._question is not None:
            question, void = self._question
            if news := void(found):
                question.overtake(own((news, _WARN)))

    # --- what is impossible ---

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:
        """What patch, group or place do not allow."""
        if action in ("back", "copy", "save", "beside"):
            return ""
        if self.found is None:
            return "The patch is still being read."
        patch = self.found.patch
        if action == "apply":
            return self._cannot_apply()
        if action == "revert":
            return applying.cannot_revert(desk_of(self), self.found.detail, patch)
        if action == "trial":
            return untriable(self.found.detail.row, patch)
        if action == "edit":
            return self.why_not_repair("propose")
        if action == "log":
            tried = patch.trial is not None or self.found.tried_now
            return "" if tried else keyed(self, "It was not tried yet: {patch.trial|t} tries it, then there is a log.")
        if action == "export":
            return may_not(desk_of(self)) or ("" if patch.diff else "There is no diff: nothing could be made of it.")
        if action == "other":
            place = self.found.place + (1 if parameters == (1,) else -1)
            end = "oldest" if place > self.found.place else "newest"
            return "" if 0 <= place < len(self.found.detail.patches) else f"This is the {end} patch."
        return self.why_not_repair(action)

    def _cannot_apply(self) -> str:
        if self.found is None:
            return "The patch is still being read."
        desk, sheet = desk_of(self), self.found
        forbids = self._state_forbids(sheet) or applying.cannot_apply(desk, sheet.detail)
        return forbids or applying.not_shown(self.view, self._is_shown)

    @property
    def _is_shown(self) -> bool:
        return self.found is not None and self._digest == self.found.patch.digest


def _error(row: ErrorRow) -> Content:
    return own(line(named(row), "$error", limit=80), (": ", _DIM), line(row.message, limit=200))
