"""What the user agent answers by itself, from bytes to bytes (RFC 3261 §8.2, §12.2.2; issue's bad input)."""

import pytest

from offhook.base.errors import PeerError
from offhook.sip.error import SipUsageError
from offhook.sip.event import BadMessage, Canceled, EndCause, Ended, Invited, OfferReceived, RequestReceived
from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.session.state import SessionState
from offhook.sip.settings import Settings
from tests.support.sip_wire import SDP, US, Wire, answer, request

ANSWER = SDP.encode()


STRAY = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKno\r\nFrom: <sip:a>;tag=1\r\n"
    b"To: <sip:b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
)


def call(wire: Wire, *, accept: bool = True, **parts: str) -> str:
    """An incoming call up to its ACK; returns our tag."""
    wire.receive(request("INVITE", body=SDP, **parts))
    session = wire.told(Invited)[-1].session
    if accept:
        session.accept(ANSWER, wire.now)
        wire.poll()
        wire.receive(
            request(
                "ACK", via="SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKack;rport", to=tagged(session.local_tag)
            )
        )
        assert session.state is SessionState.CONFIRMED
    return str(session.local_tag)


def tagged(tag: str) -> str:
    return f"<sip:bob@10.0.0.2>;tag={tag}"


def via(branch: str) -> str:
    return f"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{branch};rport"


def test_options_is_answered_with_what_we_offer() -> None:
    wire = Wire()
    wire.receive(request("OPTIONS"))
    response = wire.last()
    assert response.status == 200
    assert (
        response.headers.get("Allow")
        == "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, MESSAGE"
    )
    assert response.headers.get("Accept") == "application/sdp, multipart/mixed, multipart/alternative"
    assert response.headers.get("Server") == "Offhook"
    assert response.to.tag
    assert wire.events == []
    assert wire.agent.is_idle


def test_stateless_answers_have_the_same_tag_each_time() -> None:
    wire = Wire()
    wire.receive(request("OPTIONS"))
    wire.receive(request("OPTIONS"))
    wire.receive(request("OPTIONS", via=via("other")))
    one, two, three = wire.messages()
    assert one == two
    assert one.to.tag != three.to.tag


@pytest.mark.parametrize(
    ("method", "parts", "status"),
    [
        ("NONSENSE", {}, 501),
        ("invite", {}, 501),
        ("INVITE", {"uri": "tel:+15551234567"}, 416),
        ("INVITE", {"uri": "sip:bob@"}, 400),
        ("INVITE", {"max_forwards": "0"}, 483),
        ("OPTIONS", {"max_forwards": "0"}, 200),
        ("INVITE", {"max_forwards": "300"}, 400),
        ("INVITE", {"contact": None}, 400),
        ("INVITE", {"contact": "<tel:+1555>"}, 400),
        ("INVITE", {"cseq": "1 BYE"}, 400),
        ("INVITE", {"cseq": "4294967296 INVITE"}, 400),
        ("INVITE", {"call_id": None}, 400),
        ("INVITE", {"call_id": "a b"}, 400),
        ("INVITE", {"extra": "To: <sip:x@y>"}, 400),
        ("INVITE", {"from_": "sip:a b"}, 400),
        ("INVITE", {"extra": "Require: precondition"}, 420),
        ("INVITE", {"extra": "Content-Type: text/plain", "body": SDP}, 415),
        ("INVITE", {"extra": "Content-Encoding: gzip", "body": SDP}, 415),
        ("BYE", {}, 481),
        ("BYE", {"to": "<sip:bob@10.0.0.2>;tag=none"}, 481),
        ("INVITE", {"to": "<sip:bob@10.0.0.2>;tag=none"}, 481),
        ("CANCEL", {}, 481),
        ("INFO", {}, 481),
        ("PRACK", {}, 481),
        ("UPDATE", {}, 481),
        ("INVITE", {"extra": "Session-Expires: soon"}, 400),
    ],
)
def test_refusals(method: str, parts: dict[str, str | None], status: int) -> None:
    wire = Wire()
    data = request(method, **parts)  # type: ignore[arg-type]
    if "Content-Type: text/plain" in str(parts.get("extra")):
        data = data.replace(b"Content-Type: application/sdp\r\n", b"")
    wire.receive(data)
    assert wire.statuses() == [status]
    assert wire.told(Invited) == []
    assert wire.agent.is_idle
    for event in wire.told(BadMessage):
        assert isinstance(event.error, PeerError)


