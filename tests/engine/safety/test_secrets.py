"""Secrets are printed nowhere: the type that hides them, and the redactor for everything that is logged or sent."""

from __future__ import annotations

import base64
import copy
import dataclasses
import json
import pickle
import re
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.safety.secrets import MASK, Redactor, Secret, _spellings, fold, patterns, secret_name

TELEGRAM = "123456789:" + "AAH4x" * 7
SHAPES = {
    "openai": "sk-proj-" + "Ab3" * 10,
    "anthropic": "sk-ant-api03-" + "Ab3" * 10,
    "google": "AIzaSy" + "Ab3" * 11,
    "xai": "xai-" + "Ab3" * 10,
    "groq": "gsk_" + "Ab3" * 10,
    "hugging face": "hf_" + "Ab3" * 10,
    "replicate": "r8_" + "Ab3" * 10,
    "github": "ghp_" + "Ab3" * 12,
    "slack": "xoxb-" + "1234-" * 4,
    "aws": "AKIAQWERTYUIOPASDFGH",
    "telegram": TELEGRAM,
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLWhlcmU",
}
keys = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x17F), min_size=8, max_size=60)


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{!r:>20}".format, "%s".__mod__])
def test_a_secret_does_not_print_itself(show: object) -> None:
    assert callable(show)
    assert "hunter22" not in show(Secret("hunter22"))


def test_a_secret_hides_inside_other_values() -> None:
    @dataclasses.dataclass
    class Holder:
        key: Secret

    holder = Holder(Secret("hunter22"))
    assert "hunter22" not in repr(holder) + repr([holder.key]) + repr(dataclasses.asdict(holder))
    assert copy.deepcopy(holder).key.reveal() == "hunter22"


def test_a_secret_is_neither_pickled_nor_turned_into_json() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret("hunter22"))
    with pytest.raises(TypeError):
        json.dumps(Secret("hunter22"))


@given(keys)
def test_a_known_secret_is_found_in_every_spelling(key: str) -> None:
    redactor = Redactor([Secret(key)])
    spellings = [
        key,
        urllib.parse.quote(key, safe=""),
        urllib.parse.quote_plus(key),
        urllib.parse.quote(key, safe="").lower() if key.islower() else key,
        json.dumps(key)[1:-1],
        base64.b64encode(key.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
    ]
    for spelling in spellings:
        said = redactor.text(f"before {spelling} after")
        assert spelling not in said.replace("<redacted>", "")  # a key may spell a part of our own word


@given(keys, st.binary(max_size=5), st.binary(max_size=5))
def test_a_known_secret_is_found_inside_longer_base64(key: str, before: bytes, after: bytes) -> None:
    """As in the header of Basic authentication, where a user's name stands before it."""
    whole = base64.b64encode(before + key.encode() + after).decode()
    redacted = Redactor([key]).text(f"Header {whole}")
    assert MASK in redacted
    assert len(redacted.replace(MASK, "")) <= len("Header ") + len(whole) - len(key.encode()) * 4 // 3 + 4


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "around", ["{}", "key {} end", "({})", '"{}"', "x={}&y=1", "https://h/bot{}/getMe", "a\n{}\nb"]
)
def test_what_looks_like_a_key_is_masked_without_being_known(shape: str, around: str) -> None:
    if shape in ("google", "slack", "telegram") or "bot" not in around:
        assert SHAPES[shape] not in Redactor().text(around.format(SHAPES[shape]))


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Authorization: Bearer abc.def-123456789", f"Authorization: Bearer {MASK}"),
        ("authorization: basic dXNlcjpwYXNz", f"authorization: basic {MASK}"),
        ("{'x-api-key': 'q1w2e3r4'}", f"{{'x-api-key': '{MASK}'}}"),
        ("xi-api-key: q1w2e3r4t5y6u7i8", f"xi-api-key: {MASK}"),
        ("https://h/v?key=q1w2&size=3", f"https://h/v?key={MASK}&size=3"),
        ("https://h/v?a=1&X-Amz-Signature=0abc#top", f"https://h/v?a=1&X-Amz-Signature={MASK}#top"),
        ("postgresql://label:s3cret@db/noktvrn", f"postgresql://label:{MASK}@db/noktvrn"),
        ("PEXELS_API_KEY=q1w2e3r4", f"PEXELS_API_KEY={MASK}"),
        ('{"access_token": "q1w2e3r4"}', f'{{"access_token": "{MASK}"}}'),
        ("password=q1w2", f"password={MASK}"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY----- after",
            f"{MASK} after",
        ),
    ],
)
def test_named_secrets_are_masked_and_their_names_stay(text: str, redacted: str) -> None:
    assert Redactor().text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 500, tokens=12",
        "unexpected token: name",
        "the key of A minor; key: F sharp",
        "https://example.org:8443/a?size=3&page=4",
        "2026-11-23T23:12:01.123Z took 3.2 s",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "a basic groove, a bearer of bad news",
        "run r-01JD9Z7WQ4 of artist a-01JD9Z",
        "risk-averse, task-oriented",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert Redactor(["abcdefgh"]).text(text) == text


