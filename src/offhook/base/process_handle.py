"""A process that can be killed without taking its exit status from the event loop that waits for it.

asyncio's own `kill` asks for the status first. When the process is ending by itself at that moment, the
thread that waits for it finds nobody, and says so on stderr.
Source: pidfd_open(2).
"""

import os
import signal


class ProcessHandle:
    """Of a child that was just started; `kill` gives it up."""

    def __init__(self, pid: int) -> None:
        try:
            self._fd: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._fd = None  # it has ended, and its status has been taken

    def kill(self) -> None:
        """End it; nothing happens where it has ended. Twice is once."""
        if self._fd is None:
            return
        handle, self._fd = self._fd, None
        try:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        except ProcessLookupError:
            return  # it has ended by itself
        finally:
            os.close(handle)
