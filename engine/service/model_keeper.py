"""Looks after the models beside the line: ranks and checks them now and then, asks for their lists once a day."""

from __future__ import annotations

from engine.pipeline import model_checks
from engine.pipeline.line import Line
from engine.store import control


class ModelKeeper:
    """One look every half minute; without any key there is nothing to look after.

    `lists`: it asks for them by itself. The engine of one command does not, which may itself be to show what is new.
    """

    def __init__(self, line: Line, *, lists: bool = True) -> None:
        self._line = line
        self._lists = lists

    async def look(self) -> None:
        """Ranks, lists what is due, checks what a ladder names. While all work is paused nobody is asked."""
        await model_checks.rank_all(self._line)
        async with self._line.database.read() as connection:
            paused = await control.switch(connection, control.PAUSES["all"])
        if not paused and self._lists and await model_checks.lists_due(self._line):
            await model_checks.look_at_lists(self._line)
        elif not paused:
            await model_checks.check_named(self._line)
        await model_checks.tell_of_ladders(self._line)
