"""What is fuzzed: each target takes any bytes, holds its promise, and says in a word what it did.

The words are how the fuzzer tells inputs that did something new from those that didn't.
"""

from collections.abc import Callable
from random import Random
from typing import Final

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.call.sip_messages import content_of
from offhook.model.user_defined_message import JSON, ContentError
from offhook.sdp.crypto import CryptoAttribute, choose_crypto
from offhook.sdp.error import SdpError
from offhook.sdp.offer_answer import LocalAudio, accept_answer, consider_offer, make_offer
from offhook.sdp.session_description import SessionDescription
from offhook.sip.body import parts
from offhook.sip.digest.algorithm import Algorithm
from offhook.sip.digest.client import authorize
from offhook.sip.digest.credentials import Credentials
from offhook.sip.digest.server import DigestGate
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.sip.error import SipError
from offhook.sip.event import Invited, MessageAnswered, MessageReceived, Referred
from offhook.sip.flow import Address
from offhook.sip.framer import Answer, Broken, Framed, Framer, Goodbye, Keepalive
from offhook.sip.headers.authorization import Authorization
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.headers.passport import Passport, is_shaken
from offhook.sip.keepalive import answer_keepalive
from offhook.sip.message import Headers, Request, Response
from offhook.sip.parser import parse_message, salvage_request
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.settings import Limits
from offhook.sip.validation import check_request, check_response
from offhook.transport.connection import Framing
from offhook.transport.websocket import CONTROL_MAX_BYTES, WebSocketFramer
from tests.support.sip_wire import SDP, Wire, answer, request

LIMITS: Final = Limits()
OURS: Final = LocalAudio("10.0.0.2", 10_000, 1, 1)
ANOTHER_VIA: Final = "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKack"
Target = Callable[[bytes], str]


def parser(data: bytes) -> str:
    """A message or a SipError; what is printed reads the same."""
    try:
        message = parse_message(data, LIMITS)
    except SipError as error:
        salvaged = salvage_request(data, LIMITS)
        return f"{error.status} {error.message} {salvaged is not None}"
    assert parse_message(message.to_bytes(), LIMITS) == message
    return f"{type(message).__name__} {_read(message)}"


def _read(message: Request | Response) -> str:
    """Every typed reading gives a value or a SipError."""
    try:
        if isinstance(message, Response):
            check_response(message)
        else:
            check_request(message)
            _ = message.uri
        for name in ("Contact", "Route", "Record-Route"):
            for value in message.headers.get_list(name):
                address = NameAddr.parse(value)
                assert NameAddr.parse(str(address)) == address
                assert address.uri.matches(address.uri)
    except SipError as error:
        return f"{error.status} {error.message}"
    return "whole"


def framer(data: bytes) -> str:
    """However a stream is cut, the same comes out of it."""
    return _cut_alike(Framer(LIMITS), Framer(LIMITS), data)


def websocket(data: bytes) -> str:
    """And however a WebSocket is; what it is answered with is bounded, and nothing follows an end."""
    word = _cut_alike(WebSocketFramer(LIMITS), WebSocketFramer(LIMITS), data)
    over = WebSocketFramer(LIMITS)
    over.handle_data(data)
    found = _frames(over)
    ends = [at for at, each in enumerate(found) if each.startswith(("broken", "goodbye"))]
    assert ends in ([], [len(found) - 1])
    return word


def _cut_alike(whole: Framing, cut: Framing, data: bytes) -> str:
    whole.handle_data(data)
    expected = _frames(whole)
    found: list[str] = []
    at = 0
    dice = Random(len(data))
    while at < len(data):
        step = dice.choice((1, 2, 3, 50, 500))
        cut.handle_data(data[at : at + step])
        found += _frames(cut)
        at += step
    assert found == expected, (found, expected)
    return " ".join(sorted({frame.split("|")[0] for frame in expected}))


