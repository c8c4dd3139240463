"""One process of the recogniser: start it, ask it, end it.

Owned by `whisper.py`, which asks one thing at a time. A child that failed once is ended and never asked
again, because what still comes out of its pipe would be the answer to an old question. It is started as the
voice's child is: in a session of its own, with none of our sockets and the harmless part of our environment.
"""

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import Final

from offhook.base.errors import UsageError
from offhook.base.process_handle import ProcessHandle
from offhook.speech.child import INHERITED
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

LOST: Final = (OSError, asyncio.IncompleteReadError, RecognitionFrameError)
"""How a broken child shows itself; TimeoutError and BrokenPipeError are OSErrors."""


class ListenerLostError(Exception):
    """The child crashed, hung or babbled: end it and start another one."""


class ListenerChild:
    """A running engine. `start` makes one; whoever has it must `end` it."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise UsageError("a child needs pipes")
        self._process = process
        self._handle = ProcessHandle(process.pid)
        self._stdin = process.stdin
        self._stdout = process.stdout
        self.ready = Ready(is_multilingual=False)

    @classmethod
    async def start(cls, command: Sequence[str], timeout_s: float) -> "ListenerChild":
        """Start the engine and wait until its model is loaded.

        Raises: ListenerLostError when it cannot be started, ends at once or is not ready in time.
        """
        environment = {name: value for name, value in os.environ.items() if name in INHERITED}
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, env=environment, start_new_session=True
            )
        )
        try:
            process = await asyncio.shield(starting)  # asyncio leaves the pipes of one cut short open
        except asyncio.CancelledError:
            await cls(await starting).end()
            raise
        except OSError as error:
            raise ListenerLostError(f"the recogniser cannot be started: {error}") from error
        child = cls(process)
        try:
            async with asyncio.timeout(timeout_s):
                ready = await child._read()
                if not isinstance(ready, Ready):
                    raise RecognitionFrameError("words before it was ready")
                child.ready = ready
        except LOST as error:
            await child.end()
            raise ListenerLostError(f"the recogniser did not start: {_cause(error)}") from error
        except asyncio.CancelledError:
            await child.end()
            raise
        return child

    async def recognise(self, piece: Piece, timeout_s: float) -> Words:
        """The words of a piece. Raises: ListenerLostError."""
        try:
            async with asyncio.timeout(timeout_s):
                self._stdin.write(pack_request(piece))
                await self._stdin.drain()
                reply = await self._read()
                if not isinstance(reply, Words):
                    raise RecognitionFrameError("it was ready twice")
                return reply
        except LOST as error:
            raise ListenerLostError(f"the recogniser was lost: {_cause(error)}") from error

    async def end(self) -> None:
        """Kill the process and wait until it and its pipes are gone. Twice is once."""
        self._handle.kill()
        self._stdin.close()
        await self._process.communicate()

    async def _read(self) -> Words | Ready:
        length = read_length(await self._stdout.readexactly(LENGTH.size))
        return read_reply(await self._stdout.readexactly(length))


def _cause(error: BaseException) -> str:
    """In a sentence's end: what the log says about it."""
    match error:
        case TimeoutError():
            return "it needed too long"
        case asyncio.IncompleteReadError() | ConnectionError():
            return "its process ended"
        case _:
            return str(error)
