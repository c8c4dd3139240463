"""Who is called and who calls, as `POST /Calls` says it: by the SDK, on a real node, to a bare SIP socket."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from offhook.sip.message import Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer

BYE = "<Response><Hangup/></Response>"
OURS, SUPPORT = "+15550100300", "+15550100200"
LIMIT_S = 10


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node")) as node:
        for number in (OURS, SUPPORT):
            sdk_client(node).incoming_phone_numbers.create(phone_number=number)
        yield node


def placed(node: Node, **parameters: Any) -> Any:
    return sdk_client(node).calls.create(**{"from_": "desk", "twiml": BYE, **parameters})


def refused(node: Node, **parameters: Any) -> tuple[int, str]:
    """Code and text."""
    with pytest.raises(TwilioRestException) as caught:
        placed(node, **parameters)
    assert caught.value.status in (400, 422)
    return caught.value.code, caught.value.msg


def invited(node: Node, to: str, **parameters: Any) -> tuple[Any, Request]:
    """The call, and the INVITE that came of it; it is turned down. `{}` in `to` is the callee's address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as callee:
        callee.bind(("127.0.0.1", 0))
        callee.settimeout(LIMIT_S)
        call = placed(node, to=to.format(f"127.0.0.1:{callee.getsockname()[1]}"), **parameters)
        data, node_address = callee.recvfrom(65_535)
        request = parse_message(data, Limits())
        assert isinstance(request, Request)
        callee.sendto(Response.answering(request, 486, to_tag="busy").to_bytes(), node_address)
        while b"ACK" not in callee.recv(65_535)[:3]:
            pass  # the INVITE again
    return call, request


def test_the_headers_behind_the_uri_are_in_the_invite_and_its_parameters_in_the_request_line(
    node: Node,
) -> None:
    to = "sip:anna@{};edge=dublin;x-room=7?X-Order=47%2011&User-to-User=31%3Bencoding%3Dhex&x-order=+1"
    call, invite = invited(node, to)
    assert invite.headers.get("X-Order") == "47 11, +1"
    assert invite.headers.get("User-to-User") == "31;encoding=hex"
    assert invite.headers.get("X-Twilio-CallSid") == call.sid
    assert str(invite.uri) == call.to
    assert invite.uri.parameter("x-room") == "7"
    assert invite.uri.parameter("edge") is None
    assert "?" not in call.to


def test_a_header_that_may_not_be_sent_is_left_out_and_noted(node: Node) -> None:
    call, invite = invited(node, "sip:anna@{}?Subject=hello&X-Order=1")
    assert (invite.headers.get("Subject"), invite.headers.get("X-Order")) == (None, "1")
    notes = {note.error_code: note.message_text for note in call.notifications.list()}
    assert notes.keys() == {"32113", "34002"}
    assert "Subject" in notes["32113"]


@pytest.mark.parametrize(
    ("tail", "code"),
    [
        ("?X-A=" + "a" * 1020, 21227),
        ("?X%20A=1", 21228),
        ("?X-A=1%0D%0AVia:%20x", 21229),
        (":0", 21211),
    ],
)
def test_what_cannot_be_called_so_is_refused(node: Node, tail: str, code: int) -> None:
    assert refused(node, to=f"sip:anna@127.0.0.1{tail}")[0] == code


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"to": "sip:anna@127.0.0.1{}"}, 21211),
        ({"to": "sip:anna@127.0.0.1?X-A=1{}"}, 21211),
        ({"to": "client:bob{}"}, 21211),
        ({"from_": "sip:desk@host{}"}, 21212),
        ({"from_": "desk{}"}, 21212),
        ({"caller_id": "desk{}"}, 21212),
        ({"sip_auth_username": "u{}", "sip_auth_password": "p"}, 21221),
        ({"sip_auth_username": "u", "sip_auth_password": "p{}"}, 21223),
        ({"send_digits": "1{}"}, 21206),
    ],
)
def test_no_parameter_can_put_a_line_into_a_message(
    node: Node, parameters: dict[str, str], code: int
) -> None:
    written = {name: value.format("\r\nX-Injected: 1") for name, value in parameters.items()}
    refused_with, why = refused(node, **{"to": "sip:anna@127.0.0.1", **written})
    assert refused_with == code
    assert "X-Injected" not in why


