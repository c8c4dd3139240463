"""An INVITE that comes in: who is called, may they, and then the application of Domain or number answers.

    INVITE -> 100 (sip) -> admission -> 407, 403 with its code
                        -> or our own, to a number of ours: account not active: 603   record `failed`
                                     -> offer unusable: 400, 488      record `failed`
                                     -> SRTP, and Secure=false; or the other way round: 488, so too
                                     -> no Voice URL: 404             record `failed`
                                     -> 180, Voice URL, verbs ...     record from `ringing` on

Called by `switchboard/exchange.py` as the task of the call. Source: reference/sip-interface 1 to 3; for
numbers reference/twiml 1.1, rest-api 2.7.
"""

from typing import Final

import structlog

from offhook.base.errors import PeerError
from offhook.base.frozen import frozen
from offhook.base.rate import Rate
from offhook.call.call import ERROR_HEADER, Call
from offhook.call.inbox import Inbox, OwnerCommand
from offhook.call.ledger import Ledger
from offhook.call.leg import Leg
from offhook.call.owner import own
from offhook.call.progress import Progress, StatusCallback
from offhook.call.sdp_fault import BAD_SDP, error_code_of, warning_of
from offhook.model.account import Account, AccountStatus
from offhook.model.application import Application as ApplicationRecord
from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus, Direction
from offhook.model.error_code import describe
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.model.sip_domain import SipDomain
from offhook.routing.admission import admit, unavailable
from offhook.routing.decision import Admitted, Challenge, TurnedAway
from offhook.sip.session.invite_session import InviteSession
from offhook.store.ports import StoreBusyError
from offhook.switchboard.own_numbers import Arrival, Chain
from offhook.switchboard.refuse import write_refusal
from offhook.switchboard.services import Services
from offhook.verbs.dialler import Dialler
from offhook.verbs.runner import Application, Runner
from offhook.verbs.verb import GoTo
from offhook.webhook.ports import SipParameters

NO_VOICE_URL: Final = 21205
TOO_FAST: Final = 32013
ACCOUNT_NOT_ACTIVE: Final = 10001

log = structlog.get_logger("offhook.switchboard")


@frozen
class _Called:
    """Who is called, and who answers."""

    name: str
    """For the debugger log."""
    account: Account
    to: str
    from_: str
    """As the record shows them."""
    voice_url: str | None
    voice_method: str
    fallback_url: str | None
    fallback_method: str
    status_callback: StatusCallback | None
    """An inbound call's end alone is told (reference/twiml 12.1)."""
    is_secure: bool = False
    """Whether SRTP alone is taken, by a Domain that is Secure; else plain RTP alone is."""
    sip: SipParameters | None = None
    """None for a number: the application sees a phone call."""
    application_sid: str | None = None
    phone_number_sid: str | None = None
    """Of the number that is called."""


async def inbound_call(
    session: InviteSession, inbox: Inbox, services: Services, dialler: Dialler, by_account: Rate
) -> None:
    """Take one INVITE from its arrival to the end of its call.

    inbox: receives the events of the call; whoever ends the call from outside puts END there.
    by_account: how often the Domains of an account may be called.
    """
    leg = Leg(services.endpoint, services.media, services.chance, inbox.put)
    leg.take(session)
    admission = await admit(session.request, session.flow, services.door, services.endpoint.now())
    match admission:
        case TurnedAway():
            _turn_away(leg, inbox, admission, services)
        case Challenge():
            _settle(leg, inbox)
            leg.refuse(admission.status, headers=admission.headers)
        case Admitted(domain=domain) if not by_account.admit(domain.account_sid, services.endpoint.now()):
            _turn_away(leg, inbox, _too_fast(domain, by_account), services)
        case Admitted():
            called = await _domain_called(session, admission, services)
            await _run_call(leg, inbox, called, services, dialler)


async def number_called(
    session: InviteSession, inbox: Inbox, arrival: Arrival, services: Services, dialler: Dialler
) -> None:
    """Take the INVITE of a call to a number of this node's own; `inbox` as above."""
    leg = Leg(services.endpoint, services.media, services.chance, inbox.put)
    leg.take(session)
    try:
        called = await _number_called(arrival, services)
    except StoreBusyError as error:
        _turn_away(leg, inbox, unavailable(error), services)
        return
    await _run_call(leg, inbox, called, services, dialler, chain=arrival.chain)


def _too_fast(domain: SipDomain, by_account: Rate) -> TurnedAway:
    matched = f"{by_account.per_second} calls a second of account {domain.account_sid}"
    text = describe(TOO_FAST).text
    headers = (("Retry-After", "1"),)
    return TurnedAway(503, TOO_FAST, text, domain, f"{matched} (domain_calls_per_second)", headers=headers)


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


