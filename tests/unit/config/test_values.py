"""The forms in which settings are written (design 1.3)."""

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.config import values

ANYWHERE = ipaddress.ip_network("0.0.0.0/0")
TEN = ipaddress.ip_network("10.0.0.0/8")

DATABASE = "postgresql://u:p%40@h:5433/d?sslmode=require"


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (values.address, "127.0.0.1:8080", ("127.0.0.1", 8080)),
        (values.address, " 0.0.0.0:0 ", ("0.0.0.0", 0)),
        (values.address, "[::1]:5060", ("::1", 5060)),
        (values.address, "localhost:3000", ("127.0.0.1", 3000)),
        (values.addresses, "127.0.0.1:5060, [::1]:5060", (("127.0.0.1", 5060), ("::1", 5060))),
        (values.addresses, "127.0.0.1:0,127.0.0.1:0", (("127.0.0.1", 0), ("127.0.0.1", 0))),
        (values.port_range, "10000-20000", (10000, 20000)),
        (values.port_range, "10000 - 10001", (10000, 10001)),
        (values.port_range, "0", (0, 0)),
        (values.advertised, "203.0.113.5", ((ANYWHERE, "203.0.113.5"),)),
        (values.advertised, "2001:db8::1", ((ipaddress.ip_network("::/0"), "2001:db8::1"),)),
        (
            values.advertised,
            "10.0.0.0/8=10.1.1.1, 0.0.0.0/0=203.0.113.5",
            ((TEN, "10.1.1.1"), (ANYWHERE, "203.0.113.5")),
        ),
        (values.callers, "10.0.0.0/8, 192.0.2.7", (TEN, ipaddress.ip_network("192.0.2.7/32"))),
        (values.host_names, "sip.localhost,SIP.Twilio.com", ("sip.localhost", "sip.twilio.com")),
        (values.off_or(values.host_name), "off", None),
        (values.off_or(values.host_name), "Demo", "demo"),
        (values.whole_number(1, 8), "8", 8),
        (values.seconds(0, 400), "300", 300.0),
        (values.seconds(0, 400), "300 s", 300.0),
        (values.seconds(0, 400), "1.5s", 1.5),
        (values.word("normal", "full"), "FULL", "full"),
        (values.http_url, "https://voice.example.com/", "https://voice.example.com"),
        (values.database_url, "sqlite:////var/lib/offhook/a.db", "sqlite:////var/lib/offhook/a.db"),
        (values.database_url, " postgresql://u:p%40@h:5433/d?sslmode=require ", DATABASE),
        (values.database_url, "postgresql:///d?host=/run/postgresql", "postgresql:///d?host=/run/postgresql"),
        (values.account_sid, "AC" + "0" * 32, "AC" + "0" * 32),
        (values.realm, "sip.twilio.com", "sip.twilio.com"),
    ],
)
def test_good_values(read: Callable[[str], Any], text: str, value: object) -> None:
    assert read(text) == value


BAD: list[tuple[Callable[[str], Any], list[str]]] = [
    (values.path, ["", "a\0b", "a?b"]),
    (values.address, ["", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1"]),
    (values.address, ["::1:5060", "[::1", "[127.0.0.1]:1", "example.com:80", "127.0.0.1:٣", "1.2.3.4:5:6"]),
    (values.addresses, ["", ",", "127.0.0.1:5060,127.0.0.1:5060", "127.0.0.1:5060;127.0.0.1:5061"]),
    (values.port_range, ["", "10000", "20000-10000", "5-5", "0-10", "1-65536", "a-b", "1-2-3"]),
    (values.advertised, ["", "here", "10.0.0.0/8=", "10.0.0.1/8=10.1.1.1", "=1.1.1.1", "10.0.0.0/8=x"]),
    (values.advertised, ["10.0.0.0/8=1.1.1.1,10.0.0.0/8=2.2.2.2"]),
    (values.callers, ["", "0.0.0.0/0", "10.0.0.1/8", "::1", "10.0.0.0/33", "lan", "10.0.0.0/8;1.1.1.1"]),
    (values.host_names, ["", "a_b", "a..b", ".a", "-a", "a,a", "x" * 64, "a b", "a\nb"]),
    (values.whole_number(1, 8), ["", "0", "9", "-1", "1.5", "x", "1e1", "٣"]),
    (values.seconds(0, 400), ["", "401", "-1", "1m", "nan", "inf", "1 s s"]),
    (values.word("normal", "full"), ["", "fast"]),
    (values.http_url, ["", "ftp://x", "http://", "https://x?y=1", "https://x#y", "x"]),
    (
        values.database_url,
        ["", "sqlite:", "sqlite:///", "sqlite:///:memory:", "mysql://h/d", "postgres://h/d", "sqlite:///a?b"],
    ),
    (
        values.database_url,
        [
            "postgresql://",
            "postgresql://h",
            "postgresql://h/",
            "postgresql:///d",
            "postgresql://h:0/d",
            "postgresql://h:65536/d",
            "postgresql://u:p/w@h/d",
            "postgresql://u:p#w@h/d",
            "postgresql://h/d/e",
            "postgresql://h/d d",
            "postgresql://[::1/d",
            "postgresql+asyncpg://h/d",
        ],
    ),
    (values.account_sid, ["", "AC1", "ac" + "0" * 32, "AC" + "G" * 32, "SD" + "0" * 32]),
    (values.token, ["", "short", "with space in it", "x" * 65, "ünicode-token"]),
    (values.realm, ["", 'a"b', "a\\b", "a\r\nb", "x" * 254]),
]


@pytest.mark.parametrize(("read", "text"), [(read, text) for read, texts in BAD for text in texts])
def test_bad_values_say_what_is_allowed(read: Callable[[str], Any], text: str) -> None:
    with pytest.raises(ValueError, match=r".{4}"):
        read(text)


@given(read=st.sampled_from([read for read, _ in BAD]), text=st.text(max_size=60))
def test_any_text_is_a_value_or_a_complaint(read: Callable[[str], Any], text: str) -> None:
    complaint = ""
    try:
        read(text)
    except ValueError as error:
        complaint = str(error)
    assert complaint.isprintable()


def test_a_token_does_not_print() -> None:
    secret = values.token("a" * 32)
    assert "a" * 32 not in repr(secret)
    assert secret.reveal() == "a" * 32


def test_postgresql_needs_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"pip install 'offhook\[postgres\]'"):
        values.database_url(DATABASE)


def test_what_is_said_of_a_bad_url_has_no_piece_of_it() -> None:
    for url in (
        "postgresql://me:hush/hush@host/db",
        "postgresql://me:hush@host",
        "postgresql://me:hush@h:x/db",
    ):
        with pytest.raises(ValueError, match="postgresql") as caught:
            values.database_url(url)
        assert "hush" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
