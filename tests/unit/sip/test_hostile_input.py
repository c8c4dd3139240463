"""Any bytes at any moment of a call: nothing is raised, and in the end nothing is left."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.sip.event import Invited
from offhook.sip.invitation import Invitation
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from offhook.sip.uri import SipUri
from tests.support.sip_wire import SDP, Wire, answer, request

PIECES = (
    b"",
    b"\r\n",
    b"\0",
    b'"',
    b"<",
    b">",
    b";",
    b",",
    b"\xff",
    b" ",
    b"@",
    b":",
    b"SIP/2.0",
    b"\r\n\r\n",
    b"99999999999",
)

MIXED = f"--b\r\nContent-Type: application/sdp\r\n\r\n{SDP}\r\n--b--"
TIMER = "Supported: 100rel, timer\nSession-Expires: 200;refresher=uas\nAllow: UPDATE"


def corpus() -> list[bytes]:
    tagged = "<sip:bob@10.0.0.2>;tag=bob"
    branch = "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{};rport"
    wire = Wire()
    wire.agent.invite(
        Invitation(SipUri.parse("sip:bob@10.0.0.1"), SipUri.parse("sip:us@10.0.0.2"), offer=b"v=0"), 0.0
    )
    wire.poll()
    sent = wire.last_request()
    return [
        request("INVITE", body=SDP, extra="Record-Route: <sip:p1;lr>, <sip:p2>\nRequire: \nSubject: a\n b"),
        request("ACK", to=tagged),
        request("BYE", to=tagged, cseq="2 BYE", via=branch.format("b")),
        request("CANCEL"),
        request("INVITE", to=tagged, cseq="3 INVITE", via=branch.format("r"), body=SDP),
        request("PRACK", to=tagged, cseq="4 PRACK", via=branch.format("p"), extra="RAck: 1 1 INVITE"),
        request("UPDATE", to=tagged, cseq="5 UPDATE", via=branch.format("u"), body=SDP),
        request("INFO", to=tagged, cseq="6 INFO", via=branch.format("i"), body="Signal=1"),
        request("INVITE", via=branch.format("m"), body=MIXED, extra=TIMER).replace(
            b"application/sdp\r\nContent-L", b"multipart/mixed;boundary=b\r\nContent-L"
        ),
        request("OPTIONS", via="SIP/2.0/UDP h;branch=z9hG4bKo, SIP/2.0/UDP i"),
        request("REGISTER", contact="*"),
        answer(sent, 180),
        answer(sent, 183, extra="Contact: <sip:bob@10.0.0.1>\nRequire: 100rel\nRSeq: 1", body=SDP),
        answer(sent, 401, extra='WWW-Authenticate: Digest realm="r",qop="auth",nonce="n1"'),
        answer(sent, 422, extra="Min-SE: 300"),
        answer(sent, 200, extra="Contact: <sip:bob@10.0.0.1>", body=SDP),
        answer(sent, 486),
    ]


CORPUS = corpus()


def mutated(data: bytes, dice: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(changed) + 1)
        changed[at : at + dice.choice((0, 0, 1, 2, 20))] = dice.choice(PIECES)
    return bytes(changed)


def act(session: InviteSession, dice: Random, now: float) -> None:
    """An owner that rings, answers, changes and hangs up as it comes."""
    match dice.randrange(6):
        case 0 if session.state is SessionState.INCOMING and not session.has_offer:
            session.ring(now, 183, body=dice.choice((None, b"v=0")))
        case 1 if session.state is SessionState.INCOMING or session.has_offer:
            session.accept(b"v=0", now)
        case 2 if session.has_offer:
            session.reject(488, now)
        case 3 if session.can_modify:
            session.modify(b"v=0", now)
        case 4:
            for usage in session.usages.values():
                if usage.owed is not None:
                    session.prack(usage.tag, b"v=0", now)
        case 5 if dice.random() < 0.2:
            session.close(now)


@pytest.mark.parametrize("seed", range(100))
def test_ten_thousand_mutations_in_a_hundred_calls(seed: int) -> None:
    dice = Random(seed)
    wire = Wire()
    session = wire.agent.invite(
        Invitation(SipUri.parse("sip:bob@10.0.0.1"), SipUri.parse("sip:us@10.0.0.2"), offer=b"v=0"), 0.0
    )
    wire.poll()
    for _ in range(100):
        data = dice.choice(CORPUS)
        wire.receive(mutated(data, dice) if dice.random() < 0.9 else data)
        if dice.random() < 0.2:
            for each in (session, *(event.session for event in wire.told(Invited))):
                act(each, dice, wire.now)
        if dice.random() < 0.05:
            wire.pass_time(dice.uniform(0, 5))
    session.close(wire.now)
    for event in wire.told(Invited):
        event.session.close(wire.now)
    wire.poll()
    assert wire.settle(), wire.agent.describe()


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_taken(data: bytes) -> None:
    wire = Wire()
    wire.receive(data)
    assert wire.settle()


@pytest.mark.parametrize("data", CORPUS, ids=lambda data: data.split(b" ")[0].decode().replace("/", "_"))
def test_every_message_cut_at_every_byte(data: bytes) -> None:
    wire = Wire()
    for length in range(len(data)):
        wire.receive(data[:length])
    assert wire.told(Invited) == []
    assert wire.settle()


@pytest.mark.parametrize(
    "line", ["X: " + "a" * 8_180, "X: " + "," * 8_000, "Via: " + ", ".join(["SIP/2.0/UDP h"] * 500)]
)
def test_long_headers_cost_no_more_than_their_length(line: str) -> None:
    wire = Wire()
    wire.receive(request("OPTIONS", extra=line))
    assert wire.statuses() == [200]


@pytest.mark.parametrize(
    "value",
    [
        '"' * 8_000,
        "<" * 8_000,
        " " * 4_000 + "x" * 4_000,
        ";a" * 4_000,
        "a=" * 4_000,
        "\\" * 8_000,
        "sip:" + "a:" * 4_000,
        "[" * 8_000,
    ],
)
def test_hostile_values_are_refused_at_once(value: str) -> None:
    wire = Wire()
    for name in ("from_", "to", "contact", "via"):
        wire.receive(request("INVITE", **{name: value}))
    assert wire.told(Invited) == []
