"""What can go wrong with Telegram, each for what has to be done about it. Our own words: theirs may hold the token."""

from __future__ import annotations

from engine.domain.errors import NoktvrnError

_LATER = "It is tried again by itself."
FLOODED = "Telegram asked for a pause: what the bot has to say waits, what you press is heard."
_WRITE = "Write /start to it there, or add it again."


class TelegramTrouble(NoktvrnError):
    """Telegram did not do what was asked."""


class Offline(TelegramTrouble):
    """No answer, or a server error: worth another try."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"Telegram cannot be reached ({cause}).", fix=_LATER)


class Flood(TelegramTrouble):
    """Telegram asks for a pause of `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram asks for a pause of {seconds:g} s.", fix=_LATER)
        self.seconds = seconds


class Conflicted(TelegramTrouble):
    """Another program polls with the same token."""

    def __init__(self) -> None:
        super().__init__(
            "Another program listens with the same bot token.",
            fix="Stop it, or give this label a bot of its own (TELEGRAM_BOT_TOKEN).",
        )


class TokenRefused(TelegramTrouble):
    """Telegram does not know the token."""

    def __init__(self) -> None:
        super().__init__(
            "Telegram refuses the bot token.",
            fix="Ask @BotFather for the present one, put it into TELEGRAM_BOT_TOKEN and start the engine anew.",
        )


class NotWelcome(TelegramTrouble):
    """The bot may not speak in that chat: it was blocked or taken out, or there is no such chat."""

    def __init__(self, cause: str = "It was blocked or taken out.", fix: str = _WRITE) -> None:
        super().__init__(f"The bot may not speak in this chat. {cause}", fix=fix)

    @classmethod
    def nowhere(cls) -> NotWelcome:
        """There is no such chat for it, or it may write nothing there."""
        return cls("Telegram knows no such chat, or lets the bot write nothing there.")

    @classmethod
    def moved(cls, chat_id: int) -> NotWelcome:
        """The chat has another number now."""
        fix = f"Put {chat_id} into TELEGRAM_CHAT_ID in place of the old number and start the engine anew."
        return cls("The group became a supergroup, with another number.", fix)


class Unfit(TelegramTrouble):
    """Telegram will never take this call: the message is gone or unchanged, or a file is not to its liking."""

    def __init__(self, method: str) -> None:
        super().__init__(f"Telegram refused {method}.", fix="It is not tried again.")
