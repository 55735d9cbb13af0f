"""What a new operator is told: first what this is and the one key that starts it, then part by part what is where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from console.desk import desk_of
from console.keymap.live import parts
from engine.safety.text import plain


class Step(NamedTuple):
    """One step: its title, its words with keys in them, and the part of the screen that it points at."""

    title: str
    text: str
    part: str = ""


_BEGIN = (
    "Press {line.new-track|n}: the first artist is born, and makes a track.\n"
    "Press {line.cycle|c} and the cycle goes on by itself."
)
_READ_ONLY = "This console is read-only: whoever runs the label makes the first track elsewhere."
WELCOME = Step(
    "Welcome",
    "noktvrn runs a label of invented artists. It makes their songs, covers and lyric videos; you listen and decide "
    "what is released. To begin, no key and no network is needed.\n\n"
    "%s\n"
    "Press {app.help|?} for help, {tour.next|enter} for a short tour, {tour.end|esc} to close this.",
)
STEPS: tuple[Step, ...] = (
    WELCOME,
    Step(
        "Approvals",
        "Finished songs wait here for you. {list.open|enter} opens one: listen, read, decide.",
        "#approvals",
    ),
    Step("Runs", "Songs being made, with stage and time left, and all made before.", "#runs"),
    Step("Artists", "The label's artists, how you liked their songs, and which run without you.", "#artists"),
    Step("Models", "Who writes the words: the built-in writer, or models whose keys you set.", "#models"),
    Step("Errors", "What went wrong, equal errors in one line. A failed run keeps what it had.", "#errors"),
    Step("Log", "What engine and console do, as it happens.", "#log"),
    Step("The line at the top", "The engine, what waits for you, what is broken, what today costs.", "TopLine"),
    Step(
        "The line at the bottom",
        "Keys that work here and now; a dim one says why not when pressed. {app.help|?} explains them all, "
        "{app.palette|^p} finds every action by name.",
        "KeyLine",
    ),
    Step(
        "That is all",
        "{line.new-track|n} makes a track. {pane.maximise|m} gives a pane the whole screen, {app.theme|T} changes the "
        "look. {line.tour|t} shows this tour again.",
    ),
)

_WAYS = "{tour.next|enter} next · {tour.back|left} back · {tour.end|esc} ends"
_RETURN = "{line.tour|t} goes on here"


class Tour(Widget, can_focus=True):
    """Stands above the panes while it lasts."""

    DEFAULT_CSS = """
    Tour {
        height: auto; margin: 1 2 0 2; padding: 0 2; border: round $accent; border-title-color: $accent; display: none;
        border-subtitle-color: $text-muted; border-title-style: bold;
        &:nocolor:focus, &:ansi:focus { border: heavy $accent; }
    }
    .-low Tour { margin: 0; }
    ListPane.-pointed, ListPane.-pointed:focus { border: heavy $accent; border-title-color: $accent; }
    TopLine.-pointed, KeyLine.-pointed { text-style: reverse; }
    """
    HELP: ClassVar[str] = "A tour of the console in a few steps. It can be called again from the palette."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,l,space", "step(1)", "Next", id="tour.next", tooltip="The next step of the tour"),
        Binding("left,h,backspace", "step(-1)", "Back", id="tour.back", tooltip="The step before"),
        Binding("escape", "end", "End the tour", id="tour.end", tooltip="Close it for good"),
    ]

    class Moved(Message):
        """The tour came to another step, or to its end."""

        def __init__(self, tour: Tour) -> None:
            super().__init__()
            self.tour = tour

    def __init__(self) -> None:
        super().__init__()
        self.place = 0

    @property
    def under_way(self) -> bool:
        """Whether it is on the screen."""
        return bool(self.display)

    @property
    def step(self) -> Step:
        """Where it is."""
        return STEPS[self.place]

    def begin(self, place: int = 0) -> None:
        """Shows it."""
        self.place = place
        self.display = True
        self._tell()

    def end(self) -> None:
        """Takes it away."""
        self.display = False
        self.post_message(self.Moved(self))

    def action_step(self, by: int) -> None:
        """Goes on, or back; after the last step it ends."""
        if self.place + by >= len(STEPS):
            self.action_end()
            return
        self.place = max(0, self.place + by)
        self._tell()

    def action_end(self) -> None:
        """Ends it for good."""
        desk_of(self).memory.change(greeted=True)
        self.end()

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:
        """The first step has none before it."""
        return "This is the first step." if action == "step" and parameters == (-1,) and self.place == 0 else ""

    def on_focus(self) -> None:
        """Its keys work."""
        self._entitle(focused=True)

    def on_blur(self) -> None:
        """Its keys work no more."""
        self._entitle(focused=False)

    def _tell(self) -> None:
        self._entitle(focused=self.has_focus)
        self.refresh(layout=True)
        self.refresh_bindings()
        self.post_message(self.Moved(self))

    def _entitle(self, *, focused: bool) -> None:
        count = f"  {self.place} of {len(STEPS) - 1}" if self.place else ""
        self.border_title = Content.assemble(self.step.title, (count, "$text-muted not bold"))
        self.border_subtitle = Content.assemble(*self._words(_WAYS if focused else _RETURN, key_style=""))

    def render(self) -> Content:
        """The step's words, and at the first one where everything goes."""
        desk = desk_of(self)
        begin = _READ_ONLY if desk.access.readonly else _BEGIN
        text = Content.assemble(*self._words(self.step.text.replace("%s", begin)))
        if self.step is WELCOME:
            text = Content.assemble(text, (f"\nReleases go to {plain(str(desk.home.releases))}", "$text-muted"))
        return text

    def _words(self, text: str, key_style: str = "bold $accent") -> Sequence[tuple[str, str]]:
        """The text with the live keys in it."""
        pieces = parts(desk_of(self).keys, text)
        return [(piece, key_style if number % 2 else "") for number, piece in enumerate(pieces)]