@given(st.text(max_size=200) | st.text(st.sampled_from("aA1:=?&/@ .-_'\"<>{}eyJskBearertokn\nſK"), max_size=80))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = Redactor(["abcdefgh"]).text(text)
    assert Redactor(["abcdefgh"]).text(once) == once


PIECES = [
    *SHAPES.values(),
    *("Bearer ", "BASIC ", "bearer%20", "TOKEN=", "?Key=", "&sig=", ";X-Amz-Signature=", "://u:p@h", "Cookie: "),
    *("ſecret=", "toKen=", "q1w2e3r4t5y6", "-----BEGIN PRIVATE KEY-----", "İ", "K", "x-api-key: ", "Passwd='"),
]
fragments = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=8).map("".join)


@given(fragments)
def test_each_pattern_finds_by_its_heads_what_it_finds_everywhere(text: str) -> None:
    for pattern in patterns():
        assert pattern.sub(text, fold(text)) == pattern.regex.sub(pattern.replacement, text)


@given(fragments)
def test_the_quick_look_before_a_pattern_never_hides_a_match(text: str) -> None:
    for pattern in patterns():
        if not any(head in fold(text) for head in pattern.heads):
            assert pattern.regex.sub(pattern.replacement, text) == text


@given(fragments, st.sampled_from([(), ("q1w2e3r4t5y6", "w2e3r4t5"), ("Bearer sk-", "ASIA")]))
def test_the_quick_way_masks_what_the_slow_one_masks(text: str, known: tuple[str, ...]) -> None:
    assert Redactor(known).text(text) == slowly(known, text)


def slowly(known: tuple[str, ...], text: str) -> str:
    """As in `Redactor.text`, without a look at anything first."""
    spellings = {form for value in known for form in _spellings(value)}
    if spellings:
        longest_first = sorted(spellings, key=lambda form: (-len(form), form))
        text = re.sub("|".join(map(re.escape, longest_first)), MASK, text)
    for pattern in patterns():
        text = pattern.regex.sub(pattern.replacement, text)
    return text


EXAMPLES = [
    *SHAPES.values(),
    "gho_" + "Ab3" * 12,
    "ASIAQWERTYUIOPASDFGH",
    "github_pat_" + "Ab3" * 10,
    "pplx-" + "Ab3" * 10,
    "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----",
    "BEARER " + "Ab3" * 10,
    "Basic " + "dXNlcjpwYXNz" * 2,
    *("?KEY=q1w2e3r4", "&sig=q1w2e3r4", "&signature=q1w2e3r4", ";X-AMZ-Signature=q1w2e3r4"),
    "amqp://label:s3cret@host",
    *("COOKIE: q1w2e3r4", "Authorization=q1w2e3r4"),
    *("API-KEY=q1w2e3r4", "AccessKey: q1w2e3r4t5y6", "secret='q1w2e3r4'", "PASSWD=q1w2e3r4", "Token=q1w2e3r4"),
]


@pytest.mark.parametrize("at", range(len(patterns())))
def test_every_pattern_has_an_example_that_the_quick_look_lets_through(at: int) -> None:
    pattern = patterns()[at]
    own = [text for text in EXAMPLES if pattern.regex.search(text)]
    assert own
    for text in own:
        assert MASK in pattern.sub(text, fold(text))
        assert MASK in Redactor().text(f"2026-11-23 12:00:00 INFO before {text} after")


def test_nested_values_are_redacted_by_content_and_by_name() -> None:
    redactor = Redactor(["q1w2e3r4t5"])
    value = {
        "model": "x",
        "max_tokens": 500,
        "api_key": "short",
        "messages": [{"text": "my q1w2e3r4t5"}, ("a", None, 1.5, True)],
        "q1w2e3r4t5": "as a name",
        "secret": Secret("anything"),
    }
    assert redactor.value(value) == {
        "model": "x",
        "max_tokens": 500,
        "api_key": MASK,
        "messages": [{"text": f"my {MASK}"}, ["a", None, 1.5, True]],
        MASK: "as a name",
        "secret": "***",
    }


def test_a_value_within_itself_ends() -> None:
    circle: list[object] = []
    circle.append(circle)
    assert "too deep" in repr(Redactor().value(circle))


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "X-Api-Key", "bot_token", "DB_PASSWORD", "Authorization", "cookie"])
def test_names_that_hold_secrets(name: str) -> None:
    assert secret_name(name)


@pytest.mark.parametrize("name", ["max_tokens", "key", "tokens", "LOG_LEVEL", "monkey", "keyboard"])
def test_names_that_hold_none(name: str) -> None:
    assert not secret_name(name)


def test_a_short_value_is_not_searched_for() -> None:
    assert Redactor(["abc"]).text("abcde") == "abcde"


@pytest.mark.parametrize(
    "unit", ["://a:", "sk-", "token=", "eyJ", "eyJaaaaaaaaa.", "-----BEGIN PRIVATE KEY-----", "1234567:"]
)
def test_hostile_repeats_end(unit: str) -> None:
    """A quadratic pattern would need minutes here."""
    assert Redactor(["abcdefgh"]).text(unit * 100_000)
