"""What requests say of answering-machine detection (reference/rest-api 2.2, 4.1; twiml 13).

A combination that makes no sense is noted and left aside, as on Twilio: 21263, and 21262 where nobody would
hear of it. Used by `api/create_call.py` and `api/add_participant.py`.
"""

from dataclasses import dataclass
from typing import Final

from offhook.model.answered_by import DetectionMode, DetectionPlan
from offhook.rest.errors import INVALID_PARAMETER
from offhook.rest.parameters import Parameter, Values, boolean, http_method, http_url, integer, word
from offhook.verbs.detection import DetectionOrder

BAD_VALUE: Final = 21234
NO_CALLBACK: Final = 21262
WRONG_PARAMETERS: Final = 21263

_MODE: Final[Parameter[DetectionMode | None]] = Parameter(
    "MachineDetection", word(DetectionMode), BAD_VALUE, None
)
_TIMEOUT: Final = Parameter("MachineDetectionTimeout", integer(3, 60), BAD_VALUE, 30)
_THRESHOLD: Final = Parameter("MachineDetectionSpeechThreshold", integer(1000, 6000), BAD_VALUE, 2400)
_END: Final = Parameter("MachineDetectionSpeechEndThreshold", integer(500, 5000), BAD_VALUE, 1200)
_SILENCE: Final = Parameter("MachineDetectionSilenceTimeout", integer(2000, 10_000), BAD_VALUE, 5000)
_ASYNC: Final = Parameter("AsyncAmd", boolean, BAD_VALUE, default=False)
_CALLBACK: Final[Parameter[str | None]] = Parameter("AsyncAmdStatusCallback", http_url, 21609, None)
_METHOD: Final = Parameter("AsyncAmdStatusCallbackMethod", http_method, INVALID_PARAMETER, "POST")

_OF_PARTICIPANT: Final[Parameter[str | None]] = Parameter("AmdStatusCallback", http_url, 21609, None)
_METHOD_OF_PARTICIPANT: Final = Parameter("AmdStatusCallbackMethod", http_method, INVALID_PARAMETER, "POST")

_COMMON: Final = (_MODE, _TIMEOUT, _THRESHOLD, _END, _SILENCE)
DETECTION: Final = (*_COMMON, _ASYNC, _CALLBACK, _METHOD)
"""Of a call: of no effect without MachineDetection."""
PARTICIPANT_DETECTION: Final = (*_COMMON, _OF_PARTICIPANT, _METHOD_OF_PARTICIPANT)
"""Of a participant that is dialled."""


@dataclass(frozen=True, slots=True)
class Detecting:
    """What is done, and what is noted."""

    order: DetectionOrder | None
    warnings: tuple[tuple[int, str], ...] = ()


def detection_order(values: Values, *, can_be_machine: bool) -> Detecting:
    """What a call's request asks for. can_be_machine: not so of a client, which is a phone of the account."""
    plan = _plan(values)
    if plan is None or not can_be_machine:
        return _not_for_clients(plan)
    url = values[_CALLBACK]
    if not values[_ASYNC]:
        warning = (WRONG_PARAMETERS, "AsyncAmdStatusCallback is told with AsyncAmd=true only")
        return Detecting(DetectionOrder(plan, holds_back=True), (warning,) if url is not None else ())
    return _beside(plan, url, values[_METHOD], "AsyncAmd without AsyncAmdStatusCallback")


def participant_detection(values: Values, *, can_be_machine: bool) -> Detecting:
    """What a participant's request asks for: always beside the call."""
    plan = _plan(values)
    if plan is None or not can_be_machine:
        return _not_for_clients(plan)
    url, method = values[_OF_PARTICIPANT], values[_METHOD_OF_PARTICIPANT]
    return _beside(plan, url, method, "MachineDetection without AmdStatusCallback")


def _plan(values: Values) -> DetectionPlan | None:
    mode = values[_MODE]
    if mode is None:
        return None
    return DetectionPlan(mode, values[_TIMEOUT] * 1000, values[_THRESHOLD], values[_END], values[_SILENCE])


def _not_for_clients(plan: DetectionPlan | None) -> Detecting:
    if plan is None:
        return Detecting(None)
    return Detecting(None, ((WRONG_PARAMETERS, "MachineDetection is not for calls to a client"),))


def _beside(plan: DetectionPlan, url: str | None, method: str, what: str) -> Detecting:
    order = DetectionOrder(plan, callback_url=url, callback_method=method)
    return Detecting(order, ((NO_CALLBACK, f"{what}: nobody is told"),) if url is None else ())
