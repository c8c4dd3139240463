"""SIPp as a caller at a steady rate."""

import csv
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.process import DRIVER_CORE, ROOT, run
from bench.row import BenchError
from bench.udp_port import free_udp_port

SCENARIO: Final = Path(__file__).with_name("drivers") / "call.xml"
LIMIT_S: Final = 60


@dataclass(frozen=True, slots=True)
class CallsMade:
    """What became of the calls of one run."""

    made: int
    retransmissions: int


def place_calls(
    port: int, domain: str, *, rate: int, count: int, hold_ms: int = 0, audio_port: int | None = None
) -> CallsMade:
    """Place `count` calls to 127.0.0.1:port at `rate` a second, each hung up by the caller.

    hold_ms: how long after the answer. audio_port: where all of them have their audio sent; None is a port
    that nobody listens at. Raises: BenchError when a call fails.
    """
    with TemporaryDirectory(prefix="offhook-bench-") as name:
        folder = Path(name)
        command = [
            "sipp", f"127.0.0.1:{port}", "-sf", str(SCENARIO),
            "-key", "domain", domain, "-s", "anyone",
            "-key", "audio_port", str(audio_port or free_udp_port()),
            "-i", "127.0.0.1", "-p", str(free_udp_port()),
            "-m", str(count), "-r", str(rate), "-d", str(hold_ms), "-l", str(20 * rate),
            "-timeout", f"{LIMIT_S}s", "-timeout_error", "-nostdin",
            "-trace_stat", "-stf", "calls.csv", "-fd", "1",
        ]  # fmt: skip
        run(DRIVER_CORE, command, folder=folder)
        with (folder / "calls.csv").open() as file:
            *_, last = csv.DictReader(file, delimiter=";")
        if int(last["SuccessfulCall(C)"]) != count:
            raise BenchError(f"SIPp: {last['FailedCall(C)']} of {count} calls failed")
        return CallsMade(count, int(last["Retransmissions(C)"]))


def require_sipp() -> None:
    """Install SIPp where it is missing, as `make test` does. Raises: BenchError."""
    if shutil.which("sipp") is None:
        installed = subprocess.run([ROOT / "scripts" / "system_packages.sh", "test"], check=False)
        if installed.returncode != 0:
            raise BenchError("there is no SIPp (Debian: sip-tester)")
