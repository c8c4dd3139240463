"""One process of the recogniser: start it, ask it, end it.

Owned by `whisper.py`, which asks one thing at a time. A child that failed once is ended and never asked
again, because what still comes out of its pipe would be the answer to an old question.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from offhook.speech.engine_process import cause_of_loss, start_engine
from offhook.speech.recognition.frame import (
    LENGTH,
    Piece,
    Ready,
    RecognitionFrameError,
    Words,
    pack_request,
    read_length,
    read_reply,
)
from offhook.waiting.child_process import ChildProcess
from offhook.waiting.timeout import timeout

LOST: Final = (OSError, asyncio.IncompleteReadError, RecognitionFrameError)
"""How a broken child shows itself; TimeoutError and BrokenPipeError are OSErrors."""


class ListenerLostError(Exception):
    """The child crashed, hung or babbled: end it and start another one."""


class ListenerChild:
    """A running engine. `start` makes one; whoever has it must `end` it."""

    def __init__(self, process: ChildProcess) -> None:
        self._process = process
        self.ready = Ready(is_multilingual=False)

    @classmethod
    async def start(cls, command: Sequence[str], timeout_s: float) -> "ListenerChild":
        """Start the engine and wait until its model is loaded.

        Raises: ListenerLostError when it cannot be started, ends at once or is not ready in time.
        """
        try:
            process = await start_engine(command)
        except OSError as error:
            raise ListenerLostError(f"the recogniser cannot be started: {error}") from error
        child = cls(process)
        try:
            async with timeout(timeout_s):
                ready = await child._read()
                if not isinstance(ready, Ready):
                    raise RecognitionFrameError("words before it was ready")
                child.ready = ready
        except LOST as error:
            await child.end()
            raise ListenerLostError(f"the recogniser did not start: {cause_of_loss(error)}") from error
        except asyncio.CancelledError:
            await child.end()
            raise
        return child

    async def recognise(self, piece: Piece, timeout_s: float) -> Words:
        """The words of a piece. Raises: ListenerLostError."""
        try:
            async with timeout(timeout_s):
                await self._process.send(pack_request(piece))
                reply = await self._read()
                if not isinstance(reply, Words):
                    raise RecognitionFrameError("it was ready twice")
                return reply
        except LOST as error:
            raise ListenerLostError(f"the recogniser was lost: {cause_of_loss(error)}") from error

    async def end(self) -> None:
        """Kill the process and wait until it and its pipes are gone. Twice is once."""
        await self._process.end()

    async def _read(self) -> Words | Ready:
        length = read_length(await self._process.output.readexactly(LENGTH.size))
        return read_reply(await self._process.output.readexactly(length))
