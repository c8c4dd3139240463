"""Reason, Refer-To, Referred-By, Replaces, User-to-User: why a call ends, and where it goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip import grammar
from offhook.sip.error import SipError
from offhook.sip.grammar import Parameters
from offhook.sip.headers.diversion import Diversion, parse_diversions
from offhook.sip.headers.event import EventPackage
from offhook.sip.headers.history_info import HistoryInfo, parse_history
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.headers.reason import Q850, SIP, Reason, parse_reasons
from offhook.sip.headers.refer_to import ReferTo
from offhook.sip.headers.referred_by import ReferredBy
from offhook.sip.headers.replaces import Replaces
from offhook.sip.headers.subscription_state import SubscriptionState
from offhook.sip.headers.user_to_user import UserToUser, parse_user_to_user
from offhook.sip.message import Headers

TOKEN = st.text(alphabet="abcXYZ019-.!%*_+`'~", min_size=1)
PARAMETERS = st.lists(st.tuples(TOKEN, st.just("") | TOKEN), max_size=4).map(tuple)
TEXT = st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))
ADDRESS = st.sampled_from(
    ["sip:a@x", "tel:+4930", "sips:b@[2001:db8::1]:5061;transport=tls", "urn:service:sos"]
)
CALL_ID = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=",;"))


# Diversion, History-Info, Event, Subscription-State


@given(ADDRESS, PARAMETERS)
def test_printed_addresses_of_a_diverted_call_come_back(uri: str, parameters: Parameters) -> None:
    address = NameAddr(uri, parameters=parameters)
    assert Diversion.parse(str(Diversion(address))).address == address
    assert HistoryInfo.parse(str(HistoryInfo(address))).address == address


def test_rfc5806_the_last_diversion_is_first() -> None:
    last, first = parse_diversions(['"A" <sip:a@x>;reason=User-Busy;counter=1', "<tel:+1>"])
    assert (last.address.display_name, last.reason, first.reason) == ("A", "user-busy", None)


def test_rfc7044_targets_are_in_order() -> None:
    targets = parse_history(
        ["<sip:a@x?Reason=SIP%3Bcause%3D302>;index=1, <sip:b@x>;index=1.1;rc=1", "<sip:c@x>"]
    )
    assert [each.index for each in targets] == ["1", "1.1", ""]


@given(TOKEN.map(str.lower), PARAMETERS)
def test_printed_events_and_states_come_back(word: str, parameters: Parameters) -> None:
    event, state = EventPackage(word, parameters), SubscriptionState(word, parameters)
    assert EventPackage.parse(str(event)) == event
    assert SubscriptionState.parse(str(state)) == state


@pytest.mark.parametrize("text", ["", ";id=1", "a b", "refer;=1"])
def test_an_event_needs_a_package(text: str) -> None:
    with pytest.raises(SipError):
        EventPackage.parse(text)


# Reason


@given(
    st.sampled_from([SIP, Q850]) | TOKEN.map(lambda token: f"x{token}"),
    st.none() | st.integers(0, 2**31 - 1),
    TEXT,
    PARAMETERS,
)
def test_printed_reasons_come_back(
    protocol: str, cause: int | None, text: str, parameters: Parameters
) -> None:
    reason = Reason(protocol, cause, text, parameters)
    assert Reason.parse(str(reason)) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('SIP ;cause=200 ;text="Call completed elsewhere"', Reason(SIP, 200, "Call completed elsewhere")),
        ('Q.850 ;cause=16 ;text="Terminated"', Reason(Q850, 16, "Terminated")),
        ('SIP ;cause=600 ;text="Busy Everywhere"', Reason(SIP, 600, "Busy Everywhere")),
        ('SIP ;cause=580 ;text="Precondition Failure"', Reason(SIP, 580, "Precondition Failure")),
    ],
)
def test_rfc3326_2_examples(text: str, reason: Reason) -> None:
    assert Reason.parse(text) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("q.850;Cause=017;TEXT=busy", Reason(Q850, 17, "busy")),
        (" sip\t", Reason(SIP)),
        (
            'preemption;cause=1;text="UA \\"Preemption\\"";x=y',
            Reason("preemption", 1, 'UA "Preemption"', (("x", "y"),)),
        ),
    ],
)
def test_reasons_as_peers_spell_them(text: str, reason: Reason) -> None:
    assert Reason.parse(text) == reason


def test_a_reason_prints_cause_and_text() -> None:
    assert str(Reason(Q850, 16, 'a "b"')) == 'Q.850;cause=16;text="a \\"b\\""'
    assert str(Reason(SIP)) == "SIP"


def test_rfc3326_several_reasons_in_one_field_and_in_more() -> None:
    headers = Headers(
        [
            ("Reason", 'SIP;cause=487;text="a, b", Q.850;cause=16'),
            ("Reason", "STIR;cause=428, STIR;cause=437"),
        ]
    )
    assert parse_reasons(headers.get_all("Reason")) == (
        Reason(SIP, 487, "a, b"),
        Reason(Q850, 16),
        Reason("STIR", 428),  # RFC 9366: one protocol twice
        Reason("STIR", 437),
    )
    assert parse_reasons(()) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";cause=16",
        "Q.850 cause=16",
        "Q.850;cause",
        "Q.850;cause=",
        "Q.850;cause=x",
        "Q.850;cause=-1",
        "Q.850;cause=2147483648",
        'Q.850;text="open',
        "SIP;cause=1, ",
        "Q 850",
    ],
)
def test_malformed_reasons_are_refused(text: str) -> None:
    with pytest.raises(SipError) as caught:
        parse_reasons([text])
    assert caught.value.status == 400


# Refer-To and Referred-By


@pytest.mark.parametrize(
    ("text", "uri_text"),
    [
        ("sip:alice@atlanta.example.com", "sip:alice@atlanta.example.com"),
        (
            "<sip:carol@cleveland.example.org;method=SUBSCRIBE>",
            "sip:carol@cleveland.example.org;method=SUBSCRIBE",
        ),
        ("http://www.ietf.org", "http://www.ietf.org"),
    ],
)
def test_rfc3515_2_1_examples(text: str, uri_text: str) -> None:
    assert ReferTo.parse(text) == ReferTo(NameAddr(uri_text))


def test_rfc3515_2_1_example_of_a_method() -> None:
    refer_to = ReferTo.parse("<sip:carol@cleveland.example.org;method=SUBSCRIBE;transport=tcp>")
    assert refer_to.method == "SUBSCRIBE"
    assert str(refer_to.target) == "sip:carol@cleveland.example.org;transport=tcp"
    assert refer_to.headers == ()
    assert refer_to.replaces is None


def test_rfc3515_2_1_example_of_an_attended_transfer() -> None:
    refer_to = ReferTo.parse(
        "<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>"
    )
    assert refer_to.method == "INVITE"
    assert str(refer_to.target) == "sip:dave@denver.example.org"
    assert refer_to.replaces == Replaces("12345@192.168.118.3", "12345", "5FFE-3994")


def test_rfc3515_2_1_example_with_a_broken_header_part_is_kept_but_not_followed() -> None:
    text = (
        "<sip:bob@biloxi.example.net?Accept-Contact=sip:bobsdesk.biloxi.example.net"
        "&Call-ID%3D55432%40alicepc.atlanta.example.com>"
    )
    refer_to = ReferTo.parse(text)
    assert str(refer_to) == text
    with pytest.raises(SipError) as caught:
        _ = refer_to.target
    assert caught.value.status == 400


def test_the_headers_of_a_refer_to_are_unescaped_in_order() -> None:
    refer_to = ReferTo.parse("<sip:a@b?X-A=b%20c&x%2Dd=+1&Subject=>")
    assert refer_to.headers == (("X-A", "b c"), ("x-d", "+1"), ("Subject", ""))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("<tel:+15551234567>", 416),
        ("<sip:a@b?X-A=b%0D%0AVia:x>", 400),
        ("<sip:a@b?X%00A=b>", 400),
        ("<sip:a@b?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=b>", 400),
        ("<sip:a@b?Replaces=a%3Bto-tag%3D1>", 400),
    ],
)
def test_refer_tos_that_name_no_dialog_to_replace(text: str, status: int) -> None:
    refer_to = ReferTo.parse(text)
    with pytest.raises(SipError) as caught:
        _ = refer_to.replaces
    assert caught.value.status == status


@pytest.mark.parametrize(
    "text", ["", "sip:a@b?Replaces=c", "<sip:a@b>, <sip:c@d>", "<sip:a@b", "a@b", "<sip:a@b> x"]
)
def test_malformed_refer_tos_and_referred_bys_are_refused(text: str) -> None:
    for parse in (ReferTo.parse, ReferredBy.parse):
        with pytest.raises(SipError):
            parse(text)


@pytest.mark.parametrize(
    ("text", "uri_text", "cid"),
    [
        (
            '<sip:referror@example.com>;cid="20398823.2UWQFN309shb3@referror.example"',
            "sip:referror@example.com",
            "20398823.2UWQFN309shb3@referror.example",
        ),
        (
            'sip:r@ref.example;cid="2UWQFN309shb3@ref.example"',
            "sip:r@ref.example",
            "2UWQFN309shb3@ref.example",
        ),
        ('"Ref" <sips:r@ref.example>;x', "sips:r@ref.example", None),
        ('<sip:r@ref.example>;cid=""', "sip:r@ref.example", None),
        ("<sip:r@ref.example>;cid", "sip:r@ref.example", None),
    ],
)
def test_rfc3892_3_examples(text: str, uri_text: str, cid: str | None) -> None:
    referred_by = ReferredBy.parse(text)
    assert (referred_by.address.uri_text, referred_by.cid) == (uri_text, cid)
    assert ReferredBy.parse(str(referred_by)) == referred_by


# Replaces


@pytest.mark.parametrize(
    ("text", "replaces"),
    [
        (
            "98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff",
            Replaces("98732@sip.example.com", "ff87ff", "r33th4x0r"),
        ),
        ("12adf2f34456gs5;to-tag=12345;from-tag=54321", Replaces("12adf2f34456gs5", "12345", "54321")),
        ("87134@171.161.34.23;to-tag=24796;from-tag=0", Replaces("87134@171.161.34.23", "24796", "0")),
    ],
)
def test_rfc3891_6_1_examples(text: str, replaces: Replaces) -> None:
    assert Replaces.parse(text) == replaces


def test_rfc3891_early_only_and_other_parameters() -> None:
    replaces = Replaces.parse("a@b;To-Tag=1;x=y;Early-Only;From-Tag=2")
    assert replaces == Replaces("a@b", "1", "2", is_early_only=True, parameters=(("x", "y"),))
    assert str(replaces) == "a@b;to-tag=1;from-tag=2;early-only;x=y"


@given(CALL_ID.filter(bool), TOKEN, TOKEN, st.booleans(), PARAMETERS)
def test_printed_replaces_come_back_also_out_of_a_uri(
    call_id: str, to_tag: str, from_tag: str, is_early_only: bool, parameters: Parameters
) -> None:
    replaces = Replaces(call_id, to_tag, from_tag, is_early_only, parameters)
    assert Replaces.parse(str(replaces)) == replaces
    escaped = grammar.escape(str(replaces), "")
    assert ReferTo.parse(f"<sip:a@b?Replaces={escaped}>").replaces == replaces


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";to-tag=1;from-tag=2",
        "a",
        "a;to-tag=1",
        "a;from-tag=1",
        "a;to-tag=1;to-tag=2;from-tag=3",
        "a;to-tag=1;from-tag=2;from-tag=2",
        "a;to-tag;from-tag=2",
        'a;to-tag="1";from-tag=2',
        "a b;to-tag=1;from-tag=2",
        "a;to-tag=1;from-tag=2, b;to-tag=1;from-tag=2",
        "a,b;to-tag=1;from-tag=2",
        "a\r\nb;to-tag=1;from-tag=2",
        "ä;to-tag=1;from-tag=2",
    ],
)
def test_malformed_replaces_are_refused(text: str) -> None:
    with pytest.raises(SipError) as caught:
        Replaces.parse(text)
    assert caught.value.status == 400


# User-to-User


@given(TEXT, PARAMETERS)
def test_printed_user_to_users_come_back(data: str, parameters: Parameters) -> None:
    value = UserToUser(data, parameters)
    assert UserToUser.parse(str(value)) == value


def test_rfc7433_example() -> None:
    value = UserToUser.parse("56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar")
    assert value.data == "56a390f3d2b7310023a2"
    assert (value.encoding, value.purpose, value.content) == ("hex", "foo", "bar")


def test_user_to_users_of_several_fields_quoted_or_not() -> None:
    headers = Headers([("User-to-User", '"a, \\"b\\"";Encoding=HEX , c'), ("user-to-user", '"";x')])
    values = parse_user_to_user(headers.get_all("User-to-User"))
    assert [value.data for value in values] == ['a, "b"', "c", ""]
    assert [value.encoding for value in values] == ["hex", None, None]
    assert [str(value) for value in values] == ['"a, \\"b\\"";Encoding=HEX', "c", '"";x']
    assert (values[1].purpose, values[1].content) == (None, None)


@pytest.mark.parametrize("text", ["", ";encoding=hex", "a b", '"open', "a;", "a=b", '"a"b', "a,,b"])
def test_malformed_user_to_users_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        parse_user_to_user([text])


# All


@given(st.text() | st.text(alphabet='abS1;=,:"\\<>@?%0D \t\r\n-tofrmgcausex'))
def test_any_text_is_a_value_or_an_error(text: str) -> None:
    for parse in (Reason.parse, ReferTo.parse, ReferredBy.parse, Replaces.parse, UserToUser.parse):
        try:
            value = parse(text)
        except SipError:
            continue
        assert parse(str(value)) == value


@given(st.text() | st.text(alphabet="abX-%0123Dd3B=&?;:@to-tagfrmReplcs"))
def test_any_target_is_read_or_refused(text: str) -> None:
    try:
        refer_to = ReferTo.parse(f"<sip:a@b?Replaces={text}>")
        _ = refer_to.target, refer_to.method, refer_to.headers, refer_to.replaces
    except SipError:
        return
    assert all(
        character >= " " or character == "\t" for pair in refer_to.headers for character in "".join(pair)
    )
