"""Who is called by an INVITE that may come in, and who answers: a SIP Domain, a trunk, a number.

    Domain -------------------> its Voice URL; the application is told what SIP says
    Domain with a BYOC trunk -> the trunk's Voice URL; the application sees a phone call, in numbers
                             -> or the number's, where it is one of the account's that answers
    application of a Dial ----> its Voice URL
    own number ---------------> the PBX of its elastic trunk, else its Application, else its Voice URL
    elastic SIP trunk --------> the world, for the trunk's PBX; 404 where no way leads to the number

Called by `inbound_call.py`. Source: reference/sip-interface 3, 8.1; for numbers reference/twiml 1.1,
rest-api 2.7.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offhook.base.frozen import frozen
from offhook.call.progress import StatusCallback
from offhook.model.account import Account
from offhook.model.application import Application
from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.call import Direction
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.model.trunk import Trunk
from offhook.routing.decision import Admitted, Entrance, TurnedAway
from offhook.routing.refusal import shown
from offhook.routing.stir import INVALID, NOT_VALIDATED, BrokenIdentityError, Judged
from offhook.routing.subscriber import subscriber
from offhook.sip.error import SipError
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.message import Request
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.uri import SipUri
from offhook.switchboard.caller import WITHHELD
from offhook.switchboard.destinations import NoDestinationError
from offhook.switchboard.dial_number import NumberToDial, find_way
from offhook.switchboard.elastic_trunk import to_the_pbx, to_the_world
from offhook.switchboard.forwarded_from import forwarded_from
from offhook.switchboard.own_numbers import ApplicationCalled, Arrival
from offhook.switchboard.services import Services
from offhook.twiml.dial.phone_number import to_e164
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo
from offhook.webhook.ports import Parameters, SipParameters

NOT_E164: Final = 32101
FROM_NOT_OWNED: Final = 32204
FROM_INVALID: Final = 32206


@frozen
class Called:
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
    trunk_sid: str | None = None
    """Of the elastic SIP trunk whose call it is."""
    forwarded_from: str | None = None
    """Whom a carrier's call was diverted from; None where it was not."""
    document: InlineDocument | None = None
    """What runs in place of a Voice URL, for elastic SIP trunks."""
    parameters: Parameters = ()
    """What the Voice URL is told besides."""
    returns: Callable[[Parameters], None] | None = None
    """Takes what the document of an application tells the Dial that called it."""
    rescue: GoTo | None = None
    """Asked when that document has reached nobody."""
    direction: Direction = Direction.INBOUND
    caller: Judged | None = None
    """Whether the caller's number is vouched for; None where that is not asked."""

    @property
    def start(self) -> GoTo | InlineDocument | None:
        """What answers; None where nothing does."""
        if self.document is not None or not self.voice_url:
            return self.document
        return GoTo(self.voice_url, self.voice_method, self.parameters)


