"""The inbox of a leg's owner: everything that happens to it waits here, in order of arrival.

Filled by the SIP endpoint and the media core (events of the leg's session and port) and by who
wants something of the owner (commands). Read by one task: `call/owner.py`, or the phone's.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from offhook.call.leg import LegEvent

INBOX_MAX: Final = 512
"""Things that may wait. A peer that floods one leg ends that leg, not the node."""

Program = Callable[[], Awaitable[None]]
"""What runs on a call: a document of TwiML, and those that follow it. When it ends, the call does."""


class CallCommand(Enum):
    """What others may ask of the owner."""

    TIME_IS_UP = auto()
    END = auto()
    """Hang up now: the node stops, or the API says `completed`."""
    ELSEWHERE = auto()
    """Hang up now: another phone has answered (RFC 3326 §2)."""
    CANCEL = auto()
    """End a call that nobody has answered: the API says `canceled`."""


@dataclass(frozen=True, slots=True)
class RunProgram:
    """Another program takes the place of the one that runs."""

    program: Program
    """What to run."""


@dataclass(frozen=True, slots=True)
class SetTimeLimit:
    """The call may last as long as this."""

    limit_s: float
    """Seconds from the answer on; those that have passed count."""


@dataclass(frozen=True, slots=True)
class ProgramEnded:
    """A program came to its end, or was cancelled."""

    program: "asyncio.Task[None]"
    """Which."""


_ENDING: Final = (CallCommand.END, CallCommand.ELSEWHERE, CallCommand.CANCEL)
OwnerCommand = CallCommand | RunProgram | SetTimeLimit | ProgramEnded
"""What is no event of the leg."""
CallInput = LegEvent | OwnerCommand


class Inbox:
    """A bounded queue with one reader."""

    def __init__(self) -> None:
        self._items: deque[CallInput] = deque()
        self._reader: asyncio.Future[None] | None = None
        self.has_overflowed = False

    def put(self, item: CallInput) -> None:
        """Add an item. The 513th that waits becomes the command to end, and what follows is dropped."""
        if self.has_overflowed:
            return
        if len(self._items) >= INBOX_MAX:
            self.has_overflowed = True
            item = CallCommand.END
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def next(self) -> CallInput:
        """The next item, once there is one."""
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._items.popleft()

    @property
    def ending(self) -> CallCommand | None:
        """The first command to end the call that waits."""
        return next((each for each in self._items if isinstance(each, CallCommand) and each in _ENDING), None)

    def pending(self) -> list[CallInput]:
        """Take all that waits now."""
        items = list(self._items)
        self._items.clear()
        return items
