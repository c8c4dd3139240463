"""The trace of a call: its SIP messages and what happened between them, in order.

Of the calls of this node, as many as it keeps (`traces_max`, `traces_mb`). Secrets are blotted out:
digest responses, keys of SRTP, logins in URLs. `offhook trace` asks here.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from offhook.rest.representation import JsonValue, Representation, iso_date_us
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.trace.ports import Happening, SipMessage, Trace
from offhook.trace.redaction import redacted, without_logins


async def fetch_trace(request: ApiRequest) -> Answer:
    """What happened on one call."""
    trace = await request.services.trace(request.segments["Sid"])
    if trace is None or trace.account_sid != request.account_sid:
        raise request.not_found()
    return Answer(200, representation(trace))


def representation(trace: Trace) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "Trace",
        {
            "call_sid": trace.call_sid,
            "account_sid": trace.account_sid,
            "parent_call_sid": trace.parent_call_sid,
            "children": trace.children,
            "left_out": trace.left_out,
            "entries": tuple(_entry(trace, entry) for entry in trace.entries),
        },
    )


def _entry(trace: Trace, entry: SipMessage | Happening) -> Mapping[str, JsonValue]:
    since_s = entry.at_s - trace.began_s
    shown: dict[str, JsonValue] = {
        "at": iso_date_us(trace.began_at + timedelta(seconds=since_s)),
        "since_ms": round(since_s * 1000),
    }
    if isinstance(entry, Happening):
        facts: dict[str, JsonValue] = {
            name: without_logins(value) if isinstance(value, str) else value for name, value in entry.facts
        }
        return shown | {"kind": entry.kind.value, "text": without_logins(entry.text), "facts": facts}
    flow = entry.flow
    return shown | {
        "kind": "sip",
        "direction": "sent" if entry.is_ours else "received",
        "transport": flow.transport.value,
        "local": str(flow.local),
        "remote": str(flow.remote),
        "message": redacted(entry.data).decode("utf-8", "replace"),
    }


OPERATIONS: Final = (Operation("GET", "/Calls/{Sid}/Trace", fetch_trace),)
