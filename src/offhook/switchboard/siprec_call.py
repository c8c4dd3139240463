"""What an account does to the recording sessions of a call that is alive: begin one, end it.

Called by `rest/api/siprec.py` through the exchange. Source: reference/rest-api 2.2.
"""

from offhook.call.leg_state import LegState
from offhook.model.siprec import Siprec
from offhook.siprec.recording_session import SiprecOrder
from offhook.siprec.siprecs import Siprecs
from offhook.switchboard.live_calls import LiveCalls
from offhook.switchboard.update_call import NotInProgressError


def siprec_call(account_sid: str, sid: str, order: SiprecOrder, calls: LiveCalls, siprecs: Siprecs) -> Siprec:
    """Begin a recording session of a live call.

    Raises: NotInProgressError when the call is not answered, or not alive here; SiprecRefusedError.
    """
    live = calls.find(account_sid, sid)
    if live is None or live.call.leg.state is not LegState.ANSWERED:
        raise NotInProgressError("Call is not in-progress. Cannot be passed on.")
    return siprecs.begin(live.call, order).record


def stop_siprec(call_sid: str, wanted: str, siprecs: Siprecs) -> Siprec | None:
    """End a session by its Sid or name; as it is then, None when it does not run."""
    session = siprecs.find(call_sid, wanted)
    return session.stop() if session is not None else None
