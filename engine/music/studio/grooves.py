"""Drum patterns by genre, written as charts: sixteenths of one bar, three intensities, fills.

`X` accent, `x` stroke, `o` soft, `g` ghost, `r` two strokes in the step, `t` three strokes in two steps, `.` rest.
Bars of one level are played in turn; `then` repeats the level's first bar but for what it names (`-` is silent).
A fill is laid right-aligned over a bar; what it does not name falls silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

Bar = dict[str, str]

_OPENERS = {"lofi": "", "ambient": "swell", "folk": "swell"}


@dataclass(frozen=True, slots=True)
class Groove:
    """The bars for the intensities 1 to 3 (`levels[0]` is 1), the fills, and the cymbal that opens sections or ``."""

    levels: tuple[tuple[Bar, ...], ...]
    fills: tuple[Bar, ...]
    opener: str


@cache
def groove(genre: str) -> Groove:
    """The genre's chart, read."""
    levels: list[list[Bar]] = [[], [], []]
    fills: list[Bar] = []
    level = levels[0]
    bar: Bar = {}
    for line in _CHARTS[genre].strip().splitlines():
        name, *rest = line.split()
        if name == "level":
            level = levels[int(rest[0]) - 1]
            level.append(bar := {})
        elif name == "then":
            level.append(bar := dict(level[0]))
        elif name == "fill":
            fills.append(bar := {})
        elif rest[0] == "-":
            bar.pop(name)
        else:
            bar[name] = rest[0]
    return Groove(tuple(map(tuple, levels)), tuple(fills), _OPENERS.get(genre, "crash"))


