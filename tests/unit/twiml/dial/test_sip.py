"""Sip: its URI and what hangs on it, headers, logins, several URIs."""

import re
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.uri import SipUri
from offhook.twiml.dial.machine_detection import MachineDetection
from offhook.twiml.dial.sip import Sip, SipTarget
from offhook.twiml.dial.status_callback import StatusCallback, Whisper
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.document import Document
from offhook.twiml.verbs.dial import Dial
from tests.support.twiml import codes, document, only, only_noun

URI = "sip:bob@pbx.example.com"


def sip(attributes: str = "", inside: str = URI) -> str:
    return f"<Dial><Sip {attributes}>{inside}</Sip></Dial>"


def read(uri: str) -> Document:
    return document(sip("", escape(uri)))


def target(found: Document) -> SipTarget:
    (only_target,) = only_noun(found, Sip).targets
    return only_target


def test_defaults() -> None:
    found = document(sip())

    assert only_noun(found, Sip) == Sip(
        targets=(SipTarget(URI, is_secure=False, headers=(), login=None, priority=10, weight=10),),
        send_digits="",
        whisper=None,
        callback=None,
        machine_detection=None,
    )
    assert found.problems == ()


@pytest.mark.parametrize(
    ("written", "uri"),
    [
        (f"\n  {URI}\n", URI),
        ("SIP:bob@h", "sip:bob@h"),
        ("sips:bob@h", "sip:bob@h;transport=tls"),
        ("sips:bob@h:5071;transport=tcp;lr", "sip:bob@h:5071;transport=tls;lr"),
        ("bob@h", "sip:bob@h"),
        ("bob@h:5070", "sip:bob@h:5070"),
        ("sip:h", "sip:h"),
        ("sip:+15551234567@192.0.2.1:5070;user=phone", "sip:+15551234567@192.0.2.1:5070;user=phone"),
        ("sip:bob@[2001:db8::1]:5070", "sip:bob@[2001:db8::1]:5070"),
        ("sip:a%20b;x=1:pw@h", "sip:a%20b;x=1:pw@h"),
        ("sip:*21#@h", "sip:*21#@h"),
        ("sip:bob@h;transport=TLS", "sip:bob@h;transport=tls"),
        ("sip:bob@h;transport=tcp;lr", "sip:bob@h;transport=tcp;lr"),
        ("sip:bob@h;edge=dublin;region=us1;transport=udp", "sip:bob@h;transport=udp"),
        ("sip:bob@h;secure=false", "sip:bob@h"),
        ("sip:" + "a" * 248 + "@h", "sip:" + "a" * 248 + "@h"),
    ],
)
def test_good_uris_are_taken(written: str, uri: str) -> None:
    found = read(written)

    assert target(found) == SipTarget(uri)
    assert found.problems == ()


@pytest.mark.parametrize(
    "written",
    ["sip:bob@h;secure=true;transport=tls", "sip:bob@h;secure=TRUE", "sip:bob@h;transport=udp;secure=true"],
)
def test_secure_asks_for_srtp_over_tls_and_is_no_part_of_the_uri(written: str) -> None:
    found = read(written)

    assert target(found) == SipTarget("sip:bob@h;transport=tls", is_secure=True)
    assert found.problems == ()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "bob",
        "pbx.example.com",
        "tel:+15551234567",
        "mailto:bob@h",
        "sip:",
        "sip:@h",
        "sip:bob@",
        "sip:bob@h:0",
        "sip:bob@h:65536",
        "sip:bob@h:",
        "sip:bob@h:5060x",
        "sip:bob smith@h",
        "sip:bob@h h",
        "sip:bob@[2001:db8::1",
        "sip:bob@[::1%eth0]",
        "sip:bob@[nonsense]",
        "sip:a@b@c",
        "sip:" + "a" * 249 + "@h",
        "sip:b\u00f6b@h",
    ],
)
def test_13243_for_what_is_no_sip_uri(written: str) -> None:
    found = read(written)

    assert only_noun(found, Undiallable) == Undiallable("Sip", 13243)
    assert codes(found) == [13243]


