"""One process of a speech engine: start it, ask it, end it.

Owned by `speech/hibari.py`, which asks one thing at a time. A child that failed once is ended and
never asked again, because what still comes out of its pipe would be the answer to an old question.
The child is in a session of its own (Ctrl-C in a terminal does not reach it), has none of our
sockets, and only the harmless part of our environment.
"""

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from typing import Final

from offhook.base.errors import UsageError
from offhook.base.process_handle import ProcessHandle
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
from offhook.speech.ports import SpeechError, SpokenAudio, Utterance

INHERITED: Final = frozenset(
    {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH", "TMPDIR"}
)
"""What an engine needs of the environment; the rest may hold secrets."""


LOST: Final = (OSError, asyncio.IncompleteReadError, FrameError)
"""How a broken child shows itself; TimeoutError and BrokenPipeError are OSErrors."""


class ChildLostError(SpeechError):
    """The child crashed, hung or babbled: end it and start another one."""


class Child:
    """A running engine. `start` makes one; whoever has it must `end` it."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise UsageError("a child needs pipes")
        self._process = process
        self._handle = ProcessHandle(process.pid)
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._rate_hz = 0

    @classmethod
    async def start(cls, command: Sequence[str], timeout_s: float) -> "Child":
        """Start the engine and wait until its models are loaded.

        Raises: ChildLostError when it cannot be started, ends at once or is not ready in time.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, env=_environment(os.environ), start_new_session=True
            )
        except OSError as error:
            raise ChildLostError(f"the speech engine cannot be started: {error}") from error
        child = cls(process)
        try:
            async with asyncio.timeout(timeout_s):
                child._rate_hz = read_rate((await child._read(ReplyKind.READY)).payload)
        except LOST as error:
            await child.end()
            raise ChildLostError(f"the speech engine did not start: {_cause(error)}") from error
        except asyncio.CancelledError:
            await child.end()
            raise
        return child

    async def speak(self, utterance: Utterance, timeout_s: float) -> SpokenAudio:
        """Ask for an utterance and wait for its audio.

        Raises: SpeechError when the engine cannot say this text, ChildLostError when it is lost.
        """
        try:
            async with asyncio.timeout(timeout_s):
                self._stdin.write(pack_request(utterance))
                await self._stdin.drain()
                reply = await self._read(ReplyKind.AUDIO, ReplyKind.REFUSED)
        except LOST as error:
            raise ChildLostError(f"the speech engine was lost: {_cause(error)}") from error
        if reply.kind is ReplyKind.REFUSED:
            raise SpeechError(f"the text cannot be spoken: {reply.payload.decode('utf-8', 'replace')[:200]}")
        return SpokenAudio(reply.payload, self._rate_hz)

    async def end(self) -> None:
        """Kill the process and wait until it and its pipes are gone. Twice is once."""
        self._handle.kill()
        self._stdin.close()
        await self._process.communicate()

    async def _read(self, *expected: ReplyKind) -> Reply:
        length = read_length(await self._stdout.readexactly(LENGTH.size))
        reply = read_reply(await self._stdout.readexactly(length))
        if reply.kind not in expected:
            raise FrameError(f"a reply {reply.kind.name} out of turn")
        return reply


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in ours.items() if name in INHERITED}


def _cause(error: BaseException) -> str:
    """In a sentence's end: what the log says about it."""
    match error:
        case TimeoutError():
            return "it needed too long"
        case asyncio.IncompleteReadError() | ConnectionError():
            return "its process ended"
        case _:
            return str(error)
