"""The names of SIP Domains: which are allowed, and which stored one a host in a Request-URI may mean.

A Domain is created as `NAME.<suffix>` for one of the node's suffixes and answers under every one of them,
with or without an edge label (`NAME.sip.us1.twilio.com`), in any case; so scripts written for Twilio run
unchanged. A whole host that is listed as a suffix may be a Domain too, and answers for itself only.

Pure. Used by `admission.py` and by `rest/api/sip_domains.py`.
Sources: design 1.3 (`domain_suffixes`, `default_domain`); reference/sip-interface 1 and 1.1.
"""

import re
from dataclasses import dataclass
from typing import Final

_EDGES: Final = ("ashburn", "umatilla", "dublin", "frankfurt", "singapore", "tokyo", "sao-paulo", "sydney")
_REGIONS: Final = ("us1", "us2", "ie1", "de1", "sg1", "jp1", "br1", "au1")
EDGES: Final = frozenset(_EDGES + _REGIONS)
"""Edge and legacy region labels (reference/sip-interface 1); each also with `-ix` for Interconnect."""
NAME_MAX: Final = 253
"""Characters of a host name (RFC 1035 §2.3.4, without the root's dot)."""
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_ACCOUNT_LABEL: Final = re.compile(r"ac[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class DomainNames:
    """The suffixes of the node and the rules that follow from them."""

    suffixes: tuple[str, ...]
    """Host names in lower case, the first one preferred. Not empty."""

    @property
    def of_trunks(self) -> "DomainNames":
        """The names of elastic SIP trunks: `pstn` where a suffix has `sip`, or before it."""
        return DomainNames(tuple(dict.fromkeys(f"pstn.{s.removeprefix('sip.')}" for s in self.suffixes)))

    def spellings(self, host: str) -> tuple[str, ...]:
        """The stored names that `host` may mean, likeliest first; empty when it is under no suffix."""
        found = self._split(normal(host))
        if found is None:
            return ()
        name, suffix = found
        if not name:
            return (suffix,)
        return (f"{name}.{suffix}", *(f"{name}.{other}" for other in self.suffixes if other != suffix))

    def full_name(self, name: str) -> str:
        """`demo` as `demo.<first suffix>`; a host name under a suffix stays as it is."""
        text = normal(name)
        return text if self._split(text) is not None else f"{text}.{self.suffixes[0]}"

    def parent(self, domain_name: str) -> str | None:
        """The name whose owner alone may make `domain_name`; None when it is not a subdomain."""
        found = self._split(domain_name)
        if found is None or "." not in found[0]:
            return None
        return domain_name.partition(".")[2]

    def problem(self, domain_name: str, account_sid: str) -> str | None:
        """What is wrong with a name that an account wants for a Domain; None when nothing is.

        domain_name: in lower case. Says nothing about whether it is taken.
        """
        found = self._split(domain_name)
        if found is None or _without_edge(domain_name, found[1]) != domain_name:
            return "it must end with " + " or ".join(f".{suffix}" for suffix in self.suffixes)
        if len(domain_name) > NAME_MAX:
            return f"it is longer than {NAME_MAX} characters"
        for label in found[0].split(".") if found[0] else ():
            if not _LABEL.match(label):
                return 'its labels are 1 to 63 letters, digits and "-", not first or last'
            # The label that is an Account Sid belongs to that account (reference/sip-interface 1).
            if _ACCOUNT_LABEL.match(label) and label != account_sid.lower():
                return "it contains the Sid of another account"
        return None

    def _split(self, host: str) -> tuple[str, str] | None:
        """(NAME, suffix) of a host in lower case; NAME is empty for a whole host; None for others."""
        for suffix in sorted(self.suffixes, key=len, reverse=True):
            plain = _without_edge(host, suffix)
            if plain == suffix:
                return "", suffix
            name = plain.removesuffix(f".{suffix}")
            if name not in ("", plain):
                return name, suffix
        return None


def normal(host: str) -> str:
    """A host name as it is compared: lower case (RFC 3261 §19.1.4), without the root's dot."""
    return host.lower().removesuffix(".")


def _without_edge(host: str, suffix: str) -> str:
    """`NAME.sip.EDGE.twilio.com` as `NAME.sip.twilio.com`; anything else as it is.

    The edge stands behind the first label of the suffix, so a suffix of one label has none.
    """
    first, _, rest = suffix.partition(".")
    if not rest:
        return host
    before, _, label = host.removesuffix(f".{rest}").rpartition(".")
    if label.removesuffix("-ix") in EDGES and before.endswith(f".{first}"):
        return f"{before}.{rest}"
    return host
