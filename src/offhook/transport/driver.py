"""The one driver under a SIP user agent: feeds it from sockets, sends for it, arms its single timer.

    message -> UserAgent.handle_datagram -> poll_transmit -> socket
                                         -> poll_event    -> who attached to the session,
                                                             else the receiver
                                         -> poll_timeout  -> loop.call_later

Events are handed over one by one in the order in which they arose; the receiver returns at once.
Made by `app.py` and `cli/telephone/edges.py`, which plug in the receiver.
"""

import asyncio
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

import structlog

from offhook.base.clock import Clock
from offhook.base.errors import UsageError
from offhook.base.ids import Chance
from offhook.sip.error import SipUsageError
from offhook.sip.event import (
    Canceled,
    Ended,
    Event,
    Flooded,
    FlowNeeded,
    Invited,
    Refused,
    RequestReceived,
    TlsVersionRefused,
)
from offhook.sip.flow import Address, FarEnd, Flow, Transport
from offhook.sip.keepalive import answer_keepalive
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.transport.dns import Dns
from offhook.transport.locate import locate
from offhook.transport.ports import (
    HandshakeRefusedError,
    NoRouteError,
    Target,
    TlsContexts,
    TlsVersionError,
    TracedMessage,
)
from offhook.transport.settings import Settings
from offhook.transport.sockets import Sockets
from offhook.transport.websocket_handshake import accept_handshake

log = structlog.get_logger("offhook.transport")

LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound
"""Where a listener of all addresses is reached from the same machine."""
LEAST_WAIT_S: Final = 0.01
"""Deadlines that lie closer are met together: on a busy node a thousand transactions end in a second, and no
timer of SIP is finer than T1, half a second."""

FIRST_SERIAL_MAX: Final = 2**30
"""Serials of flows begin below it: those that the database holds have 31 bits."""