def test_refusals_say_what_would_do() -> None:
    wire = Wire()
    wire.receive(request("PUBLISH", to=tagged(call(wire)), cseq="2 PUBLISH", via=via("r")))
    assert (
        wire.last().headers.get("Allow")
        == "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, MESSAGE"
    )
    wire.receive(request("INVITE", call_id="two", via=via("two"), extra="Require: 100rel, path, timer"))
    assert wire.last().headers.get("Unsupported") == "path"
    pidf = request("INVITE", call_id="three", via=via("three"), body=SDP)
    wire.receive(pidf.replace(b"application/sdp", b"application/pidf+xml"))
    assert wire.last().headers.get("Accept") == "application/sdp, multipart/mixed, multipart/alternative"


def test_malformed_request_is_answered_400_with_the_reason_and_told() -> None:
    wire = Wire()
    wire.receive(request("INVITE").replace(b"Max-Forwards: 70", b"Max Forwards 70"))
    assert wire.statuses() == [400]
    assert wire.last().reason == "Malformed header name"
    told = wire.told(BadMessage)[0]
    assert told.error.status == 400
    assert told.excerpt.startswith(b"INVITE sip:bob@10.0.0.2 SIP/2.0")
    assert wire.last().to.tag


def test_rfc4475_insuf_is_answered_with_the_headers_it_has() -> None:
    wire = Wire()
    wire.receive(request("INVITE", to=None, call_id=None, contact=None, from_=None))
    assert b"400" in wire.transmits[-1].data.split(b"\r\n")[0]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\r\n\r\n", b"\0\0\0\0", b"\x00\x01\x00\x00!\x12\xa4B", b"hello", b"\xff" * 40,
        request("ACK").replace(b"CSeq", b"C Seq"),
        request("ACK"),
        request("ACK", to="<sip:bob@10.0.0.2>;tag=none"),
        request("INVITE", via="nonsense"),
        request("INVITE", via=None),
        STRAY,
        b"SIP/2.0 200 OK\r\nCSeq: nonsense\r\n\r\n",
    ],
)  # fmt: skip
def test_silence_where_no_answer_is_allowed(data: bytes) -> None:
    wire = Wire()
    wire.receive(data)
    assert wire.transmits == []
    assert wire.agent.is_idle


def test_merged_invite_is_482() -> None:
    wire = Wire()
    wire.receive(request("INVITE", body=SDP))
    wire.receive(request("INVITE", body=SDP, via="SIP/2.0/UDP 10.0.0.8;branch=z9hG4bKfork;rport"))
    assert wire.statuses() == [100, 482]
    assert len(wire.told(Invited)) == 1


def test_repeated_invite_gets_the_last_answer_again_and_is_told_once() -> None:
    wire = Wire()
    wire.receive(request("INVITE", body=SDP))
    wire.receive(request("INVITE", body=SDP))
    session = wire.told(Invited)[0].session
    session.ring(wire.now)
    wire.poll()
    wire.receive(request("INVITE", body=SDP))
    assert wire.statuses() == [100, 100, 180, 180]
    assert len(wire.told(Invited)) == 1


def test_other_requests_are_the_owners() -> None:
    wire = Wire()
    wire.receive(request("REGISTER"))
    incoming = wire.told(RequestReceived)[0].incoming
    wire.receive(request("REGISTER"))
    assert wire.transmits == []
    wire.agent.respond(incoming, 405, wire.now, headers=[("Allow", "INVITE")])
    wire.poll()
    wire.receive(request("REGISTER"))
    assert wire.statuses() == [405, 405]
    assert wire.last().headers.get("Allow") == "INVITE"
    assert wire.last().to.tag
    with pytest.raises(SipUsageError):
        wire.agent.respond(incoming, 200, wire.now)
    with pytest.raises(SipUsageError):
        wire.agent.respond(incoming, 200, wire.now, headers=[("Via", "x")])
    with pytest.raises(SipUsageError):
        wire.agent.respond(incoming, 200, wire.now, reason="a\nb")
    assert wire.settle()


