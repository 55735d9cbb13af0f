"""The rules of deliveries: moves, where a run stands, names, options, answers, patience."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from engine.domain import delivery as rules
from engine.domain.delivery import DeliveryState as S
from engine.domain.delivery import TargetKind
from engine.domain.errors import NotAllowed, UsageError
from engine.domain.runs import RunState as R
from tests.conftest import NOW

pytestmark = pytest.mark.quick


def test_what_is_delivered_can_only_be_withdrawn() -> None:
    assert rules.MOVES[S.DELIVERED] == {S.WITHDRAWING}
    with pytest.raises(NotAllowed, match="cannot become sending"):
        rules.check_move("s-1", S.DELIVERED, S.SENDING)


def test_nothing_unknown_is_queued_without_a_word() -> None:
    ways = [before for before, after in rules.MOVES.items() if S.SENDING in after]
    assert ways == [S.QUEUED, S.UNKNOWN], "and what is unknown asks the target when it is sending again"


@pytest.mark.parametrize(
    ("states", "now", "then"),
    [
        ([], R.PACKAGED, R.PACKAGED),
        ([S.ASKED, S.WAITING], R.PACKAGED, R.PACKAGED),
        ([S.QUEUED], R.PACKAGED, R.DELIVERING),
        ([S.DELIVERED, S.SENDING], R.DELIVERING, R.DELIVERING),
        ([S.DELIVERED, S.FAILED], R.DELIVERING, R.DELIVERED),
        ([S.FAILED, S.ASKED], R.DELIVERING, R.FAILED),
        ([S.UNKNOWN], R.DELIVERING, R.FAILED),
        ([S.DECLINED], R.DELIVERING, R.PACKAGED),
        ([S.DELIVERED, S.QUEUED], R.DELIVERED, R.DELIVERED),
        ([S.WITHDRAWING], R.DELIVERED, R.DELIVERED),
        ([S.WITHDRAWN, S.ASKED], R.DELIVERED, R.WITHDRAWN),
        ([S.WITHDRAWN, S.DELIVERED], R.DELIVERED, R.DELIVERED),
        ([S.WITHDRAWN], R.MEASURED, R.WITHDRAWN),
        ([S.WITHDRAWN, S.ASKED, S.FAILED], R.WITHDRAWN, R.WITHDRAWN),
        ([S.WITHDRAWN, S.SENDING], R.WITHDRAWN, R.DELIVERING),
        ([S.WITHDRAWN, S.DELIVERED], R.WITHDRAWN, R.DELIVERED),
    ],
)
def test_where_a_run_stands(states: list[S], now: R, then: R) -> None:
    assert rules.run_state(states, now) is then


def test_patience_grows_and_ends_with_a_person() -> None:
    times = [rules.next_try(number, NOW) for number in range(1, rules.MOST_TRIES + 2)]
    waits = [each - NOW for each in times if each is not None]
    assert times[-1] is None and all(first < second for first, second in pairwise(waits))
    assert rules.next_try(1, NOW, 7_200) == NOW + timedelta(hours=2)


@pytest.mark.parametrize("name", ["", "a", "A-b", "1st", "a_b", "a" * 25, "a/b", "ä"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        rules.checked_name(name)


def test_secrets_are_named_after_their_target() -> None:
    assert rules.variable("my-store", "secret_key") == "TARGET_MY_STORE_SECRET_KEY"


@pytest.mark.parametrize(
    ("kind", "given", "why"),
    [
        (TargetKind.FOLDER, {}, "needs path"),
        (TargetKind.FOLDER, {"path": "here"}, "no absolute path"),
        (TargetKind.FOLDER, {"path": "/x", "password": "y"}, "no option"),
        (TargetKind.SFTP, {"host": "h", "user": "u", "port": "x"}, "no port"),
        (TargetKind.SFTP, {"host": "h\nx", "user": "u"}, "control characters"),
        (TargetKind.SFTP, {"host": "h", "user": "u", "layout": "zip"}, "cannot be"),
        (TargetKind.S3, {"bucket": "b", "endpoint": "https://key:secret@s3.example"}, "password in it"),
        (TargetKind.YOUTUBE, {"base": "ftp://x"}, "no address"),
        (TargetKind.YOUTUBE, {"base": "http://evil.example"}, "in clear to evil.example"),
        (TargetKind.YOUTUBE, {"token_url": "http://127.0.0.1.evil.example/token"}, "in clear"),
        (TargetKind.S3, {"bucket": "b", "endpoint": "http://10.0.0.7:9000"}, "in clear"),
        (TargetKind.S3, {"bucket": "b", "endpoint": "http://[::1"}, "in clear to nobody"),
    ],
)
def test_what_cannot_be_an_option_is_refused(kind: TargetKind, given: dict[str, str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        rules.checked_options(kind, given)


@pytest.mark.parametrize(
    "address", ["https://s3.example", "http://localhost:9000", "http://[::1]:9000", "http://127.0.0.9"]
)
def test_keys_go_encrypted_or_stay_on_this_machine(address: str) -> None:
    assert rules.checked_options(TargetKind.S3, {"bucket": "b", "endpoint": address})["endpoint"] == address


def test_the_newest_answer_counts_and_private_is_the_default() -> None:
    found = rules.declared(TargetKind.YOUTUBE, {"made_for_kids": "yes"}, {"made_for_kids": "no"})
    assert found == {"privacy": "private", "category": "10", "made_for_kids": "no"}
    assert [each.name for each in rules.undeclared(TargetKind.YOUTUBE, found)] == ["rights"]


def test_no_to_the_rights_lets_nothing_out() -> None:
    assert [each.name for each in rules.undeclared(TargetKind.SFTP, {"rights": "no"})] == ["rights"]
