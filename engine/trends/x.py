"""Counts of posts on X through tweepy: what one term costs is known before, and nothing is ever searched.

The counts endpoint costs half a cent a request whatever it finds; a search of a hundred posts costs a hundred times
that. tweepy blocks, so whoever calls this does it in a thread; it is imported here and nowhere else.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.domain.errors import DownloadBroken, DownloadError, DownloadStatus, DownloadUnfit
from engine.safety.request import retry_after
from engine.safety.secrets import Secret

if TYPE_CHECKING:
    import requests
    import tweepy

SOURCE = "x"
MICROUSD_A_COUNT = 5_000
FLOOR = 5.0
"""Posts a day that are as good as none."""
CONNECT_S = 10.0
TIMEOUT_S = 10.0
"""Without a byte, and in all."""
HARD_WIRED = "https://api.twitter.com"
"""Where tweepy sends everything; it takes no other address."""
_MOST_BYTES = 1 << 20
_QUERY_LIMIT = 512
_DAY = timedelta(days=1)
_DAYS = 7


class NotSent(DownloadBroken):
    """The connection was not made: nothing was asked, and nothing can have been billed."""


def daily_counts(term: str, token: Secret, base: str, now: datetime) -> list[float]:
    """Posts about the term in each of the last seven times 24 hours, oldest first. Costs `MICROUSD_A_COUNT`.

    Raises NotSent; DownloadBroken where nobody can say whether it was billed; DownloadStatus where it was refused;
    DownloadUnfit for an answer of another shape.
    """
    import requests
    import tweepy
    import urllib3

    client = _client(token, base)
    try:
        answer = client.get_recent_tweets_count(query(term), granularity="hour")
    except tweepy.TweepyException as error:
        raise _translated(error) from error
    except requests.JSONDecodeError as error:
        raise DownloadUnfit("X sent something that is no JSON.", fix="It is asked again later.") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        if _never_left(error):
            raise NotSent("X cannot be reached.", fix="It is asked again later.") from error
        raise DownloadBroken(f"X did not answer ({type(error).__name__}).", fix="It is asked again later.") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:  # tweepy reads unchecked
        raise DownloadUnfit("X sent an answer that cannot be read.", fix="It is asked again later.") from error
    finally:
        client.session.close()
    return by_day(getattr(answer, "data", None), now)


def query(term: str) -> str:
    """The term as one phrase, so that none of its words is an operator; reposts are left out."""
    words = " ".join(re.findall(r"[^\W_]+", term))[: _QUERY_LIMIT - 20].strip()
    return f'"{words}" -is:retweet'


def by_day(buckets: Any, now: datetime) -> list[float]:
    """Hourly buckets added up to days that end now. Raises DownloadUnfit for anything but counts."""
    if not isinstance(buckets, list) or not buckets:
        raise DownloadUnfit("X sent no counts.", fix="It is asked again later.")
    days = [0.0] * _DAYS
    for bucket in buckets:
        start, count = _bucket(bucket)
        place = _DAYS - 1 - (now - start) // _DAY
        if 0 <= place < _DAYS:
            days[place] += count
    return days


def _bucket(bucket: Any) -> tuple[datetime, int]:
    """Its docs name the number `tweet_count`, its specification `post_count`."""
    try:
        count = bucket.get("tweet_count", bucket.get("post_count"))
        start = datetime.fromisoformat(bucket["start"])
        if isinstance(count, bool) or not isinstance(count, int) or count < 0 or start.tzinfo is None:
            raise ValueError
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DownloadUnfit("X sent counts of another shape.", fix="It is asked again later.") from error
    return start, count


def _client(token: Secret, base: str) -> tweepy.Client:
    import tweepy

    # Never wait_on_rate_limit: without a reset header it asks again at once, for ever.
    client = tweepy.Client(bearer_token=token.reveal(), wait_on_rate_limit=False)
    client.session.trust_env = False
    client.session.max_redirects = 0
    client.session.headers["Accept-Encoding"] = "identity"
    client.session.mount(HARD_WIRED, _adapter(base))
    return client


def _adapter(base: str) -> requests.adapters.HTTPAdapter:
    """Sends to `base` what tweepy addresses to its own host, under limits of time and size; tweepy sets none."""
    from requests.adapters import HTTPAdapter

    class Redirected(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
            assert request.url is not None
            request.url = base + request.url.removeprefix(HARD_WIRED)
            options.update(stream=True, timeout=(CONNECT_S, TIMEOUT_S), proxies=None)
            response = super().send(request, *args, **options)
            try:
                _read(response)
            except BaseException:
                response.close()
                raise
            return response

    return Redirected()


def _read(response: requests.Response) -> None:
    """Reads the body here, block by block as it arrives, so that neither its size nor its time is without end."""
    from time import monotonic

    if response.headers.get("content-encoding", "identity") != "identity":
        raise DownloadUnfit("X sent a packed answer although none was asked for.", fix="Nothing of it was kept.")
    started, body = monotonic(), bytearray()
    while block := response.raw.read1(1 << 14, decode_content=False):
        body += block
        if len(body) > _MOST_BYTES:
            raise DownloadUnfit("X sends more than a million bytes.", fix="Nothing of it was kept.")
        if monotonic() - started > TIMEOUT_S:
            raise DownloadBroken(f"X took longer than {TIMEOUT_S:g} s.", fix="It is asked again later.")
    if response.raw.length_remaining:
        raise DownloadBroken("X broke its answer off.", fix="It is asked again later.")
    response._content = bytes(body)  # what `content` gives; requests has no public way to set it


def _never_left(error: Exception) -> bool:
    import requests
    from urllib3.exceptions import NewConnectionError

    inner = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(inner, NewConnectionError)


def _translated(error: tweepy.TweepyException) -> DownloadError:
    """tweepy's errors by type, their text left behind."""
    import tweepy

    if not isinstance(error, tweepy.HTTPException):
        return DownloadUnfit("X sent an answer that cannot be read.", fix="It is asked again later.")
    status = int(error.response.status_code)
    fixes: dict[int, str] = {
        401: "Check X_BEARER_TOKEN.",
        402: "The account at X has no credits left: buy some, or take X_BEARER_TOKEN away.",
        403: "Check X_BEARER_TOKEN and what its plan allows.",
    }
    return DownloadStatus(
        f"X answered {status}.",
        fix=fixes.get(status, "It is asked again later."),
        status=status,
        retry_after=_wait(error),
    )


def _wait(error: Any) -> float | None:
    """Seconds that the server wants us to wait: as it says, else until its limit is reset, by its own clock."""
    from email.utils import parsedate_to_datetime

    named = retry_after(error.response.headers)
    if named is not None or error.response.status_code != 429:
        return named
    reset, served = error.response.headers.get("x-rate-limit-reset", ""), error.response.headers.get("date", "")
    if not (reset.isascii() and reset.isdigit() and len(reset) < 12):
        return None
    try:
        wait = int(reset) - parsedate_to_datetime(served).timestamp()
    except (TypeError, ValueError):
        return 900.0  # their window is a quarter of an hour
    return min(3600.0, max(1.0, wait))
