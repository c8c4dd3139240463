"""The demo's phone: the user who may register at its Domain, and is rung by 4 of the menu."""

import hmac
from typing import Final

from offhook.base.redact import Secret

USER: Final = "phone"


def phone_password(auth_token: Secret) -> Secret:
    """The user's password: made of the account's AuthToken, so that it is kept nowhere and stays the same.

    Nothing of the token can be learnt from it, and it has what the API wants of passwords: 12 characters or
    more, with a capital, a small letter and a digit.
    """
    digest = hmac.digest(auth_token.reveal().encode(), b"the phone of the demo", "sha256")
    return Secret(f"Demo-{digest.hex()[:16]}-1")
