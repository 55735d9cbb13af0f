"""Which screen a row opens. Screens are imported when they are first wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.desk import desk_of
from engine.domain.runs import RunState

if TYPE_CHECKING:
    from textual.screen import Screen

    from console.app import NoktvrnApp
    from console.widgets.rows import Rows


def screen_for(rows: Rows[Any], row: Any) -> Screen[Any] | None:
    """The screen that shows this row of this list."""
    match rows.id:
        case "artists":
            from console.screens.artist import ArtistScreen

            return ArtistScreen(row.id)
        case "approvals":
            return review_or_run(row.run_id, RunState.AWAITING_REVIEW)
        case "runs":
            return review_or_run(row.id, row.state)
        case "errors":
            from console.screens.error import ErrorScreen

            return ErrorScreen(row.id, row)
        case "models":
            from console.screens.model import ModelScreen

            return ModelScreen(row)
        case "log":
            from console.screens.logline import LogLineScreen

            return LogLineScreen(row.event)
        case "providers":
            from console.screens.provider import ProviderScreen

            return ProviderScreen(row)
        case "albums":
            from console.screens.album import AlbumScreen

            return AlbumScreen(row.id)
        case "releases":
            from console.screens.release import ReleaseScreen

            return ReleaseScreen(row, desk_of(rows).home)
        case "deliveries":
            from console.screens.delivery import DeliveryScreen

            return DeliveryScreen(row.id)
        case "targets":
            from console.screens.target import TargetScreen

            return TargetScreen(row.name)
    return None


async def open_named(app: NoktvrnApp, kind: str, ref: str) -> None:
    """Opens the screen of an artist or a run that was chosen by its name."""
    if kind == "artist":
        from console.screens.artist import ArtistScreen

        app.push_screen(ArtistScreen(ref))
        return
    from console.desk import ask

    row = await ask(app, lambda door: door.queries.run_row(ref))
    if row is not None:
        app.push_screen(review_or_run(ref, row.state))


def review_or_run(run_id: str, state: RunState) -> Screen[Any]:
    """The review of a run that waits for one, else the run itself."""
    if state is RunState.AWAITING_REVIEW:
        from console.screens.review import ReviewScreen

        return ReviewScreen(run_id)
    from console.screens.run import RunScreen

    return RunScreen(run_id)
