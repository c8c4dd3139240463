"""The Contacts of a redirection: where else to try, best first (RFC 3261 §8.1.3.4, §20.10)."""

import re
from typing import Final

from offhook.sip import grammar
from offhook.sip.error import SipError
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.message import Response

MOST: Final = 20
"""Contacts read from one response; nobody is rung at more places because a stranger says so."""
_QVALUE: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")


def contacts_of(response: Response) -> tuple[NameAddr, ...]:
    """The Contacts of a 3xx (or 485), highest q first, in the response's order where q is equal.

    URIs of any scheme are given; values that cannot be read are left out. None is followed here.
    """
    contacts: list[NameAddr] = []
    for value in _values(response)[:MOST]:
        try:
            contacts.append(NameAddr.parse(value))
        except SipError:
            continue  # one broken alternative does not spoil the others
    return tuple(sorted(contacts, key=_q, reverse=True))


def _values(response: Response) -> list[str]:
    try:
        return response.headers.get_list("Contact")
    except SipError:
        return []


def _q(contact: NameAddr) -> float:
    """1.0 where there is none that can be read (§20.10 leaves the default to us)."""
    text = grammar.find_parameter(contact.parameters, "q") or ""
    return float(text) if _QVALUE.match(text) else 1.0
