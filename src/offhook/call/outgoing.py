"""The sessions of a leg that dials: one INVITE per branch, of which one is to stay.

Carries out what `call/dialling.py` decides, on the SIP endpoint. Owned by `call/leg.py`, which hands
it the news of these sessions until one is accepted.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import structlog

from offhook.call.destination import Attempt
from offhook.call.dialling import Branch, Dialling
from offhook.sip.error import SipError
from offhook.sip.event import Accepted, Event, Progressed, Refused
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.headers.reason import SIP, Reason
from offhook.sip.redirection import contacts_of
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.uri import SipUri
from offhook.transport.ports import SipEndpoint

log = structlog.get_logger("offhook.call")

Header = tuple[str, str]

UDP_MAX_BYTES: Final = 1300
"""RFC 3261 §18.1.1: a larger request goes over TCP, or it arrives in fragments that NATs drop."""
NEXT_AFTER_S: Final = 4.0
"""Without any response for so long, the next address or URI is tried, where there is one
(reference/sip-interface 4.4)."""
ELSEWHERE: Final = Reason(SIP, 200, "Call completed elsewhere")
"""Of the CANCEL to who lost: its phone shows no missed call (RFC 3326 §2)."""
ALERTING: Final = (180, 183)
"""Responses by which a callee is said to be alerted (reference/twiml 12.1)."""
OWN_HEADERS_BYTES: Final = 600
"""What the core adds to an INVITE, generously: Via, From, To, Contact, Allow and the like."""


class Outgoing:
    """The branches of one leg, as sessions; of one attempt at a time, where there are several.

    attempts: the next one is made when one has failed in a way that says nothing of the callee itself.
    offer: makes the offer of each attempt.
    """

    def __init__(
        self,
        endpoint: SipEndpoint,
        attempts: Sequence[Attempt],
        offer: Callable[[Attempt], bytes],
        receiver: Callable[[Event], None],
    ) -> None:
        self._endpoint = endpoint
        self._waiting = deque(attempts)
        self._offer = offer
        self._receiver = receiver
        self._live: dict[InviteSession, Branch] = {}
        self._given_up: list[Branch] = []
        self._begin()

    def _begin(self) -> None:
        attempt = self._waiting.popleft()
        self._is_secure = attempt.is_secure
        self._invitation = replace(attempt.invitation, offer=self._offer(attempt))
        self._dialling = Dialling(attempt.destinations)

    @property
    def is_ringing(self) -> bool:
        """Whether any callee is being alerted."""
        return self._dialling.is_ringing

    @property
    def is_alone(self) -> bool:
        """Whether one session alone may still be accepted."""
        return len(self._live) == 1

    @property
    def has_failed(self) -> bool:
        """Whether no branch is left."""
        return self._dialling.has_failed

    @property
    def best_failure(self) -> Branch:
        """The branch whose failure stands for all: of the last attempt."""
        return self._dialling.best_failure

    def poll_given_up(self) -> list[Branch]:
        """The failures of attempts in whose place another was made, which have not been told yet."""
        if not self._given_up:
            return []
        given_up, self._given_up = self._given_up, []
        return given_up

    @property
    def is_over(self) -> bool:
        """Whether every session was told its end."""
        return not self._live

    @property
    def sessions(self) -> tuple[InviteSession, ...]:
        """The sessions that were not told their end."""
        return tuple(self._live)

    @property
    def sip_call_id(self) -> str:
        """Call-ID of the INVITE that stands for those which are left; "" when none is."""
        return next((session.call_id for session in self._live), "")

    def dial(self) -> None:
        """Send the INVITE of every branch that waits and may be dialled."""
        while (waiting := self._dialling.next_to_dial()) is not None:
            branch, next_hop = waiting
            destination = branch.destination
            headers = (*self._invitation.headers, *(("Route", each) for each in destination.route))
            next_hop = self._fitting_hop(branch, next_hop, headers)
            has_next = bool(branch.hops or self._waiting) or destination.instead is not None
            invitation = replace(
                self._invitation,
                uri=destination.uri,
                to_uri=self._invitation.to_uri or self._invitation.uri,
                next_hop=next_hop or self._invitation.next_hop,
                credentials=destination.credentials or self._invitation.credentials,
                headers=headers,
                response_within_s=NEXT_AFTER_S if has_next else None,
            )
            session = self._endpoint.user_agent.invite(invitation, self._endpoint.now())
            self._live[session] = branch
            branch.sip_call_id = session.call_id
            self._endpoint.attach(session, self._receiver)

    def _fitting_hop(
        self, branch: Branch, next_hop: SipUri | None, headers: tuple[Header, ...]
    ) -> SipUri | None:
        """The next hop, over TCP first when the INVITE is too large for UDP, which stays the hop after it."""
        if next_hop is None or branch.has_tried_tcp or not branch.destination.is_transport_open:
            return next_hop
        size = OWN_HEADERS_BYTES + len(self._invitation.offer or b"")
        size += sum(len(name) + len(value) + 4 for name, value in headers)
        if size <= UDP_MAX_BYTES or next_hop.parameter("transport") != "udp":
            return next_hop
        log.info("call.too_large_for_udp", next_hop=str(next_hop), bytes=size)
        branch.has_tried_tcp = True
        branch.hops.appendleft(next_hop)
        return replace(next_hop, parameters=(("transport", "tcp"),))

    def handle_progressed(self, event: Progressed) -> None:
        """A provisional response of a branch; that it is forwarded or queued (181, 182) is no ringing."""
        branch = self._live.get(event.session)
        if branch is not None and event.response.status in ALERTING:
            self._dialling.handle_ringing(branch)

    def handle_refused(self, event: Refused) -> None:
        """A branch failed; what may be dialled next is dialled."""
        branch = self._live.pop(event.session, None)
        if branch is None:
            return
        headers = None if event.response is None else event.response.headers.fields
        contacts = _redirected_to(event)
        if self._is_secure:
            contacts = tuple(_over_tls(uri) for uri in contacts)
        self._dialling.handle_refused(branch, event.status, event.reason, contacts, headers)
        if self._waiting and self._dialling.has_failed and _may_fare_better(self._dialling.best_failure):
            self._given_up.append(self._dialling.best_failure)
            self._begin()
        self.dial()

    def handle_accepted(self, event: Accepted) -> None:
        """A branch won: the others are canceled."""
        self._live.pop(event.session, None)
        self.close((("Reason", str(ELSEWHERE)),))

    def forget(self, session: InviteSession) -> None:
        """A canceled branch was told its end."""
        self._live.pop(session, None)

    def close(self, headers: tuple[Header, ...]) -> None:
        """Cancel every branch that is left."""
        for session in self._live:
            session.close(self._endpoint.now(), headers=headers)


def _may_fare_better(failure: Branch) -> bool:
    """Whether another URI is tried: nobody answered, or a server failed; no is the callee's own word."""
    return failure.status == 408 or 500 <= failure.status < 600


def _redirected_to(event: Refused) -> tuple[SipUri, ...]:
    """The SIP URIs of a 3xx's Contacts, best first; another scheme is not followed (32219)."""
    if event.response is None or not 300 <= event.status < 400:
        return ()
    return tuple(contact.uri.hop_by_hop for contact in contacts_of(event.response) if _is_sip(contact))


def _over_tls(uri: SipUri) -> SipUri:
    """The same over TLS, whatever was named: the offer has a key in it."""
    kept = (each for each in uri.parameters if each[0].lower() != "transport")
    return replace(uri, parameters=(*kept, ("transport", "tls")))


def _is_sip(contact: NameAddr) -> bool:
    try:
        _ = contact.uri
    except SipError:
        return False
    return True
