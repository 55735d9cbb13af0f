"""Our own looks: dark, light, high contrast, and one for the terminal's own sixteen colours."""

from __future__ import annotations

from textual.theme import Theme

NIGHT = "night"
ANSI = "sixteen"

THEMES: tuple[Theme, ...] = (
    Theme(
        name=NIGHT,
        primary="#87afd7",
        secondary="#5f87af",
        accent="#d7af5f",
        warning="#d7af5f",
        error="#d75f5f",
        success="#87af87",
        foreground="#d0d0d0",
        background="#121212",
        surface="#1c1c1c",
        panel="#262626",
        variables={"border": "#87afd7", "border-blurred": "#444444", "text-muted": "#8a8a8a"},
    ),
    Theme(
        name="paper",
        primary="#005f87",
        secondary="#5f8787",
        accent="#875f00",
        warning="#875f00",
        error="#af0000",
        success="#005f00",
        foreground="#262626",
        background="#eeeeee",
        surface="#e4e4e4",
        panel="#dadada",
        dark=False,
        variables={"border": "#005f87", "border-blurred": "#bcbcbc", "text-muted": "#626262"},
    ),
    Theme(
        name="dusk",
        primary="#af87d7",
        secondary="#875faf",
        accent="#d787af",
        warning="#d7af87",
        error="#d75f87",
        success="#87d7af",
        foreground="#dadada",
        background="#1c1826",
        surface="#252033",
        panel="#2f2940",
        variables={"border": "#af87d7", "border-blurred": "#4e4a5c", "text-muted": "#9e98ac"},
    ),
    Theme(
        name="contrast",
        primary="#ffff00",
        secondary="#00ffff",
        accent="#00ffff",
        warning="#ffff00",
        error="#ff8787",
        success="#5fff5f",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1c1c1c",
        variables={"border": "#ffff00", "border-blurred": "#ffffff", "text-muted": "#dadada"},
    ),
    Theme(
        name=ANSI,
        ansi=True,
        primary="ansi_blue",
        secondary="ansi_cyan",
        accent="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "border": "ansi_blue",
            "border-blurred": "ansi_bright_black",
            "text-muted": "ansi_bright_black",
            "block-cursor-foreground": "ansi_default",
            "block-cursor-background": "ansi_default",
            "block-cursor-text-style": "reverse",
            "input-cursor-foreground": "ansi_default",
            "input-cursor-background": "ansi_default",
            "input-cursor-text-style": "reverse",
        },
    ),
)
"""Night, paper and contrast take every colour from the 256-colour table: they look the same without true colour."""

NAMES: tuple[str, ...] = tuple(theme.name for theme in THEMES)


def after(name: str) -> str:
    """The theme that follows in the circle."""
    return NAMES[(NAMES.index(name) + 1) % len(NAMES)] if name in NAMES else NIGHT
