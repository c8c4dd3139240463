"""`X-Twilio-Signature`: proof that a request comes from whoever knows the account's AuthToken.

Source: https://www.twilio.com/docs/usage/security (read 2026-11), reference/twiml 1.9. Which form
of the URL is signed says `target.Target.signed_url`. Left out: JSON bodies and WebSockets.
"""

import hmac
from base64 import b64encode

from offhook.base.redact import Secret
from offhook.webhook.ports import Parameters


def sign(auth_token: Secret, url: str, posted: Parameters = ()) -> str:
    """The header's value.

    url: as signed, query included. posted: the fields of a form body; none for GET.
    Names are sorted by code point, the distinct values of a repeated name likewise.
    """
    text = url + "".join(name + value for name, value in sorted(set(posted)))
    digest = hmac.digest(auth_token.reveal().encode(), text.encode(), "sha1")
    return b64encode(digest).decode()
