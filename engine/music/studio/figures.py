"""What the accompaniment plays: one-bar figures by genre as text, sixteenths (see `expand` for the letters).

Chords: `X` `x` `o` `g` short strokes by strength, `D` `U` strummed down and up, `H` held to the next sign.
Single notes: digits pick the voicing's n-th pitch, counted on through the octaves above it. `-` holds on, `.` rests.
Bass: `R` root, `r` soft root, `8` octave, `5` fifth, `3` third, `7` seventh below, `a` a step towards the next root.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.music.studio.score import Part

Bars = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Per part a quiet and a full version; bars are played in turn. `gate` is the share of a short stroke's step
    count that sounds."""

    bass: tuple[Bars, Bars]
    comp: tuple[Bars, Bars]
    arp: tuple[Bars, Bars]
    gate: float = 0.9

    def of(self, part: Part, *, full: bool) -> Bars:
        """The bars for one part."""
        return {Part.BASS: self.bass, Part.COMP: self.comp, Part.ARP: self.arp}[part][full]


_HELD = ("H---------------",)
_HELD_BASS = ("R---------------",)

FIGURES: dict[str, Figures] = {
    "synthwave": Figures(
        bass=(("R.R.R.R.R.R.R.R.",), ("R.rrR.rrR.rrR.8r", "R.rrR.rrR.r8R.8a")),
        comp=(_HELD, ("X..X..X.....X...", "X..X..X...X...x.")),
        arp=(("0.1.2.3.2.1.2.1.",), ("0123454321234321",)),
    ),
    "house": Figures(
        bass=(("..R...R...R..r8.",), ("..R..r8...R.5.8.", "..R..r8...R..7a.")),
        comp=(("..x..x....x..x..",), ("X..x..x..x..x...", "X..x..x..x....x.")),
        arp=(("..2.3..4..2.3...",), ("0.2.4.2.3.5.3.2.",)),
        gate=0.8,
    ),
    "techno": Figures(
        bass=(("..Rr..Rr..Rr..Rr",), (".rRr.rRr.rRr.rR8",)),
        comp=(("......x.........", "...x............"), ("...x..x.......x.", "...x..x..x......")),
        arp=(("0.0.1.0.0.2.0.1.", "0.0.1.0.0.2.3.1."), ("0010020010023010", "0010020010020310")),
        gate=0.6,
    ),
    "drum-and-bass": Figures(
        bass=(("R---------r-----",), ("R-----8---R--5a-", "R---------R-8--a")),
        comp=(("X.........x.....",), ("X..x......x..x..", "X.....x...x.....")),
        arp=(("0...2...1...3...",), ("0.2.4.2.1.3.5.3.",)),
    ),
    "lofi": Figures(
        bass=(("R-----....r-5---",), ("R------r..R-5-a-", "R------8..R---a-")),
        comp=(("H------------o..",), ("H-----x---H---..", "H---..x-..H---o.")),
        arp=(("....2...3.......",), ("..0.2...4...3...",)),
    ),
    "ambient": Figures(
        bass=(_HELD_BASS, _HELD_BASS),
        comp=(("0.......2.......", "1.......3......."), ("0.....3...5.....", "2.....4...1.....")),
        arp=(("0...2...4...3...",), ("0.2.4.5.3.4.2.1.",)),
        gate=1.6,
    ),
    "phonk": Figures(
        bass=(("R--R--R---R-----",), ("R..rR..rR..rR..8", "R..rR..rR..rR.8a")),
        comp=(("X.......X.......",), ("X.....X...X.....", "X.....X...X...x.")),
        arp=(("0.....0...1.....",), ("0..0..1...0..2..",)),
    ),
    "trap": Figures(
        bass=(("R-----r---------", "R--r------r-----"), ("R-----r---r-8---", "R--r------R--a--")),
        comp=(("0..2..4...2...1.",), ("0.2.4.2.5.4.2.1.", "0.2.4.2.3.4.2.0.")),
        arp=(("4...5...6...5...",), ("4.5.6.5.7.6.5.4.",)),
        gate=1.5,
    ),
    "indie-pop": Figures(
        bass=(("R.....R.R.......",), ("R.RrR.R.R.Rr5.a.", "R.RrR.R.R.R.8.a.")),
        comp=(("0.2.1.3.2.1.3.2.",), ("D...D.U...U.D.U.", "D..UD.U...U.D.UU")),
        arp=(("4...5...4...6...",), ("3.4.5.6.5.4.5.4.",)),
        gate=1.5,
    ),
    "rock": Figures(
        bass=(("R.R.R.R.R.R.R.R.",), ("R.R.R.R.R.R.R.5a", "R.R.R.R.R.R.8.a.")),
        comp=(("x.x.x.x.x.x.x.x.",), ("H-----H-H-----H-", "H-----H-H---x.x.")),
        arp=(("0...2...3...2...",), ("0.2.3.4.3.2.3.2.",)),
    ),
    "folk": Figures(
        bass=(("R-----------",), ("R-------5---", "R-------a---")),
        comp=(("0.2.3.2.1.2.", "0.2.3.4.3.2."), ("D...D.U.D.U.", "D.U.D.U.D.U.")),
        arp=(("2...3...4...",), ("2.3.4.5.4.3.",)),
        gate=2.2,
    ),
    "funk": Figures(
        bass=(("R..r..R.......8.",), ("R..r..8.R.r.7.a.", "R..r..8r..R.5.8a")),
        comp=(("...g.xg...g.x.g.",), ("x.gg.xgg..gx.xgg", "x.gg.xgg.x.g.xg.")),
        arp=(("..........X..X..", "................"), ("......X...X..X..", "X..X......x.x...")),
        gate=0.55,
    ),
    "reggae": Figures(
        bass=(("R---..r-5---....", "R---..8-..r-5-.."), ("..R-..r-5-8-..a.", "..R-..8-5-r-..a.")),
        comp=(("....x.......x...",), ("....X.......X...", "....X.......X.x.")),
        arp=(("..o.x.o...o.x.o.",), ("..o.x.o.o.o.x.o.",)),
        gate=0.5,
    ),
    "hyperpop": Figures(
        bass=(("R..R..R.........", "R..R..R....R..R."), ("R..rR..RR..rR.88", "R..rR..8R..rR.rr")),
        comp=(("X..X..X.....X...",), ("X..X..X...X.X.X.", "X..X..X..X..X.xx")),
        arp=(("0.2.4.2.5.4.2.4.",), ("0245424602456424",)),
        gate=0.7,
    ),
}