@pytest.mark.parametrize(
    ("written", "uri", "code"),
    [
        ("sip:bob@h;transport=sctp", "sip:bob@h", 32114),
        ("sip:bob@h;transport", "sip:bob@h", 32114),
        ("sip:bob@h;secure=1", "sip:bob@h", 32114),
        ("sip:bob@h;a=b c;x=1", "sip:bob@h;x=1", 32110),
        ("sip:bob@h;;x=1", "sip:bob@h;x=1", 32110),
    ],
)
def test_a_bad_parameter_is_noted_and_left_out(written: str, uri: str, code: int) -> None:
    found = read(written)

    assert target(found) == SipTarget(uri)
    assert codes(found) == [code]


@pytest.mark.parametrize(
    ("header_text", "headers"),
    [
        ("X-Name=value", (("X-Name", "value"),)),
        ("x-a=1&X-B=2", (("x-a", "1"), ("X-B", "2"))),
        ("X-Name=Agent%2C%20A%3Db", (("X-Name", "Agent, A=b"),)),
        ("X-Number=+15551234567", (("X-Number", "+15551234567"),)),
        ("X-Equals=a=b", (("X-Equals", "a=b"),)),
        ("x-foo%3Dbar", (("x-foo", "bar"),)),
        ("X-Empty=", (("X-Empty", ""),)),
        ("X-A=1&&X-B=2&", (("X-A", "1"), ("X-B", "2"))),
        ("X-A=1&x-a=2", (("X-A", "1, 2"),)),
        ("user-to-user=04%3Bencoding%3Dhex", (("User-to-User", "04;encoding=hex"),)),
        ("Remote-Party-ID=x&P-Called-Party-ID=y", (("Remote-Party-ID", "x"), ("P-Called-Party-ID", "y"))),
        ("X-Name=Gr%C3%BC%C3%9Fe", (("X-Name", "Grüße"),)),
        ("X-A=" + "x" * 1_019, (("X-A", "x" * 1_019),)),
    ],
)
def test_headers_behind_the_question_mark(header_text: str, headers: tuple[tuple[str, str], ...]) -> None:
    found = read(f"{URI}?{header_text}")

    assert target(found) == SipTarget(URI, headers=headers)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("header_text", "code"),
    [
        ("X-A", 32111),
        ("X%20A=1", 32111),
        ("=1", 32111),
        ("%ff=1", 32111),
        ("X-A=1%0D%0AVia:%20x", 32112),
        ("X-A=%00", 32112),
        ("X-A=%ff", 32112),
        ("Subject=x", 32113),
        ("Via=x", 32113),
        ("X-Twilio-CallSid=x", 32113),
        ("X-A=" + "x" * 1_020, 13253),
    ],
)
def test_a_bad_header_is_noted_and_left_out(header_text: str, code: int) -> None:
    found = read(f"{URI}?{header_text}")

    assert target(found) == SipTarget(URI)
    assert codes(found) == [code]


def test_header_elements_are_added() -> None:
    found = document(
        sip("", f"{URI}?X-A=1<Headers><Header name='X-B' value='2, 3'/><Header name='X-C'/></Headers>")
    )

    assert target(found).headers == (("X-A", "1"), ("X-B", "2, 3"), ("X-C", ""))
    assert found.problems == ()


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("<Header name='X A' value='1'/>", 13252),
        ("<Header value='1'/>", 13252),
        ("<Header name='Via' value='1'/>", 32113),
        ("<Header name='X-A' value='a&#13;&#10;b'/>", 32112),
        (f"<Header name='X-A' value='{'x' * 1_021}'/>", 13253),
        ("<Foo/>", 12200),
    ],
)
def test_a_bad_header_element_is_noted_and_left_out(header: str, code: int) -> None:
    found = document(sip("", f"{URI}<Headers>{header}</Headers>"))

    assert target(found) == SipTarget(URI)
    assert codes(found) == [code]


def test_13251_for_the_eleventh_header_element() -> None:
    headers = "".join(f"<Header name='X-{i}' value='1'/>" for i in range(11))
    found = document(sip("", f"{URI}<Headers>{headers}</Headers>"))

    assert len(target(found).headers) == 10
    assert codes(found) == [13251]


def test_a_login_is_kept_and_its_password_never_printed() -> None:
    found = document(sip('username="bob" password="s3cret"'))

    login = target(found).login
    assert login is not None
    assert (login.username, login.password.reveal()) == ("bob", "s3cret")
    assert "s3cret" not in repr(found)
    assert found.problems == ()


@pytest.mark.parametrize(
    "attributes",
    ['password="x"', f'username="{"x" * 256}"', "username='a\"b'", 'username="a&#10;&#13;b"'],
)
def test_13249_for_a_login_that_is_none(attributes: str) -> None:
    found = document(sip(attributes))

    assert target(found).login is None
    assert codes(found) == [13249]


