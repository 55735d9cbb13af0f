"""Bell and notification: when they come, when they do not, and what they can never carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.alerts import APART_S, QUIET_S, Alerts, notification, through_tmux
from console.news import Toast

pytestmark = pytest.mark.quick

REVIEW = Toast("Review", "A song waits for you", "information", "review:1")
ERROR = Toast("Errors", "A new error", "warning", "errors:1")


def call(alerts: Alerts, toast: Toast = REVIEW, now: float = 0.0, key: float | None = None, **environ: str) -> str:
    return alerts.call(toast, now, since_key=key, environ=environ)


def test_nothing_is_written_unless_it_was_chosen() -> None:
    assert call(Alerts()) == ""


def test_the_bell_rings_once_for_an_incident() -> None:
    alerts = Alerts(bell=True)
    assert call(alerts) == "\a"
    assert call(alerts, now=APART_S * 2) == ""
    assert call(alerts, ERROR, now=APART_S * 2) == "\a"


def test_a_toast_about_nothing_that_waits_is_silent() -> None:
    assert call(Alerts(bell=True), Toast("Theme", "night", "information")) == ""


def test_it_is_quiet_while_somebody_types_here() -> None:
    alerts = Alerts(bell=True)
    assert call(alerts, key=QUIET_S / 2) == ""
    assert call(alerts, ERROR, key=QUIET_S * 2) == "\a"


def test_calls_come_apart() -> None:
    alerts = Alerts(bell=True)
    assert call(alerts)
    assert call(alerts, ERROR, now=APART_S / 2) == ""


def test_the_two_kinds_of_notification() -> None:
    assert call(Alerts(notify="osc9")) == "\x1b]9;noktvrn: Review: A song waits for you\x1b\\"
    assert call(Alerts(notify="osc777")) == "\x1b]777;notify;noktvrn: Review;A song waits for you\x1b\\"


def test_inside_tmux_it_is_wrapped_and_the_bell_is_not() -> None:
    wrapped = call(Alerts(bell=True, notify="osc9"), TMUX="/tmp/x,1,0")
    assert wrapped == through_tmux(notification("osc9", "Review", "A song waits for you")) + "\a"
    assert wrapped.startswith("\x1bPtmux;\x1b\x1b]9;")


@given(st.text(), st.text(), st.sampled_from(["osc9", "osc777"]))
def test_no_text_ends_the_sequence_or_adds_a_field(title: str, text: str, kind: str) -> None:
    whole = notification(kind, title, text)
    inner = whole.removeprefix("\x1b]").removesuffix("\x1b\\")
    assert inner.isprintable()
    assert inner.count(";") == {"osc9": 1, "osc777": 3}[kind]
    assert len(inner) < 250
