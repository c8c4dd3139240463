"""Whether a request comes from the platform: the check that every application should make.

Source: https://www.twilio.com/docs/usage/security (read 2026-11). An application in another
language would call its SDK's RequestValidator here.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable

from offhook.base.redact import Secret


def is_signed(signature: str, url: str, form: Iterable[tuple[str, str]], auth_token: Secret) -> bool:
    """Whether `X-Twilio-Signature` fits the URL as requested, the form and the account's token."""
    text = url + "".join(name + value for name, value in sorted(set(form)))
    digest = hmac.digest(auth_token.reveal().encode(), text.encode(), "sha1")
    return hmac.compare_digest(b64encode(digest), signature.encode("utf-8", "replace"))
