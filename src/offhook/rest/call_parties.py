"""Who is called by `POST /Calls`, and whom the callee sees.

To: a SIP URI, perhaps with headers behind `?`; `client:` and the name of a user; a number of this node, any
other by a trunk: Byoc's, or the default one. From, or CallerId in its place: any user part towards SIP and
clients, towards a number one of the account's own.
Source: reference/rest-api 2.2, 4.1; sip-interface 4.1, 4.3.
"""

import re
from dataclasses import dataclass
from typing import Final

from offhook.model.byoc_trunk import ByocTrunk
from offhook.rest.errors import ApiError
from offhook.rest.parameters import Parameter, Values, sid, text
from offhook.rest.resource import ApiRequest
from offhook.routing.trunk import find_trunk
from offhook.sip.error import SipError
from offhook.sip.uri import SipUri, escape_user
from offhook.switchboard.place_call import Callee, ClientToCall, NumberToCall
from offhook.twiml.attribute import ProblemLog
from offhook.twiml.dial import sip_headers
from offhook.twiml.dial.client import IDENTITY
from offhook.twiml.dial.phone_number import to_e164
from offhook.twiml.dial.sip_uri import INVALID_URI, read_sip_uri
from offhook.twiml.element import Element

NO_SUCH_TRUNK: Final = 21300
URI_MAX: Final = 254
"""Characters of a SIP URI without its headers: Twilio asks for less than 255."""
NOT_A_URI: Final = 21211
FROM_INVALID: Final = 21212
TO_CALL: Final = Parameter(
    "To",
    text(URI_MAX + 1 + 4 * sip_headers.MAX_CHARACTERS),
    NOT_A_URI,
    "",
    missing_code=21201,
    missing_complaint="No to number is specified",
)
FROM_CALLER: Final = Parameter(
    "From",
    text(255),
    FROM_INVALID,
    "",
    missing_code=21213,
    missing_complaint="No from number is specified",
)
BYOC: Final[Parameter[str | None]] = Parameter("Byoc", sid("BY"), NO_SUCH_TRUNK, None)
CALLER_ID: Final[Parameter[str | None]] = Parameter("CallerId", text(255), FROM_INVALID, None)

FROM_NOT_OWNED: Final = 21210
UNREACHABLE: Final = 21214
CLIENT: Final = "client:"
SIP: Final = ("sip:", "sips:")

SHOWN_MAX: Final = 100
"""Characters of a bad address, and of what is wrong with it, that a message repeats."""

_NUMBER: Final = re.compile(r"\+?[0-9() .-]+\Z", re.ASCII)
"""What is meant for a number, however few digits it has."""
_REFUSED: Final = {
    INVALID_URI: NOT_A_URI,
    sip_headers.TOO_LONG: 21227,
    sip_headers.INVALID_NAME: 21228,
    sip_headers.INVALID_VALUE: 21229,
}
"""What is only noted of a `<Sip>`, and refused here, where the client can still be told."""


@dataclass(frozen=True, slots=True)
class Called:
    """Who is called."""

    callee: Callee
    headers: tuple[tuple[str, str], ...] = ()
    """For the INVITE."""
    warnings: tuple[tuple[int, str], ...] = ()
    """Code and text of what is left out of it: noted with the call."""
    is_secure: bool = False
    """Whether a SIP URI asks for SRTP (`;secure=true`)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom the callee sees."""

    text: str
    """As the record shows it."""
    uri: SipUri
    """Of From."""
    phone_number_sid: str | None
    """Of the account's number that it is."""


async def called_by(values: Values, request: ApiRequest) -> Called:
    """Who To is. Raises: ApiError."""
    to, byoc = values[TO_CALL], values[BYOC]
    if byoc is not None and await _trunk(byoc, request) is None:
        raise ApiError(NO_SUCH_TRUNK, f"Byoc {byoc} is not a BYOC trunk of this account")
    if _NUMBER.match(to):
        return Called(await _number(to, byoc, request))
    if to.lower().startswith(CLIENT):
        identity = IDENTITY.read(to[len(CLIENT) :])
        if identity is None:
            raise ApiError(
                NOT_A_URI,
                f"The 'To' address {_cut(to)} is not a valid client: it must be {IDENTITY.allowed}",
            )
        return Called(ClientToCall(identity))
    if to.lower().startswith(SIP):
        return _sip_uri(to, to)
    if "@" in to:
        return _sip_uri(to, f"sip:{to}")
    # Another kind of address, such as whatsapp:… or an application's Sid: no half of it is a host.
    raise ApiError(
        NOT_A_URI,
        f"The 'To' address {_cut(to)} is not valid: it must be a phone number, a SIP URI (sip:user@host) or "
        "client:user",
    )


