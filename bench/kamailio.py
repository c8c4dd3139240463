"""Kamailio as a registrar, and as a server of TLS: the peer of the rows `register` and `tls-peer`."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.certificate import certificate_with_key
from bench.probe import PROBE_S, wait_for_answer
from bench.process import SERVER_CORE, Program, running
from bench.row import BenchError
from bench.udp_port import free_udp_port

DRIVERS: Final = Path(__file__).with_name("drivers")
SHARED_MIB: Final = 512
PRIVATE_MIB: Final = 16
"""Memory that it takes for itself at start: for all its processes, and for each of them."""
PROBE: Final = (
    b"OPTIONS sip:bench.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;rport;branch=z9hG4bKprobe\r\n"
    b"Max-Forwards: 70\r\nFrom: <sip:bench@bench.example>;tag=probe\r\nTo: <sip:bench@bench.example>\r\n"
    b"Call-ID: probe@bench.example\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
"""Whatever is answered to it: the socket is open."""


@contextmanager
def running_kamailio(password: str) -> Iterator[tuple[Program, int]]:
    """Start it on the server's core; its process and its UDP port, where it answers by then."""
    port = free_udp_port()
    with _running("kamailio-registrar.cfg", port, PASSWORD=f'"{password}"') as program:
        yield program, port


@contextmanager
def running_kamailio_tls() -> Iterator[tuple[Program, int]]:
    """Start one that takes TLS with one worker; its process and its TLS port."""
    port = free_udp_port()
    with certificate_with_key() as (certificate, key):
        both = certificate.with_name("both.pem")
        both.write_bytes(certificate.read_bytes() + key.read_bytes())
        with _running("kamailio-tls.cfg", port, TLS_PORT=str(port + 1), CERTIFICATE=f'"{both}"') as program:
            yield program, port + 1


@contextmanager
def _running(configuration: str, port: int, **words: str) -> Iterator[Program]:
    """With words of its configuration replaced; it answers on its UDP port by then."""
    with TemporaryDirectory(prefix="offhook-bench-") as name:
        command: list[str | Path] = [
            _executable(), "-f", DRIVERS / configuration, "-A", f"PORT={port}",
            *(part for word, value in words.items() for part in ("-A", f"{word}={value}")),
            "-DD", "-E", "-m", str(SHARED_MIB), "-M", str(PRIVATE_MIB), "-Y", name, "-w", name,
        ]  # fmt: skip
        with running(SERVER_CORE, command, log=Path(name) / "kamailio.log") as program:
            _wait_for_answer(port)
            yield program


def version() -> str | None:
    """Its version; None where it is not installed."""
    try:
        said = subprocess.run([_executable(), "-v"], capture_output=True, text=True, check=False).stdout
    except BenchError:
        return None
    return said.split()[2] if said.startswith("version: kamailio") else None


def _wait_for_answer(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as prober:
        prober.settimeout(PROBE_S)
        prober.bind(("127.0.0.1", 0))
        prober.connect(("127.0.0.1", port))

        def ask() -> None:
            prober.send(PROBE % prober.getsockname()[1])
            prober.recv(2048)

        wait_for_answer("Kamailio", ask)


def _executable() -> str:
    """Debian puts it where only root's PATH looks."""
    found = shutil.which("kamailio", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise BenchError("there is no Kamailio (Debian: kamailio)")
    return found
