"""Who or what answered a call, and by which rules that is found out (reference/twiml 13)."""

from dataclasses import dataclass
from enum import StrEnum


class AnsweredBy(StrEnum):
    """What answered."""

    HUMAN = "human"
    MACHINE_START = "machine_start"
    """A machine, told as soon as it is known."""
    MACHINE_END_BEEP = "machine_end_beep"
    """A machine, whose greeting ended with a beep."""
    MACHINE_END_SILENCE = "machine_end_silence"
    """A machine, whose greeting ended with silence."""
    MACHINE_END_OTHER = "machine_end_other"
    """A machine, whose greeting did not end in time."""
    FAX = "fax"
    UNKNOWN = "unknown"
    """Nothing was heard, or too little."""


class DetectionMode(StrEnum):
    """What is wanted, by Twilio's words."""

    ENABLE = "Enable"
    """To know as soon as possible."""
    DETECT_MESSAGE_END = "DetectMessageEnd"
    """To know when a message may be left."""


@dataclass(frozen=True, slots=True)
class DetectionPlan:
    """How a machine is told from a person."""

    mode: DetectionMode = DetectionMode.ENABLE
    timeout_ms: int = 30_000
    """After this the call is given up as unknown, 3,000 to 59,000."""
    speech_threshold_ms: int = 2_400
    """Of speech: a longer greeting is a machine's, 1,000 to 6,000."""
    speech_end_ms: int = 1_200
    """Of silence: after it a greeting is over, 500 to 5,000."""
    silence_ms: int = 5_000
    """Of silence at the beginning, after which it is unknown, 2,000 to 10,000."""
