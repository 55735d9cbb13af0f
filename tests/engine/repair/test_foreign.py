"""Logs of other programs: where a record begins, which ones tell of an error, and what groups with what."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.repair import foreign
from engine.repair.foreign import MAX_TEXT, Found, parse, traceback_in, unfinished
from engine.repair.json_lines import parse_own
from engine.repair.times import STAMP

pytestmark = pytest.mark.quick

TRACE = """Traceback (most recent call last):
  File "/srv/app/shop/cart.py", line {line}, in add
    return self.items[key]
           ~~~~~~~~~~^^^^^
KeyError: {key}
"""
CHAINED = """Traceback (most recent call last):
  File "/srv/app/shop/cart.py", line 3, in add
    return self.items[key]
KeyError: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/shop/pay.py", line 9, in pay
    raise PayError("no item") from error
shop.errors.PayError: no item
"""
FATAL = """Fatal Python error: Segmentation fault

Thread 0x00007f1c2b7fe6c0 (most recent call first):
  File "/usr/lib/python3.12/threading.py", line 355 in wait

Current thread 0x00007f1c2f0b9080 (most recent call first):
  File "/srv/app/shop/cart.py", line 3 in add
  File "/srv/app/shop/main.py", line 9 in <module>

Extension modules: numpy.core (total: 1)
"""
GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "/srv/app/many.py", line 4, in <module>
  |     raise ExceptionGroup("both fell", errors)
  | ExceptionGroup: both fell (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/app/many.py", line 2, in one
    | ValueError: first
    +---------------- 2 ----------------
    | TypeError: second
    +------------------------------------
"""


def errors(text: str | bytes, *, whole: bool = True) -> list[Found]:
    return list(parse(text.encode() if isinstance(text, str) else text, whole=whole).found)


def one(text: str | bytes) -> Found:
    (found,) = errors(text)
    return found


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2026-11-23 12:00:00,123 ERROR shop: no stock", "shop: no stock"),
        ("2026-11-23T12:00:00.123+01:00 ERROR no stock", "no stock"),
        ("2026/11/23 12:00:00 [error] 12#0: *1 open() failed", "12#0: *1 open() failed"),
        ("[2026-11-23 12:00:00,123: ERROR/MainProcess] Task shop.pay raised", "MainProcess] Task shop.pay raised"),
        ("[Mon Nov 23 12:00:00.123 2026] [core:error] [pid 1] AH1: no file", "[pid 1] AH1: no file"),
        ("Nov 23 12:00:00 host shop[12]: CRITICAL: no stock", "no stock"),
        ("23/Nov/2026:12:00:00 FATAL no stock", "no stock"),
        ("11/23/2026 12:00:00 ERROR no stock", "no stock"),
        ("12:00:00.123 | ERROR | shop:add:12 - no stock", "shop:add:12 - no stock"),
        ("1763900000.123 ERROR no stock", "no stock"),
        ("E1123 12:00:00.123456   12 shop.cc:9] no stock", "no stock"),
        ("ERROR:root:no stock", "root:no stock"),
        ("[CRITICAL] no stock", "no stock"),
        ("time=2026-11-23T12:00:00Z level=error msg=none", "msg=none"),
        ("\x1b[31mERROR\x1b[0m no stock", "no stock"),
        ("\x1b[2m2026-11-23 12:00:00\x1b[0m [\x1b[31m\x1b[1merror    \x1b[0m] no stock", "no stock"),
        ("\ufeff2026-11-23 12:00:00 ERROR no stock", "no stock"),
        ("2026-11-23 12:00:00 ERROR no stock\r", "no stock"),
        ('{"level":"error","msg":"no stock"}', "no stock"),
        ('{"severity":"CRITICAL","message":"no stock"}', "no stock"),
        ('{"level":50,"msg":"no stock"}', "no stock"),
        ('{"log":{"level":"error"},"message":"no stock"}', "no stock"),
        ('{"log":"ERROR no stock\\n","stream":"stderr","time":"2026-11-27T12:00:00.1Z"}', "no stock"),
        ('{"log":"[2026-11-27 12:00:00] Error: none\\n","time":"2026-11-27T12:00:00.1Z"}', "none"),
        ('{"log":"{\\"level\\":50,\\"msg\\":\\"no stock\\"}\\n","time":"2026-11-27T12:00:00.1Z"}', "no stock"),
        ("2026-11-27 12:00:00 Error: ENOENT: no such file", "ENOENT: no such file"),
        ("2026-11-27T12:00:00.123Z Error: ENOENT: no such file", "ENOENT: no such file"),
        ("[2026-11-27 12:00:00.123 +0100] Fatal: no stock", "no stock"),
    ],
)
def test_common_forms_of_an_error(line: str, message: str) -> None:
    assert one(line + "\n").message == message


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 12:00:00 INFO 0 errors, nothing critical\n",
        "2026-11-23 12:00:00 INFO status ERROR was cleared\n",
        "2026-11-23 12:00:00 GET /error/panic 200\n",
        "notes about a fatal error\nand a panic\n",
        "2026-11-23 12:00:00 INFO Error: none\n",
        "2026-11-23 12:00:00 Errors: 0\n",
        "2026-11-23 12:00:00 Error rates: 0\n",
        '{"log":"INFO no ERROR\\n","stream":"stderr","time":"2026-11-27T12:00:00.1Z"}\n',
        '{"log":"Traceback (most recent call last):\\n","stream":"stderr","time":"2026-11-27T12:00:00.1Z"}\n',
        '{"level":"info","msg":"an error","stack":null}\n',
        '{"error": broken json\n',
        "\n\n",
        "",
    ],
)
def test_what_is_no_error(text: str) -> None:
    assert errors(text) == []