@pytest.mark.parametrize("to", ["sip:127.0.0.1", "sip:@127.0.0.1", "http://example.com", "client:", "a@b@c"])
def test_what_is_no_address_is_refused(node: Node, to: str) -> None:
    assert refused(node, to=to)[0] == 21211


KINDS = "it must be a phone number, a SIP URI (sip:user@host) or client:user"


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("whatsapp:+15550100200", f"The 'To' address whatsapp:+15550100200 is not valid: {KINDS}"),
        ("app:AP" + "0" * 32, f"The 'To' address app:AP{'0' * 32} is not valid: {KINDS}"),
        ("anna", f"The 'To' address anna is not valid: {KINDS}"),
        ("+1", "The 'To' number +1 is not a valid phone number: E.164 is wanted"),
        ("9" * 999, f"The 'To' number {'9' * 100}… is not a valid phone number: E.164 is wanted"),
        (
            "sip:anna@host:0",
            "The 'To' address sip:anna@host:0 is not valid: To holds no SIP URI: the port must",
        ),
    ],
)
def test_a_bad_address_is_told_by_what_it_was_meant_for(node: Node, to: str, text: str) -> None:
    assert text in refused(node, to=to)[1]


@pytest.mark.parametrize(
    ("tail", "text"),
    [
        ("?X-A=" + "a" * 1020, "To has more than 1023 characters of headers"),
        ("?X%20A=1", "To has a header whose name holds a character that no name may hold"),
        ("?X-A=1%0D%0AVia:%20x", "To has the header X-A, whose value holds a character that none may hold"),
    ],
)
def test_a_bad_header_is_told_without_all_the_others_and_as_what_it_is_a_refusal(
    node: Node, tail: str, text: str
) -> None:
    why = refused(node, to=f"sip:anna@127.0.0.1{tail}")[1]
    assert why.endswith(f"The 'To' address sip:anna@127.0.0.1 is not valid: {text}")


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"to": "sip:anna@127.0.0.1\r\n"}, "Invalid To: it contains control characters"),
        ({"from_": "desk\r\n"}, "Invalid From: it contains control characters"),
    ],
)
def test_a_bad_party_is_not_told_to_be_missing(node: Node, parameters: dict[str, str], text: str) -> None:
    assert text in refused(node, **{"to": "sip:anna@127.0.0.1", **parameters})[1]


def test_a_scheme_may_be_left_out(node: Node) -> None:
    call, invite = invited(node, "anna@{}")
    assert invite.uri.user == "anna"
    assert call.to == str(invite.uri)


@pytest.mark.parametrize(
    ("parameters", "shown", "user"),
    [
        ({"from_": "desk"}, "desk", "desk"),
        ({"from_": "client:bob"}, "client:bob", "bob"),
        ({"from_": "sip:desk@pbx.example"}, "sip:desk@pbx.example", "desk"),
        ({"from_": "desk", "caller_id": "reception"}, "reception", "reception"),
    ],
)
def test_sip_sees_from_or_the_caller_id_in_its_place(
    node: Node, parameters: dict[str, str], shown: str, user: str
) -> None:
    call, invite = invited(node, "sip:anna@{}", **parameters)
    assert (call._from, call.phone_number_sid) == (shown, None)
    assert invite.from_.uri.username == user


def test_the_account_s_number_is_known_for_its_own(node: Node) -> None:
    (ours,) = sdk_client(node).incoming_phone_numbers.list(phone_number=OURS)
    call, invite = invited(node, "sip:anna@{}", caller_id=OURS)
    assert (call._from, call.phone_number_sid) == (OURS, ours.sid)
    assert invite.from_.uri.username == OURS


