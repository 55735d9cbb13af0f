"""What waits for a person, longest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from console.attention import say
from console.batch import Deed
from console.desk import ask, desk_of, writes
from console.human import waited
from console.keymap.live import keyed
from console.marks import Tone
from console.news import Toast
from console.panes.batching import Batching
from console.undoable import Made
from console.widgets.rows import Cell, Column
from engine.domain.listing import ApprovalOrder, wanted
from engine.domain.runs import RunState

if TYPE_CHECKING:
    from console.batch import Outcome
    from console.screens.reasons import Reasons
    from engine.api import Door
    from engine.api.models import ApprovalRow, Decided
    from engine.api.models import Rows as Found


_WHY = "why it waits"
_UNDO = "{approvals.undo|u} takes"
_FOR_GOOD = "It cannot be taken back."
_BLIND = "What nobody looked at is packed at once: that cannot be taken back."


class ApprovalsPane(Batching["ApprovalRow"]):
    """The review queue."""

    NUMBER = 2
    NAME = "Approvals"
    KINDS = ("run", "review")
    WHAT = "song"
    USUAL = "waits"
    HELP: ClassVar[str] = (
        "Finished songs that wait for your decision, longest first. {list.open|enter} opens the review: facts, checks, "
        "lyrics, cover, waveform. Nothing is released before somebody approves it, or autopilot does for "
        "an artist that has it. {approvals.undo|u} takes back what was decided last here, a batch as a whole."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "u",
            "undo",
            "Undo",
            show=False,
            id="approvals.undo",
            tooltip="Take back what was decided last here, a batch as a whole",
        ),
    ]

    def __init__(self) -> None:
        self._reasons = False
        super().__init__()

    def make_columns(self) -> Sequence[Column[ApprovalRow]]:
        """Song, artist, and how long it waits."""
        return (
            Column("song", 12, lambda row: (row.title, Tone.STRONG), grow=3, order=ApprovalOrder.TITLE),
            Column("artist", 10, lambda row: (row.artist, Tone.PLAIN), grow=2, order=ApprovalOrder.ARTIST),
            Column(_WHY, 14, lambda row: (row.waiting_reason, Tone.DIM), grow=2, at=90),
            Column("waits", 9, self._waits, right=True, order=ApprovalOrder.WAITING, falls=True),
        )

    def key_of(self, row: ApprovalRow) -> str:
        """The run's id."""
        return row.id

    def empty_lines(self) -> Sequence[str]:
        """Nothing to decide."""
        return ("Nothing waits for you.",)

    async def fetch(self, door: Door, offset: int, limit: int) -> Found[ApprovalRow]:
        """Some of those that wait."""
        return await door.queries.approvals(
            order=ApprovalOrder(self.sorted_by.order) if self.sorted_by else ApprovalOrder.WAITING,
            wanted=wanted(self.words, ("song", "artist")),
            turned=self.turned,
            offset=offset,
            limit=limit,
        )

    def took(self, rows: Sequence[ApprovalRow]) -> None:
        """Shows the column of reasons where one of the rows has a reason."""
        kept = self._reasons and bool(self.words)  # a filter takes no column away
        says = kept or any(row.waiting_reason for row in (*rows, *self.rows_in_view()))
        if says is not self._reasons:
            self._reasons = says
            self.refresh()

    def has_room(self, column: Column[ApprovalRow], width: int) -> bool:
        """Why a song waits is told for those that autopilot left to a person; without any there is no such column."""
        return super().has_room(column, width) and (self._reasons or column.title != _WHY)

    def badge(self) -> str:
        """How many wait, also where the list is hidden and was not read; with a filter how many of them it found."""
        overview = desk_of(self).overview
        if overview is None or not overview.approvals:
            return ""
        if self.words:
            return super().badge() if self.cut else f"{self.window.total:,} of {overview.approvals:,}"
        return f"{overview.approvals:,}"

    def label_of(self, row: ApprovalRow) -> str:
        """Song and artist."""
        return f"{row.title} by {row.artist}"

    def deeds(self) -> Sequence[Deed[ApprovalRow]]:
        """Approve or reject; what was not opened in its review is marked as decided without looking."""
        looked = desk_of(self).looked

        async def approve(door: Door, row: ApprovalRow, _: Reasons | None) -> Decided:
            seen = row.revision_hash in looked
            return await door.commands.approve(row.run_id, revision_hash=row.revision_hash, looked=seen)

        async def reject(door: Door, row: ApprovalRow, reasons: Reasons | None) -> Decided:
            tags, text = reasons if reasons is not None else ((), "")
            return await door.commands.reject(row.run_id, tags, text, revision_hash=row.revision_hash)

        def unseen(row: ApprovalRow) -> str:
            return "" if row.revision_hash in looked else "nobody opened its review here"

        grace_s = desk_of(self).settings.approval_grace_seconds
        undoing = keyed(self, f"{self._undoing(len(self.marked))} for {grace_s} s.") if grace_s else _FOR_GOOD
        return (
            Deed("Approve what was looked at", "approved", approve, unseen, note=undoing, final=not grace_s),
            Deed("Approve, marked as not looked at where nobody did", "approved", approve, note=_BLIND, final=True),
            Deed("Reject", "rejected", reject, unseen, reasons=True, note=undoing, final=not grace_s),
        )

    async def marked_now(self, marked: Mapping[str, ApprovalRow]) -> Mapping[str, ApprovalRow]:
        """What was decided, here or elsewhere, has left the queue and is no longer marked."""
        found = await ask(self, lambda door: door.queries.still_waiting(tuple(marked)))
        return marked if found is None else {row.run_id: row for row in found}

    def tell_done(self, told: str, outcome: Outcome[ApprovalRow]) -> None:
        """And for how long the decisions can be taken back; the releases are told of once they are packed."""
        desk, now = desk_of(self), desk_of(self).now()
        about = f"decided:{outcome.done[0][0].revision_hash}"
        act = [Made(row.run_id, row.title, decided.effective_at, about) for row, decided in outcome.done]
        desk.undoable.add(act, now)
        for row, decided in outcome.done:
            if decided.state is RunState.APPROVED:
                desk.packing.add(row.run_id)
        left = [(made.effective_at - now).total_seconds() for made in act if made.effective_at > now]
        if left:
            undoing = self._undoing(len(left)) if len(left) == len(act) else f"{_UNDO} {len(left)} of them back"
            told = f"{told} {undoing} for {min(left):.0f} s."
        app: Any = self.app
        say(app, Toast("", told, "information", about), call=False)

    def _undoing(self, songs: int) -> str:
        return f"{_UNDO} {'it' if songs < 2 else 'them'} back"

    @writes
    async def action_undo(self) -> None:
        """Takes back what was decided last in this console."""
        from console import undoing

        await undoing.take_back(self, undoing.act(desk_of(self)))

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:
        """A decision can be taken back for a while only."""
        if action == "undo":
            from console import undoing

            return undoing.why_not(desk_of(self))
        return super().why_not(action, parameters)

    def _waits(self, row: ApprovalRow) -> Cell:
        return waited(row.waiting_since, desk_of(self).now()), Tone.WARN
