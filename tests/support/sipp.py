"""SIPp (Debian's sip-tester) playing one of the scenarios in tests/peers/sipp."""

import subprocess
from pathlib import Path
from typing import Final

SCENARIOS: Final = Path(__file__).resolve().parents[1] / "peers" / "sipp"
LIMIT_S: Final = 60


def play(
    scenario: str,
    port: int,
    folder: Path,
    *,
    domain: str,
    calls: int = 1,
    rate: int = 10,
    transport: str = "udp",
    user: str = "sipp",
    password: str = "",
    **keys: str,
) -> None:
    """Run a scenario against 127.0.0.1:port, SIPp being the caller.

    user, password: who calls, and what answers a challenge. keys: further keywords of the scenario.
    Raises: AssertionError with SIPp's own words when it fails.
    """
    words = {"domain": domain, "user": user, **keys}
    result = subprocess.run(
        [
            "sipp", f"127.0.0.1:{port}",
            "-sf", SCENARIOS / f"{scenario}.xml",
            "-s", "anyone",
            "-au", user, "-ap", password,
            "-i", "127.0.0.1",
            "-t", {"udp": "u1", "tcp": "t1"}[transport],
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
