"""The parameters of every request for a document: Twilio's names for what a call's record holds.

Source: reference/twiml 1.2, 1.3 (https://www.twilio.com/docs/voice/twiml#request-parameters, read
2026-11), reference/sip-interface 3.2, 7. Left out: cities and countries, which nobody knows of a
SIP call.
"""

from itertools import chain

from offhook.model.call import Call
from offhook.model.passed_headers import USER_TO_USER, passed_headers
from offhook.model.sip_domain import API_VERSION
from offhook.webhook.ports import Parameters, SipParameters


def standard_parameters(
    call: Call,
    sip: SipParameters | None,
    application_sid: str | None = None,
    forwarded_from: str | None = None,
    stir_verstat: str | None = None,
) -> Parameters:
    """Names and values in the order in which Twilio sends them; all text can be encoded as UTF-8.

    application_sid: of the Application that answers; None where a Domain, a number or a request does.
    forwarded_from: whom a carrier's call was diverted from; None where it was not. stir_verstat: whether the
    caller's number is vouched for; None where that was not asked.
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
    if forwarded_from is not None:
        parameters.append(("ForwardedFrom", forwarded_from))
    if stir_verstat is not None:
        parameters.append(("StirVerstat", stir_verstat))
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
        ("SipCallId", sip.call_id),
        ("SipSourceIp", sip.source_ip),
    ]
    if sip.domain_sid is not None:
        parameters.insert(1, ("SipDomainSid", sip.domain_sid))
    if sip.username is not None:
        parameters.append(("SipUsername", sip.username))
    passed = passed_headers(sip.headers, also=USER_TO_USER)
    return parameters + [(f"SipHeader_{name}", value) for name, value in passed]


def _replace(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