def test_request_that_the_owner_forgets_goes_away() -> None:
    wire = Wire()
    wire.receive(request("REGISTER"))
    incoming = wire.told(RequestReceived)[0].incoming
    assert wire.settle()
    wire.agent.respond(incoming, 200, wire.now)
    wire.poll()
    assert wire.transmits == []


def test_responses_to_an_incoming_call() -> None:
    wire = Wire()
    wire.receive(request("INVITE", body=SDP, extra="Record-Route: <sip:p1;lr>\nRecord-Route: <sip:p2;lr>"))
    assert wire.last().to.tag is None
    session = wire.told(Invited)[0].session
    assert session.is_uas
    assert session.call_id == "call@10.0.0.1"
    assert session.flow.remote == Address("10.0.0.1", 5060)
    session.ring(wire.now, 183, headers=(("X-A", "1"),), body=ANSWER)
    wire.poll()
    ringing = wire.last()
    assert ringing.headers.get_all("Record-Route") == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert ringing.headers.get("Contact") == "<sip:10.0.0.2:5060>"
    assert ringing.headers.get("X-A") == "1"
    assert ringing.headers.get("Content-Type") == "application/sdp"
    assert ringing.body == ANSWER
    session.accept(ANSWER, wire.now)
    wire.poll()
    accepted = wire.last()
    assert accepted.to.tag == ringing.to.tag == session.local_tag
    assert (
        accepted.headers.get("Allow")
        == "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, MESSAGE"
    )


def test_contact_names_the_transport_of_a_connection() -> None:
    wire = Wire()
    tcp = Flow(Transport.TCP, US, Address("10.0.0.1", 40000), Address("192.0.2.1", 5060), 7)
    wire.receive(request("INVITE", via="SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKa", body=SDP), tcp)
    wire.told(Invited)[0].session.accept(ANSWER, wire.now)
    wire.poll()
    assert wire.last().headers.get("Contact") == "<sip:192.0.2.1:5060;transport=tcp>"
    assert wire.transmits[-1].flow == tcp


def test_cancel_is_answered_and_ends_the_invite_with_487() -> None:
    wire = Wire()
    tag = call(wire, accept=False)
    wire.receive(request("CANCEL", contact=None))
    assert wire.statuses() == [100, 200, 487]
    assert {message.to.tag for message in wire.messages()[1:]} == {tag}
    assert [event.session.state for event in wire.told(Canceled)] == [SessionState.TERMINATED]
    wire.receive(request("CANCEL", contact=None))
    assert len(wire.told(Canceled)) == 1
    wire.receive(request("ACK", to=tagged(tag)))
    assert wire.settle()


def test_cancel_after_the_answer_changes_nothing() -> None:
    wire = Wire()
    call(wire)
    wire.receive(request("CANCEL", contact=None))
    assert wire.statuses()[-1] == 200
    assert wire.told(Canceled) == []
    assert wire.told(Invited)[0].session.state is SessionState.CONFIRMED


def test_cancel_of_another_method_is_answered_200() -> None:
    wire = Wire()
    wire.receive(request("REGISTER"))
    wire.receive(request("CANCEL", contact=None))
    assert wire.statuses() == [200]


def test_early_bye_of_the_caller_ends_the_invite_with_487() -> None:
    wire = Wire()
    tag = call(wire, accept=False)
    wire.receive(request("BYE", to=tagged(tag), cseq="2 BYE", via=via("bye")))
    assert wire.statuses() == [100, 200, 487]
    assert len(wire.told(Canceled)) == 1
    wire.receive(request("ACK", to=tagged(tag)))
    assert wire.settle()


def test_bye_is_answered_and_its_repetition_too() -> None:
    wire = Wire()
    tag = call(wire)
    for _ in range(2):
        wire.receive(request("BYE", to=tagged(tag), cseq="2 BYE", via=via("bye")))
    assert wire.statuses()[-2:] == [200, 200]
    assert [(event.cause, event.request.method) for event in wire.told(Ended)] == [
        (EndCause.REMOTE_BYE, "BYE")
    ]
    wire.receive(request("BYE", to=tagged(tag), cseq="3 BYE", via=via("bye2")))
    assert wire.last().status == 481
    assert wire.settle()


