"""Nodes forked from a process that has read Offhook's code already: the same node, a second of CPU earlier.

    test -- argv, environment, where to print --> mother --fork--> `offhook ARGV`
         <-- pid, in the end the exit status ----

The mother has imported modules and nothing else: no loop, no thread, no socket but this one. One for each
test process, started with the first node, ended by the end of its socket. That the executable itself starts
is shown by the tests that run it (`test_first_call.py`, `test_stopping.py`, `test_demo.py`).
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
OFFHOOK: Final = Path(sys.executable).with_name("offhook")
MESSAGE_MAX: Final = 256 * 1024
"""Bytes of a request: arguments and environment."""
KILLED: Final = 137
"""Exit status that is told of a node whose mother is gone."""


class PreloadedProcess:
    """One node; as much of `subprocess.Popen` as tests need."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], errors: IO[str]) -> None:
        """Start `offhook ARGUMENTS` in the folder of the sources; errors: where stderr goes."""
        self._told, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reading, writing = os.pipe()
        request = json.dumps({"arguments": list(arguments), "environment": dict(environment)}).encode()
        assert len(request) <= MESSAGE_MAX
        with far:
            socket.send_fds(_mother().requests, [request], [far.fileno(), writing, errors.fileno()])
        os.close(writing)
        self.stdout: IO[str] = os.fdopen(reading, encoding="utf-8")
        self.pid = int(self._told.recv(64))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, negative the number of a signal; None while it runs."""
        return self._look(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises: subprocess.TimeoutExpired."""
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("offhook", timeout or 0.0)
        return status

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], timeout)[0]:
            self.returncode = int(self._told.recv(64) or str(KILLED))
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Mother:
    """The process that forks them."""

    def __init__(self) -> None:
        self.requests, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.requests.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MESSAGE_MAX)
        with far:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.preloaded", str(far.fileno())],
                cwd=ROOT,
                pass_fds=[far.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        atexit.register(self.close)

    def close(self) -> None:
        """Let it end."""
        self.requests.close()
        self._process.wait()


@cache
def _mother() -> Mother:
    """This test process's, made for its first node."""
    return Mother()


# In the mother


def serve(requests: socket.socket) -> None:
    """Fork a node for each request, and tell what becomes of it, until there are no more."""
    running: dict[int, tuple[int, socket.socket]] = {}
    while True:
        watched: list[socket.socket | int] = [requests, *running]
        readable, _, _ = select.select(watched, [], [])
        for each in readable:
            if isinstance(each, int):
                pid, told = running.pop(each)
                _, status = os.waitpid(pid, 0)
                os.close(each)
                with told, suppress(BrokenPipeError):
                    told.send(str(os.waitstatus_to_exitcode(status)).encode())
                continue
            request, passed, _, _ = socket.recv_fds(requests, MESSAGE_MAX, 3)
            if not request:
                return
            told_fd, stdout, stderr = passed
            told = socket.socket(fileno=told_fd)
            pid = os.fork()
            if pid == 0:
                requests.close()
                for pidfd, (_, other) in running.items():
                    os.close(pidfd)
                    other.close()
                told.close()
                become(json.loads(request), stdout, stderr)
            os.close(stdout)
            os.close(stderr)
            told.send(str(pid).encode())
            running[os.pidfd_open(pid)] = (pid, told)


def become(request: Mapping[str, Any], stdout: int, stderr: int) -> None:
    """Be that node, and never return."""
    from offhook.cli.main import main

    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.close(stdout)
    os.close(stderr)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [str(OFFHOOK), *request["arguments"]]
    status: object = 1
    try:
        main()
        status = 0
    except SystemExit as ended:
        status = 0 if ended.code is None else ended.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 1)


if __name__ == "__main__":
    import offhook.cli.main
    import offhook.cli.serve  # noqa: F401 - read once for all

    serve(socket.socket(fileno=int(sys.argv[1])))
