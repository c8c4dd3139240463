"""A phone that is called: it registers, rings, answers, refuses, as a test tells it to.

Real SIP on a driver of its own; its audio is silent.
"""

import asyncio
from dataclasses import dataclass, field

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.call.inbox import Inbox, OwnerCommand
from offhook.call.leg import Leg
from offhook.sip.digest.credentials import Credentials
from offhook.sip.event import Answered, Event, FlowLost, Invited, Unanswered
from offhook.sip.outgoing_request import StandaloneRequest
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.transport.driver import SipDriver
from offhook.transport.settings import Settings
from tests.support.clock import LoopClock
from tests.support.silent_media import SilentMedia


@dataclass
class Callee:
    """One phone, from `open_callee` to `close`."""

    driver: SipDriver
    chance: SeededChance
    media: SilentMedia = field(default_factory=SilentMedia)
    invited: "asyncio.Queue[InviteSession]" = field(default_factory=asyncio.Queue)
    answers: "asyncio.Queue[Answered | Unanswered]" = field(default_factory=asyncio.Queue)
    legs: list[Leg] = field(default_factory=list)
    tasks: "set[asyncio.Task[None]]" = field(default_factory=set)

    def handle_event(self, event: Event) -> None:
        """What the driver brings."""
        match event:
            case Invited(session=session):
                self.invited.put_nowait(session)
            case Answered() | Unanswered():
                self.answers.put_nowait(event)
            case FlowLost():
                pass  # a phone opens another connection with its next request
            case _:
                raise AssertionError(event)

    @property
    def address(self) -> str:
        """Where it listens."""
        return str(self.driver.addresses[0])

    async def register(
        self,
        user: str,
        password: str,
        domain: str,
        proxy: str,
        *,
        expires: int = 600,
        contact: str | None = None,
    ) -> int:
        """Register at a node; the final status. contact: in place of its own address, whole header value.

        With reg-id in it, the phone speaks outbound (RFC 5626).
        """
        said = [("Contact", contact or f"<sip:{user}@{self.address}>;expires={expires}")]
        if contact is not None and "reg-id" in contact:
            said.append(("Supported", "outbound"))
        request = StandaloneRequest(
            method="REGISTER",
            uri=SipUri.parse(f"sip:{domain}"),
            from_uri=SipUri.parse(f"sip:{user}@{domain}"),
            to_uri=SipUri.parse(f"sip:{user}@{domain}"),
            next_hop=SipUri.parse(f"sip:{proxy}"),
            headers=tuple(said),
            credentials=Credentials(user, Secret(password)),
        )
        self.driver.user_agent.request(request, self.driver.now())
        self.driver.flush()
        answer = await self.answers.get()
        return answer.response.status if isinstance(answer, Answered) else answer.status

    async def ringing(self, *, is_secure: bool = False) -> Leg:
        """The next call that comes, ringing. is_secure: it is offered SRTP."""
        session = await self.invited.get()
        inbox = Inbox()
        leg = Leg(self.driver, self.media, self.chance, inbox.put)
        leg.take(session)
        leg.consider_offer(is_secure=is_secure)
        leg.ring()
        self.legs.append(leg)
        task = asyncio.create_task(_read(leg, inbox))
        self.tasks.add(task)
        return leg

    async def close(self) -> None:
        """Hang up and free the port."""
        for leg in self.legs:
            leg.hang_up()
        for task in self.tasks:
            task.cancel()
        self.driver.close()


async def _read(leg: Leg, inbox: Inbox) -> None:
    while True:
        item = await inbox.next()
        assert not isinstance(item, OwnerCommand), "nobody commands a callee's leg"
        leg.handle_event(item)


async def open_callee(seed: int, host: str = "127.0.0.1") -> Callee:
    """A phone on a free port of this address."""
    chance = SeededChance(seed)
    settings = Settings(listen=((host, 0),))
    driver = SipDriver(UserAgent(SipSettings(product="callee"), chance), settings, LoopClock(), chance)
    callee = Callee(driver, chance)
    await driver.listen(callee.handle_event)
    return callee
