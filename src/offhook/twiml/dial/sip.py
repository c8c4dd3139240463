"""`<Sip>`: call a SIP URI (https://www.twilio.com/docs/voice/twiml/sip, reference/twiml 6.6).

The target is the text of the noun or, as Twilio's libraries write it, up to ten `<Uri>`; headers stand
behind the `?` of a URI or in `<Headers>`. Where the page is silent: priority and weight are 10 when
absent, as an origination URI's. Whether the host exists and may be reached is not asked here (13254).
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.base.redact import Secret
from offhook.twiml.attribute import (
    Attribute,
    AttributeValues,
    ProblemLog,
    matching,
    read_attributes,
    whole_number,
)
from offhook.twiml.dial.machine_detection import MACHINE_DETECTION, MachineDetection, machine_detection
from offhook.twiml.dial.sip_headers import Headers, read_header_elements, read_uri_headers
from offhook.twiml.dial.sip_uri import INVALID_URI, read_sip_uri
from offhook.twiml.dial.status_callback import (
    STATUS_CALLBACK,
    StatusCallback,
    Whisper,
    status_callback,
    whisper,
    whisper_attributes,
)
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.element import Element
from offhook.twiml.keys import KEYS
from offhook.twiml.problem import SCHEMA_WARNING

INVALID_LOGIN: Final = 13249
TOO_MANY_URIS: Final = 13250

MAX_URIS: Final = 10
MAX_LOGIN: Final = 255

WHISPER: Final = whisper_attributes(13241)
SEND_DIGITS: Final = Attribute("sendDigits", KEYS, "", code=13242)
USERNAME: Final = Attribute(
    "username",
    matching(rf'[^\x00-\x1f\x7f"\\]{{0,{MAX_LOGIN}}}', f'at most {MAX_LOGIN} characters without " and \\'),
    "",
    INVALID_LOGIN,
    instead="ignored",
)
PASSWORD: Final = Attribute(
    "password",
    matching(rf"[^\x00-\x1f\x7f]{{0,{MAX_LOGIN}}}", f"at most {MAX_LOGIN} characters"),
    "",
    INVALID_LOGIN,
    instead="ignored",
)
PRIORITY: Final = Attribute("priority", whole_number(0, 65_535), 10)
WEIGHT: Final = Attribute("weight", whole_number(0, 65_535), 10)

LOGIN: Final = (USERNAME, PASSWORD)
DECLARED: Final[tuple[Attribute[Any], ...]] = (
    *LOGIN,
    *WHISPER,
    SEND_DIGITS,
    *STATUS_CALLBACK,
    *MACHINE_DETECTION,
)
DECLARED_OF_URI: Final[tuple[Attribute[Any], ...]] = (*LOGIN, PRIORITY, WEIGHT)


@dataclass(frozen=True, slots=True)
class SipLogin:
    """Answers the callee's digest challenge."""

    username: str
    """1 to 255 characters."""
    password: Secret = field(compare=False)
    """At most 255 characters, perhaps none."""


@dataclass(frozen=True, slots=True)
class SipTarget:
    """One URI to send the INVITE to."""

    uri: str
    """SIP or SIPS URI without headers; `edge`, `region` and `secure` taken off, other parameters kept."""
    is_secure: bool = False
    """Whether SRTP is asked for (`;secure=true`)."""
    headers: Headers = ()
    """Names and values for the INVITE, decoded; no value holds a control character."""
    login: SipLogin | None = None
    priority: int = 10
    """0 to 65,535; the lowest is tried first."""
    weight: int = 10
    """0 to 65,535: the share among those of one priority."""


@dataclass(frozen=True, slots=True)
class Sip:
    """Call a SIP URI."""

    targets: tuple[SipTarget, ...]
    """One, or up to ten that stand for one callee, in document order: when one fails, another is tried."""
    send_digits: str = ""
    """Keys sent after the answer, before the bridge: 0-9 A-D # *, `w` 0.5 s, `W` 1 s."""
    whisper: Whisper | None = None
    callback: StatusCallback | None = None
    machine_detection: MachineDetection | None = None
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_sip(element: Element, log: ProblemLog) -> Sip | Undiallable:
    """Called by Dial. Undiallable where there is no SIP URI (13243)."""
    values = read_attributes(element, DECLARED, log)
    targets = _read_targets(element, values, log)
    made = Sip(
        targets=targets,
        send_digits=values[SEND_DIGITS],
        whisper=whisper(element, values, WHISPER, log),
        callback=status_callback(values),
        machine_detection=machine_detection(element, values, log),
        line=element.line,
        column=element.column,
    )
    return made if targets else Undiallable("Sip", INVALID_URI, line=element.line, column=element.column)


def _read_targets(element: Element, values: AttributeValues, log: ProblemLog) -> tuple[SipTarget, ...]:
    uris: list[Element] = []
    headers: Headers = ()
    for child in element.elements:
        match child.name:
            case "Uri" if element.own_text:
                log.note(SCHEMA_WARNING, child, "<Sip> holds a URI already: <Uri> is skipped")
            case "Uri" if len(uris) >= MAX_URIS:
                log.note(TOO_MANY_URIS, child, f"<Sip> has more than {MAX_URIS} URIs: skipped")
            case "Uri":
                uris.append(child)
            case "Headers":
                headers += read_header_elements(child, log)
            case _:
                log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Sip>: skipped")
    login = _login(element, values, log)
    if not uris:
        target = _target(element, headers, login, log)
        return () if target is None else (target,)
    return tuple(
        target for uri in uris if (target := _read_uri_element(uri, headers, login, log)) is not None
    )


def _read_uri_element(
    element: Element, headers: Headers, login: SipLogin | None, log: ProblemLog
) -> SipTarget | None:
    for child in element.elements:
        log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Uri>: skipped")
    values = read_attributes(element, DECLARED_OF_URI, log)
    own_login = _login(element, values, log) or login
    return _target(element, headers, own_login, log, priority=values[PRIORITY], weight=values[WEIGHT])


def _target(
    element: Element,
    headers: Headers,
    login: SipLogin | None,
    log: ProblemLog,
    *,
    priority: int = 10,
    weight: int = 10,
) -> SipTarget | None:
    parts = read_sip_uri(element, element.own_text, log)
    if parts is None:
        return None
    headers = read_uri_headers(element, parts.header_text, log) + headers
    return SipTarget(parts.uri, parts.is_secure, headers, login, priority, weight)


def _login(element: Element, values: AttributeValues, log: ProblemLog) -> SipLogin | None:
    username, password = values[USERNAME], values[PASSWORD]
    if not username:
        if password:
            log.note(INVALID_LOGIN, element, f"<{element.name}> has a password and no username: ignored")
        return None
    return SipLogin(username, Secret(password))
