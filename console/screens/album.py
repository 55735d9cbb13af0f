"""One EP or album: its songs in their order, what keeps it from being packaged, and the way to its package."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from console.desk import ask, desk_of, work, writes
from console.human import bar, clock, span
from console.keymap.live import keyed
from console.marks import ALBUMS, RUNS, STYLES, Tone
from console.messages import Changes
from console.safe import Leaf, item, leaf, line, own, pairs, way
from console.screens.detail import DetailScreen
from console.widgets.reading import Card, Reading
from console.widgets.rows import Cell, Column, Rows
from engine.domain.albums import AlbumState, LoudnessPolicy, checked_gap, in_zone, moment
from engine.domain.errors import UsageError
from engine.domain.plurals import many
from engine.domain.runs import RunState

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.album_models import AlbumDetail, AlbumTrackRow

_DIM = STYLES[Tone.DIM]
_LOUDNESS = {
    LoudnessPolicy.ALBUM: "one gain for all: their relations stay",
    LoudnessPolicy.TRACK: "each song at -14 LUFS",
    LoudnessPolicy.NONE: "every sample as it is",
}
_ON_A_TRACK = ("up", "down", "remove", "gap")
_CHANGING = (*_ON_A_TRACK, "add", "title", "loudness", "cover")


class AlbumScreen(DetailScreen["AlbumDetail"]):
    """The album."""

    DEFAULT_CSS = """
    AlbumScreen {
        #head { height: auto; padding: 0 2; }
        #tracks { height: 1fr; min-height: 5; border: round $border-blurred; border-title-color: $primary;
            border-title-style: bold; }
        #tracks:focus { border: round $border; }
        Reading { height: auto; max-height: 50%; padding: 0; }
    }
    """
    HELP: ClassVar[str] = (
        "The songs of an album, in order. What is changed takes an approved album back to its draft. Packaging reads "
        "the songs' own packages, which must be whole, and makes one release of them: numbered files, one loudness, "
        "its own cover and papers. Nothing leaves before the embargo ends."
    )
    SHORT: ClassVar[Mapping[str, str]] = {"album.package": "Pack", "album.approve": "Approve"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="album.add", tooltip="Add a released song of this artist"),
        Binding("less_than_sign", "up", "Up", id="album.up", tooltip="This song one place up"),
        Binding("greater_than_sign", "down", "Down", id="album.down", tooltip="This song one place down"),
        Binding("d", "schedule", "When", id="album.schedule", tooltip="Set release day and embargo"),
        Binding("A", "approve", "Approve", id="album.approve", tooltip="Approve what it holds now"),
        Binding("P", "package", "Package", id="album.package", tooltip="Make its package, after a question"),
        Binding("i", "gap", "Gap", id="album.gap", tooltip="Set the silence after this song"),
        Binding("x", "remove", "Remove", id="album.remove", tooltip="Take this song out"),
        Binding("t", "title", "Title", show=False, id="album.title", tooltip="Give it another title"),
        Binding("l", "loudness", "Loudness", show=False, id="album.loudness", tooltip="One gain, one each, or none"),
        Binding("v", "cover", "Cover", show=False, id="album.cover", tooltip="Draw another cover"),
        Binding("D", "delete", "Delete", show=False, id="album.delete", tooltip="Forget it, after a question"),
    ]

    def __init__(self, album_id: str) -> None:
        super().__init__()
        self.album_id = album_id
        self._head = Static(id="head")
        self._tracks: Rows[AlbumTrackRow] = Rows(_columns(), lambda row: row.release_id, empty=("No songs yet.",))
        self._tracks.id = "tracks"
        self._about = Card("About")

    def body(self) -> Iterable[Widget]:
        """Head, songs, card."""
        yield self._head
        yield self._tracks
        yield Reading(self._about)

    def on_mount(self) -> None:
        """Begins in the list."""
        self._tracks.border_title = "Songs"
        self._tracks.focus()

    async def question(self, door: Door) -> AlbumDetail:
        """Reads the album."""
        return await door.queries.albums.detail(self.album_id)

    def concerns(self, changes: Changes) -> bool:
        """Its own changes, and those of its songs' releases."""
        return changes.name("album", self.album_id) or changes.touch("release")

    def show(self, found: AlbumDetail) -> None:
        """Fills head, list and card."""
        row, mark = found.row, ALBUMS[found.row.state]
        state = own((mark.text, STYLES[mark.tone]))
        if row.state is AlbumState.PACKAGING:
            state = own((f"{mark.sign} {bar(row.progress, 12)} {row.progress:.0%} ", STYLES[mark.tone]), line(row.note))
        counted = f"  {row.kind}, {many(row.track_count, 'song')}, {span(row.duration_s)}  "
        self._head.update(own(line(row.title, "bold"), (" by ", _DIM), line(row.artist), (counted, _DIM), state))
        self._tracks.fill(found.tracks)
        self._about.show(_about(found))

    async def on_rows_opened(self, event: Rows.Opened) -> None:
        """Opens the song's own release."""
        from console.screens.release import ReleaseScreen

        event.stop()
        row = await ask(self, lambda door: door.queries.release(event.row.release_id))
        if row is not None:
            self.app.push_screen(ReleaseScreen(row, desk_of(self).home))

    # --- actions ---

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """What the state of the album does not let be done."""
        if self.found is None:
            return "The album is still being read." if action in (*_CHANGING, "approve", "package", "delete") else ""
        state = self.found.row.state
        if action in _CHANGING and state is AlbumState.PACKAGING:
            return "It is being packaged."
        if action in _CHANGING and state is AlbumState.DELIVERED:
            return "It is delivered: its release must be withdrawn before it can change."
        if action in _ON_A_TRACK and self._tracks.current is None:
            return "Put the cursor on a song."
        if action in ("approve", "package") and state in (AlbumState.PACKAGING, AlbumState.DELIVERED):
            return f"It is {state}."
        if action == "approve" and (self.found.approved or self.found.blocks):
            return self.found.blocks[0].what if self.found.blocks else f"It is {state}."
        if action == "package" and not self.found.approved:
            return keyed(self, "{album.approve|A} approves it first.")
        if action == "delete" and self.found.row.release_id:
            return "It has a package, so it stays in the records."
        return ""

    def _on_track(self) -> AlbumTrackRow | None:
        return self._tracks.current

    @writes
    def action_up(self) -> None:
        """One place up."""
        self._place(-1)

    @writes
    def action_down(self) -> None:
        """One place down."""
        self._place(1)

    def _place(self, by: int) -> None:
        track = self._on_track()
        if track is None or self.found is None or not 1 <= track.place + by <= len(self.found.tracks):
            return
        work(self, partial(self._move, track.release_id, track.place + by), group="do", what="order the album")

    async def _move(self, release_id: str, place: int) -> None:
        """Moves a song without a toast; the cursor goes with it."""

        async def carried_out(door: Door) -> bool:
            await door.commands.albums.place(self.album_id, release_id, place)
            return True

        if await ask(self, carried_out):
            found = await ask(self, self.question)
            if found is not None:
                self.found = found
                self.show(found)
                self._tracks.cursor = place - 1

    @writes
    def action_remove(self) -> None:
        """Takes a song out."""
        if track := self._on_track():
            self.do(lambda door: door.commands.albums.remove(self.album_id, track.release_id), "Taken out.")

    @writes
    def action_add(self) -> None:
        """Asks which song."""
        work(self, self._add, group="do", what="add a song")

    async def _add(self) -> None:
        if self.found is None:
            return
        artist_id = self.found.row.artist_id
        free = await ask(self, lambda door: door.queries.albums.addable(artist_id, self.album_id))
        if free is None:
            return
        if not free:
            self.notify("Every released song of this artist is in it.", severity="warning", markup=False)
            return
        from console.screens.asking import ChooseScreen

        def chosen(release_id: str | None) -> None:
            if release_id:
                self.do(lambda door: door.commands.albums.add(self.album_id, [release_id]), "Added at the end.")

        choices = [(track.release_id, f"{track.title}  {span(track.duration_s)}") for track in free]
        self.app.push_screen(ChooseScreen("Add a song", choices), chosen)

    @writes
    def action_gap(self) -> None:
        """Asks for the silence."""
        track = self._on_track()
        if track is None:
            return
        from console.screens.asking import Field, WriteScreen

        def answered(written: tuple[str, ...] | None) -> None:
            if written:
                seconds = _seconds(written[0])
                self.do(
                    lambda door: door.commands.albums.gap(self.album_id, track.release_id, seconds), f"{seconds:g} s."
                )

        fields = [Field("Seconds", f"{track.gap_s:g}", "of silence after this song; none follows the last")]
        check = lambda written: f"{_seconds(written[0]):g} s of silence"  # noqa: E731
        self.app.push_screen(WriteScreen("Gap", fields, check), answered)

    @writes
    def action_title(self) -> None:
        """Asks for the title."""
        if self.found is None:
            return
        from console.screens.asking import Field, WriteScreen

        def answered(written: tuple[str, ...] | None) -> None:
            if written:
                self.do(lambda door: door.commands.albums.edit(self.album_id, title=written[0]), "Called so now.")

        fields = [Field("Title", self.found.row.title, "it stands on a drawn cover, which is drawn anew")]
        self.app.push_screen(WriteScreen("Title", fields, needed), answered)

    @writes
    def action_loudness(self) -> None:
        """The next way to one loudness."""
        if self.found is not None:
            every = list(LoudnessPolicy)
            after = every[(every.index(self.found.loudness) + 1) % len(every)]
            done = f"Loudness: {_LOUDNESS[after]}."
            self.do(lambda door: door.commands.albums.edit(self.album_id, loudness=after), done)

    @writes
    def action_cover(self) -> None:
        """Has another one drawn."""
        seed = secrets.randbits(31)
        self.do(lambda door: door.commands.albums.draw_cover(self.album_id, seed), "The engine draws another cover.")

    @writes
    def action_schedule(self) -> None:
        """Asks for day and embargo."""
        if self.found is None:
            return
        from console.screens.asking import Field, WriteScreen

        found = self.found
        until = in_zone(found.row.embargo_at, found.embargo_zone)[:16] if found.row.embargo_at else ""
        fields = [
            Field("Release day", str(found.row.release_on or ""), "2026-12-24; empty: that of the approval"),
            Field("Embargo", until.replace(" ", "T"), "2026-12-24T18:00; empty: none"),
            Field("Zone", found.embargo_zone, "whose clocks: UTC, Europe/Berlin"),
            Field("Songs too", "yes" if found.hold_tracks else "no", "yes: hold their own releases back as well"),
        ]
        self.app.push_screen(WriteScreen("When", fields, _when_in_words), self._scheduled)

    def _scheduled(self, written: tuple[str, ...] | None) -> None:
        if written:
            from engine.api.album_commands import Schedule

            day, until, zone, songs = _when(written)
            wanted = Schedule(day, moment(until, zone) if until else None, zone, songs)
            self.do(lambda door: door.commands.albums.schedule(self.album_id, wanted), "The calendar has it.")

    @writes
    def action_approve(self) -> None:
        """Approves."""
        done = keyed(self, "Approved: {album.package|P} makes the package.")
        self.do(lambda door: door.commands.albums.approve(self.album_id), done)

    @writes
    def action_package(self) -> None:
        """Packages after a question."""
        if self.found is None:
            return
        from console.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                work(self, self._package, group="do", what="package the album")

        row = self.found.row
        text = f"{many(row.track_count, 'song')}, {span(row.duration_s)}. Nothing is published by making a package."
        self.app.push_screen(Confirm("Package this album?", text, yes="Package"), answered)

    async def _package(self) -> None:
        runs = await ask(self, lambda door: door.commands.albums.package(self.album_id))
        if runs is not None and not (runs or desk_of(self).link.engine.up):
            waits = keyed(self, "It begins when the engine runs: {line.engine|e} on the overview.")
            self.notify(waits, severity="warning", markup=False)
        self.read()

    @writes
    def action_delete(self) -> None:
        """Deletes after a question."""
        from console.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                work(self, self._delete, group="do", what="delete the album")

        text = "Its songs and their releases stay as they are."
        self.app.push_screen(Confirm("Delete this album?", text, yes="Delete"), answered)

    async def _delete(self) -> None:
        async def carried_out(door: Door) -> bool:
            await door.commands.albums.delete(self.album_id)
            return True

        if await ask(self, carried_out):
            self.dismiss()


