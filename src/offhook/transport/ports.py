"""The transports as the rest of the house sees them.

Called by `call/`, `phone/` and `switchboard/`: they command a session of the user agent with the
time of `now()`, then `flush()`. Implemented by `transport/driver.py`.
"""

from collections.abc import Callable
from typing import Protocol

from offhook.sip.event import Event
from offhook.sip.flow import Flow
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent


class SipEndpoint(Protocol):
    """A user agent with sockets under it."""

    @property
    def user_agent(self) -> UserAgent:
        """The sans-IO core; after each command to it or to one of its sessions, `flush()`."""
        ...

    def now(self) -> float:
        """Monotonic seconds, the `now` of every command."""
        ...

    def flush(self) -> None:
        """Send what the core has to send, deliver its events, arm its next deadline."""
        ...

    def attach(self, session: InviteSession, receiver: Callable[[Event], None]) -> None:
        """Hand this session's events to `receiver` from now on, until the one that ends it."""
        ...

    def media_host(self, flow: Flow) -> str:
        """The address that stands in SDP for the peer of this flow."""
        ...

    async def media_host_towards(self, uri: SipUri) -> str:
        """The address that stands in an offer sent to this URI.

        Raises: NoRouteError when the URI leads nowhere.
        """
        ...


class NoRouteError(Exception):
    """A URI that leads nowhere from here: why, in a sentence."""
