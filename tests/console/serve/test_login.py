"""The token, the cookies, and how often one may be wrong."""

from __future__ import annotations

import pytest

from console.serve.login import FAILURES, LOGIN_S, MOST_LOGINS, WINDOW_S, Logins, Throttle, new_token, set_cookie
from console.serve.pages import login_page

pytestmark = pytest.mark.quick


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_every_token_is_new_and_long() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 48 for token in tokens)


def test_only_the_token_itself_is_right(clock: Clock) -> None:
    logins = Logins("c0ffee", clock)
    assert logins.right("c0ffee")
    assert logins.right(" c0ffee\n")  # pasted
    assert not any(logins.right(wrong) for wrong in ("", "c0ffe", "c0ffee0", "C0FFEE", "\ud800"))


def test_comparing_takes_as_long_for_every_wrong_token(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []

    def compare(given: bytes, wanted: bytes) -> bool:
        seen.append((len(given), len(wanted)))
        return given == wanted

    monkeypatch.setattr("hmac.compare_digest", compare)
    logins = Logins("c0ffee")
    for wrong in ("", "c", "c0ffe", "x" * 5000):
        logins.right(wrong)
    assert seen == [(32, 32)] * 4


def test_a_cookie_is_known_until_its_time_is_over(clock: Clock) -> None:
    logins = Logins("c0ffee", clock)
    cookie = logins.open()
    key = logins.known(cookie)
    assert key is not None
    clock.seconds += LOGIN_S - 1
    assert logins.known(cookie) == key
    assert logins.left_s(key) == 1
    clock.seconds += 1
    assert logins.known(cookie) is None


def test_an_unknown_cookie_is_nobody(clock: Clock) -> None:
    logins = Logins("c0ffee", clock)
    logins.open()
    assert [logins.known(cookie) for cookie in (None, "", "c0ffee", "x" * 43)] == [None] * 4


def test_a_login_can_be_ended(clock: Clock) -> None:
    logins = Logins("c0ffee", clock)
    mine, yours = logins.open(), logins.open()
    key = logins.known(mine)
    assert key is not None
    logins.close(key)
    assert logins.known(mine) is None
    assert logins.known(yours) is not None


def test_logins_do_not_pile_up(clock: Clock) -> None:
    logins = Logins("c0ffee", clock)
    cookies = [logins.open() for _ in range(MOST_LOGINS + 1)]
    assert logins.known(cookies[0]) is None
    assert sum(logins.known(cookie) is not None for cookie in cookies) == MOST_LOGINS


def test_neither_token_nor_cookie_is_kept_as_it_is(clock: Clock) -> None:
    logins = Logins("c0ffee", clock)
    cookie = logins.open()
    kept = repr(vars(logins))
    assert "c0ffee" not in kept
    assert cookie not in kept


def test_a_cookie_is_out_of_reach_for_scripts_and_other_sites() -> None:
    plain = set_cookie("noktvrn_8765", "abc", secure=False)
    assert plain == "noktvrn_8765=abc; HttpOnly; Path=/; SameSite=Strict"
    assert "Secure" in set_cookie("noktvrn_8765", "abc", secure=True)
    assert "Max-Age=0" in set_cookie("noktvrn_8765", "", secure=False)


def test_who_was_wrong_too_often_has_to_wait(clock: Clock) -> None:
    throttle = Throttle(clock)
    for _ in range(FAILURES - 1):
        throttle.failed("192.0.2.7")
    assert throttle.wait_s("192.0.2.7") == 0
    throttle.failed("192.0.2.7")
    assert throttle.wait_s("192.0.2.7") == WINDOW_S
    assert throttle.wait_s("192.0.2.8") == 0
    clock.seconds += WINDOW_S
    assert throttle.wait_s("192.0.2.7") == 0


def test_the_throttle_forgets_who_failed_longest_ago(clock: Clock) -> None:
    throttle = Throttle(clock)
    for number in range(2000):
        throttle.failed(f"192.0.2.{number}")
    assert len(throttle._failures) == 1000


def test_the_page_says_where_the_token_is_with_a_terminal_and_without_one() -> None:
    page = login_page("noktvrn")
    assert "in the terminal in which it was started" in page
    assert "data/serve-PORT.token" in page
