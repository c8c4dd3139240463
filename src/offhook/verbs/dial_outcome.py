"""What came of a Dial, as its action is told (reference/twiml 6.3). Used by `dial`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus
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

    @classmethod
    def of(cls, children: Sequence[ChildCall], bridged: ChildCall | None) -> Self:
        """The outcome of the calls that were made: the one that was answered, else the one that says most."""
        answered = bridged or next((each for each in children if each.call.answered.is_set()), None)
        if answered is not None:
            return cls(CallStatus.COMPLETED, answered.call.record, bridged is not None)
        records = [each.call.record for each in children]
        if not records:
            return cls(CallStatus.FAILED, None, is_bridged=False)
        telling = min(reversed(records), key=_rank)
        status = telling.status if telling.status in _RANK else CallStatus.NO_ANSWER
        return cls(status, telling, is_bridged=False)

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        """By Twilio's names."""
        results = [("DialCallStatus", self.status.value), ("DialBridged", str(self.is_bridged).lower())]
        child = self.child
        if child is not None:
            results.append(("DialCallSid", child.sid))
            if child.status.is_final:
                results.append(("DialCallDuration", str(child.duration_s or 0)))
            if child.to.lower().startswith(("sip:", "sips:")):
                results += _of_sip(child)
        return tuple(results)


def _of_sip(child: CallRecord) -> list[tuple[str, str]]:
    """What is told after `<Sip>` alone (reference/twiml 1.3)."""
    results = []
    if child.sip_call_id is not None:
        results.append(("DialSipCallId", child.sip_call_id))
    if child.sip_response_code is not None:
        results.append(("DialSipResponseCode", str(child.sip_response_code)))
    return results


def _rank(record: CallRecord) -> int:
    return _RANK.index(record.status) if record.status in _RANK else len(_RANK)
