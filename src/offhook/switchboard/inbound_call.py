"""An INVITE that comes in: who is called, may they, and then the application of Domain or number answers.

    INVITE -> 100 (sip) -> admission -> 407, 403 with its code; 500 where it fails
                        -> or our own, to a number of ours: account not active: 603   record `failed`
                                     -> offer unusable: 400, 488      record `failed`
                                     -> SRTP, and Secure=false; or the other way round: 488, so too
                                     -> no Voice URL: 404             record `failed`
                                     -> Replaces: 200, in the place of another (`replace_call.py`)
                                     -> 180, Voice URL, verbs ...     record from `ringing` on

Called by `switchboard/exchange.py` as the task of the call. Source: reference/sip-interface 1 to 3; for
numbers reference/twiml 1.1, rest-api 2.7.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from offhook.base.errors import PeerError, UsageError
from offhook.call.call import ERROR_HEADER, Call
from offhook.call.inbox import Inbox, OwnerCommand
from offhook.call.ledger import Ledger
from offhook.call.leg import Leg
from offhook.call.owner import own
from offhook.call.progress import Progress
from offhook.call.sdp_fault import BAD_SDP, error_code_of, warning_of
from offhook.model.account import AccountStatus
from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus, Direction
from offhook.model.carrier_registration import CarrierRegistration
from offhook.routing.admission import admit, unavailable
from offhook.routing.decision import AdmittedToTrunk, Challenge, TurnedAway
from offhook.sip.error import SipError
from offhook.sip.session.invite_session import InviteSession
from offhook.store.ports import StoreBusyError
from offhook.switchboard.call_rates import CallRates
from offhook.switchboard.called import (
    Called,
    arrival_called,
    domain_called,
    elastic_called,
    trunk_called,
    vouched,
)
from offhook.switchboard.live_calls import LiveCall
from offhook.switchboard.own_numbers import Arrival, Chain
from offhook.switchboard.refuse import write_refusal
from offhook.switchboard.replace_call import named_call, take_place
from offhook.switchboard.services import Services
from offhook.switchboard.trunk_target import read_target
from offhook.verbs.dialler import Dialler
from offhook.verbs.runner import Application, Runner
from offhook.verbs.verb import GoTo

NO_VOICE_URL: Final = 21205
NO_ORIGINATION_URL: Final = 32010
NOT_VOUCHED_FOR: Final = 32021
TOO_FAST: Final = 32013
ACCOUNT_NOT_ACTIVE: Final = 10001

T = TypeVar("T")

log = structlog.get_logger("offhook.switchboard")


async def inbound_call(
    session: InviteSession, inbox: Inbox, services: Services, dialler: Dialler, rates: CallRates
) -> None:
    """Take one INVITE from its arrival to the end of its call.

    inbox: receives the events of the call; whoever ends the call from outside puts END there.
    rates: how fast they may come.
    """
    leg = Leg(services.endpoint, services.media, services.chance, inbox.put)
    leg.take(session)
    match await _decided(_welcome(session, services, rates)):
        case TurnedAway() as refusal:
            _turn_away(leg, inbox, refusal, services)
        case Challenge() as challenge:
            _settle(leg, inbox)
            leg.refuse(challenge.status, headers=challenge.headers)
        case _Welcome(called=called, named=named):
            await _run_call(leg, inbox, called, services, dialler, named=named)


@dataclass(frozen=True, slots=True)
class _Welcome:
    """An INVITE that becomes a call."""

    called: Called
    named: LiveCall | None = None
    """The call whose place it takes."""


async def _decided(decision: Awaitable[T]) -> T | TurnedAway:
    """What is decided of an INVITE; whatever goes wrong meanwhile is a refusal, for its peer waits."""
    try:
        return await decision
    except StoreBusyError as error:
        return unavailable(error)
    except SipError as error:
        return TurnedAway(error.status or 400, None, error.message, None, error.section or "RFC 3261")
    except Exception:
        # A bug of ours must cost this call only: it is logged whole, and the peer hears of it.
        log.exception("invite.not_decided")
        return TurnedAway(500, None, "Internal failure while the INVITE was decided", None, "the node's log")


async def _welcome(
    session: InviteSession, services: Services, rates: CallRates
) -> _Welcome | Challenge | TurnedAway:
    """Who is called, where the caller may. Raises: StoreBusyError, SipError."""
    carrier = services.carriers.calling(session.request, session.flow)
    if carrier is not None:
        return _welcome_to(await _carrier_called(session, carrier, services))
    admission = await admit(session.request, session.flow, services.door, services.endpoint.now())
    if isinstance(admission, TurnedAway | Challenge):
        return admission
    too_many = rates.turn_away(admission, services.endpoint.now())
    if too_many is not None:
        return too_many
    if isinstance(admission, AdmittedToTrunk):
        return _welcome_to(await elastic_called(session, admission.trunk, services))
    named = named_call(session.request, admission.domain, services)
    if isinstance(named, TurnedAway):
        return named
    called = await domain_called(session, admission, services)
    return _welcome_to(await vouched(called, session.request, admission.domain, services), named)


def _welcome_to(called: Called | TurnedAway, named: LiveCall | None = None) -> _Welcome | TurnedAway:
    return called if isinstance(called, TurnedAway) else _Welcome(called, named)


async def _carrier_called(
    session: InviteSession, carrier: CarrierRegistration, services: Services
) -> Called | TurnedAway:
    """Of the INVITE of a registrar at which we are registered: it needs no Domain, list or password.

    Raises: StoreBusyError.
    """
    trunk = await services.door.directory.trunk(carrier.account_sid, carrier.sid)
    if trunk is None:
        raise UsageError(f"there is no BYOC trunk {carrier.sid}, and it is registered")
    is_secure = read_target(carrier.registrar).is_secure
    called = await trunk_called(session, trunk, services, is_secure=is_secure)
    return await vouched(called, session.request, None, services)


async def number_called(
    session: InviteSession, inbox: Inbox, arrival: Arrival, services: Services, dialler: Dialler
) -> None:
    """Take the INVITE of a call to a number of this node's own; `inbox` as above."""
    leg = Leg(services.endpoint, services.media, services.chance, inbox.put)
    leg.take(session)
    called = await _decided(arrival_called(arrival, services))
    if isinstance(called, TurnedAway):
        _turn_away(leg, inbox, called, services)
        return
    await _run_call(leg, inbox, called, services, dialler, chain=arrival.chain)


