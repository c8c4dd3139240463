"""One process of a speech engine: start it, ask it, end it.

Owned by `speech/hibari.py`, which asks one thing at a time. A child that failed once is ended and
never asked again, because what still comes out of its pipe would be the answer to an old question.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from offhook.speech.engine_process import cause_of_loss, start_engine
from offhook.speech.frame import (
    LENGTH,
    FrameError,
    Reply,
    ReplyKind,
    pack_request,
    read_length,
    read_rate,
    read_reply,
)
from offhook.speech.ports import EngineLostError, SpeechError, SpokenAudio, Utterance
from offhook.waiting.child_process import ChildProcess
from offhook.waiting.timeout import timeout

LOST: Final = (OSError, asyncio.IncompleteReadError, FrameError)
"""How a broken child shows itself; TimeoutError and BrokenPipeError are OSErrors."""


class ChildLostError(EngineLostError):
    """The child crashed, hung or babbled: end it and start another one."""


class Child:
    """A running engine. `start` makes one; whoever has it must `end` it."""

    def __init__(self, process: ChildProcess) -> None:
        self._process = process
        self._rate_hz = 0

    @classmethod
    async def start(cls, command: Sequence[str], timeout_s: float) -> "Child":
        """Start the engine and wait until its models are loaded.

        Raises: ChildLostError when it cannot be started, ends at once or is not ready in time.
        """
        try:
            process = await start_engine(command)
        except OSError as error:
            raise ChildLostError(f"the speech engine cannot be started: {error}") from error
        child = cls(process)
        try:
            async with timeout(timeout_s):
                child._rate_hz = read_rate((await child._read(ReplyKind.READY)).payload)
        except LOST as error:
            await child.end()
            raise ChildLostError(f"the speech engine did not start: {cause_of_loss(error)}") from error
        except asyncio.CancelledError:
            await child.end()
            raise
        return child

    async def speak(self, utterance: Utterance, timeout_s: float) -> SpokenAudio:
        """Ask for an utterance and wait for its audio.

        Raises: SpeechError when the engine cannot say this text, ChildLostError when it is lost.
        """
        try:
            async with timeout(timeout_s):
                await self._process.send(pack_request(utterance))
                reply = await self._read(ReplyKind.AUDIO, ReplyKind.REFUSED)
        except LOST as error:
            raise ChildLostError(f"the speech engine was lost: {cause_of_loss(error)}") from error
        if reply.kind is ReplyKind.REFUSED:
            raise SpeechError(f"the text cannot be spoken: {reply.payload.decode('utf-8', 'replace')[:200]}")
        return SpokenAudio(reply.payload, self._rate_hz)

    async def end(self) -> None:
        """Kill the process and wait until it and its pipes are gone. Twice is once."""
        await self._process.end()

    async def _read(self, *expected: ReplyKind) -> Reply:
        length = read_length(await self._process.output.readexactly(LENGTH.size))
        reply = read_reply(await self._process.output.readexactly(length))
        if reply.kind not in expected:
            raise FrameError(f"a reply {reply.kind.name} out of turn")
        return reply
