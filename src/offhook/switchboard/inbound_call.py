"""An INVITE from outside: who is called, may they, and then the Domain's application answers.

    INVITE -> 100 (sip) -> admission -> 407, 403 with its code
                                     -> offer unusable: 400, 488      record `failed`
                                     -> no Voice URL: 404             record `failed`
                                     -> 180, Voice URL, verbs ...     record from `ringing` on

Called by `switchboard/exchange.py` as the task of the call. Source: reference/sip-interface 1 to 3.
"""

import structlog

from offhook.base.errors import PeerError
from offhook.call.call import ERROR_HEADER, Call
from offhook.call.inbox import Inbox, OwnerCommand
from offhook.call.ledger import Ledger
from offhook.call.leg import Leg
from offhook.call.owner import own
from offhook.call.progress import Progress, StatusCallback
from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus, Direction
from offhook.model.sip_domain import SipDomain
from offhook.routing.admission import admit
from offhook.routing.decision import Admitted, Challenge, TurnedAway
from offhook.sip.session.invite_session import InviteSession
from offhook.switchboard.refuse import write_refusal
from offhook.switchboard.services import Services
from offhook.verbs.dialler import Dialler
from offhook.verbs.runner import Application, Runner
from offhook.verbs.verb import GoTo
from offhook.webhook.ports import SipParameters

log = structlog.get_logger("offhook.switchboard")


async def inbound_call(session: InviteSession, inbox: Inbox, services: Services, dialler: Dialler) -> None:
    """Take one INVITE from its arrival to the end of its call.

    inbox: receives the events of the call; whoever ends the call from outside puts END there.
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
        case Admitted():
            await _run_call(leg, inbox, admission, services, dialler)


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


async def _run_call(leg: Leg, inbox: Inbox, admitted: Admitted, services: Services, dialler: Dialler) -> None:
    domain = admitted.domain
    account = await services.door.directory.account(domain.account_sid)
    call = Call(_new_record(leg.session, domain, services.ledger), leg, inbox, services.ledger)
    sip = _sip_parameters(leg.session, admitted)
    call.progress = Progress(_status_callback(domain), account.auth_token, services.courier)
    log.info(
        "call.arrived",
        call_sid=call.sid,
        to=call.record.to,
        source=leg.session.flow.remote.host,
        sip_call_id=leg.session.call_id,
    )

    application = Application(
        start=GoTo(domain.voice_url or "", domain.voice_method),
        fallback_url=domain.voice_fallback_url,
        fallback_method=domain.voice_fallback_method,
        auth_token=account.auth_token,
        sip=sip,
    )
    runner = Runner(call, application, services.webhook.conversation(), services.tools, dialler)

    async def program() -> None:
        if _may_ring(call, domain):
            leg.ring(call.identity_headers)
            await runner.run()

    with services.live_calls.holding(call, runner):
        await own(call, program)


def _status_callback(domain: SipDomain) -> StatusCallback | None:
    """An inbound call's end alone is told (reference/twiml 12.1)."""
    if not domain.voice_status_callback_url:
        return None
    return StatusCallback(domain.voice_status_callback_url, domain.voice_status_callback_method)


def _may_ring(call: Call, domain: SipDomain) -> bool:
    try:
        call.leg.consider_offer()
    except PeerError as error:
        call.note(32102, f"The caller's SDP cannot be answered: {error}")
        call.refuse(error.status or 400, CallStatus.FAILED, error_code=32102)
        return False
    if not domain.voice_url:
        call.note(21205, f"SIP Domain {domain.domain_name} has no Voice URL; the call was refused with 404")
        call.refuse(404, CallStatus.FAILED, error_code=21205)
        return False
    return True


def _new_record(session: InviteSession, domain: SipDomain, ledger: Ledger) -> CallRecord:
    now = ledger.now()
    return CallRecord(
        sid=ledger.new_call_sid(),
        account_sid=domain.account_sid,
        direction=Direction.INBOUND,
        to=str(session.request.uri),
        from_=str(session.request.from_.uri),
        status=CallStatus.RINGING,
        created_at=now,
        updated_at=now,
        started_at=now,
        sip_call_id=session.call_id,
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
