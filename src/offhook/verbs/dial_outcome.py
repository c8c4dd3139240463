"""What came of a Dial, as its action is told (reference/twiml 6.3). Used by `dial`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus
from offhook.model.passed_headers import passed_headers
from offhook.verbs.dialler import ChildCall

_RANK: Final = (CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.CANCELED, CallStatus.FAILED)
"""Of several that did not answer, whose status stands for all: a person who is busy says most."""


@dataclass(frozen=True, slots=True)
class DialOutcome:
    """How a Dial ended."""

    status: CallStatus
    """COMPLETED, BUSY, NO_ANSWER, FAILED or CANCELED."""
    child: CallRecord | None
    """The call that stands for all; None when nobody could be called."""
    is_bridged: bool
    """Whether caller and callee talked."""
    headers: tuple[tuple[str, str], ...] = ()
    """Of that call's final response."""

    @classmethod
    def of(cls, children: Sequence[ChildCall], bridged: ChildCall | None) -> Self:
        """The outcome of the calls that were made: the one that was answered, else the one that says most."""
        answered = bridged or next((each for each in children if each.call.answered.is_set()), None)
        if answered is not None:
            headers = answered.call.leg.final_headers
            return cls(CallStatus.COMPLETED, answered.call.record, bridged is not None, headers)
        if not children:
            return cls(CallStatus.FAILED, None, is_bridged=False)
        telling = max((each.call for each in reversed(children)), key=lambda call: _weight(call.record))
        status = _status(telling.record)
        return cls(status, telling.record, is_bridged=False, headers=telling.leg.final_headers)

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        """By Twilio's names."""
        results = [("DialCallStatus", self.status.value), ("DialBridged", str(self.is_bridged).lower())]
        child = self.child
        if child is not None:
            results.append(("DialCallSid", child.sid))
            if child.status.is_final or child.answered_at is None:  # one that went elsewhere talks on
                results.append(("DialCallDuration", str(child.duration_s or 0)))
            if child.to.lower().startswith(("sip:", "sips:")):
                results += self._of_sip(child)
        return tuple(results)

    def _of_sip(self, child: CallRecord) -> list[tuple[str, str]]:
        """What is told after `<Sip>` alone (reference/twiml 1.3)."""
        results = []
        if child.sip_call_id is not None:
            results.append(("DialSipCallId", child.sip_call_id))
        if child.sip_response_code is not None:
            results.append(("DialSipResponseCode", str(child.sip_response_code)))
        passed = passed_headers(self.headers)
        return results + [(f"DialSipHeader_{name}", value) for name, value in passed]


def _status(record: CallRecord) -> CallStatus:
    """Of a call that nobody answered; one that has not come to its end yet is let go of."""
    return record.status if record.status.is_final else CallStatus.NO_ANSWER


def _weight(record: CallRecord) -> tuple[int, datetime]:
    """How much it says; of two that say the same, the last to finish stands (reference/twiml 6.3)."""
    return (-_RANK.index(_status(record)), record.ended_at or record.updated_at)