def test_a_line_without_a_header_belongs_to_the_record_before_it() -> None:
    found = one(
        f"2026-11-23 12:00:00 INFO fine\n2026-11-23 12:00:01 ERROR it broke\n{TRACE.format(line=3, key=1)}more\n"
    )
    assert (found.type, found.message) == ("KeyError", "it broke: 1")
    assert found.frames == ("/srv/app/shop/cart.py:3 add",)
    assert found.text.endswith("KeyError: 1\nmore") and "fine" not in found.text


def test_a_traceback_makes_an_error_whatever_the_level() -> None:
    assert one(f"2026-11-23 12:00:00 WARNING odd\n{TRACE.format(line=3, key=1)}").message == "1"


def test_of_chained_tracebacks_the_last_is_the_error() -> None:
    found = one(CHAINED)
    assert (found.type, found.message, found.frames) == (
        "shop.errors.PayError",
        "no item",
        ("/srv/app/shop/pay.py:9 pay",),
    )


def test_of_an_exception_group_the_group_is_the_error() -> None:
    found = one(f"2026-11-23 12:00:00 ERROR bad\n{GROUP}2026-11-23 12:00:01 INFO on\n")
    assert (found.type, found.message) == ("ExceptionGroup", "bad: both fell (2 sub-exceptions)")
    assert [link.type for link in traceback_in(GROUP)] == ["ExceptionGroup", "ValueError"]


def test_tracebacks_one_after_the_other_are_errors_of_their_own() -> None:
    other = TRACE.format(line=3, key=2).replace("in add", "in drop")
    found = errors(TRACE.format(line=3, key=1) + CHAINED + GROUP + other)
    assert [each.type for each in found] == ["KeyError", "shop.errors.PayError", "ExceptionGroup", "KeyError"]


def test_a_line_of_json_ends_its_record() -> None:
    found = errors('{"level":"error","msg":"one"}\n' + TRACE.format(line=1, key=1))
    assert [each.message for each in found] == ["one", "1"]


def test_an_exception_defined_in_a_function_keeps_its_type() -> None:
    local = "shop.cart.check.<locals>.MyErr"
    found = one(TRACE.format(line=3, key=1).replace("KeyError", local))
    other = one(TRACE.format(line=3, key=1).replace("KeyError", local.replace("MyErr", "Other")))
    assert (found.type, found.message) == (local, "1")
    assert found.fingerprint != other.fingerprint


