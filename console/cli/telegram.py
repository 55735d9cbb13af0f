"""`noktvrn telegram`: how the bot does, who may speak to it, and a code for one more."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Any

from console.cli import say
from console.cli.session import Session, through_door
from console.cli.spec import Command, Group
from engine.domain.chat import RETRIED, Role
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.chat_models import ChatRow, ChatUserRow, TelegramStatus


async def _status(door: Door, session: Session, args: Namespace) -> int:
    found = await door.queries.telegram()
    people = _people(session, found)
    if args.json:
        from console.cli.shapes import jsonable

        document = {"token": session.settings.telegram_bot_token is not None, **jsonable(found)}
        say.document({**document, "users": len(people)})
        return Exit.DONE
    from console.cli.table import sheet
    from console.cli.words import when

    lines = [("bot", f"@{found.username}" if found.username else "not seen yet"), ("state", str(found.state))]
    if session.settings.telegram_bot_token is None:
        lines = [("bot", "no token: TELEGRAM_BOT_TOKEN enables it, see docs/telegram.md")]
    if found.detail:
        lines.append(("because", found.detail))
    if found.retry_at:
        now = "; `noktvrn telegram retry` tries now" if found.state in RETRIED else ""
        lines.append(("again at", f"{when(found.retry_at)} UTC{now}"))
    if found.heard_at:
        lines.append(("last heard", f"{when(found.heard_at)} UTC"))
    chats = [f"{chat.chat_id}  {_chat(chat)}" for chat in found.chats]
    lines.append(("speaks in", "\n".join(chats) or "no chat yet: TELEGRAM_CHAT_ID, or who enrols"))
    lines.append(("people", f"{len(people)}: `noktvrn telegram users`" if people else "none: `noktvrn telegram enrol`"))
    if session.settings.telegram_bot_token is not None:
        lines += [("missing", what) for what in found.missing]
    sheet(iter(lines))
    return Exit.DONE


def _chat(chat: ChatRow) -> str:
    """Whose it is, and what keeps it quiet."""
    from console.cli.words import when

    words = [chat.name or ("a group" if chat.chat_id < 0 else "a person")]
    if chat.muted_until is not None:
        words.append(f"muted until {when(chat.muted_until)} UTC")
    if chat.shut_since is not None:
        words.append(f"shut since {when(chat.shut_since)} UTC: {chat.shut_why}")
    return ", ".join(words)


def _people(session: Session, found: TelegramStatus) -> list[ChatUserRow]:
    """Everybody who may speak: those of the settings first, whose word counts where both know one."""
    from engine.api.chat_models import ChatUserRow

    users = session.settings.telegram_user_ids
    named = [ChatUserRow(user, role, "", "settings", None, "") for user, role in (users.roles if users else ())]
    known = {row.user_id for row in named}
    return [*named, *(row for row in found.users if row.user_id not in known)]


async def _users(door: Door, session: Session, args: Namespace) -> int:
    rows = _people(session, await door.queries.telegram())
    if args.json:
        from console.cli.shapes import jsonable

        say.document(jsonable(rows))
    elif rows:
        from console.cli.table import Column, table
        from console.cli.words import short_when

        heads: list[Any] = [Column("USER ID", right=True), Column("ROLE"), Column("NAME", flexible=True)]
        heads += [Column("BY"), Column("SINCE (UTC)")]
        table(
            heads,
            [
                (
                    str(row.user_id),
                    str(row.role),
                    row.name or "-",
                    "TELEGRAM_USER_IDS" if row.source == "settings" else f"a code of {row.added_by}",
                    short_when(row.added_at) if row.added_at else "-",
                )
                for row in rows
            ],
        )
    else:
        say.talk("Nobody may speak to the bot yet: `noktvrn telegram enrol` shows a code.")
    return Exit.DONE


async def _enrol(door: Door, session: Session, args: Namespace) -> int:
    from console.cli.words import when

    made = await door.commands.enrol(args.role)
    say.data(made.code)
    bot = f"@{made.username}" if made.username else "your bot"
    say.talk(f"Type /start {made.code} to {bot} in a private chat, until {when(made.expires_at)} UTC: {made.role}.")
    if session.settings.telegram_bot_token is None:
        say.talk("No bot listens: set TELEGRAM_BOT_TOKEN and start the engine anew.")
    return Exit.DONE


async def _role(door: Door, _session: Session, args: Namespace) -> int:
    await door.commands.set_chat_role(args.user, args.role)
    say.talk(f"{args.user} is {args.role} now.")
    return Exit.DONE


async def _remove(door: Door, _session: Session, args: Namespace) -> int:
    await door.commands.remove_chat_user(args.user)
    say.talk(f"{args.user} is off the list; buttons pressed there do nothing any more.")
    return Exit.DONE


async def _retry(door: Door, _session: Session, _args: Namespace) -> int:
    state = await door.commands.retry_telegram()
    say.talk(f"The bot was {state} and tries again now; `noktvrn telegram status` says how it went.")
    return Exit.DONE


def _a_role(text: str) -> Role:
    try:
        return Role(text.lower())
    except ValueError:
        raise ArgumentTypeError(f"there is no role {text!r}; one of {', '.join(Role)}") from None


def _a_user(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ArgumentTypeError("a user id is a whole number; `noktvrn telegram users` lists them")
    return int(text)


def _takes_role(parser: ArgumentParser) -> None:
    help_text = f"what the person may do: {', '.join(Role)} (reviewer)"
    parser.add_argument("--role", metavar="ROLE", type=_a_role, default=Role.REVIEWER, help=help_text)


def _takes_user(parser: ArgumentParser) -> None:
    parser.add_argument("user", metavar="USER", type=_a_user, help="a Telegram user id")


def _takes_user_and_role(parser: ArgumentParser) -> None:
    _takes_user(parser)
    parser.add_argument("role", metavar="ROLE", type=_a_role, help=f"one of {', '.join(Role)}")


TELEGRAM = Group(
    "telegram",
    "the bot in a chat",
    (
        Command(
            "status",
            "show whether the bot listens, and why not",
            "noktvrn telegram status",
            through_door(_status),
            reads=True,
        ),
        Command(
            "retry",
            "have the bot try to listen now",
            "noktvrn telegram retry",
            through_door(_retry),
            detail="For when the cause of `conflict`, `refused` or `offline` is gone. A pause that Telegram asked for\n"
            "is kept.",
        ),
        Command(
            "enrol",
            "show a one-time code that lets one person in",
            "noktvrn telegram enrol --role owner",
            through_door(_enrol),
            _takes_role,
            detail="The code works once, for ten minutes, typed to the bot as /start CODE in a private chat (or in a\n"
            "chat of TELEGRAM_CHAT_ID). A code that was open before ends.",
        ),
        Command(
            "users",
            "list who may speak to the bot",
            "noktvrn telegram users",
            through_door(_users),
            reads=True,
        ),
        Command(
            "role",
            "give one who enrolled another role",
            "noktvrn telegram role 4711 viewer",
            through_door(_role),
            _takes_user_and_role,
        ),
        Command(
            "remove",
            "take one who enrolled off the list",
            "noktvrn telegram remove 4711",
            through_door(_remove),
            _takes_user,
            detail="Its role ends at once, also for buttons that stand in a chat already.",
        ),
    ),
)