def test_bye_before_the_ack_ends_the_call() -> None:
    wire = Wire()
    wire.receive(request("INVITE", body=SDP))
    session = wire.told(Invited)[0].session
    session.accept(ANSWER, wire.now)
    wire.receive(request("BYE", to=tagged(session.local_tag), cseq="2 BYE", via=via("bye")))
    wire.pass_time(20.0)
    assert wire.statuses() == [100, 200, 200]
    assert [event.cause for event in wire.told(Ended)] == [EndCause.REMOTE_BYE]
    assert wire.settle()


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("OPTIONS", 200),
        ("INFO", 200),
        ("UPDATE", 200),
        ("PRACK", 400),
        ("PUBLISH", 405),
        ("REFER", 400),
        ("NOTIFY", 400),
        ("NONSENSE", 501),
        ("REGISTER", 405),
    ],
)
def test_other_requests_inside_a_dialog(method: str, status: int) -> None:
    wire = Wire()
    tag = call(wire)
    wire.receive(request(method, to=tagged(tag), cseq=f"2 {method}", via=via("x")))
    assert wire.last().status == status


def test_methods_that_the_owner_offers_are_the_owners_inside_a_dialog_too() -> None:
    wire = Wire(Settings(allow=("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "PUBLISH")))
    tag = call(wire)
    wire.receive(request("PUBLISH", to=tagged(tag), cseq="2 PUBLISH", via=via("x")))
    assert [event.incoming.request.method for event in wire.told(RequestReceived)] == ["PUBLISH"]


def test_cseq_that_does_not_rise_is_500() -> None:
    wire = Wire()
    tag = call(wire)
    wire.receive(request("BYE", to=tagged(tag), cseq="1 BYE", via=via("x")))
    assert wire.last().status == 500
    assert wire.told(Ended) == []


def test_ack_with_another_cseq_acknowledges_nothing() -> None:
    wire = Wire()
    wire.receive(request("INVITE", body=SDP))
    session = wire.told(Invited)[0].session
    session.accept(ANSWER, wire.now)
    wire.receive(request("ACK", to=tagged(session.local_tag), cseq="2 ACK", via=via("x")))
    assert session.state is SessionState.ACCEPTED
    wire.receive(
        request("ACK", to=tagged(session.local_tag))
    )  # on the INVITE's own branch, as RFC 2543 had it
    assert session.state.name == "CONFIRMED"


def reinvite(tag: str, cseq: int = 2, **parts: str) -> bytes:
    return request("INVITE", to=tagged(tag), cseq=f"{cseq} INVITE", via=via(f"re{cseq}"), body=SDP, **parts)


def test_reinvite_before_the_first_answer_is_500_with_retry_after() -> None:
    wire = Wire()
    tag = call(wire, accept=False)
    wire.receive(reinvite(tag))
    assert wire.last().status == 500
    assert 0 <= int(wire.last().headers.single("Retry-After")) <= 10


def test_reinvite_before_the_ack_is_491() -> None:
    wire = Wire()
    wire.receive(request("INVITE", body=SDP))
    session = wire.told(Invited)[0].session
    session.accept(ANSWER, wire.now)
    wire.receive(reinvite(session.local_tag))
    assert wire.last().status == 491
    assert wire.told(OfferReceived) == []


def test_second_reinvite_waits_for_the_first() -> None:
    wire = Wire()
    tag = call(wire)
    wire.receive(reinvite(tag))
    wire.receive(reinvite(tag, 3))
    assert wire.last().status == 500
    session = wire.told(OfferReceived)[0].session
    session.accept(ANSWER, wire.now)
    wire.receive(reinvite(tag, 4))
    assert wire.last().status == 491
    assert len(wire.told(OfferReceived)) == 1


def test_reinvite_can_be_rejected_and_the_call_goes_on() -> None:
    wire = Wire()
    tag = call(wire)
    wire.receive(reinvite(tag, contact="<sip:alice@10.0.0.77>"))
    session = wire.told(OfferReceived)[0].session
    session.reject(488, wire.now)
    wire.poll()
    assert wire.last().status == 488
    assert session.state is SessionState.CONFIRMED
    assert session.dialog.remote_target.host == "10.0.0.1"
    with pytest.raises(SipUsageError):
        session.reject(488, wire.now)


def test_reinvite_can_be_canceled_and_the_call_goes_on() -> None:
    wire = Wire()
    tag = call(wire)
    wire.receive(reinvite(tag))
    wire.receive(request("CANCEL", to=tagged(tag), cseq="2 CANCEL", via=via("re2")))
    assert wire.statuses()[-2:] == [200, 487]
    session = wire.told(OfferReceived)[0].session
    assert session.state is SessionState.CONFIRMED
    with pytest.raises(SipUsageError):
        session.accept(ANSWER, wire.now)


def test_reinvite_without_ack_ends_the_call() -> None:
    wire = Wire()
    tag = call(wire)
    wire.receive(reinvite(tag))
    wire.told(OfferReceived)[0].session.accept(ANSWER, wire.now)
    wire.pass_time(33.0)
    assert [event.cause for event in wire.told(Ended)] == [EndCause.ACK_MISSING]
    assert wire.last_request().method == "BYE"
    assert wire.settle()


def test_bye_with_a_reinvite_waiting_answers_it_487() -> None:
    wire = Wire()
    tag = call(wire)
    wire.receive(reinvite(tag))
    wire.receive(request("BYE", to=tagged(tag), cseq="3 BYE", via=via("bye")))
    assert wire.statuses()[-2:] == [200, 487]
    wire.receive(request("ACK", to=tagged(tag), cseq="2 ACK", via=via("re2")))
    assert wire.settle()


def test_reinvite_with_a_bad_contact_is_400() -> None:
    wire = Wire()
    tag = call(wire)
    wire.receive(reinvite(tag, contact="<http://x>"))
    assert wire.last().status == 400
    assert wire.told(OfferReceived) == []


def test_reinvite_while_our_bye_is_out_is_481() -> None:
    wire = Wire()
    tag = call(wire)
    wire.told(Invited)[0].session.bye(wire.now)
    wire.receive(reinvite(tag))
    assert wire.last().status == 481


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (200, EndCause.LOCAL_BYE),
        (481, EndCause.DIALOG_GONE),
        (408, EndCause.DIALOG_GONE),
        (500, EndCause.LOCAL_BYE),
    ],
)
def test_bye_of_ours_and_what_its_answer_means(status: int, cause: EndCause) -> None:
    wire = Wire()
    call(wire)
    session = wire.told(Invited)[0].session
    session.bye(wire.now, headers=(("Reason", "Q.850;cause=16"),))
    wire.poll()
    bye = wire.last_request()
    assert bye.method == "BYE"
    assert bye.headers.get("Reason") == "Q.850;cause=16"
    assert bye.headers.get("User-Agent") == "Offhook"
    wire.receive(answer(bye, 100))
    assert wire.told(Ended) == []
    wire.receive(answer(bye, status))
    assert [event.cause for event in wire.told(Ended)] == [cause]
    assert wire.settle()


def test_lost_connection_makes_the_dialog_ask_again() -> None:
    wire = Wire()
    call(wire)
    session = wire.told(Invited)[0].session
    wire.agent.handle_flow_lost(session.flow, wire.now)
    session.bye(wire.now)
    wire.poll()
    bye = wire.last_request()
    wire.agent.handle_flow_lost(wire.transmits[-1].flow, wire.now)
    wire.poll()
    assert bye.method == "BYE"
    assert [event.cause for event in wire.told(Ended)] == [EndCause.FLOW_LOST]
    assert wire.settle()


def test_describe_lists_what_runs() -> None:
    wire = Wire()
    assert wire.agent.describe() == []
    call(wire, accept=False)
    assert wire.agent.describe() == [
        "<InviteSession uas INCOMING call@10.0.0.1>", "<ServerInvite INVITE PROCEEDING>"
    ]  # fmt: skip


def test_product_can_be_hidden() -> None:
    wire = Wire(Settings(product=""))
    wire.receive(request("OPTIONS"))
    assert wire.last().headers.get("Server") is None


def test_option_tags_that_are_offered_are_not_refused() -> None:
    wire = Wire(Settings(supported=("timer",)))
    wire.receive(request("OPTIONS", extra="Require: timer"))
    assert wire.last().status == 200
    assert wire.last().headers.get("Supported") == "timer"
