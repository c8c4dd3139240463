"""Each line of the reference's section 15 on a live node: the SIP answer, the code, what `calls why` says.

What is refused by access, password or switch is in `test_refusals.py`; this has the rest.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from typer.testing import CliRunner

from offhook.cli.main import app
from offhook.model.refusal import NO_ADVICE
from offhook.sip.message import Response
from tests.support.application import WebApplication, running_application
from tests.support.free_port import free_port
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client
from tests.support.tcp_phone import TlsPhone
from tests.support.udp_phone import UdpPhone

pytestmark = pytest.mark.peer

OPEN, SECURE = "open.sip.localhost", "secure.sip.localhost"
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 {profile} {formats}\r\n{more}"
)
KEY = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
PLAIN = SDP.format(profile="RTP/AVP", formats="0", more="").encode()
SRTP = SDP.format(profile="RTP/SAVP", formats="0", more=KEY).encode()
VIDEO_ONLY = SDP.replace("m=audio", "m=video").format(profile="RTP/AVP", formats="96", more="").encode()
DOCUMENTS = {
    "/busy": "<Response><Reject reason='busy'/></Response>",
    "/rejected": "<Response><Reject/></Response>",
    "/news": "",
}


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application(DOCUMENTS) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    """Whoever is on this machine may call; `busy` and `rejected` have a document, the others none."""
    with running_node(tmp_path_factory.mktemp("node")) as node:
        sdk = sdk_client(node)
        here = sdk.sip.ip_access_control_lists.create("Here")
        sdk.sip.ip_access_control_lists(here.sid).ip_addresses.create("Here", "127.0.0.1")
        for name in ("open", "secure", "busy", "rejected"):
            domain = sdk.sip.domains.create(
                f"{name}.sip.localhost",
                secure=name == "secure",
                voice_url=f"{application.base_url}/{name}",
                sip_registration=name == "open",
            )
            sdk.sip.domains(domain.sid).auth.calls.ip_access_control_list_mappings.create(here.sid)
        yield node


@pytest.fixture
def phone(node: Node) -> Iterator[UdpPhone]:
    with UdpPhone(node.sip_port) as phone:
        yield phone


def why(node: Node, name: str) -> dict[str, Any]:
    """What `offhook calls why` finds; its exit status says that it found something."""
    flags = ["--url", node.base_url, "--account-sid", node.account_sid, "--auth-token", node.auth_token]
    plain = CliRunner().invoke(app, ["calls", "why", name, *flags])
    assert plain.exit_code == 0, plain.output
    assert plain.output.strip()
    found: dict[str, Any] = json.loads(
        CliRunner().invoke(app, ["calls", "why", name, "--json", *flags]).output
    )
    return found


def told(response: Response) -> int | None:
    """The code in X-Twilio-Error."""
    text = response.headers.get("X-Twilio-Error")
    return None if text is None else int(text.partition(" ")[0])


# 15.2: what we answer to a caller


@dataclass(frozen=True)
class Asked:
    """A request, and how it is refused."""

    status: int
    code: int | None
    says: str
    """Stands in the record's text."""
    method: str = "INVITE"
    uri: str = f"sip:a@{OPEN}"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    over_tls: bool = False
    nearly: str | None = None
    expected: dict[str, Any] = field(default_factory=dict)
    """Further fields of the record."""


