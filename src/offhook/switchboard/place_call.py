"""A call that the account asks for over the API: ring somebody, and run a document once they answer.

    queued -> ringing -> answered: the document, as on any call -> completed
                      -> nobody within the time-out: CANCEL, no-answer
                      -> refused: the verdict on its response (model/verdict)

Called by `rest/api/calls.py` through the exchange. Source: reference/rest-api 2.2, twiml 1.1 and 14.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from offhook.base.redact import Secret
from offhook.call.call import Call, CalledOffError
from offhook.call.destination import Attempt
from offhook.call.inbox import CallCommand, Inbox
from offhook.call.leg import Leg
from offhook.call.owner import own
from offhook.call.progress import Progress, StatusCallback
from offhook.media.ports.engine import NoFreePortError
from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus, Direction
from offhook.recording.recorder import RecordingError, RecordingOrder
from offhook.sip.digest.credentials import Credentials
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri, escape_user
from offhook.switchboard.destinations import NoDestinationError, Ringing, clients_of, destinations_of
from offhook.switchboard.detect_machine import detect_machine, detecting
from offhook.switchboard.dial_number import NumberToDial, dial_number
from offhook.switchboard.dial_trunk import note_failure
from offhook.switchboard.send_digits import send_digits
from offhook.switchboard.services import Services
from offhook.verbs.detection import DetectionOrder
from offhook.verbs.dialler import Dialler
from offhook.verbs.runner import Application, InlineDocument, Runner
from offhook.verbs.verb import GoTo
from offhook.waiting.timeout import timeout

log = structlog.get_logger("offhook.switchboard")

GRACE_S: Final = 5.0
"""Added to the time-out that was asked for (reference/twiml 14)."""
INTERNAL_FAILURE: Final = 12400


@dataclass(frozen=True, slots=True)
class NumberToCall:
    """A phone number."""

    number: str
    """In E.164."""
    byoc: str | None = None
    """Sid of the trunk that was asked for."""

    def __str__(self) -> str:
        return self.number


@dataclass(frozen=True, slots=True)
class ClientToCall:
    """A user of the account, wherever it is registered."""

    identity: str

    def __str__(self) -> str:
        return f"client:{self.identity}"


Callee = SipUri | NumberToCall | ClientToCall


@dataclass(frozen=True, slots=True)
class CallToPlace:
    """What the account asked for; checked already."""

    account_sid: str
    auth_token: Secret
    to: Callee
    from_: str
    """As the record shows it: a SIP URI, or the user part of one."""
    from_uri: SipUri
    """What stands in From."""
    start: GoTo | InlineDocument
    """The document that runs once somebody answers."""
    fallback_url: str | None
    fallback_method: str
    timeout_s: float
    """How long it rings, 1 to 600."""
    time_limit_s: float
    """How long it lasts at most."""
    credentials: Credentials | None = None
    """Answers the callee's digest challenge."""
    is_secure: bool = False
    """Whether a SIP URI is called over TLS alone and offered SRTP alone."""
    status_callback: StatusCallback | None = None
    """Who is told how it goes."""
    recording: RecordingOrder | None = None
    """Begins with the answer."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further ones of the INVITE, where a SIP URI is called."""
    warnings: tuple[tuple[int, str], ...] = ()
    """Codes and texts that are noted with the call."""
    phone_number_sid: str | None = None
    """Of the account's number that From is."""
    digits: str = ""
    """Sent after the answer, before the document: `0-9 * # A-D w W`."""
    detection: DetectionOrder | None = None
    """How a machine is told from a person; None, or keys to be sent, is not at all."""


def new_call(wanted: CallToPlace, services: Services) -> Call:
    """A call to be, written down as its creator is shown it: `queued`."""
    now = services.ledger.now()
    record = CallRecord(
        sid=services.ledger.new_call_sid(),
        account_sid=wanted.account_sid,
        direction=Direction.OUTBOUND_API,
        to=str(wanted.to),
        from_=wanted.from_,
        status=CallStatus.QUEUED,
        created_at=now,
        updated_at=now,
        phone_number_sid=wanted.phone_number_sid,
    )
    inbox = Inbox()
    leg = Leg(services.endpoint, services.media, services.chance, inbox.put)
    call = Call(record, leg, inbox, services.ledger)
    call.progress = Progress(wanted.status_callback, wanted.auth_token, services.courier)
    call.progress.follow(record)  # its creator is owed its end from now on
    for code, text in wanted.warnings:
        call.note(code, text)
    return call


