"""What only machines say, as a recogniser writes it down: greetings of people, of companies, of networks."""

import re
from typing import Final

_PHRASES: Final = (
    r"voice ?mail",
    r"answering (?:machine|service)",
    r"mail ?box",
    r"(?:leave|record) (?:me |us )?(?:a|your|the) (?:\w+ ){0,2}(?:message|name)",
    r"(?:after|at|following) the (?:tone|beep)",
    r"(?:not|un) ?available",
    r"(?:can't|cannot|can not|unable to) (?:\w+ )?(?:come|get|take|answer) (?:\w+ ){0,2}(?:phone|call)",
    r"(?:away from|not in) (?:my|the|our) (?:phone|desk|office)",
    r"you(?:'ve| have) reached",
    r"(?:return|get back to) your call",
    r"call you back",
    r"(?:number|person|party|customer) you (?:are calling|(?:have )?(?:dialed|dialled|called|reached))",
    r"no longer in service",
    r"has been (?:disconnected|forwarded)",
    r"press (?:\w+ ){1,4}(?:for|to)",
    r"for (?:\w+ ?){1,3},? press",
    r"(?:office|opening|business) hours",
)
_SAID_BY_MACHINES: Final = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b", re.IGNORECASE)


def is_said_by_machines(text: str) -> bool:
    """Whether it has words that people who answer do not say."""
    return _SAID_BY_MACHINES.search(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")) is not None