def _frames(framer: Framing) -> list[str]:
    frames: list[str] = []
    while (frame := framer.poll_frame()) is not None:
        match frame:
            case Framed():
                frames.append(f"framed|{frame.data!r}")
            case Broken():
                frames.append(f"broken {frame.error.message}|")
            case Keepalive():
                frames.append(frame.name)
            case Answer():
                assert len(frame.data) <= 2 + CONTROL_MAX_BYTES
                frames.append(f"answer|{frame.data!r}")
            case Goodbye():
                frames.append(f"goodbye|{frame.data!r}")
    return frames


def user_agent(data: bytes) -> str:
    """Nothing is raised, whatever is sent can be read, and in the end nothing is left."""
    wire = Wire()
    wire.receive(data)
    events = [type(event).__name__ for event in wire.events]
    for event in wire.told(Invited):
        event.session.close(wire.now)
    wire.poll()
    statuses = wire.statuses()
    assert wire.settle(), wire.agent.describe()
    return f"{events} {statuses}"


def call(data: bytes) -> str:
    """In a call that is up, "tag=bob" being its local tag: nothing is raised and in the end nothing left."""
    wire = Wire()
    wire.receive(request("INVITE", body=SDP))
    session = wire.told(Invited)[0].session
    session.accept(SDP.encode(), wire.now)
    wire.poll()
    wire.receive(acknowledgement(session))
    before = len(wire.events)
    wire.receive(data.replace(b"tag=bob", b"tag=" + session.local_tag.encode()))
    events = [type(event).__name__ for event in wire.events[before:]]
    wire.pass_time(1.0)
    for event in wire.told(Invited):
        event.session.close(wire.now)
    wire.poll()
    statuses = wire.statuses()[2:6]
    assert wire.settle(), wire.agent.describe()
    return f"{session.state.name} {events} {statuses}"


def acknowledgement(session: InviteSession) -> bytes:
    """The ACK of the 2xx of such a call."""
    return request("ACK", to=f"<sip:bob@10.0.0.2>;tag={session.local_tag}", via=ANOTHER_VIA)


def transfer(data: bytes) -> str:
    """The same where our REFER was accepted, and whatever REFER comes is accepted and told of."""
    wire = Wire()
    wire.receive(request("INVITE", body=SDP))
    session = wire.told(Invited)[0].session
    session.accept(SDP.encode(), wire.now)
    session.refer("sip:carol@10.0.0.3", wire.now)
    wire.poll()
    wire.receive(acknowledgement(session))
    wire.receive(answer(wire.last_request(), 202))
    before = len(wire.events)
    wire.receive(data.replace(b"tag=bob", b"tag=" + session.local_tag.encode()))
    for event in wire.told(Referred):
        event.session.accept_referral(wire.now)
        event.session.notify_referral(180, wire.now)
        event.session.notify_referral(486, wire.now)
    wire.poll()
    events = [type(event).__name__ for event in wire.events[before:]]
    for invited in wire.told(Invited):
        invited.session.close(wire.now)
    wire.poll()
    assert wire.settle(), wire.agent.describe()
    return f"{session.state.name} {events}"


def message(data: bytes) -> str:
    """The same where a MESSAGE of ours is out, and every one of the peer's is answered by what it says."""
    wire = Wire()
    wire.receive(request("INVITE", body=SDP, extra="Allow: MESSAGE"))
    session = wire.told(Invited)[0].session
    session.accept(SDP.encode(), wire.now)
    wire.poll()
    wire.receive(acknowledgement(session))
    session.message(JSON, b"{}", wire.now)
    wire.poll()
    before = len(wire.events)
    wire.receive(data.replace(b"tag=bob", b"tag=" + session.local_tag.encode()))
    for event in wire.told(MessageReceived):
        status = _status_of(event.incoming.request)
        session.respond(event.incoming, status, wire.now)
    wire.poll()
    events = [type(event).__name__ for event in wire.events[before:]]
    statuses = wire.statuses()[2:6]
    for invited in wire.told(Invited):
        invited.session.close(wire.now)
    wire.poll()
    assert wire.settle(), wire.agent.describe()
    assert len(wire.told(MessageAnswered)) == 1
    assert not session.has_message
    body = Request("MESSAGE", "sip:a@h", Headers([("Content-Type", JSON)]), data)
    return f"{session.state.name} {events} {statuses} {_status_of(body)}"


