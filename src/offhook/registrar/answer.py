"""What is answered to a REGISTER: the status, its headers, and why where it is a refusal."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

from offhook.base.frozen import frozen
from offhook.model.error_code import describe
from offhook.model.sip_domain import SipDomain
from offhook.registrar.index import Entry
from offhook.routing.decision import Fields, TurnedAway
from offhook.sip import grammar
from offhook.sip.error import SipError

ERROR_HEADER: Final = "X-Twilio-Error"


@frozen
class RegisterAnswer:
    """What to answer to a REGISTER."""

    status: int
    """SIP status."""
    headers: Fields
    """To be put into the response."""
    reason: str | None = None
    """Reason phrase where the standard one does not say enough."""
    turned_away: TurnedAway | None = None
    """Why it was refused, for the log of refusals; None when it was not."""
    keepalive_s: int | None = None
    """How often the phone was told to send something on its connection; None where it was not."""


def listing(
    entries: Sequence[Entry],
    path: Sequence[str],
    *,
    is_outbound: bool,
    keepalive_s: int | None,
    now: float,
    utc_now: datetime,
) -> RegisterAnswer:
    """200 with every binding of the user and the time it has left (RFC 3261 §10.3 item 8).

    keepalive_s: for Flow-Timer; None where there is nothing to keep alive.
    """
    fields = [("Contact", _contact_value(entry, now)) for entry in entries]
    fields += [("Path", value) for value in path]
    if is_outbound:
        fields.append(("Require", "outbound"))  # RFC 5626 §6: tells the phone that its flow is used.
    if keepalive_s is not None:
        fields.append(("Flow-Timer", str(keepalive_s)))
    fields.append(("Supported", "path, outbound"))
    fields.append(("Date", _date(utc_now.replace(microsecond=0))))
    return RegisterAnswer(200, tuple(fields), keepalive_s=keepalive_s)


@lru_cache(1)
def _date(moment: datetime) -> str:
    """As Date has it (RFC 3261 §20.17): the same for every phone of that second."""
    return format_datetime(moment, usegmt=True)


def refused(turned: TurnedAway) -> RegisterAnswer:
    """A refusal on the wire: its code in X-Twilio-Error."""
    headers = turned.headers
    if turned.twilio_code is not None:
        headers = ((ERROR_HEADER, f"{turned.twilio_code} {turned.text}"), *headers)
    reason = f"{turned.text[:1].upper()}{turned.text[1:]}" if turned.status == 400 else None
    return RegisterAnswer(turned.status, headers, reason, turned)


def forbidden(code: int, domain: SipDomain, matched: str, nearly: str = "") -> TurnedAway:
    """403 with a code."""
    return TurnedAway(403, code, describe(code).text, domain, matched, nearly)


def bad(text: str, domain: SipDomain) -> TurnedAway:
    """400 for what RFC 3261 §10.3 forbids."""
    return TurnedAway(400, None, text, domain, "RFC 3261 §10.3")


def broken(error: SipError, domain: SipDomain) -> TurnedAway:
    """400 for what cannot be read."""
    return TurnedAway(error.status or 400, None, error.message, domain, error.section or "RFC 3261")


def _contact_value(entry: Entry, now: float) -> str:
    binding = entry.binding
    value = f"<{binding.contact}>;expires={max(1, round(entry.deadline - now))}"
    if binding.instance:
        value += f";+sip.instance={grammar.quote(binding.instance)}"
    if binding.reg_id:
        value += f";reg-id={binding.reg_id}"
    return value
