"""Answering machine detection as Number and Sip ask for it: beside the call (reference/twiml 6.4, 13)."""

from dataclasses import dataclass
from typing import Any, Final

from offhook.twiml.attribute import (
    METHOD,
    Attribute,
    AttributeValues,
    ProblemLog,
    one_of,
    whole_number,
)
from offhook.twiml.element import Element
from offhook.twiml.url import news_url

NO_CALLBACK: Final = 21262
WRONG_PARAMETERS: Final = 21263

_MODE: Final = Attribute("machineDetection", one_of(("Enable", "DetectMessageEnd")), "", instead="ignored")
_TIMEOUT: Final = Attribute("machineDetectionTimeout", whole_number(3, 60), 30, WRONG_PARAMETERS)
_SPEECH: Final = Attribute(
    "machineDetectionSpeechThreshold", whole_number(1_000, 6_000), 2_400, WRONG_PARAMETERS
)
_SPEECH_END: Final = Attribute(
    "machineDetectionSpeechEndThreshold", whole_number(500, 5_000), 1_200, WRONG_PARAMETERS
)
_SILENCE: Final = Attribute(
    "machineDetectionSilenceTimeout", whole_number(2_000, 10_000), 5_000, WRONG_PARAMETERS
)
_CALLBACK: Final = news_url("amdStatusCallback")
_METHOD: Final = Attribute("amdStatusCallbackMethod", METHOD, "POST")

MACHINE_DETECTION: Final[tuple[Attribute[Any], ...]] = (
    _MODE,
    _TIMEOUT,
    _SPEECH,
    _SPEECH_END,
    _SILENCE,
    _CALLBACK,
    _METHOD,
)


@dataclass(frozen=True, slots=True)
class MachineDetection:
    """How to tell a machine from a human, while the call goes on."""

    mode: str
    """`Enable` or `DetectMessageEnd`."""
    timeout_s: float
    """3 to 60: without a verdict by then it is `unknown`."""
    speech_threshold_ms: int
    """1,000 to 6,000: shorter speech is a human's."""
    speech_end_threshold_ms: int
    """500 to 5,000: silence that ends speech."""
    silence_timeout_ms: int
    """2,000 to 10,000: silence at the beginning, after which it is `unknown`."""
    callback_url: str | None
    """Absolute or relative to the document; None: nobody hears the verdict."""
    callback_method: str
    """GET or POST."""


def machine_detection(element: Element, values: AttributeValues, log: ProblemLog) -> MachineDetection | None:
    """What the attributes say; None when it is not asked for."""
    if not values[_MODE]:
        return None
    if not values[_CALLBACK]:
        message = f"<{element.name} machineDetection> without amdStatusCallback: nobody hears the verdict"
        log.note(NO_CALLBACK, element, message)
    return MachineDetection(
        mode=values[_MODE],
        timeout_s=float(values[_TIMEOUT]),
        speech_threshold_ms=values[_SPEECH],
        speech_end_threshold_ms=values[_SPEECH_END],
        silence_timeout_ms=values[_SILENCE],
        callback_url=values[_CALLBACK] or None,
        callback_method=values[_METHOD],
    )
