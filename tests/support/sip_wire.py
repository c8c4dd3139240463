"""One user agent and a peer made of text: say what arrives, see what leaves.

wire = Wire()
wire.receive(request("OPTIONS", to="<sip:bob@10.0.0.2>"))
assert wire.statuses() == [200]
"""

from typing import Any

from offhook.base.ids import SeededChance
from offhook.sip.event import Event, FlowNeeded
from offhook.sip.flow import Address, Flow, Transmit, Transport
from offhook.sip.message import Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Settings
from offhook.sip.user_agent import UserAgent

PEER, US = Address("10.0.0.1", 5060), Address("10.0.0.2", 5060)
FLOW = Flow(Transport.UDP, US, PEER, US)
SDP = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

DEFAULTS = {
    "via": "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport",
    "from_": "<sip:alice@10.0.0.1>;tag=alice",
    "to": "<sip:bob@10.0.0.2>",
    "call_id": "call@10.0.0.1",
    "cseq": "1 {method}",
    "max_forwards": "70",
    "contact": "<sip:alice@10.0.0.1:5060>",
}


def request(
    method: str, *, uri: str = "sip:bob@10.0.0.2", body: str = "", extra: str = "", **headers: str | None
) -> bytes:
    """A request as text. headers: by DEFAULTS' names; None leaves one out. extra: whole header lines."""
    values: dict[str, str | None] = {**DEFAULTS, **headers}
    lines = [f"{method} {uri} SIP/2.0"]
    for name, value in values.items():
        if value is not None:
            spelled = {"call_id": "Call-ID", "cseq": "CSeq", "from_": "From"}.get(
                name, name.title().replace("_", "-")
            )
            lines.append(f"{spelled}: {value.replace('{method}', method)}")
    lines += [line for line in extra.split("\n") if line]
    if body:
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Wire:
    """A user agent with its wire in the test's hands."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.agent = UserAgent(settings or Settings(), SeededChance(1))
        self.now = 0.0
        self.transmits: list[Transmit] = []
        self.events: list[Event] = []

    def receive(self, data: bytes | str, flow: Flow = FLOW) -> None:
        """Something arrives."""
        self.agent.handle_datagram(data.encode() if isinstance(data, str) else data, flow, self.now)
        self.poll()

    def pass_time(self, seconds: float) -> None:
        """Let deadlines fire one after the other."""
        end = self.now + seconds
        while (at := self.agent.poll_timeout()) is not None and at <= end:
            self.now = max(self.now, at)
            self.agent.handle_timeout(self.now)
            self.poll()
        self.now = end

    def poll(self) -> None:
        """Collect what the user agent has to say; a flow is found for whatever needs one."""
        while True:
            if (transmit := self.agent.poll_transmit()) is not None:
                self.transmits.append(transmit)
            elif (event := self.agent.poll_event()) is not None:
                if isinstance(event, FlowNeeded):
                    self.agent.handle_flow(event.request_id, FLOW, self.now)
                else:
                    self.events.append(event)
            else:
                return

    def told(self, kind: type) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def messages(self) -> list[Request | Response]:
        """Everything sent."""
        return [parse_message(transmit.data, Settings().limits) for transmit in self.transmits]

    def statuses(self) -> list[int]:
        """Of the responses sent."""
        return [message.status for message in self.messages() if isinstance(message, Response)]

    def last(self) -> Response:
        """The last response sent."""
        message = self.messages()[-1]
        assert isinstance(message, Response)
        return message

    def last_request(self) -> Request:
        """The last request sent."""
        message = self.messages()[-1]
        assert isinstance(message, Request)
        return message

    def settle(self) -> bool:
        """Let every timer run out; whether nothing is left then."""
        self.pass_time(1000.0)
        return self.agent.is_idle


def answer(sent: Request, status: int, *, tag: str = "bob", extra: str = "", body: str = "") -> bytes:
    """The peer's response to a request of ours."""
    copied = [
        f"{name}: {value}"
        for name, value in sent.headers.fields
        if name in ("Via", "From", "Call-ID", "CSeq")
    ]
    to = sent.headers.single("To")
    lines = [
        f"SIP/2.0 {status} Something",
        *copied,
        f"To: {to}" if ";tag=" in to or not tag else f"To: {to};tag={tag}",
    ]
    lines += [line for line in extra.split("\n") if line]
    if body:
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