_CHARTS: dict[str, str] = {
    "synthwave": """
    level 1
        kick    X.......X.......
        hat     x...o...x...o...
    level 2
        kick    X.......X.x.....
        snare   ....X.......X...
        hat     x.o.x.o.x.o.x.o.
    then
        kick    X.....x.X.......
    level 3
        kick    X...x...X...x...
        snare   ....X.......X...
        hat     xoxoxoxoxoxoxoxo
        tamb    ....o.......o...
    then
        kick    X...x...X...x.x.
        hat     xoxoxoxoxoxoxo..
        open    ..............x.
        tamb    -
    fill
        tom_hi  Xx......
        tom_mid ..Xx....
        tom_lo  ....XxXx
    fill
        snare   X.xxXxXX
        kick    X...X...
    fill
        tom_hi  X.x.
        tom_lo  ..x.
        snare   ...X
    """,
    "house": """
    level 1
        kick    X...X...X...X...
        hat     ..o...o...o...o.
    level 2
        kick    X...X...X...X...
        clap    ....X.......X...
        open    ..x...x...x...x.
        shaker  ogogogogogogogog
    then
        clap    ....X.......X..g
    level 3
        kick    X...X...X...X...
        clap    ....X.......X...
        open    ..X...X...X...X.
        hat     x.goo.gox.goo.go
        shaker  xgogxgogxgogxgog
        conga   ...o..o....o.oo.
    then
        kick    X...X...X...X.g.
        clap    ....X..g....X...
        conga   ...o..o...oo..o.
    fill
        snare   o.o.x.xxxXXX
        kick    X...X...
    fill
        clap    ..x.x.xx
        kick    X...
        conga   x.xx....
    fill
        clap    x.xX
    """,
    "techno": """
    level 1
        kick    X...X...X...X...
        shaker  ..g...g...g...g.
    level 2
        kick    X...X...X...X...
        open    ..x...x...x...x.
        shaker  gogogogogogogogo
        rim     ...o......o.....
    then
        rim     ...o......o..o..
    level 3
        kick    X...X...X...X...
        clap    ....x.......x...
        open    ..X...X...X...X.
        hat     xgogxgogxgogxgog
        rim     ...o..o...o..o..
        ride    x...x...x...x...
    then
        kick    X...X...X...X..o
        rim     ..o...o..o...o..
    fill
        kick    X.......
        rim     o.o.oxox
    fill
        snare   goggoxox
        kick    X...X...
    fill
        clap    x..xx.xX
    """,
    "drum-and-bass": """
    level 1
        kick    X.........x.....
        snare   ............g...
        hat     x.o.x.o.x.o.x.o.
    level 2
        kick    X.........X.....
        snare   ....X..g.g..X...
        hat     x.x.x.x.x.x.x.x.
    then
        kick    X.........X...g.
        snare   ....X..g.g..X..g
    level 3
        kick    X.........X.....
        snare   ....X..g.g..X..g
        hat     x.xox.xox.xox.xo
        ride    x...x...x...x...
        shaker  gogogogogogogogo
    then
        kick    X..x......X..x..
        snare   ....X..g.g..X.g.
    fill
        kick    X..x....
        snare   ..X.xgXX
    fill
        snare   X.xgXrXX
        kick    X...x...
    fill
        snare   xxXX
        kick    X...
    """,
    "lofi": """
    level 1
        kick    x.......x.......
        rim     ....o.......o...
        hat     o...o...o...o...
    level 2
        kick    X......x..x.....
        snare   ....x.......x...
        hat     x.o.x.o.x.o.x.o.
    then
        kick    X......x..x..g..
        snare   ....x.......x..g
        hat     x.o.x.o.x.o.x.og
    level 3
        kick    X..g...x..X.....
        snare   ....x..g....x...
        hat     x.ogx.o.x.ogx.o.
        shaker  ..g...g...g...g.
    then
        kick    X......x..X..x..
        snare   ....x....g..x..g
        hat     x.o.x.ogx.o.x...
        open    ..............o.
        shaker  -
    fill
        snare   ..o.xgx.
        kick    x.......
    fill
        kick    x.....x.
        snare   ...gx..x
    fill
        snare   .gox
    """,
    "ambient": """
    level 1
        tom_lo  o...............
        shaker  ........g.......
    then
        tom_lo  ..........g.....
        shaker  -
    level 2
        tom_lo  o.........g.....
        shaker  ....g.......g...
    then
        tom_lo  o...............
        shaker  ....g.......g.g.
    level 3
        kick    o.........g.....
        shaker  ..g...g...g...g.
        rim     ............g...
    fill
        tom_lo  g..g
        tom_mid ..g.
    """,
    "phonk": """
    level 1
        kick    X.......X.......
        hat     ..o...o...o...o.
    level 2
        kick    X..x..x...X.....
        clap    ....X.......X...
        hat     x.x.x.x.x.x.x.x.
    then
        kick    X..x..x...X...x.
        hat     x.x.x.x.x.x.x.r.
    level 3
        kick    X...X...X...X...
        clap    ....X.......X...
        open    ..x...x...x...x.
        hat     xoxoxoxoxoxoxoxo
        tamb    ....x.......x...
    then
        kick    X...X...X...X.xx
        hat     xoxoxoxoxoxoxrxo
    fill
        clap    x.xxXxXX
        kick    X..X....
    fill
        kick    X.X.XXXX
        tom_lo  ..x..x..
    fill
        snare   xxrr
    """,
    "trap": """
    level 1
        kick    X...............
        hat     x...x...x...x...
        snare   ........o.......
    level 2
        kick    X.....x.........
        snare   ........X.......
        hat     x.x.x.x.x.x.x.x.
    then
        kick    X..x......x.....
        hat     x.x.x.t.x.x.x.xr
    level 3
        kick    X.....x...x.....
        snare   ........X.......
        clap    ........x.......
        hat     x.xxx.t.x.rrx.xx
        open    ..............o.
    then
        kick    X..x......x..x..
        snare   ........X......g
        hat     x.t.x.xxx.xrt.xx
        open    -
    then
        hat     x.xxx.r.x.xxt.t.
        open    -
    then
        kick    X..x..x...x...x.
        snare   ........X...g..g
        hat     rrx.t.xxx.xrx.rr
        open    -
    fill
        snare   x.x.xxrr
    fill
        hat     rrrrrrrr
        snare   ......xX
    fill
        kick    X..X
        snare   ..xX
    """,
    "indie-pop": """
    level 1
        kick    X.......X.......
        rim     ....o.......o...
        hat     o.o.o.o.o.o.o.o.
    level 2
        kick    X.....x.x.......
        snare   ....X.......X...
        hat     x.o.x.o.x.o.x.o.
    then
        kick    X.....x.x.....x.
        snare   ....X..g....X...
    level 3
        kick    X..x..x.x.......
        snare   ....X.......X...
        ride    x.o.x.o.x.o.x.o.
        tamb    ..o...o...o...o.
    then
        kick    X..x..x.x.....x.
        snare   ....X..g....X..g
    fill
        snare   x.xxx...
        tom_hi  .....x..
        tom_lo  ......xX
        kick    X...
    fill
        snare   ..xxXxXX
        kick    X.......
    fill
        tom_mid xx..
        tom_lo  ..xX
    """,
    "rock": """
    level 1
        kick    X.......X.......
        hat     x.o.x.o.x.o.x.o.
    level 2
        kick    X.......X.x.....
        snare   ....X.......X...
        hat     x.o.x.o.x.o.x.o.
    then
        kick    X..x....X.x.....
        snare   ....X.......X..g
    level 3
        kick    X.....x.X.x.....
        snare   ....X.......X...
        crash   o...............
        open    x.x.x.x.x.x.x.x.
    then
        kick    X..x..x.X.x...x.
        snare   ....X.......X..g
        crash   -
    fill
        snare   XxXx....
        tom_hi  ....Xx..
        tom_lo  ......XX
        kick    X...X...
    fill
        snare   X.xxXxxX
        kick    X..X....
    fill
        tom_hi  Xx..
        tom_lo  ..XX
    """,
    "folk": """
    level 1
        shaker  o...g.g.o.g.
    level 2
        kick    x...........
        shaker  o.g.x.g.x.g.
        rim     ....g...g...
    then
        kick    x.........g.
    level 3
        kick    X.......o...
        snare   ....o...o...
        shaker  xgogxgogxgog
        tamb    ....x...x...
    then
        kick    X.....g.o...
        snare   ....o...o.g.
        tamb    ....x...x.o.
    fill
        snare   g.o.oxox
    fill
        tom_lo  o.o.
        tom_mid ..o.
    """,
    "funk": """
    level 1
        kick    X..o......x.....
        hat     x.x.x.x.x.x.x.x.
        rim     ....o.......o...
    level 2
        kick    X..x..x...x..o..
        snare   ....X..g.g..X..g
        hat     xoxoxoxoxoxoxoxo
    then
        kick    X..x......xx....
        snare   ....X..g.g.gX.g.
        hat     xoxoxoxoxoxoxo..
        open    ..............x.
    level 3
        kick    X..x..x...x..x..
        snare   ....X..g.gg.X..g
        hat     xoxoxoxoxoxoxoxo
        tamb    ....x.......x...
        conga   ..o..o.o..o..oo.
    then
        kick    X.x...x...xx..x.
        snare   ....X.gg.g..X.gg
        hat     xoxoxoxoxoxo....
        open    ............x...
        conga   ..o..o.o..o.oo.o
        tamb    -
    fill
        snare   XgxgXxXX
        kick    X..x..x.
    fill
        snare   ..x.xg..
        tom_mid ......x.
        tom_lo  .......X
        kick    X..X....
    fill
        snare   xgXX
    """,
    "reggae": """
    level 1
        kick    ........X.......
        rim     ........x.......
        hat     ..o...o...o...o.
    level 2
        kick    ........X.......
        rim     ........X.......
        hat     x.o.x.o.x.o.x.o.
    then
        rim     ........X....g..
        hat     x.o.x.o.x.o.x.og
    level 3
        kick    X...x...X...x...
        rim     ........X.......
        hat     x.ogx.o.x.ogx.o.
        open    ..............o.
        conga   ......o...o...oo
    then
        rim     ........X..g....
        conga   ......o..oo..o.o
        open    -
    fill
        snare   x..xx.x.
        tom_hi  .......x
    fill
        tom_hi  x.x.....
        tom_mid ....x.x.
        tom_lo  .......X
    fill
        rim     xxrX
    """,
    "hyperpop": """
    level 1
        kick    X.......x.......
        clap    ........o.......
        hat     x...x...x...x...
    level 2
        kick    X..x..x.........
        clap    ........X.......
        hat     x.x.x.t.x.x.x.r.
    then
        kick    X..x..x....x..x.
        hat     x.x.x.x.x.t.x.rr
    level 3
        kick    X...X...X...X...
        clap    ....X.......X...
        snare   ....x.......x..g
        hat     x.xxx.r.x.xxx.t.
        open    ..x...x...x...x.
    then
        kick    X...X..xX...X.xx
        snare   ....x.......x.rr
        hat     x.r.x.xxx.r.x.xx
        open    ..x...x...x.....
    fill
        snare   xxxxrrrr
        kick    X...X...
    fill
        kick    XXXX....
        clap    ....XXXX
    fill
        snare   xrrr
    """,
}