def needed(written: tuple[str, ...]) -> str:
    """Raises UsageError for an empty title."""
    if not written[0]:
        raise UsageError("It needs a title.", fix="Write at least one character.")
    return f"It is called {written[0]}."


def _seconds(text: str) -> float:
    try:
        return checked_gap(float(text))
    except ValueError:
        raise UsageError(f"{text!r} is no number of seconds.", fix="Write one such as 2 or 0.5.") from None


def _when(written: Sequence[str]) -> tuple[date | None, str, str, bool]:
    day, until, zone, songs = written
    try:
        found = date.fromisoformat(day) if day else None
    except ValueError:
        raise UsageError(f"{day!r} is no day.", fix="Write one such as 2026-12-24.") from None
    if songs not in ("yes", "no"):
        raise UsageError(f"{songs!r} is neither yes nor no.", fix="Write yes or no.")
    return found, until, zone or "UTC", songs == "yes"


def _when_in_words(written: tuple[str, ...]) -> str:
    day, until, zone, songs = _when(written)
    comes = f"It comes out on {day}." if day else "Its day is that of the approval."
    if not until:
        return f"{comes} There is no embargo."
    return f"{comes} Nothing{' of it or its songs' if songs else ''} leaves before {clock(moment(until, zone))} here."


def _columns() -> tuple[Column[AlbumTrackRow], ...]:
    return (
        Column("no", 2, lambda row: (str(row.place), Tone.DIM), right=True),
        Column("song", 16, lambda row: (row.title, Tone.STRONG), grow=3),
        Column("length", 6, lambda row: (span(row.duration_s), Tone.PLAIN), right=True),
        Column("gap", 6, lambda row: (f"{row.gap_s:g} s" if row.gap_s else "-", Tone.DIM), right=True),
        Column("state", 13, _state),
        Column("release", 13, lambda row: (row.release_id, Tone.DIM), at=70),
    )


