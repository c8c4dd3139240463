import pytest

from offhook.sip.error import SipError, SipUsageError
from offhook.sip.message import Headers, Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from tests.support.sip_wire import request


def parsed(data: bytes) -> Request:
    message = parse_message(data, Limits())
    assert isinstance(message, Request)
    return message


def test_headers_are_found_by_any_spelling() -> None:
    headers = Headers([("v", "1"), ("VIA", "2"), ("X-Thing", "a"), ("x-thing", "b")])
    assert headers.fields == (("Via", "1"), ("Via", "2"), ("X-Thing", "a"), ("x-thing", "b"))
    assert headers.get("via") == headers.get("V") == "1"
    assert headers.get_all("Via") == ("1", "2")
    assert headers.get_all("x-THING") == ("a", "b")
    assert headers.get("nothing") is None
    assert "X-THING" in headers
    assert len(headers) == 4


@pytest.mark.parametrize(
    ("name", "value"), [("a b", ""), ("", ""), ("A:", ""), ("A", "x\r\nB: y"), ("A", "x\ny"), ("A", "\ud800")]
)
def test_headers_of_ours_cannot_break_the_message(name: str, value: str) -> None:
    with pytest.raises(SipUsageError):
        Headers([(name, value)])


def test_single_refuses_missing_and_repeated_headers() -> None:
    headers = Headers([("To", "a"), ("To", "b")])
    for name in ("To", "From"):
        with pytest.raises(SipError) as caught:
            headers.single(name)
        assert caught.value.status == 400


def test_lists_are_cut_across_fields() -> None:
    assert Headers([("Route", "<sip:a>, <sip:b>"), ("Route", "<sip:c>")]).get_list("Route") == [
        "<sip:a>",
        "<sip:b>",
        "<sip:c>",
    ]


def test_typed_readings() -> None:
    message = parsed(request("INVITE", extra="Record-Route: <sip:p1;lr>, <sip:p2;lr>\nRequire: a, b"))
    assert message.uri.user == "bob"
    assert message.via.branch == "z9hG4bKa"
    assert (message.cseq.number, message.cseq.method) == (1, "INVITE")
    assert message.from_.tag == "alice"
    assert message.to.tag is None
    assert message.call_id == "call@10.0.0.1"
    assert message.max_forwards == 70
    assert message.contact is not None
    assert message.contact.uri.port == 5060
    assert [route.uri.host for route in message.record_route] == ["p1", "p2"]
    assert message.require == ("a", "b")
    assert message.cseq is message.cseq


def test_missing_max_forwards_and_contact_are_none() -> None:
    message = parsed(request("OPTIONS", max_forwards=None, contact=None))
    assert message.max_forwards is None
    assert message.contact is None


def test_response_copies_what_rfc3261_8_2_6_says_and_tags_to() -> None:
    message = parsed(
        request("INVITE", extra="Via: SIP/2.0/UDP second;branch=z9hG4bKb\nTimestamp: 54\nSubject: x")
    )
    response = Response.answering(message, 180, to_tag="t", headers=[("X-A", "1")], body=b"ab")
    assert response.headers.fields == (
        ("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport"),
        ("From", "<sip:alice@10.0.0.1>;tag=alice"),
        ("To", "<sip:bob@10.0.0.2>;tag=t"),
        ("Call-ID", "call@10.0.0.1"),
        ("CSeq", "1 INVITE"),
        ("Via", "SIP/2.0/UDP second;branch=z9hG4bKb"),
        ("X-A", "1"),
        ("Content-Length", "2"),
    )
    assert response.reason == "Ringing"
    assert ("Timestamp", "54") in Response.answering(message, 100, to_tag=None).headers.fields


def test_a_tag_that_is_there_stays() -> None:
    message = parsed(request("BYE", to="<sip:bob@10.0.0.2>;tag=old"))
    assert Response.answering(message, 200, to_tag="new").to.tag == "old"


@pytest.mark.parametrize(("status", "reason"), [(99, None), (700, None), (200, "a\r\nb")])
def test_responses_that_cannot_be_sent_are_refused(status: int, reason: str | None) -> None:
    with pytest.raises(SipUsageError):
        Response.answering(parsed(request("OPTIONS")), status, to_tag="t", reason=reason)


def test_unregistered_status_has_the_phrase_of_its_class() -> None:
    assert Response.answering(parsed(request("OPTIONS")), 499, to_tag="t").reason == "Bad Request"


def test_another_via_keeps_the_rest() -> None:
    message = parsed(request("OPTIONS", via="SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2"))
    changed = message.with_via(message.via.stamped("10.0.0.1", 9))
    assert changed.headers.get_list("Via") == [
        "SIP/2.0/UDP a;branch=z9hG4bK1;received=10.0.0.1", "SIP/2.0/UDP b;branch=z9hG4bK2"
    ]  # fmt: skip
    assert changed.headers.get_all("From") == message.headers.get_all("From")


def test_values_of_the_same_content_are_equal() -> None:
    data = request("OPTIONS")
    assert parsed(data) == parsed(data)
    assert hash(parsed(data)) == hash(parsed(data))
    assert parsed(data) != parsed(request("OPTIONS", call_id="other"))
    assert repr(parsed(data)) == "<Request OPTIONS sip:bob@10.0.0.2 SIP/2.0>"
