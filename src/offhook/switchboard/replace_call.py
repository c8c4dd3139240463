"""An INVITE with Replaces: who calls takes the place of the phone of a call that there is (RFC 3891).

    a call that talks     the caller talks with its party, that call ends      a transfer, a retrieval
    a phone that we ring  the caller is the one who answers, the phone stops   a pickup
    anything else         481, 486, 403

Whoever may call the Domain may do so with the calls of its account: the Call-ID and both tags of a dialog are
chance, and nobody knows them who is no part of it or was not told. Called by `inbound_call.py`, which has
admitted the caller. Source: RFC 3891 §3; reference/sip-interface 0.
"""

from typing import Final

from offhook.call.call import Call
from offhook.media.ports.engine import NoFreePortError
from offhook.model.call import CallStatus
from offhook.model.sip_domain import SipDomain
from offhook.routing.decision import TurnedAway
from offhook.sip.error import SipError
from offhook.sip.headers.replaces import Replaces
from offhook.sip.message import Request
from offhook.switchboard.live_calls import LiveCall
from offhook.switchboard.services import Services
from offhook.verbs.dialler import ChildCall, Dialler
from offhook.verbs.runner import Runner
from offhook.verbs.talk import Talk, stay

REPLACES: Final = "Replaces"
GONE: Final = 481


def named_call(request: Request, domain: SipDomain, services: Services) -> LiveCall | TurnedAway | None:
    """The call whose place an INVITE is to take; None where it names none, as most do."""
    if REPLACES not in request.headers:
        return None
    try:
        replaces = Replaces.parse(request.headers.single(REPLACES))
    except SipError as error:
        return _refused(400, error.message, domain)
    session = services.endpoint.user_agent.session_of(replaces)
    live = None if session is None else services.live_calls.of_session(domain.account_sid, session)
    if session is None or live is None:
        return _refused(GONE, "Replaces names no call of this account", domain)
    if session.is_early and (session.is_uas or live.child is None):
        return _refused(GONE, "Replaces names a call that rings here, not one that we ring", domain)
    if not session.is_early and replaces.is_early_only:
        return _refused(486, "Replaces names a call that is answered, and wants one that rings", domain)
    if not session.is_early and not _is_talking(live.call):
        return _refused(403, "Replaces names a call that talks to nobody", domain)
    return live


async def take_place(call: Call, named: LiveCall, runner: Runner, dialler: Dialler) -> None:
    """Answer, and be the other one's party from now on. The program of the new call."""
    talk, child = named.call.bridge, named.child
    is_pickup = child is not None and not named.call.answered.is_set() and not named.call.leg.is_ended
    if not is_pickup and not _is_talking(named.call):
        call.refuse(GONE, CallStatus.FAILED)  # it has ended meanwhile
        return
    try:
        call.answer()
    except NoFreePortError as error:
        call.note(12400, f"the call could not be answered: {error}")
        return
    guest = ChildCall(call)
    guest.ready.set()
    try:
        if isinstance(talk, Talk):
            talk.hand_over(named.call, guest)
        elif child is not None:
            child.be_replaced(guest)
        await stay(guest, runner.run_transfer, dialler)
    finally:
        guest.leave()


def _is_talking(call: Call) -> bool:
    talk = call.bridge
    return isinstance(talk, Talk) and not talk.is_moving and not talk.partner_of(call).leg.is_ended


def _refused(status: int, text: str, domain: SipDomain) -> TurnedAway:
    return TurnedAway(status, None, text, domain, REPLACES)
