"""Sends to a stream's server what its outbox has, as it comes.

A message leaves in the turn of the loop in which its frame came, since nearly always the socket takes it at
once; a task is made only where the server does not read, and goes on until nothing waits. One is sent at a
time, in order. Made by `live_stream.py`.
"""

import asyncio
from collections.abc import Callable

from offhook.media.ports.event import TapHeard
from offhook.media_streams.outbox import Outbox, Word
from offhook.stream.life import StreamInput
from offhook.streaming.ports import AppSocket, SocketError
from offhook.waiting import eager


class Sender:
    """Works while `run` does."""

    def __init__(self, outbox: Outbox, text_of: Callable[[TapHeard | Word], str], socket: AppSocket) -> None:
        """text_of: makes the text of a message when it is sent, so that the numbers are those of the wire."""
        self.since: float | None = None
        """When the message was begun that the server has not read, on the loop's clock; None: it reads."""
        self._outbox = outbox
        self._text_of = text_of
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._broken: asyncio.Future[StreamInput] = self._loop.create_future()
        self._is_sending = False
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> StreamInput:
        """Send what comes, until the socket breaks. Raises: SocketError."""
        self._outbox.when_filled(self._begin)
        try:
            self._begin()
            return await self._broken
        finally:
            self._outbox.when_filled(None)
            if self._broken.done() and not self._broken.cancelled():
                self._broken.exception()  # it is known, though this was cancelled meanwhile
            if self._task is not None and not self._task.done():
                self._task.cancel()
                await asyncio.wait((self._task,))

    def _begin(self) -> None:
        if not self._is_sending and not self._broken.done():
            self._task = eager.start(self._send_waiting())

    async def _send_waiting(self) -> None:
        self._is_sending = True
        try:
            while (next_ := self._outbox.take()) is not None:
                text = self._text_of(next_)
                self.since = self._loop.time()
                await self._socket.send(text)
                self.since = None
        except SocketError as error:
            if not self._broken.done():
                self._broken.set_exception(error)
        finally:
            self._is_sending = False
