"""The line at the top: the label, how the engine does, what waits, what is broken, what today costs."""

from __future__ import annotations

from textual.content import Content

from console.desk import desk_of
from console.halting import no_engine
from console.human import many, money, span
from console.marks import STYLES, Mark, Tone
from console.supervision import EngineView, LinkState
from console.widgets.steady import Steady
from engine.domain.chat import Ear
from engine.domain.runs import ACTIVE_STATES
from engine.safety.text import plain

ENGINE: dict[LinkState, Mark] = {
    LinkState.UNKNOWN: Mark("…", "looking for the engine", Tone.DIM),
    LinkState.STOPPED: Mark("○", "engine stopped", Tone.DIM),
    LinkState.STARTING: Mark("◔", "engine starts", Tone.ACCENT),
    LinkState.RUNNING: Mark("●", "engine runs", Tone.GOOD),
    LinkState.STOPPING: Mark("◔", "engine stops", Tone.WARN),
    LinkState.RECOVERING: Mark("!", "engine recovers", Tone.WARN),
    LinkState.UNRESPONSIVE: Mark("!", "engine not answering", Tone.BAD),
    LinkState.LOST: Mark("✗", "engine lost", Tone.BAD),
    LinkState.DETACHED: Mark("○", "engine detached", Tone.DIM),
}
DEAF = frozenset({Ear.ELSEWHERE, Ear.CONFLICT, Ear.FLOOD, Ear.OFFLINE, Ear.SILENT, Ear.REFUSED})
"""States of the bot in which it hears nothing."""
_GAP = "  "


def engine_words(engine: EngineView) -> str:
    """How the engine does, since when a silent one is, and when a lost one is started again."""
    words = ENGINE[engine.state].word
    if engine.silent is not None:
        return f"{words} for {span(engine.silent[1])}"
    if engine.state is LinkState.LOST and engine.given_up:
        return f"{words}: e starts it"
    return words if engine.again_in_s is None else f"{words}, again in {engine.again_in_s} s"


class TopLine(Steady):
    """One line; what matters least goes first where room is short, and what is broken last."""

    DEFAULT_CSS = "TopLine { height: 1; dock: top; background: $panel; color: $foreground; padding: 0 1; }"

    def words_now(self) -> Content:
        """The line for the room there is."""
        parts = self._parts()
        while (
            len(parts) > 1
            and sum(part.cell_length for _, part in parts) + len(_GAP) * (len(parts) - 1) > self.size.width
        ):
            parts.remove(min(parts, key=lambda pair: pair[0]))
        return Content(_GAP).join([part for _, part in parts])

    def _parts(self) -> list[tuple[int, Content]]:
        """(weight, words), left to right."""
        desk = desk_of(self)
        engine = desk.link.engine
        mark = ENGINE[engine.state]
        parts = [
            (90, Content.styled(plain(desk.settings.label_name, limit=30), "bold $primary")),
            (
                94 if engine.state in (LinkState.LOST, LinkState.UNRESPONSIVE) else 80,
                Content.styled(f"{mark.sign} {engine_words(engine)}", STYLES[mark.tone]),
            ),
        ]
        if desk.access.readonly:
            parts.append((92, Content.styled("read-only", "bold $warning")))
        if desk.old_code.files:
            parts.append((93, Content.styled("! old code: open anew", "bold $warning")))
        if desk.saving is not None:
            parts.append((60, Content.styled(desk.saving.short, "$accent")))
        overview = desk.overview
        if desk.link.trouble is not None:
            return [*parts, (99, Content.styled("! database closed", "bold $error"))]
        if overview is None:
            return [*parts, (10, Content.styled("opening …", "$text-muted"))]
        paused = [scope for scope, switch in overview.pauses.items() if switch.on]
        if paused:
            parts.append((95, Content.styled(f"‖ paused: {', '.join(paused)}", "bold $warning")))
        on = overview.cycle.on
        parts.append((40, Content.styled(f"cycle {'on' if on else 'off'}", "$success" if on else "$text-muted")))
        active = sum(overview.runs.get(state, 0) for state in ACTIVE_STATES)
        if active and no_engine(desk):
            parts.append((50, Content.styled(f"‖ {many(active, 'run')} halted", "$warning")))
        elif overview.at_work:
            parts.append((50, Content.styled(f"▸ {many(overview.at_work, 'run')} at work", "$accent")))
        if overview.approvals:
            parts.append((85, Content.styled(f"? {overview.approvals:,} to review", "bold $warning")))
        if asked := overview.deliveries.get("asked", 0):
            parts.append((70, Content.styled(f"? {asked:,} to deliver", "$warning")))
        if sending := overview.deliveries.get("sending", 0):
            parts.append((52, Content.styled(f"▸ {sending} delivering", "$accent")))
        if overview.errors:
            parts.append((98, Content.styled(f"! {many(overview.errors, 'error')}", "$error")))
        if overview.ear in DEAF and desk.settings.telegram_bot_token is not None:
            parts.append((58, Content.styled(f"! telegram: {overview.ear}", "$warning")))
        if overview.notices:
            parts.append((55, Content.styled(f"! {many(len(overview.notices), 'notice')}", "$warning")))
        parts.append((65, Content.styled(f"{money(overview.spend_today_microusd)} today", "$text-muted")))
        return parts