def _status_of(said: Request) -> int:
    """What a MESSAGE is answered with."""
    status: int | None = 200
    try:
        assert content_of(said).encode() == said.body
    except ContentError as error:
        status = error.status
    assert status in (200, 400, 413, 415)
    return status or 0


def description(data: bytes) -> str:
    """A description or an SdpError; what is printed reads the same; offers are answered or refused."""
    try:
        offer = SessionDescription.parse(data)
    except SdpError as error:
        return f"{error.status} {error.message}"
    assert SessionDescription.parse(offer.to_bytes()) == offer
    try:
        considered = consider_offer(offer, OURS)
    except SdpError as error:
        return f"offer {error.status} {error.message}"
    answer = considered.answer(OURS)
    assert len(answer.media) == len(offer.media)
    assert SessionDescription.parse(answer.to_bytes()) == answer
    try:
        accept_answer(make_offer(OURS), offer)
    except SdpError as error:
        return f"answer {error.status} {error.message}"
    return f"{considered.agreement.direction.name}"


def crypto(data: bytes) -> str:
    """Keys for SRTP: the line that is taken reads the same when it is printed, or none is."""
    values = data.decode("latin-1").splitlines()
    try:
        chosen = choose_crypto(values)
    except SdpError as error:
        return error.message
    assert str(CryptoAttribute.parse(str(chosen))) == str(chosen)
    return f"{chosen.suite} {min(len(values), 3)}"


def multipart(data: bytes) -> str:
    """A body in parts gives its parts or a SipError."""
    headers = Headers([("Content-Type", "multipart/mixed;boundary=b")])
    try:
        found = parts(Response(200, "OK", headers, data))
    except SipError as error:
        return f"{error.status} {error.message}"
    return f"{min(len(found), 3)} {any(part.is_required for part in found)}"


def digest(data: bytes) -> str:
    """Any Authorization gets a verdict, any challenge an answer or none."""
    text = data.decode("latin-1")
    gate = DigestGate(DigestSettings("r", algorithms=(Algorithm.SHA_256, Algorithm.MD5)), SeededChance(1))
    try:
        verdict = gate.check(Authorization.parse(text), "INVITE", lambda *_: (), 0.0, source="s")
        judged = f"{verdict.outcome.name} {verdict.reason}"
    except SipError as error:
        judged = f"{error.status} {error.message}"
    header = authorize(
        "INVITE",
        "sip:a@h",
        [("WWW-Authenticate", text)],
        Credentials("a", Secret("b")),
        SeededChance(1),
    )
    return f"{judged} {header is not None}"


def keepalive(data: bytes) -> str:
    """An answer that is no burden to whoever's address was forged, or none."""
    answer = answer_keepalive(data, Address("2001:db8::1", 5060))
    assert answer is None or len(answer) <= 2.5 * len(data)
    return "none" if answer is None else answer[:2].hex()


def identity(data: bytes) -> str:
    """A PASSporT or a SipError; one that is read keeps what was signed (RFC 8224)."""
    text = data.decode("utf-8", "surrogateescape")
    value = text.partition("Identity:")[2].partition("\n")[0].strip() or text
    try:
        passport = Passport.parse(value)
    except SipError as error:
        return f"{error.status} {error.message} {is_shaken(value)}"
    assert value.startswith(passport.signed.decode())
    return f"passport {passport.attest} {len(passport.dest)}"


TARGETS: Final[dict[str, Target]] = {
    "parser": parser,
    "framer": framer,
    "websocket": websocket,
    "user_agent": user_agent,
    "call": call,
    "transfer": transfer,
    "message": message,
    "description": description,
    "crypto": crypto,
    "multipart": multipart,
    "digest": digest,
    "identity": identity,
    "keepalive": keepalive,
}
