"""A program that runs beside the loop: its pipes as streams, its end awaited.

In place of asyncio's own, because uvloop's runs Python in the forked child before the program begins. A lock
that another thread of ours held at that moment, SQLite's for one, is held there for ever: the child waits for
it, and the loop waits for the child. `subprocess` runs none. The end is told by a pidfd, so that nothing here
concerns SIGCHLD, and a kill never meets another process that was given the number.
Source: pidfd_open(2), vfork(2).
"""

import asyncio
import os
import signal
from asyncio import StreamReader, StreamReaderProtocol, StreamWriter
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum, auto
from subprocess import DEVNULL, PIPE, Popen
from typing import IO, Final


class Output(Enum):
    """What of a program is read."""

    STDOUT = auto()
    """Its stdout; its stderr is ours."""
    STDOUT_ALONE = auto()
    """Its stdout; what it says on stderr is dropped."""
    STDERR_ALONE = auto()
    """Its stderr; what it says on stdout is dropped."""


_WHERE_TO: Final = {
    Output.STDOUT: (PIPE, None),
    Output.STDOUT_ALONE: (PIPE, DEVNULL),
    Output.STDERR_ALONE: (DEVNULL, PIPE),
}


class ChildProcess:
    """One that was started; whoever has it must `finish` or `end` it."""

    def __init__(self, process: Popen[bytes]) -> None:
        """Use `start`. Raises: OSError when there is no file descriptor left."""
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._handle: int | None = os.pidfd_open(process.pid)
        self._loop.add_reader(self._handle, self._reap)
        self._reading: asyncio.ReadTransport
        self.stdin: StreamWriter
        self.output: StreamReader

    @classmethod
    async def start(
        cls,
        *command: str,
        output: Output = Output.STDOUT,
        env: Mapping[str, str] | None = None,
        own_session: bool = True,
    ) -> "ChildProcess":
        """Start a program. Raises: OSError when it cannot be started.

        command: the program, sought on PATH, and its arguments. env: None is ours. own_session: whether it is
        out of reach for Ctrl-C in a terminal.
        """
        stdout, stderr = _WHERE_TO[output]
        process = Popen(  # noqa: ASYNC220, S603 - takes a millisecond; who calls chose the program
            command,
            bufsize=0,
            stdin=PIPE,
            stdout=stdout,
            stderr=stderr,
            env=env,
            start_new_session=own_session,
        )
        try:
            child = cls(process)
        except OSError:
            process.kill()
            with process:  # closes its pipes, takes its status
                raise
        try:
            await child._connect(_pipe(process.stdin), _pipe(process.stdout or process.stderr))
        except BaseException:
            child.kill()
            raise
        return child

    async def _connect(self, stdin: IO[bytes], output: IO[bytes]) -> None:
        self.output = StreamReader()
        self._reading, _ = await self._loop.connect_read_pipe(
            lambda: StreamReaderProtocol(self.output), output
        )
        writing, protocol = await self._loop.connect_write_pipe(
            lambda: StreamReaderProtocol(StreamReader()), stdin
        )
        self.stdin = StreamWriter(writing, protocol, None, self._loop)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def kill(self) -> None:
        """End it; nothing happens where it has ended. Its status is still to be waited for."""
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def _reap(self) -> None:
        if self._handle is not None:
            self._loop.remove_reader(self._handle)
            os.close(self._handle)
            self._handle = None
            self._ended.set_result(self._process.wait())  # which has ended: this takes its status

    async def wait(self) -> int:
        """Its exit status; negative the number of the signal that ended it."""
        return await asyncio.shield(self._ended)

    async def send(self, data: bytes) -> None:
        """Write to its stdin, and wait until there is room for more. Raises: ConnectionError."""
        if self.stdin.is_closing():
            raise BrokenPipeError("the process reads no more")
        self.stdin.write(data)
        await self.stdin.drain()

    async def finish(self, given: bytes = b"") -> bytes:
        """Give it the rest of its input; all that it prints until it ends. Cancelling ends it."""
        try:
            _, said, _ = await asyncio.gather(self._feed(given), self.output.read(), self.wait())
        except asyncio.CancelledError:
            await self.end()
            raise
        self._reading.close()
        return said

    async def _feed(self, given: bytes) -> None:
        try:
            if given:
                await self.send(given)
        except ConnectionError:
            pass  # it reads no more: what it prints and its status say why
        finally:
            self.stdin.close()

    async def end(self) -> None:
        """Kill it, and wait until it and its pipes are gone. Twice is once."""
        self.kill()
        self.stdin.close()
        self._reading.close()
        await self.wait()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise AssertionError("there is a pipe where one was asked for")
    return pipe
