"""The transfers of one leg: what its peer is asked to do (`<Refer>`), and what its peer asks for.

Owned by `call/leg.py`, which hands it the news of its session; `verbs/refer.py` asks, `verbs/talk.py`
answers.
Source: RFC 3515; reference/sip-interface 6.
"""

import asyncio
from collections.abc import Callable

from offhook.sip.event import ReferEnded, ReferProgressed, Referred
from offhook.sip.session.invite_session import InviteSession
from offhook.transport.ports import SipEndpoint

Header = tuple[str, str]


class ReferUnderWay:
    """One REFER of ours, for as long as the peer tells what becomes of it."""

    def __init__(self) -> None:
        self.refer_status: int | None = None
        """The final response to the REFER, 408 without one; None before."""
        self.notify_status: int | None = None
        """What was told last of the call that the peer made; None where nothing was."""
        self.ended = asyncio.Event()
        """Set once nothing more will be told; not by the end of the call."""


class Referrals:
    """Of one leg."""

    def __init__(self, endpoint: SipEndpoint, session: Callable[[], InviteSession]) -> None:
        """session: the leg's, once it has one."""
        self._endpoint = endpoint
        self._session = session
        self._asked: ReferUnderWay | None = None

    def ask(self, target: str, headers: tuple[Header, ...] = ()) -> ReferUnderWay:
        """Ask the peer of an answered leg to call this URI. Raises: SipUsageError."""
        self._session().refer(target, self._endpoint.now(), headers)
        self._asked = ReferUnderWay()
        self._endpoint.flush()
        return self._asked

    def accept(self, headers: tuple[Header, ...] = ()) -> None:
        """Do what the peer asks for: 202. Nothing is said where it has hung up by now, as below."""
        if self._session().has_referral:
            self._session().accept_referral(self._endpoint.now(), headers)
            self._endpoint.flush()

    def refuse(self, status: int, reason: str | None = None, headers: tuple[Header, ...] = ()) -> None:
        """Leave it, 400 to 699."""
        if self._session().has_referral:
            self._session().reject_referral(status, self._endpoint.now(), reason, headers)
            self._endpoint.flush()

    def tell(self, status: int) -> None:
        """Tell the peer what becomes of it, 100 to 699; nothing happens where it does not listen any more."""
        self._session().notify_referral(status, self._endpoint.now())
        self._endpoint.flush()

    def handle_event(self, event: ReferProgressed | ReferEnded | Referred) -> None:
        """Take the news of the session. What the peer asks for is refused: its owner transfers nobody."""
        if isinstance(event, Referred):
            self.refuse(403)
            return
        if self._asked is None:
            return
        self._asked.refer_status, self._asked.notify_status = event.refer_status, event.notify_status
        if isinstance(event, ReferEnded):
            self._asked.ended.set()