REFUSED = {
    "address-over-tls": Asked(
        403,
        None,
        "127.0.0.1 is an address, not the name of a SIP Domain",
        uri="sip:a@127.0.0.1",
        over_tls=True,
        headers=(("From", f"<sip:pbx@{OPEN}>;tag=1"),),
        nearly=f"SIP Domain {OPEN}, which From names",
        expected={"transport": "TLS"},
    ),
    "foreign-host": Asked(403, None, "there is no SIP Domain example.com", uri="sip:a@example.com"),
    "secure-over-udp": Asked(403, 32209, "TLS is required", uri=f"sip:a@{SECURE}", body=SRTP),
    "contact-loops": Asked(
        400, 32105, "leads back to this node", headers=(("Contact", "<sip:a@127.0.0.1:{port}>"),)
    ),
    "contact-missing-scheme": Asked(400, None, "", headers=(("Contact", "<tel:+15551234567>"),)),
    "tel-uri": Asked(416, 32110, "", uri="tel:+15551234567"),
    "broken-uri": Asked(400, 32110, "", uri="sip:a@[::1"),
    "no-hops-left": Asked(483, 32006, "Too Many Hops", headers=(("Max-Forwards", "0"),)),
    "require": Asked(420, None, "Bad Extension", headers=(("Require", "foo"),)),
    "subscribe": Asked(405, None, "SUBSCRIBE", method="SUBSCRIBE", headers=(("Event", "presence"),)),
    "unknown-method": Asked(501, None, "Not Implemented", method="DANCE"),
    "not-a-body-of-ours": Asked(415, None, "", headers=(("Content-Type", "text/plain"),), body=b"hello"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_request_leaves_one_record(node: Node, phone: UdpPhone, name: str) -> None:
    case, call_id = REFUSED[name], f"15-2-{name}"
    headers = [(name, value.format(port=node.sip_port)) for name, value in case.headers]

    def ask(phone: UdpPhone) -> Response:
        return phone.ask(
            case.method,
            case.uri,
            to="sip:a@example.org",
            call_id=call_id,
            headers=headers,
            body=case.body,
        )

    if case.over_tls:
        with TlsPhone(node.sips_port) as connected:
            response = ask(connected)
    else:
        response = ask(phone)
    assert (response.status, told(response)) == (case.status, case.code)
    found = why(node, call_id)
    assert found["calls"] == []
    (refusal,) = found["refusals"]
    shown = {"method": case.method, "status": case.status, "code": case.code, "nearly": case.nearly}
    assert refusal.items() >= (shown | case.expected).items()
    assert case.says in refusal["text"]
    assert refusal["matched"]
    assert refusal["advice"] not in ("", NO_ADVICE)


CALLS = {
    "rtp-on-secure": (488, 32208, "failed", SECURE, PLAIN, True),
    "srtp-on-open": (488, 32207, "failed", OPEN, SRTP, False),
    "sdp-broken": (400, 32102, "failed", OPEN, b"v=0\r\nnonsense", False),
    "no-audio": (488, 32102, "failed", OPEN, VIDEO_ONLY, False),
    "busy": (486, None, "busy", "busy.sip.localhost", PLAIN, False),
    "rejected": (404, None, "no-answer", "rejected.sip.localhost", PLAIN, False),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_is_let_in_and_refused_leaves_its_call(node: Node, phone: UdpPhone, name: str) -> None:
    status, code, end, domain, body, over_tls = CALLS[name]
    call_id = f"15-2-{name}"
    how: dict[str, Any] = {"to": f"sip:a@{domain}", "call_id": call_id, "body": body}
    if over_tls:
        with TlsPhone(node.sips_port) as connected:
            response = connected.ask("INVITE", f"sip:a@{domain}", **how)
    else:
        response = phone.ask("INVITE", f"sip:a@{domain}", **how)
    assert (response.status, told(response)) == (status, code)
    found = why(node, call_id)
    assert found["refusals"] == []
    (call,) = found["calls"]
    assert (call["status"], call["sip_response_code"]) == (end, status)
    assert [int(note["error_code"]) for note in call["notifications"]] == ([] if code is None else [code])


def test_a_merged_request_is_482_and_explained(node: Node, phone: UdpPhone) -> None:
    """The same request by two ways (RFC 3261 §8.2.2.2): the second has another branch."""
    uri, call_id = f"sip:a@{OPEN}", "15-2-merged"
    first = phone.request("INVITE", uri, to=uri, call_id=call_id, body=PLAIN)
    phone.send(first)
    phone.send(first.with_via(replace(first.via, parameters=(("branch", "z9hG4bKtwo"), ("rport", "")))))
    assert 482 in {phone.final().status, phone.final().status}
    assert [refusal["status"] for refusal in why(node, call_id)["refusals"]] == [482]


# 15.1: what a callee answers


@dataclass(frozen=True)
class Answer:
    """What a callee answers, and what becomes of the call."""

    end: str
    code: int | None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


ANSWERS = {
    **{status: Answer("busy", 34002) for status in (486, 600)},
    **{status: Answer("no-answer", None) for status in (603, 607, 608, 480)},
    408: Answer("no-answer", None),
    487: Answer("no-answer", 32011),
    **{status: Answer("failed", None) for status in (404, 410, 484, 485, 604)},
    **{status: Answer("failed", 32011) for status in (400, 401, 403, 407, 415, 488, 500, 501, 503, 580, 606)},
    483: Answer("failed", 32006),
    302: Answer("failed", 32219, headers=(("Contact", "<tel:+15551234567>"),)),
    200: Answer("failed", 32102, body=b"v=0\r\nnonsense"),
    202: Answer("failed", 32103),
}


def place(node: Node, application: WebApplication, to: str) -> str:
    """Place a call; its Sid."""
    news = f"{application.base_url}/news"
    call = sdk_client(node).calls.create(
        to=to, from_=f"sip:desk@{OPEN}", twiml="<Response/>", status_callback=news, timeout=20
    )
    return str(call.sid)


def ended(node: Node, application: WebApplication, sid: str) -> tuple[str, list[int]]:
    """How a call ended, and the codes that are logged with it, once it has."""
    while True:
        told = application.next_request().form
        if told["CallSid"] == sid:
            break
    (call,) = why(node, sid)["calls"]
    assert call["status"] == told["CallStatus"]
    return call["status"], [int(note["error_code"]) for note in call["notifications"]]


@pytest.mark.parametrize("status", ANSWERS)
def test_what_a_callee_answers(node: Node, application: WebApplication, phone: UdpPhone, status: int) -> None:
    answer = ANSWERS[status]
    sid = place(node, application, f"sip:bob@{phone.address}")
    phone.respond(status, headers=answer.headers, body=answer.body)
    end, codes = ended(node, application, sid)
    assert (end, codes) == (answer.end, [] if answer.code is None else [answer.code])


NEVER_SENT = {
    "not-registered": (f"sip:bob@{OPEN}", 32009),
    "no-such-domain": ("sip:bob@gone.sip.localhost", 32002),
    "no-such-host": ("sip:bob@nobody.invalid", 13254),
    "nobody-listens": ("sip:bob@127.0.0.1:{free}", 32011),
    "no-tcp": ("sip:bob@127.0.0.1:{free};transport=tcp", 32011),
    "no-tls": ("sip:bob@127.0.0.1:{free};transport=tls", 32011),
}


@pytest.mark.parametrize("name", NEVER_SENT)
def test_a_callee_that_is_not_reached(node: Node, application: WebApplication, name: str) -> None:
    to, code = NEVER_SENT[name]
    sid = place(node, application, to.format(free=free_port()))
    assert ended(node, application, sid) == ("failed", [code])
