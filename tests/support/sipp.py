"""SIPp (Debian's sip-tester) playing one of the scenarios in tests/peers/sipp."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.free_port import free_port

SCENARIOS: Final = Path(__file__).resolve().parents[1] / "peers" / "sipp"
LIMIT_S: Final = 20
TRANSPORTS: Final = {"udp": "u1", "tcp": "t1"}


def play(
    scenario: str,
    port: int,
    folder: Path,
    *,
    domain: str,
    calls: int = 1,
    rate: int = 10,
    transport: str = "udp",
    service: str = "anyone",
    user: str = "sipp",
    password: str = "",
    **keys: str,
) -> None:
    """Run a scenario against 127.0.0.1:port, SIPp being the caller.

    service: user of the Request-URI. user, password: who calls, and what answers a challenge. keys: further
    keywords of the scenario.
    Raises: AssertionError with SIPp's own words when it fails.
    """
    words = {"domain": domain, "user": user, **keys}
    result = subprocess.run(
        [
            "sipp", f"127.0.0.1:{port}",
            "-sf", SCENARIOS / f"{scenario}.xml",
            "-s", service,
            "-au", user, "-ap", password,
            "-i", "127.0.0.1",
            "-t", TRANSPORTS[transport],
            "-m", str(calls), "-r", str(rate),
            "-timeout", f"{LIMIT_S}s", "-timeout_error",
            "-recv_timeout", "10000",
            "-nostdin",
            "-trace_err", "-error_file", folder / "sipp-errors.log",
            *(word for key, value in words.items() for word in ("-key", key, value)),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LIMIT_S + 10,
        check=False,
    )  # fmt: skip
    errors = folder / "sipp-errors.log"
    said = errors.read_text() if errors.exists() else ""
    assert result.returncode == 0, (
        f"SIPp {scenario} ended with {result.returncode}:\n{said}\n{result.stdout[-3000:]}"
    )


@contextmanager
def answering(
    scenario: str, folder: Path, *, port: int = 0, transport: str = "udp", **keys: str
) -> Iterator[int]:
    """SIPp as the callee of one call; gives its port. On leaving, the scenario must have been played.

    port: where it listens; 0 is a free one.
    """
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    errors = folder / "sipp-errors.log"
    process = subprocess.Popen(
        [
            "sipp", f"127.0.0.1:{free_port()}",
            "-sf", SCENARIOS / f"{scenario}.xml",
            "-i", "127.0.0.1", "-p", str(port),
            "-t", TRANSPORTS[transport],
            "-m", "1",
            "-timeout", f"{LIMIT_S}s", "-timeout_error",
            "-nostdin",
            "-trace_err", "-error_file", errors,
            *(word for key, value in keys.items() for word in ("-key", key, value)),
        ],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until_bound(port, transport)
        yield port
        status = process.wait(LIMIT_S + 10)
        said = errors.read_text() if errors.exists() else ""
        assert status == 0, f"SIPp {scenario} ended with {status}:\n{said}"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def wait_until_bound(port: int, transport: str = "udp") -> None:
    """Wait until somebody listens. SIPp says nothing when it is ready, and the kernel tells only who asks."""
    wanted = f":{port:04X} "
    limit = time.monotonic() + LIMIT_S
    while not any(wanted in line for line in Path(f"/proc/net/{transport}").read_text().splitlines()):
        assert time.monotonic() < limit, f"nobody listens on {port}"
        time.sleep(0.01)