async def domain_called(session: InviteSession, admitted: Admitted, services: Services) -> Called:
    """What a SIP Domain's call is to. Raises: StoreBusyError."""
    domain = admitted.domain
    if domain.byoc_trunk_sid is not None:
        trunk = await services.door.directory.trunk(domain.account_sid, domain.byoc_trunk_sid)
        if trunk is not None:
            return await trunk_called(session, trunk, services, is_secure=domain.secure)
    return Called(
        name=f"SIP Domain {domain.domain_name}",
        account=await services.door.directory.account(domain.account_sid),
        to=str(session.request.uri.hop_by_hop),
        from_=_caller(session.request.from_),
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


async def trunk_called(
    session: InviteSession, trunk: ByocTrunk, services: Services, *, is_secure: bool = False
) -> Called:
    """What a carrier's call is to: a number of the account that answers, else the trunk itself.

    Carriers differ in where the number stands: in the Request-URI, or in To where that one is our Contact.
    Raises: StoreBusyError.
    """
    request = session.request
    to = _number(request.uri) or _number(request.to)
    from_ = _party(request.from_)
    if to is not None:
        number = await services.store.incoming_phone_numbers.find_by_number(to)
        if number is not None and number.account_sid == trunk.account_sid and _answers(number):
            called = await number_called(number, from_, services)
            return replace(called, is_secure=is_secure, forwarded_from=forwarded_from(request))
    return Called(
        name=f"BYOC trunk {trunk.sid}",
        account=await services.door.directory.account(trunk.account_sid),
        to=to or _party(request.uri),
        from_=from_,
        voice_url=trunk.voice_url,
        voice_method=trunk.voice_method,
        fallback_url=trunk.voice_fallback_url,
        fallback_method=trunk.voice_fallback_method,
        status_callback=_status_callback(trunk.status_callback_url, trunk.status_callback_method),
        is_secure=is_secure,
        forwarded_from=forwarded_from(request),
    )


async def elastic_called(session: InviteSession, trunk: Trunk, services: Services) -> Called | TurnedAway:
    """What the call of an elastic SIP trunk's PBX is to: a number, shown one of the account's own.

    A number that leads nowhere is refused before it rings, with what is no outage to a PBX: after a 503 it
    would ask for the same number elsewhere. Raises: StoreBusyError.
    """
    request, name = session.request, f"trunk {trunk.sid}"
    to, from_ = _number(request.uri), _number(request.from_)
    if to is None:
        return TurnedAway(404, NOT_E164, "The called number is not in E.164 format", trunk, name)
    if from_ is None:
        return TurnedAway(403, FROM_INVALID, "The number of From is not in E.164 format", trunk, name)
    own = await services.store.incoming_phone_numbers.find_by_number(from_)
    if own is None or own.account_sid != trunk.account_sid:
        text = "The number of From is none of the account's"
        return TurnedAway(403, FROM_NOT_OWNED, text, trunk, f"{from_} against the IncomingPhoneNumbers")
    try:
        await find_way(trunk.account_sid, NumberToDial(to, from_), services)
    except NoDestinationError as error:
        text = "No way leads to the called number"
        return TurnedAway(404, error.error_code, text, trunk, error.message)
    return Called(
        name=name,
        account=await services.door.directory.account(trunk.account_sid),
        to=to,
        from_=from_,
        voice_url=None,
        voice_method="POST",
        fallback_url=None,
        fallback_method="POST",
        status_callback=None,
        is_secure=trunk.secure,
        phone_number_sid=own.sid,
        trunk_sid=trunk.sid,
        document=to_the_world(trunk, to, from_),
        direction=Direction.TRUNKING_TERMINATING,
    )


async def _pbx_called(number: IncomingPhoneNumber, trunk: Trunk, from_: str, services: Services) -> Called:
    urls = await services.store.origination_urls.all_of(trunk.account_sid, trunk.sid)
    enabled = [url for url in urls if url.enabled]
    recovery = trunk.disaster_recovery_url
    rescue = None if recovery is None else GoTo(recovery, trunk.disaster_recovery_method)
    return Called(
        name=f"trunk {trunk.sid}" if enabled else f"trunk {trunk.sid} without an origination URL",
        account=await services.door.directory.account(trunk.account_sid),
        to=number.phone_number,
        from_=from_,
        voice_url=None if enabled else recovery,
        voice_method=trunk.disaster_recovery_method,
        fallback_url=None,
        fallback_method="POST",
        status_callback=None,
        phone_number_sid=number.sid,
        trunk_sid=trunk.sid,
        document=to_the_pbx(trunk, enabled, number.phone_number) if enabled else None,
        rescue=rescue if enabled else None,
        direction=Direction.TRUNKING_ORIGINATING,
    )


async def vouched(
    called: Called, request: Request, entrance: Entrance | None, services: Services
) -> Called | TurnedAway:
    """The same, with what is to be said of the caller's number; a broken Identity header is refused.

    Of a phone without one nothing is said: nobody vouches for those. entrance: who may see the refusal.
    """
    if services.stir is None or called.direction is Direction.TRUNKING_TERMINATING:
        return called
    try:
        judged = await services.stir.judge(request)
    except BrokenIdentityError as error:
        return TurnedAway(error.status, INVALID, str(error), entrance, "the Identity header")
    if called.sip is not None and judged.verstat == NOT_VALIDATED:
        return called
    return replace(called, caller=judged)


async def arrival_called(arrival: Arrival, services: Services) -> Called:
    """What a call of our own to one of our numbers or applications is to. Raises: StoreBusyError."""
    if isinstance(arrival.called, ApplicationCalled):
        return await _application_called(arrival.called, arrival.caller_id, services)
    return await number_called(arrival.called, arrival.caller_id, services)


async def _application_called(wanted: ApplicationCalled, from_: str, services: Services) -> Called:
    application = wanted.application
    return Called(
        name=f"Application {application.sid}",
        account=await services.door.directory.account(application.account_sid),
        to=wanted.to,
        from_=from_,
        voice_url=application.voice_url,
        voice_method=application.voice_method,
        fallback_url=application.voice_fallback_url,
        fallback_method=application.voice_fallback_method,
        status_callback=_status_callback(application.status_callback, application.status_callback_method),
        application_sid=application.sid,
        parameters=wanted.parameters,
        returns=wanted.returns,
    )


async def number_called(number: IncomingPhoneNumber, from_: str, services: Services) -> Called:
    """The PBX of its trunk, else of its Application all URLs, which win over those of the number.

    Raises: StoreBusyError.
    """
    if number.trunk_sid is not None:
        trunk = await services.store.trunks.fetch(number.account_sid, number.trunk_sid)
        if trunk is not None:
            return await _pbx_called(number, trunk, from_, services)
    application = await _application(number, services)
    answers = application or number
    return Called(
        name=number.phone_number if application is None else f"Application {application.sid}",
        account=await services.door.directory.account(number.account_sid),
        to=number.phone_number,
        from_=from_,
        voice_url=answers.voice_url,
        voice_method=answers.voice_method,
        fallback_url=answers.voice_fallback_url,
        fallback_method=answers.voice_fallback_method,
        status_callback=_status_callback(answers.status_callback, answers.status_callback_method),
        application_sid=None if application is None else application.sid,
        phone_number_sid=number.sid,
    )


def _answers(number: IncomingPhoneNumber) -> bool:
    return bool(number.trunk_sid or number.voice_application_sid or number.voice_url)


def _number(address: NameAddr | SipUri) -> str | None:
    """Who stands there, in E.164; None where it is no number."""
    return to_e164(subscriber(address))


def _party(address: NameAddr | SipUri) -> str:
    """A caller or callee as an application is told: a number, a word for a withheld one, else the URI."""
    user = subscriber(address).lower()
    if user in WITHHELD:
        return user
    return _number(address) or (str(address.hop_by_hop) if isinstance(address, SipUri) else _caller(address))


def _caller(address: NameAddr) -> str:
    """A URI as an application is told: a tel URI is its number; of another scheme it is nothing but text."""
    try:
        return str(address.uri.hop_by_hop)
    except SipError:
        user = subscriber(address)
        return shown(to_e164(user) or user or address.uri_text)


async def _application(number: IncomingPhoneNumber, services: Services) -> Application | None:
    if number.voice_application_sid is None:
        return None
    return await services.store.applications.fetch(number.account_sid, number.voice_application_sid)


def _status_callback(url: str | None, method: str) -> StatusCallback | None:
    return StatusCallback(url, method) if url else None


def _sip_parameters(session: InviteSession, admitted: Admitted) -> SipParameters:
    return SipParameters(
        domain=admitted.domain.domain_name,
        domain_sid=admitted.domain.sid,
        call_id=session.call_id,
        source_ip=session.flow.remote.host,
        username=admitted.username,
        headers=session.request.headers.fields,
    )
