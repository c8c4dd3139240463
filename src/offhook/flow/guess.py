"""Made-up inputs: what a caller might press or say, and what may become of the calls that a document makes.

The names are those of the webhook's parameters (reference/twiml 3.4, 4, 5, 6.3, 7.1, 8).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Results = tuple[tuple[str, str], ...]

KEYS: Final = "1234567890*"
"""Tried one by one where one key is wanted; `#` ends an entry."""
LONG_ENTRY: Final = "1234567890" * 4
"""Of which an entry of several keys is the beginning; Twilio's longest are no longer."""
UTTERANCES: Final = ("yes", "no", "I would like to speak to somebody")
HINTS_MAX: Final = 3
"""Hints of a Gather that are said in place of those."""

CHILD_SID: Final = "CA" + "0" * 31 + "1"
RECORDING_SID: Final = "RE" + "0" * 32
QUEUE_SID: Final = "QU" + "0" * 32
RELAY_SID: Final = "VX" + "0" * 32
RECORDING_URL: Final = f"http://localhost/2010-04-01/Accounts/none/Recordings/{RECORDING_SID}"
TRANSFER_TARGET: Final = "sip:somebody@localhost"


class Cause(StrEnum):
    """Who decides that a way is taken."""

    DOCUMENT = "document"
    """Nobody: it is taken by a caller who does nothing."""
    CALLER = "caller"
    """The caller, by a key, a word, a talk."""
    OTHERS = "others"
    """Those who are called, or another part of the platform."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One made-up outcome of a verb."""

    label: str
    """For the drawing, such as `1` or `no-answer`; empty where there is one outcome only."""
    results: Results
    """What the application is told."""
    cause: Cause

    @property
    def is_failure(self) -> bool:
        """Whether somebody could not be reached."""
        return self.cause is Cause.OTHERS


PLAIN: Final = (Guess("", (), Cause.DOCUMENT),)
"""A way that is simply taken."""

RECORDED: Final = (
    Guess(
        "recorded",
        (
            ("RecordingUrl", RECORDING_URL),
            ("RecordingSid", RECORDING_SID),
            ("RecordingDuration", "5"),
            ("Digits", ""),
        ),
        Cause.DOCUMENT,
    ),
)
"""By silence: nobody need do anything."""

DIALLED: Final = (
    Guess(
        "completed",
        (
            ("DialCallStatus", "completed"),
            ("DialCallSid", CHILD_SID),
            ("DialCallDuration", "42"),
            ("DialBridged", "true"),
        ),
        Cause.CALLER,
    ),
    *(
        Guess(
            status,
            (("DialCallStatus", status), ("DialCallSid", CHILD_SID), ("DialBridged", "false")),
            Cause.OTHERS,
        )
        for status in ("busy", "no-answer", "failed")
    ),
)

MET: Final = (Guess("answered", (("DialCallStatus", "answered"), ("DialBridged", "true")), Cause.CALLER),)
"""A Dial to a conference."""

REFERRED: Final = (
    Guess(
        "in-progress",
        (
            ("ReferCallStatus", "in-progress"),
            ("ReferSipResponseCode", "202"),
            ("NotifySipResponseCode", "200"),
        ),
        Cause.CALLER,
    ),
    Guess(
        "busy",
        (("ReferCallStatus", "busy"), ("ReferSipResponseCode", "202"), ("NotifySipResponseCode", "486")),
        Cause.OTHERS,
    ),
    Guess("failed", (("ReferCallStatus", "failed"), ("ReferSipResponseCode", "405")), Cause.OTHERS),
)

QUEUED: Final = tuple(
    Guess(result, (("QueueResult", result), ("QueueSid", QUEUE_SID), ("QueueTime", "12")), cause)
    for result, cause in (
        ("bridged", Cause.CALLER),
        ("leave", Cause.CALLER),
        ("queue-full", Cause.OTHERS),
        ("error", Cause.OTHERS),
    )
)

WAITING: Final = (
    Guess(
        "",
        (
            ("QueuePosition", "1"),
            ("QueueSid", QUEUE_SID),
            ("QueueTime", "0"),
            ("AvgQueueTime", "0"),
            ("CurrentQueueSize", "1"),
            ("MaxQueueSize", "100"),
        ),
        Cause.DOCUMENT,
    ),
)

PAID: Final = (
    Guess("success", (("Result", "success"), ("PaymentConfirmationCode", "ch_1")), Cause.CALLER),
    Guess("caller-interrupted-with-star", (("Result", "caller-interrupted-with-star"),), Cause.CALLER),
    Guess("payment-connector-error", (("Result", "payment-connector-error"),), Cause.OTHERS),
)

CONNECTED: Final = (Guess("ended", (), Cause.CALLER),)
"""A Connect whose far end has hung up, once there was a talk."""
NOT_CONNECTED: Final = (
    Guess("failed", (("VirtualAgentStatus", "failed"), ("VirtualAgentErrorCode", "32602")), Cause.OTHERS),
)
RELAYED: Final = (
    Guess(
        "ended",
        (
            ("SessionId", RELAY_SID),
            ("SessionStatus", "ended"),
            ("SessionDuration", "42"),
            ("HandoffData", ""),
        ),
        Cause.CALLER,
    ),
    Guess(
        "failed",
        (
            ("SessionId", RELAY_SID),
            ("SessionStatus", "failed"),
            ("SessionDuration", "0"),
            ("ErrorCode", "64102"),
        ),
        Cause.OTHERS,
    ),
)
"""A ConversationRelay (reference/twiml 10.4)."""

TRANSFERRED: Final = (Guess("", (("ReferTransferTarget", TRANSFER_TARGET),), Cause.CALLER),)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the caller of a crawl presses and says, in place of what is made up."""

    digits: tuple[str, ...] = ()
    speech: tuple[str, ...] = ()

    def gathered(self, num_digits: int | None) -> tuple[Guess, ...]:
        """What might be pressed when so many keys are wanted, None for any number."""
        pressed = self.digits or _digits(num_digits)
        if num_digits is not None:
            pressed = tuple(dict.fromkeys(digits[:num_digits] for digits in pressed))
        return tuple(
            Guess(digits, (("Digits", digits), ("FinishedOnKey", "")), Cause.CALLER) for digits in pressed
        )

    def spoken(self, hints: tuple[str, ...]) -> tuple[Guess, ...]:
        """What might be said; hints: of the Gather."""
        said = self.speech or hints[:HINTS_MAX] or UTTERANCES
        return tuple(
            Guess(f"“{text}”", (("SpeechResult", text), ("Confidence", "0.9")), Cause.CALLER) for text in said
        )


NOTHING: Final = Guess("nothing", (("Digits", ""), ("FinishedOnKey", "")), Cause.DOCUMENT)
"""A Gather that asks its action although nothing came."""


def _digits(count: int | None) -> tuple[str, ...]:
    match count:
        case 1:
            return tuple(KEYS)
        case None:
            return (*KEYS[:3], LONG_ENTRY[:4])
        case _:
            return (LONG_ENTRY[:count], "0" * min(count, len(LONG_ENTRY)))
