"""The one driver under a SIP user agent: feeds it from sockets, sends for it, arms its single timer.

    datagram -> UserAgent.handle_datagram -> poll_transmit -> socket
                                          -> poll_event    -> who attached to the session,
                                                              else the receiver
                                          -> poll_timeout  -> loop.call_at

Events are handed over one by one in the order in which they arose; the receiver returns at once.
Made by `app.py` and `cli/call.py`, which plug in the receiver.
"""

import asyncio
from collections.abc import Callable

import structlog

from offhook.base.clock import Clock
from offhook.base.errors import UsageError
from offhook.sip.event import Canceled, Ended, Event, FlowNeeded, Refused
from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.transport.advertised import AdvertisedAddresses, kernel_address_towards
from offhook.transport.ports import NoRouteError
from offhook.transport.resolve import resolve
from offhook.transport.settings import Settings
from offhook.transport.udp import UdpListener

log = structlog.get_logger("offhook.transport")


class SipDriver:
    """A user agent's sockets and its timer, on the running loop."""

    def __init__(self, user_agent: UserAgent, settings: Settings, clock: Clock) -> None:
        self._user_agent = user_agent
        self._settings = settings
        self._clock = clock
        self._receiver: Callable[[Event], None] | None = None
        self._advertised = AdvertisedAddresses(settings.advertised)
        self._listeners: list[UdpListener] = []
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._locating: set[asyncio.Task[None]] = set()
        self._is_flushing = False
        self._attached: dict[InviteSession, Callable[[Event], None]] = {}

    @property
    def user_agent(self) -> UserAgent:
        """The core that is driven."""
        return self._user_agent

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens, with the ports that port 0 became."""
        return tuple(listener.address for listener in self._listeners)

    def listen(self, receiver: Callable[[Event], None]) -> None:
        """Bind every address of the settings and begin to read.

        receiver: gets each event that belongs to no attached session, on the loop.
        Raises: OSError, naming the address in `filename`, when one cannot be bound; then none is.
        """
        for host, port in self._settings.listen:
            try:
                listener = UdpListener(host, port, self._handle_datagram, self._handle_unreachable)
            except OSError as error:
                self.close()
                raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
            self._listeners.append(listener)
        self._receiver = receiver
        for listener in self._listeners:
            listener.start(self._loop)

    def close(self) -> None:
        """Free the ports and forget the timer. What the core still wanted to send is lost."""
        for task in self._locating:
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    def now(self) -> float:
        """Monotonic seconds."""
        return self._clock.monotonic()

    def media_host(self, flow: Flow) -> str:
        """The advertised address of the flow: audio arrives where signalling does."""
        return flow.advertised.host

    async def media_host_towards(self, uri: SipUri) -> str:
        """The advertised address towards a URI's host. Raises: NoRouteError."""
        remote = await resolve(uri)
        return self._flow(self._local_towards(remote), remote).advertised.host

    def attach(self, session: InviteSession, receiver: Callable[[Event], None]) -> None:
        """Hand this session's events to `receiver` from now on, until the one that ends it."""
        self._attached[session] = receiver

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
                self._send(transmit.data, transmit.flow)
            event = self._user_agent.poll_event()
            if event is None:
                return
            if isinstance(event, FlowNeeded):
                self._locate(event)
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
        receiver(event)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._user_agent.poll_timeout()
        if deadline is not None:
            delay = max(0.0, deadline - self._clock.monotonic())
            self._timer = self._loop.call_later(delay, self._handle_timeout)

    def _handle_timeout(self) -> None:
        self._timer = None
        self._user_agent.handle_timeout(self._clock.monotonic())
        self.flush()

    def _handle_datagram(self, data: bytes, local: Address, remote: Address) -> None:
        self._user_agent.handle_datagram(data, self._flow(local, remote), self._clock.monotonic())
        self.flush()

    def _handle_unreachable(self, remote: Address) -> None:
        """The error doesn't say from which of our addresses the packet left: the kernel chooses it again."""
        log.info("transport.unreachable", remote=str(remote))
        try:
            flow = self._flow(self._local_towards(remote), remote)
        except NoRouteError:
            return  # whatever left on that route has been told so by the route's own error
        self._user_agent.handle_flow_lost(flow, self._clock.monotonic())
        self.flush()

    def _flow(self, local: Address, remote: Address) -> Flow:
        return Flow(Transport.UDP, local, remote, self._advertised.towards(remote, local))

    def _send(self, data: bytes, flow: Flow) -> None:
        listener = self._listener_for(flow.local)
        if listener is None:
            return  # closed meanwhile
        try:
            listener.send(data, flow.local, flow.remote)
        except OSError as error:
            log.warning("transport.send_failed", remote=str(flow.remote), error=str(error))
            self._user_agent.handle_flow_lost(flow, self._clock.monotonic())

    def _listener_for(self, local: Address) -> UdpListener | None:
        for listener in self._listeners:
            if listener.address.port == local.port and listener.address.host in (local.host, "0.0.0.0", "::"):  # noqa: S104
                return listener
        return None

    def _locate(self, event: FlowNeeded) -> None:
        task = self._loop.create_task(self._find_flow(event.request_id, event.uri))
        self._locating.add(task)
        task.add_done_callback(self._locating.discard)

    async def _find_flow(self, request_id: int, uri: SipUri) -> None:
        try:
            remote = await resolve(uri)
            flow = self._flow(self._local_towards(remote), remote)
        except NoRouteError as error:
            self._user_agent.handle_no_flow(request_id, str(error), self._clock.monotonic())
        else:
            self._user_agent.handle_flow(request_id, flow, self._clock.monotonic())
        self.flush()

    def _local_towards(self, remote: Address) -> Address:
        wildcard = "::" if ":" in remote.host else "0.0.0.0"  # noqa: S104
        try:
            host = kernel_address_towards(remote)
        except OSError as error:
            raise NoRouteError(f"no route to {remote}: {error.strerror}") from error
        candidates = [listener for listener in self._listeners if listener.is_v6 == (":" in remote.host)]
        for listener in candidates:
            if listener.address.host in (wildcard, host):
                return Address(host, listener.address.port)
        if candidates:
            return candidates[0].address
        raise NoRouteError(f"no listener of this address family towards {remote}")
