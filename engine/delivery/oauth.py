"""Access to a platform for an hour, renewed with the refresh token.

Our own twenty lines in place of google-auth: that would bring a second HTTP client for one request, whose form RFC 6749
(section 6) gives, and which the tests can then judge with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.domain.errors import TargetAway, TargetRefused
from engine.safety.secrets import Secret

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Account:
    """Who lets us in: the values of an OAuth client and of the person who agreed to it."""

    token_url: str
    client_id: Secret
    client_secret: Secret
    refresh_token: Secret


async def access(client: httpx.AsyncClient, account: Account) -> Secret:
    """A fresh access token. Raises TargetRefused where the consent ended, TargetAway."""
    import httpx

    form = {
        "grant_type": "refresh_token",
        "client_id": account.client_id.reveal(),
        "client_secret": account.client_secret.reveal(),
        "refresh_token": account.refresh_token.reveal(),
    }
    try:
        answer = await client.post(account.token_url, data=form)
    except httpx.HTTPError as error:
        raise TargetAway(f"Access could not be renewed ({type(error).__name__}).", fix="It is tried again.") from error
    if answer.status_code in (400, 401, 403):
        raise TargetRefused(
            "The platform does not renew our access: the consent ended, or a key is wrong.",
            fix="Get a new refresh token and put it into .env.",
        )
    try:
        token = answer.json()["access_token"]
    except (ValueError, KeyError, TypeError):
        token = None
    if answer.status_code != 200 or not isinstance(token, str) or not token:
        raise TargetAway(f"Access could not be renewed (status {answer.status_code}).", fix="It is tried again.")
    return Secret(token)