def _turn_away(leg: Leg, inbox: Inbox, refusal: TurnedAway, services: Services) -> None:
    write_refusal(refusal, leg.session.request, leg.session.flow, services)
    _settle(leg, inbox)
    headers = refusal.headers
    if refusal.twilio_code is not None:
        headers = ((ERROR_HEADER, f"{refusal.twilio_code} {refusal.text}"), *headers)
    leg.refuse(refusal.status, headers=headers)


def _settle(leg: Leg, inbox: Inbox) -> None:
    """Take what happened while nobody read the inbox: a CANCEL may have come."""
    for item in inbox.pending():
        if isinstance(item, OwnerCommand):
            leg.hang_up()
        else:
            leg.handle_event(item)


async def _run_call(
    leg: Leg,
    inbox: Inbox,
    called: Called,
    services: Services,
    dialler: Dialler,
    *,
    chain: Chain | None = None,
    named: LiveCall | None = None,
) -> None:
    """chain: of a call to an own number. named: the call whose place this one takes."""
    call = Call(_new_record(leg.session, called, services.ledger), leg, inbox, services.ledger)
    call.returns = called.returns
    call.progress = Progress(called.status_callback, called.account.auth_token, services.courier)
    flow = leg.session.flow
    log.info(
        "call.arrived",
        call_sid=call.sid,
        to=call.record.to,
        source=flow.remote.host,
        **({"certificate": flow.identity} if flow.identity else {}),
        sip_call_id=leg.session.call_id,
    )

    application = Application(
        start=called.start or GoTo("", called.voice_method),
        fallback_url=called.fallback_url,
        fallback_method=called.fallback_method,
        auth_token=called.account.auth_token,
        sip=called.sip,
        application_sid=called.application_sid,
        forwarded_from=called.forwarded_from,
        stir_verstat=None if called.caller is None else called.caller.verstat,
        rescue=called.rescue,
    )
    if called.caller is not None and called.caller.failure:
        call.note(NOT_VOUCHED_FOR, f"The caller's number is not vouched for: {called.caller.failure}")
    runner = Runner(call, application, services.webhook.conversation(), services.tools, dialler)

    async def program() -> None:
        if not _may_ring(call, called, services, is_replacing=named is not None):
            return
        if named is not None:
            await take_place(call, named, runner, dialler)
        else:
            leg.ring(call.identity_headers)
            await runner.run()

    if chain is not None:
        services.own_numbers.join(call.sid, chain)
    try:
        with services.live_calls.holding(call, runner):
            await own(call, program, time_limit_s=services.settings.call_length_max_s)
    finally:
        services.own_numbers.leave(call.sid)


def _may_ring(call: Call, called: Called, services: Services, *, is_replacing: bool) -> bool:
    if called.account.status is not AccountStatus.ACTIVE:
        call.note(ACCOUNT_NOT_ACTIVE, f"{called.name} was called; the account is {called.account.status}")
        call.refuse(603, CallStatus.FAILED, error_code=ACCOUNT_NOT_ACTIVE)
        return False
    try:
        call.leg.consider_offer(is_secure=called.is_secure, as_offered=services.takes_srtp_as_offered)
    except PeerError as error:
        code, status = error_code_of(error), error.status or 400
        against = f"; {called.name} has Secure={str(called.is_secure).lower()}" if code != BAD_SDP else ""
        call.note(code, f"The caller's SDP cannot be answered: {error}{against}")
        call.refuse(status, CallStatus.FAILED, error_code=code, headers=warning_of(error))
        return False
    if called.start is None and not is_replacing and called.direction is Direction.TRUNKING_ORIGINATING:
        call.note(NO_ORIGINATION_URL, f"{called.name} was called, and has no disaster recovery URL")
        call.refuse(404, CallStatus.FAILED, error_code=NO_ORIGINATION_URL)
        return False
    if called.start is None and not is_replacing:
        call.note(NO_VOICE_URL, f"{called.name} has no Voice URL; the call was refused with 404")
        call.refuse(404, CallStatus.FAILED, error_code=NO_VOICE_URL)
        return False
    return True


def _new_record(session: InviteSession, called: Called, ledger: Ledger) -> CallRecord:
    now = ledger.now()
    return CallRecord(
        sid=ledger.new_call_sid(),
        account_sid=called.account.sid,
        direction=called.direction,
        to=called.to,
        from_=called.from_,
        status=CallStatus.RINGING,
        created_at=now,
        updated_at=now,
        started_at=now,
        sip_call_id=session.call_id,
        phone_number_sid=called.phone_number_sid,
        trunk_sid=called.trunk_sid,
    )
