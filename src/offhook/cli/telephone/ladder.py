"""`--ladder`: the SIP messages of a phone, kept while it runs and drawn at the end."""

from collections import deque
from typing import Final

from offhook.sip.body import SDP, content_type
from offhook.sip.error import SipError
from offhook.sip.message import Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from offhook.trace.ladder import LadderMessage, ladder
from offhook.transport.ports import TracedMessage

KEPT: Final = 1000
"""Messages of a phone; the oldest make room."""


class LadderOfCall:
    """Give `add` to the driver's `trace`."""

    def __init__(self) -> None:
        self._messages: deque[LadderMessage] = deque(maxlen=KEPT)

    def add(self, traced: TracedMessage) -> None:
        """One message came or went."""
        flow = traced.flow
        remote = f"{flow.remote} {flow.transport.value}"
        self._messages.append(LadderMessage(traced.at_s, traced.is_ours, label_of(traced.data), remote))

    def text(self) -> str:
        """The ladder so far."""
        return ladder(list(self._messages), here="here")

    def facts(self) -> list[dict[str, object]]:
        """The same for a script: times from the first message."""
        return [
            {
                "at_s": round(each.at_s - self._messages[0].at_s, 3),
                "direction": "sent" if each.is_ours else "received",
                "message": each.label,
                "remote": each.remote,
            }
            for each in self._messages
        ]


def label_of(data: bytes) -> str:
    """A message in a few words: its method, or its status and what it answers; and whether it brings SDP."""
    try:
        message = parse_message(data, Limits())
        return _first_words(message) + (", SDP" if message.body and content_type(message) == SDP else "")
    except SipError:
        return "no SIP: " + data[:20].decode("ascii", "replace")


def _first_words(message: Request | Response) -> str:
    if isinstance(message, Request):
        return message.method
    return f"{message.status} {message.reason} ({message.cseq.method})"
