"""What a command is: one entry of the map, from which the parser, the help and the tests of the docs are made."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.cli.session import Session

Run = Callable[["Session", Namespace], int]
Arguments = Callable[[ArgumentParser], None]


def no_arguments(_parser: ArgumentParser) -> None:
    """For commands that take none."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `reads` gives it `--json`; `example` is a whole command line, shown under its help."""

    name: str
    summary: str
    example: str
    run: Run
    arguments: Arguments = no_arguments
    detail: str = ""
    reads: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Commands about one kind of thing: `noktvrn artists list`."""

    name: str
    summary: str
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading on the map and what stands under it."""

    title: str
    entries: tuple[Command | Group, ...]


def takes_id(what: str) -> Arguments:
    """A single ID argument."""

    def add(parser: ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", help=f"{what}, or the beginning of its id (at least 4 characters)")

    return add


def takes_limit(parser: ArgumentParser) -> None:
    """The `--limit` of a list."""
    parser.add_argument("--limit", metavar="N", type=_limit, default=200, help="show at most N, 0 for all (200)")


def takes_search(parser: ArgumentParser, orders: type[StrEnum]) -> None:
    """The `--search`, `--sort` and `--reverse` of a list."""
    names = [str(order) for order in orders]
    parser.add_argument(
        "--search",
        metavar="WORDS",
        type=written,
        default="",
        help="only rows with these words; `!word`: without",
    )
    parser.add_argument(
        "--sort", metavar="ORDER", type=_one_of(orders), default=next(iter(orders)), help=f"one of {', '.join(names)}"
    )
    parser.add_argument("--reverse", action="store_true", help="the other way round")


def _one_of(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read(text: str) -> StrEnum:
        try:
            return choices(text)
        except ValueError:
            raise ArgumentTypeError(f"there is no order {text!r}; one of {', '.join(choices)}") from None

    return read


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ArgumentTypeError("a limit is a whole number, 0 for all")
    return int(text)


def written(text: str) -> str:
    """The type of free text: what the terminal sent must have been text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ArgumentTypeError("the text is not valid UTF-8") from None
    return text


def seed(text: str) -> int:
    """The type of `--seed`."""
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) < 2**31):
        raise ArgumentTypeError("a seed is a whole number from 0 to 2147483647")
    return int(text)


def length(text: str) -> float:
    """The type of `--length`."""
    from engine.api.commands import MAX_LENGTH_S, MIN_LENGTH_S

    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not MIN_LENGTH_S <= seconds <= MAX_LENGTH_S:  # also refuses nan
        raise ArgumentTypeError(f"a length is a number of seconds from {MIN_LENGTH_S:g} to {MAX_LENGTH_S:g}")
    return seconds


def takes_track(parser: ArgumentParser) -> None:
    """Whose track, from which seed, how long."""
    parser.add_argument("--seed", metavar="N", type=seed, help="the same seed in a new home gives the same sound")
    parser.add_argument("--length", metavar="SECONDS", type=length, help="length of the track, 20 to 300 seconds")
    parser.add_argument("--artist", metavar="ID", help="whose track; without it whoever's turn it is, or a new artist")
