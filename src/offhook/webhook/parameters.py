"""The parameters of every request for a document: Twilio's names for what a call's record holds.

Source: reference/twiml 1.2, 1.3 (https://www.twilio.com/docs/voice/twiml#request-parameters, read
2026-11), reference/sip-interface 3.2, 7. Left out: cities and countries, which nobody knows of a
SIP call.
"""

from itertools import chain
from typing import Final

from offhook.model.call import Call
from offhook.model.sip_domain import API_VERSION
from offhook.webhook.ports import Parameters, SipParameters

USER_TO_USER: Final = "User-to-User"
"""The one header that is passed without an `X-` (RFC 7433)."""


def standard_parameters(
    call: Call, sip: SipParameters | None, application_sid: str | None = None
) -> Parameters:
    """Names and values in the order in which Twilio sends them; all text can be encoded as UTF-8.

    application_sid: of the Application that answers; None where a Domain, a number or a request does.
    """
    parameters = [
        ("CallSid", call.sid),
        ("AccountSid", call.account_sid),
        ("ApiVersion", API_VERSION),
        ("CallStatus", call.status.value),
        ("Direction", call.direction.value),
        ("From", call.from_),
        ("To", call.to),
        # The names of the 2008 API: still in every request that was seen live.
        ("Caller", call.from_),
        ("Called", call.to),
    ]
    if call.parent_call_sid is not None:
        parameters.append(("ParentCallSid", call.parent_call_sid))
    if application_sid is not None:
        parameters.append(("ApplicationSid", application_sid))
    if sip is not None:
        parameters += _sip_parameters(sip)
    return encodable(tuple(parameters))


def encodable(parameters: Parameters) -> Parameters:
    """The same with lone surrogates (bytes of a SIP header that were no UTF-8) as question marks."""
    if all(map(str.isascii, chain.from_iterable(parameters))):
        return parameters
    return tuple((_replace(name), _replace(value)) for name, value in parameters)


def _sip_parameters(sip: SipParameters) -> list[tuple[str, str]]:
    parameters = [
        ("SipDomain", sip.domain),
        ("SipDomainSid", sip.domain_sid),
        ("SipCallId", sip.call_id),
        ("SipSourceIp", sip.source_ip),
    ]
    if sip.username is not None:
        parameters.append(("SipUsername", sip.username))
    return parameters + [(f"SipHeader_{name}", value) for name, value in _passed_headers(sip.headers)]


def _passed_headers(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """The `X-` headers and User-to-User, each name once, several values joined by a comma."""
    spelled: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in headers:
        key = name.lower()
        # X-Twilio- is ours to say: a caller must not speak in our name.
        if key == USER_TO_USER.lower():
            spelled[key] = USER_TO_USER
        elif key.startswith("x-") and not key.startswith("x-twilio-"):
            spelled.setdefault(key, name)
        else:
            continue
        values.setdefault(key, []).append(value)
    return [(spelled[key], ", ".join(several)) for key, several in values.items()]


def _replace(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
