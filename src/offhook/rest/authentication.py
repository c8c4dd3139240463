"""Who is asking: HTTP Basic with an Account Sid and its AuthToken.

Sources: reference/rest-api 1.2; RFC 7617. Left out: API keys, subaccounts.
"""

import base64
import binascii
import hmac
from typing import Final

from offhook.base.ids import is_sid
from offhook.model.account import Account, AccountStatus
from offhook.rest.errors import ACCOUNT_NOT_ACTIVE, UNAUTHENTICATED, ApiError
from offhook.store.ports import Accounts

HEADER_MAX: Final = 1024
"""Characters of an Authorization header; the longest right one has 96."""
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="Twilio API"'}


async def authenticate(header: str | None, accounts: Accounts) -> Account:
    """The account whose credentials were sent.

    header: value of Authorization.
    Raises: ApiError 20003 when they are missing or wrong, 20005 when the account is not active.
    """
    name, password = _credentials(header)
    account = await accounts.fetch(name) if is_sid(name, "AC") else None
    # Compared even when there is no such account, so that the time tells nothing about which exist.
    token = account.auth_token.reveal() if account is not None else "-"
    is_right = hmac.compare_digest(password.encode(), token.encode())
    if account is None or not is_right:
        raise _refused()
    if account.status is not AccountStatus.ACTIVE:
        raise ApiError(ACCOUNT_NOT_ACTIVE, "Account not active")
    return account


def _credentials(header: str | None) -> tuple[str, str]:
    if header is None or len(header) > HEADER_MAX:
        raise _refused()
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise _refused()
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _refused() from error
    name, _, password = text.partition(":")
    return name, password


def _refused() -> ApiError:
    return ApiError(
        UNAUTHENTICATED,
        "Authenticate",
        detail="Your AccountSid or AuthToken was incorrect.",
        headers=dict(_CHALLENGE),
    )
