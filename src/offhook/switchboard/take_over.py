"""An attended transfer: the party of one call gets to talk with the party of another one of the same phone.

    X --talks-- T          T's REFER in the first call names the second one (Replaces)
                T --talks-- Y     ==>   X --talks-- Y, both calls of T end

X is asked by its talk (`verbs/talk.py`); here Y becomes its guest: whatever ran on Y gives way, as at an
update over the API. Called by `exchange.py`. Source: RFC 3891 §3, 5589 §7; reference/sip-interface 0.
"""

from offhook.call.call import Call
from offhook.call.inbox import RunProgram
from offhook.sip.headers.replaces import Replaces
from offhook.switchboard.live_calls import LiveCall
from offhook.switchboard.services import Services
from offhook.verbs.dialler import ChildCall, Dialler, TransferRefusedError, TransferTooEarlyError
from offhook.verbs.talk import Talk, stay


def take_over(call: Call, replaces: Replaces, services: Services, dialler: Dialler) -> ChildCall | None:
    """The party of the call that is named, as a guest; the call that is named ends. None for no call of ours.

    Raises: TransferRefusedError, TransferTooEarlyError.
    """
    session = services.endpoint.user_agent.session_of(replaces)
    named = None if session is None else services.live_calls.of_session(call.record.account_sid, session)
    if named is None:
        return None
    talk = named.call.bridge
    if talk is None and named.call.awaits_bridge and named.call.answered.is_set():
        raise TransferTooEarlyError(named.call)
    if not isinstance(talk, Talk) or talk.is_moving:
        raise TransferRefusedError(403, f"{named.call.sid}, which Replaces names, talks to nobody")
    party = talk.partner_of(named.call)
    live = services.live_calls.find(call.record.account_sid, party.sid)
    if named.call is call or party is call or live is None:
        raise TransferRefusedError(403, "Replaces names no other call than the one to be transferred")
    guest = guest_of(live, dialler)
    talk.let_go(named.call)
    return guest


def guest_of(live: LiveCall, dialler: Dialler) -> ChildCall:
    """A live call as the guest of a talk to be: what runs on it ends."""
    guest = ChildCall(live.call)
    guest.ready.set()
    guest.follow_end()
    runner = live.runner

    async def program() -> None:
        try:
            await stay(guest, runner.run_transfer, dialler)
        finally:
            guest.leave()

    live.call.inbox.put(RunProgram(program))
    return guest