async def _domain_called(session: InviteSession, admitted: Admitted, services: Services) -> _Called:
    domain = admitted.domain
    return _Called(
        name=f"SIP Domain {domain.domain_name}",
        account=await services.door.directory.account(domain.account_sid),
        to=str(session.request.uri.hop_by_hop),
        from_=str(session.request.from_.uri.hop_by_hop),
        voice_url=domain.voice_url,
        voice_method=domain.voice_method,
        fallback_url=domain.voice_fallback_url,
        fallback_method=domain.voice_fallback_method,
        status_callback=_status_callback(
            domain.voice_status_callback_url, domain.voice_status_callback_method
        ),
        is_secure=domain.secure,
        sip=_sip_parameters(session, admitted),
    )


async def _number_called(arrival: Arrival, services: Services) -> _Called:
    """Of an Application all URLs, once a number has one: it wins over those of the number."""
    number = arrival.number
    application = await _application(number, services)
    answers = application or number
    return _Called(
        name=number.phone_number if application is None else f"Application {application.sid}",
        account=await services.door.directory.account(number.account_sid),
        to=number.phone_number,
        from_=arrival.caller_id,
        voice_url=answers.voice_url,
        voice_method=answers.voice_method,
        fallback_url=answers.voice_fallback_url,
        fallback_method=answers.voice_fallback_method,
        status_callback=_status_callback(answers.status_callback, answers.status_callback_method),
        application_sid=None if application is None else application.sid,
        phone_number_sid=number.sid,
    )


async def _application(number: IncomingPhoneNumber, services: Services) -> ApplicationRecord | None:
    if number.voice_application_sid is None:
        return None
    return await services.store.applications.fetch(number.account_sid, number.voice_application_sid)


def _status_callback(url: str | None, method: str) -> StatusCallback | None:
    return StatusCallback(url, method) if url else None


async def _run_call(
    leg: Leg,
    inbox: Inbox,
    called: _Called,
    services: Services,
    dialler: Dialler,
    *,
    chain: Chain | None = None,
) -> None:
    """chain: of a call to an own number."""
    call = Call(_new_record(leg.session, called, services.ledger), leg, inbox, services.ledger)
    call.progress = Progress(called.status_callback, called.account.auth_token, services.courier)
    log.info(
        "call.arrived",
        call_sid=call.sid,
        to=call.record.to,
        source=leg.session.flow.remote.host,
        sip_call_id=leg.session.call_id,
    )

    application = Application(
        start=GoTo(called.voice_url or "", called.voice_method),
        fallback_url=called.fallback_url,
        fallback_method=called.fallback_method,
        auth_token=called.account.auth_token,
        sip=called.sip,
        application_sid=called.application_sid,
    )
    runner = Runner(call, application, services.webhook.conversation(), services.tools, dialler)

    async def program() -> None:
        if _may_ring(call, called):
            leg.ring(call.identity_headers)
            await runner.run()

    if chain is not None:
        services.own_numbers.join(call.sid, chain)
    try:
        with services.live_calls.holding(call, runner):
            await own(call, program, time_limit_s=services.settings.call_length_max_s)
    finally:
        services.own_numbers.leave(call.sid)


def _may_ring(call: Call, called: _Called) -> bool:
    if called.account.status is not AccountStatus.ACTIVE:
        call.note(ACCOUNT_NOT_ACTIVE, f"{called.name} was called; the account is {called.account.status}")
        call.refuse(603, CallStatus.FAILED, error_code=ACCOUNT_NOT_ACTIVE)
        return False
    try:
        call.leg.consider_offer(is_secure=called.is_secure)
    except PeerError as error:
        code, status = error_code_of(error), error.status or 400
        against = f"; {called.name} has Secure={str(called.is_secure).lower()}" if code != BAD_SDP else ""
        call.note(code, f"The caller's SDP cannot be answered: {error}{against}")
        call.refuse(status, CallStatus.FAILED, error_code=code, headers=warning_of(error))
        return False
    if not called.voice_url:
        call.note(NO_VOICE_URL, f"{called.name} has no Voice URL; the call was refused with 404")
        call.refuse(404, CallStatus.FAILED, error_code=NO_VOICE_URL)
        return False
    return True


def _new_record(session: InviteSession, called: _Called, ledger: Ledger) -> CallRecord:
    now = ledger.now()
    return CallRecord(
        sid=ledger.new_call_sid(),
        account_sid=called.account.sid,
        direction=Direction.INBOUND,
        to=called.to,
        from_=called.from_,
        status=CallStatus.RINGING,
        created_at=now,
        updated_at=now,
        started_at=now,
        sip_call_id=session.call_id,
        phone_number_sid=called.phone_number_sid,
    )


def _sip_parameters(session: InviteSession, admitted: Admitted) -> SipParameters:
    return SipParameters(
        domain=admitted.domain.domain_name,
        domain_sid=admitted.domain.sid,
        call_id=session.call_id,
        source_ip=session.flow.remote.host,
        username=admitted.username,
        headers=session.request.headers.fields,
    )
