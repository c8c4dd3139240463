"""Rows `srtp` and `srtp-peer`: what it costs to protect a packet and to read one, without a socket.

Beside the bare primitives of OpenSSL, and beside libsrtp.
"""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from bench.c_program import c_program
from bench.process import ROOT, SERVER_CORE, python, run
from bench.row import BenchError, Figures, Measure, Row, Sides, Target
from bench.system_packages import require_bench_packages

PACKETS: Final = 500_000
SESSIONS: Final = 400
"""Keys in turn, as the legs of 200 calls have them: no cache holds one side's alone."""
SCALE: Final = (str(PACKETS), str(SESSIONS))
EXAMPLE: Final = ("--release", "--quiet", "--package", "offhook-media", "--example", "srtp")


@contextmanager
def _open() -> Iterator[Sides]:
    require_bench_packages()
    bare = c_program("bare_srtp", "crypto")
    yield Sides(_ours(), lambda: _figures([bare, *SCALE]))


@contextmanager
def _open_peer() -> Iterator[Sides]:
    yield Sides(_ours(), lambda: _figures(python("libsrtp_packets", *SCALE)))


def _ours() -> Callable[[], Figures]:
    """Build the crate's example first, on every core. Raises: BenchError with the compiler's words."""
    cargo = ROOT / "scripts" / "cargo.sh"
    built = subprocess.run([cargo, "build", *EXAMPLE], cwd=ROOT, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise BenchError(f"the example of the crate does not build:\n{built.stderr[-2000:]}")
    return lambda: _figures([cargo, "run", *EXAMPLE, "--", *SCALE])


def _figures(command: Sequence[str | Path]) -> Figures:
    """What a side printed: nanoseconds for a packet protected, and for one read."""
    protecting_ns, unprotecting_ns = map(float, run(SERVER_CORE, command).split())
    return Figures((protecting_ns / 1000, unprotecting_ns / 1000))


def _row(name: str, limit: str, target: Target, opened: Callable[[], AbstractContextManager[Sides]]) -> Row:
    what = ("CPU per packet protected", "CPU per packet unprotected")
    return Row(
        name=name,
        subject=f"SRTP of 20 ms G.711, AES_CM_128_HMAC_SHA1_80, {SESSIONS} keys in turn",
        limit=limit,
        measures=tuple(Measure(each, "µs", target) for each in what),
        open=opened,
    )


SRTP: Final = _row(
    "srtp", "OpenSSL's AES and SHA-1 in bare C, no window against replay", Target(times=1.4), _open
)
"""The framing, the index and the window, beside the primitives that they stand on."""

SRTP_PEER: Final = _row(
    "srtp-peer", "libsrtp with OpenSSL, the call from Python taken off", Target(), _open_peer
)
"""The same beside what others use for it."""
