"""A phone that does what a REFER asks, as a test tells it to: it says 202, then what becomes of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from offhook.call.leg import Leg
from offhook.call.referrals import Referrals
from offhook.sip.event import ReferEnded, ReferProgressed, Referred
from offhook.transport.ports import SipEndpoint


@dataclass
class Says:
    """What it answers."""

    status: int = 202
    """To the REFER itself; another one than 202 refuses it."""
    tells: tuple[int, ...] = ()
    """Then, half a second apart, by NOTIFY."""
    hangs_up: bool = False
    """Whether it ends its call after that, as a phone does that was transferred."""


@dataclass
class Transferee:
    """One leg of a phone, from now on."""

    leg: Leg
    says: Says
    asked: list[Referred] = field(default_factory=list)
    """Every REFER that came."""
    on_asked: Callable[[Referred], None] = lambda _: None
    """Who is told of each."""

    def take(self, event: Referred) -> None:
        """A REFER came."""
        self.asked.append(event)
        self.on_asked(event)
        if self.says.status != 202:
            self.leg.referrals.refuse(self.says.status)
            return
        self.leg.referrals.accept()
        self._tell(self.says.tells)

    def _tell(self, statuses: tuple[int, ...]) -> None:
        loop = asyncio.get_running_loop()
        if statuses:
            loop.call_later(0.5, lambda: self._tell_one(statuses))
        elif self.says.hangs_up:
            self.leg.hang_up()

    def _tell_one(self, statuses: tuple[int, ...]) -> None:
        if not self.leg.is_ended:
            self.leg.referrals.tell(statuses[0])
            self._tell(statuses[1:])


class _Following(Referrals):
    """The referrals of a leg whose phone follows them."""

    transferee: Transferee

    def handle_event(self, event: ReferProgressed | ReferEnded | Referred) -> None:
        if isinstance(event, Referred):
            self.transferee.take(event)
        else:
            super().handle_event(event)


def following(leg: Leg, endpoint: SipEndpoint, says: Says) -> Transferee:
    """Let this leg's phone follow a REFER."""
    referrals = _Following(endpoint, lambda: leg.session)
    referrals.transferee = transferee = Transferee(leg, says)
    leg.referrals = referrals
    return transferee
