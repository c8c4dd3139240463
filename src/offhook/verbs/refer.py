"""`<Refer>`: ask the phone to call somebody else, and wait for what becomes of it (reference/twiml 3.4).

    REFER -> 202 -> NOTIFY ... -> the last one --> `action` with what became of it, else the next verb
          -> refused                           --> the same
    the phone hangs up meanwhile               --> `action` is told so, nobody reads its answer

A phone that was transferred hangs up by itself; a document that ends waits for it (`runner.py`). On a call to
a number or a client there is nobody who understands REFER (13801). Called by `verbs/runner.py`.
"""

import asyncio
from typing import ClassVar, Final

from offhook.call.call import Call
from offhook.call.referrals import ReferUnderWay
from offhook.model.call import CallStatus
from offhook.model.verdict import PEER_ERROR, verdict
from offhook.sip.error import SipUsageError
from offhook.twiml.verbs.refer import Refer
from offhook.verbs.program import LastWord, Program
from offhook.verbs.verb import Flow, GoTo, Needs, Next

NOT_SIP: Final = 13801
FAILED: Final = (("ReferCallStatus", CallStatus.FAILED.value),)
RINGING_FROM: Final = 180
INITIATED: Final = "initiated"
"""Of a call of which nothing but 100 is known, as in callbacks (reference/twiml 12.1)."""

Results = tuple[tuple[str, str], ...]


class RunRefer:
    """Transfers the call; an unanswered one is answered first, since there is no dialog before."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Refer, program: Program) -> Next:
        """Ask, and wait."""
        call = program.call
        if not _is_sip(call):
            call.note(NOT_SIP, f"<Refer> on a call that is no SIP call: {call.record.to}")
            return _next(verb, program, FAILED)
        if verb.target is None:
            return _next(verb, program, FAILED)  # noted with the document
        try:
            refer = call.leg.referrals.ask(verb.target, _headers(call))
        except SipUsageError as error:
            call.note(PEER_ERROR, f"no REFER could be sent: {error}")
            return _next(verb, program, FAILED)
        try:
            await refer.ended.wait()
        except asyncio.CancelledError:
            if verb.action is not None and call.leg.is_ended:
                action = GoTo(program.resolve(verb.action), verb.method, _results(refer, is_cut=True))
                program.last_words.append(LastWord(action))
            raise
        if refer.refer_status is not None and refer.refer_status >= 300:
            call.note(PEER_ERROR, f"{call.peer} answered REFER with {refer.refer_status}")
        call.is_referred = refer.notify_status is not None and 200 <= refer.notify_status < 300
        return _next(verb, program, _results(refer))


def _next(verb: Refer, program: Program, results: Results) -> Next:
    if verb.action is None:
        return Flow.CONTINUE
    return GoTo(program.resolve(verb.action), verb.method, results, outlives_call=True)


def _headers(call: Call) -> tuple[tuple[str, str], ...]:
    """Who refers: our side of the call (RFC 3892 §2.1)."""
    dialog = call.leg.session.dialog
    referrer = () if dialog is None else (("Referred-By", f"<{dialog.local.uri_text}>"),)
    return (*referrer, *call.identity_headers)


def _is_sip(call: Call) -> bool:
    """Whether the peer is reached by a SIP URI, not by a number or as a client."""
    return call.record.to.lower().startswith(("sip:", "sips:"))


def _results(refer: ReferUnderWay, *, is_cut: bool = False) -> Results:
    """By Twilio's names. is_cut: the call ended before the result was told."""
    results: list[tuple[str, str]] = []
    status = _call_status(refer, is_cut=is_cut)
    if status is not None:
        results.append(("ReferCallStatus", status))
    if refer.refer_status is not None:
        results.append(("ReferSipResponseCode", str(refer.refer_status)))
    if refer.notify_status is not None:
        results.append(("NotifySipResponseCode", str(refer.notify_status)))
    return tuple(results)


def _call_status(refer: ReferUnderWay, *, is_cut: bool) -> str | None:
    """What became of the call that the phone was to make; None where nothing was told."""
    told = refer.notify_status
    if refer.refer_status is not None and refer.refer_status >= 300:
        return CallStatus.FAILED.value
    if told is not None and 200 <= told < 300:
        return CallStatus.IN_PROGRESS.value
    if is_cut and (told is None or told < 200):
        return CallStatus.CANCELED.value
    if told is None:
        return None
    if told < 200:
        return CallStatus.RINGING.value if told >= RINGING_FROM else INITIATED
    return verdict(told).status.value
