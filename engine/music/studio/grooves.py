"""Drum patterns by genre: sixteenths of one bar as text, three intensities, fills.

`X` accent, `x` stroke, `o` soft, `g` ghost, `r` two strokes in the step, `t` three strokes in two steps, `.` rest.
"""

from __future__ import annotations

from dataclasses import dataclass

Bar = dict[str, str]


@dataclass(frozen=True, slots=True)
class Groove:
    """`levels` holds the bars for the intensities 1 to 3, played in turn; `fills` replace the end of a last bar.

    A fill's text is laid right-aligned over the bar: all other pieces fall silent under it. `crash` opens sections.
    """

    levels: tuple[tuple[Bar, ...], tuple[Bar, ...], tuple[Bar, ...]]
    fills: tuple[Bar, ...]
    crash: str = "crash"


def _bar(**pieces: str) -> Bar:
    return pieces


GROOVES: dict[str, Groove] = {
    "synthwave": Groove(
        (
            (_bar(kick="X.......X.......", hat="x...o...x...o..."),),
            (
                _bar(kick="X.......X.x.....", snare="....X.......X...", hat="x.o.x.o.x.o.x.o."),
                _bar(kick="X.....x.X.......", snare="....X.......X...", hat="x.o.x.o.x.o.x.o."),
            ),
            (
                _bar(kick="X...x...X...x...", snare="....X.......X...", hat="xoxoxoxoxoxoxoxo", tamb="....o.......o..."),
                _bar(kick="X...x...X...x.x.", snare="....X.......X...", hat="xoxoxoxoxoxoxo..", open="..............x."),
            ),
        ),
        (
            _bar(tom_hi="Xx......", tom_mid="..Xx....", tom_lo="....XxXx"),
            _bar(snare="X.xxXxXX", kick="X...X..."),
            _bar(tom_hi="X.x.", tom_lo="..x.", snare="...X"),
        ),
    ),
    "house": Groove(
        (
            (_bar(kick="X...X...X...X...", hat="..o...o...o...o."),),
            (
                _bar(kick="X...X...X...X...", clap="....X.......X...", open="..x...x...x...x.", shaker="ogogogogogogogog"),
                _bar(kick="X...X...X...X...", clap="....X.......X..g", open="..x...x...x...x.", shaker="ogogogogogogogog"),
            ),
            (
                _bar(
                    kick="X...X...X...X...", clap="....X.......X...", open="..X...X...X...X.", hat="x.goo.gox.goo.go",
                    shaker="xgogxgogxgogxgog", conga="...o..o....o.oo.",
                ),
                _bar(
                    kick="X...X...X...X.g.", clap="....X..g....X...", open="..X...X...X...X.", hat="x.goo.gox.goo.go",
                    shaker="xgogxgogxgogxgog", conga="...o..o...oo..o.",
                ),
            ),
        ),
        (_bar(snare="o.o.x.xxxXXX", kick="X...X..."), _bar(clap="..x.x.xx", kick="X...", conga="x.xx...."), _bar(clap="x.xX")),
    ),
    "techno": Groove(
        (
            (_bar(kick="X...X...X...X...", shaker="..g...g...g...g."),),
            (
                _bar(kick="X...X...X...X...", open="..x...x...x...x.", shaker="gogogogogogogogo", rim="...o......o....."),
                _bar(kick="X...X...X...X...", open="..x...x...x...x.", shaker="gogogogogogogogo", rim="...o......o..o.."),
            ),
            (
                _bar(
                    kick="X...X...X...X...", clap="....x.......x...", open="..X...X...X...X.", hat="xgogxgogxgogxgog",
                    rim="...o..o...o..o..", ride="x...x...x...x...",
                ),
                _bar(
                    kick="X...X...X...X..o", clap="....x.......x...", open="..X...X...X...X.", hat="xgogxgogxgogxgog",
                    rim="..o...o..o...o..", ride="x...x...x...x...",
                ),
            ),
        ),
        (_bar(kick="X.......", rim="o.o.oxox"), _bar(snare="goggoxox", kick="X...X..."), _bar(clap="x..xx.xX")),
    ),
    "drum-and-bass": Groove(
        (
            (_bar(kick="X.........x.....", snare="............g...", hat="x.o.x.o.x.o.x.o."),),
            (
                _bar(kick="X.........X.....", snare="....X..g.g..X...", hat="x.x.x.x.x.x.x.x."),
                _bar(kick="X.........X...g.", snare="....X..g.g..X..g", hat="x.x.x.x.x.x.x.x."),
            ),
            (
                _bar(kick="X.........X.....", snare="....X..g.g..X..g", hat="x.xox.xox.xox.xo", ride="x...x...x...x...", shaker="gogogogogogogogo"),
                _bar(kick="X..x......X..x..", snare="....X..g.g..X.g.", hat="x.xox.xox.xox.xo", ride="x...x...x...x...", shaker="gogogogogogogogo"),
            ),
        ),
        (
            _bar(kick="X..x....", snare="..X.xgXX"), _bar(snare="X.xgXrXX", kick="X...x..."),
            _bar(snare="xxXX", kick="X..."),
        ),
    ),
    "lofi": Groove(
        (
            (_bar(kick="x.......x.......", rim="....o.......o...", hat="o...o...o...o..."),),
            (
                _bar(kick="X......x..x.....", snare="....x.......x...", hat="x.o.x.o.x.o.x.o."),
                _bar(kick="X......x..x..g..", snare="....x.......x..g", hat="x.o.x.o.x.o.x.og"),
            ),
            (
                _bar(kick="X..g...x..X.....", snare="....x..g....x...", hat="x.ogx.o.x.ogx.o.", shaker="..g...g...g...g."),
                _bar(kick="X......x..X..x..", snare="....x....g..x..g", hat="x.o.x.ogx.o.x...", open="..............o."),
            ),
        ),
        (_bar(snare="..o.xgx.", kick="x......."), _bar(kick="x.....x.", snare="...gx..x"), _bar(snare=".gox")),
        crash="none",
    ),
    "ambient": Groove(
        (
            (_bar(tom_lo="o...............", shaker="........g......."), _bar(tom_lo="..........g.....")),
            (_bar(tom_lo="o.........g.....", shaker="....g.......g..."), _bar(tom_lo="o...............", shaker="....g.......g.g.")),
            (_bar(kick="o.........g.....", shaker="..g...g...g...g.", rim="............g..."),),
        ),
        (_bar(tom_lo="g..g", tom_mid="..g."),),
        crash="swell",
    ),
    "phonk": Groove(
        (
            (_bar(kick="X.......X.......", hat="..o...o...o...o."),),
            (
                _bar(kick="X..x..x...X.....", clap="....X.......X...", hat="x.x.x.x.x.x.x.x."),
                _bar(kick="X..x..x...X...x.", clap="....X.......X...", hat="x.x.x.x.x.x.x.r."),
            ),
            (
                _bar(kick="X...X...X...X...", clap="....X.......X...", open="..x...x...x...x.", hat="xoxoxoxoxoxoxoxo", tamb="....x.......x..."),
                _bar(kick="X...X...X...X.xx", clap="....X.......X...", open="..x...x...x...x.", hat="xoxoxoxoxoxoxrxo", tamb="....x.......x..."),
            ),
        ),
        (_bar(clap="x.xxXxXX", kick="X..X...."), _bar(kick="X.X.XXXX", tom_lo="..x..x.."), _bar(snare="xxrr")),
    ),
    "trap": Groove(
        (
            (_bar(kick="X...............", hat="x...x...x...x...", snare="........o......."),),
            (
                _bar(kick="X.....x.........", snare="........X.......", hat="x.x.x.x.x.x.x.x."),
                _bar(kick="X..x......x.....", snare="........X.......", hat="x.x.x.t.x.x.x.xr"),
            ),
            (
                _bar(kick="X.....x...x.....", snare="........X.......", clap="........x.......", hat="x.xxx.t.x.rrx.xx", open="..............o."),
                _bar(kick="X..x......x..x..", snare="........X......g", clap="........x.......", hat="x.t.x.xxx.xrt.xx"),
                _bar(kick="X.....x...x.....", snare="........X.......", clap="........x.......", hat="x.xxx.r.x.xxt.t."),
                _bar(kick="X..x..x...x...x.", snare="........X...g..g", clap="........x.......", hat="rrx.t.xxx.xrx.rr"),
            ),
        ),
        (_bar(snare="x.x.xxrr"), _bar(hat="rrrrrrrr", snare="......xX"), _bar(kick="X..X", snare="..xX")),
    ),
    "indie-pop": Groove(
        (
            (_bar(kick="X.......X.......", rim="....o.......o...", hat="o.o.o.o.o.o.o.o."),),
            (
                _bar(kick="X.....x.x.......", snare="....X.......X...", hat="x.o.x.o.x.o.x.o."),
                _bar(kick="X.....x.x.....x.", snare="....X..g....X...", hat="x.o.x.o.x.o.x.o."),
            ),
            (
                _bar(kick="X..x..x.x.......", snare="....X.......X...", ride="x.o.x.o.x.o.x.o.", tamb="..o...o...o...o."),
                _bar(kick="X..x..x.x.....x.", snare="....X..g....X..g", ride="x.o.x.o.x.o.x.o.", tamb="..o...o...o...o."),
            ),
        ),
        (
            _bar(snare="x.xxx...", tom_hi=".....x..", tom_lo="......xX", kick="X..."), _bar(snare="..xxXxXX", kick="X......."),
            _bar(tom_mid="xx..", tom_lo="..xX"),
        ),
    ),
    "rock": Groove(
        (
            (_bar(kick="X.......X.......", hat="x.o.x.o.x.o.x.o."),),
            (
                _bar(kick="X.......X.x.....", snare="....X.......X...", hat="x.o.x.o.x.o.x.o."),
                _bar(kick="X..x....X.x.....", snare="....X.......X..g", hat="x.o.x.o.x.o.x.o."),
            ),
            (
                _bar(kick="X.....x.X.x.....", snare="....X.......X...", crash="o...............", open="x.x.x.x.x.x.x.x."),
                _bar(kick="X..x..x.X.x...x.", snare="....X.......X..g", open="x.x.x.x.x.x.x.x."),
            ),
        ),
        (
            _bar(snare="XxXx....", tom_hi="....Xx..", tom_lo="......XX", kick="X...X..."),
            _bar(snare="X.xxXxxX", kick="X..X...."), _bar(tom_hi="Xx..", tom_lo="..XX"),
        ),
    ),
    "folk": Groove(
        (
            (_bar(shaker="o...g.g.o.g."),),
            (
                _bar(kick="x...........", shaker="o.g.x.g.x.g.", rim="....g...g..."),
                _bar(kick="x.........g.", shaker="o.g.x.g.x.g.", rim="....g...g..."),
            ),
            (
                _bar(kick="X.......o...", snare="....o...o...", shaker="xgogxgogxgog", tamb="....x...x..."),
                _bar(kick="X.....g.o...", snare="....o...o.g.", shaker="xgogxgogxgog", tamb="....x...x.o."),
            ),
        ),
        (_bar(snare="g.o.oxox"), _bar(tom_lo="o.o.", tom_mid="..o.")),
        crash="swell",
    ),
    "funk": Groove(
        (
            (_bar(kick="X..o......x.....", hat="x.x.x.x.x.x.x.x.", rim="....o.......o..."),),
            (
                _bar(kick="X..x..x...x..o..", snare="....X..g.g..X..g", hat="xoxoxoxoxoxoxoxo"),
                _bar(kick="X..x......xx....", snare="....X..g.g.gX.g.", hat="xoxoxoxoxoxoxo..", open="..............x."),
            ),
            (
                _bar(kick="X..x..x...x..x..", snare="....X..g.gg.X..g", hat="xoxoxoxoxoxoxoxo", tamb="....x.......x...", conga="..o..o.o..o..oo."),
                _bar(kick="X.x...x...xx..x.", snare="....X.gg.g..X.gg", hat="xoxoxoxoxoxo....", open="............x...", conga="..o..o.o..o.oo.o"),
            ),
        ),
        (
            _bar(snare="XgxgXxXX", kick="X..x..x."), _bar(snare="..x.xg..", tom_mid="......x.", tom_lo=".......X", kick="X..X...."),
            _bar(snare="xgXX"),
        ),
    ),
    "reggae": Groove(
        (
            (_bar(kick="........X.......", rim="........x.......", hat="..o...o...o...o."),),
            (
                _bar(kick="........X.......", rim="........X.......", hat="x.o.x.o.x.o.x.o."),
                _bar(kick="........X.......", rim="........X....g..", hat="x.o.x.o.x.o.x.og"),
            ),
            (
                _bar(kick="X...x...X...x...", rim="........X.......", hat="x.ogx.o.x.ogx.o.", open="..............o.", conga="......o...o...oo"),
                _bar(kick="X...x...X...x...", rim="........X..g....", hat="x.ogx.o.x.ogx.o.", conga="......o..oo..o.o"),
            ),
        ),
        (
            _bar(snare="x..xx.x.", tom_hi=".......x"), _bar(tom_hi="x.x.....", tom_mid="....x.x.", tom_lo=".......X"),
            _bar(rim="xxrX"),
        ),
    ),
    "hyperpop": Groove(
        (
            (_bar(kick="X.......x.......", clap="........o.......", hat="x...x...x...x..."),),
            (
                _bar(kick="X..x..x.........", clap="........X.......", hat="x.x.x.t.x.x.x.r."),
                _bar(kick="X..x..x....x..x.", clap="........X.......", hat="x.x.x.x.x.t.x.rr"),
            ),
            (
                _bar(kick="X...X...X...X...", clap="....X.......X...", snare="....x.......x..g", hat="x.xxx.r.x.xxx.t.", open="..x...x...x...x."),
                _bar(kick="X...X..xX...X.xx", clap="....X.......X...", snare="....x.......x.rr", hat="x.r.x.xxx.r.x.xx", open="..x...x...x....."),
            ),
        ),
        (_bar(snare="xxxxrrrr", kick="X...X..."), _bar(kick="XXXX....", clap="....XXXX"), _bar(snare="xrrr")),
    ),
}  # fmt: skip
