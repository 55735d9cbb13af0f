"""One person has one name, and a place is said as people say it."""

from __future__ import annotations

import pytest

from engine.domain.naming import of, where, who, whom
from engine.domain.runs import AUTOPILOT, ENGINE, Actor, ActorKind, Channel

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (Channel.CONSOLE, "mara in the console"),
        (Channel.CLI, "mara on the command line"),
        (Channel.BROWSER, "mara in a browser"),
        (Channel.TELEGRAM, "mara by Telegram"),
    ],
)
def test_a_person_is_named_alike_wherever_they_are(channel: Channel, words: str) -> None:
    assert of(Actor(ActorKind.OPERATOR, channel, "mara")) == words


def test_the_engine_is_no_place_of_its_own() -> None:
    assert (of(ENGINE), of(AUTOPILOT)) == ("the engine", "autopilot")


def test_every_actor_and_every_channel_has_a_word() -> None:
    for kind in ActorKind:
        assert who(kind) != kind or kind is ActorKind.AUTOPILOT
    for channel in Channel:
        assert where(channel) != f" by {channel}"


def test_a_row_without_a_name_says_what_the_actor_is() -> None:
    assert whom("operator", "cli") == "the operator on the command line"