def test_13249_for_a_password_that_is_too_long() -> None:
    found = document(sip(f'username="bob" password="{"x" * 256}"'))

    login = target(found).login
    assert login is not None
    assert login.password.reveal() == ""
    assert codes(found) == [13249]


def test_several_uris_with_priority_weight_and_logins_of_their_own() -> None:
    found = document(
        sip(
            'username="all" password="a"',
            "<Uri priority='1' weight='20'>sip:a@h?X-A=1</Uri><Uri username='own' password='b'>sip:b@h</Uri>"
            "<Headers><Header name='X-B' value='2'/></Headers>",
        )
    )

    first, second = only_noun(found, Sip).targets
    assert (first.uri, first.priority, first.weight) == ("sip:a@h", 1, 20)
    assert (second.uri, second.priority, second.weight) == ("sip:b@h", 10, 10)
    assert [each.login.username for each in (first, second) if each.login] == ["all", "own"]
    assert (first.headers, second.headers) == ((("X-A", "1"), ("X-B", "2")), (("X-B", "2"),))
    assert found.problems == ()


def test_a_bad_uri_among_good_ones_is_left_out_and_10_are_taken() -> None:
    bad = document(sip("", "<Uri>nobody</Uri><Uri>sip:b@h</Uri>"))
    many = document(sip("", "<Uri>sip:b@h</Uri>" * 11))

    assert target(bad).uri == "sip:b@h"
    assert codes(bad) == [13243]
    assert len(only_noun(many, Sip).targets) == 10
    assert codes(many) == [13250]


@pytest.mark.parametrize("inside", [f"{URI}<Uri>sip:b@h</Uri>", f"{URI}<Foo/>", f"<Uri>{URI}<Foo/></Uri>"])
def test_12200_for_what_a_sip_noun_does_not_take(inside: str) -> None:
    found = document(sip("", inside))

    assert target(found) == SipTarget(URI)
    assert codes(found) == [12200]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('sendDigits="1w#"', Sip((SipTarget(URI),), send_digits="1w#")),
        ('url="/w" method="GET"', Sip((SipTarget(URI),), whisper=Whisper("/w", "GET"))),
        (
            'statusCallback="/s" statusCallbackEvent="initiated"',
            Sip((SipTarget(URI),), callback=StatusCallback("/s", "POST", frozenset({"initiated"}))),
        ),
    ],
)
def test_good_values_are_taken(attributes: str, expected: Sip) -> None:
    found = document(sip(attributes))

    assert only_noun(found, Sip) == expected
    assert found.problems == ()


def test_machine_detection_is_asked_for_as_in_number() -> None:
    found = document(sip('machineDetection="enable" amdStatusCallback="/amd"'))

    assert only_noun(found, Sip).machine_detection == MachineDetection(
        "Enable", 30.0, 2_400, 1_200, 5_000, "/amd", "POST"
    )


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ('method="PUT"', 13241),
        ('sendDigits="hello"', 13242),
        ('statusCallback="a b"', 11100),
        ('byoc="x"', 12200),
    ],
)
def test_a_bad_value_is_noted_and_the_default_used(attribute: str, code: int) -> None:
    found = document(sip(attribute))

    assert only_noun(found, Sip) == Sip((SipTarget(URI),))
    assert codes(found) == [code]


URI_PIECES = (
    "sip:",
    "sips:",
    "bob",
    "@",
    ":",
    "5060",
    ";",
    "transport=",
    "tls",
    "secure=true",
    "[::1]",
    "lr",
)
ODD_PIECES = (
    "?",
    "X-A=1",
    "&",
    "%41",
    "%",
    "[",
    "]",
    "h.example",
    "=",
    "#",
    "/",
    "+1",
    " ",
    "\u00e9",
    "%0D%0A",
)
PIECES = st.sampled_from(URI_PIECES + ODD_PIECES)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_every_uri_that_is_taken_is_one_to_the_sip_stack(written: str) -> None:
    for noun in only(read(written), Dial).nouns:
        if isinstance(noun, Sip):
            for each in noun.targets:
                parsed = SipUri.parse(each.uri)
                assert parsed.headers == ()
                assert parsed.parameter("transport") in (None, "udp", "tcp", "tls")
                assert not any(re.search(r"[\x00-\x1f\x7f]", name + value) for name, value in each.headers)