def test_a_number_is_shown_one_of_the_account_s_own(node: Node) -> None:
    (ours,) = sdk_client(node).incoming_phone_numbers.list(phone_number=OURS)
    call = placed(node, to=SUPPORT, from_="(555) 010-0300")
    assert (call._from, call.phone_number_sid) == (OURS, ours.sid)
    for name in ("from_", "caller_id"):
        code, message = refused(node, to=SUPPORT, **{name: "+15550100999"})
        assert code == 21210
        assert ("'From'" if name == "from_" else "'CallerId'") in message
        assert refused(node, to=SUPPORT, **{name: "desk"})[0] == 21212


def test_what_has_no_effect_here_is_taken(node: Node) -> None:
    call, _ = invited(
        node,
        "sip:anna@{}",
        call_reason="Your parcel",
        call_token="%7B%22parentCallInfoToken%22%7D",
        client_notification_url="http://app.test/push",
        recording_track="inbound",
        trim="do-not-trim",
    )
    assert call.status == "queued"


@pytest.mark.parametrize(
    ("parameters", "code", "word"),
    [
        ({"machine_detection": "perhaps"}, 21234, "DetectMessageEnd"),
        ({"machine_detection": "Enable", "machine_detection_timeout": 2}, 21234, "3"),
        ({"machine_detection": "Enable", "machine_detection_speech_threshold": 999}, 21234, "1000"),
        ({"machine_detection": "Enable", "machine_detection_speech_end_threshold": 5001}, 21234, "5000"),
        ({"machine_detection": "Enable", "machine_detection_silence_timeout": 1999}, 21234, "2000"),
        ({"machine_detection": "Enable", "async_amd_status_callback": "amd"}, 21609, "absolute"),
        ({"byoc": "BY" + "1" * 32}, 21300, "trunk"),
        ({"byoc": "mine"}, 21300, "BY"),
        ({"call_reason": "r" * 51}, 20422, "50"),
        ({"client_notification_url": "push"}, 21205, "absolute"),
    ],
)
def test_what_would_be_another_call_than_was_asked_for_is_refused_and_says_why(
    node: Node, parameters: dict[str, Any], code: int, word: str
) -> None:
    found, message = refused(node, to="sip:anna@127.0.0.1:9", **parameters)
    assert (found, word in message) == (code, True)


@pytest.mark.parametrize(
    ("parameters", "codes"),
    [
        ({}, []),
        ({"async_amd": "true", "async_amd_status_callback": "http://127.0.0.1:9/amd"}, []),
        ({"async_amd": "true"}, ["21262"]),
        ({"async_amd_status_callback": "http://127.0.0.1:9/amd"}, ["21263"]),
    ],
)
def test_machine_detection_is_taken_and_what_makes_no_sense_is_noted(
    node: Node, parameters: dict[str, Any], codes: list[str]
) -> None:
    call, _ = invited(
        node,
        "sip:anna@{}",
        machine_detection="DetectMessageEnd",
        machine_detection_timeout=30,
        machine_detection_speech_threshold=2400,
        machine_detection_speech_end_threshold=1200,
        machine_detection_silence_timeout=5000,
        **parameters,
    )
    assert [each.error_code for each in call.notifications.list() if each.error_code != "34002"] == codes


def test_keys_win_over_machine_detection(node: Node) -> None:
    call, _ = invited(node, "sip:anna@{}", machine_detection="Enable", send_digits="1")
    assert call.status == "queued"


def test_url_wins_over_twiml_and_says_so(node: Node) -> None:
    call, _ = invited(node, "sip:anna@{}", url="http://127.0.0.1:9/voice")
    assert {note.error_code for note in call.notifications.list()} == {"32019", "34002"}
