"""A child call: rings whom a Dial names, runs the whisper, waits to be bridged and to be let go of.

    queued -> ringing -> answered -> keys, whisper -> ready ... bridged ... released: hang up
                      -> refused, not reached: the verdict (model/verdict)

Called by `switchboard/exchange.py` as the task of the call. Left out: several `<Uri>` of one Sip, of which
the first by priority is called; SRTP. Numbers: `dial_number.py`.
Source: reference/twiml 6, sip-interface 4.
"""

import structlog

from offhook.call.call import Call
from offhook.call.inbox import Inbox
from offhook.call.leg import Leg
from offhook.call.owner import own
from offhook.call.progress import Progress
from offhook.media.ports import NoFreePortError
from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus, Direction
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri, escape_user
from offhook.switchboard.destinations import NoDestinationError, Ringing, clients_of, destinations_of
from offhook.switchboard.dial_number import caller_user, dial_number
from offhook.switchboard.send_digits import send_digits
from offhook.switchboard.services import Services
from offhook.twiml.dial.client import Client
from offhook.twiml.dial.number import Number
from offhook.twiml.dial.sip import Sip, SipTarget
from offhook.verbs.dialler import Callee, ChildCall, Dialler
from offhook.verbs.runner import Application, InlineDocument, Runner

log = structlog.get_logger("offhook.switchboard")

INTERNAL_FAILURE = 12400
NO_SRTP = 32011
INVALID_URI = 13243
_NOTHING = InlineDocument("<Response/>")


def new_child(callee: Callee, services: Services) -> ChildCall:
    """A child call to be, written down as `queued`."""
    now = services.ledger.now()
    record = CallRecord(
        sid=services.ledger.new_call_sid(),
        account_sid=callee.parent.account_sid,
        direction=Direction.OUTBOUND_DIAL,
        to=_shown(callee.noun),
        from_=callee.caller_id,
        status=CallStatus.QUEUED,
        created_at=now,
        updated_at=now,
        parent_call_sid=callee.parent.sid,
    )
    inbox = Inbox()
    leg = Leg(services.endpoint, services.media, services.chance, inbox.put)
    call = Call(record, leg, inbox, services.ledger)
    call.progress = Progress(callee.status_callback, callee.auth_token, services.courier)
    return ChildCall(call)


async def run_child(child: ChildCall, callee: Callee, services: Services, dialler: Dialler) -> None:
    """Ring, and run a new child call to its end."""
    call = child.call
    start = callee.whisper or _NOTHING
    application = Application(start, None, "POST", callee.auth_token, None)
    runner = Runner(call, application, callee.conversation, services.tools, dialler)

    async def program() -> None:
        try:
            await call.answered.wait()
            await send_digits(call, "" if isinstance(callee.noun, Client) else callee.noun.send_digits)
            if callee.whisper is None or await runner.run_whisper():
                child.ready.set()
                await child.released.wait()
        finally:
            child.left.set()

    try:
        with services.live_calls.holding(call, runner):
            if await _dial(call, callee, services):
                log.info("call.dialled", call_sid=call.sid, to=call.record.to, parent=callee.parent.sid)
                await own(call, program)
    finally:
        child.left.set()
        services.own_numbers.end(call.sid)


async def _dial(call: Call, callee: Callee, services: Services) -> bool:
    """Ring; False when the call has failed before anything was sent."""
    noun = callee.noun
    try:
        if isinstance(noun, Number):
            await dial_number(call, noun.number, callee.caller_id, services)
        else:
            ringing, invitation = await _ringing(call, noun, callee, services)
            call.leg.dial(invitation, ringing.destinations, ringing.media_host)
    except NoDestinationError as error:
        call.fail(error.error_code, error.message)
        return False
    except NoFreePortError as error:
        call.fail(INTERNAL_FAILURE, f"the call could not be placed: {error}")
        return False
    call.refresh()
    return True


async def _ringing(
    call: Call, noun: Sip | Client, callee: Callee, services: Services
) -> tuple[Ringing, Invitation]:
    """Where a noun rings, and with what INVITE. Raises: NoDestinationError."""
    account_sid = callee.parent.account_sid
    headers: tuple[tuple[str, str], ...] = ()
    if isinstance(noun, Client):
        uri = SipUri("sip", services.realm, user=escape_user(noun.identity))
        ringing = clients_of(noun.identity, account_sid, services)
    else:
        target = _first(noun)
        uri, headers, login = _uri(target), target.headers, target.login
        credentials = None if login is None else Credentials(login.username, login.password)
        ringing = await destinations_of(uri, account_sid, services, credentials)
    host = ringing.domain_name or services.realm
    from_uri = SipUri("sip", host, user=escape_user(caller_user(callee.caller_id)))
    return ringing, Invitation(uri=uri, from_uri=from_uri, headers=(*call.identity_headers, *headers))


def _first(noun: Sip) -> SipTarget:
    return min(noun.targets, key=lambda each: each.priority)


def _uri(target: SipTarget) -> SipUri:
    if target.is_secure:
        text = f"{target.uri} asks for SRTP (secure=true), which this version does not speak"
        raise NoDestinationError(NO_SRTP, text)
    try:
        return SipUri.parse(target.uri)
    except SipError as error:
        raise NoDestinationError(INVALID_URI, f"{target.uri} is no SIP URI: {error.message}") from error


def _shown(noun: Sip | Client | Number) -> str:
    match noun:
        case Number():
            return noun.number
        case Client():
            return f"client:{noun.identity}"
        case Sip():
            return _first(noun).uri
