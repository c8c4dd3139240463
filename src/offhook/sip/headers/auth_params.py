"""The common shape of WWW-Authenticate, Authorization and their proxy forms: a scheme and auth-params.

Values are kept as they stand between the quotes, escapes included: digest hashes and echoes that form
(RFC 7616 §3.4: unq). Source: RFC 3261 §25.1 `challenge`, `credentials`; RFC 9110 §11.2.
"""

import re
from typing import Final

from offhook.sip.error import malformed

_SCHEME: Final = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+")
_NAME: Final = r"[A-Za-z0-9\-.!%*_+`'~]+"
_PARAMETER: Final = (
    rf"""[ \t,]*({_NAME})[ \t]*=[ \t]*(?:(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s,"\\]+))[ \t]*)?(?=,|\Z)"""
)
"""Quoted or not, whatever the parameter: phones quote nc and algorithm, and leave quotes off elsewhere."""
_ONE: Final = re.compile(_PARAMETER, re.DOTALL)
_ALL: Final = re.compile(rf"(?:{_PARAMETER})*[ \t,]*\Z", re.DOTALL)
"""Says that there is nothing between the parameters, so that `_ONE` can be sought one after the other."""
_AT_MOST: Final = 32
"""Parameters of one header; digest knows fifteen."""


def parse_digest(text: str, section: str) -> dict[str, str]:
    """The auth-params of a Digest header, names in lower-case.

    Raises: SipError (400) for another scheme, for what is no parameter, and for one that comes twice.
    """
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() != "digest":
        raise malformed("no Digest", section=section)
    if not _ALL.match(text, scheme.end()):
        raise malformed("malformed auth-param", section=section)
    found = _ONE.findall(text, scheme.end())
    parameters = {name.lower(): quoted or bare for name, quoted, bare in found}
    if len(parameters) < len(found) or len(found) > _AT_MOST:
        raise malformed("auth-param comes twice, or too many", section=section)
    return parameters


def require(parameters: dict[str, str], name: str, section: str) -> str:
    """A parameter that must be there. Raises: SipError (400)."""
    value = parameters.get(name)
    if value is None:
        raise malformed(f"no {name}", section=section)
    return value
