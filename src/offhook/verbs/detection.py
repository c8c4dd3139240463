"""What is wanted of answering-machine detection: of a call that the API places, or of a noun of Dial.

`switchboard/detect_machine.py` does it. Source: reference/twiml 13.
"""

from dataclasses import dataclass

from offhook.model.answered_by import DetectionPlan


@dataclass(frozen=True, slots=True)
class DetectionOrder:
    """Who is to be told from whom, and who hears of it."""

    plan: DetectionPlan
    holds_back: bool = False
    """Whether the call's document waits for the verdict, which is told to it; else the callback is told."""
    callback_url: str | None = None
    """Absolute; None is nobody."""
    callback_method: str = "POST"
