"""What Dial asks of the node: to call somebody beside the call that runs, and to be told how that goes.

`switchboard/dial_callee.py` does it. A child call has an owner and a program of its own: it is answered,
runs its whisper, is ready to be bridged, and is let go of when the bridge is over.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from offhook.base.redact import Secret
from offhook.call.call import Call
from offhook.call.inbox import CallCommand
from offhook.call.progress import StatusCallback
from offhook.model.call import Call as CallRecord
from offhook.sip.headers.replaces import Replaces
from offhook.twiml.dial.application import Application
from offhook.twiml.dial.client import Client
from offhook.twiml.dial.number import Number
from offhook.twiml.dial.sip import Sip
from offhook.verbs.detection import DetectionOrder
from offhook.verbs.verb import GoTo
from offhook.webhook.ports import Conversation

if TYPE_CHECKING:
    from offhook.verbs.transfer import Transfer


class OverloadError(Exception):
    """The node takes no more calls: it is full or being stopped, or its database does not answer."""


class TransferTooEarlyError(Exception):
    """An attended transfer names a call that is about to be bridged."""

    def __init__(self, named: Call) -> None:
        super().__init__(named.sid)
        self.named = named


class TransferRefusedError(Exception):
    """An attended transfer that cannot be done: why, in a sentence."""

    def __init__(self, sip_status: int, message: str) -> None:
        super().__init__(message)
        self.sip_status = sip_status


@dataclass(frozen=True, slots=True)
class Callee:
    """Whom to call; checked already."""

    noun: Sip | Client | Number | Application
    """What the document says."""
    parent: CallRecord
    """The call whose Dial it is."""
    caller_id: str
    """User part of From, and the record's From."""
    phone_number_sid: str | None
    """Of the account's number that it is."""
    whisper: GoTo | None
    """Absolute; the document that runs once it is answered."""
    status_callback: StatusCallback | None
    """Who is told how it goes."""
    auth_token: Secret
    """Signs its requests."""
    conversation: Conversation
    """With the application, of the whole of the parent call."""
    detection: DetectionOrder | None = None
    """How a machine is told from a person once it is answered."""


class ChildCall:
    """A call that a Dial made, from the Dial's side; or one that takes part in a talk like it."""

    def __init__(self, call: Call, *, has_prelude: bool = False) -> None:
        self.call = call
        self.has_prelude = has_prelude
        """Whether a whisper or keys come between its answer and the bridge."""
        self.ready = asyncio.Event()
        """It is answered, its whisper is over, and it waits for the bridge."""
        self.left = asyncio.Event()
        """It is not to be bridged, or not any more: set by `leave`."""
        self._followers: list[Callable[[], None]] = []
        self._following: asyncio.Task[None] | None = None
        self._is_released = False
        self.waiting_transfer: Transfer | None = None
        """What it is to go on with, since its partner transfers it."""
        self._news = asyncio.Event()
        self.replaced_by: ChildCall | None = None
        """Who took the call while this one was rung (RFC 3891)."""
        self._is_replaced = asyncio.Event()
        self.returned: tuple[tuple[str, str], ...] = ()
        """What the application that was called tells its Dial."""

    def release(self) -> None:
        """Let it go: the bridge is over. A call that runs another program by now goes on."""
        self._is_released = True
        self._news.set()

    def leave(self) -> None:
        """It has ended, or another program took it over."""
        self.left.set()
        for do in self._followers:
            do()

    def follow_end(self) -> None:
        """Leave with the end of the call, whether or not a program of its own begins before that."""

        async def until_ended() -> None:
            await self.call.ended.wait()
            self.leave()

        self._following = asyncio.create_task(until_ended())

    def when_left(self, do: Callable[[], None]) -> None:
        """Do this when it leaves; now, where it has left."""
        self._followers.append(do)
        if self.left.is_set():
            do()

    def take_transfer(self, transfer: "Transfer") -> None:
        """Its partner transfers it; the one before has been taken."""
        self.waiting_transfer = transfer
        self._news.set()

    async def next_transfer(self) -> "Transfer | None":
        """Wait until it is transferred; None when it is let go of."""
        while True:
            transfer, self.waiting_transfer = self.waiting_transfer, None
            if transfer is not None or self._is_released:
                return transfer
            self._news.clear()
            await self._news.wait()

    def abandon(self, *, has_lost: bool = False) -> None:
        """End it, unless it was answered: it lost to another one, or nobody waits for it any more."""
        if not self.call.answered.is_set():
            self.call.inbox.put(CallCommand.ELSEWHERE if has_lost else CallCommand.END)
        self.release()

    def cancel(self) -> None:
        """End it as `canceled`, unless it was answered: the caller has called it off."""
        if not self.call.answered.is_set():
            self.call.inbox.put(CallCommand.CANCEL)

    def be_replaced(self, other: "ChildCall") -> None:
        """Somebody else answers in its place, and is let go of where nobody rings it any more."""
        self.replaced_by = other
        self._is_replaced.set()
        if self._is_released:
            other.release()

    def take_returned(self, parameters: tuple[tuple[str, str], ...]) -> None:
        """The application that was called tells its Dial more."""
        self.returned += parameters

    async def settled(self) -> None:
        """Wait until it is answered, is replaced, or neither will be."""
        waiting = [
            asyncio.ensure_future(self.call.answered.wait()),
            asyncio.ensure_future(self.call.ended.wait()),
            asyncio.ensure_future(self._is_replaced.wait()),
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()


class Dialler(Protocol):
    """Calls people for Dial."""

    async def phone_number_sid(self, account_sid: str, number: str) -> str | None:
        """The account's number that this is; None when it is none of its. number: E.164.

        Raises: OverloadError.
        """
        ...

    def dial(self, callee: Callee) -> ChildCall:
        """Begin to call; the child is `queued`. Raises: OverloadError."""
        ...

    def take_over(self, call: Call, replaces: Replaces) -> ChildCall | None:
        """Whoever talks with the party of `call` in another call, which then ends; None for no call of ours.

        call: whose peer wants it, who must be of the same account as the other call.
        Raises: TransferRefusedError, TransferTooEarlyError.
        """
        ...
