"""The states of a leg, what can happen to it and what it does about it: one table.

            answer()                         hang_up() or the peer's BYE
    INCOMING ------> ANSWERED ------------------------------> ENDED
       |  refuse(), the caller's CANCEL                         ^
       +------------------------------------------------------- |
    DIALLING -- the peer's 2xx --> ANSWERED                     |
       +---- refused, timed out, hang_up() ---------------------+

Run by `call/leg.py`; proved total by a test.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from offhook.base.symbol import Symbol


class LegState(Symbol):
    """Where a leg stands."""

    INCOMING = auto()
    """The peer's INVITE waits for our answer."""
    DIALLING = auto()
    """Our INVITE waits for the peer's answer."""
    ANSWERED = auto()
    """There is a dialog and there is audio."""
    ENDED = auto()
    """Nothing follows; `end` says why."""


class LegInput(Symbol):
    """What can happen to a leg."""

    ANSWER = auto()
    REFUSE = auto()
    HANG_UP = auto()
    ACCEPTED = auto()
    REFUSED = auto()
    CANCELED = auto()
    CLOSED = auto()


class LegEffect(Symbol):
    """What a leg does about it, in this order."""

    OPEN_PORT = auto()
    SEND_ANSWER = auto()
    SEND_REFUSAL = auto()
    SEND_CLOSE = auto()
    START_MEDIA = auto()
    CLOSE_MEDIA = auto()


class LegCause(Enum):
    """Why a leg ended."""

    HUNG_UP_HERE = auto()
    HUNG_UP_THERE = auto()
    REFUSED_HERE = auto()
    REFUSED_THERE = auto()
    GIVEN_UP_THERE = auto()
    """CANCEL, or BYE before the answer."""
    GIVEN_UP_HERE = auto()
    BROKEN = auto()
    """No ACK, no answer to our requests, no flow left."""


@dataclass(frozen=True, slots=True)
class LegEnd:
    """How a leg ended."""

    cause: LegCause
    sip_status: int | None
    """The final response to the INVITE; 200 for a leg that was answered, 487 where our INVITE was canceled;
    None when there was none."""
    text: str
    """For the log and the caller's eye."""
    sip_call_id: str = ""
    """Call-ID of the INVITE that stands for a leg that dialled; "" for one that did not."""
    has_response: bool = True
    """False for a leg that dialled and whose status was made here: nobody responded (408), no way (503)."""
    uri: str = ""
    """Request-URI of the INVITE that stands for a leg that dialled and was refused."""
    error_code: int | None = None
    """Twilio's code of what was wrong with the peer's answer; `text` says it."""


IGNORED: Final[tuple[LegState, tuple[LegEffect, ...]] | None] = None

_ANSWERED, _ENDED = LegState.ANSWERED, LegState.ENDED

TRANSITIONS: Final[dict[tuple[LegState, LegInput], tuple[LegState, tuple[LegEffect, ...]] | None]] = {
    (LegState.INCOMING, LegInput.ANSWER): (_ANSWERED, (LegEffect.OPEN_PORT, LegEffect.SEND_ANSWER)),
    (LegState.INCOMING, LegInput.REFUSE): (_ENDED, (LegEffect.SEND_REFUSAL, LegEffect.CLOSE_MEDIA)),
    (LegState.INCOMING, LegInput.HANG_UP): (_ENDED, (LegEffect.SEND_CLOSE, LegEffect.CLOSE_MEDIA)),
    (LegState.INCOMING, LegInput.ACCEPTED): IGNORED,
    (LegState.INCOMING, LegInput.REFUSED): IGNORED,
    (LegState.INCOMING, LegInput.CANCELED): (_ENDED, (LegEffect.CLOSE_MEDIA,)),
    (LegState.INCOMING, LegInput.CLOSED): (_ENDED, (LegEffect.CLOSE_MEDIA,)),
    (LegState.DIALLING, LegInput.ANSWER): IGNORED,
    (LegState.DIALLING, LegInput.REFUSE): IGNORED,
    (LegState.DIALLING, LegInput.HANG_UP): (_ENDED, (LegEffect.SEND_CLOSE, LegEffect.CLOSE_MEDIA)),
    (LegState.DIALLING, LegInput.ACCEPTED): (_ANSWERED, (LegEffect.START_MEDIA,)),
    (LegState.DIALLING, LegInput.REFUSED): (_ENDED, (LegEffect.CLOSE_MEDIA,)),
    (LegState.DIALLING, LegInput.CANCELED): IGNORED,
    (LegState.DIALLING, LegInput.CLOSED): (_ENDED, (LegEffect.CLOSE_MEDIA,)),
    (LegState.ANSWERED, LegInput.ANSWER): IGNORED,
    (LegState.ANSWERED, LegInput.REFUSE): IGNORED,
    (LegState.ANSWERED, LegInput.HANG_UP): (_ENDED, (LegEffect.SEND_CLOSE, LegEffect.CLOSE_MEDIA)),
    (LegState.ANSWERED, LegInput.ACCEPTED): IGNORED,
    (LegState.ANSWERED, LegInput.REFUSED): IGNORED,
    (LegState.ANSWERED, LegInput.CANCELED): IGNORED,
    (LegState.ANSWERED, LegInput.CLOSED): (_ENDED, (LegEffect.CLOSE_MEDIA,)),
    **{(LegState.ENDED, step): IGNORED for step in LegInput},
}
