"""The common shape of WWW-Authenticate, Authorization and their proxy forms: a scheme and auth-params.

Values are kept as they stand between the quotes, escapes included: digest hashes and echoes that form
(RFC 7616 §3.4: unq). Source: RFC 3261 §25.1 `challenge`, `credentials`; RFC 9110 §11.2.
"""

import re
from typing import Final

from offhook.sip.error import malformed

_SCHEME: Final = re.compile(r"[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+")
_PARAMETER: Final = re.compile(
    r"""[ \t,]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"\\]*))[ \t]*(?=,|\Z)""",
    re.DOTALL,
)
"""Quoted or not, whatever the parameter: phones quote nc and algorithm, and leave quotes off elsewhere."""
_END: Final = re.compile(r"[ \t,]*\Z")
_AT_MOST: Final = 32
"""Parameters of one header; digest knows fifteen."""


def parse_digest(text: str, section: str) -> dict[str, str]:
    """The auth-params of a Digest header, names in lower-case.

    Raises: SipError (400) for another scheme, for what is no parameter, and for one that comes twice.
    """
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() != "digest":
        raise malformed("no Digest", section=section)
    parameters: dict[str, str] = {}
    at = scheme.end()
    while not _END.match(text, at):
        found = _PARAMETER.match(text, at)
        if found is None or len(parameters) == _AT_MOST:
            raise malformed("malformed auth-param", section=section)
        name = found[1].lower()
        if name in parameters:
            raise malformed("auth-param comes twice", section=section, excerpt=name)
        parameters[name] = found[3] if found[2] is None else found[2]
        at = found.end()
    return parameters


def require(parameters: dict[str, str], name: str, section: str) -> str:
    """A parameter that must be there. Raises: SipError (400)."""
    value = parameters.get(name)
    if value is None:
        raise malformed(f"no {name}", section=section)
    return value
