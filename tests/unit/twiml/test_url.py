"""URLs in TwiML: what can be one, held against what the webhook client takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.twiml.url import url_fault
from offhook.webhook.target import TargetError, parse_target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/next?a=1&b=2",
        "next.php#rc=2",
        "../up",
        "?only=query",
        "//cdn.example.com/a.mp3",
        "http://localhost:3000/voice",
        "HTTPS://user:pass@app.example.com:8443/voice?x=1#ct=1000",
        "http://[2001:db8::1]:8080/",
        "https://b\u00fccher.example/",
        "x" * 4_096,
    ],
)
def test_a_url_absolute_or_relative_has_no_fault(text: str) -> None:
    assert url_fault(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a b", "blank"),
        ("a\r\nb", "blank"),
        ("{{url}}", "blank or another character"),
        ("x" * 4_097, "4097 characters"),
        ("ftp://example.com/", "http:// or https://"),
        ("tel:+1", "http:// or https://"),
        ("http://", "no host"),
        ("http:/path", "no host"),
        ("http://a_b/", "underscore"),
        ("http://h:x/", "bad host or port"),
        ("http://h:65536/", "bad host or port"),
        ("http://[::1", "bad host or port"),
    ],
)
def test_a_fault_is_told_in_words(text: str, fault: str) -> None:
    assert fault in (url_fault(text) or "")


PIECES = st.sampled_from(
    (
        "http",
        "https",
        "ftp",
        ":",
        "//",
        "/",
        "h.example",
        "a_b",
        "[::1]",
        "[",
        "]",
        "@",
        "user",
        ":80",
        ":x",
        "?",
    )
)


@given(st.lists(PIECES, max_size=10).map("".join) | st.text(max_size=40).map("http://h/".__add__))
def test_what_the_webhook_client_takes_has_no_fault(text: str) -> None:
    try:
        parse_target(text)
    except TargetError:
        return
    assert url_fault(text) is None
