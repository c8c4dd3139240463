"""Row `tls-peer`: a TLS handshake of the node beside Kamailio's, each followed by a keepalive."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.kamailio import running_kamailio_tls
from bench.node import running_node
from bench.process import Program
from bench.row import Figures, Measure, Row, Sides, Target
from bench.rows.tls import HANDSHAKES, NO_APPLICATION, WARM_UP, held
from bench.system_packages import require_bench_packages


@contextmanager
def _open() -> Iterator[Sides]:
    """Both servers, up for all rounds."""
    require_bench_packages()
    with running_node(NO_APPLICATION) as node, running_kamailio_tls() as (kamailio, port):
        yield Sides(lambda: _figures(node.program, node.sips_port), lambda: _figures(kamailio, port))


def _figures(server: Program, port: int) -> Figures:
    with held(port, WARM_UP, "ping"):
        before_s = server.cpu_s()
        with held(port, HANDSHAKES, "ping"):
            return Figures(((server.cpu_s() - before_s) / HANDSHAKES * 1e3,))


TLS_PEER: Final = Row(
    name="tls-peer",
    subject=f"TLS 1.3, P-256: {HANDSHAKES} handshakes with a keepalive",
    limit="Kamailio, one worker",
    measures=(Measure("CPU per handshake", "ms", Target(times=0.55)),),
    open=_open,
)
"""CPU of handshakes."""