@pytest.mark.parametrize("before", ["", "web-1  | "])
def test_the_end_of_a_python_process_is_told_with_its_stack(before: str) -> None:
    lines = "".join(before + line for line in (FATAL + CHAINED).splitlines(keepends=True))
    fatal, after = errors("2026-11-23 12:00:00 INFO fine\n" + lines)
    assert (fatal.type, fatal.message) == ("Segmentation fault", "Fatal Python error: Segmentation fault")
    assert fatal.frames == ("/srv/app/shop/main.py:9 <module>", "/srv/app/shop/cart.py:3 add")
    assert after.type == "shop.errors.PayError"


def test_ends_of_processes_group_by_reason_and_place() -> None:
    same = FATAL.replace("0x00007f1c2f0b9080", "0x00007f1c2f0b9099 [main]").replace("line 3 in", "line 4 in")
    assert one(same).fingerprint == one(FATAL).fingerprint
    assert one(FATAL.replace("Segmentation fault", "Aborted")).fingerprint != one(FATAL).fingerprint
    assert one(FATAL.replace("3 in add", "3 in drop")).fingerprint != one(FATAL).fingerprint


def test_what_docker_wrote_has_the_time_of_docker() -> None:
    found = one('{"log":"12:00:00 ERROR it broke\\n","stream":"stdout","time":"2026-11-27T12:00:00.1Z"}')
    assert (found.type, found.stamp) == ("ERROR", "2026-11-27T12:00:00.1Z"[:STAMP])


def test_an_indented_traceback_is_read() -> None:
    inset = "".join(f"    {line}\n" for line in TRACE.format(line=3, key=1).splitlines())
    assert one(f"2026-11-23 12:00:00 ERROR it broke\n{inset}").type == "KeyError"


def test_repeated_frames_and_syntax_errors_are_read() -> None:
    text = (
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    f()\n'
        '  [Previous line repeated 996 more times]\n  File "b.py", line 2\n    x =\n       ^\nSyntaxError: bad\n'
    )
    assert (one(text).type, one(text).frames) == ("SyntaxError", ("a.py:1 f", "b.py:2 "))


@pytest.mark.parametrize(
    "document",
    [
        {"level": "error", "msg": "m", "exc_info": CHAINED},
        {"level": "error", "err": {"stack": CHAINED}},
        {
            "level": "error",
            "exception": [
                {
                    "exc_type": "shop.errors.PayError",
                    "exc_value": "no item",
                    "frames": [{"filename": "p", "name": "f"}],
                },
                {"exc_type": "KeyError", "exc_value": "x", "frames": []},
            ],
        },
        {"level": "ERROR", "exc": {"type": "shop.errors.PayError", "msg": "no item", "frames": [["p", 1, "f", True]]}},
    ],
)
def test_exceptions_in_json(document: dict[str, object]) -> None:
    found = one(json.dumps(document))
    assert found.type == "shop.errors.PayError" and found.message.endswith("no item")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (TRACE.format(line=3, key=1), TRACE.format(line=90, key="'y'"), True),
        (TRACE.format(line=3, key=1), TRACE.format(line=3, key=1).replace("/srv/app", "/home/me"), True),
        (TRACE.format(line=3, key=1), TRACE.format(line=3, key=1).replace("in add", "in drop"), False),
        (TRACE.format(line=3, key=1), TRACE.format(line=3, key=1).replace("cart.py", "list.py"), False),
        (CHAINED, CHAINED.replace("KeyError", "ValueError"), False),
        ("ERROR:root:no user 12\n", "ERROR:root:no user 13\n", True),
        ("ERROR:root:no user 12\n", "ERROR:root:no item 12\n", False),
        ("2026-11-23 12:00:00 ERROR took 0x7f 'a'\n", "2026-12-24 13:00:00 ERROR took 0x8f 'b'\n", True),
    ],
)
def test_what_groups_with_what(left: str, right: str, same: bool) -> None:
    assert (one(left).fingerprint == one(right).fingerprint) is same


