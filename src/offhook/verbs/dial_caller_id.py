"""Whom the callees of a Dial see (reference/twiml 6.2, sip-interface 4.3).

Without `callerId` it is the caller. Any `callerId` that can be written is shown to SIP and to clients; to a
phone number only a number of the account, or the To or From of a call that came from or to a number. Another
one is noted (13214), and the caller's own is shown there. Used by `dial`.
"""

from dataclasses import dataclass
from typing import Final

from offhook.twiml.dial.application import Application
from offhook.twiml.dial.client import Client
from offhook.twiml.dial.number import Number
from offhook.twiml.dial.phone_number import to_e164
from offhook.twiml.dial.sip import Sip
from offhook.twiml.verbs.dial import Dial
from offhook.verbs.program import Program

NOT_ALLOWED: Final = 13214


@dataclass(frozen=True, slots=True)
class CallerId:
    """One caller ID."""

    text: str
    """As it is shown."""
    phone_number_sid: str | None
    """Of the account's number that it is."""


@dataclass(frozen=True, slots=True)
class CallerIds:
    """Who is shown to whom."""

    to_others: CallerId
    to_numbers: CallerId

    def shown_to(self, noun: Number | Sip | Client | Application) -> CallerId:
        """What this callee sees."""
        return self.to_numbers if isinstance(noun, Number) else self.to_others


async def caller_ids(verb: Dial, program: Program) -> CallerIds:
    """Notes a `callerId` that a number must not see. Raises: OverloadError while nothing can be looked up."""
    call = program.call.record
    if verb.caller_id is None:
        own = await _caller_id(call.from_, program)
        return CallerIds(own, own)
    wanted = await _caller_id(verb.caller_id, program)
    if not any(isinstance(noun, Number) for noun in verb.nouns):
        return CallerIds(wanted, wanted)
    number = to_e164(verb.caller_id)
    if number is not None and (wanted.phone_number_sid is not None or number in (call.to, call.from_)):
        return CallerIds(wanted, CallerId(number, wanted.phone_number_sid))
    text = (
        f"<Dial callerId> {verb.caller_id} must not be shown to a phone number: it must be a number of this "
        "account, or one that this call came from or to; the caller's own is shown there"
    )
    program.call.note(NOT_ALLOWED, text)
    return CallerIds(wanted, await _caller_id(call.from_, program))


async def _caller_id(text: str, program: Program) -> CallerId:
    number = to_e164(text)
    if number is None:
        return CallerId(text, None)
    return CallerId(text, await program.dialler.phone_number_sid(program.call.record.account_sid, number))
