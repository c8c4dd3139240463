"""Kamailio as an SBC in front of a node, by `tests/peers/matrix/sbc.cfg`: Path, Record-Route, TLS."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.free_port import free_port
from tests.support.kamailio import executable
from tests.support.sipp import wait_until_bound

CONFIGURATION: Final = Path(__file__).resolve().parents[1] / "peers" / "matrix" / "sbc.cfg"
CERTIFICATE: Final = Path(__file__).with_name("tls") / "localhost.pem"
STOP_LIMIT_S: Final = 10.0


@dataclass(frozen=True)
class Kamailio:
    """A running one."""

    port: int
    """Of UDP, for the phones."""
    log_path: Path


@contextmanager
def running_sbc(folder: Path, *, node: str, ca_file: Path) -> Iterator[Kamailio]:
    """Start it.

    node: where everything goes, a SIP URI with its transport. ca_file: who vouches for the node.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port, tls_port = free_port(), free_port()
    log_path = folder / "kamailio.log"
    given = {
        "PORT": str(port),
        "TLS_PORT": str(tls_port),
        "NODE": f'"{node}"',
        "CA_FILE": f'"{ca_file}"',
        "CERTIFICATE": f'"{CERTIFICATE}"',
    }
    settings = [word for name, value in given.items() for word in ("-A", f"{name}={value}")]
    command = [executable(), "-f", str(CONFIGURATION), *settings, "-DD", "-E", "-m", "32", "-M", "4"]
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [*command, "-Y", str(folder), "-w", str(folder)], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until_bound(port)
        yield Kamailio(port, log_path)
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
