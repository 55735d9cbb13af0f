"""The drum kits by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kit:
    """How one genre's drums are built. Frequencies in Hz, times in seconds.

    Kick: a sine falling from `kick_top` to `kick_hz`. Snare: a tone and noise; `snare_gate` cuts a long tail off, as
    gated reverb does. `air` scales the brightness of all cymbals.
    """

    kick_hz: float = 50.0
    kick_top: float = 190.0
    kick_fall: float = 0.028
    kick_s: float = 0.16
    kick_click: float = 0.25
    kick_drive: float = 1.3
    snare_hz: float = 185.0
    snare_tone: float = 0.6
    snare_s: float = 0.13
    snare_bright: float = 5200.0
    snare_gate: float = 0.0
    hat_s: float = 0.035
    open_s: float = 0.2
    hat_low: float = 7000.0
    metal: float = 0.5
    air: float = 1.0
    tom_hz: float = 82.0
    tom_s: float = 0.22
    drive: float = 1.0


KITS: dict[str, Kit] = {
    "gated": Kit(
        kick_hz=54,
        kick_s=0.17,
        snare_hz=195,
        snare_s=0.3,
        snare_gate=0.2,
        snare_bright=4600,
        tom_hz=88,
        tom_s=0.32,
        metal=0.4,
    ),
    "club": Kit(
        kick_hz=49, kick_top=210, kick_s=0.2, kick_click=0.22, snare_s=0.12, hat_s=0.04, open_s=0.16, metal=0.55
    ),
    "hard": Kit(
        kick_hz=47,
        kick_top=240,
        kick_fall=0.022,
        kick_s=0.24,
        kick_click=0.3,
        kick_drive=2.2,
        hat_s=0.03,
        open_s=0.13,
        metal=0.7,
        drive=1.3,
    ),
    "break": Kit(
        kick_hz=58,
        kick_top=170,
        kick_s=0.11,
        snare_hz=205,
        snare_tone=0.7,
        snare_s=0.15,
        snare_bright=6200,
        hat_s=0.03,
        metal=0.35,
    ),
    "dusty": Kit(
        kick_hz=54,
        kick_top=120,
        kick_s=0.14,
        kick_click=0.12,
        snare_hz=175,
        snare_s=0.11,
        snare_bright=3000,
        hat_low=5200,
        air=0.55,
        metal=0.3,
        drive=1.2,
    ),
    "soft": Kit(
        kick_hz=48,
        kick_top=90,
        kick_s=0.25,
        kick_click=0.03,
        snare_bright=2600,
        hat_low=5200,
        air=0.5,
        tom_hz=62,
        tom_s=0.5,
        metal=0.2,
    ),
    "phonk": Kit(
        kick_hz=52,
        kick_top=230,
        kick_s=0.2,
        kick_drive=2.8,
        snare_hz=190,
        snare_bright=4200,
        hat_s=0.04,
        metal=0.5,
        drive=1.5,
    ),
    "trap": Kit(
        kick_hz=52,
        kick_top=220,
        kick_s=0.17,
        kick_click=0.35,
        snare_hz=215,
        snare_s=0.14,
        snare_bright=6500,
        hat_s=0.025,
        metal=0.3,
    ),
    "live": Kit(
        kick_hz=62,
        kick_top=150,
        kick_fall=0.02,
        kick_s=0.13,
        kick_click=0.4,
        snare_hz=190,
        snare_tone=0.75,
        snare_s=0.17,
        snare_bright=5600,
        hat_s=0.05,
        open_s=0.28,
        hat_low=6000,
        metal=0.45,
        tom_hz=90,
        tom_s=0.26,
    ),
    "room": Kit(
        kick_hz=60,
        kick_top=160,
        kick_fall=0.02,
        kick_s=0.15,
        kick_click=0.5,
        kick_drive=1.6,
        snare_hz=180,
        snare_tone=0.8,
        snare_s=0.22,
        snare_bright=5200,
        hat_s=0.06,
        open_s=0.4,
        hat_low=5600,
        metal=0.55,
        tom_hz=84,
        tom_s=0.32,
        drive=1.3,
    ),
    "brush": Kit(
        kick_hz=66,
        kick_top=110,
        kick_s=0.14,
        kick_click=0.08,
        snare_hz=200,
        snare_tone=0.25,
        snare_s=0.13,
        snare_bright=3600,
        hat_low=6200,
        air=0.7,
        metal=0.2,
        tom_hz=80,
        tom_s=0.3,
    ),
    "tight": Kit(
        kick_hz=60,
        kick_top=170,
        kick_fall=0.018,
        kick_s=0.11,
        kick_click=0.4,
        snare_hz=215,
        snare_tone=0.75,
        snare_s=0.12,
        snare_bright=6000,
        hat_s=0.035,
        open_s=0.18,
        metal=0.45,
    ),
    "yard": Kit(
        kick_hz=54,
        kick_top=120,
        kick_s=0.17,
        kick_click=0.15,
        snare_hz=260,
        snare_tone=0.9,
        snare_s=0.14,
        snare_bright=4200,
        hat_s=0.05,
        hat_low=6000,
        air=0.8,
        metal=0.3,
        tom_hz=110,
        tom_s=0.24,
    ),
    "plastic": Kit(
        kick_hz=54,
        kick_top=320,
        kick_fall=0.024,
        kick_s=0.18,
        kick_click=0.45,
        kick_drive=3.0,
        snare_hz=240,
        snare_s=0.13,
        snare_bright=8000,
        hat_s=0.025,
        metal=0.6,
        drive=1.8,
    ),
}
