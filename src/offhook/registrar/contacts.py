"""What a REGISTER asks for: its Contact and Expires headers, read and checked.

Pure. Called by `registrar`. Sources: RFC 3261 §10.2 and §10.3 items 6 and 7; RFC 3327; RFC 5626 §6.
"""

from typing import Final

from offhook.base.frozen import frozen
from offhook.registrar.settings import Settings
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.headers.option_tags import parse_tokens
from offhook.sip.headers.path import Path
from offhook.sip.message import Request
from offhook.sip.uri import SipUri

CONTACT_MAX: Final = 512
"""Characters of a Contact's URI, and of its instance: a registration must not fill memory."""
PATH_MAX: Final = 2048
"""Characters of all Path values together."""
_EXPIRES_HIGHEST: Final = 2**32 - 1
_REG_ID_HIGHEST: Final = 2**31 - 1


@frozen
class ContactChange:
    """One Contact of a REGISTER."""

    uri: SipUri
    """Where calls shall go."""
    text: str
    """The same as on the wire."""
    expires_s: int
    """For how long, bounded; 0 ends the binding."""
    instance: str = ""
    """+sip.instance without its quotes; "" without one."""
    reg_id: int = 0
    """reg-id where outbound is used (RFC 5626 §6); 0 where not."""


@frozen
class Wish:
    """What a REGISTER asks for. Without contacts and not everything: it only asks what is registered."""

    contacts: tuple[ContactChange, ...]
    """In the order of the request."""
    is_end_of_all: bool
    """`Contact: *`: every binding is to end."""
    is_too_brief: bool
    """An expiry is above 0 and below the least allowed: 423."""
    is_first_hop_deaf: bool
    """The phone uses outbound, the proxy before us does not: 439 (RFC 5626 §6)."""

    @property
    def is_outbound(self) -> bool:
        """Whether outbound is used, which the answer must say."""
        return any(contact.reg_id for contact in self.contacts)


def parse_wish(request: Request, settings: Settings) -> Wish:
    """Read the Contact headers. Raises: SipError (400)."""
    values = request.headers.get_list("Contact")
    default_s = _expires(request.headers.get("Expires"), settings.expires_max_s)
    if "*" in values:
        if len(values) > 1 or default_s != 0:
            section = "RFC 3261 §10.3 item 6"
            raise malformed("Contact: * must stand alone, with Expires: 0", section=section)
        return Wish((), is_end_of_all=True, is_too_brief=False, is_first_hop_deaf=False)
    can_outbound = "outbound" in (tag.lower() for tag in parse_tokens(request.headers.get_all("Supported")))
    read = [_parse_contact(value, default_s, settings, can_outbound=can_outbound) for value in values]
    contacts = tuple(read)
    with_reg_id = [contact for contact in contacts if contact.reg_id and contact.expires_s]
    if len(with_reg_id) > 1:
        raise malformed("more than one Contact with reg-id", section="RFC 5626 §6")
    return Wish(
        contacts,
        is_end_of_all=False,
        is_too_brief=any(0 < contact.expires_s < settings.expires_min_s for contact in contacts),
        is_first_hop_deaf=bool(with_reg_id) and not _keeps_flow(request),
    )


def parse_path(request: Request) -> tuple[str, ...]:
    """The hops of Path, topmost first, as Route needs them. Raises: SipError (400, 416)."""
    fields = request.headers.get_all("Path")
    if sum(map(len, fields)) > PATH_MAX:
        raise malformed(f"Path is longer than {PATH_MAX} characters", section="RFC 3327 §5.3")
    return tuple(map(str, Path.parse(*fields).hops))


def _parse_contact(text: str, default_s: int, settings: Settings, *, can_outbound: bool) -> ContactChange:
    contact = NameAddr.parse(text)
    instance = grammar.unquote(grammar.find_parameter(contact.parameters, "+sip.instance") or "")
    if len(contact.uri_text) > CONTACT_MAX or len(instance) > CONTACT_MAX:
        raise malformed(f"Contact is longer than {CONTACT_MAX} characters", section="RFC 3261 §10.3")
    named = grammar.find_parameter(contact.parameters, "expires")
    seconds = default_s if named is None else _expires(named, settings.expires_max_s)
    reg_id = grammar.find_parameter(contact.parameters, "reg-id")
    # reg-id counts only with an instance and an outbound-minded phone (RFC 5626 §6).
    is_outbound = can_outbound and bool(instance) and reg_id is not None
    return ContactChange(
        uri=contact.uri,
        text=contact.uri_text,
        expires_s=min(seconds, settings.expires_max_s),
        instance=instance,
        reg_id=_reg_id(reg_id or "") if is_outbound else 0,
    )


def _expires(text: str | None, default_s: int) -> int:
    """Seconds. What is malformed or missing is the default (RFC 3261 §20.19: treated as 3600)."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 10:
        return default_s
    return min(int(text), _EXPIRES_HIGHEST)


def _reg_id(text: str) -> int:
    number = grammar.parse_number(text, _REG_ID_HIGHEST, section="RFC 5626 §4.2")
    if number == 0:
        raise malformed("reg-id is 0", section="RFC 5626 §4.2")
    return number


def _keeps_flow(request: Request) -> bool:
    """Whether the phone came straight to us, or its first proxy keeps the flow for it (RFC 5626 §6)."""
    if len(request.headers.get_list("Via")) == 1:
        return True
    return Path.parse(*request.headers.get_all("Path")).keeps_flow