async def place_call(
    call: Call, wanted: CallToPlace, services: Services, dialler: Dialler, *, wait_s: float = 0.0
) -> None:
    """Ring, and run a new call to its end. wait_s: until it is its turn."""
    application = Application(
        start=wanted.start,
        fallback_url=wanted.fallback_url,
        fallback_method=wanted.fallback_method,
        auth_token=wanted.auth_token,
        sip=None,
    )
    runner = Runner(call, application, services.webhook.conversation(), services.tools, dialler)
    try:
        with services.live_calls.holding(call, runner):
            if await _await_turn(call, wait_s):
                await _run(call, runner, wanted, services)
    finally:
        services.own_numbers.end(call.sid)


async def _await_turn(call: Call, wait_s: float) -> bool:
    """Stay `queued` for so long; False when it was given up meanwhile."""
    if not wait_s:
        return True
    try:
        async with timeout(wait_s):
            while await call.inbox.next() not in (CallCommand.END, CallCommand.CANCEL):
                pass  # a limit of time holds from the answer on: the owner has that of the order
    except TimeoutError:
        return True
    call.give_up()
    return False


async def _run(call: Call, runner: Runner, wanted: CallToPlace, services: Services) -> None:
    dialled = await _dial(call, wanted, services)
    if dialled is None:
        return
    log.info("call.placed", call_sid=call.sid, to=call.record.to)

    async def program() -> None:
        try:
            async with timeout(wanted.timeout_s + GRACE_S):
                await call.answered.wait()
        except TimeoutError:
            return  # the owner hangs up what nobody answered
        if wanted.recording is not None:
            _record(call, wanted.recording, services)
        await send_digits(call, wanted.digits)
        if detection is not None and detection.holds_back:
            verdict = await detect_machine(call, detection.plan, services)
            runner.tell_first(verdict.parameters)
        await runner.run()

    detection = None if wanted.digits else wanted.detection
    limit_s = min(wanted.time_limit_s, services.settings.call_length_max_s)
    async with detecting(call, detection, wanted.auth_token, services):
        await own(call, program, time_limit_s=limit_s)
    note_failure(call, dialled.trunk)


def _record(call: Call, order: RecordingOrder, services: Services) -> None:
    try:
        services.tools.recorder.begin(call, order)
    except RecordingError as error:
        call.note(INTERNAL_FAILURE, str(error))  # and the call goes on


@dataclass(frozen=True, slots=True)
class _Dialled:
    """How the INVITE of a call left."""

    trunk: ByocTrunk | None = None
    """By which a number was called."""


async def _dial(call: Call, wanted: CallToPlace, services: Services) -> _Dialled | None:
    """Ring; None when the call has ended before anything was sent."""
    dialled = _Dialled()
    try:
        if isinstance(wanted.to, NumberToCall):
            number = NumberToDial(wanted.to.number, wanted.from_, wanted.to.byoc)
            dialled = _Dialled(await dial_number(call, number, services))
        else:
            uri, ringing = await _ringing(wanted.to, wanted, services)
            headers = (*call.invite_headers, *wanted.headers)
            invitation = Invitation(uri=uri, from_uri=wanted.from_uri, headers=headers)
            attempt = Attempt(invitation, ringing.destinations, ringing.media_host, wanted.is_secure)
            call.dial(attempt)
    except NoDestinationError as error:
        call.fail(error.error_code, error.message, sip_status=error.sip_status)
        return None
    except NoFreePortError as error:
        call.fail(INTERNAL_FAILURE, f"the call could not be placed: {error}")
        return None
    except CalledOffError as error:
        call.give_up(error.command)
        return None
    call.refresh()
    return dialled


async def _ringing(
    to: SipUri | ClientToCall, wanted: CallToPlace, services: Services
) -> tuple[SipUri, Ringing]:
    """What stands in the INVITE, and where it goes. Raises: NoDestinationError."""
    if isinstance(to, SipUri):
        ringing = await destinations_of(
            to, wanted.account_sid, services, wanted.credentials, is_secure=wanted.is_secure
        )
        return to, ringing
    uri = SipUri("sip", services.realm, user=escape_user(to.identity))
    return uri, await clients_of(to.identity, wanted.account_sid, services)
