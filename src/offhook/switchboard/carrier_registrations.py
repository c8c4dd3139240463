"""The node's registrations at carriers: kept up, shown, and what their registrars send is known by them.

    store -> REGISTER -> registered, refreshed until it is changed, deleted, or the node stops: then removed
                      -> no answer, 5xx: again after 5 s to 300 s (`sip/registration.py`)
                      -> refused: again after 15 minutes, for a carrier may be set up wrongly for a while

An INVITE is a carrier's when it is for the node's own address and comes from where the registrar is; of
several registrations at one registrar the one counts whose user is in the Request-URI, as in our Contact.
Made by the roof; fed by `exchange.py`, asked by `inbound_call.py`, told of changes by the API.
Source: RFC 3261 §10; ours, Twilio's trunks do not register.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import structlog

from offhook.base.clock import Clock
from offhook.model.carrier_registration import CarrierRegistration, RegistrationState, RegistrationStatus
from offhook.routing.directory import is_own
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError, SipUsageError
from offhook.sip.event import Event, NotRegistered, Registered, Unregistered
from offhook.sip.flow import Flow
from offhook.sip.message import Request
from offhook.sip.registration import Registration, RegistrationPlan
from offhook.sip.uri import SipUri, escape_user
from offhook.store.ports import Store
from offhook.switchboard.trunk_target import read_target
from offhook.transport.ports import NoRouteError, SipEndpoint
from offhook.waiting.timeout import timeout

log = structlog.get_logger("offhook.switchboard")

REFUSED_RETRY_S: Final = 900.0
"""After a refusal, which is not tried again by itself."""
REGISTRATIONS_MAX: Final = 10_000
"""Of the node."""
UNUSABLE: Final = 400
"""Status of a registration that cannot even be sent."""


@dataclass(slots=True, eq=False)
class _Kept:
    """One registration under way."""

    record: CarrierRegistration
    state: RegistrationState
    registration: Registration | None = None
    hosts: frozenset[str] = frozenset()
    """Addresses of the registrar, as DNS last said."""
    locating: asyncio.Task[None] | None = None
    retry: asyncio.TimerHandle | None = None

    def let_go(self) -> None:
        """Stop what is planned."""
        if self.locating is not None:
            self.locating.cancel()
        if self.retry is not None:
            self.retry.cancel()


@dataclass(slots=True)
class _Leaving:
    """Registrations that are being removed."""

    left: set[Registration] = field(default_factory=set)
    done: asyncio.Event = field(default_factory=asyncio.Event)


class CarrierRegistrations:
    """All of the node's, by the Sid of their trunk."""

    def __init__(self, endpoint: SipEndpoint, store: Store, clock: Clock) -> None:
        self._endpoint = endpoint
        self._store = store
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._by_registration: dict[Registration, _Kept] = {}
        self._leaving = _Leaving()

    # The roof and the API

    async def open(self) -> None:
        """Begin those that the store has, once SIP listens. Raises: StoreBusyError."""
        for record in await self._store.carrier_registrations.load(REGISTRATIONS_MAX):
            self._begin(record)

    async def take_up(self, account_sid: str, trunk_sid: str) -> None:
        """A registration was made, changed or deleted in the store. Raises: StoreBusyError."""
        record = await self._store.carrier_registrations.fetch(account_sid, trunk_sid)
        self._settle(trunk_sid, record)

    def _settle(self, trunk_sid: str, record: CarrierRegistration | None) -> None:
        kept = self._kept.get(trunk_sid)
        if kept is not None and record is not None and record.updated_at == kept.record.updated_at:
            return  # it stands already
        if kept is not None:
            self._end(kept)
        if record is not None and len(self._kept) < REGISTRATIONS_MAX:
            self._begin(record)

    async def refresh(self) -> None:
        """Take up what other nodes have changed in a database that they share. Raises: StoreBusyError."""
        stored = {each.sid: each for each in await self._store.carrier_registrations.load(REGISTRATIONS_MAX)}
        for sid in [*self._kept, *stored]:
            self._settle(sid, stored.get(sid))

    def state(self, trunk_sid: str) -> RegistrationState | None:
        """How a trunk's registration stands; None where there is none."""
        kept = self._kept.get(trunk_sid)
        return None if kept is None else kept.state

    async def close(self, timeout_s: float) -> None:
        """Have every registrar forget us; those that do not answer in time keep us until we expire."""
        for kept in list(self._kept.values()):
            self._end(kept)
        if not self._leaving.left:
            return
        try:
            async with timeout(timeout_s):
                await self._leaving.done.wait()
        except TimeoutError:
            log.info("carrier.not_unregistered", registrations=len(self._leaving.left))

    # Calls

    def calling(self, request: Request, flow: Flow) -> CarrierRegistration | None:
        """The registration whose registrar sent this INVITE to our Contact; None for a stranger's."""
        if not self._kept or not is_own(request.uri.host, flow):
            return None
        now, source = self._clock.utc_now(), flow.remote.host
        found = [
            kept.record
            for kept in self._kept.values()
            if source in kept.hosts and kept.state.expires_at is not None and kept.state.expires_at > now
        ]
        user = request.uri.username
        return next((record for record in found if record.username == user), found[0] if found else None)

    # News

    def handle_event(self, event: Event) -> None:
        """Take one event of a registration."""
        match event:
            case Registered():
                self._handle_registered(event)
            case NotRegistered():
                self._handle_not_registered(event)
            case Unregistered(registration=registration):
                self._forget(registration)
            case _:
                pass  # nothing else is told of registrations

    def _handle_registered(self, event: Registered) -> None:
        kept = self._by_registration.get(event.registration)
        if kept is None:
            return
        now = self._clock.utc_now()
        if not event.is_refresh:
            log.info("carrier.registered", trunk=kept.record.sid, registrar=kept.record.registrar)
        since = kept.state.changed_at if event.is_refresh else now
        expires_at = now + timedelta(seconds=event.expires_s)
        kept.state = RegistrationState(RegistrationStatus.REGISTERED, since, expires_at, 200)
        if kept.locating is None or kept.locating.done():
            kept.locating = asyncio.create_task(self._locate(kept))

    def _handle_not_registered(self, event: NotRegistered) -> None:
        kept = self._by_registration.get(event.registration)
        if event.retry_s is None:
            self._forget(event.registration)
        if kept is None:
            return
        log.warning(
            "carrier.not_registered",
            trunk=kept.record.sid,
            registrar=kept.record.registrar,
            status=event.status,
            reason=event.reason,
        )
        if event.retry_s is None:
            self._refused(kept, event.status, event.reason)
        else:
            self._failed(kept, event.status, event.reason, event.retry_s)

    def _failed(self, kept: _Kept, status: int, reason: str, retry_s: float) -> None:
        now = self._clock.utc_now()
        kept.state = RegistrationState(
            RegistrationStatus.FAILED,
            now,
            kept.state.expires_at,
            status,
            reason,
            now + timedelta(seconds=retry_s),
        )

    def _refused(self, kept: _Kept, status: int, reason: str) -> None:
        """What is refused is over: the carrier keeps nothing of it. Later another one is tried."""
        kept.state = replace(kept.state, expires_at=None)
        self._failed(kept, status, reason, REFUSED_RETRY_S)
        loop = asyncio.get_running_loop()
        kept.retry = loop.call_later(REFUSED_RETRY_S, self._register, kept)

    async def _locate(self, kept: _Kept) -> None:
        """Where its registrar sends from: every address that DNS has for it, each as soon as it is known."""
        known: frozenset[str] = frozenset()
        for uri in _places(kept.record):
            try:
                known |= {target.address.host for target in await self._endpoint.locate(uri)}
            except NoRouteError as error:
                log.info("carrier.not_located", trunk=kept.record.sid, uri=str(uri), error=str(error))
            kept.hosts = known or kept.hosts

    # One registration

    def _begin(self, record: CarrierRegistration) -> None:
        state = RegistrationState(RegistrationStatus.REGISTERING, self._clock.utc_now())
        kept = self._kept[record.sid] = _Kept(record, state)
        self._register(kept)

    def _register(self, kept: _Kept) -> None:
        kept.retry = None
        try:
            plan = _plan(kept.record)
            kept.registration = self._endpoint.user_agent.register(plan, self._endpoint.now())
        except (SipError, SipUsageError) as error:
            self._refused(kept, UNUSABLE, f"it cannot be sent: {error}")
            return
        self._by_registration[kept.registration] = kept
        self._endpoint.flush()

    def _end(self, kept: _Kept) -> None:
        """Let go of it, and have the registrar forget us."""
        kept.let_go()
        del self._kept[kept.record.sid]
        registration = kept.registration
        if registration is None or self._by_registration.pop(registration, None) is None:
            return
        self._leaving.left.add(registration)
        self._leaving.done.clear()
        registration.remove(self._endpoint.now())
        self._endpoint.flush()

    def _forget(self, registration: Registration) -> None:
        """Nothing follows of it."""
        self._by_registration.pop(registration, None)
        self._leaving.left.discard(registration)
        if not self._leaving.left:
            self._leaving.done.set()


def _plan(record: CarrierRegistration) -> RegistrationPlan:
    """Raises: SipError."""
    registrar = read_target(record.registrar).uri
    user = escape_user(record.username)
    return RegistrationPlan(
        address=SipUri("sip", registrar.host, user=user, port=registrar.port),
        credentials=Credentials(record.username, record.password),
        next_hop=read_target(record.proxy or record.registrar).uri,
        expires_s=record.expires_s,
        contact_user=user,
    )


def _places(record: CarrierRegistration) -> Iterable[SipUri]:
    """The proxy first, where there is one: it is what was reached."""
    return [read_target(uri).uri for uri in (record.proxy, record.registrar) if uri is not None]
