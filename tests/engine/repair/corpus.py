"""Answers as language models give them, with every fault that was seen or measured, and what has to come of each.

Three edits of one file whose five classes are nearly alike, each told in many faulty ways; then answers of their own.
`after` is the whole text of every file that must change, to the last byte; None: the answer has to be refused.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

PATH = "engine/music/players.py"
PROMPT = "engine/llm/prompts/lyrics.md"
QUEUE = "engine/music/queue.py"
WINDOWS = "engine/music/windows.py"
OPEN_ENDED = "engine/music/open_ended.py"

_CLASS = '''class {name}:
    """Plays the {lower}."""

    pitch = {pitch}

    def __init__(self, gain: float) -> None:
        self.gain = gain
        self.notes: list[int] = []

    def add(self, note: int) -> None:
        # Keep the note for the end of the bar.
        if note < 0:
            return
        self.notes.append(note)

    def total(self) -> float:
        result = 0.0
        for note in self.notes:
            result += note * self.gain
        return result
'''
_NAMES = (("Piano", 440.0), ("Violin", 220.0), ("Cello", 110.0), ("Flute", 880.0), ("Organ", 55.0))

PLAYERS = (
    '"""Five players."""\n\nfrom __future__ import annotations\n\nLIMIT = 12\n\n\n'
    + "\n\n".join(_CLASS.format(name=name, lower=name.lower(), pitch=pitch) for name, pitch in _NAMES)
    + '''

def loudest(players: list[Piano]) -> Piano | None:
    """The player with the greatest gain."""
    best: Piano | None = None

    for player in players:
        if best is None or player.gain > best.gain:
            best = player

    # None where nobody plays.
    return best
'''
)
SHIFT = '''class Queue:
    """The jobs of a night."""

    def start(self, job: Job) -> int:
        """Takes a job up."""
        # The night is short.
        if not job.kind == "night":
            self._limit = 10
        self._log.info("job %s taken", job.id)
        self._lock.acquire()
        self._running[job.id] = job
        self._count += 1
        self._notify(job)
        return self._count
'''
VERSE = "# Verse\n\nWrite four lines.\n\n```text\none line\n```\n\n- Rhyme the last words.\n- Name no brand.\n"
FILES: Mapping[str, str] = {
    PATH: PLAYERS,
    PROMPT: VERSE,
    QUEUE: SHIFT,
    WINDOWS: 'NAME = "ø"\r\nSIZE = 1\r\n\r\n\r\ndef size() -> int:\r\n    return SIZE\r\n',
    OPEN_ENDED: "def first() -> int:\n    return 1\n\n\ndef last() -> int:\n    return 9",
    "engine/music/__init__.py": "",
    "engine/safety/text.py": "LIMIT = 1\n",
    "Makefile": "all:\n\ttrue\n",
}


@dataclass(frozen=True)
class Case:
    """One answer. `files` are those of the commit; `told`: the file that the engineer was asked about."""

    name: str
    answer: str
    after: Mapping[str, str] | None
    files: Mapping[str, str]
    told: str = ""


@dataclass(frozen=True)
class _Edit:
    name: str
    old: str
    new: str
    after: str


def _edit(name: str, old: str, new: str) -> _Edit:
    assert PLAYERS.count(old) == 1
    return _Edit(name, old, new, PLAYERS.replace(old, new))


_INIT = "    def __init__(self, gain: float) -> None:\n"
EDITS = (
    _edit(  # replaces one line
        "replace",
        f'class Cello:\n    """Plays the cello."""\n\n    pitch = 110.0\n\n{_INIT}',
        f'class Cello:\n    """Plays the cello."""\n\n    pitch = 65.4\n\n{_INIT}',
    ),
    _edit(  # adds two lines, between blank ones
        "insert",
        f'class Violin:\n    """Plays the violin."""\n\n    pitch = 220.0\n\n{_INIT}',
        f'class Violin:\n    """Plays the violin."""\n\n    pitch = 220.0\n    strings = 4\n    frets = 0\n\n{_INIT}',
    ),
    _edit(  # takes one away, changes two
        "rewrite",
        "    best: Piano | None = None\n\n    for player in players:\n"
        "        if best is None or player.gain > best.gain:\n            best = player\n\n",
        "    best: Piano | None = None\n\n    for player in sorted(players, key=lambda each: each.gain):\n"
        "        best = player\n\n",
    ),
)


def diff_of(edit: _Edit, context: int = 3, source: str = PLAYERS) -> str:
    """A clean unified diff of an edit."""
    lines = difflib.unified_diff(
        source.splitlines(keepends=True),
        source.replace(edit.old, edit.new).splitlines(keepends=True),
        f"a/{PATH}",
        f"b/{PATH}",
        n=context,
    )
    return "".join(lines)


def block_of(edit: _Edit, path: str = PATH) -> str:
    """A clean search/replace block of an edit."""
    return f"{path}\n<<<<<<< SEARCH\n{edit.old}=======\n{edit.new}>>>>>>> REPLACE\n"


_Fault = Callable[[str], str]
_HUNK = re.compile(r"^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$", re.MULTILINE)


def _hunks(shape: str) -> _Fault:
    """Another hunk header; in `shape` a, b, c, d are the numbers of the right one."""

    def fault(diff: str) -> str:
        def other(match: re.Match[str]) -> str:
            a, b, c, d = map(int, match.groups())
            return eval(f"f{shape!r}", {}, {"a": a, "b": b, "c": c, "d": d})  # type: ignore[no-any-return]

        return _HUNK.sub(other, diff)

    return fault


def _body(change: Callable[[str], str | None]) -> _Fault:
    """Changes each line behind the first hunk header; None leaves it out."""

    def fault(diff: str) -> str:
        head, at, rest = diff.partition("@@\n")
        lines = (change(line) for line in rest.splitlines())
        return head + at + "".join(f"{line}\n" for line in lines if line is not None)

    return fault


def _skip(diff: str) -> str:
    """Leaves out the second line of context."""
    lines = diff.splitlines(keepends=True)
    del lines[4]
    return "".join(lines)


def _skip_beside(diff: str) -> str:
    """Leaves out the line of context before the first change."""
    lines = diff.splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if at > 2 and line[0] in "+-")
    del lines[first - 1]
    return "".join(lines)


def _less(line: str) -> str:
    return line[0] + line[5:] if line[1:5] == "    " else line


def _paraphrased(diff: str) -> str:
    return (
        diff.replace('  """Plays the ', '  """It plays the ')
        .replace(" # None where nobody plays.", " # None if nobody plays.")
        .replace("     best: Piano | None = None", "     best: Piano | None  = None  # so far")
    )


def _fenced(diff: str) -> str:
    return (
        f"The pitch was wrong. Here is the patch:\n\n```diff\n{diff}```\n\nThis keeps the interface - nothing else.\n"
    )


FAULTS: Mapping[str, _Fault] = {
    "clean": lambda diff: diff,
    "numbers 9 less": _hunks("@@ -{max(1, a - 9)},{b} +{max(1, c - 9)},{d} @@"),
    "numbers 40 more": _hunks("@@ -{a + 40},{b} +{c + 40},{d} @@"),
    "all hunks say line 1": _hunks("@@ -1,{b} +1,{d} @@"),
    "counts wrong": _hunks("@@ -{a},{b + 2} +{c},{d - 1} @@"),
    "no numbers": _hunks("@@ ... @@"),
    "zeros": _hunks("@@ -0,0 +0,0 @@"),
    "a context line skipped": _skip,
    "a context line skipped beside the change": _skip_beside,
    "blank context without its space": _body(lambda line: line if line != " " else ""),
    "CRLF": lambda diff: diff.replace("\n", "\r\n"),
    "no a/ and b/": lambda diff: diff.replace("--- a/", "--- ").replace("+++ b/", "+++ "),
    "fence and prose": _fenced,
    "context without its space": _body(lambda line: line.removeprefix(" ")),
    "context paraphrased": _paraphrased,
    "tabs for spaces": _body(lambda line: line[0] + line[1:].replace("    ", "\t")),
    "absolute paths": lambda diff: diff.replace("--- a/", "--- /srv/noktvrn/").replace("+++ b/", "+++ /srv/noktvrn/"),
    "no final newline": lambda diff: diff.removesuffix("\n"),
    "no headers": lambda diff: diff[diff.index("@@") :],
    "indent 4 less": _body(_less),
    "fence, counts and numbers": lambda diff: _fenced(_hunks("@@ -{a + 7},{b + 1} +{c + 9},{d} @@")(diff)),
    "section behind the numbers": _hunks("@@ -{a},{b} +{c},{d} @@ class Piano:"),
    "git header": lambda diff: f"diff --git a/{PATH} b/{PATH}\nindex 1234567..89abcde 100644\n{diff}",
    "prose after, no fence": lambda diff: f"{diff}\nThat is all. Please run the tests.\n",
    "times behind the names": lambda diff: diff.replace(".py\n", ".py\t2026-11-27 10:00:00\n", 2),
    "repository before the path": lambda diff: diff.replace("a/engine", "a/noktvrn/engine").replace(
        "b/engine", "b/noktvrn/engine"
    ),
    "bare at signs": _hunks("@@"),
    "no newline marker": lambda diff: f"{diff}\\ No newline at end of file\n",
    "trailing blanks": _body(lambda line: f"{line}  "),
    "other envelope": lambda diff: (
        f"*** Begin Patch\n*** Update File: {PATH}\n@@ class\n"
        + f"{diff[diff.index('@@') :].partition(chr(10))[2]}*** End Patch\n"
    ),
}
"""What becomes of a clean diff."""


def _map_block(line: Callable[[str], str]) -> Callable[[_Edit], str]:
    """Changes every line of both halves."""

    def answer(edit: _Edit) -> str:
        def half(text: str) -> str:
            return "".join(f"{line(each)}\n" for each in text.splitlines())

        return f"{PATH}\n<<<<<<< SEARCH\n{half(edit.old)}=======\n{half(edit.new)}>>>>>>> REPLACE\n"

    return answer


def _numbered(edit: _Edit) -> str:
    first = PLAYERS[: PLAYERS.index(edit.old)].count("\n") + 1
    old = "".join(f"{at:>4} | {line}\n" for at, line in enumerate(edit.old.splitlines(), first))
    return f"{PATH}\n<<<<<<< SEARCH\n{old}=======\n{edit.new}>>>>>>> REPLACE\n"


def _dedented(edit: _Edit) -> str:
    old, new = (
        "".join(line[4:] if line[:4] == "    " else line for line in text.splitlines(keepends=True)[cut:])
        for text, cut in ((edit.old, edit.old.startswith("class")), (edit.new, edit.new.startswith("class")))
    )
    return f"{PATH}\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n"


def _blank_lost(edit: _Edit) -> str:
    """The first blank line of both halves was lost."""
    old, new = (text.replace("\n\n", "\n", 1) for text in (edit.old, edit.new))
    return f"{PATH}\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n"


TELLINGS: Mapping[str, Callable[[_Edit], str]] = {
    "block": block_of,
    "block in a fence": lambda edit: f"I would change this:\n\n```python\n{block_of(edit)}```\nDone.\n",
    "path above the fence": lambda edit: f"{PATH}\n```python\n{block_of(edit, '')[1:]}```\n",
    "path as a heading": lambda edit: block_of(edit, f"### `{PATH}`\n"),
    "path in bold": lambda edit: block_of(edit, f"**{PATH}**"),
    "path with a label": lambda edit: block_of(edit, f"File: `{PATH}`"),
    "path with a bold label": lambda edit: block_of(edit, f"**File:** `{PATH}`"),
    "path in a sentence": lambda edit: block_of(edit, f"In `{PATH}`:"),
    "path in the fence's head": lambda edit: f"```python {PATH}\n{block_of(edit, '')[1:]}```\n",
    "path in the marker": lambda edit: block_of(edit, "").replace("SEARCH\n", f"SEARCH {PATH}\n"),
    "path with backslashes": lambda edit: block_of(edit, PATH.replace("/", "\\")),
    "path from the question": lambda edit: block_of(edit, ""),
    "block with CRLF": lambda edit: block_of(edit).replace("\n", "\r\n"),
    "block with trailing blanks": _map_block(lambda line: f"{line} "),
    "block with tabs": _map_block(lambda line: line.replace("    ", "\t")),
    "block without its indent": _dedented,
    "block with the inner spaces doubled": lambda edit: block_of(edit).replace(" = None\n", "  =  None\n", 1),
    "block with blank lines around": lambda edit: (
        f"{PATH}\n<<<<<<< SEARCH\n\n{edit.old}\n=======\n\n{edit.new}\n>>>>>>> REPLACE\n"
    ),
    "block without one blank line": _blank_lost,
    "block with fences inside": lambda edit: (
        f"{PATH}\n<<<<<<< SEARCH\n```python\n{edit.old}```\n=======\n```python\n{edit.new}```\n>>>>>>> REPLACE\n"
    ),
    "block with line numbers": _numbered,
    "block twice": lambda edit: block_of(edit) * 2,
    "other words in the markers": lambda edit: (
        block_of(edit).replace("SEARCH", "ORIGINAL").replace("REPLACE", "UPDATED").replace("<<<<<<<", "<<<<<")
    ),
    "byte order mark before the answer": lambda edit: "\ufeff" + block_of(edit),
    "thoughts before": lambda edit: (
        "The trace names engine/music/other.py:12, but the fault is elsewhere.\n\n- engine/music/other.py\n\n"
        + block_of(edit)
    ),
}
"""An edit told as a search/replace block."""


def cases() -> Iterator[Case]:
    """The whole corpus."""
    for edit in EDITS:
        for fault, change in FAULTS.items():
            yield Case(f"{edit.name}: diff, {fault}", change(diff_of(edit)), {PATH: edit.after}, FILES, PATH)
        for telling, tell in TELLINGS.items():
            yield Case(f"{edit.name}: {telling}", tell(edit), {PATH: edit.after}, FILES, PATH)
        yield from _of_other_files(edit)
    yield from _alone()


def _of_other_files(edit: _Edit) -> Iterator[Case]:
    """The same edit where it is the file that is unusual."""
    crlf = {**FILES, PATH: PLAYERS.replace("\n", "\r\n")}
    yield Case(f"{edit.name}: file with CRLF", diff_of(edit), {PATH: edit.after.replace("\n", "\r\n")}, crlf)
    one = diff_of(edit, context=1)
    yield Case(
        f"{edit.name}: one context line, number wrong",
        _hunks("@@ -{a + 3},{b} +{c + 3},{d} @@")(one),
        {PATH: edit.after},
        FILES,
    )

    def blanks(text: str) -> str:
        return (
            text.replace('."""\n', '."""  \n')
            .replace("None = None\n", "None = None \n")
            .replace("= player\n\n", "= player\n \n")
        )

    trailing = {**FILES, PATH: blanks(PLAYERS)}
    yield Case(f"{edit.name}: file with trailing blanks", diff_of(edit), {PATH: _kept(edit, blanks)}, trailing)
    bom = {**FILES, PATH: "\ufeff" + PLAYERS}
    yield Case(f"{edit.name}: file with a byte order mark", block_of(edit), {PATH: "\ufeff" + edit.after}, bom)


def _kept(edit: _Edit, change: Callable[[str], str]) -> str:
    """The changed file where every line that the edit keeps is as `change` made it."""
    old, new = PLAYERS.splitlines(keepends=True), edit.after.splitlines(keepends=True)
    odd = change(PLAYERS).splitlines(keepends=True)
    lines: list[str] = []
    for what, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        lines += odd[i1:i2] if what == "equal" else new[j1:j2]
    return "".join(lines)


OTHERS = (
    ("a function", "def start(", "def stop("),
    ("an argument", "job: Job", "task: Job"),
    ("a type", "-> int:", "-> str:"),
    ("a kind of function", "    def start", "    async def start"),
    ("a branch", 'kind == "night"', 'kind == "day"'),
    ("a condition turned round", "if not job.kind", "if job.kind"),
    ("an operator", "_count += 1", "_count -= 1"),
    ("a comparison", "kind ==", "kind !="),
    ("a number", "_limit = 10", "_limit = 20"),
    ("an attribute", "self._running[job.id]", "self._waiting[job.id]"),
    ("a called name", "_lock.acquire", "_lock.release"),
    ("a text", "job %s taken", "job %s given"),
    ("a line", "        self._lock.acquire()\n", "        self._lock.acquire()\n        self._wait()\n"),
    ("a docstring", "Takes a job up", "Gives a job back"),
    ("a comment", "The night is short", "The night is not short"),
)
"""What an edit names in the place of what the file holds: what it means is not there."""


def _search(path: str, before: str, after: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{before}=======\n{after}>>>>>>> REPLACE\n"


def _alone() -> Iterator[Case]:
    """Answers that are told once."""
    replace, insert, rewrite = EDITS

    def case(name: str, answer: str, after: Mapping[str, str] | None, told: str = "") -> Case:
        return Case(name, answer, after, FILES, told)

    both = PLAYERS.replace(replace.old, replace.new).replace(insert.old, insert.new)
    yield case("two blocks below one path", block_of(replace) + "\nand\n\n" + block_of(insert, "")[1:], {PATH: both})
    yield case("two blocks, the later place first", block_of(replace) + block_of(insert), {PATH: both})
    yield case("two hunks", diff_of(_Edit("", PLAYERS, both, both)), {PATH: both})
    yield case(
        "blocks whose context holds the other's change",
        _search(
            PATH, '    """Plays the organ."""\n\n    pitch = 55.0\n', '    """Plays the organ."""\n\n    pitch = 32.7\n'
        )
        + _search(
            PATH,
            'class Organ:\n    """Plays the organ."""\n\n    pitch = 55.0\n',
            'class Organ(Piano):\n    """Plays the organ."""\n\n    pitch = 55.0\n',
        ),
        {PATH: PLAYERS.replace("class Organ:", "class Organ(Piano):").replace("55.0", "32.7")},
    )
    yield case(
        "a block about what the one before made",
        _search(PATH, "LIMIT = 12\n", "LIMIT = 12\nLEAST = 1\n") + _search(PATH, "LEAST = 1\n", "LEAST = 2\n"),
        {PATH: PLAYERS.replace("LIMIT = 12\n", "LIMIT = 12\nLEAST = 2\n")},
    )
    yield case(
        "two files",
        block_of(replace) + _search(PROMPT, "Write four lines.\n", "Write five lines.\n"),
        {PATH: replace.after, PROMPT: VERSE.replace("four", "five")},
    )
    yield case(
        "a prompt with a fence inside",
        _search(PROMPT, "```text\none line\n```\n", "```text\none line\nanother\n```\n"),
        {PROMPT: VERSE.replace("one line\n", "one line\nanother\n")},
    )
    yield case(
        "a list of a prompt, as a diff",
        f"```diff\n--- a/{PROMPT}\n+++ b/{PROMPT}\n@@ -8,2 +8,2 @@\n - Rhyme the last words.\n"
        "-- Name no brand.\n+- Name no brand and no person.\n```\n",
        {PROMPT: VERSE.replace("no brand.", "no brand and no person.")},
    )
    yield case(
        "a new file",
        _search("engine/music/tuning.py", "", "CONCERT = 440.0\n"),
        {"engine/music/tuning.py": "CONCERT = 440.0\n"},
    )
    yield case(
        "a new file as a diff",
        "--- /dev/null\n+++ b/engine/music/tuning.py\n@@ -0,0 +1,2 @@\n+CONCERT = 440.0\n+BAROQUE = 415.0\n",
        {"engine/music/tuning.py": "CONCERT = 440.0\nBAROQUE = 415.0\n"},
    )
    yield case(
        "a new test",
        _search("tests/engine/music/test_players.py", "", "def test_one() -> None:\n    assert 1 + 1 == 2\n"),
        {"tests/engine/music/test_players.py": "def test_one() -> None:\n    assert 1 + 1 == 2\n"},
    )
    yield case(
        "an empty file filled",
        _search("engine/music/__init__.py", "", '"""Music."""\n'),
        {"engine/music/__init__.py": '"""Music."""\n'},
    )
    yield case(
        "the last line of a file without a final newline",
        _search(OPEN_ENDED, "def last() -> int:\n    return 9\n", "def last() -> int:\n    return 10\n"),
        {OPEN_ENDED: FILES[OPEN_ENDED].replace("return 9", "return 10")},
    )
    yield case(
        "lines behind the last one of such a file",
        _search(OPEN_ENDED, "    return 9\n", "    return 9\n\n\nEND = 1\n"),
        {OPEN_ENDED: FILES[OPEN_ENDED] + "\n\n\nEND = 1"},
    )
    yield case(
        "a line added to a file with CRLF",
        _search(WINDOWS, 'NAME = "ø"\n', 'NAME = "ø"\nLEAST = 0\n'),
        {WINDOWS: FILES[WINDOWS].replace('"ø"\r\n', '"ø"\r\nLEAST = 0\r\n')},
    )
    yield case(
        "a removed line that looks like a header",
        f"--- a/{PROMPT}\n+++ b/{PROMPT}\n@@ @@\n-# Verse\n+# Verse and chorus\n \n",
        {PROMPT: VERSE.replace("# Verse", "# Verse and chorus")},
    )
    yield case(
        "a class's method, named by its docstring",
        _search(
            PATH, 'class Flute:\n    """Plays the flute."""\n', 'class Flute:\n    """Plays the flute, softly."""\n'
        ),
        {PATH: PLAYERS.replace("Plays the flute.", "Plays the flute, softly.")},
    )
    yield case(
        "an unchanged block beside a change",
        _search(PATH, "LIMIT = 12\n", "LIMIT = 12\n") + block_of(insert),
        {PATH: insert.after},
    )
    yield case(
        "lines taken away",
        _search(PATH, "LIMIT = 12\n\n\nclass Piano:\n", "class Piano:\n"),
        {PATH: PLAYERS.replace("LIMIT = 12\n\n\n", "")},
    )

    # To be refused.
    five = (
        "    def add(self, note: int) -> None:\n        # Keep the note for the end of the bar.\n        if note < 0:\n"
    )
    wrong = '    """Plays the viola."""\n\n    def __init__(self, gain: float) -> None:\n        self.gain = gain\n'
    yield case("refused: nearly fits in several places", _search(PATH, wrong, wrong + "        self.on = True\n"), None)
    yield case("refused: fits five times", _search(PATH, five, five.replace("< 0", "<= 0")), None)
    yield case(
        "refused: fits five times, as a diff",
        f"--- a/{PATH}\n+++ b/{PATH}\n@@ -60,3 +60,3 @@ class Cello:\n"
        + "".join(f" {line}\n" for line in five.splitlines()[:2])
        + "-        if note < 0:\n+        if note <= 0:\n",
        None,
    )
    yield case(
        "refused: fits five times but for whitespace",
        _search(PATH, five.replace("    ", "  "), five.replace("    ", "  ").replace("< 0", "<= 0")),
        None,
    )
    yield case(
        "refused: fits five times but for a word",
        _search(PATH, five.replace("Keep", "Hold"), five.replace("Keep", "Hold").replace("< 0", "<= 0")),
        None,
    )
    yield case(
        "refused: one of two fits five times",
        block_of(replace) + _search(PATH, five, five.replace("< 0", "<= 0")),
        None,
    )
    for name, old, other in OTHERS:
        assert SHIFT.count(old) == 1
        before = SHIFT[SHIFT.index("    def start") :].replace(old, other)
        yield case(
            f"refused: {name} that the file lacks",
            _search(QUEUE, before, before.replace("self._notify(job)", "self._notify(job, late=True)")),
            None,
        )
    yield case(
        "refused: a word of a prompt that the file lacks",
        _search(PROMPT, VERSE.replace("Name no brand", "Name one brand"), VERSE + "- Rhyme.\n"),
        None,
    )
    yield case("refused: names no file", block_of(replace, ""), None)
    yield case("refused: another file", block_of(replace, "engine/music/other.py"), None)
    yield case("refused: holds no edit", "I am sure that line 12 of the file is wrong.\n", None)
    yield case("refused: empty", "", None)
    yield case("refused: cut off in the second half", block_of(replace)[:-60], None, PATH)
    yield case("refused: cut off before the divider", block_of(replace).partition("=======")[0], None)
    yield case("refused: two dividers", block_of(replace).replace("=======\n", "=======\nx = 1\n=======\n"), None)
    yield case("refused: no divider", block_of(replace).replace("=======\n", ""), None)
    yield case(
        "refused: the rest is left out",
        _search(PATH, rewrite.old, "    best = players[0]\n    # ... rest of the function unchanged ...\n"),
        None,
    )
    yield case(
        "refused: a line taken away is another one",
        _search(PATH, replace.old.replace("110.0", "110.5"), replace.new),
        None,
    )
    yield case("refused: would not parse", _search(PATH, "LIMIT = 12\n", "LIMIT = (12\n"), None)
    yield case("refused: would not be indented", _search(PATH, "    pitch = 55.0\n", "   pitch = 32.7\n"), None)
    yield case("refused: changes nothing", block_of(_Edit("", replace.old, replace.old, "")), None)
    yield case("refused: a file that is there already", _search(PATH, "", "LIMIT = 13\n"), None)
    yield case("refused: only added lines", f"--- a/{PATH}\n+++ b/{PATH}\n@@ -5,0 +6 @@\n+LEAST = 1\n", None)
    yield case(
        "refused: two blocks change one line",
        _search(PATH, "LIMIT = 12\n", "LIMIT = 13\n") + _search(PATH, "LIMIT = 12\n", "LIMIT = 14\n"),
        None,
    )
    yield case(
        "refused: text that is nowhere",
        _search(PATH, "def quietest():\n    return 0\n", "def quietest():\n    return 1\n"),
        None,
    )
    yield case("refused: a file of the safe core", _search("engine/safety/text.py", "LIMIT = 1\n", "LIMIT = 2\n"), None)
    yield case("refused: outside of the packages", _search("Makefile", "\ttrue\n", "\tfalse\n"), None)
    yield case("refused: one of two outside", block_of(replace) + _search("Makefile", "\ttrue\n", "\tfalse\n"), None)
    yield case(
        "refused: above the checkout", _search("../engine/music/players.py", "LIMIT = 12\n", "LIMIT = 13\n"), None
    )
    yield case(
        "refused: deletes a file",
        f"diff --git a/{PATH} b/{PATH}\ndeleted file mode 100644\n--- a/{PATH}\n+++ /dev/null\n"
        "@@ -1 +0,0 @@\n-LIMIT = 12\n",
        None,
    )
    yield case(
        "refused: renames a file",
        f"diff --git a/{PATH} b/engine/music/x.py\nrename from {PATH}\nrename to engine/music/x.py\n",
        None,
    )