def _state(row: AlbumTrackRow) -> Cell:
    mark = RUNS[RunState(row.state)]
    return mark.text, mark.tone


def _about(found: AlbumDetail) -> Leaf:
    """What it is, and above it what is wrong."""
    row = found.row
    wrong = [item(own(line(block.what), (f" {block.fix}", _DIM)), "✗ ", STYLES[Tone.BAD]) for block in found.blocks]
    if found.behind_what:
        wrong.append(item(own(line(found.behind_what), (f" {found.behind_fix}", _DIM)), "✗ ", STYLES[Tone.BAD]))
    if row.cause:
        wrong.append(item(own(line(row.cause), (" ", ""), line(row.fix, _DIM)), "! ", STYLES[Tone.BAD]))
    cover = way(str(found.cover)) if found.cover else own((f"drawn when it is packaged, seed {found.cover_seed}", _DIM))
    until = in_zone(row.embargo_at, found.embargo_zone) if row.embargo_at else ""
    rows = [
        ("day", own(str(row.release_on)) if row.release_on else own(("that of its approval", _DIM))),
        ("embargo", own(until, ("; its songs too" if found.hold_tracks else "", _DIM)) if until else None),
        ("loudness", own(_LOUDNESS[found.loudness])),
        ("cover", cover),
        ("upc", own(found.upc) if found.upc else own(("none yet; the next of UPC_RANGE, if there is one", _DIM))),
        ("approved", own(clock(found.approved_at), " by ", line(found.approved_by)) if found.approved_at else None),
        ("release", own(row.release_id) if row.release_id else None),
        ("folder", way(str(found.path)) if found.path else None),
    ]
    return leaf(*wrong, pairs([(label, value) for label, value in rows if value is not None]))