def test_frames_of_libraries_do_not_part_a_group() -> None:
    through = TRACE.format(line=3, key=1).replace(
        "KeyError", '  File "/usr/lib/python3/site-packages/lib/{}.py", line 1, in call\nKeyError'
    )
    assert one(through.format("a")).fingerprint == one(through.format("b")).fingerprint


def test_bytes_that_are_no_text_are_kept_as_escapes() -> None:
    found = one(b"2026-11-23 12:00:00 ERROR caf\xe9 \xed\xa0\x80\n")
    assert found.message == "caf\\xe9 \\xed\\xa0\\x80"
    found.message.encode()


def test_a_long_record_is_cut_in_its_middle() -> None:
    found = one("2026-11-23 12:00:00 ERROR " + "x" * 200_000 + "end\n")
    assert len(found.text) < MAX_TEXT + 100 and found.text.endswith("end") and "left out" in found.text


def test_our_own_lines_say_their_own_group() -> None:
    line = {
        "level": "ERROR",
        "event": "a pane fell",
        "fp": "f" * 40,
        "exc": {
            "type": "KeyError",
            "msg": "'x'",
            "frames": [["console/panes/pane.py", 3, "Pane.look", True], ["lib.py", 1, "f", False]],
            "chain": [{"type": "ValueError", "msg": "deep", "frames": []}],
        },
    }
    text = json.dumps(line, separators=(",", ":")) + "\n" + '{"level":"ERROR","event":"without"}\n{"level":"INFO"}\n'
    (found,) = parse_own(text.encode(), whole=False).found
    assert (found.fingerprint, found.type, found.message) == ("f" * 40, "KeyError", "'x'")
    assert found.frames == ("console/panes/pane.py:3 Pane.look",)
    assert found.text.index("ValueError: deep") < found.text.index("KeyError: 'x'")


# --- properties ---

RECORDS = st.sampled_from(
    [
        "2026-11-23 12:00:00 INFO fine, 0 errors\n",
        "2026-11-23 12:00:00 DEBUG a\n  b\n\nc\n",
        "2026-11-23 12:00:00 ERROR plain {mark}\n",
        "2026-11-23 12:00:00 ERROR caf\u00e9 {mark}\nwith more\n",
        "2026-11-23 12:00:00 ERROR traced\n" + TRACE.format(line=3, key="{mark}"),
        "2026-11-23 12:00:00 INFO then\n" + CHAINED.replace("no item", "{mark}"),
        "2026-11-23 12:00:00 INFO then\n" + TRACE.format(line=3, key="{mark}") + TRACE.format(line=4, key="again"),
        "ERROR:root:{mark}\n" + GROUP,
        '{{"level":"error","msg":"{mark}"}}\n',
        '{{"level":"info","msg":"x"}}\n',
        '{{"log":"ERROR {mark}\\n","stream":"stderr","time":"2026-11-27T12:00:00.1Z"}}\n',
        "2026-11-27 12:00:00 Error: ENOENT {mark}\n    at open (fs.js:1:2)\n",
        FATAL.replace("/srv/app/shop/main.py", "{mark}"),
        FATAL + TRACE.format(line=3, key="{mark}"),
    ]
)


@given(st.lists(RECORDS, max_size=12), st.lists(st.integers(0, 4000), max_size=6))
def test_however_a_log_arrives_each_error_is_told_once(records: list[str], cuts: list[int]) -> None:
    marks = [f"m{number:04d}" for number in range(len(records))]
    data = "".join(record.format(mark=mark) for record, mark in zip(records, marks, strict=True)).encode()
    found: list[Found] = []
    at = 0
    for end in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        got = parse(data[at:end], whole=False)
        found += got.found
        at += got.used
    found += parse(data[at:], whole=True).found
    assert found == list(parse(data, whole=True).found)
    for record, mark in zip(records, marks, strict=True):
        assert sum(mark in each.text for each in found) == ("{mark}" in record)


