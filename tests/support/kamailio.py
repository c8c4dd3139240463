"""Kamailio as a carrier: registrar and proxy, with tests/peers/kamailio/carrier.cfg."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.free_port import free_port

CONFIGURATION: Final = Path(__file__).resolve().parents[1] / "peers" / "kamailio" / "carrier.cfg"
LIMIT_S: Final = 20.0
PROBE: Final = (
    b"OPTIONS sip:carrier.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;rport;branch=z9hG4bKprobe%d\r\n"
    b"Max-Forwards: 70\r\nFrom: <sip:test@carrier.test>;tag=probe\r\nTo: <sip:carrier.test>\r\n"
    b"Call-ID: probe@carrier.test\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


@contextmanager
def running_carrier(folder: Path, *, account: str, password: str, did: str, callee: int) -> Iterator[int]:
    """Start it; its UDP port, where it answers by then.

    account, password: of the customer. did: the customer's number. callee: port of the telephone that all
    others lead to.
    """
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    log_path = folder / "kamailio.log"
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [
                executable(), "-f", CONFIGURATION, "-DD", "-E", "-m", "64", "-M", "8",
                "-Y", folder, "-w", folder,
                "-A", f"PORT={port}", "-A", f'CALLEE="sip:127.0.0.1:{callee}"',
                "-A", f'PASSWORD="{password}"', "-A", f'ACCOUNT="{account}"', "-A", f'DID="{did}"',
            ],
            cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_it_answers(port, process, log_path)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_it_answers(port: int, process: "subprocess.Popen[bytes]", log_path: Path) -> None:
    limit = time.monotonic() + LIMIT_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as prober:
        prober.bind(("127.0.0.1", 0))
        prober.connect(("127.0.0.1", port))
        prober.settimeout(0.2)
        for attempt in range(1000):
            assert process.poll() is None, log_path.read_text()
            assert time.monotonic() < limit, f"Kamailio does not answer:\n{log_path.read_text()}"
            try:
                prober.send(PROBE % (prober.getsockname()[1], attempt))
                prober.recv(2048)
            except OSError:
                continue
            return


def executable() -> str:
    """Debian puts it where only root's PATH looks."""
    found = shutil.which("kamailio", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    assert found is not None, "there is no Kamailio (Debian: kamailio)"
    return found
