"""A request that has just come in, and a phone that answers its challenge.

request, flow = arrival("INVITE", "sip:help@office.sip.localhost")
again, flow = answered(request, flow, challenge_headers, "alice", "secret")
"""

from collections.abc import Iterable

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.sip.digest.client import authorize
from offhook.sip.digest.credentials import Credentials
from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.message import Headers, Request

NODE = Address("192.0.2.50", 5060)


def arrival(
    method: str,
    uri: str,
    *,
    source: str = "192.0.2.1",
    port: int = 5060,
    transport: Transport = Transport.UDP,
    to: str | None = None,
    from_: str = "<sip:alice@192.0.2.1>;tag=a",
    call_id: str = "call@192.0.2.1",
    cseq: int = 1,
    headers: Iterable[tuple[str, str]] = (),
) -> tuple[Request, Flow]:
    """The request as the user agent gives it, and the flow it came on."""
    fields = [
        ("Via", f"SIP/2.0/{transport} {source}:{port};branch=z9hG4bKa;rport={port};received={source}"),
        ("From", from_),
        ("To", to or f"<{uri}>"),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} {method}"),
        ("Max-Forwards", "70"),
        *headers,
    ]
    return Request(method, uri, Headers(fields)), Flow(transport, NODE, Address(source, port), NODE)


def answered(
    request: Request,
    challenge: Iterable[tuple[str, str]],
    username: str,
    password: str,
    *,
    chance: SeededChance | None = None,
) -> Request:
    """The same request with the next CSeq and an answer to the challenge."""
    credentials = Credentials(username, Secret(password))
    answer = authorize(
        request.method, request.request_uri, list(challenge), credentials, chance or SeededChance(7)
    )
    assert answer is not None, "nothing in the challenge can be answered"
    fields = [
        (name, f"{request.cseq.number + 1} {request.method}" if name == "CSeq" else value)
        for name, value in request.headers.fields
        if name != answer[0]
    ]
    return Request(request.method, request.request_uri, Headers([*fields, answer]), request.body)
