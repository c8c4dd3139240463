"""A simulated network of SIP user agents: seeded loss, delay and reordering, and time that jumps.

    link = Link(seed=7, loss=0.05)
    alice, bob = link.endpoint("10.0.0.1"), link.endpoint("10.0.0.2")
    alice.on(Accepted, lambda event, now: event.session.bye(now))
    alice.call(bob, now=0.0)
    link.run()

Nothing waits: `run` goes from arrival to deadline to planned command until nothing is left.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Any

from offhook.base.ids import SeededChance
from offhook.sip.digest.credentials import Credentials
from offhook.sip.event import Event, FlowNeeded
from offhook.sip.flow import Address, Flow, Transmit, Transport
from offhook.sip.invitation import Invitation
from offhook.sip.message import Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.settings import Settings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent

Handler = Callable[[Any, float], None]
Filter = Callable[[Request | Response], bool]

OFFER = b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
ANSWER = b"v=0\r\no=- 2 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n"


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that left an endpoint, lost or not."""

    at: float
    sender: str
    message: Request | Response

    def __str__(self) -> str:
        return f"{self.at:7.3f} {self.sender} {self.message.start_line}"


@dataclass(slots=True)
class Endpoint:
    """A user agent on the link, with what its owner does when something is told."""

    link: "Link"
    address: Address
    agent: UserAgent
    handlers: dict[type, Handler] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    """Everything told, FlowNeeded left out."""

    @property
    def uri(self) -> SipUri:
        return SipUri.parse(f"sip:user@{self.address}")

    def on(self, kind: type, handler: Handler) -> None:
        """What the owner does when that event is told."""
        self.handlers[kind] = handler

    def call(
        self,
        callee: "Endpoint",
        now: float,
        offer: bytes | None = OFFER,
        headers: tuple[tuple[str, str], ...] = (),
        credentials: Credentials | None = None,
    ) -> InviteSession:
        """Invite another endpoint."""
        invitation = Invitation(callee.uri, self.uri, offer=offer, headers=headers, credentials=credentials)
        return self.agent.invite(invitation, now)

    def flow_to(self, remote: Address) -> Flow:
        return Flow(Transport.UDP, self.address, remote, self.address)

    def told(self, kind: type) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def poll(self, now: float) -> None:
        """What the driver does after each call: send, answer FlowNeeded, tell the owner."""
        while True:
            if (transmit := self.agent.poll_transmit()) is not None:
                self.link.carry(self, transmit, now)
            elif (event := self.agent.poll_event()) is not None:
                self._take(event, now)
            else:
                return

    def _take(self, event: Event, now: float) -> None:
        if isinstance(event, FlowNeeded):
            if event.uri.host in self.link.unreachable:
                self.agent.handle_no_flow(event.request_id, "no route", now)
            else:
                flow = self.flow_to(Address(event.uri.host, event.uri.port or 5060))
                self.agent.handle_flow(event.request_id, flow, now)
            return
        self.events.append(event)
        handler = self.handlers.get(type(event))
        if handler is not None:
            handler(event, now)


class Link:
    """The network and the clock of one test."""

    def __init__(
        self, *, seed: int = 0, loss: float = 0.0, delay_s: tuple[float, float] = (0.01, 0.01)
    ) -> None:
        """loss: share of datagrams that never arrive. delay_s: least and most; unequal ones reorder."""
        self.seed = seed
        self.now = 0.0
        self.sent: list[Sent] = []
        self.drop: Filter = lambda _: False
        """Messages that are lost whatever the dice say."""
        self.unreachable: set[str] = set()
        """Hosts for which there is no flow."""
        self._random = Random(seed)
        self._loss = loss
        self._delay_s = delay_s
        self._endpoints: dict[Address, Endpoint] = {}
        self._plan: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0

    def endpoint(self, host: str, settings: Settings | None = None, port: int = 5060) -> Endpoint:
        """A new user agent at that address."""
        address = Address(host, port)
        chance = SeededChance(self.seed * 1000 + len(self._endpoints))
        made = Endpoint(self, address, UserAgent(settings or Settings(), chance))
        self._endpoints[address] = made
        return made

    def at(self, when: float, do: Callable[[float], None]) -> None:
        """Plan something for a moment."""
        self._serial += 1
        heappush(self._plan, (when, self._serial, lambda: do(self.now)))

    def carry(self, sender: Endpoint, transmit: Transmit, now: float) -> None:
        """Take one datagram, and perhaps deliver it."""
        message = parse_message(transmit.data, Settings().limits)
        self.sent.append(Sent(now, sender.address.host, message))
        if self.drop(message) or self._random.random() < self._loss:
            return
        receiver = self._endpoints.get(transmit.flow.remote)
        if receiver is None:
            return
        data, flow = transmit.data, receiver.flow_to(sender.address)
        self.at(
            now + self._random.uniform(*self._delay_s),
            lambda at: receiver.agent.handle_datagram(data, flow, at),
        )

    def run(self, until: float = 1e6) -> None:
        """Go on until nothing is planned and no deadline is left, or to that second."""
        for _ in range(100_000):
            for each in self._endpoints.values():
                each.poll(self.now)
            moments = [self._plan[0][0]] if self._plan else []
            timeouts = [each.agent.poll_timeout() for each in self._endpoints.values()]
            moments += [timeout for timeout in timeouts if timeout is not None]
            if not moments or min(moments) > until:
                self.now = max(self.now, until) if until < 1e6 else self.now
                return
            self.now = max(self.now, min(moments))
            while self._plan and self._plan[0][0] <= self.now:
                heappop(self._plan)[2]()
            for each in self._endpoints.values():
                timeout = each.agent.poll_timeout()
                if timeout is not None and timeout <= self.now:
                    each.agent.handle_timeout(self.now)
        raise AssertionError("the simulation does not come to rest:\n" + self.ladder())

    def ladder(self) -> str:
        """Everything sent, for a failing test's message."""
        return "\n".join(str(each) for each in self.sent[-60:])

    def messages(self, *what: str | int) -> list[Any]:
        """Everything sent of these methods or statuses."""
        return [each.message for each in self.sent if _kind(each.message) in what]

    def times(self, *what: str | int) -> list[float]:
        """When those were sent, in seconds to the millisecond."""
        return [round(each.at, 3) for each in self.sent if _kind(each.message) in what]

    def is_idle(self) -> bool:
        """Whether no user agent has anything left."""
        return all(each.agent.is_idle for each in self._endpoints.values())

    def first_lines(self) -> list[str]:
        """Who sent what, without times: `10.0.0.1 INVITE`, `10.0.0.2 180`."""
        return [f"{each.sender} {_kind(each.message)}" for each in self.sent]


def _kind(message: Request | Response) -> str | int:
    return message.method if isinstance(message, Request) else message.status
