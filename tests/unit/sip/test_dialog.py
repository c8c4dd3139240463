import pytest

from offhook.sip.by_flow import ByFlow
from offhook.sip.dialog import Dialog, DialogInput, DialogState
from offhook.sip.error import SipError
from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.headers.cseq import CSeq
from offhook.sip.headers.via import Via
from offhook.sip.message import Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from tests.support.sip_wire import FLOW, US, answer, request

VIA = Via("UDP", "10.0.0.2", 5060, (("branch", "z9hG4bKx"),))


def invite(**parts: str | None) -> Request:
    message = parse_message(request("INVITE", **parts), Limits())  # type: ignore[arg-type]
    assert isinstance(message, Request)
    return message


def response(sent: Request, extra: str = "", tag: str = "bob") -> Response:
    message = parse_message(answer(sent, 200, extra=extra, tag=tag), Limits())
    assert isinstance(message, Response)
    return message


def test_rfc3261_12_1_1_dialog_of_a_uas() -> None:
    dialog = Dialog.as_uas(invite(extra="Record-Route: <sip:p1;lr>, <sip:p2;lr>"), "us", FLOW)
    assert dialog.id == ("call@10.0.0.1", "us", "alice")
    assert dialog.state is DialogState.EARLY
    assert (dialog.local_cseq, dialog.remote_cseq) == (None, 1)
    assert str(dialog.remote_target) == "sip:alice@10.0.0.1:5060"
    assert [route.uri.host for route in dialog.route_set] == ["p1", "p2"]


def test_rfc3261_12_1_2_dialog_of_a_uac_reverses_the_routes() -> None:
    sent = invite()
    extra = "Contact: <sip:bob@10.0.0.9>\nRecord-Route: <sip:p2;lr>\nRecord-Route: <sip:p1;lr>"
    dialog = Dialog.as_uac(sent, response(sent, extra), FLOW)
    assert dialog.id == ("call@10.0.0.1", "alice", "bob")
    assert (dialog.local_cseq, dialog.remote_cseq) == (1, None)
    assert dialog.remote_target.host == "10.0.0.9"
    assert [route.uri.host for route in dialog.route_set] == ["p1", "p2"]


def test_2xx_without_contact_falls_back_to_the_request_uri() -> None:
    sent = invite()
    assert Dialog.as_uac(sent, response(sent), FLOW).remote_target == sent.uri


@pytest.mark.parametrize(
    "parts",
    [
        {"contact": None},
        {"contact": "<tel:+1555>"},
        {"contact": "<sip:>"},
        {"extra": "Record-Route: <http://p>"},
    ],
)
def test_invites_that_make_no_dialog(parts: dict[str, str | None]) -> None:
    with pytest.raises(SipError):
        Dialog.as_uas(invite(**parts), "us", FLOW)


def test_request_without_routes() -> None:
    dialog = Dialog.as_uas(invite(), "us", FLOW)
    bye = dialog.request(dialog.next_cseq("BYE"), VIA, [("X-A", "1")])
    assert bye.start_line == "BYE sip:alice@10.0.0.1:5060 SIP/2.0"
    assert bye.headers.get("Route") is None
    assert bye.from_.tag == "us"
    assert bye.to.tag == "alice"
    assert bye.cseq == CSeq(1, "BYE")
    assert dialog.next_cseq("BYE") == CSeq(2, "BYE")
    assert bye.headers.get("X-A") == "1"
    assert bye.headers.get("Content-Length") == "0"


def test_loose_routing_keeps_the_target_in_the_request_line() -> None:
    dialog = Dialog.as_uas(invite(extra="Record-Route: <sip:p1;lr>, <sip:p2;lr>"), "us", FLOW)
    bye = dialog.request(dialog.next_cseq("BYE"), VIA, ())
    assert bye.request_uri == "sip:alice@10.0.0.1:5060"
    assert bye.headers.get_all("Route") == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert dialog.next_hop.host == "p1"


def test_strict_routing_puts_the_target_last() -> None:
    dialog = Dialog.as_uas(invite(extra="Record-Route: <sip:p1>, <sip:p2;lr>"), "us", FLOW)
    bye = dialog.request(dialog.next_cseq("BYE"), VIA, ())
    assert bye.request_uri == "sip:p1"
    assert bye.headers.get_all("Route") == ("<sip:p2;lr>", "<sip:alice@10.0.0.1:5060>")
    assert dialog.next_hop.host == "p1"


def test_flow_is_known_for_the_address_that_it_ends_at() -> None:
    assert Dialog.as_uas(invite(), "us", FLOW).known_flow == FLOW
    assert Dialog.as_uas(invite(contact="<sip:alice@phone.example>"), "us", FLOW).known_flow is None


def test_flow_that_the_transport_found_is_kept_until_it_is_lost_or_the_target_moves() -> None:
    def known(dialog: Dialog) -> Flow | None:
        return dialog.known_flow

    dialog = Dialog.as_uas(invite(contact="<sip:alice@phone.example>"), "us", FLOW)
    found = Flow(Transport.UDP, US, Address("10.0.0.7", 5060), US)
    dialog.take_flow(found)
    assert known(dialog) == found
    dialog.lose_flow(FLOW)
    assert known(dialog) == found
    dialog.lose_flow(found)
    assert known(dialog) is None
    dialog.take_flow(found)
    dialog.refresh_target(invite(contact="<sip:alice@elsewhere.example>").contact)
    assert known(dialog) is None


def test_lost_flow_is_replaced_by_the_one_that_the_peer_is_heard_on() -> None:
    dialog = Dialog.as_uas(invite(), "us", FLOW)
    again = Flow(Transport.UDP, US, FLOW.remote, US, 2)
    dialog.hear_on(again)
    assert dialog.flow == FLOW
    dialog.lose_flow(FLOW)
    dialog.hear_on(again)
    assert dialog.known_flow == again


def test_it_is_found_under_the_flow_of_the_day_until_it_leaves() -> None:
    dialog, by_flow = Dialog.as_uas(invite(), "us", FLOW), ByFlow[Dialog]()
    dialog.enter(by_flow)
    flows = [Flow(Transport.TCP, US, FLOW.remote, US, serial) for serial in (1, 2, 3)]
    assert by_flow.on(FLOW) == (dialog,)
    dialog.take_flow(flows[0])
    assert (by_flow.on(flows[0]), len(by_flow)) == ((dialog,), 1)
    dialog.lose_flow(flows[0])
    dialog.hear_on(flows[1])
    assert (by_flow.on(flows[1]), len(by_flow)) == ((dialog,), 1)
    dialog.move_to(flows[2])
    assert (by_flow.on(flows[2]), len(by_flow)) == ((dialog,), 1)
    dialog.leave()
    dialog.take_flow(FLOW)
    assert len(by_flow) == 0


def test_peer_cseq_must_rise() -> None:
    dialog = Dialog.as_uas(invite(), "us", FLOW)
    assert dialog.take_cseq(5)
    assert not dialog.take_cseq(5)
    assert not dialog.take_cseq(4)
    assert dialog.remote_cseq == 5


def test_states() -> None:
    dialog = Dialog.as_uas(invite(), "us", FLOW)
    dialog.move(DialogInput.CONFIRM)
    assert dialog.state.name == "CONFIRMED"
    dialog.move(DialogInput.END)
    dialog.move(DialogInput.CONFIRM)
    assert dialog.state.name == "TERMINATED"
