"""Our own looks: dark and light, two of high contrast, and one for the terminal's own sixteen colours.

Every colour keeps its character in the 256-colour table: it either stands in it, or is a grey with so little tint that
the table has the grey. A test converts them all and measures the contrast.
"""

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
        warning="#ffaf5f",
        error="#ff8787",
        success="#87d787",
        foreground="#d0d0d0",
        background="#121212",
        surface="#1c1c1c",
        panel="#262626",
        variables={"border": "#87afd7", "border-blurred": "#4e4e4e", "text-muted": "#949494"},
    ),
    Theme(
        name="dusk",
        primary="#af87d7",
        secondary="#af5fff",
        accent="#ff87af",
        warning="#ffaf87",
        error="#ff8787",
        success="#87d7af",
        foreground="#dadada",
        background="#1d1a22",
        surface="#27232c",
        panel="#322d38",
        variables={"border": "#af87d7", "border-blurred": "#5f5f87", "text-muted": "#9e9e9e"},
    ),
    Theme(
        name="ember",
        primary="#ff875f",
        secondary="#af875f",
        accent="#ffd75f",
        warning="#ffaf00",
        error="#ff5f5f",
        success="#afd787",
        foreground="#d7d7af",
        background="#1a1714",
        surface="#24201c",
        panel="#2f2a25",
        variables={"border": "#ff875f", "border-blurred": "#5f5f5f", "text-muted": "#afaf87"},
    ),
    Theme(
        name="phosphor",
        primary="#5fff5f",
        secondary="#5faf5f",
        accent="#d7ff87",
        warning="#ffff5f",
        error="#ff8787",
        success="#5fffaf",
        foreground="#87d787",
        background="#000000",
        surface="#080808",
        panel="#121212",
        variables={"border": "#5fff5f", "border-blurred": "#005f00", "text-muted": "#5faf5f"},
    ),
    Theme(
        name="paper",
        primary="#005f87",
        secondary="#5f5f87",
        accent="#5f00af",
        warning="#5f5f00",
        error="#af0000",
        success="#005f00",
        foreground="#262626",
        background="#f6f6f6",
        surface="#eeeeee",
        panel="#e4e4e4",
        dark=False,
        variables={"border": "#005f87", "border-blurred": "#a8a8a8", "text-muted": "#626262"},
    ),
    Theme(
        name="linen",
        primary="#870000",
        secondary="#875f5f",
        accent="#5f005f",
        warning="#5f5f00",
        error="#af0000",
        success="#005f00",
        foreground="#3b322c",
        background="#f4efe6",
        surface="#eae4d7",
        panel="#dfd8c8",
        dark=False,
        variables={"border": "#870000", "border-blurred": "#af8787", "text-muted": "#5f5f5f"},
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
        name="glare",
        primary="#0000af",
        secondary="#5f0087",
        accent="#870087",
        warning="#5f5f00",
        error="#af0000",
        success="#005f00",
        foreground="#000000",
        background="#ffffff",
        surface="#ffffff",
        panel="#e4e4e4",
        dark=False,
        variables={"border": "#0000af", "border-blurred": "#000000", "text-muted": "#303030"},
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

ABOUT: dict[str, str] = {
    NIGHT: "Dark: steel blue and sand on near black",
    "dusk": "Dark: violet and rose",
    "ember": "Dark: orange and cream, for warm light",
    "phosphor": "Dark: green on black, as an old screen",
    "paper": "Light: blue on white",
    "linen": "Light: oxblood and plum on cream",
    "contrast": "Dark, high contrast: yellow and white on black",
    "glare": "Light, high contrast: black on white",
    ANSI: "The terminal's own sixteen colours",
}

NAMES: tuple[str, ...] = tuple(theme.name for theme in THEMES)


def after(name: str) -> str:
    """The theme that follows in the circle."""
    return NAMES[(NAMES.index(name) + 1) % len(NAMES)] if name in NAMES else NIGHT


APP_CSS = """
Toast { max-width: 70; }
.-narrow, .-low {
    Toast { width: auto; max-width: 100%; max-height: 4; margin: 0; padding: 0 1; }
    ToastHolder { display: none; &:last-child { display: block; } }
    ToastRack.-up { dock: top; align: right top; margin: 1 0 0 0; }
}
* { scrollbar-size-vertical: 1; }
CommandPalette {
    SearchIcon { display: none; }
    CommandList { background: $background; }
    CommandList > .option-list--option-highlighted { background: $panel; color: $foreground; }
    & > .command-palette--help-text { color: $text-muted; text-style: not bold; }
}
Input > .input--selection { background: $primary; color: $background; }
TextArea .text-area--selection { background: $primary; color: $background; }
Input > .input--placeholder, TextArea .text-area--gutter { color: $text-muted; }
TextArea .text-area--cursor-gutter { color: $foreground; }
"""
"""What holds on every screen. Where there is little room one toast stands, the newest, as low as its words are; above
where it would cover the row in use (`console.attention.keep_clear`)."""
