"""`<Refer>` as it is read: the target that stands in Refer-To, the action, and what is wrong."""

import pytest

from offhook.sip.headers.refer_to import ReferTo
from offhook.twiml.parser import parse
from offhook.twiml.verbs.refer import Refer

CAROL = "sip:carol@example.com"


def read(inside: str, attributes: str = "") -> tuple[Refer, list[int]]:
    document = parse(f"<Response><Refer {attributes}>{inside}</Refer></Response>".encode())
    (verb,) = document.verbs
    assert isinstance(verb, Refer)
    return verb, [problem.code for problem in document.problems]


def target(text: str) -> tuple[str | None, list[int]]:
    verb, codes = read(f"<Sip>{text}</Sip>")
    return verb.target, codes


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        (CAROL, CAROL),
        ("carol@example.com", CAROL),
        ("sips:carol@example.com:5061;transport=TLS", "sips:carol@example.com:5061;transport=TLS"),
        (f"{CAROL};edge=dublin;secure=true", f"{CAROL};edge=dublin;secure=true"),
        (f"{CAROL}?X-A=a%2Cb&amp;Subject=c+d", f"{CAROL}?X-A=a%2Cb&Subject=c+d"),
        (f"{CAROL}?Replaces=a%40b%3Bto-tag%3D1", f"{CAROL}?Replaces=a%40b%3Bto-tag%3D1"),
        (f"{CAROL}?User-to-User=31;encoding=hex", f"{CAROL}?User-to-User=31%3Bencoding%3Dhex"),
        (f"{CAROL}?X-A=a b&lt;c&gt;\u00fc", f"{CAROL}?X-A=a%20b%3Cc%3E%C3%BC"),
        (f"{CAROL}?X-A=100%", f"{CAROL}?X-A=100%25"),
        (f"{CAROL}?X-A=", f"{CAROL}?X-A="),
    ],
)
def test_the_target_is_kept_as_it_is_written_and_can_be_sent(text: str, read_as: str) -> None:
    assert target(text) == (read_as, [])
    assert ReferTo.parse(f"<{read_as}>").address.uri_text == read_as


@pytest.mark.parametrize("text", ["", "carol", "tel:+441514960000", "sip:carol@", "sip:a b@c"])
def test_what_is_no_sip_uri_is_noted(text: str) -> None:
    assert target(text) == (None, [13243])


def test_a_uri_has_fewer_than_255_characters_without_its_headers_and_they_fewer_than_1024() -> None:
    longest = CAROL.replace("carol", "c" * (254 - len("sip:@example.com")))
    headers = "X-A=" + "v" * 1019
    assert target(f"{longest}?{headers}") == (f"{longest}?{headers}", [])
    assert target(longest.replace("sip:", "sip:c")) == (None, [13243])
    assert target(f"{CAROL}?{headers}v") == (CAROL, [13253])


@pytest.mark.parametrize(
    ("headers", "left", "codes"),
    [
        ("X-A=1%0d%0aX-B:%202&amp;X-C=3", "X-C=3", [32112]),
        ("X-A%0a=1", "", [32112]),
        ("X-A=%00", "", [32112]),
        ("X-A", "", [32111]),
        ("=1&amp;X-B=2", "X-B=2", [32111]),
    ],
)
def test_a_header_that_could_begin_another_one_is_left_out(headers: str, left: str, codes: list[int]) -> None:
    assert target(f"{CAROL}?{headers}") == (f"{CAROL}?{left}" if left else CAROL, codes)


def test_a_refer_without_a_target_is_noted_and_fails_when_it_runs() -> None:
    verb, codes = read("")
    assert (verb.target, codes) == (None, [13243])


def test_one_target_counts_and_nothing_else_belongs_there() -> None:
    verb, codes = read(f"<Number>1</Number><Sip>{CAROL}</Sip><Sip>{CAROL}</Sip>text")
    assert (verb.target, codes) == (CAROL, [12200, 12200, 12200])


@pytest.mark.parametrize(
    ("attributes", "action", "method", "codes"),
    [
        ("", None, "POST", []),
        ("action=''", None, "POST", []),
        ("action='/done' method='get'", "/done", "GET", []),
        ("action='/done' method='PUT'", "/done", "POST", [12200]),
        ("action='ftp://x/'", "ftp://x/", "POST", [11100]),
        ("to='x'", None, "POST", [12200]),
    ],
)
def test_what_follows_is_the_action(
    attributes: str, action: str | None, method: str, codes: list[int]
) -> None:
    verb, found = read(f"<Sip>{CAROL}</Sip>", attributes)
    assert (verb.action, verb.method, found) == (action, method, codes)
