"""The process of a speech engine: how one is started, and why one was lost.

In a session of its own (Ctrl-C in a terminal does not reach it), with none of our sockets and only the
harmless part of our environment. Used by `child.py` and `recognition/child.py`.
"""

import asyncio
import os
from collections.abc import Sequence
from typing import Final

from offhook.waiting.child_process import ChildProcess

INHERITED: Final = frozenset(
    {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH", "TMPDIR"}
)
"""What an engine needs of the environment; the rest may hold secrets."""


async def start_engine(command: Sequence[str]) -> ChildProcess:
    """Start one. Raises: OSError when it cannot be started."""
    environment = {name: value for name, value in os.environ.items() if name in INHERITED}
    return await ChildProcess.start(*command, env=environment)


def cause_of_loss(error: BaseException) -> str:
    """In a sentence's end: why an engine does not answer."""
    match error:
        case TimeoutError():
            return "it needed too long"
        case asyncio.IncompleteReadError() | ConnectionError():
            return "its process ended"
        case _:
            return str(error)
