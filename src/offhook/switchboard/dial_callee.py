"""A child call: rings whom a Dial names, runs the whisper, waits to be bridged and to be let go of.

    queued -> ringing -> answered -> keys, whisper -> ready ... bridged ... released: hang up
                      -> refused, not reached: the verdict (model/verdict)

Called by `switchboard/exchange.py` as the task of the call. Numbers: `dial_number.py`; SIP URIs and clients:
`dial_sip.py`; applications: `dial_application.py`.
Source: reference/twiml 6, sip-interface 4.
"""

from dataclasses import dataclass, field, replace

import structlog

from offhook.base.ids import Chance
from offhook.call.call import Call, CalledOffError
from offhook.call.inbox import Inbox
from offhook.call.leg import Leg
from offhook.call.owner import own
from offhook.call.progress import Progress
from offhook.media.ports.engine import NoFreePortError
from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus, Direction
from offhook.routing.order_of_trial import in_order_of_trial
from offhook.switchboard.destinations import NoDestinationError
from offhook.switchboard.detect_machine import detecting
from offhook.switchboard.dial_application import dial_application
from offhook.switchboard.dial_number import NumberToDial, dial_number
from offhook.switchboard.dial_sip import Way, sip_parameters, ways_to
from offhook.switchboard.dial_trunk import note_failure
from offhook.switchboard.send_digits import send_digits
from offhook.switchboard.services import Services
from offhook.twiml.dial.application import Application
from offhook.twiml.dial.client import Client
from offhook.twiml.dial.number import Number
from offhook.twiml.dial.sip import Sip
from offhook.verbs.dialler import Callee, ChildCall, Dialler
from offhook.verbs.runner import Application as Document
from offhook.verbs.runner import InlineDocument, Runner
from offhook.verbs.talk import stay

log = structlog.get_logger("offhook.switchboard")

INTERNAL_FAILURE = 12400
_NOTHING = InlineDocument("<Response/>")


def settled(callee: Callee, chance: Chance) -> Callee:
    """The callee with its URIs in the order in which they are tried: chance has its say once."""
    if not isinstance(callee.noun, Sip):
        return callee
    return replace(callee, noun=replace(callee.noun, targets=in_order_of_trial(callee.noun.targets, chance)))


def new_child(callee: Callee, services: Services) -> ChildCall:
    """A child call to be, written down as `queued`. callee: `settled`."""
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
        phone_number_sid=callee.phone_number_sid,
    )
    inbox = Inbox()
    leg = Leg(services.endpoint, services.media, services.chance, inbox.put)
    call = Call(record, leg, inbox, services.ledger)
    call.progress = Progress(callee.status_callback, callee.auth_token, services.courier)
    return ChildCall(call, has_prelude=callee.whisper is not None or bool(_digits(callee)))


async def run_child(child: ChildCall, callee: Callee, services: Services, dialler: Dialler) -> None:
    """Ring, and run a new child call to its end."""
    call = child.call
    call.awaits_bridge = True
    start = callee.whisper or _NOTHING
    application = Document(start, None, "POST", callee.auth_token, None)
    runner = Runner(call, application, callee.conversation, services.tools, dialler)

    async def program() -> None:
        try:
            await call.answered.wait()
            if dialled is not None and isinstance(callee.noun, Sip):
                runner.know_sip(sip_parameters(call, dialled.ways))
            await send_digits(call, _digits(callee))
            if callee.whisper is None or await runner.run_whisper():
                child.ready.set()
                await stay(child, runner.run_transfer, dialler)
        finally:
            child.leave()

    try:
        with services.live_calls.holding(call, runner, child):
            dialled = await _dial(child, callee, services)
            if dialled is not None:
                log.info("call.dialled", call_sid=call.sid, to=call.record.to, parent=callee.parent.sid)
                async with detecting(call, callee.detection, callee.auth_token, services):
                    await own(call, program, time_limit_s=services.settings.call_length_max_s)
                note_failure(call, dialled.trunk)
    finally:
        child.leave()
        services.own_numbers.end(call.sid)


@dataclass(frozen=True, slots=True)
class _Dialled:
    """Where the INVITEs of a call went."""

    ways: list[Way] = field(default_factory=list)
    """To a SIP callee."""
    trunk: ByocTrunk | None = None
    """By which a number was called."""


async def _dial(child: ChildCall, callee: Callee, services: Services) -> _Dialled | None:
    """Ring; None when the call has ended before anything was sent."""
    call, noun = child.call, callee.noun
    try:
        if isinstance(noun, Application):
            await dial_application(child, noun, callee, services)
            dialled = _Dialled()
        elif isinstance(noun, Number):
            wanted = NumberToDial(noun.number, callee.caller_id, noun.byoc)
            dialled = _Dialled(trunk=await dial_number(call, wanted, services))
        else:
            dialled = _Dialled(ways=await ways_to(call, callee, noun, services))
            call.dial(*(way.attempt for way in dialled.ways))
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


def _digits(callee: Callee) -> str:
    """The keys that its noun sends once it is answered."""
    return callee.noun.send_digits if isinstance(callee.noun, Number | Sip) else ""


def _shown(noun: Sip | Client | Number | Application) -> str:
    match noun:
        case Application():
            return noun.sid
        case Number():
            return noun.number
        case Client():
            return f"client:{noun.identity}"
        case Sip():
            return noun.targets[0].uri
