"""URLs: what may be asked, and exactly what is then sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.webhook.target import Login, TargetError, parse_target


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://example.com/a?b=c&d", "http://example.com/a?b=c&d"),
        ("HTTP://Example.COM/A", "http://example.com/A"),
        ("http://example.com:80/", "http://example.com:80/"),
        ("http://example.com/%7Ea/%2f?q=%20+x", "http://example.com/%7Ea/%2f?q=%20+x"),
        ("http://example.com/caf\u00e9?q=\u00fc", "http://example.com/caf%C3%A9?q=%C3%BC"),
        ("http://b\u00fccher.example/", "http://xn--bcher-kva.example/"),
        ("http://[::1]:3000/a", "http://[::1]:3000/a"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/"),
        ("http://localhost./a", "http://localhost./a"),
    ],
)
def test_a_url_is_sent_as_it_is_written(url: str, sent: str) -> None:
    assert parse_target(url)[0].request_url == sent


def test_a_login_is_taken_out_and_decoded() -> None:
    target, _ = parse_target("https://us%40er:p%3Ass@example.com/")

    assert target.login == Login("us@er", "p:ss")
    assert "ss" not in repr(target.login)
    assert target.request_url == "https://example.com/"


def test_a_fragment_is_taken_out() -> None:
    target, fragment = parse_target("https://example.com/?x=1#rc=2&ct=100")

    assert fragment == "rc=2&ct=100"
    assert target.request_url == "https://example.com/?x=1"


@pytest.mark.parametrize(
    ("query", "more", "whole"),
    [
        ("", "a=1", "http://h/?a=1"),
        ("?x", "a=1", "http://h/?x&a=1"),
        ("?x", "", "http://h/?x"),
        ("", "", "http://h/"),
    ],
)
def test_parameters_go_behind_the_query(query: str, more: str, whole: str) -> None:
    assert parse_target(f"http://h/{query}")[0].with_query(more).request_url == whole


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/voice",
        "voice.xml",
        "example.com/voice",
        "ftp://example.com/",
        "javascript:alert(1)",
        "http:///voice",
        "http://:80/",
        "http://my_host/",
        "http://a..b/",
        "http://-\u2603\u0301..x/",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://[zz::1]/",
        "http://exa mple.com/",
        "http://example.com/a b",
        "http://example.com/\r\nHost: x",
        "http://example.com/\x00",
        "http://example.com/\udc80",
        "http://example.com/<a>",
        "http://a%3Ab:c@example.com/",
        "http://a%0D%0A:c@example.com/",
        "http://a:%00@example.com/",
        "http://example.com/" + "a" * 5_000,
        "http://" + "a" * 64 + ".com/",
    ],
)
def test_what_is_no_url_that_can_be_asked(url: str) -> None:
    with pytest.raises(TargetError):
        parse_target(url)


@given(st.text(max_size=30) | st.text(max_size=30).map("http://".__add__))
def test_any_text_gives_a_clean_request_line_or_a_target_error(url: str) -> None:
    try:
        target, _ = parse_target(url)
    except TargetError:
        return
    assert target.request_url.isascii()
    assert target.request_url.isprintable()
    assert " " not in target.request_url
    assert parse_target(target.request_url)[0].request_url == target.request_url
