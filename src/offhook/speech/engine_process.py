"""The process of a speech engine and its two pipes: started, read frame by frame, ended.

In a session of its own (Ctrl-C in a terminal does not reach it), with none of our sockets and only the
harmless part of our environment. Used by `child.py` and `recognition/child.py`.
"""

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import Final

from offhook.base.errors import UsageError
from offhook.base.process_handle import ProcessHandle

INHERITED: Final = frozenset(
    {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH", "TMPDIR"}
)
"""What an engine needs of the environment; the rest may hold secrets."""


class EngineProcess:
    """One that runs; whoever has it must `end` it."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise UsageError("an engine needs pipes")
        self._process = process
        self._handle = ProcessHandle(process.pid)
        self._stdin = process.stdin
        self.stdout = process.stdout

    @classmethod
    async def start(cls, command: Sequence[str]) -> "EngineProcess":
        """Start it. Raises: OSError when it cannot be started."""
        environment = {name: value for name, value in os.environ.items() if name in INHERITED}
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, env=environment, start_new_session=True
            )
        )
        try:
            return cls(await asyncio.shield(starting))  # asyncio leaves the pipes of one cut short open
        except asyncio.CancelledError:
            await cls(await starting).end()
            raise

    @property
    def pid(self) -> int:
        """Of its process, for who measures it."""
        return self._process.pid

    async def send(self, data: bytes) -> None:
        """Write to its stdin. Raises: OSError."""
        self._stdin.write(data)
        await self._stdin.drain()

    async def end(self) -> None:
        """Kill it, and wait until it and its pipes are gone. Twice is once."""
        self._handle.kill()
        self._stdin.close()
        await self._process.communicate()


def cause_of_loss(error: BaseException) -> str:
    """In a sentence's end: why an engine does not answer."""
    match error:
        case TimeoutError():
            return "it needed too long"
        case asyncio.IncompleteReadError() | ConnectionError():
            return "its process ended"
        case _:
            return str(error)