class SipDriver:
    """A user agent's sockets and its timer, on the running loop.

    tls: the certificates; without them TLS is not spoken.
    """

    def __init__(
        self,
        user_agent: UserAgent,
        settings: Settings,
        clock: Clock,
        chance: Chance,
        tls: TlsContexts | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._clock = clock
        self._chance = chance
        self._receiver: Callable[[Event], None] | None = None
        self._sockets = Sockets(settings, self, tls, int(chance.between(1, FIRST_SERIAL_MAX)))
        self._dns = Dns(settings.dns_servers)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = 0.0
        self._locating: set[asyncio.Task[None]] = set()
        self._is_flushing = False
        self._failed: dict[FarEnd, tuple[Flow, OSError]] = {}
        """Flows on which something could not be sent in this turn, and why."""
        self._attached: dict[InviteSession, Callable[[Event], None]] = {}
        self._tracer: Callable[[TracedMessage], None] | None = None

    @property
    def user_agent(self) -> UserAgent:
        """The core that is driven."""
        return self._user_agent

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens, with the ports that port 0 became."""
        return self._sockets.addresses

    @property
    def tls_addresses(self) -> tuple[Address, ...]:
        """Where it listens for TLS."""
        return self._sockets.tls_addresses

    @property
    def legacy_tls_addresses(self) -> tuple[Address, ...]:
        """Where it listens for TLS 1.0 and 1.1."""
        return self._sockets.legacy_tls_addresses

    @property
    def own_target(self) -> Target:
        """A listener of its own, over UDP: one of all addresses is reached over loopback.

        The first of IPv4, which media speaks, where there is one.

        Raises: UsageError before `listen`.
        """
        if not self._sockets.addresses:
            raise UsageError("the driver is used before listen()")
        first = min(self._sockets.addresses, key=lambda address: ":" in address.host)
        return Target(Transport.UDP, Address(LOOPBACK.get(first.host, first.host), first.port))

    async def listen(self, receiver: Callable[[Event], None]) -> None:
        """Bind every address of the settings and begin to read.

        receiver: gets each event that belongs to no attached session, on the loop.
        Raises: OSError, with the setting and the address in `filename`, when one cannot be
            bound; then none is.
        """
        self._receiver = receiver
        await self._sockets.listen()

    def take_websocket(
        self, method: str, headers: Iterable[tuple[str, str]], *, is_secure: bool
    ) -> tuple[tuple[tuple[str, str], ...], asyncio.Protocol]:
        """The headers of the 101 for an HTTP request, and what has its connection then; once it listens.

        headers: names in lower case. is_secure: whether it came over TLS.
        Raises: HandshakeRefusedError.
        """
        if self._receiver is None:
            raise HandshakeRefusedError(503, "SIP is not served yet", (("Retry-After", "1"),))
        return accept_handshake(method, headers), self._sockets.take_websocket(is_secure=is_secure)

    def close(self) -> None:
        """Free the ports and forget the timer. What the core still wanted to send is lost."""
        for task in self._locating:
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._sockets.close()

    def now(self) -> float:
        """Monotonic seconds."""
        return self._clock.monotonic()

    def is_open(self, flow: Flow) -> bool:
        """Whether a flow can be sent on."""
        return self._sockets.is_open(flow)

    def expect_keepalives(self, flow: Flow, every_s: float) -> None:
        """Close the connection of a flow when nothing comes on it for so long, and a little longer."""
        self._sockets.expect_keepalives(flow, every_s)

    def is_own(self, target: Target) -> bool:
        """Whether what is sent there would come back to a listener of ours."""
        return self._sockets.is_own(target.address)

    def media_host(self, flow: Flow, media_at: str = "") -> str:
        """The advertised address of the flow: audio arrives where signalling does, but over IPv4 alone.

        media_at: where the peer wants its audio, which decides for one of IPv6. Raises: NoRouteError.
        """
        return self._sockets.media_host(flow.advertised, flow.remote, media_at)

    def media_host_towards(self, target: Target) -> str:
        """The advertised address towards a target, of IPv4 in any case. Raises: NoRouteError."""
        told = self._sockets.advertised(self._sockets.local_towards(target.address), target.address)
        return self._sockets.media_host(told, target.address)

    async def locate(self, uri: SipUri) -> tuple[Target, ...]:
        """Where a request for this URI may be sent, best first. Raises: NoRouteError."""
        return await locate(uri, self._dns, self._chance, self._sockets.spoken)

    def attach(self, session: InviteSession, receiver: Callable[[Event], None]) -> None:
        """Hand this session's events to `receiver` from now on, until the one that ends it."""
        self._attached[session] = receiver

    def trace(self, tracer: Callable[[TracedMessage], None]) -> None:
        """Show `tracer` every message that comes and goes from now on; keepalives are none."""
        self._tracer = tracer

    def flush(self) -> None:
        """Poll the core until it is empty, then arm its next deadline.

        An event's receiver may command the core and flush in turn: the loop that runs already
        takes that up, so the order stays.
        """
        if self._is_flushing:
            return
        self._is_flushing = True
        try:
            self._drain()
        finally:
            self._is_flushing = False
        self._arm()

    def _drain(self) -> None:
        while True:
            while (transmit := self._user_agent.poll_transmit()) is not None:
                if self._tracer is not None:
                    self._tracer(TracedMessage(self._clock.monotonic(), True, transmit.flow, transmit.data))
                self._send(transmit.data, transmit.flow)
            if self._failed:
                self._tell_failed()
                continue
            event = self._user_agent.poll_event()
            if event is None:
                return
            if isinstance(event, FlowNeeded):
                self._find_flow(event)
            elif isinstance(event, Flooded):
                _warn_of_flood(event)
            else:
                self._deliver(event)

    def _deliver(self, event: Event) -> None:
        session: InviteSession | None = getattr(event, "session", None)
        receiver = self._attached.get(session) if session is not None else None
        if session is not None and isinstance(event, Ended | Refused | Canceled):
            self._attached.pop(session, None)
        receiver = receiver or self._receiver
        if receiver is None:
            raise UsageError("the driver is used before listen()")
        try:
            receiver(event)
        except Exception:
            # A bug of ours must cost this message only: not its connection, nor what else waits to be told.
            log.exception("sip.event_failed", sip_event=type(event).__name__)
            self._answer_failed(event)

    def _answer_failed(self, event: Event) -> None:
        """Tell who waits for an answer that there is none of the receiver's."""
        with suppress(SipUsageError):  # it was answered before it failed
            match event:
                case RequestReceived(incoming=incoming):
                    self._user_agent.respond(incoming, 500, self._clock.monotonic())
                case Invited(session=session):
                    session.reject(500, self._clock.monotonic())
                case _:
                    return

    def _arm(self) -> None:
        """Wake at the core's next deadline. A timer that is armed for earlier stays: it arms the next one."""
        deadline = self._user_agent.poll_timeout()
        now = self._clock.monotonic()
        wakes_at = math.inf if deadline is None else max(deadline, now + LEAST_WAIT_S)
        if self._timer is not None:
            if self._wakes_at <= wakes_at < math.inf:
                return
            self._timer.cancel()
            self._timer = None
        if wakes_at < math.inf:
            self._wakes_at = wakes_at
            self._timer = self._loop.call_later(wakes_at - now, self._handle_timeout)

    def _handle_timeout(self) -> None:
        self._timer = None
        try:
            self._user_agent.handle_timeout(self._clock.monotonic())
        except Exception:
            log.exception("sip.timeout_failed")
        self.flush()

    # From the sockets

    def handle_message(self, data: bytes, flow: Flow) -> None:
        """One datagram, or one whole message of a connection."""
        keepalive = answer_keepalive(data, flow.remote)
        if keepalive is not None:
            if keepalive:
                self._send(keepalive, flow)
                if self._failed:
                    self.flush()
            return
        now = self._clock.monotonic()
        if self._tracer is not None:
            self._tracer(TracedMessage(now, False, flow, data))
        try:
            self._user_agent.handle_datagram(data, flow, now)
        except Exception:
            # A bug of ours must cost this message only: asyncio closes a connection whose reader raises.
            log.exception("sip.message_failed", source=str(flow.remote), transport=flow.transport.value)
        self.flush()

    def handle_flow_lost(self, flow: Flow) -> None:
        """A connection is gone, or nobody listens at the far end."""
        log.debug("transport.flow_lost", transport=flow.transport.value, remote=str(flow.remote))
        self._user_agent.handle_flow_lost(flow, self._clock.monotonic())
        self.flush()

    # To the sockets

    def _send(self, data: bytes, flow: Flow) -> None:
        try:
            self._sockets.send(data, flow)
        except OSError as error:
            self._failed[flow.far_end] = flow, error

    def _tell_failed(self) -> None:
        """Once for each far end, however much could not be sent to it: the core tells all that wanted to."""
        failed, self._failed = self._failed, {}
        for flow, error in failed.values():
            log.info("transport.send_failed", remote=str(flow.remote), error=str(error))
            self._user_agent.handle_flow_lost(flow, self._clock.monotonic())

    def _find_flow(self, event: FlowNeeded) -> None:
        task = self._loop.create_task(self._answer_flow_needed(event.request_id, event.uri))
        self._locating.add(task)
        task.add_done_callback(self._locating.discard)

    async def _answer_flow_needed(self, request_id: int, uri: SipUri) -> None:
        try:
            flow = await self._first_flow(self._leading_away(uri, await self.locate(uri)))
        except NoRouteError as error:
            kind = TlsVersionRefused if isinstance(error, TlsVersionError) else str
            self._user_agent.handle_no_flow(request_id, kind(error), self._clock.monotonic())
        else:
            self._user_agent.handle_flow(request_id, flow, self._clock.monotonic())
        self.flush()

    def _leading_away(self, uri: SipUri, located: tuple[Target, ...]) -> tuple[Target, ...]:
        """The targets that are not ourselves: a redirection, or a name, must not lead a request back to us.

        But for calls to our own numbers, which say so (`own_target`). Raises: NoRouteError.
        """
        if self._sockets.addresses and uri == self.own_target.as_uri:
            return located
        away = tuple(target for target in located if not self.is_own(target))
        if not away:
            raise NoRouteError(f"{uri} leads back to this node")
        return away

    async def _first_flow(self, targets: tuple[Target, ...]) -> Flow:
        """A flow to the first target that can be reached (RFC 3263 §4.3).

        Raises: NoRouteError, the last target's.
        """
        failure = NoRouteError("there is no target")
        for target in targets:
            try:
                return await self._sockets.flow_to(target)
            except NoRouteError as error:
                log.info("transport.target_failed", target=str(target), error=str(error))
                failure = error
        raise failure


def _warn_of_flood(flood: Flooded) -> None:
    log.warning(
        "transport.flood",
        source=str(flood.flow.remote),
        waiting=flood.waiting,
        waiting_in_all=flood.waiting_in_all,
        text=f"refused INVITEs are not acknowledged: {flood.waiting} of {flood.flow.remote}, "
        f"{flood.waiting_in_all} in all; the oldest are forgotten. A flood, or answers do not get there",
    )
