"""The signature: Twilio's vectors, and Twilio's own validator."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from offhook.base.redact import Secret
from offhook.webhook.ports import Parameters
from offhook.webhook.signature import sign
from offhook.webhook.target import parse_target

TOKEN = Secret("12345")


def caller(number: str) -> Parameters:
    return (
        ("To", "+18005551212"),
        ("From", number),
        ("Digits", "1234"),
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", number),
    )


@pytest.mark.parametrize(
    ("url", "posted", "signature"),
    [
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            caller("+14158675309"),
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        ),
        ("https://example.com/myapp.php?foo=1&bar=2", caller("+14158675310"), "L/OH5YylLD5NRKLltdqwSvS0BnU="),
        ("https://example.com/voice?CallSid=CA1&From=%2B15550001111", (), "B3Jc6pb9C/W/tzWfaqFgEKhM7+s="),
        (
            "https://example.com/x",
            (("StatusCallbackEvent", "ringing"), ("A", "1"), ("StatusCallbackEvent", "answered")),
            "5JDpWTFWsE8ZANx1ohCITwB5HCI=",
        ),
    ],
)
def test_twilios_vectors(url: str, posted: Parameters, signature: str) -> None:
    assert sign(TOKEN, url, posted) == signature


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("https://user:pass@example.com/a?b=c#rc=1", "https://example.com/a?b=c"),
        ("https://example.com:8443/a", "https://example.com/a"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com?x=1", "http://example.com/?x=1"),
    ],
)
def test_what_of_a_url_is_signed(url: str, signed: str) -> None:
    assert parse_target(url)[0].signed_url == signed


NAMES = st.sampled_from(["CallSid", "From", "Digits", "SipHeader_X-A", "\u00e9", "Z", "a"])


@given(
    st.lists(st.tuples(NAMES, st.text(st.characters(codec="utf-8"), max_size=10)), max_size=6),
    st.sampled_from(["http://example.com:8080/v", "https://example.com:8443/v?x=1", "https://example.com/v"]),
)
def test_twilios_validator_accepts_every_form(posted: list[tuple[str, str]], url: str) -> None:
    signature = sign(TOKEN, parse_target(url)[0].signed_url, tuple(posted))
    received: dict[str, str | list[str]] = {}
    for name, value in posted:
        known = received.get(name)
        if known is None:
            received[name] = value
        else:
            received[name] = [*known, value] if isinstance(known, list) else [known, value]

    assert RequestValidator("12345").validate(url, _MultiDict(received), signature)


def test_twilios_validator_accepts_a_get() -> None:
    target, _ = parse_target("https://example.com/v?x=1")
    url = target.with_query("From=sip%3Aa%40b&Digits=").request_url

    assert RequestValidator("12345").validate(url, {}, sign(TOKEN, url))
    assert parse_qsl(url.partition("?")[2], keep_blank_values=True)[-1] == ("Digits", "")


class _MultiDict(dict[str, "str | list[str]"]):
    """Repeated names as web frameworks hand them to the validator."""

    def getlist(self, name: str) -> list[str]:
        value = self[name]
        return value if isinstance(value, list) else [value]
