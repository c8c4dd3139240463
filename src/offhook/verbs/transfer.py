"""A transfer that a REFER asked for: what the one who stays goes on with, and how the other one leaves.

                              answerOnBridge=false                    answerOnBridge=true
    webhook answered          the transferor is told 200, and leaves  the two talk on
    document says or dials    -                                       it is told 200 and leaves now: a target
                                                                      answered, or the document speaks
    nobody reached, no        the document goes on                    it is told, and the two talk on
    document

Made by `talk.py`, taken by `dial.py` and `switchboard/dial_callee.py`, run by `runner.py`.
Source: reference/twiml 6.9, sip-interface 6.2; RFC 3515.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from offhook.call.call import Call
from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus
from offhook.verbs.dialler import ChildCall
from offhook.verbs.verb import GoTo

SUCCESS: Final = 200
CANCELED: Final = 487
UNAVAILABLE: Final = 503
DECLINED: Final = 603
_STATUSES: Final = {CallStatus.BUSY: 486, CallStatus.NO_ANSWER: 480, CallStatus.CANCELED: CANCELED}
"""What the transferor is told of a target that did not refuse: it was called no more."""


class Departure:
    """The party that transfers: it is told how that goes, and leaves or stays."""

    def __init__(
        self, call: Call, let_go: Callable[[], None], resume: Callable[[], None], *, waits: bool
    ) -> None:
        """let_go: ends the bridge and that call. resume: the two talk on. waits: until a target answers."""
        self._call = call
        self._let_go = let_go
        self._resume = resume
        self._waits = waits
        self._has_left = False
        self._followers: list[Callable[[], None]] = []
        self.failure = DECLINED
        """What it is told when it stays: of a document that dials nobody, that it was declined."""

    @property
    def is_gone(self) -> bool:
        """Whether the one who stays has nobody to talk to any more."""
        return self._has_left or self._call.leg.is_ended

    def document_is_here(self) -> None:
        """The application has answered with a document that can be run."""
        if not self._waits:
            self.leave()

    def document_failed(self) -> None:
        """There is no document, or it cannot be run."""
        self.failure = UNAVAILABLE
        if not self._waits:
            self.leave(UNAVAILABLE)

    def leave(self, status: int = SUCCESS) -> None:
        """The transfer is done: it is told so, and its call ends."""
        if self.is_gone:
            return
        self._has_left = True
        self._call.leg.referrals.tell(status)
        self._let_go()

    def fail(self) -> None:
        """The transfer came to nothing: it is told so, and stays."""
        if not self.is_gone:
            self._call.leg.referrals.tell(self.failure)
            self._resume()

    def reached_nobody(self, status: CallStatus, child: CallRecord | None) -> None:
        """What became of the call to the target."""
        answered = child.sip_response_code if child is not None else None
        has_refused = answered is not None and answered >= 300 and answered != CANCELED
        self.failure = answered if has_refused and answered else _STATUSES.get(status, UNAVAILABLE)

    def when_gone(self, do: Callable[[], None]) -> None:
        """Do this when it hangs up although a target is still rung."""
        self._followers.append(do)

    async def watch(self) -> None:
        """Wait for the end of its call, of its own accord or ours."""
        await self._call.ended.wait()
        if self._has_left:
            return
        self._let_go()
        for do in self._followers:
            do()


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a call that stays is to go on with; exactly one of `document` and `guest` is there."""

    departure: Departure
    document: GoTo | None = None
    """A blind transfer: what `referUrl` says."""
    guest: ChildCall | None = None
    """An attended one: who takes the transferor's place, answered already."""