def _sip_uri(to: str, with_scheme: str) -> Called:
    """Read as the text of a `<Sip>` is: `edge` and `region` are taken off, headers decoded."""
    log, element = ProblemLog(), Element("To", {}, (to,), 1, 1)
    parts = read_sip_uri(element, with_scheme, log)
    headers = () if parts is None else sip_headers.read_uri_headers(element, parts.header_text, log)
    shown = _cut(to.partition("?")[0])
    for problem in log.problems:
        if problem.code in _REFUSED:
            why = _said(problem.message).removesuffix(sip_headers.ALL_LEFT_OUT)
            why = _cut(why.removesuffix(sip_headers.LEFT_OUT))
            raise ApiError(_REFUSED[problem.code], f"The 'To' address {shown} is not valid: {why}")
    if parts is None:
        raise ApiError(NOT_A_URI, f"The 'To' address {shown} is not a valid SIP URI")
    try:
        uri = SipUri.parse(parts.uri)
    except SipError as error:
        raise ApiError(
            NOT_A_URI, f"The 'To' address {shown} is not a valid SIP URI: {error.message}"
        ) from error
    if uri.user is None:
        raise ApiError(NOT_A_URI, f"The 'To' address {shown} names no user")
    warnings = tuple((each.code, _said(each.message)) for each in log.problems)
    return Called(uri, headers, warnings, parts.is_secure)


def _said(message: str) -> str:
    return message.replace("<To>", "To")


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"


async def _number(to: str, byoc: str | None, request: ApiRequest) -> NumberToCall:
    number = to_e164(to)
    if number is None:
        raise ApiError(NOT_A_URI, f"The 'To' number {_cut(to)} is not a valid phone number: E.164 is wanted")
    if byoc is not None:
        return NumberToCall(number, byoc)
    numbers = request.services.store.incoming_phone_numbers
    if await numbers.find_by_number(number) is None and await _trunk(None, request) is None:
        raise ApiError(
            UNREACHABLE,
            f"'To' phone number {to} cannot be reached: it is none of this node's, Byoc names no trunk, and "
            "there is no default trunk (default_trunk)",
        )
    return NumberToCall(number)


async def _trunk(byoc: str | None, request: ApiRequest) -> ByocTrunk | None:
    services = request.services
    return await find_trunk(request.account_sid, byoc, services.default_trunk, services.store)


async def caller_of(values: Values, callee: Callee, request: ApiRequest) -> Caller:
    """Whom the callee sees. Raises: ApiError 21212, 21210."""
    name, shown = (
        ("From", values[FROM_CALLER]) if values[CALLER_ID] is None else ("CallerId", values[CALLER_ID] or "")
    )
    number = to_e164(shown)
    found = (
        None if number is None else await request.services.store.incoming_phone_numbers.find_by_number(number)
    )
    own = found if found is not None and found.account_sid == request.account_sid else None
    if isinstance(callee, NumberToCall):
        if number is None:
            raise ApiError(
                FROM_INVALID, f"The '{name}' number {shown} is not a valid phone number: E.164 is wanted"
            )
        if own is None:
            raise ApiError(
                FROM_NOT_OWNED,
                f"The '{name}' number {shown} is none of this account's: a call to a number shows one of its "
                "IncomingPhoneNumbers",
            )
        shown = number
    return Caller(shown, _uri(name, shown, request.services.realm), None if own is None else own.sid)


def _uri(name: str, shown: str, host: str) -> SipUri:
    """The caller as a URI; a number or name stands at the node's own realm."""
    user = shown[len(CLIENT) :] if shown.lower().startswith(CLIENT) else shown
    try:
        if shown.lower().startswith(SIP):
            return SipUri.parse(shown)
        return SipUri.parse(f"sip:{escape_user(user)}@{host}")
    except SipError as error:
        raise ApiError(FROM_INVALID, f"The '{name}' address {shown} is not valid: {error.message}") from error
