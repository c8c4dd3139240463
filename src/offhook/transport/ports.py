"""The transports as the rest of the house sees them.

Called by `call/`, `phone/` and `switchboard/`: they command a session of the user agent with the
time of `now()`, then `flush()`. Implemented by `transport/driver.py`.
"""

from typing import Protocol

from offhook.sip.flow import Flow
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

    def media_host(self, flow: Flow) -> str:
        """The address that stands in SDP for the peer of this flow."""
        ...
