"""A real DNS server on loopback (Debian's dnsmasq) with the records of a test."""

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Final

from tests.support.free_port import free_port

LIMIT_S: Final = 30.0


@contextmanager
def running_dnsmasq(folder: Path, records: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Start it; gives its address.

    records: lines of dnsmasq's configuration, such as `host-record=a.test,127.0.0.1`.
    """
    port = free_port()
    (folder / "dnsmasq.conf").write_text(
        "\n".join(["local=/test/", "no-resolv", "no-hosts", "bind-interfaces", *records]) + "\n"
    )
    process = subprocess.Popen(
        ["dnsmasq", "--keep-in-foreground", "--log-facility=-", f"--conf-file={folder}/dnsmasq.conf",
         f"--port={port}", "--listen-address=127.0.0.1", f"--pid-file={folder}/dnsmasq.pid", "--user=root"],
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    guard = Timer(LIMIT_S, process.kill)
    guard.start()
    assert process.stderr is not None
    try:
        said = ""
        for line in process.stderr:
            said += line
            if "started" in line:
                break
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("127.0.0.1", port))
        assert process.poll() is None, said
        yield ("127.0.0.1", port)
    finally:
        guard.cancel()
        process.terminate()
        process.stderr.close()
        process.wait(LIMIT_S)
