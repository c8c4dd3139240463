"""The password of the demo's phone."""

from offhook.base.redact import Secret
from offhook.demo.phone import phone_password
from offhook.rest.api.sip_credentials import password


def test_the_password_follows_from_the_token_and_is_one_that_the_api_takes() -> None:
    made = phone_password(Secret("token"))

    assert made.reveal() == phone_password(Secret("token")).reveal()
    assert made.reveal() != phone_password(Secret("other")).reveal()
    assert password(made.reveal()) is not None
