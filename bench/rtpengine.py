"""rtpengine as a relay in userspace: the peer of the row `relay-peer`.

Driven by its ng protocol: `ng`.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.ng import Control
from bench.process import SERVER_CORE, Program, running
from bench.row import BenchError
from bench.udp_port import free_udp_port

PORTS: Final = (20_000, 32_000)
"""Below those that the system gives to the callers; two for each leg."""


@contextmanager
def running_rtpengine() -> Iterator[tuple[Program, Control]]:
    """Start it on the server's core, with one worker and without its kernel module."""
    port = free_udp_port()
    with TemporaryDirectory(prefix="offhook-bench-") as name:
        command: list[str | Path] = [
            _executable(), "--config-file=none", "--table=-1", "--foreground", "--log-stderr",
            "--log-level=1", "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{port}", "--num-threads=1",
            "--delete-delay=0", f"--port-min={PORTS[0]}", f"--port-max={PORTS[1]}",
        ]  # fmt: skip
        with (
            running(SERVER_CORE, command, log=Path(name) / "rtpengine.log", goes_first=True) as program,
            Control(port) as control,
        ):
            control.wait_for_answer()
            yield program, control


def version() -> str | None:
    """Its version; None where it is not installed."""
    try:
        said = subprocess.run([_executable(), "--version"], capture_output=True, text=True, check=False)
    except BenchError:
        return None
    found = re.search(r"Version: ([0-9.]+[0-9])", said.stdout + said.stderr)
    return found[1] if found is not None else None


def _executable() -> str:
    found = shutil.which("rtpengine")
    if found is None:
        raise BenchError("there is no rtpengine (Debian: rtpengine-daemon)")
    return found