HEADS = ["2026-11-23 12:00:00 ", "[", "<", "level=", '{"level":"', '{"level": ', "\x1b[31m", "x:", "(", " ", "a", "|"]
WORDS = [
    "ERROR",
    "error",
    "Error",
    "err",
    "CRIT",
    "critical",
    "fatal",
    "PANIC",
    "50",
    "50}",
    "info",
    "no errors",
    "alert",
]


@given(st.lists(st.tuples(*[st.sampled_from(HEADS), st.sampled_from(HEADS), st.sampled_from(WORDS)]), max_size=8))
def test_the_quick_look_for_levels_hides_no_error(parts: list[tuple[str, str, str]]) -> None:
    data = "".join(f'{first}{second}{word}]: x\n{first}{word}"}}\n' for first, second, word in parts).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            foreign, "_hints", lambda block, stop: [at for at in range(stop) if at == 0 or block[at - 1] == 10]
        )
        every = parse(data, whole=True)
    assert parse(data, whole=True) == every


@given(
    st.lists(
        st.sampled_from(
            [
                b"\n",
                b"ERROR",
                b"Traceback (most recent call last):",
                b'  File "a", line 1, in f',
                b'{"level":"error"',
                b"}",
                b"  + Exception Group ",
                b"  | ",
                b"E1123 12:00:00",
                b"2026-11-23 12:00:00 ",
                b" ",
                b"\x1b[31m",
                b"K: v",
                b"Fatal Python error: Aborted",
                b"Current thread 0x1 (most recent call first):",
                b'  File "a", line 1 in f',
                b'{"log":"ERROR ',
                b'","time":"x"}',
                b"  +---",
                b"During handling of the above exception",
            ]
        )
        | st.binary(max_size=6),
        max_size=30,
    ).map(b"".join),
    st.booleans(),
)
def test_whatever_a_log_holds_it_is_read(data: bytes, whole: bool) -> None:
    got = parse(data, whole=whole)
    assert got.used <= len(data)
    assert not unfinished(data) or b"Traceback" in data
    assert got.used == len(data) or not whole
    for found in got.found:
        "".join((found.type, found.message, found.text, *found.frames)).encode()


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ("[2026-11-20 12:00:00] production.ERROR: no such table {}", "ERROR", "no such table {}"),
        (
            "[2026-11-20T12:00:00.123456+00:00] app.CRITICAL: Uncaught TypeError [] []",
            "CRITICAL",
            "Uncaught TypeError [] []",
        ),
        ("web-1  | 2026-11-20 12:00:00 ERROR it broke", "ERROR", "it broke"),
        ("\x1b[36mweb-1  | \x1b[0m2026-11-20 12:00:00 ERROR it broke", "ERROR", "it broke"),
        ('web-1  | {"level":"error","msg":"it broke"}', "ERROR", "it broke"),
    ],
)
def test_monolog_and_compose_are_read(line: str, level: str, message: str) -> None:
    (found,) = parse(f"{line}\n".encode(), whole=True).found
    assert (found.type, found.message) == (level, message)


@pytest.mark.parametrize(
    "line", ["[2026-11-20 12:00:00] local.INFO: ERROR: of yesterday", "web-1  | 2026-11-20 12:00:00 INFO ERROR"]
)
def test_a_level_that_is_none_in_front_makes_no_error(line: str) -> None:
    assert parse(f"{line}\n".encode(), whole=True).found == ()


def test_a_traceback_whose_lines_have_their_service_in_front_is_the_same_without() -> None:
    record = f"2026-11-20 12:00:00 ERROR it broke\n{CHAINED}"
    bare = parse(record.encode(), whole=True).found
    lines = record.splitlines()
    lines.insert(4, "db-1   | 2 connections")
    told = "".join(line if line.startswith("db-1") else f"web-1  | {line}" for line in (f"{line}\n" for line in lines))
    assert parse(told.encode(), whole=True).found == bare
